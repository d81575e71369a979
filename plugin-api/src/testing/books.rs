//! The double's ledger: what the desk under test has booked, and the answers about it.
//!
//! The host's rules in memory: one content a key, an account below zero only where its class may,
//! a mirror once. Accounts are named as the desk names them, those of other desks too.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Double;
use crate::ledger::{
    Account, AccountFilter, After, Balance, Booked, Days, Total, TotalsBy, Transfer, account_words, check_transfer,
    is_reporter, overdrawn,
};
use crate::{Manifest, Objection, Of, PlaceId, Title};

use super::double::PAGE_ROWS_MAX;

/// Desk of what was there before the case began.
const BEFORE: &str = "before";

/// Everything booked so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Books {
    booked: Vec<Booked>,
}

/// Why a transfer is not booked.
pub(super) enum NotBooked {
    /// The contract does not allow it.
    Wrong(String),
    /// A person must mend it.
    Refused(Objection),
}

impl Books {
    /// Everything booked, in order.
    pub fn booked(&self) -> &[Booked] {
        &self.booked
    }

    /// What is on an account.
    pub fn balance(&self, account: &Account) -> i64 {
        let sum = |of: &dyn Fn(&Booked) -> &Account| -> i128 {
            self.booked.iter().filter(|booked| of(booked) == account).map(|booked| i128::from(booked.amount)).sum()
        };
        let balance = sum(&|booked| &booked.credit) - sum(&|booked| &booked.debit);
        i64::try_from(balance).expect("a transfer that leaves the integers is not booked")
    }

    /// Puts an amount on an account, as if it had been booked before.
    pub(super) fn put(&mut self, account: Account, amount: i64, double_now: (Timestamp, jiff::civil::Date)) {
        let (at, date) = double_now;
        let other = Account::new(BEFORE);
        let (debit, credit) = if amount < 0 { (account, other) } else { (other, account) };
        let key = format!("{BEFORE}-{}", self.booked.len() + 1);
        let amount = i64::try_from(amount.unsigned_abs()).unwrap_or(i64::MAX);
        if amount != 0 {
            let transfer = Transfer::new(key, amount, date, debit, credit);
            self.add(BEFORE, transfer, at);
        }
    }

    fn add(&mut self, desk: &str, transfer: Transfer, at: Timestamp) {
        let Transfer { key, debit, credit, amount, date, memo, reverses } = transfer;
        if let Some(undone) = &reverses
            && let Some(at) = self.find(desk, undone)
        {
            self.booked[at].reversed_by = Some(key.clone());
        }
        let (id, desk) = (self.booked.len() as u64 + 1, desk.to_owned());
        self.booked.push(Booked { id, desk, key, debit, credit, amount, date, at, memo, reverses, reversed_by: None });
    }

    fn find(&self, desk: &str, key: &str) -> Option<usize> {
        self.booked.iter().position(|booked| booked.desk == desk && booked.key == key)
    }

    pub(super) fn find_key(&self, desk: &str, key: &str) -> Option<&Booked> {
        self.find(desk, key).map(|at| &self.booked[at])
    }

    fn accounts(&self, filter: &AccountFilter) -> Vec<&Account> {
        let both = self.booked.iter().flat_map(|booked| [&booked.debit, &booked.credit]);
        let mut accounts: Vec<&Account> = both.filter(|account| fits(account, filter)).collect();
        accounts.sort_by_key(|account| sort_key(account));
        accounts.dedup();
        accounts
    }

    pub(super) fn balances(&self, filter: &AccountFilter, after: Option<&Account>) -> Vec<Balance> {
        let accounts = self.accounts(filter).into_iter();
        let later = accounts.filter(|account| after.is_none_or(|after| sort_key(after) < sort_key(account)));
        let page = later.take(PAGE_ROWS_MAX);
        page.map(|account| Balance { account: account.clone(), balance: self.balance(account) }).collect()
    }

    pub(super) fn transfers(&self, filter: &AccountFilter, days: Days, after: Option<After>) -> Vec<&Booked> {
        let is_meant = |booked: &&Booked| {
            (fits(&booked.debit, filter) || fits(&booked.credit, filter))
                && within(booked, days)
                && after.is_none_or(|after| after < booked.after())
        };
        let mut found: Vec<&Booked> = self.booked.iter().filter(is_meant).collect();
        found.sort_by_key(|booked| booked.after());
        found.truncate(PAGE_ROWS_MAX);
        found
    }
}

fn fits(account: &Account, filter: &AccountFilter) -> bool {
    let is_within = |place: &PlaceId| matches!(&account.of, Of::Place(of) if place.covers(of));
    account.class == filter.class
        && filter.of.as_ref().is_none_or(|of| account.of == *of)
        && filter.within.as_ref().is_none_or(is_within)
        && filter.part.as_ref().is_none_or(|part| account.part.as_ref().is_some_and(|given| given.starts_with(part)))
}

fn sort_key(account: &Account) -> (String, String) {
    (account.of.to_string(), account.part.clone().unwrap_or_default())
}

fn within(booked: &Booked, days: Days) -> bool {
    days.from.is_none_or(|from| from <= booked.date) && days.to.is_none_or(|to| booked.date <= to)
}

impl Double {
    /// Why the host would not book a transfer.
    pub(super) fn check_booking(&self, transfer: &Transfer, manifest: &Manifest) -> Result<(), NotBooked> {
        check_transfer(manifest, transfer, self.today()).map_err(NotBooked::Wrong)?;
        let key = &transfer.key;
        if let Some(known) = self.books.find_key(&self.desk, key) {
            let text = format!("key {key:?} was used for another transfer");
            return if is_same(known, transfer) { Ok(()) } else { Err(NotBooked::Wrong(text)) };
        }
        if let Some(undone) = &transfer.reverses {
            self.check_reversal(undone, transfer).map_err(NotBooked::Wrong)?;
        }
        for account in [&transfer.debit, &transfer.credit] {
            self.check_of(account).map_err(NotBooked::Wrong)?;
        }
        let (debit, credit) = (self.books.balance(&transfer.debit), self.books.balance(&transfer.credit));
        let left = debit.checked_sub(transfer.amount).zip(credit.checked_add(transfer.amount));
        let (left, _) = left.ok_or_else(|| NotBooked::Wrong(format!("transfer {key:?} leaves the integers")))?;
        // Of another desk's classes nothing is known here.
        let is_held = manifest.account(&transfer.debit.class).is_some_and(|spec| !spec.may_overdraw);
        if is_held && left < 0 {
            let class = manifest.class(&transfer.debit.class).expect("the transfer was checked");
            let of = self.of_words(&transfer.debit.of);
            let account = account_words(class.title, of.as_ref(), transfer.debit.part.as_deref());
            return Err(NotBooked::Refused(overdrawn(&account, class.unit, debit, transfer.amount)));
        }
        Ok(())
    }

    /// What a new account is of must be there.
    fn check_of(&self, account: &Account) -> Result<(), String> {
        let is_there = match &account.of {
            Of::Nothing | Of::Text(_) => true,
            Of::Place(id) => self.places.iter().any(|place| place.id == *id),
            Of::Unit(id) => self.units.iter().any(|unit| unit.id == *id),
            Of::Person(id) => self.people.iter().any(|(_, person)| person.id == *id) || is_reporter(id.as_str()),
        };
        if is_there || self.books.accounts(&AccountFilter::of_class(&account.class)).contains(&account) {
            return Ok(());
        }
        Err(format!("an account of {}, which the district does not have", account.of))
    }

    fn check_reversal(&self, undone: &str, transfer: &Transfer) -> Result<(), String> {
        let Some(known) = self.books.find_key(&self.desk, undone) else {
            return Err(format!("there is no transfer {undone:?} to reverse"));
        };
        if known.reverses.is_some() {
            return Err(format!("transfer {undone:?} is itself a reversal"));
        }
        if let Some(by) = &known.reversed_by {
            return Err(format!("transfer {undone:?} was reversed by {by:?}"));
        }
        let is_mirror =
            known.debit == transfer.credit && known.credit == transfer.debit && known.amount == transfer.amount;
        if is_mirror { Ok(()) } else { Err(format!("transfer {:?} does not mirror {undone:?}", transfer.key)) }
    }

    /// Books an allowed transfer; the same again does nothing.
    pub(super) fn book(&mut self, transfer: &Transfer) {
        if self.books.find_key(&self.desk, &transfer.key).is_none() {
            let (desk, now) = (self.desk.clone(), self.now);
            self.books.add(&desk, transfer.clone(), now);
        }
    }

    pub(super) fn totals(&self, filter: &AccountFilter, days: Days, by: &TotalsBy) -> Vec<Total> {
        let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        if *by == TotalsBy::All {
            sums.insert(String::new(), (0, 0));
        }
        for booked in self.books.booked.iter().filter(|booked| within(booked, days)) {
            if fits(&booked.debit, filter) {
                sums.entry(self.total_key(booked, &booked.debit, by)).or_default().0 += booked.amount;
            }
            if fits(&booked.credit, filter) {
                sums.entry(self.total_key(booked, &booked.credit, by)).or_default().1 += booked.amount;
            }
        }
        sums.into_iter().map(|(key, (debit, credit))| Total { key, debit, credit }).collect()
    }

    fn total_key(&self, booked: &Booked, account: &Account, by: &TotalsBy) -> String {
        match (by, &account.of) {
            (TotalsBy::All, _) => String::new(),
            (TotalsBy::Month, _) => booked.date.strftime("%Y-%m").to_string(),
            (TotalsBy::Place(level), Of::Place(place)) => self.place_at_level(place, level),
            (TotalsBy::Place(_), _) => String::new(),
            (TotalsBy::Of, of) => of.id().to_owned(),
            (TotalsBy::Part, _) => account.part.clone().unwrap_or_default(),
        }
    }

    fn of_words(&self, of: &Of) -> Option<Title> {
        let plain = |id: &str| Title::new(id, id);
        match of {
            Of::Nothing => None,
            Of::Place(id) => {
                let place = self.places.iter().find(|place| place.id == *id);
                Some(place.map_or_else(|| plain(id.as_str()), |place| place.title.clone()))
            }
            Of::Person(id) => {
                let person = self.people.iter().find(|(_, person)| person.id == *id);
                Some(person.map_or_else(|| plain(id.as_str()), |(_, person)| plain(&person.name)))
            }
            Of::Unit(id) => {
                let unit = self.units.iter().find(|unit| unit.id == *id);
                Some(unit.map_or_else(|| plain(id.as_str()), |unit| unit.title.clone()))
            }
            Of::Text(text) => Some(plain(text)),
        }
    }
}

fn is_same(known: &Booked, transfer: &Transfer) -> bool {
    known.debit == transfer.debit
        && known.credit == transfer.credit
        && known.amount == transfer.amount
        && known.date == transfer.date
        && known.memo == transfer.memo
        && known.reverses == transfer.reverses
}
