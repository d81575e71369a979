//! A new year's days are filled in: `plan` says which clocks move, running and paused, of every desk, and
//! then they have moved.

use expect_test::expect;

use super::check;
use crate::story::Story;

#[test]
fn clocks_that_another_calendar_moves() {
    let mut story = Story::new();
    story.tell(
        r#"
add hongling.toml
  [desk.odd]
  library = "misbehaving"
change lists/ladder.csv `community,48 hours` `community,5 workdays`
at 2026-12-30 10:00
open {"title": "消防通道被堵", "place": "西苑小区"}
open {"title": "消防通道又被堵", "place": "西苑小区"}
act odd start {"place": "西苑小区", "how": "act start 6 workdays"}
tick 2027-01-04 10:00
act SQ2026-000002 suspend by pan-zhiqiang {"until": "2027-01-09", "why": "等划线"}
open {"title": "3幢门口路灯不亮", "place": "西苑小区"}
"#,
    );
    story.become_exercise();
    check(
        &story,
        "--lang zh list .\n--lang zh plan .",
        expect![[r#"
            $ --lang zh list .
              编号           环节                 类别              区域      亮灯     时限                           标题
              ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2027-000004  红领议事厅 · 待上会  路灯楼道灯不亮    西苑小区  🟢 绿灯  2027-01-07 周四 10:00          3幢门口路灯不亮
              TR2026-000003  捣乱台 · 等待                          西苑小区  🟢 绿灯  2027-01-07 周四 17:30（暂定）  试验
              SQ2026-000002  红领工作站 · 挂账    占用堵塞消防通道  西苑小区  🟢 绿灯                                 消防通道又被堵
              SQ2026-000001  红领工作站 · 待签收  占用堵塞消防通道  西苑小区  🟢 绿灯  2027-01-06 周三 17:30（暂定）  消防通道被堵
              共 4 件
            $ --lang zh plan .
              配置没有改动
        "#]],
    );
    story.tell("add calendar.csv\n  2027-01-01,元旦放假,off\n  2027-01-11,休息,off\n");
    check(
        &story,
        "--lang zh plan .\n--lang en plan .\n--lang en tick . --to 2027-01-08T09:00\n--lang en plan .\n\
         --lang zh list .\n--lang en show . SQ2026-000001\n--lang zh show . SQ2026-000002",
        expect![[r#"
            $ --lang zh plan .
              编号           时限              现在                           改后
              ─────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000001  办理时限          2027-01-06 周三 17:30（暂定）  2027-01-07 周四 17:30
              SQ2026-000002  办理时限          2027-01-06 周三 17:30（暂定）  2027-01-07 周四 17:30
              SQ2026-000002  办理时限（复查）  2027-01-11 周一 17:30（暂定）  2027-01-12 周二 17:30
              TR2026-000003  总时限            2027-01-07 周四 17:30（暂定）  2027-01-08 周五 17:30

              有改动的表：calendar.csv
            $ --lang en plan .
              Number         Clock                 Now                                 Then
              ─────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000001  Time to act           Wed 2027-01-06 17:30 (provisional)  Thu 2027-01-07 17:30
              SQ2026-000002  Time to act           Wed 2027-01-06 17:30 (provisional)  Thu 2027-01-07 17:30
              SQ2026-000002  Time to act (review)  Mon 2027-01-11 17:30 (provisional)  Tue 2027-01-12 17:30
              TR2026-000003  Time in all           Thu 2027-01-07 17:30 (provisional)  Fri 2027-01-08 17:30

              Tables that differ: calendar.csv
            $ --lang en tick . --to 2027-01-08T09:00
              it is now 2027-01-08 09:00; 5 were due meanwhile
            $ --lang en plan .
              the config is the one in force
            $ --lang zh list .
              编号           环节                 类别              区域      亮灯     时限                   标题
              ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2027-000004  红领工作站 · 待签收  路灯楼道灯不亮    西苑小区  🟢 绿灯  2027-01-15 周五 17:30  3幢门口路灯不亮
              TR2026-000003  捣乱台 · 等待                          西苑小区  🔵 蓝灯  2027-01-08 周五 17:30  试验
              SQ2026-000002  红领工作站 · 挂账    占用堵塞消防通道  西苑小区  🟢 绿灯                         消防通道又被堵
              SQ2026-000001  红领工作站 · 待签收  占用堵塞消防通道  西苑小区  🟢 绿灯  2027-01-10 周日 17:30  消防通道被堵
              共 4 件
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
              2027-01-04 10:00  Clock moved by the calendar      Was=Wed 2027-01-06 17:30 (provisional); Is now=Thu 2027-01-07 17:30
              2027-01-06 15:52  Time is nearly over              Due=2027-01-07 17:30; Rung=Community station
              2027-01-07 17:30  Called up a rung                 From=Community station; To=Subdistrict; Why=Time ran out
            $ --lang zh show . SQ2026-000002
              事项	SQ2026-000002  消防通道又被堵
              区域	西苑小区
              状态	在办 · 红领工作站 · 挂账
              标签	类别=占用堵塞消防通道  业主共同决定=否  呼叫层级=社区红领工作站  定级=大事  紧急=是
              登记	2026-12-30 10:00
              亮灯	🟢 绿灯
              时限	办理时限 2027-01-07 周四 17:30（已暂停） 🟢 绿灯 等划线；复查 2027-01-12 周二 17:30
              承办	华茂社区社区书记

              消防通道又被堵

              时间              办理过程  谁      内容                                                                                                   流转
              ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              2026-12-30 10:00  登记
              2026-12-30 10:00  诉求登记          代为登记=否；来源渠道=网页自助上报                                                                     reported-to-triage
              2026-12-30 10:00  分类定级          类别=占用堵塞消防通道；把握（%）=100；定级=大事；定级依据=规则 K006（堵塞消防通道）：题目含“消防通道”  big-to-station
              2027-01-04 10:00  挂账      潘志强  挂账至=2027-01-09；挂账原因=等划线
              2027-01-04 10:00  时限重算          原为=2027-01-06 周三 17:30（暂定）；现为=2027-01-07 周四 17:30
        "#]],
    );
}

/// What a desk in a process of its own may take is what that is started with.
#[test]
fn desks_that_are_isolated_otherwise() {
    let mut story = Story::new();
    story.tell("add hongling.toml\n  [desk.odd]\n  library = \"misbehaving\"\n  isolated = true\n");
    story.become_exercise();
    story.tell("add hongling.toml\n  [isolation]\n  memory-mib = 100\n");
    check(
        &story,
        "--lang en plan .",
        expect![[r#"
        $ --lang en plan .
          Desk         Change
          ────────────────────────────────────
          Misbehaving  opened anew (isolation)
    "#]],
    );
    story.tell("change hongling.toml `isolated = true` `isolated = false`");
    check(
        &story,
        "--lang zh plan .",
        expect![[r#"
        $ --lang zh plan .
          业务台  改动
          ─────────────────────────────
          捣乱台  重新打开（isolation）
    "#]],
    );
}
