//! Steps of desks that run in processes of their own: sent, and what they come to taken as inputs.
//!
//! The engine never waits for a process (I9). A sent step is a row until it has come to something; that
//! it has is an input with all there is to know, effects included, so that the journal run again calls
//! nobody and comes out the same (I4). Until then the matter is busy. Where no thread runs such steps
//! beside the engine, they are run before the next input is taken: exercises, imports, single commands.
//!
//! Always holds: of one matter at most one owner's step is out; one that came back after its stay had
//! ended is overtaken; one that numbered its new matters while others were opened is sent once more.

mod body;
mod order;
mod waiting;
pub mod lanes;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plugin_api::{Effect, InputKind, Objection};

use super::call::Outcome;
use super::chain::{Led, Work};
use super::input::{Answer, Done, Input};
use super::step::StepError;
use super::{Engine, NO_TICKET};
use crate::limits::{AHEAD_MAX, DEATHS_MAX};
use crate::routes::DeskIx;
use crate::store::StoreError;
use crate::store::erase::ANSWERED;
use crate::store::rows::{DeliveryRow, DeliveryTurn, HELD_MS, SENT_MS};
pub(super) use body::read_body;
pub use order::Order;

/// What a sent step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The row it is kept as.
    pub delivery: u64,
    /// The tries before it.
    pub attempt: u32,
    /// Number of the call, in this life of the host.
    pub order: u64,
    /// The desk.
    pub desk: Arc<str>,
    /// Name it was called by.
    pub name: Arc<str>,
    /// The matter.
    pub matter: Option<u64>,
    /// The number it gave its first new matter.
    pub next_id: u64,
    /// What.
    pub came: Came,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The effects it wants, JSON that nobody has read yet.
    Effects(Arc<str>),
    /// A person must mend something.
    Refused(Vec<Objection>),
    /// The desk or the host must.
    Failed(String),
    /// Its process died of it; how often in a row, once that has been counted.
    Died(String, Option<u32>),
}

/// Sent steps, as far as the store does not say.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Steps that are out.
    out: BTreeMap<u64, Out>,
    /// Steps that were run again for their numbers, and how often.
    again: HashMap<u64, u32>,
    /// Who waits for what a step comes to.
    tickets: HashMap<u64, u64>,
    /// Steps whose waiters are answered by the batch that is open.
    told: Vec<u64>,
    /// Number of the last order, so that what was called before an erasure is told apart.
    last_order: u64,
    /// The input that is being run began with this one.
    pub first: Option<u64>,
    /// Steps were run here, and answers that were ready before may tell what is no longer so.
    pub has_settled: bool,
    /// Threads run them beside the engine.
    is_beside: bool,
    /// A journal is run again: what they came to stands there.
    pub is_replay: bool,
}

/// A step that is out.
#[derive(Clone, Copy, Debug)]
struct Out {
    desk: DeskIx,
    has_matter: bool,
    order: u64,
}

impl Sent {
    /// Whether one more may be out. What is about no matter yet mostly opens one, and is numbered by it:
    /// one of those at a time, or each would have to be called once more for the one before it.
    fn has_room(&self, step: Out) -> bool {
        let mut of_desk = self.out.values().filter(|out| out.desk == step.desk);
        if step.has_matter { of_desk.count() < AHEAD_MAX } else { of_desk.all(|out| out.has_matter) }
    }
}

impl Engine {
    /// From now on threads beside the engine run the steps that [`Engine::next_orders`] gives out.
    pub fn send_beside(&mut self) {
        self.sent.is_beside = true;
    }

    /// The engine runs them itself again. What is out comes to nothing here and is sent once more.
    pub fn send_here(&mut self) {
        self.sent.is_beside = false;
        self.sent.out.clear();
    }

    /// Keeps a step as sent; behind another of its matter it waits.
    pub(super) fn send(&mut self, work: &Work, led: &mut Led) -> Result<(), StoreError> {
        let desk = &self.desk_names[work.desk.get()];
        let (id, attempt) = work.tried.unwrap_or((self.numbers.delivery, 0));
        let is_behind = work.is_owner && work.matter.is_some_and(|matter| self.waits_behind(matter.0, id));
        let due_ms = Some(if is_behind { HELD_MS } else { SENT_MS });
        let before = self.deliveries.get(id).map(|row| row.error.clone()).filter(|_| work.tried.is_some());
        let error = before.unwrap_or_else(|| "sent to its own process, which has not answered yet".to_owned());
        let row = DeliveryRow { attempt, due_ms, error, ..work.delivery(id, desk) };
        if work.tried.is_none() {
            self.numbers.delivery += 1;
            if work.is_owner {
                self.mark_busy(work.matter, |busy| busy + 1)?;
            }
        }
        led.sent = Some(id);
        self.deliveries.keep(row.clone());
        self.batch.keep_delivery(row);
        Ok(())
    }

    /// Who waits for an input gets its answer, or what its sent step comes to.
    pub(super) fn note_answer(&mut self, ticket: u64, answer: Answer) {
        match self.sent.first.take() {
            None => self.batch.answers.push((ticket, answer)),
            Some(_) if ticket == NO_TICKET || self.sent.is_replay => {}
            Some(delivery) => drop(self.sent.tickets.insert(delivery, ticket)),
        }
    }

    /// Runs what was sent, where no thread does, until nothing is out.
    pub(super) fn settle_here(&mut self) {
        if self.sent.is_beside || self.sent.is_replay {
            return;
        }
        while self.deliveries.has_sent() && !self.is_stopped() {
            let refusals = self.trouble.refusals;
            self.commit_or_redo();
            let orders = self.next_orders();
            if orders.is_empty() || refusals != self.trouble.refusals {
                // What is left waits for its desk, or the store takes nothing.
                return;
            }
            self.sent.has_settled = true;
            for order in orders {
                let input = self.call_here(&order);
                self.take_at(Arc::new(input), self.now_ms(), NO_TICKET);
            }
            // Who waits for one of these is answered once it is on disk.
            self.commit_or_redo();
        }
    }

    fn commit_or_redo(&mut self) {
        if let Err(error) = self.try_commit() {
            self.redo(error);
        }
    }

    fn call_here(&mut self, order: &Order) -> Input {
        // Questions are answered from what is committed.
        self.commit_or_redo();
        if order.caller.rests_ms() <= REST_MS_MAX {
            lanes::rest(&*order.caller);
        }
        let reader = self.store.reader();
        let mut input = None;
        let mut ask = |_: usize, question: &str| order.answer(question, reader);
        order.caller.step_ahead(&[&order.request], &mut ask, &mut |_, outcome, out| {
            input = Some(order.came(outcome, out));
        });
        input.unwrap_or_else(|| order.came(Outcome::Failed("nothing came back".to_owned()), b""))
    }

    /// A sent step has come to something. Whoever waits for the input that led to it is answered; this one
    /// has nobody.
    pub(super) fn end_sent(&mut self, answered: &Answered, now_ms: i64) -> Result<Answer, StoreError> {
        let Some(row) = self.row_of(answered).cloned() else { return Ok(self.nothing_fits()) };
        let (delivery, attempt) = (row.id, row.attempt);
        self.sent.out.remove(&delivery);
        let Some(desk) = self.config.desk(&row.desk) else { return Ok(self.nothing_fits()) };
        let data = self.body_of(row.source)?.unwrap_or_default();
        let mut work = self.work_again(&row, desk, data, false);
        let mut answered = answered.clone();
        let mut wanted = wanted(&answered.came);
        if let Ok(effects) = &wanted
            && self.are_numbers_taken(&answered, effects)
        {
            if !self.is_patient(delivery) {
                return Ok(Answer::Done(Done::default()));
            }
            wanted = self.call_now(&work, &mut answered);
        }
        self.note_fare(desk, matches!(wanted, Err(StepError::Failed(_))));
        let deaths = self.deaths_of(&work, &answered.came)?;
        if DEATHS_MAX <= deaths {
            let why = if let Came::Died(why, _) = &answered.came { why.clone() } else { String::new() };
            wanted = Err(StepError::Died(deaths, why));
            // They are among the tries already.
            work.tried = Some((delivery, attempt.saturating_sub(deaths - 1)));
        }
        let mut input = self.own_row(InputKind::Retry, ANSWERED, now_ms);
        input.matter = row.matter;
        let body = body::write(&answered, row.input, deaths);
        self.numbers.seq += 1;
        let mut led = Led::default();
        let stepped = wanted.and_then(|effects| self.take_effects(&work, effects, &mut led));
        self.push_input(input, body);
        let answer = self.take_outcome(&row, &work, stepped, led)?;
        self.release_next_owner(&row);
        self.tell_waiting(row.id, answer);
        Ok(Answer::Done(Done::default()))
    }

    /// The row a step is kept as. Its number decides, unless a journal is run again of which something was
    /// erased: then numbers have moved, and what is asked of whom decides.
    fn row_of(&self, answered: &Answered) -> Option<&DeliveryRow> {
        let fits = |row: &&DeliveryRow| {
            row.due_ms == Some(SENT_MS)
                && row.attempt == answered.attempt
                && (row.desk == answered.desk && row.name == answered.name && row.matter == answered.matter)
        };
        if self.sent.is_replay {
            let sent = self.deliveries.sent();
            let mut others = sent.iter().filter_map(|id| self.deliveries.get(*id)).filter(fits);
            return self.deliveries.get(answered.delivery).filter(fits).or_else(|| others.next());
        }
        let is_last = self.sent.out.get(&answered.delivery).is_some_and(|out| out.order == answered.order);
        self.deliveries.get(answered.delivery).filter(fits).filter(|_| is_last)
    }

    /// What came back belongs to nothing: dropped, and told where a journal is run again.
    fn nothing_fits(&self) -> Answer {
        if self.sent.is_replay {
            return Answer::Refused(vec![Objection::new("引起这一步的输入已删除", "what led to this step was erased")]);
        }
        Answer::Done(Done::default())
    }

    fn take_outcome(
        &mut self,
        row: &DeliveryRow,
        work: &Work,
        stepped: Result<Vec<Work>, StepError>,
        led: Led,
    ) -> Result<Answer, StoreError> {
        let is_persons = row.owner && row.source == row.input && matches!(row.kind, InputKind::Act | InputKind::Row);
        match stepped {
            Ok(works) => Ok(Answer::Done(self.conclude(row, works, led)?)),
            // They can mend it: nothing is kept of the try but its place in the journal.
            Err(StepError::Refused(mut objections)) if is_persons => {
                self.forget(row)?;
                self.forget_key_of(row.input)?;
                super::border::mask_objections(&mut objections);
                Ok(Answer::Refused(objections))
            }
            Err(error) => Ok(Answer::Failed(self.keep_failed(work, error)?.unwrap_or_default())),
        }
    }

    /// A desk numbers the matters it opens from the number it was told: others may have been opened since.
    fn are_numbers_taken(&self, answered: &Answered, effects: &[Effect]) -> bool {
        let opens = effects.iter().any(|effect| matches!(effect, Effect::Open { .. }));
        !self.sent.is_replay && opens && answered.next_id != self.numbers.matter
    }

    /// Whether a step has been sent often enough for its numbers.
    fn is_patient(&mut self, delivery: u64) -> bool {
        let times = self.sent.again.entry(delivery).or_default();
        *times += 1;
        AGAIN_MAX < *times
    }

    /// Where others always open a matter meanwhile, the engine waits for this one call, which has come
    /// back several times already: desks are pure.
    fn call_now(&mut self, work: &Work, answered: &mut Answered) -> Result<Vec<Effect>, StepError> {
        self.build_request(work)?;
        answered.next_id = self.numbers.matter;
        let called = self.call(work);
        answered.came = match &called {
            Ok(_) => Came::Effects(String::from_utf8_lossy(&self.buffers.out).into()),
            Err(StepError::Refused(objections)) => Came::Refused(objections.clone()),
            Err(StepError::Failed(text)) => Came::Failed(text.clone()),
            Err(StepError::Died(deaths, why)) => Came::Died(why.clone(), Some(*deaths)),
            Err(StepError::Store(_)) => return called,
        };
        called
    }

    /// How often in a row the step's process has died, this time included; nothing if it has not.
    fn deaths_of(&mut self, work: &Work, came: &Came) -> Result<u32, StoreError> {
        match came {
            Came::Died(_, Some(deaths)) => Ok(*deaths),
            Came::Died(_, None) => {
                let digest = self.step_digest(work);
                let deaths = self.store.count_death(digest)?;
                self.deaths.insert(digest, deaths);
                Ok(deaths)
            }
            _ => {
                self.forget_deaths(work)?;
                Ok(0)
            }
        }
    }

    /// Steps that were sent to a desk that takes them in this process now, or is gone, are sent no more.
    pub(super) fn turn_sent_to_desks(&mut self) {
        for id in self.deliveries.sent() {
            let Some(mut row) = self.deliveries.get(id).cloned() else { continue };
            match self.config.desk(&row.desk) {
                Some(desk) if self.callers[desk.get()].is_sent() => {}
                Some(_) => self.release(row),
                None => {
                    row.due_ms = Some(HELD_MS);
                    self.deliveries.keep(row.clone());
                    self.batch.set.deliveries.push(DeliveryTurn::Keep(row));
                }
            }
        }
    }
}

/// Longest that a command waits for a process that died and rests; the step fails after that.
const REST_MS_MAX: u64 = 1_000;
/// How often a step is sent once more because others opened matters meanwhile.
const AGAIN_MAX: u32 = 3;

fn wanted(came: &Came) -> Result<Vec<Effect>, StepError> {
    match came {
        Came::Effects(text) => parse_effects(text).map_err(StepError::Failed),
        Came::Refused(objections) => Err(StepError::Refused(objections.clone())),
        Came::Failed(text) | Came::Died(text, _) => Err(StepError::Failed(text.clone())),
    }
}

/// The effects a desk wants.
pub(super) fn parse_effects(text: &str) -> Result<Vec<Effect>, String> {
    serde_json::from_str(text).map_err(|error| format!("the desk's answer is not a list of effects: {error}"))
}
