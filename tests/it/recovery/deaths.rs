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

/// A call that does not come back ends the process with a code of its own. From then on the step is
/// called in a process of its own, which is stopped at its deadline; at the third death in all it is
/// parked, and the host goes on.
#[test]
fn a_call_that_never_comes_back_is_parked() {
    let mut story = one_trial();
    story.tell("add hongling.toml\n  [isolation]\n  call-ms = 200");
    story.stop();
    story.take_said();
    let folder = story.folder();
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "recovery::deaths::child", "--nocapture"]).env(FOLDER, &folder);
        command.stderr(Stdio::null()).output().unwrap()
    };
    let ended = child();
    assert_eq!(ended.status.code(), Some(EXIT_STUCK), "{}", String::from_utf8_lossy(&ended.stdout));
    let ended = child();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success() && said.contains("its process died 3 times in this step"), "{said}");
    let said = story.told("parked\nact odd start {\"place\": \"西苑小区\"}");
    assert!(said.contains("1 odd try matter 1 try 3 parked: its process died 3 times in this step"), "{said}");
    assert!(said.contains("done TR2026-000002"), "{said}");
}

/// Puts an act in, where the desk ends the process if it is this one. Gives whether the process lived.
fn try_it(folder: &Path, key: &str) -> bool {
    let mut command = Command::new(PROGRAM);
    command.args(["act", ".", "TR2026-000001", "try", "-f", "how=abort-if-told", "--key", key]);
    let ended = command.current_dir(folder).env(ABORT, "1").output().unwrap();
    match ended.status.code() {
        Some(0) => true,
        None => false,
        code => panic!("ends with {code:?}: {}", String::from_utf8_lossy(&ended.stdout)),
    }
}

/// A step that ended the process is called apart the next time: what comes back there is done, and its
/// deaths are forgotten. The desk finds nothing of the host's environment in its own process.
#[test]
fn a_step_that_ended_the_process_is_called_apart() {
    let mut story = one_trial();
    let folder = story.folder();
    for key in ["A1", "A2", "A3", "A4"] {
        assert!(!try_it(&folder, key), "in the host's own process");
        assert!(try_it(&folder, key), "in its own");
    }
    let said = story.told("parked\nshow TR2026-000001");
    assert!(said.starts_with("> parked\n  nothing\n") && said.matches("how=abort-if-told").count() == 4, "{said}");
    crate::recovery::replayed::check(&mut story, &mut one_trial_untold());
}

fn one_trial_untold() -> Story {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.take_said();
    story
}
