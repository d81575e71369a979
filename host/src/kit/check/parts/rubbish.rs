//! Requests that nobody should send: no JSON, half of it, of another shape, not UTF-8, of unknown verbs.
//!
//! A host sends none of these. A desk that dies of one would die of a host's mistake, and one that
//! answers it as if it were sense has not read it.

use plugin_api::abi::{STATUS_NOT_OFFERED, STATUS_OK, VERB_DELIVER, VERB_HANDLE, VERB_VIEW, VERB_WORK};
use serde_json::{Value, json};

use crate::kit::check::answers;
use crate::kit::check::bench::{AT, PLAIN, Trial, say};
use crate::kit::check::judge::cut;
use crate::kit::check::sample::Sample;
use crate::plugins::strange::Guest;

const VERBS: [(u32, &str); 4] =
    [(VERB_HANDLE, "handle"), (VERB_VIEW, "view"), (VERB_WORK, "work"), (VERB_DELIVER, "deliver")];
const UNKNOWN_VERBS: [u32; 4] = [0, VERB_DELIVER + 1, 99, u32::MAX];
/// Deep enough for a parser without a limit to run out of stack.
const DEPTH: usize = 200_000;
const LONG_BYTES: usize = 1024 * 1024;

pub(super) fn run(trial: &mut Trial<'_>) {
    let Some(mut guest) = trial.open(PLAIN, "opening") else { return };
    for verb in UNKNOWN_VERBS {
        let manifest = trial.manifest.clone();
        let label = format!("verb {verb}");
        let answer = trial.call_raw(&guest, PLAIN, &label, verb, b"{}", &mut |asked| answers::well(asked, &manifest));
        if answer.status != STATUS_NOT_OFFERED {
            let status = answer.status;
            trial.find(
                format!("{label}：没有这种调用，却答复状态 {status}，应为 {STATUS_NOT_OFFERED}"),
                format!("{label}: there is no such verb, and it answers {status}, not {STATUS_NOT_OFFERED}"),
            );
        }
    }
    for (label, verb, request, must_fail) in requests(&trial.calls) {
        let manifest = trial.manifest.clone();
        let answer =
            trial.call_raw(&guest, PLAIN, &label, verb, &request, &mut |asked| answers::well(asked, &manifest));
        if answer.status == STATUS_OK && must_fail {
            let said = cut(&answer.text);
            trial.find(format!("{label}：当真办了：{said}"), format!("{label}: answers as if it were sense: {said}"));
        }
        if answer.is_panic() {
            let Some(anew) = trial.open(PLAIN, "opening after a panic") else { return };
            guest = anew;
        }
    }
    drop(guest);
    open_wrongly(trial);
    // It must be as it was.
    let _ = trial.open(PLAIN, "opening after rubbish");
}

/// That rubbish opens is a desk's own affair, if it has no settings; that it dies of it is not.
fn open_wrongly(trial: &mut Trial<'_>) {
    let manifest = trial.manifest.clone();
    for (label, opening) in shapeless() {
        let label = format!("opening with {label}");
        say(AT, &label);
        trial.count(1);
        drop(Guest::open(trial.library, PLAIN, &opening, &mut |asked| answers::well(asked, &manifest)));
    }
}

type Request = (String, u32, Vec<u8>, bool);

fn requests(calls: &[Sample]) -> Vec<Request> {
    let mut requests = Vec::new();
    for (verb, name) in VERBS {
        for (label, bytes) in shapeless() {
            requests.push((format!("{name}, {label}"), verb, bytes, true));
        }
        let Some(sample) = calls.iter().find(|sample| sample.verb == verb) else { continue };
        let text = sample.request.to_string();
        for share in [1, 3, 5, 7] {
            // On a byte, which may be the middle of a character.
            let half = text.as_bytes()[..text.len() * share / 8].to_vec();
            requests.push((format!("{}, cut off", sample.label), verb, half, true));
        }
        let mut latin = text.clone().into_bytes();
        if let Some(at) = text.find("样例").or_else(|| text.find("sample")) {
            latin[at] = 0xff;
        }
        // The parts of a text need not be looked at by everybody.
        requests.push((format!("{}, not UTF-8", sample.label), verb, latin, false));
        for (label, request) in reshaped(sample) {
            requests.push((format!("{}, {label}", sample.label), verb, request.to_string().into_bytes(), true));
        }
    }
    requests
}

fn shapeless() -> Vec<(String, Vec<u8>)> {
    let mut dice = fastrand::Rng::with_seed(2026);
    let mut shapeless = vec![
        ("nothing".to_owned(), Vec::new()),
        ("a zero".to_owned(), vec![0]),
        ("null".to_owned(), b"null".to_vec()),
        ("an empty list".to_owned(), b"[]".to_vec()),
        ("a brace".to_owned(), b"{".to_vec()),
        ("bytes that are no UTF-8".to_owned(), vec![0xff, 0xfe, 0x80, b'{', 0xc0]),
        ("a list in a list in a list".to_owned(), vec![b'['; DEPTH]),
        ("a long text".to_owned(), [b"\"".to_vec(), vec![b'a'; LONG_BYTES], b"\"".to_vec()].concat()),
    ];
    for nth in 1..=8 {
        let bytes = (0..dice.usize(1..300)).map(|_| dice.u8(..)).collect();
        shapeless.push((format!("random bytes {nth}"), bytes));
    }
    shapeless
}

/// A sample of another shape.
fn reshaped(sample: &Sample) -> Vec<(&'static str, Value)> {
    let mut reshaped = Vec::new();
    let mut change = |label, path: &str, value: Value| {
        let mut request = sample.request.clone();
        if let Some(place) = request.pointer_mut(path) {
            *place = value;
            reshaped.push((label, request));
        }
    };
    match sample.verb {
        VERB_HANDLE => {
            change("by a name that is not declared", "/input/name", json!("zz-nobody"));
            change("by a number for a name", "/input/name", json!(7));
        }
        VERB_DELIVER => change("with a number for a key", "/key", json!(7)),
        _ => change("by a name that is not declared", "/name", json!("zz-nobody")),
    }
    reshaped
}
