//! The ledger: accounts, and transfers between them.
//!
//! Pure. Knows no store, desk or person: it is given balances and transfers and says whether they
//! fit. Always holds (I6): what one account gives another gets, in one unit; an account that may not
//! be overdrawn never falls below zero; a transfer is undone once, by its mirror.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

/// Name of an account, the same for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName {
    /// The desk whose class it is of.
    pub desk: Arc<str>,
    /// The class.
    pub class: Arc<str>,
    /// What it is of, as text with its sort: `place:daguan/linghu`; empty for nothing.
    pub of: Arc<str>,
    /// Which of several; empty where the class has no parts.
    pub part: Arc<str>,
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let AccountName { desk, class, of, part } = self;
        write!(f, "{desk}/{class}")?;
        match (&**of, &**part) {
            ("", "") => Ok(()),
            ("", one) | (one, "") => write!(f, "({one})"),
            (of, part) => write!(f, "({of}, {part})"),
        }
    }
}

/// What is on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it counts in.
    pub unit: Arc<str>,
    /// Whether it may fall below zero.
    pub may_overdraw: bool,
    /// Credits less debits.
    pub balance: i64,
}

/// A transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The desk that books it.
    pub desk: Arc<str>,
    /// Unique among that desk's.
    pub key: Arc<str>,
    /// The account that gives.
    pub debit: AccountName,
    /// The account that gets.
    pub credit: AccountName,
    /// How much, at least 1.
    pub amount: i64,
    /// The day it belongs to.
    pub date: Date,
    /// What it is for.
    pub memo: Option<Arc<str>>,
    /// Key of the transfer of the same desk that it undoes.
    pub reverses: Option<Arc<str>>,
}

/// Why a transfer is not booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotBooked {
    /// The desk's mistake: its step fails.
    Wrong(String),
    /// There is not enough on the account: whoever acts must mend it.
    Overdrawn {
        /// What is on it.
        balance: i64,
        /// What it counts in.
        unit: Arc<str>,
    },
}

/// Balances as they are found and left. Accounts are put in before they are booked on.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    accounts: BTreeMap<AccountName, Held>,
}

impl Ledger {
    /// What is on an account that was put in.
    pub fn get(&self, name: &AccountName) -> Option<&Held> {
        self.accounts.get(name)
    }

    /// Puts an account in, as it is.
    pub fn put(&mut self, name: AccountName, held: Held) {
        self.accounts.insert(name, held);
    }

    /// The accounts that were put in.
    pub fn into_accounts(self) -> impl Iterator<Item = (AccountName, Held)> {
        self.accounts.into_iter()
    }

    /// Moves the amount of a transfer.
    ///
    /// # Errors
    /// When it does not fit; nothing has moved then.
    pub fn book(&mut self, entry: &Entry) -> Result<(), NotBooked> {
        let key = &entry.key;
        let wrong = |text: String| Err(NotBooked::Wrong(text));
        if entry.amount < 1 {
            return wrong(format!("transfer {key:?} moves {}, not at least 1", entry.amount));
        }
        if entry.debit == entry.credit {
            return wrong(format!("transfer {key:?} goes from {} to itself", entry.debit));
        }
        let (Some(debit), Some(credit)) = (self.get(&entry.debit), self.get(&entry.credit)) else {
            return wrong(format!("transfer {key:?} names an account that is not there"));
        };
        if debit.unit != credit.unit {
            return wrong(format!("transfer {key:?} moves {} to an account in {}", debit.unit, credit.unit));
        }
        let left = debit.balance.checked_sub(entry.amount);
        let got = credit.balance.checked_add(entry.amount);
        if !debit.may_overdraw && left.is_none_or(|left| left < 0) {
            return Err(NotBooked::Overdrawn { balance: debit.balance, unit: Arc::clone(&debit.unit) });
        }
        let (Some(left), Some(got)) = (left, got) else {
            return wrong(format!("transfer {key:?} of {} would leave the range of whole numbers", entry.amount));
        };
        for (name, balance) in [(&entry.debit, left), (&entry.credit, got)] {
            self.accounts.get_mut(name).expect("both were found above").balance = balance;
        }
        Ok(())
    }
}

/// Checks that a transfer undoes another: its mirror, which nothing has undone and which itself
/// undoes nothing.
///
/// # Errors
/// [`NotBooked::Wrong`] with what is amiss.
pub fn check_reversal(entry: &Entry, undone: Option<&Entry>, is_undone: bool) -> Result<(), NotBooked> {
    let name = entry.reverses.as_deref().unwrap_or_default();
    let wrong = |text: String| Err(NotBooked::Wrong(text));
    let Some(undone) = undone else { return wrong(format!("there is no transfer {name:?} to reverse")) };
    if undone.reverses.is_some() {
        return wrong(format!("transfer {name:?} is itself a reversal, which stands"));
    }
    if is_undone {
        return wrong(format!("transfer {name:?} has been reversed before"));
    }
    let is_mirror = undone.debit == entry.credit && undone.credit == entry.debit && undone.amount == entry.amount;
    if is_mirror { Ok(()) } else { wrong(format!("transfer {:?} does not mirror {name:?}", entry.key)) }
}

/// An account before and after some transfers.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Its name.
    pub name: AccountName,
    /// What was on it.
    pub before: i64,
    /// What is on it.
    pub after: i64,
}

/// Whether accounts have moved by exactly what the transfers say: looked at once more before it is
/// written, by other arithmetic than [`Ledger::book`].
///
/// # Errors
/// Which account has not.
pub fn check_moved<'e>(moved: &[Moved], entries: impl Iterator<Item = &'e Entry>) -> Result<(), String> {
    let mut sums: BTreeMap<&AccountName, i128> = BTreeMap::new();
    for entry in entries {
        *sums.entry(&entry.debit).or_default() -= i128::from(entry.amount);
        *sums.entry(&entry.credit).or_default() += i128::from(entry.amount);
    }
    for Moved { name, before, after } in moved {
        let sum = sums.remove(name).unwrap_or(0);
        if i128::from(*after) - i128::from(*before) != sum {
            return Err(format!("I6: account {name} went from {before} to {after}, and its transfers give {sum}"));
        }
    }
    match sums.into_iter().find(|(_, sum)| *sum != 0) {
        Some((name, sum)) => Err(format!("I6: account {name} did not move, and its transfers give {sum}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
