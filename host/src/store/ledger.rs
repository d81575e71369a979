//! Accounts and transfers as rows: written once a batch, read by account and day.
//!
//! Knows no rules: what may be booked is decided before. Always holds (I6): an account moves by
//! exactly what its transfers say, which is looked at once more before anything is written; a
//! transfer is only ever added, and the triggers of the schema hold it too.

mod check;
mod booked;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use plugin_api::ledger::{After, Days};
use rusqlite::{OptionalExtension, Row, params};

use super::records::end_or_none;
use super::rows::{TransferRow, WriteSet};
use super::{Reader, Store, StoreError};
use crate::ledger::{AccountName, Entry, Held, Moved, check_moved};
use crate::limits::{AMOUNTS_MAX, PAGE_MAX};

pub use booked::{Booked, Bookings};

/// Which accounts of a class are meant.
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// What they are of: from this text on, and before that one.
    pub of: (String, Option<String>),
    /// What their part begins with.
    pub part: String,
}

/// An account as stored.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// Number of its row.
    pub id: i64,
    /// What it is of, as text.
    pub of: String,
    /// Its part.
    pub part: String,
    /// What is on it.
    pub balance: i64,
}

/// A transfer as stored.
#[derive(Clone, Debug)]
pub struct StoredTransfer {
    /// Its number.
    pub id: u64,
    /// What was booked.
    pub entry: Entry,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Key of the transfer that undid it.
    pub reversed_by: Option<String>,
}

/// One amount of an account.
#[derive(Clone, Debug)]
pub struct StoredAmount {
    /// The day it belongs to, `2026-03-02`.
    pub date: String,
    /// Number of its transfer.
    pub id: u64,
    /// How much.
    pub amount: i64,
}

/// What an account is in a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It gives.
    Debit,
    /// It gets.
    Credit,
}

/// Before and after all days there are, in the order of texts.
const OPEN_DAYS: (&str, &str) = ("0", "A");

const TRANSFER_SQL: &str =
    "select t.id, d.text, t.key, gd.text, gc.text, g.key, g.part, rd.text, rc.text, r.key, r.part,
    t.amount, t.date, t.at, t.memo, u.key, b.key
    from transfer t join name d on d.id = t.desk
    join account g on g.id = t.debit join name gd on gd.id = g.desk join name gc on gc.id = g.class
    join account r on r.id = t.credit join name rd on rd.id = r.desk join name rc on rc.id = r.class
    left join transfer u on u.id = t.reverses left join transfer b on b.reverses = t.id";

impl Store {
    /// Writes accounts and transfers of a set; nothing where there are none.
    pub(super) fn write_ledger(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        if set.accounts.is_empty() && set.transfers.is_empty() {
            return Ok(());
        }
        let moved: Vec<Moved> = set
            .accounts
            .iter()
            .map(|row| Moved { name: row.name.clone(), before: row.before, after: row.held.balance })
            .collect();
        check_moved(&moved, set.transfers.iter().map(|row| &*row.entry)).map_err(StoreError::Damaged)?;
        let ids = self.write_accounts(set)?;
        self.write_transfers(set, &ids)
    }

    fn write_accounts<'s>(&mut self, set: &'s WriteSet) -> Result<HashMap<&'s AccountName, i64>, StoreError> {
        let Store { db, names, .. } = self;
        let mut insert = db.prepare_cached(
            "insert into account (desk, class, key, part, unit, overdraw, balance)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7) returning id",
        )?;
        // What was on it is looked at too: nobody else has written it meanwhile.
        let mut update = db.prepare_cached(
            "update account set overdraw = ?6, balance = ?7
             where desk = ?1 and class = ?2 and key = ?3 and part = ?4 and unit = ?5 and balance = ?8 returning id",
        )?;
        let mut ids = HashMap::new();
        for row in &set.accounts {
            let AccountName { desk, class, of, part } = &row.name;
            let (desk, class) = (names.id(db, desk)?, names.id(db, class)?);
            let unit = names.id(db, &row.held.unit)?;
            let Held { may_overdraw, balance, .. } = row.held;
            let id = if row.is_new {
                insert.query_row(params![desk, class, of, part, unit, may_overdraw, balance], |row| row.get(0))?
            } else {
                let values = params![desk, class, of, part, unit, may_overdraw, balance, row.before];
                let id = update.query_row(values, |row| row.get(0)).optional()?;
                id.ok_or_else(|| StoreError::Damaged(format!("account {} is not as it was read", row.name)))?
            };
            ids.insert(&row.name, id);
        }
        Ok(ids)
    }

    fn write_transfers(&mut self, set: &WriteSet, ids: &HashMap<&AccountName, i64>) -> Result<(), StoreError> {
        let Store { db, names, .. } = self;
        let mut insert = db.prepare_cached(
            "insert into transfer (desk, key, debit, credit, amount, date, input, at, memo, row, reverses)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, case when ?11 is not null then
             coalesce((select id from transfer where desk = ?1 and key = ?11), -1) end)",
        )?;
        let id_of = |name: &AccountName| {
            ids.get(name).copied().ok_or_else(|| StoreError::Damaged(format!("account {name} was not written")))
        };
        for row in &set.transfers {
            if row.row == 0 {
                return Err(StoreError::Damaged(format!("I4: no row seals transfer {:?}", row.entry.key)));
            }
            let Entry { desk, key, debit, credit, amount, date, memo, reverses } = &*row.entry;
            let desk = names.id(db, desk)?;
            let (debit, credit) = (id_of(debit)?, id_of(credit)?);
            let date = date.to_string();
            let TransferRow { input, at_ms, row, .. } = row;
            insert.execute(params![desk, key, debit, credit, amount, date, input, at_ms, memo, row, reverses])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// What is on an account, if anything was ever booked on it.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn held(&self, name: &AccountName) -> Result<Option<Held>, StoreError> {
        let AccountName { desk, class, of, part } = name;
        let sql = "select u.text, a.overdraw, a.balance from account a join name u on u.id = a.unit
                   where a.desk = (select id from name where text = ?1)
                   and a.class = (select id from name where text = ?2) and a.key = ?3 and a.part = ?4";
        let mut find = self.db().prepare_cached(sql)?;
        let found = find.query_row(params![desk, class, of, part], |row| {
            Ok(Held { unit: row.get(0)?, may_overdraw: row.get(1)?, balance: row.get(2)? })
        });
        Ok(found.optional()?)
    }

    /// The transfer that a desk booked under a key.
    ///
    /// # Errors
    /// As above.
    pub fn transfer(&self, desk: &str, key: &str) -> Result<Option<StoredTransfer>, StoreError> {
        let sql = format!("{TRANSFER_SQL} where t.desk = (select id from name where text = ?1) and t.key = ?2");
        let mut find = self.db().prepare_cached(&sql)?;
        Ok(find.query_row([desk, key], read_transfer).optional()?)
    }

    /// Accounts of a class, in the order of what they are of and their parts, at most [`PAGE_MAX`],
    /// those at or after `from`.
    ///
    /// # Errors
    /// As above.
    pub fn accounts(
        &self,
        (desk, class): (&str, &str),
        span: &Span,
        from: (&str, &str),
    ) -> Result<Vec<StoredAccount>, StoreError> {
        let sql = "select id, key, part, balance from account
                   where desk = (select id from name where text = ?1)
                   and class = (select id from name where text = ?2)
                   and key >= ?3 and key < ?4 and substr(part, 1, length(?5)) = ?5
                   and (key, part) >= (?6, ?7) order by key, part limit ?8";
        let mut find = self.db().prepare_cached(sql)?;
        let (of_from, of_to) = &span.of;
        let of_to = end_or_none(of_to.clone());
        let values = params![desk, class, of_from, of_to, span.part, from.0, from.1, PAGE_MAX];
        let rows = find.query_map(values, |row| {
            Ok(StoredAccount { id: row.get(0)?, of: row.get(1)?, part: row.get(2)?, balance: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Transfers to or from an account in the order of their days, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// As above.
    pub fn transfers_of(
        &self,
        account: i64,
        days: Days,
        after: Option<After>,
    ) -> Result<Vec<StoredTransfer>, StoreError> {
        // Each side is read along its index, as far as the page may need it.
        let side = |column: &str| {
            format!(
                "select id from (select id from transfer where {column} = ?1 and date >= ?2 and date <= ?3
                 and (date, id) > (?4, ?5) order by date, id limit ?6)"
            )
        };
        let sql = format!(
            "{TRANSFER_SQL} where t.id in ({} union all {}) order by t.date, t.id limit ?6",
            side("debit"),
            side("credit")
        );
        let mut find = self.db().prepare_cached(&sql)?;
        let (from, to) = days_as_text(days);
        let (date, id) = after.map_or((String::new(), 0), |after| (after.date.to_string(), after.id));
        let from = if from < date { &date } else { &from };
        let rows = find.query_map(params![account, from, to, date, id, PAGE_MAX], read_transfer)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Amounts that an account gave or got in the order of their days, at most [`AMOUNTS_MAX`], those
    /// after a day and number.
    ///
    /// # Errors
    /// As above.
    pub fn amounts_of(
        &self,
        account: i64,
        side: Side,
        days: Days,
        after: &(String, u64),
    ) -> Result<Vec<StoredAmount>, StoreError> {
        let column = match side {
            Side::Debit => "debit",
            Side::Credit => "credit",
        };
        let sql = format!(
            "select date, id, amount from transfer where {column} = ?1 and date >= ?2 and date <= ?3
             and (date, id) > (?4, ?5) order by date, id limit ?6"
        );
        let mut find = self.db().prepare_cached(&sql)?;
        let (from, to) = days_as_text(days);
        // The later of the two beginnings, so that the index is entered there.
        let from = if from < after.0 { &after.0 } else { &from };
        let rows = find.query_map(params![account, from, to, after.0, after.1, AMOUNTS_MAX], |row| {
            Ok(StoredAmount { date: row.get(0)?, id: row.get(1)?, amount: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn days_as_text(days: Days) -> (String, String) {
    let text = |day: Option<Date>, open: &str| day.map_or_else(|| open.to_owned(), |day| day.to_string());
    (text(days.from, OPEN_DAYS.0), text(days.to, OPEN_DAYS.1))
}

fn read_transfer(row: &Row<'_>) -> rusqlite::Result<StoredTransfer> {
    let date: String = row.get(12)?;
    let date = date.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(12, rusqlite::types::Type::Text, error.into())
    })?;
    let memo: Option<Arc<str>> = row.get(14)?;
    let entry = Entry {
        desk: row.get(1)?,
        key: row.get(2)?,
        debit: read_name(row, 3)?,
        credit: read_name(row, 7)?,
        amount: row.get(11)?,
        date,
        memo,
        reverses: row.get(15)?,
    };
    Ok(StoredTransfer { id: row.get(0)?, entry, at_ms: row.get(13)?, reversed_by: row.get(16)? })
}

fn read_name(row: &Row<'_>, first: usize) -> rusqlite::Result<AccountName> {
    Ok(AccountName {
        desk: row.get(first)?,
        class: row.get(first + 1)?,
        of: row.get(first + 2)?,
        part: row.get(first + 3)?,
    })
}
