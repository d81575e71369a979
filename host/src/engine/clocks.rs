//! Running clocks, in memory: by due time and by matter. The store has the same rows.

use std::collections::{BTreeSet, HashMap};

use crate::store::rows::{ClockId, ClockRow, ClockRun};

/// All running clocks.
#[derive(Debug, Default)]
pub struct Clocks {
    by_due: BTreeSet<(i64, ClockId)>,
    by_matter: HashMap<u64, Vec<(ClockId, ClockRun)>>,
}

impl Clocks {
    /// From the store's rows.
    pub fn new(rows: Vec<(ClockId, ClockRun)>) -> Clocks {
        let mut clocks = Clocks::default();
        for (id, run) in rows {
            clocks.turn(&ClockRow { id, run: Some(run) });
        }
        clocks
    }

    /// Sets or drops a clock.
    pub fn turn(&mut self, row: &ClockRow) {
        let of_matter = self.by_matter.entry(row.id.matter).or_default();
        if let Some(at) = of_matter.iter().position(|(id, _)| *id == row.id) {
            let (id, run) = of_matter.swap_remove(at);
            self.by_due.remove(&(run.due_ms, id));
        }
        if let Some(run) = row.run {
            of_matter.push((row.id.clone(), run));
            self.by_due.insert((run.due_ms, row.id.clone()));
        } else if of_matter.is_empty() {
            self.by_matter.remove(&row.id.matter);
        }
    }

    /// The clocks of a matter.
    pub fn of(&self, matter: u64) -> &[(ClockId, ClockRun)] {
        self.by_matter.get(&matter).map_or(&[], Vec::as_slice)
    }

    /// The clock that ran out first, if any has by then.
    pub fn first_due(&self, now_ms: i64) -> Option<&ClockId> {
        self.by_due.first().filter(|(due_ms, _)| *due_ms <= now_ms).map(|(_, id)| id)
    }

    /// The first clock of one matter that has run out by then.
    pub fn first_due_of(&self, matter: u64, now_ms: i64) -> Option<&ClockId> {
        let due = self.of(matter).iter().filter(|(_, run)| run.due_ms <= now_ms);
        due.min_by_key(|(id, run)| (run.due_ms, id.clone())).map(|(id, _)| id)
    }

    /// When the next clock runs out.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.by_due.first().map(|(due_ms, _)| *due_ms)
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.by_due.len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.by_due.is_empty()
    }
}
