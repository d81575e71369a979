//! I4: a journal over many switches of config, calendar, directory and libraries, run again on an empty
//! store from nothing but the data folder.

mod month;

use std::path::{Path, PathBuf};

use expect_test::expect;
use hongling::district::NotOpened;
use hongling::district::replay::{Replayed, replay};
use rusqlite::Connection;

use crate::contract::files::replaced;
use crate::program::hongling;
use crate::scratch::{Scratch, library_bytes};
use crate::story::Story;

/// The data folder of a story that has ended, and nothing else of its district.
fn data_of(story: &mut Story) -> PathBuf {
    story.stop();
    for entry in std::fs::read_dir(story.folder()).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("data") => {}
            true => std::fs::remove_dir_all(path).unwrap(),
            false => std::fs::remove_file(path).unwrap(),
        }
    }
    story.folder().join("data")
}

fn again(data: &Path) -> Result<Replayed, NotOpened> {
    let scratch = Scratch::in_memory();
    replay(data, &scratch.path().join("again"))
}

fn reported(replayed: Result<Replayed, NotOpened>) -> String {
    match replayed {
        Ok(Replayed { inputs, differences, missing, added }) => {
            let first = |rows: &[String]| rows.first().map_or("-".to_owned(), |row| row.chars().take(40).collect());
            let (missed, more) = (missing.len(), added.len());
            let rows = format!("missing {missed}: {}\nadded {more}: {}", first(&missing), first(&added));
            format!("{inputs} inputs, {} differ\n{rows}\n", differences.len())
        }
        Err(NotOpened::Unusable(why)) => format!("{}\n", why.en),
        Err(NotOpened::Problems(problems)) => format!("{problems:?}\n"),
    }
}

/// Runs the journal again after its store was changed behind the host's back, and says what is reported.
/// The store is as it was afterwards.
fn tampered(story: &Story, data: &Path, sql: &str) -> String {
    let (file, aside) = (data.join("hongling.db"), data.join("aside.db"));
    let store = Connection::open(&file).unwrap();
    store.execute("vacuum into ?1", [aside.to_str().unwrap()]).unwrap();
    let changes = format!("drop trigger input_kept; drop trigger input_fixed; {sql}");
    store.execute_batch(&changes).unwrap();
    drop(store);
    let said = reported(again(data));
    std::fs::rename(&aside, &file).unwrap();
    story.shorten(&said)
}

/// A plugin folder, empty and named by the config.
fn name_plugins(story: &mut Story) {
    std::fs::create_dir(story.folder().join("plugins")).unwrap();
    story.tell("change hongling.toml `# plugins = [\"plugins\"]` `plugins = [\"plugins\"]`");
}

/// Another build of a library in the plugin folder, trusted: the same but for one text.
fn rebuild(story: &mut Story, name: &str, from: &str, to: &str) {
    story.stop();
    let folder = story.folder();
    let bytes = replaced(library_bytes(name), from, to);
    std::fs::write(folder.join(format!("plugins/lib{name}.so")), bytes).unwrap();
    let trusted = hongling(&["plugin", "trust", name, folder.to_str().unwrap()]);
    assert!(trusted.status.success(), "{}", String::from_utf8_lossy(&trusted.stderr));
}

/// Two configs, and then another build of one library with the same config.
fn short_story() -> Story {
    short_story_in(Story::new())
}

fn short_story_in(mut story: Story) -> Story {
    name_plugins(&mut story);
    story.tell(
        r#"
at 2026-03-02 09:00
open {"title": "3幢门口路灯不亮", "place": "西苑小区"}
change desks/council.toml `72 hours` `48 hours`
reopen
open {"title": "1幢门口路灯不亮", "place": "西苑小区"}
"#,
    );
    rebuild(&mut story, "triage", "规则", "条规");
    story.tell("open {\"title\": \"2幢门口路灯不亮\", \"place\": \"西苑小区\"}");
    story
}

#[test]
fn each_input_is_run_under_what_was_in_force() {
    let mut story = short_story();
    let data = data_of(&mut story);
    let replayed = again(&data).unwrap();
    assert!(replayed.is_same(), "{replayed:?}");
    assert_eq!(replayed.inputs, 7, "three reports, three switches, one library trusted");
}

/// Controls: a journal that is not the one that was run is seen.
#[test]
fn another_journal_gives_something_else() {
    let mut story = short_story();
    let data = data_of(&mut story);
    let mut said = String::new();
    let switches = "select seq from input where kind = 9 order by seq";
    let report = "select seq from input where kind not in (8, 9) order by seq";
    for (what, sql) in [
        ("nothing", String::new()),
        (
            "one byte of a body",
            format!(
                "update body set bytes = cast(replace(cast(bytes as text), '3幢', '4幢') as blob)
                     where seq = ({report} limit 1)"
            ),
        ),
        ("a config left out", format!("delete from input where seq = ({switches} limit 1 offset 1)")),
        ("the first config left out", format!("delete from input where seq = ({switches} limit 1)")),
        (
            "another library",
            format!(
                "update body set bytes = (select bytes from body where seq = ({switches} limit 1 offset 1))
                     where seq = ({switches} limit 1 offset 2)"
            ),
        ),
        ("an instant", format!("update input set at = at + 60000 where seq = ({report} limit 1 offset 2)")),
        ("a config that was not kept", "delete from version where bytes like '%48 hours%'".to_owned()),
        (
            "a config kept otherwise",
            "update version set bytes = cast(replace(cast(bytes as text), '72 hours', '71 hours') as blob)".to_owned(),
        ),
        (
            "a library that was not kept",
            format!(
                "update body set bytes = replace(cast(bytes as text), '\"triage\":\"', '\"triage\":\"x')
                     where seq = ({switches} limit 1)"
            ),
        ),
    ] {
        said.push_str(&format!("{what}: {}", tampered(&story, &data, &sql)));
    }
    expect![[r#"
        nothing: 7 inputs, 0 differ
        missing 0: -
        added 0: -
        one byte of a body: 7 inputs, 0 differ
        missing 1: words 1 {"title":"3幢门口路灯不亮","text":"3幢门口
        added 1: words 1 {"title":"4幢门口路灯不亮","text":"4幢门口
        a config left out: 6 inputs, 0 differ
        missing 9: matter 2 10 {"id":2,"number":"SQ2026-000
        added 9: matter 2 9 {"id":2,"number":"SQ2026-0000
        the first config left out: the store is damaged: input 2 stands in the journal before any config; stop the host, and take a backup back into a new folder with `hongling restore`
        another library: 7 inputs, 0 differ
        missing 4: matter 3 16 {"id":3,"number":"SQ2026-000
        added 4: matter 3 15 {"id":3,"number":"SQ2026-000
        an instant: 7 inputs, 0 differ
        missing 5: matter 3 16 {"id":3,"number":"SQ2026-000
        added 5: matter 3 16 {"id":3,"number":"SQ2026-000
        a config that was not kept: what switch 1 of the journal put in force does not open: the store is damaged: config <sha256> was not kept; stop the host, and take a backup back into a new folder with `hongling restore`
        a config kept otherwise: what switch 1 of the journal put in force does not open: the store is damaged: config <sha256> was not kept as it was; stop the host, and take a backup back into a new folder with `hongling restore`
        a library that was not kept: what switch 1 of the journal put in force does not open: ~/district/data: library of desk "triage": "x<sha256>" is not a sha256: 64 of 0-9 and a-f
    "#]].assert_eq(&said);
}

/// A store that was taken back from a backup says so in its journal, and so it does again. Libraries
/// that no lock pins are not in the backup.
#[test]
fn a_restored_store_is_run_again_over_its_epochs() {
    let mut story = short_story();
    story.become_exercise();
    let scratch = Scratch::new();
    let [tar, back] = ["backup.tar", "back"].map(|name| scratch.path().join(name).to_str().unwrap().to_owned());
    let folder = story.folder();
    let open = ["open", &back, "--title", "4幢门口路灯不亮", "--place", "西苑小区"];
    for args in [&["backup", folder.to_str().unwrap(), &tar][..], &["restore", &tar, &back], &open] {
        let done = hongling(args);
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let data = Path::new(&back).join("data");
    let mut said = scratch.shorten(&reported(again(&data)));
    for copy in std::fs::read_dir(folder.join("data/libraries")).unwrap() {
        let copy = copy.unwrap();
        std::fs::copy(copy.path(), data.join("libraries").join(copy.file_name())).unwrap();
    }
    said.push_str(&reported(again(&data)));
    expect![[r#"
        what switch 1 of the journal put in force does not open: ~/back/data/libraries/<sha256>.so: the copy of the library that desk "triage" had is gone or not whole; put this file back from another copy of the data folder
        9 inputs, 0 differ
        missing 0: -
        added 0: -
    "#]].assert_eq(&said);
}

/// A copy that is gone is named, and nothing is run in its place.
#[test]
fn a_library_that_is_gone_is_named() {
    let mut story = short_story_in(Story::with_own_libraries());
    let data = data_of(&mut story);
    let store = Connection::open(data.join("hongling.db")).unwrap();
    let sql = "select cast(bytes as text) from body where seq = (select max(seq) from input where kind = 9)";
    let switch: String = store.query_row(sql, [], |row| row.get(0)).unwrap();
    let switch: serde_json::Value = serde_json::from_str(&switch).unwrap();
    drop(store);
    let copy = data.join(format!("libraries/{}.so", switch["libraries"]["triage"].as_str().unwrap()));
    let bytes = std::fs::read(&copy).unwrap();
    let mut said = String::new();
    std::fs::remove_file(&copy).unwrap();
    said.push_str(&tampered(&story, &data, ""));
    std::fs::write(&copy, &bytes[1..]).unwrap();
    said.push_str(&tampered(&story, &data, ""));
    std::fs::write(&copy, &bytes).unwrap();
    said.push_str(&tampered(&story, &data, ""));
    expect![[r#"
        what switch 11 of the journal put in force does not open: ~/district/data/libraries/<sha256>.so: the copy of the library that desk "triage" had is gone or not whole; put this file back from another copy of the data folder
        what switch 11 of the journal put in force does not open: ~/district/data/libraries/<sha256>.so: the copy of the library that desk "triage" had is gone or not whole; put this file back from another copy of the data folder
        7 inputs, 0 differ
        missing 0: -
        added 0: -
    "#]].assert_eq(&said);
}

/// The folder that is written must be empty: no store is ever overwritten.
#[test]
fn a_store_that_is_there_is_left_alone() {
    let mut story = short_story();
    let data = data_of(&mut story);
    let before = std::fs::read(data.join("hongling.db")).unwrap();
    let refused = match replay(&data, &data) {
        Err(NotOpened::Unusable(why)) => story.shorten(&why.en),
        other => format!("{other:?}"),
    };
    expect!["~/district/data has a store already; name an empty folder"].assert_eq(&refused);
    assert_eq!(std::fs::read(data.join("hongling.db")).unwrap(), before);
}
