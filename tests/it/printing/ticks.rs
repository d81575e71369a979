//! Clocks that `tick` does not turn.

use expect_test::expect;

use super::{check, exercise};
use crate::story::Story;

const TICK: &str = "--lang zh tick . --to 2026-03-05T09:00\n--lang en tick . --to 2026-03-05T09:00";

#[test]
fn a_live_folder_has_no_clock_to_turn() {
    let mut story = Story::new();
    story.tell("open {\"title\": \"消防通道被堵\", \"place\": \"西苑小区\"}");
    let before = story.state();
    story.stop();
    check(
        &story,
        TICK,
        expect![[r#"
        $ --lang zh tick . --to 2026-03-05T09:00
        ! 这不是演练目录，时钟不能拨动；演练目录用 hongling init --exercise 建立
        exit 1
        $ --lang en tick . --to 2026-03-05T09:00
        ! this is not an exercise folder, its clock cannot be turned; `hongling init --exercise` makes one
        exit 1
    "#]],
    );
    assert_eq!(story.state(), before);
}

#[test]
fn neither_back_nor_too_far() {
    let story = exercise();
    check(
        &story,
        &format!(
            "{TICK}\n{}",
            "--lang zh tick . --to 2026-03-05T08:59\n--lang en tick . --to 2027-04-10T09:00\n--lang en tick . --to 2027-04-09T09:00"
        ),
        expect![[r#"
            $ --lang zh tick . --to 2026-03-05T09:00
              现在是 2026-03-05 09:00；期间到时 2 项
            $ --lang en tick . --to 2026-03-05T09:00
              it is now 2026-03-05 09:00; 0 were due meanwhile
            $ --lang zh tick . --to 2026-03-05T08:59
            ! 演练的时钟已经是 2026-03-05 09:00，不能往回拨
            exit 1
            $ --lang en tick . --to 2027-04-10T09:00
            ! a tick is at most 400 days; take several
            exit 1
            $ --lang en tick . --to 2027-04-09T09:00
              it is now 2027-04-09 09:00; 82 were due meanwhile
        "#]],
    );
}
