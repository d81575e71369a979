//! What is due when: the vectors of the domain rules, 1.3 and 12.1, and the ladder over Spring Festival.

use expect_test::expect;

use super::{Calendar, Listed, Listing, OFFICE, Pair, Unit, check, date, minute_of};

/// Domain rules 12.1: "date + n working days".
#[test]
fn published_vectors() {
    check(
        &Pair::new(&OFFICE),
        "
        2026-04-30 10:00 + 1 workday
        2026-02-13 10:00 + 1 workday
        2026-02-14 10:00 + 1 workday
        2026-09-18 10:00 + 5 workdays
        2026-09-30 10:00 + 1 workday
        2026-01-01 10:00 + 1 workday
        2025-09-26 10:00 + 5 workdays
        2026-05-08 10:00 + 2 workdays
        2026-12-30 10:00 + 5 workdays
        ",
        expect![[r#"
            2026-04-30 10:00 + 1 workday
                Wed 2026-05-06 17:30
            2026-02-13 10:00 + 1 workday
                Sat 2026-02-14 17:30
            2026-02-14 10:00 + 1 workday
                Tue 2026-02-24 17:30
            2026-09-18 10:00 + 5 workdays
                Thu 2026-09-24 17:30
            2026-09-30 10:00 + 1 workday
                Thu 2026-10-08 17:30
            2026-01-01 10:00 + 1 workday
                Sun 2026-01-04 17:30
            2025-09-26 10:00 + 5 workdays
                Fri 2025-10-10 17:30
            2026-05-08 10:00 + 2 workdays
                Mon 2026-05-11 17:30
            2026-12-30 10:00 + 5 workdays
                Wed 2027-01-06 17:30 (provisional)
        "#]],
    );
}

/// Domain rules 12.1: 248 workdays in each year, and those of 2026 by month.
#[test]
fn workdays_of_the_years() {
    let pair = Pair::new(&OFFICE);
    let mut of_month = [0; 12];
    let mut of_year = [0; 7];
    for day in &pair.walk.days {
        let (year, month, number) = day.date;
        let civil = date(year as i16, month as i8, number as i8);
        assert_eq!(pair.calendar.is_workday(civil), day.is_worked, "{civil}");
        of_year[year as usize - 2024] += u32::from(day.is_worked);
        if year == 2026 {
            of_month[month as usize - 1] += u32::from(day.is_worked);
        }
    }
    assert_eq!(of_year[1..3], [248, 248]);
    assert_eq!(of_month, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]);
    assert_eq!(pair.calendar.years(), Some(2025..=2026));
    let years = pair.between(pair.instant("2024-12-31 23:59"), pair.instant("2026-12-31 23:59"), Unit::Workdays);
    assert_eq!(years, (496, false));
}

/// Civil Code art. 201 and 203: the day of the start is not counted, whenever on it the clock starts;
/// the last ends with its working time.
#[test]
fn starts_of_workdays() {
    check(
        &Pair::new(&OFFICE),
        "
        2026-03-02 00:00 + 1 workday
        2026-03-02 08:30 + 1 workday
        2026-03-02 13:00 + 1 workday
        2026-03-02 17:30 + 1 workday
        2026-03-02 23:59 + 1 workday
        2026-03-07 09:00 + 1 workday
        2026-03-08 09:00 + 3 workdays
        2026-02-15 00:00 + 1 workday
        2026-03-02 10:00 + 248 workdays
        ",
        expect![[r#"
            2026-03-02 00:00 + 1 workday
                Tue 2026-03-03 17:30
            2026-03-02 08:30 + 1 workday
                Tue 2026-03-03 17:30
            2026-03-02 13:00 + 1 workday
                Tue 2026-03-03 17:30
            2026-03-02 17:30 + 1 workday
                Tue 2026-03-03 17:30
            2026-03-02 23:59 + 1 workday
                Tue 2026-03-03 17:30
            2026-03-07 09:00 + 1 workday
                Mon 2026-03-09 17:30
            2026-03-08 09:00 + 3 workdays
                Wed 2026-03-11 17:30
            2026-02-15 00:00 + 1 workday
                Tue 2026-02-24 17:30
            2026-03-02 10:00 + 248 workdays
                Tue 2027-02-23 17:30 (provisional)
        "#]],
    );
}

/// Working hours run from the instant, or from the next that is worked, and end as soon as they are used
/// up: at noon, not after lunch.
#[test]
fn starts_of_workhours() {
    check(
        &Pair::new(&OFFICE),
        "
        2026-03-02 09:00 + 2 workhours
        2026-03-02 08:30 + 210 workminutes
        2026-03-02 08:30 + 211 workminutes
        2026-03-02 12:00 + 1 workminute
        2026-03-02 13:00 + 3 workhours
        2026-03-02 06:00 + 4 workhours
        2026-03-02 16:00 + 4 workhours
        2026-03-02 17:30 + 1 workminute
        2026-03-06 17:00 + 4 workhours
        2026-03-07 12:00 + 5 workhours
        2026-02-14 17:29 + 2 workminutes
        2026-02-28 15:00 + 2 workhours
        ",
        expect![[r#"
            2026-03-02 09:00 + 2 workhours
                Mon 2026-03-02 11:00
            2026-03-02 08:30 + 210 workminutes
                Mon 2026-03-02 12:00
            2026-03-02 08:30 + 211 workminutes
                Mon 2026-03-02 14:31
            2026-03-02 12:00 + 1 workminute
                Mon 2026-03-02 14:31
            2026-03-02 13:00 + 3 workhours
                Mon 2026-03-02 17:30
            2026-03-02 06:00 + 4 workhours
                Mon 2026-03-02 15:00
            2026-03-02 16:00 + 4 workhours
                Tue 2026-03-03 11:00
            2026-03-02 17:30 + 1 workminute
                Tue 2026-03-03 08:31
            2026-03-06 17:00 + 4 workhours
                Mon 2026-03-09 12:00
            2026-03-07 12:00 + 5 workhours
                Mon 2026-03-09 16:00
            2026-02-14 17:29 + 2 workminutes
                Tue 2026-02-24 08:31
            2026-02-28 15:00 + 2 workhours
                Sat 2026-02-28 17:00
        "#]],
    );
}

/// Domain rules 1.3 has these hours; a district sets its own.
#[test]
fn other_hours() {
    check(
        &Pair::new(&["08:30-12:00", "14:00-17:30"]),
        "
        2026-03-02 16:00 + 2 workhours + 4 workhours + 5 workhours
        2026-03-02 16:00 + 7 workdays
        ",
        expect![[r#"
            2026-03-02 16:00 + 2 workhours + 4 workhours + 5 workhours
                Tue 2026-03-03 09:00
                Tue 2026-03-03 15:00
                Wed 2026-03-04 11:00
            2026-03-02 16:00 + 7 workdays
                Wed 2026-03-11 17:30
        "#]],
    );
    check(
        &Pair::new(&["00:00-24:00"]),
        "
        2026-03-02 16:00 + 1 workday + 1 workday
        2026-03-02 16:00 + 24 workhours
        2026-03-06 16:00 + 24 workhours
        ",
        expect![[r#"
            2026-03-02 16:00 + 1 workday + 1 workday
                Wed 2026-03-04 00:00
                Thu 2026-03-05 00:00
            2026-03-02 16:00 + 24 workhours
                Tue 2026-03-03 16:00
            2026-03-06 16:00 + 24 workhours
                Mon 2026-03-09 16:00
        "#]],
    );
}

/// The ladder of scenario 2: reported on the Friday before Spring Festival, nobody acts.
#[test]
fn the_ladder_in_workdays() {
    let ladder = "2026-02-13 16:00 + 2 workdays + 1 workday + 2 workdays + 3 workdays + 5 workdays";
    check(
        &Pair::new(&OFFICE),
        ladder,
        expect![[r#"
        2026-02-13 16:00 + 2 workdays + 1 workday + 2 workdays + 3 workdays + 5 workdays
            Tue 2026-02-24 17:30
            Wed 2026-02-25 17:30
            Fri 2026-02-27 17:30
            Tue 2026-03-03 17:30
            Tue 2026-03-10 17:30
    "#]],
    );
    // Without the days made up for.
    check(
        &Pair::of(&OFFICE, false),
        ladder,
        expect![[r#"
        2026-02-13 16:00 + 2 workdays + 1 workday + 2 workdays + 3 workdays + 5 workdays
            Wed 2026-02-25 17:30
            Thu 2026-02-26 17:30
            Mon 2026-03-02 17:30
            Thu 2026-03-05 17:30
            Thu 2026-03-12 17:30
    "#]],
    );
}

#[test]
fn the_ladder_in_workhours() {
    // Six and a half hours a workday.
    check(
        &Pair::new(&OFFICE),
        "2026-02-13 16:00 + 780 workminutes + 390 workminutes + 780 workminutes + 1170 workminutes + 1950 workminutes",
        expect![[r#"
            2026-02-13 16:00 + 780 workminutes + 390 workminutes + 780 workminutes + 1170 workminutes + 1950 workminutes
                Tue 2026-02-24 16:00
                Wed 2026-02-25 16:00
                Fri 2026-02-27 16:00
                Tue 2026-03-03 16:00
                Tue 2026-03-10 16:00
        "#]],
    );
}

#[test]
fn the_ladder_by_the_wall_clock() {
    check(
        &Pair::new(&OFFICE),
        "2026-02-13 16:00 + 48 hours + 24 hours + 48 hours + 72 hours + 120 hours",
        expect![[r#"
            2026-02-13 16:00 + 48 hours + 24 hours + 48 hours + 72 hours + 120 hours
                Sun 2026-02-15 16:00
                Mon 2026-02-16 16:00
                Wed 2026-02-18 16:00
                Sat 2026-02-21 16:00
                Thu 2026-02-26 16:00
        "#]],
    );
}

/// I7: what reaches into a year that is not covered is provisional; what only touches its border is not.
#[test]
fn uncovered_years() {
    check(
        &Pair::new(&OFFICE),
        "
        2026-12-30 10:00 + 1 workday
        2026-12-30 10:00 + 2 workdays
        2026-12-31 17:00 + 30 workminutes
        2026-12-31 17:00 + 31 workminutes
        2026-12-31 18:00 + 1 workminute
        2026-12-30 10:00 + 100 hours
        2024-12-31 10:00 + 1 workday
        2024-12-30 10:00 + 1 workday
        2024-12-31 18:00 + 1 workhour
        2024-12-31 17:00 + 1 workhour
        2027-02-08 10:00 + 3 workdays
        2027-02-08 10:00 + 8 workhours
        2027-02-08 10:00 + 8 hours
        2026-12-30 10:00 .. 2026-12-31 23:59 workdays
        2026-12-30 10:00 .. 2027-01-01 17:00 workdays
        2026-12-30 10:00 .. 2027-01-01 17:30 workdays
        2026-12-31 16:00 .. 2027-01-01 08:30 workminutes
        2026-12-31 16:00 .. 2027-01-01 08:31 workminutes
        ",
        expect![[r#"
            2026-12-30 10:00 + 1 workday
                Thu 2026-12-31 17:30
            2026-12-30 10:00 + 2 workdays
                Fri 2027-01-01 17:30 (provisional)
            2026-12-31 17:00 + 30 workminutes
                Thu 2026-12-31 17:30
            2026-12-31 17:00 + 31 workminutes
                Fri 2027-01-01 08:31 (provisional)
            2026-12-31 18:00 + 1 workminute
                Fri 2027-01-01 08:31 (provisional)
            2026-12-30 10:00 + 100 hours
                Sun 2027-01-03 14:00
            2024-12-31 10:00 + 1 workday
                Thu 2025-01-02 17:30
            2024-12-30 10:00 + 1 workday
                Tue 2024-12-31 17:30 (provisional)
            2024-12-31 18:00 + 1 workhour
                Thu 2025-01-02 09:30
            2024-12-31 17:00 + 1 workhour
                Thu 2025-01-02 09:00 (provisional)
            2027-02-08 10:00 + 3 workdays
                Thu 2027-02-11 17:30 (provisional)
            2027-02-08 10:00 + 8 workhours
                Tue 2027-02-09 11:30 (provisional)
            2027-02-08 10:00 + 8 hours
                Mon 2027-02-08 18:00
            2026-12-30 10:00 .. 2026-12-31 23:59 workdays
                1 workdays
            2026-12-30 10:00 .. 2027-01-01 17:00 workdays
                1 workdays
            2026-12-30 10:00 .. 2027-01-01 17:30 workdays
                2 workdays (provisional)
            2026-12-31 16:00 .. 2027-01-01 08:30 workminutes
                90 workminutes
            2026-12-31 16:00 .. 2027-01-01 08:31 workminutes
                91 workminutes (provisional)
        "#]],
    );
}

/// A fixed day ends with its working time, or with that of the next workday; a fixed instant is exact.
#[test]
fn fixed_ends() {
    check(
        &Pair::new(&OFFICE),
        "
        2026-03-02 10:00 + by 2026-07-31
        2026-03-02 10:00 + by 2026-02-01
        2026-01-05 10:00 + by 2026-01-31
        2026-02-09 10:00 + by 2026-02-16
        2026-12-01 10:00 + by 2026-12-31
        2026-12-01 10:00 + by 2027-01-31
        2026-03-02 10:00 + until 2026-03-07 09:15
        ",
        expect![[r#"
            2026-03-02 10:00 + by 2026-07-31
                Fri 2026-07-31 17:30
            2026-03-02 10:00 + by 2026-02-01
                Mon 2026-03-02 10:00
            2026-01-05 10:00 + by 2026-01-31
                Mon 2026-02-02 17:30
            2026-02-09 10:00 + by 2026-02-16
                Tue 2026-02-24 17:30
            2026-12-01 10:00 + by 2026-12-31
                Thu 2026-12-31 17:30
            2026-12-01 10:00 + by 2027-01-31
                Mon 2027-02-01 17:30 (provisional)
            2026-03-02 10:00 + until 2026-03-07 09:15
                Sat 2026-03-07 09:15
        "#]],
    );
}

#[test]
fn time_between() {
    check(
        &Pair::new(&OFFICE),
        "
        2026-02-13 16:00 .. 2026-02-24 16:00 workminutes
        2026-02-13 16:00 .. 2026-02-24 17:29 workdays
        2026-02-13 16:00 .. 2026-02-24 17:30 workdays
        2026-02-13 16:00 .. 2026-02-24 16:00 minutes
        2026-03-02 09:00 .. 2026-03-02 12:30 workminutes
        2026-03-02 09:00 .. 2026-03-02 18:00 workdays
        2026-03-07 09:00 .. 2026-03-08 18:00 workminutes
        2026-03-02 10:00 .. 2026-03-02 09:00 workminutes
        2026-03-02 10:00 .. 2026-03-01 09:00 workdays
        2026-03-02 10:00 .. 2026-03-02 09:00 minutes
        ",
        expect![[r#"
            2026-02-13 16:00 .. 2026-02-24 16:00 workminutes
                780 workminutes
            2026-02-13 16:00 .. 2026-02-24 17:29 workdays
                1 workdays
            2026-02-13 16:00 .. 2026-02-24 17:30 workdays
                2 workdays
            2026-02-13 16:00 .. 2026-02-24 16:00 minutes
                15840 minutes
            2026-03-02 09:00 .. 2026-03-02 12:30 workminutes
                180 workminutes
            2026-03-02 09:00 .. 2026-03-02 18:00 workdays
                0 workdays
            2026-03-07 09:00 .. 2026-03-08 18:00 workminutes
                0 workminutes
            2026-03-02 10:00 .. 2026-03-02 09:00 workminutes
                0 workminutes
            2026-03-02 10:00 .. 2026-03-01 09:00 workdays
                0 workdays
            2026-03-02 10:00 .. 2026-03-02 09:00 minutes
                0 minutes
        "#]],
    );
}

/// A district where clocks are turned works by what they show, and nothing is due before it starts.
#[test]
fn turned_clocks() {
    let zone = jiff::tz::TimeZone::get("America/New_York").expect("the zone is bundled");
    // Clocks are turned on Sundays; here these are worked.
    let mut listing = Listing::default();
    for sunday in [date(2026, 3, 8), date(2026, 11, 1)] {
        listing.add(sunday, Listed::Work).expect("a day");
    }
    let days = listing.finish().expect("days that fit together");
    let calendar = Calendar::new(zone.clone(), super::read_hours(&["01:00-04:00"]), days);
    let workminutes = |minutes| super::allowed(plugin_api::Budget::Workminutes(minutes));
    let mut shown = String::new();
    for (start, minutes) in [("2026-03-08T01:30", 60), ("2026-03-07T03:00", 180), ("2026-10-31T03:00", 60)] {
        let local: jiff::civil::DateTime = start.parse().expect("an instant");
        let due = calendar.after(zone.to_timestamp(local).expect("it is shown once"), workminutes(minutes));
        shown += &format!("{start} + {minutes}: {}\n", calendar.words(due).en);
    }
    for first in ["2026-03-08T00:00:00Z", "2026-11-01T00:00:00Z"] {
        let first: jiff::Timestamp = first.parse().expect("an instant");
        for minute in 0..1_440 {
            let start = first + jiff::SignedDuration::from_mins(minute);
            for minutes in [1, 20, 60, 180] {
                let due = calendar.after(start, workminutes(minutes));
                assert!(start <= due.at, "{start} + {minutes}: {}", due.at);
            }
        }
    }
    expect![[r#"
        2026-03-08T01:30 + 60: Sun 2026-03-08 03:30
        2026-03-07T03:00 + 180: Sun 2026-03-08 04:00
        2026-10-31T03:00 + 60: Sun 2026-11-01 02:00
    "#]]
    .assert_eq(&shown);
}

/// Seconds are kept: 30.25 s past in, 30.25 s past out.
#[test]
fn seconds_are_kept() {
    let pair = Pair::new(&OFFICE);
    let start: jiff::Timestamp = "2026-03-02T08:00:30.250Z".parse().expect("an instant");
    let after = |budget| pair.calendar.after(start, super::allowed(budget)).at.to_string();
    assert_eq!(after(plugin_api::Budget::workhours(1)), "2026-03-02T09:00:30.25Z");
    assert_eq!(after(plugin_api::Budget::workhours(2)), "2026-03-03T01:00:30.25Z");
    assert_eq!(after(plugin_api::Budget::hours(2)), "2026-03-02T10:00:30.25Z");
    assert_eq!(after(plugin_api::Budget::Workdays(1)), "2026-03-03T09:30:00Z");
}

#[test]
fn words() {
    let pair = Pair::new(&OFFICE);
    let due = pair.after(pair.instant("2026-12-30 10:00"), plugin_api::Budget::Workdays(5));
    assert_eq!(pair.calendar.words(due).zh, "2027-01-06 周三 17:30（暂定）");
    let due = pair.after(pair.instant("2026-02-13 16:00"), plugin_api::Budget::Workdays(2));
    assert_eq!(pair.calendar.words(due).zh, "2026-02-24 周二 17:30");
    assert_eq!(pair.walk.show(minute_of(due.at)), "Tue 2026-02-24 17:30");
}
