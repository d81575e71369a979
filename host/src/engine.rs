//! One thread owns all writes: inputs are numbered, run to their end, and committed together with
//! their neighbours.
//!
//! Always holds: an answer is given out after the commit (I1); a step's effects are applied whole or
//! not at all (I3); every input is journaled in the order it was run with all that was decided
//! outside (I4). The engine knows no clock but the one it is given.

pub mod input;
pub mod call;
pub(crate) mod act;
mod operator;
pub mod ringing;
mod chain;
mod step;
mod asked;
mod draft;
mod batch;
mod books;
pub(crate) mod border;
pub(crate) mod secret;
mod handover;
pub mod jobs;
pub mod answers;
pub mod clocks;
pub mod marker;
pub mod runner;
pub mod look;
pub mod replay;
mod erase;
mod epoch;
pub mod switch;
mod trouble;
pub mod deliveries;
mod held;
mod deaths;
mod time;
mod due;
pub mod schedules;
pub mod outbox;
mod anew;
pub mod sent;
pub mod fares;
pub mod pins;
pub mod trail;

use std::collections::HashMap;
use std::sync::Arc;

use plugin_api::MatterId;

use crate::code::Codes;
use crate::config::Config;
use crate::limits::{BATCH_STEPS_MAX, CHECKPOINT_STEPS};
use crate::matter::Head;
use crate::plan::Plan;
use crate::store::rows::{DeliveryRow, InputRow};
use crate::store::seal::commitment;
use crate::store::{Reader, Store, StoreError, WriteSet};
use batch::Batch;
pub use batch::Read;
use call::Caller;
use clocks::Clocks;
use deliveries::Deliveries;
use fares::Fares;
use input::{Answer, Ask, Clock, Input};
use jobs::Jobs;
use marker::Marker;
use outbox::Bell;
use schedules::Schedules;
use secret::{Salts, district_secret};
use sent::Sent;
use trail::Trail;
use trouble::Trouble;

/// The engine of one district.
pub struct Engine {
    config: Arc<Config>,
    callers: Vec<Arc<dyn Caller>>,
    desk_names: Vec<Arc<str>>,
    store: Store,
    clock: Arc<dyn Clock>,
    is_clock_back: bool,
    clocks: Clocks,
    deliveries: Deliveries,
    schedules: Schedules,
    batch: Batch,
    finished: Vec<(u64, Answer)>,
    numbers: Numbers,
    /// Number of the input that is being run.
    input_seq: u64,
    config_seq: u64,
    secret: [u8; 32],
    deaths: HashMap<u64, u32>,
    marker: Marker,
    salts: Salts,
    buffers: Buffers,
    jobs: Jobs,
    steps_since_checkpoint: usize,
    trouble: Trouble,
    bell: Arc<Bell>,
    sent: Sent,
    fares: Fares,
    committed: Box<dyn FnMut(&Committed<'_>) + Send>,
    trail: Option<Arc<Trail>>,
}

/// What a commit wrote and had read, for a measurement that replays the same statements.
#[derive(Debug)]
pub struct Committed<'a> {
    /// What was read.
    pub read: &'a [Read],
    /// What was written.
    pub set: &'a WriteSet,
}

/// The next number of each sort.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    seq: u64,
    matter: u64,
    delivery: u64,
    last_ms: i64,
    notice: u64,
}

/// Texts that are built anew at every step, in the same memory.
#[derive(Debug, Default)]
struct Buffers {
    request: String,
    out: Vec<u8>,
}

impl Engine {
    /// An engine on a store, with one caller for each desk of the config, in its order.
    ///
    /// A config other than the one in force before is a switch, and an input of its own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(
        config: Arc<Config>,
        callers: Vec<Arc<dyn Caller>>,
        store: Store,
        clock: Box<dyn Clock>,
        marker: Marker,
    ) -> Result<Engine, StoreError> {
        Engine::with_plan(config, callers, store, clock, marker, |_| None)
    }

    /// The same; a switch keeps what `plan` says of it, which is asked of the store as it was before.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_plan(
        config: Arc<Config>,
        callers: Vec<Arc<dyn Caller>>,
        store: Store,
        clock: Box<dyn Clock>,
        mut marker: Marker,
        plan: impl FnOnce(Reader<'_>) -> Option<Plan>,
    ) -> Result<Engine, StoreError> {
        assert_eq!(config.desks.len(), callers.len(), "one caller for each desk");
        let secret = district_secret(&store)?;
        let desk_names: Vec<Arc<str>> = config.desks.iter().map(|desk| desk.name.as_str().into()).collect();
        let jobs = Jobs::new(&desk_names, marker.take_job_mark());
        let mut engine = Engine {
            config,
            callers,
            desk_names,
            store,
            clock: Arc::from(clock),
            is_clock_back: false,
            clocks: Clocks::default(),
            deliveries: Deliveries::default(),
            schedules: Schedules::default(),
            batch: Batch::default(),
            finished: Vec::new(),
            numbers: Numbers::default(),
            input_seq: 0,
            config_seq: 0,
            secret,
            deaths: HashMap::new(),
            marker,
            salts: Salts::default(),
            buffers: Buffers::default(),
            jobs,
            steps_since_checkpoint: 0,
            trouble: Trouble::default(),
            bell: Arc::default(),
            sent: Sent::default(),
            fares: Fares::default(),
            committed: Box::new(|_| {}),
            trail: None,
        };
        engine.fares.turn_to(&engine.config, &engine.callers);
        engine.count_death()?;
        engine.count_job_death()?;
        engine.read_back()?;
        engine.check_stored()?;
        let plan = plan(engine.store.reader());
        engine.journal_switch(plan)?;
        engine.journal_epoch()?;
        Ok(engine)
    }

    /// Calls this with everything each commit read and wrote, after who listens already.
    pub fn on_commit(&mut self, mut listener: impl FnMut(&Committed<'_>) + Send + 'static) {
        let mut before = std::mem::replace(&mut self.committed, Box::new(|_| {}));
        self.committed = Box::new(move |committed| {
            before(committed);
            listener(committed);
        });
    }

    /// The config in force.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The store, to read.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The engine's clock, to read.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Running clocks.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// Steps to be tried again, and parked ones.
    pub fn deliveries(&self) -> impl Iterator<Item = &DeliveryRow> {
        self.deliveries.iter()
    }

    /// When something will be due by itself.
    pub fn next_due_ms(&self) -> Option<i64> {
        let due_ms = self.deliveries.next_due_ms().into_iter().chain(self.clocks.next_due_ms());
        let due_ms = due_ms.chain(self.jobs.next_due_ms()).chain(self.schedules.next_due_ms()).min();
        let held_ms = self.held_ms();
        due_ms.map(|due_ms| if held_ms == 0 { due_ms } else { due_ms.max(self.now_ms() + held_ms) })
    }

    /// What makes and checks query codes.
    pub fn codes(&self) -> Codes {
        Codes::new(self.secret)
    }

    /// The matter of a number, if there is one.
    pub fn find_matter(&self, number: &str) -> Option<MatterId> {
        border::find_matter(number, &self.batch, &self.store)
    }

    /// Takes an input and runs it to its end. The answer comes from [`Engine::commit`].
    pub fn take(&mut self, input: Input, ticket: u64) {
        self.settle_here();
        self.look_at_clock();
        let now_ms = self.now_ms();
        let refusals = self.trouble.refusals;
        self.run_due_of(&input, now_ms);
        if self.is_stopped() || self.trouble.refusals != refusals {
            return self.refuse_one(ticket);
        }
        self.take_at(Arc::new(input), now_ms, ticket);
    }

    /// Takes an input as of an instant that was decided before.
    fn take_at(&mut self, input: Arc<Input>, now_ms: i64, ticket: u64) {
        self.numbers.last_ms = now_ms.max(self.numbers.last_ms);
        self.sent.first = None;
        self.batch.taken.push((Arc::clone(&input), now_ms, ticket));
        match self.run(&input, now_ms) {
            Ok(answer) => self.note_answer(ticket, answer),
            Err(error) => self.redo(error),
        }
    }

    /// Whether the batch must be committed before more is taken.
    pub fn is_full(&self) -> bool {
        BATCH_STEPS_MAX <= self.batch.steps
    }

    /// Commits the batch and gives its answers, by ticket: they are on disk (I1).
    ///
    /// If the store refuses, the batch is undone and its inputs are done again one by one: desks
    /// are pure. If it is the disk that refuses, they are answered so, and nothing of them stands.
    pub fn commit(&mut self) -> Vec<(u64, Answer)> {
        if let Err(error) = self.try_commit() {
            self.redo(error);
        }
        self.settle_here();
        let mut finished = std::mem::take(&mut self.finished);
        self.look_again(&mut finished);
        let codes = self.codes();
        for (_, answer) in &mut finished {
            if let Answer::Done(done) | Answer::Repeated(done) = answer {
                done.give_codes(codes);
            }
        }
        finished
    }

    fn run(&mut self, input: &Input, now_ms: i64) -> Result<Answer, StoreError> {
        self.input_seq = self.numbers.seq;
        // Reads outside a transaction would each take and drop a lock.
        if !self.batch.is_begun {
            self.store.begin()?;
            self.batch.is_begun = true;
        }
        match &input.ask {
            Ask::Act(act) | Ask::Row(act) | Ask::Again(act, _) | Ask::Anew(act, _) => self.act(input, act, now_ms),
            Ask::Clock(clock, moment) => self.run_clock(clock, moment, now_ms),
            Ask::Retry { delivery, by_hand } => self.retry(*delivery, *by_hand, input.by.as_ref(), now_ms),
            Ask::Job { id, ended } => self.end_job(*id, ended, now_ms),
            Ask::Move { matter, desk } => self.move_by_hand(*matter, desk, input.by.as_ref(), now_ms),
            Ask::Erase { .. } => self.erase(input, now_ms),
            Ask::Deliver(turn) => self.deliver_turn(turn, now_ms),
            Ask::Resend { notice } => self.resend(*notice, input.by.as_ref(), now_ms),
            Ask::Receipt(receipt) => self.receive(receipt, now_ms),
            Ask::Answered(answered) => self.end_sent(answered, now_ms),
            Ask::Schedule(occurrence) => self.run_schedule(occurrence, now_ms),
            Ask::Pin(turn) => self.turn_pin(turn, input, now_ms),
        }
    }

    fn try_commit(&mut self) -> Result<(), StoreError> {
        self.marker.clear();
        if !self.batch.is_begun {
            return self.store.check_place();
        }
        self.batch.flush(&mut self.store, &mut self.committed)?;
        self.store.commit()?;
        self.marker.note_stored(self.numbers.seq - 1);
        self.trouble.end();
        self.steps_since_checkpoint += self.batch.steps;
        if CHECKPOINT_STEPS <= self.steps_since_checkpoint {
            self.steps_since_checkpoint = 0;
            self.store.checkpoint_soon();
        }
        if self.batch.sends_notices {
            self.bell.ring();
        }
        self.ring_trail();
        self.finished.extend(self.batch.end());
        self.tidy_sent();
        Ok(())
    }

    /// Everything the engine keeps in memory, from the store.
    fn read_back(&mut self) -> Result<(), StoreError> {
        let reader = self.store.reader();
        let counters = reader.counters()?;
        self.numbers = Numbers {
            seq: counters.seq + 1,
            matter: counters.matter + 1,
            delivery: counters.delivery + 1,
            last_ms: counters.at_ms.max(self.numbers.last_ms),
            notice: counters.notice + 1,
        };
        self.clocks = Clocks::new(reader.clocks()?);
        self.deliveries = Deliveries::new(reader.deliveries()?);
        self.deaths = reader.deaths()?.into_iter().collect();
        self.jobs.read_back(reader.jobs()?);
        self.schedules.read_back(reader.schedules()?, &self.config);
        Ok(())
    }

    /// Journals an input with its body. What its first step booked, which has been run then, is sealed
    /// with it.
    fn push_input(&mut self, mut row: InputRow, body: Arc<str>) {
        row.commitment = self.keep_body(row.seq, body);
        row.booked = self.batch.books.seal(row.seq);
        self.batch.set.inputs.push(row);
    }

    /// Keeps the body of a journal row apart, and gives what binds it to the row.
    fn keep_body(&mut self, seq: u64, body: Arc<str>) -> Option<[u8; 32]> {
        if body.is_empty() || &*body == "{}" {
            return None;
        }
        let salt = self.salts.next();
        let commitment = commitment(&salt, body.as_bytes());
        self.batch.set.bodies.push(crate::store::rows::BodyRow { seq, salt, bytes: body });
        Some(commitment)
    }

    /// A copy of a matter's head, from the batch or the store.
    fn head(&mut self, id: MatterId) -> Result<Option<Head>, StoreError> {
        Ok(self.batch.matter(&self.store, id)?.map(|cached| cached.head.clone()))
    }
}

/// Ticket of inputs nobody waits for.
pub const NO_TICKET: u64 = 0;
