//! The store opened to be read: beside a running host, alone, or where nothing may be written.

use std::path::Path;

use plugin_api::Title;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::opening::{cannot_open, check_not_emptied, check_owner, check_sqlite, not_open};
use super::{FILE, Reader, StoreError, file, schema};

/// A connection of its own that only reads, for pages and commands beside a running host.
#[derive(Debug)]
pub struct ReadStore {
    pub(super) db: Connection,
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
    check_sqlite(rusqlite::version_number(), rusqlite::version())?;
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
    let db = Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, error))?;
    db.pragma_update(None, "query_only", true)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    let error = match check_owner(&db, path).and_then(|()| schema::check(&db, path)) {
        Ok(()) => return Ok(ReadStore { db }),
        Err(error) => error,
    };
    // Its locks would be in the way of another that this very process opens.
    drop(db);
    match error {
        StoreError::Disk(error) if is_unwritable(&error) => open_unwritable(path),
        StoreError::Disk(_) | StoreError::Full => open_on_a_full_disk(path),
        error => Err(not_open(path, error)),
    }
}

/// A reader has a part in keeping the log, so it writes beside the store. Who may not, reads the store
/// alone, where no log is: the host that wrote it has ended well.
fn open_unwritable(path: &Path) -> Result<ReadStore, StoreError> {
    let log = path.with_file_name(format!("{FILE}-wal"));
    if log.metadata().is_ok_and(|log| log.len() != 0) {
        // A disk without room for one more file looks the same at first.
        if let Ok(reading) = open_on_a_full_disk(path) {
            return Ok(reading);
        }
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
        .map_err(|error| cannot_open(path, error))?;
    schema::check(&db, path)?;
    Ok(ReadStore { db })
}

/// On a full disk there is no room for the index of the log, which readers and writer share. Where no
/// host runs, a reader alone keeps it in its own memory.
fn open_on_a_full_disk(path: &Path) -> Result<ReadStore, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, error))?;
    db.pragma_update(None, "locking_mode", "exclusive")?;
    db.pragma_update(None, "query_only", true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    schema::check(&db, path)?;
    Ok(ReadStore { db })
}

fn is_unwritable(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen))
}
