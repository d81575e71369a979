//! The inputs of another config's journal, taken one by one.
//!
//! Always holds: whoever asks reads in the store what came of an input as soon as it is answered.

use std::sync::Arc;

use super::input::{Answer, Input};
use super::{Engine, NO_TICKET};

impl Engine {
    /// Takes an input as of its instant and commits it. Clocks must have run until then.
    pub fn take_anew(&mut self, input: Input, at_ms: i64) -> Answer {
        const TICKET: u64 = NO_TICKET + 1;
        self.take_at(Arc::new(input), at_ms, TICKET);
        let answers = self.commit();
        let answer = answers.into_iter().find(|(ticket, _)| *ticket == TICKET).map(|(_, answer)| answer);
        answer.unwrap_or_else(|| Answer::Refused(Vec::new()))
    }

    /// The number that the next matter will have.
    pub fn next_matter(&self) -> u64 {
        self.numbers.matter
    }

    /// Leaves numbers of matters out, so that the next has this one; none that was given is given again.
    pub fn leave_out_to(&mut self, matter: u64) {
        self.numbers.matter = self.numbers.matter.max(matter);
    }
}
