//! Steps in which the process died, told apart by what they were asked.
//!
//! Always holds (I8): a step that ended the process three times is not tried again until an operator
//! asks; that it was parked for it is journaled, so that a run again does not die of it (I4).

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Engine;
use super::chain::Work;
use super::step::StepError;
use crate::limits::DEATHS_MAX;
use crate::store::StoreError;
use crate::store::rows::DiedRow;

impl Engine {
    /// The marker of a host that died names the step it died in.
    pub(super) fn count_death(&mut self) -> Result<(), StoreError> {
        if let Some(digest) = self.marker.died_in() {
            let count = self.store.count_death(digest)?;
            tracing::warn!(count, "The host died in a step before; it is tried again, and parked at the third death.");
        }
        self.marker.clear();
        Ok(())
    }

    /// Refuses a step in which the process died too often.
    pub(super) fn check_deaths(&mut self, work: &Work) -> Result<(), StepError> {
        if self.deaths.is_empty() {
            return Ok(());
        }
        let digest = self.step_digest(work);
        let count = self.deaths.get(&digest).copied().unwrap_or(0);
        if count < DEATHS_MAX {
            return Ok(());
        }
        self.batch.set.died.push(DiedRow { input: self.input_seq, digest, count });
        Err(StepError::Died(count))
    }

    /// An operator asks for one more try.
    pub(super) fn forget_deaths(&mut self, work: &Work) -> Result<(), StoreError> {
        let digest = self.step_digest(work);
        if let Some(deaths) = self.deaths.remove(&digest) {
            tracing::info!(deaths, "An operator asks for one more try of a step the host died in.");
            self.store.forget_deaths(digest)?;
        }
        Ok(())
    }

    /// What binds a step to its deaths: the same for the same step in every life of the host.
    pub(super) fn step_digest(&self, work: &Work) -> u64 {
        let desk = &self.desk_names[work.desk.get()];
        let matter = work.matter.map_or(0, |id| id.0);
        let mut hash = DefaultHasher::new();
        (desk, &work.name, matter, &work.data).hash(&mut hash);
        hash.finish()
    }
}
