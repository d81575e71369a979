//! Two ways of a matter, event by event, and in what they differ.
//!
//! Pure but for reading. Always holds: what the host says of another calendar or of an erasure is no
//! part of a way: one is of the config, the other was not run.

use std::collections::BTreeSet;

use plugin_api::{MatterId, Status};
use serde_json::Value;

use super::{Said, Standing, What};
use crate::config::Config;
use crate::engine::input::instant;
use crate::erasure::ERASED;
use crate::matter::Head;
use crate::store::{JournalEvent, Reader, StoreError};

const HOST: &str = "host";
const CLOSED: &str = "closed";
const RECOMPUTED: &str = "recomputed";

/// Events of a matter from one number on to before another, of its way.
pub(super) fn events(reader: Reader<'_>, id: u64, after: u64, before: u64) -> Result<Vec<JournalEvent>, StoreError> {
    let mut found: Vec<JournalEvent> = Vec::new();
    let mut last = after;
    loop {
        let page = reader.events(MatterId(id), last)?;
        let Some(end) = page.last().map(|event| event.seq) else { break };
        found.extend(page.into_iter().filter(|event| event.seq < before));
        if before <= end {
            break;
        }
        last = end;
    }
    found.retain(|event| event.desk != HOST || (event.topic != RECOMPUTED && event.topic != ERASED));
    Ok(found)
}

/// Whether an event of one way is that of the other. What was erased is not compared.
pub(super) fn is_same(was: &JournalEvent, would: &JournalEvent, is_erased: bool) -> bool {
    let said = |event: &JournalEvent| -> Option<Value> { serde_json::from_str(event.data.as_deref()?).ok() };
    (&was.topic, &was.desk, &was.by, &was.route) == (&would.topic, &would.desk, &would.by, &would.route)
        && (was.at_ms, was.stay) == (would.at_ms, would.stay)
        && (is_erased || said(was) == said(would))
}

/// An event for those who look.
pub(super) fn said(event: JournalEvent, clock: bool) -> Said {
    Said {
        at: instant(event.at_ms),
        desk: event.desk.clone(),
        topic: event.topic.clone(),
        by: event.by.clone(),
        route: event.route.clone(),
        clock,
        event,
    }
}

/// How a matter stands as of an instant.
pub(super) fn standing(config: &Config, reader: Reader<'_>, head: &Head, at_ms: i64) -> Result<Standing, StoreError> {
    let clocks = reader.clocks_of(head.id)?;
    let lamp = crate::clock::Standing::of(config, head, &clocks, instant(at_ms)).lamp;
    Ok(Standing {
        desk: head.desk.to_string(),
        kind: head.kind.to_string(),
        stage: head.stage.to_string(),
        status: head.status,
        outcome: head.outcome.as_deref().map(str::to_owned),
        lamp,
        last_words: None,
    })
}

/// What the desk said in the step that ended a matter.
pub(super) fn last_words(events: &[Said], stands: &Standing) -> Option<JournalEvent> {
    let closing = events.iter().rev().find(|said| stands.status != Status::Open && said.topic == CLOSED)?;
    let last = events.iter().rev().find(|said| said.event.input == closing.event.input && said.desk == stands.desk);
    last.map(|said| said.event.clone())
}

/// When each clock of a matter goes on: only of one that is open.
pub(super) fn clocks(reader: Reader<'_>, head: &Head) -> Result<Vec<(String, String, i64)>, StoreError> {
    if head.status != Status::Open {
        return Ok(Vec::new());
    }
    let all = reader.clocks_of(head.id)?.into_iter();
    let next = all.filter_map(|(id, run)| {
        let (at, _) = run.next()?;
        Some((id.desk.to_string(), id.name.to_string(), at.as_millisecond()))
    });
    Ok(next.collect())
}

/// The desks a matter lay on, by what they said and where it lies at the end.
fn desks<'e>(events: &'e [Said], last: &'e str) -> Vec<&'e str> {
    let said = events.iter().map(|said| said.desk.as_str()).filter(|desk| *desk != HOST);
    let mut all: Vec<&str> = said.chain([last]).collect();
    all.dedup();
    all
}

/// In what two ways differ that part, both to their end.
pub(super) fn differences(
    (was, would): (&[Said], &[Said]),
    same: usize,
    (now, then): (&Standing, &Standing),
    is_refused: bool,
) -> BTreeSet<What> {
    let mut what = BTreeSet::new();
    let (first, other) = (was.get(same), would.get(same));
    let goes = desks(would, &then.desk);
    let went = desks(was, &now.desk);
    let is_another_route = first.zip(other).is_some_and(|(first, other)| {
        (&first.desk, &first.topic) == (&other.desk, &other.topic) && first.route != other.route
    });
    if is_another_route || !went.starts_with(&goes) {
        what.insert(What::Desk);
    }
    let is_clock = |said: Option<&Said>| said.is_some_and(|said| said.clock);
    if !is_refused && (is_clock(first) || is_clock(other)) {
        what.insert(What::Clocks);
    }
    if is_refused {
        what.insert(What::Refused);
    }
    if then.status != Status::Open && (now.status, &now.outcome) != (then.status, &then.outcome) {
        what.insert(What::Outcome);
    }
    if now.status != Status::Open && then.status == Status::Open {
        what.insert(What::StillOpen);
    }
    what
}
