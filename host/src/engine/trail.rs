//! Which matters each commit touched, for who follows the store beside the engine.
//!
//! Always holds: the engine waits for nobody here, and keeps at most so many ids (I9, I12): what is more
//! is told as "look yourself". The journal names nearly all that changes; a stage or a clock that a desk
//! set on another of its matters, saying nothing, stands only here.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Committed, Engine};
use crate::config::Config;
use crate::limits::TRAIL_IDS_MAX;

/// What has been committed and not yet followed.
#[derive(Debug)]
pub struct Trail {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug)]
struct State {
    /// Written, perhaps not yet committed.
    written: Vec<u64>,
    /// Committed.
    ids: Vec<u64>,
    /// Every touch of a row after this one is told.
    since: u64,
    /// The last row that is committed.
    seq: u64,
    config: Arc<Config>,
    is_stopping: bool,
    wishes: u64,
}

/// What is to be followed.
#[derive(Clone, Debug)]
pub struct Tracks {
    /// Matters that were touched, in no order, some perhaps twice.
    pub ids: Vec<u64>,
    /// All touches of rows after this one are or were told; of those before, somebody must look.
    pub since: u64,
    /// The last row that is committed.
    pub seq: u64,
    /// The config in force.
    pub config: Arc<Config>,
    /// Nobody needs to follow any more.
    pub is_stopping: bool,
}

impl Engine {
    /// From here on, what commits touch is told to who has this.
    pub fn trail(&mut self) -> Arc<Trail> {
        if let Some(trail) = &self.trail {
            return Arc::clone(trail);
        }
        let seq = self.numbers.seq - 1;
        let config = Arc::clone(&self.config);
        let (written, ids) = (Vec::new(), Vec::new());
        let state = State { written, ids, since: seq, seq, config, is_stopping: false, wishes: 0 };
        let trail = Arc::new(Trail { state: Mutex::new(state), rung: Condvar::new() });
        let noting = Arc::clone(&trail);
        self.on_commit(move |committed| noting.note(committed));
        self.trail = Some(Arc::clone(&trail));
        trail
    }

    /// What was written is committed.
    pub(super) fn ring_trail(&self) {
        if let Some(trail) = &self.trail {
            trail.ring(self.numbers.seq - 1, &self.config);
        }
    }
}

impl Trail {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, committed: &Committed<'_>) {
        let set = committed.set;
        let mut state = self.state();
        state.written.extend(set.matters.iter().map(|row| row.id));
        state.written.extend(set.clocks.iter().map(|row| row.id.matter));
    }

    /// What was undone and never written again is told too: who looks finds nothing new.
    fn ring(&self, seq: u64, config: &Arc<Config>) {
        let mut state = self.state();
        let State { written, ids, since, .. } = &mut *state;
        ids.append(written);
        if TRAIL_IDS_MAX < ids.len() {
            ids.clear();
            *since = seq;
        }
        state.seq = seq;
        if !Arc::ptr_eq(&state.config, config) {
            state.config = Arc::clone(config);
        }
        drop(state);
        self.rung.notify_all();
    }

    /// Takes what has been committed since the last time.
    pub fn take(&self) -> Tracks {
        let mut state = self.state();
        let ids = std::mem::take(&mut state.ids);
        let (since, seq, is_stopping) = (state.since, state.seq, state.is_stopping);
        Tracks { ids, since, seq, config: Arc::clone(&state.config), is_stopping }
    }

    /// What was taken was not followed after all: somebody must look.
    pub fn give_up(&self, tracks: &Tracks) {
        let mut state = self.state();
        state.since = state.since.max(tracks.seq);
    }

    /// Waits until more than `seq` is committed, somebody wishes or stops, or so long.
    pub fn wait(&self, seq: u64, most: Duration) {
        let state = self.state();
        let is_idle =
            |state: &mut State| state.seq <= seq && state.ids.is_empty() && !state.is_stopping && state.wishes == 0;
        // Whether it was rung or time ran out is nothing to who follows: it looks anew.
        drop(self.rung.wait_timeout_while(state, most, is_idle));
    }

    /// Lets the engine go on for so long, unless somebody wishes or stops.
    pub fn rest(&self, most: Duration) {
        let state = self.state();
        let is_idle = |state: &mut State| !state.is_stopping && state.wishes == 0;
        if let Ok((mut state, _)) = self.rung.wait_timeout_while(state, most, is_idle) {
            state.wishes = 0;
        }
    }

    /// Lets who follows look now.
    pub fn wish(&self) {
        self.state().wishes += 1;
        self.rung.notify_all();
    }

    /// Lets who follows end.
    pub fn stop(&self) {
        self.state().is_stopping = true;
        self.rung.notify_all();
    }
}
