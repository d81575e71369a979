//! All clocks, in memory: by what comes next, and by matter. The store has the same rows.

use std::collections::{BTreeSet, HashMap};

use crate::clock::{ClockRun, Moment};
use crate::store::rows::{ClockId, ClockRow};

/// All clocks.
#[derive(Debug, Default)]
pub struct Clocks {
    /// What comes next of each clock that something comes of.
    by_next: BTreeSet<(i64, ClockId)>,
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
            if let Some(next_ms) = next_ms(&run) {
                self.by_next.remove(&(next_ms, id));
            }
        }
        if let Some(run) = &row.run {
            // Most matters have one clock, and a list grows to four at once: a kilobyte a matter.
            of_matter.reserve_exact(1);
            of_matter.push((row.id.clone(), run.clone()));
            if let Some(next_ms) = next_ms(run) {
                self.by_next.insert((next_ms, row.id.clone()));
            }
        } else if of_matter.is_empty() {
            self.by_matter.remove(&row.id.matter);
        }
    }

    /// The clocks of a matter.
    pub fn of(&self, matter: u64) -> &[(ClockId, ClockRun)] {
        self.by_matter.get(&matter).map_or(&[], Vec::as_slice)
    }

    /// One clock.
    pub fn find(&self, id: &ClockId) -> Option<&ClockRun> {
        self.of(id.matter).iter().find(|(other, _)| other == id).map(|(_, run)| run)
    }

    /// The moment that comes first, if it has come by then, and as of when.
    pub fn first_due(&self, now_ms: i64) -> Option<(i64, ClockId, Moment)> {
        let (next_ms, id) = self.by_next.first().filter(|(next_ms, _)| *next_ms <= now_ms)?;
        let (_, moment) = self.find(id)?.next()?;
        Some((*next_ms, id.clone(), moment))
    }

    /// The first moment of one matter's clocks that has come by then.
    pub fn first_due_of(&self, matter: u64, now_ms: i64) -> Option<(ClockId, Moment)> {
        let next = self.of(matter).iter().filter_map(|(id, run)| {
            let (at, moment) = run.next()?;
            (at.as_millisecond() <= now_ms).then_some((at, id, moment))
        });
        next.min_by_key(|(at, id, _)| (*at, (*id).clone())).map(|(_, id, moment)| (id.clone(), moment))
    }

    /// When the next moment comes.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.by_next.first().map(|(next_ms, _)| *next_ms)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &(ClockId, ClockRun)> {
        self.by_matter.values().flatten()
    }

    /// How many there are that something will come of.
    pub fn len(&self) -> usize {
        self.by_next.len()
    }

    /// Whether nothing will come of any.
    pub fn is_empty(&self) -> bool {
        self.by_next.is_empty()
    }
}

fn next_ms(run: &ClockRun) -> Option<i64> {
    run.next().map(|(at, _)| at.as_millisecond())
}
