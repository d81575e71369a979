//! Notices in cases: whether one may be sent, and the outside as an outlet under test finds it.
//!
//! The outside does nothing and keeps what it was asked as lines; it answers as the case says, else
//! well. What stands for a secret is `<secret …>`, so that a case shows where it goes.

use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::{Value, json};

use super::Double;
use super::allow::{check_data, find};
use super::script::{Call, Stanza, split_data};
use super::seat::Seat;
use super::show::fault_lines;
use crate::notice::{Recipients, Sending};
use crate::outside::{Errand, Errands, FileWay, HttpAnswer, HttpRequest, MailAnswer, Reaching};
use crate::{Fault, Manifest, MatterId, Notice, Objection, Post};

const KEY_BYTES_MAX: usize = 200;

/// Why the host would not send a notice in a step on `own`.
pub(super) fn check_sending(
    sending: &Sending,
    own: Option<MatterId>,
    manifest: &Manifest,
    double: &Double,
) -> Result<(), String> {
    let name = &sending.template;
    let spec = manifest.notice(name).ok_or_else(|| format!("the manifest declares no [[notice]] {name:?}"))?;
    let on = sending.on.or(own);
    if on.is_some() || !matches!(sending.to, Recipients::Post(_)) {
        find(on, double)?;
    }
    if sending.key.as_ref().is_some_and(|key| !(1..=KEY_BYTES_MAX).contains(&key.len())) {
        return Err(format!("a key has 1 to {KEY_BYTES_MAX} bytes"));
    }
    check_data(&spec.data, &sending.data, double)
}

/// A notice that is sent, as words.
pub(super) fn sending_words(sending: &Sending) -> String {
    let to = match &sending.to {
        Recipients::Reporters => "reporters".to_owned(),
        Recipients::Followers => "followers".to_owned(),
        Recipients::Holders => "holders".to_owned(),
        Recipients::Post(Post::Person(person)) => format!("person {person}"),
        Recipients::Post(Post::Role { role, place }) => format!("role {role} at {place}"),
        Recipients::Post(Post::Unit(unit)) => format!("unit {unit}"),
    };
    let once = sending.key.as_ref().map(|key| format!(" once {key}")).unwrap_or_default();
    format!("send {} to {to}{once} {}", sending.template, sending.data.get())
}

/// The outside of a case.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    answers: RefCell<VecDeque<Result<HttpAnswer, Fault>>>,
    errands: RefCell<Vec<String>>,
}

impl Outlet {
    /// Takes `outside 200 {…}`, `outside failed TEXT` or `outside refused TEXT`: what the next errand
    /// comes to.
    pub(super) fn expect(&mut self, stanza: &Stanza<'_>) -> Result<(), String> {
        let (head, data) = split_data(stanza.rest);
        let answer = match head.split_once(' ').unwrap_or((head, "")) {
            ("failed", text) => Err(Fault::failed(text)),
            ("refused", text) => Err(Fault::Refused(vec![Objection::new(text, text)])),
            (status, _) => {
                let status = status.parse().map_err(|_| format!("{status:?} is no status, `failed` or `refused`"))?;
                Ok(HttpAnswer { status, body: data.unwrap_or_default().to_owned() })
            }
        };
        self.answers.get_mut().push_back(answer);
        Ok(())
    }

    /// Has a notice delivered; gives what was asked of the outside, and what came of it.
    pub(super) fn deliver(&mut self, call: &Call<'_>, double: &Double, seat: &dyn Seat) -> Result<Vec<String>, String> {
        let mut notice = json!({
            "key": "KEY", "id": 1, "at": double.now, "outlet": double.desk, "desk": "sender", "template": call.name,
            "person": call.to.unwrap_or("somebody"), "title": "", "text": "", "attempt": 1,
        });
        for (name, value) in &call.data {
            notice[name] = value.clone();
        }
        let notice: Notice = serde_json::from_value(notice).map_err(|error| format!("no notice: {error}"))?;
        let outcome = seat.deliver(&notice, &Reaching(self));
        let mut lines = std::mem::take(self.errands.get_mut());
        match outcome {
            Ok(receipt) => lines.push(format!("receipt {}", receipt.id.as_deref().unwrap_or("without an id"))),
            Err(fault) => lines.extend(fault_lines(&fault)),
        }
        Ok(lines)
    }

    fn answer(&self) -> Result<HttpAnswer, Fault> {
        let well = || Ok(HttpAnswer { status: 200, body: String::new() });
        self.answers.borrow_mut().pop_front().unwrap_or_else(well)
    }

    fn note_http(&self, request: &HttpRequest) {
        let mut lines = self.errands.borrow_mut();
        let signed = request.sign.as_ref().map(|secret| format!(", signed with {secret}")).unwrap_or_default();
        lines.push(format!("http {} {} ({} ms{signed})", request.method, request.url, request.timeout_ms));
        lines.extend(request.headers.iter().map(|(name, value)| format!("  {name}: {value}")));
        lines.extend(request.body.lines().map(|line| format!("  {line}")));
    }
}

impl Errands for Outlet {
    fn run(&self, errand: &Errand) -> Result<String, Fault> {
        let answer = match errand {
            Errand::Secret { name } => json!(format!("<secret {name}>")),
            Errand::Http(request) => {
                self.note_http(request);
                json!(self.answer()?)
            }
            Errand::Mail(mail) => {
                let mut lines = self.errands.borrow_mut();
                lines.push(format!("mail to {} ({} ms, id {}): {}", mail.to, mail.timeout_ms, mail.key, mail.subject));
                lines.extend(mail.text.lines().map(|line| format!("  {line}")));
                drop(lines);
                json!(MailAnswer { said: self.answer()?.body })
            }
            Errand::File(write) => {
                let way = if write.way == FileWay::Append { "append to" } else { "write" };
                let mut lines = self.errands.borrow_mut();
                lines.push(format!("{way} {}", write.path));
                lines.extend(write.text.lines().map(|line| format!("  {line}")));
                drop(lines);
                self.answer()?;
                Value::Null
            }
        };
        Ok(answer.to_string())
    }
}
