//! What a desk wants done: a list of effects, built with [`Effects`].
//!
//! The host checks the whole list (ownership, stages, names, bounds) and applies all of it or
//! nothing (invariant I3). At most 1,000 effects and 1 MiB a step.
//!
//! Names kept free for later versions: `issue`, `answer`, `announce`, `appoint`,
//! `place`, `person`.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::clock::ClockTurn;
use crate::{Budget, Holder, LabelValue, Labels, MatterId, PersonId, PlaceId, Position, Worst};

/// One thing a desk wants done. On the wire externally tagged, `{"say":{"topic":…,"data":…}}`.
///
/// `on` names the matter; without it the step's own is meant. *Owner* effects fail the step when
/// the matter lies on another desk (invariant I5).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Owner: change a property of the matter.
    Set {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// What to change.
        change: Change,
    },
    /// Owner: start, pause, resume, extend or stop a clock that the manifest declares.
    Clock {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// Name of the clock.
        name: String,
        /// What to do with it.
        turn: ClockTurn,
    },
    /// Owner: an event on the matter; the routes are asked where it leads.
    Say {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// A topic that the manifest says.
        topic: String,
        /// The topic's data fields, an object.
        data: Box<RawValue>,
    },
    /// Owner: the matter ends.
    Close {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// How it ended: a short code.
        outcome: String,
    },
    /// Owner: a closed matter is open again, on this desk.
    Reopen {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// The stage it opens in.
        stage: String,
    },
    /// Owner: the matter is joined into a master, keeping number and reporters; the master's owner
    /// is told with the host topic `joined`, if its manifest takes it.
    Join {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// The master, which is open and not itself joined.
        master: MatterId,
    },
    /// Owner of the joined child: it is open again where it lay.
    Release {
        /// The joined matter.
        child: MatterId,
    },
    /// Any desk: replace its own note on a matter.
    Note {
        /// The matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// The whole note.
        note: Box<RawValue>,
    },
    /// Any desk: write a record of one of its collections, whole.
    Put {
        /// A collection that the manifest declares.
        collection: String,
        /// The record's key, at most 256 bytes. Records are ranged over in byte order of keys.
        key: String,
        /// The record.
        record: Box<RawValue>,
    },
    /// Any desk: delete a record of one of its collections.
    Delete {
        /// The collection.
        collection: String,
        /// The record's key.
        key: String,
    },
    /// Any desk: a new matter, which lies on this desk.
    Open {
        /// Its id, from [`crate::Step::new_id`].
        id: MatterId,
        /// What it starts with.
        opening: Box<Opening>,
    },
    /// Any desk: tie one matter to another.
    Link {
        /// The matter that gets the tie.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// The matter it leads to.
        to: MatterId,
        /// What it means, a short word: `part-of`, `follows`.
        how: String,
    },
    /// Any desk: an event on somebody else's matter. Its owner gets it if its manifest takes the
    /// topic; the routes are not asked.
    Tell {
        /// Somebody else's matter.
        matter: MatterId,
        /// A topic that the manifest says.
        topic: String,
        /// The topic's data fields.
        data: Box<RawValue>,
    },
    /// Any desk: an amount from one account to another.
    Transfer(Box<crate::ledger::Transfer>),
    /// Any desk: start a job that the manifest declares.
    Work {
        /// The matter it is for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<MatterId>,
        /// Name of the job.
        name: String,
        /// Its params, an object.
        params: Box<RawValue>,
    },
    /// Any desk: a notice to somebody.
    Send(Box<crate::notice::Sending>),
}

/// A change of one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A new title.
    Title(String),
    /// Another place.
    Place(PlaceId),
    /// Another stage of this desk for the matter's kind.
    Stage(String),
    /// Whom it now waits for; all of them.
    Holders(Vec<Holder>),
    /// A lamp floor, or none.
    Worst(Option<Worst>),
    /// A label of the manifest.
    Label(String, Option<LabelValue>),
}

/// What a new matter starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// A kind with a prefix, declared by this desk's manifest.
    pub kind: String,
    /// One line, 1 to 200 characters.
    pub title: String,
    /// What was written about it, at most 20,000 characters.
    pub text: String,
    /// Where it happened: a place of the district.
    pub place: Option<PlaceId>,
    /// The spot within the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Through which channel it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Its number in the system it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was reported there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// Who reported it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reporters: Vec<PersonId>,
    /// Labels of the manifest.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// A list of effects under construction. Every method adds one and gives the list back.
///
/// ```
/// use plugin_api::{Budget, Effects};
/// use serde_json::json;
/// let effects = Effects::new()
///     .stage("offered")
///     .start("accept", Budget::hours(24))
///     .say("offered", &json!({ "mode": "pool" }));
/// assert_eq!(effects.list().len(), 3);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "effects do nothing unless they are returned"]
pub struct Effects {
    list: Vec<Effect>,
    pub(crate) on: Option<MatterId>,
}

impl Effects {
    /// No effects yet; those that follow are on the step's own matter.
    pub fn new() -> Effects {
        Effects::default()
    }

    /// The effects so far.
    pub fn list(&self) -> &[Effect] {
        &self.list
    }

    /// The effects, as the host takes them.
    pub fn into_list(self) -> Vec<Effect> {
        self.list
    }

    /// The effects that follow are on this matter.
    pub fn on(mut self, matter: MatterId) -> Effects {
        self.on = Some(matter);
        self
    }

    /// See [`Change::Title`].
    pub fn title(self, title: impl Into<String>) -> Effects {
        self.set(Change::Title(title.into()))
    }

    /// See [`Change::Place`].
    pub fn place(self, place: PlaceId) -> Effects {
        self.set(Change::Place(place))
    }

    /// See [`Change::Stage`].
    pub fn stage(self, stage: impl Into<String>) -> Effects {
        self.set(Change::Stage(stage.into()))
    }

    /// See [`Change::Holders`].
    pub fn holders(self, holders: Vec<Holder>) -> Effects {
        self.set(Change::Holders(holders))
    }

    /// See [`Change::Worst`].
    pub fn worst(self, worst: Option<Worst>) -> Effects {
        self.set(Change::Worst(worst))
    }

    /// Set a label.
    pub fn label(self, name: impl Into<String>, value: impl Into<LabelValue>) -> Effects {
        self.set(Change::Label(name.into(), Some(value.into())))
    }

    /// Take a label off.
    pub fn unlabel(self, name: impl Into<String>) -> Effects {
        self.set(Change::Label(name.into(), None))
    }

    /// Start a clock.
    pub fn start(self, clock: impl Into<String>, budget: Budget) -> Effects {
        self.turn(clock, ClockTurn::Start(budget))
    }

    /// Let a clock stand still, until it is resumed. See [`ClockTurn::Pause`].
    pub fn pause(self, clock: impl Into<String>, why: impl Into<String>, review: Option<Date>) -> Effects {
        self.turn(clock, ClockTurn::Pause { why: why.into(), review })
    }

    /// Let a paused clock go on with what was left.
    pub fn resume(self, clock: impl Into<String>) -> Effects {
        self.turn(clock, ClockTurn::Resume)
    }

    /// Give a clock that has not run out so much longer. See [`ClockTurn::Extend`].
    pub fn extend(self, clock: impl Into<String>, more: Budget) -> Effects {
        self.turn(clock, ClockTurn::Extend(more))
    }

    fn turn(self, clock: impl Into<String>, turn: ClockTurn) -> Effects {
        let on = self.on;
        self.push(Effect::Clock { on, name: clock.into(), turn })
    }

    /// Stop a clock.
    pub fn stop(self, clock: impl Into<String>) -> Effects {
        self.turn(clock, ClockTurn::Stop)
    }

    /// Say an event, with a struct or map as its data, or `&()` for none. See [`Effect::Say`].
    pub fn say(self, topic: impl Into<String>, data: &impl Serialize) -> Effects {
        let on = self.on;
        self.push(Effect::Say { on, topic: topic.into(), data: raw_object(data) })
    }

    /// Close the matter.
    pub fn close(self, outcome: impl Into<String>) -> Effects {
        let on = self.on;
        self.push(Effect::Close { on, outcome: outcome.into() })
    }

    /// Open a closed matter again.
    pub fn reopen(self, stage: impl Into<String>) -> Effects {
        let on = self.on;
        self.push(Effect::Reopen { on, stage: stage.into() })
    }

    /// Join the matter into a master.
    pub fn join(self, master: MatterId) -> Effects {
        let on = self.on;
        self.push(Effect::Join { on, master })
    }

    /// Take a joined matter out again.
    pub fn release(self, child: MatterId) -> Effects {
        self.push(Effect::Release { child })
    }

    /// Replace this desk's note on the matter.
    pub fn note(self, note: &impl Serialize) -> Effects {
        let on = self.on;
        self.push(Effect::Note { on, note: raw(note) })
    }

    /// Write a record.
    pub fn put(self, collection: impl Into<String>, key: impl Into<String>, record: &impl Serialize) -> Effects {
        self.push(Effect::Put { collection: collection.into(), key: key.into(), record: raw(record) })
    }

    /// Delete a record.
    pub fn delete(self, collection: impl Into<String>, key: impl Into<String>) -> Effects {
        self.push(Effect::Delete { collection: collection.into(), key: key.into() })
    }

    /// Open a matter; the effects that follow are on it.
    pub fn open(self, id: MatterId, opening: Opening) -> Effects {
        self.push(Effect::Open { id, opening: Box::new(opening) }).on(id)
    }

    /// Tie the matter to another.
    pub fn link(self, to: MatterId, how: impl Into<String>) -> Effects {
        let on = self.on;
        self.push(Effect::Link { on, to, how: how.into() })
    }

    /// Tell the owner of another matter something; data as for [`Effects::say`].
    pub fn tell(self, matter: MatterId, topic: impl Into<String>, data: &impl Serialize) -> Effects {
        self.push(Effect::Tell { matter, topic: topic.into(), data: raw_object(data) })
    }

    fn set(self, change: Change) -> Effects {
        let on = self.on;
        self.push(Effect::Set { on, change })
    }

    pub(crate) fn target(&self) -> Option<MatterId> {
        self.on
    }

    pub(crate) fn push(mut self, effect: Effect) -> Effects {
        self.list.push(effect);
        self
    }
}

/// Data is an object on the wire, also where there is none.
pub(crate) fn raw_object(data: &impl Serialize) -> Box<RawValue> {
    let data = raw(data);
    if data.get() == "null" { raw(&serde_json::Map::new()) } else { data }
}

fn raw(data: &impl Serialize) -> Box<RawValue> {
    to_raw_value(data).expect("effect data has text keys and no custom serializer that fails")
}
