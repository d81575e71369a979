//! A person erased: their contact, and every word that came with them.
//!
//! An operator's input like any other, journaled with the rows it took words from. Always holds: the
//! rows themselves stay, so the seals stay valid (I4); what desks noted is theirs and stays, for no
//! desk is ever given a contact (I10); who only shares a matter loses nothing. A label of free text is
//! taken for words.

use std::collections::BTreeSet;

use plugin_api::field::FieldKind;
use plugin_api::{InputKind, MatterId, Objection, PersonId};
use serde_json::{Map, Value};

use super::Engine;
use super::batch::Dirty;
use super::chain::Cause;
use super::input::{Answer, Ask, Done, Input};
use crate::actor::Actor;
use crate::erasure::{ERASE, ERASED, Erasure};
use crate::files::Files;
use crate::mask::mask;
use crate::matter::Body;
use crate::store::StoreError;
use crate::store::erase::Naming;

/// In place of a matter's words.
pub const ERASED_TITLE: &str = "（已删除 erased）";

/// What an erasure takes away and whom it touches.
struct Reach {
    /// Inputs and events.
    rows: Vec<u64>,
    /// Matters these were about, and those the person reported.
    matters: BTreeSet<u64>,
}

impl Engine {
    /// Erases a person known by a contact.
    pub(super) fn erase(&mut self, input: &Input, now_ms: i64) -> Result<Answer, StoreError> {
        let Ask::Erase { person, why, is_again } = &input.ask else { return Ok(Answer::Done(Done::default())) };
        // What this batch wrote must be found too.
        self.batch.flush(&mut self.store, &mut self.committed)?;
        if let Some(seq) = self.store.reader().erased(person.as_str())? {
            return Ok(Answer::Repeated(Done::of(seq, Vec::new())));
        }
        if self.config.directory.person(person).is_some() {
            return Ok(Answer::Refused(vec![Objection::new(
                format!("{person} 是名册中的人员，不能在这里删除；请在 people.csv 中办理"),
                format!("{person} is of the directory, not known by a contact; take them out of people.csv"),
            )]));
        }
        let reach = self.reach_of(person)?;
        let is_named = !reach.rows.is_empty() || !reach.matters.is_empty();
        if !is_named && !is_again && !self.store.reader().has_contact(person.as_str())? {
            return Ok(Answer::Refused(vec![Objection::new(
                format!("没有 {person} 这个人：联系方式和记录中都找不到"),
                format!("there is no person {person}: neither a contact nor any record names them"),
            )]));
        }
        self.store.begin_erasing()?;
        let gone = self.store.erase_words(&reach.rows)?;
        self.batch.contacts.retain(|_, known| known != person);
        let seq = self.numbers.seq;
        self.store.erase_person(person.as_str(), seq)?;
        self.store.erase_notices_to(person.as_str())?;
        self.erase_files(&reach.rows)?;
        let mut row = self.own_row(InputKind::Operator, ERASE, now_ms);
        row.by = input.by.as_ref().map(|by| by.as_str().into());
        let erasure = Erasure::of(person.as_str(), why.as_deref().map(mask).as_deref(), gone);
        self.push_input(row, serde_json::to_string(&erasure).expect("an erasure is plain JSON").into());
        self.numbers.seq += 1;
        self.drop_deliveries(&reach.rows)?;
        self.drop_jobs(&reach.rows);
        self.recall_sent(&reach.matters);
        let by = input.by.as_ref().map(Actor::from);
        let cause = Cause { input: seq, at_ms: now_ms, by: by.as_ref() };
        for matter in &reach.matters {
            self.erase_matter(MatterId(*matter), person, cause)?;
        }
        let touched: Vec<MatterId> = reach.matters.into_iter().map(MatterId).collect();
        let mut matters = self.reached(None, &touched)?;
        matters.iter_mut().for_each(|matter| matter.opened = false);
        Ok(Answer::Done(Done::of(seq, matters)))
    }

    /// Takes away the files that came with inputs, but for those that somebody else put up as well. One
    /// that cannot be taken away now is at the next start.
    fn erase_files(&self, rows: &[u64]) -> Result<(), StoreError> {
        let files = Files::at(&self.config.data);
        for sha256 in self.store.erase_files(rows)?.iter().filter_map(|name| name.parse().ok()) {
            if let Err(error) = files.remove(sha256) {
                tracing::warn!(%sha256, %error, "A file of somebody who was erased is still there.");
            }
        }
        Ok(())
    }

    fn reach_of(&self, person: &PersonId) -> Result<Reach, StoreError> {
        let reader = self.store.reader();
        let named = reader.inputs_naming(person.as_str())?;
        let theirs = named.iter().filter(|naming| self.is_theirs(naming, person)).map(|naming| naming.seq);
        let reported = reader.matters_naming(person.as_str())?;
        // Of several reporters the code does not say which: better too much than too little.
        let by_code = reader.inputs_on(&reported, Actor::reporter().as_str())?;
        // Who amended their words has them once more.
        let mut alone = reported.clone();
        for id in &reported {
            if !self.is_alone(MatterId(*id), person)? {
                alone.retain(|other| other != id);
            }
        }
        let amended = reader.inputs_on(&alone, "@amend")?;
        let inputs: Vec<u64> = theirs.chain(by_code).chain(amended).collect();
        let events = reader.events_of(&inputs)?;
        let matters = events.iter().map(|(_, matter)| *matter).chain(reported).collect();
        let answers = reader.answers_to(&inputs)?;
        let mut rows: Vec<u64> =
            inputs.into_iter().chain(answers).chain(events.into_iter().map(|(seq, _)| seq)).collect();
        rows.sort_unstable();
        Ok(Reach { rows, matters })
    }

    /// Whether an input came with a person: they acted, or theirs is a contact of the form. Another
    /// field may have the same word by chance.
    fn is_theirs(&self, naming: &Naming, person: &PersonId) -> bool {
        let desk = naming.desk.as_ref().and_then(|desk| self.config.desk(desk));
        let action = desk.and_then(|desk| self.config.desks[desk.get()].manifest.action(&naming.name));
        let form = naming.body.as_ref().and_then(|body| serde_json::from_str::<Map<String, Value>>(body).ok());
        let (Some(action), Some(form)) = (action, form) else {
            // Of an action the config no longer has: better too much than too little.
            return true;
        };
        let is_contact =
            |name: &str| action.fields.iter().any(|(field, spec)| field == name && spec.kind == FieldKind::Contact);
        naming.is_by || form.iter().any(|(name, value)| value == person.as_str() && is_contact(name))
    }

    /// Steps that waited for words that are gone can never be done.
    fn drop_deliveries(&mut self, rows: &[u64]) -> Result<(), StoreError> {
        let is_gone = |source: &u64| rows.binary_search(source).is_ok();
        let dropped: Vec<_> = self.deliveries.iter().filter(|row| is_gone(&row.source)).cloned().collect();
        dropped.iter().try_for_each(|row| self.forget(row))
    }

    /// Whether nobody else reported a matter, but for those who were erased too.
    fn is_alone(&self, id: MatterId, person: &PersonId) -> Result<bool, StoreError> {
        let reader = self.store.reader();
        let Some(head) = crate::engine::look::read_head(reader, id)? else { return Ok(false) };
        let mut is_alone = head.reporters.contains(person);
        for other in head.reporters.iter().filter(|other| *other != person) {
            is_alone &= reader.erased(other.as_str())?.is_some();
        }
        Ok(is_alone)
    }

    /// Says on a matter that words were erased, and takes its own if nobody else reported it.
    fn erase_matter(&mut self, id: MatterId, person: &PersonId, cause: Cause<'_>) -> Result<(), StoreError> {
        if self.head(id)?.is_none() {
            return Ok(());
        }
        if self.is_alone(id, person)? {
            let config = std::sync::Arc::clone(&self.config);
            let words = self.batch.words(&self.store, id)?.cloned().unwrap_or_default();
            let before: Body =
                serde_json::from_str(&words).map_err(|error| StoreError::Damaged(format!("matter {id}: {error}")))?;
            let body = Body { title: ERASED_TITLE.into(), reported_at: before.reported_at, ..Body::default() };
            if let Some(cached) = self.batch.cached_mut(id) {
                cached.words = Some(body.to_json().into());
                cached.head.labels.retain(|name, value| !config.is_free(name, value));
                cached.head_json = cached.head.to_json().into();
                cached.dirty = Dirty::Body;
            }
            self.store.erase_notices_about(id)?;
        }
        self.journal_host_event(id, ERASED, "".into(), cause);
        Ok(())
    }
}
