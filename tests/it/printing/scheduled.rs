//! Schedules as `status`, `plan`, `graph`, `explain` and `test` tell them.

use expect_test::expect;

use super::{check, told};
use crate::story::Story;

#[test]
fn what_is_told_of_schedules() {
    let mut story = Story::new();
    story.tell(
        r#"
add hongling.toml
  [desk.odd]
  library = "misbehaving"

  [[schedule]]
  id = "weekly-round"
  every = "week on friday at 09:00"
  emit = "round-due"
  to = "odd"
  data = { place = "西苑小区" }

  [[schedule]]
  id = "monthly"
  every = "month on workday 5 at 09:00"
  emit = "round-due"
  to = "odd"

  [[schedule]]
  id = "never"
  every = "year on 02-30 at 09:00"
  emit = "round-due"
  to = "odd"
at 2026-03-02 10:00
tick 2026-03-06 10:00
"#,
    );
    story.become_exercise();
    let (status, _) = told(&story, "--lang zh status .")
        .split_once("输入")
        .map(|(told, rest)| (format!("{}\n", told.trim_end()), rest.len()))
        .unwrap();
    expect![[r#"
        $ --lang zh status .
          业务台      在办  已结  无去向
          ──────────────────────────────
          捣乱台         1     0       0
          红领议事厅     0     0       0
          诉求受理       0     0       0
          红领工作站     0     0       0
          分类定级       0     0       0

          定时规则      业务台  何时                     下次
          ────────────────────────────────────────────────────────────────────
          weekly-round  捣乱台  每周五 09:00             2026-03-13 周五 09:00
          monthly       捣乱台  每月第 5 个工作日 09:00  2026-04-08 周三 09:00
          never         捣乱台  每年 2 月 30 日 09:00    –
    "#]]
    .assert_eq(&status);
    check(
        &story,
        "--lang en explain . TR2026-000001\n--lang zh explain . TR2026-000001\n\
         --lang zh graph .\n--lang en graph . --format mermaid\n--lang en plan .\n--lang en test .\n--lang en replay . --with .",
        expect![[r#"
            $ --lang en explain . TR2026-000001
              ⏰ schedule weekly-round  every week on friday at 09:00
              2026-03-06 09:00  Host: Opened

              Now at Misbehaving (Waiting): it was opened there, and no route has led it on
            $ --lang zh explain . TR2026-000001
              ⏰ 定时规则 weekly-round  每周五 09:00
              2026-03-06 09:00  系统：登记

              现在在“捣乱台”（等待）：在这里登记，没有流转规则把它转走
            $ --lang zh graph .
              大观区

              诉求受理 (intake)  ← 登记诉求
                ☺ 登记诉求  ⇒  诉求登记 reported
                  → 分类定级  [reported-to-triage]

              分类定级 (triage)
                ✉ 诉求登记、☺ 定级  ⇒  分类定级 sorted
                  → 红领议事厅  [small-to-council]  定级为小事易事
                  → 红领工作站  [big-to-station]  定级为大事或难事

              红领议事厅 (council)
                议定 settled
                  ⇢ 可能直接告知 捣乱台
                ☺ 呼叫、☺ 议定、⏱ 议事时限  ⇒  呼叫 called-up
                  → 红领工作站  [called-up-to-station]
                ☺ 退回定级  ⇒  退回定级 sort-wanted
                  → 分类定级  [back-to-triage]

              红领工作站 (station)
                办结 resolved
                  ⇢ 可能直接告知 捣乱台
                ☺ 转议事会  ⇒  转议事会 sent-down
                  → 红领议事厅  [sent-down-to-council]
                ☺ 退回定级  ⇒  退回定级 sort-wanted
                  → 分类定级  [back-to-triage]

              捣乱台 (odd)  ← 开始
                ⏰ 每周五 09:00  ⇒  该巡一圈 round-due  [weekly-round]
                ⏰ 每月第 5 个工作日 09:00  ⇒  该巡一圈 round-due  [monthly]
                ⏰ 每年 2 月 30 日 09:00  ⇒  该巡一圈 round-due  [never]  ✗ 永远不会到
                交出 handed
                  ✗ 没有人接
                再来 again
                  ✗ 没有人接
            $ --lang en graph . --format mermaid
              flowchart TD
                  desk_intake["Intake"]
                  in0(["Report"]) --> desk_intake
                  desk_triage["Triage"]
                  desk_council["Council"]
                  desk_station["Station"]
                  desk_odd["Misbehaving"]
                  in4(["Start"]) --> desk_odd
                  at0{{"Round due<br>every week on friday at 09:00"}} --> desk_odd
                  at1{{"Round due<br>every month on workday 5 at 09:00"}} --> desk_odd
                  at2{{"✗ Round due<br>every year on 02-30 at 09:00"}} -.-> desk_odd
                  desk_intake -- "Reported" --> desk_triage
                  desk_triage -- "Sorted<br>Size is Small" --> desk_council
                  desk_triage -- "Sorted<br>Size is Big or Hard" --> desk_station
                  desk_council -. "Settled" .-> desk_odd
                  desk_council -- "Called up" --> desk_station
                  desk_council -- "To be sorted again" --> desk_triage
                  desk_station -. "Resolved" .-> desk_odd
                  desk_station -- "Sent down to the council" --> desk_council
                  desk_station -- "To be sorted again" --> desk_triage
                  %% ✗ never matches; red dashes: nothing reaches it
            $ --lang en plan .
              the config is the one in force
            $ --lang en test .
              ✓ 小事直接上议事会，议定就办结
              ✓ 小事没人管，三天后自动呼叫工作站
              ✓ 议事会办不了，呼叫工作站；其实能商量的，转回小区
              ✓ 大事进工作站：签收、交办、退回、再交办、办结
              ✓ 没人签收就呼叫上一级，签收人也跟着换
              ✓ 挂账的停表，恢复后接着走，可以延期
              ✓ 定错了的退回去再定，大小都行
              Actions that no test reaches:
                  odd start  Start
                  odd rate  Rate
                  odd try  Try
                  odd do  Do
              Schedules that no test reaches: weekly-round, monthly, never
            $ --lang en replay . --with .
              3 inputs of the journal, run through the other config until 2026-03-06 10:00

              matters  1
              same     1
              differ   0
              no difference
        "#]],
    );
    story.tell(
        r#"
change hongling.toml `every = "month on workday 5 at 09:00"` `every = "quarter on last workday at 09:00"`
change hongling.toml `id = "never"` `id = "once-a-year"`
change hongling.toml `year on 02-30 at 09:00` `year on workday 1 at 09:00`
change hongling.toml `data = { place = "西苑小区" }` `data = { place = "四眼井小区" }`
add calendar.csv
  2026-03-09,休息,off
"#,
    );
    check(
        &story,
        "--lang en plan .\n--lang zh plan .\n--lang en tick . --to 2026-03-14T09:00\n--lang en plan .",
        expect![[r#"
            $ --lang en plan .
              Schedule      Change   Next was              Next would be
              ───────────────────────────────────────────────────────────────────────────────
              weekly-round  changed  Fri 2026-03-13 09:00  Fri 2026-03-13 09:00
              once-a-year   added    –                     Fri 2027-01-01 09:00 (provisional)
              never         removed  –                     –

              Tables that differ: calendar.csv
            $ --lang zh plan .
              定时规则      改动  原定下次               改后下次
              ────────────────────────────────────────────────────────────────────────
              weekly-round  改动  2026-03-13 周五 09:00  2026-03-13 周五 09:00
              once-a-year   新增  –                      2027-01-01 周五 09:00（暂定）
              never         去掉  –                      –

              有改动的表：calendar.csv
            $ --lang en tick . --to 2026-03-14T09:00
              it is now 2026-03-14 09:00; 1 was due meanwhile
            $ --lang en plan .
              the config is the one in force
        "#]],
    );
}
