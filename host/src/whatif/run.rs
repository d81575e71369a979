//! The run: the journal's inputs in their order, clocks by themselves, each matter until its way parts.
//!
//! Always holds: what a person did is done again only on a matter all of whose events until then are
//! those it had, byte for byte; ids are the same as long as as many matters are opened.

mod end;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use plugin_api::{InputKind, MatterId, Objection};

use super::{LeftOut, RefusedInput, Tell};
use crate::config::Config;
use crate::district::{District, NotOpened, exercise_ms};
use crate::engine::Engine;
use crate::engine::input::{Act, Answer, Ask, Clock as _, HandClock, Input, SystemClock, Target, instant};
use crate::engine::look::read_head;
use crate::engine::pins::{DISTRUST, TRUST};
use crate::engine::replay::again;
use crate::engine::schedules::next_of;
use crate::erasure::ERASE;
use crate::matter::Head;
use crate::store::{JournalInput, Reader, StoreError};

use super::way::{events, is_same};

/// How far two ways of a matter are the same: the last event of each, and how many.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    was: u64,
    would: u64,
    same: usize,
}

/// Where a matter's ways parted.
#[derive(Clone, Debug, Default)]
struct Parting {
    /// What a person did was refused, then.
    refused: Option<(i64, Vec<Objection>)>,
    /// Inputs of people from there on.
    left: u64,
}

/// A journal under way.
pub(super) struct Run<'j> {
    journal: Reader<'j>,
    engine: Engine,
    clock: HandClock,
    now_ms: i64,
    /// Matters that an input of the journal opened.
    opened: HashMap<u64, Vec<u64>>,
    /// Ids by ids, and those of the other way that have one.
    would: HashMap<u64, u64>,
    taken: BTreeSet<u64>,
    cursors: HashMap<u64, Cursor>,
    parted: HashMap<u64, Parting>,
    inputs: u64,
    replayed: u64,
    left_out: LeftOut,
    refused: Vec<RefusedInput>,
    /// Matters whose opening was erased.
    erased: BTreeSet<u64>,
}

impl<'j> Run<'j> {
    /// Begins at the first input; none if there is none.
    pub(super) fn start(journal: Reader<'j>, other: &District, folder: &Path) -> Result<Option<Run<'j>>, NotOpened> {
        let Some(first) = journal.inputs(0)?.into_iter().next() else { return Ok(None) };
        let clock = HandClock::new(first.at_ms);
        let engine = other.scratch_engine(folder, clock.clone())?;
        let mut opened: HashMap<u64, Vec<u64>> = HashMap::new();
        for (input, matter) in journal.openings()? {
            opened.entry(input).or_default().push(matter);
        }
        Ok(Some(Run {
            journal,
            engine,
            clock,
            now_ms: first.at_ms,
            opened,
            would: HashMap::new(),
            taken: BTreeSet::new(),
            cursors: HashMap::new(),
            parted: HashMap::new(),
            inputs: 0,
            replayed: 0,
            left_out: LeftOut::default(),
            refused: Vec::new(),
            erased: BTreeSet::new(),
        }))
    }

    /// Runs all of it, and the clocks until its end.
    pub(super) fn all(&mut self, config: &Config, tell: Tell<'_>) -> Result<(), NotOpened> {
        let total = self.journal.sizes()?.0;
        let mut last = 0;
        loop {
            let rows = self.journal.inputs(last)?;
            let Some(end) = rows.last().map(|row| row.seq) else { break };
            last = end;
            for row in rows {
                self.inputs += 1;
                self.one(row)?;
            }
            tell(self.inputs, total);
        }
        let until_ms = self.until_ms(config)?;
        self.turn(until_ms);
        Ok(())
    }

    /// Until when the journal is known to be whole: an exercise's time, or in a live district now, unless
    /// something is due that has not been done, for then no host ran.
    fn until_ms(&self, config: &Config) -> Result<i64, StoreError> {
        if let Some(now_ms) = exercise_ms(self.journal)? {
            return Ok(now_ms.max(self.now_ms));
        }
        let clocks = self.journal.clocks()?.into_iter().filter_map(|(_, run)| Some(run.next()?.0.as_millisecond()));
        let retries = self.journal.deliveries()?.into_iter().filter_map(|row| row.due_ms);
        // What is due at that very instant has not been done.
        let rows = self.journal.schedules()?;
        let now_ms = SystemClock.now_ms();
        let next = |schedule| Some(next_of(schedule, &rows, now_ms, &config.calendar)?.at.as_millisecond());
        let due_ms =
            clocks.chain(retries).chain(config.schedules.iter().filter_map(next)).map(|due_ms| due_ms - 1).min();
        Ok(due_ms.map_or(now_ms, |due_ms| due_ms.min(now_ms)).max(self.now_ms))
    }

    fn turn(&mut self, to_ms: i64) {
        let to_ms = to_ms.max(self.now_ms);
        self.engine.run_until(&self.clock, self.now_ms, to_ms);
        self.now_ms = to_ms;
    }

    fn one(&mut self, row: JournalInput) -> Result<(), NotOpened> {
        if row.is_erased {
            self.left_out.erased += 1;
            self.turn(row.at_ms);
            let matters = self.opened.get(&row.seq).cloned().unwrap_or_default();
            if let Some(last) = matters.last() {
                self.engine.leave_out_to(last + 1);
            }
            self.erased.extend(matters);
            // From here on the matter lacks what was done.
            if let Some(matter) = row.matter.filter(|_| matters_of_people(&row)) {
                self.erased.insert(matter);
            }
            return Ok(());
        }
        match row.kind {
            InputKind::Act | InputKind::Row | InputKind::Receipt => self.person(row),
            InputKind::Operator if *row.name == *ERASE => {
                self.left_out.erasures += 1;
                Ok(())
            }
            InputKind::Operator if &*row.name == "resend" => {
                self.left_out.notices += 1;
                Ok(())
            }
            // Which libraries may run is no matter's doing: the other way has its own.
            InputKind::Operator if matches!(&*row.name, TRUST | DISTRUST) => Ok(()),
            InputKind::Operator => self.person(row),
            InputKind::Retry if &*row.name == "retry" => self.person(row),
            // They come by themselves.
            InputKind::Clock
            | InputKind::Retry
            | InputKind::Job
            | InputKind::Switch
            | InputKind::Request
            | InputKind::Schedule => Ok(()),
        }
    }

    /// What was decided outside: done again where nothing is different yet.
    fn person(&mut self, row: JournalInput) -> Result<(), NotOpened> {
        self.turn(row.at_ms);
        let Some(was) = row.matter else { return self.put(row, None) };
        if self.erased.contains(&was) {
            self.left_out.erased += 1;
            return Ok(());
        }
        let Some(would) = self.would_be(was)? else {
            self.left_out.without_matter += 1;
            return Ok(());
        };
        if !self.parted.contains_key(&was) && !self.sync(was, would, row.seq)? {
            self.parted.insert(was, Parting::default());
        }
        if let Some(parting) = self.parted.get_mut(&was) {
            parting.left += 1;
            return Ok(());
        }
        self.put(row, Some((was, would)))
    }

    fn put(&mut self, row: JournalInput, of: Option<(u64, u64)>) -> Result<(), NotOpened> {
        let (seq, at_ms) = (row.seq, row.at_ms);
        let (desk, action) = (row.desk.as_deref().unwrap_or_default().to_owned(), row.name.to_string());
        let matters = self.opened.get(&seq).cloned().unwrap_or_default();
        if let Some(first) = matters.first() {
            self.engine.leave_out_to(*first);
        }
        let Some(input) = self.input(row, of.map(|(_, would)| MatterId(would)))? else { return Ok(()) };
        let first = self.engine.next_matter();
        let answer = self.engine.take_anew(input, at_ms);
        self.replayed += 1;
        for (was, would) in matters.iter().zip(first..self.engine.next_matter()) {
            self.would.insert(*was, would);
            self.taken.insert(would);
        }
        let refused = match answer {
            Answer::Refused(objections) => objections,
            Answer::Unstored(text) => return Err(NotOpened::Unusable(text)),
            Answer::Done(_) | Answer::Repeated(_) | Answer::Failed(_) => return Ok(()),
        };
        self.replayed -= 1;
        match of {
            Some((was, _)) => {
                self.parted.insert(was, Parting { refused: Some((at_ms, refused)), left: 1 });
            }
            None => self.refused.push(RefusedInput { seq, at: instant(at_ms), desk, action, refused }),
        }
        Ok(())
    }

    /// The input for the other store; none if there is nothing for it to do.
    fn input(&self, row: JournalInput, matter: Option<MatterId>) -> Result<Option<Input>, StoreError> {
        let on = row.desk.clone();
        let mut input = again(row)?;
        input.ask = match input.ask {
            Ask::Again(Act { action, form, target }, origin) => {
                // On the desk it was done at: the way is the same, so it lies there.
                let target = match (matter, on) {
                    (Some(id), Some(desk)) => Target::MatterAt(id, desk.to_string()),
                    (Some(id), None) => Target::Matter(id),
                    (None, _) => target,
                };
                Ask::Anew(Act { target, action, form }, origin)
            }
            Ask::Move { desk, matter: was } => Ask::Move { matter: matter.unwrap_or(was), desk },
            Ask::Receipt(mut receipt) => {
                receipt.matter = matter.map(|id| id.0);
                Ask::Receipt(receipt)
            }
            Ask::Retry { .. } => {
                let kept = self.engine.deliveries().filter(|kept| kept.matter == matter.map(|id| id.0));
                let Some(first) = kept.map(|kept| kept.id).min() else { return Ok(None) };
                Ask::Retry { delivery: first, by_hand: true }
            }
            other => other,
        };
        Ok(Some(input))
    }

    /// The id of a matter on the other way. One that a clock, a job or another try opened has the same.
    fn would_be(&mut self, was: u64) -> Result<Option<u64>, StoreError> {
        if let Some(would) = self.would.get(&was) {
            return Ok(Some(*would));
        }
        if self.taken.contains(&was) {
            return Ok(None);
        }
        let of = |reader: Reader<'_>| -> Result<Option<Head>, StoreError> { read_head(reader, MatterId(was)) };
        let both = of(self.journal)?.zip(of(self.engine.store().reader())?);
        let is_same = both.is_some_and(|(was, would)| (was.opened, was.kind) == (would.opened, would.kind));
        if !is_same {
            return Ok(None);
        }
        self.would.insert(was, was);
        self.taken.insert(was);
        Ok(Some(was))
    }

    /// Whether all that happened to a matter before an input would have, and no more.
    fn sync(&mut self, was: u64, would: u64, before: u64) -> Result<bool, StoreError> {
        let mut cursor = self.cursors.get(&was).copied().unwrap_or_default();
        let happened = events(self.journal, was, cursor.was, before)?;
        let mut would_have = events(self.engine.store().reader(), would, cursor.would, u64::MAX)?.into_iter();
        let mut are_same = true;
        for event in happened {
            let is_erased = event.data.is_none() && !self.journal.is_bodiless(event.seq)?;
            match would_have.next().filter(|other| is_same(&event, other, is_erased)) {
                Some(other) => {
                    cursor = Cursor { was: event.seq, would: other.seq, same: cursor.same + 1 };
                }
                None => {
                    are_same = false;
                    break;
                }
            }
        }
        self.cursors.insert(was, cursor);
        Ok(are_same && would_have.next().is_none())
    }
}

/// Whether an input is what somebody did to its matter.
fn matters_of_people(row: &JournalInput) -> bool {
    matches!(row.kind, InputKind::Act | InputKind::Row | InputKind::Operator | InputKind::Receipt)
}
