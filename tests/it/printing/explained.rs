//! `explain` tells the router's decisions: by the config that was in force, or of what has not happened.

use expect_test::{Expect, expect};

use super::{Story, exercise, told};

fn check(story: &Story, lines: &str, expected: Expect) {
    expected.assert_eq(&told(story, lines));
}

/// Each step is told by the config of its time; what today's would do stands beside it.
#[test]
fn a_way_through_two_configs() {
    let story = exercise();
    let main = story.folder().join("hongling.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    let before = "id = \"small-to-council\"\non = \"sorted\"\nwhen = { size = \"small\" }";
    assert!(text.contains(before));
    let after = "id = \"urgent-to-station\"\non = \"sorted\"\nfrom = \"triage\"\nwhen = { urgent = true, place = \"daguan/linghu/**\" }\nto = \"station\"\n\n\
        [[route]]\nid = \"small-by-hand\"\non = \"sorted\"\nwhen = { size = \"small\" }";
    std::fs::write(&main, text.replace(before, after)).unwrap();
    check(
        &story,
        "
--lang zh tick . --to 2026-03-02T09:30
--lang zh open . --title 楼道灯不亮 --place 西苑小区
--lang zh explain . SQ2026-000001
--lang en explain . SQ2026-000001
--lang zh explain . SQ2026-000003
--lang en act . SQ2026-000002 sort-back --by pan-zhiqiang -f reason=定错了
--lang en explain . SQ2026-000002
",
        expect![[r#"
            $ --lang zh tick . --to 2026-03-02T09:30
              现在是 2026-03-02 09:30；期间到时 0 项
            $ --lang zh open . --title 楼道灯不亮 --place 西苑小区
              SQ2026-000003 → 红领议事厅 [待上会]  查询码 <code>
            $ --lang zh explain . SQ2026-000001
              2026-03-02 09:00  系统：登记
              2026-03-02 09:00  诉求受理：诉求登记  代为登记=否；来源渠道=网页自助上报
                  reported-to-triage  适用
                  → 按规则 reported-to-triage 转到“分类定级”
              2026-03-02 09:00  分类定级：分类定级  类别=路灯楼道灯不亮；把握（%）=100；定级=小事易事；定级依据=规则 K023（楼道灯损坏）：题目含“楼道灯”“楼道+灯不亮”
                  small-to-council  适用：“定级”是小事易事
                  → 按规则 small-to-council 转到“红领议事厅”
                  （按现行配置会是：small-by-hand）
              2026-03-02 09:00  红领议事厅：议题公示  会议日期=2026-03-04
              2026-03-02 09:00  红领议事厅：议定  结果=自行解决；议定内容=本周五前换成声控灯
              2026-03-02 09:00  系统：结案

              现在在“红领议事厅”（已结案）：2026-03-02 09:00 “分类定级”分类定级，按规则 small-to-council 转来
            $ --lang en explain . SQ2026-000001
              2026-03-02 09:00  Host: Opened
              2026-03-02 09:00  Intake: Reported  On behalf=no; Channel=Online form
                  reported-to-triage  takes it
                  → route reported-to-triage hands it to Triage
              2026-03-02 09:00  Triage: Sorted  Category=Street and stairway lights; Confidence (%)=100; Size=Small; Why=规则 K023（楼道灯损坏）：题目含“楼道灯”“楼道+灯不亮”
                  small-to-council  takes it: Size is Small
                  → route small-to-council hands it to Council
                  (by today's config it would be: small-by-hand)
              2026-03-02 09:00  Council: On the agenda  Session=2026-03-04
              2026-03-02 09:00  Council: Settled  Outcome=Solved by the compound; What was agreed=本周五前换成声控灯
              2026-03-02 09:00  Host: Closed

              Now at Council (closed): route small-to-council handed it over at 2026-03-02 09:00, when Triage said "Sorted"
            $ --lang zh explain . SQ2026-000003
              2026-03-02 09:30  系统：登记
              2026-03-02 09:30  诉求受理：诉求登记  代为登记=否；来源渠道=网页自助上报
                  reported-to-triage  适用
                  → 按规则 reported-to-triage 转到“分类定级”
              2026-03-02 09:30  分类定级：分类定级  类别=路灯楼道灯不亮；把握（%）=100；定级=小事易事；定级依据=规则 K023（楼道灯损坏）：题目含“楼道灯”“楼道+灯不亮”
                  urgent-to-station  不适用：“紧急”要求是，实为否；“发出的业务台”是分类定级；“区域”要求菱湖街道范围内，实为西苑小区
                  small-by-hand  适用：“定级”是小事易事
                  → 按规则 small-by-hand 转到“红领议事厅”

              现在在“红领议事厅”（待上会）：2026-03-02 09:30 “分类定级”分类定级，按规则 small-by-hand 转来
            $ --lang en act . SQ2026-000002 sort-back --by pan-zhiqiang -f reason=定错了
              SQ2026-000002 → Triage [To be sorted]
            $ --lang en explain . SQ2026-000002
              -- config 1 --
              2026-03-02 09:00  Host: Opened
              2026-03-02 09:00  Intake: Reported  On behalf=no; Channel=Online form
                  reported-to-triage  takes it
                  → route reported-to-triage hands it to Triage
              2026-03-02 09:00  Triage: Sorted  Category=Blocked fire lanes and exits; Confidence (%)=100; Size=Big; Why=规则 K006（堵塞消防通道）：题目含“消防通道”
                  small-to-council  no: Size must be Small, it is Big
                  big-to-station  takes it: Size must be Big or Hard, it is Big
                  → route big-to-station hands it to Station
                  (by today's config it would be: urgent-to-station)
              -- config 2 (today's) --
              2026-03-02 09:30  Station: To be sorted again  Reason=定错了
                  back-to-triage  takes it
                  → route back-to-triage hands it to Triage

              Now at Triage (To be sorted): route back-to-triage handed it over at 2026-03-02 09:30, when Station said "To be sorted again"
        "#]],
    );
}

#[test]
fn an_event_that_has_not_happened() {
    let mut story = exercise();
    story.tell("add hongling.toml\n  [[watch]]\n  id = \"told\"\n  on = [\"sorted\"]\n  to = [\"station\"]");
    check(
        &story,
        "
--lang zh explain . --event sorted --from triage --place 西苑小区 --label size=small --label urgent=true
--lang en explain . --event sorted --label size=small
--lang en explain . --event sorted
--lang en explain . --event sorted --label siz=small
--lang en explain . --event sorted --label size=smal
--lang en explain . --event sorted --kind session
--lang en explain . --event called-up --from triage
--json explain . --event sorted --label size=hard
",
        expect![[r#"
            $ --lang zh explain . --event sorted --from triage --place 西苑小区 --label size=small --label urgent=true
              small-to-council  适用：“定级”是小事易事
              → 转到“红领议事厅”
              ⇢ 抄送：红领工作站
            $ --lang en explain . --event sorted --label size=small
              small-to-council  takes it: Size is Small
              → goes to Council
              ⇢ also told: Station
            $ --lang en explain . --event sorted
              small-to-council  no: Size must be Small, it has none
              big-to-station  no: Size must be Big or Hard, it has none
              → no route takes it; it stays where it is
              ⇢ also told: Station
            $ --lang en explain . --event sorted --label siz=small
            ! there is no label "siz"; did you mean "size" (Size)?
            exit 1
            $ --lang en explain . --event sorted --label size=smal
            ! the label "size" has no value "smal"; did you mean "small" (Small)?
            exit 1
            $ --lang en explain . --event sorted --kind session
            ! on that desk there is no kind "session"; there is only request
            exit 1
            $ --lang en explain . --event called-up --from triage
            ! desk "triage" does not say "called-up"; there is only sorted
            exit 1
            $ --json explain . --event sorted --label size=hard
              {"from":"triage","kind":"request","labels":{"size":"hard"},"place":"daguan","route":"big-to-station","to":"station","told":["station"],"topic":"sorted","tried":[{"got":"hard","key":"size","pass":false,"route":"small-to-council","wanted":"small"},{"got":"hard","key":"size","pass":true,"route":"big-to-station","wanted":"big | hard"}]}
        "#]],
    );
}

/// Where the matter is, and why: by a route, by hand, or because nothing took it.
#[test]
fn why_it_is_there() {
    let story = exercise();
    check(
        &story,
        "
--lang zh move . SQ2026-000002 council
--lang zh explain . SQ2026-000002
--lang en explain . SQ2026-000002
",
        expect![[r#"
            $ --lang zh move . SQ2026-000002 council
              SQ2026-000002 → 红领议事厅 [待上会]
            $ --lang zh explain . SQ2026-000002
              2026-03-02 09:00  系统：登记
              2026-03-02 09:00  诉求受理：诉求登记  代为登记=否；来源渠道=网页自助上报
                  reported-to-triage  适用
                  → 按规则 reported-to-triage 转到“分类定级”
              2026-03-02 09:00  分类定级：分类定级  类别=占用堵塞消防通道；把握（%）=100；定级=大事；定级依据=规则 K006（堵塞消防通道）：题目含“消防通道”
                  small-to-council  不适用：“定级”要求小事易事，实为大事
                  big-to-station  适用：“定级”要求大事或难事，实为大事
                  → 按规则 big-to-station 转到“红领工作站”
              2026-03-02 09:00  系统：人工移交

              现在在“红领议事厅”（待上会）：2026-03-02 09:00 由人工移交过来
            $ --lang en explain . SQ2026-000002
              2026-03-02 09:00  Host: Opened
              2026-03-02 09:00  Intake: Reported  On behalf=no; Channel=Online form
                  reported-to-triage  takes it
                  → route reported-to-triage hands it to Triage
              2026-03-02 09:00  Triage: Sorted  Category=Blocked fire lanes and exits; Confidence (%)=100; Size=Big; Why=规则 K006（堵塞消防通道）：题目含“消防通道”
                  small-to-council  no: Size must be Small, it is Big
                  big-to-station  takes it: Size must be Big or Hard, it is Big
                  → route big-to-station hands it to Station
              2026-03-02 09:00  Host: Moved by hand

              Now at Council (Waiting): it was moved there by hand at 2026-03-02 09:00
        "#]],
    );
}
