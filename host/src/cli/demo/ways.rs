//! The store read back: every matter with its way, and the inputs that made people or clocks move it.

use std::collections::{BTreeMap, BTreeSet};

use plugin_api::{InputKind, Matter, MatterFilter, Status};

use crate::cli::error::Ended;
use crate::clock::Moment;
use crate::limits::PAGE_MAX;
use crate::matter::whole;
use crate::store::{JournalEvent, Reader};
use crate::words::{CLOSED, last_words};

/// A matter with all that happened to it.
#[derive(Debug)]
pub(super) struct Way {
    /// The matter as it is now.
    pub matter: Matter,
    /// What happened, in order.
    pub events: Vec<JournalEvent>,
    /// How many clocks of it ran out.
    pub ran_out: u64,
}

impl Way {
    /// Milliseconds since 1970 when it ended; none while it is open.
    pub fn closed_ms(&self) -> Option<i64> {
        self.closing().map(|event| event.at_ms)
    }

    /// From opening to end.
    pub fn minutes(&self) -> Option<i64> {
        self.closed_ms().map(|closed_ms| (closed_ms - self.matter.opened.as_millisecond()) / 60_000)
    }

    /// What a desk said in the step that ended it.
    pub fn last_words(&self) -> Option<&JournalEvent> {
        last_words(&self.matter, &self.events)
    }

    /// How many people acted on it.
    pub fn people(&self) -> usize {
        self.events.iter().filter_map(|event| event.by.as_deref()).collect::<BTreeSet<_>>().len()
    }

    fn closing(&self) -> Option<&JournalEvent> {
        let is_over = self.matter.status != Status::Open;
        self.events.iter().rev().find(|event| is_over && event.topic == CLOSED)
    }
}

/// All of the store.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Every matter, the oldest first.
    pub all: Vec<Way>,
    /// Inputs that were clocks that ran out.
    pub clocks: BTreeSet<u64>,
    /// How often each person acted.
    pub acts: BTreeMap<String, u64>,
}

impl Ways {
    /// Reads everything.
    ///
    /// # Errors
    /// When the store does not give it.
    pub fn read(reader: Reader<'_>) -> Result<Ways, Ended> {
        let mut ways = Ways::default();
        let mut ran_out: BTreeMap<u64, u64> = BTreeMap::new();
        let mut after = 0;
        loop {
            let page = reader.inputs(after)?;
            for input in &page {
                match (input.kind, &input.by) {
                    // A warning comes from a clock too, and is no end of it.
                    (InputKind::Clock, _) if matches!(Moment::of_call(&input.name), Some((_, Moment::Due))) => {
                        ways.clocks.insert(input.seq);
                        *ran_out.entry(input.matter.unwrap_or(0)).or_default() += 1;
                    }
                    (InputKind::Act, Some(by)) => *ways.acts.entry(by.to_string()).or_default() += 1,
                    _ => {}
                }
            }
            let Some(last) = page.last() else { break };
            after = last.seq;
        }
        let mut filter = MatterFilter { limit: Some(PAGE_MAX), ..MatterFilter::default() };
        loop {
            let page = reader.matters(&filter, &|_| true)?;
            for stored in &page {
                let matter = whole(&stored.head, &stored.body).map_err(anyhow::Error::from)?;
                let ran_out = ran_out.get(&matter.id.0).copied().unwrap_or(0);
                ways.all.push(Way { events: read_events(reader, &matter)?, matter, ran_out });
            }
            let Some(oldest) = ways.all.last().filter(|_| !page.is_empty()) else { break };
            filter.before = Some(oldest.matter.id);
        }
        ways.all.reverse();
        Ok(ways)
    }
}

fn read_events(reader: Reader<'_>, matter: &Matter) -> Result<Vec<JournalEvent>, Ended> {
    let mut events: Vec<JournalEvent> = Vec::new();
    loop {
        let page = reader.events(matter.id, events.last().map_or(0, |event| event.seq))?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}
