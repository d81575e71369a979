//! The journal's inputs, run again: on an empty store they give the same matters, notes, records and
//! clocks (I4).
//!
//! Knows what was in force by name only: whoever replays opens it.

use std::sync::Arc;

use plugin_api::{InputKind, MatterId, Objection, PersonId};
use serde_json::{Map, Value};

use super::input::{Act, Answer, Ask, Input, Origin, Target};
use super::jobs::read_body;
use super::outbox::ReceiptBack;
use super::pins::{DISTRUST, PinTurn, TRUST, Told};
use super::schedules;
use super::sent;
use super::switch::{SWITCH, Switch};
use super::{Engine, NO_TICKET};
use crate::clock::Moment;
use crate::erasure::{ERASE, Erasure};
use crate::store::erase::ANSWERED;
use crate::store::rows::ClockId;
use crate::store::sealed::EPOCH;
use crate::store::{JournalInput, Reader, StoreError};

/// An input of the journal that did not do again what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its number in the journal.
    pub seq: u64,
    /// Why.
    pub why: Differs,
}

/// Why an input does not do again what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Differs {
    /// Its words were erased: nothing of it was run.
    Erased,
    /// It was done, and is refused now: what it stood on is not there.
    Refused(Vec<Objection>),
}

/// A journal that was run again to its end.
pub struct Again {
    /// The engine as it stands then; none if the journal is empty.
    pub engine: Option<Engine>,
    /// How many inputs there were, switches among them.
    pub inputs: u64,
    /// Those that did not do again what they did.
    pub differences: Vec<Difference>,
}

/// Runs a whole journal again, each input under what was in force.
///
/// At each switch `open` is asked for an engine, always on the same store, which is empty at first,
/// with what the switch names and its instant. It is a new one each time, as it was then: a config is
/// switched by a start.
///
/// # Errors
/// Those of `open`, and when an input cannot be run at all.
pub fn run_journal<E: From<StoreError>>(
    journal: Reader<'_>,
    mut open: impl FnMut(&JournalInput, &Switch) -> Result<Engine, E>,
) -> Result<Again, E> {
    let mut again = Again { engine: None, inputs: 0, differences: Vec::new() };
    let mut rows = journal.inputs(0)?;
    while let Some(last) = rows.last().map(|row| row.seq) {
        again.inputs += rows.len() as u64;
        for stretch in rows.chunk_by(|_, next| !is_switch(next)) {
            if let Some(switch) = Switch::of(&stretch[0])? {
                // Numbers of matters that nothing of is left are not in the store.
                let matters = again.engine.take().map_or(0, |engine| engine.numbers.matter);
                let engine = again.engine.insert(open(&stretch[0], &switch)?);
                engine.numbers.matter = engine.numbers.matter.max(matters);
            }
            let engine = again.engine.as_mut().ok_or_else(|| before_any_switch(&stretch[0]))?;
            again.differences.extend(engine.run_again(stretch.iter().cloned())?);
        }
        rows = journal.inputs(last)?;
    }
    Ok(again)
}

fn is_switch(row: &JournalInput) -> bool {
    row.kind == InputKind::Switch && *row.name == *SWITCH
}

fn before_any_switch(row: &JournalInput) -> StoreError {
    StoreError::Damaged(format!("input {} stands in the journal before any config", row.seq))
}

impl Engine {
    /// Runs inputs of a journal again, each as of its instant, with what was decided outside. Gives
    /// those that did not do the same again. A switch may stand first: this engine has made it by
    /// itself.
    ///
    /// # Errors
    /// When one cannot be run at all: it is of a sort this version does not know, or a switch, which
    /// needs another engine.
    pub fn run_again(&mut self, inputs: impl IntoIterator<Item = JournalInput>) -> Result<Vec<Difference>, StoreError> {
        let mut differences = Vec::new();
        self.sent.is_replay = true;
        for (nth, row) in inputs.into_iter().enumerate() {
            if nth == 0 && is_switch(&row) {
                continue;
            }
            let (seq, at_ms) = (row.seq, row.at_ms);
            let job = (row.desk.clone(), row.name.clone());
            self.deaths.extend(row.died.iter().copied());
            if row.kind == InputKind::Switch && *row.name == *EPOCH {
                self.commit_again(&mut differences);
                self.push_epoch(row.body.unwrap_or_default(), at_ms)?;
            } else if row.is_erased {
                self.skip(row.opened, &mut differences);
                differences.push(Difference { seq, why: Differs::Erased });
            } else {
                let input = again(row)?;
                debug_assert_ne!(seq, NO_TICKET, "numbers of the journal begin with one");
                // Numbers move where an input that was erased would have started a job.
                if let Ask::Job { id, .. } = input.ask
                    && !self.has_job(id, job)
                {
                    let text = Objection::new("开始这项后台任务的输入已删除", "what started this job was erased");
                    differences.push(Difference { seq, why: Differs::Refused(vec![text]) });
                    continue;
                }
                self.take_at(Arc::new(input), at_ms, seq);
                if self.is_full() {
                    self.commit_again(&mut differences);
                }
            }
        }
        self.commit_again(&mut differences);
        Ok(differences)
    }

    fn commit_again(&mut self, differences: &mut Vec<Difference>) {
        for (seq, answer) in self.commit() {
            if let Answer::Refused(objections) = answer {
                differences.push(Difference { seq, why: Differs::Refused(objections) });
            }
        }
    }

    /// Leaves out matters that were opened by words that are gone: those after them are the same
    /// matters under the same numbers.
    fn skip(&mut self, matters: u64, differences: &mut Vec<Difference>) {
        self.commit_again(differences);
        self.numbers.matter += matters;
    }
}

/// The input of a journal row.
///
/// # Errors
/// When it lacks what its sort needs, or this version does not know its sort.
pub fn again(row: JournalInput) -> Result<Input, StoreError> {
    let lacks = |what: &str| StoreError::Damaged(format!("input {} lacks its {what}", row.seq));
    let body = || -> Result<Map<String, Value>, StoreError> {
        let text = row.body.as_deref().unwrap_or("{}");
        serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("input {}: {error}", row.seq)))
    };
    let act = || -> Result<Act, StoreError> {
        let target = match (row.matter, &row.desk) {
            (Some(id), _) => Target::Matter(MatterId(id)),
            (None, Some(desk)) => Target::Desk(desk.to_string()),
            (None, None) => return Err(lacks("desk")),
        };
        Ok(Act { target, action: row.name.to_string(), form: body()? })
    };
    let ask = match row.kind {
        InputKind::Act => Ask::Again(act()?, Origin::Act),
        InputKind::Row => Ask::Again(act()?, Origin::Row),
        InputKind::Clock => {
            let (name, moment) = Moment::of_call(&row.name).ok_or_else(|| lacks("clock"))?;
            let (matter, desk) = (row.matter.ok_or_else(|| lacks("matter"))?, row.desk.clone());
            Ask::Clock(ClockId { matter, desk: desk.ok_or_else(|| lacks("desk"))?, name: name.into() }, moment)
        }
        InputKind::Retry if *row.name == *ANSWERED => Ask::Answered(
            sent::read_body(row.body.as_deref().unwrap_or_default())
                .map_err(|error| StoreError::Damaged(format!("input {}: {error}", row.seq)))?,
        ),
        InputKind::Retry => {
            let delivery = body()?.get("delivery").and_then(Value::as_u64).ok_or_else(|| lacks("body"))?;
            Ask::Retry { delivery, by_hand: &*row.name == "retry" }
        }
        InputKind::Receipt => Ask::Receipt(ReceiptBack {
            desk: row.desk.clone().ok_or_else(|| lacks("desk"))?,
            name: Arc::clone(&row.name),
            matter: row.matter,
            data: row.body.as_deref().ok_or_else(|| lacks("body"))?.into(),
        }),
        InputKind::Operator => operators(&row)?,
        InputKind::Switch => return Err(lacks("own engine")),
        InputKind::Job => {
            let (id, ended) = read_body(row.body.as_deref().unwrap_or_default())
                .map_err(|error| StoreError::Damaged(format!("input {}: {error}", row.seq)))?;
            Ask::Job { id, ended }
        }
        InputKind::Schedule => Ask::Schedule(schedules::read_again(&row)?),
        InputKind::Request => return Err(lacks("counterpart in this version")),
    };
    Ok(Input { ask, by: row.by.as_deref().map(PersonId::new), key: None })
}

/// What an operator asked.
fn operators(row: &JournalInput) -> Result<Ask, StoreError> {
    let lacks = |what: &str| StoreError::Damaged(format!("input {} lacks its {what}", row.seq));
    let damaged = |error| StoreError::Damaged(format!("input {}: {error}", row.seq));
    let body = row.body.as_deref().unwrap_or("{}");
    Ok(match &*row.name {
        ERASE => {
            let erasure: Erasure = serde_json::from_str(body).map_err(damaged)?;
            Ask::Erase { person: PersonId::new(erasure.person), why: erasure.why, is_again: true }
        }
        "resend" => {
            let body: Value = serde_json::from_str(body).map_err(damaged)?;
            Ask::Resend { notice: body.get("notice").and_then(Value::as_u64).ok_or_else(|| lacks("body"))? }
        }
        name @ (TRUST | DISTRUST) => {
            let told: Told = serde_json::from_str(body).map_err(damaged)?;
            Ask::Pin(if name == TRUST { PinTurn::Trusted(told.pin) } else { PinTurn::Withdrawn(told.pin.name) })
        }
        _ => Ask::Move {
            matter: MatterId(row.matter.ok_or_else(|| lacks("matter"))?),
            desk: row.desk.as_ref().ok_or_else(|| lacks("desk"))?.to_string(),
        },
    })
}
