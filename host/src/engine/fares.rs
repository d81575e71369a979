//! How the library of each desk fares, so that one swapped in that fails more than the one before is
//! noticed.
//!
//! In memory, for this life of the host: what failed is kept as a step anyhow. Knows no library but by
//! its hash.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::Engine;
use super::call::Caller;
use crate::config::Config;
use crate::routes::DeskIx;

/// Failures below which nothing is said.
const FAILED_MIN: u64 = 3;
/// So many steps count as well done beforehand, so that a library of few steps is not held to be without
/// fault.
const DONE_BEFORE: u64 = 10;

/// All of them, in the order of the config.
#[derive(Debug, Default)]
pub(super) struct Fares(Vec<Fare>);

#[derive(Clone, Debug)]
struct Fare {
    desk: String,
    library: Option<String>,
    now: Count,
    before: Option<(String, Count)>,
    worse: Option<Worse>,
}

/// A library that was swapped in and fails more than the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Worse {
    /// The desk.
    pub desk: String,
    /// Name of the library.
    pub library: String,
    /// Steps it was called for, and how many failed, when that was seen.
    pub steps: u64,
    /// See `steps`.
    pub failed: u64,
    /// The same of the one before.
    pub steps_before: u64,
    /// See `steps_before`.
    pub failed_before: u64,
    /// SHA-256 of the one before; its copy is in `data/libraries`.
    pub before: String,
    /// It runs in processes of its own.
    pub is_isolated: bool,
}

/// For an operator: what is wrong, and what puts the one before back.
impl fmt::Display for Worse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Worse { desk, library, steps, failed, steps_before, failed_before, before, is_isolated } = self;
        write!(f, "desk {desk}: {failed} of {steps} steps failed, before {failed_before} of {steps_before}; ")?;
        if *is_isolated {
            write!(f, "data/libraries/{before}.so, copied into the plugin folder in its place, is the one before")
        } else {
            write!(f, "`hongling plugin trust {library} --sha256 {before}` takes the one before back")
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    steps: u64,
    failed: u64,
}

impl Count {
    /// Whether it fails more than twice as often.
    fn is_worse_than(self, before: Count) -> bool {
        FAILED_MIN <= self.failed && 2 * (before.failed + 1) * self.steps < self.failed * (before.steps + DONE_BEFORE)
    }
}

impl Fares {
    /// There are these desks now, called so.
    pub fn turn_to(&mut self, config: &Config, callers: &[Arc<dyn Caller>]) {
        let of = |desk: &str| self.0.iter().find(|fare| fare.desk == desk);
        let turned = config.desks.iter().zip(callers).map(|(spec, caller)| {
            let library = caller.library();
            match of(&spec.name) {
                Some(fare) if fare.library == library => fare.clone(),
                fare => Fare {
                    desk: spec.name.clone(),
                    library,
                    now: Count::default(),
                    before: fare.and_then(|fare| Some((fare.library.clone()?, fare.now))),
                    worse: None,
                },
            }
        });
        self.0 = turned.collect();
    }

    /// A step of a desk was called, and failed or did not. Gives what is worse now, once.
    pub fn note(&mut self, desk: DeskIx, is_failed: bool) -> Option<&mut Worse> {
        let fare = self.0.get_mut(desk.get())?;
        fare.now.steps += 1;
        fare.now.failed += u64::from(is_failed);
        let (before_hash, before) = fare.before.as_ref()?;
        if fare.worse.is_some() || !fare.now.is_worse_than(*before) {
            return None;
        }
        Some(fare.worse.insert(Worse {
            desk: fare.desk.clone(),
            library: String::new(),
            steps: fare.now.steps,
            failed: fare.now.failed,
            steps_before: before.steps,
            failed_before: before.failed,
            before: before_hash.clone(),
            is_isolated: false,
        }))
    }
}

impl Engine {
    /// A step of a desk was called, and failed or did not.
    pub(super) fn note_fare(&mut self, desk: DeskIx, is_failed: bool) {
        let Some(worse) = self.fares.note(desk, is_failed) else { return };
        worse.library.clone_from(&self.config.desks[desk.get()].library);
        worse.is_isolated = self.callers[desk.get()].is_sent();
        tracing::error!("A library that was swapped in fails more than the one before. {worse}");
    }

    /// Libraries that were swapped in and fail more than those before.
    pub fn worse_libraries(&self) -> impl Iterator<Item = &Worse> {
        self.fares.0.iter().filter_map(|fare| fare.worse.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn worse_is_more_than_twice_as_often_and_not_by_chance() {
        let is_worse = |(failed, steps), (failed_before, steps_before)| {
            let before = Count { steps: steps_before, failed: failed_before };
            Count { steps, failed }.is_worse_than(before)
        };
        assert!(is_worse((3, 20), (0, 1_000)) && is_worse((3, 3), (0, 0)) && is_worse((30, 100), (100, 1_000)));
        assert!(!is_worse((2, 2), (0, 1_000)), "too few to tell");
        assert!(!is_worse((20, 100), (100, 1_000)) && !is_worse((3, 20), (0, 0)) && !is_worse((3, 3_000), (0, 1_000)));
    }
}
