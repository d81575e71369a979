//! The way of a few matters, picked by what is telling about them.

use jiff::Timestamp;
use plugin_api::{PersonId, Title};
use serde::Serialize;

use super::ways::{Way, Ways};
use crate::engine::input::instant;
use crate::store::JournalEvent;
use crate::words::Words;

/// A matter's way.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    /// Why it was picked.
    pub about: Title,
    pub number: String,
    pub title: String,
    pub place: Title,
    /// From opening to end.
    pub minutes: Option<i64>,
    pub steps: Vec<StoryStep>,
}

/// Something a desk said.
#[derive(Debug, Serialize)]
pub(super) struct StoryStep {
    pub at: Timestamp,
    pub topic: String,
    pub title: Title,
    /// Name of who acted.
    pub by: Option<String>,
    /// A clock ran out.
    pub by_clock: bool,
    pub told: Vec<Title>,
}

/// The quickest, the one that clocks moved most, and the one most people had in hand; each once.
pub(super) fn stories(ways: &Ways, words: Words<'_>) -> Vec<Story> {
    let closed: Vec<&Way> = ways.all.iter().filter(|way| way.minutes().is_some()).collect();
    let mut picked: Vec<(&Way, Title)> = Vec::new();
    let quickest = closed.iter().min_by_key(|way| way.minutes());
    picked.extend(quickest.map(|way| (*way, Title::new("结案最快的一件", "Closed soonest"))));
    let others = |picked: &[(&Way, Title)]| {
        let is_other = |way: &&Way| picked.iter().all(|(other, _)| other.matter.id != way.matter.id);
        closed.iter().copied().filter(is_other).collect::<Vec<_>>()
    };
    let pushed =
        others(&picked).into_iter().filter(|way| 0 < way.ran_out).max_by_key(|way| (way.ran_out, way.minutes()));
    let about = Title::new("时限到了自动往上走次数最多的一件", "Moved on most often because time ran out");
    picked.extend(pushed.map(|way| (way, about)));
    let handed = others(&picked).into_iter().max_by_key(|way| (way.people(), way.minutes()));
    picked.extend(handed.map(|way| (way, Title::new("经手人最多的一件", "Most people had it in hand"))));
    picked.into_iter().map(|(way, about)| story(way, about, ways, words)).collect()
}

fn story(way: &Way, about: Title, ways: &Ways, words: Words<'_>) -> Story {
    let directory = &words.config.directory;
    let place = directory.place(&way.matter.place);
    let step = |event: &JournalEvent| StoryStep {
        at: instant(event.at_ms),
        topic: event.topic.clone(),
        title: words.topic(event),
        by: event.by.as_deref().map(|by| {
            directory.person(&PersonId::from(by)).map_or_else(|| by.to_owned(), |person| person.name.clone())
        }),
        by_clock: ways.clocks.contains(&event.input),
        told: words.told(event),
    };
    Story {
        about,
        number: way.matter.number.clone(),
        title: way.matter.title.clone(),
        place: place.map_or_else(
            || Title::new(way.matter.place.as_str(), way.matter.place.as_str()),
            |place| place.title.clone(),
        ),
        minutes: way.minutes(),
        steps: way.events.iter().filter(|event| words.config.desk(&event.desk).is_some()).map(step).collect(),
    }
}
