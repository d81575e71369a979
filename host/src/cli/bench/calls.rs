//! What calling a desk costs: in this process, and in one of its own, one call at a time and sent ahead.
//!
//! The step is a real one of the example district: a report of some 1 KB as the desk behind the one that
//! takes it gets it, taken down there.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plugin_api::Title;
use plugin_api::abi::VERB_HANDLE;
use serde::Serialize;

use super::load::Load;
use super::{Ended, round};
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::config::template::{Template, Use, write_new};
use crate::district::District;
use crate::engine::call::{Asked, Caller, Outcome};
use crate::engine::input::HandClock;
use crate::limits::AHEAD_MAX;

const CALLS: usize = 20_000;
const DESKS: usize = 18;
/// A verb that no desk offers: nothing but the way there and back.
const NOTHING: u32 = 0;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    request_bytes: usize,
    empty_call_us: f64,
    step_us: f64,
    isolated_step_us: f64,
    ahead_step_us: f64,
    ahead: usize,
    open_18_desks_ms: f64,
    open_18_isolated_desks_ms: f64,
}

/// A step, and what the desk asks meanwhile with the answers it got.
#[derive(Clone, Debug, Default)]
struct Step {
    request: String,
    answers: Vec<(String, Result<String, String>)>,
}

impl Step {
    fn answer(&self, question: &str) -> Result<String, String> {
        let known = self.answers.iter().find(|(asked, _)| asked == question);
        known.map_or_else(|| Err("was not asked then".to_owned()), |(_, answer)| answer.clone())
    }
}

/// A desk whose steps are taken down.
struct Noted {
    desk: Arc<dyn Caller>,
    steps: Arc<Mutex<Vec<Step>>>,
}

impl Caller for Noted {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        let mut step = Step { request: request.to_owned(), answers: Vec::new() };
        let mut noting = |question: &str| {
            let answer = ask(question);
            step.answers.push((question.to_owned(), answer.clone()));
            answer
        };
        let outcome = self.desk.call(verb, request, &mut noting, out);
        if verb == VERB_HANDLE {
            self.steps.lock().unwrap_or_else(PoisonError::into_inner).push(step);
        }
        outcome
    }

    fn library(&self) -> Option<String> {
        self.desk.library()
    }
}

pub(super) fn measure(root: &Path) -> Result<Figures, Ended> {
    let here = root.join("here");
    write_new(&here, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let (name, step) = note_step(&here)?;
    let apart = root.join("apart");
    write_new(&apart, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    isolate(&apart, &name)?;
    let desk = caller(&here, &name)?;
    let isolated = caller(&apart, &name)?;
    check(&*desk, &step)?;
    check(&*isolated, &step)?;
    let empty = Step::default();
    Ok(Figures {
        request_bytes: step.request.len(),
        empty_call_us: us_a_call(CALLS, || call(&*desk, NOTHING, &empty)),
        step_us: us_a_call(CALLS, || call(&*desk, VERB_HANDLE, &step)),
        isolated_step_us: us_a_call(CALLS, || call(&*isolated, VERB_HANDLE, &step)),
        ahead_step_us: round(us_a_call(CALLS / AHEAD_MAX, || call_ahead(&*isolated, &step)) / AHEAD_MAX as f64),
        ahead: AHEAD_MAX,
        open_18_desks_ms: open_ms(&root.join("many"), &name, "")?,
        open_18_isolated_desks_ms: open_ms(&root.join("many-apart"), &name, "isolated = true\n")?,
    })
}

/// A report of the load as the desk behind the one that takes it gets it, and that desk's name.
fn note_step(dir: &Path) -> Result<(String, Step), Ended> {
    let load = Load::read(10)?;
    let mut district = District::open(dir, &program()?)?;
    let steps: Vec<Arc<Mutex<Vec<Step>>>> = district.callers.iter().map(|_| Arc::default()).collect();
    let noted = district.callers.iter().zip(&steps).map(|(desk, steps)| -> Arc<dyn Caller> {
        Arc::new(Noted { desk: Arc::clone(desk), steps: Arc::clone(steps) })
    });
    district.callers = noted.collect();
    let (mut engine, _lock) = district.engine_with_clock(HandClock::new(load.now_ms))?;
    for (ticket, input) in (1..).zip(load.opens(10)) {
        engine.take(input, ticket);
    }
    engine.commit();
    let behind = district.config.desks.iter().zip(&steps).enumerate();
    let mut behind = behind.filter(|(at, _)| *at != district.config.open.get());
    let first = behind.find_map(|(_, (desk, steps))| {
        let steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
        Some((desk.name.clone(), steps.first()?.clone()))
    });
    first.ok_or_else(no_desk)
}

fn no_desk() -> Ended {
    Ended::wrong(Title::new("示例区里没有第二个业务台的步骤", "no second desk of the example district gets anything"))
}

fn isolate(dir: &Path, desk: &str) -> Result<(), Ended> {
    let file = dir.join(format!("desks/{desk}.toml"));
    let text = std::fs::read_to_string(&file).map_err(anyhow::Error::from)?;
    let library = format!("library = \"{desk}\"\n");
    let text = text.replacen(&library, &format!("{library}isolated = true\n"), 1);
    std::fs::write(&file, text).map_err(|error| anyhow::Error::from(error).into())
}

fn caller(dir: &Path, desk: &str) -> Result<Arc<dyn Caller>, Ended> {
    let district = District::open(dir, &program()?)?;
    let at = district.config.desk(desk).ok_or_else(no_desk)?.get();
    Ok(Arc::clone(&district.callers[at]))
}

/// A step that fails would be measured as a fast one.
fn check(desk: &dyn Caller, step: &Step) -> Result<(), Ended> {
    let mut out = Vec::new();
    match desk.call(VERB_HANDLE, &step.request, &mut |question| step.answer(question), &mut out) {
        Outcome::Ok => Ok(()),
        other => Err(Ended::wrong(Title::new(
            format!("测速的步骤没有办成：{other:?}"),
            format!("the bench's own step was not done: {other:?}"),
        ))),
    }
}

fn call(desk: &dyn Caller, verb: u32, step: &Step) {
    let mut out = Vec::new();
    let outcome = desk.call(verb, &step.request, &mut |question| step.answer(question), &mut out);
    std::hint::black_box((outcome, out));
}

fn call_ahead(desk: &dyn Caller, step: &Step) {
    let mut ask = |_: usize, question: &str| step.answer(question);
    desk.step_ahead(&[&*step.request; AHEAD_MAX], &mut ask, &mut |_, outcome, out| {
        drop(std::hint::black_box((outcome, out)))
    });
}

/// Microseconds of one call: the best of a few runs, for whatever disturbs makes it longer.
fn us_a_call(calls: usize, mut call: impl FnMut()) -> f64 {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        (0..calls).for_each(|_| call());
        best = best.min(began.elapsed());
    }
    round(best.as_secs_f64() * 1e6 / calls as f64)
}

/// How long a district of so many desks takes to be read and opened, its libraries copied before.
fn open_ms(dir: &Path, library: &str, more: &str) -> Result<f64, Ended> {
    write_new(dir, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let mut text = String::new();
    for n in 5..=DESKS {
        writeln!(text, "[desk.more-{n}]\nlibrary = \"{library}\"\n{more}").expect("a text takes any text");
    }
    std::fs::write(dir.join("desks/more.toml"), text).map_err(anyhow::Error::from)?;
    let program = program()?;
    drop(District::open(dir, &program)?);
    let began = Instant::now();
    let district = District::open(dir, &program)?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    debug_assert_eq!(district.callers.len(), DESKS);
    Ok(round(ms))
}

pub(super) fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let rows = vec![
        vec![name("步骤字节", "bytes of the step"), figures.request_bytes.to_string()],
        vec![name("空调用 微秒", "an empty call, µs"), figures.empty_call_us.to_string()],
        vec![name("一步 微秒", "a step, µs"), figures.step_us.to_string()],
        vec![name("隔离的一步 微秒", "an isolated step, µs"), figures.isolated_step_us.to_string()],
        vec![name("提前送出的一步 微秒", "the same sent ahead, µs"), figures.ahead_step_us.to_string()],
        vec![name("打开 18 个业务台 毫秒", "18 desks opened, ms"), figures.open_18_desks_ms.to_string()],
        vec![
            name("其中 14 个隔离 毫秒", "the same, 14 of them isolated, ms"),
            figures.open_18_isolated_desks_ms.to_string(),
        ],
    ];
    draw_table(&["", ">"], &rows)
}
