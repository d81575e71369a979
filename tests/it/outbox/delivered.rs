//! A notice on its way through a webhook: tried until it is taken, with the same key, and told back.

use std::collections::BTreeSet;
use std::process::Command;

use expect_test::expect;

use super::server::{Answer, Server};
use super::{GATE, START, story};
use crate::scratch::PROGRAM;

/// At least once, always with the same key and the same body, whatever the gate does meanwhile.
#[test]
fn tried_until_it_is_taken() {
    let server = Server::new(&[
        Answer::Status(500, "later"),
        Answer::HangUp,
        Answer::Never,
        Answer::Status(200, r#"{"id": "m-17"}"#),
    ]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(START);
    story.tell(r#"act HL2026-000001 call {"to": ["person:ma-aizhen"]}"#);
    story.take_said();
    let said = story.told(
        r"
settle
sent
settle
at 2026-03-02 09:10:01
settle
sent
at 2026-03-02 09:10:11
settle
sent
at 2026-03-02 09:12
settle
sent
view herald came
parked
",
    );
    expect![[r#"
        > sent
          n1 called to ma-aizhen by gate: waiting try 1 again 03-02 09:10 (the webhook answered 500)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: waiting try 2 again 03-02 09:10 (the connection was broken off)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: waiting try 3 again 03-02 09:11 (no answer in time)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: delivered try 4 m-17
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > view herald came
          回执
            0001 ma-aizhen gate | {"delivered":true,"id":"m-17","why":null}
        > parked
          nothing
    "#]]
    .assert_eq(&said);
    let requests = server.requests();
    assert_eq!(requests.len(), 4, "one for each try: what is not due is not tried");
    let keys: BTreeSet<&str> = requests.iter().filter_map(|request| request.header("idempotency-key")).collect();
    let bodies: BTreeSet<&str> = requests.iter().map(|request| request.body.as_str()).collect();
    assert_eq!((keys.len(), bodies.len()), (1, 1));
    let body = &requests[0].body.replace(keys.first().unwrap(), "<key>");
    expect![[r#"{"key":"<key>","notice":1,"at":"2026-03-02T01:10:00Z","outlet":"gate","desk":"herald","template":"called","person":"ma-aizhen","number":"HL2026-000001","title":"HL2026-000001 呼叫","text":"西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台"}"#]].assert_eq(body);
}

/// Different notices have different keys.
#[test]
fn each_notice_has_a_key_of_its_own() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(START);
    story.tell(r#"act HL2026-000001 call {"to": ["holders", "reporters"]}"#);
    story.tell(r#"act HL2026-000001 call {"to": ["holders", "reporters"]}"#);
    story.settle();
    let keys: BTreeSet<String> = server.requests().iter().map(|request| request.text("key")).collect();
    assert_eq!(keys.len(), 6);
}

/// Eight tries, then an operator must act: visible, told back, and tried again when asked.
#[test]
fn parked_at_last_and_tried_again_by_hand() {
    let server = Server::new(&[const { Answer::Status(503, "") }; 8]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(START);
    story.tell(r#"act HL2026-000001 call {"to": ["person:ma-aizhen"]}"#);
    story.take_said();
    let said = story.told(
        r"
settle
at 2026-03-02 09:10:01
settle
at 2026-03-02 09:10:11
settle
at 2026-03-02 09:11:11
settle
at 2026-03-02 09:21:11
settle
sent
at 2026-03-02 10:21:11
settle
at 2026-03-02 16:21:11
settle
sent
at 2026-03-03 16:21:11
settle
sent
view herald came
at 2026-03-05 09:00
settle
retry n1
sent
settle
sent
view herald came
retry n1
retry n7
",
    );
    expect![[r#"
        > sent
          n1 called to ma-aizhen by gate: waiting try 5 again 03-02 10:21 (the webhook answered 503)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: waiting try 7 again 03-03 16:21 (the webhook answered 503)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: parked try 8 (the webhook answered 503)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > view herald came
          回执
            0001 ma-aizhen gate | {"delivered":false,"id":null,"why":"the webhook answered 503"}
        > retry n1
          done
        > sent
          n1 called to ma-aizhen by gate: waiting (the webhook answered 503)
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: delivered try 1
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > view herald came
          回执
            0001 ma-aizhen gate | {"delivered":false,"id":null,"why":"the webhook answered 503"}
            0001 ma-aizhen gate | {"delivered":true,"id":null,"why":null}
        > retry n1
          refused 这条消息已送出，不能重发
        > retry n7
          refused 没有这条消息
    "#]]
    .assert_eq(&said);
    assert_eq!(server.requests().len(), 9);
}

/// What would be answered the same again is not tried again.
#[test]
fn given_up_at_once() {
    let server = Server::new(&[Answer::Status(404, ""), Answer::Status(302, "")]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(r#"act herald greet {"whom": ["person:ma-aizhen", "person:pan-zhiqiang"], "words": "开会"}"#);
    story.take_said();
    let said = story.told("settle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (the webhook does not take the notice (404))
            您好 | 开会
          n2 hello to pan-zhiqiang by gate: parked try 1 (the webhook does not take the notice (302))
            您好 | 开会
    "#]]
    .assert_eq(&said);
}

/// What an outlet has parked is tried again all at once.
#[test]
fn all_of_an_outlet_by_hand() {
    let server = Server::new(&[const { Answer::Status(404, "") }; 3]);
    let mut story = story(server.port(), &[GATE]);
    for _ in 0..3 {
        story.tell(r#"act herald greet {"whom": ["person:ma-aizhen"], "words": "开会"}"#);
    }
    story.settle();
    story.stop();
    let retry = |outlet: &str, lang: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["retry", ".", outlet, "--lang", lang]).current_dir(story.folder()).env("HONGLING_LOG", "off");
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        format!("{} {}", output.status.code().unwrap(), String::from_utf8_lossy(&said))
    };
    let said = [retry("gate", "en"), retry("gate", "zh"), retry("gatt", "en")].concat();
    expect![[r#"
        0 3 notices to be delivered once more
        0 重新推送 0 条消息
        1 no step or notice gatt waits; `hongling parked` lists them
    "#]]
    .assert_eq(&said);
    assert_eq!(server.requests().len(), 6);
}

/// A receipt for a desk that is gone is kept, and given to it when it is back.
#[test]
fn a_receipt_waits_for_its_desk() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[GATE]);
    story.tell(START);
    story.tell(r#"act HL2026-000001 call {"to": ["person:ma-aizhen"]}"#);
    story.tell("change hongling.toml `[desk.herald]` `[desk.other]`\nreopen\nsettle");
    story.take_said();
    let said = story.told(
        "parked\nsent\nchange hongling.toml `[desk.other]` `[desk.herald]`\nreopen\ntick 2026-03-02 09:11\nparked\nview herald came",
    );
    expect![[r#"
        > parked
          1 herald receipt.called (watching) matter 1 try 0 held: desk "herald" is not in the config; it goes on when the desk is back
        > sent
          n1 called to ma-aizhen by gate: delivered try 1
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > tick 2026-03-02 09:11
          1 were due
        > parked
          nothing
        > view herald came
          回执
            0001 ma-aizhen gate | {"delivered":true,"id":null,"why":null}
    "#]].assert_eq(&said);
}
