//! A table's rows put into the engine, in batches, each row answered after its commit.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::Date;
use plugin_api::{MatterId, Objection, PersonId, Title};
use serde::Serialize;

use super::mapping::Mapping;
use super::sheet::{NoTable, Progress, Row, Sheet};
use crate::config::Config;
use crate::config::known::Known;
use crate::district::exercise_ms;
use crate::engine::Engine;
use crate::engine::input::{Act, Answer, Ask, Input, Target, instant};
use crate::limits::TABLE_ROWS_MAX;
use crate::store::StoreError;

/// Rows that wait for one commit; their cells are kept until it is known that they are good.
const WAITING_MAX: usize = 256;

/// What became of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Rows that were not empty.
    pub rows: u64,
    /// Rows that are in now.
    pub opened: u64,
    /// Rows that were in before.
    pub repeated: u64,
    /// Rows that must be mended.
    pub refused: u64,
}

/// The store takes no more rows. What was put in stands; no row is the worse for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .text.en)]
pub struct Unstored {
    /// What to tell.
    pub text: Title,
    /// Rows read so far.
    pub rows: u64,
}

/// Takes every row that must be mended.
pub type EachBad<'a> = &'a mut dyn FnMut(&Row, &[Objection]) -> anyhow::Result<()>;

/// What takes rows: an engine at hand, or the way to one that runs.
pub trait Taking {
    /// The config in force.
    fn config(&self) -> &Config;

    /// The district's instant, in milliseconds since 1970.
    fn now_ms(&self) -> i64;

    /// What the clock of an exercise shows, if it is one.
    ///
    /// # Errors
    /// When the store does not tell.
    fn exercise_ms(&self) -> Result<Option<i64>, StoreError>;

    /// The matter of a number.
    fn find_matter(&self, number: &str) -> Option<MatterId>;

    /// Takes an input, to be answered under this ticket at the next commit.
    fn take(&mut self, input: Input, ticket: u64);

    /// Whether a commit is due before it takes more.
    fn is_full(&self) -> bool;

    /// Commits what was taken and gives the answers by ticket.
    fn commit(&mut self) -> Vec<(u64, Answer)>;

    /// Does what is due, where nobody else does.
    fn run_due(&mut self);
}

impl Taking for Engine {
    fn config(&self) -> &Config {
        Engine::config(self)
    }

    fn now_ms(&self) -> i64 {
        Engine::now_ms(self)
    }

    fn exercise_ms(&self) -> Result<Option<i64>, StoreError> {
        exercise_ms(self.store().reader())
    }

    fn find_matter(&self, number: &str) -> Option<MatterId> {
        Engine::find_matter(self, number)
    }

    fn take(&mut self, input: Input, ticket: u64) {
        Engine::take(self, input, ticket);
    }

    fn is_full(&self) -> bool {
        Engine::is_full(self)
    }

    fn commit(&mut self) -> Vec<(u64, Answer)> {
        Engine::commit(self)
    }

    fn run_due(&mut self) {
        Engine::run_due(self);
    }
}

/// Puts the rows of one table into an engine.
pub struct Importing<'a> {
    engine: &'a mut dyn Taking,
    mapping: &'a Mapping<'a>,
    desk: &'a str,
    by: Option<PersonId>,
    /// What the clock of an exercise shows.
    exercise: Option<Timestamp>,
    waiting: Vec<(Row, Fate)>,
    tally: Tally,
    bad: EachBad<'a>,
}

/// What is known of a row that waits.
enum Fate {
    /// The engine has it.
    Taken,
    /// It never got there.
    Bad(Vec<Objection>),
}

impl<'a> Importing<'a> {
    /// For rows of a desk's import, put in by a person or by nobody.
    pub fn new(
        engine: &'a mut dyn Taking,
        mapping: &'a Mapping<'a>,
        desk: &'a str,
        by: Option<PersonId>,
        bad: EachBad<'a>,
    ) -> Importing<'a> {
        Importing { engine, mapping, desk, by, exercise: None, waiting: Vec::new(), tally: Tally::default(), bad }
    }

    /// Puts every row in.
    ///
    /// # Errors
    /// When bad rows cannot be written, and [`Unstored`] when the store takes none; what was put in
    /// stands.
    pub fn run(mut self, sheet: &mut Sheet, progress: &mut dyn FnMut(Progress)) -> anyhow::Result<Tally> {
        self.engine.run_due();
        self.exercise = self.engine.exercise_ms()?.map(instant);
        let mut failed = None;
        let mut last = 1;
        let read = sheet.for_each_row(&mut |row, at| {
            progress(at);
            last = row.number;
            match self.put(row) {
                Ok(flow) => flow,
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        if let Err(NoTable(text)) = read {
            let row = Row { number: last + 1, cells: Vec::new(), damage: Some(text) };
            // It is the last row, so it does not matter whether one more is wanted.
            let _ = self.put(row)?;
        }
        if let Some(error) = failed {
            return Err(error);
        }
        self.commit()?;
        // What was due or worked out at the end stands too.
        self.engine.commit();
        Ok(self.tally)
    }

    fn put(&mut self, mut row: Row) -> anyhow::Result<ControlFlow<()>> {
        let is_over = TABLE_ROWS_MAX as u64 <= self.tally.rows;
        if is_over {
            row.damage = Some(Title::new(
                format!("超过 {TABLE_ROWS_MAX} 行，从这一行起没有读；请分成几个表"),
                format!("more than {TABLE_ROWS_MAX} rows; from this one on they were not read; divide the table"),
            ));
        }
        self.tally.rows += 1;
        let filled = self.mapping.fill(&row);
        let fate = if filled.objections.is_empty() {
            let form = filled.form;
            let act =
                Act { target: Target::Desk(self.desk.to_owned()), action: self.mapping.import.action.clone(), form };
            let key = filled.key.map(|key| self.mapping.import.key_of(&key));
            let input = Input { ask: Ask::Row(act), by: self.by.clone(), key };
            self.engine.take(input, self.waiting.len() as u64 + 1);
            Fate::Taken
        } else {
            let find_matter = |number: &str| self.engine.find_matter(number);
            let known = Known {
                config: self.engine.config(),
                day: self.today(),
                find_matter: &find_matter,
                find_file: &|_| None,
            };
            let all = self.mapping.check(&filled, &known).err().unwrap_or(filled.objections);
            Fate::Bad(all)
        };
        self.waiting.push((row, fate));
        if self.engine.is_full() || WAITING_MAX <= self.waiting.len() || is_over {
            self.commit()?;
        }
        Ok(if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn today(&self) -> Date {
        self.engine.config().day_of(self.engine.now_ms())
    }

    /// Objections that call a row by the number its table has: the engine knows it by that and the import.
    fn as_numbered(&self, row: &Row, mut objections: Vec<Objection>) -> Vec<Objection> {
        let Some(number) = self.mapping.number_of(row) else { return objections };
        let key = self.mapping.import.key_of(&number);
        for Objection { text, .. } in &mut objections {
            text.zh = text.zh.replace(&format!("“{key}”"), &format!("“{number}”"));
            text.en = text.en.replace(&format!("{key:?}"), &format!("{number:?}"));
        }
        objections
    }

    /// In an exercise, what a desk refuses as lying in the future may only want its clock turned.
    fn with_clock(&self, row: &Row, mut objections: Vec<Objection>) -> Vec<Objection> {
        let Some(now) = self.exercise else { return objections };
        let form = self.mapping.fill(row).form;
        let config = self.engine.config();
        let known = Known { config, day: self.today(), find_matter: &|_| None, find_file: &|_| None };
        let moment = |name: &String| {
            let value = self.mapping.fields.get(name)?.parse(form.get(name)?, &known).ok()?;
            value.as_str()?.parse::<Timestamp>().ok()
        };
        for Objection { field, text, .. } in &mut objections {
            let Some(at) = field.as_ref().and_then(moment).filter(|at| now < *at) else { continue };
            let shown = |instant: Timestamp| config.zone.to_datetime(instant).strftime("%Y-%m-%dT%H:%M").to_string();
            let minute = jiff::SignedDuration::from_mins(1);
            let (now, later, folder) =
                (shown(now), shown(at.saturating_add(minute).unwrap_or(at)), config.folder.display());
            text.zh += &format!("；这是演练，时钟停在 {now}，可先拨过去：hongling tick {folder} --to {later}");
            text.en +=
                &format!("; this exercise's clock stands at {now}: `hongling tick {folder} --to {later}` moves it");
        }
        objections
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        let mut answers: HashMap<u64, Answer> = self.engine.commit().into_iter().collect();
        for (ticket, (row, fate)) in (1..).zip(std::mem::take(&mut self.waiting)) {
            let objections = match fate {
                Fate::Bad(objections) => objections,
                Fate::Taken => match answers.remove(&ticket) {
                    Some(Answer::Done(_)) => {
                        self.tally.opened += 1;
                        continue;
                    }
                    Some(Answer::Repeated(_)) => {
                        self.tally.repeated += 1;
                        continue;
                    }
                    Some(Answer::Refused(objections)) => self.with_clock(&row, self.as_numbered(&row, objections)),
                    Some(Answer::Failed(text)) => vec![failed(&text)],
                    Some(Answer::Unstored(text)) => return Err(Unstored { text, rows: self.tally.rows }.into()),
                    None => vec![failed("no answer")],
                },
            };
            self.tally.refused += 1;
            (self.bad)(&row, &objections)?;
        }
        // Clocks that ran out meanwhile are not kept waiting by a long table.
        self.engine.run_due();
        Ok(())
    }
}

/// The desk's words are for the operator, who finds them under `parked`.
fn failed(text: &str) -> Objection {
    tracing::warn!(error = text, "A row of a table failed.");
    Objection::new(
        "业务台没有办成这一行，请管理员查看“异常待处理”（hongling parked）；不要再导入这一行",
        "the desk failed on this row; the operator should look at `hongling parked`; do not import it again",
    )
}
