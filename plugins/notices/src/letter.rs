//! A notice as one JSON object: what a webhook gets, and a line of a file.
//!
//! Always holds: it is the same at every try, so that what repeats can be told by its bytes too.

use jiff::Timestamp;
use plugin_api::{Notice, PersonId};
use serde::Serialize;

#[derive(Serialize)]
struct Letter<'n> {
    key: &'n str,
    notice: u64,
    at: Timestamp,
    outlet: &'n str,
    desk: &'n str,
    template: &'n str,
    person: &'n PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'n str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'n str>,
    title: &'n str,
    text: &'n str,
}

/// The object, in one line.
pub(crate) fn json(notice: &Notice) -> String {
    let letter = Letter {
        key: &notice.key,
        notice: notice.id,
        at: notice.at,
        outlet: &notice.outlet,
        desk: &notice.desk,
        template: &notice.template,
        person: &notice.person,
        to: notice.address.as_deref(),
        number: notice.number.as_deref(),
        title: &notice.title,
        text: &notice.text,
    };
    serde_json::to_string(&letter).expect("a letter is plain JSON")
}
