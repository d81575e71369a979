//! The whole ledger added up anew: every balance from its transfers, every unit to zero (I6).
//!
//! Reads page by page, so that a host that runs meanwhile is not held up. Always holds: a page of
//! accounts is held against all transfers there are at that very instant, which are caught up with
//! first in the same read.

use std::collections::{BTreeMap, HashMap};

use rusqlite::params;

use super::super::{Reader, StoreError};
use crate::ledger::AccountName;
use crate::limits::LEDGER_ROWS_MAX;

/// An account as it stands, and what it counts in.
struct Account {
    id: i64,
    name: AccountName,
    unit: String,
    may_overdraw: bool,
    balance: i64,
}

/// What was added up so far.
#[derive(Default)]
struct Sums {
    /// The last transfer and the last account.
    last: (u64, i64),
    /// Of each account, by its transfers.
    accounts: HashMap<i64, i128>,
    /// The first transfer between two accounts.
    pairs: HashMap<(i64, i64), u64>,
    /// What each account counts in, by the number of its unit.
    units: HashMap<i64, usize>,
    unit_names: Vec<String>,
    /// By how much the accounts of a unit hold more than their transfers give.
    more: BTreeMap<String, i128>,
    /// About transfers, in their order; about accounts, in the order of their names.
    of_transfers: Vec<String>,
    of_accounts: Vec<(AccountName, String)>,
}

impl Reader<'_> {
    /// Recomputes all balances from the transfers. Gives what does not fit, empty for a sound ledger.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn check_ledger(&self) -> Result<Vec<String>, StoreError> {
        self.check_ledger_by(LEDGER_ROWS_MAX)
    }

    fn check_ledger_by(&self, page_rows: usize) -> Result<Vec<String>, StoreError> {
        let mut sums = Sums::default();
        loop {
            let _snapshot = self.snapshot()?;
            if self.add_transfers(&mut sums, page_rows)? == page_rows {
                continue;
            }
            let accounts = self.accounts_after(sums.last.1, page_rows)?;
            let is_last = accounts.len() < page_rows;
            accounts.into_iter().for_each(|account| sums.check(account));
            if is_last {
                return Ok(sums.finish());
            }
        }
    }

    fn add_transfers(&self, sums: &mut Sums, page_rows: usize) -> Result<usize, StoreError> {
        let sql = "select t.id, t.debit, t.credit, t.amount, t.reverses is null or ifnull(r.desk = t.desk
                   and r.debit = t.credit and r.credit = t.debit and r.amount = t.amount and r.reverses is null, 0)
                   from transfer t left join transfer r on r.id = t.reverses
                   where t.id > ?1 order by t.id limit ?2";
        let mut page = self.db().prepare_cached(sql)?;
        let mut rows = page.query(params![sums.last.0, page_rows])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            let (id, debit, credit, amount): (u64, i64, i64, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            sums.last.0 = id;
            if amount < 1 {
                sums.of_transfers.push(format!("transfer {id} moves {amount}"));
            }
            if !row.get::<_, bool>(4)? {
                sums.of_transfers.push(format!("transfer {id} reverses another and is not its mirror"));
            }
            *sums.accounts.entry(debit).or_default() -= i128::from(amount);
            *sums.accounts.entry(credit).or_default() += i128::from(amount);
            sums.pairs.entry((debit, credit)).or_insert(id);
        }
        Ok(count)
    }

    fn accounts_after(&self, after: i64, page_rows: usize) -> Result<Vec<Account>, StoreError> {
        let sql = "select a.id, d.text, c.text, a.key, a.part, u.text, a.overdraw, a.balance from account a
                   join name d on d.id = a.desk join name c on c.id = a.class join name u on u.id = a.unit
                   where a.id > ?1 order by a.id limit ?2";
        let mut page = self.db().prepare_cached(sql)?;
        let rows = page.query_map(params![after, page_rows], |row| {
            let text = |at: usize| row.get::<_, std::sync::Arc<str>>(at);
            Ok(Account {
                id: row.get(0)?,
                name: AccountName { desk: text(1)?, class: text(2)?, of: text(3)?, part: text(4)? },
                unit: row.get(5)?,
                may_overdraw: row.get(6)?,
                balance: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Sums {
    /// Holds an account against its transfers, all of which are added up.
    fn check(&mut self, account: Account) {
        let Account { id, name, unit, may_overdraw, balance } = account;
        self.last.1 = id;
        let sum = self.accounts.get(&id).copied().unwrap_or(0);
        if i128::from(balance) != sum {
            self.of_accounts
                .push((name.clone(), format!("account {name} holds {balance}, and its transfers give {sum}")));
        }
        if balance < 0 && !may_overdraw {
            let text = format!("account {name} holds {balance} and may not be overdrawn");
            self.of_accounts.push((name, text));
        }
        *self.more.entry(unit.clone()).or_default() += i128::from(balance) - sum;
        let at = self.unit_names.iter().position(|known| *known == unit).unwrap_or_else(|| {
            self.unit_names.push(unit);
            self.unit_names.len() - 1
        });
        self.units.insert(id, at);
    }

    fn finish(mut self) -> Vec<String> {
        self.check_pairs();
        self.of_accounts.sort();
        // An account that was read early may have moved since; its transfers are all added up.
        for (id, sum) in &self.accounts {
            if let Some(at) = self.units.get(id) {
                *self.more.entry(self.unit_names[*at].clone()).or_default() += sum;
            }
        }
        let mut problems = self.of_transfers;
        problems.extend(self.of_accounts.into_iter().map(|(_, text)| text));
        let uneven = self.more.into_iter().filter(|(_, sum)| *sum != 0);
        problems.extend(uneven.map(|(unit, sum)| format!("all accounts in {unit} add up to {sum}, not to 0")));
        problems
    }

    /// Transfers between accounts that are not there, or of two units. One of each sort is named.
    fn check_pairs(&mut self) {
        let unit = |account: &i64| self.units.get(account).map(|at| &self.unit_names[*at]);
        let mut found = Vec::new();
        for ((debit, credit), transfer) in &self.pairs {
            match (unit(debit), unit(credit)) {
                (Some(one), Some(other)) if one == other => {}
                (Some(one), Some(other)) => {
                    found.push((*transfer, format!("transfer {transfer} moves {one} to an account in {other}")));
                }
                _ => found.push((*transfer, format!("transfer {transfer} names an account that is not there"))),
            }
        }
        found.sort();
        self.of_transfers.extend(found.into_iter().map(|(_, text)| text));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rusqlite::Connection;

    use super::super::super::schema;
    use super::Reader;

    const ACCOUNTS: i64 = 40;
    const TRANSFERS: i64 = 3_000;

    /// I6: however small its pages, what is booked while it adds up never looks like a mistake; a
    /// mistake does.
    #[test]
    fn a_ledger_that_is_booked_on_meanwhile_adds_up() {
        let folder = std::env::temp_dir().join(format!("hongling-check-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.db");
        let (writer, read) = (Connection::open(&file).unwrap(), Connection::open(&file).unwrap());
        writer.execute_batch("pragma journal_mode = wal; pragma synchronous = off").unwrap();
        schema::make(&writer).unwrap();
        writer.execute_batch("insert into name (id, text) values (1, 'till'), (2, 'CNY')").unwrap();
        let open = |id: i64| {
            let sql = "insert into account values (?1, 1, 1, 'text:' || ?1, '', 2, 1, 0)";
            writer.execute(sql, [id]).unwrap();
        };
        (1..=ACCOUNTS).for_each(open);
        let book = |db: &Connection, nth: i64| {
            let (debit, credit) = (1 + nth % ACCOUNTS, 1 + (nth + 1) % ACCOUNTS);
            let sql = format!(
                "begin immediate; update account set balance = balance - {nth} where id = {debit};
                 update account set balance = balance + {nth} where id = {credit};
                 insert into transfer (desk, key, debit, credit, amount, date, input, at, row)
                 values (1, 'K{nth}', {debit}, {credit}, {nth}, '2026-03-02', 1, 1, 1); commit"
            );
            db.execute_batch(&sql).unwrap();
        };
        let is_done = AtomicBool::new(false);
        let checks = std::thread::scope(|scope| {
            let is_done = &is_done;
            scope.spawn(move || {
                (1..=TRANSFERS).for_each(|nth| book(&writer, nth));
                is_done.store(true, Ordering::Relaxed);
            });
            let mut checks = 0;
            while !is_done.load(Ordering::Relaxed) {
                for page_rows in [3, 5, 1_000] {
                    assert_eq!(Reader::new(&read).check_ledger_by(page_rows).unwrap(), Vec::<String>::new());
                    checks += 1;
                }
            }
            checks
        });
        assert!(0 < checks);
        read.execute_batch("update account set balance = balance + 1 where id = 3").unwrap();
        for page_rows in [3, 5, 1_000] {
            let found = Reader::new(&read).check_ledger_by(page_rows).unwrap();
            assert!(found.len() == 2 && found[0].contains("text:3") && found[1].contains("add up to 1"), "{found:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
