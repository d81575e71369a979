//! A desk asked what a step should do: the request as the contract has it, and the call.

use std::fmt::Write as _;
use std::sync::Arc;

use plugin_api::Effect;
use plugin_api::abi::VERB_HANDLE;
use plugin_api::host::Question;

use super::answers::{Asking, needs_store};
use super::call::Outcome;
use super::chain::Work;
use super::input::instant;
use super::sent::parse_effects;
use super::step::StepError;
use super::{Engine, ringing};
use crate::actor::Actor;
use crate::matter::{note_of, splice};
use crate::permission::Sight;
use crate::store::StoreError;

impl Engine {
    /// The step as the contract has it. Head and words are spliced in as they are stored.
    pub(super) fn build_request(&mut self, work: &Work) -> Result<(), StoreError> {
        let desk = Arc::clone(&self.desk_names[work.desk.get()]);
        let manifest = &self.config.desks[work.desk.get()].manifest;
        if let Some(id) = work.matter {
            self.batch.matter(&self.store, id)?;
            if manifest.wants_words(&work.name) {
                self.batch.words(&self.store, id)?;
            }
        }
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
            push_actor(request, by);
        }
        request.push('}');
        if let Some(cached) = work.matter.and_then(|id| self.batch.cached(id)) {
            request.push_str(r#","matter":"#);
            match &cached.words {
                Some(words) if manifest.wants_words(&work.name) => splice(request, &cached.head_json, words),
                _ => request.push_str(&cached.head_json),
            }
            ringing::push_clocks(request, self.clocks.of(cached.head.id.0), &desk, manifest);
            let note = note_of(&cached.notes, &desk).map_err(|error| StoreError::Damaged(error.to_string()))?;
            if let Some(note) = note {
                request.push_str(r#","note":"#);
                request.push_str(note);
            }
        }
        request.push_str("}}");
        Ok(())
    }

    /// Calls the desk and reads the effects it wants. A step in which the host died before is called in a
    /// process of its own, until it comes back or has died too often.
    pub(super) fn call(&mut self, work: &Work) -> Result<Vec<Effect>, StepError> {
        let is_apart = self.has_died(work) || self.callers[work.desk.get()].is_sent();
        if !is_apart {
            let digest = if self.marker.is_watched() { self.step_digest(work) } else { 0 };
            self.marker.enter(digest);
        }
        let caller = Arc::clone(&self.callers[work.desk.get()]);
        let Engine { batch, store, config, committed, buffers, .. } = self;
        let asking = Asking { config, desk: work.desk, now_ms: work.now_ms, sight: Sight::Everything };
        let mut failure = None;
        let mut ask = |question: &str| -> Result<String, String> {
            let question: Question =
                serde_json::from_str(question).map_err(|error| format!("unreadable question: {error}"))?;
            if !needs_store(&question) {
                return asking.answer_of_directory(&question);
            }
            if let Err(error) = batch.flush(store, committed) {
                let text = error.to_string();
                failure = Some(error);
                return Err(text);
            }
            asking.answer(&question, store.reader())
        };
        buffers.out.clear();
        let outcome = if is_apart {
            caller.call_apart(VERB_HANDLE, &buffers.request, &mut ask, &mut buffers.out)
        } else {
            caller.call(VERB_HANDLE, &buffers.request, &mut ask, &mut buffers.out)
        };
        self.marker.leave();
        if let Some(error) = failure {
            return Err(StepError::Store(error));
        }
        if is_apart && let Outcome::Died(_) = outcome {
            self.count_death_apart(work)?;
            self.check_deaths(work)?;
            return self.call(work);
        }
        // Where no other process could be had it was not called at all.
        if !is_apart || !matches!(outcome, Outcome::Failed(_)) {
            self.forget_deaths(work)?;
        }
        self.note_fare(work.desk, matches!(outcome, Outcome::Failed(_) | Outcome::Died(_)));
        match outcome {
            Outcome::Ok => {
                let text = std::str::from_utf8(&self.buffers.out)
                    .map_err(|error| StepError::Failed(format!("the desk's answer is not a list of effects: {error}")));
                parse_effects(text?).map_err(StepError::Failed)
            }
            Outcome::Refused(objections) => Err(StepError::Refused(objections)),
            Outcome::Failed(text) | Outcome::Died(text) => Err(StepError::Failed(text)),
            Outcome::NotOffered => Err(StepError::Failed("the desk takes no steps".to_owned())),
        }
    }
}

/// Who acted, in the fields of the contract. Ids have nothing to escape.
fn push_actor(request: &mut String, by: &Actor) {
    if let Some(person) = by.person() {
        write!(request, r#","by":"{person}""#).expect("a text takes any text");
    }
    if let Some(away) = by.stands_for() {
        write!(request, r#","stands_for":"{away}""#).expect("a text takes any text");
    }
    if let Some(proof) = by.proof() {
        let proof = serde_json::to_string(&proof).expect("a proof is a word");
        write!(request, r#","proof":{proof}"#).expect("a text takes any text");
    }
}
