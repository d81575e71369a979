//! [`Double`]: the host as a desk under test sees it, held in memory.
//!
//! It answers the same [`Question`]s in the same words as the host, from what it was given. It
//! refuses to know who may act and where matters go next.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::books::Books;
use super::script::Who;
use super::week;
use crate::host::{Answers, Question};
use crate::{
    Clock, Count, CountBy, District, Event, Lists, Manifest, Matter, MatterFilter, MatterId, Person, Place, PlaceId,
    RecordRange, RoleId, Status, Unit,
};

pub(super) const PAGE_ROWS_MAX: usize = 500;
const PAGE_ROWS: u32 = 100;

/// A host double. Fill its fields, and hand `Asking(&double)` to a desk as its host.
///
/// ```
/// use plugin_api::host::{Asking, Host};
/// use plugin_api::testing::Double;
/// let double = Double::new("council");
/// assert_eq!(Asking(&double).units().unwrap(), []);
/// ```
#[derive(Clone, Debug)]
pub struct Double {
    /// Name of the desk under test: what `self` means in a filter.
    pub desk: String,
    /// The instant of the call.
    pub now: Timestamp,
    /// The district's zone.
    pub zone: TimeZone,
    /// The places, parents first.
    pub places: Vec<Place>,
    /// Who holds which role.
    pub people: Vec<(RoleId, Person)>,
    /// The units.
    pub units: Vec<Unit>,
    /// The code tables.
    pub lists: Lists,
    /// The matters.
    pub matters: BTreeMap<MatterId, Matter>,
    /// The desk's notes.
    pub notes: BTreeMap<MatterId, Box<RawValue>>,
    /// The desk's clocks, by matter and name.
    pub clocks: BTreeMap<(MatterId, String), Clock>,
    /// The desk's records and those it reads, by collection and key.
    pub records: BTreeMap<String, BTreeMap<String, Value>>,
    /// What has been said, in order.
    pub events: Vec<Event>,
    /// Contacts that became persons: the first is `r1`.
    pub contacts: Vec<String>,
    /// What is booked.
    pub books: Books,
    logged: RefCell<Vec<String>>,
}

impl Double {
    /// An empty district around a desk of this name, at 09:00 of 2 March 2026 in +08:00.
    pub fn new(desk: impl Into<String>) -> Double {
        Double {
            desk: desk.into(),
            now: Timestamp::from_second(1_772_413_200).expect("a second of 2026 is an instant"),
            zone: TimeZone::fixed(offset(8)),
            places: Vec::new(),
            people: Vec::new(),
            units: Vec::new(),
            lists: Lists::default(),
            matters: BTreeMap::new(),
            notes: BTreeMap::new(),
            clocks: BTreeMap::new(),
            records: BTreeMap::new(),
            events: Vec::new(),
            contacts: Vec::new(),
            books: Books::default(),
            logged: RefCell::default(),
        }
    }

    /// Lines the desk logged since this was last asked.
    pub fn take_logged(&self) -> Vec<String> {
        self.logged.take()
    }

    /// What a desk is opened with.
    pub fn district(&self) -> District {
        District { zone: self.zone.clone(), lists: self.lists.clone() }
    }

    /// The district's day.
    pub fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// The next matter's id.
    pub fn next_id(&self) -> MatterId {
        MatterId(self.matters.keys().next_back().map_or(1, |last| last.0 + 1))
    }

    /// What people call a matter: prefix, year and id.
    pub fn number(&self, manifest: &Manifest, kind: &str, id: MatterId) -> String {
        let prefix = manifest.kind(kind).and_then(|kind| kind.prefix.as_deref()).unwrap_or("M");
        format!("{prefix}{}-{:06}", self.today().year(), id.0)
    }

    /// The person a contact becomes.
    pub fn reporter(&mut self, contact: &str) -> String {
        let at = self.contacts.iter().position(|known| known == contact).unwrap_or_else(|| {
            self.contacts.push(contact.to_owned());
            self.contacts.len() - 1
        });
        format!("r{}", at + 1)
    }

    /// The desk's clocks on a matter.
    pub(super) fn clocks_of(&self, matter: MatterId) -> Vec<&Clock> {
        self.clocks.iter().filter(|((on, _), _)| *on == matter).map(|(_, clock)| clock).collect()
    }

    /// Adds an event to what has been said.
    pub(super) fn add_event(&mut self, matter: MatterId, topic: &str, desk: &str, who: Who<'_>, data: Box<RawValue>) {
        self.events.push(Event {
            seq: self.events.len() as u64 + 1,
            at: self.now,
            matter,
            stay: self.matters.get(&matter).map_or(1, |matter| matter.stay),
            topic: topic.to_owned(),
            desk: desk.to_owned(),
            by: who.by.map(Into::into),
            proof: who.with.and_then(|with| serde_json::from_value(with.into()).ok()),
            stands_for: who.stands_for.map(Into::into),
            second: who.second.map(Into::into),
            data: Some(data),
            route: None,
        });
    }

    fn matters(&self, filter: &MatterFilter) -> impl Iterator<Item = &Matter> {
        self.matters.values().rev().filter(move |matter| self.fits(matter, filter))
    }

    fn fits(&self, matter: &Matter, filter: &MatterFilter) -> bool {
        let desk = filter.desk.as_deref().map(|desk| if desk == "self" { &self.desk } else { desk });
        desk.is_none_or(|desk| matter.desk == desk)
            && filter.kind.as_ref().is_none_or(|kind| matter.kind == *kind)
            && filter.stage.as_ref().is_none_or(|stage| matter.stage == *stage)
            && filter.status.is_none_or(|status| matter.status == status)
            && filter.place.as_ref().is_none_or(|place| place.covers(&matter.place))
            && filter.labels.iter().all(|(name, value)| matter.labels.get(name) == Some(value))
            && filter.opened_from.is_none_or(|from| from <= matter.opened)
            && filter.opened_before.is_none_or(|before| matter.opened < before)
            // No routes are asked here, so nothing is left unrouted.
            && filter.unrouted != Some(true)
            && filter.before.is_none_or(|before| matter.id < before)
    }

    fn count(&self, filter: &MatterFilter, by: &CountBy) -> Vec<Count> {
        let mut counts = BTreeMap::new();
        if *by == CountBy::All {
            counts.insert(String::new(), 0);
        }
        for matter in self.matters(filter) {
            *counts.entry(self.count_key(matter, by)).or_insert(0) += 1;
        }
        counts.into_iter().map(|(key, count)| Count { key, count }).collect()
    }

    fn count_key(&self, matter: &Matter, by: &CountBy) -> String {
        match by {
            CountBy::All => String::new(),
            CountBy::Desk => matter.desk.clone(),
            CountBy::Stage => matter.stage.clone(),
            CountBy::Status => match matter.status {
                Status::Open => "open".to_owned(),
                Status::Closed => "closed".to_owned(),
                Status::Joined => "joined".to_owned(),
            },
            CountBy::Label(name) => matter.labels.get(name).map(ToString::to_string).unwrap_or_default(),
            CountBy::Place(level) => self.place_at_level(&matter.place, level),
            CountBy::Month => self.zone.to_datetime(matter.opened).strftime("%Y-%m").to_string(),
            CountBy::Channel => matter.channel.clone().unwrap_or_default(),
        }
    }

    /// The place of a level that holds a place; empty if none does.
    pub(super) fn place_at_level(&self, place: &PlaceId, level: &str) -> String {
        let holds = |place: &PlaceId| self.places.iter().any(|known| known.id == *place && known.level == level);
        place.upwards().find(holds).map(|place| place.to_string()).unwrap_or_default()
    }

    fn records(&self, collection: &str, range: &RecordRange) -> Vec<(&String, &Value)> {
        let Some(records) = self.records.get(collection) else { return Vec::new() };
        let RecordRange { from, to, prefix, after, limit } = range;
        let fits = |key: &String| {
            from <= key && to.as_ref().is_none_or(|to| key < to) && key.starts_with(prefix.as_str()) && after < key
        };
        let rows = limit.map_or(PAGE_ROWS_MAX, |limit| (limit as usize).clamp(1, PAGE_ROWS_MAX));
        records.iter().filter(|(key, _)| fits(key)).take(rows).collect()
    }
}

impl Answers for Double {
    fn answer(&self, question: &Question) -> Result<String, String> {
        match question {
            Question::Matter { id } => json(&self.matters.get(id)),
            Question::Matters { filter } => {
                let rows = (filter.limit.unwrap_or(PAGE_ROWS) as usize).clamp(1, PAGE_ROWS_MAX);
                json(&self.matters(filter).take(rows).collect::<Vec<_>>())
            }
            Question::Count { filter, by } => json(&self.count(filter, by)),
            Question::Events { matter, after_seq } => {
                let said = self.events.iter().filter(|event| event.matter == *matter && *after_seq < event.seq);
                json(&said.take(PAGE_ROWS_MAX).collect::<Vec<_>>())
            }
            Question::Note { matter } => json(&self.notes.get(matter)),
            Question::Record { collection, key } => {
                json(&self.records.get(collection).and_then(|records| records.get(key)))
            }
            Question::Records { collection, range } => json(&self.records(collection, range)),
            Question::Place { place } => json(&self.places.iter().find(|known| known.id == *place)),
            Question::Places { within } => {
                let is_child = |place: &&Place| place.id.upwards().nth(1).as_ref() == Some(within);
                json(&self.places.iter().filter(is_child).collect::<Vec<_>>())
            }
            Question::People { role, place } => {
                let held = self.people.iter().filter(|(given, person)| given == role && person.place.covers(place));
                json(&held.map(|(_, person)| person).collect::<Vec<_>>())
            }
            Question::Units => json(&self.units),
            Question::After { from, budget } => {
                budget.check().map_err(|why| why.en)?;
                json(&week::after(&self.zone, *from, *budget))
            }
            Question::Between { from, to, unit } => json(&week::between(&self.zone, *from, *to, *unit)),
            Question::Log { text } => {
                self.logged.borrow_mut().push(text.clone());
                json(&())
            }
            Question::Balance { account } => json(&self.books.balance(account)),
            Question::Balances { filter, after } => json(&self.books.balances(filter, after.as_ref())),
            Question::Transfer { key } => json(&self.books.find_key(&self.desk, key)),
            Question::Transfers { filter, days, after } => json(&self.books.transfers(filter, *days, *after)),
            Question::Totals { filter, days, by } => json(&self.totals(filter, *days, by)),
        }
    }
}

fn json(answer: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(answer).map_err(|error| error.to_string())
}
