//! Transfers read back in the order they were booked, as the journal sealed them.
//!
//! Trusts nothing it reads: what does not even read back is handed on as that. Each page is a read of
//! its own: what is booked stands, so nothing is missed between two.

use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::{Row, params};

use super::super::rows::TransferRow;
use super::super::{Reader, StoreError};
use super::{Entry, read_name};
use crate::limits::PAGE_MAX;

/// A transfer, and the row of the journal that it says it is sealed with.
#[derive(Clone, Debug)]
pub struct Booked {
    /// Its number.
    pub id: u64,
    /// That row.
    pub row: u64,
    /// As it was sealed; or why it does not read back.
    pub transfer: Result<TransferRow, String>,
}

/// All transfers, one after the other.
#[derive(Debug)]
pub struct Bookings<'r> {
    reader: Reader<'r>,
    page: VecDeque<Booked>,
    last: u64,
    is_end: bool,
}

const BOOKED_SQL: &str = "select t.id, cast(t.row as integer), d.text, t.key, gd.text, gc.text, g.key, g.part,
    rd.text, rc.text, r.key, r.part, t.amount, t.date, t.at, t.memo, u.key, gu.text, t.input
    from transfer t left join name d on d.id = t.desk
    left join account g on g.id = t.debit left join name gd on gd.id = g.desk left join name gc on gc.id = g.class
    left join name gu on gu.id = g.unit
    left join account r on r.id = t.credit left join name rd on rd.id = r.desk left join name rc on rc.id = r.class
    left join transfer u on u.id = t.reverses where t.id > ?1 order by t.id limit ?2";

impl<'r> Bookings<'r> {
    /// Begins with the first one.
    pub fn new(reader: Reader<'r>) -> Bookings<'r> {
        Bookings { reader, page: VecDeque::new(), last: 0, is_end: false }
    }

    /// The next one, unless it belongs to a later row.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn next_up_to(&mut self, row: u64) -> Result<Option<Booked>, StoreError> {
        if self.page.is_empty() && !self.is_end {
            self.read()?;
        }
        let is_due = self.page.front().is_some_and(|booked| booked.row <= row);
        Ok(if is_due { self.page.pop_front() } else { None })
    }

    fn read(&mut self) -> Result<(), StoreError> {
        let mut find = self.reader.db().prepare_cached(BOOKED_SQL)?;
        let mut rows = find.query(params![self.last, PAGE_MAX])?;
        while let Some(row) = rows.next()? {
            let (id, sealed): (u64, u64) = (row.get(0)?, row.get::<_, i64>(1)?.max(0).cast_unsigned());
            let transfer = read_transfer(row, sealed).map_err(|error| error.to_string());
            self.page.push_back(Booked { id, row: sealed, transfer });
            self.last = id;
        }
        // Whoever looks on, after the end, may find what was booked meanwhile.
        self.is_end = self.page.is_empty();
        Ok(())
    }
}

fn read_transfer(row: &Row<'_>, sealed: u64) -> rusqlite::Result<TransferRow> {
    let date: String = row.get(13)?;
    let date = date.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(13, rusqlite::types::Type::Text, error.into())
    })?;
    let memo: Option<Arc<str>> = row.get(15)?;
    let entry = Entry {
        desk: row.get(2)?,
        key: row.get(3)?,
        debit: read_name(row, 4)?,
        credit: read_name(row, 8)?,
        amount: row.get(12)?,
        date,
        memo,
        reverses: row.get(16)?,
    };
    Ok(TransferRow {
        entry: Arc::new(entry),
        unit: row.get(17)?,
        input: row.get(18)?,
        at_ms: row.get(14)?,
        row: sealed,
    })
}
