//! Clocks as text: turned at an instant, then all that comes of them until another.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod recounted;

use expect_test::{Expect, expect};
use jiff::Timestamp;
use plugin_api::clock::ClockTurn;
use plugin_api::manifest::ClockSpec;

use super::{ClockRun, Moment, Turning};
use crate::calendar::Calendar;
use crate::calendar::tests::office;

const SPEC: &str = r#"
name = "rung"
title = { zh = "时限", en = "Rung" }
review = true
marks = [
  { name = "warn", at = "75%", lamp = "blue" },
  { name = "late", at = "+2 workdays", lamp = "red" },
]
"#;

/// What a line `start 2 workdays` and the like does.
fn parse_turn(words: &str) -> ClockTurn {
    let (turn, rest) = words.split_once(' ').unwrap_or((words, ""));
    match turn {
        "start" => ClockTurn::Start(parse_budget(rest)),
        "extend" => ClockTurn::Extend(parse_budget(rest)),
        "pause" => ClockTurn::Pause { why: "no key".into(), review: rest.parse().ok() },
        "resume" => ClockTurn::Resume,
        "stop" => ClockTurn::Stop,
        other => panic!("{other:?} turns no clock"),
    }
}

fn parse_budget(text: &str) -> plugin_api::Budget {
    match text.strip_prefix("by ") {
        Some(day) => plugin_api::Budget::By(day.parse().unwrap()),
        None => text.parse().unwrap(),
    }
}

fn at(calendar: &Calendar, text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.parse().unwrap();
    calendar.zone().to_timestamp(local).unwrap()
}

/// Each line: an instant, then a turn, or `lamp`, or nothing. Whatever comes before it is written
/// first.
fn check(lines: &str, expected: Expect) {
    let (calendar, spec) = (office(), toml::from_str::<ClockSpec>(SPEC).unwrap());
    let mut run: Option<ClockRun> = None;
    let mut found = String::new();
    let show = |at: Timestamp| calendar.zone().to_datetime(at).strftime("%m-%d %H:%M").to_string();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (instant, words) = line.split_once(' ').unwrap_or((line, ""));
        let now = at(&calendar, instant);
        while let Some((next, moment)) = run.as_ref().and_then(ClockRun::next).filter(|(next, _)| *next <= now) {
            let name = match &moment {
                Moment::Due => "due".to_owned(),
                other => other.call("rung"),
            };
            found += &format!("  {} {name}\n", show(next));
            run = run.map(|run| run.after(&moment));
        }
        let turning = Turning { calendar: &calendar, spec: &spec, now, stay: 1 };
        let said = match words {
            "" => continue,
            "lamp" => run.as_ref().map_or("no clock".to_owned(), |run| format!("{:?}", run.lamp(&spec, now))),
            turn => match turning.turn(run.as_ref(), parse_turn(turn)) {
                Err(why) => why,
                Ok(turned) => {
                    // What is stored is what goes on.
                    let stored = turned.map(|run| serde_json::to_string(&run).unwrap());
                    run = stored.map(|text| serde_json::from_str(&text).unwrap());
                    run.as_ref().map_or("dropped".to_owned(), |run| calendar.words(run.due()).en)
                }
            },
        };
        found += &format!("{line}: {said}\n");
    }
    expected.assert_eq(&found);
}

#[test]
fn a_rung_across_the_spring_festival() {
    check(
        "2026-02-13T16:00 start 2 workdays
        2026-02-20T10:00 lamp
        2026-02-24T16:00 lamp
        2026-02-25T09:00 lamp
        2026-03-01T09:00 lamp",
        expect![[r#"
            2026-02-13T16:00 start 2 workdays: Tue 2026-02-24 17:30
            2026-02-20T10:00 lamp: Green
              02-24 11:45 clock.rung.warn
            2026-02-24T16:00 lamp: Blue
              02-24 17:30 due
            2026-02-25T09:00 lamp: Yellow
              02-26 17:30 clock.rung.late
            2026-03-01T09:00 lamp: Red
        "#]],
    );
}

#[test]
fn a_pause_takes_nothing_and_moves_the_marks() {
    check(
        "2026-02-25T16:00 start 13 workhours
        2026-02-26T09:00 pause 2026-02-27
        2026-02-26T10:00 pause
        2026-02-27T15:00 resume
        2026-02-27T15:00 resume
        2026-03-02T10:00 lamp
        2026-03-02T10:30 lamp
        2026-03-02T10:31 extend 1 workhour
        2026-03-02T10:31 pause",
        expect![[r#"
            2026-02-25T16:00 start 13 workhours: Fri 2026-02-27 16:00
            2026-02-26T09:00 pause 2026-02-27: Fri 2026-02-27 16:00
            2026-02-26T10:00 pause: is paused already
            2026-02-27T15:00 resume: Mon 2026-03-02 10:30
            2026-02-27T15:00 resume: is not paused
              02-28 16:15 clock.rung.warn
            2026-03-02T10:00 lamp: Blue
              03-02 10:30 due
            2026-03-02T10:30 lamp: Yellow
            2026-03-02T10:31 extend 1 workhour: has run out; an extension comes before that
            2026-03-02T10:31 pause: has run out
        "#]],
    );
}

#[test]
fn an_extension_comes_before_the_end_and_in_the_same_unit() {
    check(
        "2026-03-02T09:00 start 1 workday
        2026-03-03T16:30 lamp
        2026-03-03T17:00 extend 2 workdays
        2026-03-03T17:00 lamp
        2026-03-03T17:00 extend 4 workhours
        2026-03-03T17:00 extend by 2026-03-04
        2026-03-03T17:00 extend by 2026-03-10
        2026-03-11T00:00 start 1 workday
        2026-03-11T00:01 stop
        2026-03-11T00:01 resume
        2026-03-20T00:00 lamp",
        expect![[r#"
            2026-03-02T09:00 start 1 workday: Tue 2026-03-03 17:30
              03-03 15:52 clock.rung.warn
            2026-03-03T16:30 lamp: Blue
            2026-03-03T17:00 extend 2 workdays: Thu 2026-03-05 17:30
            2026-03-03T17:00 lamp: Green
            2026-03-03T17:00 extend 4 workhours: a clock that runs in another unit, or to a fixed end, is not extended by 4 workhours
            2026-03-03T17:00 extend by 2026-03-04: is not extended by an end at 2026-03-04T09:30:00Z, which is not after 2026-03-05T09:30:00Z
            2026-03-03T17:00 extend by 2026-03-10: Tue 2026-03-10 17:30
              03-09 10:15 clock.rung.warn
              03-10 17:30 due
            2026-03-11T00:00 start 1 workday: Thu 2026-03-12 17:30
            2026-03-11T00:01 stop: dropped
            2026-03-11T00:01 resume: does not run
            2026-03-20T00:00 lamp: no clock
        "#]],
    );
}

#[test]
fn a_pause_is_looked_at_again_once() {
    check(
        "2026-03-02T09:00 start 3 workdays
        2026-03-02T09:00 pause 2026-03-07
        2026-03-20T09:00 lamp
        2026-03-20T09:00 resume
        2026-12-30T09:00 start 5 workdays",
        expect![[r#"
            2026-03-02T09:00 start 3 workdays: Thu 2026-03-05 17:30
            2026-03-02T09:00 pause 2026-03-07: Thu 2026-03-05 17:30
              03-09 17:30 clock.rung.review
            2026-03-20T09:00 lamp: Green
            2026-03-20T09:00 resume: Wed 2026-03-25 17:30
              03-25 10:07 clock.rung.warn
              03-25 17:30 due
              03-27 17:30 clock.rung.late
            2026-12-30T09:00 start 5 workdays: Wed 2027-01-06 17:30 (provisional)
        "#]],
    );
}

#[test]
fn a_calendar_that_moves_a_clock_rings_nothing_twice() {
    let calendar = office();
    let spec = toml::from_str::<ClockSpec>(SPEC).unwrap();
    let now = at(&calendar, "2026-12-30T09:00");
    let turning = Turning { calendar: &calendar, spec: &spec, now, stay: 1 };
    let run = turning.turn(None, ClockTurn::Start(parse_budget("5 workdays"))).unwrap().unwrap();
    assert!(run.is_provisional);
    assert_eq!(turning.recount(&run).unwrap(), run, "the same calendar moves nothing");
    let warned = run.clone().after(&Moment::Mark("warn".into()));
    assert_eq!(turning.recount(&warned).unwrap(), warned);
}

/// A step that failed may come when the end has passed and has not been told yet.
#[test]
fn a_clock_whose_end_has_passed_is_turned_no_more() {
    let calendar = office();
    let spec = toml::from_str::<ClockSpec>(SPEC).unwrap();
    let turning = |now: &str| Turning { calendar: &calendar, spec: &spec, now: at(&calendar, now), stay: 1 };
    let run = turning("2026-03-02T09:00").turn(None, parse_turn("start 1 workday")).unwrap();
    let late = turning("2026-03-03T17:30");
    assert_eq!(late.turn(run.as_ref(), parse_turn("pause")).unwrap_err(), "has run out");
    let why = "has run out; an extension comes before that";
    assert_eq!(late.turn(run.as_ref(), parse_turn("extend 1 workday")).unwrap_err(), why);
}

#[test]
fn an_extension_in_a_pause_says_that_it_is_provisional() {
    let calendar = office();
    let spec = toml::from_str::<ClockSpec>(SPEC).unwrap();
    let turning = Turning { calendar: &calendar, spec: &spec, now: at(&calendar, "2026-12-29T09:00"), stay: 1 };
    let run = turning.turn(None, parse_turn("start 1 workday")).unwrap();
    let run = turning.turn(run.as_ref(), parse_turn("pause")).unwrap();
    let run = turning.turn(run.as_ref(), parse_turn("extend 5 workdays")).unwrap().unwrap();
    assert_eq!(calendar.words(run.due()).en, "Wed 2027-01-06 17:30 (provisional)");
}
