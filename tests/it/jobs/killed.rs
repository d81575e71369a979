//! Jobs over the death of the process (I1, I8).

use std::path::Path;
use std::process::Command;

use expect_test::expect;

use super::jobs_story;
use crate::scratch::PROGRAM;

fn hongling(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(PROGRAM).args(["--lang", "en"]).args(args).current_dir(folder).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

/// A job that kills the process is run again after each restart, and parked at the third death; what
/// was answered stands, and other jobs go on.
#[test]
fn a_job_that_kills_the_process_is_parked() {
    let mut story = jobs_story();
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    story.become_exercise();
    story.take_said();
    let folder = story.folder();
    let act = ["act", ".", "TR2026-000001", "try", "-f", "how=toil:abort"];
    let (code, said) = hongling(&folder, &act);
    assert_eq!((code, said.as_str()), (None, "TR2026-000001 → Misbehaving [Waiting]\n"), "answered, then killed");
    for death in 2..=3 {
        assert_eq!(hongling(&folder, &["run", "--once"]).0, None, "death {death}: the process is killed by a signal");
    }
    let (code, said) = hongling(&folder, &["--json", "run", "--once"]);
    assert_eq!(code, Some(0), "the fourth time it is parked and the host lives");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["ran"], &said["parked"]), (&1.into(), &1.into()));
    let (_, status) = hongling(&folder, &["--json", "status"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["jobs"], &status["parked"]), (&0.into(), &1.into()));
    assert_eq!(hongling(&folder, &["act", ".", "till", "tally-all"]).0, Some(0));
    let (_, parked) = hongling(&folder, &["parked"]);
    let said = story.told(
        r#"
parked
jobs
view till ask {"question": "{\"records\":{\"collection\":\"answer\",\"range\":{}}}"}
"#,
    );
    expect![[r#"
        Id  Input  Desk         Step       Matter         Tries  Next    Why
        ──────────────────────────────────────────────────────────────────────────────────────────────────────────
         1      4  Misbehaving  job: Toil  TR2026-000001      1  parked  the host ended 3 times while this job ran
        > parked
          1 odd work toil matter 1 try 1 parked: the host ended 3 times while this job ran
        > jobs
          1 odd toil matter 1 {"how":"abort"} parked
        > view till ask
          [["7",{"said":"0 facts, 0 in all, told on the desk"}]]
    "#]]
    .assert_eq(&format!("{parked}{said}"));
}

/// `import` and `tick` run the jobs of an exercise until none is left.
#[test]
fn an_import_and_a_tick_leave_no_job() {
    let mut story = jobs_story();
    story.tell(
        "add hongling.toml\n  [[desk.till.import]]\n  name = \"tallies\"\n  action = \"tally-all\"\n  columns = { prefix = \"Prefix\" }",
    );
    story.become_exercise();
    let folder = story.folder();
    std::fs::write(folder.join("tallies.csv"), "Prefix\na\nb\nc\n").unwrap();
    let (code, said) = hongling(&folder, &["--json", "import", ".", "tallies.csv", "--desk", "till"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &said["opened"]), (Some(0), &3.into()));
    let jobs = |folder: &Path| {
        let (_, status) = hongling(folder, &["--json", "status"]);
        serde_json::from_str::<serde_json::Value>(&status).unwrap()["jobs"].clone()
    };
    assert_eq!(jobs(&folder), 0);
    assert_eq!(hongling(&folder, &["tick", ".", "--to", "2026-03-02T12:00"]).0, Some(0));
    let answers = story.state().iter().filter(|row| row.starts_with("record till answer ")).count();
    assert_eq!(answers, 3);
}
