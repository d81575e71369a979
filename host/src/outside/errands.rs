//! What an outlet's desk may have done outside during one delivery: checked against its grants, then done.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use plugin_api::Fault;
use plugin_api::field::FieldKind;
use plugin_api::outside::Errand;
use serde::Serialize;

use super::veil::Veil;
use super::{file, http, mail};
use crate::config::DeskConfig;
use crate::engine::input::Clock;
use crate::limits::OUTSIDE_BYTES_MAX;
use crate::outlet::{Grants, SecretSource};

/// Longest secret.
const SECRET_BYTES_MAX: u64 = 4_096;
/// Others than the account the host runs under, and its group, may do nothing with a secret's file.
const OTHERS_MODE: u32 = 0o027;

/// The errands of one delivery.
pub(super) struct Errands<'a> {
    desk: &'a DeskConfig,
    folder: &'a Path,
    is_exercise: bool,
    clock: &'a dyn Clock,
    veil: Veil,
}

/// What an errand is done with.
pub(super) struct Kit<'a> {
    pub desk: &'a str,
    pub grants: &'a Grants,
    pub folder: &'a Path,
    pub veil: &'a Veil,
}

impl<'a> Errands<'a> {
    pub(super) fn new(
        desk: &'a DeskConfig,
        folder: &'a Path,
        is_exercise: bool,
        clock: &'a dyn Clock,
        veil: Veil,
    ) -> Errands<'a> {
        Errands { desk, folder, is_exercise, clock, veil }
    }

    /// A text without what the desk may not see.
    pub(super) fn hide(&self, text: &str) -> String {
        self.veil.hide(text)
    }

    /// Runs one.
    pub(super) fn run(&mut self, errand: &str) -> Result<String, Fault> {
        if OUTSIDE_BYTES_MAX < errand.len() {
            return Err(refused(
                &format!("对外请求有 {} 字节，最多 {OUTSIDE_BYTES_MAX}", errand.len()),
                &format!("a request outside has {} bytes, at most {OUTSIDE_BYTES_MAX}", errand.len()),
            ));
        }
        let errand: Errand = serde_json::from_str(errand)
            .map_err(|error| refused(&format!("看不懂的对外请求：{error}"), &format!("unreadable errand: {error}")))?;
        let answer = self.run_one(&errand);
        answer.map_err(|fault| self.hidden(fault))
    }

    fn run_one(&mut self, errand: &Errand) -> Result<String, Fault> {
        if self.is_exercise && !matches!(errand, Errand::File(_)) {
            return Err(refused("演练中不对外连接", "in an exercise nothing is reached"));
        }
        match errand {
            Errand::Secret { name } => {
                let secret = self.secret(name)?;
                json(&self.veil.cover(&secret))
            }
            Errand::Http(request) => {
                let sign = request.sign.as_deref().map(|name| self.secret(name)).transpose()?;
                if let Some(secret) = &sign {
                    // Covered, so that it is taken out of whatever comes back.
                    self.veil.cover(secret);
                }
                let now_s = self.clock.now_ms() / 1_000;
                let answer = http::send(request, sign.as_deref().map(|secret| (secret, now_s)), &self.kit())?;
                json(&plugin_api::HttpAnswer { body: self.veil.hide(&answer.body), ..answer })
            }
            Errand::Mail(mail) => {
                let password = self.desk.grants.mail.as_ref().and_then(|grant| grant.account.as_ref());
                let password = password.map(|(_, source)| self.read_secret(source)).transpose()?;
                if let Some(password) = &password {
                    self.veil.cover(password);
                }
                let said = mail::send(mail, password.as_deref(), &self.kit())?;
                json(&plugin_api::outside::MailAnswer { said: self.veil.hide(&said) })
            }
            Errand::File(write) => {
                file::write(write, &self.kit())?;
                json(&())
            }
        }
    }

    fn kit(&self) -> Kit<'_> {
        Kit { desk: &self.desk.name, grants: &self.desk.grants, folder: self.folder, veil: &self.veil }
    }

    /// A secret by the value of one of the desk's settings of that type: others are not the desk's.
    fn secret(&self, name: &str) -> Result<String, Fault> {
        let is_own = self.desk.manifest.setting.iter().any(|(setting, field)| {
            let given = self.desk.settings.get(setting).and_then(|value| value.as_str());
            field.kind == FieldKind::Secret && given == Some(name)
        });
        let source = is_own.then(|| SecretSource::parse(name));
        match source {
            Some(Ok(source)) => self.read_secret(&source),
            _ => Err(refused(
                &format!("业务台“{}”的设置里没有这个密钥", self.desk.name),
                &format!("no setting of desk {:?} is this secret", self.desk.name),
            )),
        }
    }

    fn read_secret(&self, source: &SecretSource) -> Result<String, Fault> {
        let text = match source {
            SecretSource::Env(name) => std::env::var(name)
                .map_err(|_| refused(&format!("没有环境变量 {name}"), &format!("the environment has no {name}")))?,
            SecretSource::File(path) => self.read_secret_file(path)?,
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(refused("密钥是空的", "the secret is empty"));
        }
        Ok(secret.to_owned())
    }

    fn read_secret_file(&self, path: &str) -> Result<String, Fault> {
        let cannot = |error: &std::io::Error| {
            refused(
                &format!("密钥文件 {path} 读不了：{error}"),
                &format!("the secret's file {path} cannot be read: {error}"),
            )
        };
        let file = self.folder.join(path);
        let about = fs::metadata(&file).map_err(|error| cannot(&error))?;
        if about.mode() & OTHERS_MODE != 0 {
            return Err(refused(
                &format!("密钥文件 {path} 别人也能读写；请 chmod 600"),
                &format!("the secret's file {path} is open to others; `chmod 600` it"),
            ));
        }
        if !about.is_file() || SECRET_BYTES_MAX < about.len() {
            return Err(refused(
                &format!("密钥文件 {path} 不是不超过 {SECRET_BYTES_MAX} 字节的文件"),
                &format!("the secret's file {path} is no file of at most {SECRET_BYTES_MAX} bytes"),
            ));
        }
        fs::read_to_string(&file).map_err(|error| cannot(&error))
    }

    fn hidden(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Failed(text) => Fault::Failed(self.veil.hide(&text)),
            Fault::Refused(mut objections) => {
                for objection in &mut objections {
                    objection.text.zh = self.veil.hide(&objection.text.zh);
                    objection.text.en = self.veil.hide(&objection.text.en);
                }
                Fault::Refused(objections)
            }
        }
    }
}

pub(super) fn refused(zh: &str, en: &str) -> Fault {
    Fault::refused(zh, en)
}

fn json(answer: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(answer).map_err(|error| Fault::failed(error.to_string()))
}
