//! `[console]`: where it is and who runs the host there, as it is written.

use super::reader::Reader;
use crate::config::problem::Remarks;
use crate::config::source::{Located, Spot};

/// A `[console]`.
#[derive(Debug)]
pub(crate) struct RawConsole {
    pub(crate) spot: Spot,
    pub(crate) listen: Option<Located<String>>,
    pub(crate) operators: Vec<Located<String>>,
}

pub(super) fn read_console(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawConsole {
    let console = RawConsole {
        spot: table.spot,
        listen: table.text("listen", remarks),
        operators: table.texts("operators", remarks),
    };
    table.finish(remarks);
    console
}
