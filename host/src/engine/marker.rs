//! The mark of the step that is being called, in `data/running`: if the process dies in it, the next
//! one knows which step it was (I8). Beside it stands the last row that was stored: a store that ends
//! before it has lost some.
//!
//! Written, not flushed: it outlives the process, which is what it is for. A watchdog ends a process
//! whose call does not come back.

mod page;

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::CALL_MS_MAX;
use page::{Page, Slot};

/// Exit code of a process that its watchdog ended.
pub const EXIT_STUCK: i32 = 75;

/// The mark of the job that runs, in `data/working`: as that of steps, without a watchdog, since a job
/// may take long.
#[derive(Clone, Debug)]
pub struct JobMark {
    page: Arc<Mutex<Page>>,
    died_in: Option<u64>,
}

impl JobMark {
    /// The job the last process ended in.
    pub fn died_in(&self) -> Option<u64> {
        self.died_in
    }

    /// A job begins.
    pub fn enter(&self, digest: u64) {
        self.page.lock().unwrap_or_else(PoisonError::into_inner).set(Slot::Running, digest);
    }

    /// It has ended, or what ends the process now is not its doing.
    pub fn leave(&self) {
        self.page.lock().unwrap_or_else(PoisonError::into_inner).set(Slot::Running, 0);
    }
}

/// The marker of one engine.
#[derive(Debug)]
pub struct Marker {
    page: Option<Page>,
    job: Option<JobMark>,
    died_in: Option<u64>,
    started: Instant,
    /// Milliseconds since `started` at which the running call began; 0 when none runs.
    call_began_ms: Arc<AtomicU64>,
}

impl Marker {
    /// The marker in a data folder; reads what the last process left, and starts the watchdog.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn open(data: &Path) -> std::io::Result<Marker> {
        Marker::open_with(data, CALL_MS_MAX)
    }

    /// The same, with calls that may run so long.
    ///
    /// # Errors
    /// As [`Marker::open`].
    pub fn open_with(data: &Path, call_ms_max: u64) -> std::io::Result<Marker> {
        let (page, died_in) = open(data, "running")?;
        let (job, job_died_in) = open(data, "working")?;
        let job = Some(JobMark { page: Arc::new(Mutex::new(job)), died_in: job_died_in });
        let marker = Marker { page: Some(page), job, died_in, ..Marker::none() };
        watch(Arc::clone(&marker.call_began_ms), marker.started, call_ms_max)?;
        Ok(marker)
    }

    /// No marker and no watchdog: for tests and measurements of the engine alone.
    pub fn none() -> Marker {
        let started = Instant::now();
        Marker { page: None, job: None, died_in: None, started, call_began_ms: Arc::default() }
    }

    /// The mark for jobs, once: for whoever runs them.
    pub fn take_job_mark(&mut self) -> Option<JobMark> {
        self.job.take()
    }

    /// Whether steps are marked at all.
    pub fn is_watched(&self) -> bool {
        self.page.is_some()
    }

    /// The step the last process died in.
    pub fn died_in(&self) -> Option<u64> {
        self.died_in
    }

    /// A call begins.
    pub fn enter(&mut self, digest: u64) {
        let Some(page) = &mut self.page else { return };
        page.set(Slot::Running, digest);
        let began_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        self.call_began_ms.store(began_ms, Ordering::Relaxed);
    }

    /// The call came back.
    pub fn leave(&mut self) {
        self.call_began_ms.store(0, Ordering::Relaxed);
    }

    /// No step is being called: what ends the process now is not a desk's doing.
    pub fn clear(&mut self) {
        if let Some(page) = &mut self.page {
            page.set(Slot::Running, 0);
        }
        self.died_in = None;
    }

    /// The last row that any process stored here, as far as is known: after a power cut it may be an
    /// earlier one.
    pub fn stored(&self) -> u64 {
        self.page.as_ref().map_or(0, |page| page.get(Slot::Stored))
    }

    /// A commit stands, up to this row.
    pub fn note_stored(&mut self, seq: u64) {
        if let Some(page) = &mut self.page {
            page.set(Slot::Stored, seq);
        }
    }
}

/// A page of a data folder, and what the last process left on it.
fn open(data: &Path, name: &str) -> std::io::Result<(Page, Option<u64>)> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(data.join(name))?;
    let page = Page::map(&file)?;
    let died_in = Some(page.get(Slot::Running)).filter(|digest| *digest != 0);
    Ok((page, died_in))
}

fn watch(call_began_ms: Arc<AtomicU64>, started: Instant, call_ms_max: u64) -> std::io::Result<()> {
    let look = move || {
        while 1 < Arc::strong_count(&call_began_ms) {
            std::thread::park_timeout(Duration::from_millis(call_ms_max / 30));
            let began_ms = call_began_ms.load(Ordering::Relaxed);
            let now_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            if began_ms != 0 && began_ms + call_ms_max < now_ms {
                tracing::error!(
                    ms = now_ms - began_ms,
                    "A desk's call does not come back; the host ends, the step is marked."
                );
                std::process::exit(EXIT_STUCK);
            }
        }
    };
    std::thread::Builder::new().name("watchdog".into()).spawn(look).map(drop)
}
