//! Steps that failed and wait, in memory: by id, by due time, and those of watches by matter and desk.
//! The store has the same rows.
//!
//! Always holds: a watch that waits holds back the same desk's later watches of the same matter, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::store::rows::{DeliveryRow, HELD_MS, SENT_MS};

/// All of them.
#[derive(Debug, Default)]
pub struct Deliveries {
    by_id: BTreeMap<u64, DeliveryRow>,
    by_due: BTreeSet<(i64, u64)>,
    watches: HashMap<(u64, Arc<str>), BTreeSet<u64>>,
    /// Steps of a matter's owner that were sent, or wait for something else than a time.
    owners: HashMap<u64, BTreeSet<u64>>,
}

impl Deliveries {
    /// From the store's rows.
    pub fn new(rows: Vec<DeliveryRow>) -> Deliveries {
        let mut deliveries = Deliveries::default();
        rows.into_iter().for_each(|row| deliveries.keep(row));
        deliveries
    }

    /// Keeps one, or replaces it by a later try.
    pub fn keep(&mut self, row: DeliveryRow) {
        self.forget(row.id);
        if let Some(due_ms) = row.due_ms {
            self.by_due.insert((due_ms, row.id));
        }
        if let Some(place) = watch_of(&row) {
            self.watches.entry(place).or_default().insert(row.id);
        }
        if let Some(matter) = owner_of(&row) {
            self.owners.entry(matter).or_default().insert(row.id);
        }
        self.by_id.insert(row.id, row);
    }

    /// Forgets one.
    pub fn forget(&mut self, id: u64) {
        let Some(row) = self.by_id.remove(&id) else { return };
        if let Some(due_ms) = row.due_ms {
            self.by_due.remove(&(due_ms, id));
        }
        if let Some(place) = watch_of(&row)
            && let Some(ids) = self.watches.get_mut(&place)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.watches.remove(&place);
            }
        }
        if let Some(matter) = owner_of(&row)
            && let Some(ids) = self.owners.get_mut(&matter)
        {
            ids.remove(&id);
            if ids.is_empty() {
                self.owners.remove(&matter);
            }
        }
    }

    /// One by its id.
    pub fn get(&self, id: u64) -> Option<&DeliveryRow> {
        self.by_id.get(&id)
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &DeliveryRow> {
        self.by_id.values()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// When the next is tried again.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.by_due.first().map(|(due_ms, _)| *due_ms).filter(|due_ms| *due_ms < SENT_MS)
    }

    /// The first that is to be tried again by then, and as of when.
    pub fn first_due(&self, now_ms: i64) -> Option<(i64, u64)> {
        self.by_due.first().copied().filter(|(due_ms, _)| *due_ms <= now_ms)
    }

    /// Those that were sent, oldest first.
    pub fn sent(&self) -> Vec<u64> {
        self.by_due.range((SENT_MS, 0)..(HELD_MS, 0)).map(|(_, id)| *id).collect()
    }

    /// Whether any was.
    pub fn has_sent(&self) -> bool {
        self.by_due.range((SENT_MS, 0)..(HELD_MS, 0)).next().is_some()
    }

    /// Steps of a matter's owner that were sent, or wait for something else than a time; oldest first.
    pub fn owners_waiting(&self, matter: u64) -> impl Iterator<Item = &DeliveryRow> {
        let ids = if self.owners.is_empty() { None } else { self.owners.get(&matter) };
        ids.into_iter().flatten().filter_map(|id| self.by_id.get(id))
    }

    /// The oldest watch of a matter that a desk has not got yet.
    pub fn first_watch(&self, matter: u64, desk: &Arc<str>) -> Option<u64> {
        if self.watches.is_empty() {
            return None;
        }
        self.watches.get(&(matter, Arc::clone(desk)))?.first().copied()
    }
}

/// The matter and desk of a watch that waits.
fn watch_of(row: &DeliveryRow) -> Option<(u64, Arc<str>)> {
    if row.owner { None } else { Some((row.matter?, Arc::clone(&row.desk))) }
}

/// The matter of an owner's step that was sent, or waits for something else than a time.
fn owner_of(row: &DeliveryRow) -> Option<u64> {
    row.matter.filter(|_| row.owner && row.due_ms.is_some_and(|due_ms| SENT_MS <= due_ms))
}
