//! A `[[test]]` of the district folder: a matter that is opened, what happens to it, and what must have
//! come of it.
//!
//! Values only, checked against manifests and tables as far as that can be told before anything runs.

use jiff::civil::DateTime;
use plugin_api::matter::Lamp;
use plugin_api::{PersonId, Status};
use serde_json::{Map, Value};

use crate::calendar::Budget;
use crate::routes::Condition;

/// One `[[test]]`.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it shows, unique in the district.
    pub name: String,
    /// Where it stands: file, line and column.
    pub place: String,
    /// Local time at which it begins.
    pub at: DateTime,
    /// How the matter is opened.
    pub open: Deed,
    /// What happens then, in order.
    pub then: Vec<Deed>,
    /// What must hold at the end.
    pub expected: Expected,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What.
    pub what: What,
    /// What must hold after it.
    pub expected: Expected,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum What {
    /// Somebody acts.
    Act {
        /// On this desk, else on the matter.
        desk: Option<String>,
        /// The action.
        action: String,
        /// Who; nobody who is known, if not said.
        by: Option<PersonId>,
        /// The form, as a person fills it in.
        form: Map<String, Value>,
    },
    /// Time passes.
    Wait(Budget),
    /// Time passes until this local time.
    Until(DateTime),
}

/// What must hold of the matter; what is not said is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Where it stands: file, line and column.
    pub place: String,
    /// It lies on this desk.
    pub desk: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// Open, closed or joined.
    pub status: Option<Status>,
    /// How it ended.
    pub outcome: Option<String>,
    /// The lamp it shows.
    pub lamp: Option<Lamp>,
    /// It is marked unrouted, or is not.
    pub unrouted: Option<bool>,
    /// Labels, as in a `when`.
    pub labels: Vec<Condition>,
    /// These routes took it, in this order; others may have between them.
    pub route: Vec<String>,
    /// What is on these accounts.
    pub balances: Vec<Balance>,
    /// What was done is refused.
    pub refused: bool,
    /// Each of these was sent; an empty list: none at all.
    pub notices: Option<Vec<Notified>>,
}

/// A notice that was sent.
#[derive(Clone, Debug)]
pub struct Notified {
    /// The desk that sends it.
    pub desk: String,
    /// Its template there.
    pub template: String,
    /// For whom.
    pub to: Option<Whom>,
    /// By this outlet.
    pub outlet: Option<String>,
}

/// Whom a notice is for.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Whoever reported the matter of the test.
    Reporters,
    /// A person of the directory.
    Person(PersonId),
}

/// What is on an account.
#[derive(Clone, Debug)]
pub struct Balance {
    /// The desk it is of.
    pub desk: String,
    /// Its class.
    pub class: String,
    /// The whole name, as `desk/class(of, part)`.
    pub name: String,
    /// How much, in the class's unit.
    pub amount: i64,
}
