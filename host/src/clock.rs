//! One clock of a matter: how it starts, stands still, goes on, is extended and fires; and its lamp.
//!
//! Pure. Knows a calendar and what a manifest says of the clock; nothing of desks, steps or storage.
//!
//! Always holds (I7): each moment of a clock comes once, as of its instant; a pause takes nothing
//! from what was left; nothing here moves a clock but the turns a desk makes and another calendar.

mod standing;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use plugin_api::clock::{ClockState, ClockTurn, MarkAt};
use plugin_api::manifest::{ClockSpec, Keep};
use plugin_api::matter::Lamp;
use serde::{Deserialize, Serialize};

use crate::calendar::{Budget, Calendar, Due, Left, Mark};
use crate::limits::CLOCK_PAUSES_MAX;
pub use standing::Standing;

/// A clock as it stands, and as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRun {
    /// How long it is kept.
    pub keep: Keep,
    /// The stay it was started in.
    pub stay: u32,
    /// How it stands.
    pub state: State,
    /// What it was given, with its extensions.
    budget: plugin_api::Budget,
    /// When it was started.
    started: Timestamp,
    /// What was left of it …
    left: Left,
    /// … at this instant, from which it is counted.
    from: Timestamp,
    /// From when to when it ran before its pauses: what was used there is measured anew by another
    /// calendar.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ran: Vec<(Timestamp, Timestamp)>,
    /// When it runs out; of a paused clock, as it was when it was paused.
    pub due: Timestamp,
    /// Its due instant hangs on a year the calendar does not cover.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_provisional: bool,
    /// Marks, in the manifest's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<Ring>,
}

/// How a clock stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Running.
    Running,
    /// Standing still.
    Paused {
        /// Since when.
        since: Timestamp,
        /// Why.
        why: String,
        /// When somebody is to look at it again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Review>,
    },
    /// Run out.
    Out,
}

/// The end of a day's working time at which a pause is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The day, as it was given.
    pub day: Date,
    /// The instant.
    at: Timestamp,
    /// It hangs on a year the calendar does not cover.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_provisional: bool,
    /// The desk was called, or does not ask to be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_done: bool,
}

impl Review {
    /// When that is.
    pub fn due(&self) -> Due {
        Due { at: self.at, is_provisional: self.is_provisional }
    }
}

/// A mark of a running clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ring {
    name: Arc<str>,
    at: Timestamp,
    /// It has rung, or is not to.
    is_done: bool,
}

/// A moment at which a clock calls its desk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// It ran out.
    Due,
    /// A mark was reached.
    Mark(Arc<str>),
    /// A pause is to be looked at again.
    Review,
}

/// The host's own mark.
const REVIEW: &str = "review";

impl Moment {
    /// The name its desk is called by.
    pub fn call(&self, clock: &str) -> String {
        match self {
            Moment::Due => format!("clock.{clock}"),
            Moment::Mark(mark) => format!("clock.{clock}.{mark}"),
            Moment::Review => format!("clock.{clock}.{REVIEW}"),
        }
    }

    /// Clock and moment of such a name.
    pub fn of_call(call: &str) -> Option<(&str, Moment)> {
        let rest = call.strip_prefix("clock.")?;
        Some(match rest.split_once('.') {
            None => (rest, Moment::Due),
            Some((clock, REVIEW)) => (clock, Moment::Review),
            Some((clock, mark)) => (clock, Moment::Mark(mark.into())),
        })
    }
}

/// What a turn of a clock is made with.
#[derive(Clone, Copy, Debug)]
pub struct Turning<'a> {
    /// The district's calendar.
    pub calendar: &'a Calendar,
    /// What the manifest says of the clock.
    pub spec: &'a ClockSpec,
    /// The step's instant.
    pub now: Timestamp,
    /// The matter's stay.
    pub stay: u32,
}

impl Turning<'_> {
    /// The clock as a turn leaves it; none drops it.
    ///
    /// # Errors
    /// Why it cannot be turned so, for the desk's author.
    pub fn turn(&self, run: Option<&ClockRun>, turn: ClockTurn) -> Result<Option<ClockRun>, String> {
        match (turn, run) {
            (ClockTurn::Stop, _) => Ok(None),
            (ClockTurn::Start(budget), _) => self.start(budget).map(Some),
            (_, None) => Err("does not run".to_owned()),
            (ClockTurn::Pause { why, review }, Some(run)) => self.pause(run, why, review).map(Some),
            (ClockTurn::Resume, Some(run)) => self.resume(run).map(Some),
            (ClockTurn::Extend(more), Some(run)) => self.extend(run, more).map(Some),
        }
    }

    fn start(&self, given: plugin_api::Budget) -> Result<ClockRun, String> {
        let budget = Budget::new(given).map_err(|error| error.to_string())?;
        let run = ClockRun {
            keep: self.spec.keep,
            stay: self.stay,
            state: State::Running,
            budget: given,
            started: self.now,
            left: budget.whole(),
            from: self.now,
            ran: Vec::new(),
            due: self.now,
            is_provisional: false,
            marks: Vec::new(),
        };
        self.set_due(run)
    }

    fn pause(&self, run: &ClockRun, why: String, review: Option<Date>) -> Result<ClockRun, String> {
        match run.state {
            State::Running if self.now < run.due => {}
            State::Paused { .. } => return Err("is paused already".to_owned()),
            State::Running | State::Out => return Err("has run out".to_owned()),
        }
        if why.trim().is_empty() {
            return Err("is paused without a reason".to_owned());
        }
        if CLOCK_PAUSES_MAX <= run.ran.len() {
            return Err(format!("was paused {CLOCK_PAUSES_MAX} times, which is the most"));
        }
        let review = review.map(|day| self.review(day, self.now)).transpose()?;
        let mut paused = ClockRun {
            left: self.calendar.left(run.from, run.left, self.now),
            from: self.now,
            state: State::Paused { since: self.now, why, review },
            ..run.clone()
        };
        paused.ran.push((run.from, self.now));
        Ok(paused)
    }

    fn review(&self, day: Date, since: Timestamp) -> Result<Review, String> {
        let by = Budget::new(plugin_api::Budget::By(day)).map_err(|error| error.to_string())?;
        let Due { at, is_provisional } = self.calendar.after(since, by);
        Ok(Review { day, at, is_provisional, is_done: !self.spec.review })
    }

    fn resume(&self, run: &ClockRun) -> Result<ClockRun, String> {
        if !matches!(run.state, State::Paused { .. }) {
            return Err("is not paused".to_owned());
        }
        self.set_due(ClockRun { from: self.now, state: State::Running, ..run.clone() })
    }

    fn extend(&self, run: &ClockRun, given: plugin_api::Budget) -> Result<ClockRun, String> {
        // A step that failed and comes late does not outrun the end.
        if run.state == State::Out || (run.state == State::Running && run.due <= self.now) {
            return Err("has run out; an extension comes before that".to_owned());
        }
        let more = Budget::new(given).map_err(|error| error.to_string())?;
        let is_fixed = matches!(given, plugin_api::Budget::By(_) | plugin_api::Budget::Until(_));
        let extended = if is_fixed {
            ClockRun { budget: given, left: more.whole(), from: self.now, ran: Vec::new(), ..run.clone() }
        } else {
            let budget =
                Budget::new(run.budget).and_then(|before| before.plus(more)).map_err(|error| error.to_string())?;
            let left = run.left.plus(more).map_err(|error| error.to_string())?;
            ClockRun { budget: budget.get(), left, ..run.clone() }
        };
        let due = self.calendar.due(extended.from, extended.left);
        if is_fixed && due.at <= run.due {
            return Err(format!("is not extended by an end at {}, which is not after {}", due.at, run.due));
        }
        if let State::Paused { .. } = extended.state {
            return Ok(ClockRun { due: due.at, is_provisional: due.is_provisional, ..extended });
        }
        self.set_due(extended)
    }

    /// With due instant and marks as the calendar has them; marks that lie behind do not ring.
    fn set_due(&self, mut run: ClockRun) -> Result<ClockRun, String> {
        let due = self.calendar.due(run.from, run.left);
        (run.due, run.is_provisional) = (due.at, due.is_provisional);
        run.marks = self.marks(&run)?;
        for ring in &mut run.marks {
            ring.is_done |= ring.at <= self.now;
        }
        Ok(run)
    }

    fn marks(&self, run: &ClockRun) -> Result<Vec<Ring>, String> {
        let budget = Budget::new(run.budget).map_err(|error| error.to_string())?;
        let due = run.due();
        let rings = self.spec.marks.iter().map(|spec| {
            let mark = match spec.at {
                MarkAt::Share(share) => Mark::share(share, 100),
                MarkAt::Before(span) => Budget::new(span).and_then(Mark::before),
                MarkAt::After(span) => Budget::new(span).and_then(Mark::after),
            };
            let mark = mark.map_err(|error| format!("has a mark {:?} with {error}", spec.name))?;
            let at = self.calendar.mark(run.started, due, budget, mark).at;
            Ok(Ring { name: spec.name.as_str().into(), at, is_done: spec.quiet })
        });
        rings.collect()
    }

    /// The clock by another calendar, or another manifest: as if it had been counted so from its start,
    /// but nothing rings twice, and what has run out has run out.
    ///
    /// # Errors
    /// As [`Turning::turn`].
    pub fn recount(&self, run: &ClockRun) -> Result<ClockRun, String> {
        let mut moved = run.clone();
        let whole = Budget::new(run.budget).map_err(|error| error.to_string())?.whole();
        moved.left = run.ran.iter().fold(whole, |left, (from, to)| self.calendar.left(*from, left, *to));
        let due = self.calendar.due(moved.from, moved.left);
        if run.state == State::Out {
            moved.is_provisional &= due.is_provisional;
        } else {
            (moved.due, moved.is_provisional) = (due.at, due.is_provisional);
        }
        if let State::Paused { since, review: Some(review), .. } = &mut moved.state {
            *review = Review { is_done: review.is_done, ..self.review(review.day, *since)? };
        }
        moved.marks = self.marks(&moved)?;
        for ring in &mut moved.marks {
            ring.is_done |= run.marks.iter().any(|before| before.name == ring.name && before.is_done);
        }
        Ok(moved)
    }
}

impl ClockRun {
    /// What comes next, and as of when.
    pub fn next(&self) -> Option<(Timestamp, Moment)> {
        if let State::Paused { review, .. } = &self.state {
            return review.filter(|review| !review.is_done).map(|review| (review.at, Moment::Review));
        }
        let marks =
            self.marks.iter().filter(|ring| !ring.is_done).map(|ring| (ring.at, Moment::Mark(ring.name.clone())));
        let due = (self.state == State::Running).then_some((self.due, Moment::Due));
        // Marks first where both are at the same instant: a warning after the end is no warning.
        due.into_iter().chain(marks).min_by_key(|(at, moment)| (*at, *moment == Moment::Due))
    }

    /// The clock once a moment has come.
    #[must_use]
    pub fn after(mut self, moment: &Moment) -> ClockRun {
        match (moment, &mut self.state) {
            (Moment::Due, state) => *state = State::Out,
            (Moment::Review, State::Paused { review: Some(review), .. }) => review.is_done = true,
            (Moment::Review, _) => {}
            (Moment::Mark(mark), _) => {
                for ring in self.marks.iter_mut().filter(|ring| ring.name == *mark) {
                    ring.is_done = true;
                }
            }
        }
        self
    }

    /// Its lamp at an instant: of the marks it has reached and of its end, the worst.
    pub fn lamp(&self, spec: &ClockSpec, now: Timestamp) -> Lamp {
        let reached = self.lamps(spec).filter(|(from, _)| *from <= now);
        reached.map(|(_, lamp)| lamp).max().unwrap_or(Lamp::Green)
    }

    /// From when on its lamp is at least what, if nobody turns it. One that stands still stays as it is.
    pub fn lamps(&self, spec: &ClockSpec) -> impl Iterator<Item = (Timestamp, Lamp)> {
        let paused = if let State::Paused { since, .. } = self.state { Some(since) } else { None };
        let end = (if self.state == State::Out { Timestamp::MIN } else { self.due }, spec.lamp);
        let of_mark = |ring: &Ring| Some((ring.at, spec.marks.iter().find(|mark| *mark.name == *ring.name)?.lamp?));
        let all = self.marks.iter().filter_map(of_mark).chain([end, (Timestamp::MIN, Lamp::Green)]);
        let lamps: Vec<(Timestamp, Lamp)> = match paused {
            None => all.collect(),
            Some(since) => all.filter(|(at, _)| *at <= since).map(|(_, lamp)| (Timestamp::MIN, lamp)).collect(),
        };
        lamps.into_iter()
    }

    /// How it stands, as a desk sees it.
    pub fn state(&self) -> ClockState {
        match self.state {
            State::Running => ClockState::Running,
            State::Paused { .. } => ClockState::Paused,
            State::Out => ClockState::Out,
        }
    }

    /// When it is due.
    pub fn due(&self) -> Due {
        Due { at: self.due, is_provisional: self.is_provisional }
    }

    /// When its pause is to be looked at again.
    pub fn review(&self) -> Option<Review> {
        if let State::Paused { review, .. } = &self.state { *review } else { None }
    }
}

#[cfg(test)]
mod tests;
