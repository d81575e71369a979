//! Budgets as people write them, and as they go over the wire.
#![allow(clippy::unwrap_used, reason = "a test may")]

use serde_json::json;

use super::Budget;
use crate::field::Field;

fn read(text: &str) -> String {
    match text.parse::<Budget>() {
        Ok(budget) => {
            let words = budget.words();
            for again in [&words.zh, &words.en] {
                assert_eq!(again.parse(), Ok(budget), "what is written of {text:?} reads back");
            }
            format!("{} / {} {}", words.zh, words.en, serde_json::to_string(&budget).unwrap())
        }
        Err(why) => format!("{} / {}", why.zh, why.en),
    }
}

#[track_caller]
fn check(lines: &str) {
    let mut shown = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, _) = line.split_once(" = ").unwrap_or((line, ""));
        shown.push_str(&format!("{text} = {}\n", read(text)));
    }
    let wanted: String =
        lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    assert_eq!(shown, wanted);
}

#[test]
fn as_people_write_them() {
    check(
        r#"
        2 workdays = 2个工作日 / 2 workdays {"workdays":2}
        2wd = 2个工作日 / 2 workdays {"workdays":2}
        1 Workday = 1个工作日 / 1 workday {"workdays":1}
        5 个 工作日 = 5个工作日 / 5 workdays {"workdays":5}
        4 workhours = 4工作时 / 4 workhours {"workhours":4}
        4工作小时 = 4工作时 / 4 workhours {"workhours":4}
        90 workminutes = 90工作分钟 / 90 workminutes {"workminutes":90}
        120wm = 2工作时 / 2 workhours {"workhours":2}
        24 hours = 24小时 / 24 hours {"hours":24}
        15分钟 = 15分钟 / 15 minutes {"minutes":15}
        7 天 = 168小时 / 168 hours {"hours":168}
        2500 workdays = 2500个工作日 / 2500 workdays {"workdays":2500}
        "#,
    );
}

#[test]
fn what_is_no_budget() {
    check(
        r#"
        0 workdays = 应为1个工作日到2500个工作日 / is not within 1 workday to 2500 workdays
        0h = 应为1分钟到87600小时 / is not within 1 minute to 87600 hours
        2501 workdays = 应为1个工作日到2500个工作日 / is not within 1 workday to 2500 workdays
        20001 workhours = 应为1工作分钟到20000工作时 / is not within 1 workminute to 20000 workhours
        99999999999999999999 hours = 应为1分钟到87600小时 / is not within 1 minute to 87600 hours
        -3 workdays = 是负数 / is negative
        −3个工作日 = 是负数 / is negative
        24 = 不是时限，请写成 2个工作日、4工作时 或 24小时 / is not a budget of time; write 2 workdays, 4 workhours or 24 hours
        1.5 workdays = 不是时限，请写成 2个工作日、4工作时 或 24小时 / is not a budget of time; write 2 workdays, 4 workhours or 24 hours
        two workdays = 不是时限，请写成 2个工作日、4工作时 或 24小时 / is not a budget of time; write 2 workdays, 4 workhours or 24 hours
        3 weeks = 不是时限，请写成 2个工作日、4工作时 或 24小时 / is not a budget of time; write 2 workdays, 4 workhours or 24 hours
        until 2026-07-31 = 不是时限，请写成 2个工作日、4工作时 或 24小时 / is not a budget of time; write 2 workdays, 4 workhours or 24 hours
        "#,
    );
}

#[test]
fn on_the_wire() {
    let wires = [
        (r#"{"minutes":1440}"#, Budget::hours(24)),
        (r#"{"hours":24}"#, Budget::hours(24)),
        (r#"{"minutes":45}"#, Budget::Minutes(45)),
        (r#"{"workhours":4}"#, Budget::workhours(4)),
        (r#"{"workminutes":90}"#, Budget::Workminutes(90)),
        (r#"{"workdays":3}"#, Budget::Workdays(3)),
        (r#"{"by":"2026-07-31"}"#, Budget::By("2026-07-31".parse().unwrap())),
        (r#"{"until":"2026-07-31T01:00:00Z"}"#, Budget::Until("2026-07-31T01:00:00Z".parse().unwrap())),
    ];
    for (wire, budget) in wires {
        assert_eq!(serde_json::from_str::<Budget>(wire).unwrap(), budget);
        let again = serde_json::to_string(&budget).unwrap();
        assert_eq!(serde_json::from_str::<Budget>(&again).unwrap(), budget);
        assert!(budget.check().is_ok(), "{budget}");
    }
    for wire in [r#"{"workdays":-3}"#, r#"{"workdays":1.5}"#, r#"{"weeks":1}"#, r#"{"workdays":4294967296}"#, "3"] {
        assert!(serde_json::from_str::<Budget>(wire).is_err(), "{wire}");
    }
    // What a number can hold and no clock may run is read, and refused where it is checked.
    let wires = [
        r#"{"workdays":0}"#,
        r#"{"hours":4294967295}"#,
        r#"{"by":"1999-12-31"}"#,
        r#"{"until":"2200-01-01T00:00:00Z"}"#,
    ];
    for wire in wires {
        assert!(serde_json::from_str::<Budget>(wire).unwrap().check().is_err(), "{wire}");
    }
}

#[test]
fn a_field_takes_text_and_its_own_form() {
    let field = |more: &str| {
        let title = r#""title":{"zh":"时限","en":"Within"}"#;
        serde_json::from_str::<Field>(&format!(r#"{{"type":"budget",{title}{more}}}"#))
            .map_err(|error| error.to_string())
    };
    let refused = field(r#","min":1"#).unwrap_err();
    assert!(refused.starts_with("`min` and `max` do not belong to type \"budget\""), "{refused}");
    let sample = field("").unwrap().sample();
    assert_eq!(sample, json!({ "workdays": 2 }));
    let defaulted = field(r#","default":"4 workhours""#).unwrap().sample();
    assert_eq!(defaulted, json!({ "workhours": 4 }));
    let again = field(r#","default":{"workhours":4}"#).unwrap().sample();
    assert_eq!(again, json!({ "workhours": 4 }));
    for wrong in [r#""0h""#, "24", r#"{"workdays":0}"#, r#"{"by":"2026-07-31"}"#, r#"{"weeks":1}"#] {
        let problems = field(&format!(r#","default":{wrong}"#)).unwrap().parse_default().unwrap();
        assert!(problems.is_err(), "{wrong}");
    }
}
