//! One step: the desk is asked, its effects are checked, the routes decide, and all of it becomes
//! part of the batch or nothing does.

use std::sync::Arc;

use plugin_api::{Effect, MatterId, Objection};

use super::Engine;
use super::batch::{Batch, Cached, Dirty};
use super::books::{Accounts, Known};
use super::chain::{Cause, Led, Work};
use super::clocks::Clocks;
use super::draft::{Draft, Matters, Said, Way, Working};
use super::handover::{Routed, route};
use crate::clock::ClockRun;
use crate::ledger::{AccountName, Held};
use crate::limits::JOBS_MAX;
use crate::matter::with_note;
use crate::routes::{DeskIx, Route};
use crate::store::rows::{ClockId, EventRow};
use crate::store::seal::Seal;
use crate::store::{Store, StoreError};

/// Why a step gave nothing.
#[derive(Debug)]
pub(super) enum StepError {
    /// A person must mend something.
    Refused(Vec<Objection>),
    /// The desk or the host must; tried again.
    Failed(String),
    /// A process died in it so often that trying again would do harm: how often, and how the last time.
    Died(u32, String),
    /// The store: the whole batch is done again.
    Store(StoreError),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> StepError {
        StepError::Store(error)
    }
}

/// The engine's matters, for a draft.
pub(super) struct FromBatch<'a> {
    pub batch: &'a mut Batch,
    pub store: &'a Store,
    pub clocks: &'a Clocks,
}

impl FromBatch<'_> {
    /// The words of a matter, JSON.
    pub fn words_of(&mut self, id: MatterId) -> Result<Arc<str>, StepError> {
        self.batch.matter(self.store, id)?;
        self.words(id)
    }
}

impl Matters for FromBatch<'_> {
    fn copy(&mut self, id: MatterId) -> Result<Option<Working>, StepError> {
        let cached = self.batch.matter(self.store, id)?;
        Ok(cached.map(|cached| Working {
            head: cached.head.clone(),
            words: cached.words.clone(),
            dirty: Dirty::No,
            is_new: cached.is_new,
        }))
    }

    fn words(&mut self, id: MatterId) -> Result<Arc<str>, StepError> {
        let words = self.batch.words(self.store, id)?;
        words.cloned().ok_or_else(|| StepError::Failed(format!("there is no matter {id}")))
    }

    fn clocks(&self, id: MatterId) -> &[(ClockId, ClockRun)] {
        self.clocks.of(id.0)
    }

    fn was_sent(&self, desk: &str, key: &str) -> Result<bool, StepError> {
        let pending = self.batch.set.sent_keys.iter().any(|(by, known)| **by == *desk && **known == *key);
        Ok(pending || self.store.reader().was_sent(desk, key)?)
    }
}

impl Accounts for FromBatch<'_> {
    fn held(&mut self, name: &AccountName) -> Result<Option<Held>, StepError> {
        Ok(self.batch.books.held(self.store, name)?)
    }

    fn entry(&mut self, desk: &Arc<str>, key: &Arc<str>) -> Result<Option<Known>, StepError> {
        Ok(self.batch.books.entry(self.store, desk, key)?)
    }
}

impl Engine {
    /// Runs one step and gives the steps that follow from it.
    pub(super) fn step(&mut self, work: &Work, led: &mut Led) -> Result<Vec<Work>, StepError> {
        if let Some(id) = work.matter
            && work.is_owner
            && self.is_overtaken(id, work)?
        {
            return Ok(Vec::new());
        }
        if self.callers[work.desk.get()].is_sent() {
            self.send(work, led)?;
            return Ok(Vec::new());
        }
        self.check_deaths(work)?;
        self.batch.steps += 1;
        self.build_request(work)?;
        let effects = self.call(work)?;
        self.apply(work, effects, led)
    }

    /// Takes the effects of a step that was sent.
    pub(super) fn take_effects(
        &mut self,
        work: &Work,
        effects: Vec<Effect>,
        led: &mut Led,
    ) -> Result<Vec<Work>, StepError> {
        if let Some(id) = work.matter
            && work.is_owner
            && self.is_overtaken(id, work)?
        {
            return Ok(Vec::new());
        }
        self.batch.steps += 1;
        self.apply(work, effects, led)
    }

    fn apply(&mut self, work: &Work, effects: Vec<Effect>, led: &mut Led) -> Result<Vec<Work>, StepError> {
        let config = Arc::clone(&self.config);
        let mut draft = Draft::new(&config, work, Arc::clone(&self.desk_names[work.desk.get()]), self.numbers.matter);
        let mut from = FromBatch { batch: &mut self.batch, store: &self.store, clocks: &self.clocks };
        draft.apply(effects, &mut from)?;
        if JOBS_MAX < self.jobs.len() + draft.jobs.len() && !draft.jobs.is_empty() {
            return Err(StepError::Failed(format!("{} jobs wait already, at most {JOBS_MAX}", self.jobs.len())));
        }
        if work.is_owner
            && let Some(id) = work.matter
        {
            for doer in work.by.iter().flat_map(|by| [by.person(), by.stands_for()]) {
                draft.remember_doer(id, &work.name, doer);
            }
        }
        let routed = route(&mut draft, &mut from)?;
        led.opened.extend(&draft.opened);
        self.absorb(draft, routed, work)
    }

    /// A step meant for an earlier stay is dropped, which is an event.
    fn is_overtaken(&mut self, id: MatterId, work: &Work) -> Result<bool, StoreError> {
        let Some(head) = self.head(id)? else { return Ok(true) };
        let is_here = *head.desk == *self.desk_names[work.desk.get()] && head.stay == work.stay;
        if !is_here {
            self.journal_host_event(id, "overtaken", "".into(), work.cause());
        }
        Ok(!is_here)
    }

    /// Journals an event of the host's own on a matter that the batch has.
    pub(super) fn journal_host_event(&mut self, id: MatterId, topic: &str, data: Arc<str>, cause: Cause<'_>) {
        let commitment = self.keep_body(self.numbers.seq, data);
        let Some(cached) = self.batch.cached_mut(id) else { return };
        let prev = std::mem::replace(&mut cached.last, self.numbers.seq);
        cached.dirty = cached.dirty.max(Dirty::Head);
        let row = EventRow {
            seq: self.numbers.seq,
            input: cause.input,
            at_ms: cause.at_ms,
            matter: id.0,
            stay: cached.head.stay,
            topic: topic.into(),
            desk: "host".into(),
            by: cause.by.map(|by| by.as_str().into()),
            route: None,
            facts: None,
            commitment,
            prev,
            booked: None,
            seal: Seal::NONE,
        };
        self.numbers.seq += 1;
        self.batch.set.events.push(row);
    }

    /// Makes a sound draft part of the batch, and its events steps to follow.
    pub(super) fn absorb(
        &mut self,
        draft: Draft<'_>,
        mut routed: Routed<'_>,
        work: &Work,
    ) -> Result<Vec<Work>, StepError> {
        let Draft {
            desk_name, matters, said, notes, records, clocks, opened, bookings, jobs, notices, sent_keys, ..
        } = draft;
        self.numbers.matter += opened.len() as u64;
        for (_, working) in matters {
            self.absorb_matter(working);
        }
        let mut follow = Vec::new();
        let routes = said.iter().zip(&routed.routes);
        let handed_over: Vec<MatterId> =
            routes.filter(|(_, route)| route.is_some()).map(|(event, _)| event.matter).collect();
        for (at, event) in said.into_iter().enumerate() {
            let is_moved = handed_over.contains(&event.matter);
            let heard = (routed.routes[at], routed.facts[at].take(), &*routed.watchers[at]);
            follow.extend(self.absorb_event(&event, &desk_name, heard, is_moved, work));
        }
        for id in &routed.unrouted {
            self.journal_host_event(*id, "unrouted", "".into(), work.cause());
        }
        for (id, note) in notes {
            let cached = self.batch.cached_mut(id).expect("I3: a note is on a matter of the batch");
            let notes = with_note(&cached.notes, &desk_name, &note);
            cached.notes = notes.map_err(|error| StoreError::Damaged(error.to_string()))?.into();
            cached.dirty = cached.dirty.max(Dirty::Head);
        }
        self.batch.set.records.extend(records);
        for row in &clocks {
            self.clocks.turn(row);
        }
        self.batch.set.clocks.extend(clocks);
        self.batch.books.absorb(bookings, work.input, work.now_ms);
        self.start_jobs(jobs, work);
        self.absorb_notices(notices, sent_keys, &desk_name, work);
        Ok(follow)
    }

    /// Journals an event and gives the steps of those who hear it: the owner, then the watchers.
    fn absorb_event(
        &mut self,
        event: &Said,
        desk_name: &Arc<str>,
        (route, facts, watchers): (Option<&Route>, Option<String>, &[DeskIx]),
        is_moved: bool,
        work: &Work,
    ) -> Vec<Work> {
        let seq = self.numbers.seq;
        self.numbers.seq += 1;
        let commitment = self.keep_body(seq, Arc::clone(&event.data));
        let cached = self.batch.cached_mut(event.matter).expect("I3: an event is on a matter of the batch");
        let (stay, desk) = (cached.head.stay, Arc::clone(&cached.head.desk));
        let row = EventRow {
            seq,
            input: work.input,
            at_ms: work.now_ms,
            matter: event.matter.0,
            // All that a step says is said in the stay it began in, whichever event led on.
            stay: if is_moved { stay - 1 } else { stay },
            topic: Arc::clone(&event.topic),
            desk: if matches!(event.way, Way::Host | Way::Acted) { "host".into() } else { Arc::clone(desk_name) },
            by: work.by.as_ref().map(|by| by.as_str().into()),
            route: route.map(|route| route.id.as_str().into()),
            facts,
            commitment,
            prev: std::mem::replace(&mut cached.last, seq),
            booked: None,
            seal: Seal::NONE,
        };
        cached.dirty = cached.dirty.max(Dirty::Head);
        self.batch.set.events.push(row);
        let next = |desk: DeskIx, is_owner: bool| Work {
            desk,
            name: Arc::clone(&event.topic),
            data: Arc::clone(&event.data),
            source: seq,
            matter: Some(event.matter),
            stay,
            is_owner,
            tried: None,
            ..work.clone()
        };
        let owner = self.owner_of(event, &desk, route, work.desk).map(|desk| next(desk, true));
        self.hold_told(event, &desk, (seq, stay), work);
        owner.into_iter().chain(watchers.iter().map(|desk| next(*desk, false))).collect()
    }

    /// Who gets an event as the matter's owner: the desk a route handed it to, or, for what was told
    /// or said by the host, the owner if it takes the topic.
    fn owner_of(&self, event: &Said, desk: &str, route: Option<&Route>, by: DeskIx) -> Option<DeskIx> {
        if let Some(route) = route {
            return Some(route.to);
        }
        let owner = self.config.desk(desk)?;
        let takes = self.config.desks[owner.get()].manifest.take(&event.topic).is_some();
        let is_told = match event.way {
            Way::Said => false,
            Way::Told | Way::Host => owner != by,
            Way::Acted => true,
        };
        (is_told && takes).then_some(owner)
    }

    /// Hands a matter over in a draft, outside any step of a desk.
    pub(super) fn draft_hand_over(&mut self, draft: &mut Draft<'_>, id: MatterId, to: DeskIx) -> Result<(), StepError> {
        let mut from = FromBatch { batch: &mut self.batch, store: &self.store, clocks: &self.clocks };
        draft.hand_over(id, to, &mut from)
    }

    /// Makes such a draft part of the batch.
    pub(super) fn absorb_hand_over(&mut self, draft: Draft<'_>) {
        for (_, working) in draft.matters {
            self.absorb_matter(working);
        }
        for row in &draft.clocks {
            self.clocks.turn(row);
        }
        self.batch.set.clocks.extend(draft.clocks);
    }

    fn absorb_matter(&mut self, working: Working) {
        if working.dirty == Dirty::No {
            return;
        }
        let head_json = working.head.to_json().into();
        if let Some(cached) = self.batch.cached_mut(working.head.id) {
            cached.head = working.head;
            cached.head_json = head_json;
            cached.words = working.words.or(cached.words.take());
            cached.dirty = cached.dirty.max(working.dirty);
            return;
        }
        self.batch.put_matter(Cached {
            head: working.head,
            head_json,
            notes: NO_NOTES.into(),
            words: working.words,
            last: 0,
            dirty: working.dirty,
            is_new: working.is_new,
        });
    }
}

/// What desks noted on a matter that none has seen yet.
const NO_NOTES: &str = "{}";
