//! What is due by itself: clocks, schedules, failed steps and, where nobody else runs them, jobs.
//!
//! Always holds (I7): each runs once, in the order of their instants; those of a matter run before what a
//! person does with it.

use std::sync::Arc;

use super::input::{Ask, Input, Target};
use super::{Engine, NO_TICKET};

impl Engine {
    /// Runs every clock, schedule and failed step that is due, earliest first. Gives how many ran. Answers of
    /// inputs taken before are kept for the next [`Engine::commit`].
    pub fn run_due(&mut self) -> usize {
        let now_ms = self.now_ms();
        let mut ran = 0;
        let refusals = self.trouble.refusals;
        while self.trouble.refusals == refusals && self.run_next_due(now_ms) {
            ran += 1;
            if self.is_full()
                && let Err(error) = self.try_commit()
            {
                self.redo(error);
            }
        }
        ran
    }

    /// Runs the first clock, schedule or failed step that is due by an instant. False if there is none, or the
    /// store takes nothing. Whoever has others waiting looks at [`Engine::is_full`] in between.
    pub fn run_next_due(&mut self, now_ms: i64) -> bool {
        self.settle_here();
        self.look_at_clock();
        if self.is_stopped() || self.held_ms() != 0 {
            return false;
        }
        let Some(ask) = self.first_due(now_ms) else { return false };
        self.take_at(Arc::new(Input { ask, by: None, key: None }), now_ms, NO_TICKET);
        true
    }

    fn first_due(&mut self, now_ms: i64) -> Option<Ask> {
        let retry = self.deliveries.first_due(now_ms);
        let retry = retry.map(|(due_ms, delivery)| (due_ms, Ask::Retry { delivery, by_hand: false }));
        let clock = self.clocks.first_due(now_ms).map(|(due_ms, id, moment)| (due_ms, Ask::Clock(id, moment)));
        let schedule = self.schedules.first_due(now_ms, &self.config).map(|due| (due.due_ms, Ask::Schedule(due)));
        // Of those at one instant the first here.
        let first = [retry, clock, schedule].into_iter().flatten().min_by_key(|(due_ms, _)| *due_ms);
        first.map(|(_, ask)| ask).or_else(|| self.work_here(now_ms))
    }

    /// A due clock of the same matter runs before whatever a person does with it.
    pub(super) fn run_due_of(&mut self, input: &Input, now_ms: i64) {
        let id = match &input.ask {
            Ask::Act(act) | Ask::Row(act) => match &act.target {
                Target::Matter(id) | Target::MatterAt(id, _) | Target::ByCode(id, _) => *id,
                Target::Desk(_) => return,
            },
            Ask::Move { matter, .. } => *matter,
            _ => return,
        };
        let refusals = self.trouble.refusals;
        while self.trouble.refusals == refusals
            && let Some((clock, moment)) = self.clocks.first_due_of(id.0, now_ms)
        {
            self.take_at(Arc::new(Input { ask: Ask::Clock(clock, moment), by: None, key: None }), now_ms, NO_TICKET);
        }
    }
}
