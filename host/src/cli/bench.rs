//! `bench`: the host held against the bare store, in one run on one machine.
//!
//! Machines drift by tens of per cent, so only ratios within one run count. Five measurements: the
//! host; the same with its index kept beside it; the very statements of the host replayed without it; a fixed reference that no schema
//! change redefines; and how long people wait while tables saturate the engine.

mod desks;
mod load;
mod recovery;
mod reload;
mod usage;
mod routing;
mod calls;
mod beside;
mod console;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use plugin_api::Title;
use serde::Serialize;

use super::error::Ended;
use super::program;
use super::rubbish::Rubbish;
use super::screen::{Screen, draw_table};
use crate::config::template::{Template, Use, write_new};
use crate::district::{DataLock, District};
use crate::engine::call::Caller;
use crate::engine::input::{Answer, HandClock, Input};
use crate::engine::runner::Runner;
use crate::engine::{Committed, Engine, Read};
use crate::index::Follower;
use crate::limits::BATCH_STEPS_MAX;
use crate::store::reference::Reference;
use crate::store::{Store, StoreError};

use desks::InDesks;
use load::Load;
use usage::{cpu_time, peak_rss_mib};

/// `bench`
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// How many matters, each of five steps · 多少件事项，每件五步
    #[arg(long, default_value_t = 20_000)]
    matters: u64,
    /// How many times somebody opens a matter while the engine is saturated · 满载时登记多少次
    #[arg(long, default_value_t = 500)]
    opens: usize,
    /// Where the stores are made and taken away again; the system's folder for temporary files without it · 在哪里建临时数据，用完即删；不写就在系统的临时目录里
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How long a host that died with so many open matters takes to be ready again, instead · 改测：主机在这么多件在办时中断，多久恢复
    #[arg(long)]
    recovery: bool,
    /// How long checks and many routes take, instead · 改测：检查配置和大量流转规则要多久
    #[arg(long)]
    routing: bool,
    /// What a call of a desk costs, in this process and in one of its own, instead · 改测：调用业务台一次要多久，在本进程里和在隔离进程里
    #[arg(long)]
    calls: bool,
    /// What other desks lose while an isolated one hangs or dies for ever, instead · 改测：一个隔离的业务台总不返回或总中断时，其他业务台慢多少
    #[arg(long)]
    beside: bool,
    /// How long people are held up while another config is put in force, instead · 改测：新配置生效时耽搁多久
    #[arg(long)]
    reload: bool,
    /// How long lists, search and figures take in the console with so many matters, instead · 改测：这么多事项时列表、检索和看板要多久
    #[arg(long)]
    console: bool,
    /// What `--recovery` has another process do · --recovery 让另一个进程做的事
    #[arg(long, hide = true)]
    fill: Option<PathBuf>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
struct Figures {
    matters: u64,
    steps: u64,
    matters_per_s: u64,
    steps_per_s: u64,
    followed_steps_per_s: u64,
    bare_steps_per_s: u64,
    ratio: f64,
    reference_steps_per_s: u64,
    reference_ratio: f64,
    host_us_per_step: f64,
    desks_us_per_step: f64,
    open_p50_ms: f64,
    open_p90_ms: f64,
    open_p99_ms: f64,
    open_worst_ms: f64,
    peak_rss_mib: u64,
    route_us: f64,
}

/// Time spent, on the wall and on a processor.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    wall: Duration,
    cpu: Duration,
}

impl Bench {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        // Never the folder itself: what else lies there is not the bench's.
        if let Some(dir) = &self.fill {
            return recovery::fill(dir, self.matters);
        }
        let rubbish = Rubbish::make(&self.dir.clone().unwrap_or_else(std::env::temp_dir), "bench")?;
        if self.recovery {
            let figures = recovery::measure(&rubbish.0, self.matters)?;
            return Ok(screen.print(&figures, || recovery::draw(screen, &figures))?);
        }
        if self.reload {
            let figures = reload::measure(&rubbish.0, self.matters)?;
            return Ok(screen.print(&figures, || reload::draw(screen, &figures))?);
        }
        if self.routing {
            let figures = routing::measure(&rubbish.0)?;
            return Ok(screen.print(&figures, || routing::draw(screen, &figures))?);
        }
        if self.beside {
            let figures = beside::measure(&rubbish.0, self.matters)?;
            return Ok(screen.print(&figures, || beside::draw(screen, &figures))?);
        }
        if self.calls {
            let figures = calls::measure(&rubbish.0)?;
            return Ok(screen.print(&figures, || calls::draw(screen, &figures))?);
        }
        if self.console {
            let figures = console::measure(&rubbish.0, self.matters)?;
            return Ok(screen.print(&figures, || console::draw(screen, &figures))?);
        }
        let figures = self.measure(&rubbish.0)?;
        drop(rubbish);
        screen.print(&figures, || draw(screen, &figures))?;
        Ok(())
    }

    fn measure(&self, root: &Path) -> Result<Figures, Ended> {
        let load = Load::read(self.matters)?;
        let host = run_host(&root.join("host"), &load)?;
        let peak_rss_mib = peak_rss_mib();
        let followed = run_followed(&root.join("followed"), &load)?;
        let (bare, in_desks) = run_bare(&root.join("tee"), &root.join("bare"), &load)?;
        let reference = run_reference(&root.join("reference.db"), &load)?;
        let waits = run_open(&root.join("open"), &load, self.opens)?;
        let steps = load.steps();
        let at = |share: f64| {
            let index = ((waits.len() as f64 * share).ceil() as usize).clamp(1, waits.len()) - 1;
            round(waits[index].as_secs_f64() * 1e3)
        };
        let us_per_step = |spent: Duration| round(spent.as_secs_f64() * 1e6 / steps as f64);
        let per_s = |spent: Duration| (steps as f64 / spent.as_secs_f64()) as u64;
        Ok(Figures {
            matters: self.matters,
            steps,
            matters_per_s: (self.matters as f64 / host.wall.as_secs_f64()) as u64,
            steps_per_s: per_s(host.wall),
            followed_steps_per_s: per_s(followed.wall),
            bare_steps_per_s: per_s(bare.wall),
            ratio: round(bare.wall.as_secs_f64() / host.wall.as_secs_f64()),
            reference_steps_per_s: per_s(reference.wall),
            reference_ratio: round(reference.wall.as_secs_f64() / host.wall.as_secs_f64()),
            host_us_per_step: us_per_step(host.cpu.saturating_sub(bare.cpu + in_desks)),
            desks_us_per_step: us_per_step(in_desks),
            open_p50_ms: at(0.5),
            open_p90_ms: at(0.9),
            open_p99_ms: at(0.99),
            open_worst_ms: at(1.0),
            peak_rss_mib,
            route_us: routing::measure_one(root)?,
        })
    }
}

/// Two decimals, for people.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// A fresh example district with an engine whose clock stands still.
fn engine(dir: &Path, load: &Load) -> Result<(Engine, DataLock, District), Ended> {
    engine_with(dir, load, |desk| desk)
}

/// The same, each desk called through something.
fn engine_with(
    dir: &Path,
    load: &Load,
    through: impl Fn(Arc<dyn Caller>) -> Arc<dyn Caller>,
) -> Result<(Engine, DataLock, District), Ended> {
    write_new(dir, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let mut district = District::open(dir, &program()?)?;
    district.callers = district.callers.into_iter().map(through).collect();
    let (engine, lock) = district.engine_with_clock(HandClock::new(load.now_ms))?;
    Ok((engine, lock, district))
}

/// Drives the whole load through; only the engine's time counts, not that of making up inputs.
fn drive(engine: &mut Engine, load: &Load) -> Result<Spent, Ended> {
    let mut spent = Spent::default();
    let mut inputs = load.inputs().peekable();
    while inputs.peek().is_some() {
        let ready: Vec<Input> = inputs.by_ref().take(BATCH_STEPS_MAX).collect();
        let (began, cpu) = (Instant::now(), cpu_time());
        for (ticket, input) in (1..).zip(ready) {
            engine.take(input, ticket);
            if engine.is_full() {
                check_answers(engine.commit())?;
            }
        }
        spent.wall += began.elapsed();
        spent.cpu += cpu_time() - cpu;
    }
    let (began, cpu) = (Instant::now(), cpu_time());
    check_answers(engine.commit())?;
    Ok(Spent { wall: spent.wall + began.elapsed(), cpu: spent.cpu + (cpu_time() - cpu) })
}

fn check_answers(answers: Vec<(u64, Answer)>) -> Result<(), Ended> {
    for (_, answer) in answers {
        if !matches!(answer, Answer::Done(_)) {
            return Err(Ended::wrong(Title::new(
                format!("测速的输入没有办成：{answer:?}"),
                format!("the bench's own input was not done: {answer:?}"),
            )));
        }
    }
    Ok(())
}

fn run_host(dir: &Path, load: &Load) -> Result<Spent, Ended> {
    let (mut engine, _lock, _district) = engine(dir, load)?;
    drive(&mut engine, load)
}

/// The host again, its index kept beside it.
fn run_followed(dir: &Path, load: &Load) -> Result<Spent, Ended> {
    let (mut engine, _lock, _district) = engine(dir, load)?;
    let (_, follower) = Follower::start(&mut engine).map_err(anyhow::Error::from)?;
    let spent = drive(&mut engine, load);
    follower.stop();
    spent
}

/// The host again, and beside it the very same reads and writes on a store of their own, whose time is
/// counted; and the time that passes within the desks.
fn run_bare(dir: &Path, bare_dir: &Path, load: &Load) -> Result<(Spent, Duration), Ended> {
    std::fs::create_dir_all(bare_dir).map_err(anyhow::Error::from)?;
    let mut bare = Store::open(bare_dir)?;
    let in_desks = InDesks::default();
    let (mut engine, _lock, _district) = engine_with(dir, load, |desk| in_desks.watch(desk))?;
    let spent = Arc::new(Mutex::new((Spent::default(), None)));
    let counted = Arc::clone(&spent);
    let mut flushes: u64 = 0;
    engine.on_commit(move |committed| {
        let (began, cpu) = (Instant::now(), cpu_time());
        let outcome = replay(&mut bare, committed);
        flushes += 1;
        if flushes.is_multiple_of(CHECKPOINT_FLUSHES) {
            bare.checkpoint_soon();
        }
        let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.0.wall += began.elapsed();
        counted.0.cpu += cpu_time() - cpu;
        if let Err(error) = outcome {
            counted.1 = Some(error.to_string());
        }
    });
    drive(&mut engine, load)?;
    let counted = spent.lock().unwrap_or_else(PoisonError::into_inner);
    match &counted.1 {
        Some(error) => {
            Err(Ended::wrong(Title::new(format!("裸数据库出错：{error}"), format!("the bare store failed: {error}"))))
        }
        None => Ok((counted.0, in_desks.spent())),
    }
}

/// As often as the engine asks for a checkpoint.
const CHECKPOINT_FLUSHES: u64 = (crate::limits::CHECKPOINT_STEPS / BATCH_STEPS_MAX) as u64;

fn replay(bare: &mut Store, committed: &Committed<'_>) -> Result<(), StoreError> {
    bare.begin()?;
    for read in committed.read {
        match read {
            Read::Head(id) => drop(bare.reader().head(*id)?),
            Read::Words(id) => drop(bare.reader().words(*id)?),
        }
    }
    bare.write(committed.set)?;
    bare.commit()
}

fn run_reference(path: &Path, load: &Load) -> Result<Spent, Ended> {
    let mut reference = Reference::make(path, load.matters, &load.body_of_1_kb())?;
    let order = load.step_order();
    let (began, cpu) = (Instant::now(), cpu_time());
    for batch in order.chunks(BATCH_STEPS_MAX) {
        reference.run(batch)?;
    }
    Ok(Spent { wall: began.elapsed(), cpu: cpu_time() - cpu })
}

/// How long somebody waits who opens a matter while tables keep the engine busy; shortest first.
fn run_open(dir: &Path, load: &Load, opens: usize) -> Result<Vec<Duration>, Ended> {
    let (engine, _lock, _district) = engine(dir, load)?;
    let runner = Runner::start(engine).map_err(anyhow::Error::from)?;
    let (people, tables) = (runner.people.clone(), runner.tables.clone());
    let busy = load.inputs_without_end();
    let feeder = std::thread::spawn(move || {
        // Ends when the lane does: the engine has stopped.
        busy.map(|input| tables.put(input)).take_while(Result::is_ok).map(drop).for_each(drop);
    });
    let mut waits = Vec::new();
    for input in load.opens(opens) {
        let began = Instant::now();
        let answer = people.put(input).map_err(anyhow::Error::from)?.recv().map_err(anyhow::Error::from)?;
        waits.push(began.elapsed());
        check_answers(vec![(0, answer)])?;
    }
    drop(people);
    runner.stop().map_err(anyhow::Error::from)?;
    // Its panic would have shown as a stopped lane.
    let _ = feeder.join();
    waits.sort();
    Ok(waits)
}

fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let rows = vec![
        vec![name("每秒办结事项", "matters a second"), figures.matters_per_s.to_string()],
        vec![name("每秒步骤", "steps a second"), figures.steps_per_s.to_string()],
        vec![
            name("旁边跟着索引时每秒步骤", "steps a second, an index kept beside"),
            figures.followed_steps_per_s.to_string(),
        ],
        vec![name("同样语句不经主机", "the same statements without a host"), figures.bare_steps_per_s.to_string()],
        vec![name("两者之比", "ratio of the two"), figures.ratio.to_string()],
        vec![name("固定参照每秒步骤", "fixed reference, steps a second"), figures.reference_steps_per_s.to_string()],
        vec![name("与参照之比", "ratio to the reference"), figures.reference_ratio.to_string()],
        vec![name("主机自身每步 CPU 微秒", "host's own CPU, µs a step"), figures.host_us_per_step.to_string()],
        vec![name("业务台每步微秒", "in the desks, µs a step"), figures.desks_us_per_step.to_string()],
        vec![
            name("满载时登记一件 p50/p90/p99/最长 毫秒", "an open under load, p50/p90/p99/worst ms"),
            format!(
                "{} / {} / {} / {}",
                figures.open_p50_ms, figures.open_p90_ms, figures.open_p99_ms, figures.open_worst_ms
            ),
        ],
        vec![name("内存峰值 MiB", "peak memory, MiB"), figures.peak_rss_mib.to_string()],
        vec![
            name("两千条规则里流转一次 微秒", "one event routed among 2,000 routes, µs"),
            figures.route_us.to_string(),
        ],
    ];
    draw_table(&["", ">"], &rows)
}
