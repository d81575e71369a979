//! Pages of a list: what the index finds, and one function shows.

use plugin_api::{Matter, MatterId};

use super::meet::{Meeting, Met};
use super::query::{Order, PageKey, Query, clauses};
use super::{Index, NotAnswered, Reading};
use crate::config::Config;
use crate::engine::look::{Viewer, read_matter};
use crate::limits::{GATHERED_MAX, PAGE_MAX, TOTAL_MAX};
use crate::permission::Reach;
use crate::store::index::{Asked, RowOrder, Sorted};
use crate::store::{StoreError, parse_head};

/// Rows of a page, if none are asked for.
const ROWS: u32 = 50;
/// Rows of an order that are read at once.
const WALKED: usize = 256;

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What is shown, in order, with due instant and lamp as of the time asked for.
    pub rows: Vec<Matter>,
    /// Where the next page begins, if there is one. A page may have fewer rows than asked for, even
    /// none, and a next one all the same: enough was read for one answer.
    pub next: Option<PageKey>,
    /// How many there are, of those the viewer may see.
    pub total: Total,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(u64),
    /// So many or more: counting was ended, at more than [`TOTAL_MAX`] or where enough was read.
    AtLeast(u64),
}

/// Ids of a page in order, and where the next one begins.
type Found = (Vec<u64>, Option<PageKey>);

impl Index {
    /// A page of the matters that fit a query and that the viewer may see, as of an instant.
    ///
    /// # Errors
    /// When the index is being built, or a database refuses.
    pub fn list(&self, config: &Config, query: &Query, viewer: &Viewer, now_ms: i64) -> Result<Page, NotAnswered> {
        self.with_reading(|reading| page(config, reading, query, viewer, now_ms))
    }

    /// What waits for somebody, the worst lamp first, and then by due.
    ///
    /// # Errors
    /// As [`Index::list`].
    pub fn mine(&self, config: &Config, person: &plugin_api::PersonId, now_ms: i64) -> Result<Page, NotAnswered> {
        let query = Query { waits_for_me: true, order: Order::Urgent, ..Query::default() };
        self.list(config, &query, &Viewer::Person(person.clone()), now_ms)
    }
}

/// What a viewer sees, as terms; none for who sees everything by holding the folder.
pub(super) fn reach(config: &Config, viewer: &Viewer, now_ms: i64) -> Option<Reach> {
    match viewer {
        Viewer::Operator => None,
        Viewer::Person(by) => {
            Some(crate::permission::Asker::new(&config.directory, Some(by), config.day_of(now_ms)).reach())
        }
    }
}

fn page(config: &Config, reading: &Reading, query: &Query, viewer: &Viewer, now_ms: i64) -> Result<Page, StoreError> {
    let limit = if query.limit == 0 { ROWS } else { query.limit.min(PAGE_MAX) } as usize;
    let asked = reading.index.ask()?;
    let reach = reach(config, viewer, now_ms);
    let clauses = || clauses(&asked, query, reach.as_ref(), now_ms);
    let Some(first) = clauses()? else {
        return Ok(Page { rows: Vec::new(), next: None, total: Total::Exactly(0) });
    };
    let exact = if let [only] = first.as_slice() { only.exact() } else { None };
    let mut meeting = Meeting::new(&asked, first);
    let ((ids, next), total) = match query.order {
        Order::Newest => {
            let found = newest(&asked, &mut meeting, query.after.as_ref(), limit)?;
            // Who counts from the first one on comes no further than that.
            let total = if query.after.is_none() { tired_at(&meeting, found.0.len()) } else { None };
            (found, total)
        }
        _ => sorted(&asked, &mut meeting, (query, now_ms), limit, || {
            Ok(Meeting::new(&asked, clauses()?.unwrap_or_default()))
        })?,
    };
    let total = match exact.map(Total::Exactly).or(total) {
        Some(total) => total,
        None => count(&mut Meeting::new(&asked, clauses()?.unwrap_or_default()))?,
    };
    drop(asked);
    let rows = show(config, reading, &ids, viewer, now_ms)?;
    Ok(Page { rows, next, total })
}

/// The one function that decides looks at each matter as the store has it now (I11).
pub(super) fn show(
    config: &Config,
    reading: &Reading,
    ids: &[u64],
    viewer: &Viewer,
    now_ms: i64,
) -> Result<Vec<Matter>, StoreError> {
    let reader = reading.store.reader();
    let _snapshot = reader.snapshot()?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(stored) = reader.matter(MatterId(*id))? else { continue };
        if viewer.sees(config, now_ms, &parse_head(&stored.head)?) {
            rows.push(read_matter(config, reader, &stored, now_ms)?);
        }
    }
    Ok(rows)
}

/// How many there are at least, where no more is read.
fn tired_at(meeting: &Meeting<'_>, found: usize) -> Option<Total> {
    meeting.is_tired().then_some(Total::AtLeast(found as u64))
}

fn count(meeting: &mut Meeting<'_>) -> Result<Total, StoreError> {
    let (ids, end) = meeting.gather(u64::MAX, TOTAL_MAX)?;
    let n = ids.len() as u64;
    Ok(match end {
        Met::End => Total::Exactly(n),
        Met::Matter(_) => Total::AtLeast(n + 1),
        Met::Tired(_) => Total::AtLeast(n),
    })
}

fn newest(
    asked: &Asked<'_>,
    meeting: &mut Meeting<'_>,
    after: Option<&PageKey>,
    limit: usize,
) -> Result<Found, StoreError> {
    let from = after.map_or(u64::MAX, |PageKey(key)| key.id.saturating_sub(1));
    let (ids, end) = meeting.gather(from, limit)?;
    let next = match end {
        Met::End => None,
        // Where it came to, it goes on; that one has not been looked at yet.
        Met::Tired(id) => Some(key_at(id.saturating_add(1))),
        Met::Matter(_) => match ids.last() {
            Some(last) => asked.sorted(*last)?.map(PageKey),
            None => None,
        },
    };
    Ok((ids, next))
}

/// A key that says no more than an id.
fn key_at(id: u64) -> PageKey {
    PageKey(Sorted { id, due_ms: None, changed_ms: 0, number: String::new(), lamp_from_ms: [None; 4] })
}

/// What can be gathered is sorted; of more than that, the order is walked along and the rest is looked at
/// row by row.
fn sorted<'a>(
    asked: &'a Asked<'a>,
    meeting: &mut Meeting<'a>,
    (query, now_ms): (&Query, i64),
    limit: usize,
    again: impl Fn() -> Result<Meeting<'a>, StoreError>,
) -> Result<(Found, Option<Total>), StoreError> {
    let (order, after) = (query.order, query.after.as_ref());
    let walked = match order {
        // Whether a matter has certain words costs too much to be asked of each.
        _ if query.text.is_some() => None,
        Order::Due => Some(RowOrder::Due),
        Order::Number => Some(RowOrder::Number),
        Order::Changed => Some(RowOrder::Changed),
        Order::Newest | Order::Urgent => None,
    };
    let (ids, end) = meeting.gather(u64::MAX, GATHERED_MAX)?;
    if let (Some(walked), true) = (walked, end != Met::End) {
        return Ok((walk(asked, &mut again()?, walked, after, limit)?, None));
    }
    let n = ids.len() as u64;
    let total = if end == Met::End { Some(Total::Exactly(n)) } else { tired_at(meeting, ids.len()) };
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(asked.sorted(id)?);
    }
    rows.retain(|row| after.is_none_or(|PageKey(key)| order.compare(now_ms, key, row).is_lt()));
    rows.sort_by(|a, b| order.compare(now_ms, a, b));
    let next = (limit < rows.len()).then(|| PageKey(rows[limit - 1].clone()));
    rows.truncate(limit);
    Ok(((rows.into_iter().map(|row| row.id).collect(), next), total))
}

fn walk(
    asked: &Asked<'_>,
    meeting: &mut Meeting<'_>,
    order: RowOrder,
    after: Option<&PageKey>,
    limit: usize,
) -> Result<Found, StoreError> {
    let mut ids = Vec::new();
    let mut last = after.map(|PageKey(key)| key.clone());
    // Those that are not due come after all that are.
    let mut is_behind = order == RowOrder::Due && last.as_ref().is_some_and(|last| last.due_ms.is_none());
    while !is_behind {
        let rows = asked.walk(order, last.as_ref(), WALKED)?;
        let is_end = rows.len() < WALKED;
        for row in rows {
            if meeting.is_tired() {
                return Ok((ids, last.map(PageKey)));
            }
            if meeting.has(row.id)? {
                if ids.len() == limit {
                    return Ok((ids, last.map(PageKey)));
                }
                ids.push(row.id);
            }
            last = Some(row);
        }
        if is_end && order != RowOrder::Due {
            return Ok((ids, None));
        }
        if is_end {
            (is_behind, last) = (true, None);
        }
    }
    walk_undue(asked, meeting, ids, last, limit)
}

fn walk_undue(
    asked: &Asked<'_>,
    meeting: &mut Meeting<'_>,
    mut ids: Vec<u64>,
    last: Option<Sorted>,
    limit: usize,
) -> Result<Found, StoreError> {
    let mut from = last.map_or(u64::MAX, |last| last.id.saturating_sub(1));
    loop {
        let id = match meeting.next(from)? {
            Met::End => return Ok((ids, None)),
            Met::Tired(id) => return Ok((ids, Some(key_at(id.saturating_add(1))))),
            Met::Matter(id) => id,
        };
        if asked.sorted(id)?.is_some_and(|row| row.due_ms.is_none()) {
            if ids.len() == limit {
                return Ok((ids, Some(key_at(id.saturating_add(1)))));
            }
            ids.push(id);
        }
        if id == 0 {
            return Ok((ids, None));
        }
        from = id - 1;
    }
}
