//! The read model: lists, search, "my desk" and figures of a dashboard, answered at once however many
//! matters there are.
//!
//! A second file beside the store, derived from it alone: deleted, it is made anew. Knows terms and rows;
//! what a desk means by them it does not know. Always holds (I11): rights are part of what is looked for,
//! so that totals tell nothing of what is not shown, and each row is looked at once more by the one
//! function that decides, as the store has it.

pub mod words;
mod terms;
mod row;
mod meet;
pub mod query;
pub mod list;
pub mod counts;
pub mod similar;
mod follower;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::config::Config;
use crate::engine::trail::{Tracks, Trail};
use crate::store::index::IndexFile;
use crate::store::{ReadStore, StoreError, open_reading};
pub use counts::{Asking, By, Counted, Dashboard};
pub use follower::Follower;
pub use list::{Page, Total};
pub use query::{Order, PageKey, Query};
pub use similar::Similar;

/// Connections that are kept open for who asks next.
const KEPT_MAX: usize = 8;

/// The index of a district, to be asked from any thread.
#[derive(Debug)]
pub struct Index {
    data: PathBuf,
    shared: Arc<Shared>,
    trail: Option<Arc<Trail>>,
    readings: Mutex<Vec<Reading>>,
}

/// Two connections that only read.
#[derive(Debug)]
struct Reading {
    generation: u64,
    index: IndexFile,
    store: ReadStore,
}

/// How far a building has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The last matter that is in it.
    pub done: u64,
    /// The last matter there is.
    pub of: u64,
}

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// It is being built: ask again later.
    #[error("the index is being built: {} of {}", .0.done, .0.of)]
    Building(Progress),
    /// A database refuses; the index is made anew where that helps.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What follower and askers know together.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    told: Condvar,
    is_damaged: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    generation: u64,
    building: Option<Progress>,
    seq: u64,
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another file has taken the place of the one before; nothing of it is known yet.
    fn begin_generation(&self) {
        let mut state = self.state();
        state.generation += 1;
        (state.building, state.seq) = (Some(Progress { done: 0, of: 0 }), 0);
    }

    fn tell(&self, building: Option<Progress>, seq: u64) {
        let mut state = self.state();
        state.building = building;
        if building.is_none() {
            state.seq = seq;
        }
        drop(state);
        self.told.notify_all();
    }
}

impl Index {
    fn on(data: &Path, trail: Option<Arc<Trail>>) -> Index {
        let shared = Arc::new(Shared::default());
        shared.begin_generation();
        Index { data: data.to_owned(), shared, trail, readings: Mutex::default() }
    }

    /// The index of a data folder with nobody following: brought up to the store first, made if there is
    /// none.
    ///
    /// # Errors
    /// When there is no store, or a database refuses.
    pub fn open(config: &Arc<Config>) -> Result<Index, StoreError> {
        let index = Index::on(&config.data, None);
        let seq = open_reading(&config.data)?.reader().last_seq()?;
        let tracks = Tracks { ids: Vec::new(), since: seq, seq, config: Arc::clone(config), is_stopping: false };
        follower::keep_up(&config.data, &index.shared, &mut None, &tracks)?;
        Ok(index)
    }

    /// The last row of the journal that answers have in them.
    pub fn reached(&self) -> u64 {
        self.shared.state().seq
    }

    /// How far a building has come, while there is one.
    pub fn building(&self) -> Option<Progress> {
        self.shared.state().building
    }

    /// Waits until answers have a row of the journal in them, so long at most; says whether they have.
    pub fn wait_for(&self, seq: u64, most: Duration) -> bool {
        let is_behind = |state: &mut State| state.building.is_some() || state.seq < seq;
        if !is_behind(&mut self.shared.state()) {
            return true;
        }
        if let Some(trail) = &self.trail {
            trail.wish();
        }
        let waited = self.shared.told.wait_timeout_while(self.shared.state(), most, is_behind);
        waited.is_ok_and(|(mut state, _)| !is_behind(&mut state))
    }

    fn with_reading<T>(&self, ask: impl FnOnce(&Reading) -> Result<T, StoreError>) -> Result<T, NotAnswered> {
        if let Some(progress) = self.building() {
            return Err(NotAnswered::Building(progress));
        }
        let reading = self.reading()?;
        match ask(&reading) {
            Ok(answer) => {
                let mut kept = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() < KEPT_MAX {
                    kept.push(reading);
                }
                Ok(answer)
            }
            Err(error) => Err(self.noting(error)),
        }
    }

    fn reading(&self) -> Result<Reading, NotAnswered> {
        let generation = self.shared.state().generation;
        let mut kept = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|reading| reading.generation == generation);
        if let Some(reading) = kept.pop() {
            return Ok(reading);
        }
        drop(kept);
        let index = IndexFile::open_reading(&self.data).map_err(|error| self.noting(error))?;
        Ok(Reading { generation, index, store: open_reading(&self.data)? })
    }

    /// What is damaged, or gone, is made anew by who follows.
    fn noting(&self, error: StoreError) -> NotAnswered {
        if matches!(error, StoreError::Damaged(_) | StoreError::Disk(_)) {
            self.shared.is_damaged.store(true, Ordering::Relaxed);
            if let Some(trail) = &self.trail {
                trail.wish();
            }
        }
        error.into()
    }
}
