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
mod schema;
mod checkpoint;
mod flush;
pub mod write;
pub mod seal;
pub mod sealed;
pub mod erase;
pub mod copy;
pub mod ledger;
mod records;
mod snapshot;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plugin_api::Title;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

pub use error::{StoreError, stopped_words};
pub use journal::{JournalEvent, JournalInput};
pub(crate) use read::parse_head;
pub use read::status_number;
pub use read::{Reader, Stored, StoredHead};
pub use rows::WriteSet;
use seal::Chain;

use checkpoint::Checkpoints;
use faults::{Doing, Faults};

/// Least version whose WAL does not lose committed pages.
const SQLITE_MIN: i32 = 3_051_003;
const FILE: &str = "hongling.db";

/// The engine's connection.
pub struct Store {
    // Closed before the connection below, which as the last one leaves all in order.
    checkpoints: Checkpoints,
    db: Connection,
    path: PathBuf,
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

    /// The same, with faults: for tests.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(data: &Path, faults: Option<Box<dyn Faults>>) -> Result<Store, StoreError> {
        check_version()?;
        let path = file(data);
        check_not_emptied(&path)?;
        flush::mend(&path)?;
        let db = Connection::open(&path).map_err(|error| cannot_open(&path, &error))?;
        configure(&db).map_err(|error| cannot_open(&path, &error))?;
        if faults.as_ref().is_some_and(|faults| !faults.flushes_commits()) {
            db.pragma_update(None, "synchronous", "normal")?;
        }
        let checkpoints = Checkpoints::start(&path)?;
        let (names, chain) = (Names::default(), Chain::default());
        let mut store = Store { checkpoints, db, path, names, chain, is_erasing: false, faults };
        store.noting_flushes(schema::migrate(&store.db, &store.path))?;
        flush::flush_folder(data)?;
        store.names = Names::load(&store.db)?;
        store.chain = store.reader().chain()?;
        Ok(store)
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
            self.end_erasing()?;
            self.cut_log()?;
        }
        if self.checkpoints.wants_finish.swap(false, Ordering::Relaxed) {
            self.checkpoints.run(&self.db, &self.path);
        }
        Ok(())
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
        // Closing would copy the log into the file and flush both, which is a second flush.
        if self.check_flushed().is_err() {
            // It lies where it is then, and the next start reads it all the same.
            let _ = self.db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

/// A connection of its own that only reads, for pages and commands beside a running host.
#[derive(Debug)]
pub struct ReadStore {
    db: Connection,
}

impl ReadStore {
    /// Asks this connection.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.db)
    }
}

/// Opens a data folder's store to read it.
///
/// # Errors
/// When there is no store yet, or it is of another version.
pub fn open_reading(data: &Path) -> Result<ReadStore, StoreError> {
    check_version()?;
    let path = file(data);
    if !path.is_file() {
        let data = data.display();
        return Err(StoreError::Unusable(Title::new(
            format!("{data} 里还没有事项；用 hongling run、open 或 import 建库"),
            format!("{data} has no matters yet; `hongling run`, `open` or `import` makes its store"),
        )));
    }
    check_not_emptied(&path)?;
    open_copy(&path)
}

/// Opens a store by its file to read it.
///
/// # Errors
/// When it is no store of this version.
pub fn open_copy(path: &Path) -> Result<ReadStore, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, &error))?;
    db.pragma_update(None, "query_only", true)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    match schema::check(&db, path) {
        Err(StoreError::Disk(error)) if is_unwritable(&error) => open_unwritable(path),
        checked => checked.map(|()| ReadStore { db }),
    }
}

/// A reader has a part in keeping the log, so it writes beside the store. Who may not, reads the store
/// alone, where no log is: the host that wrote it has ended well.
fn open_unwritable(path: &Path) -> Result<ReadStore, StoreError> {
    let log = path.with_file_name(format!("{FILE}-wal"));
    if log.metadata().is_ok_and(|log| log.len() != 0) {
        let folder = path.parent().unwrap_or(path).display();
        return Err(StoreError::Unusable(Title::new(
            format!("当前账户不能写 {folder}，而上次的主机没有正常结束；请它的所有者在那里执行一次 hongling status"),
            format!(
                "{folder} may not be written by this account, and its last host did not end well; let its owner run \
                 `hongling status` there once"
            ),
        )));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let escaped: String = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let db = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
        .map_err(|error| cannot_open(path, &error))?;
    schema::check(&db, path)?;
    Ok(ReadStore { db })
}

fn is_unwritable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen))
}

/// A file of no bytes beside the marker of an engine was a store once: taking it for a new one would
/// give numbers out again. Without the marker, a first start was cut off.
fn check_not_emptied(path: &Path) -> Result<(), StoreError> {
    let is_empty = path.metadata().is_ok_and(|file| file.is_file() && file.len() == 0);
    if is_empty && path.with_file_name("running").exists() {
        let path = path.display();
        return Err(StoreError::Unusable(Title::new(
            format!("数据库 {path} 是空文件，里面的内容已丢失；请把备份放回去，或删掉它从头开始"),
            format!(
                "the store {path} is empty, so all it held is lost; put a copy back, or delete the file to begin anew"
            ),
        )));
    }
    Ok(())
}

fn cannot_open(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.display();
    StoreError::Unusable(Title::new(
        format!("打不开数据库 {path}：{error}；请检查目录的写权限，以及磁盘有没有空间"),
        format!("cannot open the store {path}: {error}; check that the folder is writable and its disk has room"),
    ))
}

fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() < SQLITE_MIN {
        let found = rusqlite::version();
        return Err(StoreError::Unusable(Title::new(
            format!("SQLite {found} 可能丢失已提交的内容；需要 3.51.3 或更新的版本"),
            format!("SQLite {found} can lose committed pages; this needs 3.51.3 or newer"),
        )));
    }
    Ok(())
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(96);
    // Without it a statement is prepared anew whenever a value bound to its key changes.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.execute_batch(
        "pragma page_size = 4096;
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
