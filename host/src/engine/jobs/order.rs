//! One run of a job: all it needs, apart from the engine.
//!
//! Always holds: between two questions nothing of the store is held. A question is answered by
//! statements that each end by themselves and read a bounded number of rows, so none holds a read for
//! long; one that takes longer than it should is logged.

use std::sync::Arc;
use std::time::Instant;

use plugin_api::abi::VERB_WORK;
use plugin_api::host::Question;
use plugin_api::{Fault, Job, MatterId};
use serde_json::value::RawValue;

use super::super::answers::Asking;
use super::super::call::{Caller, Outcome};
use super::super::draft::check::check_object;
use super::super::input::instant;
use super::super::marker::JobMark;
use super::{Ended, digest, is_deadly};
use crate::config::Config;
use crate::limits::QUESTION_MS_MAX;
use crate::permission::Sight;
use crate::routes::DeskIx;
use crate::store::Reader;
use crate::store::rows::JobRow;

/// A job to be run.
pub struct Order {
    /// Its number.
    pub id: u64,
    row: JobRow,
    config: Arc<Config>,
    desk: DeskIx,
    caller: Arc<dyn Caller>,
    deaths: u32,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Order").field(&self.row).finish()
    }
}

impl Order {
    pub(super) fn new(row: &JobRow, config: Arc<Config>, desk: DeskIx, caller: Arc<dyn Caller>, deaths: u32) -> Order {
        Order { id: row.id, row: row.clone(), config, desk, caller, deaths }
    }

    /// Runs it. What is asked meanwhile is answered by the reader.
    pub(in crate::engine) fn run(&self, reader: Reader<'_>, mark: Option<&JobMark>) -> Ended {
        if is_deadly(self.deaths) {
            return Ended::Parked(format!("the host ended {} times while this job ran", self.deaths));
        }
        let request = match self.request() {
            Ok(request) => request,
            Err(error) => return Ended::Parked(format!("its params do not read back: {error}")),
        };
        if let Some(mark) = mark {
            mark.enter(digest(self.id));
        }
        let ended = self.call(&request, reader);
        if let Some(mark) = mark {
            mark.leave();
        }
        ended
    }

    fn request(&self) -> Result<String, serde_json::Error> {
        let JobRow { id, desk, name, matter, at_ms, params, attempt, .. } = &self.row;
        serde_json::to_string(&Job {
            id: *id,
            name: name.to_string(),
            params: serde_json::from_str(params)?,
            matter: matter.map(MatterId),
            now: instant(*at_ms),
            today: self.config.day_of(*at_ms),
            desk: desk.to_string(),
            attempt: attempt + 1,
        })
    }

    fn call(&self, request: &str, reader: Reader<'_>) -> Ended {
        let asking = Asking { config: &self.config, desk: self.desk, now_ms: self.row.at_ms, sight: Sight::Everything };
        let mut ask = |question: &str| -> Result<String, String> {
            let question: Question =
                serde_json::from_str(question).map_err(|error| format!("unreadable question: {error}"))?;
            let began = Instant::now();
            let answer = asking.answer(&question, reader);
            let ms = began.elapsed().as_millis();
            if u128::from(QUESTION_MS_MAX) < ms {
                tracing::warn!(ms, desk = %self.row.desk, job = %self.row.name, "A question of a job took long.");
            }
            answer
        };
        let mut out = Vec::new();
        match self.caller.call(VERB_WORK, request, &mut ask, &mut out) {
            Outcome::Ok => self.judge(&out),
            Outcome::Refused(objections) => {
                let text = Fault::Refused(objections).to_string();
                Ended::Parked(format!("refused, and nobody is there to mend it: {text}"))
            }
            Outcome::Failed(text) | Outcome::Died(text) => Ended::Failed(text),
            Outcome::NotOffered => Ended::Parked("the desk runs no jobs".to_owned()),
        }
    }

    fn judge(&self, out: &[u8]) -> Ended {
        let wrong = |error: &dyn std::fmt::Display| Ended::Failed(format!("what the job came to is not JSON: {error}"));
        let text = match std::str::from_utf8(out) {
            Ok(text) => text,
            Err(error) => return wrong(&error),
        };
        if let Err(error) = serde_json::from_str::<&RawValue>(text) {
            return wrong(&error);
        }
        let spec = self.config.desks[self.desk.get()].manifest.job(&self.row.name);
        let fields = spec.and_then(|spec| spec.result.as_ref());
        let checked = fields
            .map_or(Ok(()), |fields| check_object(format_args!("the result of job {:?}", self.row.name), fields, text));
        match checked {
            Ok(()) => Ended::Done(text.into()),
            Err(text) => Ended::Failed(text),
        }
    }
}
