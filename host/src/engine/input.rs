//! What makes the engine do something, and what it answers.

use jiff::Timestamp;
use plugin_api::{MatterId, Objection, PersonId, Status, Title};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::jobs::Ended;
use crate::clock::Moment;
use crate::code::Codes;
use crate::store::rows::ClockId;

/// An input as it is handed to the engine.
#[derive(Clone, Debug)]
pub struct Input {
    /// What is asked.
    pub ask: Ask,
    /// Who asks.
    pub by: Option<PersonId>,
    /// Makes the same input the same input when it comes again.
    pub key: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A person's action, with the form as it was filled in.
    Act(Act),
    /// A row of a table, as an action on the desk.
    Row(Act),
    /// An input of the journal, run again: its form is canonical and masked already.
    Again(Act, Origin),
    /// A clock ran out.
    Clock(ClockId, Moment),
    /// A step that failed is tried again, by itself or by an operator.
    Retry {
        /// Which.
        delivery: u64,
        /// An operator asked: a parked step counts anew.
        by_hand: bool,
    },
    /// A run of a job has ended.
    Job {
        /// Which job.
        id: u64,
        /// How.
        ended: Ended,
    },
    /// An operator hands a matter over by hand.
    Move {
        /// The matter.
        matter: MatterId,
        /// Name of the desk.
        desk: String,
    },
    /// An operator erases somebody who is known by a contact.
    Erase {
        /// Who.
        person: PersonId,
        /// What for.
        why: Option<String>,
        /// The journal says that they were known; run again, nothing may be left that says so.
        is_again: bool,
    },
    /// An outlet's lane says how a notice fared, and takes the next.
    Deliver(super::outbox::Turn),
    /// An operator has a notice delivered once more.
    Resend {
        /// Which.
        notice: u64,
    },
    /// What a step came to that was sent to a process.
    Answered(super::sent::Answered),
    /// What became of a notice, of the journal, run again.
    Receipt(super::outbox::ReceiptBack),
    /// An input of another config's journal: whether it may be done is asked anew.
    Anew(Act, Origin),
    /// A schedule has come.
    Schedule(super::schedules::Occurrence),
    /// An operator let a library run, or no longer.
    Pin(super::pins::PinTurn),
}

/// An action and its form.
#[derive(Clone, Debug)]
pub struct Act {
    /// Whom it is addressed to.
    pub target: Target,
    /// The action.
    pub action: String,
    /// The form.
    pub form: Map<String, Value>,
}

/// Whom an action is addressed to.
#[derive(Clone, Debug)]
pub enum Target {
    /// A desk, for actions about no single matter.
    Desk(String),
    /// A matter, wherever it lies.
    Matter(MatterId),
    /// A matter, where it was seen lying: refused if it has gone on.
    MatterAt(MatterId, String),
    /// A matter, with its query code, in place of a person: `@reporter` and `@anyone` are open to who
    /// comes with it.
    ByCode(MatterId, String),
}

/// Whether a replayed input was an action or a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An action.
    Act,
    /// A row.
    Row,
}

/// What the engine answers. It is on disk when it is read (I1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Done.
    Done(Done),
    /// The same had been asked before: this was answered then.
    Repeated(Done),
    /// A person must mend something; nothing changed.
    Refused(Vec<Objection>),
    /// A desk or the host must; what stands is kept and tried again, or parked.
    Failed(String),
    /// The store did not take it, and the operator must act: the text says who and how. Nothing of it
    /// stands; after a flush that failed, whether it does is known at the next start.
    Unstored(Title),
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Number of the input in the journal.
    pub seq: u64,
    /// The matter acted on, and those it opened, as they then lay.
    pub matters: Vec<Reached>,
    /// What was shown to who asked for the original. Put in when it is given out, and kept nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Original>,
}

/// A text as it was before the host hid a number in it, or a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// The input it came with; 0 for a reporter's contact.
    pub input: u64,
    /// The field of its form; whose contact it is.
    pub of: String,
    /// The text; as JSON where it was several.
    pub text: String,
}

impl Done {
    /// An input, and the matters it reached.
    pub(super) fn of(seq: u64, matters: Vec<Reached>) -> Done {
        Done { seq, matters, shown: Vec::new() }
    }

    /// Puts in the codes of the matters that were opened: whoever has the answer may follow them.
    pub(super) fn give_codes(&mut self, codes: Codes) {
        for matter in self.matters.iter_mut().filter(|matter| matter.opened) {
            matter.code = Some(codes.of(&matter.number));
        }
    }
}

/// Where a matter lay when an input had been run to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Its number.
    pub number: String,
    /// The desk.
    pub desk: String,
    /// The stage.
    pub stage: String,
    /// Whether it is open.
    pub status: Status,
    /// Opened by this input.
    pub opened: bool,
    /// Its query code, where this input opened it. Put in when the answer is given out, and kept nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Milliseconds since 1970 as an instant. The engine's instants are whole milliseconds, so that
/// store, wire and replay agree.
pub fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("instants of the engine are within the years 1970 to 9999")
}

/// Where the engine gets its time from.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond()
    }
}

/// A clock that is turned by hand: exercises, the demo, tests.
#[derive(Clone, Debug, Default)]
pub struct HandClock(std::sync::Arc<std::sync::atomic::AtomicI64>);

impl HandClock {
    /// A clock that shows this.
    pub fn new(now_ms: i64) -> HandClock {
        HandClock(std::sync::Arc::new(now_ms.into()))
    }

    /// Turns it.
    pub fn set(&self, now_ms: i64) {
        self.0.store(now_ms, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}
