//! One step: the desk is asked, its effects are checked, the routes decide, and all of it becomes
//! part of the batch or nothing does.

use std::fmt::Write as _;
use std::sync::Arc;

use plugin_api::abi::VERB_HANDLE;
use plugin_api::host::Question;
use plugin_api::{Effect, MatterId, Objection};

use super::answers::{Asking, needs_store};
use super::batch::{Batch, Cached, Dirty};
use super::call::Outcome;
use super::chain::{Led, Work};
use super::clocks::Clocks;
use super::draft::{Draft, Matters, Said, Way, Working};
use super::handover::{Routed, route};
use super::input::instant;
use super::{Committed, Engine};
use crate::limits::DEATHS_MAX;
use crate::matter::splice;
use crate::routes::{DeskIx, Route};
use crate::store::rows::{ClockId, ClockRun, EventRow};
use crate::store::{Store, StoreError};

/// Why a step gave nothing.
#[derive(Debug)]
pub(super) enum StepError {
    /// A person must mend something.
    Refused(Vec<Objection>),
    /// The desk or the host must; tried again.
    Failed(String),
    /// As failed, but trying again would do harm.
    Parked(String),
    /// The store: the whole batch is done again.
    Store(StoreError),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> StepError {
        StepError::Store(error)
    }
}

/// The engine's matters, for a draft.
struct FromBatch<'a> {
    batch: &'a mut Batch,
    store: &'a Store,
    clocks: &'a Clocks,
}

impl Matters for FromBatch<'_> {
    fn copy(&mut self, id: MatterId) -> Result<Option<Working>, StepError> {
        let cached = self.batch.matter(self.store, id)?;
        Ok(cached.map(|cached| Working {
            head: cached.head.clone(),
            body_json: Arc::clone(&cached.body_json),
            dirty: Dirty::No,
            is_new: cached.is_new,
        }))
    }

    fn clocks(&self, id: MatterId) -> &[(ClockId, ClockRun)] {
        self.clocks.of(id.0)
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
        if !self.deaths.is_empty() {
            let deaths = self.deaths.get(&self.step_digest(work)).copied().unwrap_or(0);
            if DEATHS_MAX <= deaths {
                return Err(StepError::Parked(format!("the host died {deaths} times in this step")));
            }
        }
        self.batch.steps += 1;
        self.build_request(work)?;
        let effects = self.call(work)?;
        let config = Arc::clone(&self.config);
        let mut draft = Draft::new(&config, work, Arc::clone(&self.desk_names[work.desk.get()]), self.numbers.matter);
        let mut from = FromBatch { batch: &mut self.batch, store: &self.store, clocks: &self.clocks };
        draft.apply(effects, &mut from)?;
        if work.is_owner
            && let Some(id) = work.matter
        {
            draft.remember_doer(id, &work.name, work.by.as_ref());
        }
        let routed = route(&mut draft, &mut from)?;
        led.opened.extend(&draft.opened);
        Ok(self.absorb(draft, &routed, work))
    }

    /// A step meant for an earlier stay is dropped, which is an event.
    fn is_overtaken(&mut self, id: MatterId, work: &Work) -> Result<bool, StoreError> {
        let Some(head) = self.head(id)? else { return Ok(true) };
        let is_here = *head.desk == *self.desk_names[work.desk.get()] && head.stay == work.stay;
        if !is_here {
            self.journal_host_event(id, "overtaken", work);
        }
        Ok(!is_here)
    }

    pub(super) fn journal_host_event(&mut self, id: MatterId, topic: &str, work: &Work) {
        let stay = self.batch.cached(id).map_or(0, |cached| cached.head.stay);
        let row = EventRow {
            seq: self.numbers.seq,
            input: work.input,
            at_ms: work.now_ms,
            matter: id.0,
            stay,
            topic: topic.into(),
            desk: "host".into(),
            by: work.by.as_ref().map(|by| by.as_str().into()),
            route: None,
            facts: None,
            commitment: None,
        };
        self.numbers.seq += 1;
        self.batch.set.events.push(row);
    }

    /// The step as the contract has it. Head and words are spliced in as they are stored.
    fn build_request(&mut self, work: &Work) -> Result<(), StoreError> {
        let desk = Arc::clone(&self.desk_names[work.desk.get()]);
        let note = match work.matter {
            Some(id) => {
                self.batch.matter(&self.store, id)?;
                self.batch.note(&self.store, id, &desk)?
            }
            None => None,
        };
        let request = &mut self.buffers.request;
        request.clear();
        let name = &work.name;
        let data = if work.data.is_empty() { "{}" } else { &*work.data };
        let kind = serde_json::to_string(&work.kind).expect("a kind is a word");
        let (now, today) = (instant(work.now_ms), self.config.day_of(work.now_ms));
        let written = write!(
            request,
            r#"{{"input":{{"name":"{name}","data":{data}}},"step":{{"now":"{now}","today":"{today}","desk":"{desk}","next_id":{},"input":{{"seq":{},"kind":{kind}"#,
            self.numbers.matter, work.input
        );
        written.expect("a text takes any text");
        if let Some(by) = &work.by {
            request.push_str(r#","by":""#);
            request.push_str(by.as_str());
            request.push('"');
        }
        request.push('}');
        if let Some(cached) = work.matter.and_then(|id| self.batch.cached(id)) {
            request.push_str(r#","matter":"#);
            splice(request, &cached.head_json, &cached.body_json);
        }
        if let Some(note) = note {
            request.push_str(r#","note":"#);
            request.push_str(&note);
        }
        request.push_str("}}");
        Ok(())
    }

    /// Calls the desk and reads the effects it wants.
    fn call(&mut self, work: &Work) -> Result<Vec<Effect>, StepError> {
        let digest = if self.marker.is_watched() { self.step_digest(work) } else { 0 };
        self.marker.enter(digest);
        let caller = Arc::clone(&self.callers[work.desk.get()]);
        let Engine { batch, store, config, committed, buffers, .. } = self;
        let asking = Asking { config, desk: work.desk, now_ms: work.now_ms, sees: &|_| true };
        let mut failure = None;
        let mut ask = |question: &str| -> Result<String, String> {
            let question: Question =
                serde_json::from_str(question).map_err(|error| format!("unreadable question: {error}"))?;
            if !needs_store(&question) {
                return asking.answer_of_directory(&question);
            }
            if let Err(error) = flush(batch, store, committed) {
                let text = error.to_string();
                failure = Some(error);
                return Err(text);
            }
            asking.answer(&question, store.reader())
        };
        buffers.out.clear();
        let outcome = caller.call(VERB_HANDLE, &buffers.request, &mut ask, &mut buffers.out);
        self.marker.leave();
        if let Some(error) = failure {
            return Err(StepError::Store(error));
        }
        match outcome {
            Outcome::Ok => {
                let unreadable = |error: &dyn std::fmt::Display| {
                    StepError::Failed(format!("the desk's answer is not a list of effects: {error}"))
                };
                let text = std::str::from_utf8(&self.buffers.out).map_err(|error| unreadable(&error))?;
                serde_json::from_str(text).map_err(|error| unreadable(&error))
            }
            Outcome::Refused(objections) => Err(StepError::Refused(objections)),
            Outcome::Failed(text) => Err(StepError::Failed(text)),
            Outcome::NotOffered => Err(StepError::Failed("the desk takes no steps".to_owned())),
        }
    }

    /// Makes a sound draft part of the batch, and its events steps to follow.
    fn absorb(&mut self, draft: Draft<'_>, routed: &Routed<'_>, work: &Work) -> Vec<Work> {
        let Draft { desk_name, matters, said, notes, records, clocks, opened, .. } = draft;
        self.numbers.matter += opened.len() as u64;
        let mut follow = Vec::new();
        let routes = said.iter().zip(&routed.routes);
        let handed_over: Vec<MatterId> =
            routes.filter(|(_, route)| route.is_some()).map(|(event, _)| event.matter).collect();
        for (at, event) in said.into_iter().enumerate() {
            let head = &matters[&event.matter.0].head;
            let seq = self.numbers.seq;
            self.numbers.seq += 1;
            // All that a step says is said in the stay it began in, whichever event led on.
            let stay_said = if handed_over.contains(&event.matter) { head.stay - 1 } else { head.stay };
            let row = EventRow {
                seq,
                input: work.input,
                at_ms: work.now_ms,
                matter: event.matter.0,
                stay: stay_said,
                topic: Arc::clone(&event.topic),
                desk: if event.way == Way::Host { "host".into() } else { Arc::clone(&desk_name) },
                by: work.by.as_ref().map(|by| by.as_str().into()),
                route: routed.routes[at].map(|route| route.id.as_str().into()),
                facts: routed.facts[at].clone(),
                commitment: self.keep_body(seq, Arc::clone(&event.data)),
            };
            self.batch.set.events.push(row);
            let next = |desk: DeskIx, is_owner: bool| Work {
                desk,
                name: Arc::clone(&event.topic),
                data: Arc::clone(&event.data),
                source: seq,
                matter: Some(event.matter),
                stay: head.stay,
                is_owner,
                tried: None,
                ..work.clone()
            };
            follow.extend(
                self.owner_of(&event, head.desk.as_ref(), routed.routes[at], work.desk).map(|desk| next(desk, true)),
            );
            follow.extend(routed.watchers[at].iter().map(|desk| next(*desk, false)));
        }
        for id in &routed.unrouted {
            self.journal_unrouted(*id, matters[&id.0].head.stay, work);
        }
        for (_, working) in matters {
            self.absorb_matter(working);
        }
        for (id, note) in notes {
            self.batch.put_note(id, &desk_name, note);
        }
        self.batch.set.records.extend(records);
        for row in &clocks {
            self.clocks.turn(row);
        }
        self.batch.set.clocks.extend(clocks);
        follow
    }

    /// Who gets an event as the matter's owner: the desk a route handed it to, or, for what was told
    /// or said by the host, the owner if it takes the topic.
    fn owner_of(&self, event: &Said, desk: &str, route: Option<&Route>, by: DeskIx) -> Option<DeskIx> {
        if let Some(route) = route {
            return Some(route.to);
        }
        let owner = self.config.desk(desk)?;
        let takes = self.config.desks[owner.get()].manifest.take(&event.topic).is_some();
        (event.way != Way::Said && owner != by && takes).then_some(owner)
    }

    fn journal_unrouted(&mut self, id: MatterId, stay: u32, work: &Work) {
        self.journal_host_event(id, "unrouted", work);
        if let Some(event) = self.batch.set.events.last_mut() {
            event.stay = stay;
        }
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
        let before = self.batch.cached(working.head.id);
        let pending = before.map_or(Dirty::No, |cached| cached.dirty);
        let head_json = working.head.to_json().into();
        self.batch.put_matter(Cached {
            head: working.head,
            head_json,
            body_json: working.body_json,
            dirty: working.dirty.max(pending),
            is_new: working.is_new,
        });
    }
}

fn flush(
    batch: &mut Batch,
    store: &mut Store,
    committed: &mut Box<dyn FnMut(&Committed<'_>) + Send>,
) -> Result<(), StoreError> {
    batch.flush(store, committed)
}
