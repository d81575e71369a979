//! How far each schedule has come, as rows.

use std::sync::Arc;

use plugin_api::InputKind;
use rusqlite::{OptionalExtension, params};

use super::rows::{WriteSet, kind_number};
use super::{Reader, Store, StoreError};

/// How far a schedule has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Its id.
    pub id: Arc<str>,
    /// When it comes, as the config wrote it: where that is another, it begins anew.
    pub every: Arc<str>,
    /// Since when there is one.
    pub since_ms: i64,
    /// The last time it came.
    pub last_ms: Option<i64>,
}

/// A change to the schedules.
#[derive(Clone, Debug)]
pub enum ScheduleTurn {
    /// Keep it, or replace it by how far it is now.
    Keep(ScheduleRow),
    /// The config has it no longer.
    Drop(Arc<str>),
}

impl Store {
    pub(super) fn write_schedules(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for turn in &set.schedules {
            match turn {
                ScheduleTurn::Drop(id) => {
                    self.db.prepare_cached("delete from schedule where id = ?1")?.execute([id])?;
                }
                ScheduleTurn::Keep(ScheduleRow { id, every, since_ms, last_ms }) => {
                    let sql = "insert or replace into schedule (id, every, since, last) values (?1, ?2, ?3, ?4)";
                    self.db.prepare_cached(sql)?.execute(params![id, every, since_ms, last_ms])?;
                }
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The body of an input, if a schedule put it in and it was not erased.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn schedule_body(&self, input: u64) -> Result<Option<String>, StoreError> {
        let sql =
            "select cast(o.bytes as text) from input i join body o on o.seq = i.seq where i.seq = ?1 and i.kind = ?2";
        let mut find = self.db().prepare_cached(sql)?;
        Ok(find.query_row(params![input, kind_number(InputKind::Schedule)], |row| row.get(0)).optional()?)
    }

    /// All schedules, by id: a config has few.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn schedules(&self) -> Result<Vec<ScheduleRow>, StoreError> {
        let mut all = self.db().prepare("select id, every, since, last from schedule order by id")?;
        let rows = all.query_map([], |row| {
            Ok(ScheduleRow { id: row.get(0)?, every: row.get(1)?, since_ms: row.get(2)?, last_ms: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
