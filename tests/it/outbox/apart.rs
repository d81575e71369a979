//! Outlets in processes of their own: they reach what the host does for them and nothing else, and one
//! that does not come back is stopped at its deadline, its notice tried again (I8, I9).

use expect_test::expect;

use super::server::{Answer, Server};
use super::{GATE, story};
use crate::story::Story;

/// Everything goes to a desk that does to its process what the words say.
const ODD: &str = r#"
add hongling.toml
  [desk.odd]
  library = "misbehaving"
  isolated = true
  grants = { file = ["outbox/*.jsonl"] }

  [isolation]
  call-ms = 500

  [[outlet]]
  id = "odd"
  desk = "odd"
"#;

fn isolate(story: &mut Story) {
    let file = story.folder().join("hongling.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("[desk.gate]\n"));
    std::fs::write(&file, text.replace("[desk.gate]\n", "[desk.gate]\nisolated = true\n")).unwrap();
    story.tell("reopen");
}

/// The same notices through the same gate come to the same, whichever process its desk runs in; what is
/// not granted is not connected to.
#[test]
fn an_outlet_reaches_what_it_is_granted() {
    let seen = |is_isolated: bool| {
        let server = Server::new(&[Answer::Status(500, "later"), Answer::Status(200, r#"{"id": "m-17"}"#)]);
        let mut story = story(server.port(), &[GATE]);
        if is_isolated {
            isolate(&mut story);
        }
        story.tell(r#"act herald greet {"whom": ["person:ma-aizhen"], "words": "开会"}"#);
        story.take_said();
        let mut said = story.told("settle\nsent\nat 2026-03-02 09:11\nsettle\nsent");
        let granted = format!("http = [\"http://127.0.0.1:{}/send\"]", server.port());
        story.tell(&format!("change hongling.toml `{granted}` `http = [\"https://127.0.0.1/send\"]`\nreopen"));
        story.tell(r#"act herald greet {"whom": ["person:ma-aizhen"], "words": "散会"}"#);
        story.take_said();
        said.push_str(&story.told("settle\nsent"));
        let requests: Vec<String> = server.requests().iter().map(|request| request.text("text")).collect();
        (said.replace(&server.port().to_string(), "PORT"), requests)
    };
    let (said, requests) = seen(true);
    assert_eq!((&said, &requests), (&seen(false).0, &vec!["开会".to_owned(); 2]));
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by gate: waiting try 1 again 03-02 09:10 (the webhook answered 500)
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: delivered try 2 m-17
            您好 | 开会
        > sent
          n1 hello to ma-aizhen by gate: delivered try 2 m-17
            您好 | 开会
          n2 hello to ma-aizhen by gate: parked try 1 (desk "gate" is not granted http://127.0.0.1:PORT/send; to grant it, name it in [desk.gate.grants] http)
            您好 | 散会
    "#]].assert_eq(&said);
}

/// Whatever a first try does, it costs that try and no other notice's: the next one goes out, once.
#[test]
fn a_try_that_costs_its_process_is_followed_by_another() {
    let mut story = story(1, &[ODD]);
    for words in ["hang-first", "abort-first", "well", "panic-first", "read-first"] {
        story.tell(&format!(r#"act herald greet {{"whom": ["person:ma-aizhen"], "words": "{words}"}}"#));
    }
    story.take_said();
    let said = story.told("settle\nsent\nat 2026-03-02 09:11\nsettle\nsent\nparked");
    expect![[r#"
        > sent
          n1 hello to ma-aizhen by odd: waiting try 1 again 03-02 09:10 (did not come back within 500 ms, and its process was stopped)
            您好 | hang-first
          n2 hello to ma-aizhen by odd: waiting try 1 again 03-02 09:10 (ended its process: signal 6)
            您好 | abort-first
          n3 hello to ma-aizhen by odd: delivered try 1 try 1
            您好 | well
          n4 hello to ma-aizhen by odd: waiting try 1 again 03-02 09:10 (panicked: panics in a delivery)
            您好 | panic-first
          n5 hello to ma-aizhen by odd: waiting try 1 again 03-02 09:10 (refused once)
            您好 | read-first
        > sent
          n1 hello to ma-aizhen by odd: delivered try 2 try 2
            您好 | hang-first
          n2 hello to ma-aizhen by odd: delivered try 2 try 2
            您好 | abort-first
          n3 hello to ma-aizhen by odd: delivered try 1 try 1
            您好 | well
          n4 hello to ma-aizhen by odd: delivered try 2 try 2
            您好 | panic-first
          n5 hello to ma-aizhen by odd: delivered try 2 try 2
            您好 | read-first
        > parked
          nothing
    "#]].assert_eq(&said);
    let lines = std::fs::read_to_string(story.folder().join("outbox/odd.jsonl")).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines, ["1 well", "2 hang-first", "2 abort-first", "2 panic-first", "2 read-first"]);
}
