//! Days of the calendar by their place: the fifth workday from a date, the last one before another.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::days::{date_of, number_of};
use super::{Calendar, Due};

/// A day found by counting workdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The day.
    pub date: Date,
    /// Whether a day that the calendar does not cover was counted.
    pub is_provisional: bool,
}

impl Calendar {
    /// The `n`th workday, from 1, that is this date or later.
    pub fn workday_from(&self, date: Date, n: u32) -> Option<Found> {
        let first = number_of(date);
        let found = self.days.nth_workday(self.days.workdays_before(first) + i64::from(n) - 1);
        let is_provisional = self.days.are_uncovered(first..=found);
        Some(Found { date: date_of(found)?, is_provisional })
    }

    /// The last workday before a date.
    pub fn workday_before(&self, date: Date) -> Option<Found> {
        let end = number_of(date);
        let found = self.days.nth_workday(self.days.workdays_before(end) - 1);
        let is_provisional = self.days.are_uncovered(found..=end - 1);
        Some(Found { date: date_of(found)?, is_provisional })
    }

    /// A time of a day by the wall clock of the district; one that is left out there comes as much later,
    /// of two the first.
    pub fn moment(&self, day: Found, time: Time) -> Option<Due> {
        let at: Timestamp = self.zone.to_ambiguous_timestamp(day.date.to_datetime(time)).compatible().ok()?;
        Some(Due { at, is_provisional: day.is_provisional })
    }
}
