//! Bad inputs from the outside itself: an answer that sends elsewhere, that has no end, or that never comes
//! whole; an outside, or a host, that is away for a day; and a copy that was put back.

use expect_test::expect;

use super::server::{Answer, Server};
use super::{GATE, START, story};
use crate::program::hongling;
use crate::scratch::Scratch;

const GREET: &str = r#"act herald greet {"whom": ["person:ma-aizhen"], "words": "开会"}"#;

/// Where a grant leads is what the config says, not what an answer says.
#[test]
fn another_address_is_not_followed() {
    let elsewhere = Server::new(&[]);
    let server = Server::new(&[Answer::Moved(format!("http://127.0.0.1:{}/", elsewhere.port()))]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(GREET);
    story.take_said();
    let said = story.told("settle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (the webhook does not take the notice (302))
            您好 | 开会
    "#]]
    .assert_eq(&said);
    assert!(elsewhere.requests().is_empty(), "nothing was connected to");
}

/// A gibibyte is not read: the connection is closed, and what the status said counts.
#[test]
fn an_answer_without_an_end_is_not_read() {
    let server = Server::new(&[Answer::Flood, Answer::HeadOnly]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(GREET);
    story.tell(GREET);
    story.take_said();
    let said = story.told("settle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: delivered try 1
            您好 | 开会
          n2 hello to ma-aizhen by gate: delivered try 1
            您好 | 开会
    "#]]
    .assert_eq(&said);
    let taken = server.flooded();
    assert!(taken < 64 << 20, "{taken} bytes were taken, most of them by the kernel's buffers");
}

/// Back-off reaches over a day: nobody has to do anything.
#[test]
fn an_outside_that_is_down_for_a_day() {
    let server = Server::new(&[const { Answer::Status(503, "") }; 7]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(GREET);
    story.take_said();
    let tries =
        ["02 09:10:00", "02 09:10:01", "02 09:10:11", "02 09:11:11", "02 09:21:11", "02 10:21:11", "02 16:21:11"];
    for at in tries {
        story.tell(&format!("at 2026-03-{at}\nsettle"));
    }
    let said = story.told("sent\nat 2026-03-03 09:10\nsettle\nsent\nat 2026-03-03 16:21:11\nsettle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: waiting try 7 again 03-03 16:21 (the webhook answered 503)
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: waiting try 7 again 03-03 16:21 (the webhook answered 503)
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: delivered try 8
            您好 | 开会
    "#]]
    .assert_eq(&said);
    assert_eq!(server.requests().len(), 8);
}

/// A host that was down for a day delivers at its start what waited, once, and tells the desk.
#[test]
fn a_host_that_is_down_for_a_day() {
    let server = Server::new(&[Answer::Status(503, "")]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(START);
    story.tell(r#"act HL2026-000001 call {"to": ["person:ma-aizhen"]}"#);
    story.tell("settle");
    story.tell(r#"act HL2026-000001 call {"to": ["person:pan-zhiqiang"]}"#);
    story.stop();
    story.take_said();
    let said = story.told("at 2026-03-03 09:10\nsettle\nsent\nview herald came");
    expect![[r#"
        > sent
          n1 called to ma-aizhen by gate: delivered try 2
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to pan-zhiqiang by gate: delivered try 1
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > view herald came
          回执
            0001 ma-aizhen gate | {"delivered":true,"id":null,"why":null}
            0002 pan-zhiqiang gate | {"delivered":true,"id":null,"why":null}
    "#]]
    .assert_eq(&said);
    assert_eq!(server.requests().len(), 3);
}

/// Whether what waits in a copy that is put back was delivered meanwhile nobody can tell: an operator must.
#[test]
fn a_copy_that_is_put_back_sends_nothing_by_itself() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(GREET);
    story.stop();
    let (folder, scratch) = (story.folder(), Scratch::new());
    let (file, copy) = (scratch.path().join("backup.tar"), scratch.path().join("copy"));
    let texts = [&folder, &file, &copy].map(|path| path.to_str().unwrap().to_owned());
    let [folder, file, copy] = texts.each_ref().map(String::as_str);
    for args in [&["backup", folder, file][..], &["restore", file, copy], &["run", copy, "--once"]] {
        let output = hongling(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
    }
    assert!(server.requests().is_empty(), "nothing was sent");
    let parked = String::from_utf8(hongling(&["parked", copy]).stdout).unwrap();
    assert!(parked.contains("may have been delivered since"), "{parked}");
    assert!(hongling(&["retry", copy, "n1"]).status.success());
    assert_eq!(server.requests().len(), 1);
}
