//! `check` opens desks in processes of their own: what one objects to is shown at its place, and one
//! that ends or holds up its process costs the check nothing.

use expect_test::{Expect, expect};

use super::{Story, told};

fn check(changes: &str, lines: &str, expected: Expect) {
    let mut story = Story::new();
    story.tell(changes);
    expected.assert_eq(&told(&story, lines));
}

#[test]
fn cells_that_a_desk_objects_to() {
    check(
        "change lists/keyword.csv `飞线|燃气,fire-hazard` `飞线|燃气,safety`\n\
         change lists/keyword.csv `接线板+电瓶车,,fly-line-charging` `接线板+电瓶车,,safety`",
        "--lang zh check\n--lang en check\n--lang en list",
        expect![[r#"
            $ --lang zh check
              lists/keyword.csv:2:63: 业务台“triage”：代码表 keyword 的 K001：类别“safety”不在代码表 category 中，或是大类
                |
              2 | K001,火灾隐患与冒烟,Fire hazard,,,,消防隐患|火灾隐患|起火|着火|失火|冒烟|火警|火患,飞线|燃气,safety
                |                                                                                              ^
              lists/keyword.csv:5:83: 业务台“triage”：代码表 keyword 的 K004：类别“safety”不在代码表 category 中，或是大类
                |
              5 | K004,飞线充电,Fly-line charging,,,,飞线|拉线充电|拖线板+充电|插线板+充电|从楼上+充电|楼上+充电线|窗户+充电|接线板+电瓶车,,safety
                |                                                                                                                           ^
            ! 2 个错误
            exit 2
            $ --lang en check
              lists/keyword.csv:2:63: desk "triage": list keyword, K001: "safety" is no category of the list, or a group
                |
              2 | K001,火灾隐患与冒烟,Fire hazard,,,,消防隐患|火灾隐患|起火|着火|失火|冒烟|火警|火患,飞线|燃气,safety
                |                                                                                              ^
              lists/keyword.csv:5:83: desk "triage": list keyword, K004: "safety" is no category of the list, or a group
                |
              5 | K004,飞线充电,Fly-line charging,,,,飞线|拉线充电|拖线板+充电|插线板+充电|从楼上+充电|楼上+充电线|窗户+充电|接线板+电瓶车,,safety
                |                                                                                                                           ^
            ! 2 errors
            exit 2
            $ --lang en list
            ! lists/keyword.csv:2:63: desk "triage": list keyword, K001: "safety" is no category of the list, or a group
            !   |
            ! 2 | K001,火灾隐患与冒烟,Fire hazard,,,,消防隐患|火灾隐患|起火|着火|失火|冒烟|火警|火患,飞线|燃气,safety
            !   |                                                                                              ^
            ! lists/keyword.csv:5:83: desk "triage": list keyword, K004: "safety" is no category of the list, or a group
            !   |
            ! 5 | K004,飞线充电,Fly-line charging,,,,飞线|拉线充电|拖线板+充电|插线板+充电|从楼上+充电|楼上+充电线|窗户+充电|接线板+电瓶车,,safety
            !   |                                                                                                                           ^
            exit 2
        "#]],
    );
}

fn moody(moods: &[&str]) -> String {
    let desks = moods
        .iter()
        .map(|mood| format!("\n  [desk.{mood}]\n  library = \"misbehaving\"\n  settings = {{ mood = \"{mood}\" }}"));
    let watch = "\n  [[watch]]\n  id = \"all\"\n  on = [\"again\", \"handed\"]\n  to = [\"council\"]";
    format!("add hongling.toml{}{}", desks.collect::<String>(), watch.replace("council", moods[0]))
}

#[test]
fn desks_that_end_their_process() {
    check(
        &moody(&["aborts", "leaves", "objects", "panics", "refuses", "good"]),
        "--lang zh check\n--lang en check",
        expect![[r#"
            $ --lang zh check
              hongling.toml:304:11: 业务台“aborts”按现有设置打不开：进程因信号 6 中断
                  |
              304 | library = "misbehaving"
                  |           ^
              hongling.toml:304:11: 提醒：业务台“aborts”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              304 | library = "misbehaving"
                  |           ^
              hongling.toml:307:11: 业务台“leaves”按现有设置打不开：结束了自己的进程，退出码 0
                  |
              307 | library = "misbehaving"
                  |           ^
              hongling.toml:307:11: 提醒：业务台“leaves”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              307 | library = "misbehaving"
                  |           ^
              hongling.toml:310:11: 提醒：业务台“objects”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              310 | library = "misbehaving"
                  |           ^
              hongling.toml:311:21: 业务台“objects”不接受设置“mood”：这种脾气不行
                  |
              311 | settings = { mood = "objects" }
                  |                     ^
              hongling.toml:313:11: 业务台“panics”按现有设置打不开：panicked while it was opened: in a mood at opening
                  |
              313 | library = "misbehaving"
                  |           ^
              hongling.toml:313:11: 提醒：业务台“panics”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              313 | library = "misbehaving"
                  |           ^
              hongling.toml:316:11: 业务台“refuses”按现有设置打不开：不想开
                  |
              316 | library = "misbehaving"
                  |           ^
              hongling.toml:316:11: 提醒：业务台“refuses”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              316 | library = "misbehaving"
                  |           ^
              hongling.toml:319:11: 提醒：业务台“good”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              319 | library = "misbehaving"
                  |           ^
            ! 5 个错误
            exit 2
            $ --lang en check
              hongling.toml:304:11: desk "aborts" does not open with its settings: ended its process: signal 6
                  |
              304 | library = "misbehaving"
                  |           ^
              hongling.toml:304:11: warning: desk "aborts" sends notices (told), and there is no outlet for them; write an [[outlet]]
                  |
              304 | library = "misbehaving"
                  |           ^
              hongling.toml:307:11: desk "leaves" does not open with its settings: ended its process with exit code 0
                  |
              307 | library = "misbehaving"
                  |           ^
              hongling.toml:307:11: warning: desk "leaves" sends notices (told), and there is no outlet for them; write an [[outlet]]
                  |
              307 | library = "misbehaving"
                  |           ^
              hongling.toml:310:11: warning: desk "objects" sends notices (told), and there is no outlet for them; write an [[outlet]]
                  |
              310 | library = "misbehaving"
                  |           ^
              hongling.toml:311:21: desk "objects" does not take the setting "mood": is not the mood for it
                  |
              311 | settings = { mood = "objects" }
                  |                     ^
              hongling.toml:313:11: desk "panics" does not open with its settings: panicked while it was opened: in a mood at opening
                  |
              313 | library = "misbehaving"
                  |           ^
              hongling.toml:313:11: warning: desk "panics" sends notices (told), and there is no outlet for them; write an [[outlet]]
                  |
              313 | library = "misbehaving"
                  |           ^
              hongling.toml:316:11: desk "refuses" does not open with its settings: does not want to
                  |
              316 | library = "misbehaving"
                  |           ^
              hongling.toml:316:11: warning: desk "refuses" sends notices (told), and there is no outlet for them; write an [[outlet]]
                  |
              316 | library = "misbehaving"
                  |           ^
              hongling.toml:319:11: warning: desk "good" sends notices (told), and there is no outlet for them; write an [[outlet]]
                  |
              319 | library = "misbehaving"
                  |           ^
            ! 5 errors
            exit 2
        "#]],
    );
}

#[test]
fn a_desk_that_never_opens() {
    check(
        &moody(&["hangs"]),
        "--lang zh check",
        expect![[r#"
            $ --lang zh check
              hongling.toml:304:11: 业务台“hangs”按现有设置打不开：5000 毫秒内没有返回，进程已停止
                  |
              304 | library = "misbehaving"
                  |           ^
              hongling.toml:304:11: 提醒：业务台“hangs”会发消息（told），但没有推送渠道；写一段 [[outlet]]
                  |
              304 | library = "misbehaving"
                  |           ^
            ! 1 个错误
            exit 2
        "#]],
    );
}

#[test]
fn a_new_folder_has_no_problems() {
    check(
        "",
        "--lang zh init ../new\n--lang zh check ../new\n--lang en check ../new",
        expect![[r#"
            $ --lang zh init ../new
              已建好 ../new：先看 hongling.toml，再运行 hongling check ../new
            $ --lang zh check ../new
              没有发现问题
            $ --lang en check ../new
              no problems
        "#]],
    );
}
