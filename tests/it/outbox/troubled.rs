//! What keeps a notice from leaving: no grant, no address, an exercise, a bad secret. Each is named, and
//! nothing is connected to.

use std::os::unix::fs::PermissionsExt;

use expect_test::expect;

use super::server::Server;
use super::{ARCHIVE, GATE, story};

const GREET: &str = r#"act herald greet {"whom": ["person:ma-aizhen"], "words": "开会"}"#;

#[test]
fn an_address_that_is_not_granted() {
    let server = Server::new(&[]);
    let grant = format!("http = [\"http://127.0.0.1:{}/send\"]", server.port());
    let mut said = String::new();
    for granted in
        ["http = [\"https://127.0.0.1/send\"]", "http = [\"http://127.0.0.1/send\"]", "file = [\"outbox/*\"]"]
    {
        let mut story = story(server.port(), &[GATE]);
        story.tell(&format!("change hongling.toml `{grant}` `{granted}`"));
        story.tell(GREET);
        story.take_said();
        said.push_str(&story.told("settle\nsent").replace(&server.port().to_string(), "PORT"));
    }
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (desk "gate" is not granted http://127.0.0.1:PORT/send; to grant it, name it in [desk.gate.grants] http)
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (desk "gate" is not granted http://127.0.0.1:PORT/send; to grant it, name it in [desk.gate.grants] http)
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (desk "gate" is not granted http://127.0.0.1:PORT/send; to grant it, name it in [desk.gate.grants] http)
            您好 | 开会
    "#]].assert_eq(&said);
    assert!(server.requests().is_empty(), "nothing was connected to");
}

#[test]
fn a_file_that_is_not_granted() {
    let mut story = story(1, &[ARCHIVE]);
    story.tell("change hongling.toml `file = [\"outbox/*.jsonl\"] }` `file = [\"letters/*\"] }`");
    story.tell(GREET);
    story.take_said();
    let said = story.told("settle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by archive: parked try 1 (desk "archive" is not granted the file outbox/notices.jsonl; to grant it, name it in [desk.archive.grants] file)
            您好 | 开会
    "#]].assert_eq(&said);
    assert!(!story.folder().join("outbox").exists());
}

/// Nothing is written through a link that somebody put into the folder.
#[test]
fn a_link_is_not_followed() {
    let mut story = story(1, &[ARCHIVE]);
    let folder = story.folder();
    std::fs::create_dir(folder.join("outbox")).unwrap();
    std::os::unix::fs::symlink(folder.join("hongling.toml"), folder.join("outbox/notices.jsonl")).unwrap();
    let before = std::fs::read(folder.join("hongling.toml")).unwrap();
    story.tell(GREET);
    story.take_said();
    let said = story.told("settle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by archive: parked try 1 (outbox/notices.jsonl is not an ordinary file)
            您好 | 开会
    "#]]
    .assert_eq(&said);
    assert_eq!(std::fs::read(folder.join("hongling.toml")).unwrap(), before);
}

/// Who has no address for an outlet does not get it there; the others do.
#[test]
fn without_an_address() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[&format!("{GATE}  address = \"phone\"\n")]);
    story.tell("act herald start {\"title\": \"路灯不亮\", \"place\": \"西苑小区\", \"contact\": \"wang@example.cn\"}");
    story.tell("act herald start {\"title\": \"路灯不亮\", \"place\": \"西苑小区\", \"contact\": \"19900001301\"}");
    story.tell("act HL2026-000001 call {\"to\": [\"reporters\", \"person:ma-aizhen\"]}");
    story.tell("act HL2026-000002 call {\"to\": [\"reporters\"]}");
    story.take_said();
    let said = story.told("settle\nsent\nview herald came");
    expect![[r#"
        > sent
          n1 called to r2 by gate: unreachable (the person has no address for this outlet)
            HL2026-000001 呼叫 | 西苑小区的“路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to ma-aizhen by gate: unreachable (the person has no address for this outlet)
            HL2026-000001 呼叫 | 西苑小区的“路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n3 called to r4 by gate: delivered try 1
            HL2026-000002 呼叫 | 西苑小区的“路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > view herald came
          回执
            0001 r2 gate | {"delivered":false,"id":null,"why":"the person has no address for this outlet"}
            0002 ma-aizhen gate | {"delivered":false,"id":null,"why":"the person has no address for this outlet"}
            0003 r4 gate | {"delivered":true,"id":null,"why":null}
    "#]]
    .assert_eq(&said);
    let sent: Vec<String> = server.requests().iter().map(|request| request.text("to")).collect();
    assert_eq!(sent, ["19900001301"]);
}

/// In an exercise nothing leaves but into files.
#[test]
fn in_an_exercise() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[GATE, ARCHIVE]);
    story.tell(GREET);
    story.become_exercise();
    story.take_said();
    let said = story.told("settle\nsent");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: held (in an exercise nothing leaves)
            您好 | 开会
          n2 hello to ma-aizhen by archive: delivered try 1
            您好 | 开会
    "#]]
    .assert_eq(&said);
    assert!(server.requests().is_empty(), "nothing was connected to");
    let lines = std::fs::read_to_string(story.folder().join("outbox/notices.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 1);
}

/// A secret that others may read, or that is not there, signs nothing.
#[test]
fn secrets_that_cannot_be_used() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[GATE]);
    story.tell("change hongling.toml `timeout-ms = 300` `timeout-ms = 300, sign = \"file:gate.key\"`");
    story.tell(GREET);
    story.take_said();
    let mut said = story.told("settle\nsent");
    let file = story.folder().join("gate.key");
    std::fs::write(&file, "hunter2hunter2").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    said.push_str(&story.told("retry n1\nsettle\nsent"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(server.requests().is_empty(), "nothing was sent unsigned");
    said.push_str(&story.told("retry n1\nsettle\nsent"));
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (the secret's file gate.key cannot be read: No such file or directory (os error 2))
            您好 | 开会
        > retry n1
          done
        > sent
          n1 hello to ma-aizhen by gate: parked try 1 (the secret's file gate.key is open to others; `chmod 600` it)
            您好 | 开会
        > retry n1
          done
        > sent
          n1 hello to ma-aizhen by gate: delivered try 1
            您好 | 开会
    "#]].assert_eq(&said);
    assert_eq!(server.requests().len(), 1);
}

/// A line that was cut off spoils no other, and a full disk is tried again.
#[test]
fn files_are_whole_lines() {
    let mut story = story(1, &[ARCHIVE]);
    let folder = story.folder().join("outbox");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("notices.jsonl"), "{\"key\":\"cut o").unwrap();
    story.tell(GREET);
    story.tell(GREET);
    story.settle();
    let text = std::fs::read_to_string(folder.join("notices.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), text.ends_with('\n')), (3, true), "{text}");
    for line in &lines[1..] {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}
