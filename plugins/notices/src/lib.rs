//! 消息通知: an outlet, which delivers the notices of other desks.
//!
#![doc = include_str!("../README.md")]

mod letter;
mod webhook;

use plugin_api::outside::{FileWay, FileWrite, HttpAnswer, Mail};
use plugin_api::{District, Effects, Fault, Host, Notice, Outside, Plugin, Receipt, Step};
use serde::Deserialize;

/// The desk.
pub struct Notices {
    settings: Settings,
}

/// What a district may set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Which way notices leave.
    pub way: Way,
    /// Where a webhook is.
    #[serde(default)]
    pub url: Option<String>,
    /// The secret that its requests are signed with.
    #[serde(default)]
    pub sign: Option<String>,
    /// The token that it asks for.
    #[serde(default)]
    pub token: Option<String>,
    /// The file.
    #[serde(default)]
    pub file: Option<String>,
    /// How long the outside may take.
    pub timeout_ms: u32,
}

/// A way for notices to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// A POST for each.
    Webhook,
    /// A mail for each.
    Mail,
    /// A line of a file for each.
    File,
}

/// What the desk is called by: nothing, it only delivers.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data")]
pub enum Input {}

impl Plugin for Notices {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(settings: Settings, _: District) -> Result<Notices, Fault> {
        if settings.way == Way::Webhook && settings.url.is_none() {
            return Err(Fault::refused("方式为 webhook 时要写 url", "the way webhook needs a url"));
        }
        Ok(Notices { settings })
    }

    fn handle(&self, input: Input, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        match input {}
    }

    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
        let settings = &self.settings;
        match settings.way {
            Way::Webhook => {
                let token = settings.token.as_deref().map(|token| outside.secret(token)).transpose()?;
                let HttpAnswer { status, body } = outside.http(&webhook::request(notice, settings, token))?;
                webhook::judge(status, &body)
            }
            Way::Mail => {
                outside.mail(&mail(notice, settings)?)?;
                Ok(Receipt::default())
            }
            Way::File => {
                let path = settings.file.clone().unwrap_or_default();
                outside.file(&FileWrite { path, text: letter::json(notice), way: FileWay::Append })?;
                Ok(Receipt::default())
            }
        }
    }
}

fn mail(notice: &Notice, settings: &Settings) -> Result<Mail, Fault> {
    let to = notice.address.clone().ok_or_else(|| {
        Fault::refused("邮件渠道要写 address = \"mail\"", "an outlet for mail needs address = \"mail\" in the config")
    })?;
    Ok(Mail {
        to,
        subject: notice.title.clone(),
        text: format!("{}\n", notice.text),
        key: notice.key.clone(),
        timeout_ms: settings.timeout_ms,
    })
}

plugin_api::export_plugin!(Notices);
