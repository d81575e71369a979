//! The same again: a step is decided by what it is given and by nothing else.

use plugin_api::Title;
use plugin_api::abi::VERB_HANDLE;
use serde_json::{Value, json};

use crate::kit::check::bench::{PLAIN, Trial};
use crate::kit::check::judge::{Answer, differs};
use crate::kit::check::sample::Sample;
use crate::plugins::strange::Guest;

/// In one instance, in another, and in another order.
pub(super) fn here(trial: &mut Trial<'_>) {
    let (Some(one), Some(other)) =
        (trial.open(PLAIN, "打开", "opening"), trial.open(PLAIN, "打开第二个", "opening a second"))
    else {
        return;
    };
    let calls = trial.calls.clone();
    let Some(first) = all(trial, &one, &calls) else { return };
    let backwards: Vec<Sample> = calls.iter().rev().cloned().collect();
    let rounds = [
        (&one, &calls, Title::new("同一实例再来一次", "when asked again")),
        (&other, &calls, Title::new("另一个实例", "in another instance")),
        (&one, &backwards, Title::new("换了次序", "in another order")),
    ];
    for (guest, order, by) in rounds {
        let Some(again) = all(trial, guest, order) else { return };
        compare(trial, &first, &again, &by);
    }
}

/// With fields of a later version.
pub(super) fn with_more_fields(trial: &mut Trial<'_>) {
    let Some(guest) = trial.open(PLAIN, "打开", "opening") else { return };
    let calls = trial.calls.clone();
    let Some(first) = all(trial, &guest, &calls) else { return };
    let more: Vec<Sample> = calls.iter().map(with_more).collect();
    let Some(again) = all(trial, &guest, &more) else { return };
    compare(trial, &first, &again, &Title::new("多了不认识的字段时", "where there are fields it does not know"));
    drop(guest);
    let Ok(mut opening) = serde_json::from_slice::<Value>(&trial.opening) else { return };
    for path in ["", "/district"] {
        add(&mut opening, path);
    }
    trial.opening = opening.to_string().into_bytes();
    let _ = trial.open(PLAIN, "带着不认识的字段打开", "opening with fields it does not know");
}

fn with_more(sample: &Sample) -> Sample {
    let mut sample = sample.clone();
    let paths: &[&str] = match sample.verb {
        VERB_HANDLE => &["", "/step", "/step/input", "/step/matter"],
        _ => &[""],
    };
    for path in paths {
        add(&mut sample.request, path);
    }
    sample
}

fn add(value: &mut Value, path: &str) {
    if let Some(Value::Object(object)) = value.pointer_mut(path) {
        object.insert("zz-later".to_owned(), json!({ "a": [1, "b", null] }));
        // Also where a reader has not yet seen what it knows.
        object.insert("a-later".to_owned(), json!("{\"name\":\"zz\"}"));
    }
}

/// The answers by label; none where one of the calls panicked, which was found already.
fn all(trial: &mut Trial<'_>, guest: &Guest, calls: &[Sample]) -> Option<Vec<(Title, Answer)>> {
    let mut answers = Vec::new();
    for sample in calls {
        let answer = trial.call(guest, PLAIN, sample);
        if answer.is_panic() {
            return None;
        }
        answers.push((sample.label.clone(), answer));
    }
    Some(answers)
}

fn compare(trial: &mut Trial<'_>, first: &[(Title, Answer)], again: &[(Title, Answer)], by: &Title) {
    for (label, answer) in first {
        let other = again.iter().find(|(other, _)| other == label).map(|(_, answer)| answer);
        if let Some(other) = other.filter(|other| *other != answer) {
            trial.find_all([differs(label, &answer.fingerprint(), &other.fingerprint(), by)]);
        }
    }
}
