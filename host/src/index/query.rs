//! What is asked of the index, as values; and how it becomes lists that must meet.

use std::cmp::Ordering;

use jiff::civil::Date;
use plugin_api::matter::Lamp;
use plugin_api::{Labels, PlaceId, Status, UnitId};

use super::meet::Clause;
use super::terms::{ALL, UNROUTED, label, month, role, status, term};
use super::words::{Wanted, wanted};
use crate::limits::{CALENDAR_YEAR_MAX, CALENDAR_YEAR_MIN};
use crate::permission::Reach;
use crate::store::StoreError;
use crate::store::index::{Asked, LampRange, List, Sorted};

/// Which matters, in which order. What is not given does not narrow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Words: all of them occur in title, text, number, place or address. Blank is nothing asked.
    pub text: Option<String>,
    /// On this desk.
    pub desk: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// Open, closed, joined.
    pub status: Option<Status>,
    /// At this place or within it.
    pub place: Option<PlaceId>,
    /// Through this channel.
    pub channel: Option<String>,
    /// With all of these labels.
    pub labels: Labels,
    /// Held by this unit.
    pub unit: Option<UnitId>,
    /// Only those that no route took.
    pub unrouted: bool,
    /// Open ones whose lamp is this as of `now`.
    pub lamp: Option<Lamp>,
    /// Those that wait for the viewer: for themselves, a role they hold there, their unit.
    pub waits_for_me: bool,
    /// Those the viewer reported.
    pub reported_by_me: bool,
    /// Opened on this day of the district or later.
    pub opened_from: Option<Date>,
    /// Opened on this day or earlier.
    pub opened_to: Option<Date>,
    /// Open ones that were due by this instant, in ms.
    pub due_by_ms: Option<i64>,
    /// In which order.
    pub order: Order,
    /// Those after this one of the order; from the first without it.
    pub after: Option<PageKey>,
    /// So many at most, 1 to [`crate::limits::PAGE_MAX`]; 50 for 0.
    pub limit: u32,
}

/// In which order. Of more matters with words than can be sorted at once, the newest are, in all orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What was opened last.
    #[default]
    Newest,
    /// What is due first; what is not due at all after that, the newest first.
    Due,
    /// By number: prefix, year, id.
    Number,
    /// What changed last.
    Changed,
    /// The worst lamp first, and then by due. Of more than can be sorted at once, the newest.
    Urgent,
}

/// Where a page ended: for the next one, also through an address. Text that is none begins anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKey(pub(super) Sorted);

impl std::fmt::Display for PageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Sorted { id, due_ms, changed_ms, number, lamp_from_ms } = &self.0;
        let dash = |ms: &Option<i64>| ms.map_or_else(|| "_".to_owned(), |ms| ms.to_string());
        write!(f, "{id}.{}.{changed_ms}", dash(due_ms))?;
        lamp_from_ms.iter().try_for_each(|ms| write!(f, ".{}", dash(ms)))?;
        write!(f, ".{number}")
    }
}

impl std::str::FromStr for PageKey {
    type Err = ();

    fn from_str(text: &str) -> Result<PageKey, ()> {
        let dash = |part: Option<&str>| match part {
            Some("_") => Ok(None),
            Some(ms) => ms.parse().map(Some).map_err(|_| ()),
            None => Err(()),
        };
        let mut parts = text.splitn(8, '.');
        let id = parts.next().and_then(|id| id.parse().ok()).ok_or(())?;
        let due_ms = dash(parts.next())?;
        let changed_ms = dash(parts.next())?.ok_or(())?;
        let lamp_from_ms = [dash(parts.next())?, dash(parts.next())?, dash(parts.next())?, dash(parts.next())?];
        let number = parts.next().ok_or(())?.to_owned();
        Ok(PageKey(Sorted { id, due_ms, changed_ms, number, lamp_from_ms }))
    }
}

impl Order {
    /// Which of two comes first.
    pub(super) fn compare(self, now_ms: i64, a: &Sorted, b: &Sorted) -> Ordering {
        let newest = b.id.cmp(&a.id);
        let due = |a: &Sorted, b: &Sorted| match (a.due_ms, b.due_ms) {
            (Some(a), Some(b)) => a.cmp(&b),
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
        };
        match self {
            Order::Newest => newest,
            Order::Due => due(a, b).then(newest),
            Order::Number => a.number.cmp(&b.number).then(a.id.cmp(&b.id)),
            Order::Changed => b.changed_ms.cmp(&a.changed_ms).then(newest),
            Order::Urgent => rank(b, now_ms).cmp(&rank(a, now_ms)).then(due(a, b)).then(newest),
        }
    }
}

/// The lamp as a number, 0 for none.
fn rank(row: &Sorted, now_ms: i64) -> usize {
    row.lamp_from_ms.iter().filter(|from| from.is_some_and(|from_ms| from_ms <= now_ms)).count()
}

/// The lists that matters of a query are in; none where one of them has nothing.
pub(super) fn clauses(
    asked: &Asked<'_>,
    query: &Query,
    reach: Option<&Reach>,
    now_ms: i64,
) -> Result<Option<Vec<Clause>>, StoreError> {
    let mut clauses = Vec::new();
    let mut push = |texts: Vec<String>| -> Result<bool, StoreError> {
        let clause = any_term(asked, &texts)?;
        let has_some = clause.exact() != Some(0);
        clauses.push(clause);
        Ok(has_some)
    };
    for terms in wanted_terms(query, reach) {
        if !push(terms)? {
            return Ok(None);
        }
    }
    match query.text.as_deref().map_or(Wanted::All, wanted) {
        Wanted::All => {}
        Wanted::Nothing => return Ok(None),
        Wanted::Of(words) => clauses.push(Clause::any_of([List::Words(words)], u64::MAX)),
    }
    if let Some(lamp) = query.lamp {
        clauses.push(Clause::any_of([List::Lamp(LampRange { lamp, now_ms })], u64::MAX));
    }
    if let Some(by_ms) = query.due_by_ms {
        clauses.push(Clause::any_of([List::DueBy(by_ms)], u64::MAX));
    }
    if clauses.is_empty() {
        clauses.push(any_term(asked, &[ALL.to_owned()])?);
    }
    Ok(Some(clauses))
}

/// Any of some terms; those that no matter has are left out.
pub(super) fn any_term(asked: &Asked<'_>, texts: &[String]) -> Result<Clause, StoreError> {
    let (mut lists, mut size) = (Vec::new(), 0);
    for text in texts {
        if let Some((id, n)) = asked.term(text)? {
            lists.push(List::Term(id));
            size += n;
        }
    }
    Ok(Clause::any_of(lists, size))
}

/// Terms of which a matter must have one of each list.
fn wanted_terms(query: &Query, reach: Option<&Reach>) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let one =
        |sort: &str, value: &Option<String>| value.iter().map(|value| vec![term(sort, value)]).collect::<Vec<_>>();
    all.extend(one("desk", &query.desk));
    all.extend(one("kind", &query.kind));
    all.extend(one("stage", &query.stage));
    all.extend(one("channel", &query.channel));
    all.extend(query.status.map(|wanted| vec![term("status", status(wanted))]));
    all.extend(query.place.iter().map(|place| vec![term("area", place)]));
    all.extend(query.unit.iter().map(|unit| vec![term("unit", unit)]));
    all.extend(query.labels.iter().map(|(name, value)| vec![label(name, value)]));
    all.extend(query.unrouted.then(|| vec![UNROUTED.to_owned()]));
    // A lamp, or being due, is an open matter's: the list of those is shorter.
    let is_of_open = query.lamp.is_some() || query.due_by_ms.is_some();
    all.extend(is_of_open.then(|| vec![term("status", "open")]));
    if query.opened_from.is_some() || query.opened_to.is_some() {
        all.push(days(query.opened_from, query.opened_to));
    }
    let nobody = Reach::default();
    if query.waits_for_me {
        all.push(held(reach.unwrap_or(&nobody)));
    }
    if query.reported_by_me {
        all.push(reported(reach.unwrap_or(&nobody)));
    }
    all.extend(reach.and_then(seen));
    all
}

/// Terms of what waits for somebody.
pub(super) fn held(reach: &Reach) -> Vec<String> {
    let person = reach.person.iter().map(|person| term("person", person));
    let posts = reach.posts.iter().map(|(held, place)| role(held, place));
    person.chain(posts).chain(reach.units.iter().map(|unit| term("unit", unit))).collect()
}

fn reported(reach: &Reach) -> Vec<String> {
    reach.person.iter().map(|person| term("reporter", person)).collect()
}

/// Terms of what somebody sees; none if that is everything.
pub(super) fn seen(reach: &Reach) -> Option<Vec<String>> {
    if reach.all {
        return None;
    }
    let areas = reach.areas.iter().map(|place| term("area", place));
    Some(areas.chain(held(reach)).chain(reported(reach)).collect())
}

/// Terms that together are a span of days: years, months and days.
fn days(from: Option<Date>, to: Option<Date>) -> Vec<String> {
    let first = Date::constant(CALENDAR_YEAR_MIN, 1, 1);
    let last = Date::constant(CALENDAR_YEAR_MAX, 12, 31);
    let (mut day, to) = (from.unwrap_or(first).max(first), to.unwrap_or(last).min(last));
    let mut terms = Vec::new();
    while day <= to {
        let end = if day.day_of_year() == 1 && day.last_of_year() <= to {
            terms.push(term("year", day.year()));
            day.last_of_year()
        } else if day.day() == 1 && day.last_of_month() <= to {
            terms.push(term("month", month(day)));
            day.last_of_month()
        } else {
            terms.push(term("day", day));
            day
        };
        let Ok(next) = end.tomorrow() else { break };
        day = next;
    }
    terms
}
