//! `test`: what a district's tests come to, and what none of them reaches.

use expect_test::expect;

use super::{check, run};
use crate::story::Story;

/// The example's own tests hold, and reach every route and every action.
#[test]
fn the_tests_of_the_example() {
    let story = Story::new();
    check(
        &story,
        "--lang zh test . --deny-unreached",
        expect![[r#"
        $ --lang zh test . --deny-unreached
          ✓ 小事直接上议事会，议定就办结
          ✓ 小事没人管，三天后自动呼叫工作站
          ✓ 议事会办不了，呼叫工作站；其实能商量的，转回小区
          ✓ 大事进工作站：签收、交办、退回、再交办、办结
          ✓ 没人签收就呼叫上一级，签收人也跟着换
          ✓ 挂账的停表，恢复后接着走，可以延期
          ✓ 定错了的退回去再定，大小都行
    "#]],
    );
}

/// Another way of working: what the tests wanted, and what came.
#[test]
fn what_came_instead() {
    let mut story = Story::new();
    story.tell(
        "change hongling.toml `when = { size = \"small\" }` `when = { size = \"hard\" }`\n\
         change desks/council.toml `72 hours` `48 hours`",
    );
    check(
        &story,
        "--lang zh test . --only 小事\n--lang en test . --only 小事\n--lang en test . --only 没有\n\
         --lang en test . --only 挂账 --json",
        expect![[r#"
            $ --lang zh test . --only 小事
              ✗ 小事直接上议事会，议定就办结   tests/flow.toml:22
                  tests/flow.toml:28  第 1 步之后（act agenda）
                  - refused = false
                  + refused = “分类定级”没有操作“agenda”；只有 sort（定级）
              ✗ 小事没人管，三天后自动呼叫工作站   tests/flow.toml:32
                  tests/flow.toml:38  第 1 步之后（until 2026-03-05 08:59）
                  - desk = council
                  + desk = triage
                  - stage = waiting
                  + stage = to-sort
                  tests/flow.toml:36  第 2 步之后（until 2026-03-05 09:00）
                  - desk = station
                  + desk = triage
                  - stage = to-sign
                  + stage = to-sort
                  - route = small-to-council → called-up-to-station
                  + route = reported-to-triage
            ! 2 项测试，2 项不通过
            exit 1
            $ --lang en test . --only 小事
              ✗ 小事直接上议事会，议定就办结   tests/flow.toml:22
                  tests/flow.toml:28  after step 1 (act agenda)
                  - refused = false
                  + refused = "Triage" has no action "agenda"; there is only sort
              ✗ 小事没人管，三天后自动呼叫工作站   tests/flow.toml:32
                  tests/flow.toml:38  after step 1 (until 2026-03-05 08:59)
                  - desk = council
                  + desk = triage
                  - stage = waiting
                  + stage = to-sort
                  tests/flow.toml:36  after step 2 (until 2026-03-05 09:00)
                  - desk = station
                  + desk = triage
                  - stage = to-sign
                  + stage = to-sort
                  - route = small-to-council → called-up-to-station
                  + route = reported-to-triage
            ! 2 of 2 tests failed
            exit 1
            $ --lang en test . --only 没有

            ! there is no such test
            exit 1
            $ --lang en test . --only 挂账 --json
              {"tests":[{"differences":[],"name":"挂账的停表，恢复后接着走，可以延期","passed":true,"place":"tests/flow.toml:80"}],"unreached":null}
        "#]],
    );
}

/// A district goes on with tests that no longer fit it; they are not run until they do.
#[test]
fn tests_that_no_longer_fit() {
    let mut story = Story::new();
    story.tell(
        r#"
write tests/flow.toml
  [[test]]
  name = "小事上议事会"
  open = { title = "楼道灯不亮", place = "西苑小区" }
  expect = { route = ["small-to-hall"], stage = "waitng" }
"#,
    );
    check(
        &story,
        "--lang en check .\n--lang zh test .\n--lang en run . --once",
        expect![[r#"
        $ --lang en check .
          tests/flow.toml:4:21: warning: unknown route "small-to-hall"; there are reported-to-triage, back-to-triage, small-to-council, big-to-station, called-up-to-station, sent-down-to-council
            |
          4 | expect = { route = ["small-to-hall"], stage = "waitng" }
            |                     ^
          tests/flow.toml:4:47: warning: unknown stage "waitng"; did you mean "waiting"?
            |
          4 | expect = { route = ["small-to-hall"], stage = "waitng" }
            |                                               ^
        $ --lang zh test .
        ! tests/flow.toml:4:21: 提醒：没有流转规则“small-to-hall”；有：reported-to-triage、back-to-triage、small-to-council、big-to-station、called-up-to-station、sent-down-to-council
        !   |
        ! 4 | expect = { route = ["small-to-hall"], stage = "waitng" }
        !   |                     ^
        ! tests/flow.toml:4:47: 提醒：没有环节“waitng”；是不是“waiting”？
        !   |
        ! 4 | expect = { route = ["small-to-hall"], stage = "waitng" }
        !   |                                               ^
        exit 2
        $ --lang en run . --once
          Desk     Open  Closed  Unrouted
          ───────────────────────────────
          Council     0       0         0
          Intake      0       0         0
          Station     0       0         0
          Triage      0       0         0
    "#]],
    );
}

/// One small test reaches little.
#[test]
fn what_no_test_reaches() {
    let mut story = Story::new();
    story.tell(
        r#"
write tests/flow.toml
  [[test]]
  name = "小事上议事会"
  open = { title = "楼道灯不亮", place = "西苑小区" }
  expect = { route = ["small-to-council"] }
"#,
    );
    check(
        &story,
        "--lang en test . --only 小事\n--lang en test . --deny-unreached\n--lang zh test .",
        expect![[r#"
            $ --lang en test . --only 小事
              ✓ 小事上议事会
            $ --lang en test . --deny-unreached
              ✓ 小事上议事会
              Routes that no test reaches: back-to-triage, big-to-station, called-up-to-station, sent-down-to-council
              Actions that no test reaches:
                  council agenda  Put on the agenda
                  council settle  Settle
                  council call-up  Call up
                  council sort-back  Send back to be sorted
                  station sign-for  Sign for
                  station send  Send to a unit
                  station resolve  Resolve
                  station return  Return
                  station suspend  Suspend
                  station resume  Resume
                  station extend  Extend
                  station call-up  Call up
                  station send-down  Send down to the council
                  station sort-back  Send back to be sorted
                  triage sort  Sort
            ! 19 routes, actions and schedules are reached by no test
            exit 1
            $ --lang zh test .
              ✓ 小事上议事会
              没有测试到的流转规则：back-to-triage、big-to-station、called-up-to-station、sent-down-to-council
              没有测试到的操作：
                  council agenda  列入议题
                  council settle  议定
                  council call-up  呼叫
                  council sort-back  退回定级
                  station sign-for  签收
                  station send  交办
                  station resolve  办结
                  station return  退回
                  station suspend  挂账
                  station resume  恢复办理
                  station extend  延期
                  station call-up  呼叫上级
                  station send-down  转议事会
                  station sort-back  退回定级
                  triage sort  定级
        "#]],
    );
}

/// What is booked, through a desk that books.
#[test]
fn balances() {
    let mut story = Story::new();
    story.tell(
        r#"
write tests/flow.toml
  [[test]]
  name = "停车费进公共收益"
  open = { title = "路灯不亮", place = "西苑小区" }
  then = [
      { act = "book", desk = "till", form = { transfers = [{ key = "V1", from = "outside", to = "common(place:daguan/linghu/huamao/xiyuan)", amount = 1248000 }] } },
      { act = "book", desk = "till", form = { transfers = [{ key = "V2", from = "common(place:daguan/linghu/huamao/xiyuan)", to = "outside", amount = 9248000 }] }, expect = { refused = true } },
  ]
  expect = { balances = { "till/common(place:daguan/linghu/huamao/xiyuan)" = 1248001, "till/outside" = -1248000, "till/issued" = 0 } }
add hongling.toml
  [desk.till]
  library = "bookkeeping"
  credits = { elsewhere = "fund/common" }

  [desk.fund]
  library = "bookkeeping"
  credits = { elsewhere = "till/common" }
"#,
    );
    check(
        &story,
        "--lang en check .\n--lang en test . --only 停车费",
        expect![[r#"
            $ --lang en check .
              no problems
            $ --lang en test . --only 停车费
              ✗ 停车费进公共收益   tests/flow.toml:1
                  tests/flow.toml:8  after step 2 (act book)
                  - balances."till/common(place:daguan/linghu/huamao/xiyuan)" = 1248001
                  + balances."till/common(place:daguan/linghu/huamao/xiyuan)" = 1248000
            ! 1 of 1 tests failed
            exit 1
        "#]],
    );
    assert!(!run(&story.folder(), "test .").status.success());
}

/// Who got which notice by which outlet; nothing leaves.
#[test]
fn notices_of_a_trial() {
    let mut story = Story::new();
    story.tell(
        r#"
write tests/flow.toml
  [[test]]
  name = "叫人"
  open = { title = "楼道灯不亮", place = "daguan/linghu/huamao/xiyuan", contact = "19900001234" }
  then = [
      { act = "greet", desk = "herald", form = { whom = ["person:ma-aizhen"], words = "开会" }, expect = { notices = [{ notice = "herald.hello", to = "马爱珍", outlet = "archive" }] } },
      { act = "greet", desk = "herald", form = { whom = ["person:gao-zhonghe"], words = "开会" }, expect = { notices = [] } },
  ]
  expect = { notices = [{ notice = "herald.hello", to = "reporters" }, { notice = "herald.called" }, { notice = "herald.hello", to = "gao-zhonghe" }] }
add hongling.toml
  [desk.herald]
  library = "herald"

  [desk.files]
  library = "notices"
  grants = { file = ["outbox/*"] }

  [[outlet]]
  id = "archive"
  desk = "files"
"#,
    );
    check(
        &story,
        "--lang en check .\n--lang zh test . --only 叫人\n--lang en test . --only 叫人",
        expect![[r#"
        $ --lang en check .
          no problems
        $ --lang zh test . --only 叫人
          ✗ 叫人   tests/flow.toml:1
              tests/flow.toml:6  第 2 步之后（act greet）
              - notices = []
              + notices = herald.hello → ma-aizhen (archive)；herald.hello → gao-zhonghe (archive)
              tests/flow.toml:8  第 2 步之后（act greet）
              - notices = herald.hello → reporters
              + notices = herald.hello → ma-aizhen (archive)；herald.hello → gao-zhonghe (archive)
              - notices = herald.called
              + notices = herald.hello → ma-aizhen (archive)；herald.hello → gao-zhonghe (archive)
        ! 1 项测试，1 项不通过
        exit 1
        $ --lang en test . --only 叫人
          ✗ 叫人   tests/flow.toml:1
              tests/flow.toml:6  after step 2 (act greet)
              - notices = []
              + notices = herald.hello → ma-aizhen (archive); herald.hello → gao-zhonghe (archive)
              tests/flow.toml:8  after step 2 (act greet)
              - notices = herald.hello → reporters
              + notices = herald.hello → ma-aizhen (archive); herald.hello → gao-zhonghe (archive)
              - notices = herald.called
              + notices = herald.hello → ma-aizhen (archive); herald.hello → gao-zhonghe (archive)
        ! 1 of 1 tests failed
        exit 1
    "#]],
    );
    story.tell(
        "change tests/flow.toml `notice = \"herald.hello\", to = \"马爱珍\"` `notice = \"herald.helo\", to = \"马\"`\n\
         change tests/flow.toml `notice = \"herald.called\"` `notice = \"called\", outlet = \"archiv\"`",
    );
    check(
        &story,
        "--lang en check .\n--lang zh check .",
        expect![[r#"
            $ --lang en check .
              tests/flow.toml:5:126: warning: desk "herald" has no notice "helo"; did you mean "hello"?
                |
              5 |     { act = "greet", desk = "herald", form = { whom = ["person:ma-aizhen"], words = "开会" }, expect = { notices = [{ notice = "herald.helo", to = "马", outlet = "archive" }] } },
                |                                                                                                                                ^
              tests/flow.toml:5:146: warning: "马" is nobody in the directory; people stand in people.csv
                |
              5 |     { act = "greet", desk = "herald", form = { whom = ["person:ma-aizhen"], words = "开会" }, expect = { notices = [{ notice = "herald.helo", to = "马", outlet = "archive" }] } },
                |                                                                                                                                                    ^
              tests/flow.toml:8:81: warning: notice "called" is not "desk.notice"
                |
              8 | expect = { notices = [{ notice = "herald.hello", to = "reporters" }, { notice = "called", outlet = "archiv" }, { notice = "herald.hello", to = "gao-zhonghe" }] }
                |                                                                                 ^
              tests/flow.toml:8:100: warning: unknown outlet "archiv"; did you mean "archive"?
                |
              8 | expect = { notices = [{ notice = "herald.hello", to = "reporters" }, { notice = "called", outlet = "archiv" }, { notice = "herald.hello", to = "gao-zhonghe" }] }
                |                                                                                                    ^
            $ --lang zh check .
              tests/flow.toml:5:126: 提醒：业务台“herald”没有消息“helo”；是不是“hello”？
                |
              5 |     { act = "greet", desk = "herald", form = { whom = ["person:ma-aizhen"], words = "开会" }, expect = { notices = [{ notice = "herald.helo", to = "马", outlet = "archive" }] } },
                |                                                                                                                                ^
              tests/flow.toml:5:146: 提醒：名册中没有“马”；人员见 people.csv
                |
              5 |     { act = "greet", desk = "herald", form = { whom = ["person:ma-aizhen"], words = "开会" }, expect = { notices = [{ notice = "herald.helo", to = "马", outlet = "archive" }] } },
                |                                                                                                                                                    ^
              tests/flow.toml:8:81: 提醒：notice “called”不是“业务台.消息”
                |
              8 | expect = { notices = [{ notice = "herald.hello", to = "reporters" }, { notice = "called", outlet = "archiv" }, { notice = "herald.hello", to = "gao-zhonghe" }] }
                |                                                                                 ^
              tests/flow.toml:8:100: 提醒：没有推送渠道“archiv”；是不是“archive”？
                |
              8 | expect = { notices = [{ notice = "herald.hello", to = "reporters" }, { notice = "called", outlet = "archiv" }, { notice = "herald.hello", to = "gao-zhonghe" }] }
                |                                                                                                    ^
        "#]],
    );
}
