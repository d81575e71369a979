//! Which days are worked: weekdays, but for what the district's calendar lists.
//!
//! Pure. Days go in and come out as their number since 1970-01-01; counts of workdays are prefix
//! sums over the covered years and arithmetic of plain weeks around them.
//!
//! Always holds: the covered years follow one another; each day listed in them is listed once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use plugin_api::Title;
use thiserror::Error;

use crate::limits::{CALENDAR_YEAR_MAX, CALENDAR_YEAR_MIN};

const DAY_S: i64 = 24 * 60 * 60;
/// 1969-12-29 was a Monday.
const MONDAY: i64 = -3;

/// What the calendar says of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Free, be it a weekday or not (放假).
    Off,
    /// Worked in exchange for another (调休上班).
    Work,
}

/// Something wrong with one of the listed days.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct BadDay {
    /// The day that is listed.
    pub date: Date,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum Why {
    #[error("{0} stands twice")]
    Twice(Date),
    #[error("{0} is not in a year from {CALENDAR_YEAR_MIN} to {CALENDAR_YEAR_MAX}")]
    Year(Date),
    #[error("{0} is a {1} and worked anyway, so it makes up for no other day")]
    WorkOnWeekday(Date, &'static str),
    #[error("{year} is listed, but {} not: a year is missing, or wrong here", years(.missing))]
    YearsMissing { missing: RangeInclusive<i16>, year: i16 },
    #[error("{0} is missing between two free days")]
    DayMissing(Date),
}

impl BadDay {
    /// What is wrong, in both languages.
    pub fn words(&self) -> Title {
        let zh = match &self.why {
            Why::Twice(date) => format!("{date} 出现了两次"),
            Why::Year(date) => format!("{date} 不在 {CALENDAR_YEAR_MIN} 年到 {CALENDAR_YEAR_MAX} 年之间"),
            Why::WorkOnWeekday(date, _) => format!("{date} 不是周末，本来就上班，不是给哪天调休"),
            Why::YearsMissing { missing, year } => {
                let (first, last) = (missing.start(), missing.end());
                let missing = if first == last { first.to_string() } else { format!("{first} 到 {last}") };
                format!("列了 {year} 年，没有列 {missing} 年：漏了年份，或这里的年份写错了")
            }
            Why::DayMissing(date) => format!("两个放假的日子之间缺了 {date}"),
        };
        Title::new(zh, self.to_string())
    }

    /// What to do about it, where that is not plain.
    pub fn hint(&self) -> Option<Title> {
        match self.why {
            Why::WorkOnWeekday(..) => Some(Title::new(
                "调休上班都在周末：日期对吗？",
                "make-up workdays fall on weekends: is the date right?",
            )),
            Why::DayMissing(_) => Some(Title::new("也要列出：off 或 work", "list it too: off, or work")),
            Why::Twice(_) | Why::Year(_) | Why::YearsMissing { .. } => None,
        }
    }
}

fn years(years: &RangeInclusive<i16>) -> String {
    match years.end() - years.start() {
        0 => format!("{} is", years.start()),
        _ => format!("{} to {} are", years.start(), years.end()),
    }
}

/// Listed days under construction. A year is covered if any day of it is listed.
#[derive(Clone, Debug, Default)]
pub struct Listing(BTreeMap<Date, Listed>);

impl Listing {
    /// Adds a day. What is refused is not added.
    ///
    /// # Errors
    /// The day is there already, or its year cannot be meant.
    pub fn add(&mut self, date: Date, listed: Listed) -> Result<(), BadDay> {
        if !(CALENDAR_YEAR_MIN..=CALENDAR_YEAR_MAX).contains(&date.year()) {
            return Err(BadDay { date, why: Why::Year(date) });
        }
        match self.0.entry(date) {
            Entry::Vacant(entry) => {
                entry.insert(listed);
                Ok(())
            }
            Entry::Occupied(_) => Err(BadDay { date, why: Why::Twice(date) }),
        }
    }

    /// The days, if they fit together.
    ///
    /// # Errors
    /// Every listed day that does not.
    pub fn finish(self) -> Result<Days, Vec<BadDay>> {
        let listed = |date: Date| self.0.get(&date).copied();
        let mut bad = Vec::new();
        let mut before: Option<Date> = None;
        for (&date, kind) in &self.0 {
            if let Some(before) = before
                && before.year() + 1 < date.year()
            {
                let missing = before.year() + 1..=date.year() - 1;
                bad.push(BadDay { date, why: Why::YearsMissing { missing, year: date.year() } });
            }
            before = Some(date);
            // The neighbours exist: years are bounded.
            let yesterday = date.yesterday().unwrap_or(date);
            let day_before = yesterday.yesterday().unwrap_or(date);
            let tomorrow = date.tomorrow().unwrap_or(date);
            let is_off = |date| listed(date) == Some(Listed::Off);
            let is_between = is_off(yesterday) && is_off(tomorrow);
            if *kind == Listed::Work && is_weekday(date) && !is_between {
                bad.push(BadDay { date, why: Why::WorkOnWeekday(date, name(date.weekday())) });
            }
            // A holiday is never cut by a single day of work: somebody left out a row. Two days would
            // be as odd, but three have been published.
            if *kind == Listed::Off && is_off(day_before) && listed(yesterday).is_none() && is_weekday(yesterday) {
                bad.push(BadDay { date, why: Why::DayMissing(yesterday) });
            }
        }
        if bad.is_empty() { Ok(Days::new(&self.0)) } else { Err(bad) }
    }
}

fn is_weekday(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// Every day there is, worked or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// First day of the covered years.
    first: i64,
    /// Workdays from the first day until before each day of the covered years and the day after
    /// them; empty where no year is covered.
    before: Vec<u32>,
}

impl Days {
    /// Plain weeks: no year is covered.
    pub fn plain() -> Days {
        Days::default()
    }

    fn new(listed: &BTreeMap<Date, Listed>) -> Days {
        let (Some((first, _)), Some((last, _))) = (listed.first_key_value(), listed.last_key_value()) else {
            return Days::plain();
        };
        let first = number_of(jiff::civil::date(first.year(), 1, 1));
        let end = number_of(jiff::civil::date(last.year(), 12, 31)) + 1;
        let listed: BTreeMap<i64, Listed> = listed.iter().map(|(date, kind)| (number_of(*date), *kind)).collect();
        let mut count = 0;
        let mut before = vec![count];
        for day in first..end {
            let is_worked =
                listed.get(&day).map_or(weekdays_before(day) < weekdays_before(day + 1), |kind| *kind == Listed::Work);
            count += u32::from(is_worked);
            before.push(count);
        }
        Days { first, before }
    }

    /// The day after the covered years.
    fn end(&self) -> i64 {
        self.first + self.before.len().saturating_sub(1) as i64
    }

    /// The covered years.
    pub(super) fn years(&self) -> Option<RangeInclusive<i16>> {
        let (first, last) = (date_of(self.first)?, date_of(self.end() - 1)?);
        (self.first < self.end()).then(|| first.year()..=last.year())
    }

    /// Whether any of these days lies outside the covered years.
    pub(super) fn are_uncovered(&self, days: RangeInclusive<i64>) -> bool {
        !days.is_empty() && (*days.start() < self.first || self.end() <= *days.end())
    }

    /// Workdays from the first covered day until before a day; negative before that.
    pub(super) fn workdays_before(&self, day: i64) -> i64 {
        if day < self.first {
            return weekdays_before(day) - weekdays_before(self.first);
        }
        match usize::try_from(day - self.first).ok().and_then(|at| self.before.get(at)) {
            Some(count) => i64::from(*count),
            None => self.workdays() + weekdays_before(day) - weekdays_before(self.end()),
        }
    }

    /// Whether a day is worked.
    pub(super) fn is_workday(&self, day: i64) -> bool {
        self.workdays_before(day) < self.workdays_before(day + 1)
    }

    /// The workday that has so many before it.
    pub(super) fn nth_workday(&self, before: i64) -> i64 {
        if before < 0 {
            return nth_weekday(weekdays_before(self.first) + before);
        }
        if self.workdays() <= before {
            return nth_weekday(weekdays_before(self.end()) + before - self.workdays());
        }
        let at = self.before.partition_point(|count| i64::from(*count) <= before);
        self.first + at as i64 - 1
    }

    /// Workdays of the covered years.
    fn workdays(&self) -> i64 {
        self.before.last().map_or(0, |count| i64::from(*count))
    }
}

/// Weekdays from a Monday in 1969 until before a day.
fn weekdays_before(day: i64) -> i64 {
    let days = day - MONDAY;
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(5)
}

/// The weekday that has so many before it.
fn nth_weekday(before: i64) -> i64 {
    before.div_euclid(5) * 7 + before.rem_euclid(5) + MONDAY
}

/// A date as the number of days since 1970-01-01.
pub(super) fn number_of(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_secs().div_euclid(DAY_S)
}

/// The date of a number, if the calendar of instants holds it.
pub(super) fn date_of(number: i64) -> Option<Date> {
    let start = Timestamp::from_second(number.checked_mul(DAY_S)?).ok()?;
    Some(TimeZone::UTC.to_datetime(start).date())
}
