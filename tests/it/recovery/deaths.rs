//! I8: which deaths of the process count for a step, and a call that never comes back.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use hongling::district::District;
use hongling::engine::Engine;
use hongling::engine::input::{Act, Ask, HandClock, Input, Target};
use hongling::engine::marker::{EXIT_STUCK, Marker};
use hongling::store::Store;
use plugin_api::MatterId;

use crate::contract::ODD_AND_EVEN;
use crate::scratch::PROGRAM;
use crate::story::{Story, ms};

/// Says to a child process of this test which folder to work on, see [`child`].
const FOLDER: &str = "HONGLING_IT_HANGS_IN";
/// Tells the desk to end the process.
const ABORT: &str = "HONGLING_IT_ABORT";
const CALL_MS_MAX: u64 = 300;

fn one_trial() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("at 2026-03-02 09:10\nact odd start {\"place\": \"西苑小区\"}");
    story.become_exercise();
    story.take_said();
    story
}

/// Asks a desk for what never ends, in a process of its own. Does nothing when the whole suite is run.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let District { config, callers, .. } = District::open(Path::new(&folder), Path::new(PROGRAM)).unwrap();
    let store = Store::open(&config.data).unwrap();
    let marker = Marker::open_with(&config.data, CALL_MS_MAX).unwrap();
    let clock = Box::new(HandClock::new(ms("2026-03-02 09:20")));
    let mut engine = Engine::new(Arc::clone(&config), callers, store, clock, marker).unwrap();
    let form = serde_json::json!({ "how": "hang" }).as_object().unwrap().clone();
    let act = Act { target: Target::Matter(MatterId(1)), action: "try".into(), form };
    engine.take(Input { ask: Ask::Act(act), by: None, key: None }, 1);
    println!("{:?}", engine.commit());
}

/// A call that does not come back ends the process with a code of its own; at the third time the step is
/// parked, and the host goes on.
#[test]
fn a_call_that_never_comes_back_is_parked() {
    let mut story = one_trial();
    let folder = story.folder();
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "recovery::deaths::child", "--nocapture"]).env(FOLDER, &folder);
        command.stderr(Stdio::null()).output().unwrap()
    };
    for death in 1..=3 {
        let ended = child();
        let said = String::from_utf8(ended.stdout).unwrap();
        assert_eq!(ended.status.code(), Some(EXIT_STUCK), "death {death}: {said}");
    }
    let ended = child();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success() && said.contains("the host died 3 times in this step"), "{said}");
    let said = story.told("parked\nact odd start {\"place\": \"西苑小区\"}");
    assert!(said.contains("1 odd try matter 1 try 3 parked: the host died 3 times in this step"), "{said}");
    assert!(said.contains("done TR2026-000002"), "{said}");
}

/// Puts an act in, where the desk ends the process or does not. Gives whether the process lived.
fn try_it(folder: &Path, how: &str, key: &str, is_deadly: bool) -> bool {
    let mut command = Command::new(PROGRAM);
    let how = format!("how={how}");
    command.args(["act", ".", "TR2026-000001", "try", "-f", &how, "--key", key]).current_dir(folder);
    if is_deadly {
        command.env(ABORT, "1");
    }
    let ended = command.output().unwrap();
    match ended.status.code() {
        Some(0) => true,
        None => false,
        code => panic!("ends with {code:?}: {}", String::from_utf8_lossy(&ended.stdout)),
    }
}

/// Deaths that a success lies between, or a hand-over, are not one illness: two and two do not park.
#[test]
fn only_deaths_in_a_row_of_one_stay_count() {
    let mut story = one_trial();
    let folder = story.folder();
    let deadly = |key: &str| (0..2).for_each(|_| assert!(!try_it(&folder, "abort-if-told", key, true)));
    deadly("A1");
    assert!(try_it(&folder, "abort-if-told", "A1", false));
    deadly("A2");
    // Two of this stay are left; in the next one the same act begins anew.
    story.tell("move TR2026-000001 even\nmove TR2026-000001 odd");
    story.stop();
    story.take_said();
    deadly("A3");
    assert_eq!(story.told("parked"), "> parked\n  nothing\n");
}
