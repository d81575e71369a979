//! What a desk does wrong costs the step it was given, and nothing else (I3, I5, I8, I12).
//!
//! The desk is `misbehaving`, a real library: it breaks the contract as the text of `how` says.

pub mod files;
mod mood;
mod turns;
mod log;
mod isolated;

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::story::Story;

/// The example district with the misbehaving desk in it twice, the second fed by the first.
pub const ODD_AND_EVEN: &str = r#"
add hongling.toml
  [desk.odd]
  library = "misbehaving"

  [desk.even]
  library = "misbehaving"
  title = { zh = "下家", en = "Even" }

  [[route]]
  id = "odd-to-even"
  on = "handed"
  to = "even"

  [[route]]
  id = "round-and-round"
  on = "again"
  to = "odd"
"#;

/// Whoever is nobody's business: a matter on another desk.
const BYSTANDER: &str = r#"
at 2026-03-02 09:10
open {"title": "3幢门口路灯不亮", "place": "西苑小区"}
"#;

fn odd_story() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell(BYSTANDER);
    story.take_said();
    story
}

/// Tells each way of misbehaving on a matter of its own, and what came of it. After each, every
/// other row is as it was, the step is kept and visible, and the next matter is served.
fn check(ways: &[&str], expected: Expect) {
    let mut story = odd_story();
    let mut said = String::new();
    for (nth, way) in ways.iter().enumerate() {
        let number = format!("TR2026-{:06}", nth + 2);
        let opened = story.told(r#"act odd start {"place": "西苑小区"}"#);
        assert_eq!(opened, format!("> act odd start\n  done {number} 捣乱台/等待\n"), "before {way}");
        let before = story.state();
        let (how, other) = match way.strip_suffix(" SQ") {
            Some(how) => (how, r#", "other": "SQ2026-000001""#),
            None => (*way, ""),
        };
        let answer = story.told(&format!(r#"act {number} try {{"how": "{how}"{other}}}"#));
        let answer = answer.lines().skip(1).map(str::trim).collect::<Vec<_>>().join(" / ");
        writeln!(said, "{way}: {answer}").unwrap();
        check_only_kept(&before, &story.state(), nth as u64 + 2, answer.starts_with("failed"));
    }
    expected.assert_eq(&said);
}

/// Nothing differs but the mark that the matter's step waits, and the step itself.
fn check_only_kept(before: &[String], after: &[String], id: u64, is_kept: bool) {
    let own = format!("matter {id} ");
    let others = |rows: &[String]| -> Vec<String> {
        rows.iter().filter(|row| !row.starts_with(&own) && !row.starts_with("delivery ")).cloned().collect()
    };
    assert_eq!(others(before), others(after), "matter {id}");
    let deliveries = |rows: &[String]| rows.iter().filter(|row| row.starts_with("delivery ")).count();
    assert_eq!(deliveries(after), deliveries(before) + usize::from(is_kept), "matter {id}");
    let head =
        |rows: &[String]| rows.iter().find(|row| row.starts_with(&own)).unwrap().replace(r#","host":{"busy":1}"#, "");
    assert_eq!(head(before), head(after), "matter {id}");
}

#[test]
fn faults_and_panics() {
    check(
        &["panic", "panic-in-drop", "fail", "refuse", "refuse-nothing", "refuse-words", "what-is-this"],
        expect![[r#"
            panic: failed panicked: panics in a step
            panic-in-drop: failed panicked: panicked without a message
            fail: failed fails in a step
            refuse: refused how：这样不行 / refused 那样也不行
            refuse-nothing: failed refuses without an objection
            refuse-words: failed refuses, and its objections do not parse: expected ident at line 1 column 2
            what-is-this: failed knows no way "what-is-this"
        "#]],
    );
}

#[test]
fn answers_that_are_no_effects() {
    check(
        &["not-json", "not-utf8", "not-a-list", "no-effect", "half-json", "no-answer", "no-status"],
        expect![[r#"
            not-json: failed the desk's answer is not a list of effects: expected value at line 1 column 1
            not-utf8: failed its output is not UTF-8 at byte 1 of 4
            not-a-list: failed the desk's answer is not a list of effects: invalid type: map, expected a sequence at line 1 column 0
            no-effect: failed the desk's answer is not a list of effects: unknown variant `explode`, expected one of `set`, `clock`, `say`, `close`, `reopen`, `join`, `release`, `note`, `put`, `delete`, `open`, `link`, `tell`, `transfer`, `work`, `send` at line 1 column 11
            half-json: failed the desk's answer is not a list of effects: EOF while parsing a string at line 1 column 20
            no-answer: failed says it is done and gives no output
            no-status: failed answers with status 77, which ABI version 1 does not have
        "#]],
    );
}

#[test]
fn names_and_values_that_are_not_declared() {
    check(
        &[
            "stage",
            "label",
            "label-type",
            "topic",
            "topic-data",
            "topic-lacks",
            "data-text",
            "clock",
            "clock-long",
            "collection",
            "record-key",
            "no-matter",
            "wrong-id",
            "wrong-kind",
            "no-place",
            "place",
        ],
        expect![[r#"
            stage: failed stage "nowhere" of kind "trial" is not declared
            label: failed label "colour" is not declared
            label-type: failed label "count" cannot be Some(Text("three"))
            topic: failed topic "gossip" is not declared
            topic-data: failed the data of "noted" has "colour", which is not declared
            topic-lacks: failed the data of "noted" lacks "how"
            data-text: failed the data of "noted" is not an object
            clock: failed clock "gong" is not declared
            clock-long: failed clock "bell" a budget of 4294967295 minutes is not within 1 minute to 87600 hours
            collection: failed collection "secrets" is not declared
            record-key: failed a record's key has 300 bytes, not 1 to 256
            no-matter: failed there is no matter 999999
            wrong-id: failed a matter is opened as 20, but the next id is 15
            wrong-kind: failed kind "rumour" is not declared
            no-place: failed a matter is opened without a place
            place: failed there is no place atlantis
        "#]],
    );
}

/// I5: only the owning desk changes, clocks or closes a matter.
#[test]
fn matters_of_other_desks() {
    check(
        &["set-other SQ", "close-other SQ", "clock-other SQ", "say-other SQ"],
        expect![[r#"
        set-other SQ: failed I5: desk "odd" may not change matter 1, which lies on "council"
        close-other SQ: failed I5: desk "odd" may not change matter 1, which lies on "council"
        clock-other SQ: failed I5: desk "odd" may not change matter 1, which lies on "council"
        say-other SQ: failed I5: desk "odd" may not change matter 1, which lies on "council"
    "#]],
    );
}

/// I12: effects and bytes of one step have a maximum.
#[test]
fn too_much() {
    check(
        &["many", "huge"],
        expect![[r#"
        many: failed 1001 effects, at most 1000 a step
        huge: failed its output of 2097226 bytes is longer than the limit of 1048576
    "#]],
    );
}

#[test]
fn two_routes_that_disagree() {
    check(
        &["two-ways"],
        expect![[r#"
        two-ways: failed routes "odd-to-even" and "round-and-round" take matter 2 to different desks
    "#]],
    );
}

#[test]
fn telling_the_owner_of_a_matter_is_allowed() {
    let mut story = odd_story();
    let said = story.told(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000002 try {"how": "tell-other", "other": "SQ2026-000001"}
show SQ2026-000001
"#,
    );
    expect![[r#"
        > act odd start
          done TR2026-000002 捣乱台/等待
        > act TR2026-000002 try
          done TR2026-000002 捣乱台/等待
        > show SQ2026-000001
          SQ2026-000001 3幢门口路灯不亮
            西苑小区 · open · 红领议事厅/待上会
            labels category=street-light reserved=false size=small urgent=false
            holders 西苑小区的小区党支部书记
            03-02 09:10 host opened
            03-02 09:10 intake 诉求登记 behalf=false channel=online → reported-to-triage
            03-02 09:10 triage 分类定级 category=street-light confidence=100 size=small why=规则 K022（路灯不亮）：题目含“路灯” → small-to-council
            03-02 09:10 odd 记下 how=tell-other
    "#]].assert_eq(&said);
}

/// An action on the desk itself that fails opens nothing; it is kept, and done once when the desk
/// is well again, also if the same is asked once more with its key.
#[test]
fn an_opening_that_fails_is_opened_once() {
    let mut story = Story::new();
    story.tell(&ODD_AND_EVEN.replacen(
        "library = \"misbehaving\"",
        "library = \"misbehaving\"\n  settings = { mood = \"bad\" }",
        1,
    ));
    let said = story.told(
        r#"
at 2026-03-02 09:10
act odd start key K1 {"place": "西苑小区"}
act odd start key K1 {"place": "西苑小区"}
parked
list
tick 2026-03-02 09:30
parked
change hongling.toml `mood = "bad"` `mood = "good"`
reopen
retry 1
act odd start key K1 {"place": "西苑小区"}
parked
list
"#,
    );
    expect![[r#"
        > act odd start key K1
          failed in a bad mood
        > act odd start key K1
          done before
        > parked
          1 odd start matter - try 1 again 03-02 09:10: in a bad mood
        > list
          0 in all
        > tick 2026-03-02 09:30
          4 were due
        > parked
          1 odd start matter - try 5 parked: in a bad mood
        > retry 1
          done TR2026-000001 捣乱台/等待
        > act odd start key K1
          done before TR2026-000001 捣乱台/等待
        > parked
          nothing
        > list
          TR2026-000001 open 捣乱台/等待 西苑小区 试验
          1 in all
    "#]]
    .assert_eq(&said);
}

/// What goes wrong in a topic costs the one who acts nothing: the matter was handed on, and the new
/// owner's step is kept.
#[test]
fn faults_of_the_next_desk() {
    let mut story = odd_story();
    let mut said = String::new();
    for (nth, way) in ["panic", "fail", "refuse", "not-json", "stage", "hand:well"].iter().enumerate() {
        let number = format!("TR2026-{:06}", nth + 2);
        story.tell("act odd start {\"place\": \"西苑小区\"}");
        story.take_said();
        said.push_str(&story.told(&format!(r#"act {number} try {{"how": "hand:{way}"}}"#)));
    }
    said.push_str(&story.told("parked\nact TR2026-000002 try {\"how\": \"well\"}\nshow TR2026-000003"));
    expect![[r#"
        > act TR2026-000002 try
          done TR2026-000002 下家/等待
        > act TR2026-000003 try
          done TR2026-000003 下家/等待
        > act TR2026-000004 try
          done TR2026-000004 下家/等待
        > act TR2026-000005 try
          done TR2026-000005 下家/等待
        > act TR2026-000006 try
          done TR2026-000006 下家/等待
        > act TR2026-000007 try
          done TR2026-000007 下家/已做
        > parked
          1 even handed matter 2 try 1 again 03-02 09:10: panicked: panics in a step
          2 even handed matter 3 try 1 again 03-02 09:10: fails in a step
          3 even handed matter 4 try 1 parked: refused, and nobody is there to mend it: how: not like this; nor like that
          4 even handed matter 5 try 1 again 03-02 09:10: the desk's answer is not a list of effects: expected value at line 1 column 1
          5 even handed matter 6 try 1 again 03-02 09:10: stage "nowhere" of kind "trial" is not declared
        > act TR2026-000002 try
          refused 事项正在处理中，请稍后再试；若长时间如此，请管理员查看“异常待处理”
        > show TR2026-000003
          TR2026-000003 试验
            西苑小区 · open · 下家/等待
            labels mark=half a step
            03-02 09:10 host opened
            03-02 09:10 odd 交出 how=fail → odd-to-even
    "#]].assert_eq(&said);
}

/// I12: a cycle in the routes ends at the limit of steps, and the rest is parked.
#[test]
fn a_cycle_in_the_routes_ends() {
    let mut story = odd_story();
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    story.tell("act TR2026-000002 try {\"how\": \"again\"}");
    story.tell("parked\nact odd start {\"place\": \"西苑小区\"}\nact TR2026-000003 try {\"how\": \"well\"}");
    expect![[r#"
        > act odd start
          done TR2026-000002 捣乱台/等待
        > act TR2026-000002 try
          done TR2026-000002 捣乱台/等待
        > parked
          1 odd again matter 2 try 1 parked: the input led to more than 64 steps; look for a cycle in the routes
        > act odd start
          done TR2026-000003 捣乱台/等待
        > act TR2026-000003 try
          done TR2026-000003 捣乱台/已做
    "#]]
    .assert_eq(&story.take_said());
}

/// A clock has nobody to refuse to: the step is parked.
#[test]
fn a_clock_that_is_refused_is_parked() {
    let mut story = odd_story();
    let said = story.told(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000002 try {"how": "bell"}
tick 2026-03-02 11:00
parked
act TR2026-000002 try {"how": "well"}
retry 1
"#,
    );
    expect![[r#"
        > act odd start
          done TR2026-000002 捣乱台/等待
        > act TR2026-000002 try
          done TR2026-000002 捣乱台/等待
        > tick 2026-03-02 11:00
          1 were due
        > parked
          1 odd clock.bell matter 2 try 1 parked: refused, and nobody is there to mend it: does nothing when the bell rings
        > act TR2026-000002 try
          refused 事项正在处理中，请稍后再试；若长时间如此，请管理员查看“异常待处理”
        > retry 1
          failed does nothing when the bell rings
    "#]].assert_eq(&said);
}

#[test]
fn views_that_go_wrong() {
    let mut story = odd_story();
    let said = story.told(
        r#"
view odd seen {"how": "panic"}
view odd seen {"how": "fail"}
view odd seen {"how": "refuse"}
view odd seen
view odd nothing
act odd start {"place": "西苑小区"}
"#,
    );
    expect![[r#"
        > view odd seen
          refused 查询失败：panicked: panics in a view
        > view odd seen
          refused 查询失败：fails in a view
        > view odd seen
          refused 不给看
        > view odd seen
          所见
        > view odd nothing
          refused “捣乱台”没有查询“nothing”；可用：seen
        > act odd start
          done TR2026-000002 捣乱台/等待
    "#]]
    .assert_eq(&said);
}
