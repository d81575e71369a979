//! What a batch writes, as values: nothing here touches the database.

mod job;
mod kind;

use std::sync::Arc;

use plugin_api::InputKind;

use crate::clock::ClockRun;

use super::seal::Seal;

use crate::ledger::{AccountName, Entry, Held};
pub use job::{JobRow, JobTurn};
pub(super) use kind::{kind_number, kind_of_number, kind_word};

/// Everything a batch adds and changes. Applied whole or not at all (I3).
#[derive(Clone, Debug, Default)]
pub struct WriteSet {
    /// Inputs, in order.
    pub inputs: Vec<InputRow>,
    /// Events, in order.
    pub events: Vec<EventRow>,
    /// Bodies of inputs and events.
    pub bodies: Vec<BodyRow>,
    /// Texts before they were masked.
    pub originals: Vec<OriginalRow>,
    /// Matters, each once however many desks it passed.
    pub matters: Vec<MatterRow>,
    /// Records, in order.
    pub records: Vec<RecordRow>,
    /// Clocks, in order.
    pub clocks: Vec<ClockRow>,
    /// Steps to be tried again, and those that were.
    pub deliveries: Vec<DeliveryTurn>,
    /// Idempotency keys with their answers.
    pub keys: Vec<KeyRow>,
    /// People known only by a contact.
    pub contacts: Vec<ContactRow>,
    /// Accounts that the transfers moved, each once.
    pub accounts: Vec<AccountRow>,
    /// Transfers, in order.
    pub transfers: Vec<TransferRow>,
    /// Keys of inputs that failed, to be answered when they are done.
    pub late_keys: Vec<LateKeyRow>,
    /// Jobs started, tried and ended.
    pub jobs: Vec<JobTurn>,
    /// Steps that were parked because the process had died in them.
    pub died: Vec<DiedRow>,
    /// Notices to be delivered, in order.
    pub notices: Vec<super::outbox::NoticeRow>,
    /// Keys that notices were sent under: desk and key.
    pub sent_keys: Vec<(Arc<str>, Arc<str>)>,
    /// How far schedules have come.
    pub schedules: Vec<super::schedules::ScheduleTurn>,
    /// Files that forms named.
    pub files: Vec<super::files::FileRow>,
}

impl WriteSet {
    /// Forgets everything and keeps the memory for the next set.
    pub fn clear(&mut self) {
        let WriteSet {
            inputs,
            events,
            bodies,
            originals,
            matters,
            records,
            clocks,
            deliveries,
            keys,
            contacts,
            accounts,
            transfers,
            late_keys,
            jobs,
            died,
            notices,
            sent_keys,
            schedules,
            files,
        } = self;
        inputs.clear();
        events.clear();
        bodies.clear();
        originals.clear();
        matters.clear();
        records.clear();
        clocks.clear();
        deliveries.clear();
        keys.clear();
        contacts.clear();
        accounts.clear();
        transfers.clear();
        late_keys.clear();
        jobs.clear();
        died.clear();
        notices.clear();
        sent_keys.clear();
        schedules.clear();
        files.clear();
    }
}

/// An input.
#[derive(Clone, Debug)]
pub struct InputRow {
    /// Number in the journal.
    pub seq: u64,
    /// Its instant, milliseconds since 1970.
    pub at_ms: i64,
    /// Its sort.
    pub kind: InputKind,
    /// Who acted.
    pub by: Option<Arc<str>>,
    /// The desk addressed.
    pub desk: Option<Arc<str>>,
    /// Action, clock or command.
    pub name: Arc<str>,
    /// The matter addressed.
    pub matter: Option<u64>,
    /// Number of the config in force: the journal seq of its switch.
    pub config: u64,
    /// SHA-256(salt ‖ body).
    pub commitment: Option<[u8; 32]>,
    /// SHA-256(salt ‖ texts before they were masked), where something was.
    pub original: Option<[u8; 32]>,
    /// What binds the transfers that were booked in it, where any were: see [`super::seal::booked`].
    pub booked: Option<[u8; 32]>,
    /// Given when the row is written.
    pub seal: Seal,
}

/// An event.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Number in the journal.
    pub seq: u64,
    /// The input that caused it.
    pub input: u64,
    /// That input's instant.
    pub at_ms: i64,
    /// The matter.
    pub matter: u64,
    /// Its stay when said.
    pub stay: u32,
    /// The topic.
    pub topic: Arc<str>,
    /// The desk that said it.
    pub desk: Arc<str>,
    /// Who acted.
    pub by: Option<Arc<str>>,
    /// The route that took the matter.
    pub route: Option<Arc<str>>,
    /// What the routes looked at, as JSON, when they were asked.
    pub facts: Option<String>,
    /// SHA-256(salt ‖ body).
    pub commitment: Option<[u8; 32]>,
    /// The matter's event before this one; 0 for its first.
    pub prev: u64,
    /// What binds the transfers that were booked in it, where any were: see [`super::seal::booked`].
    pub booked: Option<[u8; 32]>,
    /// Given when the row is written.
    pub seal: Seal,
}

/// The very bytes that were hashed, and their salt. Erasing deletes the row.
#[derive(Clone, Debug)]
pub struct BodyRow {
    /// Input or event.
    pub seq: u64,
    /// Random.
    pub salt: [u8; 16],
    /// JSON.
    pub bytes: Arc<str>,
}

/// Texts of an input before they were masked, and their salt. Erasing deletes the row.
#[derive(Clone, Debug)]
pub struct OriginalRow {
    /// The input.
    pub seq: u64,
    /// Random.
    pub salt: [u8; 16],
    /// JSON.
    pub text: String,
}

/// A matter as a batch leaves it.
#[derive(Clone, Debug)]
pub struct MatterRow {
    /// Identity.
    pub id: u64,
    /// Columns that lists filter by.
    pub desk: Arc<str>,
    /// 0 open, 1 closed, 2 joined.
    pub status: i64,
    /// Stage.
    pub stage: Arc<str>,
    /// Kind.
    pub kind: Arc<str>,
    /// 1 unrouted, 2 busy.
    pub marks: i64,
    /// Place.
    pub place: Arc<str>,
    /// Its last event; 0 if it has none.
    pub last: u64,
    /// The head as JSON.
    pub head: Arc<str>,
    /// What desks noted on it: a JSON object, by desk.
    pub notes: Arc<str>,
    /// The body as JSON, when it is new or changed.
    pub body: Option<Arc<str>>,
    /// Not in the store yet.
    pub is_new: bool,
}

/// A record written or deleted.
#[derive(Clone, Debug)]
pub struct RecordRow {
    /// The desk.
    pub desk: Arc<str>,
    /// The collection.
    pub collection: Arc<str>,
    /// The key.
    pub key: Arc<str>,
    /// JSON; none deletes.
    pub record: Option<Arc<str>>,
}

/// A clock set or dropped.
#[derive(Clone, Debug)]
pub struct ClockRow {
    /// Which clock.
    pub id: ClockId,
    /// How it now runs; none drops it.
    pub run: Option<ClockRun>,
}

/// Identity of a clock: one of a name a desk and matter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClockId {
    /// The matter.
    pub matter: u64,
    /// The desk that started it.
    pub desk: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

/// A step that failed: to be tried again at `due_ms`, or parked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its id.
    pub id: u64,
    /// The input it belongs to.
    pub input: u64,
    /// Input or event whose body is its data.
    pub source: u64,
    /// Instant of the step.
    pub at_ms: i64,
    /// Sort of the input.
    pub kind: InputKind,
    /// Who acted.
    pub by: Option<Arc<str>>,
    /// The desk.
    pub desk: Arc<str>,
    /// Name it is called by.
    pub name: Arc<str>,
    /// The matter.
    pub matter: Option<u64>,
    /// The stay it was meant for.
    pub stay: u32,
    /// The owner's step, not a watcher's.
    pub owner: bool,
    /// Tries so far.
    pub attempt: u32,
    /// When it is tried again; [`HELD_MS`] when something must come first; parked if none.
    pub due_ms: Option<i64>,
    /// What went wrong.
    pub error: String,
}

/// Due time of a step that waits for another step or for its desk, not for a time.
pub const HELD_MS: i64 = i64::MAX;
/// Due time of a step that was sent to a process, and waits for what it comes to.
pub const SENT_MS: i64 = i64::MAX - 1;

impl DeliveryRow {
    /// When it is tried again by itself, if a time decides.
    pub fn due(&self) -> Option<i64> {
        self.due_ms.filter(|due_ms| *due_ms < SENT_MS)
    }
}

/// A change to the steps to be tried again.
#[derive(Clone, Debug)]
pub enum DeliveryTurn {
    /// Keep it, or replace it by a later try.
    Keep(DeliveryRow),
    /// It is done.
    Drop(u64),
}

/// Scope and idempotency key.
pub type KeyName = (Arc<str>, Arc<str>);

/// An idempotency key.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// The desk.
    pub scope: Arc<str>,
    /// The key.
    pub key: Arc<str>,
    /// Over what was asked.
    pub digest: [u8; 32],
    /// What was answered, JSON.
    pub answer: String,
}

/// The key of an input that failed and will be tried again.
#[derive(Clone, Debug)]
pub struct LateKeyRow {
    /// The input.
    pub input: u64,
    /// Scope of the key.
    pub scope: Arc<str>,
    /// The key.
    pub key: Arc<str>,
}

/// A person known only by a contact.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// `r` and the number of the input.
    pub person: Arc<str>,
    /// Keyed hash of the contact, to find it again.
    pub digest: [u8; 32],
    /// The contact itself; lies apart from everything.
    pub contact: String,
}

/// An account as a batch leaves it.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its name.
    pub name: AccountName,
    /// What is on it.
    pub held: Held,
    /// What was on it when it was last written.
    pub before: i64,
    /// Not in the store yet.
    pub is_new: bool,
}

/// A transfer.
#[derive(Clone, Debug)]
pub struct TransferRow {
    /// What is booked.
    pub entry: Arc<Entry>,
    /// What it counts in.
    pub unit: Arc<str>,
    /// The input that led to it.
    pub input: u64,
    /// The step's instant.
    pub at_ms: i64,
    /// The row of the journal that seals it.
    pub row: u64,
}

/// A step that was parked because the process had died in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiedRow {
    /// The input it was parked in.
    pub input: u64,
    /// Which step.
    pub digest: u64,
    /// How often.
    pub count: u32,
}
