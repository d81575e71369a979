//! Pauses, extensions, and the marks on the way.

use expect_test::{Expect, expect};
use plugin_api::Budget as Given;

use super::{OFFICE, Pair, allowed, at, minute_of};
use crate::calendar::{Budget, Due, Left, Mark};

/// Runs a clock with pauses in the calendar and in the walk; what was left at each pause, and the end.
pub(super) fn run(pair: &Pair, start: i64, budget: Given, pauses: &[(i64, i64)]) -> (Vec<Left>, Due) {
    let mut left = allowed(budget).whole();
    let mut from = start;
    let mut lefts = Vec::new();
    for (pause, resume) in pauses {
        left = pair.calendar.left(at(from), left, at(*pause));
        lefts.push(left);
        from = *resume;
    }
    let due = pair.calendar.due(at(from), left);
    let walked = match budget {
        Given::Minutes(count) => {
            let paused: i64 = pauses.iter().map(|(from, to)| to - from).sum();
            start + i64::from(count) + paused
        }
        Given::Workminutes(count) => pair.walk.run_workminutes(start, count.into(), pauses),
        Given::Workdays(count) => pair.walk.run_workdays(start, count.into(), pauses),
        Given::By(_) | Given::Until(_) => minute_of(pair.calendar.after(at(start), allowed(budget)).at),
    };
    assert_eq!(pair.shown(due.at), pair.walk.show(walked), "{budget}: calendar, walk");
    (lefts, due)
}

/// Lines of `START + BUDGET, PAUSE to RESUME, …`.
#[track_caller]
fn check(lines: &str, expected: Expect) {
    let pair = Pair::new(&OFFICE);
    let mut shown = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut parts = line.split(", ");
        let (start, budget) = parts.next().and_then(|part| part.split_once(" + ")).expect("a start and a budget");
        let budget = match budget.split_once("by ") {
            Some((_, date)) => Given::By(date.parse().expect("a date")),
            None => budget.parse().expect("a budget"),
        };
        let pauses = parts.map(|part| part.split_once(" to ").expect("a pause and a resumption"));
        let pauses: Vec<(i64, i64)> = pauses.map(|(from, to)| (pair.instant(from), pair.instant(to))).collect();
        let (lefts, due) = run(&pair, pair.instant(start), budget, &pauses);
        shown += &format!("{line}\n");
        for left in lefts {
            let json = serde_json::to_string(&left).expect("numbers and words");
            assert_eq!(serde_json::from_str::<Left>(&json).expect("as written"), left);
            shown += &format!("    left {json}\n");
        }
        shown += &format!("    {}\n", pair.calendar.words(due).en);
    }
    expected.assert_eq(&shown);
}

/// Scenario 2, pause variant: the community's rung in hours.
#[test]
fn paused_workhours() {
    check(
        "
        2026-02-25 16:00 + 780 workminutes, 2026-02-26 09:00 to 2026-02-27 15:00
        2026-02-25 16:00 + 780 workminutes, 2026-02-26 12:30 to 2026-02-26 14:00
        2026-02-25 16:00 + 780 workminutes, 2026-02-26 09:00 to 2026-02-27 15:00, 2026-02-28 10:00 to 2026-03-01 10:00
        ",
        expect![[r#"
            2026-02-25 16:00 + 780 workminutes, 2026-02-26 09:00 to 2026-02-27 15:00
                left {"amount":{"work-ms":39600000}}
                Mon 2026-03-02 10:30
            2026-02-25 16:00 + 780 workminutes, 2026-02-26 12:30 to 2026-02-26 14:00
                left {"amount":{"work-ms":28800000}}
                Fri 2026-02-27 16:00
            2026-02-25 16:00 + 780 workminutes, 2026-02-26 09:00 to 2026-02-27 15:00, 2026-02-28 10:00 to 2026-03-01 10:00
                left {"amount":{"work-ms":39600000}}
                left {"amount":{"work-ms":25200000}}
                Tue 2026-03-03 09:00
        "#]],
    );
}

/// A pause within a day costs nothing; each end of a workday in a pause moves the due day by one.
#[test]
fn paused_workdays() {
    check(
        "
        2026-03-02 10:00 + 3 workdays
        2026-03-02 10:00 + 3 workdays, 2026-03-03 09:00 to 2026-03-03 16:00
        2026-03-02 10:00 + 3 workdays, 2026-03-03 09:00 to 2026-03-04 16:00
        2026-03-02 10:00 + 3 workdays, 2026-03-03 18:00 to 2026-03-04 08:00
        2026-03-02 10:00 + 3 workdays, 2026-03-05 09:00 to 2026-03-09 09:00
        2026-03-06 10:00 + 1 workday, 2026-03-07 09:00 to 2026-03-08 09:00
        2026-03-02 10:00 + 3 workdays, 2026-03-02 11:00 to 2026-03-02 12:00
        2026-03-02 10:00 + 3 workdays, 2026-03-02 11:00 to 2026-03-03 12:00
        2026-03-02 10:00 + 3 workdays, 2026-03-03 17:30 to 2026-03-04 17:30
        ",
        expect![[r#"
            2026-03-02 10:00 + 3 workdays
                Thu 2026-03-05 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-03 09:00 to 2026-03-03 16:00
                left {"amount":{"workdays":3},"under_way":true}
                Thu 2026-03-05 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-03 09:00 to 2026-03-04 16:00
                left {"amount":{"workdays":3},"under_way":true}
                Fri 2026-03-06 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-03 18:00 to 2026-03-04 08:00
                left {"amount":{"workdays":2},"under_way":true}
                Thu 2026-03-05 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-05 09:00 to 2026-03-09 09:00
                left {"amount":{"workdays":1},"under_way":true}
                Mon 2026-03-09 17:30
            2026-03-06 10:00 + 1 workday, 2026-03-07 09:00 to 2026-03-08 09:00
                left {"amount":{"workdays":1},"under_way":true}
                Mon 2026-03-09 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-02 11:00 to 2026-03-02 12:00
                left {"amount":{"workdays":3}}
                Thu 2026-03-05 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-02 11:00 to 2026-03-03 12:00
                left {"amount":{"workdays":3}}
                Fri 2026-03-06 17:30
            2026-03-02 10:00 + 3 workdays, 2026-03-03 17:30 to 2026-03-04 17:30
                left {"amount":{"workdays":2},"under_way":true}
                Fri 2026-03-06 17:30
        "#]],
    );
}

#[test]
fn paused_hours_and_fixed_ends() {
    check(
        "
        2026-03-02 10:00 + 24 hours, 2026-03-02 20:00 to 2026-03-07 20:30
        2026-03-02 10:00 + by 2026-03-10, 2026-03-03 20:00 to 2026-03-05 20:30
        ",
        expect![[r#"
            2026-03-02 10:00 + 24 hours, 2026-03-02 20:00 to 2026-03-07 20:30
                left {"amount":{"ms":50400000}}
                Sun 2026-03-08 10:30
            2026-03-02 10:00 + by 2026-03-10, 2026-03-03 20:00 to 2026-03-05 20:30
                left {"amount":{"by":"2026-03-10"}}
                Tue 2026-03-10 17:30
        "#]],
    );
}

/// What was measured outside the covered years stays provisional.
#[test]
fn a_pause_keeps_what_is_provisional() {
    let pair = Pair::new(&OFFICE);
    let (start, pause, resume) =
        (pair.instant("2024-12-30 10:00"), pair.instant("2025-01-02 10:00"), pair.instant("2025-01-03 10:00"));
    for budget in [Given::Workdays(3), Given::workhours(30)] {
        let whole = allowed(budget).whole();
        assert!(!pair.calendar.due(at(pause), whole).is_provisional, "{budget}");
        let left = pair.calendar.left(at(start), whole, at(pause));
        assert!(pair.calendar.due(at(resume), left).is_provisional, "{budget}");
    }
}

#[test]
fn extended() {
    let pair = Pair::new(&OFFICE);
    let start = pair.instant("2026-03-02 10:00");
    let pause = pair.instant("2026-03-04 10:00");
    for (budget, more, whole) in [
        (Given::Workdays(3), Given::Workdays(2), Given::Workdays(5)),
        (Given::workhours(13), Given::workhours(2), Given::workhours(15)),
        (Given::hours(72), Given::hours(5), Given::hours(77)),
    ] {
        let (budget, more, whole) = (allowed(budget), allowed(more), allowed(whole));
        let wanted = pair.after(start, whole.get());
        assert_eq!(budget.plus(more), Ok(whole));
        assert_eq!(pair.calendar.due(at(start), budget.whole().plus(more).expect("of one unit")), wanted);
        // Extended on the way, after what was used until then.
        let left = pair.calendar.left(at(start), budget.whole(), at(pause)).plus(more).expect("of one unit");
        assert_eq!(pair.calendar.due(at(pause), left), wanted);
    }
    let days = allowed(Given::Workdays(2_400));
    let problems = [
        days.plus(days).map(drop),
        days.plus(allowed(Given::hours(1))).map(drop),
        days.whole().plus(allowed(Given::hours(1))).map(drop),
        allowed(Given::By("2026-03-02".parse().expect("a date"))).whole().plus(days).map(drop),
    ];
    let problems: Vec<String> = problems.into_iter().map(|problem| problem.expect_err("wrong").to_string()).collect();
    expect![[r#"
        a budget of 4800 workdays is not within 1 workday to 2500 workdays
        a clock that runs in another unit, or to a fixed end, is not extended by 1 hour
        a clock that runs in another unit, or to a fixed end, is not extended by 1 hour
        a clock that runs in another unit, or to a fixed end, is not extended by 2400 workdays"#]]
    .assert_eq(&problems.join("\n"));
}

fn mark_of(text: &str) -> Mark {
    let (way, span) = text.split_once(' ').unwrap_or(("share", text));
    let budget = |span: &str| -> Budget { allowed(span.parse().expect("a span")) };
    match way {
        "before" => Mark::before(budget(span)),
        "after" => Mark::after(budget(span)),
        _ => {
            let (num, den) = span.split_once('/').expect("a share");
            Mark::share(num.parse().expect("a number"), den.parse().expect("a number"))
        }
    }
    .expect("a mark")
}

/// A mark of the calendar, if the walk finds the same.
pub(super) fn marked(pair: &Pair, start: i64, due: Due, budget: Given, text: &str) -> Due {
    let mark = pair.calendar.mark(at(start), due, allowed(budget), mark_of(text));
    let due_minute = minute_of(due.at);
    let day = pair.walk.workminutes_between(pair.instant("2026-03-02 00:00"), pair.instant("2026-03-03 00:00")).0;
    let (unit, num, den) = match text.split_once(' ') {
        Some(("before", span)) => (span.parse().expect("a span"), 1, 1),
        Some((_, span)) => {
            let after = pair.after(due_minute, span.parse().expect("a span"));
            assert_eq!(mark.at, after.at);
            return mark;
        }
        None => {
            let (num, den) = text.split_once('/').expect("a share");
            let (num, den): (i64, i64) = (num.parse().expect("a number"), den.parse().expect("a number"));
            (budget, den - num, den)
        }
    };
    // A share may end within a minute: then the walk says within which.
    let shares = |whole: i64| (whole * num / den, (whole * num + den - 1) / den);
    let walk_back = |whole: i64| {
        let (less, more) = shares(whole);
        (pair.walk.workminutes_before(due_minute, more), pair.walk.workminutes_before(due_minute, less))
    };
    let (from, to) = match unit {
        Given::Minutes(count) => {
            let (less, more) = shares(count.into());
            (due_minute - more, due_minute - less)
        }
        Given::Workminutes(count) => walk_back(count.into()),
        Given::Workdays(count) => walk_back(i64::from(count) * day),
        Given::By(_) | Given::Until(_) => walk_back(pair.walk.workminutes_between(start, due_minute).0),
    };
    let is_within = at(from) <= mark.at && mark.at <= at(to);
    let walked = (pair.walk.show(from), pair.walk.show(to));
    assert!(is_within, "{budget} {text}: calendar {}, walk {walked:?}", pair.shown(mark.at));
    mark
}

/// Where the clocks of scenario 2 and of the lamps (domain rules 7.3) are marked.
#[test]
fn marks() {
    let pair = Pair::new(&OFFICE);
    let mut shown = String::new();
    let lines = [
        ("2026-02-13 16:00", "2 workdays", &["3/4", "1/2", "before 1 workday", "after 2 workdays"][..]),
        ("2026-02-13 16:00", "780 workminutes", &["3/4", "before 1 workday", "after 1 workday", "after 1 workhour"]),
        ("2026-02-24 16:00", "1 workday", &["3/4", "before 1 workday", "before 2 workdays"]),
        ("2026-03-02 10:00", "24 hours", &["3/4", "before 2 hours", "after 30 minutes", "before 1 workhour"]),
        ("2026-12-30 10:00", "2 workdays", &["1/2", "after 1 workday"]),
        ("2026-03-02 10:00", "by 2026-03-10", &["1/2"]),
        ("2026-12-28 10:00", "3 workdays", &["after 2 workdays"]),
    ];
    for (start, budget, marks) in lines {
        let given = match budget.split_once("by ") {
            Some((_, date)) => Given::By(date.parse().expect("a date")),
            None => budget.parse().expect("a budget"),
        };
        let start_minute = pair.instant(start);
        let due = pair.after(start_minute, given);
        shown += &format!("{start} + {budget}: {}\n", pair.calendar.words(due).en);
        for mark in marks {
            let at = marked(&pair, start_minute, due, given, mark);
            shown += &format!("    {mark}: {}\n", pair.calendar.words(at).en);
        }
    }
    expect![[r#"
        2026-02-13 16:00 + 2 workdays: Tue 2026-02-24 17:30
            3/4: Tue 2026-02-24 11:45
            1/2: Sat 2026-02-14 17:30
            before 1 workday: Sat 2026-02-14 17:30
            after 2 workdays: Thu 2026-02-26 17:30
        2026-02-13 16:00 + 780 workminutes: Tue 2026-02-24 16:00
            3/4: Tue 2026-02-24 10:15
            before 1 workday: Sat 2026-02-14 16:00
            after 1 workday: Wed 2026-02-25 17:30
            after 1 workhour: Tue 2026-02-24 17:00
        2026-02-24 16:00 + 1 workday: Wed 2026-02-25 17:30
            3/4: Wed 2026-02-25 15:52
            before 1 workday: Tue 2026-02-24 17:30
            before 2 workdays: Sat 2026-02-14 17:30
        2026-03-02 10:00 + 24 hours: Tue 2026-03-03 10:00
            3/4: Tue 2026-03-03 04:00
            before 2 hours: Tue 2026-03-03 08:00
            after 30 minutes: Tue 2026-03-03 10:30
            before 1 workhour: Tue 2026-03-03 09:00
        2026-12-30 10:00 + 2 workdays: Fri 2027-01-01 17:30 (provisional)
            1/2: Thu 2026-12-31 17:30 (provisional)
            after 1 workday: Mon 2027-01-04 17:30 (provisional)
        2026-03-02 10:00 + by 2026-03-10: Tue 2026-03-10 17:30
            1/2: Thu 2026-03-05 15:00
        2026-12-28 10:00 + 3 workdays: Thu 2026-12-31 17:30
            after 2 workdays: Mon 2027-01-04 17:30 (provisional)
    "#]]
    .assert_eq(&shown);
}
