//! The tests of a district folder: every name in them is one that desks, routes and tables have.

mod notices;

use jiff::civil::{Date, DateTime, date};
use plugin_api::manifest::Action;
use plugin_api::matter::Lamp;
use plugin_api::{PersonId, Status, Title};
use serde_json::{Map, Value};

use super::super::problem::{Remarks, named, quoted};
use super::super::raw::Raw;
use super::super::raw::datum::{Datum, Entries, integer_word};
use super::super::raw::reader::must_be;
use super::super::raw::trials::{RawDeed, RawExpected, RawTrial};
use super::super::source::{Located, Sources};
use super::super::trial::{Balance, Deed, Expected, Trial, What};
use super::conditions::Conditions;
use super::form::{field_value, find_field};
use super::look::Look;
use super::vocabulary::Vocabulary;
use crate::calendar::{Budget, Calendar};
use crate::routes::DeskIx;

const STATUSES: [(&str, Status); 3] = [("open", Status::Open), ("closed", Status::Closed), ("joined", Status::Joined)];
const LAMPS: [(&str, Lamp); 4] =
    [("green", Lamp::Green), ("blue", Lamp::Blue), ("yellow", Lamp::Yellow), ("red", Lamp::Red)];
/// A test that says no time begins at nine.
const HOUR: i8 = 9;

/// Reads the tests; what is wrong in them is remarked.
pub(super) struct Trials<'c, 'm> {
    pub(super) raw: &'c Raw,
    pub(super) vocabulary: &'c Vocabulary<'m>,
    pub(super) look: &'c Look<'c>,
    pub(super) calendar: &'c Calendar,
    pub(super) sources: &'c Sources,
    /// The desk that reports go to.
    pub(super) open: DeskIx,
}

impl Trials<'_, '_> {
    /// All tests that can be told.
    pub(super) fn resolve(&self, remarks: &mut Remarks) -> Vec<Trial> {
        self.raw.trials.iter().filter_map(|raw| self.trial(raw, remarks)).collect()
    }

    fn trial(&self, raw: &RawTrial, remarks: &mut Remarks) -> Option<Trial> {
        let at = match &raw.at {
            Some(at) => moment("at", at, remarks),
            None => Some(first_workday(self.calendar).at(HOUR, 0, 0, 0)),
        };
        let by = self.person(raw.by.as_ref(), remarks);
        let then = raw.then.iter().filter_map(|raw| self.deed(raw, remarks)).collect();
        let expected = raw.expect.as_ref().map(|raw| self.expected(raw, remarks)).unwrap_or_default();
        let manifest = self.vocabulary.manifest(self.open)?;
        // One without has been remarked where it is named.
        let action = manifest.action.iter().find(|action| action.on == "desk")?;
        self.check_form(&raw.open, &[action], remarks);
        let open = What::Act {
            desk: Some(self.vocabulary.name(self.open).to_owned()),
            action: action.name.clone(),
            by,
            form: form(&raw.open),
        };
        Some(Trial {
            name: raw.name.as_ref()?.value.clone(),
            place: self.sources.place_of(raw.spot),
            at: at?,
            open: Deed { what: open, expected: Expected::default() },
            then,
            expected,
        })
    }

    fn deed(&self, raw: &RawDeed, remarks: &mut Remarks) -> Option<Deed> {
        let what = match (&raw.act, &raw.wait, &raw.until) {
            (Some(act), None, None) => self.act(act, raw, remarks)?,
            (None, Some(wait), None) => match wait.value.parse() {
                // A span that reads is within bounds.
                Ok(budget) => What::Wait(Budget::new(budget).ok()?),
                Err(why) => {
                    let (zh, en) = (named(&wait.value), quoted(&wait.value));
                    remarks.error(wait.spot, format!("wait {zh}{}", why.zh), format!("wait {en} {}", why.en));
                    return None;
                }
            },
            (None, None, Some(until)) => What::Until(moment("until", until, remarks)?),
            _ => {
                remarks
                    .error(raw.spot, "then 的每一步只能做一件事", "each step of \"then\" does one thing")
                    .hint("写 act、wait、until 三者之一", "write one of \"act\", \"wait\" and \"until\"");
                return None;
            }
        };
        let expected = raw.expect.as_ref().map(|raw| self.expected(raw, remarks)).unwrap_or_default();
        Some(Deed { what, expected })
    }

    fn act(&self, name: &Located<String>, raw: &RawDeed, remarks: &mut Remarks) -> Option<What> {
        let desk = raw.desk.as_ref().map(|desk| (desk, self.vocabulary.desk(desk, remarks)));
        let on_desk = match desk {
            None => None,
            Some((_, None)) => return None,
            Some((desk, Some(ix))) => Some((desk.value.clone(), ix)),
        };
        let desks = self.vocabulary.known().filter(|(ix, _)| on_desk.as_ref().is_none_or(|(_, at)| at == ix));
        let known: Vec<&Action> = desks.flat_map(|(_, manifest)| &manifest.action).collect();
        let fitting: Vec<&Action> = known.iter().copied().filter(|action| action.name == name.value).collect();
        if fitting.is_empty() && self.vocabulary.is_complete {
            remarks
                .error(
                    name.spot,
                    format!("没有操作{}", named(&name.value)),
                    format!("unknown action {}", quoted(&name.value)),
                )
                .suggest(&name.value, known.iter().map(|action| action.name.as_str()));
            return None;
        }
        self.check_form(&raw.form, &fitting, remarks);
        let by = self.person(raw.by.as_ref(), remarks);
        Some(What::Act { desk: on_desk.map(|(name, _)| name), action: name.value.clone(), by, form: form(&raw.form) })
    }

    /// Where several desks have an action of this name, which one is meant shows when it runs.
    fn check_form(&self, given: &Entries, actions: &[&Action], remarks: &mut Remarks) {
        let [action] = actions else { return };
        for (name, item) in given {
            if let Some(field) = find_field(name, action, remarks) {
                field_value(name, item, field, self.look, remarks);
            }
        }
    }

    fn person(&self, given: Option<&Located<String>>, remarks: &mut Remarks) -> Option<PersonId> {
        let given = given?;
        let known = self.look.directory.resolve_person(&given.value);
        if known.is_none() {
            let Title { zh, en } = self.look.directory.no_person(&given.value);
            remarks.error(given.spot, zh, en);
        }
        known.map(|person| person.id.clone())
    }

    fn expected(&self, raw: &RawExpected, remarks: &mut Remarks) -> Expected {
        if let Some(desk) = &raw.desk {
            self.vocabulary.desk(desk, remarks);
        }
        if let Some(stage) = &raw.stage {
            self.check_stage(stage, remarks);
        }
        let known = self.raw.routes.iter().filter_map(|route| route.id.as_ref()).map(|id| id.value.as_str());
        let known: Vec<&str> = known.collect();
        for route in raw.route.iter().filter(|route| !known.contains(&route.value.as_str())) {
            let (zh, en) = (named(&route.value), quoted(&route.value));
            remarks
                .error(route.spot, format!("没有流转规则{zh}"), format!("unknown route {en}"))
                .suggest(&route.value, known.iter().copied());
        }
        let text = |given: &Option<Located<String>>| given.as_ref().map(|given| given.value.clone());
        let conditions = Conditions { vocabulary: self.vocabulary, look: self.look };
        Expected {
            place: self.sources.place_of(raw.spot),
            desk: text(&raw.desk),
            stage: text(&raw.stage),
            status: one_of("status", raw.status.as_ref(), &STATUSES, remarks),
            outcome: text(&raw.outcome),
            lamp: one_of("lamp", raw.lamp.as_ref(), &LAMPS, remarks),
            unrouted: raw.unrouted.as_ref().map(|given| given.value),
            labels: conditions.resolve(&raw.labels, remarks),
            route: raw.route.iter().map(|route| route.value.clone()).collect(),
            balances: raw.balances.iter().filter_map(|(name, item)| self.balance(name, item, remarks)).collect(),
            refused: raw.refused.as_ref().is_some_and(|given| given.value),
            notices: raw
                .notices
                .as_ref()
                .map(|notices| notices.iter().filter_map(|raw| self.notified(raw, remarks)).collect()),
        }
    }

    fn check_stage(&self, stage: &Located<String>, remarks: &mut Remarks) {
        let stages = self.vocabulary.known().flat_map(|(_, manifest)| &manifest.kind).flat_map(|kind| &kind.stages);
        let known: Vec<&str> = stages.map(|stage| stage.name.as_str()).collect();
        if self.vocabulary.is_complete && !known.contains(&stage.value.as_str()) {
            let (zh, en) = (named(&stage.value), quoted(&stage.value));
            remarks
                .error(stage.spot, format!("没有环节{zh}"), format!("unknown stage {en}"))
                .suggest(&stage.value, known);
        }
    }

    fn balance(&self, name: &Located<String>, item: &Located<Datum>, remarks: &mut Remarks) -> Option<Balance> {
        let Datum::Integer(amount) = item.value else {
            must_be(&name.value, &integer_word(), &item.value.word(), item.spot, remarks);
            return None;
        };
        let path = name.value.split('(').next().unwrap_or_default();
        let (desk, class) = path.split_once('/').unwrap_or((path, ""));
        let ix = self.vocabulary.desk(&Located { value: desk.to_owned(), spot: name.spot }, remarks)?;
        let classes = self.vocabulary.manifest(ix)?.account.iter().map(|account| account.class.as_str());
        let classes: Vec<&str> = classes.collect();
        if !classes.contains(&class) {
            remarks
                .error(
                    name.spot,
                    format!("业务台“{desk}”没有账户类别{}", named(class)),
                    format!("desk {desk:?} has no account class {}", quoted(class)),
                )
                .suggest(class, classes);
            return None;
        }
        Some(Balance { desk: desk.to_owned(), class: class.to_owned(), name: name.value.clone(), amount })
    }
}

fn form(given: &Entries) -> Map<String, Value> {
    given.iter().map(|(name, item)| (name.value.clone(), item.value.json())).collect()
}

fn moment(key: &str, given: &Located<String>, remarks: &mut Remarks) -> Option<DateTime> {
    let parsed = given.value.parse().ok();
    if parsed.is_none() {
        let (zh, en) = (named(&given.value), quoted(&given.value));
        remarks
            .error(given.spot, format!("{key} {zh}不是日期时间"), format!("{key} {en} is no date and time"))
            .hint("写成 \"2026-03-02 09:00\"", "write \"2026-03-02 09:00\"");
    }
    parsed
}

fn one_of<T: Copy>(
    key: &str,
    given: Option<&Located<String>>,
    known: &[(&str, T)],
    remarks: &mut Remarks,
) -> Option<T> {
    let given = given?;
    let found = known.iter().find(|(name, _)| *name == given.value);
    if found.is_none() {
        let (zh, en) = (named(&given.value), quoted(&given.value));
        remarks
            .error(given.spot, format!("{key} 没有{zh}这种写法"), format!("{key} {en} is not known"))
            .suggest(&given.value, known.iter().map(|(name, _)| *name));
    }
    found.map(|(_, value)| *value)
}

/// The first day that is worked in the last year whose days are known, so that nothing is provisional.
fn first_workday(calendar: &Calendar) -> Date {
    let year = calendar.years().map_or(2026, |years| *years.end());
    let mut day = date(year, 1, 1);
    while !calendar.is_workday(day) {
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => return day,
        }
    }
    day
}
