//! Accounts and transfers: what a desk books, and what it may ask about what is booked.
//!
//! Double entry in integers. A transfer takes an amount from one account (debit) and gives it to
//! another (credit), so that the balances of a unit (`CNY` in fen, `points`) always add up to zero
//! (invariant I6). Nothing is edited: a mistake is undone by a transfer that mirrors it. Balances
//! are the host's; what needs none is checked here, for host and test double alike.

mod check;
mod words;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::effect::Effects;
use crate::{Effect, PersonId, PlaceId, UnitId};

pub use check::{check_account, check_transfer, is_reporter};
pub use words::{account_words, amount_words, overdrawn};

/// Bytes of a transfer's key.
pub const TRANSFER_KEY_BYTES_MAX: usize = 200;
/// Bytes of what an account is of, and of its part.
pub const ACCOUNT_OF_BYTES_MAX: usize = 200;
/// Characters of a memo.
pub const MEMO_CHARS_MAX: usize = 200;
/// Years that a transfer's date may lie before the step's day.
pub const TRANSFER_YEARS_BACK_MAX: i16 = 100;
/// Years that it may lie after it.
pub const TRANSFER_YEARS_AHEAD_MAX: i16 = 10;

/// An amount moved from one account to another. Built with [`Transfer::new`], given to
/// [`Effects::transfer`].
///
/// The desk debits only accounts of classes it declares, and credits those and the classes of other
/// desks that it names under `[[credits]]`. A transfer that would take a debited account below zero,
/// where its class does not say `may-overdraw`, refuses the whole step: the person who acts is told
/// account, balance and amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// 1 to 200 bytes, unique among this desk's transfers for ever. The same key with the same
    /// content again does nothing; with other content the step fails.
    pub key: String,
    /// The account that gives.
    pub debit: Account,
    /// The account that gets; of the same unit.
    pub credit: Account,
    /// How much, in the unit's smallest part (fen): at least 1.
    pub amount: i64,
    /// The day it belongs to, which may be another than the step's: within the hundred years before
    /// and the ten after it.
    pub date: Date,
    /// What it is for, at most 200 characters. Kept for ever, so never a resident's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// Key of an earlier transfer of this desk that this one undoes: same amount, accounts swapped,
    /// once. Only here may a desk debit another's account: it takes back what it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<String>,
}

impl Transfer {
    /// A transfer of so much on a day, from one account to another.
    pub fn new(key: impl Into<String>, amount: i64, date: Date, debit: Account, credit: Account) -> Transfer {
        Transfer { key: key.into(), debit, credit, amount, date, memo: None, reverses: None }
    }

    /// The same, with a memo.
    #[must_use]
    pub fn memo(mut self, memo: impl Into<String>) -> Transfer {
        self.memo = Some(memo.into());
        self
    }

    /// What undoes a transfer of this desk, booked on another day under a key of its own.
    pub fn reversing(booked: &Booked, key: impl Into<String>, date: Date) -> Transfer {
        let Booked { debit, credit, amount, .. } = booked.clone();
        Transfer {
            key: key.into(),
            debit: credit,
            credit: debit,
            amount,
            date,
            memo: None,
            reverses: Some(booked.key.clone()),
        }
    }
}

/// One account of a class: named by what it is of, and by a part where the class has parts. It need
/// not be opened: an account that nothing was booked on has the balance 0.
///
/// ```
/// use plugin_api::ledger::Account;
/// let common = Account::new("common").of_place("daguan/linghu/huamao/xiyuan".into());
/// assert_eq!(common.to_string(), "common(place:daguan/linghu/huamao/xiyuan)");
/// let member = Account::new("member").of_person("chen".into()).part("2026/home");
/// assert_eq!(member.to_string(), "member(person:chen, 2026/home)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    /// A class of the manifest's `[[account]]` or `[[credits]]`. In answers the account of another
    /// desk has the class `desk/class`, to be shown.
    pub class: String,
    /// What it is of.
    #[serde(default, skip_serializing_if = "Of::is_nothing")]
    pub of: Of,
    /// Which of several: a year, a month and item. Given exactly where the class has `parts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

impl Account {
    /// The one account of a class that is of nothing.
    pub fn new(class: impl Into<String>) -> Account {
        Account { class: class.into(), of: Of::Nothing, part: None }
    }

    /// The account of a place.
    #[must_use]
    pub fn of_place(self, place: PlaceId) -> Account {
        self.of(Of::Place(place))
    }

    /// The account of a person.
    #[must_use]
    pub fn of_person(self, person: PersonId) -> Account {
        self.of(Of::Person(person))
    }

    /// The account of a unit.
    #[must_use]
    pub fn of_unit(self, unit: UnitId) -> Account {
        self.of(Of::Unit(unit))
    }

    /// The account of something that only the desk knows: a contract, a piece of work.
    #[must_use]
    pub fn of_text(self, text: impl Into<String>) -> Account {
        self.of(Of::Text(text.into()))
    }

    /// The account of this.
    #[must_use]
    pub fn of(mut self, of: Of) -> Account {
        self.of = of;
        self
    }

    /// One part of it.
    #[must_use]
    pub fn part(mut self, part: impl Into<String>) -> Account {
        self.part = Some(part.into());
        self
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.of, &self.part) {
            (Of::Nothing, None) => f.write_str(&self.class),
            (Of::Nothing, Some(part)) => write!(f, "{}({part})", self.class),
            (of, None) => write!(f, "{}({of})", self.class),
            (of, Some(part)) => write!(f, "{}({of}, {part})", self.class),
        }
    }
}

/// What an account is of. As text `place:daguan/linghu`, `person:chen`, `unit:housing`,
/// `text:contract-7`, and empty for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The class has one account.
    #[default]
    Nothing,
    /// A place of the district.
    Place(PlaceId),
    /// A person: of the directory, or a reporter.
    Person(PersonId),
    /// A unit of the district.
    Unit(UnitId),
    /// Something that only the desk knows, 1 to 200 bytes.
    Text(String),
}

impl Of {
    fn is_nothing(&self) -> bool {
        *self == Of::Nothing
    }

    /// The id or text alone; empty for nothing.
    pub fn id(&self) -> &str {
        match self {
            Of::Nothing => "",
            Of::Place(place) => place.as_str(),
            Of::Person(person) => person.as_str(),
            Of::Unit(unit) => unit.as_str(),
            Of::Text(text) => text,
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Of::Nothing => Ok(()),
            Of::Place(place) => write!(f, "place:{place}"),
            Of::Person(person) => write!(f, "person:{person}"),
            Of::Unit(unit) => write!(f, "unit:{unit}"),
            Of::Text(text) => write!(f, "text:{text}"),
        }
    }
}

impl FromStr for Of {
    type Err = String;

    fn from_str(text: &str) -> Result<Of, String> {
        match text.split_once(':') {
            Some(("place", place)) => Ok(Of::Place(place.into())),
            Some(("person", person)) => Ok(Of::Person(person.into())),
            Some(("unit", unit)) => Ok(Of::Unit(unit.into())),
            Some(("text", text)) => Ok(Of::Text(text.to_owned())),
            None if text.is_empty() => Ok(Of::Nothing),
            _ => Err(format!("{text:?} is not `place:`, `person:`, `unit:` or `text:`")),
        }
    }
}

/// Which accounts are meant: those of one class, of the manifest's `[[account]]` or `[[credits]]`.
/// Everything given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFilter {
    /// The class.
    pub class: String,
    /// Of exactly this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Of>,
    /// Of this place or one within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<PlaceId>,
    /// Whose part begins with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

impl AccountFilter {
    /// All accounts of a class.
    pub fn of_class(class: impl Into<String>) -> AccountFilter {
        AccountFilter { class: class.into(), ..AccountFilter::default() }
    }
}

/// The days that transfers belong to: from and to, both included; open where none is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Days {
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// A place in a list of transfers: the cursor to page on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct After {
    /// Day of the transfer.
    pub date: Date,
    /// Its number.
    pub id: u64,
}

/// An account and what is on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The account.
    pub account: Account,
    /// All credits less all debits.
    pub balance: i64,
}

/// A transfer as it was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Its number in the district's ledger, from 1.
    pub id: u64,
    /// The configured desk that booked it.
    pub desk: String,
    /// Its key among that desk's.
    pub key: String,
    /// The account that gave.
    pub debit: Account,
    /// The account that got.
    pub credit: Account,
    /// How much.
    pub amount: i64,
    /// The day it belongs to.
    pub date: Date,
    /// When it was booked.
    pub at: Timestamp,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// Key of the transfer that this one undid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<String>,
    /// Key of the transfer that undid this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed_by: Option<String>,
}

impl Booked {
    /// Where to page on after this one.
    pub fn after(&self) -> After {
        After { date: self.date, id: self.id }
    }
}

/// By what debits and credits are added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TotalsBy {
    /// All in one.
    All,
    /// By the month the transfers belong to, `2026-03`.
    Month,
    /// By the place of this level that holds the account's; key "" for those above it, and for
    /// accounts of no place.
    Place(String),
    /// By what the accounts are of: its id or text.
    Of,
    /// By part; key "" where the class has none.
    Part,
}

/// Debits and credits added up. An amount that moved within what is added up is in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The value added up by.
    pub key: String,
    /// What the accounts gave.
    pub debit: i64,
    /// What they got.
    pub credit: i64,
}

impl Effects {
    /// Book a transfer.
    pub fn transfer(self, transfer: Transfer) -> Effects {
        self.push(Effect::Transfer(Box::new(transfer)))
    }
}
