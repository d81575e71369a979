//! The log copied into the file, in the background, so that it is reused rather than grown.
//!
//! Knows nothing of what is in it. A copy that fails costs nothing but a longer log; a flush that fails
//! is remembered, and then nobody writes or flushes again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use plugin_api::Title;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{StoreError, flush};

/// The thread that copies, and what it tells the engine's connection.
#[derive(Debug)]
pub(super) struct Checkpoints {
    wishes: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The engine's connection is to finish the copy: what was appended meanwhile is little, and then
    /// the log starts anew from its beginning.
    pub wants_finish: Arc<AtomicBool>,
    /// A flush failed, here or there.
    pub flush_failed: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Starts the thread, with a connection of its own, so that the engine does not wait for it.
    pub fn start(path: &Path) -> Result<Checkpoints, StoreError> {
        let (wishes, wished) = channel::<()>();
        let (wants_finish, flush_failed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        // The engine's connection is the one that leaves all in order.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let (finish, failed) = (Arc::clone(&wants_finish), Arc::clone(&flush_failed));
        let path = path.to_owned();
        let work = move || {
            while wished.recv().is_ok() {
                if copy(&db, &path, &failed) {
                    finish.store(true, Ordering::Relaxed);
                }
            }
        };
        let thread = std::thread::Builder::new().name("checkpoint".into()).spawn(work).map_err(|error| {
            let (zh, en) = (format!("不能再开线程：{error}"), format!("cannot start a thread: {error}"));
            StoreError::Unusable(Title::new(zh, en))
        })?;
        Ok(Checkpoints { wishes: Some(wishes), thread: Some(thread), wants_finish, flush_failed })
    }

    /// Asks for a copy.
    pub fn wish(&self) {
        // The thread lives as long as the store; if it died, the log grows and nothing is lost.
        let _ = self.wishes.as_ref().map(|wishes| wishes.send(()));
    }

    /// Copies on the caller's connection.
    pub fn run(&self, db: &Connection, path: &Path) {
        copy(db, path, &self.flush_failed);
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was reported where it happened.
            let _ = thread.join();
        }
    }
}

/// Copies beside readers, without making anybody wait.
pub(super) fn passive(db: &Connection) -> Result<(), StoreError> {
    Ok(db.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()))?)
}

/// The same, unless a flush has failed. Whether it was done.
fn copy(db: &Connection, path: &Path, flush_failed: &AtomicBool) -> bool {
    if flush_failed.load(Ordering::Relaxed) {
        return false;
    }
    match passive(db) {
        Ok(()) => true,
        Err(StoreError::NotFlushed) => {
            flush_failed.store(true, Ordering::Relaxed);
            flush::note_failure(path);
            tracing::error!("The disk did not confirm the copy of the store's log; nothing more is taken.");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "The store's log was not copied; it grows until the next try.");
            false
        }
    }
}
