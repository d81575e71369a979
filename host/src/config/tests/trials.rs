//! The tests of a district folder against desks, routes and tables.

use expect_test::expect;

use super::{and, check, load_files};
use crate::config::trial::What;

#[test]
fn what_a_test_may_say() {
    let config = load_files(&and(
        "desks/hall.toml",
        r#"
[[test]]
name = "a pipe that burst"
by = "王芳"
open = { title = "爆管", place = "西苑" }
expect = { status = "open", lamp = "red", labels = { size = ["small", "big"], urgent = { not = true } }, route = ["reported", "small"] }
then = [
    { wait = "2个工作日", expect = { desk = "hall", unrouted = false } },
    { until = 2026-03-05T09:00:00 },
]
"#,
    ))
    .expect("a sound test");
    let trial = &config.trials[0];
    // Without a time of its own: the first working day of the last year that is covered, at nine.
    assert_eq!((trial.at.to_string(), &*trial.place), ("2026-01-02T09:00:00".to_owned(), "desks/hall.toml:23"));
    let What::Act { desk, action, by, form } = &trial.open.what else { panic!("{trial:?}") };
    let by = by.as_ref().map(plugin_api::PersonId::as_str);
    assert_eq!((desk.as_deref(), &**action, by, form.len()), (Some("intake"), "report", Some("wang"), 2));
    assert!(matches!(trial.then[..], [_, _]) && trial.expected.labels.len() == 2);
}

#[test]
fn what_no_test_may_say() {
    let files = and(
        "desks/hall.toml",
        r#"
[[test]]
name = "x"
at = "yesterday"
[[test]]
name = "x"
by = "wnag"
open = { title = 7, pace = "a" }
expect = { desk = "hal", stage = "opne", status = "shut", lamp = "pink", unrouted = "no", route = ["smal"], labels = { sise = "small", size = "smal" }, color = 1 }
then = [
    { },
    { act = "setle" },
    { act = "settle", wait = "2 workdays" },
    { wait = "soon" },
    { wait = "-2 workdays" },
    { until = "2026-02-30 09:00" },
    { act = "settle", desk = "hal" },
    7,
]
[[test]]
open = { title = "t", place = "a" }
expect = { balances = { "hall/till" = 5, "hal/till" = 5, "hall/till(place:a)" = "five" }, refused = 1 }
"#,
    );
    check(
        &files,
        expect![[r#"
            desks/hall.toml:23:1: this [[test]] has no "open"
            desks/hall.toml:25:6: warning: at "yesterday" is no date and time; write "2026-03-02 09:00"
            desks/hall.toml:27:8: test "x" is declared twice; first at desks/hall.toml:24
            desks/hall.toml:28:6: warning: "wnag" is nobody in the directory; did you mean "wang" (王芳)?
            desks/hall.toml:29:21: warning: action "report" has no field "pace"; did you mean "place"?
            desks/hall.toml:30:19: warning: unknown desk "hal"; did you mean "hall"?
            desks/hall.toml:30:34: warning: unknown stage "opne"; there are new, to-sort, waiting
            desks/hall.toml:30:51: warning: status "shut" is not known; there are open, closed, joined
            desks/hall.toml:30:66: warning: lamp "pink" is not known; there are green, blue, yellow, red
            desks/hall.toml:30:85: "unrouted" must be true or false, not text
            desks/hall.toml:30:100: warning: unknown route "smal"; did you mean "small"?
            desks/hall.toml:30:120: warning: unknown label "sise"; did you mean "size"?
            desks/hall.toml:30:143: warning: label "size" is never "smal"; did you mean "small"?
            desks/hall.toml:30:153: unknown key "color" in "expect"; there are desk, stage, status, outcome, lamp, unrouted, labels, route, balances, refused
            desks/hall.toml:32:5: warning: each step of "then" does one thing; write one of "act", "wait" and "until"
            desks/hall.toml:33:13: warning: unknown action "setle"; did you mean "settle"?
            desks/hall.toml:34:5: warning: each step of "then" does one thing; write one of "act", "wait" and "until"
            desks/hall.toml:35:14: warning: wait "soon" is not a budget of time; write 2 workdays, 4 workhours or 24 hours
            desks/hall.toml:36:14: warning: wait "-2 workdays" is negative
            desks/hall.toml:37:15: warning: until "2026-02-30 09:00" is no date and time; write "2026-03-02 09:00"
            desks/hall.toml:38:30: warning: unknown desk "hal"; did you mean "hall"?
            desks/hall.toml:39:5: "then" must be a list of tables, not a whole number
            desks/hall.toml:41:1: this [[test]] has no "name"
            desks/hall.toml:43:25: warning: desk "hall" has no account class "till"
            desks/hall.toml:43:42: warning: unknown desk "hal"; did you mean "hall"?
            desks/hall.toml:43:81: warning: "hall/till(place:a)" must be a whole number, not text
            desks/hall.toml:43:101: "refused" must be true or false, not a whole number
        "#]],
    );
}
