//! Figures of a dashboard: kept by the follower, only added up here.
//!
//! They are of the areas a viewer sees. Who sees no area has the figures of what they see at all: what
//! waits for them and what they reported, which is little enough to be counted; so is what lies within a
//! compound, of which no figures are kept. What is overdue hangs on
//! the time, so it comes from the matters that were due, longest first.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use plugin_api::PlaceId;

use super::list::reach;
use super::meet::{Meeting, Met};
use super::query::{any_term, seen};
use super::terms::{ALL, EVERYWHERE, is_counted, label_prefix, term};
use super::{Index, NotAnswered, Reading};
use crate::config::Config;
use crate::directory::Level;
use crate::engine::look::Viewer;
use crate::limits::{OVERDUE_MAX, TOTAL_MAX};
use crate::permission::Reach;
use crate::store::StoreError;
use crate::store::index::{Asked, TermsOf};

/// How many matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// To be worked on.
    pub open: u64,
    /// Ended.
    pub closed: u64,
    /// Joined into another.
    pub joined: u64,
    /// Of the open ones, those that were due.
    pub overdue: u64,
}

/// What is counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Nothing: all together, under an empty word.
    All,
    /// The desk they lie on.
    Desk,
    /// Their stage.
    Stage,
    /// Their kind.
    Kind,
    /// The channel they came through.
    Channel,
    /// A label's values. Free words are not counted.
    Label(String),
    /// Units that hold them, in whatever part.
    Unit,
    /// Units that hold them as lead.
    Lead,
    /// The month they were opened in, `2026-03`.
    Month,
    /// Places of a level, those within the viewer's areas and within what is asked for.
    Place(Level),
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Only at this place and within it.
    pub within: Option<PlaceId>,
    /// What is counted by, each for itself.
    pub by: Vec<By>,
    /// First and last day of a trend.
    pub trend: Option<(Date, Date)>,
}

/// All figures of one question, as of one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// In the order asked for, each by value.
    pub counts: Vec<BTreeMap<String, Counted>>,
    /// Every day of the trend: how many were opened and closed on it. One that was reopened counts where
    /// it was closed last.
    pub trend: Vec<(Date, u64, u64)>,
    /// There are more overdue matters than are told apart: those figures are too low.
    pub has_more_overdue: bool,
    /// There is more than is counted one by one: all figures are too low.
    pub has_more: bool,
}

/// Figures by term.
type Figures = HashMap<String, Counted>;

/// Where figures come from.
enum Source {
    /// Kept ones, of these places; and what is overdue, by term.
    Areas(Vec<String>, HashMap<i64, u64>),
    /// Counted one by one, within these places.
    Figures(Figures, Vec<String>),
}

impl Index {
    /// Figures of what a viewer sees, as of an instant.
    ///
    /// # Errors
    /// When the index is being built, or a database refuses.
    pub fn dashboard(
        &self,
        config: &Config,
        asking: &Asking,
        viewer: &Viewer,
        now_ms: i64,
    ) -> Result<Dashboard, NotAnswered> {
        self.with_reading(|reading| dashboard(config, reading, asking, viewer, now_ms))
    }
}

fn dashboard(
    config: &Config,
    reading: &Reading,
    asking: &Asking,
    viewer: &Viewer,
    now_ms: i64,
) -> Result<Dashboard, StoreError> {
    let asked = reading.index.ask()?;
    let mut board = Dashboard::default();
    let reach = reach(config, viewer, now_ms);
    let areas = areas(reach.as_ref(), asking.within.as_ref());
    let own = reach.filter(|reach| !reach.all && reach.areas.is_empty());
    let is_kept = |area: &String| *area == EVERYWHERE || is_counted(config, &place_of(area));
    let is_deep = |by: &By| matches!(by, By::Place(level) if Level::Compound < *level);
    let source = if own.is_none() && areas.iter().all(is_kept) && !asking.by.iter().any(is_deep) {
        let overdue = count_overdue(&asked, &areas, now_ms, &mut board)?;
        Source::Areas(areas, overdue)
    } else {
        let terms = own.as_ref().and_then(seen);
        let asked_for = asking.within.as_ref().map_or_else(|| EVERYWHERE.to_owned(), |place| term("area", place));
        let within = if terms.is_some() { vec![asked_for] } else { areas };
        let terms = terms.unwrap_or_else(|| vec![ALL.to_owned()]);
        Source::Figures(count_each(&asked, &terms, &within, now_ms, &mut board)?, within)
    };
    for by in &asking.by {
        board.counts.push(source.count(&asked, config, by)?);
    }
    if let Some((from, to)) = asking.trend {
        board.trend = source.trend(&asked, from, to)?;
    }
    Ok(board)
}

/// The places whose figures are added up: none lies within another.
fn areas(reach: Option<&Reach>, within: Option<&PlaceId>) -> Vec<String> {
    let area = |place: &PlaceId| term("area", place);
    match (reach.filter(|reach| !reach.all), within) {
        (None, None) => vec![EVERYWHERE.to_owned()],
        (None, Some(place)) => vec![area(place)],
        (Some(reach), None) => reach.areas.iter().map(area).collect(),
        (Some(reach), Some(place)) if reach.areas.iter().any(|own| own.covers(place)) => vec![area(place)],
        (Some(reach), Some(place)) => reach.areas.iter().filter(|own| place.covers(own)).map(area).collect(),
    }
}

/// The place of its term.
fn place_of(area: &str) -> PlaceId {
    PlaceId::from(area.strip_prefix(EVERYWHERE).unwrap_or(area))
}

fn count_overdue(
    asked: &Asked<'_>,
    areas: &[String],
    now_ms: i64,
    board: &mut Dashboard,
) -> Result<HashMap<i64, u64>, StoreError> {
    let mut ids = Vec::new();
    for area in areas {
        ids.extend(asked.term(area)?.map(|(id, _)| id));
    }
    let found = asked.overdue(now_ms, OVERDUE_MAX + 1)?;
    board.has_more_overdue = OVERDUE_MAX < found.len();
    let mut overdue = HashMap::new();
    for [places, counted, _] in found.into_iter().take(OVERDUE_MAX) {
        if places.iter().any(|place| ids.contains(place)) {
            places.into_iter().chain(counted).for_each(|term| *overdue.entry(term).or_default() += 1);
        }
    }
    Ok(overdue)
}

/// Every matter with one of some terms, in one of some places, is looked at.
fn count_each(
    asked: &Asked<'_>,
    terms: &[String],
    within: &[String],
    now_ms: i64,
    board: &mut Dashboard,
) -> Result<Figures, StoreError> {
    let clauses = vec![any_term(asked, terms)?, any_term(asked, within)?];
    let (ids, end) = Meeting::new(asked, clauses).gather(u64::MAX, TOTAL_MAX)?;
    board.has_more = end != Met::End;
    let mut by_term: HashMap<i64, Counted> = HashMap::new();
    for id in ids {
        let Some(TermsOf { status, due_ms, terms: lists }) = asked.terms(id)? else { continue };
        for term in lists.into_iter().flatten() {
            let figure = by_term.entry(term).or_default();
            figure.add(status, 1);
            figure.overdue += u64::from(due_ms.is_some_and(|due_ms| due_ms <= now_ms));
        }
    }
    let mut figures = Figures::new();
    for (term, figure) in by_term {
        figures.extend(asked.term_text(term)?.map(|text| (text, figure)));
    }
    Ok(figures)
}

impl Counted {
    fn add(&mut self, status: i64, n: u64) {
        match status {
            0 => self.open += n,
            1 => self.closed += n,
            _ => self.joined += n,
        }
    }
}

impl Source {
    fn count(&self, asked: &Asked<'_>, config: &Config, by: &By) -> Result<BTreeMap<String, Counted>, StoreError> {
        let sort = |word: &str| term(word, "");
        match by {
            By::All => self.figures(asked, ALL),
            By::Desk => self.figures(asked, &sort("desk")),
            By::Stage => self.figures(asked, &sort("stage")),
            By::Kind => self.figures(asked, &sort("kind")),
            By::Channel => self.figures(asked, &sort("channel")),
            By::Unit => self.figures(asked, &sort("unit")),
            By::Lead => self.figures(asked, &sort("lead")),
            By::Month => self.figures(asked, &sort("month")),
            By::Label(name) => {
                let values = self.figures(asked, &label_prefix(name))?;
                Ok(values.into_iter().map(|(value, figure)| (label_value(&value), figure)).collect())
            }
            By::Place(level) => self.places(asked, config, *level),
        }
    }

    /// Figures of all terms that begin so, by what comes after that.
    fn figures(&self, asked: &Asked<'_>, prefix: &str) -> Result<BTreeMap<String, Counted>, StoreError> {
        let mut figures: BTreeMap<String, Counted> = BTreeMap::new();
        match self {
            Source::Areas(areas, overdue) => {
                for area in areas {
                    for tally in asked.tallies(area, prefix)? {
                        let figure = figures.entry(tally.text[prefix.len()..].to_owned()).or_default();
                        figure.add(tally.status, tally.n);
                        figure.overdue = overdue.get(&tally.term).copied().unwrap_or(0);
                    }
                }
            }
            Source::Figures(own, _) => {
                let found = own.iter().filter_map(|(text, figure)| Some((text.strip_prefix(prefix)?, figure)));
                figures.extend(found.map(|(value, figure)| (value.to_owned(), *figure)));
            }
        }
        Ok(figures)
    }

    fn places(
        &self,
        asked: &Asked<'_>,
        config: &Config,
        level: Level,
    ) -> Result<BTreeMap<String, Counted>, StoreError> {
        let mut figures = BTreeMap::new();
        let directory = &config.directory;
        let is_asked = |place: &PlaceId| directory.level(place) == Some(level);
        match self {
            Source::Figures(_, within) => {
                for (place, figure) in self.figures(asked, &term("area", ""))? {
                    let id = PlaceId::from(place.as_str());
                    let covers = |area: &String| *area == EVERYWHERE || place_of(area).covers(&id);
                    if is_asked(&id) && within.iter().any(covers) {
                        figures.insert(place, figure);
                    }
                }
            }
            Source::Areas(areas, overdue) => {
                let of_areas = areas.iter().flat_map(|area| match area.strip_prefix(EVERYWHERE) {
                    None | Some("") => directory.places(),
                    Some(place) => directory.places_within(&PlaceId::from(place)),
                });
                for place in of_areas.map(|place| &place.id).filter(|place| is_asked(place)) {
                    let area = term("area", place);
                    let Some((id, _)) = asked.term(&area)? else { continue };
                    let mut figure = Counted { overdue: overdue.get(&id).copied().unwrap_or(0), ..Counted::default() };
                    asked.tallies(&area, ALL)?.iter().for_each(|tally| figure.add(tally.status, tally.n));
                    figures.insert(place.to_string(), figure);
                }
            }
        }
        Ok(figures)
    }

    fn trend(&self, asked: &Asked<'_>, from: Date, to: Date) -> Result<Vec<(Date, u64, u64)>, StoreError> {
        let (opened, closed) = (self.figures(asked, &term("day", ""))?, self.figures(asked, &term("closed", ""))?);
        let mut trend = Vec::new();
        let mut day = from;
        while day <= to && trend.len() < TREND_DAYS_MAX {
            let of = |figures: &BTreeMap<String, Counted>| {
                figures.get(&day.to_string()).map_or(0, |figure| figure.open + figure.closed + figure.joined)
            };
            trend.push((day, of(&opened), of(&closed)));
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        Ok(trend)
    }
}

/// Days of one trend: two years and a leap day.
const TREND_DAYS_MAX: usize = 731;

/// A label's value as people write it.
fn label_value(json: &str) -> String {
    serde_json::from_str::<plugin_api::LabelValue>(json).map_or_else(|_| json.to_owned(), |value| value.to_string())
}
