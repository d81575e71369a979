//! The end of a run: every matter's two ways held against each other.

use std::collections::BTreeSet;

use plugin_api::{InputKind, MatterId};

use super::Run;
use crate::config::Config;
use crate::engine::input::instant;
use crate::engine::look::read_head;
use crate::matter::{Body, Head};
use crate::store::{JournalEvent, Reader, StoreError};
use crate::whatif::way::{clocks, differences, events, last_words, said, standing};
use crate::whatif::{Pair, Parted, Said, Standing, Ways, What, WhatIf};

type Both<'c> = (&'c Config, &'c Config);

impl Run<'_> {
    /// Everything compared, and the two ways of the matter asked for.
    pub(in crate::whatif) fn end(
        mut self,
        was: &Config,
        would: &Config,
        of: Option<MatterId>,
    ) -> Result<(WhatIf, Option<Ways>), crate::district::NotOpened> {
        let mut matters = Vec::new();
        let mut ways = None;
        let clocks_was = clock_inputs(self.journal)?;
        let clocks_would = clock_inputs(self.engine.store().reader())?;
        for id in 1..=self.journal.counters()?.matter {
            let Some(head) = read_head(self.journal, MatterId(id))?.filter(|_| !self.erased.contains(&id)) else {
                continue;
            };
            let (pair, both) = match self.would_be(id)? {
                Some(other) => self.pair((was, would), &head, other, (&clocks_was, &clocks_would))?,
                None => self.lone((was, self.journal), &head, What::NotOpened, &clocks_was)?,
            };
            if of == Some(MatterId(id)) {
                ways = Some(both);
            }
            matters.push(pair);
        }
        for id in 1..self.engine.next_matter() {
            if self.taken.contains(&id) {
                continue;
            }
            let reader = self.engine.store().reader();
            let Some(head) = read_head(reader, MatterId(id))? else { continue };
            matters.push(self.lone((would, reader), &head, What::New, &clocks_would)?.0);
        }
        let whatif = WhatIf {
            until: instant(self.now_ms),
            inputs: self.inputs,
            replayed: self.replayed,
            differs_from_here: self.parted.values().map(|parting| parting.left).sum(),
            left_out: self.left_out,
            refused: self.refused,
            matters,
        };
        Ok((whatif, ways))
    }

    fn pair(
        &mut self,
        (was, would): Both<'_>,
        head: &Head,
        other: u64,
        (clocks_was, clocks_would): (&BTreeSet<u64>, &BTreeSet<u64>),
    ) -> Result<(Pair, Ways), StoreError> {
        let id = head.id.0;
        let parting = self.parted.get(&id).cloned();
        let is_same = parting.is_none() && self.sync(id, other, u64::MAX)?;
        let same = self.cursors.get(&id).map_or(0, |cursor| cursor.same);
        let reader = self.engine.store().reader();
        let then = read_head(reader, MatterId(other))?;
        let then = then.ok_or_else(|| StoreError::Damaged(format!("matter {other} of the run is not there")))?;
        let both = Ways { same, was: way(self.journal, id, clocks_was)?, would: way(reader, other, clocks_would)? };
        let mut stands = standing(was, self.journal, head, self.now_ms)?;
        let mut would_stand = standing(would, reader, &then, self.now_ms)?;
        stands.last_words = last_words(&both.was, &stands);
        would_stand.last_words = last_words(&both.would, &would_stand);
        let mut pair = Pair {
            number: head.number.to_string(),
            title: title(self.journal, head)?,
            opened: head.opened,
            what: BTreeSet::new(),
            parted: None,
            moved: 0,
            differs_from_here: parting.as_ref().map_or(0, |parting| parting.left),
            was: Some(stands.clone()),
            would: Some(would_stand.clone()),
            ids: (Some(head.id), Some(then.id)),
        };
        if !is_same {
            let refused = parting.and_then(|parting| parting.refused);
            pair.what = differences((&both.was, &both.would), same, (&stands, &would_stand), refused.is_some());
            pair.moved = both.was.len() + both.would.len() - 2 * same;
            pair.parted = parted(&both, same, refused);
        } else if clocks(self.journal, head)? != clocks(reader, &then)? {
            pair.what.insert(What::Clocks);
        }
        let shows = |stands: &Standing| (stands.stage.clone(), stands.outcome.clone(), stands.lamp);
        let is_other = !is_same || !is_alike(head, &then) || shows(&stands) != shows(&would_stand);
        if pair.what.is_empty() && is_other {
            pair.what.insert(What::Other);
        }
        Ok((pair, both))
    }

    /// A matter that only one way has.
    fn lone(
        &self,
        (config, reader): (&Config, Reader<'_>),
        head: &Head,
        what: What,
        clocks: &BTreeSet<u64>,
    ) -> Result<(Pair, Ways), StoreError> {
        let mut stands = standing(config, reader, head, self.now_ms)?;
        let events = way(reader, head.id.0, clocks)?;
        stands.last_words = last_words(&events, &stands);
        let moved = events.len();
        let first = events.first().cloned();
        let (was, would, ids, both) = if what == What::New {
            let both = Ways { same: 0, was: Vec::new(), would: events };
            (None, Some(stands), (None, Some(head.id)), both)
        } else {
            let both = Ways { same: 0, was: events, would: Vec::new() };
            (Some(stands), None, (Some(head.id), None), both)
        };
        let parted = first.map(|first| {
            let at = first.at;
            let (was, would) = if what == What::New { (None, Some(first)) } else { (Some(first), None) };
            Parted { at, was, would, refused: Vec::new() }
        });
        let pair = Pair {
            number: head.number.to_string(),
            title: title(reader, head)?,
            opened: head.opened,
            what: BTreeSet::from([what]),
            parted,
            moved,
            differs_from_here: 0,
            was,
            would,
            ids,
        };
        Ok((pair, both))
    }
}

/// Whether two heads are the same in what the ways do not tell.
fn is_alike(was: &Head, would: &Head) -> bool {
    let part = |head: &Head| (head.labels.clone(), head.holders.clone(), head.worst.clone(), head.host.clone());
    part(was) == part(would)
}

fn parted(both: &Ways, same: usize, refused: Option<(i64, Vec<plugin_api::Objection>)>) -> Option<Parted> {
    let (was, would) = (both.was.get(same).cloned(), both.would.get(same).cloned());
    let ats = [&was, &would].into_iter().flatten().map(|said| said.at);
    let at = refused.as_ref().map(|(at_ms, _)| instant(*at_ms)).or_else(|| ats.min())?;
    // What the clocks do after a refusal is no part of it.
    let would = would.filter(|_| refused.is_none());
    Some(Parted { at, was, would, refused: refused.map_or_else(Vec::new, |(_, objections)| objections) })
}

fn title(reader: Reader<'_>, head: &Head) -> Result<String, StoreError> {
    let words = reader.words(head.id)?;
    let body: Body = serde_json::from_str(&words).map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(body.title)
}

fn way(reader: Reader<'_>, id: u64, clocks: &BTreeSet<u64>) -> Result<Vec<Said>, StoreError> {
    let all = events(reader, id, 0, u64::MAX)?.into_iter();
    Ok(all
        .map(|event: JournalEvent| {
            let clock = clocks.contains(&event.input);
            said(event, clock)
        })
        .collect())
}

/// Inputs that are clocks.
fn clock_inputs(reader: Reader<'_>) -> Result<BTreeSet<u64>, StoreError> {
    let mut found = BTreeSet::new();
    let mut last = 0;
    loop {
        let rows = reader.inputs(last)?;
        let Some(end) = rows.last().map(|row| row.seq) else { return Ok(found) };
        found.extend(rows.iter().filter(|row| row.kind == InputKind::Clock).map(|row| row.seq));
        last = end;
    }
}
