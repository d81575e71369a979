//! The journal read back as it was sealed: every row with its seal, and the words it is bound to.
//!
//! Trusts nothing it reads: a row that does not even read back is handed on as that. Each page is a
//! read of its own, bounded in rows and in bytes, so that a long look at the journal never holds a
//! running host's log (I12).

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::read::Reader;
use super::rows::{EventRow, InputRow, kind_of_number};
use super::seal::{Chain, Seal};
use super::{StoreError, schema};
use crate::limits::{FAULTS_MAX, SEALED_BYTES_MAX, SEALED_ROWS_MAX};

/// Where the store keeps which life it is in, and name of the input that begins one.
pub const EPOCH: &str = "epoch";

/// A row of the journal.
#[derive(Clone, Debug)]
pub enum SealedRow {
    /// An input.
    Input(InputRow),
    /// An event.
    Event(EventRow),
    /// Something that is neither, and why.
    Unreadable(String),
}

/// A row with what lies beside it.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Its number.
    pub seq: u64,
    /// The row.
    pub row: SealedRow,
    /// Its body, unless it has none or it was erased.
    pub body: Option<Salted>,
    /// The texts before they were masked, likewise.
    pub original: Option<Salted>,
}

/// Words and their salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salted {
    /// Random.
    pub salt: Vec<u8>,
    /// The very bytes that were hashed.
    pub bytes: Vec<u8>,
}

/// Rows in the order of their numbers, and what lies there without a row.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Sealed>,
    /// Numbers of words that belong to no row.
    pub stray: Vec<u64>,
}

const INPUT_SQL: &str = "select i.seq, i.at, i.kind, b.text, d.text, coalesce(n.text, ''), i.matter, i.config,
    i.commitment, i.original, i.booked, i.seal from input i left join name n on n.id = i.name
    left join name b on b.id = i.by left join name d on d.id = i.desk where i.seq > ?1 and i.seq <= ?2 order by i.seq";

const EVENT_SQL: &str = "select e.seq, e.input, e.at, e.matter, e.stay, coalesce(t.text, ''), coalesce(d.text, ''),
    b.text, r.text, e.facts, e.commitment, e.prev, e.booked, e.seal from event e left join name t on t.id = e.topic
    left join name d on d.id = e.desk left join name b on b.id = e.by left join name r on r.id = e.route
    where e.seq > ?1 and e.seq <= ?2 order by e.seq";

impl Reader<'_> {
    /// The end of the journal, by its last row.
    ///
    /// # Errors
    /// When the database refuses, here and below, or the last row has no seal.
    pub fn chain(&self) -> Result<Chain, StoreError> {
        let sql = "select seq, seal from (select * from (select seq, seal from input order by seq desc limit 1)
                   union all select * from (select seq, seal from event order by seq desc limit 1))
                   order by seq desc limit 1";
        let last = self.db().query_row(sql, [], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))).optional()?;
        let Some((seq, seal)) = last else { return Ok(Chain::default()) };
        let seal = seal.try_into().map_err(|_| StoreError::Damaged(format!("row {seq} of the journal has no seal")))?;
        Ok(Chain::at(seq, Seal(seal)))
    }

    /// Which life of the store this is: 1, and one more for each restored backup.
    ///
    /// # Errors
    /// As above.
    pub fn epoch(&self) -> Result<u64, StoreError> {
        let Some(text) = self.meta(EPOCH)? else { return Ok(1) };
        text.parse().map_err(|_| StoreError::Damaged(format!("epoch {text:?}")))
    }

    /// The instant of a row, in milliseconds since 1970.
    ///
    /// # Errors
    /// As above.
    pub fn instant_of(&self, seq: u64) -> Result<Option<i64>, StoreError> {
        let sql = "select at from input where seq = ?1 union all select at from event where seq = ?1";
        Ok(self.db().prepare_cached(sql)?.query_row([seq], |row| row.get(0)).optional()?)
    }

    /// The first number after this one that some row has.
    ///
    /// # Errors
    /// As above.
    pub fn next_seq(&self, after: u64) -> Result<Option<u64>, StoreError> {
        let sql = "select min(seq) from (select min(seq) as seq from input where seq > ?1
                   union all select min(seq) from event where seq > ?1)";
        Ok(self.db().prepare_cached(sql)?.query_row([after], |row| row.get(0))?)
    }

    /// The rows with the next numbers, as of one instant; none at the end of the journal or where
    /// numbers are missing.
    ///
    /// # Errors
    /// As above.
    pub fn sealed(&self, after: u64) -> Result<Page, StoreError> {
        let tx = self.db().unchecked_transaction()?;
        let to = end_of_page(&tx, after, after.saturating_add(SEALED_ROWS_MAX), SEALED_BYTES_MAX)?;
        let page = read_page(&tx, after, to)?;
        tx.commit()?;
        Ok(page)
    }

    /// The last number that words are kept under.
    ///
    /// # Errors
    /// As above.
    pub fn last_words(&self) -> Result<u64, StoreError> {
        let sql = "select max(coalesce((select max(seq) from body), 0), coalesce((select max(seq) from original), 0))";
        Ok(self.db().query_row(sql, [], |row| row.get(0))?)
    }

    /// The last event of each matter, of those after a matter, as the matters themselves have it.
    ///
    /// # Errors
    /// As above.
    pub fn last_events(&self, after_matter: u64) -> Result<Vec<(u64, u64)>, StoreError> {
        let sql = "select id, last from matter where id > ?1 order by id limit ?2";
        let mut find = self.db().prepare_cached(sql)?;
        let rows = find.query_map(params![after_matter, SEALED_ROWS_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What the database itself finds wrong with its file. Reads all of it.
    ///
    /// # Errors
    /// As above.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let mut check = self.db().prepare(&format!("pragma integrity_check({FAULTS_MAX})"))?;
        let rows = check.query_map([], |row| row.get::<_, String>(0))?;
        let found: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(if found == ["ok"] { Vec::new() } else { found })
    }

    /// Tables and triggers that are not as this program makes them, by name: the journal's rows are
    /// kept from change by triggers, and somebody may have taken them away.
    ///
    /// # Errors
    /// As above.
    pub fn changed_schema(&self) -> Result<Vec<String>, StoreError> {
        let memory = Connection::open_in_memory()?;
        schema::make(&memory)?;
        let (wanted, found) = (schema_of(&memory)?, schema_of(self.db())?);
        let names = wanted.keys().chain(found.keys().filter(|name| !wanted.contains_key(*name)));
        Ok(names.filter(|name| wanted.get(*name) != found.get(*name)).cloned().collect())
    }
}

fn schema_of(db: &Connection) -> Result<BTreeMap<String, Option<String>>, StoreError> {
    // What the database keeps for itself is its own affair.
    let mut all = db.prepare("select name, sql from sqlite_schema where name not like 'sqlite!_%' escape '!'")?;
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Where a page ends whose words are not to have more bytes: its first row is in it in any case.
fn end_of_page(db: &Connection, after: u64, to: u64, bytes_max: u64) -> Result<u64, StoreError> {
    let sql =
        "select seq, sum(length(bytes)) from (select seq, bytes from body union all select seq, bytes from original)
               where seq > ?1 and seq <= ?2 group by seq order by seq";
    let mut lengths = db.prepare_cached(sql)?;
    let mut rows = lengths.query([after, to])?;
    let mut bytes = 0_u64;
    while let Some(row) = rows.next()? {
        let (seq, length): (u64, u64) = (row.get(0)?, row.get(1)?);
        bytes = bytes.saturating_add(length);
        if bytes_max < bytes && after + 1 < seq {
            return Ok(seq - 1);
        }
    }
    Ok(to)
}

fn read_page(db: &Connection, after: u64, to: u64) -> Result<Page, StoreError> {
    let mut rows = read_rows(db, INPUT_SQL, after, to, |row| read_input(row).map(SealedRow::Input))?;
    rows.extend(read_rows(db, EVENT_SQL, after, to, |row| read_event(row).map(SealedRow::Event))?);
    // The order of inputs and events under one number, which only a forger gives, is no matter.
    rows.sort_by_key(|row| row.seq);
    let mut page = Page { rows, stray: Vec::new() };
    let words = |table: &str| -> Result<Vec<(u64, Salted)>, StoreError> {
        let sql = format!(
            "select seq, cast(salt as blob), cast(bytes as blob) from {table} where seq > ?1 and seq <= ?2 order by seq"
        );
        let mut find = db.prepare_cached(&sql)?;
        let rows =
            find.query_map([after, to], |row| Ok((row.get(0)?, Salted { salt: row.get(1)?, bytes: row.get(2)? })))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    for (seq, salted) in words("body")? {
        match page.find(seq) {
            Some(sealed) => sealed.body = Some(salted),
            None => page.stray.push(seq),
        }
    }
    for (seq, salted) in words("original")? {
        match page.find(seq) {
            Some(sealed) => sealed.original = Some(salted),
            None => page.stray.push(seq),
        }
    }
    Ok(page)
}

impl Page {
    fn find(&mut self, seq: u64) -> Option<&mut Sealed> {
        let at = self.rows.binary_search_by_key(&seq, |row| row.seq).ok()?;
        self.rows.get_mut(at)
    }
}

fn read_rows(
    db: &Connection,
    sql: &str,
    after: u64,
    to: u64,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<SealedRow>,
) -> Result<Vec<Sealed>, StoreError> {
    let mut find = db.prepare_cached(sql)?;
    let mut rows = find.query([after, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let row = (row.get(0)?, read(row).unwrap_or_else(|error| SealedRow::Unreadable(error.to_string())));
        found.push(Sealed { seq: row.0, row: row.1, body: None, original: None });
    }
    Ok(found)
}

fn read_input(row: &Row<'_>) -> rusqlite::Result<InputRow> {
    let kind = row.get(2)?;
    Ok(InputRow {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        kind: kind_of_number(kind).ok_or(rusqlite::Error::IntegralValueOutOfRange(2, kind))?,
        by: row.get(3)?,
        desk: row.get(4)?,
        name: row.get::<_, Arc<str>>(5)?,
        matter: row.get(6)?,
        config: row.get(7)?,
        commitment: row.get(8)?,
        original: row.get(9)?,
        booked: row.get(10)?,
        seal: Seal(row.get(11)?),
    })
}

fn read_event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: row.get(0)?,
        input: row.get(1)?,
        at_ms: row.get(2)?,
        matter: row.get(3)?,
        stay: row.get(4)?,
        topic: row.get(5)?,
        desk: row.get(6)?,
        by: row.get(7)?,
        route: row.get(8)?,
        facts: row.get(9)?,
        commitment: row.get(10)?,
        prev: row.get(11)?,
        booked: row.get(12)?,
        seal: Seal(row.get(13)?),
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{end_of_page, schema};

    /// I12: a page of large words is short, and none is empty.
    #[test]
    fn a_page_ends_before_its_words_are_too_many() {
        let db = Connection::open_in_memory().unwrap();
        schema::make(&db).unwrap();
        for (seq, bytes) in [(2, 40), (3, 30), (5, 200), (6, 10), (9, 60)] {
            db.execute("insert into body values (?1, 'salt', zeroblob(?2))", [seq, bytes]).unwrap();
        }
        db.execute("insert into original values (3, 'salt', zeroblob(30))", []).unwrap();
        let end = |after, to| end_of_page(&db, after, to, 100).unwrap();
        // 2 and 3 have a hundred; 5 is too large with any other, and 9 does not fit behind 6.
        assert_eq!((end(0, 500), end(1, 500), end(2, 500)), (4, 4, 4));
        assert_eq!((end(4, 500), end(5, 500), end(5, 8), end(9, 500)), (5, 500, 8, 500));
    }
}
