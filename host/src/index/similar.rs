//! Matters that look like a text: open, at the same place, with the same words.
//!
//! Always holds: the score can be explained; it is the share of the text's pairs of characters and words
//! that the other has too, and those are told.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use plugin_api::{Matter, PlaceId};

use super::list::{reach, show};
use super::meet::Meeting;
use super::query::{Query, clauses};
use super::words::{normal, parts};
use super::{Index, NotAnswered, Reading};
use crate::config::Config;
use crate::engine::look::Viewer;
use crate::limits::SIMILAR_MAX;
use crate::store::StoreError;

/// Less in common than this is chance.
const SHARE_MIN: u32 = 30;
/// More of them help nobody.
const SHOWN_MAX: usize = 10;

/// A matter that looks like a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// The matter.
    pub matter: Matter,
    /// Of a hundred parts of the text, so many are in the matter.
    pub percent: u32,
    /// What both have, as it stands in the text.
    pub shared: Vec<String>,
}

impl Index {
    /// Open matters at a place, opened within so many days, that look like a text; the most alike first.
    /// Of very many, the newest are looked at.
    ///
    /// # Errors
    /// When the index is being built, or a database refuses.
    pub fn similar(
        &self,
        config: &Config,
        (place, text, days): (&PlaceId, &str, u32),
        viewer: &Viewer,
        now_ms: i64,
    ) -> Result<Vec<Similar>, NotAnswered> {
        let first = config.day_of(now_ms).checked_sub(i64::from(days).days()).ok();
        let query = Query {
            place: Some(place.clone()),
            status: Some(plugin_api::Status::Open),
            opened_from: first,
            ..Query::default()
        };
        self.with_reading(|reading| find(config, reading, (&query, text), viewer, now_ms))
    }
}

fn find(
    config: &Config,
    reading: &Reading,
    (query, text): (&Query, &str),
    viewer: &Viewer,
    now_ms: i64,
) -> Result<Vec<Similar>, StoreError> {
    let text = normal(text);
    let wanted = parts(&text);
    let asked = reading.index.ask()?;
    let Some(clauses) = clauses(&asked, query, reach(config, viewer, now_ms).as_ref(), now_ms)? else {
        return Ok(Vec::new());
    };
    let (ids, _) = Meeting::new(&asked, clauses).gather(u64::MAX, SIMILAR_MAX)?;
    let mut found = Vec::new();
    for id in ids {
        let Some(other) = asked.text(id)? else { continue };
        let shared: BTreeSet<String> = parts(&other).intersection(&wanted).cloned().collect();
        let percent = u32::try_from(shared.len() * 100 / wanted.len().max(1)).unwrap_or(100);
        if SHARE_MIN <= percent {
            found.push((percent, id, shared));
        }
    }
    drop(asked);
    found.sort_by_key(|(percent, id, _)| std::cmp::Reverse((*percent, *id)));
    let mut similar = Vec::new();
    for (percent, id, shared) in found {
        if similar.len() == SHOWN_MAX {
            break;
        }
        let shown = show(config, reading, &[id], viewer, now_ms)?;
        similar.extend(shown.into_iter().map(|matter| Similar { matter, percent, shared: stretches(&text, &shared) }));
    }
    Ok(similar)
}

/// Shared pairs that follow each other in the text are one stretch of it.
fn stretches(text: &str, shared: &BTreeSet<String>) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut found: Vec<String> = Vec::new();
    let mut stretch: Vec<char> = Vec::new();
    for pair in characters.windows(2) {
        if shared.contains(&pair.iter().collect::<String>()) {
            if stretch.is_empty() {
                stretch.push(pair[0]);
            }
            stretch.push(pair[1]);
        } else if !stretch.is_empty() {
            found.push(std::mem::take(&mut stretch).into_iter().collect());
        }
    }
    found.extend((!stretch.is_empty()).then(|| stretch.into_iter().collect()));
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| shared.contains(*word));
    found.extend(words.map(str::to_owned));
    let mut told = BTreeSet::new();
    found.retain(|stretch| told.insert(stretch.clone()));
    found
}
