//! The world outside, and the only part of the host that connects to anything: each outlet's lane takes
//! its notices one by one, has its desk say what is to be sent, and sends it.
//!
//! Always holds: the engine waits for no lane, and no lane for another (I9). What is reached is what the
//! config grants the outlet's desk; nothing in an exercise. A secret or contact is put in as a request
//! leaves, and never stands in a log, an error or an answer (I10).

mod lane;
mod errands;
mod http;
mod mail;
mod file;
mod veil;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::district::District;
use crate::engine::Engine;
use crate::engine::call::Caller;
use crate::engine::input::Clock;
use crate::engine::outbox::Bell;
use crate::engine::runner::{EngineStopped, Lane, Runner};
use crate::limits::SETTLE_MS_MAX;
use crate::store::StoreError;
use lane::{OutletLane, Until};

/// Why notices cannot be delivered.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no thread to be had.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
    /// The engine has stopped.
    #[error(transparent)]
    Stopped(#[from] EngineStopped),
}

/// The running lanes of a district: one for each outlet.
#[derive(Debug)]
pub struct Lanes {
    is_stopping: Arc<AtomicBool>,
    bell: Arc<Bell>,
    threads: Vec<JoinHandle<()>>,
}

impl Lanes {
    /// Starts a lane for each outlet, until they are stopped or the engine is.
    ///
    /// # Errors
    /// When the store cannot be read, or there is no thread to be had.
    pub fn start(config: &Arc<Config>, callers: &[Arc<dyn Caller>], telling: &Telling) -> Result<Lanes, OutsideError> {
        let is_stopping = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for at in 0..config.outlets.len() {
            let lane = OutletLane::new(config, callers, at, telling, Arc::clone(&is_stopping))?;
            threads.push(spawn(lane, |lane| lane.run(Until::Stopped))?);
        }
        Ok(Lanes { is_stopping, bell: Arc::clone(&telling.bell), threads })
    }

    /// Lets each lane end and waits until they have: others may take their place then, and no notice is
    /// tried twice at once. A request outside takes at most its time-out.
    pub fn finish(self) {
        self.stop();
        for thread in self.threads {
            // What a lane that panicked was at is found and settled by the next one.
            let _ = thread.join();
        }
    }

    /// Lets each lane end after the notice it is at. Does not wait for them.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        self.bell.ring();
    }
}

/// What ties lanes to an engine.
#[derive(Clone)]
pub struct Telling {
    /// Puts their turns in.
    pub engine: Lane,
    /// Tells them that there is something to deliver.
    pub bell: Arc<Bell>,
    /// The engine's clock.
    pub clock: Arc<dyn Clock>,
}

/// Delivers what is ready, once, for a command that ends: until nothing is due or the time for it is over.
///
/// # Errors
/// When the store cannot be read, the engine stops by itself, or there is no thread to be had.
pub fn settle(district: &District, engine: Engine) -> Result<Engine, OutsideError> {
    let config = &district.config;
    if config.outlets.is_empty() || !engine.store().reader().has_notices_due(engine.now_ms())? {
        return Ok(engine);
    }
    let (bell, clock) = (engine.bell(), engine.clock());
    let runner = Runner::start(engine)?;
    let telling = Telling { engine: runner.tables.clone(), bell, clock };
    let is_stopping = Arc::new(AtomicBool::new(false));
    let (done, ends) = channel();
    for at in 0..config.outlets.len() {
        let lane = OutletLane::new(config, &district.callers, at, &telling, Arc::clone(&is_stopping))?;
        let done = done.clone();
        spawn(lane, move |lane| {
            lane.run(Until::NothingIsDue);
            // Nobody listens any more when the time is over.
            let _ = done.send(());
        })?;
    }
    drop(done);
    let began = Instant::now();
    let left = || Duration::from_millis(SETTLE_MS_MAX).saturating_sub(began.elapsed());
    while ends.recv_timeout(left()).is_ok() {}
    is_stopping.store(true, Ordering::Relaxed);
    drop(telling);
    let mut engine = runner.stop()?;
    engine.release_notices()?;
    Ok(engine)
}

fn spawn(lane: OutletLane, work: impl FnOnce(OutletLane) + Send + 'static) -> Result<JoinHandle<()>, OutsideError> {
    let name = format!("outlet-{}", lane.name());
    Ok(std::thread::Builder::new().name(name).spawn(move || work(lane))?)
}
