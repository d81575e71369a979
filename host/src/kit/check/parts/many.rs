//! Many at once, and one after the other in every order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use plugin_api::Title;
use plugin_api::abi::{VERB_DELIVER, VERB_HANDLE};

use crate::kit::check::answers;
use crate::kit::check::bench::{PLAIN, Trial, say_at};
use crate::kit::check::judge::{Answer, differs, judge};
use crate::kit::check::sample::{Sample, and};
use crate::plugins::strange::Guest;

const ROUNDS: usize = 30;
const THREADS: usize = 4;

/// Steps of an instance one after the other, views and jobs beside them, and other instances beside
/// that: what the contract allows a host, and nothing else.
pub(super) fn threads(trial: &mut Trial<'_>) {
    let Some(shared) = trial.open(PLAIN, "打开", "opening") else { return };
    let mut own = Vec::new();
    for _ in 0..THREADS {
        own.extend(trial.open(PLAIN, "给每个线程打开一个", "opening one for each thread"));
    }
    let mut first = Vec::new();
    for sample in trial.calls.clone() {
        let answer = trial.call(&shared, PLAIN, &sample);
        if answer.is_panic() {
            return;
        }
        first.push((sample, answer));
    }
    let one_by_one: Vec<_> = first.iter().filter(|(sample, _)| is_alone(sample)).cloned().collect();
    let beside: Vec<_> = first.iter().filter(|(sample, _)| !is_alone(sample)).cloned().collect();
    say_at(&Title::new("多个线程同时调用", "calls from many threads"));
    let (found, calls) = (Mutex::new(Vec::new()), AtomicU64::new(0));
    let manifest = trial.manifest.clone();
    let run = |guest: &Guest, calls_of: &[(Sample, Answer)]| {
        for (sample, before) in (0..ROUNDS).flat_map(|_| calls_of) {
            let request = sample.request.to_string().into_bytes();
            let heard = guest.call(PLAIN, sample.verb, &request, &mut |asked| answers::well(asked, &manifest));
            calls.fetch_add(1, Ordering::Relaxed);
            let (answer, mut findings) = judge(&sample.label, sample.verb, heard);
            if answer != *before {
                let by = Title::new("多个线程同时调用时", "when called from many threads");
                findings.push(differs(&sample.label, &before.fingerprint(), &answer.fingerprint(), &by));
            }
            found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(findings);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| run(&shared, &one_by_one));
        for guest in &own {
            scope.spawn(|| run(&shared, &beside));
            scope.spawn(|| run(guest, &first));
        }
    });
    trial.count(calls.into_inner());
    trial.find_all(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
}

/// Whether no two calls of this sort run beside each other on one instance.
fn is_alone(sample: &Sample) -> bool {
    matches!(sample.verb, VERB_HANDLE | VERB_DELIVER)
}

/// A host may have several instances, close them in any order and on any thread. To call one that is
/// closed is what no host may, so that is not tried.
pub(super) fn closing(trial: &mut Trial<'_>) {
    for _ in 0..5 {
        drop(trial.open(PLAIN, "打开就关闭", "opening and closing at once"));
    }
    let (Some(one), Some(two), Some(three)) = (
        trial.open(PLAIN, "打开第一个", "opening a first"),
        trial.open(PLAIN, "打开第二个", "opening a second"),
        trial.open(PLAIN, "打开第三个", "opening a third"),
    ) else {
        return;
    };
    let Some(mut sample) = trial.calls.first().cloned() else { return };
    let before = trial.call(&one, PLAIN, &sample);
    sample.label = and(&sample.label, &Title::new("别的实例关闭之后", "after another instance was closed"));
    say_at(&Title::new("三个里先关第一个", "closing the first of three"));
    drop(one);
    let mut after = vec![trial.call(&two, PLAIN, &sample)];
    say_at(&Title::new("在另一个线程上关闭", "closing on another thread"));
    thread::scope(|scope| scope.spawn(move || drop(two)).join().unwrap_or_default());
    after.push(trial.call(&three, PLAIN, &sample));
    drop(three);
    if let Some(anew) = trial.open(PLAIN, "全部关闭之后打开", "opening after all were closed") {
        after.push(trial.call(&anew, PLAIN, &sample));
    }
    for other in after.iter().filter(|other| **other != before) {
        let by = Title::new("和先前", "than before");
        trial.find_all([differs(&sample.label, &before.fingerprint(), &other.fingerprint(), &by)]);
    }
}
