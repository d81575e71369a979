//! Plays a story through the real engine, with a clock that is turned from event to event.
//!
//! Always holds: what runs out between two turns has run out before the second, as of its own
//! instant; a turn that is not done ends the whole play.

use std::collections::HashMap;

use plugin_api::{MatterId, PersonId, Title};
use serde_json::{Map, Value};

use super::story::{Turn, What};
use crate::cli::error::Ended;
use crate::cli::host::local_ms;
use crate::cli::screen::Screen;
use crate::config::Import;
use crate::engine::Engine;
use crate::engine::input::{Act, Answer, Ask, HandClock, Input, Target};

/// Answers come from a commit, and a commit waits for the disk; so many turns share one.
const WAITING_MAX: usize = 32;
/// Refusals that are told: one that led to all the others is among the first.
const REFUSALS_SHOWN_MAX: usize = 20;

/// A play of a story.
pub(super) struct Play<'e> {
    /// The engine.
    pub engine: &'e mut Engine,
    /// Its clock.
    pub clock: &'e HandClock,
    /// Where rows go: the desk, and which of its imports they are of.
    pub rows_to: (&'e str, &'e Import),
    /// For messages.
    pub screen: Screen,
    matters: HashMap<String, MatterId>,
    waiting: Vec<Waiting>,
    refusals: Vec<String>,
}

/// A turn whose answer is not yet there.
struct Waiting {
    spot: String,
    words: String,
    /// The request, if this is its arrival.
    row: Option<String>,
}

impl<'e> Play<'e> {
    pub(super) fn new(
        engine: &'e mut Engine,
        clock: &'e HandClock,
        rows_to: (&'e str, &'e Import),
        screen: Screen,
    ) -> Play<'e> {
        Play { engine, clock, rows_to, screen, matters: HashMap::new(), waiting: Vec::new(), refusals: Vec::new() }
    }

    /// Plays all turns, and gives the instant of the last, in milliseconds since 1970.
    ///
    /// # Errors
    /// Every turn that was refused or failed, with its line.
    pub(super) fn run(mut self, turns: &[Turn]) -> Result<i64, Ended> {
        let mut now_ms = self.engine.now_ms();
        for turn in turns {
            let at_ms = local_ms(self.engine.config(), turn.at)?;
            if self.engine.next_due_ms().is_some_and(|due_ms| due_ms <= at_ms) {
                self.collect();
                self.engine.run_until(self.clock, now_ms, at_ms);
            }
            self.clock.set(at_ms);
            now_ms = at_ms;
            self.take(turn);
            if WAITING_MAX <= self.waiting.len() || self.engine.is_full() {
                self.collect();
            }
        }
        self.collect();
        if self.refusals.is_empty() {
            return Ok(now_ms);
        }
        let count = self.refusals.len();
        self.refusals.truncate(REFUSALS_SHOWN_MAX);
        let lines = self.refusals.join("\n");
        Err(Ended::wanting(Title::new(
            format!("示例中有 {count} 行未能办理：\n{lines}"),
            format!("lines of the example that were not done: {count}\n{lines}"),
        )))
    }

    fn take(&mut self, turn: &Turn) {
        match &turn.what {
            What::Row { source, form } => {
                let (desk, import) = self.rows_to;
                let ask = Ask::Row(act(Target::Desk(desk.to_owned()), &import.action, form));
                let input = Input { ask, by: None, key: Some(import.key_of(source)) };
                self.put(input, Waiting { spot: turn.spot.clone(), words: source.clone(), row: Some(source.clone()) });
            }
            What::Act { by, source, action, form } => {
                if !self.matters.contains_key(source) {
                    self.collect();
                }
                let words = format!("{by} {action} {source}");
                let Some(matter) = self.matters.get(source) else {
                    self.refusals.push(format!("{}: {words}: no such request arrived before", turn.spot));
                    return;
                };
                let ask = Ask::Act(act(Target::Matter(*matter), action, form));
                let input = Input { ask, by: Some(PersonId::new(by.as_str())), key: None };
                self.put(input, Waiting { spot: turn.spot.clone(), words, row: None });
            }
        }
    }

    /// A ticket is the place in `waiting`, from 1: 0 is nobody's.
    fn put(&mut self, input: Input, waiting: Waiting) {
        self.waiting.push(waiting);
        self.engine.take(input, self.waiting.len() as u64);
    }

    /// Commits, and reads the answers.
    fn collect(&mut self) {
        let answers = self.engine.commit();
        let waiting = std::mem::take(&mut self.waiting);
        for (ticket, answer) in answers {
            let at = usize::try_from(ticket).ok().and_then(|ticket| ticket.checked_sub(1));
            let Some(waiting) = at.and_then(|at| waiting.get(at)) else { continue };
            match answer {
                Answer::Done(done) | Answer::Repeated(done) => {
                    let opened = done.matters.iter().find(|matter| matter.opened);
                    let id = opened.and_then(|matter| self.engine.find_matter(&matter.number));
                    if let (Some(row), Some(id)) = (&waiting.row, id) {
                        self.matters.insert(row.clone(), id);
                    }
                }
                Answer::Refused(objections) => {
                    let texts = objections.iter().map(|objection| self.screen.objection(objection));
                    let texts = texts.collect::<Vec<_>>().join("; ");
                    self.refusals.push(format!("{}: {}: {texts}", waiting.spot, waiting.words));
                }
                Answer::Unstored(text) => {
                    self.refusals.push(format!("{}: {}: {}", waiting.spot, waiting.words, text.en))
                }
                Answer::Failed(text) => self.refusals.push(format!("{}: {}: {text}", waiting.spot, waiting.words)),
            }
        }
    }
}

fn act(target: Target, action: &str, form: &Map<String, Value>) -> Act {
    Act { target, action: action.to_owned(), form: form.clone() }
}
