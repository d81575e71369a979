//! Which files belong to which matters. The bytes lie elsewhere; here are their names.

use rusqlite::params;

use super::rows::WriteSet;
use super::{Reader, Store, StoreError};
use crate::limits::PAGE_MAX;

/// A file that a form named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// The matter it came to; 0 if none is known yet.
    pub matter: u64,
    /// Its name.
    pub sha256: String,
    /// The input whose form it was.
    pub input: u64,
    /// Name of its small copy.
    pub small: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its bytes went with somebody who was erased.
    pub is_gone: bool,
}

const COLUMNS: &str = "matter, sha256, input, small, bytes, gone";

impl Store {
    pub(super) fn write_files(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for file in &set.files {
            let sql = "insert or ignore into file (matter, sha256, input, small, bytes) values (?1, ?2, ?3, ?4, ?5)";
            let values = params![file.matter, file.sha256, file.input, file.small, file.bytes];
            self.db.prepare_cached(sql)?.execute(values)?;
        }
        Ok(())
    }

    /// Marks the files of inputs as gone; gives the names that no other input has.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn erase_files(&self, inputs: &[u64]) -> Result<Vec<String>, StoreError> {
        let inputs = serde_json::to_string(inputs).expect("numbers are plain JSON");
        let sql = "update file set gone = 1 where input in (select value from json_each(?1))";
        self.db.prepare(sql)?.execute([&inputs])?;
        let sql = "select f.sha256, f.small from file f where f.input in (select value from json_each(?1))";
        let mut find = self.db.prepare(sql)?;
        let pairs = find.query_map([&inputs], |row| Ok([row.get::<_, String>(0)?, row.get(1)?]))?;
        let mut names: Vec<String> = pairs.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        names.sort_unstable();
        names.dedup();
        let reader = self.reader();
        let mut gone = Vec::new();
        for name in names {
            if !reader.is_file_claimed(&name)? {
                gone.push(name);
            }
        }
        Ok(gone)
    }
}

impl Reader<'_> {
    /// Whether a form named a file, whole or small, and its bytes are to stay.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn is_file_claimed(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from file where sha256 = ?1 and not gone)
                   or exists (select 1 from file where small = ?1 and not gone)";
        Ok(self.db().prepare_cached(sql)?.query_row([name], |row| row.get(0))?)
    }

    /// What forms named a file.
    ///
    /// # Errors
    /// As above.
    pub fn files_named(&self, sha256: &str) -> Result<Vec<FileRow>, StoreError> {
        self.files_where("sha256 = ?1", [sha256])
    }

    /// The files of a matter, in the order they came.
    ///
    /// # Errors
    /// As above.
    pub fn files_of(&self, matter: u64) -> Result<Vec<FileRow>, StoreError> {
        self.files_where("matter = ?1", [matter])
    }

    /// Files behind a matter and a name, in that order: a page of all of them.
    ///
    /// # Errors
    /// As above.
    pub fn files_behind(&self, matter: u64, sha256: &str) -> Result<Vec<FileRow>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from file where (matter, sha256) > (?1, ?2) order by matter, sha256, input limit {PAGE_MAX}"
        );
        let mut find = self.db().prepare_cached(&sql)?;
        let rows = find.query_map(params![matter, sha256], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn files_where(&self, which: &str, value: impl rusqlite::Params) -> Result<Vec<FileRow>, StoreError> {
        let sql = format!("select {COLUMNS} from file where {which} order by input, sha256");
        let mut find = self.db().prepare_cached(&sql)?;
        let rows = find.query_map(value, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        matter: row.get(0)?,
        sha256: row.get(1)?,
        input: row.get(2)?,
        small: row.get(3)?,
        bytes: row.get(4)?,
        is_gone: row.get(5)?,
    })
}
