//! The index kept beside the engine: it takes what the journal has more than it, on connections of its
//! own, some at a time.
//!
//! Always holds: the engine never waits for it (I9); each read of the store ends after so many matters
//! (I12); what it has seen and what it made of that are one transaction. Made anew where it is missing,
//! damaged, of another schema, or of a journal that is not this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use plugin_api::MatterId;

use super::row::row;
use super::words::tokens;
use super::{Index, Progress, Shared};
use crate::config::Config;
use crate::engine::Engine;
use crate::engine::trail::{Tracks, Trail};
use crate::erasure::ERASED;
use crate::limits::{INDEX_MATTERS_MAX, INDEX_ROWS_MAX};
use crate::store::index::{Followed, IndexFile, Writer, file, remove};
use crate::store::{ReadStore, StoreError, open_reading};

/// How long a follower that nobody wakes waits before it looks whether its file is still there.
const LOOK_MS: u64 = 1_000;
/// How long it lets the engine go on at least, to take more at once; who waits for a row wakes it earlier.
const REST_MS: u64 = 20;
/// It rests so many times as long as it worked: with an engine that has all it can do, it lags behind
/// rather than take its processor and disk away.
const RESTS: u32 = 4;
/// How far it lets itself fall behind for that.
const REST_MS_MAX: u64 = 1_000;
/// How much the engine, and whoever asks, come before it.
const NICE: i32 = 10;

/// A follower on a thread of its own.
#[derive(Debug)]
pub struct Follower {
    trail: Arc<Trail>,
    thread: std::thread::JoinHandle<()>,
}

impl Follower {
    /// Starts to follow an engine that is not running yet; its index can be asked at once, and says so
    /// while it is being built.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(engine: &mut Engine) -> std::io::Result<(Arc<Index>, Follower)> {
        let data = engine.config().data.clone();
        let trail = engine.trail();
        let index = Arc::new(Index::on(&data, Some(Arc::clone(&trail))));
        let (shared, followed) = (Arc::clone(&index.shared), Arc::clone(&trail));
        let work = move || follow(&data, &shared, &followed);
        let thread = std::thread::Builder::new().name("index".into()).spawn(work)?;
        Ok((index, Follower { trail, thread }))
    }

    /// Lets it finish what it is at.
    pub fn stop(self) {
        self.trail.stop();
        // Its panic would have been told; the index is made anew from the store.
        let _ = self.thread.join();
    }
}

fn follow(data: &Path, shared: &Shared, trail: &Trail) {
    let mut keeper: Option<Keeper> = None;
    // Of this thread alone. Where that is not allowed, it is only less polite.
    let _ = rustix::process::nice(NICE);
    loop {
        let began = Instant::now();
        let tracks = trail.take();
        let result = keep_up(data, shared, &mut keeper, &tracks);
        if let Err(error) = result {
            tracing::warn!(%error, "The index does not follow; it is tried again.");
            trail.give_up(&tracks);
            keeper = None;
            trail.rest(Duration::from_millis(LOOK_MS));
        }
        if tracks.is_stopping {
            return;
        }
        let rest = began.elapsed() * RESTS;
        trail.rest(rest.clamp(Duration::from_millis(REST_MS), Duration::from_millis(REST_MS_MAX)));
        trail.wait(tracks.seq, Duration::from_millis(LOOK_MS));
    }
}

/// Catches up once; opens or makes what is not there.
pub(super) fn keep_up(
    data: &Path,
    shared: &Shared,
    keeper: &mut Option<Keeper>,
    tracks: &Tracks,
) -> Result<(), StoreError> {
    let is_damaged = shared.is_damaged.swap(false, Ordering::Relaxed);
    if is_damaged {
        *keeper = None;
        remove(data)?;
    }
    if keeper.as_ref().is_some_and(|keeper| !keeper.is_in_place()) {
        *keeper = None;
    }
    let mut kept = match keeper.take() {
        Some(kept) => kept,
        None => Keeper::open(data, shared)?,
    };
    match kept.catch_up(shared, tracks) {
        Err(StoreError::Damaged(why)) => {
            tracing::warn!(%why, "The index is made anew.");
            drop(kept);
            remove(data)?;
            kept = Keeper::open(data, shared)?;
            kept.catch_up(shared, &Tracks { since: tracks.seq, ..tracks.clone() })?;
        }
        other => other?,
    }
    *keeper = Some(kept);
    Ok(())
}

/// Both databases, open.
#[derive(Debug)]
pub(super) struct Keeper {
    data: PathBuf,
    writer: Writer,
    store: ReadStore,
    identity: Option<(u64, u64)>,
    /// What was erased is still in the log.
    cuts_log: bool,
}

impl Keeper {
    fn open(data: &Path, shared: &Shared) -> Result<Keeper, StoreError> {
        let store = open_reading(data)?;
        let writer = Writer::new(IndexFile::open(data)?, tokens);
        shared.begin_generation();
        Ok(Keeper { data: data.to_owned(), writer, store, identity: identity(data), cuts_log: false })
    }

    /// Whether the file is still the one that was opened.
    fn is_in_place(&self) -> bool {
        identity(&self.data) == self.identity
    }

    fn catch_up(&mut self, shared: &Shared, tracks: &Tracks) -> Result<(), StoreError> {
        let Tracks { seq, since, config, .. } = tracks;
        let mut followed = self.begin(shared, config, *seq)?;
        while let Some(after) = followed.built_to {
            let ids = self.store.reader().ids_after(after, INDEX_MATTERS_MAX)?;
            followed.built_to = ids.last().copied();
            self.write(config, &ids, &followed)?;
            let of = self.store.reader().counters()?.matter;
            shared.tell(followed.built_to.map(|done| Progress { done, of }), followed.seq);
        }
        let mut ids = tracks.ids.clone();
        while followed.seq < *seq || !ids.is_empty() {
            let (after, to) = (followed.seq, seq.min(&(followed.seq + INDEX_ROWS_MAX)).to_owned());
            ids.extend(self.store.reader().touched(after, to)?);
            ids.sort_unstable();
            ids.dedup();
            self.cuts_log |= self.store.reader().tells(ERASED, after, to)?;
            // What a desk set without a word was told by the engine, or somebody must look.
            followed.looks |= after < *since && after < to;
            followed.seq = to.max(after);
            followed.seal = self.store.reader().seal_at(followed.seq)?.unwrap_or_default();
            self.write(config, &ids, &followed)?;
            ids.clear();
            shared.tell(None, if followed.looks { after } else { followed.seq });
        }
        if followed.looks {
            self.look(config, &mut followed)?;
        }
        if self.cuts_log {
            self.cuts_log = !self.writer.cut_log()?;
        }
        shared.tell(None, followed.seq);
        Ok(())
    }

    /// How far it is; from the beginning, where what is there is of another journal or time zone.
    fn begin(&mut self, shared: &Shared, config: &Config, seq: u64) -> Result<Followed, StoreError> {
        let zone = config.zone.iana_name().unwrap_or_default();
        let found = self.writer.file().followed()?;
        if let Some(mut followed) = found {
            let seal = self.store.reader().seal_at(followed.seq)?.unwrap_or_default();
            if followed.seal == seal && followed.zone == zone {
                // Its lamps are by what another config says of clocks.
                followed.looks |= followed.config != config.hash;
                followed.config.clone_from(&config.hash);
                return Ok(followed);
            }
            tracing::info!("The index is of another journal, and made anew.");
            remove(&self.data)?;
            *self = Keeper::open(&self.data, shared)?;
        }
        let seal = self.store.reader().seal_at(seq)?.unwrap_or_default();
        let (config, zone) = (config.hash.clone(), zone.to_owned());
        Ok(Followed { seq, seal, built_to: Some(0), config, zone, looks: false })
    }

    /// Looks through what is not closed.
    fn look(&mut self, config: &Config, followed: &mut Followed) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let ids = self.writer.file().ask()?.unclosed_after(after, INDEX_MATTERS_MAX as usize)?;
            let Some(last) = ids.last().copied() else {
                followed.looks = false;
                return self.write(config, &[], followed);
            };
            after = last;
            self.write(config, &ids, followed)?;
        }
    }

    /// Writes matters as the store has them now. Read within the transaction: whoever else follows the
    /// same store would write what it read later.
    fn write(&mut self, config: &Config, ids: &[u64], followed: &Followed) -> Result<(), StoreError> {
        self.writer.begin()?;
        let written = self.write_begun(config, ids).and_then(|()| self.writer.commit(followed));
        if written.is_err() {
            self.writer.rollback()?;
        }
        written
    }

    fn write_begun(&mut self, config: &Config, ids: &[u64]) -> Result<(), StoreError> {
        for some in ids.chunks(INDEX_MATTERS_MAX as usize) {
            let mut rows = Vec::with_capacity(some.len());
            let reader = self.store.reader();
            let snapshot = reader.snapshot()?;
            for id in some {
                let whole = reader.whole(MatterId(*id))?;
                rows.extend(whole.map(|whole| row(config, &whole)).transpose()?);
            }
            drop(snapshot);
            self.writer.write(&rows)?;
        }
        Ok(())
    }
}

/// What makes a file the same file.
fn identity(data: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    file(data).metadata().ok().map(|file| (file.dev(), file.ino()))
}
