//! A config or libraries other than those in force before: an input of its own, which names all that
//! is needed to have them again.
//!
//! Always holds (I4): the files of a config are kept in the store by its hash, and what a switch
//! names is what the inputs after it are run with. What else decides is the program itself: its
//! code, and the rules of time zones, which come from the system or, where it has none, with the
//! program. Neither is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_api::InputKind;
use serde::{Deserialize, Serialize};

use super::Engine;
use crate::config::kept;
use crate::store::rows::InputRow;
use crate::store::seal::Seal;
use crate::store::write::VersionKind;
use crate::store::{JournalInput, StoreError};

/// Name of the input in the journal; the other switch is that of epoch.
pub(super) const SWITCH: &str = "config";
/// Where the store has the hash of the config in force, its libraries, and the number of the switch.
const CONFIG: &str = "config";
const LIBRARIES: &str = "config-libraries";
const CONFIG_SEQ: &str = "config-seq";

/// What is in force from a switch on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Hash of the config, under which its files are kept.
    pub config: String,
    /// SHA-256 of the library of each desk, under which its copy is kept.
    #[serde(default)]
    pub libraries: BTreeMap<String, String>,
}

impl Switch {
    /// What a row of the journal switches to; none if it is another input.
    ///
    /// # Errors
    /// When its body does not read.
    pub fn of(row: &JournalInput) -> Result<Option<Switch>, StoreError> {
        if row.kind != InputKind::Switch || *row.name != *SWITCH {
            return Ok(None);
        }
        let body = row.body.as_deref().unwrap_or_default();
        let damaged = |error| StoreError::Damaged(format!("switch {} of the journal: {error}", row.seq));
        serde_json::from_str(body).map(Some).map_err(damaged)
    }
}

impl Engine {
    /// Journals the switch, if there is one.
    pub(super) fn journal_switch(&mut self) -> Result<(), StoreError> {
        let switch = self.given();
        let libraries = serde_json::to_string(&switch.libraries).expect("texts are plain JSON");
        let reader = self.store.reader();
        let before = (reader.meta(CONFIG)?, reader.meta(LIBRARIES)?);
        if before == (Some(switch.config.clone()), Some(libraries.clone())) {
            self.config_seq = reader.meta(CONFIG_SEQ)?.and_then(|seq| seq.parse().ok()).unwrap_or(0);
            return Ok(());
        }
        let files = kept::write(&self.config.sources);
        self.store.begin()?;
        self.store.keep_version(&switch.config, VersionKind::Config, &files)?;
        self.config_seq = self.numbers.seq;
        let body: Arc<str> = serde_json::to_string(&switch).expect("texts are plain JSON").into();
        let now_ms = self.now_ms();
        let row = InputRow {
            seq: self.config_seq,
            at_ms: now_ms,
            kind: InputKind::Switch,
            by: None,
            desk: None,
            name: SWITCH.into(),
            matter: None,
            config: self.config_seq,
            commitment: None,
            original: None,
            seal: Seal::NONE,
        };
        self.batch.is_begun = true;
        self.push_input(row, body);
        self.numbers.seq += 1;
        self.numbers.last_ms = now_ms;
        self.recount_clocks(self.config_seq, now_ms)?;
        self.turn_to_desks();
        self.store.set_meta(CONFIG, &switch.config)?;
        self.store.set_meta(LIBRARIES, &libraries)?;
        self.store.set_meta(CONFIG_SEQ, &self.config_seq.to_string())?;
        self.try_commit()
    }

    /// What this engine was given to run with.
    fn given(&self) -> Switch {
        let called = self.desk_names.iter().zip(&self.callers);
        let libraries = called.filter_map(|(desk, caller)| Some((desk.to_string(), caller.library()?)));
        Switch { config: self.config.hash.clone(), libraries: libraries.collect() }
    }
}
