//! What the real program prints, as an operator sees it in a terminal: words in the reader's language,
//! one JSON value with `--json`, whatever comes of a command.

mod json;
mod help;
mod planned;
mod reloaded;
mod ticks;
mod stopped;
mod rubbish;
mod opened;
mod graphs;
mod explained;
mod trials;
mod replays;
mod scheduled;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use expect_test::{Expect, expect};

use crate::contract::ODD_AND_EVEN;
use crate::scratch::PROGRAM;
use crate::story::Story;

/// Runs the program in a folder, `'…'` around words with spaces.
fn run(folder: &Path, line: &str) -> Output {
    let quoted = line.split('\'').enumerate();
    let words = quoted.flat_map(|(nth, part)| match nth % 2 {
        0 => part.split_whitespace().collect::<Vec<_>>(),
        _ => vec![part],
    });
    let mut command = Command::new(PROGRAM);
    command.args(words).current_dir(folder).env("HONGLING_LOG", "error");
    command.output().unwrap()
}

/// Runs each line in the district's folder, and tells what it printed: `!` before lines on stderr.
fn told(story: &Story, lines: &str) -> String {
    let mut said = String::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let output = run(&story.folder(), line);
        writeln!(said, "$ {line}").unwrap();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            writeln!(said, "{}", format!("  {line}").trim_end()).unwrap();
        }
        for line in String::from_utf8(output.stderr).unwrap().lines() {
            writeln!(said, "{}", format!("! {line}").trim_end()).unwrap();
        }
        if output.status.code() != Some(0) {
            writeln!(said, "exit {}", output.status.code().unwrap()).unwrap();
        }
    }
    story.shorten(&said)
}

fn check(story: &Story, lines: &str, expected: Expect) {
    expected.assert_eq(&told(story, lines));
}

/// An exercise of the example district with two matters.
fn exercise() -> Story {
    let mut story = Story::new();
    story.tell(
        r#"
open {"title": "楼道灯不亮", "text": "三单元一楼到三楼都不亮，请打19900001234", "place": "西苑小区"}
open {"title": "消防通道被堵", "place": "西苑小区"}
act SQ2026-000001 agenda by ma-aizhen {"session": "2026-03-04"}
act SQ2026-000001 settle by ma-aizhen {"outcome": "self", "text": "本周五前换成声控灯"}
"#,
    );
    story.become_exercise();
    story
}

#[test]
fn a_matter_in_both_languages() {
    let story = exercise();
    check(
        &story,
        "--lang zh show . SQ2026-000001\n--lang en show . SQ2026-000001",
        expect![[r#"
        $ --lang zh show . SQ2026-000001
          事项	SQ2026-000001  楼道灯不亮
          区域	西苑小区
          状态	已结案 · 红领议事厅 · 已列入议题
          标签	类别=路灯楼道灯不亮  业主共同决定=否  议事结果=自行解决  定级=小事易事  紧急=否
          登记	2026-03-02 09:00
          结果	自行解决

          三单元一楼到三楼都不亮，请打199****1234

          时间              办理过程  谁      内容                                                                                                              流转
          ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          2026-03-02 09:00  登记
          2026-03-02 09:00  诉求登记          代为登记=否；来源渠道=网页自助上报                                                                                reported-to-triage
          2026-03-02 09:00  分类定级          类别=路灯楼道灯不亮；把握（%）=100；定级=小事易事；定级依据=规则 K023（楼道灯损坏）：题目含“楼道灯”“楼道+灯不亮”  small-to-council
          2026-03-02 09:00  议题公示  马爱珍  会议日期=2026-03-04
          2026-03-02 09:00  议定      马爱珍  结果=自行解决；议定内容=本周五前换成声控灯
          2026-03-02 09:00  结案      马爱珍
        $ --lang en show . SQ2026-000001
          Matter	SQ2026-000001  楼道灯不亮
          Place	西苑小区
          Status	closed · Council · On the agenda
          Labels	Category=Street and stairway lights  Reserved to the owners=no  Council result=Solved by the compound  Size=Small  Urgent=no
          Opened	2026-03-02 09:00
          Outcome	Solved by the compound

          三单元一楼到三楼都不亮，请打199****1234

          Time              Event          By      Data                                                                                                                           Route
          ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
          2026-03-02 09:00  Opened
          2026-03-02 09:00  Reported               On behalf=no; Channel=Online form                                                                                              reported-to-triage
          2026-03-02 09:00  Sorted                 Category=Street and stairway lights; Confidence (%)=100; Size=Small; Why=规则 K023（楼道灯损坏）：题目含“楼道灯”“楼道+灯不亮”  small-to-council
          2026-03-02 09:00  On the agenda  马爱珍  Session=2026-03-04
          2026-03-02 09:00  Settled        马爱珍  Outcome=Solved by the compound; What was agreed=本周五前换成声控灯
          2026-03-02 09:00  Closed         马爱珍
    "#]],
    );
}

#[test]
fn lists_in_both_languages() {
    let story = exercise();
    check(
        &story,
        "--lang zh list .\n--lang en list .\n--lang en list . --stage to-sign\n--lang en list . --status joined",
        expect![[r#"
            $ --lang zh list .
              编号           环节                 类别              区域      亮灯     时限                   标题
              ────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000002  红领工作站 · 待签收  占用堵塞消防通道  西苑小区  🟢 绿灯  2026-03-04 周三 09:00  消防通道被堵
              SQ2026-000001  红领议事厅 · 已结案  路灯楼道灯不亮    西苑小区                                  楼道灯不亮
              共 2 件
            $ --lang en list .
              Number         Where                       Category                      Place     Lamp      Due                   Title
              ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000002  Station · To be signed for  Blocked fire lanes and exits  西苑小区  🟢 green  Wed 2026-03-04 09:00  消防通道被堵
              SQ2026-000001  Council · closed            Street and stairway lights    西苑小区                                  楼道灯不亮
              2 matters
            $ --lang en list . --stage to-sign
              Number         Where                       Category                      Place     Lamp      Due                   Title
              ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
              SQ2026-000002  Station · To be signed for  Blocked fire lanes and exits  西苑小区  🟢 green  Wed 2026-03-04 09:00  消防通道被堵
              1 matter
            $ --lang en list . --status joined
              Number  Where  Category  Place  Lamp  Due  Title
              ────────────────────────────────────────────────
              no matters
        "#]],
    );
}

#[test]
fn explanations_in_both_languages() {
    let story = exercise();
    check(
        &story,
        "
--lang zh tick . --to 2026-03-05T09:00
--lang zh explain . SQ2026-000002
--lang en explain . SQ2026-000002
--lang zh explain . --topic sorted --label size=big
--lang en explain . --topic sorted --label size=big
",
        expect![[r#"
            $ --lang zh tick . --to 2026-03-05T09:00
              现在是 2026-03-05 09:00；期间到时 2 项
            $ --lang zh explain . SQ2026-000002
              2026-03-02 09:00  系统：登记
              2026-03-02 09:00  诉求受理：诉求登记  代为登记=否；来源渠道=网页自助上报
                  reported-to-triage  适用
                  → 按规则 reported-to-triage 转到“分类定级”
              2026-03-02 09:00  分类定级：分类定级  类别=占用堵塞消防通道；把握（%）=100；定级=大事；定级依据=规则 K006（堵塞消防通道）：题目含“消防通道”
                  small-to-council  不适用：“定级”要求小事易事，实为大事
                  big-to-station  适用：“定级”要求大事或难事，实为大事
                  → 按规则 big-to-station 转到“红领工作站”
              2026-03-03 21:00  红领工作站：临期提醒  到期=2026-03-04 09:00；层级=社区红领工作站
              2026-03-04 09:00  红领工作站：呼叫升级  原层级=社区红领工作站；现层级=街道；呼叫类型=期限内没有办完

              现在在“红领工作站”（待签收）：2026-03-02 09:00 “分类定级”分类定级，按规则 big-to-station 转来
            $ --lang en explain . SQ2026-000002
              2026-03-02 09:00  Host: Opened
              2026-03-02 09:00  Intake: Reported  On behalf=no; Channel=Online form
                  reported-to-triage  takes it
                  → route reported-to-triage hands it to Triage
              2026-03-02 09:00  Triage: Sorted  Category=Blocked fire lanes and exits; Confidence (%)=100; Size=Big; Why=规则 K006（堵塞消防通道）：题目含“消防通道”
                  small-to-council  no: Size must be Small, it is Big
                  big-to-station  takes it: Size must be Big or Hard, it is Big
                  → route big-to-station hands it to Station
              2026-03-03 21:00  Station: Time is nearly over  Due=2026-03-04 09:00; Rung=Community station
              2026-03-04 09:00  Station: Called up a rung  From=Community station; To=Subdistrict; Why=Time ran out

              Now at Station (To be signed for): route big-to-station handed it over at 2026-03-02 09:00, when Triage said "Sorted"
            $ --lang zh explain . --topic sorted --label size=big
              small-to-council  不适用：“定级”要求小事易事，实为大事
              big-to-station  适用：“定级”要求大事或难事，实为大事
              → 转到“红领工作站”
            $ --lang en explain . --topic sorted --label size=big
              small-to-council  no: Size must be Small, it is Big
              big-to-station  takes it: Size must be Big or Hard, it is Big
              → goes to Station
        "#]],
    );
}

/// What names nothing is named, with what was probably meant.
#[test]
fn names_that_are_none() {
    let story = exercise();
    check(
        &story,
        "
--lang en list . --desk counsil
--lang en list . --kind requst
--lang en list . --stage on-agend
--lang en list . --stage 待上会
--lang en list . --stage nowhere --desk council
--lang en list . --label siz=big
--lang en list . --label size=bigg
--lang en list . --label urgent=maybe
--lang en list . --label category=street-lihgt
--lang en list . --place 西苑小去
--lang en list . --by 马爱真
--lang en view . council bord
--lang en explain . --topic sortd
--lang en move . SQ2026-000002 nowhere
--lang en act . SQ2026-000002 sing-for --by wang-lihua
--lang en act . SQ2026-000002 sign-for --by wang-lihu
--lang en act . nowhere sign
--lang en retry . 7
--lang en plugin trust nothing .
",
        expect![[r#"
            $ --lang en list . --desk counsil
            ! there is no desk "counsil"; did you mean "council" (Council)?
            exit 1
            $ --lang en list . --kind requst
            ! there is no kind "requst"; did you mean "request" (Request)?
            exit 1
            $ --lang en list . --stage on-agend
            ! there is no stage "on-agend"; did you mean "on-agenda" (On the agenda)?
            exit 1
            $ --lang en list . --stage 待上会
            ! there is no stage "待上会"; did you mean "waiting" (Waiting)?
            exit 1
            $ --lang en list . --stage nowhere --desk council
            ! there is no stage "nowhere"; there are waiting, on-agenda (On the agenda), consult (Talks go on)
            exit 1
            $ --lang en list . --label siz=big
            ! there is no label "siz"; did you mean "size" (Size)?
            exit 1
            $ --lang en list . --label size=bigg
            ! the label "size" has no value "bigg"; did you mean "big" (Big)?
            exit 1
            $ --lang en list . --label urgent=maybe
            ! the label "urgent" has no value "maybe"; there are true (yes), false (no)
            exit 1
            $ --lang en list . --label category=street-lihgt
            ! the label "category" has no value "street-lihgt"; did you mean "street-light" (Street and stairway lights)?
            exit 1
            $ --lang en list . --place 西苑小去
            ! there is no place "西苑小去"; did you mean "西苑小区"?
            exit 1
            $ --lang en list . --by 马爱真
            ! "马爱真" is nobody in the directory; did you mean "ma-aizhen" (马爱珍)?
            exit 1
            $ --lang en view . council bord
            ! desk "council" has no view "bord"; did you mean "board" (Council board)?
            exit 1
            $ --lang en explain . --topic sortd
            ! no desk says "sortd"; did you mean "sorted" (Sorted)?
            exit 1
            $ --lang en move . SQ2026-000002 nowhere
            ! there is no desk "nowhere"; there are council, intake, station, triage
            exit 1
            $ --lang en act . SQ2026-000002 sing-for --by wang-lihua
            ! "Station" has no action "sing-for"; did you mean "sign-for" (Sign for)?
            exit 1
            $ --lang en act . SQ2026-000002 sign-for --by wang-lihu
            ! "wang-lihu" is nobody in the directory; did you mean "wang-lihua" (王丽华)?
            exit 1
            $ --lang en act . nowhere sign
            ! "nowhere" is neither the number of a matter nor the name of a desk; there are council, intake, station, triage
            exit 1
            $ --lang en retry . 7
            ! no step or notice 7 waits; `hongling parked` lists them
            exit 1
            $ --lang en plugin trust nothing .
            ! there is no library "nothing": the config names no plugin folder; write plugins = ["plugins"] into hongling.toml and put the library there
            exit 1
        "#]],
    );
    check(
        &story,
        "
--lang zh list . --desk counsil
--lang zh list . --stage nowhere --desk council
--lang zh list . --label size=bigg
--lang zh list . --label urgent=maybe
--lang zh list . --place 西苑小去
--lang zh list . --by 马爱真
--lang zh view . council bord
--lang zh move . SQ2026-000002 nowhere
--lang zh act . SQ2026-000002 sign-for --by wang-lihu
--lang zh act . nowhere sign
--lang zh retry . 7
--lang zh plugin trust nothing .
--lang zh list nowhere
",
        expect![[r#"
            $ --lang zh list . --desk counsil
            ! 没有业务台“counsil”；是不是“council”（红领议事厅）？
            exit 1
            $ --lang zh list . --stage nowhere --desk council
            ! 没有环节“nowhere”；有：waiting（待上会）、on-agenda（已列入议题）、consult（继续协商）
            exit 1
            $ --lang zh list . --label size=bigg
            ! 标签“定级”没有值“bigg”；是不是“big”（大事）？
            exit 1
            $ --lang zh list . --label urgent=maybe
            ! 标签“紧急”没有值“maybe”；有：true（是）、false（否）
            exit 1
            $ --lang zh list . --place 西苑小去
            ! 没有区域“西苑小去”；是不是“西苑小区”？
            exit 1
            $ --lang zh list . --by 马爱真
            ! 名册中没有“马爱真”；是不是“ma-aizhen”（马爱珍）？
            exit 1
            $ --lang zh view . council bord
            ! “红领议事厅”没有查询“bord”；是不是“board”（议事台账）？
            exit 1
            $ --lang zh move . SQ2026-000002 nowhere
            ! 没有业务台“nowhere”；有：council（红领议事厅）、intake（诉求受理）、station（红领工作站）、triage（分类定级）
            exit 1
            $ --lang zh act . SQ2026-000002 sign-for --by wang-lihu
            ! 名册中没有“wang-lihu”；是不是“wang-lihua”（王丽华）？
            exit 1
            $ --lang zh act . nowhere sign
            ! “nowhere”既不是事项编号，也不是业务台；有：council（红领议事厅）、intake（诉求受理）、station（红领工作站）、triage（分类定级）
            exit 1
            $ --lang zh retry . 7
            ! 没有编号为 7 的待处理步骤或消息；hongling parked 列出全部
            exit 1
            $ --lang zh plugin trust nothing .
            ! 没有库“nothing”：配置里没有写插件目录；在 hongling.toml 里写 plugins = ["plugins"]，再把库放进去
            exit 1
            $ --lang zh list nowhere
            ! ~/district/nowhere 不是配置目录：里面没有 hongling.toml；用 hongling init nowhere 新建一个
            exit 2
        "#]],
    );
}

/// I11: a matter that is not for a person is refused like one that is not there, also where it is
/// asked whether it still lies on a desk.
#[test]
fn where_a_matter_lies_is_not_told() {
    let story = exercise();
    let refusal = |line: &str| {
        let output = run(&story.folder(), line);
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let none = refusal("--lang en --json act . SQ2026-000099 sign --by li-rongmei");
    assert_eq!(none.0, Some(1));
    assert!(none.1.starts_with(r#"{"refused":["#) && none.2.contains("not yours to see"), "{none:?}");
    for unseen in [
        "--lang en --json act . SQ2026-000002 sign --by li-rongmei",
        "--lang en --json act . SQ2026-000002 sign --by li-rongmei --at station",
        "--lang en --json act . SQ2026-000002 sign --by li-rongmei --at council",
        "--lang en --json act . SQ2026-000099 sign --by li-rongmei --at council",
    ] {
        assert_eq!(refusal(unseen), none, "{unseen}");
    }
    // Who sees it is told.
    let seen = refusal("--lang en act . SQ2026-000002 sign --by wang-lihua --at council");
    assert_eq!(seen.2, "the matter has gone on; it lies on \"Station\" now\n");
    let unseen = refusal("--json show . SQ2026-000002 --by li-rongmei");
    let none = refusal("--json show . SQ2026-000099 --by li-rongmei");
    assert_eq!(unseen.1.replace("000002", "000099"), none.1);
}

/// What failed is kept; the same once more under its key says of which matter.
#[test]
fn a_failed_act_asked_again_names_its_matter() {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    story.become_exercise();
    check(
        &story,
        "
--lang en act . TR2026-000001 try -f how=fail --key K1
--lang en act . TR2026-000001 try -f how=fail --key K1
--lang zh act . TR2026-000001 try -f how=fail --key K1
--lang en parked .
--lang zh parked .
",
        expect![[r#"
            $ --lang en act . TR2026-000001 try -f how=fail --key K1
            ! it failed, is kept, and will be tried again (see `hongling parked`): fails in a step
            exit 1
            $ --lang en act . TR2026-000001 try -f how=fail --key K1
              TR2026-000001 → Misbehaving [Waiting] (was put in before)
            $ --lang zh act . TR2026-000001 try -f how=fail --key K1
              TR2026-000001 → 捣乱台 [等待]（此前已提交）
            $ --lang en parked .
              Id  Input  Desk         Step  Matter         Tries  Next              Why
              ─────────────────────────────────────────────────────────────────────────────────────
               1      4  Misbehaving  Try   TR2026-000001      1  2026-03-02 09:00  fails in a step
            $ --lang zh parked .
              编号  输入  业务台  步骤  事项           次数  下次              原因
              ────────────────────────────────────────────────────────────────────────────────
                 1     4  捣乱台  试    TR2026-000001     1  2026-03-02 09:00  fails in a step
        "#]],
    );
}

/// What an operator did is in the log at `info`, and nothing that a resident said.
#[test]
fn what_an_operator_did_is_logged() {
    let story = exercise();
    let mut said = String::new();
    for args in [
        &["open", ".", "--title", "秘密的题目", "--place", "西苑小区", "-f", "contact=19900001234"][..],
        &["act", ".", "SQ2026-000002", "sign-for", "--by", "潘志强"],
        &["act", ".", "SQ2026-000002", "sign-for", "--by", "19900001234"],
        &["move", ".", "SQ2026-000002", "council"],
        &["tick", ".", "--to", "2026-03-03T09:00"],
        &["run", ".", "--once"],
    ] {
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en"]).args(args).current_dir(story.folder()).env("HONGLING_LOG", "info");
        let logged = String::from_utf8(command.output().unwrap().stderr).unwrap();
        assert!(!logged.contains("秘密"), "{logged}");
        for line in logged.lines() {
            // Without the time, which is the machine's.
            let line = line.split_once("  INFO ").map_or("", |(_, line)| line);
            if !line.is_empty() {
                writeln!(said, "{line}").unwrap();
            }
        }
    }
    assert!(!said.contains("19900001234"), "{said}");
    expect![[r#"
        hongling::cli::matters: An action was done. action="report" seq=15 matters="SQ2026-000003"
        hongling::cli::matters: An action was done. action="sign-for" by="pan-zhiqiang" seq=18 matters="SQ2026-000002"
        hongling::cli::matters: An input was refused. objections=1
        hongling::cli::host::waiting: A matter was handed over by hand. matter="SQ2026-000002" desk="council" seq=20
        hongling::cli::host::tick: The clock of an exercise was turned. now=2026-03-03T01:00:00Z ran=0
        hongling::cli::host::run: The host starts. folder=~/district config=<sha256> once=true
    "#]]
    .assert_eq(&story.shorten(&said));
}

/// A folder that may not be written is named, with what to do. Whoever may write everywhere tries it
/// as somebody who may not.
#[test]
fn a_folder_that_may_not_be_written() {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let story = Story::new();
    let locked = story.folder().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    let writes_everywhere = std::fs::write(locked.join("probe"), "").is_ok();
    let _ = std::fs::remove_file(locked.join("probe"));
    let mut said = String::new();
    for args in [&["--lang", "en", "init", "locked"][..], &["--lang", "zh", "init", "locked/mine"]] {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(story.folder());
        if writes_everywhere {
            command.uid(NOBODY).gid(NOBODY);
        }
        let Ok(output) = command.output() else {
            // Not `eprintln!`, which the test harness keeps to itself.
            let name = "a_folder_that_may_not_be_written";
            let _ = writeln!(std::io::stderr(), "SKIPPED {name}: this account writes everywhere");
            return;
        };
        assert_eq!(output.status.code(), Some(1));
        said.push_str(&String::from_utf8(output.stderr).unwrap());
    }
    expect![[r#"
        locked may not be written (Permission denied (os error 13)); name a folder that you may write, or get the right to
        locked/mine 不能写入（没有权限）；请换一个有写权限的目录，或者先开通这里的写权限
    "#]].assert_eq(&said);
}
