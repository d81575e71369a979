//! The whole ledger added up anew: every balance from its transfers, every unit to zero (I6).
//!
//! Reads page by page, so that a host that runs meanwhile is not held up; the last page and the
//! balances are read as of one instant.

use std::collections::{BTreeMap, HashMap};

use rusqlite::params;

use super::super::{Reader, StoreError};

const PAGE_ROWS: usize = 10_000;

/// An account as it stands, and what it counts in.
struct Account {
    id: i64,
    name: String,
    unit: String,
    may_overdraw: bool,
    balance: i64,
}

impl Reader<'_> {
    /// Recomputes all balances from the transfers. Gives what does not fit, empty for a sound ledger.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn check_ledger(&self) -> Result<Vec<String>, StoreError> {
        let mut problems = Vec::new();
        let mut sums: HashMap<i64, i128> = HashMap::new();
        let mut pairs: HashMap<(i64, i64), u64> = HashMap::new();
        let mut last = 0;
        let accounts = loop {
            let _snapshot = self.snapshot()?;
            let rows = self.read_page(&mut last, &mut sums, &mut pairs, &mut problems)?;
            if rows < PAGE_ROWS {
                break self.all_accounts()?;
            }
        };
        check_pairs(&accounts, &pairs, &mut problems);
        check_balances(&accounts, &sums, &mut problems);
        Ok(problems)
    }

    fn read_page(
        &self,
        last: &mut u64,
        sums: &mut HashMap<i64, i128>,
        pairs: &mut HashMap<(i64, i64), u64>,
        problems: &mut Vec<String>,
    ) -> Result<usize, StoreError> {
        let sql = "select t.id, t.debit, t.credit, t.amount, t.reverses is null or ifnull(r.desk = t.desk
                   and r.debit = t.credit and r.credit = t.debit and r.amount = t.amount and r.reverses is null, 0)
                   from transfer t left join transfer r on r.id = t.reverses
                   where t.id > ?1 order by t.id limit ?2";
        let mut page = self.db().prepare_cached(sql)?;
        let mut rows = page.query(params![*last, PAGE_ROWS])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            *last = row.get(0)?;
            let (debit, credit, amount): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            if amount < 1 {
                problems.push(format!("transfer {last} moves {amount}"));
            }
            if !row.get::<_, bool>(4)? {
                problems.push(format!("transfer {last} reverses another and is not its mirror"));
            }
            *sums.entry(debit).or_default() -= i128::from(amount);
            *sums.entry(credit).or_default() += i128::from(amount);
            pairs.entry((debit, credit)).or_insert(*last);
        }
        Ok(count)
    }

    fn all_accounts(&self) -> Result<Vec<Account>, StoreError> {
        let sql = "select a.id, d.text, c.text, a.key, a.part, u.text, a.overdraw, a.balance from account a
                   join name d on d.id = a.desk join name c on c.id = a.class join name u on u.id = a.unit
                   order by d.text, c.text, a.key, a.part";
        let mut all = self.db().prepare_cached(sql)?;
        let rows = all.query_map([], |row| {
            let text = |at: usize| row.get::<_, std::sync::Arc<str>>(at);
            let name = crate::ledger::AccountName { desk: text(1)?, class: text(2)?, of: text(3)?, part: text(4)? };
            Ok(Account {
                id: row.get(0)?,
                name: name.to_string(),
                unit: row.get(5)?,
                may_overdraw: row.get(6)?,
                balance: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Transfers between accounts that are not there, or of two units. One of each sort is named.
fn check_pairs(accounts: &[Account], pairs: &HashMap<(i64, i64), u64>, problems: &mut Vec<String>) {
    let units: HashMap<i64, &str> = accounts.iter().map(|account| (account.id, account.unit.as_str())).collect();
    let mut found = Vec::new();
    for ((debit, credit), transfer) in pairs {
        match (units.get(debit), units.get(credit)) {
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => {
                found.push((*transfer, format!("transfer {transfer} moves {one} to an account in {other}")));
            }
            _ => found.push((*transfer, format!("transfer {transfer} names an account that is not there"))),
        }
    }
    found.sort();
    problems.extend(found.into_iter().map(|(_, text)| text));
}

fn check_balances(accounts: &[Account], sums: &HashMap<i64, i128>, problems: &mut Vec<String>) {
    let mut of_units: BTreeMap<&str, i128> = BTreeMap::new();
    for Account { id, name, unit, may_overdraw, balance } in accounts {
        let sum = sums.get(id).copied().unwrap_or(0);
        if i128::from(*balance) != sum {
            problems.push(format!("account {name} holds {balance}, and its transfers give {sum}"));
        }
        if *balance < 0 && !may_overdraw {
            problems.push(format!("account {name} holds {balance} and may not be overdrawn"));
        }
        *of_units.entry(unit).or_default() += i128::from(*balance);
    }
    let uneven = of_units.into_iter().filter(|(_, sum)| *sum != 0);
    problems.extend(uneven.map(|(unit, sum)| format!("all accounts in {unit} add up to {sum}, not to 0")));
}
