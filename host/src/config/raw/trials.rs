//! The tables `[[test]]` as they are written.

use super::datum::Entries;
use super::reader::Reader;
use crate::config::problem::Remarks;
use crate::config::source::{Located, Spot};

/// One `[[test]]`.
#[derive(Debug)]
pub(crate) struct RawTrial {
    pub(crate) spot: Spot,
    pub(crate) name: Option<Located<String>>,
    pub(crate) at: Option<Located<String>>,
    pub(crate) by: Option<Located<String>>,
    /// The form the matter is opened with.
    pub(crate) open: Entries,
    pub(crate) then: Vec<RawDeed>,
    pub(crate) expect: Option<RawExpected>,
}

/// One thing that happens.
#[derive(Debug)]
pub(crate) struct RawDeed {
    pub(crate) spot: Spot,
    pub(crate) act: Option<Located<String>>,
    pub(crate) desk: Option<Located<String>>,
    pub(crate) by: Option<Located<String>>,
    pub(crate) form: Entries,
    pub(crate) wait: Option<Located<String>>,
    pub(crate) until: Option<Located<String>>,
    pub(crate) expect: Option<RawExpected>,
}

/// What must hold.
#[derive(Debug)]
pub(crate) struct RawExpected {
    pub(crate) spot: Spot,
    pub(crate) desk: Option<Located<String>>,
    pub(crate) stage: Option<Located<String>>,
    pub(crate) status: Option<Located<String>>,
    pub(crate) outcome: Option<Located<String>>,
    pub(crate) lamp: Option<Located<String>>,
    pub(crate) unrouted: Option<Located<bool>>,
    pub(crate) labels: Entries,
    pub(crate) route: Vec<Located<String>>,
    pub(crate) balances: Entries,
    pub(crate) refused: Option<Located<bool>>,
    pub(crate) notices: Option<Vec<RawNotified>>,
}

/// A notice that must have been sent.
#[derive(Debug)]
pub(crate) struct RawNotified {
    pub(crate) notice: Option<Located<String>>,
    pub(crate) to: Option<Located<String>>,
    pub(crate) outlet: Option<Located<String>>,
}

pub(super) fn read_trial(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawTrial {
    if !table.has("open") {
        table.missing("open", remarks);
    }
    let trial = RawTrial {
        spot: table.spot,
        name: table.need_text("name", remarks),
        at: table.moment("at", remarks),
        by: table.text("by", remarks),
        open: table.entries("open", remarks),
        then: table.tables("then", remarks).into_iter().map(|table| read_deed(table, remarks)).collect(),
        expect: table.table("expect", remarks).map(|table| read_expected(table, remarks)),
    };
    table.finish(remarks);
    trial
}

fn read_deed(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawDeed {
    let deed = RawDeed {
        spot: table.spot,
        act: table.text("act", remarks),
        desk: table.text("desk", remarks),
        by: table.text("by", remarks),
        form: table.entries("form", remarks),
        wait: table.text("wait", remarks),
        until: table.moment("until", remarks),
        expect: table.table("expect", remarks).map(|table| read_expected(table, remarks)),
    };
    table.finish(remarks);
    deed
}

fn read_expected(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawExpected {
    let expected = RawExpected {
        spot: table.spot,
        desk: table.text("desk", remarks),
        stage: table.text("stage", remarks),
        status: table.text("status", remarks),
        outcome: table.text("outcome", remarks),
        lamp: table.text("lamp", remarks),
        unrouted: table.flag("unrouted", remarks),
        labels: table.entries("labels", remarks),
        route: table.texts("route", remarks),
        balances: table.entries("balances", remarks),
        refused: table.flag("refused", remarks),
        notices: table
            .has("notices")
            .then(|| table.tables("notices", remarks).into_iter().map(|table| read_notified(table, remarks)).collect()),
    };
    table.finish(remarks);
    expected
}

fn read_notified(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawNotified {
    let notified = RawNotified {
        notice: table.need_text("notice", remarks),
        to: table.text("to", remarks),
        outlet: table.text("outlet", remarks),
    };
    table.finish(remarks);
    notified
}
