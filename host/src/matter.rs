//! A matter as the host keeps it: a small head that moves with every step, and a body of words that
//! rarely changes.
//!
//! Both are JSON in the store and on the wire. [`Matter`] is the two spliced together, so a step
//! costs no serialising of the words.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use plugin_api::{Holder, Labels, Link, Matter, MatterId, PersonId, PlaceId, Position, Post, Status, Worst};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What routes, lists and permissions look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Identity.
    pub id: MatterId,
    /// Prefix, year and id.
    pub number: Arc<str>,
    /// Its kind.
    pub kind: Arc<str>,
    /// Name of the desk it lies on (I2).
    pub desk: Arc<str>,
    /// Which stay this is, from 1.
    pub stay: u32,
    /// Stage on the desk.
    pub stage: Arc<str>,
    /// Open, closed, joined.
    pub status: Status,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Arc<str>>,
    /// Where it happened.
    pub place: PlaceId,
    /// When it was opened.
    pub opened: Timestamp,
    /// Through which channel it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Arc<str>>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Whom it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
    /// Who reported it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reporters: Vec<PersonId>,
    /// Ties to other matters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Lamp floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Worst>,
    /// What only the host looks at.
    #[serde(default, skip_serializing_if = "HostMarks::is_empty")]
    pub host: HostMarks,
}

/// Marks of the host on a matter; desks do not read them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostMarks {
    /// An event that some route should have taken was taken by none (I2).
    #[serde(skip_serializing_if = "is_false")]
    pub unrouted: bool,
    /// Steps of the owner that failed and wait for another try; acts are refused meanwhile.
    #[serde(skip_serializing_if = "is_zero")]
    pub busy: u32,
    /// Who did an action that some other action's `other_than` names: desk, action, person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub did: Vec<(Arc<str>, Arc<str>, PersonId)>,
    /// Who follows it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<PersonId>,
    /// Holders who were assigned it, and the office that held it before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assigned: Vec<Assigned>,
}

/// A person who holds a matter in place of an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Who.
    pub person: PersonId,
    /// The unit, or the role at a place.
    pub office: Post,
}

impl HostMarks {
    fn is_empty(&self) -> bool {
        *self == HostMarks::default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The words of a matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// One line.
    pub title: String,
    /// What was written.
    #[serde(default)]
    pub text: String,
    /// The spot within the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// When it was reported elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// Its number elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Head {
    /// Whom it waits for from now on; who was assigned it before counts no more.
    pub fn set_holders(&mut self, holders: Vec<Holder>) {
        self.holders = holders;
        self.host.assigned.clear();
    }

    /// The head as JSON, as stored and sent.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a head is plain JSON")
    }
}

impl Body {
    /// The body as JSON, as stored and sent.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a body is plain JSON")
    }
}

/// What a desk noted on a matter, within the matter's notes.
///
/// # Errors
/// When the notes are not an object by desk: a damaged store.
pub fn note_of<'n>(notes: &'n str, desk: &str) -> Result<Option<&'n str>, serde_json::Error> {
    let notes: BTreeMap<&str, &RawValue> = serde_json::from_str(notes)?;
    Ok(notes.get(desk).map(|note| note.get()))
}

/// The notes with one desk's replaced.
///
/// # Errors
/// As [`note_of`].
pub fn with_note(notes: &str, desk: &str, note: &RawValue) -> Result<String, serde_json::Error> {
    let mut notes: BTreeMap<&str, &RawValue> = serde_json::from_str(notes)?;
    notes.insert(desk, note);
    serde_json::to_string(&notes)
}

/// Appends head and body, both JSON objects, as the one object that is a [`Matter`].
pub fn splice(out: &mut String, head: &str, body: &str) {
    out.push_str(&head[..head.len() - 1]);
    out.push(',');
    out.push_str(&body[1..]);
}

/// Head and body as a desk or a person sees them.
///
/// # Errors
/// When the two do not make a matter: a damaged store.
pub fn whole(head: &str, body: &str) -> Result<Matter, serde_json::Error> {
    let mut text = String::with_capacity(head.len() + body.len());
    splice(&mut text, head, body);
    serde_json::from_str(&text)
}

/// The number of a matter: prefix of its kind, year of opening in the district's zone, id.
pub fn number(prefix: &str, year: i16, id: MatterId) -> Arc<str> {
    format!("{prefix}{year}-{:06}", id.0).into()
}

/// The id within a number, if it has the form of one. Whether the prefix and year fit is for the
/// caller to compare.
pub fn id_of_number(number: &str) -> Option<MatterId> {
    let (_, digits) = number.rsplit_once('-')?;
    let is_plain = 6 <= digits.len() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_plain { digits.parse().ok().map(MatterId) } else { None }
}
