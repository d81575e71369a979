//! The process killed between what left and the note of it: it leaves once more, with the same key.

use std::process::{Child, Command, Stdio};

use expect_test::expect;
use hongling::engine::input::{Ask, Input};
use hongling::engine::outbox::{Next, Turn};

use super::server::{Answer, Server};
use super::{GATE, story};
use crate::scratch::PROGRAM;

const GREET: &str = r#"act herald greet {"whom": ["person:ma-aizhen"], "words": "开会"}"#;

fn run(folder: &std::path::Path) -> Child {
    let mut command = Command::new(PROGRAM);
    command
        .args(["run", "--no-console"])
        .arg(folder)
        .env("HONGLING_LOG", "off")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// SIGKILL when the request has come and nobody has answered it: the next life of the host sends it once
/// more, and goes on counting.
#[test]
fn killed_between_sending_and_noting() {
    let server = Server::new(&[const { Answer::Never }; 2]);
    let mut story = story(server.port(), &[GATE]);
    story.tell("change hongling.toml `timeout-ms = 300` `timeout-ms = 30000`");
    story.tell(GREET);
    story.stop();
    let mut child = run(&story.folder());
    let mut keys = vec![server.request().text("key")];
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(story.told("sent").contains("leaving try 1"));
    // The program has the machine's clock: what it took is due again by the story's.
    story.tell("at 2036-03-02 09:10");
    story.tell("change hongling.toml `timeout-ms = 30000` `timeout-ms = 300`\nreopen");
    story.settle();
    keys.push(server.request().text("key"));
    story.take_said();
    let said = story.told("sent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: waiting try 2 again 03-02 09:10 (no answer in time)
            您好 | 开会
    "#]]
    .assert_eq(&said);
    story.tell("at 2036-03-03 09:10\nsettle");
    keys.push(server.request().text("key"));
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert!(story.told("sent").contains("delivered try 3"));
}

/// I8: a notice that takes the host with it is parked at the third death.
#[test]
fn a_notice_that_kills_the_process_is_parked() {
    let mut story = story(1, &[GATE]);
    story.tell(GREET);
    story.take_said();
    for day in 3..=6 {
        // A lane begins, takes the notice, and nothing more is heard of it.
        story.tell(&format!("at 2026-03-0{day} 09:10"));
        let turn = Turn { outlet: "gate".into(), ended: None, next: Next::First };
        story.running().unwrap().answer(Input { ask: Ask::Deliver(turn), by: None, key: None });
        story.stop();
        story.tell("sent");
    }
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: leaving try 1 again 03-03 09:10
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: leaving try 2 again 03-04 09:10
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: leaving try 3 again 03-05 09:11
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: parked try 3 (the host ended 3 times while it was delivered)
            您好 | 开会
    "#]]
    .assert_eq(&story.take_said());
}
