//! What comes at fixed times of the district's calendar, and when it comes next.
//!
//! Pure: instants are given. Knows no engine and no store.
//!
//! Always holds: a schedule comes at most once in each of its periods (a day, week, month, …), also where
//! another calendar moves its day; what came before it began is not made up for.

mod every;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::calendar::{Calendar, Due};
use crate::routes::DeskIx;
pub use every::{BadEvery, Every};

/// One `[[schedule]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its id, unique in the district.
    pub id: String,
    /// When it comes.
    pub every: Every,
    /// The topic its desk is called by.
    pub emit: String,
    /// The desk.
    pub to: DeskIx,
    /// What the desk gets, checked against the topic's fields.
    pub data: Map<String, Value>,
}

/// How far a schedule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Since when there is one: it comes later than this.
    pub began: Timestamp,
    /// The last time it came.
    pub last: Option<Timestamp>,
}

/// What is due of a schedule by an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The first time that is still made up for.
    pub first: Timestamp,
    /// So many times before it are not.
    pub left_out: u64,
}

impl Schedule {
    /// When it comes next.
    pub fn next(&self, since: Since, calendar: &Calendar) -> Option<Due> {
        self.every.next(since, calendar)
    }

    /// What is due by an instant, of which only the latest `most` times are made up for.
    pub fn missed(&self, since: Since, by: Timestamp, most: usize, calendar: &Calendar) -> Option<Missed> {
        let mut latest = std::collections::VecDeque::new();
        let (mut left_out, mut since) = (0, since);
        while let Some(due) = self.next(since, calendar).filter(|due| due.at <= by) {
            latest.push_back(due.at);
            if most < latest.len() {
                latest.pop_front();
                left_out += 1;
            }
            since.last = Some(due.at);
        }
        Some(Missed { first: *latest.front()?, left_out })
    }
}

#[cfg(test)]
mod tests;
