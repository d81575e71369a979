//! A district's journal run again on an empty store, each input under the config and the libraries
//! that were in force (I4).
//!
//! Desks that ran in processes of their own are not called: what their steps came to stands in the
//! journal. Always holds: the journal's own data folder is only read; nothing of the district folder as it is
//! now is looked at.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use plugin_api::Title;

use super::{DataLock, District, NotOpened};
use crate::config::{self, kept};
use crate::engine::input::HandClock;
use crate::engine::replay::{Difference, run_journal};
use crate::engine::switch::Switch;
use crate::limits::ANSWER_BYTES_MAX;
use crate::plugins::Shelf;
use crate::store::{self, JournalInput, Reader, StoreError, open_reading};

/// What came of running a journal again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Inputs of the journal, switches among them.
    pub inputs: u64,
    /// Inputs that did not do again what they did.
    pub differences: Vec<Difference>,
    /// Rows that did not come out again.
    pub missing: Vec<String>,
    /// Rows that came out and were not there.
    pub added: Vec<String>,
}

impl Replayed {
    /// Whether everything is the same, byte for byte.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.missing.is_empty() && self.added.is_empty()
    }
}

/// Runs the journal of a data folder again into another, which has no store yet, and compares every
/// row. Holds all rows of both in memory; what is written to the journal meanwhile is a difference.
///
/// Libraries run that were trusted then, also those that are no longer trusted.
///
/// # Errors
/// When the other folder has a store, or something that was in force is gone: the text says what and
/// where.
pub fn replay(data: &Path, empty: &Path) -> Result<Replayed, NotOpened> {
    let lock = DataLock::take(empty)?;
    if store::file(empty).exists() {
        let empty = empty.display();
        return Err(NotOpened::Unusable(Title::new(
            format!("{empty} 里已有数据库；请另指一个空目录"),
            format!("{empty} has a store already; name an empty folder"),
        )));
    }
    let from = open_reading(data)?;
    let again = run_journal(from.reader(), |row, switch| {
        let district = District::open_kept(from.reader(), switch, data, empty);
        let district = district.map_err(|error| at_switch(row, error))?;
        district.scratch_engine(empty, HandClock::new(row.at_ms))
    })?;
    let found = again.engine.as_ref().map_or_else(|| Ok(Vec::new()), |engine| rows_of(engine.store().reader()))?;
    let expected = rows_of(from.reader())?;
    drop(lock);
    Ok(Replayed {
        inputs: again.inputs,
        differences: again.differences,
        missing: without(&expected, &found),
        added: without(&found, &expected),
    })
}

impl District {
    /// The district that was in force from a switch on, its data in another folder.
    fn open_kept(journal: Reader<'_>, switch: &Switch, data: &Path, folder: &Path) -> Result<District, NotOpened> {
        let mut district = District::read_kept(journal, switch, data, folder)?;
        Arc::make_mut(&mut district.config).data = folder.to_owned();
        Ok(district)
    }

    /// The district as it was last in force, whatever its folder says now; none where none ever was.
    ///
    /// # Errors
    /// When the store or what it kept does not read.
    pub fn in_force(folder: &Path) -> Result<Option<District>, NotOpened> {
        let folder = config::find_folder(folder).map_err(NotOpened::Unusable)?;
        let data = config::data_folder(&folder);
        let db = open_reading(&data)?;
        let Some(switch) = Switch::in_force(db.reader())? else { return Ok(None) };
        District::read_kept(db.reader(), &switch, &data, &folder).map(Some)
    }

    /// The district that was in force from a switch on: its config from the files that were kept, its
    /// libraries from their copies.
    pub(super) fn read_kept(
        journal: Reader<'_>,
        switch: &Switch,
        data: &Path,
        folder: &Path,
    ) -> Result<District, NotOpened> {
        let hash = &switch.config;
        let damaged = |what: &str| StoreError::Damaged(format!("config {hash} {what}"));
        let files = journal.version(hash)?.ok_or_else(|| damaged("was not kept"))?;
        let files = kept::read(&files).map_err(|error| damaged(&format!("does not read: {error}")))?;
        let shelf = Shelf::of_copies(data, &switch.libraries, ANSWER_BYTES_MAX)?;
        let district = District::load(shelf, (Path::new(""), &switch.isolated), |libraries| {
            config::load_kept(files, folder, libraries)
        })?;
        if district.config.hash != *hash {
            return Err(damaged("was not kept as it was").into());
        }
        Ok(district)
    }
}

fn at_switch(row: &JournalInput, error: NotOpened) -> NotOpened {
    let why = match error {
        NotOpened::Unusable(why) => why,
        // They held when they were kept: this program or a library reads them differently.
        NotOpened::Problems(problems) => match problems.first() {
            Some(first) => Title::new(first.text.zh.clone(), first.to_string()),
            None => Title::default(),
        },
    };
    let seq = row.seq;
    NotOpened::Unusable(Title::new(
        format!("日志第 {seq} 条切换的配置打不开：{}", why.zh),
        format!("what switch {seq} of the journal put in force does not open: {}", why.en),
    ))
}

fn rows_of(reader: Reader<'_>) -> Result<Vec<String>, StoreError> {
    let mut rows = reader.state()?;
    rows.extend(reader.said()?);
    Ok(rows)
}

fn without(rows: &[String], others: &[String]) -> Vec<String> {
    let others: HashSet<&str> = others.iter().map(String::as_str).collect();
    rows.iter().filter(|row| !others.contains(row.as_str())).cloned().collect()
}
