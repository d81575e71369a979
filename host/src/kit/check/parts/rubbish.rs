//! Requests that nobody should send: no JSON, half of it, of another shape, not UTF-8, of unknown verbs.
//!
//! A host sends none of these. A desk that dies of one would die of a host's mistake, and one that
//! answers it as if it were sense has not read it.

use plugin_api::Title;
use plugin_api::abi::{STATUS_NOT_OFFERED, STATUS_OK, VERB_DELIVER, VERB_HANDLE, VERB_VIEW, VERB_WORK};
use serde_json::{Value, json};

use crate::kit::check::answers;
use crate::kit::check::bench::{PLAIN, Trial, say_at};
use crate::kit::check::judge::{cut, said};
use crate::kit::check::sample::{Sample, and};
use crate::plugins::strange::Guest;

const VERBS: [(u32, &str, &str); 4] = [
    (VERB_HANDLE, "步骤", "handle"),
    (VERB_VIEW, "查询", "view"),
    (VERB_WORK, "后台任务", "work"),
    (VERB_DELIVER, "推送", "deliver"),
];
const UNKNOWN_VERBS: [u32; 4] = [0, VERB_DELIVER + 1, 99, u32::MAX];
/// Deep enough for a parser without a limit to run out of stack.
const DEPTH: usize = 200_000;
const LONG_BYTES: usize = 1024 * 1024;

pub(super) fn run(trial: &mut Trial<'_>) {
    let Some(mut guest) = trial.open(PLAIN, "打开", "opening") else { return };
    for verb in UNKNOWN_VERBS {
        let manifest = trial.manifest.clone();
        let label = Title::new(format!("调用 {verb}"), format!("verb {verb}"));
        let answer = trial.call_raw(&guest, PLAIN, &label, verb, b"{}", &mut |asked| answers::well(asked, &manifest));
        if answer.status != STATUS_NOT_OFFERED {
            let status = answer.status;
            let zh = format!("没有这种调用，却答复状态 {status}，应为 {STATUS_NOT_OFFERED}");
            let en = format!("there is no such verb, and it answers {status}, not {STATUS_NOT_OFFERED}");
            trial.find_all([said(&label, &zh, &en)]);
        }
    }
    for (label, verb, request, must_fail) in requests(&trial.calls) {
        let manifest = trial.manifest.clone();
        let answer =
            trial.call_raw(&guest, PLAIN, &label, verb, &request, &mut |asked| answers::well(asked, &manifest));
        if answer.status == STATUS_OK && must_fail {
            let text = cut(&answer.text);
            let (zh, en) = (format!("当真办了：{text}"), format!("answers as if it were sense: {text}"));
            trial.find_all([said(&label, &zh, &en)]);
        }
        if answer.is_panic() {
            let Some(anew) = trial.open(PLAIN, "崩溃之后打开", "opening after a panic") else { return };
            guest = anew;
        }
    }
    drop(guest);
    open_wrongly(trial);
    // It must be as it was.
    let _ = trial.open(PLAIN, "收到读不懂的内容之后打开", "opening after rubbish");
}

/// That rubbish opens is a desk's own affair, if it has no settings; that it dies of it is not.
fn open_wrongly(trial: &mut Trial<'_>) {
    let manifest = trial.manifest.clone();
    for (label, opening) in shapeless() {
        let label = and(&Title::new("打开", "opening"), &label);
        say_at(&label);
        trial.count(1);
        drop(Guest::open(trial.library, PLAIN, &opening, &mut |asked| answers::well(asked, &manifest)));
    }
}

type Request = (Title, u32, Vec<u8>, bool);

fn requests(calls: &[Sample]) -> Vec<Request> {
    let mut requests = Vec::new();
    for (verb, zh, en) in VERBS {
        for (label, bytes) in shapeless() {
            requests.push((and(&Title::new(zh, en), &label), verb, bytes, true));
        }
        let Some(sample) = calls.iter().find(|sample| sample.verb == verb) else { continue };
        let text = sample.request.to_string();
        for share in [1, 3, 5, 7] {
            // On a byte, which may be the middle of a character.
            let half = text.as_bytes()[..text.len() * share / 8].to_vec();
            requests.push((and(&sample.label, &Title::new("截断", "cut off")), verb, half, true));
        }
        let mut latin = text.clone().into_bytes();
        if let Some(at) = text.find("样例").or_else(|| text.find("sample")) {
            latin[at] = 0xff;
        }
        // The parts of a text need not be looked at by everybody.
        requests.push((and(&sample.label, &Title::new("不是 UTF-8", "not UTF-8")), verb, latin, false));
        for (label, request) in reshaped(sample) {
            requests.push((and(&sample.label, &label), verb, request.to_string().into_bytes(), true));
        }
    }
    requests
}

fn shapeless() -> Vec<(Title, Vec<u8>)> {
    let mut dice = fastrand::Rng::with_seed(2026);
    let mut shapeless = vec![
        (Title::new("空", "nothing"), Vec::new()),
        (Title::new("一个零字节", "a zero"), vec![0]),
        (Title::new("null", "null"), b"null".to_vec()),
        (Title::new("空列表", "an empty list"), b"[]".to_vec()),
        (Title::new("一个括号", "a brace"), b"{".to_vec()),
        (Title::new("不是 UTF-8 的字节", "bytes that are no UTF-8"), vec![0xff, 0xfe, 0x80, b'{', 0xc0]),
        (Title::new("层层嵌套的列表", "a list in a list in a list"), vec![b'['; DEPTH]),
        (Title::new("很长的文字", "a long text"), [b"\"".to_vec(), vec![b'a'; LONG_BYTES], b"\"".to_vec()].concat()),
    ];
    for nth in 1..=8 {
        let bytes = (0..dice.usize(1..300)).map(|_| dice.u8(..)).collect();
        shapeless.push((Title::new(format!("随机字节 {nth}"), format!("random bytes {nth}")), bytes));
    }
    shapeless
}

/// A sample of another shape.
fn reshaped(sample: &Sample) -> Vec<(Title, Value)> {
    let mut reshaped = Vec::new();
    let mut change = |zh, en, path: &str, value: Value| {
        let mut request = sample.request.clone();
        if let Some(place) = request.pointer_mut(path) {
            *place = value;
            reshaped.push((Title::new(zh, en), request));
        }
    };
    match sample.verb {
        VERB_HANDLE => {
            change("名称没有声明", "by a name that is not declared", "/input/name", json!("zz-nobody"));
            change("名称是数", "by a number for a name", "/input/name", json!(7));
        }
        VERB_DELIVER => change("key 是数", "with a number for a key", "/key", json!(7)),
        _ => change("名称没有声明", "by a name that is not declared", "/name", json!("zz-nobody")),
    }
    reshaped
}
