//! The tables `[[schedule]]` as they are written.

use super::datum::Entries;
use super::reader::Reader;
use crate::config::problem::Remarks;
use crate::config::source::{Located, Spot};

/// One `[[schedule]]`.
#[derive(Debug)]
pub(crate) struct RawSchedule {
    pub(crate) id: Option<Located<String>>,
    pub(crate) every: Option<Located<String>>,
    pub(crate) emit: Option<Located<String>>,
    pub(crate) to: Option<Located<String>>,
    /// The place of the key `data`, and what it holds.
    pub(crate) data: (Option<Spot>, Entries),
}

pub(super) fn read_schedule(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawSchedule {
    let schedule = RawSchedule {
        id: table.need_name("id", remarks),
        every: table.need_text("every", remarks),
        emit: table.need_text("emit", remarks),
        to: table.need_text("to", remarks),
        data: (table.spot_of("data"), table.entries("data", remarks)),
    };
    table.finish(remarks);
    schedule
}
