//! I11: what a view shows of accounts and records is cut to what the person asking may see; a desk in a
//! step, and who holds the folder, see all of it.

use std::fmt::Write as _;

use expect_test::expect;
use serde_json::{Value, json};

use crate::story::Story;

const XIYUAN: &str = "daguan/linghu/huamao/xiyuan";

/// Two desks; `till` reads the facts of `fund`.
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

fn book(story: &mut Story, rows: &[(&str, &str, &str, i64)]) {
    for (key, from, to, amount) in rows {
        let row = json!({ "key": key, "from": from, "to": to, "amount": amount });
        let said = story.told(&format!("act till book {}", json!({ "transfers": [row] })));
        assert!(said.contains("done"), "{key}: {said}");
    }
}

fn put(story: &mut Story, desk: &str, key: &str, place: Option<&str>) {
    let mut form = json!({ "key": key, "count": 1 });
    if let Some(place) = place {
        form["place"] = place.into();
    }
    let said = story.told(&format!("act {desk} put {form}"));
    assert!(said.contains("done"), "{key}: {said}");
}

/// Accounts of every sort, and facts here, elsewhere and nowhere.
fn told() -> Story {
    let mut story = Story::new();
    story.tell(DESKS);
    let rows = [
        ("A1", "outside", &*format!("common(place:{XIYUAN})"), 500),
        ("A2", "outside", "common(place:daguan)", 70),
        ("A3", "outside", "reserve(text:w1)", 9),
        ("A4", "issued", "member(person:ma-aizhen, 2026)", 4),
        ("A5", "issued", "member(person:wang-xiufang, 2026)", 3),
        ("A6", "issued", "team(unit:housing)", 2),
        ("A7", "common(place:daguan)", "reserve(text:w1)", 1),
        ("A8", "issued", "team(unit:water)", 1),
    ];
    book(&mut story, &rows);
    put(&mut story, "till", "here", Some(XIYUAN));
    put(&mut story, "till", "there", Some("daguan"));
    put(&mut story, "till", "nowhere", None);
    put(&mut story, "fund", "shared-here", Some(XIYUAN));
    put(&mut story, "fund", "shared-nowhere", None);
    story
}

/// What is asked, each in a view of its own.
fn questions() -> Vec<(&'static str, Value)> {
    let balances = |class: &str| json!({ "balances": { "filter": { "class": class }, "after": null } });
    let totals = |class: &str| json!({ "totals": { "filter": { "class": class }, "days": {}, "by": "all" } });
    let transfers = json!({ "transfers": { "filter": { "class": "common" }, "days": {}, "after": null } });
    let balance = json!({ "balance": { "account": { "class": "common", "of": { "place": "daguan" } } } });
    let record = |key: &str| json!({ "record": { "collection": "fact", "key": key } });
    let records = |word: &str| json!({ "records": { "collection": word, "range": { "limit": 2 } } });
    vec![
        ("common", balances("common")),
        ("outside", balances("outside")),
        ("reserve", balances("reserve")),
        ("member", balances("member")),
        ("team", balances("team")),
        ("at daguan", balance),
        ("all common", totals("common")),
        ("transfers", transfers),
        ("A2", json!({ "transfer": { "key": "A2" } })),
        ("A3", json!({ "transfer": { "key": "A3" } })),
        ("there", record("there")),
        ("nowhere", record("nowhere")),
        ("facts", records("fact")),
        ("elsewhere", records("facts-elsewhere")),
    ]
}

/// Amounts, keys and places alone: enough to see what is there.
fn brief(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap_or_else(|error| panic!("{answer}: {error}"));
    let one = |value: &Value| match value {
        Value::Array(pair) => pair[0].as_str().unwrap().to_owned(),
        Value::Object(map) if map.contains_key("balance") => map["balance"].to_string(),
        Value::Object(map) if map.contains_key("credit") && map.contains_key("debit") && !map.contains_key("key") => {
            map["credit"].to_string()
        }
        Value::Object(map) if map.contains_key("amount") => map["key"].as_str().unwrap().to_owned(),
        Value::Object(map) if map.contains_key("credit") => format!("{}/{}", map["debit"], map["credit"]),
        other => other.to_string(),
    };
    match &answer {
        Value::Array(list) => list.iter().map(one).collect::<Vec<_>>().join(" "),
        other => one(other),
    }
}

#[test]
fn accounts_and_records_are_cut_to_the_viewer() {
    let mut story = told();
    let mut said = String::new();
    // The folder's holder; the head of the district, who sees all; a cadre of the whole area; the
    // secretary of a compound; somebody of a member unit; nobody that is known.
    for by in ["", "by wang-xiufang", "by liang-daming", "by ma-aizhen", "by li-rongmei", "by r99"] {
        writeln!(said, "{}", if by.is_empty() { "operator" } else { by }).unwrap();
        for (what, question) in questions() {
            let form = json!({ "question": question.to_string() });
            let shown = story.told(&format!("view till ask {by} {form}"));
            let answer = shown.lines().nth(1).unwrap().trim();
            writeln!(said, "{}", format!("  {what}: {}", brief(answer)).trim_end()).unwrap();
        }
    }
    expect![[r#"
        operator
          common: 69 500
          outside: -579
          reserve: 10
          member: 4 3
          team: 2 1
          at daguan: 69
          all common: 1/570
          transfers: A1 A2 A7
          A2: A2
          A3: A3
          there: {"count":1,"place":"daguan"}
          nowhere: {"count":1}
          facts: here nowhere
          elsewhere: shared-here shared-nowhere
        by wang-xiufang
          common: 69 500
          outside: -579
          reserve: 10
          member: 4 3
          team: 2 1
          at daguan: 69
          all common: 1/570
          transfers: A1 A2 A7
          A2: A2
          A3: A3
          there: {"count":1,"place":"daguan"}
          nowhere: {"count":1}
          facts: here nowhere
          elsewhere: shared-here shared-nowhere
        by liang-daming
          common: 69 500
          outside:
          reserve: 10
          member: 4 3
          team:
          at daguan: 69
          all common: 1/570
          transfers: A1 A2 A7
          A2: A2
          A3: A3
          there: {"count":1,"place":"daguan"}
          nowhere: null
          facts: here there
          elsewhere: shared-here
        by ma-aizhen
          common: 500
          outside:
          reserve: 10
          member: 4
          team:
          at daguan: 0
          all common: 0/500
          transfers: A1
          A2: null
          A3: A3
          there: null
          nowhere: null
          facts: here
          elsewhere: shared-here
        by li-rongmei
          common:
          outside:
          reserve: 10
          member:
          team: 2
          at daguan: 0
          all common: 0/0
          transfers:
          A2: null
          A3: A3
          there: null
          nowhere: null
          facts:
          elsewhere:
        by r99
          common:
          outside:
          reserve: 10
          member:
          team:
          at daguan: 0
          all common: 0/0
          transfers:
          A2: null
          A3: A3
          there: null
          nowhere: null
          facts:
          elsewhere:
    "#]]
    .assert_eq(&said);
}

/// A desk in a step is answered in full, whoever acts: what it decides does not hang on who asks.
#[test]
fn a_step_sees_all() {
    let mut story = told();
    let question = json!({ "balance": { "account": { "class": "common", "of": { "place": "daguan" } } } });
    let form = json!({ "question": question.to_string() });
    let said = story.told(&format!("act till ask by li-rongmei {form}"));
    assert!(said.contains("done"), "{said}");
    let kept = story.state().into_iter().filter(|row| row.starts_with("record till answer ")).collect::<Vec<_>>();
    assert!(kept.len() == 1 && kept[0].contains("69"), "{kept:?}");
}
