//! Steps that are held back: a watch behind an earlier one of the same desk and matter, and whatever is
//! meant for a desk that the config no longer has.
//!
//! Always holds: they go on in order (I2); nothing is lost while a desk is away, its clocks neither
//! (I7).

use std::sync::Arc;

use plugin_api::{InputKind, MatterId};

use super::Engine;
use super::chain::Work;
use super::draft::{Said, Way};
use crate::matter::Head;
use crate::store::StoreError;
use crate::store::rows::{DeliveryRow, HELD_MS, InputRow};

impl Engine {
    /// Holds a watch back if an earlier one of its desk and matter has not been got yet.
    pub(super) fn is_held_back(&mut self, work: &Work) -> Result<bool, StoreError> {
        let (Some(id), false) = (work.matter, work.is_owner) else { return Ok(false) };
        let Some(first) = self.deliveries.first_watch(id.0, &self.desk_names[work.desk.get()]) else {
            return Ok(false);
        };
        self.keep(work, 0, Some(HELD_MS), format!("waits for step {first} of the same desk and matter"))?;
        Ok(true)
    }

    /// A watch was got: the next of its desk and matter may go on.
    pub(super) fn release_next_watch(&mut self, got: &DeliveryRow) {
        let Some(matter) = got.matter.filter(|_| !got.owner) else { return };
        let next = self.deliveries.first_watch(matter, &got.desk).and_then(|id| self.deliveries.get(id));
        if let Some(next) = next.filter(|next| next.due_ms == Some(HELD_MS)).cloned() {
            self.release(next);
        }
    }

    pub(super) fn release(&mut self, mut row: DeliveryRow) {
        row.due_ms = Some(self.numbers.last_ms);
        self.deliveries.keep(row.clone());
        self.batch.keep_delivery(row);
    }

    /// At a switch of the config: what waits for a desk that is gone is held, what waits for one that
    /// is back goes on.
    pub(super) fn turn_to_desks(&mut self) {
        self.turn_sent_to_desks();
        let rows: Vec<DeliveryRow> = self.deliveries.iter().cloned().collect();
        for mut row in rows {
            let is_here = self.config.desk(&row.desk).is_some();
            if !is_here && row.due_ms.is_some() {
                row.due_ms = Some(HELD_MS);
                self.deliveries.keep(row.clone());
                self.batch.keep_delivery(row);
            } else if is_here && row.due_ms == Some(HELD_MS) && self.held_behind(&row).is_none() {
                self.release(row);
            }
        }
    }

    /// The step that must be got before a watch, if there is one.
    pub(super) fn held_behind(&self, row: &DeliveryRow) -> Option<u64> {
        let first = row.matter.filter(|_| !row.owner).and_then(|id| self.deliveries.first_watch(id, &row.desk));
        first.filter(|first| *first != row.id)
    }

    /// A clock ran out for a desk that is gone.
    pub(super) fn hold_clock(&mut self, input: &InputRow, at_ms: i64, head: &Head) {
        self.hold_for_absent(DeliveryRow {
            id: self.numbers.delivery,
            input: input.seq,
            source: input.seq,
            at_ms,
            kind: InputKind::Clock,
            by: None,
            desk: Arc::clone(&head.desk),
            name: Arc::clone(&input.name),
            matter: Some(head.id.0),
            stay: head.stay,
            owner: true,
            attempt: 0,
            due_ms: None,
            error: String::new(),
        });
    }

    /// An event was told to a desk that is gone.
    pub(super) fn hold_told(&mut self, event: &Said, desk: &Arc<str>, (seq, stay): (u64, u32), work: &Work) {
        if event.way != Way::Told || self.config.desk(desk).is_some() {
            return;
        }
        self.hold_for_absent(DeliveryRow {
            source: seq,
            name: Arc::clone(&event.topic),
            matter: Some(event.matter.0),
            stay,
            owner: true,
            ..work.delivery(self.numbers.delivery, desk)
        });
    }

    fn hold_for_absent(&mut self, mut row: DeliveryRow) {
        row.due_ms = Some(HELD_MS);
        row.error = format!("desk {:?} is not in the config; put it back, and it goes on", row.desk);
        self.numbers.delivery += 1;
        if let Some(cached) = row.matter.and_then(|id| self.batch.cached_mut(MatterId(id))) {
            cached.mark_busy(|busy| busy + 1);
        }
        self.deliveries.keep(row.clone());
        self.batch.keep_delivery(row);
    }
}
