//! Notices in the engine: numbered with the step that sends them, handed to their outlets one by one,
//! and what becomes of them told to the desk that asked.
//!
//! The engine delivers nothing and waits for nobody (I9): each outlet has a lane beside it, which puts a
//! [`Turn`] in when it has something to say. That a try begins is on disk before it does, so a process
//! that dies in the middle of one has counted it.
//!
//! What is decided outside, an answer for a desk, is journaled as an input where it comes back (I4). How
//! a notice fares otherwise is no part of what inputs give again.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use plugin_api::{InputKind, MatterId, Objection, PersonId, Returned};

use super::Engine;
use super::chain::{Led, Work};
use super::input::{Answer, Done};
use crate::limits::{DEATHS_MAX, NOTICE_WAITS_MS};
use crate::mask::mask;
use crate::store::StoreError;
use crate::store::outbox::{Faring, NoticeRow, Stand};
use crate::store::rows::{DeliveryRow, HELD_MS};

/// What an outlet's lane says.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The outlet.
    pub outlet: Arc<str>,
    /// How the notice it had fared.
    pub ended: Option<Ended>,
    /// What it wants next.
    pub next: Next,
}

/// What a lane wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next notice, and before that what a process that died left: the lane begins.
    First,
    /// The next notice.
    Another,
    /// Nothing: the lane ends.
    Nothing,
}

/// How one notice fared.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Which.
    pub notice: u64,
    /// How.
    pub how: How,
}

/// How a try to deliver a notice ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The outside took it, and may call it something.
    Delivered(Option<String>),
    /// It did not, and may another time.
    Failed(String),
    /// It would not however often it was tried.
    GivenUp(String),
    /// The person has no address for this outlet.
    Unreachable,
    /// In an exercise nothing leaves.
    Held,
}

/// What became of a notice, on its way to the desk that sent it.
#[derive(Clone, Debug)]
pub struct ReceiptBack {
    /// The desk.
    pub desk: Arc<str>,
    /// What it is called by: `receipt.<template>`.
    pub name: Arc<str>,
    /// The matter.
    pub matter: Option<u64>,
    /// [`Returned`] as JSON.
    pub data: Arc<str>,
}

/// Rung when notices have been committed; lanes wait for it.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    /// Wakes every lane.
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.heard.notify_all();
    }

    /// How often it has been rung.
    pub fn count(&self) -> u64 {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has been rung more often, or so long.
    pub fn wait(&self, count: u64, most: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether it was rung or time ran out is nothing to the lane: it looks anew.
        drop(self.heard.wait_timeout_while(rung, most, |rung| *rung <= count));
    }
}

impl Engine {
    /// What is rung when notices have been committed.
    pub fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    /// The host ends in good order, perhaps in the middle of a delivery: that is no death of it.
    ///
    /// # Errors
    /// When the store refuses; then it is counted as one.
    pub fn release_notices(&mut self) -> Result<(), StoreError> {
        if self.is_stopped() {
            return Ok(());
        }
        self.store.release_claims()
    }

    /// Makes a step's notices part of the batch.
    pub(super) fn absorb_notices(
        &mut self,
        notices: Vec<NoticeRow>,
        keys: Vec<Arc<str>>,
        desk: &Arc<str>,
        work: &Work,
    ) {
        self.batch.set.sent_keys.extend(keys.into_iter().map(|key| (Arc::clone(desk), key)));
        self.batch.sends_notices |= !notices.is_empty();
        for notice in notices {
            self.batch.set.notices.push(NoticeRow { id: self.numbers.notice, input: work.input, ..notice });
            self.numbers.notice += 1;
        }
    }

    /// A lane's turn: what it says is noted, and the next notice is its.
    pub(super) fn deliver_turn(&mut self, turn: &Turn, now_ms: i64) -> Result<Answer, StoreError> {
        // Notices of this very batch may be the ones.
        self.batch.flush(&mut self.store, &mut self.committed)?;
        if let Some(ended) = &turn.ended {
            self.end_notice(ended.notice, &ended.how, now_ms)?;
        }
        if turn.next == Next::First {
            for notice in self.store.forget_claims(&turn.outlet, DEATHS_MAX)? {
                let text = format!("the host ended {DEATHS_MAX} times while it was delivered");
                self.end_notice(notice, &How::GivenUp(text), now_ms)?;
            }
        }
        if turn.next != Next::Nothing {
            self.store.claim_notice(&turn.outlet, now_ms, &NOTICE_WAITS_MS)?;
        }
        Ok(Answer::Done(Done::default()))
    }

    fn end_notice(&mut self, id: u64, how: &How, now_ms: i64) -> Result<(), StoreError> {
        let Some((row, before)) = self.store.reader().notice(id)? else { return Ok(()) };
        match before.stand {
            // It came to its end by another lane's word.
            Stand::Delivered | Stand::Parked => return Ok(()),
            // It was erased on its way: what has left has left, and it is not tried again.
            Stand::Held | Stand::Unreachable if !matches!(how, How::Delivered(_)) => return Ok(()),
            _ => {}
        }
        let faring = faring(&before, how, now_ms);
        let (outlet, stand, attempts) = (&row.outlet, faring.stand.as_str(), faring.attempts);
        match faring.stand {
            Stand::Waiting => tracing::warn!(id, %outlet, attempts, "A notice was not delivered and is tried again."),
            Stand::Parked => tracing::error!(id, %outlet, attempts, "A notice could not be delivered and is parked."),
            _ => tracing::debug!(id, %outlet, stand, "A notice came to its end."),
        }
        self.store.set_faring(id, &faring)?;
        let is_over = !matches!(faring.stand, Stand::Waiting | Stand::Leaving | Stand::Held);
        match receipt_of(&row, &faring) {
            Some(receipt) if is_over && row.wants_receipt => self.receive(&receipt, now_ms).map(drop),
            _ => Ok(()),
        }
    }

    /// Tells a desk what became of a notice: an input of its own.
    pub(super) fn receive(&mut self, receipt: &ReceiptBack, now_ms: i64) -> Result<Answer, StoreError> {
        let ReceiptBack { desk, name, matter, data } = receipt;
        let mut input = self.own_row(InputKind::Receipt, name, now_ms);
        input.desk = Some(Arc::clone(desk));
        input.matter = *matter;
        let seq = input.seq;
        self.numbers.seq += 1;
        let head = matter.map(|id| self.head(MatterId(id))).transpose()?.flatten();
        let Some(to) = self.config.desk(desk) else {
            self.push_input(input, Arc::clone(data));
            self.keep_for_absent(receipt, seq, now_ms);
            return Ok(Answer::Done(Done::default()));
        };
        let work = Work {
            desk: to,
            name: Arc::clone(name),
            data: Arc::clone(data),
            source: seq,
            input: seq,
            kind: InputKind::Receipt,
            by: None,
            matter: matter.map(MatterId),
            stay: head.as_ref().map_or(0, |head| head.stay),
            // The matter may have gone on: the desk is told all the same.
            is_owner: head.is_some_and(|head| head.desk == *desk),
            now_ms,
            tried: None,
        };
        let done = Answer::Done(Done::of(seq, Vec::new()));
        // Behind what the desk was told of this matter before.
        if self.is_held_back(&work)? {
            self.push_input(input, Arc::clone(data));
            return Ok(done);
        }
        let mut led = Led::default();
        let stepped = self.step(&work, &mut led);
        // Behind its step: the row seals what that booked.
        self.push_input(input, Arc::clone(data));
        match stepped {
            Ok(works) => self.follow(works.into(), &mut led)?,
            Err(error) => drop(self.keep_failed(&work, error)?),
        }
        Ok(done)
    }

    /// Keeps a receipt for a desk that the config no longer has, until it is put back.
    fn keep_for_absent(&mut self, receipt: &ReceiptBack, seq: u64, now_ms: i64) {
        let row = DeliveryRow {
            id: self.numbers.delivery,
            input: seq,
            source: seq,
            at_ms: now_ms,
            kind: InputKind::Receipt,
            by: None,
            desk: Arc::clone(&receipt.desk),
            name: Arc::clone(&receipt.name),
            matter: receipt.matter,
            stay: 0,
            owner: false,
            attempt: 0,
            due_ms: Some(HELD_MS),
            error: format!("desk {:?} is not in the config; it goes on when the desk is back", receipt.desk),
        };
        self.numbers.delivery += 1;
        self.deliveries.keep(row.clone());
        self.batch.keep_delivery(row);
    }

    /// An operator has a notice delivered once more, its waits from the beginning.
    pub(super) fn resend(&mut self, id: u64, by: Option<&PersonId>, now_ms: i64) -> Result<Answer, StoreError> {
        self.batch.flush(&mut self.store, &mut self.committed)?;
        let Some((row, faring)) = self.store.reader().notice(id)? else {
            return Ok(refused("没有这条消息", "there is no such notice"));
        };
        if faring.stand == Stand::Delivered {
            return Ok(refused("这条消息已送出，不能重发", "the notice was delivered; it is not sent again"));
        }
        let mut input = self.own_row(InputKind::Operator, "resend", now_ms);
        input.by = by.map(|by| by.as_str().into());
        input.matter = row.matter;
        let seq = input.seq;
        self.push_input(input, format!("{{\"notice\":{id}}}").into());
        self.numbers.seq += 1;
        self.store.renew_notice(id)?;
        self.batch.sends_notices = true;
        Ok(Answer::Done(Done::of(seq, Vec::new())))
    }
}

/// How a notice fares after a try.
fn faring(before: &Faring, how: &How, now_ms: i64) -> Faring {
    let stand = match how {
        How::Delivered(_) => Stand::Delivered,
        How::GivenUp(_) => Stand::Parked,
        How::Unreachable => Stand::Unreachable,
        How::Held => Stand::Held,
        How::Failed(_) if (before.attempts as usize) <= NOTICE_WAITS_MS.len() => Stand::Waiting,
        How::Failed(_) => Stand::Parked,
    };
    let (error, receipt) = match how {
        How::Delivered(receipt) => (String::new(), receipt.clone()),
        How::Failed(text) | How::GivenUp(text) => (mask(text).into_owned(), None),
        How::Unreachable => ("the person has no address for this outlet".to_owned(), None),
        How::Held => ("in an exercise nothing leaves".to_owned(), None),
    };
    let wait_ms = NOTICE_WAITS_MS.get((before.attempts as usize).saturating_sub(1)).copied().unwrap_or(0);
    let due_ms = if stand == Stand::Waiting { now_ms + wait_ms } else { 0 };
    let ended_ms = (stand != Stand::Waiting).then_some(now_ms);
    // What was not tried is no try.
    let is_try = !matches!(stand, Stand::Held | Stand::Unreachable);
    let attempts = if is_try { before.attempts } else { before.attempts.saturating_sub(1) };
    Faring { stand, attempts, due_ms, ended_ms, error, receipt }
}

fn receipt_of(row: &NoticeRow, faring: &Faring) -> Option<ReceiptBack> {
    let delivered = faring.stand == Stand::Delivered;
    let returned = Returned {
        notice: row.id,
        person: PersonId::new(&*row.person),
        outlet: row.outlet.to_string(),
        delivered,
        id: faring.receipt.clone(),
        why: (!delivered).then(|| faring.error.clone()),
    };
    Some(ReceiptBack {
        desk: Arc::clone(&row.desk),
        name: format!("receipt.{}", row.template).into(),
        matter: row.matter,
        data: serde_json::to_string(&returned).ok()?.into(),
    })
}

fn refused(zh: &str, en: &str) -> Answer {
    Answer::Refused(vec![Objection::new(zh, en)])
}
