//! When schedules come, held against a second way of finding it: a walk over every day.

use expect_test::expect;
use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::{Every, Since};
use crate::calendar::{Calendar, Days, Hours, Listed, Listing};

/// A made-up year: the first week of May is free, a Saturday makes up for it.
fn calendar(zone: &str) -> Calendar {
    let mut listing = Listing::default();
    for day in 1..=5 {
        listing.add(date(2026, 5, day), Listed::Off).unwrap();
    }
    listing.add(date(2026, 5, 9), Listed::Work).unwrap();
    Calendar::new(TimeZone::get(zone).unwrap(), Hours::usual(), listing.finish().unwrap())
}

fn at(text: &str, calendar: &Calendar) -> Timestamp {
    let time: DateTime = text.replace(' ', "T").parse().unwrap();
    calendar.zone().to_ambiguous_timestamp(time).compatible().unwrap()
}

/// Every time it comes after an instant and by another, as local times.
fn times(every: &str, from: &str, to: &str, calendar: &Calendar) -> Vec<String> {
    let every: Every = every.parse().unwrap_or_else(|error| panic!("{every}: {error:?}"));
    let mut since = Since { began: at(from, calendar), last: None };
    let mut times = Vec::new();
    while let Some(due) = every.next(since, calendar).filter(|due| due.at <= at(to, calendar)) {
        since.last = Some(due.at);
        let mark = if due.is_provisional { " ?" } else { "" };
        times.push(format!("{}{mark}", calendar.zone().to_datetime(due.at).strftime("%Y-%m-%d %H:%M")));
    }
    times
}

/// The same by another way: every day is looked at, and the plain words of the pattern asked of it.
fn walked(fits: impl Fn(Date, &[Date]) -> bool, from: Date, to: Date, calendar: &Calendar) -> Vec<Date> {
    let mut found = Vec::new();
    let mut day = from;
    let (mut months, mut period): (i8, Vec<Date>) = (0, Vec::new());
    while day <= to {
        if day.month() != months || day == from {
            months = day.month();
            let first = day.first_of_month();
            let days = (0..first.days_in_month()).map(|n| first.checked_add(i64::from(n).days()).unwrap());
            period = days.filter(|day| calendar.is_workday(*day)).collect();
        }
        if fits(day, &period) {
            found.push(day);
        }
        day = day.tomorrow().unwrap();
    }
    found
}

#[test]
fn days_are_those_that_a_walk_over_the_calendar_finds() {
    let calendar = calendar("Asia/Shanghai");
    type Fits = fn(Date, &[Date]) -> bool;
    let patterns: [(&str, Fits); 8] = [
        ("day", |_, _| true),
        ("workday", |day, workdays| workdays.contains(&day)),
        ("week on saturday", |day, _| day.weekday() == Weekday::Saturday),
        ("month on day 31", |day, _| day.day() == 31),
        ("month on last day", |day, _| day == day.last_of_month()),
        ("month on workday 5", |day, workdays| workdays.get(4) == Some(&day)),
        ("month on last workday", |day, workdays| workdays.last() == Some(&day)),
        ("year on 02-29", |day, _| (day.month(), day.day()) == (2, 29)),
    ];
    for (pattern, fits) in patterns {
        let expected: Vec<String> = walked(fits, date(2026, 1, 1), date(2029, 12, 31), &calendar)
            .into_iter()
            .map(|day| format!("{day} 09:00"))
            .collect();
        let found = times(&format!("{pattern} at 09:00"), "2025-12-31 12:00", "2029-12-31 23:00", &calendar);
        let found: Vec<&str> = found.iter().map(|time| time.trim_end_matches(" ?")).collect();
        assert_eq!(found, expected, "{pattern}");
    }
}

#[test]
fn longer_periods_are_counted_from_their_first_day() {
    let calendar = calendar("Asia/Shanghai");
    let told = |every: &str| times(every, "2026-01-01 00:00", "2027-02-01 00:00", &calendar).join(", ");
    expect!["2026-01-31 08:00, 2026-05-01 08:00, 2026-07-31 08:00, 2026-10-31 08:00, 2027-01-31 08:00"]
        .assert_eq(&told("quarter on day 31 at 08:00"));
    expect!["2026-06-30 08:00, 2026-12-31 08:00"].assert_eq(&told("half-year on last day at 08:00"));
    expect!["2026-01-01 08:00, 2027-01-01 08:00 ?"].assert_eq(&told("year on workday 1 at 08:00"));
    expect!["2026-03-15 08:00"].assert_eq(&told("year on 03-15 at 08:00"));
}

/// A zone that turns its clocks: an hour that is left out comes later, one that comes twice comes once.
#[test]
fn an_hour_that_is_left_out_or_comes_twice_comes_once() {
    let calendar = calendar("Europe/Berlin");
    let told = |every: &str, from: &str, to: &str| times(every, from, to, &calendar).join(", ");
    expect!["2026-03-28 02:30, 2026-03-29 03:30, 2026-03-30 02:30"].assert_eq(&told(
        "day at 02:30",
        "2026-03-28 00:00",
        "2026-03-31 00:00",
    ));
    expect!["2026-10-24 02:30, 2026-10-25 02:30, 2026-10-26 02:30"].assert_eq(&told(
        "day at 02:30",
        "2026-10-24 00:00",
        "2026-10-27 00:00",
    ));
}

/// It came on one day; another calendar moves that day on: it does not come twice in its month. Moved
/// back to a day that is over, it comes late rather than never.
#[test]
fn another_calendar_makes_it_come_neither_twice_nor_never() {
    let (plain, listed) = (
        Calendar::new(TimeZone::get("Asia/Shanghai").unwrap(), Hours::usual(), Days::plain()),
        calendar("Asia/Shanghai"),
    );
    let every: Every = "month on workday 2 at 09:00".parse().unwrap();
    let came = at("2026-05-04 09:00", &plain);
    let since = Since { began: at("2026-01-01 09:00", &plain), last: Some(came) };
    assert_eq!(every.next(since, &listed).map(|due| due.at), Some(at("2026-06-02 09:00", &listed)));
    let since = Since { last: Some(at("2026-04-02 09:00", &plain)), ..since };
    assert_eq!(every.next(since, &listed).map(|due| due.at), Some(at("2026-05-07 09:00", &listed)));
    assert_eq!(every.next(since, &plain).map(|due| due.at), Some(came));
}

#[test]
fn what_never_comes_is_known() {
    let calendar = calendar("Asia/Shanghai");
    for (every, comes) in [
        ("year on 02-29 at 09:00", true),
        ("year on 02-30 at 09:00", false),
        ("year on 04-31 at 09:00", false),
        ("month on day 31 at 09:00", true),
        ("month on day 32 at 09:00", false),
        ("month on workday 23 at 09:00", true),
        ("month on workday 25 at 09:00", false),
        ("quarter on day 92 at 09:00", true),
        ("quarter on day 93 at 09:00", false),
        ("year on day 366 at 09:00", true),
        ("year on workday 270 at 09:00", false),
    ] {
        assert_eq!(every.parse::<Every>().unwrap().comes(&calendar), comes, "{every}");
    }
}

#[test]
fn words_are_read_back_and_told() {
    let all = [
        "day at 00:00",
        "workday at 08:30",
        "week on sunday at 23:59",
        "month on day 10 at 09:00",
        "quarter on day 10 at 09:00",
        "month on last workday at 17:00",
        "half-year on workday 5 at 09:00",
        "year on 03-15 at 09:00",
    ];
    let words = all.map(|text| {
        let every: Every = text.parse().unwrap();
        assert_eq!(every.to_string(), text);
        every.words().zh
    });
    expect!["每天 00:00，每个工作日 08:30，每周日 23:59，每月 10 日 09:00，每季度第 10 天 09:00，每月最后一个工作日 17:00，每半年第 5 个工作日 09:00，每年 3 月 15 日 09:00"]
        .assert_eq(&words.join("，"));
}

#[test]
fn what_does_not_parse_says_where_and_what_was_expected() {
    let told = |text: &str| {
        let bad = text.parse::<Every>().unwrap_err();
        format!("{text} / {}: {:?} instead of {}", bad.offset, bad.found, bad.expected.en)
    };
    let all = [
        "monthly at 09:00",
        "month at 09:00",
        "month on 5 at 09:00",
        "month on workday at 09:00",
        "month on workday 0 at 09:00",
        "month on last sunday at 09:00",
        "week on 月 at 09:00",
        "year on 13-01 at 09:00",
        "month on 03-15 at 09:00",
        "day",
        "day at 9:00",
        "day at 24:00",
        "day at 09:00 sharp",
    ];
    expect![[r#"
        monthly at 09:00 / 0: "monthly" instead of day, workday, week, month, quarter, half-year or year
        month at 09:00 / 6: "at" instead of "on"
        month on 5 at 09:00 / 9: "5" instead of day N, workday N or last
        month on workday at 09:00 / 17: "at" instead of a whole number from 1
        month on workday 0 at 09:00 / 17: "0" instead of a whole number from 1
        month on last sunday at 09:00 / 14: "sunday" instead of day or workday
        week on 月 at 09:00 / 8: "月" instead of one of monday to sunday
        year on 13-01 at 09:00 / 8: "13-01" instead of day N, workday N, last, or month-day such as 03-15
        month on 03-15 at 09:00 / 9: "03-15" instead of day N, workday N or last
        day / 3: "" instead of "at"
        day at 9:00 / 7: "9:00" instead of a time such as 09:00
        day at 24:00 / 7: "24:00" instead of a time such as 09:00
        day at 09:00 sharp / 13: "sharp" instead of nothing more"#]]
    .assert_eq(&all.map(told).join("\n"));
}
