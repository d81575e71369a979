//! One step's effects, checked and applied to copies: all of them become part of the batch, or none
//! does (I3). Only the owning desk changes a matter (I5).

pub(super) mod check;
mod life;
mod transfer;
mod work;
mod notice;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use plugin_api::clock::ClockTurn;
use plugin_api::effect::Change;
use plugin_api::manifest::{Keep, Manifest};
use plugin_api::{Effect, MatterId, Opening, Status};
use serde_json::value::RawValue;

use super::batch::Dirty;
use super::books::{Accounts, Bookings};
use super::chain::Work;
use super::input::instant;
use super::step::StepError;
use crate::clock::{ClockRun, Turning};
use crate::config::{Config, DeskConfig};
use crate::limits::{EFFECTS_MAX, RECORD_KEY_BYTES_MAX};
use crate::matter::{Body, Head, HostMarks, number};
use crate::routes::DeskIx;
use crate::store::outbox::NoticeRow;
use crate::store::rows::{ClockId, ClockRow, RecordRow};
use check::{check_label, check_title, check_topic_data, find_stage};
pub(super) use work::JobStart;

/// A matter as the step leaves it.
#[derive(Clone, Debug)]
pub(super) struct Working {
    /// Its head.
    pub head: Head,
    /// Its words as JSON, where the step has read or changed them.
    pub words: Option<Arc<str>>,
    /// What changed.
    pub dirty: Dirty,
    /// Opened in this batch.
    pub is_new: bool,
}

/// An event the step said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// On which matter.
    pub matter: MatterId,
    /// Its topic.
    pub topic: Arc<str>,
    /// Its data, JSON; empty for none.
    pub data: Arc<str>,
    /// How it travels.
    pub way: Way,
}

/// How an event travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Said by the owner: routes and watches are asked.
    Said,
    /// Told to the owner of somebody else's matter.
    Told,
    /// The host's own: journaled, told to the owner if it takes it.
    Host,
    /// Said by the host of what a person did there: the same, and told to the owner whichever desk that is.
    Acted,
}

/// Where matters come from that the step did not bring along.
pub(super) trait Matters: Accounts {
    /// A copy of a matter.
    fn copy(&mut self, id: MatterId) -> Result<Option<Working>, StepError>;
    /// The words of a matter as before the step, JSON.
    fn words(&mut self, id: MatterId) -> Result<Arc<str>, StepError>;
    /// The clocks of a matter as before the step.
    fn clocks(&self, id: MatterId) -> &[(ClockId, ClockRun)];
    /// Whether a desk has sent under a key.
    fn was_sent(&self, desk: &str, key: &str) -> Result<bool, StepError>;
}

/// A step's effects under application.
pub(super) struct Draft<'a> {
    /// The config.
    pub config: &'a Config,
    /// The desk whose effects these are.
    pub desk: DeskIx,
    /// Its name, shared.
    pub desk_name: Arc<str>,
    /// The step's own matter.
    pub own: Option<MatterId>,
    /// The step's instant.
    pub now_ms: i64,
    /// The first id that may be opened.
    pub next_id: u64,
    /// Matters as left so far.
    pub matters: BTreeMap<u64, Working>,
    /// Events in order.
    pub said: Vec<Said>,
    /// The desk's notes.
    pub notes: Vec<(MatterId, Box<RawValue>)>,
    /// The desk's records.
    pub records: Vec<RecordRow>,
    /// Clocks.
    pub clocks: Vec<ClockRow>,
    /// Matters opened, in order.
    pub opened: Vec<MatterId>,
    /// Transfers in order, and accounts as left so far.
    pub bookings: Bookings,
    /// Jobs to be started.
    pub jobs: Vec<JobStart>,
    /// Notices, not yet numbered.
    pub notices: Vec<NoticeRow>,
    /// Keys they were sent under.
    pub sent_keys: Vec<Arc<str>>,
}

/// What a desk did that its contract does not allow.
fn wrong(text: String) -> StepError {
    StepError::Failed(text)
}

impl<'a> Draft<'a> {
    /// Nothing done yet.
    pub fn new(config: &'a Config, work: &Work, desk_name: Arc<str>, next_id: u64) -> Draft<'a> {
        Draft {
            config,
            desk: work.desk,
            desk_name,
            own: work.matter,
            now_ms: work.now_ms,
            next_id,
            matters: BTreeMap::new(),
            said: Vec::new(),
            notes: Vec::new(),
            records: Vec::new(),
            clocks: Vec::new(),
            opened: Vec::new(),
            bookings: Bookings::default(),
            jobs: Vec::new(),
            notices: Vec::new(),
            sent_keys: Vec::new(),
        }
    }

    /// Applies a list of effects.
    pub fn apply(&mut self, effects: Vec<Effect>, from: &mut dyn Matters) -> Result<(), StepError> {
        if EFFECTS_MAX < effects.len() {
            return Err(wrong(format!("{} effects, at most {EFFECTS_MAX} a step", effects.len())));
        }
        effects.into_iter().try_for_each(|effect| self.apply_one(effect, from))
    }

    fn spec(&self) -> &'a DeskConfig {
        &self.config.desks[self.desk.get()]
    }

    fn manifest(&self) -> &'a Manifest {
        &self.config.desks[self.desk.get()].manifest
    }

    fn apply_one(&mut self, effect: Effect, from: &mut dyn Matters) -> Result<(), StepError> {
        match effect {
            Effect::Set { on, change } => {
                let id = self.target(on)?;
                self.set(id, change, from)
            }
            Effect::Clock { on, name, turn } => {
                let id = self.target(on)?;
                self.turn_clock(id, name, turn, from)
            }
            Effect::Say { on, topic, data } => {
                let id = self.target(on)?;
                self.owned_open(id, from)?;
                self.say(id, topic, &data, Way::Said)
            }
            Effect::Tell { matter, topic, data } => {
                self.working(matter, from)?;
                self.say(matter, topic, &data, Way::Told)
            }
            Effect::Close { on, outcome } => {
                let id = self.target(on)?;
                self.close(id, Status::Closed, outcome.into(), from)
            }
            Effect::Reopen { on, stage } => {
                let id = self.target(on)?;
                self.reopen(id, stage, from)
            }
            Effect::Join { on, master } => {
                let id = self.target(on)?;
                self.join(id, master, from)
            }
            Effect::Release { child } => self.release(child, from),
            Effect::Note { on, note } => {
                let id = self.target(on)?;
                self.working(id, from)?;
                self.notes.push((id, note));
                Ok(())
            }
            Effect::Put { collection, key, record } => self.put(collection, key, Some(record.get().into())),
            Effect::Delete { collection, key } => self.put(collection, key, None),
            Effect::Open { id, opening } => self.open(id, *opening),
            Effect::Link { on, to, how } => {
                let id = self.target(on)?;
                self.link(id, to, how, from)
            }
            Effect::Transfer(transfer) => self.transfer(*transfer, from),
            Effect::Work { on, name, params } => self.work(on, &name, &params, from),
            Effect::Send(sending) => self.send(*sending, from),
        }
    }

    fn target(&self, on: Option<MatterId>) -> Result<MatterId, StepError> {
        on.or(self.own).ok_or_else(|| wrong("an effect names no matter, and the step has none".into()))
    }

    /// A matter to change without owning it.
    pub fn working(&mut self, id: MatterId, from: &mut dyn Matters) -> Result<&mut Working, StepError> {
        match self.matters.entry(id.0) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let copy = from.copy(id)?.ok_or_else(|| wrong(format!("there is no matter {id}")))?;
                Ok(place.insert(copy))
            }
        }
    }

    /// A matter of the desk's own (I5).
    fn owned(&mut self, id: MatterId, from: &mut dyn Matters) -> Result<&mut Working, StepError> {
        let desk = Arc::clone(&self.desk_name);
        let working = self.working(id, from)?;
        if working.head.desk != desk {
            let at = &working.head.desk;
            return Err(wrong(format!("I5: desk {desk:?} may not change matter {id}, which lies on {at:?}")));
        }
        Ok(working)
    }

    fn owned_open(&mut self, id: MatterId, from: &mut dyn Matters) -> Result<&mut Working, StepError> {
        let working = self.owned(id, from)?;
        if working.head.status != Status::Open {
            return Err(wrong(format!("matter {id} is not open")));
        }
        Ok(working)
    }

    fn set(&mut self, id: MatterId, change: Change, from: &mut dyn Matters) -> Result<(), StepError> {
        let (manifest, config) = (self.manifest(), self.config);
        let working = self.owned_open(id, from)?;
        let head = &mut working.head;
        working.dirty = working.dirty.max(Dirty::Head);
        match change {
            Change::Title(title) => {
                check_title(&title)?;
                let words = match &working.words {
                    Some(words) => Arc::clone(words),
                    None => from.words(id)?,
                };
                let mut body: Body = serde_json::from_str(&words).map_err(|error| wrong(error.to_string()))?;
                body.title = title;
                working.words = Some(body.to_json().into());
                working.dirty = Dirty::Body;
            }
            Change::Place(place) => {
                if config.directory.place(&place).is_none() {
                    return Err(wrong(format!("there is no place {place}")));
                }
                head.place = place;
            }
            Change::Stage(stage) => head.stage = find_stage(manifest, &head.kind, &stage)?,
            Change::Holders(holders) => head.set_holders(holders),
            Change::Worst(worst) => head.worst = worst,
            Change::Label(name, value) => {
                check_label(manifest, &name, value.as_ref())?;
                match value {
                    Some(value) => drop(head.labels.insert(name, value)),
                    None => drop(head.labels.remove(&name)),
                }
            }
        }
        Ok(())
    }

    fn turn_clock(
        &mut self,
        id: MatterId,
        name: String,
        turn: ClockTurn,
        from: &mut dyn Matters,
    ) -> Result<(), StepError> {
        let spec = self.manifest().clock(&name).ok_or_else(|| wrong(format!("clock {name:?} is not declared")))?;
        let stay = self.owned_open(id, from)?.head.stay;
        let (clock, run) = self.find_clock(id, name, spec.keep, &*from);
        let turning = Turning { calendar: &self.config.calendar, spec, now: instant(self.now_ms), stay };
        let run = turning.turn(run.as_ref(), turn).map_err(|why| wrong(format!("clock {:?} {why}", clock.name)))?;
        self.clocks.push(ClockRow { id: clock, run });
        Ok(())
    }

    /// A clock as this step has left it so far. One kept with the matter is the same for every desk
    /// that declares it.
    fn find_clock(&self, id: MatterId, name: String, keep: Keep, from: &dyn Matters) -> (ClockId, Option<ClockRun>) {
        let own = ClockId { matter: id.0, desk: Arc::clone(&self.desk_name), name: name.into() };
        let is_meant = |id: &ClockId, run: Option<&ClockRun>| {
            let is_shared = keep == Keep::Matter && run.is_some_and(|run| run.keep == Keep::Matter);
            id.matter == own.matter && id.name == own.name && (id.desk == own.desk || is_shared)
        };
        if let Some(row) = self.clocks.iter().rev().find(|row| is_meant(&row.id, row.run.as_ref())) {
            return (row.id.clone(), row.run.clone());
        }
        let known = from.clocks(id).iter().find(|(id, run)| is_meant(id, Some(run)));
        known.cloned().map_or((own, None), |(id, run)| (id, Some(run)))
    }

    fn say(&mut self, id: MatterId, topic: String, data: &RawValue, way: Way) -> Result<(), StepError> {
        let spec = self.manifest().say(&topic).ok_or_else(|| wrong(format!("topic {topic:?} is not declared")))?;
        if !data.get().starts_with('{') {
            return Err(wrong(format!("the data of {topic:?} is not an object")));
        }
        if !spec.data.is_empty() || data.get().len() != 2 {
            check_topic_data(spec, data.get())?;
        }
        self.said.push(Said { matter: id, topic: topic.into(), data: data.get().into(), way });
        Ok(())
    }

    fn say_host(&mut self, id: MatterId, topic: &str, data: String) {
        self.said.push(Said { matter: id, topic: topic.into(), data: data.into(), way: Way::Host });
    }

    fn put(&mut self, collection: String, key: String, record: Option<Arc<str>>) -> Result<(), StepError> {
        if !self.manifest().collection.iter().any(|spec| spec.name == collection) {
            return Err(wrong(format!("collection {collection:?} is not declared")));
        }
        if key.is_empty() || RECORD_KEY_BYTES_MAX < key.len() {
            return Err(wrong(format!("a record's key has {} bytes, not 1 to {RECORD_KEY_BYTES_MAX}", key.len())));
        }
        let desk = Arc::clone(&self.desk_name);
        self.records.push(RecordRow { desk, collection: collection.into(), key: key.into(), record });
        Ok(())
    }

    fn open(&mut self, id: MatterId, opening: Opening) -> Result<(), StepError> {
        let expected = self.next_id + self.opened.len() as u64;
        if id.0 != expected {
            return Err(wrong(format!("a matter is opened as {id}, but the next id is {expected}")));
        }
        let kind = self.manifest().kind(&opening.kind);
        let kind = kind.ok_or_else(|| wrong(format!("kind {:?} is not declared", opening.kind)))?;
        let prefix = kind.prefix.as_deref().ok_or_else(|| wrong(format!("kind {:?} has no prefix here", kind.name)))?;
        let stage = kind.entry().ok_or_else(|| wrong(format!("kind {:?} has no stages", kind.name)))?;
        let place = opening.place.ok_or_else(|| wrong("a matter is opened without a place".into()))?;
        if self.config.directory.place(&place).is_none() {
            return Err(wrong(format!("there is no place {place}")));
        }
        check_title(&opening.title)?;
        for (name, value) in &opening.labels {
            check_label(self.manifest(), name, Some(value))?;
        }
        let opened = instant(self.now_ms);
        let head = Head {
            id,
            number: number(prefix, self.config.zone.to_datetime(opened).year(), id),
            kind: kind.name.as_str().into(),
            desk: Arc::clone(&self.desk_name),
            stay: 1,
            stage: stage.name.as_str().into(),
            status: Status::Open,
            outcome: None,
            place,
            opened,
            channel: opening.channel.map(Into::into),
            labels: opening.labels,
            holders: Vec::new(),
            reporters: opening.reporters,
            links: Vec::new(),
            worst: None,
            host: HostMarks::default(),
        };
        let body = Body {
            title: opening.title,
            text: opening.text,
            address: opening.address,
            position: opening.position,
            reported_at: opening.reported_at,
            source: opening.source,
        };
        self.matters
            .insert(id.0, Working { head, words: Some(body.to_json().into()), dirty: Dirty::Body, is_new: true });
        self.opened.push(id);
        self.say_host(id, "opened", String::new());
        Ok(())
    }
}
