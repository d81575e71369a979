//! Jobs as values: nothing here touches the database.

use std::sync::Arc;

use plugin_api::InputKind;

use super::DeliveryRow;

/// A job that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Its number; no step that is kept has the same.
    pub id: u64,
    /// The desk that started it.
    pub desk: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The matter it is for.
    pub matter: Option<u64>,
    /// That matter's stay when it was started.
    pub stay: u32,
    /// The matter lay on the desk then.
    pub owner: bool,
    /// Instant of the step that started it.
    pub at_ms: i64,
    /// What it was started with, JSON.
    pub params: Arc<str>,
    /// Tries that failed.
    pub attempt: u32,
    /// When it is run; parked if none.
    pub due_ms: Option<i64>,
    /// What went wrong; empty before anything has.
    pub error: String,
    /// The input that led to it.
    pub input: u64,
}

/// A job that failed, as it is shown among the steps that did.
impl From<JobRow> for DeliveryRow {
    fn from(job: JobRow) -> DeliveryRow {
        DeliveryRow {
            id: job.id,
            input: job.input,
            source: job.input,
            at_ms: job.at_ms,
            kind: InputKind::Job,
            by: None,
            desk: job.desk,
            name: format!("work {}", job.name).into(),
            matter: job.matter,
            stay: job.stay,
            owner: job.owner,
            attempt: job.attempt,
            due_ms: job.due_ms,
            error: job.error,
        }
    }
}

/// A change to the jobs.
#[derive(Clone, Debug)]
pub enum JobTurn {
    /// Keep it, or replace it by a later try.
    Keep(JobRow),
    /// It is done.
    Drop(u64),
}
