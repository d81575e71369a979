//! Mails, to a mail server of this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use expect_test::expect;

use super::story;

/// A mail server that answers the recipient as told, in turn, and keeps what it was sent.
fn serve(answers: &'static [&'static str]) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mails) = channel();
    std::thread::spawn(move || {
        let mut answers = answers.iter();
        for stream in listener.incoming() {
            let answer = answers.next().unwrap_or(&"250 ok");
            if let Some(mail) = converse(stream.unwrap(), answer) {
                sender.send(mail).unwrap();
            }
        }
    });
    (port, mails)
}

fn converse(mut stream: TcpStream, answer: &str) -> Option<String> {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    say("220 mail.example");
    let mut mail = String::new();
    while let Some(Ok(line)) = lines.next() {
        match line.split([' ', ':']).next().unwrap() {
            "EHLO" => say("250 mail.example"),
            "RCPT" => {
                mail.push_str(&format!("{line}\n"));
                say(answer);
                if !answer.starts_with("250") {
                    return None;
                }
            }
            "DATA" => {
                say("354 go on");
                for line in lines.by_ref().map_while(Result::ok).take_while(|line| line != ".") {
                    // What differs from run to run.
                    if !line.starts_with("Date:") {
                        mail.push_str(&format!("{line}\n"));
                    }
                }
                say("250 queued");
                return Some(mail);
            }
            _ => say("250 ok"),
        }
    }
    None
}

#[test]
fn a_mail_has_a_subject_a_text_and_the_same_id() {
    let (port, mails) = serve(&["451 later", "250 ok", "550 no such user"]);
    let mut story = story(
        1,
        &[&format!(
            r#"
add hongling.toml
  [desk.post]
  library = "notices"
  settings = {{ way = "mail", timeout-ms = 2000 }}
  grants = {{ mail = "smtp+plain://127.0.0.1:{port}", mail-from = "红领 <notice@example.cn>" }}

  [[outlet]]
  id = "post"
  desk = "post"
  address = "mail"
"#
        )],
    );
    story.tell(
        r#"act herald start {"title": "3幢路灯不亮", "place": "西苑小区", "contact": "wang@example.cn"}
act HL2026-000001 call {"to": ["reporters"]}"#,
    );
    story.take_said();
    let said = story.told(
        "settle\nsent\nat 2026-03-02 09:11\nsettle\nsent\nact HL2026-000001 call {\"to\": [\"reporters\"]}\nsettle\nsent",
    );
    expect![[r#"
        > sent
          n1 called to r2 by post: waiting try 1 again 03-02 09:10 (the mail server asks to be tried again (451))
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > sent
          n1 called to r2 by post: delivered try 2
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > sent
          n1 called to r2 by post: delivered try 2
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to r2 by post: parked try 1 (the mail server does not take the mail (550))
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
    "#]]
    .assert_eq(&said);
    let mail = mails.recv().unwrap();
    let id = mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
    assert!(id.ends_with("@example.cn>") && id.len() == 45, "{id}");
    expect![[r#"
        RCPT TO:<wang@example.cn>
        From: =?utf-8?b?57qi6aKG?= <notice@example.cn>
        To: wang@example.cn
        Subject: HL2026-000001 =?utf-8?b?5ZG85Y+r?=
        Message-ID: <id>
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: base64

        6KW/6IuR5bCP5Yy655qE4oCcM+W5oui3r+eBr+S4jeS6ruKAneW3suWIsOihl+mBk++8jOi0ueeU
        qCAxMi41MCDlhYPvvIzpmZAgMjAyNi0wMy0wMyAxMDozMOOAguKAlOKAlOS8oOS7pOWPsA0K
    "#]]
    .assert_eq(&mail.replace(&id, "<id>"));
    assert!(mails.try_recv().is_err());
}
