//! What stops in the middle goes on as if it had not: the end state is that of the uninterrupted run
//! (I1, I3, I4, I8).

mod killed;
mod deaths;
pub mod replayed;
mod switched;
pub mod checks;
mod swept;
mod stopped;
mod aside;
mod disk;
mod gone;

use expect_test::expect;
use hongling::engine::input::{Act, Answer, Ask, Input, Target};

use crate::contract::ODD_AND_EVEN;
use crate::story::Story;

/// A flow through the desks of the example: acts, rows, and a step that fails and is kept. Each line is
/// one input, with a key of its own. Clocks, transfers, hand-overs and switches are in that of the sweep.
const FLOW: [&str; 14] = [
    r#"open {"title": "3幢门口路灯不亮", "place": "西苑小区", "contact": "19900001301"}"#,
    r#"row intake report {"title": "1幢前面窨井盖没了，电话13812345678", "place": "西苑小区"}"#,
    r#"open {"title": "有件事想说说", "place": "西苑小区", "contact": "19900001301"}"#,
    r#"act SQ2026-000001 agenda by ma-aizhen {"session": "2026-03-03"}"#,
    r#"act SQ2026-000002 sign-for by pan-zhiqiang"#,
    r#"act SQ2026-000003 sort by wang-lihua {"category": "renewal", "size": "small"}"#,
    r#"act SQ2026-000002 send by pan-zhiqiang"#,
    r#"act odd start {"place": "西苑小区"}"#,
    r#"act SQ2026-000001 settle by ma-aizhen {"outcome": "consult", "text": "换灯的钱没谈拢。"}"#,
    r#"act TR2026-000004 try {"how": "hand:fail"}"#,
    r#"act SQ2026-000003 call-up by ma-aizhen {"call": "law-gap", "why": "须业主共同决定。", "tried": "已上会。"}"#,
    r#"act SQ2026-000002 return by li-rongmei {"why": "井是供水公司的。"}"#,
    r#"act SQ2026-000001 agenda by ma-aizhen {"session": "2026-03-04"}"#,
    r#"act SQ2026-000001 settle by ma-aizhen {"outcome": "self", "text": "换好了灯。"}"#,
];

/// The district of the flow, stopped.
fn flow_story() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("at 2026-03-02 09:10");
    story
}

/// Puts lines of the flow in, each with its key.
fn put(story: &mut Story, lines: &[&str], first: usize) -> String {
    let keyed = lines.iter().enumerate().map(|(nth, line)| match line.split_once(" {") {
        Some((head, form)) => format!("{head} key K{} {{{form}\n", first + nth),
        None => format!("{line} key K{}\n", first + nth),
    });
    story.told(&keyed.collect::<String>())
}

/// I1: whatever was answered is there after the host was stopped, at every commit; what is asked
/// again with its key is done once; and the end is the same.
#[test]
fn stopped_after_every_commit() {
    let mut whole = flow_story();
    let answers = put(&mut whole, &FLOW, 0);
    assert!(!answers.contains("refused"), "{answers}");
    let expected = whole.state();
    for stopped_after in 0..FLOW.len() {
        let mut story = flow_story();
        put(&mut story, &FLOW[..stopped_after], 0);
        let before = story.state();
        story.stop();
        assert_eq!(story.state(), before, "after {stopped_after} commits");
        let again = put(&mut story, &FLOW, 0);
        assert_eq!(again.matches("done before").count(), stopped_after, "after {stopped_after} commits: {again}");
        assert_eq!(story.state(), expected, "after {stopped_after} commits");
    }
}

/// I3: a batch that the store refuses is undone and done again by single inputs; only the one that
/// cannot be stored is answered as failed, and nothing of it stands.
#[test]
fn one_bad_row_costs_only_its_input() {
    let mut story = flow_story();
    story.state();
    story.stop();
    {
        let store = rusqlite::Connection::open(story.folder().join("data/hongling.db")).unwrap();
        store
            .execute_batch(
                "create trigger no_trips before insert on words when new.body like '%绊倒%'
                 begin select raise(abort, 'the disk does not like this'); end;",
            )
            .unwrap();
    }
    let running = story.running().unwrap();
    let report = |title: &str, key: &str| {
        let form = serde_json::json!({ "title": title, "place": "西苑小区" });
        let form = form.as_object().unwrap().clone();
        let act = Act { target: Target::Desk("intake".into()), action: "report".into(), form };
        Input { ask: Ask::Act(act), by: None, key: Some(key.into()) }
    };
    for (ticket, title) in [(1, "3幢门口路灯不亮"), (2, "窨井盖翘起来绊倒老人"), (3, "1幢前面窨井盖没了")]
    {
        running.engine.take(report(title, &format!("T{ticket}")), ticket);
    }
    let mut answers = running.engine.commit();
    answers.sort_by_key(|(ticket, _)| *ticket);
    let mut said = String::new();
    for (ticket, answer) in answers {
        let text = match answer {
            Answer::Done(done) => done.matters[0].number.clone(),
            Answer::Unstored(text) => story.shorten(&text.en),
            other => format!("{other:?}"),
        };
        said.push_str(&format!("{ticket} {text}\n"));
    }
    said.push_str(&story.told("list\nparked"));
    expect![[r#"
        1 SQ2026-000001
        2 nothing of this was stored: the store failed: the disk does not like this; the operator should look at ~/district/data
        3 SQ2026-000002
        > list
          SQ2026-000002 open 红领工作站/待签收 西苑小区 1幢前面窨井盖没了
          SQ2026-000001 open 红领议事厅/待上会 西苑小区 3幢门口路灯不亮
          2 in all
        > parked
          nothing
    "#]]
    .assert_eq(&said);
}

/// The engine's clock never goes back: an input after a jump backwards has the later instant.
#[test]
fn a_clock_that_jumps_back_changes_nothing() {
    let mut story = flow_story();
    put(&mut story, &FLOW[..2], 0);
    story.tell("at 2026-03-01 00:00");
    let said = story.told("open {\"title\": \"停水了\", \"place\": \"西苑小区\"}\nshow SQ2026-000003\nclocks");
    expect![[r#"
        > open
          done SQ2026-000003 红领工作站/待签收
        > show SQ2026-000003
          SQ2026-000003 停水了
            西苑小区 · open · 红领工作站/待签收
            labels category=water-supply reserved=false rung=community size=big urgent=true
            holders 华茂社区的社区书记
            03-02 09:10 host opened
            03-02 09:10 intake 诉求登记 behalf=false channel=online → reported-to-triage
            03-02 09:10 triage 分类定级 category=water-supply confidence=100 size=big why=规则 K033（停水与水压）：题目含“停水” → big-to-station
        > clocks
          matter 1 council wait until 03-05 09:10
          matter 2 station act until 03-04 09:10
          matter 3 station act until 03-04 09:10
    "#]].assert_eq(&said);
}
