//! What many routes cost: one event routed among them, and a district with them checked.
//!
//! The example district with its routes for its busiest topic replaced by many, made up from a seed out
//! of its own labels, codes and places. They are as many as [`ROUTES`] for one topic, the worst case of
//! index and proofs.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use plugin_api::field::FieldKind;
use plugin_api::{LabelValue, Labels, PlaceId};
use serde::Serialize;

use super::round;
use crate::cli::error::Ended;
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::config::template::{Template, Use, write_new};
use crate::config::{self, Config};
use crate::district::{NotOpened, check, open_shelf};
use crate::routes::Facts;

const ROUTES: usize = 2_000;
const EVENTS: usize = 2_000;
const ROUNDS: usize = 100;
const SEED: u64 = 20_260_409;
/// The tables of routes begin here; before them stands what the district is.
const FIRST_ROUTE: &str = "\n[[route]]\n";

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    check_ms: f64,
    routes: usize,
    check_of_many_ms: f64,
    route_us: f64,
}

/// A thing that routes look at, and the values it may have.
pub(super) struct Subject {
    pub name: String,
    pub values: Vec<LabelValue>,
}

/// Marsaglia's xorshift: the same district for everybody.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap_or(0)
    }

    pub fn pick<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
}

/// Checks the example, then checks and routes among many.
pub(super) fn measure(root: &Path) -> Result<Figures, Ended> {
    let dir = root.join("routing");
    write_new(&dir, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let program = program()?;
    // The first copies the libraries; who checks a folder again finds them copied.
    check(&dir, &program)?;
    let began = Instant::now();
    check(&dir, &program)?;
    let check_ms = began.elapsed().as_secs_f64() * 1e3;
    let example = load(&dir)?;
    write_many(&dir, &example)?;
    let began = Instant::now();
    let config = load(&dir)?;
    let check_of_many_ms = began.elapsed().as_secs_f64() * 1e3;
    Ok(Figures {
        check_ms: round(check_ms),
        routes: config.routes.len(),
        check_of_many_ms: round(check_of_many_ms),
        route_us: round(route_us(&config, &subjects(&example))),
    })
}

/// What one event among many routes costs, µs.
pub(super) fn measure_one(root: &Path) -> Result<f64, Ended> {
    let dir = root.join("routing");
    write_new(&dir, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let example = load(&dir)?;
    write_many(&dir, &example)?;
    Ok(round(route_us(&load(&dir)?, &subjects(&example))))
}

fn load(dir: &Path) -> Result<Config, Ended> {
    let mut shelf = open_shelf(dir, &program()?)?;
    Ok(config::load(dir, &mut shelf).map_err(NotOpened::Problems)?)
}

/// The labels that any desk has and whose values are few enough to be named.
pub(super) fn subjects(config: &Config) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for (name, field) in config.desks.iter().flat_map(|desk| desk.manifest.label.iter()) {
        let values: Vec<LabelValue> = match &field.kind {
            FieldKind::Choice(values) => values.iter().map(|value| value.name.as_str().into()).collect(),
            FieldKind::Code { list } => config.lists.get(list).0.iter().map(|row| row.code.as_str().into()).collect(),
            FieldKind::Bool => vec![true.into(), false.into()],
            _ => continue,
        };
        if !values.is_empty() && !subjects.iter().any(|subject| subject.name == name) {
            subjects.push(Subject { name: name.to_owned(), values });
        }
    }
    subjects
}

/// Puts many routes in place of the example's.
fn write_many(dir: &Path, example: &Config) -> Result<(), Ended> {
    let main = dir.join("hongling.toml");
    let text = std::fs::read_to_string(&main).map_err(anyhow::Error::from)?;
    let kept = text.split(FIRST_ROUTE).next().unwrap_or_default();
    let count = |topic: &str| example.routes.iter().filter(|route| route.on == topic).count();
    let topic = example.routes.iter().map(|route| route.on.as_str()).max_by_key(|topic| count(topic)).unwrap_or("");
    let to: Vec<&str> = example
        .routes
        .iter()
        .filter(|route| route.on == topic)
        .map(|route| example.desks[route.to.get()].name.as_str())
        .collect();
    let (subjects, places, mut dice) = (subjects(example), example.directory.places(), Dice(SEED));
    let mut many = String::from(kept);
    for nth in 0..ROUTES {
        let mut when: Vec<String> = Vec::new();
        for subject in &subjects {
            let value = shown(dice.pick(&subject.values));
            match dice.below(8) {
                0 => when.push(format!("{} = [{value}, {}]", subject.name, shown(dice.pick(&subject.values)))),
                1 => when.push(format!("{} = {value}", subject.name)),
                2 => when.push(format!("{} = {{ not = {value} }}", subject.name)),
                _ => {}
            }
        }
        if dice.below(2) == 0 {
            when.push(format!("place = \"{}/**\"", dice.pick(places).id));
        }
        let (when, to) = (when.join(", "), to[nth % to.len()]);
        write!(many, "\n[[route]]\nid = \"many-{nth}\"\non = \"{topic}\"\nwhen = {{ {when} }}\nto = \"{to}\"\n")
            .map_err(anyhow::Error::from)?;
    }
    std::fs::write(&main, many).map_err(anyhow::Error::from)?;
    Ok(())
}

/// A value as it is written in TOML.
fn shown(value: &LabelValue) -> String {
    match value {
        LabelValue::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn route_us(config: &Config, subjects: &[Subject]) -> f64 {
    let mut dice = Dice(SEED);
    let Some(first) = config.routes.first() else { return 0.0 };
    let says = |desk: &&config::DeskConfig| desk.manifest.say(&first.on).is_some();
    let sayer = config.desks.iter().find(says).and_then(|desk| config.desk(&desk.name)).unwrap_or(config.open);
    let kinds: Vec<&str> = config.desks[sayer.get()].manifest.kind.iter().map(|kind| kind.name.as_str()).collect();
    let events: Vec<(Labels, PlaceId)> = (0..EVENTS)
        .map(|_| {
            let labels = subjects.iter().map(|subject| (subject.name.clone(), dice.pick(&subject.values).clone()));
            (labels.collect(), dice.pick(config.directory.places()).id.clone())
        })
        .collect();
    let began = Instant::now();
    for _ in 0..ROUNDS {
        for (labels, place) in &events {
            let facts = Facts { topic: &first.on, from: sayer, kind: kinds[0], place, labels };
            black_box(config.routes.find(black_box(facts)));
        }
    }
    began.elapsed().as_secs_f64() * 1e6 / (ROUNDS * EVENTS) as f64
}

pub(super) fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let rows = vec![
        vec![name("检查示例区 毫秒", "check of the example, ms"), figures.check_ms.to_string()],
        vec![name("许多条流转规则", "many routes"), figures.routes.to_string()],
        vec![name("读取并证明它们 毫秒", "loading and proofs of them, ms"), figures.check_of_many_ms.to_string()],
        vec![name("其中流转一次 微秒", "one event routed among them, µs"), figures.route_us.to_string()],
    ];
    draw_table(&["", ">"], &rows)
}
