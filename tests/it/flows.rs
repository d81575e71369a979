//! Whole flows: `flows/*.case`, input, `----`, what people then see.
//!
//! `UPDATE_EXPECT=1` writes what came out into the files.

use std::path::{Path, PathBuf};

use hongling::district::replay::{Replayed, replay};
use plugin_api::MatterId;

use crate::scratch::Scratch;
use crate::story::Story;

const PART: &str = "----\n";

#[test]
fn flows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|ext| ext == "case")).collect();
    files.sort();
    assert!(15 <= files.len(), "{} holds only {} flows", folder.display(), files.len());
    let half = files.len() / 2;
    let problems: Vec<String> = std::thread::scope(|scope| {
        let halves = [&files[..half], &files[half..]]
            .map(|files| scope.spawn(|| files.iter().filter_map(|file| check(file)).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "\n{}\nUPDATE_EXPECT=1 writes what came out into the files.", problems.join("\n"));
}

/// Runs a flow; gives what differs.
fn check(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let (input, expected) = text.split_once(PART).unwrap_or((&text, ""));
    let mut story = Story::new();
    let found = story.told(input);
    check_again(file, &mut story);
    if found.trim_end() == expected.trim_end() {
        return None;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(file, format!("{}\n{PART}{found}", input.trim_end())).unwrap();
        return None;
    }
    Some(format!("{}:\n{}", file.display(), differing(expected, &found)))
}

/// I4: whatever the flow held, switches too, its journal gives the same again.
fn check_again(file: &Path, story: &mut Story) {
    story.stop();
    let scratch = Scratch::in_memory();
    let replayed = replay(&story.folder().join("data"), &scratch.path().join("again"));
    assert!(replayed.as_ref().is_ok_and(Replayed::is_same), "{}: {replayed:?}", file.display());
}

/// From the first differing line on, a few lines of both.
fn differing(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let shown = |lines: &[&str], mark: &str| -> String {
        lines.iter().skip(same).take(6).map(|line| format!("{mark} {line}\n")).collect()
    };
    let before: String = old[..same].iter().rev().take(2).rev().map(|line| format!("  {line}\n")).collect();
    format!("{before}{}{}", shown(&old, "-"), shown(&new, "+"))
}

/// One step may open a matter, say something of it and so hand it over: all of it was said in the
/// first stay.
#[test]
fn what_a_step_says_is_said_in_the_stay_it_began_in() {
    let mut story = Story::new();
    story.tell("open {\"title\": \"3幢门口路灯不亮\", \"place\": \"西苑小区\"}");
    let reader = story.running().unwrap().engine.store().reader();
    let events = reader.events(MatterId(1), 0).unwrap();
    let stays: Vec<(&str, u32)> = events.iter().map(|event| (event.topic.as_str(), event.stay)).collect();
    assert_eq!(stays, [("opened", 1), ("reported", 1), ("sorted", 2)]);
}
