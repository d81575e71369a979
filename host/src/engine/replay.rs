//! The journal's inputs, run again: on an empty store they give the same matters, notes, records and
//! clocks (I4).

use std::sync::Arc;

use plugin_api::{InputKind, MatterId, Objection, PersonId};
use serde_json::{Map, Value};

use super::input::{Act, Answer, Ask, Input, Origin, Target};
use super::jobs::read_body;
use super::outbox::ReceiptBack;
use super::{Engine, NO_TICKET};
use crate::clock::Moment;
use crate::erasure::{ERASE, Erasure};
use crate::store::rows::ClockId;
use crate::store::{JournalInput, StoreError};

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

impl Engine {
    /// Runs inputs of a journal again, each as of its instant, with what was decided outside. Gives
    /// those that did not do the same again.
    ///
    /// # Errors
    /// When one cannot be run at all: it is of a sort this version does not know.
    pub fn run_again(&mut self, inputs: impl IntoIterator<Item = JournalInput>) -> Result<Vec<Difference>, StoreError> {
        let mut differences = Vec::new();
        for row in inputs {
            let (seq, at_ms) = (row.seq, row.at_ms);
            let job = (row.desk.clone(), row.name.clone());
            self.deaths.extend(row.died.iter().copied());
            if row.is_erased {
                self.skip(row.opened, &mut differences);
                differences.push(Difference { seq, why: Differs::Erased });
            } else if let Some(input) = again(row)? {
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

/// The input of a journal row; none for a switch, which the new store has made by itself.
fn again(row: JournalInput) -> Result<Option<Input>, StoreError> {
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
        InputKind::Retry => {
            let delivery = body()?.get("delivery").and_then(Value::as_u64).ok_or_else(|| lacks("body"))?;
            Ask::Retry { delivery, by_hand: &*row.name == "retry" }
        }
        InputKind::Operator if *row.name == *ERASE => {
            let erasure: Erasure = serde_json::from_value(Value::Object(body()?))
                .map_err(|error| StoreError::Damaged(format!("input {}: {error}", row.seq)))?;
            Ask::Erase { person: PersonId::new(erasure.person), why: erasure.why, is_again: true }
        }
        InputKind::Operator if &*row.name == "resend" => {
            Ask::Resend { notice: body()?.get("notice").and_then(Value::as_u64).ok_or_else(|| lacks("body"))? }
        }
        InputKind::Receipt => Ask::Receipt(ReceiptBack {
            desk: row.desk.clone().ok_or_else(|| lacks("desk"))?,
            name: Arc::clone(&row.name),
            matter: row.matter,
            data: row.body.as_deref().ok_or_else(|| lacks("body"))?.into(),
        }),
        InputKind::Operator => Ask::Move {
            matter: MatterId(row.matter.ok_or_else(|| lacks("matter"))?),
            desk: row.desk.as_ref().ok_or_else(|| lacks("desk"))?.to_string(),
        },
        InputKind::Switch => return Ok(None),
        InputKind::Job => {
            let (id, ended) = read_body(row.body.as_deref().unwrap_or_default())
                .map_err(|error| StoreError::Damaged(format!("input {}: {error}", row.seq)))?;
            Ask::Job { id, ended }
        }
        InputKind::Request | InputKind::Schedule => return Err(lacks("counterpart in this version")),
    };
    Ok(Some(Input { ask, by: row.by.as_deref().map(PersonId::new), key: None }))
}
