//! The vectors of the law and of the office, each computed a second way.
//!
//! [`Pair`] has the calendar and the walk over the same days; what it answers, both have said.

mod marks;
mod random;
mod refused;
mod vectors;
mod walk;

use expect_test::Expect;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use plugin_api::Budget as Given;

use super::{Budget, Calendar, Days, Due, Hours, Listed, Listing, Span, Spans, Unit};
use walk::{Found, Walk, second_of};

const OFFICE: [&str; 2] = ["08:30-12:00", "14:30-17:30"];

/// The office's hours and the notices of 2025 and 2026, for tests of what runs by them.
pub(crate) fn office() -> Calendar {
    Pair::new(&OFFICE).calendar
}

/// The same with days of further years that are off.
pub(crate) fn office_with(off: &[&str]) -> Calendar {
    let zone = TimeZone::get("Asia/Shanghai").expect("the zone is bundled");
    Calendar::new(zone, read_hours(&OFFICE), read_days(true, off))
}

/// A calendar, and a walk over the same days.
struct Pair {
    calendar: Calendar,
    walk: Walk,
}

impl Pair {
    /// The notices of 2025 and 2026.
    fn new(hours: &[&str]) -> Pair {
        Pair::of(hours, true)
    }

    fn of(hours: &[&str], has_made_up_days: bool) -> Pair {
        let walked: Vec<(i64, i64)> = hours.iter().map(|span| minutes(span)).collect();
        let days = read_days(has_made_up_days, &[]);
        let zone = TimeZone::get("Asia/Shanghai").expect("the zone is bundled");
        Pair { calendar: Calendar::new(zone, read_hours(hours), days), walk: Walk::new(&walked, has_made_up_days) }
    }

    fn instant(&self, text: &str) -> i64 {
        let minute = self.walk.parse(text);
        let local: jiff::civil::DateTime = text.parse().expect("an instant");
        let instant = self.calendar.zone().to_timestamp(local).expect("the zone has no gaps");
        assert_eq!(instant, at(minute), "{text}");
        minute
    }

    /// What the calendar says is due, if the walk says the same.
    fn agreed(&self, what: &str, due: Due, walked: Found) -> i64 {
        assert_eq!(
            (self.shown(due.at), due.is_provisional),
            (self.walk.show(walked.0), walked.1),
            "{what}: calendar, walk"
        );
        assert_eq!(due.at, at(walked.0), "{what}");
        walked.0
    }

    fn after(&self, start: i64, budget: Given) -> Due {
        let due = self.calendar.after(at(start), allowed(budget));
        let walked = match budget {
            Given::Minutes(minutes) => (start + i64::from(minutes), false),
            Given::Workminutes(minutes) => self.walk.after_workminutes(start, minutes.into()),
            Given::Workdays(days) => self.walk.after_workdays(start, days.into()),
            Given::By(date) => self.walk.by_day(start, self.walk.parse(&date.to_string()) / 1_440),
            Given::Until(instant) => ((instant.as_second() - second_of(0)) / 60, false),
        };
        self.agreed(&budget.to_string(), due, walked);
        due
    }

    fn between(&self, from: i64, to: i64, unit: Unit) -> (u64, bool) {
        let used = self.calendar.between(at(from), at(to), unit);
        let walked = match unit {
            Unit::Workdays => self.walk.workdays_between(from, to),
            Unit::Workminutes => self.walk.workminutes_between(from, to),
            Unit::Minutes => ((to - from).max(0), false),
        };
        let shown = (self.walk.show(from), self.walk.show(to));
        assert_eq!((used.count as i64, used.is_provisional), walked, "{unit:?} in {shown:?}: calendar, walk");
        (used.count, used.is_provisional)
    }

    fn shown(&self, at: Timestamp) -> String {
        self.calendar.zone().to_datetime(at).strftime("%a %Y-%m-%d %H:%M").to_string()
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(second_of(minute)).expect("a walk ends in 2030")
}

fn minute_of(at: Timestamp) -> i64 {
    (at.as_second() - second_of(0)) / 60
}

fn allowed(budget: Given) -> Budget {
    Budget::new(budget).expect("a budget within bounds")
}

fn read_hours(spans: &[&str]) -> Hours {
    let mut hours = Spans::default();
    for span in spans {
        hours.add(span.parse::<Span>().expect("a span")).expect("one that follows");
    }
    hours.finish().expect("there is one")
}

fn minutes(span: &str) -> (i64, i64) {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').expect("a time");
        hour.parse::<i64>().expect("an hour") * 60 + minute.parse::<i64>().expect("a minute")
    };
    let (from, to) = span.split_once('-').expect("a span");
    (minute(from), minute(to))
}

/// The example district's file, which is the notices', and more days that are off.
fn read_days(has_made_up_days: bool, off: &[&str]) -> Days {
    let mut listing = Listing::default();
    for row in include_str!("../../demo/calendar.csv").lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let listed = if cells[2] == "off" { Listed::Off } else { Listed::Work };
        if listed == Listed::Off || has_made_up_days {
            listing.add(cells[0].parse().expect("a date"), listed).expect("a day that is listed once");
        }
    }
    for day in off {
        listing.add(day.parse().expect("a date"), Listed::Off).expect("a day that is listed once");
    }
    listing.finish().expect("published days")
}

/// Lines of `START + BUDGET + BUDGET …`, each budget starting when the one before is used up; or of
/// `START .. END UNIT`.
#[track_caller]
fn check(pair: &Pair, lines: &str, expected: Expect) {
    let mut shown = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let answers = match line.split_once(" .. ") {
            Some((from, rest)) => vec![answer_between(pair, from, rest)],
            None => answer_after(pair, line),
        };
        shown += &format!("{line}\n");
        for answer in answers {
            shown += &format!("    {answer}\n");
        }
    }
    expected.assert_eq(&shown);
}

fn answer_after(pair: &Pair, line: &str) -> Vec<String> {
    let mut parts = line.split(" + ");
    let mut from = pair.instant(parts.next().expect("an instant"));
    let mut answers = Vec::new();
    for budget in parts {
        let budget = match budget.split_once(' ') {
            Some(("by", date)) => Given::By(date.parse().expect("a date")),
            Some(("until", instant)) => Given::Until(at(pair.instant(instant))),
            _ => budget.parse().expect("a budget"),
        };
        let due = pair.after(from, budget);
        answers.push(pair.calendar.words(due).en);
        from = minute_of(due.at);
    }
    answers
}

fn answer_between(pair: &Pair, from: &str, rest: &str) -> String {
    let (to, unit) = rest.rsplit_once(' ').expect("a unit");
    let words = match unit {
        "workdays" => Unit::Workdays,
        "workminutes" => Unit::Workminutes,
        "minutes" => Unit::Minutes,
        other => panic!("no unit {other:?}"),
    };
    let (count, is_provisional) = pair.between(pair.instant(from), pair.instant(to), words);
    format!("{count} {unit}{}", if is_provisional { " (provisional)" } else { "" })
}
