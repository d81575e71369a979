//! `replay`: what another config would have made of the same inputs.

use std::path::Path;

use expect_test::expect;

use super::{check, exercise, run, told};
use crate::contract::ODD_AND_EVEN;
use crate::story::Story;

/// A folder beside the district with its config, in which texts of files are changed.
fn other(story: &Story, changes: &[(&str, &str, &str)]) {
    let (from, to) = (story.folder(), story.folder().with_file_name("other"));
    let _ = std::fs::remove_dir_all(&to);
    copy(&from, &to);
    for (file, old, new) in changes {
        let path = to.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} does not have {old:?}");
        std::fs::write(&path, text.replacen(old, new, 1)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "data" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// An exercise with some ways: settled, climbed by itself, signed for on time, signed for late.
fn lived() -> Story {
    let mut story = exercise();
    story.tell(
        r#"
at 2026-03-02 10:00
open {"title": "路灯不亮", "place": "西苑小区"}
open {"title": "消防通道被堵", "place": "西苑小区"}
tick 2026-03-03 15:00
act SQ2026-000004 sign-for by pan-zhiqiang
tick 2026-03-10 09:00
open {"title": "楼道灯不亮", "place": "西苑小区"}
"#,
    );
    story.become_exercise();
    story
}

/// I4: through the same config the same ways, to the last event; nothing of the district is changed.
#[test]
fn the_same_config_makes_no_difference() {
    let mut story = lived();
    let before = story.state();
    story.stop();
    other(&story, &[]);
    check(
        &story,
        "--lang zh replay . --with ../other\n--lang en replay . --with ../other --of SQ2026-000004",
        expect![[r#"
            $ --lang zh replay . --with ../other
              日志共 22 条输入，按另一套配置走到 2026-03-10 09:00

              事项  5
              相同  5
              不同  0
              没有不同
            $ --lang en replay . --with ../other --of SQ2026-000004
              SQ2026-000004  消防通道被堵

              Time              Was                                  Would be
              ──────────────────────────────────────────────────────────────────────────────────────────
              2026-03-02 10:00  Opened                               Opened
              2026-03-02 10:00  Reported → reported-to-triage        Reported → reported-to-triage
              2026-03-02 10:00  Sorted → big-to-station              Sorted → big-to-station
              2026-03-03 15:00  Signed for [潘志强]                  Signed for [潘志强]
              2026-03-03 22:00  Time is nearly over                  Time is nearly over
              2026-03-04 10:00  Called up a rung                     Called up a rung
              2026-03-06 16:00  Time is nearly over                  Time is nearly over
              2026-03-07 10:00  Called up a rung                     Called up a rung
              now               Station · To be signed for 🟢 green  Station · To be signed for 🟢 green
              no difference
        "#]],
    );
    assert_eq!(story.state(), before);
}

/// What failed and was tried again by hand, what came late, what was moved, and what was erased.
#[test]
fn a_rough_life_makes_no_difference() {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell(
        r#"
open {"title": "1幢窨井盖没了", "place": "西苑小区", "contact": "19900001301"}
open {"title": "消防通道被堵", "place": "西苑小区"}
act odd start {"place": "西苑小区"}
act TR2026-000003 try {"how": "hand:fail"}
move TR2026-000003 odd
retry 1
act odd start {"place": "西苑小区", "how": "fail"}
late 2026-03-06 11:00
open {"title": "楼道灯不亮", "place": "西苑小区"}
move SQ2026-000005 station
erase r2
tick 2026-03-20 08:00
"#,
    );
    story.become_exercise();
    other(&story, &[]);
    check(
        &story,
        "--lang zh replay . --with ../other\n--lang en replay . --with ../other\n--lang en replay . --with ../other --of SQ2026-000001",
        expect![[r#"
            $ --lang zh replay . --with ../other
              日志共 36 条输入，按另一套配置走到 2026-03-20 08:00
              没有走的输入：内容已删除 1 条
              没有走的输入：删除个人信息的 1 条

              事项  3
              相同  3
              不同  0
              没有不同
            $ --lang en replay . --with ../other
              36 inputs of the journal, run through the other config until 2026-03-20 08:00
              inputs left out: 1 whose words were erased
              inputs left out: 1 that erase somebody

              matters  3
              same     3
              differ   0
              no difference
            $ --lang en replay . --with ../other --of SQ2026-000001
            ! what opened this matter was erased, so it cannot be run again
            exit 1
        "#]],
    );
}

/// The whole demo, six weeks of it, through its own config.
#[test]
fn the_demo_again() {
    let story = Story::new();
    let demo = story.folder().with_file_name("demo");
    let output = run(&story.folder(), "--json demo --no-serve --dir ../demo");
    assert!(output.status.success());
    copy(&demo, &demo.with_file_name("other"));
    check(
        &story,
        "--lang en replay ../demo --with ../other",
        expect![[r#"
        $ --lang en replay ../demo --with ../other
          682 inputs of the journal, run through the other config until 2026-04-13 16:00

          matters  128
          same     128
          differ     0
          no difference
    "#]],
    );
    other(&story, &[("lists/ladder.csv", "48 hours", "24 hours")]);
    let said = told(&story, "--lang en replay ../demo --with ../other");
    let lines: Vec<&str> = said.lines().collect();
    let shown = [&lines[..14], &lines[lines.len() - 1..]].concat().join("\n") + "\n";
    expect![[r#"
        $ --lang en replay ../demo --with ../other
          682 inputs of the journal, run through the other config until 2026-04-13 16:00

          matters                                   128
          same                                       76
          differ                                     52
          · fire other clocks                        52
          · were closed, are open when nobody acts   50
          99 acts of people come after their matter differs and are not repeated: from there it goes by clocks alone

          Number         Differs from      Was                                         Would be             Ended at                                 Would end at                        Title
          ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          SQ2026-000011  2026-03-04 03:40  Time is nearly over 2026-03-04 21:40        Time is nearly over  Station · closed Resolved                Station · To be signed for 🔴 red   小区主路坑坑洼洼
          SQ2026-000019  2026-03-05 05:45  Returned [余长根] 2026-03-05 10:00          Time is nearly over  Station · closed Resolved                Station · To be signed for 🔴 red   楼下烧烤店油烟直往家里灌
          32 more; --json lists them all, --of NUMBER shows one side by side
    "#]].assert_eq(&shown);
}

#[test]
fn another_route() {
    let story = lived();
    other(&story, &[("hongling.toml", r#"when = { size = "small" }"#, r#"when = { size = "hard" }"#)]);
    check(
        &story,
        "--lang zh replay . --with ../other\n--lang en replay . --with ../other\n--lang en replay . --with ../other --of SQ2026-000001",
        expect![[r#"
            $ --lang zh replay . --with ../other
              日志共 22 条输入，按另一套配置走到 2026-03-10 09:00

              事项                        5
              相同                        2
              不同                        3
              · 去别的业务台              3
              · 原已结案，不同以后没人办  1
              走法不同以后，人办的 2 项没有照搬，只按时限走

              编号           从何时起不同      原来                         会是      原来到                        会到                   标题
              ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000003  2026-03-02 10:00  分类定级 → small-to-council  分类定级  红领工作站 · 待签收 🔵 蓝灯   分类定级 · 待人工定级  路灯不亮
              SQ2026-000001  2026-03-02 09:00  分类定级 → small-to-council  分类定级  红领议事厅 · 已结案 自行解决  分类定级 · 待人工定级  楼道灯不亮
              SQ2026-000005  2026-03-10 09:00  分类定级 → small-to-council  分类定级  红领议事厅 · 待上会 🟢 绿灯   分类定级 · 待人工定级  楼道灯不亮
            $ --lang en replay . --with ../other
              22 inputs of the journal, run through the other config until 2026-03-10 09:00

              matters                                   5
              same                                      2
              differ                                    3
              · go to another desk                      3
              · were closed, are open when nobody acts  1
              2 acts of people come after their matter differs and are not repeated: from there it goes by clocks alone

              Number         Differs from      Was                        Would be  Ended at                                 Would end at           Title
              ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000003  2026-03-02 10:00  Sorted → small-to-council  Sorted    Station · To be signed for 🔵 blue       Triage · To be sorted  路灯不亮
              SQ2026-000001  2026-03-02 09:00  Sorted → small-to-council  Sorted    Council · closed Solved by the compound  Triage · To be sorted  楼道灯不亮
              SQ2026-000005  2026-03-10 09:00  Sorted → small-to-council  Sorted    Council · Waiting 🟢 green               Triage · To be sorted  楼道灯不亮
            $ --lang en replay . --with ../other --of SQ2026-000001
              SQ2026-000001  楼道灯不亮

              Time              Was                                      Would be
              ────────────────────────────────────────────────────────────────────────────────────────
              2026-03-02 09:00  Opened                                   Opened
              2026-03-02 09:00  Reported → reported-to-triage            Reported → reported-to-triage
              2026-03-02 09:00  Sorted → small-to-council                Sorted
              2026-03-02 09:00  On the agenda [马爱珍]                   No route took it
              2026-03-02 09:00  Settled [马爱珍]
              2026-03-02 09:00  Closed [马爱珍]
              now               Council · closed Solved by the compound  Triage · To be sorted
              differs: go to another desk, were closed, are open when nobody acts
              2 acts of people from there on are not repeated
        "#]],
    );
}

#[test]
fn a_ladder_of_half_the_time() {
    let story = lived();
    other(&story, &[("lists/ladder.csv", "48 hours", "24 hours")]);
    check(
        &story,
        "--lang zh replay . --with ../other\n--lang zh replay . --with ../other --of SQ2026-000004\n--lang en replay . --with ../other --since 2026-03-03",
        expect![[r#"
            $ --lang zh replay . --with ../other
              日志共 22 条输入，按另一套配置走到 2026-03-10 09:00

              事项        5
              相同        2
              不同        3
              · 时限不同  3
              走法不同以后，人办的 1 项没有照搬，只按时限走

              编号           从何时起不同      原来                            会是      原来到                       会到                         标题
              ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000004  2026-03-03 04:00  签收 [潘志强] 2026-03-03 15:00  临期提醒  红领工作站 · 待签收 🟢 绿灯  红领工作站 · 待签收 🔵 蓝灯  消防通道被堵
              SQ2026-000002  2026-03-03 03:00  临期提醒 2026-03-03 21:00       临期提醒  红领工作站 · 待签收 🟢 绿灯  红领工作站 · 待签收 🔵 蓝灯  消防通道被堵
              SQ2026-000003  2026-03-06 04:00  临期提醒 2026-03-06 22:00       临期提醒  红领工作站 · 待签收 🔵 蓝灯  红领工作站 · 待签收 🟢 绿灯  路灯不亮
            $ --lang zh replay . --with ../other --of SQ2026-000004
              SQ2026-000004  消防通道被堵

              时间              原来                           会是
              ──────────────────────────────────────────────────────────────────────────────
              2026-03-02 10:00  登记                           登记
              2026-03-02 10:00  诉求登记 → reported-to-triage  诉求登记 → reported-to-triage
              2026-03-02 10:00  分类定级 → big-to-station      分类定级 → big-to-station
              2026-03-03 04:00                                 临期提醒
              2026-03-03 10:00                                 呼叫升级
              2026-03-03 15:00  签收 [潘志强]
              2026-03-03 22:00  临期提醒
              2026-03-04 10:00  呼叫升级
              2026-03-05 16:00                                 临期提醒
              2026-03-06 10:00                                 呼叫升级
              2026-03-06 16:00  临期提醒
              2026-03-07 10:00  呼叫升级
              2026-03-10 04:00                                 临期提醒
              现在              红领工作站 · 待签收 🟢 绿灯    红领工作站 · 待签收 🔵 蓝灯
              不同之处：时限不同
              从不同处起，人办的 1 项没有照搬
            $ --lang en replay . --with ../other --since 2026-03-03
              22 inputs of the journal, run through the other config until 2026-03-10 09:00

              matters  1
              same     1
              differ   0
              no difference
        "#]],
    );
    let output = run(&story.folder(), "--json replay . --with ../other");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["matters"], 5);
    assert_eq!(report["differing"].as_array().unwrap().len(), 3);
    assert_eq!(report["differing"][0]["what"], serde_json::json!(["clocks"]));
}

/// Who acted is asked anew: by the other folder's people and forms.
#[test]
fn what_would_be_refused() {
    let mut story = lived();
    story.tell(r#"act SQ2026-000005 call-up by pan-zhiqiang {"call": "no-money", "why": "没有钱可用来修", "tried": "问过三家都不肯出"}"#);
    story.stop();
    let people = std::fs::read_to_string(story.folder().join("people.csv")).unwrap();
    let line = people.lines().find(|line| line.starts_with("ma-aizhen")).unwrap().to_owned();
    let no_money = "no-money,资金没有着落,No money,,,\n";
    other(&story, &[("people.csv", &format!("{line}\n"), ""), ("lists/call-reason.csv", no_money, "")]);
    check(
        &story,
        "--lang en replay . --with ../other\n--lang zh replay . --with ../other --of SQ2026-000001",
        expect![[r#"
            $ --lang en replay . --with ../other
              23 inputs of the journal, run through the other config until 2026-03-10 09:00

              matters                                   5
              same                                      3
              differ                                    2
              · go to another desk                      1
              · what a person did is refused            2
              · were closed, are open when nobody acts  1
              3 acts of people come after their matter differs and are not repeated: from there it goes by clocks alone

              Number         Differs from      Was                                        Would be                                                                                                            Ended at                                 Would end at                         Title
              ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000001  2026-03-02 09:00  On the agenda [马爱珍]                     refused: "ma-aizhen" is nobody in the directory; did you mean "xu-aizhen" (徐爱珍)?                                 Council · closed Solved by the compound  Station · To be signed for 🟢 green  楼道灯不亮
              SQ2026-000005  2026-03-10 09:00  Called up [潘志强] → called-up-to-station  refused: call: "no-money" is not in the list "call-reason"; there are no-power, cross-unit, dispute, law-gap, time  Station · To be signed for 🟢 green      Council · Waiting 🟢 green           楼道灯不亮
            $ --lang zh replay . --with ../other --of SQ2026-000001
              SQ2026-000001  楼道灯不亮

              时间              原来                           会是
              ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
              2026-03-02 09:00  登记                           登记
              2026-03-02 09:00  诉求登记 → reported-to-triage  诉求登记 → reported-to-triage
              2026-03-02 09:00  分类定级 → small-to-council    分类定级 → small-to-council
              2026-03-02 09:00                                 被拒绝：名册中没有“ma-aizhen”；是不是“xu-aizhen”（徐爱珍）？
              2026-03-02 09:00  议题公示 [马爱珍]
              2026-03-02 09:00  议定 [马爱珍]
              2026-03-02 09:00  结案 [马爱珍]
              2026-03-04 15:00                                 临期提醒
              2026-03-05 09:00                                 呼叫 → called-up-to-station
              2026-03-06 21:00                                 临期提醒
              2026-03-07 09:00                                 呼叫升级
              2026-03-09 15:00                                 临期提醒
              2026-03-10 09:00                                 呼叫升级
              现在              红领议事厅 · 已结案 自行解决   红领工作站 · 待签收 🟢 绿灯
              不同之处：去别的业务台、人办的会被拒绝、原已结案，不同以后没人办
              从不同处起，人办的 2 项没有照搬
        "#]],
    );
}

#[test]
fn what_cannot_be_run() {
    let story = lived();
    other(&story, &[("hongling.toml", r#"to = "council""#, r#"to = "counsil""#)]);
    check(
        &story,
        "--lang en replay . --with ../other\n--lang zh replay . --with ../nowhere\n--lang en replay . --with . --of SQ2026-000099",
        expect![[r#"
            $ --lang en replay . --with ../other
            ! hongling.toml:196:6: unknown desk "counsil"; did you mean "council"?
            !     |
            ! 196 | to = "counsil"
            !     |      ^
            exit 2
            $ --lang zh replay . --with ../nowhere
            ! ~/district/../nowhere 不是配置目录：里面没有 hongling.toml；用 hongling init ../nowhere 新建一个
            exit 2
            $ --lang en replay . --with . --of SQ2026-000099
            ! there is no matter SQ2026-000099
            exit 1
        "#]],
    );
}

#[test]
fn nothing_to_run() {
    let story = Story::new();
    let made = run(&story.folder(), "init ../new --exercise 2026-03-02T09:00 --from demo");
    assert!(made.status.success());
    check(
        &story,
        "--lang zh replay ../new --with ../new",
        expect![[r#"
            $ --lang zh replay ../new --with ../new
              日志里还没有输入
        "#]],
    );
}
