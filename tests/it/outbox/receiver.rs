//! The receiver that the README of `notices` shows, as it stands there, with the real program before it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use expect_test::expect;

use super::secret::hmac;
use super::{GATE, START, story};
use crate::scratch::PROGRAM;
use crate::tidy::source::root;

const SECRET: &str = "9a41c7d2";

/// The receiver, gone when the test ends.
struct Receiver {
    child: Child,
    said: BufReader<ChildStdout>,
    port: u16,
}

impl Receiver {
    /// Starts it; without Python says aloud that it is left out.
    fn start(folder: &Path, secret: &Path) -> Option<Receiver> {
        let readme = std::fs::read_to_string(root().join("plugins/notices/README.md")).unwrap();
        let block = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
        let script = folder.join("receiver.py");
        std::fs::write(&script, block.expect("the README shows a receiver")).unwrap();
        let started = Command::new("python3").arg(script).arg(secret).arg("0").stdout(Stdio::piped()).spawn();
        let Ok(mut child) = started else {
            assert!(std::env::var_os("CI").is_none(), "python3 is missing, and this is where it must be tried");
            // Not `eprintln!`, which the test harness keeps to itself.
            let _ = writeln!(std::io::stderr(), "SKIPPED the receiver of the README: python3 is missing");
            return None;
        };
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut receiver = Receiver { child, said, port: 0 };
        let line = receiver.line();
        receiver.port = line.strip_prefix("listening on ").unwrap().parse().unwrap();
        Some(receiver)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What it answers to a request.
    fn ask(&self, key: &str, at: u64, signature: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!(
            "POST / HTTP/1.0\r\nContent-Length: {}\r\nIdempotency-Key: {key}\r\nHongling-Timestamp: {at}\r\n\
             Hongling-Signature: sha256={signature}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap();
        format!("{status} {}", answer.lines().last().unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_readmes_receiver_takes_what_is_signed() {
    // The port is the receiver's to choose, and the secret lies in the district's folder.
    let mut story = story(1, &[GATE]);
    let folder = story.folder();
    std::fs::write(folder.join("gate.key"), format!("{SECRET}\n")).unwrap();
    std::fs::set_permissions(folder.join("gate.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let Some(mut receiver) = Receiver::start(&folder, &folder.join("gate.key")) else { return };
    let port = receiver.port;
    story.tell(&format!(
        "change hongling.toml `127.0.0.1:1/send` `127.0.0.1:{port}/send`
change hongling.toml `127.0.0.1:1/send` `127.0.0.1:{port}/send`
change hongling.toml `timeout-ms = 300` `timeout-ms = 20000, sign = \"file:gate.key\"`
{START}
act HL2026-000001 call {{\"to\": [\"person:ma-aizhen\"]}}"
    ));
    story.stop();
    story.take_said();
    let run = Command::new(PROGRAM).args(["run", ".", "--once"]).current_dir(&folder).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let mut said = format!("{}\n{}", receiver.line(), story.told("sent"));
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let body = r#"{"text":"又一条"}"#;
    let signed = |at: u64| hmac(SECRET.as_bytes(), format!("{at}.{body}").as_bytes());
    let answers = [
        receiver.ask("k2", now_s, &signed(now_s), body),
        receiver.ask("k2", now_s, &signed(now_s), body),
        receiver.ask("k3", now_s, &signed(now_s), r#"{"text":"另一条"}"#),
        receiver.ask("k3", now_s - 3_600, &signed(now_s - 3_600), body),
        receiver.ask("k4", now_s, &signed(now_s), body),
    ];
    said.push_str(&format!("{}\n{}\n{}\n", answers.join("\n"), receiver.line(), receiver.line()));
    expect![[r#"
        r-1 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to ma-aizhen by gate: delivered try 1 r-1
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        200 {"id": "r-2"}
        200 {"id": "r-2"}
        401 {"error": "not signed with our secret"}
        401 {"error": "too old"}
        200 {"id": "r-3"}
        r-2 又一条
        r-3 又一条
    "#]]
    .assert_eq(&said);
}
