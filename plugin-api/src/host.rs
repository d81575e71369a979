//! What a desk may ask the host during a call.
//!
//! In a step the answers are as of before the step; in a view they are cut to what the person who
//! looks may see (invariant I11): matters, accounts and records that are not theirs to see are as if
//! they were not there. What an account or record is of says who may see it, unless the manifest makes
//! its class or collection `public`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{Elapsed, TimeUnit};
use crate::ledger::{Account, AccountFilter, After, Balance, Booked, Days, Total, TotalsBy};
use crate::{Budget, Due, Event, Fault, Labels, Matter, MatterId, PersonId, PlaceId, RoleId, Status, Title, UnitId};

/// Answers from the host. Callable only during the call it was given to, on the same thread.
///
/// Every method fails with [`Fault::Failed`] when the host cannot answer (the store is out of
/// reach, a name is not declared); hand such a fault on with `?`.
pub trait Host {
    /// A matter by its id.
    fn matter(&self, id: MatterId) -> Result<Option<Matter>, Fault>;

    /// Matters that fit a filter, at most 500 a page.
    fn matters(&self, filter: &MatterFilter) -> Result<Vec<Matter>, Fault>;

    /// How many matters fit a filter, by something or in all (then one count with key "").
    fn count(&self, filter: &MatterFilter, by: &CountBy) -> Result<Vec<Count>, Fault>;

    /// Events of a matter in order, at most 500, those after `after_seq`.
    fn events(&self, matter: MatterId, after_seq: u64) -> Result<Vec<Event>, Fault>;

    /// This desk's own note on a matter, wherever it lies now; none if it never made one. A step has
    /// the note on its own matter in [`Step::note`](crate::Step::note).
    fn note(&self, matter: MatterId) -> Result<Option<Value>, Fault>;

    /// A record of one of this desk's collections, or of one that it reads.
    fn record(&self, collection: &str, key: &str) -> Result<Option<Value>, Fault>;

    /// Records whose keys start with `prefix`, in byte order of keys, at most 500, those after the
    /// key `after`: see [`Host::records_in`].
    fn records(&self, collection: &str, prefix: &str, after: &str) -> Result<Vec<(String, Value)>, Fault> {
        let range = RecordRange { prefix: prefix.into(), after: after.into(), ..RecordRange::default() };
        self.records_in(collection, &range)
    }

    /// Records of one of this desk's collections, or of one that it reads, within a range of keys, in
    /// byte order of keys.
    fn records_in(&self, collection: &str, range: &RecordRange) -> Result<Vec<(String, Value)>, Fault>;

    /// A place.
    fn place(&self, place: &PlaceId) -> Result<Option<Place>, Fault>;

    /// The places directly within a place.
    fn places(&self, within: &PlaceId) -> Result<Vec<Place>, Fault>;

    /// Who holds a role that covers a place at the call's instant.
    fn people(&self, role: &RoleId, place: &PlaceId) -> Result<Vec<Person>, Fault>;

    /// All units of the district, in the order of its table.
    fn units(&self) -> Result<Vec<Unit>, Fault>;

    /// When a budget that starts at an instant is used up, by the district's calendar.
    fn after(&self, from: Timestamp, budget: Budget) -> Result<Due, Fault>;

    /// How much time there is between two instants; none where the second is not later.
    fn between(&self, from: Timestamp, to: Timestamp, unit: TimeUnit) -> Result<Elapsed, Fault>;

    /// A line for the operator's log. Never a resident's words.
    fn log(&self, text: &str);

    /// The balance of an account: credits less debits, 0 if nothing was ever booked on it.
    fn balance(&self, account: &Account) -> Result<i64, Fault>;

    /// Accounts of a class with their balances, at most 500, in byte order of what they are of and
    /// of their parts, those after the account `after`.
    fn balances(&self, filter: &AccountFilter, after: Option<&Account>) -> Result<Vec<Balance>, Fault>;

    /// The transfer that this desk booked under a key.
    fn transfer(&self, key: &str) -> Result<Option<Booked>, Fault>;

    /// Transfers to or from the accounts that fit, at most 500, in the order of the days they belong
    /// to, those after `after`. Fails if more than 1,000 accounts fit.
    fn transfers(&self, filter: &AccountFilter, days: Days, after: Option<After>) -> Result<Vec<Booked>, Fault>;

    /// What the accounts that fit gave and got, by something or in all (then one total with key "").
    /// Up to 500 accounts with 100,000 amounts are added up as of one instant, more of them so many at a
    /// time. Fails if there are more than 5,000 totals.
    fn totals(&self, filter: &AccountFilter, days: Days, by: &TotalsBy) -> Result<Vec<Total>, Fault>;
}

/// Which matters are meant. Everything given must fit; the default fits all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatterFilter {
    /// Lying on this configured desk; `self` means the asking desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desk: Option<String>,
    /// Of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// In this stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Open, closed or joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// At this place or within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
    /// With these label values.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Opened at or after this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_from: Option<Timestamp>,
    /// Opened before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_before: Option<Timestamp>,
    /// Left where it was because no route took an event it should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrouted: Option<bool>,
    /// Only ids below this one: the cursor to page on, newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<MatterId>,
    /// At most so many, 1 to 500; 100 unless given. Newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Which records are meant. Everything given must fit; the default fits all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordRange {
    /// With this key or a later one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// With a key before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whose key starts with this.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// After this key: the cursor to page on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// At most so many, 1 to 500; 500 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// By what matters are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CountBy {
    /// All in one number.
    All,
    /// By desk.
    Desk,
    /// By stage.
    Stage,
    /// By status.
    Status,
    /// By the value of a label; key "" for those without.
    Label(String),
    /// By the place of this level that holds them; key "" for those above it.
    Place(String),
    /// By month opened, `2026-03`.
    Month,
    /// By channel.
    Channel,
}

/// One number of a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The value counted by.
    pub key: String,
    /// How many matters.
    pub count: u64,
}

/// A place of the district.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Its level: `district`, `subdistrict`, `community`, `compound`, `building`, `entrance`, `house`.
    pub level: String,
    /// Its name.
    pub title: Title,
}

/// Somebody who holds a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// The place the role was given for.
    pub place: PlaceId,
    /// The unit they work for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

/// A member unit or company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Identity.
    pub id: UnitId,
    /// Name.
    pub title: Title,
    /// What sort of unit: `government`, `utility`, `company`.
    pub kind: String,
}

/// A question on the wire: what the methods of [`Host`] become. The answer is the method's `Ok`
/// value as JSON. Its tags are part of ABI version 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each variant carries the arguments of the method of the same name")]
pub enum Question {
    Matter { id: MatterId },
    Matters { filter: MatterFilter },
    Count { filter: MatterFilter, by: CountBy },
    Events { matter: MatterId, after_seq: u64 },
    Note { matter: MatterId },
    Record { collection: String, key: String },
    Records { collection: String, range: RecordRange },
    Place { place: PlaceId },
    Places { within: PlaceId },
    People { role: RoleId, place: PlaceId },
    Units,
    Log { text: String },
    After { from: Timestamp, budget: Budget },
    Between { from: Timestamp, to: Timestamp, unit: TimeUnit },
    Balance { account: Account },
    Balances { filter: AccountFilter, after: Option<Account> },
    Transfer { key: String },
    Transfers { filter: AccountFilter, days: Days, after: Option<After> },
    Totals { filter: AccountFilter, days: Days, by: TotalsBy },
}

/// Something that answers a [`Question`] with JSON text: the far side of the border.
pub trait Answers {
    /// The answer as JSON, or a text for the operator that says why there is none.
    fn answer(&self, question: &Question) -> Result<String, String>;
}

/// [`Host`] over anything that [`Answers`]: used by the border and by the test double, so that both
/// speak the same words.
pub struct Asking<'a>(pub &'a dyn Answers);

impl Asking<'_> {
    fn ask<T: serde::de::DeserializeOwned>(&self, question: &Question) -> Result<T, Fault> {
        let text = self.0.answer(question).map_err(Fault::Failed)?;
        serde_json::from_str(&text).map_err(|error| Fault::failed(format!("unreadable answer from the host: {error}")))
    }
}

impl Host for Asking<'_> {
    fn matter(&self, id: MatterId) -> Result<Option<Matter>, Fault> {
        self.ask(&Question::Matter { id })
    }
    fn matters(&self, filter: &MatterFilter) -> Result<Vec<Matter>, Fault> {
        self.ask(&Question::Matters { filter: filter.clone() })
    }
    fn count(&self, filter: &MatterFilter, by: &CountBy) -> Result<Vec<Count>, Fault> {
        self.ask(&Question::Count { filter: filter.clone(), by: by.clone() })
    }
    fn events(&self, matter: MatterId, after_seq: u64) -> Result<Vec<Event>, Fault> {
        self.ask(&Question::Events { matter, after_seq })
    }
    fn note(&self, matter: MatterId) -> Result<Option<Value>, Fault> {
        self.ask(&Question::Note { matter })
    }
    fn record(&self, collection: &str, key: &str) -> Result<Option<Value>, Fault> {
        self.ask(&Question::Record { collection: collection.into(), key: key.into() })
    }
    fn records_in(&self, collection: &str, range: &RecordRange) -> Result<Vec<(String, Value)>, Fault> {
        self.ask(&Question::Records { collection: collection.into(), range: range.clone() })
    }
    fn place(&self, place: &PlaceId) -> Result<Option<Place>, Fault> {
        self.ask(&Question::Place { place: place.clone() })
    }
    fn places(&self, within: &PlaceId) -> Result<Vec<Place>, Fault> {
        self.ask(&Question::Places { within: within.clone() })
    }
    fn people(&self, role: &RoleId, place: &PlaceId) -> Result<Vec<Person>, Fault> {
        self.ask(&Question::People { role: role.clone(), place: place.clone() })
    }
    fn units(&self) -> Result<Vec<Unit>, Fault> {
        self.ask(&Question::Units)
    }
    fn after(&self, from: Timestamp, budget: Budget) -> Result<Due, Fault> {
        self.ask(&Question::After { from, budget })
    }
    fn between(&self, from: Timestamp, to: Timestamp, unit: TimeUnit) -> Result<Elapsed, Fault> {
        self.ask(&Question::Between { from, to, unit })
    }
    fn log(&self, text: &str) {
        // A log line that cannot be written is not worth failing a step for.
        let _ = self.0.answer(&Question::Log { text: text.into() });
    }
    fn balance(&self, account: &Account) -> Result<i64, Fault> {
        self.ask(&Question::Balance { account: account.clone() })
    }
    fn balances(&self, filter: &AccountFilter, after: Option<&Account>) -> Result<Vec<Balance>, Fault> {
        self.ask(&Question::Balances { filter: filter.clone(), after: after.cloned() })
    }
    fn transfer(&self, key: &str) -> Result<Option<Booked>, Fault> {
        self.ask(&Question::Transfer { key: key.into() })
    }
    fn transfers(&self, filter: &AccountFilter, days: Days, after: Option<After>) -> Result<Vec<Booked>, Fault> {
        self.ask(&Question::Transfers { filter: filter.clone(), days, after })
    }
    fn totals(&self, filter: &AccountFilter, days: Days, by: &TotalsBy) -> Result<Vec<Total>, Fault> {
        self.ask(&Question::Totals { filter: filter.clone(), days, by: by.clone() })
    }
}
