//! The district's working calendar: when a budget is used up, and how much of one is.
//!
//! Pure. No clock, file or logger: every instant is given. Instants are taken to the millisecond.
//! Working time is what the wall clock of the district's zone shows.
//!
//! Civil Code art. 201 and 203: the day a clock starts on is not counted, and n workdays end with the
//! working time of the n-th. Hours are counted from the very instant.
//!
//! Always holds (I7): a date that the calendar does not cover is counted in plain weeks, and whatever
//! hangs on it is provisional. Taking out what is used and counting on from there changes nothing.

mod budget;
mod days;
mod hours;
mod dates;

use std::ops::RangeInclusive;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plugin_api::Title;

pub use budget::{BadBudget, Budget, Left, Mark, Unit};
pub use dates::Found;
pub use days::{BadDay, Days, Listed, Listing};
pub use hours::{BadSpan, Hours, Span, Spans};

use budget::{Amount, Place};
use days::{date_of, number_of};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// For what hangs on no day being worked or not.
const NO_DAYS: RangeInclusive<i64> = RangeInclusive::new(1, 0);

/// When a district works.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    hours: Hours,
    days: Days,
}

/// An instant something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// Whether it hangs on a date that the calendar does not cover (暂定).
    pub is_provisional: bool,
}

impl From<Due> for plugin_api::Due {
    fn from(Due { at, is_provisional: provisional }: Due) -> plugin_api::Due {
        plugin_api::Due { at, provisional }
    }
}

impl From<plugin_api::Due> for Due {
    fn from(plugin_api::Due { at, provisional: is_provisional }: plugin_api::Due) -> Due {
        Due { at, is_provisional }
    }
}

/// Time between two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// So many whole ones of the unit asked for.
    pub count: u64,
    /// Whether it hangs on a date that the calendar does not cover.
    pub is_provisional: bool,
}

impl From<Used> for plugin_api::Elapsed {
    fn from(Used { count, is_provisional: provisional }: Used) -> plugin_api::Elapsed {
        plugin_api::Elapsed { count, provisional }
    }
}

/// An instant as the district's wall clock shows it.
#[derive(Clone, Copy)]
struct Local {
    day: i64,
    time_ms: i64,
}

impl Calendar {
    /// A district's calendar.
    pub fn new(zone: TimeZone, hours: Hours, days: Days) -> Calendar {
        Calendar { zone, hours, days }
    }

    /// Its zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The years it covers.
    pub fn years(&self) -> Option<RangeInclusive<i16>> {
        self.days.years()
    }

    /// Whether a day is worked; outside the covered years, whether it is a weekday.
    pub fn is_workday(&self, date: Date) -> bool {
        self.days.is_workday(number_of(date))
    }

    /// When a budget that starts at an instant is used up.
    pub fn after(&self, start: Timestamp, budget: Budget) -> Due {
        self.due(start, budget.whole())
    }

    /// When what is left is used up, counted from an instant. A fixed end that has passed is due there.
    pub fn due(&self, from: Timestamp, left: Left) -> Due {
        let local = self.local(from);
        let (at, looked_at) = match left.amount {
            Amount::Workdays(0) => (from, NO_DAYS),
            Amount::Workdays(days) => {
                let first = self.first_day(local, left);
                let last = self.days.nth_workday(self.days.workdays_before(first) + i64::from(days) - 1);
                (self.instant(last, self.hours.end_ms()), first..=last)
            }
            Amount::WorkMs(ms) if ms <= 0 => (from, NO_DAYS),
            Amount::WorkMs(ms) => {
                let (last, at) = self.at_worked(self.worked_ms(local).saturating_add(ms));
                (at, self.next_open(local)..=last)
            }
            Amount::Ms(ms) => (shift(from, ms), NO_DAYS),
            Amount::By(date) => {
                let first = number_of(date);
                let last = self.days.nth_workday(self.days.workdays_before(first));
                (self.instant(last, self.hours.end_ms()), first..=last)
            }
            Amount::Until(instant) => (instant, NO_DAYS),
        };
        // A fixed end may have passed; and where clocks are turned back, an hour is shown twice.
        let at = at.max(from);
        Due { at, is_provisional: left.is_provisional || self.days.are_uncovered(looked_at) }
    }

    /// What is left at a later instant of what was left at an instant: for a pause. Counted on from
    /// there at once it gives the same due instant; counted on later, a later one. A fixed end stays.
    pub fn left(&self, from: Timestamp, left: Left, at: Timestamp) -> Left {
        let at = at.max(from);
        let (start, end) = (self.local(from), self.local(at));
        let (amount, is_under_way, looked_at) = match left.amount {
            // Nothing of it has run yet, and the day it is counted on from will not count either.
            Amount::Workdays(_) if !left.is_under_way && end.day <= start.day => return left,
            Amount::Workdays(days) => {
                let (first, open) = (self.first_day(start, left), self.next_open(end));
                let used = self.days.workdays_before(open) - self.days.workdays_before(first);
                let days = days.saturating_sub(u32::try_from(used).unwrap_or(0));
                (Amount::Workdays(days), true, first..=open - 1)
            }
            Amount::WorkMs(ms) => {
                let used_ms = self.worked_ms(end) - self.worked_ms(start);
                let amount = Amount::WorkMs((ms - used_ms).max(0));
                (amount, false, self.next_open(start)..=self.last_open(end))
            }
            Amount::Ms(ms) => (Amount::Ms((ms - ms_between(from, at)).max(0)), false, NO_DAYS),
            Amount::By(_) | Amount::Until(_) => return left,
        };
        let is_provisional = left.is_provisional || self.days.are_uncovered(looked_at);
        Left { amount, is_under_way, is_provisional }
    }

    /// Time between two instants; none, where the second is not later.
    pub fn between(&self, from: Timestamp, to: Timestamp, unit: Unit) -> Used {
        if to <= from {
            return Used { count: 0, is_provisional: false };
        }
        let (start, end) = (self.local(from), self.local(to));
        let (count, looked_at) = match unit {
            Unit::Workdays => {
                let (first, open) = (start.day + 1, self.next_open(end));
                (self.days.workdays_before(open) - self.days.workdays_before(first), first..=open - 1)
            }
            Unit::Workminutes => {
                let worked_ms = self.worked_ms(end) - self.worked_ms(start);
                (worked_ms / MINUTE_MS, self.next_open(start)..=self.last_open(end))
            }
            Unit::Minutes => (ms_between(from, to) / MINUTE_MS, NO_DAYS),
        };
        let is_provisional = self.days.are_uncovered(looked_at);
        Used { count: u64::try_from(count).unwrap_or(0), is_provisional }
    }

    /// When a clock that started at an instant, and is due as given, reaches a mark. It may lie before
    /// the start, if the span before due is longer than the budget.
    ///
    /// A share is reached when no more than the rest of the budget is left, so pauses move it along; of
    /// a fixed end it is a share of the working time from the start. Workdays before due are so many
    /// days' working time; workdays after it end with the working time of the last, as a budget does.
    pub fn mark(&self, start: Timestamp, due: Due, budget: Budget, mark: Mark) -> Due {
        let (whole, num, den) = match mark.0 {
            Place::After(span) => {
                let after = self.after(due.at, span);
                return Due { is_provisional: after.is_provisional || due.is_provisional, ..after };
            }
            Place::Before(span) => (span, 1, 1),
            Place::Share { num, den } => (budget, den - num, den),
        };
        let share_ms = |ms: i64| {
            let share = i128::from(ms.max(0)) * i128::from(num) / i128::from(den);
            i64::try_from(share).unwrap_or(i64::MAX)
        };
        let local = self.local(due.at);
        let worked_ms = match whole.get() {
            plugin_api::Budget::Minutes(minutes) => {
                return Due { at: shift(due.at, -share_ms(minutes_ms(minutes))), ..due };
            }
            plugin_api::Budget::Workminutes(minutes) => minutes_ms(minutes),
            plugin_api::Budget::Workdays(days) => i64::from(days) * self.hours.day_ms(),
            plugin_api::Budget::By(_) | plugin_api::Budget::Until(_) => {
                self.worked_ms(local) - self.worked_ms(self.local(start))
            }
        };
        let before_ms = share_ms(worked_ms);
        if before_ms == 0 {
            return due;
        }
        let (day, at) = self.at_worked(self.worked_ms(local).saturating_sub(before_ms));
        Due { at, is_provisional: due.is_provisional || self.days.are_uncovered(day..=self.last_open(local)) }
    }

    /// A due instant for people: `2026-02-24 周二 17:30（暂定）`.
    pub fn words(&self, due: Due) -> Title {
        let local = self.zone.to_datetime(due.at);
        let zh = ["一", "二", "三", "四", "五", "六", "日"];
        let zh = zh[usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0)];
        let (mark_zh, mark_en) = if due.is_provisional { ("（暂定）", " (provisional)") } else { ("", "") };
        Title::new(
            format!("{} 周{zh} {}{mark_zh}", local.date(), local.strftime("%H:%M")),
            format!("{}{mark_en}", local.strftime("%a %Y-%m-%d %H:%M")),
        )
    }

    /// Working time from the first covered day until an instant; negative before that.
    fn worked_ms(&self, local: Local) -> i64 {
        let today_ms = if self.days.is_workday(local.day) { self.hours.worked_ms(local.time_ms) } else { 0 };
        self.days.workdays_before(local.day) * self.hours.day_ms() + today_ms
    }

    /// The day and first instant at which so much has been worked.
    fn at_worked(&self, worked_ms: i64) -> (i64, Timestamp) {
        // One less, since a day's last millisecond is still its own.
        let day = self.days.nth_workday((worked_ms - 1).div_euclid(self.hours.day_ms()));
        let today_ms = (worked_ms - 1).rem_euclid(self.hours.day_ms()) + 1;
        (day, self.instant(day, self.hours.time_ms(today_ms)))
    }

    /// The first day that counts: that of the start does not.
    fn first_day(&self, local: Local, left: Left) -> i64 {
        if left.is_under_way { self.next_open(local) } else { local.day + 1 }
    }

    /// The first day whose working time, if it has any, is not over.
    fn next_open(&self, local: Local) -> i64 {
        local.day + i64::from(self.hours.end_ms() <= local.time_ms)
    }

    /// The last day whose working time, if it has any, has begun.
    fn last_open(&self, local: Local) -> i64 {
        local.day - i64::from(local.time_ms <= self.hours.start_ms())
    }

    fn local(&self, at: Timestamp) -> Local {
        let local = self.zone.to_datetime(at);
        let since = local.time().duration_since(Time::midnight());
        let (day, time_ms) = (number_of(local.date()), i64::try_from(since.as_millis()).unwrap_or(0));
        // Where work ends at midnight, midnight is the end of a day: a rung that starts as the one before
        // runs out must not lose the day that begins.
        if time_ms == 0 && self.hours.end_ms() == DAY_MS {
            return Local { day: day - 1, time_ms: DAY_MS };
        }
        Local { day, time_ms }
    }

    /// The instant of a time of a day; the last instant there is, for a day beyond those of the
    /// calendar of instants.
    fn instant(&self, day: i64, time_ms: i64) -> Timestamp {
        let (day, time_ms) = if time_ms < DAY_MS { (day, time_ms) } else { (day + 1, time_ms - DAY_MS) };
        let instant = date_of(day).and_then(|date| {
            let time = Time::midnight().checked_add(SignedDuration::from_millis(time_ms)).ok()?;
            self.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
        });
        instant.unwrap_or(if day < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

fn minutes_ms(minutes: u32) -> i64 {
    i64::from(minutes) * MINUTE_MS
}

fn ms_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_millisecond() - from.as_millisecond()
}

fn shift(at: Timestamp, ms: i64) -> Timestamp {
    let end = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    at.checked_add(SignedDuration::from_millis(ms)).unwrap_or(end)
}

#[cfg(test)]
pub(crate) mod tests;
