//! I10: what a desk says to the log is free words: shown to who asks for every step, and not to who only
//! wants to know what operators did.

use std::process::Command;

use crate::scratch::PROGRAM;
use crate::story::Story;

/// What the program writes to stderr while a desk says something to the log.
fn logged(story: &mut Story, level: &str) -> String {
    let question = r#"question={"log":{"text":"三幢老李\n说灯不亮"}}"#;
    let mut command = Command::new(PROGRAM);
    command.args(["--lang", "en", "act", ".", "till", "ask", "-f", question]).current_dir(story.folder());
    let ended = command.env("HONGLING_LOG", level).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{said}");
    said
}

#[test]
fn what_a_desk_says_is_no_news_of_operators() {
    let mut story = Story::new();
    story.tell(
        r#"
add hongling.toml
  [desk.till]
  library = "bookkeeping"
  credits = { elsewhere = "fund/common" }

  [desk.fund]
  library = "bookkeeping"
  credits = { elsewhere = "till/common" }
at 2026-03-02 09:10
"#,
    );
    story.become_exercise();
    let info = logged(&mut story, "info");
    assert!(!info.contains("老李"), "{info}");
    let debug = logged(&mut story, "debug");
    // On one line, so that nobody writes a line that looks like the host's own.
    assert!(debug.lines().any(|line| line.contains("A desk says.") && line.contains("老李\\n说灯不亮")), "{debug}");
}
