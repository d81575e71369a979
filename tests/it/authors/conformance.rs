//! `plugin check`: the desks of the example keep the contract, and a desk that breaks it in one way is
//! found wanting for that.

use std::path::Path;
use std::thread;

use expect_test::expect;
use serde_json::Value;

use super::compiler::{build, has_compiler};
use crate::program::{hongling, hongling_json};
use crate::scratch::{PROGRAM, Scratch};
use crate::tidy::source::folders;

fn check(file: &Path) -> Value {
    let (code, report) = hongling_json(&["plugin", "check", file.to_str().unwrap(), "--seconds", "20"]);
    let wanting = report["wanting"].as_u64().unwrap_or_else(|| panic!("{report}"));
    assert_eq!(code, Some(i32::from(wanting != 0)), "{report}");
    report
}

/// The parts that are wanting, with what was found.
fn wanting(report: &Value) -> Vec<(&str, Vec<&str>)> {
    let parts = report["parts"].as_array().unwrap().iter().filter(|part| part["state"] == "wanting");
    parts
        .map(|part| {
            let findings = part["findings"].as_array().unwrap();
            (part["part"].as_str().unwrap(), findings.iter().map(|words| words["en"].as_str().unwrap()).collect())
        })
        .collect()
}

#[test]
fn the_desks_of_the_example_keep_the_contract() {
    let check_one = |name: String| {
        let file = Path::new(PROGRAM).with_file_name("deps").join(format!("lib{}.so", name.replace('-', "_")));
        let report = check(&file);
        assert_eq!(wanting(&report), [], "{name}");
        let calls: u64 = report["parts"].as_array().unwrap().iter().map(|part| part["calls"].as_u64().unwrap()).sum();
        assert!(1_000 < calls, "{name} was called {calls} times");
    };
    thread::scope(|scope| {
        for name in folders("plugins") {
            scope.spawn(move || check_one(name));
        }
    });
}

/// What each breaks, the part that finds it, and words of what is found there.
const WAYS: [(&str, &str, &str); 27] = [
    ("READS_PAST_THE_TABLE", "older-host", "topic sorted, filled in: the process died of signal 11 (SIGSEGV)"),
    ("WRITES_WHAT_IS_LENT", "lent", "the process died of signal 11 (SIGSEGV)"),
    ("KEEPS_WHAT_IS_LENT", "lent", "the process died of signal 11 (SIGSEGV)"),
    ("READS_NOTHING_AT_ALL", "rubbish", "handle, nothing: the process died of signal 11 (SIGSEGV)"),
    ("COUNTS", "repeat", "answers otherwise when asked again"),
    ("KNOWS_ITS_PROCESS", "processes", "answers otherwise in another process"),
    ("SHARES_A_BUFFER", "threads", "answers otherwise when called from many threads"),
    ("KEEPS_MEMORY", "leaks", "KiB more in"),
    ("KEEPS_A_FILE", "leaks", "files open"),
    ("ANSWERS_TWICE", "manifest", "gives its output 2 times"),
    ("ANSWERS_NOTHING", "manifest", "says it is done and gives no output"),
    ("ANSWERS_LATIN", "manifest", "not UTF-8 at byte 5"),
    ("ANSWERS_NO_EFFECT", "manifest", "gives an output that does not read (unknown variant `explode`"),
    ("KNOWS_EVERY_VERB", "rubbish", "verb 99: there is no such verb, and it answers 0, not 3"),
    ("TAKES_RUBBISH", "rubbish", "handle, null: answers as if it were sense"),
    (
        "DIES_WITH_THE_HOST",
        "host-faults",
        "view units, filled in, the host fails: the process died of signal 6 (SIGABRT)",
    ),
    ("BEARS_A_GRUDGE", "host-faults", "answers otherwise after the host had failed"),
    ("LEAVES", "manifest", "view units, filled in: it ended the whole process"),
    ("HANGS", "manifest", "had not ended after 2 s and was stopped"),
    ("SHARES_AN_INSTANCE", "closing", "after another instance was closed: the process died of signal 11"),
    ("LACKS_ITS_VIEW", "manifest", "the manifest declares it, and it is not offered"),
    ("MINDS_MORE", "unknown", "answers otherwise where there are fields it does not know"),
    ("PANICS", "manifest", "panics: index out of bounds"),
    ("ANSWERS_LATE", "manifest", "outside of the call it was given to"),
    ("GOSSIPS", "manifest", "names the topic \"gossip\", which its manifest does not declare"),
    ("DRAWS_CROOKEDLY", "manifest", "draws a table of 0 columns with a row of 1 cells"),
    ("WILL_NOT_OPEN", "manifest", "opens with no made-up settings and tables"),
];

#[test]
fn each_way_of_breaking_it_is_found() {
    if !has_compiler("each_way_of_breaking_it_is_found") {
        return;
    }
    let scratch = Scratch::new();
    let sound = scratch.path().join("sound.so");
    build("misbehaving/breaking.c", &sound, &[]);
    assert_eq!(wanting(&check(&sound)), []);
    let try_one = |(way, part, words): (&str, &str, &str)| {
        let file = scratch.path().join(format!("{way}.so"));
        build("misbehaving/breaking.c", &file, &[&format!("-DBREAKS={way}")]);
        let seconds = if way == "HANGS" { "2" } else { "20" };
        let (code, report) = hongling_json(&["plugin", "check", file.to_str().unwrap(), "--seconds", seconds]);
        let found = wanting(&report);
        let here = found.iter().find(|(name, _)| *name == part);
        let is_found = here.is_some_and(|(_, findings)| findings.iter().any(|finding| finding.contains(words)));
        (code != Some(1) || !is_found).then(|| format!("{way}: {part} should find {words:?}, found {found:#?}\n"))
    };
    // Two at a time: each is mostly waiting for a process.
    let (one, other) = WAYS.split_at(WAYS.len() / 2);
    let problems: String = thread::scope(|scope| {
        let halves =
            [one, other].map(|half| scope.spawn(|| half.iter().copied().filter_map(try_one).collect::<String>()));
        halves.into_iter().map(|half| half.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{problems}");
}

/// A library that nobody trusts yet opens no file while it is tried.
#[test]
fn what_is_tried_is_shut_in() {
    if !has_compiler("what_is_tried_is_shut_in") {
        return;
    }
    let scratch = Scratch::new();
    let file = scratch.path().join("libbreaking.so");
    build("misbehaving/breaking.c", &file, &["-DBREAKS=READS_A_FILE"]);
    let report = check(&file);
    assert_eq!(report["wanting"], 0, "{report}");
    let remarks = report["parts"][0]["remarks"].as_array().unwrap();
    assert!(remarks.iter().any(|words| words["en"] == "topic sorted, filled in: failed: not permitted"), "{report}");
}

#[test]
fn what_is_no_library_is_not_run() {
    let scratch = Scratch::new();
    let file = scratch.path().join("libnote.so");
    std::fs::write(&file, "a note, not a library").unwrap();
    let (code, value) = hongling_json(&["plugin", "check", file.to_str().unwrap()]);
    expect![[r#"
        exit 1 {"error":{"en":"~/libnote.so: is not a library: it does not begin as an ELF file does; put a library for Linux there","zh":"~/libnote.so：不是库：开头不是 ELF 文件的样子；请放一个 Linux 用的库"}}
    "#]].assert_eq(&scratch.shorten(&format!("exit {} {value}\n", code.unwrap())));
}

/// As a person reads it, in both languages.
#[test]
fn the_report() {
    if !has_compiler("the_report") {
        return;
    }
    let scratch = Scratch::new();
    let file = scratch.path().join("libbreaking.so");
    build("misbehaving/breaking.c", &file, &["-DBREAKS=WILL_NOT_OPEN"]);
    let said = |lang: &str| {
        let output = hongling(&["plugin", "check", file.to_str().unwrap(), "--lang", lang]);
        scratch.shorten(&format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ))
    };
    expect![[r#"
        breaking 0.1.0  ~/libbreaking.so
        sha256 <sha256>

        不合要求  能打开，和自己的清单一致          4
        没有试    收到读不懂的内容：报错，不崩溃    0
        没有试    收到不认识的字段：略过            0
        没有试    旧主机：表短，没有 outside        0
        没有试    新主机：表长                      0
        没有试    借来的内存只读，只在调用期间用    0
        没有试    主机答错、答不了：报错，不崩溃    0
        没有试    同一步再来一次，结果一样          0
        没有试    换一个进程，结果也一样            0
        没有试    多个线程同时调用                  0
        没有试    按任何次序打开、关闭              0
        没有试    反复打开、调用、关闭，不越占越多  0

        能打开，和自己的清单一致
          ✗ 用编出来的设置和代码表打不开
          · 打开，全部填写，代码表各一行：拒绝：不开
          · 打开，只填必填，代码表各一行：拒绝：不开
          · 打开，全部填写，代码表为空：拒绝：不开
          · 打开，只填必填，代码表为空：拒绝：不开
        有 1 项不合要求
    "#]]
    .assert_eq(&said("zh"));
    build("misbehaving/breaking.c", &file, &["-DBREAKS=COUNTS"]);
    expect![[r#"
        breaking 0.1.0  ~/libbreaking.so
        sha256 <sha256>

        good     opens, and is as its manifest says                       9
        good     answers rubbish with a fault                            99
        WANTING  passes over fields it does not know                     10
        good     runs under an older host, whose table is shorter        10
        good     runs under a newer host, whose table is longer          10
        good     only reads what it is lent, and only during the call    10
        good     hands on faults of the host, and goes on afterwards     51
        WANTING  decides the same when asked the same                    18
        good     decides the same in another process                      5
        WANTING  can be called from many threads at once                789
        good     can be opened and closed in any order                   13
        good     keeps nothing: memory, threads, files                 6000

        passes over fields it does not know
          ✗ topic sorted, filled in: answers otherwise where there are fields it does not know: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok e6d82914fd1d6461 [{"say":{"topic":"noted","data":{"number":3}}}]
          ✗ topic sorted, with what must be there: answers otherwise where there are fields it does not know: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok ede59a664540daed [{"say":{"topic":"noted","data":{"number":4}}}]

        decides the same when asked the same
          ✗ topic sorted, filled in: answers otherwise when asked again: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok e6d82914fd1d6461 [{"say":{"topic":"noted","data":{"number":3}}}]
          ✗ topic sorted, with what must be there: answers otherwise when asked again: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok ede59a664540daed [{"say":{"topic":"noted","data":{"number":4}}}]
          ✗ topic sorted, filled in: answers otherwise in another order: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok b2cfb46fc7bb1c82 [{"say":{"topic":"noted","data":{"number":6}}}]
          ✗ topic sorted, with what must be there: answers otherwise in another order: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok ae527ed3e9fa0a92 [{"say":{"topic":"noted","data":{"number":5}}}]

        can be called from many threads at once
          ✗ topic sorted, filled in: answers otherwise when called from many threads: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok e6d82914fd1d6461 [{"say":{"topic":"noted","data":{"number":3}}}]
          ✗ topic sorted, with what must be there: answers otherwise when called from many threads: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok ede59a664540daed [{"say":{"topic":"noted","data":{"number":4}}}]
          ✗ topic sorted, filled in: answers otherwise when called from many threads: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok ae527ed3e9fa0a92 [{"say":{"topic":"noted","data":{"number":5}}}]
          ✗ topic sorted, with what must be there: answers otherwise when called from many threads: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok b2cfb46fc7bb1c82 [{"say":{"topic":"noted","data":{"number":6}}}]
          ✗ topic sorted, filled in: answers otherwise when called from many threads: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok 6327a8ec0b9087b7 [{"say":{"topic":"noted","data":{"number":7}}}]
          ✗ topic sorted, with what must be there: answers otherwise when called from many threads: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok 2e4486f8e9092468 [{"say":{"topic":"noted","data":{"number":8}}}]
          ✗ topic sorted, filled in: answers otherwise when called from many threads: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok 070c009648766231 [{"say":{"topic":"noted","data":{"number":9}}}]
          ✗ topic sorted, with what must be there: answers otherwise when called from many threads: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok a2208255d903e1ae [{"say":{"topic":"noted","data":{"number":10}}}]
          ✗ topic sorted, filled in: answers otherwise when called from many threads: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok 49238508f001ce1f [{"say":{"topic":"noted","data":{"number":11}}}]
          ✗ topic sorted, with what must be there: answers otherwise when called from many threads: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok 97c7ef8250fce510 [{"say":{"topic":"noted","data":{"number":12}}}]
          ✗ topic sorted, filled in: answers otherwise when called from many threads: ok f0a9f585f68435d8 [{"say":{"topic":"noted","data":{"number":1}}}] / ok 9adbbc5ce9017acf [{"say":{"topic":"noted","data":{"number":13}}}]
          ✗ topic sorted, with what must be there: answers otherwise when called from many threads: ok 516278ca21d0d7b5 [{"say":{"topic":"noted","data":{"number":2}}}] / ok ec100e224b30d2c0 [{"say":{"topic":"noted","data":{"number":14}}}]
          ✗ … and 48 more
        3 parts are wanting
    "#]].assert_eq(&said("en"));
}
