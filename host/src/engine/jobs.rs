//! Jobs: what waits to be worked out, and what becomes of it.
//!
//! A job is a row until it has come to something. Running it changes nothing; that it has come to
//! something, or failed, is an input with all there is to know, so that the journal run again does not
//! run the job again (I4). Where no thread runs jobs beside the engine, they are run when they are due,
//! as clocks are: exercises, imports, single commands.

mod order;
pub mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_api::{InputKind, MatterId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::chain::{Led, Work};
use super::deaths::digest_of;
use super::draft::JobStart;
use super::input::{Answer, Ask, Done, Input};
use super::marker::JobMark;
use super::{Engine, NO_TICKET};
use crate::limits::{DEATHS_MAX, RETRY_WAITS_MS};
use crate::store::StoreError;
use crate::store::rows::{InputRow, JobRow, JobTurn};
pub use order::Order;

/// How a run of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It came to this, JSON.
    Done(Arc<str>),
    /// It failed, and is tried again.
    Failed(String),
    /// It failed, and trying again by itself would do no good.
    Parked(String),
}

/// The jobs that are not done.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    rows: BTreeMap<u64, JobRow>,
    /// Desks there are: jobs of others wait until their desk is put back.
    desks: Vec<Arc<str>>,
    /// The one that a thread beside the engine runs now.
    running: Option<u64>,
    /// Such a thread runs them all.
    is_beside: bool,
    /// They wait until somebody has been answered.
    is_held: bool,
    /// Where a job that runs is marked.
    pub mark: Option<JobMark>,
}

impl Jobs {
    /// None yet.
    pub fn new(desks: &[Arc<str>], mark: Option<JobMark>) -> Jobs {
        Jobs { desks: desks.to_vec(), mark, ..Jobs::default() }
    }

    /// There are other desks now.
    pub fn turn_to(&mut self, desks: &[Arc<str>]) {
        self.desks = desks.to_vec();
    }

    /// Takes the store's rows in place of those here.
    pub fn read_back(&mut self, rows: Vec<JobRow>) {
        self.rows = rows.into_iter().map(|row| (row.id, row)).collect();
    }

    /// How many are not done.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// When the engine must run the next one itself.
    pub fn next_due_ms(&self) -> Option<i64> {
        if self.is_beside || self.is_held {
            return None;
        }
        self.rows.values().filter(|row| self.desks.contains(&row.desk)).filter_map(|row| row.due_ms).min()
    }

    fn first_due(&self, now_ms: i64) -> Option<&JobRow> {
        let due = self.rows.values().filter(|row| row.due_ms.is_some_and(|due_ms| due_ms <= now_ms));
        due.filter(|row| self.desks.contains(&row.desk)).min_by_key(|row| (row.due_ms, row.id))
    }
}

/// What is journaled when a run of a job has ended.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    job: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked: Option<String>,
}

fn body(id: u64, ended: &Ended) -> Result<String, serde_json::Error> {
    let mut body = Body { job: id, result: None, failed: None, parked: None };
    match ended {
        Ended::Done(result) => body.result = Some(serde_json::from_str(result)?),
        Ended::Failed(text) => body.failed = Some(text.clone()),
        Ended::Parked(text) => body.parked = Some(text.clone()),
    }
    serde_json::to_string(&body)
}

/// The job of a journaled body, and how its run ended.
///
/// # Errors
/// When it is no such body.
pub(super) fn read_body(text: &str) -> Result<(u64, Ended), serde_json::Error> {
    let Body { job, result, failed, parked } = serde_json::from_str(text)?;
    let ended = match (result, failed, parked) {
        (_, Some(text), _) => Ended::Failed(text),
        (_, _, Some(text)) => Ended::Parked(text),
        (result, ..) => Ended::Done(result.map_or("null", RawValue::get).into()),
    };
    Ok((job, ended))
}

/// What the job of a journaled body came to.
pub(super) fn result_of(body: &Arc<str>) -> Arc<str> {
    match read_body(body) {
        Ok((_, Ended::Done(result))) => result,
        // Only a result leads to a step, and this is the body of what led to one.
        _ => Arc::clone(body),
    }
}

impl Engine {
    /// Jobs that are not done, in the order they were started.
    pub fn jobs(&self) -> impl Iterator<Item = &JobRow> {
        self.jobs.rows.values()
    }

    /// From now on somebody else runs the jobs that [`Engine::next_job`] gives out.
    pub fn run_jobs_beside(&mut self) -> Option<JobMark> {
        self.jobs.is_beside = true;
        self.jobs.mark.take()
    }

    /// The engine runs its jobs itself again, unless one is still being run beside it.
    pub fn run_jobs_here(&mut self, mark: Option<JobMark>) {
        if self.jobs.running.is_none() {
            self.jobs.is_beside = false;
            self.jobs.mark = mark;
        }
    }

    /// Jobs wait from now on, however due they are: somebody is to be answered first.
    pub fn hold_jobs(&mut self) {
        self.jobs.is_held = true;
    }

    /// They wait no longer.
    pub fn release_jobs(&mut self) {
        self.jobs.is_held = false;
    }

    /// The next job to be run beside the engine, if none runs. How it ended comes back as an input.
    pub fn next_job(&mut self) -> Option<Order> {
        if self.jobs.running.is_some() || self.is_stopped() || self.held_ms() != 0 {
            return None;
        }
        let order = self.first_order(self.now_ms())?;
        self.jobs.running = Some(order.id);
        Some(order)
    }

    fn first_order(&self, now_ms: i64) -> Option<Order> {
        let row = self.jobs.first_due(now_ms)?;
        let desk = self.config.desk(&row.desk)?;
        let deaths = self.deaths.get(&digest(row.id)).copied().unwrap_or(0);
        let caller = Arc::clone(&self.callers[desk.get()]);
        Some(Order::new(row, Arc::clone(&self.config), desk, caller, deaths))
    }

    /// Whether there is a job of this number, desk and journaled name.
    pub(super) fn has_job(&self, id: u64, (desk, name): (Option<Arc<str>>, Arc<str>)) -> bool {
        let row = self.jobs.rows.get(&id);
        row.is_some_and(|row| Some(&row.desk) == desk.as_ref() && name.strip_prefix("job.") == Some(&row.name))
    }

    /// Takes what a job that was given out has come to.
    pub fn take_ended(&mut self, input: Input) {
        // Whether or not it can be stored: if not, the job is run again.
        self.jobs.running = None;
        self.take(input, NO_TICKET);
    }

    /// Forgets a job until the next start: what it comes to cannot be stored.
    pub(super) fn set_job_aside(&mut self, id: u64) {
        self.jobs.rows.remove(&id);
    }

    /// Drops the jobs that inputs led to whose words are gone.
    pub(super) fn drop_jobs(&mut self, inputs: &[u64]) {
        let is_gone = |row: &JobRow| inputs.binary_search(&row.input).is_ok();
        let gone: Vec<u64> = self.jobs.rows.values().filter(|row| is_gone(row)).map(|row| row.id).collect();
        for id in gone {
            self.jobs.rows.remove(&id);
            self.batch.set.jobs.push(JobTurn::Drop(id));
        }
    }

    /// Runs the first job that is due, where no thread does, and gives what it came to as an input.
    pub(super) fn work_here(&mut self, now_ms: i64) -> Option<Ask> {
        if self.jobs.is_beside || self.jobs.is_held || self.jobs.first_due(now_ms).is_none() {
            return None;
        }
        // A job reads what is committed, here as elsewhere.
        if let Err(error) = self.try_commit() {
            self.redo(error);
        }
        let order = self.first_order(now_ms)?;
        let ended = order.run(self.store.reader(), self.jobs.mark.as_ref());
        Some(Ask::Job { id: order.id, ended })
    }

    /// Makes jobs of a sound step rows.
    pub(super) fn start_jobs(&mut self, starts: Vec<JobStart>, work: &Work) {
        for start in starts {
            let id = self.numbers.delivery;
            self.numbers.delivery += 1;
            self.keep_job(JobRow {
                id,
                desk: Arc::clone(&self.desk_names[work.desk.get()]),
                name: start.name,
                matter: start.matter.map(|(id, _)| id.0),
                stay: start.matter.map_or(0, |(_, stay)| stay),
                owner: start.is_owner,
                at_ms: work.now_ms,
                params: start.params,
                attempt: 0,
                due_ms: Some(self.numbers.last_ms),
                error: String::new(),
                input: work.input,
            });
        }
    }

    fn keep_job(&mut self, row: JobRow) {
        self.jobs.rows.insert(row.id, row.clone());
        self.batch.set.jobs.push(JobTurn::Keep(row));
    }

    /// A run of a job has ended: its desk is told what it came to, or it is kept for another try.
    pub(super) fn end_job(&mut self, id: u64, ended: &Ended, now_ms: i64) -> Result<Answer, StoreError> {
        let Some(row) = self.jobs.rows.get(&id).cloned() else { return Ok(Answer::Done(Done::default())) };
        let damaged = |error: serde_json::Error| StoreError::Damaged(format!("the result of job {id}: {error}"));
        let body: Arc<str> = body(id, ended).map_err(damaged)?.into();
        let matter = self.matter_of(&row)?;
        let mut input = self.own_row(InputKind::Job, &format!("job.{}", row.name), now_ms);
        input.desk = Some(Arc::clone(&row.desk));
        input.matter = matter.map(|id| id.0);
        let seq = input.seq;
        self.numbers.seq += 1;
        // It came back; what is parked may have been so for its deaths.
        if !matches!(ended, Ended::Parked(_)) {
            self.forget_deaths_of(digest(id))?;
        }
        match (ended, self.config.desk(&row.desk)) {
            (Ended::Done(result), Some(desk)) => {
                self.jobs.rows.remove(&id);
                self.batch.set.jobs.push(JobTurn::Drop(id));
                let work = Work {
                    desk,
                    name: format!("job.{}", row.name).into(),
                    data: Arc::clone(result),
                    source: seq,
                    input: seq,
                    kind: InputKind::Job,
                    by: None,
                    matter,
                    stay: row.stay,
                    is_owner: row.owner,
                    now_ms,
                    tried: None,
                };
                self.tell_result(&work, input, body)
            }
            (Ended::Failed(text) | Ended::Parked(text), _) => {
                self.push_input(input, body);
                self.job_failed(row, text, matches!(ended, Ended::Parked(_)));
                Ok(Answer::Failed(text.clone()))
            }
            (Ended::Done(_), None) => {
                self.push_input(input, body);
                self.job_failed(row, "its desk is not in the config", true);
                Ok(Answer::Failed("the job's desk is not in the config".to_owned()))
            }
        }
    }

    /// The matter that a job's desk is told of: where it has not been handed over since.
    fn matter_of(&mut self, row: &JobRow) -> Result<Option<MatterId>, StoreError> {
        let Some(id) = row.matter.map(MatterId) else { return Ok(None) };
        let head = self.head(id)?;
        Ok(head.is_some_and(|head| head.stay == row.stay).then_some(id))
    }

    fn tell_result(&mut self, work: &Work, input: InputRow, body: Arc<str>) -> Result<Answer, StoreError> {
        let mut led = Led::default();
        let stepped = self.step(work, &mut led);
        self.push_input(input, body);
        match stepped {
            Ok(works) => {
                self.follow(works.into(), &mut led)?;
                Ok(Answer::Done(Done::of(work.input, self.reached(work.matter, &led.opened)?)))
            }
            Err(error) => Ok(Answer::Failed(self.keep_failed(work, error)?.unwrap_or_default())),
        }
    }

    fn job_failed(&mut self, mut row: JobRow, text: &str, is_parked: bool) {
        row.attempt += 1;
        let wait_ms = RETRY_WAITS_MS.get(row.attempt as usize - 1).filter(|_| !is_parked);
        row.due_ms = wait_ms.map(|wait_ms| self.numbers.last_ms + wait_ms);
        text.clone_into(&mut row.error);
        let (desk, job, attempt) = (&row.desk, &row.name, row.attempt);
        tracing::warn!(%desk, %job, attempt, parked = row.due_ms.is_none(), "A job failed and is kept.");
        self.keep_job(row);
    }

    /// An operator asks for one more try of a job: the waits begin anew. None if there is no such job.
    pub(super) fn retry_job(
        &mut self,
        id: u64,
        by: Option<&PersonId>,
        now_ms: i64,
    ) -> Result<Option<Answer>, StoreError> {
        let Some(mut row) = self.jobs.rows.get(&id).cloned() else { return Ok(None) };
        let mut input = self.own_row(InputKind::Retry, "retry", now_ms);
        input.by = by.map(|by| by.as_str().into());
        input.matter = row.matter;
        let seq = input.seq;
        self.push_input(input, format!("{{\"delivery\":{id}}}").into());
        self.numbers.seq += 1;
        self.forget_deaths_of(digest(id))?;
        row.attempt = 0;
        row.due_ms = Some(now_ms);
        self.keep_job(row);
        Ok(Some(Answer::Done(Done::of(seq, Vec::new()))))
    }

    /// The mark of a host that died names the job that ran.
    pub(super) fn count_job_death(&mut self) -> Result<(), StoreError> {
        let Some(mark) = &self.jobs.mark else { return Ok(()) };
        if let Some(died_in) = mark.died_in() {
            let count = self.store.count_death(died_in)?;
            tracing::warn!(count, "The host ended while a job ran; it is run again, and parked at the third time.");
        }
        mark.leave();
        Ok(())
    }
}

/// What binds a job to its deaths, apart from those of steps.
fn digest(id: u64) -> u64 {
    digest_of(&[b"job", &id.to_be_bytes()])
}

/// Whether the host died in a job as often as it may.
fn is_deadly(deaths: u32) -> bool {
    DEATHS_MAX <= deaths
}
