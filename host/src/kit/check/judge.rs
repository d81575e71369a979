//! What an answer of a library is, and what of its form is wanting.
//!
//! Pure.

use plugin_api::abi::{
    STATUS_FAILED, STATUS_NOT_OFFERED, STATUS_OK, STATUS_PANICKED, STATUS_REFUSED, VERB_DELIVER, VERB_HANDLE, VERB_VIEW,
};
use plugin_api::{Effect, Objection, Receipt, Title, View};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::limits::{ANSWER_BYTES_MAX, EFFECTS_MAX};
use crate::plugins::strange::Heard;

/// Findings of one part that are told.
const FINDINGS_MAX: usize = 12;
/// Characters of a library's own words that are told.
const WORDS_CHARS_MAX: usize = 160;

/// An answer, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status.
    pub status: i32,
    /// The first output.
    pub text: String,
}

impl Answer {
    /// What two answers are compared by.
    pub(super) fn fingerprint(&self) -> String {
        let hash = Sha256::digest(self.text.as_bytes());
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{} {hash} {}", status_name(self.status), cut(&self.text))
    }

    /// What it says, for people: why it is refused, or the text for the operator.
    pub(super) fn words(&self) -> Title {
        let objections = serde_json::from_str::<Vec<Objection>>(&self.text).ok();
        let objections = objections.filter(|_| self.status == STATUS_REFUSED);
        let Some(objections) = objections else { return Title::new(cut(&self.text), cut(&self.text)) };
        let field =
            |objection: &Objection| objection.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        let join = |pick: fn(&Title) -> &str| {
            let texts = objections.iter().map(|objection| format!("{}{}", field(objection), pick(&objection.text)));
            cut(&texts.collect::<Vec<_>>().join("; "))
        };
        Title::new(join(|title| &title.zh), join(|title| &title.en))
    }

    pub(super) fn is_panic(&self) -> bool {
        self.status == STATUS_PANICKED
    }
}

/// What a call ended with, and what is wanting in its form.
pub(super) fn judge(label: &Title, verb: u32, heard: Heard) -> (Answer, Vec<Title>) {
    let mut findings = Vec::new();
    let mut find = |zh: String, en: String| findings.push(said(label, &zh, &en));
    if 1 < heard.outputs.len() {
        let times = heard.outputs.len();
        find(
            format!("交了 {times} 次输出，只能交一次"),
            format!("gives its output {times} times, and once is allowed"),
        );
    }
    let bytes = match heard.outputs.into_iter().next() {
        None => None,
        Some(Some(bytes)) => Some(bytes),
        Some(None) => {
            find("输出有长度而没有地址".into(), "gives an output that has a length and no address".into());
            Some(Vec::new())
        }
    };
    let text = match bytes.map(String::from_utf8) {
        None => None,
        Some(Ok(text)) => Some(text),
        Some(Err(error)) => {
            let at = error.utf8_error().valid_up_to();
            find(format!("输出在第 {at} 字节处不是 UTF-8"), format!("gives an output that is not UTF-8 at byte {at}"));
            Some(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
    };
    if text.as_ref().is_some_and(|text| ANSWER_BYTES_MAX < text.len()) {
        find(
            format!("输出超过 {ANSWER_BYTES_MAX} 字节"),
            format!("gives more than {ANSWER_BYTES_MAX} bytes of output"),
        );
    }
    if let Some((zh, en)) = misfit(verb, heard.status, text.as_deref()) {
        find(zh, en);
    }
    (Answer { status: heard.status, text: text.unwrap_or_default() }, findings)
}

/// What is wrong with a status and its output.
fn misfit(verb: u32, status: i32, text: Option<&str>) -> Option<(String, String)> {
    let said = cut(text.unwrap_or_default());
    match (status, text) {
        (STATUS_OK, None) => Some(("说办好了，却没有输出".into(), "says it is done and gives no output".into())),
        (STATUS_OK, Some(text)) => read(verb, text).err().map(|why| {
            (
                format!("输出不是应有的格式（{why}）：{said}"),
                format!("gives an output that does not read ({why}): {said}"),
            )
        }),
        (STATUS_REFUSED, text) => match serde_json::from_str::<Vec<Objection>>(text.unwrap_or_default()) {
            Ok(objections) if objections.is_empty() => {
                Some(("拒绝而不说原因".into(), "refuses without an objection".into()))
            }
            Ok(_) => None,
            Err(error) => Some((
                format!("拒绝的原因读不出（{error}）：{said}"),
                format!("refuses, and its objections do not read ({error}): {said}"),
            )),
        },
        (STATUS_FAILED, None | Some("")) => Some(("失败而不说原因".into(), "fails without saying why".into())),
        (STATUS_PANICKED, _) => Some((format!("崩溃：{said}"), format!("panics: {said}"))),
        (STATUS_FAILED | STATUS_NOT_OFFERED, _) => None,
        (other, _) => {
            Some((format!("答复的状态 {other} 不存在"), format!("answers with status {other}, which there is not")))
        }
    }
}

fn read(verb: u32, text: &str) -> Result<(), String> {
    let read = match verb {
        VERB_HANDLE => {
            let effects: Vec<Effect> = serde_json::from_str(text).map_err(|error| error.to_string())?;
            if EFFECTS_MAX < effects.len() {
                return Err(format!("{} effects", effects.len()));
            }
            Ok(())
        }
        VERB_VIEW => serde_json::from_str::<View>(text).map(drop),
        VERB_DELIVER => serde_json::from_str::<Receipt>(text).map(drop),
        _ => serde_json::from_str::<Value>(text).map(drop),
    };
    read.map_err(|error| error.to_string())
}

/// That two answers to the same differ.
pub(super) fn differs(label: &Title, one: &str, other: &str, by: &Title) -> Title {
    let (one, other) = (cut(one), cut(other));
    said(
        label,
        &format!("{}答得不一样：{one} / {other}", by.zh),
        &format!("answers otherwise {}: {one} / {other}", by.en),
    )
}

/// Something said of a call.
pub(super) fn said(label: &Title, zh: &str, en: &str) -> Title {
    Title::new(format!("{}：{zh}", label.zh), format!("{}: {en}", label.en))
}

pub(super) fn status_name(status: i32) -> String {
    match status {
        STATUS_OK => "ok".into(),
        STATUS_REFUSED => "refused".into(),
        STATUS_FAILED => "failed".into(),
        STATUS_NOT_OFFERED => "not offered".into(),
        STATUS_PANICKED => "panicked".into(),
        other => format!("status {other}"),
    }
}

/// A text from a library as part of a line.
pub(super) fn cut(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS_CHARS_MAX).collect();
    if text.chars().nth(WORDS_CHARS_MAX).is_some() {
        line.push('…');
    }
    line
}

/// Each finding once, and no more than anybody reads.
pub(super) fn shorten(findings: &mut Vec<Title>) {
    let mut seen = Vec::new();
    findings.retain(|finding| {
        let is_new = !seen.contains(finding);
        seen.push(finding.clone());
        is_new
    });
    if FINDINGS_MAX < findings.len() {
        let more = findings.len() - FINDINGS_MAX;
        findings.truncate(FINDINGS_MAX);
        findings.push(Title::new(format!("……还有 {more} 处"), format!("… and {more} more")));
    }
}
