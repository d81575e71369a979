//! A matter: one thing somebody wants settled, as a desk sees it.
//!
//! Values only. Who may change them is decided by the host (invariant I5).

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::Due;

/// Identity of a matter within a district: a positive number, given once, never used again. One beyond
/// 2⁶³ − 1 is no number of a matter and is refused where it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct MatterId(pub u64);

impl TryFrom<u64> for MatterId {
    type Error = String;
    fn try_from(id: u64) -> Result<MatterId, String> {
        // The host keeps whole numbers of 64 bits with a sign: with a greater one, a desk's mistake would
        // be the store's trouble.
        if i64::try_from(id).is_ok() { Ok(MatterId(id)) } else { Err(format!("{id} is no number of a matter")) }
    }
}

impl fmt::Display for MatterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text of this id. The host has checked ids it hands out; one made by a desk is
            /// checked when it comes back in an effect.
            pub fn new(text: impl Into<Box<str>>) -> $name {
                $name(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> $name {
                $name(text.into())
            }
        }
    };
}

text_id! {
    /// Identity of a person: a code of the district's directory (`wang-fang`), or `r` and a number
    /// for a reporter the host knows only by a contact.
    PersonId
}
text_id! {
    /// Identity of a place: the path of its codes from the district down,
    /// `daguan/linghu/huamao/xiyuan/b3`.
    PlaceId
}
text_id! {
    /// Identity of a unit (member unit or company) in the district's unit table.
    UnitId
}
text_id! {
    /// Name of a role of the district, such as `community-worker`.
    RoleId
}

impl PlaceId {
    /// Whether `other` is this place or lies within it.
    ///
    /// ```
    /// use plugin_api::PlaceId;
    /// let street = PlaceId::from("daguan/linghu");
    /// assert!(street.covers(&PlaceId::from("daguan/linghu/huamao")));
    /// assert!(!street.covers(&PlaceId::from("daguan/linghu-north")));
    /// ```
    pub fn covers(&self, other: &PlaceId) -> bool {
        match other.0.strip_prefix(&*self.0) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }

    /// This place and those around it, from the nearest to the district.
    pub fn upwards(&self) -> impl Iterator<Item = PlaceId> + '_ {
        let mut end = Some(self.0.len());
        std::iter::from_fn(move || {
            let at = end?;
            end = self.0[..at].rfind('/');
            Some(PlaceId::from(&self.0[..at]))
        })
    }
}

/// One thing somebody wants settled.
///
/// Texts are masked: mobile and identity numbers were hidden by the host before any desk saw them
/// (invariant I10). Where a desk's manifest names the steps that read them (`words`), the words are
/// empty in its other steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// Identity.
    pub id: MatterId,
    /// What people call it: the prefix of its kind, the year, and the id (`SQ2026-000042`).
    pub number: String,
    /// Its kind, declared by a manifest: `request`, `session`, …
    pub kind: String,
    /// Desk it lies on (invariant I2: exactly one).
    pub desk: String,
    /// Which stay on a desk this is, from 1; every hand-over adds one.
    pub stay: u32,
    /// Stage on that desk, one of those its manifest declares for the kind.
    pub stage: String,
    /// Open, closed, or joined into another matter.
    pub status: Status,
    /// How it ended; set when it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Where it happened.
    pub place: PlaceId,
    /// When it was opened in this district.
    pub opened: Timestamp,
    /// Typed values that routes match.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Whom it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
    /// Who reported it; several after others were joined into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reporters: Vec<PersonId>,
    /// Its ties to other matters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Lamp floor: however good the clocks look, the lamp is not better than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Worst>,
    /// One line saying what it is about.
    #[serde(default)]
    pub title: String,
    /// What was written about it.
    #[serde(default)]
    pub text: String,
    /// Free words that tell the spot within the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// When it was reported, if that was elsewhere and earlier than `opened`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// Through which channel it came: a code of the district's list `channel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its number in the system it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When the first of its clocks runs out. In answers of the host; in a step, see
    /// [`Step::clocks`](crate::Step::clocks).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Its lamp: the worst of `worst` and its clocks', as of the call. In answers of the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lamp: Option<Lamp>,
}

impl Matter {
    /// The text value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        match self.labels.get(name) {
            Some(LabelValue::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Whether a matter is still to be worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// To be worked on.
    #[default]
    Open,
    /// Ended; it stays with the desk that closed it.
    Closed,
    /// Joined into a master, whose way it follows.
    Joined,
}

/// Labels of a matter, by name.
pub type Labels = BTreeMap<String, LabelValue>;

/// One label's value. There is no float.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LabelValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A code or short text.
    Text(String),
}

impl fmt::Display for LabelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelValue::Bool(yes) => yes.fmt(f),
            LabelValue::Integer(number) => number.fmt(f),
            LabelValue::Text(text) => f.write_str(text),
        }
    }
}

impl From<bool> for LabelValue {
    fn from(yes: bool) -> LabelValue {
        LabelValue::Bool(yes)
    }
}

impl From<i64> for LabelValue {
    fn from(number: i64) -> LabelValue {
        LabelValue::Integer(number)
    }
}

impl From<&str> for LabelValue {
    fn from(text: &str) -> LabelValue {
        LabelValue::Text(text.to_owned())
    }
}

impl From<String> for LabelValue {
    fn from(text: String) -> LabelValue {
        LabelValue::Text(text)
    }
}

impl Serialize for LabelValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            LabelValue::Bool(yes) => serializer.serialize_bool(*yes),
            LabelValue::Integer(number) => serializer.serialize_i64(*number),
            LabelValue::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for LabelValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LabelValue, D::Error> {
        struct AnyLabel;
        impl Visitor<'_> for AnyLabel {
            type Value = LabelValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true or false")
            }
            fn visit_bool<E: Error>(self, yes: bool) -> Result<LabelValue, E> {
                Ok(LabelValue::Bool(yes))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<LabelValue, E> {
                Ok(LabelValue::Integer(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<LabelValue, E> {
                i64::try_from(number).map(LabelValue::Integer).map_err(E::custom)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<LabelValue, E> {
                Ok(LabelValue::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(AnyLabel)
    }
}

/// Somebody a matter waits for, and in which part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holder {
    /// Whom it waits for.
    pub post: Post,
    /// Lead (主办) or assist (协办).
    pub part: Part,
}

impl Holder {
    /// A lead holder.
    pub fn lead(post: Post) -> Holder {
        Holder { post, part: Part::Lead }
    }

    /// An assisting holder.
    pub fn assist(post: Post) -> Holder {
        Holder { post, part: Part::Assist }
    }
}

/// Part of a holder in a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Answers for the matter (主办).
    Lead,
    /// Helps the lead (协办).
    Assist,
}

/// A person, a role at a place, or a unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Post {
    /// This person.
    Person(PersonId),
    /// Whoever holds the role for this place.
    Role {
        /// The role.
        role: RoleId,
        /// The place it must cover.
        place: PlaceId,
    },
    /// Whoever works for this unit.
    Unit(UnitId),
}

/// A tie from one matter to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// What the tie means: `part-of`, `follows`, `joined-into`, …
    pub how: String,
    /// The other matter.
    pub to: MatterId,
}

/// A lamp floor and why it was set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Worst {
    /// The best the lamp may show.
    pub lamp: Lamp,
    /// Why: rework, dissatisfaction, refusal.
    pub why: String,
}

/// Lamp of a matter (亮灯), from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lamp {
    /// In time.
    Green,
    /// Close to the limit.
    Blue,
    /// Late, or poor work.
    Yellow,
    /// Very late, or refused.
    Red,
}

/// A point on the map (CGCS2000), in millionths of a degree: there is no float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Longitude, −180,000,000 to 180,000,000.
    pub lon_microdeg: i32,
    /// Latitude, −90,000,000 to 90,000,000.
    pub lat_microdeg: i32,
}
