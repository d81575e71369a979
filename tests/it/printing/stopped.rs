//! `run` until a signal: says what its clock does, finishes, and leaves the folder free.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use expect_test::expect;
use serde_json::Value;

use super::{exercise, run};
use crate::scratch::PROGRAM;

/// Starts the host and waits until it says that it runs; gives what it said until then, too.
pub fn start(folder: &Path, args: &[&str]) -> (Child, BufReader<std::process::ChildStderr>, String) {
    start_program(Path::new(PROGRAM), folder, args)
}

/// The same, of a program that lies elsewhere.
pub fn start_program(
    program: &Path,
    folder: &Path,
    args: &[&str],
) -> (Child, BufReader<std::process::ChildStderr>, String) {
    let mut command = Command::new(program);
    command.args(["--lang", "en"]).args(args).current_dir(folder).env_remove("HONGLING_LOG");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut words = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("Hongling runs") {
        assert_ne!(words.read_line(&mut said).unwrap(), 0, "it ended: {said}");
    }
    (child, words, said)
}

pub fn send(signal: &str, child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_signal_stops_it_whole() {
    let story = exercise();
    let folder = story.folder();
    let stopped = |signal: &str| {
        let (child, mut words, said) = start(&folder, &["run", ".", "--no-console"]);
        // While it runs, the folder is its own.
        assert_eq!(run(&folder, "open . --title x --place 西苑小区").status.code(), Some(2));
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let mut rest = String::new();
        words.read_to_string(&mut rest).unwrap();
        assert_eq!(output.status.code(), Some(0), "{signal}: {rest}");
        assert_eq!(run(&folder, "run . --once").status.code(), Some(0), "the folder is free again");
        format!("{said}{rest}{}", String::from_utf8(output.stdout).unwrap())
    };
    let said = stopped("TERM");
    expect![[r#"
        an exercise folder: its clock stands still at 2026-03-02 09:00; stop this, then `hongling tick` turns it
        Hongling runs; Ctrl-C stops it
        stopped; all that was done is on disk
        Desk     Open  Closed  Unrouted
        ───────────────────────────────
        Council     0       1         0
        Intake      0       0         0
        Station     1       0         0
        Triage      0       0         0
    "#]]
    .assert_eq(&said);
    assert_eq!(stopped("INT"), said);
}

#[test]
fn with_json_it_ends_with_one_value() {
    let story = exercise();
    let (child, _words, _) = start(&story.folder(), &["run", ".", "--no-console", "--json"]);
    send("TERM", &child);
    let output = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &value["stopped"]), (Some(0), &Value::Bool(true)), "{value}");
}

#[test]
fn a_live_folder_says_nothing_of_its_clock() {
    let mut story = crate::story::Story::new();
    story.tell("open {\"title\": \"路灯不亮\", \"place\": \"西苑小区\"}");
    story.stop();
    let (child, _words, said) = start(&story.folder(), &["run", ".", "--no-console"]);
    send("TERM", &child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(said, "Hongling runs; Ctrl-C stops it\n");
}
