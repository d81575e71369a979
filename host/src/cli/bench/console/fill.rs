//! A store with very many matters, made by the store's own write functions and not by the engine, which
//! would take hours: rows as it writes them, with places, labels, holders and clocks of the example, and
//! words put together from its requests. What desks would have noted and booked is not there.

use std::sync::Arc;

use plugin_api::clock::ClockTurn;
use plugin_api::{Budget, Holder, InputKind, LabelValue, MatterId, PlaceId, Post, Status, Title};

use crate::cli::bench::routing::{Dice, Subject, subjects};
use crate::cli::error::Ended;
use crate::clock::{ClockRun, Turning};
use crate::config::{Config, template};
use crate::engine::input::instant;
use crate::matter::{Body, Head, HostMarks, number};
use crate::store::rows::{ClockId, ClockRow, EventRow, InputRow, MatterRow, WriteSet};
use crate::store::seal::Seal;
use crate::store::{Store, status_number};

const SEED: u64 = 20_261_006;
const DAY_MS: i64 = 86_400_000;
/// They were opened over so many days.
const DAYS: i64 = 3 * 365;
/// Matters of one transaction.
const AT_ONCE: u64 = 2_000;

/// What matters are drawn from.
pub(super) struct Drawing<'c> {
    config: &'c Config,
    /// Titles and texts.
    pub requests: Vec<(String, String)>,
    places: Vec<PlaceId>,
    subjects: Vec<Subject>,
    dice: Dice,
    now_ms: i64,
}

impl<'c> Drawing<'c> {
    /// From the example district.
    pub fn new(config: &'c Config, now_ms: i64) -> Result<Drawing<'c>, Ended> {
        let wrong = |error: String| {
            Ended::wrong(Title::new(format!("测速数据有误：{error}"), format!("the bench's own data: {error}")))
        };
        let text = template::file("requests.csv").ok_or_else(|| wrong("requests.csv is missing".to_owned()))?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let heads = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
        let column = |name: &str| heads.iter().position(|head| head == name).unwrap_or(usize::MAX);
        let (title, words) = (column("title"), column("text"));
        let mut requests = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|error| wrong(error.to_string()))?;
            let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
            requests.push((cell(title), cell(words)));
        }
        let places = config.directory.places().iter().map(|place| place.id.clone());
        let places = places.filter(|place| 3 <= place.as_str().matches('/').count()).collect();
        Ok(Drawing { config, requests, places, subjects: subjects(config), dice: Dice(SEED), now_ms })
    }

    /// Writes so many matters into a store that has none.
    pub fn fill(&mut self, store: &mut Store, matters: u64) -> Result<(), Ended> {
        let mut seq = 0;
        let mut id = 0;
        while id < matters {
            let mut set = WriteSet::default();
            for _ in 0..AT_ONCE.min(matters - id) {
                id += 1;
                self.add(&mut set, id, matters, &mut seq);
            }
            store.begin()?;
            store.seal(&mut set)?;
            store.write(&set)?;
            store.commit()?;
            store.checkpoint_soon();
        }
        Ok(())
    }

    fn add(&mut self, set: &mut WriteSet, id: u64, matters: u64, seq: &mut u64) {
        let age = i64::try_from(matters - id).unwrap_or(0) * DAYS * DAY_MS / i64::try_from(matters).unwrap_or(1);
        let opened_ms = self.now_ms - age;
        // Most of what is young is open, and hardly anything that is old.
        let is_open = self.dice.below(100) < if age < 100 * DAY_MS { 80 } else { 2 };
        let head = self.head(id, opened_ms, is_open);
        let input = *seq + 1;
        set.inputs.push(input_row(input, opened_ms, &head));
        set.events.push(event_row(input + 1, input, opened_ms, &head, "opened", 0));
        *seq = input + 1;
        if !is_open {
            let closed_ms = (opened_ms + (1 + self.dice.below(40) as i64) * DAY_MS / 4).min(self.now_ms);
            *seq += 1;
            set.events.push(event_row(*seq, input, closed_ms, &head, "closed", input + 1));
        } else if let Some(row) = self.clock(&head, opened_ms) {
            set.clocks.push(row);
        }
        set.matters.push(MatterRow {
            id,
            desk: Arc::clone(&head.desk),
            status: status_number(head.status),
            stage: Arc::clone(&head.stage),
            kind: Arc::clone(&head.kind),
            marks: i64::from(head.host.unrouted),
            place: head.place.as_str().into(),
            last: *seq,
            head: head.to_json().into(),
            notes: "{}".into(),
            body: Some(self.body().to_json().into()),
            is_new: true,
        });
    }

    fn head(&mut self, id: u64, opened_ms: i64, is_open: bool) -> Head {
        let config = self.config;
        let with_stages =
            config.desks.iter().filter(|desk| desk.manifest.kind.iter().any(|kind| !kind.stages.is_empty()));
        let desks: Vec<_> = with_stages.collect();
        let desk = *self.dice.pick(&desks);
        let kind = self.dice.pick(&desk.manifest.kind);
        let stage = self.dice.pick(&kind.stages);
        let place = self.dice.pick(&self.places).clone();
        let mut labels = plugin_api::Labels::new();
        for subject in &self.subjects {
            let value: LabelValue = self.dice.pick(&subject.values).clone();
            labels.insert(subject.name.clone(), value);
        }
        let opened = instant(opened_ms);
        Head {
            id: MatterId(id),
            number: number("SQ", config.zone.to_datetime(opened).year(), MatterId(id)),
            kind: kind.name.as_str().into(),
            desk: desk.name.as_str().into(),
            stay: 1,
            stage: stage.name.as_str().into(),
            status: if is_open { Status::Open } else { Status::Closed },
            outcome: None,
            holders: if is_open { self.holders(&place) } else { Vec::new() },
            place,
            opened,
            channel: None,
            labels,
            reporters: Vec::new(),
            links: Vec::new(),
            worst: None,
            host: HostMarks { unrouted: is_open && self.dice.below(500) == 0, ..HostMarks::default() },
        }
    }

    /// Somebody whose role covers the place, or a unit.
    fn holders(&mut self, place: &PlaceId) -> Vec<Holder> {
        let directory = &self.config.directory;
        if self.dice.below(3) == 0 && !directory.units().is_empty() {
            return vec![Holder::lead(Post::Unit(self.dice.pick(directory.units()).id.clone()))];
        }
        let near = directory.all_appointments().iter().filter(|given| given.place.covers(place));
        let near: Vec<_> = near.map(|given| (given.role.clone(), given.place.clone())).collect();
        if near.is_empty() {
            return Vec::new();
        }
        let (role, place) = self.dice.pick(&near).clone();
        vec![Holder::lead(Post::Role { role, place })]
    }

    /// Of two days to a month, from when it was opened.
    fn clock(&mut self, head: &Head, opened_ms: i64) -> Option<ClockRow> {
        let desk = self.config.desks.iter().find(|desk| !desk.manifest.clock.is_empty())?;
        let spec = desk.manifest.clock.first()?;
        // Whoever works keeps most of them going: they began anew not long ago.
        let is_late = self.dice.below(10) == 0;
        let started_ms = if is_late { opened_ms } else { self.now_ms - self.dice.below(40) as i64 * 3_600_000 };
        let turning = Turning { calendar: &self.config.calendar, spec, now: instant(started_ms), stay: 1 };
        let budget = Budget::Minutes(60 * (48 + self.dice.below(30 * 24) as u32));
        let run: Option<ClockRun> = turning.turn(None, ClockTurn::Start(budget)).ok()?;
        Some(ClockRow {
            id: ClockId { matter: head.id.0, desk: desk.name.as_str().into(), name: spec.name.as_str().into() },
            run,
        })
    }

    fn body(&mut self) -> Body {
        let (title, one) = self.dice.pick(&self.requests).clone();
        let (_, two) = self.dice.pick(&self.requests).clone();
        Body { title, text: format!("{one}{two}"), ..Body::default() }
    }
}

fn input_row(seq: u64, at_ms: i64, head: &Head) -> InputRow {
    InputRow {
        seq,
        at_ms,
        kind: InputKind::Act,
        by: None,
        desk: Some(Arc::clone(&head.desk)),
        name: "report".into(),
        matter: None,
        config: 0,
        commitment: None,
        original: None,
        booked: None,
        seal: Seal::NONE,
    }
}

fn event_row(seq: u64, input: u64, at_ms: i64, head: &Head, topic: &str, prev: u64) -> EventRow {
    EventRow {
        seq,
        input,
        at_ms,
        matter: head.id.0,
        stay: 1,
        topic: topic.into(),
        desk: "host".into(),
        by: None,
        route: None,
        facts: None,
        commitment: None,
        prev,
        booked: None,
        seal: Seal::NONE,
    }
}
