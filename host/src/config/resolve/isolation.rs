//! What a library in a process of its own may take.

use super::super::Isolation;
use super::super::problem::{Remarks, named, quoted};
use super::super::raw::isolation::RawIsolation;
use super::super::source::Located;
use crate::limits::{CALL_MS_MAX, WORKER_MEMORY_MIB_MAX, WORKER_MEMORY_MIB_MIN};

/// Shortest time a call may be given: a busy machine takes so long for one that does nothing.
const CALL_MS_MIN: u64 = 50;

pub(super) fn resolve(raw: Option<&RawIsolation>, remarks: &mut Remarks) -> Isolation {
    let mut isolation = Isolation::default();
    let Some(raw) = raw else { return isolation };
    within("call-ms", raw.call_ms.as_ref(), (CALL_MS_MIN, CALL_MS_MAX), &mut isolation.call_ms, remarks);
    let memory = (WORKER_MEMORY_MIB_MIN, WORKER_MEMORY_MIB_MAX);
    within("memory-mib", raw.memory_mib.as_ref(), memory, &mut isolation.memory_mib, remarks);
    match raw.without_sandbox.as_ref().map(|word| (word, word.value.as_str())) {
        None | Some((_, "refuse")) => {}
        Some((_, "accept")) => isolation.accepts_no_sandbox = true,
        Some((word, other)) => {
            remarks
                .error(
                    word.spot,
                    format!("without-sandbox 没有{}这种写法", named(other)),
                    format!("without-sandbox {} is not known", quoted(other)),
                )
                .suggest(other, ["refuse", "accept"]);
        }
    }
    isolation
}

fn within(key: &str, given: Option<&Located<i64>>, (lo, hi): (u64, u64), to: &mut u64, remarks: &mut Remarks) {
    let Some(given) = given else { return };
    match u64::try_from(given.value) {
        Ok(value) if lo <= value && value <= hi => *to = value,
        _ => {
            let found = given.value;
            remarks.error(
                given.spot,
                format!("{key} 是 {found}，应为 {lo} 到 {hi}"),
                format!("{key} is {found}, not {lo} to {hi}"),
            );
        }
    }
}
