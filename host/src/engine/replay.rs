//! The journal's inputs, run again: on an empty store they give the same matters, notes, records and
//! clocks (I4).

use plugin_api::{InputKind, MatterId, PersonId};
use serde_json::{Map, Value};

use super::input::{Act, Ask, Input, Origin, Target};
use super::{Engine, NO_TICKET};
use crate::clock::Moment;
use crate::store::rows::ClockId;
use crate::store::{JournalInput, StoreError};

impl Engine {
    /// Runs inputs of a journal again, each as of its instant, with what was decided outside.
    ///
    /// # Errors
    /// When one cannot be run again: its body was erased, or it is of a sort this version does not
    /// know.
    pub fn run_again(&mut self, inputs: impl IntoIterator<Item = JournalInput>) -> Result<(), StoreError> {
        for row in inputs {
            let at_ms = row.at_ms;
            if let Some(input) = again(row)? {
                self.take_at(std::sync::Arc::new(input), at_ms, NO_TICKET);
                if self.is_full() {
                    self.commit();
                }
            }
        }
        self.commit();
        Ok(())
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
        InputKind::Operator => Ask::Move {
            matter: MatterId(row.matter.ok_or_else(|| lacks("matter"))?),
            desk: row.desk.as_ref().ok_or_else(|| lacks("desk"))?.to_string(),
        },
        InputKind::Switch => return Ok(None),
        InputKind::Request | InputKind::Schedule | InputKind::Job => return Err(lacks("counterpart in this version")),
    };
    Ok(Some(Input { ask, by: row.by.as_deref().map(PersonId::new), key: None }))
}
