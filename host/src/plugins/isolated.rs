//! A desk whose library runs in processes of its own: one for steps, one for views, one for jobs, one
//! for deliveries, so that a view that hangs costs no step an attempt.
//!
//! Knows calls and how they end, nothing of matters. Always holds (I8, I9): a process that died is
//! followed by another after a pause that grows; after many deaths in a row nothing is started for a
//! while, and whoever calls meanwhile is told so.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use plugin_api::abi::{STATUS_OK, VERB_DELIVER, VERB_HANDLE, VERB_WORK};
use plugin_api::{Fault, Objection, Title};

use super::desk::{Outcome, fault_of_opening, judge, silent};
use super::inspect::Inspection;
use super::library::{Ask, Reach, nowhere};
use super::worker::{Limits, Worker};
use crate::limits::{OPEN_MS_MAX, WORK_MS_MAX};
use crate::worker::{Ended, Guards, NotStarted};

/// Pauses before another process is started, by how many died in a row.
const PAUSES_MS: [u64; 5] = [0, 50, 100, 200, 400];
/// The pause after more than those.
const LONG_PAUSE_MS: u64 = 30_000;

/// A desk in processes of its own.
#[derive(Debug)]
pub struct Isolated {
    inspection: Arc<Inspection>,
    program: PathBuf,
    data: PathBuf,
    limits: Limits,
    opening: String,
    guards: Guards,
    steps: Lane,
    views: Lane,
    jobs: Lane,
    deliveries: Lane,
}

/// One process after the other.
#[derive(Debug, Default)]
struct Lane(Mutex<Slot>);

#[derive(Debug, Default)]
struct Slot {
    worker: Option<Worker>,
    deaths: u32,
    rests_until: Option<Instant>,
    /// How many steps are not sent ahead: the process died in one of them.
    alone: usize,
}

/// Why there was no call.
enum Lost {
    /// The process died in it.
    Ended(Ended),
    /// None could be had.
    Not(String),
}

impl Isolated {
    /// Opens a desk with what [`super::desk::opening`] gives; the library's private copy must be there.
    ///
    /// # Errors
    /// The desk's own fault, or, as the other one, why it cannot run here at all.
    pub(super) fn open(
        inspection: Arc<Inspection>,
        (program, data): (PathBuf, PathBuf),
        limits: Limits,
        opening: String,
    ) -> Result<Result<Isolated, Fault>, Title> {
        let worker = match Worker::start(&program, &data, inspection.sha256, &limits) {
            Ok(worker) => worker,
            Err(NotStarted::Unusable(why)) => return Err(why),
            Err(NotStarted::Ended(ended)) => return Ok(Err(refused(ended))),
        };
        let mut desk = Isolated {
            inspection,
            program,
            data,
            limits,
            opening,
            guards: worker.guards().clone(),
            steps: Lane::default(),
            views: Lane::default(),
            jobs: Lane::default(),
            deliveries: Lane::default(),
        };
        match desk.open_in(worker) {
            Ok(worker) => {
                desk.steps = Lane(Mutex::new(Slot { worker: Some(worker), ..Slot::default() }));
                Ok(Ok(desk))
            }
            Err(fault) => Ok(Err(fault)),
        }
    }

    /// What was read from the bytes that run.
    pub fn inspection(&self) -> &Arc<Inspection> {
        &self.inspection
    }

    /// What guards its processes.
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    /// Calls the desk (`plugin_api::abi::VERB_…`); as [`super::Desk::call`].
    pub fn call<'out>(&self, verb: u32, request: &str, ask: &mut Ask<'_>, out: &'out mut Vec<u8>) -> Outcome<'out> {
        self.call_in(self.lane(verb), (verb, request), ask, &mut nowhere, out)
    }

    /// The same beside the steps that were sent ahead, in the process for views: nobody waits for those.
    pub fn call_aside<'out>(
        &self,
        verb: u32,
        request: &str,
        ask: &mut Ask<'_>,
        out: &'out mut Vec<u8>,
    ) -> Outcome<'out> {
        self.call_in(&self.views, (verb, request), ask, &mut nowhere, out)
    }

    /// Calls the desk to deliver a notice; as [`super::Desk::deliver`].
    pub fn deliver<'out>(&self, request: &str, reach: &mut Reach<'_>, out: &'out mut Vec<u8>) -> Outcome<'out> {
        self.call_in(&self.deliveries, (VERB_DELIVER, request), &mut silent, reach, out)
    }

    fn call_in<'out>(
        &self,
        lane: &Lane,
        call: (u32, &str),
        ask: &mut Ask<'_>,
        reach: &mut Reach<'_>,
        out: &'out mut Vec<u8>,
    ) -> Outcome<'out> {
        // A job may take long, and delivering waits for somebody outside, which has limits of its own.
        let call_ms = if call.0 == VERB_WORK { WORK_MS_MAX } else { self.limits.call_ms };
        let mut slot = lane.hold();
        if matches!(call.0, VERB_WORK | VERB_DELIVER) {
            slot.rest_shortly();
        }
        let none = Cell::new(0);
        match self.with_worker(&mut slot, &none, |worker| worker.call(call, call_ms, ask, reach, out)) {
            Ok(reply) => judge(&reply, out),
            Err(Lost::Ended(ended)) => Outcome::Died(ended.0.en),
            Err(Lost::Not(why)) => Outcome::Failed(why),
        }
    }

    /// Steps, sent ahead of their answers, which come in order. Each is told as it ends, and one that
    /// the process died in; gives how many that were, and the rest is to be called again.
    ///
    /// Answers may have died with the process, so of several without one nobody knows which it was that
    /// ended it: none is told then, and each is called by itself the next times.
    pub fn step_ahead(
        &self,
        requests: &[&str],
        ask: &mut dyn FnMut(usize, &str) -> Result<String, String>,
        done: &mut dyn FnMut(usize, Outcome<'_>),
    ) -> usize {
        let mut slot = self.steps.hold();
        let requests = if slot.alone == 0 { requests } else { &requests[..requests.len().min(1)] };
        slot.alone = slot.alone.saturating_sub(1);
        let count = Cell::new(0);
        let lost = self.with_worker(&mut slot, &count, |worker| {
            worker.call_ahead(VERB_HANDLE, requests, ask, &mut |nth, reply, out| {
                count.set(nth + 1);
                done(nth, judge(reply, out));
            })
        });
        let mut told = count.get();
        match lost {
            Ok(()) => {}
            Err(Lost::Ended(_)) if told + 1 < requests.len() => slot.alone = requests.len() - told,
            Err(Lost::Ended(ended)) => {
                done(told, Outcome::Died(ended.0.en));
                told += 1;
            }
            // What does not open any more fails one step a try, as it would in this process.
            Err(Lost::Not(why)) if told < requests.len() => {
                done(told, Outcome::Failed(why));
                told += 1;
            }
            Err(Lost::Not(_)) => {}
        }
        told
    }

    /// How long steps should wait until a process may be started again.
    pub fn rests_ms(&self) -> u64 {
        self.steps.hold().rests_ms()
    }

    fn lane(&self, verb: u32) -> &Lane {
        match verb {
            VERB_HANDLE => &self.steps,
            VERB_WORK => &self.jobs,
            _ => &self.views,
        }
    }

    fn with_worker<R>(
        &self,
        slot: &mut MutexGuard<'_, Slot>,
        came_back: &Cell<usize>,
        work: impl FnOnce(&mut Worker) -> Result<R, Ended>,
    ) -> Result<R, Lost> {
        if slot.worker.is_none() {
            let rests_ms = slot.rests_ms();
            if rests_ms != 0 {
                return Err(Lost::Not(format!("its process died {} times and rests for {rests_ms} ms", slot.deaths)));
            }
            match self.start() {
                Ok(worker) => slot.worker = Some(worker),
                Err(why) => {
                    slot.note_death();
                    return Err(Lost::Not(why));
                }
            }
        }
        let worker = slot.worker.as_mut().expect("one was started above");
        match work(worker) {
            Ok(done) => {
                slot.deaths = 0;
                Ok(done)
            }
            Err(ended) => {
                slot.worker = None;
                if came_back.get() != 0 {
                    slot.deaths = 0;
                }
                slot.note_death();
                let (library, deaths) = (&self.inspection.name, slot.deaths);
                tracing::warn!(%library, %ended, deaths, "An isolated desk died; it is started again.");
                Err(Lost::Ended(ended))
            }
        }
    }

    fn start(&self) -> Result<Worker, String> {
        match Worker::start(&self.program, &self.data, self.inspection.sha256, &self.limits) {
            Ok(worker) => self.open_in(worker).map_err(|fault| format!("could not be opened again: {fault}")),
            Err(NotStarted::Unusable(why)) => Err(why.en),
            Err(NotStarted::Ended(ended)) => Err(ended.0.en),
        }
    }

    fn open_in(&self, mut worker: Worker) -> Result<Worker, Fault> {
        let mut out = Vec::new();
        match worker.open(&self.opening, OPEN_MS_MAX, &mut out) {
            Ok(reply) if reply.status == STATUS_OK => Ok(worker),
            Ok(reply) => Err(fault_of_opening(&reply, &out)),
            Err(ended) => Err(refused(ended)),
        }
    }
}

/// Whoever gave the desk its settings can mend that.
fn refused(Ended(text): Ended) -> Fault {
    Fault::Refused(vec![Objection { field: None, row: None, text }])
}

impl Lane {
    fn hold(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn note_death(&mut self) {
        self.deaths += 1;
        let pause_ms = PAUSES_MS.get(self.deaths as usize - 1).copied().unwrap_or(LONG_PAUSE_MS);
        self.rests_until = Some(Instant::now() + Duration::from_millis(pause_ms));
    }

    /// Waits out a short pause: a job or a notice has a try to lose, and pays for no other's death.
    fn rest_shortly(&self) {
        while self.deaths as usize <= PAUSES_MS.len() && self.rests_ms() != 0 {
            std::thread::park_timeout(Duration::from_millis(self.rests_ms()));
        }
    }

    fn rests_ms(&self) -> u64 {
        let left = self.rests_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    }
}
