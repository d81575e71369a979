//! Who let which library run: an operator's input like any other.
//!
//! Knows a pin as it stands in `plugins.lock`, never a file. Always holds: the journal names every pin
//! in force, who gave it and when, and what it asked more than the one before; a pin that is in the
//! journal already is not journaled again, however often the lock is read.

use std::collections::BTreeMap;

use plugin_api::InputKind;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::input::{Answer, Done, Input};
use crate::store::{Reader, StoreError};

/// Name of the input that pins a library.
pub const TRUST: &str = "trust";
/// Name of the input that takes a pin away.
pub const DISTRUST: &str = "distrust";
/// Where the store has the pins that are in the journal.
const PINS: &str = "pins";

/// A library that may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Name of the plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Hash of its bytes.
    pub sha256: String,
    /// When it was trusted.
    pub trusted_at: String,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_by: Option<String>,
    /// What it asks beyond the ordinary.
    #[serde(default)]
    pub asks: Vec<String>,
}

/// A pin given or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinTurn {
    /// These bytes may run under this name, in place of those before.
    Trusted(Pinned),
    /// Nothing is pinned under this name any more.
    Withdrawn(String),
}

/// The body of the input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) pin: Pinned,
    /// What was pinned under the name until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Before>,
    /// What it asks that the one before did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    asks_more: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Before {
    version: String,
    sha256: String,
}

/// The pins that are in a store's journal, by name.
///
/// # Errors
/// When the store does not give them.
fn journaled(reader: Reader<'_>) -> Result<BTreeMap<String, Pinned>, StoreError> {
    let Some(text) = reader.meta(PINS)? else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&text).map_err(|error| StoreError::Damaged(format!("pins of the journal: {error}")))
}

/// What a journal does not have yet of the pins of a lock.
///
/// # Errors
/// When the store does not give what it has.
pub fn turns(reader: Reader<'_>, pins: &[Pinned]) -> Result<Vec<PinTurn>, StoreError> {
    let known = journaled(reader)?;
    let new = pins.iter().filter(|pin| known.get(&pin.name) != Some(*pin)).cloned().map(PinTurn::Trusted);
    let is_gone = |name: &&String| !pins.iter().any(|pin| pin.name == **name);
    Ok(new.chain(known.keys().filter(is_gone).cloned().map(PinTurn::Withdrawn)).collect())
}

impl Engine {
    /// Journals a pin given or taken away.
    pub(super) fn turn_pin(&mut self, turn: &PinTurn, input: &Input, now_ms: i64) -> Result<Answer, StoreError> {
        let mut pins = journaled(self.store.reader())?;
        let (name, before) = match turn {
            PinTurn::Trusted(pin) => (TRUST, pins.insert(pin.name.clone(), pin.clone())),
            PinTurn::Withdrawn(name) => (DISTRUST, pins.remove(name)),
        };
        let told = match turn {
            PinTurn::Trusted(pin) if before.as_ref() == Some(pin) => return Ok(Answer::Done(Done::default())),
            PinTurn::Trusted(pin) => {
                let asked = before.as_ref().map_or(&[][..], |before| &before.asks);
                let asks_more = pin.asks.iter().filter(|ask| !asked.contains(ask)).cloned().collect();
                let before = before.map(|before| Before { version: before.version, sha256: before.sha256 });
                Told { pin: pin.clone(), before, asks_more }
            }
            PinTurn::Withdrawn(_) => match before {
                Some(pin) => Told { pin, before: None, asks_more: Vec::new() },
                None => return Ok(Answer::Done(Done::default())),
            },
        };
        let text = serde_json::to_string(&pins).expect("texts are plain JSON");
        self.store.set_meta(PINS, &text)?;
        let mut row = self.own_row(InputKind::Operator, name, now_ms);
        row.by = input.by.as_ref().map(|by| by.as_str().into());
        let seq = row.seq;
        self.push_input(row, serde_json::to_string(&told).expect("texts are plain JSON").into());
        self.numbers.seq += 1;
        Ok(Answer::Done(Done::of(seq, Vec::new())))
    }
}
