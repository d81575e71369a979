//! What another config would have made of a district's journal: its inputs run through it on a scratch
//! store, and every matter's two ways held against each other.
//!
//! Knows nothing of how it is shown. Always holds: of the district only the store is read; nothing leaves,
//! for nobody delivers what the scratch store has to send.

mod run;
mod way;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use plugin_api::matter::Lamp;
use plugin_api::{MatterId, Objection, Status};
use serde::Serialize;

use crate::config::Config;
use crate::district::{District, NotOpened};
use crate::store::{JournalEvent, Reader};
use run::Run;

/// What would have been, beside what was.
#[derive(Clone, Debug, Serialize)]
pub struct WhatIf {
    /// Until when both were run.
    pub until: Timestamp,
    /// Inputs of the journal.
    pub inputs: u64,
    /// Inputs of people that were done again.
    pub replayed: u64,
    /// Inputs of people that were not: their matter's way is another by then.
    pub differs_from_here: u64,
    /// Inputs that were left out.
    pub left_out: LeftOut,
    /// Inputs about no matter that would be refused, with what they say.
    pub refused: Vec<RefusedInput>,
    /// Every matter that can be compared, in the order of opening.
    pub matters: Vec<Pair>,
}

/// Inputs that were not run, by why.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LeftOut {
    /// Their words were erased.
    pub erased: u64,
    /// They erase somebody.
    pub erasures: u64,
    /// They are about notices, and nothing is sent.
    pub notices: u64,
    /// They are about a matter that was not opened.
    pub without_matter: u64,
}

/// An input on a desk, refused by the other config.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedInput {
    /// Its number in the journal.
    pub seq: u64,
    /// Its instant.
    pub at: Timestamp,
    /// The desk.
    pub desk: String,
    /// The action.
    pub action: String,
    /// Why.
    pub refused: Vec<Objection>,
}

/// In what a matter's two ways differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It would go to another desk, or not to one it went to.
    Desk,
    /// Other clocks would fire, or the same at another time, where the ways part; or stand otherwise at the end.
    Clocks,
    /// It would end otherwise, or end where it did not.
    Outcome,
    /// What a person did would be refused.
    Refused,
    /// It ended, and would be open: nobody acts on it once it goes another way.
    StillOpen,
    /// It would not have been opened.
    NotOpened,
    /// It was not there.
    New,
    /// Something else: what is said of it, whom it waits for, its labels.
    Other,
}

/// A matter's two ways.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// Its number; that of the other way if it was not there.
    pub number: String,
    /// What it is about.
    pub title: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// In what they differ; nothing if they are the same.
    pub what: BTreeSet<What>,
    /// Where they part.
    pub parted: Option<Parted>,
    /// How many events come after that, on both ways.
    pub moved: usize,
    /// Inputs of people from there on, which were not replayed.
    pub differs_from_here: u64,
    /// How it stood at the end.
    pub was: Option<Standing>,
    /// How it would.
    pub would: Option<Standing>,
    /// Its ids on both ways.
    #[serde(skip)]
    pub ids: (Option<MatterId>, Option<MatterId>),
}

/// Where two ways part: the first event of each that the other has not, or a refusal.
#[derive(Clone, Debug, Serialize)]
pub struct Parted {
    /// The earlier instant.
    pub at: Timestamp,
    /// What happened.
    pub was: Option<Said>,
    /// What would.
    pub would: Option<Said>,
    /// Why what a person did would be refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Objection>,
}

/// An event.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// Its instant.
    pub at: Timestamp,
    /// The desk that said it.
    pub desk: String,
    /// What.
    pub topic: String,
    /// Who acted.
    pub by: Option<String>,
    /// The route that took the matter.
    pub route: Option<String>,
    /// Whether a clock made it say so.
    pub clock: bool,
    /// The same as the journal has it.
    #[serde(skip)]
    pub event: JournalEvent,
}

/// How a matter stands.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// Its desk.
    pub desk: String,
    /// Its kind.
    pub kind: String,
    /// Its stage.
    pub stage: String,
    /// Open, closed, joined.
    pub status: Status,
    /// How it ended.
    pub outcome: Option<String>,
    /// Its lamp.
    pub lamp: Option<Lamp>,
    /// What its desk said as it ended.
    #[serde(skip)]
    pub last_words: Option<JournalEvent>,
}

/// Two ways of one matter, event by event.
#[derive(Clone, Debug, Serialize)]
pub struct Ways {
    /// How many events at the beginning are the same.
    pub same: usize,
    /// What happened.
    pub was: Vec<Said>,
    /// What would have.
    pub would: Vec<Said>,
}

/// How far it is, in inputs.
pub type Tell<'t> = &'t mut dyn FnMut(u64, u64);

/// Runs a journal through a district that is opened, on a store of its own in an empty folder. Gives the
/// two ways of the matter asked for along.
///
/// # Errors
/// When the journal cannot be read, or the scratch store cannot be made.
pub fn what_if(
    (journal, config): (Reader<'_>, &Config),
    other: &District,
    folder: &Path,
    of: Option<MatterId>,
    tell: Tell<'_>,
) -> Result<(WhatIf, Option<Ways>), NotOpened> {
    let Some(mut run) = Run::start(journal, other, folder)? else {
        let nothing = WhatIf {
            until: Timestamp::UNIX_EPOCH,
            inputs: 0,
            replayed: 0,
            differs_from_here: 0,
            left_out: LeftOut::default(),
            refused: Vec::new(),
            matters: Vec::new(),
        };
        return Ok((nothing, None));
    };
    run.all(config, tell)?;
    run.end(config, &other.config, of)
}
