//! Notices: written with the step that sends them, delivered at least once with the same key, and told
//! back; through loaded libraries, the real store, and sockets of this machine.

mod server;
mod sent;
mod delivered;
mod troubled;
mod beside;
mod killed;
mod secret;
mod posted;
mod hostile;
mod swept;
mod receiver;
mod apart;

use crate::story::Story;

/// A desk that sends, and three ways for what it sends to leave. What varies stands in capitals.
const OUTLETS: &str = r#"
add hongling.toml
  [desk.herald]
  library = "herald"

  [desk.gate]
  library = "notices"
  settings = { way = "webhook", url = "http://127.0.0.1:PORT/send", timeout-ms = 300 }
  grants = { http = ["http://127.0.0.1:PORT/send"] }

  [desk.archive]
  library = "notices"
  grants = { file = ["outbox/*.jsonl"] }

"#;

/// Everything goes to the gate.
const GATE: &str = r#"
add hongling.toml
  [[outlet]]
  id = "gate"
  desk = "gate"
"#;

/// Everything goes into the file.
const ARCHIVE: &str = r#"
add hongling.toml
  [[outlet]]
  id = "archive"
  desk = "archive"
"#;

/// The example district with the herald, a gate at a port, and these outlets.
fn story(port: u16, outlets: &[&str]) -> Story {
    let mut story = Story::new();
    story.tell(&OUTLETS.replace("PORT", &port.to_string()));
    for outlet in outlets {
        story.tell(outlet);
    }
    story.tell("at 2026-03-02 09:10");
    story.take_said();
    story
}

/// A matter that waits for the branch secretary and the community's head.
const START: &str = r#"act herald start {"title": "3幢路灯不亮", "place": "西苑小区", "contact": "19900001301", "holders": ["person:ma-aizhen", "role:community-head@daguan/linghu/huamao"]}"#;
