//! 诉求受理: a resident's report becomes a matter.
//!
#![doc = include_str!("../README.md")]

mod channel;
mod figures;
mod report;

use plugin_api::{District, Effects, Fault, Host, Plugin, Step, View, ViewRequest};
use serde::Deserialize;

use crate::channel::Channels;
pub use crate::report::Report;

/// The intake desk.
pub struct Intake {
    settings: Settings,
    channels: Channels,
    district: District,
}

/// What a district may set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Channel of a report that names none.
    pub channel: String,
}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// 登记诉求.
    Report(Report),
}

impl Plugin for Intake {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(settings: Settings, district: District) -> Result<Intake, Fault> {
        Ok(Intake { settings, channels: Channels::new(district.list("channel")), district })
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        let Input::Report(report) = input;
        report.open(step, &self.settings.channel)
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match request.name.as_str() {
            "today" => figures::today(&self.channels, &self.district, request, host),
            "sources" => figures::sources(&self.channels, request, host),
            other => Err(Fault::failed(format!("view {other:?} is not offered"))),
        }
    }
}

plugin_api::export_plugin!(Intake);
