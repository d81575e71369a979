//! A person erased: nothing of theirs is left in the file's very bytes, and the seals stay valid (I4,
//! I10).

use std::path::Path;

use expect_test::expect;
use hongling::engine::replay::{Difference, Differs};
use hongling::store::JournalInput;
use rusqlite::Connection;

use super::{check, export, verified};
use crate::contract::ODD_AND_EVEN;
use crate::program::hongling_json;
use crate::scratch::Scratch;
use crate::story::Story;

/// Somebody reports two matters, the second with a number typed into it and failing at a watcher; a
/// neighbour reports another one, and a clerk works on the first.
fn told() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("at 2026-03-02 09:10");
    story.tell(
        r#"
open {"title": "3幢路灯不亮甲乙丙", "text": "我家老人摔了一跤丁戊己", "place": "西苑小区", "contact": "19900001301"}
open {"title": "1幢窨井盖没了，请打13812345678", "place": "西苑小区", "contact": "19900001301"}
open {"title": "邻居家停水了庚辛壬", "place": "西苑小区", "contact": "19900001302"}
act SQ2026-000001 agenda by ma-aizhen {"session": "2026-03-03"}
act SQ2026-000001 settle by ma-aizhen {"outcome": "self", "text": "换好了三单元的灯。"}
"#,
    );
    story.take_said();
    story
}

/// Whether any file of the store has a text.
fn has(data: &Path, text: &str) -> bool {
    ["hongling.db", "hongling.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(data.join(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn nothing_of_theirs_is_left_and_the_seals_hold() {
    let mut story = told();
    let data = story.folder().join("data");
    let theirs = ["19900001301", "13812345678", "甲乙丙", "丁戊己", "窨井盖没了"];
    // The control: it is there before, so that its absence says something.
    assert!(theirs.iter().all(|text| has(&data, text)));
    let said =
        story.told("erase r2\nerase r2\nerase r99\nerase ma-aizhen\nshow SQ2026-000001\nshow SQ2026-000003\nlist");
    expect![[r#"
        > erase r2
          done SQ2026-000001 红领议事厅/已列入议题 closed SQ2026-000002 红领工作站/待签收
        > erase r2
          done before
        > erase r99
          refused 没有 r99 这个人：联系方式和记录中都找不到
        > erase ma-aizhen
          refused ma-aizhen 是名册中的人员，不能在这里删除；请在 people.csv 中办理
        > show SQ2026-000001
          SQ2026-000001 （已删除 erased）
            西苑小区 · closed · 红领议事厅/已列入议题
            labels category=street-light reserved=false result=self size=small urgent=false
            reporters r2
            outcome self
            03-02 09:10 host opened
            03-02 09:10 intake 诉求登记 → reported-to-triage
            03-02 09:10 triage 分类定级 → small-to-council
            03-02 09:10 council 议题公示 by 马爱珍 when=2026-03-03
            03-02 09:10 council 议定 by 马爱珍 outcome=self text=换好了三单元的灯。
            03-02 09:10 host closed by 马爱珍
            03-02 09:10 host erased
        > show SQ2026-000003
          SQ2026-000003 邻居家停水了庚辛壬
            西苑小区 · open · 红领工作站/待签收
            labels category=water-supply reserved=false rung=community size=big urgent=true
            holders 华茂社区的社区书记
            reporters r10
            03-02 09:10 host opened
            03-02 09:10 intake 诉求登记 behalf=false channel=online → reported-to-triage
            03-02 09:10 triage 分类定级 category=water-supply confidence=50 size=big why=规则 K033（停水与水压）：题目含“停水” → big-to-station
        > list
          SQ2026-000003 open 红领工作站/待签收 西苑小区 邻居家停水了庚辛壬
          SQ2026-000002 open 红领工作站/待签收 西苑小区 （已删除 erased）
          SQ2026-000001 closed 红领议事厅/已列入议题 西苑小区 （已删除 erased）
          3 in all
    "#]]
    .assert_eq(&said);
    for text in theirs {
        assert!(!has(&data, text), "{text} is still in the file");
    }
    assert!(has(&data, "庚辛壬") && has(&data, "换好了三单元的灯"), "what others wrote stays");
    let report = verified(&data, &[]);
    assert!(report.misfits.is_empty(), "{:?}", report.misfits);
    assert_eq!(report.erased, 6, "two reports with two events each");
    // The same number is another person from now on.
    let said = story.told(
        "open {\"title\": \"又来了\", \"place\": \"西苑小区\", \"contact\": \"19900001301\"}\nshow SQ2026-000004",
    );
    assert!(said.contains("reporters r22"), "{said}");
}

/// Words that somebody takes away beside an erasure are still found, and those of the erasure are not.
#[test]
fn an_erasure_covers_only_what_it_names() {
    let mut story = told();
    story.tell("erase r2");
    story.stop();
    let data = story.folder().join("data");
    let db = Connection::open(data.join("hongling.db")).unwrap();
    let first: u64 = db.query_row("select min(seq) from body where seq > 9", [], |row| row.get(0)).unwrap();
    db.execute("delete from body where seq = ?1", [first]).unwrap();
    let report = verified(&data, &[]);
    assert_eq!((report.misfits.len(), report.misfits[0].seq), (1, Some(first)), "{:?}", report.misfits);
    // Without the erasure's own words nothing is covered.
    db.execute("delete from body where instr(bytes, cast('\"person\"' as blob)) > 0", []).unwrap();
    assert_eq!(verified(&data, &[]).misfits.len(), 9);
}

/// A matter that two people reported keeps its words until both are erased.
#[test]
fn a_shared_matter_keeps_its_words() {
    let mut story = told();
    story.stop();
    let db = Connection::open(story.folder().join("data/hongling.db")).unwrap();
    // As `join` leaves it.
    let sql = r#"update matter set head = replace(head, '["r10"]', '["r10","r2"]') where id = 3"#;
    assert_eq!(db.execute(sql, []).unwrap(), 1);
    drop(db);
    let said = story.told("erase r2\nlist\nerase r10\nlist");
    expect![[r#"
        > erase r2
          done SQ2026-000001 红领议事厅/已列入议题 closed SQ2026-000002 红领工作站/待签收  SQ2026-000003 红领工作站/待签收
        > list
          SQ2026-000003 open 红领工作站/待签收 西苑小区 邻居家停水了庚辛壬
          SQ2026-000002 open 红领工作站/待签收 西苑小区 （已删除 erased）
          SQ2026-000001 closed 红领议事厅/已列入议题 西苑小区 （已删除 erased）
          3 in all
        > erase r10
          done SQ2026-000003 红领工作站/待签收
        > list
          SQ2026-000003 open 红领工作站/待签收 西苑小区 （已删除 erased）
          SQ2026-000002 open 红领工作站/待签收 西苑小区 （已删除 erased）
          SQ2026-000001 closed 红领议事厅/已列入议题 西苑小区 （已删除 erased）
          3 in all
    "#]].assert_eq(&said);
}

/// A step that waits for words that are gone is dropped with them; the matter is free again.
#[test]
fn a_step_that_waited_for_the_words_is_dropped() {
    let mut story = Story::new();
    story.tell(&ODD_AND_EVEN.replacen(
        "library = \"misbehaving\"",
        "library = \"misbehaving\"\n  settings = { mood = \"bad\" }",
        1,
    ));
    story.tell("add hongling.toml\n  [[watch]]\n  id = \"odd-hears\"\n  on = [\"reported\"]\n  to = [\"odd\"]");
    story.tell("at 2026-03-02 09:10");
    let said = story.told(
        r#"
open {"title": "3幢路灯不亮", "place": "西苑小区", "contact": "19900001301"}
open {"title": "1幢路灯不亮", "place": "西苑小区", "contact": "19900001302"}
parked
erase r2
parked
"#,
    );
    expect![[r#"
        > open
          done SQ2026-000001 红领议事厅/待上会
        > open
          done SQ2026-000002 红领议事厅/待上会
        > parked
          1 odd reported (watching) matter 1 try 1 again 03-02 09:10: in a bad mood
          2 odd reported (watching) matter 2 try 1 again 03-02 09:10: in a bad mood
        > erase r2
          done SQ2026-000001 红领议事厅/待上会
        > parked
          2 odd reported (watching) matter 2 try 1 again 03-02 09:10: in a bad mood
    "#]]
    .assert_eq(&said);
}

/// Every input of a journal, which is a page here.
fn inputs(story: &mut Story) -> Vec<JournalInput> {
    story.running().unwrap().engine.store().reader().inputs(0).unwrap()
}

/// I4: run again, what was erased is reported, and every other matter is the same under its number.
#[test]
fn run_again_the_difference_is_reported() {
    let mut story = told();
    story.tell("erase r2");
    let given = inputs(&mut story);
    let mut empty = Story::new();
    empty.tell(ODD_AND_EVEN);
    empty.tell("at 2026-03-02 09:10");
    let differences = empty.running().unwrap().engine.run_again(given).unwrap();
    let told: Vec<(u64, bool)> =
        differences.iter().map(|Difference { seq, why }| (*seq, *why == Differs::Erased)).collect();
    // Two reports are gone, so the two acts on the first of them have nothing to be on.
    assert_eq!(told, [(2, true), (6, true), (14, false), (16, false)]);
    let expected: Vec<String> =
        story.state().into_iter().filter(|line| line.starts_with("words 3") || line.starts_with("erased")).collect();
    let found: Vec<String> =
        empty.state().into_iter().filter(|line| line.starts_with("words") || line.starts_with("erased")).collect();
    assert_eq!(found, expected);
}

/// The same from the command line.
#[test]
fn erased_by_an_operator() {
    let mut story = told();
    story.become_exercise();
    let folder = story.folder();
    let dir = folder.to_str().unwrap();
    let args = ["person", dir, "erase", "r2", "--why", "本人要求，电话13812345678", "--by", "ma-aizhen"];
    let (code, first) = hongling_json(&args);
    assert_eq!(code, Some(0));
    expect![[r#"{"matters":["SQ2026-000001","SQ2026-000002"],"person":"r2","repeated":false,"rows":6,"seq":19}"#]]
        .assert_eq(&first.to_string());
    let (code, again) = hongling_json(&args);
    assert_eq!((code, &again["repeated"], &again["seq"]), (Some(0), &true.into(), &first["seq"]));
    let (code, report) = hongling_json(&["audit", dir, "verify"]);
    assert_eq!((code, &report["erased"]), (Some(0), &first["rows"]), "{report}");
    assert!(!has(&folder.join("data"), "13812345678"), "I10: the reason is masked too");
    let (code, shown) = hongling_json(&["show", dir, "SQ2026-000001"]);
    let last = shown["events"].as_array().unwrap().last().unwrap();
    assert_eq!((code, &last["topic"], &last["by"]), (Some(0), &"erased".into(), &"ma-aizhen".into()), "{shown}");
}

/// A resident's words that a desk made a label of are in no event's sealed row, so that they can be taken
/// away; what a route names is the district's word, and stays for `explain`.
#[test]
fn a_label_of_free_words_is_not_sealed() {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell(
        r#"
without route reported-to-triage
add hongling.toml
  [[route]]
  id = "reported-to-odd"
  on = "reported"
  to = "odd"

  [[route]]
  id = "marked-back"
  on = "handed"
  from = "even"
  when = { mark = "到此为止" }
  to = "odd"
at 2026-03-02 09:10
open {"title": "照抄癸子丑家漏水", "place": "西苑小区", "contact": "19900001301"}
open {"title": "照抄到此为止", "place": "西苑小区", "contact": "19900001301"}
"#,
    );
    story.become_exercise();
    story.take_said();
    let folder = story.folder();
    let data = folder.join("data");
    assert!(has(&data, "癸子丑家漏水"));
    let sealed = |words: &str| {
        let db = Connection::open(data.join("hongling.db")).unwrap();
        db.query_row("select count(*) from event where instr(facts, ?1)", [words], |row| row.get::<_, u64>(0)).unwrap()
    };
    assert_eq!((sealed("癸子丑"), sealed("到此为止")), (0, 1));
    let said = story.told("explain SQ2026-000001\nerase r2\nlist mark=到此为止");
    expect![[r#"
        > explain SQ2026-000001
          03-02 09:10 host opened
          03-02 09:10 intake 诉求登记 behalf=false channel=online → reported-to-odd
            reported-to-odd: takes it
          03-02 09:10 odd 交出 → odd-to-even
            odd-to-even: takes it
        > erase r2
          done SQ2026-000001 下家/在此  SQ2026-000002 下家/在此
        > list mark=到此为止
          0 in all
    "#]]
    .assert_eq(&said);
    story.stop();
    assert!(!has(&data, "癸子丑"), "neither as a title nor as a label");
    let exported = String::from_utf8(export(&folder, &folder.join("journal.jsonl"))).unwrap();
    assert!(exported.contains("到此为止") && !exported.contains("癸子丑"), "{exported}");
    let report = verified(&data, &[]);
    assert!(report.misfits.is_empty(), "{:?}", report.misfits);
}

/// An outsider checks what is exported after an erasure as before it: the seals hold, the head kept
/// before fits, and nothing of theirs is in it.
#[test]
fn an_outsider_verifies_an_export_after_an_erasure() {
    let mut story = told();
    story.become_exercise();
    let (folder, scratch) = (story.folder(), Scratch::new());
    let (before, after) = (scratch.path().join("before.jsonl"), scratch.path().join("after.jsonl"));
    let text = String::from_utf8(export(&folder, &before)).unwrap();
    assert!(text.contains("甲乙丙") && text.contains("窨井盖没了"), "the control: it is there before");
    let (_, head) = hongling_json(&["audit", folder.to_str().unwrap(), "head"]);
    story.tell("erase r2");
    story.stop();
    let text = String::from_utf8(export(&folder, &after)).unwrap();
    assert!(!text.contains("甲乙丙") && !text.contains("窨井盖没了") && text.contains("庚辛壬"), "{text}");
    let head = head["head"].as_str().unwrap();
    let Some(found) = check(&after, &[head]) else { return };
    assert_eq!(found, Ok(()));
    assert_eq!(check(&before, &[head]).unwrap(), Ok(()));
    // What is erased is not a way out for other words: they are still bound.
    std::fs::write(&after, text.replacen("庚辛壬", "甲乙丙", 1)).unwrap();
    assert!(check(&after, &[]).unwrap().unwrap_err().contains("not those that were written"));
}
