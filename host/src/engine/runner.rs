//! The engine on a thread of its own, with two lanes of inputs: people first, tables after.
//!
//! A batch ends when it is full, after a few milliseconds, or as soon as somebody waits for an answer
//! that is ready to be committed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use plugin_api::Title;

use super::call::Caller;
use super::input::{Answer, Input};
use super::jobs::worker::Worker;
use super::sent::lanes::Lanes;
use super::{Engine, NO_TICKET};
use crate::config::Config;
use crate::limits::{BATCH_MS_MAX, QUEUE_MAX};
use crate::plan::Plan;

/// Puts inputs in.
#[derive(Clone, Debug)]
pub struct Lane {
    sender: SyncSender<(Input, SyncSender<Answer>)>,
    wake: SyncSender<()>,
}

impl Lane {
    /// Puts an input in; the answer comes through what this gives.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub fn put(&self, input: Input) -> Result<Receiver<Answer>, EngineStopped> {
        let (answer, answers) = sync_channel(1);
        self.sender.send((input, answer)).map_err(|_| EngineStopped)?;
        // A full channel means the engine is awake already.
        let _ = self.wake.try_send(());
        Ok(answers)
    }
}

/// The engine has stopped and takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine has stopped")]
pub struct EngineStopped;

/// Another config with its desks, to be put in force.
pub struct Reload {
    /// The config.
    pub config: Arc<Config>,
    /// One caller for each of its desks.
    pub callers: Vec<Arc<dyn Caller>>,
    /// What it changes.
    pub plan: Option<Plan>,
}

/// Where configs are handed in; the answer says whether it is in force, or why not.
#[derive(Clone, Debug)]
pub struct Switchboard {
    sender: SyncSender<(Reload, SyncSender<Result<(), Title>>)>,
    wake: SyncSender<()>,
}

impl Switchboard {
    /// Hands a config in, to be put in force between two batches; waits until it is.
    ///
    /// # Errors
    /// Why it is not, nothing has changed then; or that the engine has stopped.
    pub fn switch(&self, reload: Reload) -> Result<Result<(), Title>, EngineStopped> {
        let (answer, answers) = sync_channel(1);
        self.sender.send((reload, answer)).map_err(|_| EngineStopped)?;
        // A full channel means the engine is awake already.
        let _ = self.wake.try_send(());
        answers.recv().map_err(|_| EngineStopped)
    }
}

/// A running engine.
#[derive(Debug)]
pub struct Runner {
    /// For configs: put in force between two batches.
    pub switchboard: Switchboard,
    /// For people: taken first, answered as soon as committed.
    pub people: Lane,
    /// For tables: taken when nobody waits.
    pub tables: Lane,
    is_stopping: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Engine>,
}

impl Runner {
    /// Starts the engine's thread.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(mut engine: Engine) -> std::io::Result<Runner> {
        let (wake, woken) = sync_channel(1);
        let (people, from_people) = sync_channel(QUEUE_MAX);
        let (tables, from_tables) = sync_channel(QUEUE_MAX);
        let (switches, reloads) = sync_channel(1);
        let is_stopping = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&is_stopping);
        let data = engine.config().data.clone();
        let job_ended = wake.clone();
        let wake_engine = move || {
            // A full channel means the engine is awake already.
            let _ = job_ended.try_send(());
        };
        let worker = Worker::start(data, engine.run_jobs_beside(), wake_engine)?;
        let step_ended = wake.clone();
        let lanes = Lanes::new(engine.config().data.clone(), move || {
            // As above.
            let _ = step_ended.try_send(());
        });
        engine.send_beside();
        let waiting = Waiting::default();
        let mut work = Loop { engine, from_people, from_tables, reloads, waiting, worker, lanes };
        let thread = std::thread::Builder::new().name("engine".into()).spawn(move || {
            while !stopping.load(Ordering::Relaxed) && work.turn(&woken) {}
            work.worker.forgive();
            work.engine.send_here();
            work.engine.run_jobs_here(work.worker.mark());
            work.engine
        })?;
        Ok(Runner {
            switchboard: Switchboard { sender: switches, wake: wake.clone() },
            people: Lane { sender: people, wake: wake.clone() },
            tables: Lane { sender: tables, wake },
            is_stopping,
            thread,
        })
    }

    /// What stops this engine from another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper { is_stopping: Arc::clone(&self.is_stopping), wake: self.people.wake.clone() }
    }

    /// Waits for the engine, which goes on until it is stopped or has to stop, and gives it back: then
    /// [`Engine::trouble`] says why.
    ///
    /// # Errors
    /// When the engine's thread died.
    pub fn wait(self) -> Result<Engine, EngineStopped> {
        let Runner { people, tables, switchboard, thread, .. } = self;
        // The lanes are held meanwhile: without them the engine would have nothing to wait for.
        let engine = thread.join();
        drop((people, tables, switchboard));
        engine.map_err(|_| EngineStopped)
    }

    /// Lets the engine finish the batch it is at, and gives it back. What waits in the lanes is not
    /// taken; who waits for it learns that the engine has stopped.
    ///
    /// # Errors
    /// When the engine's thread died.
    pub fn stop(self) -> Result<Engine, EngineStopped> {
        self.stopper().stop();
        self.thread.join().map_err(|_| EngineStopped)
    }
}

/// Stops an engine.
#[derive(Clone, Debug)]
pub struct Stopper {
    is_stopping: Arc<AtomicBool>,
    wake: SyncSender<()>,
}

impl Stopper {
    /// Lets the engine finish the batch it is at and end.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        // A full channel means the engine is awake already.
        let _ = self.wake.try_send(());
    }
}

struct Loop {
    engine: Engine,
    from_people: Receiver<(Input, SyncSender<Answer>)>,
    from_tables: Receiver<(Input, SyncSender<Answer>)>,
    reloads: Receiver<(Reload, SyncSender<Result<(), Title>>)>,
    waiting: Waiting,
    worker: Worker,
    lanes: Lanes,
}

/// Who waits for an answer, by ticket. What is sent to a process is answered some batches later.
#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    by_ticket: HashMap<u64, SyncSender<Answer>>,
}

impl Waiting {
    fn add(&mut self, answer: SyncSender<Answer>) -> u64 {
        self.last += 1;
        self.by_ticket.insert(self.last, answer);
        self.last
    }

    fn answer(&mut self, ticket: u64, answer: Answer) {
        if let Some(waits) = self.by_ticket.remove(&ticket) {
            // Whoever asked may have gone; what was done stands all the same.
            let _ = waits.send(answer);
        }
    }
}

impl Loop {
    /// One batch. False when all lanes are gone, or the engine takes nothing more.
    fn turn(&mut self, woken: &Receiver<()>) -> bool {
        while let Ok((Reload { config, callers, plan }, answer)) = self.reloads.try_recv() {
            // Whoever handed it in may have gone.
            let _ = answer.send(self.engine.switch_to(config, callers, plan));
        }
        let mut is_idle = true;
        let began = Instant::now();
        let is_late = |began: Instant| u128::from(BATCH_MS_MAX) <= began.elapsed().as_millis();
        // What is due gets its share of every batch and no more: after a month of down-time people wait
        // for one batch, not for all that was missed.
        let now_ms = self.engine.now_ms();
        while !self.engine.is_full() && !is_late(began) && self.engine.run_next_due(now_ms) {}
        while let Ok(ended) = self.worker.next() {
            self.engine.take_ended(ended);
        }
        while !self.engine.is_full()
            && !is_late(began)
            && let Some(came) = self.lanes.next()
        {
            is_idle = false;
            self.engine.take(came, NO_TICKET);
        }
        let mut ended = false;
        loop {
            match self.next() {
                Ok((input, answer, someone_waits)) => {
                    is_idle = false;
                    let ticket = self.waiting.add(answer);
                    self.engine.take(input, ticket);
                    if someone_waits || is_late(began) || self.engine.is_full() {
                        break;
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    ended = true;
                    break;
                }
            }
        }
        for (ticket, answer) in self.engine.commit() {
            self.waiting.answer(ticket, answer);
        }
        if self.engine.is_stopped() {
            self.refuse_all();
            return false;
        }
        for order in self.engine.next_orders() {
            let desk = self.engine.config().desks[order.desk.get()].name.clone();
            self.lanes.give(order, &desk);
        }
        if let Some(order) = self.engine.next_job() {
            self.worker.give(order);
        }
        if is_idle && !ended {
            return self.wait(woken);
        }
        !ended
    }

    /// Whoever waits in a lane is told why, rather than that nobody is there any more.
    fn refuse_all(&mut self) {
        let Some(text) = self.engine.trouble().cloned() else { return };
        while let Ok((_, answer, _)) = self.next() {
            // Whoever asked may have gone.
            let _ = answer.send(Answer::Unstored(text.clone()));
        }
    }

    /// The next input, people's first, and whether somebody waits for it.
    fn next(&self) -> Result<(Input, SyncSender<Answer>, bool), TryRecvError> {
        match self.from_people.try_recv() {
            Ok((input, answer)) => Ok((input, answer, true)),
            Err(people) => match self.from_tables.try_recv() {
                Ok((input, answer)) => Ok((input, answer, false)),
                Err(TryRecvError::Disconnected) if people == TryRecvError::Disconnected => {
                    Err(TryRecvError::Disconnected)
                }
                Err(_) => Err(TryRecvError::Empty),
            },
        }
    }

    /// Sleeps until something is put in or due. False when all lanes are gone.
    fn wait(&self, woken: &Receiver<()>) -> bool {
        const LOOK_MS: i64 = 1_000;
        let until_due_ms = self.engine.next_due_ms().map_or(LOOK_MS, |due_ms| due_ms - self.engine.now_ms());
        let wait_ms = until_due_ms.clamp(0, LOOK_MS).unsigned_abs();
        !matches!(woken.recv_timeout(Duration::from_millis(wait_ms)), Err(RecvTimeoutError::Disconnected))
    }
}
