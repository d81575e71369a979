//! Matters looked through, for a list or a count: some at a time, and never for long.
//!
//! While somebody reads, the log cannot start anew and grows with all that is written. Always holds:
//! each read ends after so many matters or so much time (I12), and each matter is seen once.

use std::collections::BTreeMap;

use plugin_api::host::MatterFilter;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Row, params_from_iter};

use super::read::{Stored, parse_head};
use super::watch::{Stopwatch, Watch};
use super::{Reader, StoreError, status_number};
use crate::limits::{PAGE_MAX, READ_MS_MAX, SCAN_MATTERS_MAX};
use crate::matter::Head;

/// Takes a matter, and says whether to go on.
type Each<'e> = &'e mut dyn FnMut(Head, &Row<'_>) -> rusqlite::Result<bool>;

impl Reader<'_> {
    /// Matters that fit a filter and that `sees` lets through, newest first.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn matters(&self, filter: &MatterFilter, sees: &dyn Fn(&Head) -> bool) -> Result<Vec<Stored>, StoreError> {
        let limit = filter.limit.unwrap_or(100).clamp(1, PAGE_MAX) as usize;
        let mut found = Vec::new();
        let words = ("join words w on w.matter = m.id", "w.body");
        self.scan(filter, words, &mut Stopwatch::default(), &mut |head, row| {
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
        self.scan(filter, ("", "null"), &mut Stopwatch::default(), &mut |head, _| {
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
        (join, column): (&str, &str),
        watch: &mut dyn Watch,
        each: Each<'_>,
    ) -> Result<(), StoreError> {
        let (conditions, values) = conditions(filter);
        let (first, end) = (values.len() + 1, values.len() + 2);
        let sql = format!(
            "select m.head, {column}, m.id from matter m {join} where {conditions} and m.id >= ?{first} and m.id < ?{end}
             order by m.id desc"
        );
        let mut find = self.db().prepare_cached(&sql)?;
        let mut end: u64 = self.db().query_row("select coalesce(max(id), 0) + 1 from matter", [], |row| row.get(0))?;
        while 0 < end {
            let mut first = end.saturating_sub(SCAN_MATTERS_MAX);
            watch.start();
            let window = [first, end].map(|id| SqlValue::Integer(id.cast_signed()));
            let mut rows = find.query(params_from_iter(values.iter().chain(&window)))?;
            while let Some(row) = rows.next()? {
                let head: Head = parse_head(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
                if fits(filter, &head) && !each(head, row)? {
                    return Ok(());
                }
                if READ_MS_MAX < watch.ms() {
                    first = row.get(2)?;
                    break;
                }
            }
            end = first;
        }
        Ok(())
    }

    /// Ranges of numbers, each after one and up to another, that hold all rows of a table.
    pub(super) fn windows(&self, table: &str, key: &str, rows: u64) -> Result<Vec<(u64, u64)>, StoreError> {
        let sql = format!("select coalesce(max({key}), 0) from {table}");
        let last: u64 = self.db().query_row(&sql, [], |row| row.get(0))?;
        let begins = (0..last).step_by(usize::try_from(rows).unwrap_or(usize::MAX));
        Ok(begins.map(|after| (after, after.saturating_add(rows).min(last))).collect())
    }

    /// How many rows a table has, by its key. Counting them all at once reads the whole table.
    pub(super) fn count_rows(&self, table: &str, key: &str) -> Result<u64, StoreError> {
        let sql = format!("select count(*) from {table} where {key} > ?1 and {key} <= ?2");
        let mut count = self.db().prepare_cached(&sql)?;
        let windows = self.windows(table, key, SCAN_MATTERS_MAX)?;
        let counts = windows.into_iter().map(|(after, to)| count.query_row([after, to], |row| row.get::<_, u64>(0)));
        Ok(counts.sum::<Result<u64, _>>()?)
    }
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

#[cfg(test)]
mod tests {
    use plugin_api::host::MatterFilter;
    use rusqlite::Connection;

    use super::super::{Reader, schema};
    use super::Watch;

    /// A clock on which every so many looks the time is up; counts the reads.
    struct Turned {
        looks: u64,
        every: u64,
        reads: u64,
    }

    impl Watch for Turned {
        fn start(&mut self) {
            self.reads += 1;
        }

        fn ms(&mut self) -> u64 {
            self.looks += 1;
            if self.looks.is_multiple_of(self.every) { u64::MAX } else { 0 }
        }
    }

    /// A read that lasts too long lets go at any matter, and the next one goes on behind it.
    #[test]
    fn a_long_read_lets_go_and_misses_nothing() {
        let db = Connection::open_in_memory().unwrap();
        schema::make(&db).unwrap();
        db.execute_batch("insert into name (id, text) values (1, 'odd')").unwrap();
        let ids: Vec<u64> = (1..=40).filter(|id| id % 7 != 0).collect();
        for id in &ids {
            let head = format!(
                r#"{{"id":{id},"number":"T{id}","kind":"odd","desk":"odd","stay":1,"stage":"odd","status":"open",
                "place":"here","opened":"2026-03-02T00:00:00Z"}}"#
            );
            db.execute("insert into matter values (?1, 1, 0, 1, 1, 0, 'here', 0, ?2, '{}')", (id, head)).unwrap();
        }
        for every in [1, 2, 3, 10, 1_000] {
            let mut watch = Turned { looks: 0, every, reads: 0 };
            let mut seen = Vec::new();
            let mut each = |head: crate::matter::Head, _: &rusqlite::Row<'_>| {
                seen.push(head.id.0);
                Ok(true)
            };
            Reader::new(&db).scan(&MatterFilter::default(), ("", "null"), &mut watch, &mut each).unwrap();
            seen.reverse();
            assert_eq!(seen, ids, "let go at every {every}th");
            assert_eq!(watch.reads, 1 + ids.len() as u64 / every);
        }
        assert_eq!(Reader::new(&db).count_rows("matter", "id").unwrap(), ids.len() as u64);
    }
}
