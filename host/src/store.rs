//! The store: one SQLite file that only the engine writes.
//!
//! Knows rows, not rules. The one module that names the database. Always holds: `synchronous=FULL`
//! (I1), one transaction a batch (I3), journal rows are only ever added (I4).

pub mod rows;
mod error;
pub mod faults;
pub mod reference;
mod journal;
pub mod outbox;
pub mod read;
mod watch;
mod scan;
mod schema;
mod reading;
mod checkpoint;
mod flush;
mod place;
mod opening;
pub mod write;
pub mod seal;
pub mod sealed;
pub mod erase;
pub mod copy;
pub mod ledger;
mod records;
mod original;
pub mod files;
mod jobs;
pub mod schedules;
mod snapshot;
mod version;
pub mod accounts;
pub mod follow;
pub mod index;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub use error::{StoreError, stopped_words};
pub use journal::{JournalEvent, JournalInput};
pub(crate) use read::parse_head;
pub use read::status_number;
pub use read::{Reader, Stored, StoredHead};
pub use reading::{ReadStore, open_copy, open_reading};
pub use rows::WriteSet;
use seal::Chain;
pub use snapshot::{Renewed, Snapshot};

use checkpoint::Checkpoints;
use faults::{Doing, Faults};
use opening::{cannot_open, check_names, check_not_emptied, check_owner, check_sqlite, not_open};
use place::Place;

const FILE: &str = "hongling.db";

/// Whether a folder holds a store.
pub fn is_store(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// The engine's connection.
pub struct Store {
    // Closed before the connection below, which as the last one leaves all in order.
    checkpoints: Checkpoints,
    db: Connection,
    path: PathBuf,
    place: Place,
    names: Names,
    chain: Chain,
    is_erasing: bool,
    faults: Option<Box<dyn Faults>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// Path of the store's file within a data folder.
pub fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

impl Store {
    /// Opens the store of a data folder, making it if there is none, and brings it to this version.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] with what the operator must do.
    pub fn open(data: &Path) -> Result<Store, StoreError> {
        Store::open_with(data, faults::installed())
    }

    /// The same for a store that nobody needs after the power failed: it does not wait for the disk.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_scratch(data: &Path) -> Result<Store, StoreError> {
        let store = Store::open(data)?;
        store.db.pragma_update(None, "synchronous", "off")?;
        Ok(store)
    }

    /// The same, with faults: for tests.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(data: &Path, faults: Option<Box<dyn Faults>>) -> Result<Store, StoreError> {
        check_sqlite(rusqlite::version_number(), rusqlite::version())?;
        let path = file(data);
        check_not_emptied(&path)?;
        check_names(&path)?;
        flush::mend(&path)?;
        let db = Connection::open(&path).map_err(|error| cannot_open(&path, error))?;
        // Before anything is changed in it.
        check_owner(&db, &path).map_err(|error| not_open(&path, error))?;
        configure(&db).map_err(|error| cannot_open(&path, error))?;
        if faults.as_ref().is_some_and(|faults| !faults.flushes_commits()) {
            db.pragma_update(None, "synchronous", "normal")?;
        }
        let checkpoints = Checkpoints::start(&path)?;
        let (names, chain) = (Names::default(), Chain::default());
        let place = Place::of(&path);
        let mut store = Store { checkpoints, db, path, place, names, chain, is_erasing: false, faults };
        store.begin_life().map_err(|error| not_open(&store.path, error))?;
        Ok(store)
    }

    fn begin_life(&mut self) -> Result<(), StoreError> {
        self.noting_flushes(schema::migrate(&self.db, &self.path))?;
        flush::flush_folder(self.folder())?;
        self.names = Names::load(&self.db)?;
        self.chain = self.reader().chain()?;
        Ok(())
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Reads on this very connection: sees what the open transaction has written.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.db)
    }

    /// Starts a transaction.
    ///
    /// # Errors
    /// When the database refuses, and always once a flush has failed.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.check_flushed()?;
        self.is_lying(Doing::Begin)?;
        Ok(self.db.prepare_cached("begin immediate")?.execute([]).map(drop)?)
    }

    /// Commits it: when this returns, it is on disk (I1).
    ///
    /// # Errors
    /// When the database refuses; nothing of the transaction stands then, but after
    /// [`StoreError::NotFlushed`] that is not known before the next start.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.check_flushed()?;
        if self.is_lying(Doing::Commit)? {
            return self.rollback();
        }
        let committed = self.db.prepare_cached("commit")?.execute([]).map(drop);
        self.noting_flushes(committed.map_err(StoreError::from))?;
        // It stands: what happens to the log from here on must not look as if it did not.
        if self.is_erasing {
            self.finish_erasing();
        }
        if self.checkpoints.wants_finish.swap(false, Ordering::Relaxed) {
            self.checkpoints.run(&self.db, &self.path);
        }
        // On a file that is no longer there, nobody would ever find it.
        self.check_place()
    }

    /// Whether the store is still where it was opened.
    ///
    /// # Errors
    /// [`StoreError::Gone`], from then on for ever.
    pub fn check_place(&self) -> Result<(), StoreError> {
        self.place.check()
    }

    fn is_lying(&mut self, doing: Doing) -> Result<bool, StoreError> {
        let Some(faults) = &mut self.faults else { return Ok(false) };
        let outcome = faults.before(doing).outcome();
        self.noting_flushes(outcome)
    }

    fn check_flushed(&self) -> Result<(), StoreError> {
        if self.checkpoints.flush_failed.load(Ordering::Relaxed) { Err(StoreError::NotFlushed) } else { Ok(()) }
    }

    /// After the first flush that fails there is no second.
    fn noting_flushes<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(outcome, Err(StoreError::NotFlushed)) {
            self.checkpoints.flush_failed.store(true, Ordering::Relaxed);
            flush::note_failure(&self.path);
        }
        outcome
    }

    /// Forgets the open transaction.
    ///
    /// # Errors
    /// When the database refuses even that.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        if !self.db.is_autocommit() {
            self.db.execute_batch("rollback")?;
        }
        self.end_erasing()?;
        self.names = Names::load(&self.db)?;
        self.chain = self.reader().chain()?;
        Ok(())
    }

    /// Asks for a checkpoint in the background, so that the log is reused rather than grown.
    pub fn checkpoint_soon(&self) {
        self.checkpoints.wish();
    }

    /// Sets a value of the store's own table, in the open transaction or at once.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.check_flushed()?;
        let sql =
            "insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value";
        let set = self.db.prepare_cached(sql)?.execute([key, value]).map(drop);
        self.noting_flushes(set.map_err(StoreError::from))
    }

    /// Takes a value of the store's own table away.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_meta(&self, key: &str) -> Result<(), StoreError> {
        self.check_flushed()?;
        let forgotten = self.db.prepare_cached("delete from meta where key = ?1")?.execute([key]).map(drop);
        self.noting_flushes(forgotten.map_err(StoreError::from))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Closing would copy the log into the file and flush both, which is a second flush; and beside a
        // file that replaced this one it would take that one's log away.
        if self.check_flushed().is_err() || self.place.is_gone() {
            // It lies where it is then, and the next start reads it all the same.
            let _ = self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(96);
    // Without it a statement is prepared anew whenever a value bound to its key changes.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What is deleted or replaced is overwritten where that costs no write more: somebody's words that a
    // job was given, or a matter's before they were mended, would outlive an erasure in free space (I10).
    db.execute_batch(
        "pragma page_size = 4096;
         pragma secure_delete = fast;
         pragma journal_mode = wal;
         pragma synchronous = full;
         pragma foreign_keys = off;
         pragma cache_size = -16384;
         pragma temp_store = memory;
         pragma wal_autocheckpoint = 0;",
    )
}

/// Names of desks, topics, stages, kinds, persons and routes, stored as small integers.
#[derive(Debug, Default)]
struct Names {
    ids: HashMap<Arc<str>, i64, foldhash::fast::RandomState>,
}

impl Names {
    fn load(db: &Connection) -> Result<Names, StoreError> {
        let mut all = db.prepare("select text, id from name")?;
        let rows = all.query_map([], |row| Ok((row.get::<_, String>(0)?.into(), row.get(1)?)))?;
        Ok(Names { ids: rows.collect::<Result<_, _>>()? })
    }

    fn id_or_null(&mut self, db: &Connection, text: Option<&Arc<str>>) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.id(db, text)).transpose()
    }

    fn id(&mut self, db: &Connection, text: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.ids.get(text) {
            return Ok(*id);
        }
        db.prepare_cached("insert into name (text) values (?1)")?.execute([text])?;
        let id = db.last_insert_rowid();
        self.ids.insert(text.into(), id);
        Ok(id)
    }
}
