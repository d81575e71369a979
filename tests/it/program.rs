//! The real program, run as a user runs it.

use std::process::{Command, Output};

use serde_json::Value;

use crate::scratch::PROGRAM;

/// Runs it.
pub fn hongling(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(["--lang", "en"]).args(args).env_remove("HONGLING_LOG").output().unwrap()
}

/// Runs it with `--json`: the exit code, and the one value on stdout.
pub fn hongling_json(args: &[&str]) -> (Option<i32>, Value) {
    let output = hongling(&[args, &["--json"]].concat());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}\n{words}"));
    (output.status.code(), value)
}
