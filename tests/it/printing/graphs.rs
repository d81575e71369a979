//! `graph`: the example in both languages, and what nothing reaches or never matches, marked.

use expect_test::{Expect, expect};

use super::{Story, told};
use crate::tidy::source::root;

fn check(changes: &str, lines: &str, expected: Expect) {
    let mut story = Story::new();
    story.tell(changes);
    expected.assert_eq(&told(&story, lines));
}

#[test]
fn the_example_in_both_languages() {
    check(
        "",
        "--lang zh graph\n--lang en graph\n--lang zh graph --format mermaid",
        expect![[r#"
        $ --lang zh graph
          大观区

          诉求受理 (intake)  ← 登记诉求
            ☺ 登记诉求  ⇒  诉求登记 reported
              → 分类定级  [reported-to-triage]

          分类定级 (triage)
            ✉ 诉求登记、☺ 定级  ⇒  分类定级 sorted
              → 红领议事厅  [small-to-council]  定级为小事易事
              → 红领工作站  [big-to-station]  定级为大事或难事

          红领议事厅 (council)
            ☺ 呼叫、☺ 议定、⏱ 议事时限  ⇒  呼叫 called-up
              → 红领工作站  [called-up-to-station]
            ☺ 退回定级  ⇒  退回定级 sort-wanted
              → 分类定级  [back-to-triage]

          红领工作站 (station)
            ☺ 转议事会  ⇒  转议事会 sent-down
              → 红领议事厅  [sent-down-to-council]
            ☺ 退回定级  ⇒  退回定级 sort-wanted
              → 分类定级  [back-to-triage]
        $ --lang en graph
          Daguan District

          Intake (intake)  ← Report
            ☺ Report  ⇒  Reported reported
              → Triage  [reported-to-triage]

          Triage (triage)
            ✉ Reported, ☺ Sort  ⇒  Sorted sorted
              → Council  [small-to-council]  Size is Small
              → Station  [big-to-station]  Size is Big or Hard

          Council (council)
            ☺ Call up, ☺ Settle, ⏱ Time to settle  ⇒  Called up called-up
              → Station  [called-up-to-station]
            ☺ Send back to be sorted  ⇒  To be sorted again sort-wanted
              → Triage  [back-to-triage]

          Station (station)
            ☺ Send down to the council  ⇒  Sent down to the council sent-down
              → Council  [sent-down-to-council]
            ☺ Send back to be sorted  ⇒  To be sorted again sort-wanted
              → Triage  [back-to-triage]
        $ --lang zh graph --format mermaid
          flowchart TD
              desk_intake["诉求受理"]
              in0(["登记诉求"]) --> desk_intake
              desk_triage["分类定级"]
              desk_council["红领议事厅"]
              desk_station["红领工作站"]
              desk_intake -- "诉求登记" --> desk_triage
              desk_triage -- "分类定级<br>定级为小事易事" --> desk_council
              desk_triage -- "分类定级<br>定级为大事或难事" --> desk_station
              desk_council -- "呼叫" --> desk_station
              desk_council -- "退回定级" --> desk_triage
              desk_station -- "转议事会" --> desk_council
              desk_station -- "退回定级" --> desk_triage
    "#]],
    );
}

/// A desk apart, a route behind one that takes all, a watch, and a title with what Mermaid reads.
const ODD: &str = r#"
add hongling.toml
  [[route]]
  id = "small-again"
  on = "sorted"
  when = { size = "small", place = "daguan/linghu/**" }
  to = "station"

  [desk.apart]
  library = "council"
  title = { zh = "另一个<议事厅>", en = "Another \"council\"" }

  [[watch]]
  id = "told-too"
  on = ["settled"]
  when = { result = { not = "reject" } }
  to = ["triage"]
"#;

#[test]
fn what_is_out_of_reach_is_marked() {
    check(
        &ODD.replace("  to = [\"triage\"]", "  to = [\"odd\"]\n\n  [desk.odd]\n  library = \"misbehaving\""),
        "--lang zh graph\n--lang en graph --format mermaid",
        expect![[r#"
            $ --lang zh graph
              大观区

              诉求受理 (intake)  ← 登记诉求
                ☺ 登记诉求  ⇒  诉求登记 reported
                  → 分类定级  [reported-to-triage]

              分类定级 (triage)
                ✉ 诉求登记、☺ 定级  ⇒  分类定级 sorted
                  → 红领议事厅  [small-to-council]  定级为小事易事
                  → 红领工作站  [big-to-station]  定级为大事或难事
                  → 红领工作站  [small-again]  定级为小事易事，区域为菱湖街道范围内  ✗ 永远用不到

              红领议事厅 (council)
                议定 settled
                  ⇢ 抄送 捣乱台  [told-too]  议事结果为非不予支持
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

              另一个<议事厅> (apart)  ✗ 没有事项会到这里
                议定 settled
                  ⇢ 抄送 捣乱台  [told-too]  议事结果为非不予支持
                ☺ 呼叫、☺ 议定、⏱ 议事时限  ⇒  呼叫 called-up
                  → 红领工作站  [called-up-to-station]
                ☺ 退回定级  ⇒  退回定级 sort-wanted
                  → 分类定级  [back-to-triage]

              捣乱台 (odd)  ← 开始
                交出 handed
                  ✗ 没有人接
                再来 again
                  ✗ 没有人接
            $ --lang en graph --format mermaid
              flowchart TD
                  desk_intake["Intake"]
                  in0(["Report"]) --> desk_intake
                  desk_triage["Triage"]
                  desk_council["Council"]
                  desk_station["Station"]
                  desk_apart["Another #quot;council#quot;"]
                  desk_odd["Misbehaving"]
                  in5(["Start"]) --> desk_odd
                  desk_intake -- "Reported" --> desk_triage
                  desk_triage -- "Sorted<br>Size is Small" --> desk_council
                  desk_triage -- "Sorted<br>Size is Big or Hard" --> desk_station
                  desk_triage -. "✗ Sorted<br>Size is Small, place is within Linghu Subdistrict" .-> desk_station
                  desk_council -. "Settled<br>Council result is not Not supported" .-> desk_odd
                  desk_council -- "Called up" --> desk_station
                  desk_council -- "To be sorted again" --> desk_triage
                  desk_station -. "Resolved" .-> desk_odd
                  desk_station -- "Sent down to the council" --> desk_council
                  desk_station -- "To be sorted again" --> desk_triage
                  desk_apart -. "Settled<br>Council result is not Not supported" .-> desk_odd
                  desk_apart -- "Called up" --> desk_station
                  desk_apart -- "To be sorted again" --> desk_triage
                  classDef unreached stroke:#c00,stroke-dasharray:4
                  class desk_apart unreached
                  %% ✗ never matches; red dashes: nothing reaches it
        "#]],
    );
}

#[test]
fn the_readmes_picture_is_the_examples() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let picture = readme.split("```mermaid\n").nth(1).and_then(|rest| rest.split("```").next());
    let story = Story::new();
    let drawn = told(&story, "--lang en graph --format mermaid");
    let drawn: String =
        drawn.lines().skip(1).map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    assert_eq!(
        picture,
        Some(drawn.as_str()),
        "put what `hongling --lang en graph --format mermaid` draws of host/demo there"
    );
}
