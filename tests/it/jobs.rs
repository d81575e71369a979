//! Jobs: kept until they have come to something, run beside the engine, and never run for a journal
//! that is run again (I4, I8).

mod beside;
mod killed;
mod windows;
mod apart;

use expect_test::{Expect, expect};

use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use plugin_api::{MatterId, PersonId};
use serde_json::{Value, json};

use crate::contract::ODD_AND_EVEN;
use crate::story::Story;

/// `till` and `fund` both tally; `odd` and `even` toil as they are told.
fn jobs_story() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell(
        r#"
add hongling.toml
  [desk.till]
  library = "bookkeeping"
  credits = { elsewhere = "fund/common" }

  [desk.fund]
  library = "bookkeeping"
  credits = { elsewhere = "till/common" }
at 2026-03-02 09:10
"#,
    );
    story
}

fn check(script: &str, expected: Expect) {
    let mut story = jobs_story();
    expected.assert_eq(&story.told(script));
    // I4: and the inputs alone give the same again, without a job being run.
    crate::recovery::replayed::check(&mut story, &mut jobs_story());
}

/// What it comes to is told on the matter it was started for, where that still lies as it did.
#[test]
fn a_job_comes_back_to_its_matter_or_to_its_desk() {
    check(
        r#"
act till put {"key": "a1", "count": 1}
act till put {"key": "a2", "count": 20}
act till put {"key": "b1", "count": 300}
act till start {"place": "西苑小区"}
act BK2026-000001 tally {"prefix": "a"}
jobs
act till tally-all
jobs
tick 2026-03-02 09:11
jobs
view till ask {"question": "{\"records\":{\"collection\":\"answer\",\"range\":{}}}"}
parked
"#,
        expect![[r#"
            > act till put
              done
            > act till put
              done
            > act till put
              done
            > act till start
              done BK2026-000001 记账台/在办
            > act BK2026-000001 tally
              done BK2026-000001 记账台/在办
            > jobs
              1 till tally matter 1 {"prefix":"a"} due 03-02 09:10
            > act till tally-all
              done
            > jobs
              2 till tally matter - {"prefix":""} due 03-02 09:10
            > tick 2026-03-02 09:11
              1 were due
            > jobs
              nothing
            > view till ask
              [["10",{"said":"3 facts, 321 in all, told on the desk"}],["8",{"said":"2 facts, 21 in all, told on BK2026-000001"}]]
            > parked
              nothing
        "#]],
    );
}

/// Handed over while the job waits: the desk is told, and the matter's new owner is not.
#[test]
fn a_matter_that_has_gone_on_is_not_told() {
    let mut story = jobs_story();
    story.tell("act till start {\"place\": \"西苑小区\"}\nact odd start {\"place\": \"西苑小区\"}");
    let running = story.running().unwrap();
    let asks = [
        (1, Ask::Act(act(Target::Matter(MatterId(1)), "tally", json!({})))),
        (2, Ask::Move { matter: MatterId(1), desk: "fund".into() }),
        // The step that starts it hands the matter over itself.
        (3, Ask::Act(act(Target::Matter(MatterId(2)), "try", json!({ "how": "toil-and-hand" })))),
    ];
    for (ticket, ask) in asks {
        running.engine.take(Input { ask, by: None, key: None }, ticket);
    }
    assert!(running.engine.commit().iter().all(|(_, answer)| matches!(answer, Answer::Done(_))));
    story.take_said();
    let said = story.told(
        r#"
jobs
tick 2026-03-02 09:11
jobs
parked
view till ask {"question": "{\"records\":{\"collection\":\"answer\",\"range\":{}}}"}
show TR2026-000002
"#,
    );
    expect![[r#"
        > jobs
          1 till tally matter 1 {"prefix":""} due 03-02 09:10
          2 odd toil matter 2 {"how":"then-well"} due 03-02 09:10
        > tick 2026-03-02 09:11
          4 were due
        > jobs
          nothing
        > parked
          3 odd job.toil matter - try 3 again 03-02 09:11: an effect names no matter, and the step has none
        > view till ask
          [["11",{"said":"0 facts, 0 in all, told on the desk"}]]
        > show TR2026-000002
          TR2026-000002 试验
            西苑小区 · open · 下家/等待
            labels mark=half a step
            03-02 09:10 host opened
            03-02 09:10 odd 交出 → odd-to-even
    "#]]
    .assert_eq(&said);
    crate::recovery::replayed::check(&mut story, &mut jobs_story());
}

/// A person's words are in the job they led to as well: erased before it ran, it is gone with them.
#[test]
fn a_job_of_somebody_erased_is_dropped() {
    let mut story = jobs_story();
    let running = story.running().unwrap();
    let question = json!({ "records": { "collection": "fact", "range": {} } }).to_string();
    let form = json!({ "question": question, "contact": "19900001301" });
    let asks = [
        (1, Ask::Act(act(Target::Desk("till".into()), "ask-later", form))),
        (2, Ask::Act(act(Target::Desk("till".into()), "ask-later", json!({ "question": question })))),
        (3, Ask::Erase { person: PersonId::from("r2"), why: None, is_again: false }),
    ];
    for (ticket, ask) in asks {
        running.engine.take(Input { ask, by: None, key: None }, ticket);
    }
    let answers = running.engine.commit();
    assert!(answers.iter().all(|(_, answer)| matches!(answer, Answer::Done(_))), "{answers:?}");
    let said = story.told("jobs\ntick 2026-03-02 09:11\njobs");
    expect![[r#"
        > jobs
          2 till ask matter - {"question":"{\"records\":{\"collection\":\"fact\",\"range\":{}}}"} due 03-02 09:10
        > tick 2026-03-02 09:11
          1 were due
        > jobs
          nothing
    "#]]
    .assert_eq(&said);
    // Run again, jobs have other numbers without the one that was erased: that is told, and no job gets
    // the result of another.
    let inputs = crate::recovery::replayed::inputs(&story.running().unwrap().engine);
    let mut empty = jobs_story();
    let differences = empty.running().unwrap().engine.run_again(inputs).unwrap();
    expect![[r#"[Difference { seq: 2, why: Erased }, Difference { seq: 5, why: Refused([Objection { field: None, row: None, text: Title { zh: "开始这项后台任务的输入已删除", en: "what started this job was erased" } }]) }]"#]].assert_eq(&format!("{differences:?}"));
}

fn act(target: Target, action: &str, form: Value) -> Act {
    Act { target, action: action.to_owned(), form: form.as_object().unwrap().clone() }
}

/// Failures are tried again with growing waits and parked at last, as steps are; what the desk does
/// wrong with a result costs that step, and the job is not run again for it.
#[test]
fn jobs_that_go_wrong() {
    check(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "toil:fail"}
act TR2026-000001 try {"how": "toil:panic"}
act TR2026-000001 try {"how": "toil:refuse"}
act TR2026-000001 try {"how": "toil:text"}
act TR2026-000001 try {"how": "toil:lacks"}
act TR2026-000001 try {"how": "toil:more"}
act TR2026-000001 try {"how": "toil:huge"}
act TR2026-000001 try {"how": "toil:secrets"}
act TR2026-000001 try {"how": "toil:twice"}
tick 2026-03-02 09:10
parked
tick 2026-03-02 10:00
parked
retry 1
retry 3
tick 2026-03-02 10:01
parked
show TR2026-000001
"#,
        expect![[r#"
            > act odd start
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > tick 2026-03-02 09:10
              1 were due
            > parked
              1 odd work toil matter 1 try 1 again 03-02 09:10: fails in a job
              2 odd work toil matter 1 try 1 again 03-02 09:10: panicked: panics in a job
              3 odd work toil matter 1 try 1 parked: refused, and nobody is there to mend it: how: not like this; nor like that
              4 odd work toil matter 1 try 1 again 03-02 09:10: the result of job "toil": invalid type: string "not an object", expected a map at line 1 column 15
              5 odd work toil matter 1 try 1 again 03-02 09:10: the result of job "toil" lacks "how"
              6 odd work toil matter 1 try 1 again 03-02 09:10: the result of job "toil" has "colour", which is not declared
              7 odd work toil matter 1 try 1 again 03-02 09:10: its output of 2097162 bytes is longer than the limit of 1048576
              8 odd work toil matter 1 try 1 again 03-02 09:10: collection "secrets" is not declared
              9 odd work toil matter 1 try 1 again 03-02 09:10: fails at try 1
            > tick 2026-03-02 10:00
              30 were due
            > parked
              1 odd work toil matter 1 try 5 parked: fails in a job
              2 odd work toil matter 1 try 5 parked: panicked: panics in a job
              3 odd work toil matter 1 try 1 parked: refused, and nobody is there to mend it: how: not like this; nor like that
              4 odd work toil matter 1 try 5 parked: the result of job "toil": invalid type: string "not an object", expected a map at line 1 column 15
              5 odd work toil matter 1 try 5 parked: the result of job "toil" lacks "how"
              6 odd work toil matter 1 try 5 parked: the result of job "toil" has "colour", which is not declared
              7 odd work toil matter 1 try 5 parked: its output of 2097162 bytes is longer than the limit of 1048576
              8 odd work toil matter 1 try 5 parked: collection "secrets" is not declared
            > retry 1
              done
            > retry 3
              done
            > tick 2026-03-02 10:01
              3 were due
            > parked
              1 odd work toil matter 1 try 3 again 03-02 10:01: fails in a job
              2 odd work toil matter 1 try 5 parked: panicked: panics in a job
              3 odd work toil matter 1 try 1 parked: refused, and nobody is there to mend it: how: not like this; nor like that
              4 odd work toil matter 1 try 5 parked: the result of job "toil": invalid type: string "not an object", expected a map at line 1 column 15
              5 odd work toil matter 1 try 5 parked: the result of job "toil" lacks "how"
              6 odd work toil matter 1 try 5 parked: the result of job "toil" has "colour", which is not declared
              7 odd work toil matter 1 try 5 parked: its output of 2097162 bytes is longer than the limit of 1048576
              8 odd work toil matter 1 try 5 parked: collection "secrets" is not declared
            > show TR2026-000001
              TR2026-000001 试验
                西苑小区 · open · 捣乱台/已做
                labels mark=half a step
                03-02 09:10 host opened
                03-02 09:10 odd 记下 how=well
        "#]],
    );
}

/// The step that is told the result fails, is kept with it, and done when it can be.
#[test]
fn a_result_that_the_desk_fails_on_is_kept() {
    check(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "toil:then-fail"}
act odd start {"place": "西苑小区"}
act TR2026-000002 try {"how": "toil:then-refuse"}
act odd start {"place": "西苑小区"}
act TR2026-000003 try {"how": "toil:then-hand:well"}
tick 2026-03-02 09:10
jobs
parked
act TR2026-000001 try {"how": "well"}
move TR2026-000001 even
retry 4
parked
"#,
        expect![[r#"
            > act odd start
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              done TR2026-000001 捣乱台/等待
            > act odd start
              done TR2026-000002 捣乱台/等待
            > act TR2026-000002 try
              done TR2026-000002 捣乱台/等待
            > act odd start
              done TR2026-000003 捣乱台/等待
            > act TR2026-000003 try
              done TR2026-000003 捣乱台/等待
            > tick 2026-03-02 09:10
              1 were due
            > jobs
              nothing
            > parked
              2 odd job.toil matter 1 try 1 again 03-02 09:10: fails in a step
              4 odd job.toil matter 2 try 1 parked: refused, and nobody is there to mend it: how: not like this; nor like that
            > act TR2026-000001 try
              refused 事项正在处理中，请稍后再试；若长时间如此，请管理员查看“异常待处理”
            > move TR2026-000001 even
              done TR2026-000001 下家/等待
            > retry 4
              failed how: not like this; nor like that
            > parked
              2 odd job.toil matter 1 try 1 again 03-02 09:10: fails in a step
              4 odd job.toil matter 2 try 1 parked: refused, and nobody is there to mend it: how: not like this; nor like that
        "#]],
    );
}

/// Names and params that are not declared fail the step, and no job is started.
#[test]
fn jobs_that_are_not_declared() {
    check(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "job"}
act odd start {"place": "西苑小区"}
act TR2026-000002 try {"how": "job-params"}
act odd start {"place": "西苑小区"}
act TR2026-000003 try {"how": "job-lacks"}
act odd start {"place": "西苑小区"}
act TR2026-000004 try {"how": "job-text"}
jobs
"#,
        expect![[r#"
            > act odd start
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              failed job "idle" is not declared
            > act odd start
              done TR2026-000002 捣乱台/等待
            > act TR2026-000002 try
              failed the params of job "toil" has "colour", which is not declared
            > act odd start
              done TR2026-000003 捣乱台/等待
            > act TR2026-000003 try
              failed the params of job "toil" lacks "how"
            > act odd start
              done TR2026-000004 捣乱台/等待
            > act TR2026-000004 try
              failed the params of job "toil": invalid type: string "not an object", expected a map at line 1 column 15
            > jobs
              nothing
        "#]],
    );
}

/// A desk that is taken out of the config keeps its jobs; put back, they go on.
#[test]
fn jobs_of_a_desk_that_is_gone_wait() {
    let mut story = jobs_story();
    let said = story.told(
        r#"
act till tally-all
change hongling.toml `[desk.till]` `[desk.tills]`
change hongling.toml `"till/common"` `"tills/common"`
reopen
tick 2026-03-02 12:00
jobs
change hongling.toml `[desk.tills]` `[desk.till]`
change hongling.toml `"tills/common"` `"till/common"`
reopen
tick 2026-03-02 13:00
jobs
view till ask {"question": "{\"records\":{\"collection\":\"answer\",\"range\":{}}}"}
"#,
    );
    expect![[r#"
        > act till tally-all
          done
        > tick 2026-03-02 12:00
          0 were due
        > jobs
          1 till tally matter - {"prefix":""} due 03-02 09:10
        > tick 2026-03-02 13:00
          1 were due
        > jobs
          nothing
        > view till ask
          [["5",{"said":"0 facts, 0 in all, told on the desk"}]]
    "#]]
    .assert_eq(&said);
}
