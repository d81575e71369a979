//! What is asked of the store. Works on any connection: the engine's own sees its open transaction.

use std::sync::Arc;

use plugin_api::host::MatterFilter;
use plugin_api::{MatterId, Status};
use rusqlite::{Connection, OptionalExtension, Row};

use super::StoreError;
use super::rows::{ClockId, DeliveryRow, kind_of_number};
use crate::clock::ClockRun;
use crate::limits::{PAGE_MAX, SCAN_MATTERS_MAX};
use crate::matter::{Head, id_of_number};

/// Questions to one connection.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'c> {
    db: &'c Connection,
}

/// A matter as stored: head and words, both JSON.
#[derive(Clone, Debug)]
pub struct Stored {
    /// See [`Head`].
    pub head: Arc<str>,
    /// See [`crate::matter::Body`].
    pub body: Arc<str>,
}

/// The row of a matter: all but its words.
#[derive(Clone, Debug)]
pub struct StoredHead {
    /// See [`Head`].
    pub head: Arc<str>,
    /// What desks noted on it: a JSON object, by desk.
    pub notes: Arc<str>,
    /// Its last event; 0 if it has none.
    pub last: u64,
}

/// The highest numbers given so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Of the journal.
    pub seq: u64,
    /// Of matters.
    pub matter: u64,
    /// Of steps to be tried again and jobs, which share their numbers, those that are done included: the
    /// journal names them.
    pub delivery: u64,
    /// Instant of the last input.
    pub at_ms: i64,
    /// Of notices.
    pub notice: u64,
}

impl<'c> Reader<'c> {
    /// Asks this connection.
    pub(super) fn new(db: &'c Connection) -> Reader<'c> {
        Reader { db }
    }

    pub(super) fn db(&self) -> &'c Connection {
        self.db
    }

    /// A value of the store's own table.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut find = self.db.prepare_cached("select value from meta where key = ?1")?;
        Ok(find.query_row([key], |row| row.get(0)).optional()?)
    }

    /// A matter.
    ///
    /// # Errors
    /// As above.
    pub fn matter(&self, id: MatterId) -> Result<Option<Stored>, StoreError> {
        let sql = "select m.head, w.body from matter m join words w on w.matter = m.id where m.id = ?1";
        let mut find = self.db.prepare_cached(sql)?;
        let found = find.query_row([id.0], |row| Ok(Stored { head: row.get(0)?, body: row.get(1)? }));
        Ok(found.optional()?)
    }

    /// The matter of a number.
    ///
    /// # Errors
    /// As above.
    pub fn find(&self, number: &str) -> Result<Option<MatterId>, StoreError> {
        let Some(id) = id_of_number(number) else { return Ok(None) };
        let Some(stored) = self.head(id)? else { return Ok(None) };
        Ok((*parse_head(&stored.head)?.number == *number).then_some(id))
    }

    /// A matter without its words.
    ///
    /// # Errors
    /// As above.
    pub fn head(&self, id: MatterId) -> Result<Option<StoredHead>, StoreError> {
        let mut find = self.db.prepare_cached("select head, notes, last from matter where id = ?1")?;
        let found =
            find.query_row([id.0], |row| Ok(StoredHead { head: row.get(0)?, notes: row.get(1)?, last: row.get(2)? }));
        Ok(found.optional()?)
    }

    /// The words of a matter.
    ///
    /// # Errors
    /// As above, and when there are none: every matter has words.
    pub fn words(&self, id: MatterId) -> Result<Arc<str>, StoreError> {
        let mut find = self.db.prepare_cached("select body from words where matter = ?1")?;
        let found = find.query_row([id.0], |row| row.get(0)).optional()?;
        found.ok_or_else(|| StoreError::Damaged(format!("matter {id} has no words")))
    }

    /// A record.
    ///
    /// # Errors
    /// As above.
    pub fn record(&self, desk: &str, collection: &str, key: &str) -> Result<Option<String>, StoreError> {
        let sql = "select record from record where desk = (select id from name where text = ?1)
                   and collection = (select id from name where text = ?2) and key = ?3";
        Ok(self.db.prepare_cached(sql)?.query_row([desk, collection, key], |row| row.get(0)).optional()?)
    }

    /// All clocks, some matters' a read: together they may take long.
    ///
    /// # Errors
    /// As above.
    pub fn clocks(&self) -> Result<Vec<(ClockId, ClockRun)>, StoreError> {
        let sql = "select c.matter, d.text, n.text, c.run from clock c join name d on d.id = c.desk
                   join name n on n.id = c.name where c.matter > ?1 and c.matter <= ?2";
        let mut find = self.db.prepare(sql)?;
        let mut found = Vec::new();
        for (after, to) in self.windows("clock", "matter", SCAN_MATTERS_MAX)? {
            let mut rows = find.query([after, to])?;
            while let Some(row) = rows.next()? {
                found.push(read_clock(row)?);
            }
        }
        Ok(found)
    }

    /// The clocks of a matter.
    ///
    /// # Errors
    /// As above.
    pub fn clocks_of(&self, matter: MatterId) -> Result<Vec<(ClockId, ClockRun)>, StoreError> {
        let sql = "select c.matter, d.text, n.text, c.run from clock c
                   join name d on d.id = c.desk join name n on n.id = c.name where c.matter = ?1 order by d.text, n.text";
        let mut find = self.db.prepare_cached(sql)?;
        let mut rows = find.query([matter.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_clock(row)?);
        }
        Ok(found)
    }

    /// Desks that open matters lie on.
    ///
    /// # Errors
    /// As above.
    pub fn desks_in_use(&self) -> Result<Vec<String>, StoreError> {
        let open = MatterFilter { status: Some(Status::Open), ..MatterFilter::default() };
        Ok(self.count(&open, &|_| true, &|head| head.desk.to_string())?.into_keys().collect())
    }

    /// All steps to be tried again, parked ones too, oldest first; read page by page.
    ///
    /// # Errors
    /// As above.
    pub fn deliveries(&self) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = "select v.id, v.input, v.source, v.at, v.kind, b.text, d.text, n.text, v.matter, v.stay, v.owner,
                   v.attempt, v.due, v.error from delivery v join name d on d.id = v.desk join name n on n.id = v.name
                   left join name b on b.id = v.by where v.id > ?1 order by v.id limit ?2";
        let mut find = self.db.prepare(sql)?;
        let mut found: Vec<DeliveryRow> = Vec::new();
        loop {
            let (before, after) = (found.len(), found.last().map_or(0, |row| row.id));
            let mut rows = find.query([after, PAGE_MAX.into()])?;
            while let Some(row) = rows.next()? {
                found.push(read_delivery(row)?);
            }
            if found.len() - before < PAGE_MAX as usize {
                return Ok(found);
            }
        }
    }

    /// Digest and answer of an idempotency key.
    ///
    /// # Errors
    /// As above.
    pub fn key(&self, scope: &str, key: &str) -> Result<Option<([u8; 32], String)>, StoreError> {
        let sql = "select digest, answer from key where scope = (select id from name where text = ?1) and key = ?2";
        let mut find = self.db.prepare_cached(sql)?;
        Ok(find.query_row([scope, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// The person a contact belongs to, by its keyed hash.
    ///
    /// # Errors
    /// As above.
    pub fn person_of_contact(&self, digest: &[u8; 32]) -> Result<Option<Arc<str>>, StoreError> {
        let mut find = self.db.prepare_cached("select person from contact where digest = ?1")?;
        Ok(find.query_row([digest], |row| row.get(0)).optional()?)
    }

    /// Steps in which the process died, and how often.
    ///
    /// # Errors
    /// As above.
    pub fn deaths(&self) -> Result<Vec<(u64, u32)>, StoreError> {
        let mut all = self.db.prepare("select digest, count from death")?;
        let rows = all.query_map([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The highest numbers given so far.
    ///
    /// # Errors
    /// As above.
    pub fn counters(&self) -> Result<Counters, StoreError> {
        let sql = "select max(coalesce((select max(seq) from input), 0), coalesce((select max(seq) from event), 0)),
                   coalesce((select max(id) from matter), 0),
                   coalesce((select max(seq) from sqlite_sequence where name in ('delivery', 'job')), 0),
                   coalesce((select at from input order by seq desc limit 1), 0),
                   coalesce((select max(id) from outbox), 0)";
        let counters = self.db.query_row(sql, [], |row| {
            let (seq, matter, delivery) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Counters { seq, matter, delivery, at_ms: row.get(3)?, notice: row.get(4)? })
        })?;
        Ok(counters)
    }
}

fn read_delivery(row: &Row<'_>) -> Result<DeliveryRow, StoreError> {
    let kind = row.get(4)?;
    Ok(DeliveryRow {
        id: row.get(0)?,
        input: row.get(1)?,
        source: row.get(2)?,
        at_ms: row.get(3)?,
        kind: kind_of_number(kind).ok_or_else(|| StoreError::Damaged(format!("input of sort {kind}")))?,
        by: row.get(5)?,
        desk: row.get(6)?,
        name: row.get(7)?,
        matter: row.get(8)?,
        stay: row.get(9)?,
        owner: row.get(10)?,
        attempt: row.get(11)?,
        due_ms: row.get(12)?,
        error: row.get(13)?,
    })
}

fn read_clock(row: &Row<'_>) -> Result<(ClockId, ClockRun), StoreError> {
    let id = ClockId { matter: row.get(0)?, desk: row.get(1)?, name: row.get(2)? };
    let run = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    let run = serde_json::from_str(run)
        .map_err(|error| StoreError::Damaged(format!("clock {} of matter {}: {error}", id.name, id.matter)))?;
    Ok((id, run))
}

pub(crate) fn parse_head(text: &str) -> Result<Head, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("a matter's head does not parse: {error}")))
}

/// The number a status is stored as.
pub fn status_number(status: Status) -> i64 {
    match status {
        Status::Open => 0,
        Status::Closed => 1,
        Status::Joined => 2,
    }
}
