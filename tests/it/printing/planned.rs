//! A new year's days are filled in: `plan` says which clocks move, and then they have moved.

use expect_test::expect;

use super::check;
use crate::story::Story;

#[test]
fn clocks_that_another_calendar_moves() {
    let mut story = Story::new();
    story.tell(
        r#"
change lists/ladder.csv `community,48 hours` `community,5 workdays`
at 2026-12-30 10:00
open {"title": "消防通道被堵", "place": "西苑小区"}
"#,
    );
    story.become_exercise();
    check(
        &story,
        "--lang zh list .\n--lang zh plan .",
        expect![[r#"
        $ --lang zh list .
          编号           环节                 类别              区域      亮灯     时限                           标题
          ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          SQ2026-000001  红领工作站 · 待签收  占用堵塞消防通道  西苑小区  🟢 绿灯  2027-01-06 周三 17:30（暂定）  消防通道被堵
          共 1 件
        $ --lang zh plan .
          配置没有改动
    "#]],
    );
    story.tell("add calendar.csv\n  2027-01-01,元旦放假,off\n");
    check(
        &story,
        "--lang zh plan .\n--lang en plan .\n--lang en tick . --to 2027-01-08T09:00\n--lang en plan .\n\
         --lang zh list .\n--lang en show . SQ2026-000001",
        expect![[r#"
            $ --lang zh plan .
              编号           时限      现在                           改后
              ─────────────────────────────────────────────────────────────────────────────
              SQ2026-000001  办理时限  2027-01-06 周三 17:30（暂定）  2027-01-07 周四 17:30
            $ --lang en plan .
              Number         Clock        Now                                 Then
              ────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000001  Time to act  Wed 2027-01-06 17:30 (provisional)  Thu 2027-01-07 17:30
            $ --lang en tick . --to 2027-01-08T09:00
              it is now 2027-01-08 09:00; 2 were due meanwhile
            $ --lang en plan .
              the config is the one in force
            $ --lang zh list .
              编号           环节                 类别              区域      亮灯     时限                   标题
              ────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000001  红领工作站 · 待签收  占用堵塞消防通道  西苑小区  🟢 绿灯  2027-01-10 周日 17:30  消防通道被堵
              共 1 件
            $ --lang en show . SQ2026-000001
              Matter	SQ2026-000001  消防通道被堵
              Place	西苑小区
              Status	open · Station · To be signed for
              Labels	Category=Blocked fire lanes and exits  Reserved to the owners=no  Rung=Subdistrict  Size=Big  Urgent=yes
              Opened	2026-12-30 10:00
              Lamp	🟢 green
              Clock	Time to act Sun 2027-01-10 17:30 🟢 green
              Holders	Head at the subdistrict, Linghu Subdistrict

              消防通道被堵

              Time              Event                        By  Data                                                                                                                  Route
              ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              2026-12-30 10:00  Opened
              2026-12-30 10:00  Reported                         On behalf=no; Channel=Online form                                                                                     reported-to-triage
              2026-12-30 10:00  Sorted                           Category=Blocked fire lanes and exits; Confidence (%)=100; Size=Big; Why=规则 K006（堵塞消防通道）：题目含“消防通道”  big-to-station
              2026-12-30 10:00  Clock moved by the calendar      Was=Wed 2027-01-06 17:30 (provisional); Is now=Thu 2027-01-07 17:30
              2027-01-06 15:52  Time is nearly over              Due=2027-01-07 17:30; Rung=Community station
              2027-01-07 17:30  Called up a rung                 From=Community station; To=Subdistrict; Why=Time ran out
        "#]],
    );
}
