//! A [`Trial`] run: on a store of its own, with a clock that is turned by hand, through the very engine,
//! routes and libraries of the district.
//!
//! Knows what was wanted and what came; how a difference is shown is for the caller.

mod notices;

use std::collections::BTreeSet;
use std::path::Path;

use plugin_api::{MatterId, Objection, Title};
use serde::Serialize;

use crate::config::Config;
use crate::config::trial::{Balance, Deed, Expected, Trial, What};
use crate::district::{District, NotOpened};
use crate::engine::Engine;
use crate::engine::input::{Act, Answer, Ask, HandClock, Input, Target, instant};
use crate::engine::look::{read_head, read_matter};
use crate::ledger::AccountName;
use crate::matter::Head;
use crate::routes::{DeskIx, Facts};
use crate::store::StoreError;
use crate::store::ledger::Span;

/// What a trial came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was otherwise than expected; none if all was as it should be.
    pub differences: Vec<Difference>,
    /// Routes that took a matter.
    pub routes: BTreeSet<String>,
    /// Actions that were done: desk and action.
    pub actions: BTreeSet<(String, String)>,
    /// Schedules that came.
    pub schedules: BTreeSet<String>,
}

/// Something that was otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// After which step of `then`, from 1; 0 after the matter was opened.
    pub step: usize,
    /// Where what was expected stands: file, line and column.
    pub place: String,
    /// What was looked at, as the test names it.
    pub what: String,
    /// What was wanted.
    pub wanted: String,
    /// What came.
    pub got: Title,
}

/// Runs a trial in a folder that is made for it.
///
/// # Errors
/// When the scratch store cannot be made or read.
pub fn run(district: &District, trial: &Trial, folder: &Path) -> Result<Outcome, NotOpened> {
    let config = &*district.config;
    let begin_ms = local_ms(config, trial.at);
    let clock = HandClock::new(begin_ms);
    let engine = district.scratch_engine(folder, clock.clone())?;
    let mut run = Run { config, engine, clock, now_ms: begin_ms, matter: None, step: 0, outcome: Outcome::default() };
    let nothing = Expected::default();
    let deeds: Vec<&Deed> = std::iter::once(&trial.open).chain(&trial.then).collect();
    for (step, deed) in deeds.iter().enumerate() {
        run.step = step;
        let last = if step + 1 == deeds.len() { &trial.expected } else { &nothing };
        let place = [&deed.expected.place, &last.place, &trial.place].into_iter().find(|place| !place.is_empty());
        let refused = deed.expected.refused || last.refused;
        if !run.happen(&deed.what, refused, place.map_or("", String::as_str)) {
            break;
        }
        run.compare(&deed.expected)?;
        run.compare(last)?;
    }
    run.gather()?;
    Ok(run.outcome)
}

struct Run<'c> {
    config: &'c Config,
    engine: Engine,
    clock: HandClock,
    now_ms: i64,
    matter: Option<MatterId>,
    step: usize,
    outcome: Outcome,
}

impl Run<'_> {
    /// Lets one thing happen; whether it makes sense to go on.
    fn happen(&mut self, what: &What, is_refusal_wanted: bool, place: &str) -> bool {
        let to_ms = match what {
            What::Wait(budget) => self.config.calendar.after(instant(self.now_ms), *budget).at.as_millisecond(),
            What::Until(time) => local_ms(self.config, *time),
            What::Act { desk, action, by, form } => {
                let target = match (desk, self.matter) {
                    (Some(desk), _) => Target::Desk(desk.clone()),
                    (None, Some(id)) => Target::Matter(id),
                    (None, None) => return false,
                };
                let on = desk.clone().or_else(|| self.head().map(|head| head.desk.to_string()));
                let act = Act { target, action: action.clone(), form: form.clone() };
                let input = Input { ask: Ask::Act(act), by: by.clone(), key: None };
                return self.act(input, (on.unwrap_or_default(), action), is_refusal_wanted, place);
            }
        };
        if to_ms < self.now_ms {
            self.differ(place, "until", "a later time", Title::new("时间已经过了", "that time has passed already"));
            return false;
        }
        self.engine.run_until(&self.clock, self.now_ms, to_ms);
        self.now_ms = to_ms;
        self.check_failed(place)
    }

    fn act(&mut self, input: Input, (desk, action): (String, &str), is_refusal_wanted: bool, place: &str) -> bool {
        const TICKET: u64 = crate::engine::NO_TICKET + 1;
        self.engine.take(input, TICKET);
        let answers = self.engine.commit();
        self.engine.run_due();
        self.engine.commit();
        let answer = answers.into_iter().find(|(ticket, _)| *ticket == TICKET).map(|(_, answer)| answer);
        match answer {
            Some(Answer::Done(done) | Answer::Repeated(done)) if !is_refusal_wanted => {
                self.outcome.actions.insert((desk, action.to_owned()));
                let first = done.matters.first().and_then(|matter| self.engine.find_matter(&matter.number));
                self.matter = self.matter.or(first);
                self.check_failed(place)
            }
            Some(Answer::Done(_) | Answer::Repeated(_)) => {
                self.differ(place, "refused", "true", Title::new("已办理", "it was done"));
                false
            }
            Some(Answer::Refused(_)) if is_refusal_wanted => true,
            Some(Answer::Refused(objections)) => {
                self.differ(place, "refused", "false", all_words(&objections));
                false
            }
            Some(Answer::Unstored(words)) => {
                self.differ(place, "refused", "false", words);
                false
            }
            Some(Answer::Failed(_)) | None => self.check_failed(place),
        }
    }

    /// A step that failed is told, whatever was expected.
    fn check_failed(&mut self, place: &str) -> bool {
        let failed = self.engine.deliveries().next().map(|row| format!("{}: {}", row.desk, row.error));
        let Some(error) = failed else { return true };
        self.differ(place, "failed", "nothing", Title::new(&error, &error));
        false
    }

    fn head(&self) -> Option<Head> {
        read_head(self.engine.store().reader(), self.matter?).ok()?
    }

    fn differ(&mut self, place: &str, what: &str, wanted: impl Into<String>, got: Title) {
        let difference =
            Difference { step: self.step, place: place.to_owned(), what: what.to_owned(), wanted: wanted.into(), got };
        self.outcome.differences.push(difference);
    }

    fn compare(&mut self, expected: &Expected) -> Result<(), StoreError> {
        let Some(id) = self.matter else { return Ok(()) };
        let reader = self.engine.store().reader();
        let stored = reader.matter(id)?.ok_or_else(|| StoreError::Damaged(format!("there is no matter {id}")))?;
        let matter = read_matter(self.config, reader, &stored, self.now_ms)?;
        let head = crate::store::parse_head(&stored.head)?;
        let place = &expected.place;
        let mut found: Vec<(&str, Option<String>, String)> = vec![
            ("desk", expected.desk.clone(), matter.desk.clone()),
            ("stage", expected.stage.clone(), matter.stage.clone()),
            ("status", expected.status.map(|status| word(&status)), word(&matter.status)),
            ("outcome", expected.outcome.clone(), matter.outcome.clone().unwrap_or_default()),
            ("lamp", expected.lamp.map(|lamp| word(&lamp)), matter.lamp.map_or_else(String::new, |lamp| word(&lamp))),
            ("unrouted", expected.unrouted.map(|is| is.to_string()), head.host.unrouted.to_string()),
        ];
        let took: Vec<String> = reader.events(id, 0)?.into_iter().filter_map(|event| event.route).collect();
        if !expected.route.is_empty() && !is_within(&expected.route, &took) {
            found.push(("route", Some(expected.route.join(" → ")), took.join(" → ")));
        }
        let facts = Facts { topic: "", from: DeskIx(0), kind: &head.kind, place: &head.place, labels: &head.labels };
        let mut differences: Vec<(String, String, String)> = found
            .into_iter()
            .filter_map(|(what, wanted, got)| Some((what.to_owned(), wanted?, got)))
            .filter(|(_, wanted, got)| wanted != got)
            .collect();
        for condition in &expected.labels {
            let value = facts.value(&condition.on);
            if !condition.must.holds(value.as_ref()) {
                let got = value.map_or_else(String::new, |value| value.to_string());
                differences.push((format!("labels.{}", condition.on), condition.must.to_string(), got));
            }
        }
        for balance in &expected.balances {
            let amount = self.balance(balance)?;
            if amount != balance.amount {
                let what = format!("balances.{:?}", balance.name);
                differences.push((what, balance.amount.to_string(), amount.to_string()));
            }
        }
        for (what, wanted, got) in differences {
            self.differ(place, &what, wanted, Title::new(&got, &got));
        }
        self.compare_notices(expected)
    }

    /// What is on an account; nothing where nothing was ever booked.
    fn balance(&self, wanted: &Balance) -> Result<i64, StoreError> {
        let reader = self.engine.store().reader();
        let all = Span { of: (String::new(), None), part: String::new() };
        let (mut from_of, mut from_part) = (String::new(), String::new());
        loop {
            let page = reader.accounts((&wanted.desk, &wanted.class), &all, (&from_of, &from_part))?;
            for account in &page {
                let name = AccountName {
                    desk: wanted.desk.as_str().into(),
                    class: wanted.class.as_str().into(),
                    of: account.of.as_str().into(),
                    part: account.part.as_str().into(),
                };
                if name.to_string() == wanted.name {
                    return Ok(account.balance);
                }
            }
            match page.last() {
                Some(last) if (last.of.as_str(), last.part.as_str()) != (&*from_of, &*from_part) => {
                    (from_of, from_part) = (last.of.clone(), last.part.clone());
                }
                _ => return Ok(0),
            }
        }
    }

    /// What all matters of the trial passed through.
    fn gather(&mut self) -> Result<(), StoreError> {
        let reader = self.engine.store().reader();
        for id in 1..=reader.counters()?.matter {
            self.outcome.routes.extend(reader.events(MatterId(id), 0)?.into_iter().filter_map(|event| event.route));
        }
        for row in reader.schedules()?.into_iter().filter(|row| row.last_ms.is_some()) {
            self.outcome.schedules.insert(row.id.to_string());
        }
        Ok(())
    }
}

/// Whether some texts stand within others in their order.
fn is_within(wanted: &[String], took: &[String]) -> bool {
    let mut rest = took.iter();
    wanted.iter().all(|wanted| rest.any(|took| took == wanted))
}

/// A value as the test writes it.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => other.map(|value| value.to_string()).unwrap_or_default(),
    }
}

fn all_words(objections: &[Objection]) -> Title {
    let all = |of: fn(&Title) -> &str, between: &str| {
        let words = objections.iter().map(|objection| match &objection.field {
            Some(field) => format!("{field}: {}", of(&objection.text)),
            None => of(&objection.text).to_owned(),
        });
        words.collect::<Vec<_>>().join(between)
    };
    Title::new(all(|text| &text.zh, "；"), all(|text| &text.en, "; "))
}

/// A local time of the district; one that its zone leaves out is moved on, one that it has twice is the
/// first.
fn local_ms(config: &Config, time: jiff::civil::DateTime) -> i64 {
    config.zone.to_ambiguous_timestamp(time).compatible().map_or(0, |at| at.as_millisecond())
}
