//! Secrets and contacts: put in as a request leaves, and nowhere else (I10).

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use expect_test::expect;
use hongling::engine::input::{Ask, Input};
use hongling::engine::outbox::{Ended, How, Next, Turn};
use sha2::{Digest, Sha256};

use super::server::{Answer, Server};
use super::story;
use crate::scratch::PROGRAM;
use crate::story::Story;

const KEY: &str = "canary-key-41c7";
const TOKEN: &str = "canary-token-9f02";
/// Of a resident, of staff by phone and by mail.
const CONTACTS: [&str; 3] = ["19900001399", "19900002288", "canary.ma@example.cn"];

/// HMAC-SHA256 by its definition, a second way.
pub fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(text).finalize();
    let outer = Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every text of a store, table by table.
fn dump(folder: &Path) -> Vec<(String, String)> {
    let db = rusqlite::Connection::open(folder.join("data/hongling.db")).unwrap();
    let mut tables = db.prepare("select name from sqlite_schema where type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut texts = Vec::new();
    for table in tables {
        let mut rows = db.prepare(&format!("select * from {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let text = match row.get_ref(column).unwrap() {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                        String::from_utf8_lossy(bytes).into_owned()
                    }
                    _ => continue,
                };
                texts.push((table.clone(), text));
            }
        }
    }
    texts
}

/// A gate that repeats all it was sent, and fails: nothing of it is kept, said or logged.
#[test]
fn canaries_are_found_nowhere() {
    let server = Server::new(&[Answer::Echo, Answer::Echo, Answer::Echo]);
    let mut story = story(
        server.port(),
        &[r#"
change hongling.toml `timeout-ms = 300` `timeout-ms = 2000, sign = "file:gate.key", token = "env:CANARY_TOKEN"`
add hongling.toml
  [[outlet]]
  id = "gate"
  desk = "gate"
  address = "phone"
"#],
    );
    let folder = story.folder();
    std::fs::write(folder.join("gate.key"), KEY).unwrap();
    std::fs::set_permissions(folder.join("gate.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let people = std::fs::read_to_string(folder.join("people.csv")).unwrap();
    let people: String = people
        .lines()
        .map(|line| match line.split(',').next() {
            Some("person") => format!("{line},phone,mail\n"),
            Some("ma-aizhen") => format!("{line},{},{}\n", CONTACTS[1], CONTACTS[2]),
            _ => format!("{line},,\n"),
        })
        .collect();
    std::fs::write(folder.join("people.csv"), people).unwrap();
    story.tell("reopen");
    let title = r#""title": "路灯不亮 {secret} file:gate.key""#;
    story.tell(&format!(
        r#"act herald start {{{title}, "place": "西苑小区", "contact": "{}", "holders": ["person:ma-aizhen"]}}"#,
        CONTACTS[0]
    ));
    story.tell(r#"act HL2026-000001 call {"to": ["reporters", "holders"]}"#);
    story.stop();
    let mut said = story.take_said();
    let hongling = |args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(args).arg("--lang").arg("en").current_dir(&folder);
        command.env("HONGLING_LOG", "trace").env("CANARY_TOKEN", TOKEN);
        let output = command.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    said.push_str(&hongling(&["run", ".", "--once"]));
    let requests = server.requests();
    let mut sent: Vec<String> = requests.iter().map(|request| request.text("to")).collect();
    sent.sort();
    assert_eq!(sent, [CONTACTS[0], CONTACTS[1]], "the outside does get them");
    for request in &requests {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
        let timestamp = request.header("hongling-timestamp").unwrap();
        let signed = hmac(KEY.as_bytes(), format!("{timestamp}.{}", request.body).as_bytes());
        assert_eq!(request.header("hongling-signature"), Some(&*format!("sha256={signed}")));
        assert!(!request.body.contains(KEY) && !request.body.contains(TOKEN), "a resident's words fetch no secret");
    }
    for args in [
        &["show", ".", "HL2026-000001"][..],
        &["show", ".", "HL2026-000001", "--json"],
        &["parked", "."],
        &["parked", ".", "--json"],
        &["status", "."],
        &["check", "."],
        &["explain", ".", "HL2026-000001"],
    ] {
        said.push_str(&hongling(args));
    }
    assert!(said.contains("the webhook answered 500") && said.contains("resident r"), "{said}");
    for canary in CONTACTS.iter().chain(&[KEY, TOKEN]) {
        assert!(!said.contains(canary), "{canary} was said");
    }
    for (table, text) in dump(&folder) {
        for canary in CONTACTS.iter().chain(&[KEY, TOKEN]) {
            // A resident's contact lies apart, where it can be erased.
            let is_kept_apart = table == "contact" && text == CONTACTS[0];
            assert!(is_kept_apart || !text.contains(canary), "{canary} stands in {table}: {text}");
        }
    }
}

/// Whoever is erased is written to no more, and what was written to them or of what they reported is gone.
#[test]
fn erased_with_the_person() {
    let server = Server::new(&[]);
    let mut story = story(server.port(), &[super::GATE]);
    let title = "王大妈家漏水";
    story.tell(&format!(
        r#"act herald start {{"title": "{title}", "place": "西苑小区", "contact": "{}", "holders": ["person:ma-aizhen"]}}
act HL2026-000001 call {{"to": ["reporters"]}}
settle
act HL2026-000001 call {{"to": ["reporters", "holders"]}}"#,
        CONTACTS[0]
    ));
    story.take_said();
    let said = story.told("erase r2\nsettle\nsent");
    expect![[r#"
        > erase r2
          done HL2026-000001 传令台/待办
        > sent
          n1 called to r2 by gate: delivered try 1
             |
          n2 called to r2 by gate: unreachable (the person was erased)
             |
          n3 called to ma-aizhen by gate: unreachable (what it was about was erased)
             |
    "#]]
    .assert_eq(&said);
    assert_eq!(server.requests().len(), 1);
    story.stop();
    for (table, text) in dump(&story.folder()) {
        assert!(!text.contains(title) && !text.contains(CONTACTS[0]), "{table}: {text}");
    }
}

/// Whoever is erased while a notice to them is on its way: what left has left, what did not does not.
#[test]
fn erased_on_its_way() {
    let mut story = story(1, &[super::GATE]);
    let start = format!(
        r#"act herald start {{"title": "漏水", "place": "西苑小区", "contact": "{}"}}
act HL2026-000001 call {{"to": ["reporters"]}}
act HL2026-000001 call {{"to": ["reporters"]}}"#,
        CONTACTS[0]
    );
    story.tell(&start);
    story.take_said();
    let turn = |story: &mut Story, ended: Option<(u64, How)>| {
        let next = if ended.is_some() { Next::Another } else { Next::First };
        let ended = ended.map(|(notice, how)| Ended { notice, how });
        let ask = Ask::Deliver(Turn { outlet: "gate".into(), ended, next });
        story.running().unwrap().answer(Input { ask, by: None, key: None });
    };
    // The first has left before the second is taken; then the reporter is erased.
    turn(&mut story, None);
    turn(&mut story, Some((1, How::Failed("no answer in time".to_owned()))));
    story.tell("erase r2");
    turn(&mut story, Some((2, How::Failed("no answer in time".to_owned()))));
    let mut said = story.told("sent");
    turn(&mut story, Some((1, How::Delivered(None))));
    said.push_str(&story.told("at 2026-03-09 09:00\nsettle\nsent"));
    expect![[r#"
        > erase r2
          done HL2026-000001 传令台/待办
        > sent
          n1 called to r2 by gate: unreachable try 1 (the person was erased)
             |
          n2 called to r2 by gate: unreachable try 1 (the person was erased)
             |
        > sent
          n1 called to r2 by gate: delivered try 1
             |
          n2 called to r2 by gate: unreachable try 1 (the person was erased)
             |
    "#]]
    .assert_eq(&said);
}
