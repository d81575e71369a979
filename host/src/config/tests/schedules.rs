//! Schedules of a district folder against desks and their topics.

use expect_test::expect;

use super::{and, check, check_manifests};

/// The desk `triage` takes a topic about itself.
pub(super) const TAKES: (&str, &str, &str) = (
    "triage",
    "[[take]]\ntopic = \"settled\"\n",
    "[[take]]
topic = \"settled\"
[[take]]
topic = \"sweep-due\"
on = \"desk\"
title = { zh = \"该清一次\", en = \"Sweep due\" }
data.older = { type = \"integer\", required = true, min = 1, title = { zh = \"天数\", en = \"Days\" } }
data.where = { type = \"place\", title = { zh = \"区域\", en = \"Where\" } }
",
);

#[test]
fn what_a_schedule_may_say() {
    let files = and(
        "desks/hall.toml",
        r#"
[[schedule]]
id = "sweep"
every = "month on workday 5 at 09:00"
emit = "sweep-due"
to = "triage"
data = { older = 30, where = "西苑" }
"#,
    );
    check_manifests(
        &files,
        &[TAKES],
        expect![[r#"
        good, with
    "#]],
    );
}

#[test]
fn what_no_schedule_may_say() {
    let files = and(
        "desks/hall.toml",
        r#"
[[schedule]]
id = "a"
every = "month on workday five at 09:00"
emit = "sweep-du"
to = "triage"
[[schedule]]
id = "b"
every = "year on 02-30 at 09:00"
emit = "sweep-due"
to = "triag"
[[schedule]]
id = "b"
every = "fortnight"
emit = "settled"
to = "triage"
dat = 1
[[schedule]]
id = "c"
every = "month on workday 25 at 09:00"
emit = "sweep-due"
to = "triage"
data = { older = 0, wher = "x", where = "西院" }
[[schedule]]
id = "d"
every = "day at 09:00"
emit = "sweep-due"
to = "triage"
[[schedule]]
every = "day"
"#,
    );
    check_manifests(
        &files,
        &[TAKES],
        expect![[r#"
        desks/hall.toml:25:27: every "month on workday five at 09:00" has "five" where it needs a whole number from 1; write for example "month on workday 5 at 09:00"
        desks/hall.toml:26:8: desk "triage" does not take "sweep-du"; did you mean "sweep-due"?
        desks/hall.toml:30:9: warning: every "year on 02-30 at 09:00" never comes: no calendar has such a day; for the end of a month write `last day` or `last workday`
        desks/hall.toml:32:6: unknown desk "triag"; did you mean "triage"?
        desks/hall.toml:34:6: schedule "b" is declared twice; first at desks/hall.toml:29
        desks/hall.toml:35:10: every "fortnight" has "fortnight" where it needs day, workday, week, month, quarter, half-year or year; write for example "month on workday 5 at 09:00"
        desks/hall.toml:36:8: desk "triage" takes "settled" about a matter, and a schedule is about none; there is sweep-due
        desks/hall.toml:38:1: unknown key "dat" in this [[schedule]]; did you mean "data"?
        desks/hall.toml:41:9: warning: every "month on workday 25 at 09:00" never comes: no calendar has such a day; for the end of a month write `last day` or `last workday`
        desks/hall.toml:44:18: field "older": "0" is outside 1 to 9223372036854775807
        desks/hall.toml:44:21: "sweep-due" has no field "wher"; did you mean "where"?
        desks/hall.toml:44:41: field "where": "西院" is not a place of the district; did you mean "西苑"?
        desks/hall.toml:48:8: field "older" of `data` is required
        desks/hall.toml:50:1: this [[schedule]] has no "emit"
        desks/hall.toml:50:1: this [[schedule]] has no "id"
        desks/hall.toml:50:1: this [[schedule]] has no "to"
        desks/hall.toml:51:13: every "day" ends here where it needs "at"; write for example "month on workday 5 at 09:00"
    "#]],
    );
}

/// A topic about the desk is nobody's to route.
#[test]
fn a_route_brings_no_topic_about_the_desk() {
    let change =
        (TAKES.0, TAKES.1, "[[take]]\ntopic = \"settled\"\non = \"desk\"\ntitle = { zh = \"a\", en = \"b\" }\n");
    check_manifests(
        &and("desks/hall.toml", ""),
        &[change],
        expect![[r#"
        desks/hall.toml:21:7: desk "triage" takes "settled" about no matter, so only a schedule may bring it
    "#]],
    );
    check(
        &and("desks/hall.toml", ""),
        expect![[r#"
        good
    "#]],
    );
}
