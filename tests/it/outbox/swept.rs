//! P1, P2: notices on their way into a file, and at every operation of the command that delivers them the
//! process is killed, the disk is full, or the power is cut.
//!
//! After each the host starts again without faults: every notice stands in the file at least once, always
//! with the same words, and each came back to its desk as one input.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hongling::district::{District, set_exercise};
use hongling::engine::input::{Act, Answer, Ask, HandClock, Input, Target};
use hongling::store::Store;
use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::faults::{Faults, How};
use crate::recovery::checks::violations;
use crate::scratch::Scratch;
use crate::story::ms;

const CONFIG: &str = r#"
schema = 1
name = { zh = "试验区", en = "Trial District" }
data = "data"
places = "places.csv"
open = "odd"

[desk.odd]
library = "misbehaving"

[desk.archive]
library = "notices"
grants = { file = ["outbox/*"] }

[[outlet]]
id = "archive"
desk = "archive"
"#;

const NOTICES: usize = 2;
/// Operations of one command at most: more, and the sweep runs away.
const OPERATIONS_MAX: usize = 1_000;
const WAYS: [How; 5] = [How::Kill, How::Torn, How::FullOnce, How::BrokenOnce, How::Power];

/// A folder in which notices wait.
fn begin(folder: &Path, program: &Path) {
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(folder.join("hongling.toml"), CONFIG).unwrap();
    std::fs::write(folder.join("places.csv"), "place,level,title\ndaguan,district,大观区\n").unwrap();
    set_exercise(&Store::open(&folder.join("data")).unwrap(), ms("2026-03-02 09:00")).unwrap();
    let district = District::open(folder, program).unwrap();
    let (mut engine, _lock) = district.engine_with_clock(HandClock::new(ms("2026-03-02 09:00"))).unwrap();
    for _ in 0..NOTICES {
        let form = Map::from_iter([("place".into(), Value::from("daguan")), ("how".into(), Value::from("tell"))]);
        let act = Act { target: Target::Desk("odd".into()), action: "start".into(), form };
        engine.take(Input { ask: Ask::Act(act), by: None, key: None }, 1);
        let answers = engine.commit();
        assert!(matches!(answers[..], [(1, Answer::Done(_))]), "{answers:?}");
    }
}

fn tick(to: &str) -> Vec<String> {
    ["tick", ".", "--to", to, "--lang", "en"].map(str::to_owned).into()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(&path, to).unwrap();
        }
    }
}

/// Starts again twice, a try and its wait later, and says what is not as it should be.
fn check(faults: &Faults, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for to in ["2026-03-02T13:00", "2026-03-02T14:00"] {
        let ran = faults.run_on_all(folder, &tick(to), How::Nothing, 0);
        if ran.code != Some(0) {
            found.push(format!("P8: does not start again: {}", ran.err));
        }
    }
    let file = std::fs::read(folder.join("outbox/notices.jsonl")).unwrap_or_default();
    let text = String::from_utf8_lossy(&file);
    let mut lines: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines() {
        // What was cut off is no line of its own.
        let Ok(letter) = serde_json::from_str::<Value>(line) else { continue };
        lines.entry(letter["key"].as_str().unwrap().to_owned()).or_default().insert(line);
    }
    if lines.len() != NOTICES || lines.values().any(|lines| lines.len() != 1) {
        found.push(format!("P1: the file has {lines:?}"));
    }
    let data = folder.join("data");
    found.extend(violations(&data, &BTreeMap::new()));
    let db = Connection::open(data.join("hongling.db")).unwrap();
    let sql = "select s.state || ' ' || (select count(*) from input i join name n on n.id = i.name
               join body b on b.seq = i.seq where n.text = 'receipt.told'
               and json_extract(cast(b.bytes as text), '$.notice') = s.id) from sending s";
    let mut rows = db.prepare(sql).unwrap();
    let fared: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    if fared != ["2 1"; NOTICES] {
        found.push(format!("P1: the notices stand at {fared:?}, with so many receipts"));
    }
    found
}

#[test]
fn every_operation() {
    let Some(faults) = Faults::build("outbox::swept::every_operation") else { return };
    let scratch = Scratch::in_memory();
    let before = scratch.path().join("before");
    begin(&before, &faults.program());
    let undisturbed = scratch.path().join("undisturbed");
    copy_folder(&before, &undisturbed);
    let operations = faults.run_on_all(&undisturbed, &tick("2026-03-02T12:00"), How::Nothing, 0).operations;
    assert!(operations.iter().any(|one| one == "fsync outbox/notices.jsonl"), "{operations:?}");
    assert_eq!(check(&faults, &undisturbed), Vec::<String>::new());
    let (next, tried, found) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(way) = WAYS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let case = scratch.path().join(format!("{way:?}"));
            for operation in 1..=OPERATIONS_MAX {
                assert!(operation < OPERATIONS_MAX, "{way:?}: still struck at the {operation}th operation");
                copy_folder(&before, &case);
                let ran = faults.run_on_all(&case, &tick("2026-03-02T12:00"), *way, operation);
                tried.fetch_add(1, Ordering::Relaxed);
                let on = ran.operations.get(operation - 1);
                let violated = check(&faults, &case);
                found.lock().unwrap().extend(
                    violated.into_iter().map(|text| format!("{way:?} at operation {operation} {on:?}: {text}")),
                );
                std::fs::remove_dir_all(&case).unwrap();
                if !ran.is_struck {
                    break;
                }
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let (tried, found) = (tried.into_inner(), found.into_inner().unwrap());
    // Past the test harness, which would keep it to itself.
    let said =
        format!("SWEPT {NOTICES} notices into a file in {} ways: {tried} runs, {} violations", WAYS.len(), found.len());
    let _ = writeln!(std::io::stderr(), "{said}");
    let shown: Vec<&String> = found.iter().take(20).collect();
    assert!(found.is_empty(), "{said}\n{shown:#?}");
}
