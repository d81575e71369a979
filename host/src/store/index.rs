//! The file of the index: a second database beside the store, derived from it and from nothing else.
//!
//! Knows rows and terms, not what they mean. Always holds: it says in the same transaction how far it
//! has followed the store, so a tail that is lost only leaves it behind; what is deleted is overwritten,
//! so that words that were erased are in no free space of it (I10).

mod read;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;

pub use read::{Asked, LampRange, List, RowOrder, Sorted, Tally, TermsOf};
pub use write::{IndexRow, Writer};

const FILE: &str = "index.db";
/// Another number here, and the file is made anew: it holds nothing that the store does not.
const SCHEMA: i64 = 1;
/// Marks a file as an index of this program: "HoIx" in four bytes.
const APPLICATION: i64 = 0x486f_4978;

/// A matter's terms are in its row, as three lists of ids: its places, what is counted, what is not.
/// `facet` has the same by term. `tally` has how many matters of each status have a term within a place.
const TABLES: &str = "
    create table meta (key text primary key, value not null) without rowid;
    create table term (id integer primary key, text text not null unique, n integer not null);
    create table matter (
        id integer primary key, digest integer not null, number text not null, title text not null,
        status integer not null, due integer, changed integer not null,
        green integer, blue integer, yellow integer, red integer, terms text not null
    );
    create index matter_open on matter (id, due, green, blue, yellow, red) where status = 0;
    create index matter_due on matter (due, id desc) where due is not null;
    create index matter_changed on matter (changed, id);
    create index matter_number on matter (number);
    create table facet (term integer, matter integer, primary key (term, matter)) without rowid;
    create table tally (area integer, term integer, status integer, n integer not null,
        primary key (area, term, status)) without rowid;
    create table words (matter integer primary key, text text not null);
    create virtual table pair using fts5 (words, content = '', detail = none, tokenize = 'ascii');
    insert into pair (pair, rank) values ('secure-delete', 1);
";

/// How far an index has followed its store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The last row of the journal that is in it.
    pub seq: u64,
    /// The seal of that row; none before the first.
    pub seal: Vec<u8>,
    /// The last matter that is in it, while it is being built.
    pub built_to: Option<u64>,
    /// Hash of the config that lamps were computed by.
    pub config: String,
    /// What days are counted by.
    pub zone: String,
    /// Somebody must look through the matters that are not closed.
    pub looks: bool,
}

/// One connection to an index.
#[derive(Debug)]
pub struct IndexFile {
    pub(super) db: Connection,
}

/// Path of the index within a data folder.
pub fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

impl IndexFile {
    /// Opens the index of a data folder to write it; makes it, where there is none or one that this
    /// program does not read.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(data: &Path) -> Result<IndexFile, StoreError> {
        match IndexFile::open_made(data) {
            Err(StoreError::Damaged(_)) => {
                remove(data)?;
                IndexFile::open_made(data)
            }
            other => other,
        }
    }

    fn open_made(data: &Path) -> Result<IndexFile, StoreError> {
        let db = Connection::open(file(data))?;
        configure(&db)?;
        let index = IndexFile { db };
        match index.version()? {
            (APPLICATION, SCHEMA) => return Ok(index),
            (0, 0) => {}
            other => return Err(StoreError::Damaged(format!("an index of version {other:?}"))),
        }
        let marks = format!("pragma application_id = {APPLICATION}; pragma user_version = {SCHEMA};");
        index.db.execute_batch(&format!("begin immediate; {TABLES} {marks} commit;"))?;
        Ok(index)
    }

    /// Opens the index of a data folder to ask it.
    ///
    /// # Errors
    /// When there is none that this program reads.
    pub fn open_reading(data: &Path) -> Result<IndexFile, StoreError> {
        let db = Connection::open_with_flags(
            file(data),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.set_prepared_statement_cache_capacity(64);
        db.pragma_update(None, "query_only", true)?;
        let index = IndexFile { db };
        if index.version()? != (APPLICATION, SCHEMA) {
            return Err(StoreError::Damaged("an index of another version".to_owned()));
        }
        Ok(index)
    }

    fn version(&self) -> Result<(i64, i64), StoreError> {
        let number = |pragma: &str| self.db.query_row(&format!("pragma {pragma}"), [], |row| row.get(0));
        Ok((number("application_id")?, number("user_version")?))
    }

    /// How far it has followed.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn followed(&self) -> Result<Option<Followed>, StoreError> {
        let Some(seq) = self.meta::<u64>("seq")? else { return Ok(None) };
        Ok(Some(Followed {
            seq,
            seal: self.meta("seal")?.unwrap_or_default(),
            built_to: self.meta("built-to")?,
            config: self.meta("config")?.unwrap_or_default(),
            zone: self.meta("zone")?.unwrap_or_default(),
            looks: self.meta::<i64>("looks")?.is_some(),
        }))
    }

    fn meta<T: rusqlite::types::FromSql>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let mut find = self.db.prepare_cached("select value from meta where key = ?1")?;
        Ok(find.query_row([key], |row| row.get(0)).optional()?)
    }
}

/// Takes the index of a data folder away. Who reads it goes on with what it has open.
///
/// # Errors
/// When the disk refuses.
pub fn remove(data: &Path) -> Result<(), StoreError> {
    for end in ["", "-wal", "-shm"] {
        let path = data.join(format!("{FILE}{end}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let path = path.display();
                return Err(StoreError::Unusable(plugin_api::Title::new(
                    format!("删不掉 {path}：{error}；请检查目录的写权限"),
                    format!("cannot remove {path}: {error}; check that the folder is writable"),
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

/// It need not outlive a power cut whole, only not be taken for whole: `normal` loses a tail at most.
fn configure(db: &Connection) -> Result<(), StoreError> {
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(64);
    db.execute_batch(
        "pragma page_size = 4096;
         pragma secure_delete = on;
         pragma journal_mode = wal;
         pragma synchronous = normal;
         pragma cache_size = -65536;
         pragma temp_store = memory;
         pragma wal_autocheckpoint = 16384;",
    )?;
    Ok(())
}
