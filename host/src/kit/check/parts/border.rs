//! Hosts of other versions, and memory that is lent and no more: the answers are those that they were.

use plugin_api::Title;
use plugin_api::abi::VERB_DELIVER;

use crate::kit::check::bench::{PLAIN, Trial};
use crate::kit::check::judge::differs;
use crate::plugins::strange::{Memory, Strange, Table, min_host_minor};

/// A host without a way outside. Its table ends where it says, and reading on ends the process.
pub(super) fn older(trial: &mut Trial<'_>) {
    if 0 < min_host_minor(trial.library) {
        trial.remark(Title::new(
            "它自己要求更新的主机，不试旧的",
            "asks for a newer host itself, so no older one is tried",
        ));
        return;
    }
    same_under(trial, Table::First, Memory::Guarded);
}

/// Every call is answered as under a plain host.
pub(super) fn same_under(trial: &mut Trial<'_>, table: Table, memory: Memory) {
    let host = Strange { table, memory };
    let (Some(plain), Some(strange)) =
        (trial.open(PLAIN, "打开", "opening"), trial.open(host, "在那里打开", "opening there"))
    else {
        return;
    };
    for sample in trial.calls.clone() {
        let there = trial.call(&strange, host, &sample);
        // Without a way outside nothing can be delivered.
        let may_differ = sample.verb == VERB_DELIVER && table == Table::First;
        let here = trial.call(&plain, PLAIN, &sample);
        if there != here && !may_differ {
            let by = Title::new("在这样的主机下", "under such a host");
            trial.find_all([differs(&sample.label, &here.fingerprint(), &there.fingerprint(), &by)]);
        }
        if there.is_panic() || here.is_panic() {
            return;
        }
    }
}
