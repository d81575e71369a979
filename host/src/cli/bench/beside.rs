//! `bench --beside`: what other desks lose while an isolated one does nothing but hang, or die.
//!
//! The load goes through the desks of the example district three times, always with one more desk that
//! runs apart. The first time nobody calls it. Then 64 acts always wait for it, and as soon as a process
//! of it stands ready, that is stopped or killed from outside, so that the next step hangs until its
//! deadline, or ends at once: a process that came back once is started again without the pauses that
//! deaths in a row would bring, which is the most a desk can cost.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;

use super::load::Load;
use super::{Ended, check_answers, round};
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::config::template::{Template, Use, write_new};
use crate::district::District;
use crate::engine::call::{Asked, Caller, Outcome};
use crate::engine::input::{Answer, Ask, HandClock, Input, Target};
use crate::engine::runner::{Lane, Runner};
use crate::limits::{AHEAD_MAX, QUEUE_MAX};
use crate::plugins::worker::WORKER_COMMAND;

/// The desk that misbehaves; its deadline is the shortest there is.
const DESK: &str = "apart";
const MORE: &str = "isolated = true\n\n[isolation]\ncall-ms = 50\n";

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    matters: u64,
    alone_steps_per_s: u64,
    beside_hanging_steps_per_s: u64,
    beside_hanging_share: f64,
    hangs: u64,
    beside_dying_steps_per_s: u64,
    beside_dying_share: f64,
    deaths: u64,
}

/// The desk's process comes to harm before each step that counts.
struct Doomed {
    desk: Arc<dyn Caller>,
    signal: Signal,
    harmed: Arc<AtomicU64>,
}

impl Caller for Doomed {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        self.desk.call(verb, request, ask, out)
    }

    fn library(&self) -> Option<String> {
        self.desk.library()
    }

    fn is_sent(&self) -> bool {
        true
    }

    fn step_ahead(
        &self,
        requests: &[&str],
        ask: &mut dyn FnMut(usize, &str) -> Result<String, String>,
        done: &mut dyn FnMut(usize, Outcome, &[u8]),
    ) -> usize {
        let first = &requests[..requests.len().min(1)];
        // Nobody is told of this one: it only has a process stand ready.
        self.desk.step_ahead(first, ask, &mut |_, _, _| {});
        for worker in workers() {
            // What has ended by itself needs no more.
            let _ = kill_process(worker, self.signal);
        }
        self.harmed.fetch_add(1, Ordering::Relaxed);
        self.desk.step_ahead(first, ask, done)
    }

    fn rests_ms(&self) -> u64 {
        self.desk.rests_ms()
    }
}

/// The processes of isolated desks of this host.
fn workers() -> Vec<Pid> {
    let ending = format!("\0{WORKER_COMMAND}\0{}\0", std::process::id());
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_worker =
        |path: &Path| std::fs::read(path.join("cmdline")).is_ok_and(|line| line.ends_with(ending.as_bytes()));
    let numbers = processes.filter(|process| is_worker(&process.path()));
    numbers.filter_map(|process| Pid::from_raw(process.file_name().to_str()?.parse().ok()?)).collect()
}

pub(super) fn measure(root: &Path, matters: u64) -> Result<Figures, Ended> {
    let load = Load::read(matters)?;
    let (alone, _) = run(&root.join("alone"), &load, None)?;
    let (hanging, hangs) = run(&root.join("hanging"), &load, Some(Signal::STOP))?;
    let (dying, deaths) = run(&root.join("dying"), &load, Some(Signal::KILL))?;
    let per_s = |took: Duration| (load.steps() as f64 / took.as_secs_f64()) as u64;
    let share = |took: Duration| round(alone.as_secs_f64() / took.as_secs_f64());
    Ok(Figures {
        matters,
        alone_steps_per_s: per_s(alone),
        beside_hanging_steps_per_s: per_s(hanging),
        beside_hanging_share: share(hanging),
        hangs,
        beside_dying_steps_per_s: per_s(dying),
        beside_dying_share: share(dying),
        deaths,
    })
}

/// How long the load takes, and how often the desk came to harm meanwhile.
fn run(dir: &Path, load: &Load, harm: Option<Signal>) -> Result<(Duration, u64), Ended> {
    write_new(dir, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let plain = District::open(dir, &program()?)?;
    let library = &plain.config.desks[plain.config.open.get()].library;
    let text = format!("[desk.{DESK}]\nlibrary = \"{library}\"\n{MORE}");
    std::fs::write(dir.join("desks/apart.toml"), text).map_err(anyhow::Error::from)?;
    drop(plain);
    let harmed = Arc::new(AtomicU64::new(0));
    let mut district = District::open(dir, &program()?)?;
    let at = district.config.desk(DESK).expect("it was written above").get();
    if let Some(signal) = harm {
        let (desk, harmed) = (Arc::clone(&district.callers[at]), Arc::clone(&harmed));
        district.callers[at] = Arc::new(Doomed { desk, signal, harmed });
    }
    let (engine, _lock) = district.engine_with_clock(HandClock::new(load.now_ms))?;
    let runner = Runner::start(engine).map_err(anyhow::Error::from)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let acts = load.opens(1).next().filter(|_| harm.is_some());
    let feeder = acts.map(|act| {
        let (lane, is_over) = (runner.tables.clone(), Arc::clone(&is_over));
        std::thread::spawn(move || call_on(&lane, &act, &is_over))
    });
    let took = drive(&runner.tables, load);
    is_over.store(true, Ordering::Relaxed);
    let count = harmed.load(Ordering::Relaxed);
    runner.stop().map_err(anyhow::Error::from)?;
    if let Some(feeder) = feeder {
        // Its panic would have shown as a stopped lane.
        let _ = feeder.join();
    }
    Ok((took?, count))
}

/// Drives the whole load through and waits for its answers.
fn drive(lane: &Lane, load: &Load) -> Result<Duration, Ended> {
    let began = Instant::now();
    let mut answers = VecDeque::new();
    for input in load.inputs() {
        answers.push_back(lane.put(input).map_err(anyhow::Error::from)?);
        if QUEUE_MAX < answers.len() {
            answers.pop_front().map_or(Ok(()), check)?;
        }
    }
    answers.into_iter().try_for_each(check)?;
    Ok(began.elapsed())
}

fn check(answer: Receiver<Answer>) -> Result<(), Ended> {
    check_answers(vec![(0, answer.recv().map_err(anyhow::Error::from)?)])
}

/// Has as many acts wait for the desk as may be sent ahead, until it is over or the engine has stopped.
fn call_on(lane: &Lane, act: &Input, is_over: &AtomicBool) {
    let mut act = act.clone();
    if let Ask::Act(act) = &mut act.ask {
        act.target = Target::Desk(DESK.to_owned());
    }
    let mut answers = VecDeque::new();
    while !is_over.load(Ordering::Relaxed) {
        let Ok(answer) = lane.put(act.clone()) else { return };
        answers.push_back(answer);
        if AHEAD_MAX < answers.len() && answers.pop_front().is_some_and(|oldest| oldest.recv().is_err()) {
            return;
        }
    }
}

pub(super) fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let beside = |steps: u64, share: f64, times: u64| format!("{steps} ({share}; {times})");
    let rows = vec![
        vec![name("单独 每秒步骤", "alone, steps a second"), figures.alone_steps_per_s.to_string()],
        vec![
            name("旁边有不返回的业务台（比例；次数）", "beside a desk that hangs (share; hangs)"),
            beside(figures.beside_hanging_steps_per_s, figures.beside_hanging_share, figures.hangs),
        ],
        vec![
            name("旁边有总中断的业务台（比例；次数）", "beside a desk that dies (share; deaths)"),
            beside(figures.beside_dying_steps_per_s, figures.beside_dying_share, figures.deaths),
        ],
    ];
    draw_table(&["", ">"], &rows)
}
