//! Commands about the host itself: a new folder, its checks, running, and what waits.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;
use serde_json::json;

use super::error::Ended;
use super::matters::put;
use super::screen::{Screen, draw_table, local};
use super::{Folder, NamedFolder, program};
use crate::config::template::{Template, Use, write_new};
use crate::config::{Config, Severity};
use crate::district::{DataLock, District, NotOpened, exercise_ms, set_exercise};
use crate::engine::input::{Ask, HandClock, Input, instant};
use crate::engine::runner::Runner;
use crate::limits::{self, TICK_DAYS_MAX};
use crate::store::{Reader, Store, open_reading};

/// `init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to make
    dir: PathBuf,
    /// An exercise: its clock starts at this local time and only `tick` moves it
    #[arg(long, value_name = "TIME")]
    exercise: Option<DateTime>,
    /// With the example district's people, compounds and houses
    #[arg(long, value_name = "WHAT", value_parser = ["demo"])]
    from: Option<String>,
}

/// `check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    folder: Folder,
}

/// `run`
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    folder: Folder,
    /// Settle what is ready and stop
    #[arg(long)]
    once: bool,
}

/// `status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    folder: Folder,
}

/// `parked`
#[derive(Debug, Args)]
pub(crate) struct Parked {
    #[command(flatten)]
    folder: Folder,
}

/// `retry`
#[derive(Debug, Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    folder: NamedFolder,
    /// Which, as `parked` numbers them
    id: u64,
}

/// `move`
#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter
    number: String,
    /// Name of the desk
    desk: String,
}

/// `tick`
#[derive(Debug, Args)]
pub(crate) struct Tick {
    #[command(flatten)]
    folder: Folder,
    /// Local time to turn the exercise's clock to
    #[arg(long, value_name = "TIME")]
    to: DateTime,
}

impl Init {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let template = if self.from.is_some() { Template::Demo } else { Template::Plain };
        let usage = if self.exercise.is_some() { Use::Exercise } else { Use::Live };
        write_new(&self.dir, template, usage).map_err(Ended::Wanting)?;
        if let Some(time) = self.exercise {
            let district = District::open(&self.dir, &program()?)?;
            let _lock = DataLock::take(&district.config.data)?;
            let store = Store::open(&district.config.data)?;
            set_exercise(&store, local_ms(&district.config, time)?)?;
        }
        let dir = self.dir.display().to_string();
        screen.print(&json!({ "folder": dir }), || match screen.lang {
            super::Lang::Zh => format!("已建好 {dir}：先看 hongling.toml，再运行 hongling check {dir}"),
            super::Lang::En => format!("made {dir}: read its hongling.toml, then run `hongling check {dir}`"),
        })?;
        Ok(())
    }
}

impl Check {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let (problems, warnings) = match District::open(&self.folder.dir, &program()?) {
            Ok(district) => (district.config.warnings.clone(), district.shelf.warnings()),
            Err(NotOpened::Problems(problems)) => (problems, Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let told: Vec<_> = problems.iter().map(|problem| problem.told(|words| screen.pick(words))).collect();
        let summary = json!({ "errors": errors, "problems": told, "warnings": warnings });
        screen.print(&summary, || {
            let mut lines = warnings.clone();
            lines.extend(problems.iter().map(|problem| problem.render(|words| screen.pick(words))));
            if problems.is_empty() {
                lines.push(screen.words("没有发现问题", "no problems").to_owned());
            }
            lines.join("\n")
        })?;
        if errors == 0 {
            return Ok(());
        }
        Err(Ended::Wrong(match screen.lang {
            super::Lang::Zh => format!("{errors} 个错误"),
            super::Lang::En if errors == 1 => "1 error".to_owned(),
            super::Lang::En => format!("{errors} errors"),
        }))
    }
}

impl Run {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        for warning in district.shelf.warnings() {
            eprintln!("{warning}");
        }
        let (mut engine, _lock) = district.engine()?;
        if self.once {
            let ran = engine.run_due();
            engine.commit();
            let counts = count_places(engine.store().reader(), &district.config)?;
            let parked = engine.deliveries().filter(|delivery| delivery.due_ms.is_none()).count();
            let summary = json!({ "ran": ran, "desks": counts, "clocks": engine.clocks().len(), "parked": parked });
            return Ok(screen.print(&summary, || draw_counts(screen, &district.config, &counts))?);
        }
        screen.say("红领已启动；按 Ctrl-C 停止", "Hongling runs; Ctrl-C stops it");
        let runner = Runner::start(engine).map_err(anyhow::Error::from)?;
        // Clocks fire and failed steps are tried again until somebody stops the host, which at any
        // moment loses nothing (I1).
        let stopped = "the engine has stopped; see the log, then start the host again";
        runner.wait().map_err(|_| Ended::Wrong(stopped.to_owned()))
    }
}

#[derive(Clone, Debug, Serialize)]
struct DeskCount {
    desk: String,
    open: u64,
    closed: u64,
    unrouted: u64,
}

fn count_places(reader: Reader<'_>, config: &Config) -> Result<Vec<DeskCount>, Ended> {
    let key = |head: &crate::matter::Head| format!("{}\n{:?}\n{}", head.desk, head.status, head.host.unrouted);
    let counts = reader.count(&plugin_api::MatterFilter::default(), &|_| true, &key)?;
    let mut desks: Vec<String> = config.desks.iter().map(|desk| desk.name.clone()).collect();
    for key in counts.keys() {
        let name = key.split('\n').next().unwrap_or_default();
        if !desks.iter().any(|desk| desk == name) {
            desks.push(name.to_owned());
        }
    }
    let sum = |desk: &str, fits: &dyn Fn(&str, &str) -> bool| -> u64 {
        let of_desk = counts.iter().filter_map(|(key, count)| {
            let mut parts = key.split('\n');
            let is_here = parts.next() == Some(desk);
            let (status, unrouted) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            (is_here && fits(status, unrouted)).then_some(*count)
        });
        of_desk.sum()
    };
    Ok(desks
        .into_iter()
        .map(|desk| DeskCount {
            open: sum(&desk, &|status, _| status == "Open"),
            closed: sum(&desk, &|status, _| status != "Open"),
            unrouted: sum(&desk, &|_, unrouted| unrouted == "true"),
            desk,
        })
        .collect())
}

fn draw_counts(screen: Screen, config: &Config, counts: &[DeskCount]) -> String {
    let rows: Vec<Vec<String>> = counts
        .iter()
        .map(|count| {
            let title = config.desk(&count.desk).map(|desk| screen.pick(&config.desks[desk.get()].title).to_owned());
            let gone = screen.words("（已不在配置中）", " (not in the config)");
            let title = title.unwrap_or_else(|| format!("{}{gone}", count.desk));
            vec![title, count.open.to_string(), count.closed.to_string(), count.unrouted.to_string()]
        })
        .collect();
    let heads = match screen.lang {
        super::Lang::Zh => ["业务台", ">在办", ">已结", ">无去向"],
        super::Lang::En => ["Desk", ">Open", ">Closed", ">Unrouted"],
    };
    draw_table(&heads, &rows)
}

impl Status {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let counts = count_places(reader, config)?;
        let deliveries = reader.deliveries()?;
        let parked = deliveries.iter().filter(|delivery| delivery.due_ms.is_none()).count();
        let (inputs, events, matters) = reader.sizes()?;
        let clocks = reader.clocks()?.len();
        let warnings = district.shelf.warnings();
        let libraries: Vec<_> = district.shelf.report().into_iter().filter(|entry| entry.in_use).collect();
        let status = json!({
            "config": config.hash, "desks": counts, "inputs": inputs, "events": events, "matters": matters,
            "clocks": clocks, "waiting": deliveries.len() - parked, "parked": parked, "warnings": warnings,
            "libraries": libraries, "limits": limits::table().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        });
        screen.print(&status, || {
            let mut text = warnings.iter().map(|warning| format!("{warning}\n")).collect::<String>();
            text.push_str(&draw_counts(screen, config, &counts));
            text.push_str(&match screen.lang {
                super::Lang::Zh => format!("\n输入 {inputs} 条，过程记录 {events} 条，事项 {matters} 件，运行中的时限 {clocks} 个\n待重试 {} 步，异常待处理 {parked} 步\n配置 {}\n\n上限：\n", deliveries.len() - parked, &config.hash[..12]),
                super::Lang::En => format!("\n{inputs} inputs, {events} events, {matters} matters, {clocks} clocks running\n{} steps to be tried again, {parked} parked\nconfig {}\n\nLimits:\n", deliveries.len() - parked, &config.hash[..12]),
            });
            let rows: Vec<Vec<String>> =
                limits::table().into_iter().map(|(name, most)| vec![name.to_owned(), most.to_string()]).collect();
            text.push_str(&draw_table(&["limit", ">most"], &rows));
            text
        })?;
        Ok(())
    }
}

impl Parked {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let db = open_reading(&district.config.data)?;
        let reader = db.reader();
        let deliveries = reader.deliveries()?;
        let rows: Vec<serde_json::Value> = deliveries
            .iter()
            .map(|row| {
                json!({
                    "id": row.id, "desk": &*row.desk, "name": &*row.name, "matter": row.matter, "input": row.input,
                    "attempts": row.attempt, "error": row.error, "parked": row.due_ms.is_none(),
                    "due": row.due_ms.map(instant),
                })
            })
            .collect();
        screen.print(&rows, || {
            let cells = deliveries.iter().map(|row| {
                let due = row.due_ms.map(|due_ms| local(instant(due_ms), &district.config.zone));
                let due = due.unwrap_or_else(|| screen.words("已停，等人工重试", "parked").to_owned());
                let matter = row.matter.map_or_else(String::new, |id| id.to_string());
                vec![
                    row.id.to_string(),
                    row.desk.to_string(),
                    row.name.to_string(),
                    matter,
                    row.attempt.to_string(),
                    due,
                    row.error.clone(),
                ]
            });
            let heads = match screen.lang {
                super::Lang::Zh => [">编号", "业务台", "步骤", ">事项", ">次数", "下次", "原因"],
                super::Lang::En => [">Id", "Desk", "Step", ">Matter", ">Tries", "Next", "Why"],
            };
            draw_table(&heads, &cells.collect::<Vec<_>>())
        })?;
        Ok(())
    }
}

impl Retry {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        put(&mut engine, screen, Input { ask: Ask::Retry { delivery: self.id, by_hand: true }, by: None, key: None })
    }
}

impl Move {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        let matter = engine.find_matter(&self.number);
        let matter = matter.ok_or_else(|| Ended::Wanting(format!("there is no matter {}", self.number)))?;
        put(&mut engine, screen, Input { ask: Ask::Move { matter, desk: self.desk }, by: None, key: None })
    }
}

impl Tick {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let to_ms = local_ms(&district.config, self.to)?;
        let clock = HandClock::default();
        let (mut engine, _lock) = district.engine_with_clock(clock.clone())?;
        let Some(shown_ms) = exercise_ms(engine.store().reader())? else {
            return Err(Ended::Wanting(screen.words(
                "这不是演练目录，时钟不能拨动；演练目录用 hongling init --exercise 建立",
                "this is not an exercise folder, its clock cannot be turned; `hongling init --exercise` makes one",
            ).to_owned()));
        };
        // A tick that was killed has run clocks up to where its journal ends.
        let now_ms = shown_ms.max(engine.now_ms());
        if to_ms < now_ms {
            return Err(Ended::Wanting(format!(
                "the exercise's clock already shows {}",
                local(instant(now_ms), &district.config.zone)
            )));
        }
        if TICK_DAYS_MAX * DAY_MS < to_ms - now_ms {
            return Err(Ended::Wanting(match screen.lang {
                super::Lang::Zh => format!("一次最多拨 {TICK_DAYS_MAX} 天；请分几次拨"),
                super::Lang::En => format!("a tick is at most {TICK_DAYS_MAX} days; take several"),
            }));
        }
        let ran = run_until(&mut engine, &clock, now_ms, to_ms);
        set_exercise(engine.store(), to_ms)?;
        let shown = local(instant(to_ms), &district.config.zone);
        screen.print(&json!({ "now": instant(to_ms), "ran": ran }), || match screen.lang {
            super::Lang::Zh => format!("现在是 {shown}；期间到时 {ran} 项"),
            super::Lang::En => format!("it is now {shown}; {ran} were due meanwhile"),
        })?;
        Ok(())
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Turns a clock from due time to due time, so that everything fires as of its own instant.
pub(super) fn run_until(engine: &mut crate::engine::Engine, clock: &HandClock, from_ms: i64, to_ms: i64) -> usize {
    let mut ran = 0;
    clock.set(from_ms);
    while let Some(due_ms) = engine.next_due_ms().filter(|due_ms| *due_ms <= to_ms) {
        clock.set(due_ms.max(from_ms));
        ran += engine.run_due();
        engine.commit();
    }
    clock.set(to_ms);
    ran
}

/// A local time of the district as milliseconds since 1970.
pub(super) fn local_ms(config: &Arc<Config>, time: DateTime) -> Result<i64, Ended> {
    let instant: Timestamp = config
        .zone
        .to_ambiguous_timestamp(time)
        .compatible()
        .map_err(|error| Ended::Wrong(format!("{time} is no time of the district's zone: {error}")))?;
    Ok(instant.as_millisecond())
}
