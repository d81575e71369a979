//! The pins of `plugins.lock`, carried into the journal.
//!
//! Whoever trusts a library writes the lock, whether or not a host runs; each start and each reload tells
//! the journal what it does not have yet, also of pins that somebody wrote by hand. Knows no file.

use plugin_api::PersonId;

use super::{District, NotOpened};
use crate::engine::input::{Answer, Ask, Input};
use crate::engine::pins::{PinTurn, Pinned, turns};
use crate::engine::{Engine, NO_TICKET};
use crate::store::{Reader, StoreError};

impl District {
    /// Journals the pins that the journal does not have yet.
    pub(super) fn journal_pins(&self, engine: &mut Engine) -> Result<(), NotOpened> {
        for input in self.pin_inputs(engine.store().reader())? {
            engine.take(input, NO_TICKET + 1);
        }
        match engine
            .commit()
            .into_iter()
            .find_map(|(_, answer)| if let Answer::Unstored(words) = answer { Some(words) } else { None })
        {
            Some(words) => Err(NotOpened::Unusable(words)),
            None => Ok(()),
        }
    }

    /// The inputs that would.
    ///
    /// # Errors
    /// When the store does not say what its journal has.
    pub fn pin_inputs(&self, reader: Reader<'_>) -> Result<Vec<Input>, StoreError> {
        let pins: Vec<Pinned> = self
            .shelf
            .pins()
            .iter()
            .map(|pin| Pinned {
                name: pin.name.clone(),
                version: pin.version.clone(),
                sha256: pin.sha256.to_string(),
                trusted_at: pin.trusted_at.to_string(),
                trusted_by: pin.trusted_by.clone(),
                asks: pin.asks.clone(),
            })
            .collect();
        let inputs = turns(reader, &pins)?.into_iter().map(|turn| {
            let by = match &turn {
                PinTurn::Trusted(pin) => pin.trusted_by.as_deref().map(PersonId::new),
                PinTurn::Withdrawn(_) => None,
            };
            Input { ask: Ask::Pin(turn), by, key: None }
        });
        Ok(inputs.collect())
    }
}
