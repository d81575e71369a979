//! `[isolation]`: what a library in a process of its own may take, as it is written.

use super::reader::Reader;
use crate::config::problem::Remarks;
use crate::config::source::{Located, Spot};

/// An `[isolation]`.
#[derive(Debug)]
pub(crate) struct RawIsolation {
    pub(crate) spot: Spot,
    pub(crate) call_ms: Option<Located<i64>>,
    pub(crate) memory_mib: Option<Located<i64>>,
    pub(crate) without_sandbox: Option<Located<String>>,
}

pub(super) fn read_isolation(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawIsolation {
    let isolation = RawIsolation {
        spot: table.spot,
        call_ms: table.integer("call-ms", remarks),
        memory_mib: table.integer("memory-mib", remarks),
        without_sandbox: table.text("without-sandbox", remarks),
    };
    table.finish(remarks);
    isolation
}
