//! Who acts in a case, and how they come to it.

use serde::Deserialize;

use super::super::case::run_text;
use super::super::seat::SeatOf;
use crate::{District, Effects, Fault, Host, Manifest, Plugin, Step};

const MANIFEST: &str = r#"
name = "gate"
version = "0.1.0"
title = { zh = "大门", en = "Gate" }

[[action]]
name = "go"
title = { zh = "走", en = "Go" }
on = "desk"
who = ["@anyone"]
"#;

struct Gate;

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
enum Input {
    Go {},
}

impl Plugin for Gate {
    type Settings = serde_json::Value;
    type Input = Input;
    type Note = ();

    fn open(_: serde_json::Value, _: District) -> Result<Gate, Fault> {
        Ok(Gate)
    }

    fn handle(&self, Input::Go {}: Input, step: &Step<()>, host: &dyn Host) -> Result<Effects, Fault> {
        let input = &step.input;
        let (by, stands_for, second) = (&input.by, &input.stands_for, &input.second);
        let people = [by, stands_for, second].map(|person| person.as_ref().map_or("-", |person| person.as_str()));
        host.log(&format!("{} {:?}", people.join(" "), input.proof));
        Ok(Effects::new())
    }
}

/// Runs a case whose outputs are not looked at.
fn run(case: &str) -> Result<String, String> {
    let manifest: Manifest = toml::from_str(MANIFEST).unwrap();
    run_text(case, &manifest, &mut SeatOf::<Gate>::new())
}

#[test]
fn a_desk_is_told_who_acted_for_whom_and_with_whom() {
    let found = run("act go\nact go by chen for zhao second liu\nact go with code\nact go with invitation\n").unwrap();
    let logged: Vec<&str> = found.lines().filter_map(|line| line.strip_prefix("  log ")).collect();
    assert_eq!(logged, ["- - - None", "chen zhao liu None", "- - - Some(Code)", "- - - Some(Invitation)"]);
    let wrong = run("act go behind chen\n").unwrap_err();
    assert_eq!(wrong, "line 1: \"behind\" is none of by, with, for, second, on, of, from, to");
}
