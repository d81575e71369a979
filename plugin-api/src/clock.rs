//! Clocks of a matter: what a desk does with one, what it sees of one, and marks on the way.
//!
//! Values only. Which hours and days are worked is the host's calendar.
//!
//! Always holds (I7): a clock fires once, as of the instant its budget is used up, whether or not
//! anybody holds the matter or the host was running; `now` of that step is that instant, so a clock
//! started there goes on from where the last one ended.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Budget, Title};

/// What to do with a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockTurn {
    /// Start it from the step's instant, anew if it runs.
    Start(Budget),
    /// It stands still (挂账): what is left of it is kept. It must be running.
    Pause {
        /// Why, for whoever asks later; not empty.
        why: String,
        /// The day on which somebody should look again: the desk is called by `clock.NAME.review` at
        /// the end of that day's working time, if the manifest says `review = true`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Date>,
    },
    /// It goes on with what was left. It must be paused.
    Resume,
    /// So much longer (延期), in its own unit, or to a later date or instant. It must not have run out.
    Extend(Budget),
    /// Drop it; nothing happens if there is none.
    Stop,
}

/// A clock of the step's matter, as it stood before the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Its name in the manifest.
    pub name: String,
    /// How it stands.
    #[serde(default, skip_serializing_if = "ClockState::is_running")]
    pub state: ClockState,
    /// When it runs out, or ran out. Of a paused clock: as it was when it was paused.
    pub due: Timestamp,
    /// The date lies in a year the district's calendar does not cover yet (暂定).
    #[serde(default, skip_serializing_if = "is_false")]
    pub provisional: bool,
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockState {
    /// Running.
    #[default]
    Running,
    /// Standing still.
    Paused,
    /// Run out; kept for its lamp and the marks after it, until it is stopped or started anew.
    Out,
}

impl ClockState {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    fn is_running(&self) -> bool {
        *self == ClockState::Running
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// When something is due by the district's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// It hangs on a year the calendar does not cover yet (暂定).
    #[serde(default, skip_serializing_if = "is_false")]
    pub provisional: bool,
}

/// Time between two instants by the district's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elapsed {
    /// So many whole ones of the unit asked for.
    pub count: u64,
    /// It hangs on a year the calendar does not cover yet (暂定).
    #[serde(default, skip_serializing_if = "is_false")]
    pub provisional: bool,
}

/// In what time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Whole minutes of natural time.
    Minutes,
    /// Whole minutes of working time.
    Workminutes,
    /// Workdays; the first day is not counted.
    Workdays,
}

/// Where on the way of a clock a mark stands. As text: `75%` of the budget used, `-1 workday` before
/// it is due, `+2 workdays` after.
///
/// ```
/// use plugin_api::Budget;
/// use plugin_api::clock::MarkAt;
/// assert_eq!("75%".parse(), Ok(MarkAt::Share(75)));
/// assert_eq!("+2 workdays".parse(), Ok(MarkAt::After(Budget::Workdays(2))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkAt {
    /// So many per cent of the budget are used, 1 to 99.
    Share(u32),
    /// So long before it is due.
    Before(Budget),
    /// So long after it was due.
    After(Budget),
}

impl FromStr for MarkAt {
    type Err = Title;

    fn from_str(text: &str) -> Result<MarkAt, Title> {
        let text = text.trim();
        if let Some(share) = text.strip_suffix(['%', '％']) {
            let share = share.trim().parse().ok().filter(|share| (1..=99).contains(share));
            return share.map(MarkAt::Share).ok_or_else(|| Title::new("应为 1% 到 99%", "is not within 1% to 99%"));
        }
        if let Some(span) = text.strip_prefix('+') {
            return span.parse().map(MarkAt::After);
        }
        if let Some(span) = text.strip_prefix(['-', '−', '－']) {
            return span.parse().map(MarkAt::Before);
        }
        Err(Title::new("应写成 75%、-1 workday 或 +2 workdays", "is not a mark; write 75%, -1 workday or +2 workdays"))
    }
}

impl fmt::Display for MarkAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MarkAt::Share(share) => write!(f, "{share}%"),
            MarkAt::Before(span) => write!(f, "-{span}"),
            MarkAt::After(span) => write!(f, "+{span}"),
        }
    }
}

impl<'de> Deserialize<'de> for MarkAt {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<MarkAt, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|why: Title| serde::de::Error::custom(format!("{text:?} {}", why.en)))
    }
}
