//! The engine's time: that of its clock, but never earlier than that of the last input (P23).
//!
//! Always holds: a clock that is set back makes nothing fire early, twice or not at all; until it has
//! caught up the time stands still, and what is to wait a while waits longer.

use super::Engine;
use super::input::HandClock;
use crate::limits::{CLOCK_BACK_MS, STORE_WAIT_MS};

impl Engine {
    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms().max(self.numbers.last_ms)
    }

    /// Turns a clock, this engine's own, from due time to due time, so that everything fires as of its
    /// instant. Gives how much was due.
    pub fn run_until(&mut self, clock: &HandClock, from_ms: i64, to_ms: i64) -> usize {
        let mut ran = 0;
        clock.set(from_ms);
        while self.trouble().is_none()
            && let Some(due_ms) = self.next_due_ms().filter(|due_ms| *due_ms <= to_ms)
        {
            clock.set(due_ms.max(from_ms));
            ran += self.run_due();
            self.commit();
        }
        clock.set(to_ms);
        ran
    }

    /// Says once that the clock was set back, and again only after it had caught up.
    pub(super) fn look_at_clock(&mut self) {
        let back_ms = self.numbers.last_ms - self.clock.now_ms();
        let was_back = std::mem::replace(&mut self.is_clock_back, CLOCK_BACK_MS <= back_ms);
        if self.is_clock_back && !was_back {
            let (seconds, last) = (back_ms / 1_000, super::input::instant(self.numbers.last_ms));
            tracing::warn!(
                seconds,
                %last,
                "The machine's clock is behind the last input, it was set back; time stands still until it has caught up."
            );
        }
    }

    /// How long clocks and failed steps still wait for a disk that took nothing. By the clock itself,
    /// not by the engine's time, which may stand still; and never longer than the wait.
    pub(super) fn held_ms(&self) -> i64 {
        let left_ms = self.trouble.held_until_ms - self.clock.now_ms();
        if (1..=STORE_WAIT_MS).contains(&left_ms) { left_ms } else { 0 }
    }

    /// From now on they wait.
    pub(super) fn hold(&mut self) {
        self.trouble.held_until_ms = self.clock.now_ms() + STORE_WAIT_MS;
    }
}
