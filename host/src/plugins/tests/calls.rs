//! A desk in C, called: what each way of answering comes to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use plugin_api::abi::{VERB_HANDLE, VERB_VIEW};
use plugin_api::{CodeList, District, Fault, ListRow, Lists, Title};
use serde_json::{Map, json};

use super::compiler::{Scratch, echo_bytes, has_compiler};
use crate::plugins::{Desk, Homes, Library, Outcome, Shelf};

const OUTPUT_BYTES_MAX: usize = 1000;

fn echo() -> Arc<Library> {
    static ECHO: OnceLock<Arc<Library>> = OnceLock::new();
    ECHO.get_or_init(|| {
        let scratch = Scratch::new();
        std::fs::write(scratch.path().join("libecho.so"), echo_bytes()).unwrap();
        shelf_of(scratch.path()).load("echo").unwrap()
    })
    .clone()
}

fn shelf_of(folder: &Path) -> Shelf {
    let homes = Homes { district: folder.into(), data: folder.join("data"), installation: vec![folder.into()] };
    Shelf::new(homes, OUTPUT_BYTES_MAX).unwrap()
}

fn open(settings: serde_json::Value) -> Desk {
    let settings: Map<String, serde_json::Value> = settings.as_object().unwrap().clone();
    Desk::open(&echo(), &settings, &district(Lists::default())).unwrap()
}

fn district(lists: Lists) -> District {
    District { zone: TimeZone::get("Asia/Shanghai").unwrap(), lists }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok(answer) => format!("ok {answer}"),
        Outcome::Refused(objections) => {
            let texts: Vec<String> = objections.iter().map(ToString::to_string).collect();
            format!("refused {}", texts.join("; "))
        }
        Outcome::Failed(text) => format!("failed: {text}"),
        Outcome::NotOffered => "not offered".into(),
        Outcome::Panicked(text) => format!("panicked: {text}"),
        Outcome::Died(text) => format!("died: {text}"),
    }
}

/// Calls a fresh desk by each line in turn.
fn check(requests: &str, expected: Expect) {
    if !has_compiler("calls") {
        return;
    }
    let desk = open(json!({}));
    let mut out = Vec::new();
    let mut said = String::new();
    for request in requests.lines() {
        let mut asked = String::new();
        let mut ask = |question: &str| {
            asked.push_str(&format!("  asked {question}\n"));
            if question == "\"nothing\"" { Err("nothing is known".into()) } else { Ok(format!("[{question}]")) }
        };
        let verb = if request == "view" { VERB_VIEW } else { VERB_HANDLE };
        let outcome = shown(&desk.call(verb, request, &mut ask, &mut out));
        said.push_str(&format!("{request}\n{asked}  {outcome}\n"));
    }
    expected.assert_eq(&said);
}

#[test]
fn answers() {
    check(
        "hello\nview\nrefuse\nfail\nhello",
        expect![[r#"
        hello
          ok "call 1"
        view
          not offered
        refuse
          refused place: row 2: no such place
        fail
          failed: out of paper
        hello
          ok "call 5"
    "#]],
    );
}

/// Has a fresh desk deliver each line in turn.
#[test]
fn errands() {
    if !has_compiler("errands") {
        return;
    }
    let desk = open(json!({}));
    let mut out = Vec::new();
    let mut said = String::new();
    for request in "run well\nrun badly\nrun wrongly\nrun-latin\nrun-ask\nrun-panic\nrun well\nhello".lines() {
        let mut reach = |errand: &str| match errand {
            "run badly" => Err(Fault::failed("nobody answers")),
            "run wrongly" => Err(Fault::refused("不准", "not granted")),
            errand => Ok(format!("ran {errand}")),
        };
        said.push_str(&format!("{request}: {}\n", shown(&desk.deliver(request, &mut reach, &mut out))));
    }
    let mut ask = |_: &str| Ok("null".to_owned());
    said.push_str(&format!("in a step: {}\n", shown(&desk.call(VERB_HANDLE, "run well", &mut ask, &mut out))));
    expect![[r#"
        run well: ok ran run well
        run badly: failed: nobody answers
        run wrongly: refused not granted
        run-latin: failed: the errand is not UTF-8
        run-ask: failed: an outlet asks nothing while it delivers
        run-panic: panicked: index out of bounds
        run well: ok ran run well
        hello: not offered
        in a step: refused there is a way outside only while a notice is delivered
    "#]]
    .assert_eq(&said);
}

#[test]
fn questions() {
    check(
        "ask\nask-twice\nask-nothing\nask-long\nask-latin\nhello",
        expect![[r#"
        ask
          asked {"matter":{"id":7}}
          ok [{"matter":{"id":7}}]
        ask-twice
          asked "units"
          asked "again"
          ok ["units"]["again"]
        ask-nothing
          asked "nothing"
          failed: nothing is known
        ask-long
          failed: a question of 2000 bytes is longer than 1000
        ask-latin
          failed: the question is not UTF-8
        hello
          ok "call 6"
    "#]],
    );
}

#[test]
fn nonsense_costs_the_call_alone() {
    check(
        "twice\nsilent\nodd\nlatin\nnowhere\nlong\ngrumble\nmumble\nsulk\nhello",
        expect![[r#"
        twice
          ok "first"
        silent
          failed: says it is done and gives no output
        odd
          failed: answers with status 77, which ABI version 1 does not have
        latin
          failed: its output is not UTF-8 at byte 4 of 6
        nowhere
          failed: its output has a length and no address
        long
          failed: its output of 2000 bytes is longer than the limit of 1000
        grumble
          failed: refuses without an objection
        mumble
          failed: refuses, and its objections do not parse: expected ident at line 1 column 2
        sulk
          failed: failed without saying why
        hello
          ok "call 10"
    "#]],
    );
}

#[test]
fn a_panicked_desk_is_opened_anew() {
    check(
        "hello\nhello\npanic\nhello",
        expect![[r#"
        hello
          ok "call 1"
        hello
          ok "call 2"
        panic
          panicked: index out of bounds
        hello
          ok "call 1"
    "#]],
    );
}

#[test]
fn what_belongs_to_no_call_here_and_now_changes_nothing() {
    check(
        "remember\nlate\nthread",
        expect![[r#"
        remember
          ok "call 1"
        late
          ok "2 asked outside of the call it was given to"
        thread
          ok "call 3"
    "#]],
    );
}

#[test]
fn opening() {
    if !has_compiler("opening") {
        return;
    }
    let row = ListRow { code: "fire".into(), title: Title::new("消防", "Fire"), ..ListRow::default() };
    let district = district(Lists([("category".to_owned(), CodeList(vec![row]))].into()));
    let mut settings = Map::new();
    settings.insert("unsure-below".into(), "0.60".into());
    let desk = Desk::open(&echo(), &settings, &district).unwrap();
    let mut out = Vec::new();
    let mut said = shown(&desk.call(VERB_HANDLE, "opening", &mut |_| Err(String::new()), &mut out));
    for word in ["refuse", "panic"] {
        settings.insert("word".into(), word.into());
        let fault = Desk::open(&echo(), &settings, &district).unwrap_err();
        said.push_str(&format!("\n{word}: {fault:?}"));
    }
    expect![[r#"
        ok {"settings":{"unsure-below":"0.60"},"district":{"zone":"Asia/Shanghai","lists":{"category":[{"code":"fire","title":{"zh":"消防","en":"Fire"},"columns":{}}]}}}
        refuse: Refused([Objection { field: None, row: None, text: Title { zh: "不行", en: "no such setting" } }])
        panic: Failed("panicked while it was opened: no desk today")"#]].assert_eq(&said);
}

#[test]
fn a_desk_may_be_called_while_another_asks() {
    if !has_compiler("a_desk_may_be_called_while_another_asks") {
        return;
    }
    let (outer, inner) = (open(json!({})), open(json!({})));
    let mut ask = |_: &str| {
        let mut out = Vec::new();
        Ok(shown(&inner.call(VERB_HANDLE, "hello", &mut |_| Err(String::new()), &mut out)))
    };
    let mut out = Vec::new();
    expect![[r#"ok ok "call 1"ok "call 2""#]].assert_eq(&shown(&outer.call(
        VERB_HANDLE,
        "ask-twice",
        &mut ask,
        &mut out,
    )));
}

#[test]
fn calls_beside_each_other_and_beside_a_panic() {
    if !has_compiler("calls_beside_each_other_and_beside_a_panic") {
        return;
    }
    let desk = open(json!({}));
    let mut ended: Vec<String> = std::thread::scope(|scope| {
        let call = |panics: bool| {
            let desk = &desk;
            move || {
                let mut out = Vec::new();
                let request = |n: usize| if panics && n.is_multiple_of(3) { "panic" } else { "ask" };
                let call = |n| shown(&desk.call(VERB_HANDLE, request(n), &mut |_| Ok("7".into()), &mut out));
                (0..300).map(call).collect::<Vec<String>>()
            }
        };
        let threads: Vec<_> = [true, false, true, false].map(|panics| scope.spawn(call(panics))).into();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    ended.sort();
    let count = |outcome: &str| ended.iter().filter(|ended| *ended == outcome).count();
    assert_eq!((count("ok 7"), count("panicked: index out of bounds")), (1000, 200));
}

/// The host's own panic may not unwind through a library, and may not be lost either.
#[test]
fn a_panic_of_the_host_goes_on_behind_the_library() {
    if !has_compiler("a_panic_of_the_host_goes_on_behind_the_library") {
        return;
    }
    let desk = open(json!({}));
    let mut out = Vec::new();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let outcome = desk.call(VERB_HANDLE, "ask", &mut |_| panic!("the store is gone"), &mut out);
        shown(&outcome)
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"the store is gone"));
    assert_eq!(shown(&desk.call(VERB_HANDLE, "hello", &mut |_| Err(String::new()), &mut out)), "ok \"call 2\"");
}
