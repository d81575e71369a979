//! Everything a manifest declares, once: settings and tables parse, names are known, what is offered is
//! there.

use std::sync::Arc;

use plugin_api::Title;
use plugin_api::abi::{STATUS_FAILED, STATUS_NOT_OFFERED, STATUS_OK, STATUS_REFUSED, VERB_HANDLE};

use crate::kit::check::answers;
use crate::kit::check::bench::{Bench, PLAIN, Trial, say_at};
use crate::kit::check::judge::{Answer, cut, judge, said as say_of};
use crate::kit::check::sample::{Sample, openings};
use crate::kit::check::sense::misfits;
use crate::plugins::Library;
use crate::plugins::strange::{Guest, Opened};

/// What `export_plugin!` says of settings and of a name that the code does not know.
const NOT_PARSED: [&str; 2] = ["settings do not parse", "the input does not fit this desk"];
/// What the trait's defaults say.
const NOT_THERE: &str = "is not offered";

/// Opens it with everything that a district may give it.
pub(super) fn open_all(library: &Arc<Library>, bench: &mut Bench) {
    let manifest = library.inspection().manifest.clone();
    for (label, opening) in openings(&manifest) {
        say_at(&label);
        bench.tried.calls += 1;
        let bytes = opening.to_string().into_bytes();
        let Opened { mut heard, guest } =
            Guest::open(library, PLAIN, &bytes, &mut |asked| answers::well(asked, &manifest));
        drop(guest);
        // An opening has nothing to say when it went well.
        if heard.status == STATUS_OK && heard.outputs.len() <= 1 {
            heard.outputs = vec![Some(b"null".to_vec())];
        }
        let (answer, findings) = judge(&label, 0, heard);
        bench.tried.findings.extend(findings);
        let said = cut(&answer.text);
        if answer.status == STATUS_FAILED && NOT_PARSED.iter().any(|words| answer.text.starts_with(words)) {
            bench.tried.findings.push(say_of(&label, &said, &said));
        } else if answer.status == STATUS_FAILED || answer.status == STATUS_REFUSED {
            // Rows that are made up need not make sense to a desk.
            let words = answer.words();
            let (zh, en) = if answer.status == STATUS_REFUSED { ("拒绝", "refused") } else { ("失败", "failed") };
            let words = say_of(&label, &format!("{zh}：{}", words.zh), &format!("{en}: {}", words.en));
            bench.tried.remarks.push(words);
        } else if answer.status == STATUS_NOT_OFFERED {
            bench.tried.findings.push(say_of(&label, "不肯打开", "opening is not offered"));
        }
    }
}

/// Calls it by everything it declares.
pub(super) fn answer_all(trial: &mut Trial<'_>) {
    let Some(mut guest) = trial.open(PLAIN, "打开", "opening") else { return };
    let mut handled = 0;
    for sample in trial.calls.clone() {
        let answer = trial.call(&guest, PLAIN, &sample);
        trial.keep(&sample.label, &answer);
        if answer.status == STATUS_OK {
            handled += 1;
            let misfits = misfits(sample.verb, &answer.text, &trial.manifest);
            trial.find_all(misfits.iter().map(|words| say_of(&sample.label, &words.zh, &words.en)));
        }
        if let Some(words) = misfit(&sample, &answer) {
            trial.find_all([words]);
        } else if answer.status == STATUS_FAILED {
            let (label, said) = (&sample.label, cut(&answer.text));
            trial.remark(say_of(label, &format!("失败：{said}"), &format!("failed: {said}")));
        }
        if answer.is_panic() {
            let Some(anew) = trial.open(PLAIN, "崩溃之后打开", "opening after a panic") else { return };
            guest = anew;
        }
    }
    if handled == 0 && !trial.calls.is_empty() {
        trial.remark(Title::new(
            "编出来的调用一次也没有办成，后面几项说明不了多少",
            "no made-up call went well, so the further parts tell little",
        ));
    }
}

/// The same, for a comparison.
pub(super) fn keep_all(trial: &mut Trial<'_>) {
    let Some(guest) = trial.open(PLAIN, "打开", "opening") else { return };
    for sample in trial.calls.clone() {
        let answer = trial.call(&guest, PLAIN, &sample);
        trial.keep(&sample.label, &answer);
        if answer.is_panic() {
            return;
        }
    }
}

/// What the manifest promises and the code does not keep.
fn misfit(sample: &Sample, answer: &Answer) -> Option<Title> {
    let label = &sample.label;
    let not_there = answer.status == STATUS_NOT_OFFERED
        || (sample.verb != VERB_HANDLE && answer.status == STATUS_FAILED && answer.text.ends_with(NOT_THERE));
    if not_there {
        return Some(say_of(label, "清单里有，代码里没有", "the manifest declares it, and it is not offered"));
    }
    let is_unread = answer.status == STATUS_FAILED && NOT_PARSED.iter().any(|words| answer.text.starts_with(words));
    let said = cut(&answer.text);
    is_unread.then(|| say_of(label, &said, &said))
}
