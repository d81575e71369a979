//! What is booked through a loaded library lies in the store, adds up, and cannot be changed (I6).
//!
//! The desk is `bookkeeping`, twice: `till`, and `fund`, which each may credit the other.

mod config;
mod model;
mod sealed;
mod tampered;

use expect_test::{Expect, expect};

use hongling::engine::input::{Act, Answer, Ask, Input, Target};

use crate::story::Story;

/// The two desks; what `till` says is ordered, `fund` books.
const DESKS: &str = r#"
add hongling.toml
  [desk.till]
  library = "bookkeeping"
  credits = { elsewhere = "fund/common" }

  [desk.fund]
  library = "bookkeeping"
  title = { zh = "资金台", en = "Fund" }
  credits = { elsewhere = "till/common" }

  [[watch]]
  id = "orders-to-fund"
  on = ["ordered"]
  from = "till"
  to = ["fund"]
at 2026-03-02 09:10
"#;

/// A district with the two desks, stopped.
fn ledger_story() -> Story {
    let mut story = Story::new();
    story.tell(DESKS);
    story
}

/// `KEY FROM -> TO AMOUNT [of DATE] [undoing KEY] [for MEMO]` as a row of the form. `@` is a place of
/// the example district, so `common@` is its account.
fn row(line: &str) -> serde_json::Value {
    let line = line.replace('@', "(place:daguan/linghu/huamao/xiyuan)");
    let (line, memo) = line.split_once(" for ").map_or((&*line, None), |(line, memo)| (line, Some(memo)));
    let (key, rest) = line.split_once(' ').unwrap();
    let (from, rest) = rest.split_once(" -> ").unwrap();
    let split = |text: &str, word: &str| match text.split_once(word) {
        Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
        None => (text.to_owned(), None),
    };
    let (rest, undone) = split(rest, " undoing ");
    let (rest, date) = split(&rest, " of ");
    let (to, amount) = rest.rsplit_once(' ').unwrap();
    let mut row = serde_json::json!({ "key": key, "from": from, "to": to, "amount": amount.parse::<i64>().unwrap() });
    let more = [("date", date), ("reverses", undone), ("memo", memo.map(str::to_owned))];
    for (name, value) in more.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        row[name] = value.into();
    }
    row
}

/// Tells a script in which `till book …` and `fund book …` are transfers, parted by `;`, and
/// `till ask QUESTION` is a view of it.
fn told(story: &mut Story, script: &str) -> String {
    let mut said = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let answer = match words.as_slice() {
            [desk, "book", rows] => {
                let rows: Vec<_> = rows.split("; ").map(row).collect();
                story.told(&format!("act {desk} book {}", serde_json::json!({ "transfers": rows })))
            }
            [desk, "undo", key] => story.told(&format!("act {desk} undo {}", serde_json::json!({ "key": key }))),
            [desk, "ask", question] => {
                story.told(&format!("view {desk} ask {}", serde_json::json!({ "question": spelled(question) })))
            }
            _ => story.told(line),
        };
        let answer: Vec<&str> = answer.lines().skip(1).map(str::trim).collect();
        said.push_str(&format!("{line}\n  {}\n", answer.join("\n  ")));
    }
    said
}

/// `@` as a place within a question.
fn spelled(question: &str) -> String {
    question.replace('@', r#""of":{"place":"daguan/linghu/huamao/xiyuan"}"#)
}

fn check(script: &str, expected: Expect) {
    let mut story = ledger_story();
    let said = told(&mut story, script);
    expected.assert_eq(&said);
    assert_eq!(problems(&mut story), Vec::<String>::new());
}

fn problems(story: &mut Story) -> Vec<String> {
    story.running().unwrap().engine.store().reader().check_ledger().unwrap()
}

/// S7: the money of a month, to the fen.
#[test]
fn the_money_of_a_month() {
    check(
        r#"
till book V1 outside -> common@ 1248000 of 2026-02-28 for 充电桩; V2 common@ -> outside 721436 of 2026-02-28 for 电费
till book V3 outside -> common@ 960000 of 2026-02-28 for 停车费; V4 common@ -> outside 144000 of 2026-02-28 for 运行成本
till ask {"balance":{"account":{"class":"common",@}}}
till book S1 common@ -> reserve(text:maintenance) 939795; S2 common@ -> elsewhere@ 402769
till book W1 reserve(text:maintenance) -> reserve(text:roof) 950000
till ask {"balance":{"account":{"class":"reserve","of":{"text":"maintenance"}}}}
fund ask {"balances":{"filter":{"class":"common"}}}
till ask {"totals":{"filter":{"class":"common"},"days":{"to":"2026-02-28"},"by":"all"}}
till ask {"totals":{"filter":{"class":"common"},"days":{},"by":"month"}}
till ask {"totals":{"filter":{"class":"common","within":"daguan/linghu"},"days":{},"by":{"place":"community"}}}
till ask {"totals":{"filter":{"class":"reserve"},"days":{},"by":"of"}}
"#,
        expect![[r#"
            till book V1 outside -> common@ 1248000 of 2026-02-28 for 充电桩; V2 common@ -> outside 721436 of 2026-02-28 for 电费
              done
            till book V3 outside -> common@ 960000 of 2026-02-28 for 停车费; V4 common@ -> outside 144000 of 2026-02-28 for 运行成本
              done
            till ask {"balance":{"account":{"class":"common",@}}}
              1342564
            till book S1 common@ -> reserve(text:maintenance) 939795; S2 common@ -> elsewhere@ 402769
              done
            till book W1 reserve(text:maintenance) -> reserve(text:roof) 950000
              refused 账户“专项预留（maintenance）”余额 9397.95 元，不够支出 9500.00 元；请办理人核对金额，或先把应入账的款项登记入账
            till ask {"balance":{"account":{"class":"reserve","of":{"text":"maintenance"}}}}
              939795
            fund ask {"balances":{"filter":{"class":"common"}}}
              [{"account":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"balance":402769}]
            till ask {"totals":{"filter":{"class":"common"},"days":{"to":"2026-02-28"},"by":"all"}}
              [{"credit":2208000,"debit":865436,"key":""}]
            till ask {"totals":{"filter":{"class":"common"},"days":{},"by":"month"}}
              [{"credit":2208000,"debit":865436,"key":"2026-02"},{"credit":0,"debit":1342564,"key":"2026-03"}]
            till ask {"totals":{"filter":{"class":"common","within":"daguan/linghu"},"days":{},"by":{"place":"community"}}}
              [{"credit":2208000,"debit":2208000,"key":"daguan/linghu/huamao"}]
            till ask {"totals":{"filter":{"class":"reserve"},"days":{},"by":"of"}}
              [{"credit":939795,"debit":0,"key":"maintenance"}]
        "#]],
    );
}

/// A key is one transfer for ever; a mistake is undone once, by its mirror, by who made it.
#[test]
fn keys_and_reversals() {
    check(
        r#"
till book K1 outside -> common@ 500 of 2026-02-28
till book K1 outside -> common@ 500 of 2026-02-28
till book K1 outside -> common@ 501 of 2026-02-28
till book K1 outside -> common@ 500 of 2026-02-27
till book K1 outside -> common@ 500 of 2026-02-28 for 更正
fund book K1 outside -> common@ 7
till book K2 common@ -> elsewhere@ 500
till undo K2
till undo K2
till ask {"transfer":{"key":"K2"}}
till book R1 common@ -> elsewhere@ 500 undoing K2-undone
till book R2 elsewhere@ -> common@ 500 undoing K2
till book R3 common@ -> outside 499 undoing K1
till book R4 outside -> common@ 500 undoing K1
till book R5 common@ -> outside 500 undoing K9
till book R6 common@ -> outside 500 undoing R6
fund book R7 common@ -> elsewhere@ 500 undoing K2
till book R8 common@ -> outside 500 undoing K1; K3 outside -> common@ 500
till book K4 outside -> common@ 9; R9 common@ -> outside 9 undoing K4; R10 common@ -> outside 9 undoing K4
till ask {"transfers":{"filter":{"class":"common"},"days":{}}}
"#,
        expect![[r#"
            till book K1 outside -> common@ 500 of 2026-02-28
              done
            till book K1 outside -> common@ 500 of 2026-02-28
              done
            till book K1 outside -> common@ 501 of 2026-02-28
              failed key "K1" was used for another transfer
            till book K1 outside -> common@ 500 of 2026-02-27
              failed key "K1" was used for another transfer
            till book K1 outside -> common@ 500 of 2026-02-28 for 更正
              failed key "K1" was used for another transfer
            fund book K1 outside -> common@ 7
              done
            till book K2 common@ -> elsewhere@ 500
              done
            till undo K2
              done
            till undo K2
              done
            till ask {"transfer":{"key":"K2"}}
              {"amount":500,"at":"2026-03-02T01:10:00Z","credit":{"class":"elsewhere","of":{"place":"daguan/linghu/huamao/xiyuan"}},"date":"2026-03-02","debit":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"desk":"till","id":3,"key":"K2","reversed_by":"K2-undone"}
            till book R1 common@ -> elsewhere@ 500 undoing K2-undone
              failed transfer "K2-undone" is itself a reversal, which stands
            till book R2 elsewhere@ -> common@ 500 undoing K2
              failed transfer "K2" has been reversed before
            till book R3 common@ -> outside 499 undoing K1
              failed transfer "R3" does not mirror "K1"
            till book R4 outside -> common@ 500 undoing K1
              failed transfer "R4" does not mirror "K1"
            till book R5 common@ -> outside 500 undoing K9
              failed there is no transfer "K9" to reverse
            till book R6 common@ -> outside 500 undoing R6
              failed there is no transfer "R6" to reverse
            fund book R7 common@ -> elsewhere@ 500 undoing K2
              failed there is no transfer "K2" to reverse
            till book R8 common@ -> outside 500 undoing K1; K3 outside -> common@ 500
              done
            till book K4 outside -> common@ 9; R9 common@ -> outside 9 undoing K4; R10 common@ -> outside 9 undoing K4
              failed transfer "K4" has been reversed before
            till ask {"transfers":{"filter":{"class":"common"},"days":{}}}
              [{"amount":500,"at":"2026-03-02T01:10:00Z","credit":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"date":"2026-02-28","debit":{"class":"outside"},"desk":"till","id":1,"key":"K1","reversed_by":"R8"},{"amount":500,"at":"2026-03-02T01:10:00Z","credit":{"class":"elsewhere","of":{"place":"daguan/linghu/huamao/xiyuan"}},"date":"2026-03-02","debit":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"desk":"till","id":3,"key":"K2","reversed_by":"K2-undone"},{"amount":500,"at":"2026-03-02T01:10:00Z","credit":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"date":"2026-03-02","debit":{"class":"elsewhere","of":{"place":"daguan/linghu/huamao/xiyuan"}},"desk":"till","id":4,"key":"K2-undone","reverses":"K2"},{"amount":500,"at":"2026-03-02T01:10:00Z","credit":{"class":"outside"},"date":"2026-03-02","debit":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"desk":"till","id":5,"key":"R8","reverses":"K1"},{"amount":500,"at":"2026-03-02T01:10:00Z","credit":{"class":"common","of":{"place":"daguan/linghu/huamao/xiyuan"}},"date":"2026-03-02","debit":{"class":"outside"},"desk":"till","id":6,"key":"K3"}]
        "#]],
    );
}

/// The fund has spent what it was given: taking it back refuses as any overdraft does.
#[test]
fn what_another_desk_has_spent_is_not_taken_back() {
    check(
        r#"
till book K1 outside -> common@ 500; K2 common@ -> elsewhere@ 500
fund book F1 common@ -> outside 1
till undo K2
fund ask {"balance":{"account":{"class":"common",@}}}
"#,
        expect![[r#"
            till book K1 outside -> common@ 500; K2 common@ -> elsewhere@ 500
              done
            fund book F1 common@ -> outside 1
              done
            till undo K2
              refused 账户“公共收益（西苑小区）”余额 4.99 元，不够支出 5.00 元；请办理人核对金额，或先把应入账的款项登记入账
            fund ask {"balance":{"account":{"class":"common",@}}}
              499
        "#]],
    );
}

/// What the contract does not allow costs the step, and nothing of it stands (I3).
#[test]
fn transfers_that_are_wrong() {
    let long = "k".repeat(201);
    check(
        &format!(
            r#"
till book A0 outside -> common@ 5; A1 outside -> common@ 0
till book A0 outside -> common@ 5; A2 outside -> common@ -5
till book A0 outside -> common@ 5; A3 outside -> common@ -9223372036854775808
till book A4 outside -> common@ 9223372036854775807; A5 outside -> common@ 9223372036854775807
till book A6 outside -> issued 5
till book A7 issued -> common@ 5
till book A8 outside -> outside 5
till book A9 outside -> attic 5
till book A10 outside -> common 5
till book A11 outside -> common(person:ma-aizhen) 5
till book A12 outside -> common(place:daguan/atlantis) 5
till book A13 issued -> member(person:ma-aizhen) 5
till book A14 issued -> member(person:nobody, 2026) 5
till book A15 issued -> team(unit:none) 5
till book A16 issued -> team(unit:housing) 5
till book A17 elsewhere@ -> outside 5
till book A18 outside -> common@ 5 of 0001-01-01
till book A19 outside -> common@ 5 of 9999-12-31
till book A20 outside -> common@ 5 of 2026-02-30
till book A21 outside -> common@ 5 of -000001-01-01
till book {long} outside -> common@ 5
till book A22 outside -> reserve(text:{long}) 5
till book A23 outside -> common@ 5 for {long}
till book A24 outside -> common@ 5 undoing A24
till ask {{"balance":{{"account":{{"class":"attic"}}}}}}
till ask {{"balance":{{"account":{{"class":"common"}}}}}}
till ask {{"balances":{{"filter":{{"class":"attic"}}}}}}
till ask {{"balances":{{"filter":{{"class":"common"}}}}}}
"#
        ),
        expect![[r#"
            till book A0 outside -> common@ 5; A1 outside -> common@ 0
              failed transfer "A1" moves 0, not at least 1
            till book A0 outside -> common@ 5; A2 outside -> common@ -5
              failed transfer "A2" moves -5, not at least 1
            till book A0 outside -> common@ 5; A3 outside -> common@ -9223372036854775808
              failed transfer "A3" moves -9223372036854775808, not at least 1
            till book A4 outside -> common@ 9223372036854775807; A5 outside -> common@ 9223372036854775807
              failed transfer "A5" of 9223372036854775807 would leave the range of whole numbers
            till book A6 outside -> issued 5
              failed transfer "A6" moves CNY to an account in points
            till book A7 issued -> common@ 5
              failed transfer "A7" moves points to an account in CNY
            till book A8 outside -> outside 5
              failed transfer "A8" goes from outside to itself
            till book A9 outside -> attic 5
              failed account class "attic" is not declared
            till book A10 outside -> common 5
              failed an account "common" is of a place, not of nothing
            till book A11 outside -> common(person:ma-aizhen) 5
              failed an account "common" is of a place, not of a person
            till book A12 outside -> common(place:daguan/atlantis) 5
              failed an account of place:daguan/atlantis, which the district does not have
            till book A13 issued -> member(person:ma-aizhen) 5
              failed an account "member" names its part
            till book A14 issued -> member(person:nobody, 2026) 5
              failed an account of person:nobody, which the district does not have
            till book A15 issued -> team(unit:none) 5
              failed an account of unit:none, which the district does not have
            till book A16 issued -> team(unit:housing) 5
              done
            till book A17 elsewhere@ -> outside 5
              failed I6: transfer "A17" debits "elsewhere", an account class of another desk
            till book A18 outside -> common@ 5 of 0001-01-01
              failed transfer "A18" belongs to 0001-01-01, not to the years 1926 to 2036
            till book A19 outside -> common@ 5 of 9999-12-31
              failed transfer "A19" belongs to 9999-12-31, not to the years 1926 to 2036
            till book A20 outside -> common@ 5 of 2026-02-30
              failed "2026-02-30" is no date
            till book A21 outside -> common@ 5 of -000001-01-01
              failed transfer "A21" belongs to -000001-01-01, not to the years 1926 to 2036
            till book kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk outside -> common@ 5
              failed a transfer's key has 201 bytes, not 1 to 200
            till book A22 outside -> reserve(text:kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk) 5
              failed what an account is of has 201 bytes, not 1 to 200
            till book A23 outside -> common@ 5 for kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
              failed the memo of transfer "A23" has 201 characters, at most 200
            till book A24 outside -> common@ 5 undoing A24
              failed there is no transfer "A24" to reverse
            till ask {"balance":{"account":{"class":"attic"}}}
              refused 查询失败：account class "attic" is not declared
            till ask {"balance":{"account":{"class":"common"}}}
              refused 查询失败：an account "common" is of a place, not of nothing
            till ask {"balances":{"filter":{"class":"attic"}}}
              refused 查询失败：account class "attic" is not declared
            till ask {"balances":{"filter":{"class":"common"}}}
              []
        "#]],
    );
}

/// Nobody is there to mend it: the watcher's step is parked at once, and done when money has come in.
#[test]
fn an_overdraft_without_a_person_is_parked() {
    let mut story = ledger_story();
    let order = serde_json::json!([row("K1 common@ -> outside 500")]).to_string();
    let order = serde_json::json!({ "transfers": order });
    let mut said = told(
        &mut story,
        &format!("act till start {{\"place\": \"西苑小区\"}}\nact BK2026-000001 order {order}\nparked"),
    );
    said.push_str(&told(&mut story, "fund book F1 outside -> common@ 500\nretry 1\nparked"));
    said.push_str(&told(&mut story, r#"fund ask {"balance":{"account":{"class":"outside"}}}"#));
    expect![[r#"
        act till start {"place": "西苑小区"}
          done BK2026-000001 记账台/在办
        act BK2026-000001 order {"transfers":"[{\"amount\":500,\"from\":\"common(place:daguan/linghu/huamao/xiyuan)\",\"key\":\"K1\",\"to\":\"outside\"}]"}
          done BK2026-000001 记账台/在办
        parked
          1 fund ordered (watching) matter 1 try 1 parked: refused, and nobody is there to mend it: account "Common income (西苑小区)" holds 0.00 CNY, not the 5.00 CNY to be taken from it; check the amount, or book first what is still to come in
        fund book F1 outside -> common@ 500
          done
        retry 1
          done BK2026-000001 记账台/在办
        parked
          nothing
        fund ask {"balance":{"account":{"class":"outside"}}}
          0
    "#]].assert_eq(&said);
    assert_eq!(problems(&mut story), Vec::<String>::new());
}

/// In a step the answers are as of before it, and those of the batch count.
#[test]
fn steps_are_answered_as_of_before_them() {
    let mut story = ledger_story();
    let question = |question: &str| serde_json::json!({ "question": spelled(question) });
    let balance = question(r#"{"balance":{"account":{"class":"common",@}}}"#);
    let totals = question(r#"{"totals":{"filter":{"class":"common"},"days":{},"by":"month"}}"#);
    let listed = question(r#"{"transfers":{"filter":{"class":"common",@},"days":{"from":"2026-03-01"}}}"#);
    let running = story.running().unwrap();
    let acts = [
        ("book", serde_json::json!({ "transfers": [row("K1 outside -> common@ 500 of 2026-02-28")] })),
        ("ask", balance),
        ("book", serde_json::json!({ "transfers": [row("K2 common@ -> outside 200")] })),
        ("ask", totals),
        ("ask", listed),
    ];
    for (ticket, (action, form)) in (1..).zip(acts) {
        running.engine.take(act("till", action, &form), ticket);
    }
    let answers = running.engine.commit();
    assert!(answers.iter().all(|(_, answer)| matches!(answer, Answer::Done(_))), "{answers:?}");
    let state = story.state();
    let answers: Vec<&str> = state.iter().filter_map(|row| row.strip_prefix("record till answer ")).collect();
    expect![[r#"
        3 {"said":"500"}
        5 {"said":"[{\"credit\":500,\"debit\":0,\"key\":\"2026-02\"},{\"credit\":0,\"debit\":200,\"key\":\"2026-03\"}]"}
        6 {"said":"[{\"amount\":200,\"at\":\"2026-03-02T01:10:00Z\",\"credit\":{\"class\":\"outside\"},\"date\":\"2026-03-02\",\"debit\":{\"class\":\"common\",\"of\":{\"place\":\"daguan/linghu/huamao/xiyuan\"}},\"desk\":\"till\",\"id\":2,\"key\":\"K2\"}]"}"#]].assert_eq(&answers.join("\n"));
}

/// I4: the same inputs give the same ledger, what failed and was tried again too.
#[test]
fn the_inputs_run_again_book_the_same() {
    let mut told_before = ledger_story();
    let order = serde_json::json!([row("K9 common@ -> outside 500")]).to_string();
    let order = serde_json::json!({ "transfers": order });
    let said = told(
        &mut told_before,
        &format!(
            r#"
till book K1 outside -> common@ 900; K2 common@ -> elsewhere@ 400 of 2026-02-28 for 转入
till book K3 common@ -> outside 501
till book K4 outside -> issued 5
till undo K2
act till start {{"place": "西苑小区"}}
act BK2026-000001 order {order}
reopen
fund book F1 outside -> common@ 1000
retry 2
tick 2026-03-04 09:00
fund undo K9
parked
"#
        ),
    );
    // The flow must hold what it is there for.
    assert!(["done", "refused", "failed", "were due"].iter().all(|end| said.contains(end)), "{said}");
    let state = told_before.state();
    assert_eq!(state.iter().filter(|row| row.starts_with("transfer ")).count(), 6, "{state:#?}");
    crate::recovery::replayed::check(&mut told_before, &mut ledger_story());
}

/// An action on a desk, by nobody.
fn act(desk: &str, action: &str, form: &serde_json::Value) -> Input {
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk(desk.to_owned()), action: action.to_owned(), form };
    Input { ask: Ask::Act(act), by: None, key: None }
}

/// More transfers and accounts than fit on a page are read on by their cursors.
#[test]
fn pages_end_and_go_on() {
    let mut story = ledger_story();
    let running = story.running().unwrap();
    for chunk in 0..3 {
        let rows = (0..400).map(|n| {
            let n = chunk * 400 + n;
            let date = format!("2026-{:02}-{:02}", 1 + n % 3, 1 + n % 28);
            row(&format!("K{n} outside -> reserve(text:w{:04}) {} of {date}", n % 700, n + 1))
        });
        let form = serde_json::json!({ "transfers": rows.collect::<Vec<_>>() });
        assert!(matches!(running.answer(act("till", "book", &form)), Answer::Done(_)));
    }
    let mut ask = |question: serde_json::Value| -> serde_json::Value {
        let said = story.told(&format!("view till ask {}", serde_json::json!({ "question": question.to_string() })));
        serde_json::from_str(said.lines().nth(1).unwrap()).unwrap_or_else(|error| panic!("{error}: {said}"))
    };
    let mut balances = Vec::new();
    let mut after = serde_json::Value::Null;
    loop {
        let page = ask(serde_json::json!({ "balances": { "filter": { "class": "reserve" }, "after": after } }));
        let page = page.as_array().unwrap().clone();
        assert!(page.len() <= 500);
        let Some(last) = page.last() else { break };
        after = last["account"].clone();
        balances.extend(page);
    }
    let sum: i64 = balances.iter().map(|found| found["balance"].as_i64().unwrap()).sum();
    assert_eq!((balances.len(), sum), (700, 1200 * 1201 / 2));
    let mut dates = Vec::new();
    let mut after = serde_json::Value::Null;
    loop {
        let filter = serde_json::json!({ "class": "outside" });
        let page = ask(serde_json::json!({ "transfers": { "filter": filter, "days": {}, "after": after } }));
        let page = page.as_array().unwrap().clone();
        let Some(last) = page.last() else { break };
        after = serde_json::json!({ "date": last["date"], "id": last["id"] });
        dates.extend(page.iter().map(|found| (found["date"].to_string(), found["id"].as_u64().unwrap())));
    }
    assert_eq!(dates.len(), 1200);
    assert!(dates.is_sorted_by(|one, other| one < other), "in the order of days, each once");
    let february = ask(serde_json::json!({
        "totals": { "filter": { "class": "reserve" }, "days": { "from": "2026-02-01", "to": "2026-02-28" }, "by": "all" }
    }));
    let expected: i64 = (0..1200).filter(|n| n % 3 == 1).map(|n| n + 1).sum();
    assert_eq!(february, serde_json::json!([{ "key": "", "debit": 0, "credit": expected }]));
    let part = serde_json::json!({ "class": "reserve", "of": { "text": "w0007" } });
    let found = ask(serde_json::json!({ "transfers": { "filter": part, "days": {} } }));
    let keys: Vec<&str> = found.as_array().unwrap().iter().map(|found| found["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["K7", "K707"], "7 is of February, 707 of March");
}

/// One account with more amounts than one statement adds up.
#[test]
fn many_amounts_are_added_up() {
    let mut story = ledger_story();
    let running = story.running().unwrap();
    let mut expected = [0_i64; 3];
    for chunk in 0..21 {
        let rows = (0..1000).map(|n| {
            let n = chunk * 1000 + n;
            expected[(n % 3) as usize] += n + 1;
            // Few days, so that the border between two reads lies within one.
            row(&format!("K{n} outside -> reserve(text:w) {} of 2026-0{}-02", n + 1, 1 + n % 3))
        });
        let form = serde_json::json!({ "transfers": rows.collect::<Vec<_>>() });
        let answer = running.answer(act("till", "book", &form));
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
    }
    let totals = |class: &str| {
        let question = serde_json::json!({ "totals": { "filter": { "class": class }, "days": {}, "by": "month" } });
        serde_json::json!({ "question": question.to_string() })
    };
    for (class, side, other) in [("outside", "debit", "credit"), ("reserve", "credit", "debit")] {
        let said = story.told(&format!("view till ask {}", totals(class)));
        let found: serde_json::Value = serde_json::from_str(said.lines().nth(1).unwrap()).unwrap();
        let months = (1..).zip(expected);
        let expected: Vec<_> = months
            .map(|(month, sum)| serde_json::json!({ "key": format!("2026-0{month}"), side: sum, other: 0 }))
            .collect();
        assert_eq!(found, serde_json::json!(expected), "{class}");
    }
    assert_eq!(problems(&mut story), Vec::<String>::new());
}
