//! What came of it, in figures.
//!
//! Pure: counts what is read back. Knows no desk, stage, topic or label by name; which there are it
//! learns from manifests, routes and what happened.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plugin_api::field::FieldKind;
use plugin_api::{LabelValue, Part, Post, Status, Title};
use serde::Serialize;
use serde_json::Value;

use super::ways::{Way, Ways};
use crate::config::DeskConfig;
use crate::words::{Words, data};

/// All figures of a district between two instants.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub name: Title,
    pub from: Timestamp,
    pub to: Timestamp,
    pub received: usize,
    pub closed: usize,
    pub open: usize,
    /// Open ones whose lead is a person or a role.
    pub open_with_people: usize,
    /// Open ones whose lead is a unit.
    pub open_with_units: usize,
    pub people: usize,
    pub acts: u64,
    pub clocks_ran_out: u64,
    pub matters_ran_out: usize,
    pub outcomes: Vec<Outcome>,
    pub stages: Vec<Stage>,
    pub topics: Vec<Topic>,
    pub labels: Vec<Label>,
    pub places: Vec<PlaceLine>,
    pub units: Vec<UnitLine>,
    /// What the counts of `units` are of.
    pub unit_topics: Vec<Title>,
    pub time: Time,
}

/// A way matters ended.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub desk: String,
    pub desk_title: Title,
    pub outcome: String,
    pub title: Title,
    pub time: Time,
}

/// A stage in which matters are open.
#[derive(Debug, Serialize)]
pub(super) struct Stage {
    pub desk: String,
    pub desk_title: Title,
    pub stage: String,
    pub title: Title,
    pub matters: usize,
}

/// A topic that was said.
#[derive(Debug, Serialize)]
pub(super) struct Topic {
    pub desk: String,
    pub desk_title: Title,
    pub topic: String,
    pub title: Title,
    pub events: u64,
    pub matters: usize,
    /// Said because somebody acted.
    pub by_people: u64,
    /// Said because a clock ran out.
    pub by_clocks: u64,
    /// Routes that took the matter then, and how often.
    pub routes: Vec<RouteLine>,
}

/// A route that was used.
#[derive(Debug, Serialize)]
pub(super) struct RouteLine {
    pub route: String,
    pub to: String,
    pub to_title: Title,
    pub events: u64,
}

/// A label with the values matters have now.
#[derive(Debug, Serialize)]
pub(super) struct Label {
    pub label: String,
    pub title: Title,
    /// Routes look at it.
    pub routed: bool,
    pub values: Vec<LabelLine>,
}

/// A value of a label.
#[derive(Debug, Serialize)]
pub(super) struct LabelLine {
    pub value: String,
    pub title: Title,
    pub received: usize,
    pub open: usize,
    pub time: Time,
}

/// A subdistrict.
#[derive(Debug, Serialize)]
pub(super) struct PlaceLine {
    pub place: String,
    pub title: Title,
    pub received: usize,
    /// In the order of `outcomes`.
    pub outcomes: Vec<usize>,
    pub open: usize,
    /// Matters of which a clock ran out.
    pub ran_out: usize,
}

/// A unit.
#[derive(Debug, Serialize)]
pub(super) struct UnitLine {
    pub unit: String,
    pub title: Title,
    /// Matters, in the order of `unit_topics`.
    pub matters: Vec<usize>,
    /// Open ones it leads.
    pub open: usize,
}

/// How long closed matters took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Time {
    pub closed: usize,
    pub median_minutes: i64,
    pub longest_minutes: i64,
}

impl Time {
    /// Of the closed ones among these.
    pub fn of<'w>(ways: impl Iterator<Item = &'w Way>) -> Time {
        let mut minutes: Vec<i64> = ways.filter_map(Way::minutes).collect();
        minutes.sort_unstable();
        let Some(longest_minutes) = minutes.last().copied() else { return Time::default() };
        let middle = minutes.len() / 2;
        let is_even = minutes.len().is_multiple_of(2);
        let median_minutes =
            if is_even { i64::midpoint(minutes[middle - 1], minutes[middle]) } else { minutes[middle] };
        Time { closed: minutes.len(), median_minutes, longest_minutes }
    }
}

/// Counts.
pub(super) fn figures(ways: &Ways, words: Words<'_>, from: Timestamp, to: Timestamp) -> Figures {
    let all = &ways.all;
    let open: Vec<&Way> = all.iter().filter(|way| is_open(way)).collect();
    let leads_unit = |way: &&&Way| matches!(lead(way), Some(Post::Unit(_)));
    let leads_people = |way: &&&Way| matches!(lead(way), Some(Post::Role { .. } | Post::Person(_)));
    let outcomes = outcomes(all, words);
    let (unit_topics, units) = units(all, words);
    Figures {
        name: words.config.name.clone(),
        from,
        to,
        received: all.len(),
        closed: all.len() - open.len(),
        open: open.len(),
        open_with_people: open.iter().filter(leads_people).count(),
        open_with_units: open.iter().filter(leads_unit).count(),
        people: ways.acts.len(),
        acts: ways.acts.values().sum(),
        clocks_ran_out: all.iter().map(|way| way.ran_out).sum(),
        matters_ran_out: all.iter().filter(|way| 0 < way.ran_out).count(),
        stages: stages(&open, words),
        topics: topics(ways, words),
        labels: labels(all, words),
        places: places(all, &outcomes, words),
        outcomes,
        units,
        unit_topics,
        time: Time::of(all.iter()),
    }
}

fn is_open(way: &Way) -> bool {
    way.matter.status == Status::Open
}

fn lead(way: &Way) -> Option<&Post> {
    way.matter.holders.iter().find(|holder| holder.part == Part::Lead).map(|holder| &holder.post)
}

fn ended_as(way: &Way, outcome: &Outcome) -> bool {
    way.matter.desk == outcome.desk && way.matter.outcome.as_deref() == Some(&outcome.outcome)
}

fn outcomes(all: &[Way], words: Words<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for way in all {
        let Some(name) = &way.matter.outcome else { continue };
        if outcomes.iter().any(|outcome| ended_as(way, outcome)) {
            continue;
        }
        let desk = way.matter.desk.clone();
        let (desk_title, title) = (words.desk(&desk), words.outcome(way.last_words(), name));
        outcomes.push(Outcome { desk, desk_title, outcome: name.clone(), title, time: Time::default() });
    }
    for outcome in &mut outcomes {
        outcome.time = Time::of(all.iter().filter(|way| ended_as(way, outcome)));
    }
    let order = words.desks();
    let place = |name: &str| order.iter().position(|desk| desk.name == name);
    outcomes.sort_by_key(|outcome| (place(&outcome.desk), std::cmp::Reverse(outcome.time.closed)));
    outcomes
}

fn stages(open: &[&Way], words: Words<'_>) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for desk in words.desks() {
        for stage in desk.manifest.kind.iter().flat_map(|kind| kind.stages.iter()) {
            let fits = |way: &&&Way| way.matter.desk == desk.name && way.matter.stage == stage.name;
            let Some(first) = open.iter().find(fits) else { continue };
            let title = words.stage(&desk.name, &first.matter.kind, &stage.name);
            let known = stages.iter().any(|known| known.desk == desk.name && known.stage == stage.name);
            if !known {
                stages.push(Stage {
                    desk: desk.name.clone(),
                    desk_title: desk.title.clone(),
                    stage: stage.name.clone(),
                    title,
                    matters: open.iter().filter(fits).count(),
                });
            }
        }
    }
    stages
}

fn topics(ways: &Ways, words: Words<'_>) -> Vec<Topic> {
    let mut topics = Vec::new();
    for desk in words.desks() {
        for say in &desk.manifest.say {
            let fits = |way: &&Way| way.events.iter().any(|event| event.desk == desk.name && event.topic == say.topic);
            let said = ways.all.iter().flat_map(|way| &way.events);
            let said: Vec<_> = said.filter(|event| event.desk == desk.name && event.topic == say.topic).collect();
            if said.is_empty() {
                continue;
            }
            let mut taken: BTreeMap<&str, u64> = BTreeMap::new();
            for event in &said {
                if let Some(route) = &event.route {
                    *taken.entry(route).or_default() += 1;
                }
            }
            let routes = words.config.routes.iter().filter_map(|route| {
                let to = &words.config.desks[route.to.get()];
                let events = *taken.get(route.id.as_str())?;
                Some(RouteLine { route: route.id.clone(), to: to.name.clone(), to_title: to.title.clone(), events })
            });
            topics.push(Topic {
                desk: desk.name.clone(),
                desk_title: desk.title.clone(),
                topic: say.topic.clone(),
                title: say.title.clone(),
                events: said.len() as u64,
                matters: ways.all.iter().filter(fits).count(),
                by_people: said.iter().filter(|event| event.by.is_some()).count() as u64,
                by_clocks: said.iter().filter(|event| ways.clocks.contains(&event.input)).count() as u64,
                routes: routes.collect(),
            });
        }
    }
    topics
}

/// Labels that routes look at, and those that hold a code of a list of the district.
fn labels(all: &[Way], words: Words<'_>) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for (name, field) in words.desks().into_iter().flat_map(|desk| desk.manifest.label.iter()) {
        let routed = words.config.routes.iter().any(|route| route.when.iter().any(|condition| condition.on == *name));
        let is_code = matches!(field.kind, FieldKind::Code { .. });
        if labels.iter().any(|label| label.label == *name) || !(routed || is_code) {
            continue;
        }
        let mut found: BTreeMap<String, Vec<&Way>> = BTreeMap::new();
        for way in all {
            if let Some(value) = way.matter.labels.get(name).map(LabelValue::to_string) {
                found.entry(value).or_default().push(way);
            }
        }
        let mut values: Vec<LabelLine> = found
            .into_iter()
            .map(|(value, ways)| LabelLine {
                title: words.text(field, &value),
                value,
                received: ways.len(),
                open: ways.iter().filter(|way| is_open(way)).count(),
                time: Time::of(ways.into_iter()),
            })
            .collect();
        match &field.kind {
            FieldKind::Choice(choices) => {
                values.sort_by_key(|line| choices.iter().position(|choice| choice.name == line.value));
            }
            _ => values.sort_by_key(|line| std::cmp::Reverse(line.received)),
        }
        if !values.is_empty() {
            labels.push(Label { label: name.to_owned(), title: field.title.clone(), routed, values });
        }
    }
    labels.sort_by_key(|label| !label.routed);
    labels
}

/// The places directly within the district.
fn places(all: &[Way], outcomes: &[Outcome], words: Words<'_>) -> Vec<PlaceLine> {
    let directory = &words.config.directory;
    let root = directory.places().first().map(|place| place.id.clone());
    let children = root.iter().flat_map(|root| directory.children(root));
    children
        .map(|place| {
            let here: Vec<&Way> = all.iter().filter(|way| place.id.covers(&way.matter.place)).collect();
            PlaceLine {
                place: place.id.to_string(),
                title: place.title.clone(),
                received: here.len(),
                outcomes: outcomes
                    .iter()
                    .map(|outcome| here.iter().filter(|way| ended_as(way, outcome)).count())
                    .collect(),
                open: here.iter().filter(|way| is_open(way)).count(),
                ran_out: here.iter().filter(|way| 0 < way.ran_out).count(),
            }
        })
        .collect()
}

/// Units by the topics that tell residents of one unit, and how many matters did so.
fn units(all: &[Way], words: Words<'_>) -> (Vec<Title>, Vec<UnitLine>) {
    let columns: Vec<(&DeskConfig, &str, &str, &Title)> = words
        .desks()
        .into_iter()
        .flat_map(|desk| desk.manifest.say.iter().map(move |say| (desk, say)))
        .flat_map(|(desk, say)| {
            let fields =
                say.data.iter().filter(|(_, field)| field.kind == FieldKind::Unit && field.public && !field.many);
            fields.map(move |(name, _)| (desk, say.topic.as_str(), name, &say.title))
        })
        .collect();
    let names = |way: &Way, (desk, topic, field, _): &(&DeskConfig, &str, &str, &Title), unit: &str| {
        let mut said = way.events.iter().filter(|event| event.desk == desk.name && event.topic == *topic);
        said.any(|event| data(event).get(*field).and_then(Value::as_str) == Some(unit))
    };
    let mut lines: Vec<UnitLine> = words
        .config
        .directory
        .units()
        .iter()
        .map(|unit| UnitLine {
            unit: unit.id.to_string(),
            title: unit.title.clone(),
            matters: columns
                .iter()
                .map(|column| all.iter().filter(|way| names(way, column, unit.id.as_str())).count())
                .collect(),
            open: all.iter().filter(|way| is_open(way) && lead(way) == Some(&Post::Unit(unit.id.clone()))).count(),
        })
        .filter(|line| 0 < line.open || line.matters.iter().any(|matters| 0 < *matters))
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.matters.clone(), line.open)));
    (columns.into_iter().map(|(_, _, _, title)| title.clone()).collect(), lines)
}

#[cfg(test)]
mod tests;
