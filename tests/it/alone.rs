//! One host on one store: a second one is refused by whatever path it comes, and a store that is taken
//! away from under a host stops it.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::runner::Runner;
use rusqlite::Connection;

use crate::program::hongling;
use crate::scratch::{PROGRAM, Scratch};
use crate::story::Story;

/// Times that each of four ways is tried.
const TRIES: usize = 5;

/// A host that runs, and its process.
pub struct Host(Child);

impl Host {
    /// Started, and seen to run.
    pub fn start(folder: &Path) -> Host {
        let mut child = Command::new(PROGRAM)
            .args(["--lang", "en", "run", "--no-console"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("Hongling runs")), "the host runs");
        Host(child)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A live district folder, with a store once something is done in it.
pub fn district(scratch: &Scratch, name: &str) -> PathBuf {
    let folder = scratch.path().join(name);
    assert!(hongling(&["init", folder.to_str().unwrap(), "--from", "demo"]).status.success());
    folder
}

/// What a second host on a folder is told; it must not run.
fn told(folder: &Path) -> String {
    let done = hongling(&["open", folder.to_str().unwrap(), "--title", "停水了", "--place", "西苑小区"]);
    assert_eq!(done.status.code(), Some(2), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn a_second_host_is_refused_by_whatever_path_it_comes() {
    let scratch = Scratch::new();
    let first = district(&scratch, "first");
    assert!(hongling(&["run", first.to_str().unwrap(), "--once"]).status.success());
    // The folder, a link to it, and other districts whose data are a link to its data, a link to its
    // store, and a second name of its store.
    let linked = scratch.path().join("linked");
    symlink(&first, &linked).unwrap();
    let same_data = district(&scratch, "same-data");
    symlink(first.join("data"), same_data.join("data")).unwrap();
    let same_store = district(&scratch, "same-store");
    std::fs::create_dir(same_store.join("data")).unwrap();
    symlink(first.join("data/hongling.db"), same_store.join("data/hongling.db")).unwrap();
    let host = Host::start(&first);
    for folder in [&first, &linked, &same_data, &same_store] {
        for _ in 0..TRIES {
            let text = told(folder);
            let holder = format!("(pid {})", host.0.id());
            assert!(text.contains("already running") && text.contains(&holder), "{}: {text}", folder.display());
        }
    }
    let second_name = district(&scratch, "second-name");
    std::fs::create_dir(second_name.join("data")).unwrap();
    std::fs::hard_link(first.join("data/hongling.db"), second_name.join("data/hongling.db")).unwrap();
    let text = told(&second_name);
    let holder = format!("process {} has it open", host.0.id());
    assert!(text.contains("has 2 names (hard links)") && text.contains(&holder), "{text}");
    // Also when nobody runs: the first would keep its log under one name, the second under the other.
    drop(host);
    assert!(told(&first).contains("has 2 names (hard links); find the other"), "{}", told(&first));
    std::fs::remove_file(second_name.join("data/hongling.db")).unwrap();
    // A killed host has let go; its number is still in the file.
    assert!(hongling(&["run", first.to_str().unwrap(), "--once"]).status.success());
}

/// A bind mount needs privileges, or a kernel that gives them in a namespace of one's own.
#[test]
fn a_bind_mount_is_no_way_around() {
    let scratch = Scratch::new();
    let (first, second) = (district(&scratch, "first"), district(&scratch, "second"));
    assert!(hongling(&["run", first.to_str().unwrap(), "--once"]).status.success());
    std::fs::create_dir(second.join("data")).unwrap();
    let host = Host::start(&first);
    let script = format!(
        "mount --bind '{}' '{}' || exit 77; '{PROGRAM}' --lang en open '{}' --title x --place 西苑小区",
        first.join("data").display(),
        second.join("data").display(),
        second.display(),
    );
    let done = Command::new("unshare").args(["--map-root-user", "--mount", "sh", "-c", &script]).output();
    let ran = done.as_ref().is_ok_and(|done| done.status.code() != Some(77) && !starts_with(&done.stderr, "unshare"));
    if !ran {
        // Not `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED a_bind_mount_is_no_way_around: nothing can be mounted here");
        return;
    }
    let text = String::from_utf8(done.unwrap().stderr).unwrap();
    assert!(text.contains("already running") && text.contains(&format!("(pid {})", host.0.id())), "{text}");
}

fn starts_with(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).starts_with(text)
}

fn report(title: &str) -> Input {
    let form = serde_json::json!({ "title": title, "place": "西苑小区" });
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk("intake".into()), action: "report".into(), form };
    Input { ask: Ask::Act(act), by: None, key: None }
}

/// Takes a store away in one of several ways.
type Taking = fn(&Path);

const WAYS: [(&str, Taking); 6] = [
    ("its file is deleted", |data| std::fs::remove_file(data.join("hongling.db")).unwrap()),
    ("its file is moved away", |data| {
        std::fs::rename(data.join("hongling.db"), data.join("old.db")).unwrap();
    }),
    ("its file is replaced", |data| {
        let db = Connection::open(data.join("hongling.db")).unwrap();
        db.execute("vacuum into ?1", [data.join("new.db").to_str().unwrap()]).unwrap();
        std::fs::rename(data.join("new.db"), data.join("hongling.db")).unwrap();
    }),
    ("its log is deleted", |data| std::fs::remove_file(data.join("hongling.db-wal")).unwrap()),
    ("its folder is moved away", |data| std::fs::rename(data, data.with_file_name("elsewhere")).unwrap()),
    ("its folder is replaced", |data| {
        std::fs::rename(data, data.with_file_name("elsewhere")).unwrap();
        std::fs::create_dir(data).unwrap();
        std::fs::copy(data.with_file_name("elsewhere").join("hongling.db"), data.join("hongling.db")).unwrap();
    }),
];

/// I1: nothing is answered with success that is not in the store under its name.
#[test]
fn a_store_that_is_taken_away_stops_the_host() {
    for (way, take) in WAYS {
        let mut story = Story::new();
        story.tell("at 2026-03-02 09:10");
        let data = story.folder().join("data");
        let running = story.running().unwrap();
        assert!(matches!(running.answer(report("3幢门口路灯不亮")), Answer::Done(_)));
        take(&data);
        let answer = running.answer(report("4幢门口路灯不亮"));
        let Answer::Unstored(words) = &answer else { panic!("{way}: {answer:?}") };
        assert!(
            words.en.contains("was moved, deleted or replaced") && words.en.contains("put the file back"),
            "{way}: {words:?}"
        );
        // And for good: what comes after is not even tried.
        assert!(running.engine.is_stopped(), "{way}");
        assert!(matches!(running.answer(report("5幢门口路灯不亮")), Answer::Unstored(_)), "{way}");
    }
}

/// A host that has nothing to do notices too, and ends.
#[test]
fn an_idle_host_notices() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    let data = story.folder().join("data");
    assert!(matches!(story.running().unwrap().answer(report("3幢门口路灯不亮")), Answer::Done(_)));
    let runner = Runner::start(story.take_running().unwrap().engine).unwrap();
    std::fs::rename(data.join("hongling.db"), data.join("moved.db")).unwrap();
    // Nothing is put in and nothing is due: it would wait for ever if it did not look by itself.
    let engine = runner.wait().unwrap();
    assert!(engine.trouble().is_some_and(|words| words.en.contains("was moved, deleted or replaced")));
}

/// Put back as it was, everything that was answered is there; and a host that ends leaves the files
/// alone that took the place of its own.
#[test]
fn put_back_it_goes_on() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    let (data, away) = (story.folder().join("data"), story.folder().join("away"));
    let running = story.running().unwrap();
    assert!(matches!(running.answer(report("3幢门口路灯不亮")), Answer::Done(_)));
    std::fs::rename(&data, &away).unwrap();
    std::fs::create_dir(&data).unwrap();
    for name in ["hongling.db", "hongling.db-wal"] {
        std::fs::write(data.join(name), "another host's").unwrap();
    }
    assert!(matches!(running.answer(report("4幢门口路灯不亮")), Answer::Unstored(_)));
    story.stop();
    for name in ["hongling.db", "hongling.db-wal"] {
        assert_eq!(std::fs::read(data.join(name)).unwrap(), b"another host's", "{name} is not its own");
    }
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(&away, &data).unwrap();
    assert!(story.told("show SQ2026-000001").contains("3幢门口路灯不亮"));
}
