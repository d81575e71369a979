//! What an index should say, computed plainly over all matters of the store: no terms, no lists, no
//! counts that are kept.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use hongling::config::Config;
use hongling::directory::{Level, Sees};
use hongling::engine::look::{Viewer, read_matter};
use hongling::index::words::normal;
use hongling::index::{By, Counted, Order, Query};
use hongling::matter::Head;
use hongling::store::Reader;
use jiff::civil::Date;
use plugin_api::{Matter, MatterId, Part, PersonId, PlaceId, Post, Status};

/// A matter and what is known beside it.
pub struct Known {
    pub matter: Matter,
    is_unrouted: bool,
    changed_ms: i64,
    opened: Date,
    closed: Option<Date>,
    hay: String,
}

/// All matters, as of an instant.
pub struct Model {
    config: Arc<Config>,
    day: Date,
    now_ms: i64,
    pub all: Vec<Known>,
}

impl Model {
    pub fn of(config: &Arc<Config>, reader: Reader<'_>, now_ms: i64) -> Model {
        let (_, _, count) = reader.sizes().unwrap();
        let known = (1..=count).map(MatterId).map(|id| {
            let stored = reader.matter(id).unwrap().unwrap();
            let head: Head = serde_json::from_str(&stored.head).unwrap();
            let matter = read_matter(config, reader, &stored, now_ms).unwrap();
            let events = reader.events(id, 0).unwrap();
            let is_over = matter.status != Status::Open;
            let closed = events.iter().rev().find(|event| is_over && event.topic == "closed");
            let place = config.directory.place(&matter.place).map(|place| place.title.zh.clone()).unwrap_or_default();
            let Matter { title, number, text, .. } = &matter;
            let address = matter.address.clone().unwrap_or_default();
            let source = matter.source.clone().unwrap_or_default();
            Known {
                is_unrouted: head.host.unrouted,
                changed_ms: events.last().unwrap().at_ms,
                opened: config.day_of(matter.opened.as_millisecond()),
                closed: closed.map(|event| config.day_of(event.at_ms)),
                hay: normal(&format!("{title}\n{number}\n{place}\n{address}\n{source}\n{text}")),
                matter,
            }
        });
        Model { config: Arc::clone(config), day: config.day_of(now_ms), now_ms, all: known.collect() }
    }

    fn held(&self, by: &PersonId, matter: &Matter) -> bool {
        let given: Vec<_> = self.config.directory.appointments(by, self.day).collect();
        matter.holders.iter().any(|holder| match &holder.post {
            Post::Person(person) => person == by,
            Post::Role { role, place } => given.iter().any(|given| given.role == *role && given.place.covers(place)),
            Post::Unit(unit) => given.iter().any(|given| given.unit.as_ref() == Some(unit)),
        })
    }

    fn areas(&self, by: &PersonId) -> Vec<PlaceId> {
        let given = self.config.directory.appointments(by, self.day);
        given
            .filter_map(|given| match self.config.directory.sees(&given.role) {
                Sees::All => Some(PlaceId::from("daguan")),
                Sees::Area => Some(given.place.clone()),
                Sees::Held => None,
            })
            .collect()
    }

    pub fn sees(&self, viewer: &Viewer, matter: &Matter) -> bool {
        let Viewer::Person(by) = viewer else { return true };
        matter.reporters.contains(by)
            || self.held(by, matter)
            || self.areas(by).iter().any(|place| place.covers(&matter.place))
    }

    fn fits(&self, query: &Query, viewer: &Viewer, known: &Known) -> bool {
        let matter = &known.matter;
        let by = |is: &dyn Fn(&PersonId) -> bool| matches!(viewer, Viewer::Person(by) if is(by));
        let is = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|wanted| wanted == has);
        self.sees(viewer, matter)
            && is(&query.desk, &matter.desk)
            && is(&query.kind, &matter.kind)
            && is(&query.stage, &matter.stage)
            && is(&query.channel, matter.channel.as_deref().unwrap_or_default())
            && query.status.is_none_or(|status| status == matter.status)
            && query.place.as_ref().is_none_or(|place| place.covers(&matter.place))
            && query.labels.iter().all(|(name, value)| matter.labels.get(name) == Some(value))
            && query.unit.as_ref().is_none_or(|unit| units(matter, false).contains(&unit.to_string()))
            && (!query.unrouted || known.is_unrouted)
            && query.lamp.is_none_or(|lamp| matter.lamp == Some(lamp))
            && (!query.waits_for_me || by(&|by| self.held(by, matter)))
            && (!query.reported_by_me || by(&|by| matter.reporters.contains(by)))
            && query.opened_from.is_none_or(|from| from <= known.opened)
            && query.opened_to.is_none_or(|to| known.opened <= to)
            && query.due_by_ms.is_none_or(|by_ms| due_ms(matter).is_some_and(|due_ms| due_ms <= by_ms))
            && query.text.as_deref().is_none_or(|text| is_found(text, &known.hay))
    }

    /// All ids that fit, in order.
    pub fn list(&self, query: &Query, viewer: &Viewer) -> Vec<u64> {
        let mut found: Vec<&Known> = self.all.iter().filter(|known| self.fits(query, viewer, known)).collect();
        found.sort_by_key(|known| Reverse(known.matter.id));
        let due = |known: &&Known| due_ms(&known.matter).unwrap_or(i64::MAX);
        match query.order {
            Order::Newest => {}
            Order::Due => found.sort_by_key(due),
            Order::Number => found.sort_by_key(|known| (known.matter.number.clone(), known.matter.id)),
            Order::Changed => found.sort_by_key(|known| Reverse(known.changed_ms)),
            Order::Urgent => found.sort_by_key(|known| (Reverse(known.matter.lamp), due(known))),
        }
        found.iter().map(|known| known.matter.id.0).collect()
    }

    /// Figures by value: of the viewer's areas, or of all they see if they have none.
    pub fn count(&self, by: &By, viewer: &Viewer, within: Option<&PlaceId>) -> BTreeMap<String, Counted> {
        let mut counted: BTreeMap<String, Counted> = BTreeMap::new();
        for known in &self.all {
            let matter = &known.matter;
            if !self.counts(viewer, matter) || !within.is_none_or(|within| within.covers(&matter.place)) {
                continue;
            }
            for value in self.values(by, known, viewer, within) {
                let figure = counted.entry(value).or_default();
                match matter.status {
                    Status::Open => figure.open += 1,
                    Status::Closed => figure.closed += 1,
                    Status::Joined => figure.joined += 1,
                }
                figure.overdue += u64::from(due_ms(matter).is_some_and(|due_ms| due_ms <= self.now_ms));
            }
        }
        counted
    }

    fn counts(&self, viewer: &Viewer, matter: &Matter) -> bool {
        let Viewer::Person(by) = viewer else { return true };
        let areas = self.areas(by);
        if areas.is_empty() { self.sees(viewer, matter) } else { areas.iter().any(|area| area.covers(&matter.place)) }
    }

    fn values(&self, by: &By, known: &Known, viewer: &Viewer, within: Option<&PlaceId>) -> Vec<String> {
        let matter = &known.matter;
        match by {
            By::All => vec![String::new()],
            By::Desk => vec![matter.desk.clone()],
            By::Stage => vec![matter.stage.clone()],
            By::Kind => vec![matter.kind.clone()],
            By::Channel => matter.channel.iter().cloned().collect(),
            By::Label(name) => matter.labels.get(name).map(ToString::to_string).into_iter().collect(),
            By::Unit => units(matter, false),
            By::Lead => units(matter, true),
            By::Month => vec![known.opened.to_string()[..7].to_owned()],
            By::Place(level) => {
                let areas = if let Viewer::Person(by) = viewer { self.areas(by) } else { Vec::new() };
                let is_shown = |place: &PlaceId| {
                    within.is_none_or(|within| within.covers(place))
                        && (areas.is_empty() || areas.iter().any(|area| area.covers(place)))
                };
                self.place(*level, &matter.place).filter(is_shown).map(|place| place.to_string()).into_iter().collect()
            }
        }
    }

    fn place(&self, level: Level, place: &PlaceId) -> Option<PlaceId> {
        place.upwards().find(|place| self.config.directory.level(place) == Some(level))
    }

    /// How many were opened and closed on a day.
    pub fn day(&self, day: Date, viewer: &Viewer) -> (u64, u64) {
        let mine = || self.all.iter().filter(|known| self.counts(viewer, &known.matter));
        let opened = mine().filter(|known| known.opened == day).count() as u64;
        (opened, mine().filter(|known| known.closed == Some(day)).count() as u64)
    }
}

fn units(matter: &Matter, is_lead: bool) -> Vec<String> {
    let held = matter.holders.iter().filter(|holder| !is_lead || holder.part == Part::Lead);
    let mut units: Vec<String> = held
        .filter_map(|holder| if let Post::Unit(unit) = &holder.post { Some(unit.to_string()) } else { None })
        .collect();
    units.sort();
    units.dedup();
    units
}

fn due_ms(matter: &Matter) -> Option<i64> {
    matter.due.map(|due| due.at.as_millisecond())
}

/// Every pair of Chinese characters that stand together in a query does so in the text; so far as the
/// flow asks, that is all there is to it.
fn is_found(query: &str, hay: &str) -> bool {
    let characters: Vec<char> = normal(query).chars().collect();
    match characters.as_slice() {
        [] => true,
        [one] => hay.contains(*one),
        more => more.windows(2).all(|pair| hay.contains(&pair.iter().collect::<String>())),
    }
}
