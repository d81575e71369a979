//! What is asked of an index: lists of matters by term, by words and by time, and counts.

use plugin_api::matter::Lamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::IndexFile;
use crate::store::StoreError;

/// Matters, highest id first, that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// Those with a term.
    Term(i64),
    /// Those with words, in the full text's own language.
    Words(String),
    /// Those whose lamp is this.
    Lamp(LampRange),
    /// Open ones that were due by an instant.
    DueBy(i64),
    /// None.
    Nothing,
}

/// Matters whose lamp is one, as of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LampRange {
    /// The lamp.
    pub lamp: Lamp,
    /// The instant.
    pub now_ms: i64,
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// What is due first; only those that are due at all.
    Due,
    /// What changed last.
    Changed,
    /// By number.
    Number,
}

/// What of a matter lists are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted {
    /// The matter.
    pub id: u64,
    /// When it is due.
    pub due_ms: Option<i64>,
    /// When something was last said on it.
    pub changed_ms: i64,
    /// Prefix, year and id.
    pub number: String,
    /// From when on its lamp is at least green, blue, yellow, red.
    pub lamp_from_ms: [Option<i64>; 4],
}

/// How many matters of a status have a term within a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The term.
    pub term: i64,
    /// Its text.
    pub text: String,
    /// 0 open, 1 closed, 2 joined.
    pub status: i64,
    /// How many.
    pub n: u64,
}

/// What of a matter figures are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsOf {
    /// 0 open, 1 closed, 2 joined.
    pub status: i64,
    /// When it is due.
    pub due_ms: Option<i64>,
    /// Its places, what is counted, what is not.
    pub terms: [Vec<i64>; 3],
}

/// Questions to an index, as of one instant. Short: its log cannot start anew meanwhile.
#[derive(Debug)]
#[must_use]
pub struct Asked<'c> {
    db: &'c Connection,
}

impl IndexFile {
    /// Begins to read as of one instant.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn ask(&self) -> Result<Asked<'_>, StoreError> {
        self.db.prepare_cached("begin deferred")?.execute([])?;
        Ok(Asked { db: &self.db })
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        // Nothing was written: a transaction that does not end has been ended by its own error.
        let _ = self.db.prepare_cached("rollback").and_then(|mut end| end.execute([]));
    }
}

impl Asked<'_> {
    /// A term, and how many matters have it.
    ///
    /// # Errors
    /// As above.
    pub fn term(&self, text: &str) -> Result<Option<(i64, u64)>, StoreError> {
        let mut find = self.db.prepare_cached("select id, n from term where text = ?1")?;
        Ok(find.query_row([text], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// The text of a term.
    ///
    /// # Errors
    /// As above.
    pub fn term_text(&self, id: i64) -> Result<Option<String>, StoreError> {
        let mut find = self.db.prepare_cached("select text from term where id = ?1")?;
        Ok(find.query_row([id], |row| row.get(0)).optional()?)
    }

    /// The next ids of a list from one downwards, itself included.
    ///
    /// # Errors
    /// As above.
    pub fn fetch(&self, list: &List, from: u64, most: usize) -> Result<Vec<u64>, StoreError> {
        let from = from.min(i64::MAX.cast_unsigned());
        match list {
            List::Nothing => Ok(Vec::new()),
            List::Term(term) => {
                let sql = "select matter from facet where term = ?1 and matter <= ?2 order by matter desc limit ?3";
                self.ids(sql, params![term, from, most])
            }
            List::Words(words) => {
                let sql = "select rowid from pair where pair match ?1 and rowid <= ?2 order by rowid desc limit ?3";
                self.ids(sql, params![words, from, most])
            }
            List::Lamp(LampRange { lamp, now_ms }) => {
                let (least, next) = lamp_columns(*lamp);
                let sql = format!(
                    "select id from matter where status = 0 and id <= ?2 and {least} <= ?1 and {next} > ?1
                     order by id desc limit ?3"
                );
                self.ids(&sql, params![now_ms, from, most])
            }
            List::DueBy(by_ms) => {
                let sql = "select id from matter where status = 0 and id <= ?2 and due <= ?1 order by id desc limit ?3";
                self.ids(sql, params![by_ms, from, most])
            }
        }
    }

    fn ids(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<u64>, StoreError> {
        let mut find = self.db.prepare_cached(sql)?;
        let rows = find.query_map(values, |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What a matter is sorted by.
    ///
    /// # Errors
    /// As above.
    pub fn sorted(&self, id: u64) -> Result<Option<Sorted>, StoreError> {
        let sql = "select id, due, changed, number, green, blue, yellow, red from matter where id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([id], read_sorted).optional()?)
    }

    /// Matters in an order, those after one; from the beginning without it.
    ///
    /// # Errors
    /// As above.
    pub fn walk(&self, order: RowOrder, after: Option<&Sorted>, most: usize) -> Result<Vec<Sorted>, StoreError> {
        let (from, sorted) = match order {
            RowOrder::Due => ("due >= ?1 and (due > ?1 or id < ?2)", "due, id desc"),
            RowOrder::Changed => ("(changed, id) < (?1, ?2)", "changed desc, id desc"),
            RowOrder::Number => ("(number, id) > (?1, ?2)", "number, id"),
        };
        let beginning = match order {
            RowOrder::Due => "due is not null",
            _ => "1",
        };
        let from = if after.is_some() { from } else { "(1 or ?1 or ?2)" };
        let sql = format!(
            "select id, due, changed, number, green, blue, yellow, red from matter
             where {beginning} and {from} order by {sorted} limit ?3"
        );
        let mut find = self.db.prepare_cached(&sql)?;
        let id = after.map_or(0, |after| after.id);
        let rows = match (order, after) {
            (RowOrder::Due, after) => {
                find.query_map(params![after.and_then(|after| after.due_ms), id, most], read_sorted)?
            }
            (RowOrder::Changed, after) => {
                find.query_map(params![after.map(|after| after.changed_ms), id, most], read_sorted)?
            }
            (RowOrder::Number, after) => {
                find.query_map(params![after.map(|after| &after.number), id, most], read_sorted)?
            }
        };
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The title of a matter.
    ///
    /// # Errors
    /// As above.
    pub fn title(&self, id: u64) -> Result<Option<String>, StoreError> {
        let mut find = self.db.prepare_cached("select title from matter where id = ?1")?;
        Ok(find.query_row([id], |row| row.get(0)).optional()?)
    }

    /// The words of a matter, as they are looked for.
    ///
    /// # Errors
    /// As above.
    pub fn text(&self, id: u64) -> Result<Option<String>, StoreError> {
        let mut find = self.db.prepare_cached("select text from words where matter = ?1")?;
        Ok(find.query_row([id], |row| row.get(0)).optional()?)
    }

    /// How many matters of each status lie within a place and have a term that begins so, by term.
    ///
    /// # Errors
    /// As above.
    pub fn tallies(&self, area: &str, prefix: &str) -> Result<Vec<Tally>, StoreError> {
        // U+10FFFF comes after every character that a term has.
        let sql = "select t.id, t.text, c.status, c.n from term t join tally c on c.term = t.id
                   where t.text >= ?2 and t.text < ?2 || char(1114111)
                   and c.area = (select id from term where text = ?1)";
        let mut find = self.db.prepare_cached(sql)?;
        let rows = find.query_map([area, prefix], |row| {
            Ok(Tally { term: row.get(0)?, text: row.get(1)?, status: row.get(2)?, n: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What of a matter figures are counted by.
    ///
    /// # Errors
    /// As above.
    pub fn terms(&self, id: u64) -> Result<Option<TermsOf>, StoreError> {
        let mut find = self.db.prepare_cached("select status, due, terms from matter where id = ?1")?;
        let found = find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)));
        let Some((status, due_ms, terms)) = found.optional()? else { return Ok(None) };
        Ok(Some(TermsOf { status, due_ms, terms: parse_terms(&terms)? }))
    }

    /// Terms of the open matters that were due by an instant, so many at most, the longest overdue first.
    ///
    /// # Errors
    /// As above.
    pub fn overdue(&self, by_ms: i64, most: usize) -> Result<Vec<[Vec<i64>; 3]>, StoreError> {
        let sql = "select terms from matter where due <= ?1 and due is not null order by due limit ?2";
        let mut find = self.db.prepare_cached(sql)?;
        let mut rows = find.query(params![by_ms, most])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(parse_terms(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
        }
        Ok(found)
    }

    /// Matters after one that are not closed, in order, so many at most.
    ///
    /// # Errors
    /// As above.
    pub fn unclosed_after(&self, after: u64, most: usize) -> Result<Vec<u64>, StoreError> {
        let sql = "select matter from facet where term = (select id from term where text = ?3) and matter > ?1
                   order by matter limit ?2";
        let mut ids = self.ids(sql, params![after, most, "status:open"])?;
        ids.extend(self.ids(sql, params![after, most, "status:joined"])?);
        ids.sort_unstable();
        ids.truncate(most);
        Ok(ids)
    }

    /// How many matters there are.
    ///
    /// # Errors
    /// As above.
    pub fn matters(&self) -> Result<u64, StoreError> {
        Ok(self.term("all")?.map_or(0, |(_, n)| n))
    }
}

fn read_sorted(row: &rusqlite::Row<'_>) -> rusqlite::Result<Sorted> {
    Ok(Sorted {
        id: row.get(0)?,
        due_ms: row.get(1)?,
        changed_ms: row.get(2)?,
        number: row.get(3)?,
        lamp_from_ms: [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
    })
}

/// The column of a lamp, and what is after every instant of it that is worse.
fn lamp_columns(lamp: Lamp) -> (&'static str, &'static str) {
    match lamp {
        Lamp::Green => ("green", "coalesce(blue, 9223372036854775807)"),
        Lamp::Blue => ("blue", "coalesce(yellow, 9223372036854775807)"),
        Lamp::Yellow => ("yellow", "coalesce(red, 9223372036854775807)"),
        Lamp::Red => ("red", "9223372036854775807"),
    }
}

pub(super) fn parse_terms(text: &str) -> Result<[Vec<i64>; 3], StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("terms in the index: {error}")))
}
