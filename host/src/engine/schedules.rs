//! Schedules that come: a desk is called by a topic, about no matter, as of the instant it was due.
//!
//! Always holds (I4): which time it was, and what was left out after long down-time, is decided before the
//! input is run and journaled with it. A schedule begins at the switch that brings it; one whose `every`
//! is another than before begins anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plugin_api::{InputKind, Objection};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Engine;
use super::chain::Start;
use super::input::{Answer, instant};
use crate::calendar::{Calendar, Due};
use crate::config::Config;
use crate::limits::SCHEDULE_MISSED_MAX;
use crate::schedule::{Missed, Schedule, Since};
use crate::store::schedules::{ScheduleRow, ScheduleTurn};
use crate::store::{JournalInput, Reader, StoreError};

/// One time that a schedule comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The schedule.
    pub id: Arc<str>,
    /// When it was due.
    pub due_ms: i64,
    /// So many times before it were missed and are not made up for.
    pub left_out: u64,
}

/// How far all schedules have come, and what comes next.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    rows: BTreeMap<Arc<str>, ScheduleRow>,
    /// The next time of each, by its place in the config.
    by_next: BTreeSet<(i64, usize)>,
    /// Of those that missed too much: how often.
    left_out: BTreeMap<usize, u64>,
}

impl ScheduleRow {
    /// How far it has come.
    pub fn reached(&self) -> Since {
        Since { began: instant(self.since_ms), last: self.last_ms.map(instant) }
    }
}

/// When a schedule of a config comes next, by the rows of a store; as if the config were put in force now,
/// where there is none for it.
pub fn next_of(schedule: &Schedule, rows: &[ScheduleRow], now_ms: i64, calendar: &Calendar) -> Option<Due> {
    let every = schedule.every.to_string();
    let row = rows.iter().find(|row| *row.id == *schedule.id && *row.every == *every);
    let since = row.map_or(Since { began: instant(now_ms), last: None }, ScheduleRow::reached);
    schedule.next(since, calendar)
}

impl Schedules {
    /// Takes the store's rows in place of those here.
    pub fn read_back(&mut self, rows: Vec<ScheduleRow>, config: &Config) {
        self.rows = rows.into_iter().map(|row| (Arc::clone(&row.id), row)).collect();
        self.plan_all(config);
    }

    /// Another config is in force since an instant; gives what changes.
    fn turn_to(&mut self, config: &Config, now_ms: i64) -> Vec<ScheduleTurn> {
        let mut turns = Vec::new();
        let is_gone = |id: &Arc<str>| config.schedules.iter().all(|schedule| *schedule.id != **id);
        let gone: Vec<Arc<str>> = self.rows.keys().filter(|id| is_gone(id)).cloned().collect();
        for id in gone {
            self.rows.remove(&id);
            turns.push(ScheduleTurn::Drop(id));
        }
        for schedule in &config.schedules {
            let every = schedule.every.to_string();
            if self.rows.get(schedule.id.as_str()).is_some_and(|row| *row.every == *every) {
                continue;
            }
            let id: Arc<str> = schedule.id.as_str().into();
            let row = ScheduleRow { id: Arc::clone(&id), every: every.into(), since_ms: now_ms, last_ms: None };
            turns.push(ScheduleTurn::Keep(row.clone()));
            self.rows.insert(id, row);
        }
        self.plan_all(config);
        turns
    }

    fn plan_all(&mut self, config: &Config) {
        self.by_next.clear();
        self.left_out.clear();
        (0..config.schedules.len()).for_each(|at| self.plan(at, config));
    }

    fn plan(&mut self, at: usize, config: &Config) {
        let schedule = &config.schedules[at];
        let Some(row) = self.rows.get(schedule.id.as_str()) else { return };
        if let Some(due) = schedule.next(row.reached(), &config.calendar) {
            self.by_next.insert((due.at.as_millisecond(), at));
        }
    }

    /// When the next one comes.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.by_next.first().map(|(next_ms, _)| *next_ms)
    }

    /// The first that has come by an instant.
    pub fn first_due(&mut self, now_ms: i64, config: &Config) -> Option<Occurrence> {
        loop {
            let (next_ms, at) = self.by_next.first().copied().filter(|(next_ms, _)| *next_ms <= now_ms)?;
            let schedule = &config.schedules[at];
            let row = self.rows.get(schedule.id.as_str())?;
            let missed = schedule.missed(row.reached(), instant(now_ms), SCHEDULE_MISSED_MAX, &config.calendar);
            let Missed { first, left_out } = missed?;
            if first.as_millisecond() == next_ms {
                let left_out = self.left_out.get(&at).copied().unwrap_or(0);
                return Some(Occurrence { id: Arc::clone(&row.id), due_ms: next_ms, left_out });
            }
            // What is left out may make another schedule the first.
            self.by_next.remove(&(next_ms, at));
            self.by_next.insert((first.as_millisecond(), at));
            self.left_out.insert(at, left_out);
        }
    }

    /// It has come; gives how far it is now.
    fn came(&mut self, at: usize, due_ms: i64, config: &Config) -> Option<ScheduleRow> {
        let row = self.rows.get_mut(config.schedules[at].id.as_str())?;
        row.last_ms = Some(due_ms);
        let row = row.clone();
        self.forget(at);
        self.plan(at, config);
        Some(row)
    }

    fn forget(&mut self, at: usize) {
        self.by_next.retain(|(_, other)| *other != at);
        self.left_out.remove(&at);
    }
}

/// What is journaled when a schedule comes.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    schedule: &'a str,
    due: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "is_zero")]
    left_out: u64,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The time a journaled body tells of.
///
/// # Errors
/// When it is no such body.
pub fn read_body(text: &str) -> Result<Occurrence, serde_json::Error> {
    let Body { schedule, due, left_out, .. } = serde_json::from_str(text)?;
    Ok(Occurrence { id: schedule.into(), due_ms: due.as_millisecond(), left_out })
}

/// The time that an input of the journal tells of.
///
/// # Errors
/// When its body does not read.
pub(super) fn read_again(row: &JournalInput) -> Result<Occurrence, StoreError> {
    let occurrence = read_body(row.body.as_deref().unwrap_or_default());
    occurrence.map_err(|error| StoreError::Damaged(format!("input {}: {error}", row.seq)))
}

/// Which schedule put an input in, if one did.
///
/// # Errors
/// When the store does not give it.
pub fn schedule_of(reader: Reader<'_>, input: u64) -> Result<Option<String>, StoreError> {
    let body = reader.schedule_body(input)?;
    Ok(body.and_then(|body| read_body(&body).ok()).map(|occurrence| occurrence.id.to_string()))
}

/// What the desk got by a journaled body.
pub(super) fn data_of(body: &Arc<str>) -> Arc<str> {
    // This is the body of an input that led to a step.
    serde_json::from_str::<Body<'_>>(body).map_or_else(|_| Arc::clone(body), |body| body.data.get().into())
}

impl Engine {
    /// A schedule has come: its desk is called, as of that instant.
    pub(super) fn run_schedule(&mut self, occurrence: &Occurrence, now_ms: i64) -> Result<Answer, StoreError> {
        let Occurrence { id, due_ms, left_out } = occurrence;
        let config = Arc::clone(&self.config);
        let found = config.schedules.iter().position(|schedule| *schedule.id == **id);
        let Some((at, row)) = found.and_then(|at| Some((at, self.schedules.came(at, *due_ms, &config)?))) else {
            let (zh, en) = (format!("没有定时规则“{id}”"), format!("there is no schedule {id:?}"));
            return Ok(Answer::Refused(vec![Objection::new(zh, en)]));
        };
        self.batch.set.schedules.push(ScheduleTurn::Keep(row));
        if *left_out != 0 {
            tracing::warn!(schedule = %id, left_out, "A schedule was missed so often that only its latest times are made up for.");
        }
        let schedule = &config.schedules[at];
        let damaged = |error: serde_json::Error| StoreError::Damaged(format!("schedule {id}: {error}"));
        let data = serde_json::value::to_raw_value(&schedule.data).map_err(damaged)?;
        let body = Body { schedule: id, due: instant(*due_ms), left_out: *left_out, data: &data };
        let body: Arc<str> = serde_json::to_string(&body).map_err(damaged)?.into();
        let mut row = self.own_row(InputKind::Schedule, &schedule.emit, now_ms);
        row.desk = Some(Arc::clone(&self.desk_names[schedule.to.get()]));
        self.run_chain(Start {
            row,
            body,
            data: data.get().into(),
            step_ms: *due_ms,
            desk: schedule.to,
            stay: 0,
            can_refuse: false,
        })
    }

    /// Another config is in force: its schedules begin, those it has no longer end.
    pub(super) fn turn_to_schedules(&mut self, now_ms: i64) {
        let turns = self.schedules.turn_to(&self.config, now_ms);
        self.batch.set.schedules.extend(turns);
    }

    /// Forgets a schedule until the next start: what comes of it cannot be stored.
    pub(super) fn set_schedule_aside(&mut self, id: &str) {
        if let Some(at) = self.config.schedules.iter().position(|schedule| schedule.id == id) {
            self.schedules.forget(at);
        }
    }
}
