//! Who waits while a step is out: people for their answers, steps of the same matter behind it.
//!
//! Always holds: whoever waits is told, also when the step comes to nothing; what waits behind a step goes
//! on whichever way that ends.

use std::collections::BTreeSet;

use crate::engine::Engine;
use crate::engine::input::Answer;
use crate::store::rows::{DeliveryRow, HELD_MS, SENT_MS};

impl Engine {
    /// Whoever waits for a step is told what became of it, once that is committed.
    pub(in crate::engine) fn tell_waiting(&mut self, delivery: u64, answer: Answer) {
        if let Some(ticket) = self.sent.tickets.get(&delivery) {
            self.batch.answers.push((*ticket, answer));
            self.sent.told.push(delivery);
        }
    }

    /// After a commit, or back at what the store says: forgets who was answered, and tells those whose step
    /// is no more.
    pub(in crate::engine) fn tidy_sent(&mut self) {
        for delivery in std::mem::take(&mut self.sent.told) {
            self.sent.tickets.remove(&delivery);
        }
        let deliveries = &self.deliveries;
        let finished = &mut self.finished;
        self.sent.tickets.retain(|id, ticket| {
            let is_kept = deliveries.get(*id).is_some();
            if !is_kept {
                finished.push((*ticket, Answer::Failed("what was asked is no more".to_owned())));
            }
            is_kept
        });
        let is_out = |id: &u64| deliveries.get(*id).is_some_and(|row| row.due_ms == Some(SENT_MS));
        self.sent.again.retain(|id, _| is_out(id));
        self.sent.out.retain(|id, _| is_out(id));
    }

    /// Where steps were settled before the answers leave, these tell where their matters lie now.
    pub(in crate::engine) fn look_again(&mut self, finished: &mut [(u64, Answer)]) {
        if !std::mem::take(&mut self.sent.has_settled) {
            return;
        }
        for (_, answer) in finished {
            let Answer::Done(done) = answer else { continue };
            for matter in &mut done.matters {
                let id = self.find_matter(&matter.number);
                // What cannot be read now stays as it was told.
                let Some(Ok(Some(head))) = id.map(|id| self.head(id)) else { continue };
                matter.desk = head.desk.to_string();
                matter.stage = head.stage.to_string();
                matter.status = head.status;
            }
        }
        self.batch.forget_read();
    }

    /// Undoes what the batch that is open has done to it.
    pub(in crate::engine) fn undo_sent(&mut self) {
        self.sent.first = None;
        self.sent.told.clear();
    }

    /// Steps about these matters that are out are called once more: what they were told is gone.
    pub(in crate::engine) fn recall_sent(&mut self, matters: &BTreeSet<u64>) {
        let deliveries = &self.deliveries;
        let is_about =
            |id: &u64| deliveries.get(*id).is_some_and(|row| row.matter.is_some_and(|id| matters.contains(&id)));
        self.sent.out.retain(|id, _| !is_about(id));
    }

    /// Whether another step of a matter's owner was sent, or waits behind one that was. What waits for a
    /// desk that is gone holds nobody up.
    pub(super) fn waits_behind(&self, matter: u64, but: u64) -> bool {
        let mut before = self.deliveries.owners_waiting(matter).filter(|row| row.id != but);
        before.any(|row| self.config.desk(&row.desk).is_some())
    }

    /// A step of a matter's owner is done, or kept otherwise: the next that waits for it may be sent.
    pub(in crate::engine) fn release_next_owner(&mut self, came: &DeliveryRow) {
        let Some(matter) = came.matter.filter(|_| came.owner) else { return };
        let mut waiting = self.deliveries.owners_waiting(matter).filter(|row| self.config.desk(&row.desk).is_some());
        let next = waiting.next().filter(|next| next.due_ms == Some(HELD_MS)).cloned();
        drop(waiting);
        next.into_iter().for_each(|next| self.release(next));
    }
}
