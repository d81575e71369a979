//! Steps in which the process died, told apart by what they were asked.
//!
//! Always holds (I8): a step that ended the process is called in one of its own from then on; one that
//! did so three times in a row is not tried again until an operator asks; that it was parked for it is journaled, so that a run again does not die of it (I4).

use sha2::{Digest, Sha256};

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
        Err(StepError::Died(count, String::new()))
    }

    /// Whether a process died in a step the last time it was called.
    pub(super) fn has_died(&self, work: &Work) -> bool {
        !self.deaths.is_empty() && self.deaths.contains_key(&self.step_digest(work))
    }

    /// It died once more, in a process of its own.
    pub(super) fn count_death_apart(&mut self, work: &Work) -> Result<(), StoreError> {
        let digest = self.step_digest(work);
        let deaths = self.store.count_death(digest)?;
        self.deaths.insert(digest, deaths);
        Ok(())
    }

    /// The call of a step came back, or an operator wants it tried once more: only deaths in a row count,
    /// or three in as many years would park what works.
    pub(super) fn forget_deaths(&mut self, work: &Work) -> Result<(), StoreError> {
        if self.deaths.is_empty() {
            return Ok(());
        }
        self.forget_deaths_of(self.step_digest(work))
    }

    pub(super) fn forget_deaths_of(&mut self, digest: u64) -> Result<(), StoreError> {
        if let Some(deaths) = self.deaths.remove(&digest) {
            tracing::info!(deaths, "The deaths of a step or job are forgotten.");
            self.store.forget_deaths(digest)?;
        }
        Ok(())
    }

    /// What binds a step to its deaths: the same for the same step in every life of the host. The input's
    /// number is not part of it: an act in which the process died has none, and gets another when it is
    /// put in again.
    pub(super) fn step_digest(&self, work: &Work) -> u64 {
        let desk = self.desk_names[work.desk.get()].as_bytes();
        let matter = work.matter.map_or(0, |id| id.0).to_be_bytes();
        let stay = work.stay.to_be_bytes();
        digest_of(&[desk, work.name.as_bytes(), &matter, &stay, work.data.as_bytes()])
    }
}

/// Eight bytes of SHA-256: they are stored and journaled, and the hash of the standard library may be
/// another one with the next compiler.
pub(super) fn digest_of(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = hash.finalize().into();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::digest_of;

    /// What is stored today must mean the same in every later version.
    #[test]
    fn a_digest_is_the_same_for_ever() {
        assert_eq!(digest_of(&[b"job", &7_u64.to_be_bytes()]), 0x1dab_7630_538b_00a3);
        assert_ne!(digest_of(&[b"a", b"bc"]), digest_of(&[b"ab", b"c"]));
    }
}
