//! The same key is the same input, however often and from how many sides it comes; and a key that
//! could be somebody's number is nowhere to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect;
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::runner::Runner;
use rusqlite::Connection;

use crate::contract::ODD_AND_EVEN;
use crate::story::Story;

const SUBMITS: usize = 1_000;
const KEYS: usize = 10;
const THREADS: usize = 8;

fn report(nth: usize) -> Input {
    let key = nth % KEYS;
    let form = serde_json::json!({ "title": format!("{key}幢门口路灯不亮"), "place": "西苑小区" });
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk("intake".into()), action: "report".into(), form };
    // People and tables share the keys of a desk.
    let ask = if nth.is_multiple_of(2) { Ask::Act(act) } else { Ask::Row(act) };
    Input { ask, by: None, key: Some(format!("K{key}")) }
}

/// A thousand submits of ten keys at the same time, through both lanes: one matter for each key, one
/// answer that it was done, and the same number in all others.
#[test]
fn a_thousand_submits_of_the_same_keys_open_each_matter_once() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    story.running().unwrap();
    let running = story.take_running().unwrap();
    let runner = Arc::new(Runner::start(running.engine).unwrap());
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let runner = Arc::clone(&runner);
            std::thread::spawn(move || -> Vec<(String, Answer)> {
                let put = (thread..SUBMITS).step_by(THREADS).map(|nth| {
                    let input = report(nth);
                    let lane = if nth.is_multiple_of(3) { &runner.people } else { &runner.tables };
                    (input.key.clone().unwrap(), lane.put(input).unwrap())
                });
                let waiting: Vec<_> = put.collect();
                waiting.into_iter().map(|(key, answer)| (key, answer.recv().unwrap())).collect()
            })
        })
        .collect();
    let mut numbers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut done = 0;
    for (key, answer) in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
        let reached = match answer {
            Answer::Done(reached) => {
                done += 1;
                reached
            }
            Answer::Repeated(reached) => reached,
            other => panic!("{key}: {other:?}"),
        };
        numbers.entry(key).or_default().push(reached.matters[0].number.clone());
    }
    let engine = Arc::into_inner(runner).unwrap().stop().unwrap();
    let (_, _, matters) = engine.store().reader().sizes().unwrap();
    assert_eq!((done, matters), (KEYS, KEYS as u64));
    assert_eq!(numbers.len(), KEYS);
    for (key, numbers) in numbers {
        assert_eq!(numbers.len(), SUBMITS / KEYS);
        assert!(numbers.iter().all(|number| *number == numbers[0]), "{key}: {numbers:?}");
    }
}

/// I10: a key like a phone number works as a key, and lies nowhere in the store.
#[test]
fn a_key_like_a_phone_number_is_not_stored() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    let open = |key: &str, title: &str| format!("open key {key} {{\"title\": \"{title}\", \"place\": \"西苑小区\"}}\n");
    let said = story.told(
        &[
            open("13812345678", "3幢门口路灯不亮"),
            open("13812345678", "3幢门口路灯不亮"),
            "reopen\n".to_owned(),
            open("13812345678", "3幢门口路灯不亮"),
            open("13812345678", "另一件事路灯不亮"),
            open("工单13812345678-1", "4幢门口路灯不亮"),
            open("工单13812345678-1", "4幢门口路灯不亮"),
        ]
        .concat(),
    );
    expect![[r#"
        > open key 13812345678
          done SQ2026-000001 红领议事厅/待上会
        > open key 13812345678
          done before SQ2026-000001 红领议事厅/待上会
        > open key 13812345678
          done before SQ2026-000001 红领议事厅/待上会
        > open key 13812345678
          refused 编号“138****5678”已登记过，但内容不同；请核对编号，或另用新编号
        > open key 工单13812345678-1
          done SQ2026-000002 红领议事厅/待上会
        > open key 工单13812345678-1
          done before SQ2026-000002 红领议事厅/待上会
    "#]]
    .assert_eq(&said);
    let data = story.folder().join("data");
    story.stop();
    let db = Connection::open(data.join("hongling.db")).unwrap();
    let mut keys = db.prepare("select key from key order by key").unwrap();
    let keys: Vec<String> = keys.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(keys.len() == 2 && keys.iter().all(|key| key.starts_with('#')), "{keys:?}");
    let bytes = std::fs::read(data.join("hongling.db")).unwrap();
    assert!(!bytes.windows(11).any(|window| window == b"13812345678"), "the number is in the file");
    // What is stored for one is no key of another.
    let said = story.told(&open(&keys[0], "5幢门口路灯不亮"));
    assert!(said.contains("done SQ2026-000003"), "{said}");
}

/// What failed is in hand when it is asked again, and once it is done it answers with the number.
#[test]
fn a_failed_act_answers_with_what_it_led_to() {
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
act odd start key K1 {"place": "石板巷小区"}
change hongling.toml `mood = "bad"` `mood = "good"`
reopen
retry 1
act odd start key K1 {"place": "西苑小区"}
reopen
act odd start key K1 {"place": "西苑小区"}
list
"#,
    );
    expect![[r#"
        > act odd start key K1
          failed in a bad mood
        > act odd start key K1
          done before
        > act odd start key K1
          refused 编号“K1”已登记过，但内容不同；请核对编号，或另用新编号
        > retry 1
          done TR2026-000001 捣乱台/等待
        > act odd start key K1
          done before TR2026-000001 捣乱台/等待
        > act odd start key K1
          done before TR2026-000001 捣乱台/等待
        > list
          TR2026-000001 open 捣乱台/等待 西苑小区 试验
          1 in all
    "#]]
    .assert_eq(&said);
}
