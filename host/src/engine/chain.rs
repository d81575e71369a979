//! An input run to its end: its desk, then the new owner and the watchers of every event said, and
//! so on until nothing follows.

use std::collections::VecDeque;
use std::sync::Arc;

use plugin_api::{InputKind, MatterId};

use super::Engine;
use super::input::{Answer, Done, Reached};
use super::step::StepError;
use crate::actor::Actor;
use crate::limits::{HOPS_MAX, RETRY_WAITS_MS};
use crate::routes::DeskIx;
use crate::store::StoreError;
use crate::store::rows::{DeliveryRow, InputRow};

/// How an input begins.
pub(super) struct Start {
    /// Its journal row.
    pub row: InputRow,
    /// Its body, to be kept.
    pub body: Arc<str>,
    /// What its desk gets.
    pub data: Arc<str>,
    /// The steps' instant: the row's own, or the one a clock was due.
    pub step_ms: i64,
    /// The desk it is addressed to.
    pub desk: DeskIx,
    /// The stay it is meant for.
    pub stay: u32,
    /// A person waits who can mend it; otherwise a refusal is parked.
    pub can_refuse: bool,
}

/// One step to be run: an input or event for one desk.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// The desk.
    pub desk: DeskIx,
    /// Name it is called by.
    pub name: Arc<str>,
    /// Its data, JSON.
    pub data: Arc<str>,
    /// Input or event whose body the data is.
    pub source: u64,
    /// The input it belongs to.
    pub input: u64,
    /// That input's sort.
    pub kind: InputKind,
    /// Who acted.
    pub by: Option<Actor>,
    /// The matter.
    pub matter: Option<MatterId>,
    /// The stay it is meant for.
    pub stay: u32,
    /// The owner's step, not a watcher's.
    pub is_owner: bool,
    /// The step's instant.
    pub now_ms: i64,
    /// Failed before: the delivery it was kept as, and the tries so far.
    pub tried: Option<(u64, u32)>,
}

/// What an event of the host's own comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause<'a> {
    /// The input.
    pub input: u64,
    /// The instant.
    pub at_ms: i64,
    /// Who acted.
    pub by: Option<&'a Actor>,
}

impl Work {
    /// What its events come from.
    pub fn cause(&self) -> Cause<'_> {
        Cause { input: self.input, at_ms: self.now_ms, by: self.by.as_ref() }
    }

    /// The row it is kept as, not tried yet.
    pub fn delivery(&self, id: u64, desk: &Arc<str>) -> DeliveryRow {
        DeliveryRow {
            id,
            input: self.input,
            source: self.source,
            at_ms: self.now_ms,
            kind: self.kind,
            by: self.by.as_ref().map(|by| by.as_str().into()),
            desk: Arc::clone(desk),
            name: Arc::clone(&self.name),
            matter: self.matter.map(|id| id.0),
            stay: self.stay,
            owner: self.is_owner,
            attempt: 0,
            due_ms: None,
            error: String::new(),
        }
    }
}

/// What a chain of steps led to.
#[derive(Debug, Default)]
pub(super) struct Led {
    /// Matters opened, in order.
    pub opened: Vec<MatterId>,
    /// The first step failed and is kept.
    pub failed: Option<String>,
    /// The step was sent, and is kept as this.
    pub sent: Option<u64>,
}

impl Engine {
    /// Runs an input whose first step has not been run.
    pub(super) fn run_chain(&mut self, start: Start) -> Result<Answer, StoreError> {
        let Start { row, body, data, step_ms, desk, stay, can_refuse } = start;
        let first = Work {
            desk,
            name: Arc::clone(&row.name),
            data,
            source: row.seq,
            input: row.seq,
            kind: row.kind,
            by: row.by.as_deref().map(Actor::of_journal),
            matter: row.matter.map(MatterId),
            stay,
            is_owner: true,
            now_ms: step_ms,
            tried: None,
        };
        let (seq, matter) = (row.seq, first.matter);
        // The row keeps its number even if the steps give out more; a refusal gives it back.
        self.numbers.seq = seq + 1;
        let mut led = Led::default();
        let mut follow = VecDeque::new();
        match self.step(&first, &mut led) {
            Ok(works) => follow.extend(works),
            Err(StepError::Refused(objections)) if can_refuse => {
                self.numbers.seq = seq;
                return Ok(Answer::Refused(objections));
            }
            Err(error) => led.failed = self.keep_failed(&first, error)?,
        }
        self.push_input(row, body);
        if let Some(delivery) = led.sent.take() {
            self.sent.first = Some(delivery);
            // For whoever asks again before it has come to something.
            return Ok(Answer::Failed("in work".to_owned()));
        }
        self.follow(follow, &mut led)?;
        match led.failed.take() {
            Some(text) => Ok(Answer::Failed(text)),
            None => Ok(Answer::Done(Done::of(seq, self.reached(matter, &led.opened)?))),
        }
    }

    /// Runs what a first step led to.
    pub(super) fn follow(&mut self, mut queue: VecDeque<Work>, led: &mut Led) -> Result<(), StoreError> {
        let mut hops = 1;
        while let Some(work) = queue.pop_front() {
            hops += 1;
            if HOPS_MAX < hops {
                let text = format!("the input led to more than {HOPS_MAX} steps; look for a cycle in the routes");
                self.park(&work, text)?;
                continue;
            }
            if self.is_held_back(&work)? {
                continue;
            }
            let first = self.numbers.seq;
            match self.step(&work, led) {
                Ok(works) => {
                    self.seal_booked(&work, first);
                    queue.extend(works);
                }
                Err(error) => drop(self.keep_failed(&work, error)?),
            }
        }
        Ok(())
    }

    /// What a step booked that is not its input's first is sealed with the last event it said. One that
    /// says nothing, as a watcher's may, has one of the host's own: its input may be written already.
    fn seal_booked(&mut self, work: &Work, first: u64) {
        if !self.batch.books.has_unsealed() {
            return;
        }
        if let Some(id) = work.matter.filter(|_| self.numbers.seq == first) {
            self.journal_host_event(id, "booked", "".into(), work.cause());
        }
        let event = self.batch.set.events.last_mut().expect("I4: such a step is about an event of its matter");
        event.booked = self.batch.books.seal(event.seq);
    }

    /// Keeps a failed step: to be tried again, or parked. Gives the text for who waits.
    pub(super) fn keep_failed(&mut self, work: &Work, error: StepError) -> Result<Option<String>, StoreError> {
        let text = match error {
            StepError::Store(error) => return Err(error),
            StepError::Refused(objections) => {
                let text = plugin_api::Fault::Refused(objections).to_string();
                self.park(work, format!("refused, and nobody is there to mend it: {text}"))?;
                return Ok(Some(text));
            }
            StepError::Died(deaths, why) => {
                let why = if why.is_empty() { why } else { format!(": {why}") };
                let text = format!("its process died {deaths} times in this step{why}");
                let tries = work.tried.map_or(0, |(_, attempt)| attempt) + deaths;
                self.keep(work, tries, None, text.clone())?;
                return Ok(Some(text));
            }
            StepError::Failed(text) => text,
        };
        let attempt = work.tried.map_or(0, |(_, attempt)| attempt) + 1;
        let wait_ms = RETRY_WAITS_MS.get(attempt as usize - 1);
        let due_ms = wait_ms.map(|wait_ms| self.numbers.last_ms + wait_ms);
        self.keep(work, attempt, due_ms, text.clone())?;
        Ok(Some(text))
    }

    /// Parks a step: visible, kept, tried again by hand.
    fn park(&mut self, work: &Work, text: String) -> Result<(), StoreError> {
        let attempt = work.tried.map_or(0, |(_, attempt)| attempt) + 1;
        self.keep(work, attempt, None, text)
    }

    pub(super) fn keep(
        &mut self,
        work: &Work,
        attempt: u32,
        due_ms: Option<i64>,
        error: String,
    ) -> Result<(), StoreError> {
        let desk = &self.desk_names[work.desk.get()];
        tracing::warn!(%desk, name = %work.name, attempt, parked = due_ms.is_none(), "A step failed and is kept.");
        let id = match work.tried {
            Some((id, _)) => id,
            None => {
                self.numbers.delivery += 1;
                self.numbers.delivery - 1
            }
        };
        let row = DeliveryRow { attempt, due_ms, error, ..work.delivery(id, desk) };
        if work.tried.is_none() && work.is_owner {
            self.mark_busy(work.matter, |busy| busy + 1)?;
        }
        self.deliveries.keep(row.clone());
        self.batch.keep_delivery(row);
        Ok(())
    }

    /// Changes how many steps of the owner wait for another try.
    pub(super) fn mark_busy(
        &mut self,
        matter: Option<MatterId>,
        change: impl Fn(u32) -> u32,
    ) -> Result<(), StoreError> {
        let Some(id) = matter else { return Ok(()) };
        if let Some(cached) = self.batch.matter(&self.store, id)? {
            cached.mark_busy(change);
        }
        Ok(())
    }

    /// Where the matters of an input lie now.
    pub(super) fn reached(
        &mut self,
        matter: Option<MatterId>,
        opened: &[MatterId],
    ) -> Result<Vec<Reached>, StoreError> {
        let mut reached = Vec::new();
        for id in matter.iter().chain(opened) {
            let Some(cached) = self.batch.matter(&self.store, *id)? else { continue };
            reached.push(Reached {
                number: cached.head.number.to_string(),
                desk: cached.head.desk.to_string(),
                stage: cached.head.stage.to_string(),
                status: cached.head.status,
                opened: opened.contains(id),
                code: None,
            });
        }
        Ok(reached)
    }
}
