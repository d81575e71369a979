//! A config other than the one in force before: an input of its own, with every file that was read.

use std::sync::Arc;

use super::Engine;
use crate::store::StoreError;
use crate::store::rows::InputRow;
use crate::store::seal::Seal;
use crate::store::write::VersionKind;

impl Engine {
    /// Journals the switch, if there is one.
    pub(super) fn journal_switch(&mut self) -> Result<(), StoreError> {
        let before = self.store.reader().meta("config")?;
        if before.as_deref() == Some(&*self.config.hash) {
            let seq = self.store.reader().meta("config-seq")?.and_then(|seq| seq.parse().ok());
            self.config_seq = seq.unwrap_or(0);
            return Ok(());
        }
        let config = Arc::clone(&self.config);
        // Kept as text: a file in another encoding is kept as it was understood.
        let texts = config.sources.iter().map(|(name, bytes)| (name, String::from_utf8_lossy(bytes)));
        let sources = serde_json::to_vec(&texts.collect::<Vec<_>>()).expect("texts are plain JSON");
        self.store.begin()?;
        self.store.keep_version(&config.hash, VersionKind::Config, &sources)?;
        self.config_seq = self.numbers.seq;
        let body: Arc<str> = format!("{{\"config\":\"{}\"}}", config.hash).into();
        let now_ms = self.now_ms();
        let row = InputRow {
            seq: self.config_seq,
            at_ms: now_ms,
            kind: plugin_api::InputKind::Switch,
            by: None,
            desk: None,
            name: "config".into(),
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
        self.store.set_meta("config", &config.hash)?;
        self.store.set_meta("config-seq", &self.config_seq.to_string())?;
        self.try_commit()
    }
}
