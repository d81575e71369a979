//! What a killed `bench` leaves is taken away by the next one, and nothing else is.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::scratch::{PROGRAM, Scratch};

fn bench(within: &Path, matters: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["--json", "bench", "--opens", "5", "--matters", matters, "--dir"]).arg(within);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn names(within: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(within).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_next_bench_clears_up() {
    let scratch = Scratch::new();
    let within = scratch.path();
    for name in ["hongling-bench-mine", "mine"] {
        std::fs::create_dir(within.join(name)).unwrap();
    }
    // Of a process that lives: this one.
    let alive = format!("hongling-bench-{}", std::process::id());
    std::fs::create_dir(within.join(&alive)).unwrap();

    let mut killed = bench(within, "1000000").spawn().unwrap();
    let left = within.join(format!("hongling-bench-{}", killed.id()));
    while !left.is_dir() {
        assert!(killed.try_wait().unwrap().is_none(), "it ended");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(left.is_dir(), "it was killed before it could clear up");

    assert!(bench(within, "5").status().unwrap().success());
    assert_eq!(names(within), [alive, "hongling-bench-mine".to_owned(), "mine".to_owned()]);
}
