//! Lists of matters that meet: ids that are in one list of each clause, highest first.
//!
//! Each list is read in blocks, and skipped through by what the others have. Always holds: no more is
//! read than so much (I12); where that is used up, it says how far it came.

use crate::limits::INDEX_EFFORT_MAX;
use crate::store::StoreError;
use crate::store::index::{Asked, List};

const BLOCK_MIN: usize = 8;
const BLOCK_MAX: usize = 512;
/// A scan begins anew with each block: it takes ever more at once, for skipping through it costs most.
const SCANNED_MIN: usize = 64;
const SCANNED_MAX: usize = 16_384;
/// What a read costs beside its rows, against one row.
const EFFORT_OF_READ: u32 = 24;
const EFFORT_OF_SCAN: u32 = 2_000;
/// What a row costs that several lists of the full text had to have.
const EFFORT_OF_SCANNED: u32 = 6;

/// One of these lists must have a matter.
#[derive(Debug)]
pub struct Clause {
    cursors: Vec<Cursor>,
    /// How many matters it has at most, as far as that is known.
    pub size: u64,
}

#[derive(Debug)]
struct Cursor {
    list: List,
    block: Vec<u64>,
    at: usize,
    used: usize,
    most: usize,
    is_last: bool,
}

/// Clauses that meet.
#[derive(Debug)]
pub struct Meeting<'a> {
    asked: &'a Asked<'a>,
    clauses: Vec<Clause>,
    effort: u32,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// This matter is in all.
    Matter(u64),
    /// No more are.
    End,
    /// Enough was read; nothing above this one was missed.
    Tired(u64),
}

impl Clause {
    /// Any of these lists, which have so many matters together.
    pub fn any_of(lists: impl IntoIterator<Item = List>, size: u64) -> Clause {
        Clause { cursors: lists.into_iter().map(Cursor::new).collect(), size }
    }

    fn seek(&mut self, asked: &Asked<'_>, from: u64, effort: &mut u32) -> Result<Option<u64>, StoreError> {
        let mut highest = None;
        for cursor in &mut self.cursors {
            highest = highest.max(cursor.seek(asked, from, effort)?);
        }
        Ok(highest)
    }

    /// Its only list's size, where that is one term's and so exact.
    pub fn exact(&self) -> Option<u64> {
        match self.cursors.as_slice() {
            [Cursor { list: List::Term(_), .. }] => Some(self.size),
            [] | [Cursor { list: List::Nothing, .. }] => Some(0),
            _ => None,
        }
    }
}

impl Cursor {
    fn new(list: List) -> Cursor {
        Cursor { list, block: Vec::new(), at: 0, used: 0, most: BLOCK_MIN, is_last: false }
    }

    /// The highest id at or below one; those asked for only ever go down.
    fn seek(&mut self, asked: &Asked<'_>, from: u64, effort: &mut u32) -> Result<Option<u64>, StoreError> {
        *effort += 1;
        self.at += self.block[self.at..].partition_point(|id| from < *id);
        self.used += 1;
        if let Some(id) = self.block.get(self.at) {
            return Ok(Some(*id));
        }
        if self.is_last {
            return Ok(None);
        }
        let is_dense = self.block.len() <= self.used.saturating_mul(2);
        self.most = match (is_scan(&self.list), is_dense) {
            (true, _) => (self.most * 8).clamp(SCANNED_MIN, SCANNED_MAX),
            (false, true) => (self.most * 2).min(BLOCK_MAX),
            (false, false) => (self.most / 2).max(BLOCK_MIN),
        };
        self.block = asked.fetch(&self.list, from, self.most)?;
        (self.at, self.used, self.is_last) = (0, 1, self.block.len() < self.most);
        let rows = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        *effort += effort_of(&self.list) + rows.saturating_mul(if is_scan(&self.list) { EFFORT_OF_SCANNED } else { 1 });
        Ok(self.block.first().copied())
    }
}

fn is_scan(list: &List) -> bool {
    matches!(list, List::Words(_) | List::Lamp(_) | List::DueBy(_))
}

fn effort_of(list: &List) -> u32 {
    if is_scan(list) { EFFORT_OF_SCAN } else { EFFORT_OF_READ }
}

impl<'a> Meeting<'a> {
    /// Of these clauses, at least one.
    pub fn new(asked: &'a Asked<'a>, mut clauses: Vec<Clause>) -> Meeting<'a> {
        // The shortest decides where the others are looked at.
        clauses.sort_by_key(|clause| clause.size);
        Meeting { asked, clauses, effort: 0 }
    }

    /// The highest id at or below one; those asked for only ever go down.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn next(&mut self, from: u64) -> Result<Met, StoreError> {
        let (mut id, mut agreed, mut at) = (from, 0, 0);
        if self.clauses.is_empty() {
            return Ok(Met::End);
        }
        loop {
            if self.is_tired() {
                return Ok(Met::Tired(id));
            }
            let Some(found) = self.clauses[at].seek(self.asked, id, &mut self.effort)? else { return Ok(Met::End) };
            agreed = if found == id { agreed + 1 } else { 1 };
            id = found;
            if agreed == self.clauses.len() {
                return Ok(Met::Matter(id));
            }
            at = (at + 1) % self.clauses.len();
        }
    }

    /// All of them from one downwards, so many at most; and what stopped it, if not their end.
    ///
    /// # Errors
    /// As above.
    pub fn gather(&mut self, from: u64, most: usize) -> Result<(Vec<u64>, Met), StoreError> {
        let mut ids = Vec::new();
        let mut from = from;
        loop {
            match self.next(from)? {
                Met::Matter(id) if ids.len() == most => return Ok((ids, Met::Matter(id))),
                Met::Matter(id) => {
                    ids.push(id);
                    if id == 0 {
                        return Ok((ids, Met::End));
                    }
                    from = id - 1;
                }
                end => return Ok((ids, end)),
            }
        }
    }

    /// Whether a matter is in a list of each clause.
    ///
    /// # Errors
    /// As above.
    pub fn has(&mut self, id: u64) -> Result<bool, StoreError> {
        for clause in &self.clauses {
            let mut is_in = false;
            for cursor in &clause.cursors {
                self.effort += effort_of(&cursor.list);
                is_in |= self.asked.fetch(&cursor.list, id, 1)? == [id];
            }
            if !is_in {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether enough was read.
    pub fn is_tired(&self) -> bool {
        INDEX_EFFORT_MAX <= self.effort
    }
}
