//! Jobs as rows: kept from their start until they have come to something.

use rusqlite::{Row, params};

use super::rows::{DeliveryRow, JobRow, JobTurn, WriteSet};
use super::{Reader, Store, StoreError};
use crate::limits::PAGE_MAX;

impl Store {
    pub(super) fn write_jobs(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for turn in &set.jobs {
            match turn {
                JobTurn::Drop(id) => {
                    self.db.prepare_cached("delete from job where id = ?1")?.execute([id])?;
                }
                JobTurn::Keep(row) => {
                    let Store { db, names, .. } = self;
                    let (desk, name) = (names.id(db, &row.desk)?, names.id(db, &row.name)?);
                    let sql = "insert or replace into job
                               (id, desk, name, matter, stay, owner, at, params, attempt, due, error, input)
                               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
                    let JobRow { id, matter, stay, owner, at_ms, params, attempt, due_ms, error, input, .. } = row;
                    db.prepare_cached(sql)?.execute(params![
                        id, desk, name, matter, stay, owner, at_ms, params, attempt, due_ms, error, input
                    ])?;
                }
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// All jobs that are not done, in the order they were started; read page by page.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        let sql =
            "select j.id, d.text, n.text, j.matter, j.stay, j.owner, j.at, j.params, j.attempt, j.due, j.error, j.input
                   from job j join name d on d.id = j.desk join name n on n.id = j.name
                   where j.id > ?1 order by j.id limit ?2";
        let mut page = self.db().prepare(sql)?;
        let mut found: Vec<JobRow> = Vec::new();
        loop {
            let (before, after) = (found.len(), found.last().map_or(0, |row| row.id));
            let rows = page.query_map([after, PAGE_MAX.into()], read_job)?;
            for row in rows {
                found.push(row?);
            }
            if found.len() - before < PAGE_MAX as usize {
                return Ok(found);
            }
        }
    }

    /// Everything that failed and waits, steps and jobs, oldest first.
    ///
    /// # Errors
    /// As above.
    pub fn kept(&self) -> Result<Vec<DeliveryRow>, StoreError> {
        let mut kept = self.deliveries()?;
        kept.extend(self.jobs()?.into_iter().filter(|job| 0 < job.attempt).map(DeliveryRow::from));
        kept.sort_by_key(|row| row.id);
        Ok(kept)
    }
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    Ok(JobRow {
        id: row.get(0)?,
        desk: row.get(1)?,
        name: row.get(2)?,
        matter: row.get(3)?,
        stay: row.get(4)?,
        owner: row.get(5)?,
        at_ms: row.get(6)?,
        params: row.get(7)?,
        attempt: row.get(8)?,
        due_ms: row.get(9)?,
        error: row.get(10)?,
        input: row.get(11)?,
    })
}
