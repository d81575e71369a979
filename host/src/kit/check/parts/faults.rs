//! A host that fails: it cannot answer, answers what nobody can read, not at all, or more than once.
//!
//! What a desk makes of that is its own affair, as long as it is an answer: it neither panics nor dies,
//! and decides afterwards what it decided before.

use plugin_api::Title;
use plugin_api::abi::STATUS_OK;

use crate::kit::check::answers;
use crate::kit::check::bench::{PLAIN, Trial};
use crate::kit::check::judge::differs;
use crate::kit::check::sample::and;
use crate::plugins::strange::Said;

/// Questions of one call of which each is failed alone.
const QUESTIONS_MAX: usize = 12;

/// How the host fails.
fn ways() -> Vec<(&'static str, &'static str, Said)> {
    let ok = |passed: &[&[u8]]| Said { status: STATUS_OK, passed: passed.iter().map(|bytes| bytes.to_vec()).collect() };
    vec![
        ("主机失败", "the host fails", answers::failed("the store is out of reach")),
        ("主机什么也不答", "the host answers nothing", ok(&[])),
        ("主机答的不是 JSON", "the host answers no JSON", ok(&[b"well, let me think"])),
        ("主机只答一半", "the host answers half of it", ok(&[b"{\"id\":7,\"numb"])),
        ("主机答的不是 UTF-8", "the host answers no UTF-8", ok(&[b"\"\xff\xfe\""])),
        ("主机答 null", "the host answers null", ok(&[b"null"])),
        ("主机答一个数", "the host answers a number", ok(&[b"7"])),
        ("主机答空列表", "the host answers an empty list", ok(&[b"[]"])),
        ("主机答空对象", "the host answers an empty object", ok(&[b"{}"])),
        ("主机答两次", "the host answers twice", ok(&[b"[]", b"[]"])),
        (
            "主机答的状态不存在",
            "the host answers with a status there is not",
            Said { status: 99, passed: vec![b"?".to_vec()] },
        ),
    ]
}

pub(super) fn run(trial: &mut Trial<'_>) {
    let Some(mut guest) = trial.open(PLAIN, "打开", "opening") else { return };
    for sample in trial.calls.clone() {
        let manifest = trial.manifest.clone();
        let mut asked = 0;
        let before = trial.call_with(&guest, PLAIN, &sample, &mut |question| {
            asked += 1;
            answers::well(question, &manifest)
        });
        if before.is_panic() {
            return;
        }
        // All of them, then each alone.
        let at = (0..asked.min(QUESTIONS_MAX)).map(Some);
        for failing in std::iter::once(None).filter(|_| 0 < asked).chain(at) {
            for (zh, en, said) in ways() {
                let mut number = 0;
                let mut failed = sample.clone();
                failed.label = and(&sample.label, &Title::new(zh, en));
                let answer = trial.call_with(&guest, PLAIN, &failed, &mut |question| {
                    number += 1;
                    let fails = failing.is_none_or(|failing| failing + 1 == number);
                    if fails { said.clone() } else { answers::well(question, &manifest) }
                });
                if answer.is_panic() {
                    let Some(anew) = trial.open(PLAIN, "崩溃之后打开", "opening after a panic") else { return };
                    guest = anew;
                }
            }
        }
        if asked == 0 {
            continue;
        }
        let after = trial.call(&guest, PLAIN, &sample);
        if after != before {
            let by = Title::new("主机答错之后", "after the host had failed");
            trial.find_all([differs(&sample.label, &before.fingerprint(), &after.fingerprint(), &by)]);
        }
    }
}
