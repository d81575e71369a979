//! `explain`: why a matter is where it is, or where an event would go.
//!
//! Decides nothing: it tells the decisions of the router, each by the config that was in force, and
//! where today's config would decide otherwise.

mod event;
mod told;

use std::collections::BTreeMap;

use clap::Args;
use plugin_api::Title;
use serde_json::{Value, json};

use crate::cli::error::Ended;
use crate::cli::screen::Screen;
use crate::cli::{NamedFolder, named, program};
use crate::config::{self, Config, load, load_kept};
use crate::district::{NotOpened, exercise_ms, find_and_open_shelf};
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::look::{Explained, explain, read_head};
use crate::engine::schedules::schedule_of;
use crate::plugins::Shelf;
use crate::store::{JournalEvent, Reader, open_reading};
use crate::words::Words;

use told::{draw_step, why};

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter · 事项编号
    #[arg(required_unless_present = "topic")]
    number: Option<String>,
    /// Instead of a matter: where an event of this topic would go · 不看事项，而是看这种记录会转到哪里
    #[arg(long = "event", visible_alias = "topic", value_name = "TOPIC")]
    topic: Option<String>,
    /// The desk that says it · 由哪个业务台发出
    #[arg(long, requires = "topic")]
    from: Option<String>,
    /// Kind of the matter; else the first of that desk · 事项的类别；不写就是该业务台的第一类
    #[arg(long, requires = "topic")]
    kind: Option<String>,
    /// Place of the matter · 事项的区域
    #[arg(long, requires = "topic")]
    place: Option<String>,
    /// A label of the matter, NAME=VALUE; repeat for more · 事项的标签，名称=值；可写多个
    #[arg(long = "label", value_name = "NAME=VALUE", requires = "topic")]
    labels: Vec<String>,
}

/// A step of a matter's way, and the config it is told by.
struct Step<'c> {
    row: JournalEvent,
    explained: Option<Explained>,
    /// The schedule that led to it, said with the first event of its input.
    schedule: Option<String>,
    config: &'c Config,
    /// Which of the configs on this way, from 1, and whether it is today's.
    version: (usize, bool),
}

impl Explain {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let (folder, mut shelf) = find_and_open_shelf(&self.folder.dir, &program()?)?;
        let config = load(&folder, &mut shelf).map_err(NotOpened::Problems)?;
        match &self.number {
            Some(number) => explain_matter(screen, &config, number, &mut shelf),
            None => self.explain_event(screen, &config),
        }
    }
}

fn explain_matter(screen: Screen, config: &Config, number: &str, shelf: &mut Shelf) -> Result<(), Ended> {
    let db = open_reading(&config.data)?;
    let reader = db.reader();
    let id = named::matter(reader, number)?;
    let head = read_head(reader, id)?.ok_or_else(|| named::no_matter(number))?;
    let mut rows = Vec::new();
    loop {
        let page = reader.events(id, rows.last().map_or(0, |row: &JournalEvent| row.seq))?;
        if page.is_empty() {
            break;
        }
        rows.extend(page);
    }
    let hashes = hashes(reader, &rows)?;
    let kept = kept_configs(reader, config, &hashes, shelf)?;
    let mut steps = Vec::new();
    for (row, hash) in rows.into_iter().zip(&hashes) {
        let then = hash.as_ref().and_then(|hash| kept.get(hash)?.as_ref()).unwrap_or(config);
        let explained = explain(config, (hash.as_deref(), then), &row)?;
        let version = hash.as_ref().map_or((0, true), |hash| (version_of(&hashes, hash), *hash == config.hash));
        let is_first = steps.last().is_none_or(|before: &Step<'_>| before.row.input != row.input);
        let schedule = if is_first { schedule_of(reader, row.input)? } else { None };
        steps.push(Step { row, explained, schedule, config: then, version });
    }
    let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
    let words = Words { config, day: config.day_of(now_ms) };
    let why = why(words, &head, &steps);
    let data: Vec<Value> = steps.iter().map(step_value).collect();
    let now = json!({ "number": head.number, "desk": head.desk, "stage": head.stage, "status": head.status,
        "unrouted": head.host.unrouted, "labels": head.labels, "steps": data, "why": why });
    screen.print(&now, || draw(screen, words, &steps, &why))?;
    Ok(())
}

/// For each event the hash of the config it was said under.
fn hashes(reader: Reader<'_>, rows: &[JournalEvent]) -> Result<Vec<Option<String>>, Ended> {
    let mut of_input: BTreeMap<u64, Option<String>> = BTreeMap::new();
    for row in rows {
        if let std::collections::btree_map::Entry::Vacant(place) = of_input.entry(row.input) {
            place.insert(reader.config_of(row.input)?);
        }
    }
    Ok(rows.iter().map(|row| of_input[&row.input].clone()).collect())
}

/// The configs of a way other than today's; nothing of one that today's libraries no longer fit.
fn kept_configs(
    reader: Reader<'_>,
    today: &Config,
    hashes: &[Option<String>],
    shelf: &mut Shelf,
) -> Result<BTreeMap<String, Option<Config>>, Ended> {
    let mut kept = BTreeMap::new();
    for hash in hashes.iter().flatten().filter(|hash| **hash != today.hash) {
        if !kept.contains_key(hash) {
            let files = reader.version(hash)?.and_then(|files| config::kept::read(&files).ok());
            kept.insert(hash.clone(), files.and_then(|files| load_kept(files, &today.folder, shelf).ok()));
        }
    }
    Ok(kept)
}

/// Which of the configs on a way, in the order they came into force, from 1.
fn version_of(hashes: &[Option<String>], hash: &str) -> usize {
    let mut seen: Vec<&str> = Vec::new();
    for other in hashes.iter().flatten() {
        if !seen.contains(&other.as_str()) {
            seen.push(other);
        }
    }
    seen.iter().position(|other| *other == hash).map_or(0, |at| at + 1)
}

fn step_value(step: &Step<'_>) -> Value {
    let row = &step.row;
    let said: Option<Value> = row.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
    json!({ "seq": row.seq, "event": row.seq, "desk": row.desk, "topic": row.topic, "data": said, "route": row.route,
        "schedule": step.schedule, "tried": step.explained.as_ref().map_or(&[][..], |explained| &explained.tried), "decision": step.explained })
}

fn draw(screen: Screen, words: Words<'_>, steps: &[Step<'_>], why: &Title) -> String {
    let mut lines = Vec::new();
    let several = steps.iter().any(|step| step.version != steps[0].version);
    let mut version = (0, true);
    for step in steps {
        if several && step.version != version {
            version = step.version;
            lines.push(told::draw_version(screen, version));
        }
        lines.extend(step.schedule.as_ref().map(|id| told::draw_schedule(screen, step.config, id)));
        lines.extend(draw_step(screen, Words { config: step.config, ..words }, &step.row, step.explained.as_ref()));
    }
    lines.push(String::new());
    lines.push(screen.pick(why).to_owned());
    lines.join("\n")
}
