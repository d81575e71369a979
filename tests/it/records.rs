//! Records by range of keys, of the desk's own collections and of shared ones of others.

use std::collections::BTreeMap;

use expect_test::expect;
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use serde_json::{Value, json};

use crate::story::Story;

/// `till` reads the facts of `fund`; `fund` reads nobody's.
const DESKS: &str = r#"
add hongling.toml
  [desk.till]
  library = "bookkeeping"
  credits = { elsewhere = "fund/common" }
  reads = { facts-elsewhere = "fund/fact" }

  [desk.fund]
  library = "bookkeeping"
  credits = { elsewhere = "till/common" }
at 2026-03-02 09:10
"#;

fn records_story() -> Story {
    let mut story = Story::new();
    story.tell(DESKS);
    story
}

/// What a desk is answered in a view.
fn ask(story: &mut Story, desk: &str, question: &Value) -> String {
    let form = json!({ "question": question.to_string() });
    story.told(&format!("view {desk} ask {form}")).lines().nth(1).unwrap().trim().to_owned()
}

fn put(story: &mut Story, desk: &str, key: &str, count: Option<i64>) {
    let mut form = json!({ "key": key });
    if let Some(count) = count {
        form["count"] = count.into();
    }
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk(desk.into()), action: "put".into(), form };
    let input = Input { ask: Ask::Act(act), by: None, key: None };
    assert!(matches!(story.running().unwrap().answer(input), Answer::Done(_)));
}

/// Keys around the ends of prefixes: after a prefix, between it and what lies in it, beyond ASCII.
const KEYS: [&str; 14] = [
    "2026-02",
    "2026-03",
    "2026-03!",
    "2026-03/a",
    "2026-03/b",
    "2026-030",
    "2026-04",
    "a",
    "a~",
    "a¢",
    "路",
    "路灯",
    "跰",
    "\u{10ffff}x",
];

/// Every range gives what a sorted map gives, page after page.
#[test]
fn ranges_are_those_of_a_sorted_map() {
    let mut story = records_story();
    let mut map: BTreeMap<&str, i64> = BTreeMap::new();
    for (count, key) in (0..).zip(KEYS) {
        put(&mut story, "till", key, Some(count));
        map.insert(key, count);
    }
    put(&mut story, "till", "2026-04", None);
    map.remove("2026-04");
    put(&mut story, "till", "a", Some(99));
    map.insert("a", 99);
    let ends = ["", "2026-03", "2026-03/", "2026-030", "a", "a~", "路", "跰", "\u{10ffff}", "\u{10ffff}\u{10ffff}"];
    let mut asked = 0;
    for from in ends {
        for to in ends.iter().map(|end| Some(*end).filter(|end| !end.is_empty())) {
            for prefix in ends {
                let fits = |key: &str| from <= key && to.is_none_or(|to| key < to) && key.starts_with(prefix);
                let expected: Vec<(&str, i64)> =
                    map.iter().filter(|(key, _)| fits(key)).map(|(key, count)| (*key, *count)).collect();
                let mut found: Vec<(String, i64)> = Vec::new();
                loop {
                    let after = found.last().map_or("", |(key, _)| key.as_str());
                    let range = json!({ "from": from, "to": to, "prefix": prefix, "after": after, "limit": 4 });
                    let said = ask(&mut story, "till", &json!({ "records": { "collection": "fact", "range": range } }));
                    let page: Vec<(String, Value)> = serde_json::from_str(&said).expect(&said);
                    asked += 1;
                    assert!(page.len() <= 4);
                    if page.is_empty() {
                        break;
                    }
                    found.extend(page.into_iter().map(|(key, record)| (key, record["count"].as_i64().unwrap())));
                }
                let found: Vec<(&str, i64)> = found.iter().map(|(key, count)| (key.as_str(), *count)).collect();
                assert_eq!(found, expected, "from {from:?} to {to:?} with {prefix:?}");
            }
        }
    }
    assert!(1_000 < asked);
}

/// What another desk shares is read by the reader's own word, and never written.
#[test]
fn shared_records_are_read_by_another_desk() {
    let mut story = records_story();
    put(&mut story, "fund", "a", Some(1));
    put(&mut story, "fund", "b", Some(2));
    put(&mut story, "till", "a", Some(7));
    let mut said = String::new();
    for (desk, question) in [
        ("till", json!({ "record": { "collection": "facts-elsewhere", "key": "b" } })),
        ("till", json!({ "records": { "collection": "facts-elsewhere", "range": {} } })),
        ("till", json!({ "records": { "collection": "fact", "range": {} } })),
        ("fund", json!({ "record": { "collection": "facts-elsewhere", "key": "a" } })),
        ("fund", json!({ "records": { "collection": "facts-elsewhere", "range": {} } })),
        ("till", json!({ "record": { "collection": "secrets", "key": "a" } })),
        ("till", json!({ "records": { "collection": "secrets", "range": {} } })),
    ] {
        said.push_str(&format!("{desk} {question}\n  {}\n", ask(&mut story, desk, &question)));
    }
    expect![[r#"
        till {"record":{"collection":"facts-elsewhere","key":"b"}}
          {"count":2}
        till {"records":{"collection":"facts-elsewhere","range":{}}}
          [["a",{"count":1}],["b",{"count":2}]]
        till {"records":{"collection":"fact","range":{}}}
          [["a",{"count":7}]]
        fund {"record":{"collection":"facts-elsewhere","key":"a"}}
          null
        fund {"records":{"collection":"facts-elsewhere","range":{}}}
          []
        till {"record":{"collection":"secrets","key":"a"}}
          refused 查询失败：collection "secrets" is not declared
        till {"records":{"collection":"secrets","range":{}}}
          refused 查询失败：collection "secrets" is not declared
    "#]]
    .assert_eq(&said);
}

/// What a desk reads is checked with file, line and column, before anything runs.
#[test]
fn reads_name_a_shared_collection_with_its_fields() {
    let mut said = String::new();
    for reads in [
        r#"reads = { facts-elsewhere = "fund/fact" }"#,
        r#"reads = { facts-elsewhere = "fund/answer" }"#,
        r#"reads = { facts-elsewhere = "fund/fat" }"#,
        r#"reads = { facts-elsewhere = "fact" }"#,
        r#"reads = { facts-elsewhere = "till/fact" }"#,
        r#"reads = { facts-elsewhere = "odd/seen" }"#,
        r#"reads = { facts-elsewhere = "odd/kept" }"#,
        r#"reads = { facts = "fund/fact" }"#,
    ] {
        let mut story = Story::new();
        story.tell(&DESKS.replacen(r#"reads = { facts-elsewhere = "fund/fact" }"#, reads, 1));
        story.tell("add hongling.toml\n  [desk.odd]\n  library = \"misbehaving\"");
        let told = story.told("list");
        let told = told.lines().skip(1).filter(|line| !line.contains("warning"));
        said.push_str(&format!("{reads}\n{}\n", told.collect::<Vec<_>>().join("\n")));
    }
    expect![[r#"
        reads = { facts-elsewhere = "fund/fact" }
          0 in all
        reads = { facts-elsewhere = "fund/answer" }
          does not open: hongling.toml:306:29: collection "fund/answer" is not shared with other desks; there is fact
        reads = { facts-elsewhere = "fund/fat" }
          does not open: hongling.toml:306:29: desk "fund" has no collection "fat"; did you mean "fact"?
        reads = { facts-elsewhere = "fact" }
          does not open: hongling.toml:306:29: "fact" is not "desk/name"
        reads = { facts-elsewhere = "till/fact" }
          does not open: hongling.toml:306:29: "till/fact" is of desk "till" itself, which needs no other word for it
        reads = { facts-elsewhere = "odd/seen" }
          does not open: hongling.toml:306:29: collection "odd/seen" is not shared with other desks; there is kept
        reads = { facts-elsewhere = "odd/kept" }
          does not open: hongling.toml:306:29: collection "odd/kept" has text in the field "count", and "facts-elsewhere" is to have a whole number
        reads = { facts = "fund/fact" }
          does not open: hongling.toml:306:11: desk "till" reads nothing that it calls "facts"; there is facts-elsewhere
    "#]].assert_eq(&said);
}
