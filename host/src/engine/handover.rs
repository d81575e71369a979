//! The routes asked about a step's events, and matters handed over.
//!
//! Always holds (I2): a matter goes to one desk or stays; two routes that disagree fail the step. What is
//! kept of a decision lies in the journal for ever, under its seal: no free words are in it (I10).

use std::borrow::Cow;

use plugin_api::{LabelValue, Labels, MatterId, PlaceId, Status};
use serde::{Deserialize, Serialize};

use super::batch::Dirty;
use super::draft::{Draft, Matters, Way};
use super::step::StepError;
use crate::config::Config;
use crate::routes::{DeskIx, Facts, Route, Told, is_routed, told, watchers};

/// What the routes looked at, kept with the event: `explain` decides again on the very same facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFacts {
    /// Name of the desk that said it.
    pub from: String,
    /// The matter's kind.
    pub kind: String,
    /// Its place.
    pub place: PlaceId,
    /// Its labels: of free text only what a route names, see [`UNNAMED`].
    #[serde(default)]
    pub labels: Labels,
}

/// In place of free text that a route looked at and does not name: to every route as good as the text.
pub const UNNAMED: &str = "…";

/// What follows from the events of a step.
pub(super) struct Routed<'c> {
    /// For each event: the route that took it.
    pub routes: Vec<Option<&'c Route>>,
    /// For each event: who watches it.
    pub watchers: Vec<Vec<DeskIx>>,
    /// For each event: what the routes looked at, when asked.
    pub facts: Vec<Option<String>>,
    /// Matters whose event nobody took.
    pub unrouted: Vec<MatterId>,
}

/// Asks the routes about every event, once all effects are applied, and hands over.
pub(super) fn route<'c>(draft: &mut Draft<'c>, from: &mut dyn Matters) -> Result<Routed<'c>, StepError> {
    let config = draft.config;
    let mut routed = Routed { routes: Vec::new(), watchers: Vec::new(), facts: Vec::new(), unrouted: Vec::new() };
    for event in &draft.said {
        let head = &draft.matters[&event.matter.0].head;
        let facts =
            Facts { topic: &event.topic, from: draft.desk, kind: &head.kind, place: &head.place, labels: &head.labels };
        let is_asked = event.way == Way::Said && head.status == Status::Open;
        let route = if is_asked { config.routes.find(facts) } else { None };
        let watching = if event.way == Way::Told { Vec::new() } else { watchers(&config.watches, facts) };
        let is_log = config.desks[draft.desk.get()].manifest.say(&event.topic).is_some_and(|say| say.log);
        // Who only watches cannot take it on: a topic that routes wait for is theirs to take.
        let is_meant = || watching.is_empty() || is_routed(&config.routes, &event.topic, draft.desk);
        if is_asked && route.is_none() && !is_log && is_meant() {
            routed.unrouted.push(event.matter);
        }
        routed.facts.push((is_asked && !is_log).then(|| kept_facts(config, &draft.desk_name, facts)));
        routed.routes.push(route);
        routed.watchers.push(watching);
    }
    hand_over(draft, &mut routed, from)?;
    Ok(routed)
}

/// Hands each matter to the one desk its routes name; two desks are a mistake in the config.
fn hand_over(draft: &mut Draft<'_>, routed: &mut Routed<'_>, from: &mut dyn Matters) -> Result<(), StepError> {
    let mut taken: Vec<(MatterId, &Route)> = Vec::new();
    for at in 0..draft.said.len() {
        let (id, Some(route)) = (draft.said[at].matter, routed.routes[at]) else { continue };
        match taken.iter().find(|(other, _)| *other == id) {
            None => {
                draft.hand_over(id, route.to, from)?;
                taken.push((id, route));
            }
            Some((_, first)) if first.to == route.to => routed.routes[at] = None,
            Some((_, first)) => {
                let text = format!("routes {:?} and {:?} take matter {id} to different desks", first.id, route.id);
                return Err(StepError::Failed(text));
            }
        }
    }
    routed.unrouted.retain(|id| !taken.iter().any(|(other, _)| other == id));
    for id in &routed.unrouted {
        let working = draft.working(*id, from)?;
        working.head.host.unrouted = true;
        working.dirty = working.dirty.max(Dirty::Head);
    }
    Ok(())
}

fn kept_facts(config: &Config, desk: &str, facts: Facts<'_>) -> String {
    #[derive(Serialize)]
    struct Kept<'a> {
        from: &'a str,
        kind: &'a str,
        place: &'a PlaceId,
        #[serde(skip_serializing_if = "Labels::is_empty")]
        labels: &'a Labels,
    }
    let labels = kept_labels(config, facts.labels);
    let kept = Kept { from: desk, kind: facts.kind, place: facts.place, labels: &labels };
    serde_json::to_string(&kept).expect("facts are plain JSON")
}

fn kept_labels<'l>(config: &Config, labels: &'l Labels) -> Cow<'l, Labels> {
    if !labels.iter().any(|(name, value)| config.is_free(name, value)) {
        return Cow::Borrowed(labels);
    }
    let kept = labels.iter().filter_map(|(name, value)| {
        if !config.is_free(name, value) {
            return Some((name.clone(), value.clone()));
        }
        match told(&config.routes, name, value) {
            Told::Named => Some((name.clone(), value.clone())),
            Told::Other => Some((name.clone(), LabelValue::Text(UNNAMED.to_owned()))),
            Told::Unread => None,
        }
    });
    Cow::Owned(kept.collect())
}
