//! Notices: messages to somebody outside, from the desk that sends one to the outlet that delivers it.
//!
//! A desk says whom and by which template ([`Sending`]); the host finds the people, fills the words in
//! and keeps one notice for each person and outlet, in the same transaction as the step that sent it
//! (I3). An outlet (a desk whose manifest says `outlet = true`) delivers it through
//! [`Outside`](crate::Outside), beside the engine, at least once and always with the same key.
//!
//! Always holds (I10): neither desk sees how a person is reached.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::effect::{Effects, raw_object};
use crate::field::Fields;
use crate::{Effect, MatterId, PersonId, Post, Title};

/// What the host itself fills into the words of a template, if there is a matter: its number, its
/// title, its place; and the title of the desk that sends.
pub const HOST_WORDS: [&str; 4] = ["number", "title", "place", "desk"];

/// Any desk: a notice to somebody, by a template of its manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sending {
    /// The matter it is about; the step's own unless another is named, none for a step without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<MatterId>,
    /// Whom it is for, as of this effect: holders set before it in the same step are the ones meant.
    /// Somebody meant twice in one step by the same words gets it once.
    pub to: Recipients,
    /// A `[[notice]]` of the manifest.
    pub template: String,
    /// Its data fields, an object.
    pub data: Box<RawValue>,
    /// What this desk sends under the same key, 1 to 200 bytes, is sent once: later ones send nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Whom a notice is for. People without an address that an outlet can use do not get it there, which
/// is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recipients {
    /// Who reported the matter.
    Reporters,
    /// Who follows the matter. Nobody can, in this version.
    Followers,
    /// Whom the matter waits for: every person that holds one of its posts.
    Holders,
    /// A person; whoever holds a role that covers a place; whoever works for a unit.
    Post(Post),
}

impl Effects {
    /// Send a notice by a template, with a struct or map as its data, or `&()` for none.
    pub fn send(self, to: Recipients, template: impl Into<String>, data: &impl Serialize) -> Effects {
        self.send_by(to, template.into(), data, None)
    }

    /// The same, but only once for this key. See [`Sending::key`].
    pub fn send_once(
        self,
        key: impl Into<String>,
        to: Recipients,
        template: impl Into<String>,
        data: &impl Serialize,
    ) -> Effects {
        self.send_by(to, template.into(), data, Some(key.into()))
    }

    fn send_by(self, to: Recipients, template: String, data: &impl Serialize, key: Option<String>) -> Effects {
        let on = self.on;
        self.push(Effect::Send(Box::new(Sending { on, to, template, data: raw_object(data), key })))
    }
}

/// A `[[notice]]` of the manifest: a template.
///
/// `title` and `text` may name data fields, and what the host fills in ([`HOST_WORDS`]), in braces:
/// `{number}`. A brace itself is written twice. A district may reword them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeSpec {
    /// Its name.
    pub name: String,
    /// One line: the subject of a mail.
    pub title: Title,
    /// What it says.
    pub text: Title,
    /// The data fields the words may name.
    #[serde(default)]
    pub data: Fields,
    /// The desk is called by `receipt.<name>` with what became of it, see [`Returned`].
    #[serde(default)]
    pub receipt: bool,
}

impl NoticeSpec {
    /// What is wrong with words for this template, with the byte at which it stands.
    pub fn word_problems(&self, words: &str) -> Vec<(usize, String)> {
        let parts = match parts(words) {
            Ok(parts) => parts,
            Err(problem) => return vec![problem],
        };
        let mut problems = Vec::new();
        for (at, part) in parts {
            if let Part::Field(name) = part
                && !self.known_words().any(|known| known == name)
            {
                problems.push((at, format!("{name:?} is neither a data field nor one of {}", HOST_WORDS.join(", "))));
            }
        }
        problems
    }

    /// Everything its words may name in braces.
    pub fn known_words(&self) -> impl Iterator<Item = &str> {
        self.data.iter().map(|(name, _)| name).chain(HOST_WORDS)
    }
}

/// The names in braces of a template's words, each once; none where the words are not sound.
pub fn names_in(words: &str) -> BTreeSet<&str> {
    let parts = parts(words).unwrap_or_default();
    let names = parts.into_iter().filter_map(|(_, part)| match part {
        Part::Field(name) => Some(name),
        Part::Text(_) => None,
    });
    names.collect()
}

/// A template's words with every name in braces filled in.
pub fn fill_in(words: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(words.len());
    for (_, part) in parts(words).unwrap_or_else(|_| vec![(0, Part::Text(words))]) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Field(name) => filled.push_str(&value(name)),
        }
    }
    filled
}

#[derive(Clone, Copy)]
enum Part<'w> {
    Text(&'w str),
    Field(&'w str),
}

fn parts(words: &str) -> Result<Vec<(usize, Part<'_>)>, (usize, String)> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        let plain = rest.find(['{', '}']).unwrap_or(rest.len());
        if 0 < plain {
            parts.push((at, Part::Text(&rest[..plain])));
            at += plain;
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            parts.push((at, Part::Text(&rest[..1])));
            at += 2;
        } else if let Some(end) = rest.strip_prefix('{').and_then(|rest| rest.find('}')) {
            parts.push((at, Part::Field(&rest[1..=end])));
            at += end + 2;
        } else {
            return Err((at, "a brace stands alone; write \"{{\" or \"}}\" for a brace in the words".to_owned()));
        }
    }
    Ok(parts)
}

/// One notice, as the outlet that delivers it gets it. The same each time it is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same at every try, and no other notice's: what the outside tells repeats by.
    pub key: String,
    /// Its number in the district.
    pub id: u64,
    /// When it was sent by the desk it is from.
    pub at: Timestamp,
    /// The outlet of the config that it goes through.
    pub outlet: String,
    /// Name of the desk that sent it.
    pub desk: String,
    /// Its template there.
    pub template: String,
    /// Whom it is for.
    pub person: PersonId,
    /// Stands for the address where the outlet needs one: the host puts the address in its place as the
    /// request leaves, in whatever part of it. Of letters and digits; new at every try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Number of the matter it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// One line.
    pub title: String,
    /// What it says.
    pub text: String,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// That the outside took a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What the outside calls it, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What became of a notice: the data of the input `receipt.<template>`. Comes when it was delivered,
/// and when the host gives up (parked); should an operator have it tried again, once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Number of the notice.
    pub notice: u64,
    /// Whom it was for.
    pub person: PersonId,
    /// The outlet.
    pub outlet: String,
    /// Whether the outside took it.
    pub delivered: bool,
    /// What the outside calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[cfg(test)]
mod tests;
