//! What a clock was given, what of it is left, and the marks on the way.
//!
//! Pure. Knows bounds and units, not which days are worked: that is the calendar's.
//!
//! Always holds: a [`Budget`] is within bounds, a share is between nothing and all, what is [`Left`]
//! never grows but by an extension.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const MINUTE_MS: i64 = 60_000;

/// A budget that may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(plugin_api::Budget);

/// Why a budget may not run, be added or be a mark.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadBudget {
    /// It is out of bounds.
    #[error("a budget of {0} {1}")]
    Bounds(plugin_api::Budget, String),
    /// A running clock is extended in its own unit; one with a fixed end is started anew.
    #[error("a clock that runs in another unit, or to a fixed end, is not extended by {0}")]
    Unit(plugin_api::Budget),
    /// A mark is a span away from the due instant.
    #[error("{0} is not a span of time")]
    Fixed(plugin_api::Budget),
    /// A share is less than the whole.
    #[error("{0}/{1} is not a share between nothing and all")]
    Share(u32, u32),
}

impl Budget {
    /// The proof that a desk's budget is within bounds.
    ///
    /// # Errors
    /// What it is out of.
    pub fn new(given: plugin_api::Budget) -> Result<Budget, BadBudget> {
        given.check().map_err(|why| BadBudget::Bounds(given, why.en))?;
        Ok(Budget(given))
    }

    /// As the desk gave it.
    pub fn get(self) -> plugin_api::Budget {
        self.0
    }

    /// All of it, for a clock that starts.
    pub fn whole(self) -> Left {
        let amount = match self.0 {
            plugin_api::Budget::Minutes(minutes) => Amount::Ms(i64::from(minutes) * MINUTE_MS),
            plugin_api::Budget::Workminutes(minutes) => Amount::WorkMs(i64::from(minutes) * MINUTE_MS),
            plugin_api::Budget::Workdays(days) => Amount::Workdays(days),
            plugin_api::Budget::By(date) => Amount::By(date),
            plugin_api::Budget::Until(instant) => Amount::Until(instant),
        };
        Left { amount, is_under_way: false, is_provisional: false }
    }

    /// The same with another added, as after an extension: what shares of the whole are taken of.
    ///
    /// # Errors
    /// They are of different units, or together out of bounds.
    pub fn plus(self, more: Budget) -> Result<Budget, BadBudget> {
        Budget::new(match (self.0, more.0) {
            (plugin_api::Budget::Minutes(a), plugin_api::Budget::Minutes(b)) => {
                plugin_api::Budget::Minutes(a.saturating_add(b))
            }
            (plugin_api::Budget::Workminutes(a), plugin_api::Budget::Workminutes(b)) => {
                plugin_api::Budget::Workminutes(a.saturating_add(b))
            }
            (plugin_api::Budget::Workdays(a), plugin_api::Budget::Workdays(b)) => {
                plugin_api::Budget::Workdays(a.saturating_add(b))
            }
            _ => return Err(BadBudget::Unit(more.0)),
        })
    }

    fn is_span(self) -> bool {
        !matches!(self.0, plugin_api::Budget::By(_) | plugin_api::Budget::Until(_))
    }
}

/// What of a budget is left, to be counted from an instant: of the start, or of a resumption.
///
/// Kept in the store while a clock runs or pauses, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub(super) amount: Amount,
    /// Whether the day it is counted from counts: the day a clock starts on does not.
    #[serde(default, rename = "under_way", skip_serializing_if = "is_false")]
    pub(super) is_under_way: bool,
    /// Whether some of what was used was measured outside the covered years.
    #[serde(default, rename = "provisional", skip_serializing_if = "is_false")]
    pub(super) is_provisional: bool,
}

/// An amount and its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Amount {
    Workdays(u32),
    WorkMs(i64),
    Ms(i64),
    By(Date),
    Until(Timestamp),
}

impl Left {
    /// With an extension added.
    ///
    /// # Errors
    /// The extension is in another unit, or the end is fixed.
    pub fn plus(self, more: Budget) -> Result<Left, BadBudget> {
        let amount = match (self.amount, more.whole().amount) {
            (Amount::Workdays(a), Amount::Workdays(b)) => Amount::Workdays(a.saturating_add(b)),
            (Amount::WorkMs(a), Amount::WorkMs(b)) => Amount::WorkMs(a.saturating_add(b)),
            (Amount::Ms(a), Amount::Ms(b)) => Amount::Ms(a.saturating_add(b)),
            _ => return Err(BadBudget::Unit(more.0)),
        };
        Ok(Left { amount, ..self })
    }
}

fn is_false(yes: &bool) -> bool {
    !yes
}

/// In what time between two instants is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whole workdays, the day of the first instant not counted.
    Workdays,
    /// Whole minutes of working time.
    Workminutes,
    /// Whole minutes of natural time.
    Minutes,
}

/// A point on the way of a clock: a share of its budget, or a span before or after it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub(super) Place);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// So much of the whole is used.
    Share {
        num: u32,
        den: u32,
    },
    Before(Budget),
    After(Budget),
}

impl Mark {
    /// Where this share of the budget is used up.
    ///
    /// # Errors
    /// It is nothing, or all.
    pub fn share(num: u32, den: u32) -> Result<Mark, BadBudget> {
        if num == 0 || den <= num {
            return Err(BadBudget::Share(num, den));
        }
        Ok(Mark(Place::Share { num, den }))
    }

    /// So long before it is due.
    ///
    /// # Errors
    /// It is not a span.
    pub fn before(span: Budget) -> Result<Mark, BadBudget> {
        if span.is_span() { Ok(Mark(Place::Before(span))) } else { Err(BadBudget::Fixed(span.0)) }
    }

    /// So long after it was due.
    ///
    /// # Errors
    /// It is not a span.
    pub fn after(span: Budget) -> Result<Mark, BadBudget> {
        if span.is_span() { Ok(Mark(Place::After(span))) } else { Err(BadBudget::Fixed(span.0)) }
    }
}
