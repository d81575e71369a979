//! A desk that does not open, or not again after a panic.

use expect_test::{Expect, expect};

use super::ODD_AND_EVEN;
use crate::story::Story;

fn check(mood: &str, script: &str, expected: Expect) {
    let mut story = Story::with_own_libraries();
    let moody = format!("library = \"misbehaving\"\n  settings = {{ mood = \"{mood}\" }}");
    story.tell(&ODD_AND_EVEN.replacen("library = \"misbehaving\"", &moody, 1));
    expected.assert_eq(&story.told(script));
}

#[test]
fn a_desk_that_does_not_open_is_named() {
    check(
        "panics",
        "list",
        expect![[r#"
            > list
              does not open: hongling.toml:304:11: desk "odd" does not open with its settings: panicked while it was opened: in a mood at opening
              hongling.toml:304:11: warning: desk "odd" sends notices (told), and there is no outlet for them; write an [[outlet]]
              hongling.toml:307:11: warning: desk "even" sends notices (told), and there is no outlet for them; write an [[outlet]]
        "#]],
    );
    check(
        "refuses",
        "list",
        expect![[r#"
            > list
              does not open: hongling.toml:304:11: desk "odd" does not open with its settings: does not want to
              hongling.toml:304:11: warning: desk "odd" sends notices (told), and there is no outlet for them; write an [[outlet]]
              hongling.toml:307:11: warning: desk "even" sends notices (told), and there is no outlet for them; write an [[outlet]]
        "#]],
    );
}

/// The instance is poisoned and cannot be made anew: its steps wait, other desks go on.
#[test]
fn a_desk_that_does_not_open_again_waits() {
    // The first desk of the library opens it for the first time; `even` is opened after it.
    check(
        "panics-again",
        r#"
at 2026-03-02 09:10
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "panic"}
act odd start {"place": "西苑小区"}
parked
open {"title": "3幢门口路灯不亮", "place": "西苑小区"}
change hongling.toml `mood = "panics-again"` `mood = "good"`
reopen
retry 2
list
"#,
        expect![[r#"
            > act odd start
              done TR2026-000001 捣乱台/等待
            > act TR2026-000001 try
              failed panicked: panics in a step
            > act odd start
              failed could not be opened again after it panicked: panicked while it was opened: in a mood at opening again
            > parked
              1 odd try matter 1 try 1 again 03-02 09:10: panicked: panics in a step
              2 odd start matter - try 1 again 03-02 09:10: could not be opened again after it panicked: panicked while it was opened: in a mood at opening again
            > open
              done SQ2026-000002 红领议事厅/待上会
            > retry 2
              done TR2026-000003 捣乱台/等待
            > list
              TR2026-000003 open 捣乱台/等待 西苑小区 试验
              SQ2026-000002 open 红领议事厅/待上会 西苑小区 3幢门口路灯不亮
              TR2026-000001 open 捣乱台/等待 西苑小区 试验
              3 in all
        "#]],
    );
}
