//! What is asked of the store. Works on any connection: the engine's own sees its open transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_api::host::MatterFilter;
use plugin_api::{MatterId, Status};
use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

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

    /// Matters that fit a filter and that `sees` lets through, newest first.
    ///
    /// # Errors
    /// As above.
    pub fn matters(&self, filter: &MatterFilter, sees: &dyn Fn(&Head) -> bool) -> Result<Vec<Stored>, StoreError> {
        let limit = filter.limit.unwrap_or(100).clamp(1, PAGE_MAX) as usize;
        let mut found = Vec::new();
        self.scan(filter, "join words w on w.matter = m.id", "w.body", &mut |head, row| {
            if sees(&head) {
                found.push(Stored { head: row.get(0)?, body: row.get(1)? });
            }
            Ok(found.len() < limit)
        })?;
        Ok(found)
    }

    /// How many matters fit a filter and are let through, by a key taken from each.
    ///
    /// # Errors
    /// As above.
    pub fn count(
        &self,
        filter: &MatterFilter,
        sees: &dyn Fn(&Head) -> bool,
        key: &dyn Fn(&Head) -> String,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        self.scan(filter, "", "null", &mut |head, _| {
            if sees(&head) {
                *counts.entry(key(&head)).or_default() += 1;
            }
            Ok(true)
        })?;
        Ok(counts)
    }

    /// Hands every fitting matter on until told to stop. Columns decide in SQL, labels here.
    fn scan(
        &self,
        filter: &MatterFilter,
        join: &str,
        column: &str,
        each: &mut dyn FnMut(Head, &Row<'_>) -> rusqlite::Result<bool>,
    ) -> Result<(), StoreError> {
        let (conditions, values) = conditions(filter);
        let (first, end) = (values.len() + 1, values.len() + 2);
        let sql = format!(
            "select m.head, {column} from matter m {join} where {conditions} and m.id >= ?{first} and m.id < ?{end}
             order by m.id desc"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        // A statement that looked through all matters at once would hold the log up for as long.
        let mut end: u64 = self.db.query_row("select coalesce(max(id), 0) + 1 from matter", [], |row| row.get(0))?;
        while 0 < end {
            let first = end.saturating_sub(SCAN_MATTERS_MAX);
            let window = [first, end].map(|id| SqlValue::Integer(id.cast_signed()));
            let mut rows = find.query(params_from_iter(values.iter().chain(&window)))?;
            while let Some(row) = rows.next()? {
                let head: Head = parse_head(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
                if fits(filter, &head) && !each(head, row)? {
                    return Ok(());
                }
            }
            end = first;
        }
        Ok(())
    }

    /// All clocks.
    ///
    /// # Errors
    /// As above.
    pub fn clocks(&self) -> Result<Vec<(ClockId, ClockRun)>, StoreError> {
        let sql = "select c.matter, d.text, n.text, c.run from clock c
                   join name d on d.id = c.desk join name n on n.id = c.name";
        let mut find = self.db.prepare(sql)?;
        let mut rows = find.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_clock(row)?);
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
        let sql = "select d.text from name d where d.id in (select distinct desk from matter where status = 0)
                   order by d.text";
        let mut find = self.db.prepare(sql)?;
        let rows = find.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All steps to be tried again, parked ones too, oldest first.
    ///
    /// # Errors
    /// As above.
    pub fn deliveries(&self) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = "select v.id, v.input, v.source, v.at, v.kind, b.text, d.text, n.text, v.matter, v.stay, v.owner,
                   v.attempt, v.due, v.error from delivery v join name d on d.id = v.desk join name n on n.id = v.name
                   left join name b on b.id = v.by order by v.id";
        let mut find = self.db.prepare(sql)?;
        let mut rows = find.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = row.get(4)?;
            found.push(DeliveryRow {
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
            });
        }
        Ok(found)
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

/// What of a filter the columns do not decide.
fn fits(filter: &MatterFilter, head: &Head) -> bool {
    filter.labels.iter().all(|(name, value)| head.labels.get(name) == Some(value))
        && filter.opened_from.is_none_or(|from| from <= head.opened)
        && filter.opened_before.is_none_or(|before| head.opened < before)
}

fn conditions(filter: &MatterFilter) -> (String, Vec<SqlValue>) {
    let mut conditions = vec!["1".to_owned()];
    let mut values: Vec<SqlValue> = Vec::new();
    let mut name = |column: &str, text: &Option<String>, values: &mut Vec<SqlValue>| {
        if let Some(text) = text {
            values.push(text.clone().into());
            conditions.push(format!("m.{column} = (select id from name where text = ?{})", values.len()));
        }
    };
    name("desk", &filter.desk, &mut values);
    name("kind", &filter.kind, &mut values);
    name("stage", &filter.stage, &mut values);
    if let Some(status) = filter.status {
        values.push(status_number(status).into());
        conditions.push(format!("m.status = ?{}", values.len()));
    }
    if let Some(place) = &filter.place {
        // '0' follows '/' in byte order: the range is the place and all within it.
        values.push(place.as_str().to_owned().into());
        let n = values.len();
        conditions.push(format!("(m.place = ?{n} or (m.place > ?{n} || '/' and m.place < ?{n} || '0'))"));
    }
    if let Some(unrouted) = filter.unrouted {
        conditions.push(format!("(m.marks & 1) = {}", i64::from(unrouted)));
    }
    if let Some(before) = filter.before {
        values.push(SqlValue::Integer(before.0.cast_signed()));
        conditions.push(format!("m.id < ?{}", values.len()));
    }
    (conditions.join(" and "), values)
}

/// The number a status is stored as.
pub fn status_number(status: Status) -> i64 {
    match status {
        Status::Open => 0,
        Status::Closed => 1,
        Status::Joined => 2,
    }
}
