//! With `--json`, stdout has exactly one value in every outcome, and stderr has words.

use expect_test::expect;
use serde_json::Value;

use super::{exercise, run};

/// The outcome as the keys of its value: what a program looks at first.
fn outcome(folder: &std::path::Path, line: &str) -> (String, bool) {
    let output = run(folder, &format!("--json --lang en {line}"));
    let text = String::from_utf8(output.stdout).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}: {text:?}"));
    let keys = match &value {
        Value::Object(map) => map.keys().cloned().collect::<Vec<_>>().join(" "),
        other => format!("a list of {}", other.as_array().unwrap().len()),
    };
    let is_both = |words: &Value| words["zh"].is_string() && words["en"].is_string();
    if let Some(error) = value.get("error") {
        assert!(is_both(error), "{line}: {error}");
    }
    if let Some(refused) = value.get("refused").and_then(Value::as_array) {
        assert!(refused.iter().all(|objection| is_both(&objection["text"])), "{line}: {refused:?}");
    }
    (format!("{} {line}: {keys}", output.status.code().unwrap()), output.stderr.is_empty())
}

/// What is refused, wanting or wrong is told on both streams.
#[test]
fn every_failure_is_one_value() {
    let story = exercise();
    let folder = story.folder();
    std::fs::write(folder.join("table.csv"), "一,二\n1,2\n").unwrap();
    let said: Vec<String> = "
show . SQ2026-000009
show . SQ2026-000001 --by nobody-here
list . --desk nowhere
list . --status lost
list . --label size
view . nowhere board
view . council board --param x
view . council board --format xlsx
view . council board --format xlsx --out nowhere/book.xlsx
explain . SQ2026-000009
explain . --topic gossip
import . nothing.csv --desk intake
import . table.csv --desk intake
import . table.csv --desk nowhere
open .
open . --title x --place 西苑小区 --form [1]
open . --title x --place 西苑小区 --by nobody-here
act . SQ2026-000009 sign
act . SQ2026-000002 nothing --by wang-lihua
act . SQ2026-000002 sign --by nobody-here
act . nowhere sign
tick . --to 2026-03-01T09:00
tick . --to 2036-03-01T09:00
tick . --to tomorrow
init .
init new --from elsewhere
init new --exercise tomorrow
plugin inspect table.csv
plugin inspect nothing.so
plugin trust nothing .
plugin list nowhere
parked nowhere
status nowhere
check nowhere
run nowhere --once
retry . 9
move . SQ2026-000009 council
move . SQ2026-000002 nowhere
demo --dir .
bench --dir table.csv
nothing
show
list --nothing
"
    .lines()
    .filter(|line| !line.is_empty())
    .map(|line| {
        let (said, is_silent) = outcome(&folder, line);
        assert!(!is_silent, "{line}: says nothing on stderr");
        said
    })
    .collect();
    expect![[r#"
        1 show . SQ2026-000009: error
        1 show . SQ2026-000001 --by nobody-here: error
        1 list . --desk nowhere: error
        2 list . --status lost: error
        2 list . --label size: error
        1 view . nowhere board: error
        2 view . council board --param x: error
        2 view . council board --format xlsx: error
        2 view . council board --format xlsx --out nowhere/book.xlsx: error
        1 explain . SQ2026-000009: error
        1 explain . --topic gossip: error
        2 import . nothing.csv --desk intake: error
        2 import . table.csv --desk intake: error
        1 import . table.csv --desk nowhere: error
        1 open .: refused
        2 open . --title x --place 西苑小区 --form [1]: error
        1 open . --title x --place 西苑小区 --by nobody-here: refused
        1 act . SQ2026-000009 sign: refused
        1 act . SQ2026-000002 nothing --by wang-lihua: refused
        1 act . SQ2026-000002 sign --by nobody-here: refused
        1 act . nowhere sign: error
        1 tick . --to 2026-03-01T09:00: error
        1 tick . --to 2036-03-01T09:00: error
        2 tick . --to tomorrow: error
        1 init .: error
        2 init new --from elsewhere: error
        2 init new --exercise tomorrow: error
        1 plugin inspect table.csv: error
        1 plugin inspect nothing.so: error
        1 plugin trust nothing .: error
        2 plugin list nowhere: error
        2 parked nowhere: error
        2 status nowhere: error
        2 check nowhere: error
        2 run nowhere --once: error
        1 retry . 9: error
        1 move . SQ2026-000009 council: error
        1 move . SQ2026-000002 nowhere: error
        1 demo --dir .: error
        2 bench --dir table.csv: error
        2 nothing: error
        2 show: error
        2 list --nothing: error"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn every_success_is_one_value() {
    let story = exercise();
    let folder = story.folder();
    let said: Vec<String> = "
show . SQ2026-000001
list .
view . council board
view . council board --format csv
view . council board --format xlsx --out book.xlsx
view . council board --out board.json
explain . SQ2026-000001
open . --title 路灯不亮 --place 西苑小区
act . SQ2026-000002 sign-for --by pan-zhiqiang
move . SQ2026-000002 council
tick . --to 2026-03-03T09:00
init new
check .
plugin list .
parked .
status .
plan .
graph .
test . --only 小事没人管
run . --once
"
    .lines()
    .filter(|line| !line.is_empty())
    .map(|line| outcome(&folder, line).0)
    .collect();
    expect![[r#"
        0 show . SQ2026-000001: clocks events matter notices
        0 list .: a list of 2
        0 view . council board: several
        0 view . council board --format csv: several
        0 view . council board --format xlsx --out book.xlsx: bytes file format
        0 view . council board --out board.json: bytes file format
        0 explain . SQ2026-000001: desk labels number stage status steps unrouted why
        0 open . --title 路灯不亮 --place 西苑小区: done
        0 act . SQ2026-000002 sign-for --by pan-zhiqiang: done
        0 move . SQ2026-000002 council: done
        0 tick . --to 2026-03-03T09:00: now ran
        0 init new: folder
        0 check .: errors problems warnings
        0 plugin list .: libraries problems warnings
        0 parked .: a list of 0
        0 status .: clocks config desks events inputs isolated jobs libraries limits matters notices on_disk parked schedules waiting warnings
        0 plan .: at_restart clocks desks on_disk routes running schedules tables watches
        0 graph .: desks name schedules
        0 test . --only 小事没人管: tests unreached
        0 run . --once: clocks desks notices parked ran"#]]
    .assert_eq(&said.join("\n"));
    assert!(std::fs::read(folder.join("book.xlsx")).unwrap().starts_with(b"PK"));
    let board: Value = serde_json::from_slice(&std::fs::read(folder.join("board.json")).unwrap()).unwrap();
    assert!(board.is_object(), "{board}");
}

/// A config with errors stops every command alike, and as `check` tells it.
#[test]
fn a_broken_config_is_told_as_check_tells_it() {
    let mut story = exercise();
    story.tell("change hongling.toml `to = \"council\"` `to = \"counsil\"`");
    let folder = story.folder();
    let value = |line: &str| -> Value { serde_json::from_slice(&run(&folder, line).stdout).unwrap() };
    let checked = value("--json check .");
    assert_eq!(checked["errors"], 1);
    for line in ["--json list .", "--json open . --title x", "--json tick . --to 2026-03-05T09:00", "--json run ."] {
        assert_eq!(value(line), checked, "{line}");
        assert_eq!(run(&folder, line).status.code(), Some(2), "{line}");
    }
}

/// A program reads both languages.
#[test]
fn the_language_does_not_change_the_value() {
    let story = exercise();
    let folder = story.folder();
    for line in ["list .", "show . SQ2026-000001", "show . SQ2026-000009", "parked .", "list . --desk nowhere"] {
        let zh = run(&folder, &format!("--json --lang zh {line}"));
        let en = run(&folder, &format!("--json --lang en {line}"));
        assert_eq!(zh.stdout, en.stdout, "{line}");
    }
}
