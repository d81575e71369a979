//! A config or libraries other than those in force before: an input of its own, which names all that
//! is needed to have them again.
//!
//! Always holds (I4): the files of a config are kept in the store by its hash, and what a switch
//! names is what the inputs after it are run with. What else decides is the program itself: its
//! code, and the rules of time zones, which come from the system or, where it has none, with the
//! program. Neither is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plugin_api::{InputKind, Title};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::call::Caller;
use crate::config::{Config, kept};
use crate::plan::Plan;
use crate::store::rows::InputRow;
use crate::store::seal::Seal;
use crate::store::write::VersionKind;
use crate::store::{JournalInput, Reader, StoreError};

/// Name of the input in the journal; the other switch is that of epoch.
pub(super) const SWITCH: &str = "config";
/// Where the store has the hash of the config in force, its libraries, how they run, and the number of
/// the switch.
const CONFIG: &str = "config";
const LIBRARIES: &str = "config-libraries";
const ISOLATED: &str = "config-isolated";
const CONFIG_SEQ: &str = "config-seq";

/// What is in force from a switch on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Hash of the config, under which its files are kept.
    pub config: String,
    /// SHA-256 of the library of each desk, under which its copy is kept.
    #[serde(default)]
    pub libraries: BTreeMap<String, String>,
    /// Desks that run in processes of their own: what their steps come to stands in the journal.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub isolated: BTreeSet<String>,
    /// What it changed; not said by the first, and where what was in force before could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

impl Switch {
    /// What is in force on a store; none before its first start.
    ///
    /// # Errors
    /// When the store does not give it.
    pub fn in_force(reader: Reader<'_>) -> Result<Option<Switch>, StoreError> {
        let Some(config) = reader.meta(CONFIG)? else { return Ok(None) };
        let libraries = reader.meta(LIBRARIES)?.map(|text| serde_json::from_str(&text)).transpose();
        let libraries = libraries.map_err(|error| StoreError::Damaged(format!("libraries in force: {error}")))?;
        let isolated = reader.meta(ISOLATED)?.map(|text| serde_json::from_str(&text)).transpose();
        let isolated = isolated.map_err(|error| StoreError::Damaged(format!("isolated desks in force: {error}")))?;
        let (libraries, isolated) = (libraries.unwrap_or_default(), isolated.unwrap_or_default());
        Ok(Some(Switch { config, libraries, isolated, plan: None }))
    }

    /// What desks called in a certain way would run with.
    pub fn to(config: &Config, callers: &[Arc<dyn Caller>]) -> Switch {
        let called = config.desks.iter().zip(callers);
        let libraries = called.filter_map(|(desk, caller)| Some((desk.name.clone(), caller.library()?)));
        let libraries = libraries.collect();
        let sent = config.desks.iter().zip(callers).filter(|(_, caller)| caller.is_sent());
        let isolated = sent.map(|(desk, _)| desk.name.clone()).collect();
        Switch { config: config.hash.clone(), libraries, isolated, plan: None }
    }

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
    /// Puts another config with its desks in force between two batches: whole or not at all. What was
    /// taken is committed under the one before.
    ///
    /// # Errors
    /// Why the store does not take it; all is as it was then.
    pub fn switch_to(
        &mut self,
        config: Arc<Config>,
        callers: Vec<Arc<dyn Caller>>,
        plan: Option<Plan>,
    ) -> Result<(), Title> {
        assert_eq!(config.desks.len(), callers.len(), "one caller for each desk");
        if let Err(error) = self.try_commit() {
            self.redo(error);
        }
        let before = (Arc::clone(&self.config), self.callers.clone());
        self.turn_to(config, callers);
        let switched = self.journal_switch(plan);
        if let Err(error) = switched {
            let words = error.words_of_input(self.store.folder());
            self.turn_to(before.0, before.1);
            self.redo(error);
            return Err(self.trouble().cloned().unwrap_or(words));
        }
        Ok(())
    }

    fn turn_to(&mut self, config: Arc<Config>, callers: Vec<Arc<dyn Caller>>) {
        self.desk_names = config.desks.iter().map(|desk| desk.name.as_str().into()).collect();
        self.jobs.turn_to(&self.desk_names);
        self.fares.turn_to(&config, &callers);
        self.config = config;
        self.callers = callers;
    }

    /// Journals the switch, if there is one.
    pub(super) fn journal_switch(&mut self, plan: Option<Plan>) -> Result<(), StoreError> {
        let switch = Switch { plan, ..Switch::to(&self.config, &self.callers) };
        let before = Switch::in_force(self.store.reader())?;
        if before.is_some_and(|before| before == Switch { plan: None, ..switch.clone() }) {
            let seq = self.store.reader().meta(CONFIG_SEQ)?;
            self.config_seq = seq.and_then(|seq| seq.parse().ok()).unwrap_or(0);
            return Ok(());
        }
        let libraries = serde_json::to_string(&switch.libraries).expect("texts are plain JSON");
        let isolated = serde_json::to_string(&switch.isolated).expect("texts are plain JSON");
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
            booked: None,
            seal: Seal::NONE,
        };
        self.batch.is_begun = true;
        self.push_input(row, body);
        self.numbers.seq += 1;
        self.numbers.last_ms = now_ms;
        self.recount_clocks(self.config_seq, now_ms)?;
        self.turn_to_desks();
        self.turn_to_schedules(now_ms);
        self.store.set_meta(CONFIG, &switch.config)?;
        self.store.set_meta(LIBRARIES, &libraries)?;
        self.store.set_meta(ISOLATED, &isolated)?;
        self.store.set_meta(CONFIG_SEQ, &self.config_seq.to_string())?;
        self.try_commit()
    }
}
