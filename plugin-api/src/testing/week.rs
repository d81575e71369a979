//! Working time of a plain week, for the double: Monday to Friday, 08:30 to 12:00 and 14:30 to 17:30,
//! no holidays. The host has the district's calendar; what a desk makes of an answer is the same.

use jiff::civil::{Date, DateTime, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::clock::{Elapsed, TimeUnit};
use crate::{Budget, Due};

/// Spans of a workday, in minutes of the day.
const SPANS: [(i64, i64); 2] = [(510, 720), (870, 1050)];

/// When a budget is used up.
pub(super) fn after(zone: &TimeZone, from: Timestamp, budget: Budget) -> Due {
    let local = zone.to_datetime(from);
    let at = match budget {
        Budget::Minutes(minutes) => return due(from + i64::from(minutes).minutes()),
        Budget::Until(at) => return due(at.max(from)),
        Budget::By(date) => end_of(workday_from(date)),
        Budget::Workdays(days) => {
            let last = (0..days).fold(local.date(), |day, _| workday_from(tomorrow(day)));
            end_of(last)
        }
        Budget::Workminutes(minutes) => {
            let mut left = i64::from(minutes);
            let mut at = local;
            while 0 < left {
                at = at.saturating_add(1.minute());
                left -= i64::from(is_worked(at.saturating_sub(1.minute())));
            }
            at
        }
    };
    due(zone.to_timestamp(at).map_or(from, |at| at.max(from)))
}

/// How much time there is between two instants.
pub(super) fn between(zone: &TimeZone, from: Timestamp, to: Timestamp, unit: TimeUnit) -> Elapsed {
    if to <= from {
        return Elapsed { count: 0, provisional: false };
    }
    let minutes = to.duration_since(from).as_mins();
    let count = match unit {
        TimeUnit::Minutes => minutes,
        TimeUnit::Workminutes => {
            let start = zone.to_datetime(from);
            (0..minutes).filter(|minute| is_worked(start.saturating_add(minute.minutes()))).count() as i64
        }
        TimeUnit::Workdays => {
            let (start, end) = (zone.to_datetime(from).date(), zone.to_datetime(to));
            let is_over = time(17, 30, 0, 0) <= end.time();
            let days =
                start.series(1.day()).skip(1).take_while(|day| *day < end.date() || (is_over && *day == end.date()));
            days.filter(|day| is_workday(*day)).count() as i64
        }
    };
    Elapsed { count: u64::try_from(count).unwrap_or(0), provisional: false }
}

fn due(at: Timestamp) -> Due {
    Due { at, provisional: false }
}

fn tomorrow(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn is_workday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn workday_from(day: Date) -> Date {
    if is_workday(day) { day } else { workday_from(tomorrow(day)) }
}

fn end_of(day: Date) -> DateTime {
    day.to_datetime(time(17, 30, 0, 0))
}

fn is_worked(at: DateTime) -> bool {
    let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
    is_workday(at.date()) && SPANS.iter().any(|(from, to)| (*from..*to).contains(&minute))
}
