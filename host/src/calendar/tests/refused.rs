//! What no calendar is made of, and instants at the end of all days.

use expect_test::{Expect, expect};
use jiff::Timestamp;
use plugin_api::Budget as Given;

use super::{OFFICE, Pair, allowed, read_hours};
use crate::calendar::{BadDay, Budget, Calendar, Days, Listed, Listing, Mark, Span, Spans, Unit};

#[test]
fn hours() {
    let mut shown = String::new();
    for text in [
        "08:30-12:00",
        "8:30–12:00",
        "0:00-24:00",
        "23:59-24:00",
        "12:00-12:00",
        "12:00-08:30",
        "24:00-24:00",
        "08:30-24:01",
        "08:60-12:00",
        "08:30",
        "08:30-",
        "-08:30-12:00",
        "+8:30-12:00",
        "8.30-12.00",
        "08:30-12:00-13:00",
        "",
    ] {
        let read = match text.parse::<Span>() {
            Ok(span) => format!("{span:?}"),
            Err(bad) => bad.to_string(),
        };
        shown += &format!("{text:?} {read}\n");
    }
    let mut spans = Spans::default();
    for text in ["08:30-12:00", "11:59-13:00", "07:00-08:00", "12:00-12:30", "14:30-17:30"] {
        let added = spans.add(text.parse().expect("a span"));
        shown += &format!("{text} {added:?}\n");
    }
    for hour in 18..23 {
        let added = spans.add(format!("{hour}:00-{hour}:30").parse().expect("a span"));
        shown += &format!("{hour} {}\n", added.map_or_else(|bad| bad.to_string(), |()| "added".to_owned()));
    }
    shown += &format!("{:?}\n", Spans::default().finish());
    expect![[r#"
        "08:30-12:00" Span { from_ms: 30600000, to_ms: 43200000 }
        "8:30–12:00" Span { from_ms: 30600000, to_ms: 43200000 }
        "0:00-24:00" Span { from_ms: 0, to_ms: 86400000 }
        "23:59-24:00" Span { from_ms: 86340000, to_ms: 86400000 }
        "12:00-12:00" are empty
        "12:00-08:30" end before they begin
        "24:00-24:00" are not from one time to another
        "08:30-24:01" are not from one time to another
        "08:60-12:00" are not from one time to another
        "08:30" are not from one time to another
        "08:30-" are not from one time to another
        "-08:30-12:00" are not from one time to another
        "+8:30-12:00" are not from one time to another
        "8.30-12.00" are not from one time to another
        "08:30-12:00-13:00" are not from one time to another
        "" are not from one time to another
        08:30-12:00 Ok(())
        11:59-13:00 Err(Overlap)
        07:00-08:00 Err(Overlap)
        12:00-12:30 Ok(())
        14:30-17:30 Ok(())
        18 added
        19 added
        20 added
        21 added
        22 added
        None
    "#]]
    .assert_eq(&shown);
    assert_eq!(super::Hours::usual(), read_hours(&OFFICE));
}

#[track_caller]
fn check_days(days: &[&str], expected: Expect) {
    let mut listing = Listing::default();
    let mut bad: Vec<BadDay> = Vec::new();
    for day in days {
        let (date, kind) = day.split_once(' ').unwrap_or((day, "off"));
        let listed = if kind == "off" { Listed::Off } else { Listed::Work };
        bad.extend(listing.add(date.parse().expect("a date"), listed).err());
    }
    match listing.finish() {
        Ok(_) if bad.is_empty() => bad.clear(),
        Ok(_) => {}
        Err(more) => bad.extend(more),
    }
    let shown: String = bad
        .iter()
        .map(|bad| {
            format!("{} {bad}{}\n", bad.date, bad.hint().map(|hint| format!("; {}", hint.en)).unwrap_or_default())
        })
        .collect();
    expected.assert_eq(&shown);
}

#[test]
fn days() {
    check_days(&[], expect![[""]]);
    check_days(
        &["2026-01-01", "2026-01-01", "2026-01-02", "2026-01-01 work"],
        expect![[r#"
        2026-01-01 2026-01-01 stands twice
        2026-01-01 2026-01-01 stands twice
    "#]],
    );
    check_days(
        &["1999-12-31", "2200-01-01", "0206-01-01"],
        expect![[r#"
        1999-12-31 1999-12-31 is not in a year from 2000 to 2199
        2200-01-01 2200-01-01 is not in a year from 2000 to 2199
        0206-01-01 0206-01-01 is not in a year from 2000 to 2199
    "#]],
    );
    check_days(
        &["2025-01-01", "2026-01-01", "2062-01-01"],
        expect![[r#"
        2062-01-01 2062 is listed, but 2027 to 2061 are not: a year is missing, or wrong here
    "#]],
    );
    check_days(
        &["2024-01-01", "2026-01-01", "2028-01-03"],
        expect![[r#"
        2026-01-01 2026 is listed, but 2025 is not: a year is missing, or wrong here
        2028-01-03 2028 is listed, but 2027 is not: a year is missing, or wrong here
    "#]],
    );
    check_days(
        &["2026-02-27 work", "2026-02-28 work"],
        expect![[r#"
        2026-02-27 2026-02-27 is a Friday and worked anyway, so it makes up for no other day; make-up workdays fall on weekends: is the date right?
    "#]],
    );
    // 2026-02-17 is left out.
    check_days(
        &["2026-02-15", "2026-02-16", "2026-02-18"],
        expect![[r#"
        2026-02-18 2026-02-17 is missing between two free days; list it too: off, or work
    "#]],
    );
    // It may be worked, if that is said.
    check_days(&["2026-02-15", "2026-02-16", "2026-02-17 work", "2026-02-18"], expect![[""]]);
    // A Sunday between is free without being listed.
    check_days(&["2026-03-07", "2026-03-09"], expect![[""]]);
}

/// A calendar without a listed day has plain weeks, and everything that is worked is provisional.
#[test]
fn no_days_at_all() {
    let calendar = Calendar::new(jiff::tz::TimeZone::UTC, read_hours(&OFFICE), Days::plain());
    let start: Timestamp = "2026-01-01T10:00:00Z".parse().expect("an instant");
    let words = |budget| calendar.words(calendar.after(start, allowed(budget))).en;
    assert_eq!(words(Given::Workdays(1)), "Fri 2026-01-02 17:30 (provisional)");
    assert_eq!(words(Given::workhours(7)), "Fri 2026-01-02 10:30 (provisional)");
    assert_eq!(words(Given::hours(7)), "Thu 2026-01-01 17:00");
    assert_eq!(calendar.years(), None);
    let listed = Listing::default().finish().expect("nothing is wrong with nothing");
    assert_eq!(listed, Days::plain());
}

#[test]
fn budgets_and_marks() {
    let date = |text: &str| text.parse::<jiff::civil::Date>().expect("a date");
    let budgets = [
        Given::Workdays(0),
        Given::Workdays(2_501),
        Given::Workminutes(0),
        Given::workhours(u32::MAX),
        Given::Minutes(u32::MAX),
        Given::By(date("1999-12-31")),
        Given::Until("2200-01-01T00:00:00Z".parse().expect("an instant")),
    ];
    let mut shown = String::new();
    for budget in budgets {
        shown += &format!("{}\n", Budget::new(budget).expect_err("out of bounds"));
    }
    let fixed = allowed(Given::By(date("2026-03-02")));
    for mark in [Mark::share(0, 4), Mark::share(4, 4), Mark::share(1, 0), Mark::before(fixed), Mark::after(fixed)] {
        shown += &format!("{}\n", mark.expect_err("no mark"));
    }
    expect![[r#"
        a budget of 0 workdays is not within 1 workday to 2500 workdays
        a budget of 2501 workdays is not within 1 workday to 2500 workdays
        a budget of 0 workhours is not within 1 workminute to 20000 workhours
        a budget of 4294967295 workminutes is not within 1 workminute to 20000 workhours
        a budget of 4294967295 minutes is not within 1 minute to 87600 hours
        a budget of by 1999-12-31 is not in a year from 2000 to 2199
        a budget of until 2200-01-01T00:00:00Z is not in a year from 2000 to 2199
        0/4 is not a share between nothing and all
        4/4 is not a share between nothing and all
        1/0 is not a share between nothing and all
        by 2026-03-02 is not a span of time
        by 2026-03-02 is not a span of time
    "#]]
    .assert_eq(&shown);
}

/// Nothing falls over where instants end, nor over ten years of one minute a day.
#[test]
fn the_end_of_all_days() {
    let one_minute = Pair::new(&["09:00-09:01"]).calendar;
    let office = Pair::new(&OFFICE).calendar;
    let instants =
        [Timestamp::MIN, Timestamp::UNIX_EPOCH, "2026-03-02T01:00:00Z".parse().expect("one"), Timestamp::MAX];
    let budgets = [
        Given::Workdays(Given::WORKDAYS_MAX),
        Given::Workminutes(Given::WORKMINUTES_MAX),
        Given::Minutes(Given::MINUTES_MAX),
        Given::By("2199-12-31".parse().expect("a date")),
    ];
    for calendar in [one_minute, office] {
        for start in instants {
            for budget in budgets.map(allowed) {
                let due = calendar.after(start, budget);
                assert!(start <= due.at, "{start} {}", budget.get());
                let left = calendar.left(start, budget.whole(), due.at);
                assert!(due.at <= calendar.due(due.at, left).at);
                for mark in [Mark::share(1, 2), Mark::before(budget), Mark::after(budget)].into_iter().flatten() {
                    let _ = calendar.mark(start, due, budget, mark);
                }
                for other in instants {
                    for unit in [Unit::Workdays, Unit::Workminutes, Unit::Minutes] {
                        let _ = calendar.between(start, other, unit);
                    }
                }
            }
        }
    }
}
