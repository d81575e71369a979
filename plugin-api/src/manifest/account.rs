//! Account classes: those of the desk, and those of other desks that it credits.

use std::fmt;

use serde::Deserialize;

use super::Manifest;
use crate::Title;

/// A class of accounts of the desk: `[[account]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccountSpec {
    /// Its name.
    pub class: String,
    /// Its title.
    pub title: Title,
    /// What it counts in: `CNY` (whole fen), `points`. Transfers stay within one unit.
    pub unit: String,
    /// What each of its accounts is of.
    pub key: AccountKey,
    /// Whether there are several accounts of the same thing, told apart by a part (a year, a month
    /// and item).
    #[serde(default)]
    pub parts: bool,
    /// Whether an account of it may go below zero: where money comes in from outside, where points
    /// are made.
    #[serde(default)]
    pub may_overdraw: bool,
    /// Whether other desks may credit it.
    #[serde(default)]
    pub open: bool,
    /// Whether its accounts are shown to whoever may open a view. Otherwise those of a place, person or
    /// unit to those who may see that, and all others to those who see all of the district.
    #[serde(default)]
    pub public: bool,
}

/// An open class of another desk that this one credits: `[[credits]]`. Which it is, the config says:
/// `credits = { NAME = "desk/class" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditSpec {
    /// The desk's word for it, used as the class of an account.
    pub class: String,
    /// Its title.
    pub title: Title,
    /// What it counts in; the same there.
    pub unit: String,
    /// What each of its accounts is of; the same there.
    pub key: AccountKey,
    /// Whether its accounts have parts; the same there.
    #[serde(default)]
    pub parts: bool,
}

/// What an account is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKey {
    /// A place.
    Place,
    /// A person.
    Person,
    /// A unit.
    Unit,
    /// Something that only the desk knows.
    Text,
    /// Nothing: the class has one account.
    None,
}

impl AccountKey {
    /// What it is, for people.
    pub fn title(self) -> Title {
        let (zh, en) = match self {
            AccountKey::Place => ("区域", "a place"),
            AccountKey::Person => ("人员", "a person"),
            AccountKey::Unit => ("单位", "a unit"),
            AccountKey::Text => ("文字", "a text"),
            AccountKey::None => ("整类", "nothing"),
        };
        Title::new(zh, en)
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title().en)
    }
}

/// A class that the desk names in transfers: its own or another desk's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class<'m> {
    /// Its title.
    pub title: &'m Title,
    /// What it counts in.
    pub unit: &'m str,
    /// What each of its accounts is of.
    pub key: AccountKey,
    /// Whether its accounts have parts.
    pub parts: bool,
    /// Declared under `[[account]]`.
    pub is_own: bool,
}

impl Manifest {
    /// The class of this name, own or credited.
    pub fn class(&self, name: &str) -> Option<Class<'_>> {
        if let Some(AccountSpec { title, unit, key, parts, .. }) = self.account(name) {
            return Some(Class { title, unit, key: *key, parts: *parts, is_own: true });
        }
        let CreditSpec { title, unit, key, parts, .. } = self.credits.iter().find(|spec| spec.class == name)?;
        Some(Class { title, unit, key: *key, parts: *parts, is_own: false })
    }

    /// The class of the desk's own.
    pub fn account(&self, class: &str) -> Option<&AccountSpec> {
        self.account.iter().find(|spec| spec.class == class)
    }
}

const UNIT_BYTES_MAX: usize = 16;

/// What is wrong with the account classes of a manifest, their names apart.
pub(super) fn problems(manifest: &Manifest) -> Vec<String> {
    let own = manifest.account.iter().map(|spec| (&spec.class, &spec.unit));
    let units = own.chain(manifest.credits.iter().map(|spec| (&spec.class, &spec.unit)));
    let is_unit = |unit: &str| {
        (1..=UNIT_BYTES_MAX).contains(&unit.len()) && unit.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    units
        .filter(|(_, unit)| !is_unit(unit))
        .map(|(class, unit)| {
            format!("account class {class:?} counts in {unit:?}: 1 to {UNIT_BYTES_MAX} of A-Z, a-z, 0-9 and -")
        })
        .collect()
}
