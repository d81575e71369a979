//! `bench --recovery`: how long a host that died takes to be ready again.
//!
//! Another process opens the matters and ends where it stands, its log not copied and its store not
//! closed; then this one, which has loaded nothing yet, starts a host on what was left and asks it for
//! one more matter.

use std::path::Path;
use std::process::{Command, exit};
use std::time::Instant;

use plugin_api::Title;
use serde::Serialize;

use super::load::Load;
use super::{check_answers, engine, round};
use crate::cli::error::Ended;
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::district::District;
use crate::engine::input::HandClock;
use crate::limits::BATCH_STEPS_MAX;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    matters: u64,
    clocks: usize,
    log_mib: f64,
    ready_s: f64,
    answered_s: f64,
}

/// Opens so many matters and ends without closing anything, as if killed.
pub(super) fn fill(dir: &Path, matters: u64) -> Result<(), Ended> {
    let load = Load::read(matters)?;
    let (mut engine, _lock, _district) = engine(dir, &load)?;
    let count = usize::try_from(matters).map_err(|_| Ended::wrong(Title::new("事项太多", "too many matters")))?;
    for (ticket, input) in (1..).zip(load.opens(count)) {
        engine.take(input, ticket);
        if ticket % BATCH_STEPS_MAX as u64 == 0 {
            check_answers(engine.commit())?;
        }
    }
    check_answers(engine.commit())?;
    exit(0)
}

/// Lets another process fill a folder, and starts on what it left.
pub(super) fn measure(root: &Path, matters: u64) -> Result<Figures, Ended> {
    let dir = root.join("recovery");
    let filled = Command::new(program()?)
        .args(["bench", "--matters", &matters.to_string(), "--fill"])
        .arg(&dir)
        .status()
        .map_err(anyhow::Error::from)?;
    if !filled.success() {
        return Err(Ended::wrong(Title::new("没能准备好要恢复的目录", "the folder to recover could not be filled")));
    }
    let log = dir.join("data").join("hongling.db-wal");
    let log_bytes = log.metadata().map_or(0, |log| log.len());
    let load = Load::read(1)?;
    let began = Instant::now();
    let district = District::open(&dir, &program()?)?;
    let (mut engine, _lock) = district.engine_with_clock(HandClock::new(load.now_ms))?;
    engine.run_due();
    engine.commit();
    let ready = began.elapsed();
    for input in load.opens(1) {
        engine.take(input, 1);
    }
    check_answers(engine.commit())?;
    let answered = began.elapsed();
    Ok(Figures {
        matters,
        clocks: engine.clocks().len(),
        log_mib: round(log_bytes as f64 / (1024.0 * 1024.0)),
        ready_s: round(ready.as_secs_f64()),
        answered_s: round(answered.as_secs_f64()),
    })
}

pub(super) fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let rows = vec![
        vec![name("在办事项", "open matters"), figures.matters.to_string()],
        vec![name("运行中的时限", "running clocks"), figures.clocks.to_string()],
        vec![name("没有抄完的日志 MiB", "log that was not copied, MiB"), figures.log_mib.to_string()],
        vec![name("从启动到就绪 秒", "from start to ready, s"), figures.ready_s.to_string()],
        vec![name("从启动到答复第一项 秒", "from start to the first answer, s"), figures.answered_s.to_string()],
    ];
    draw_table(&["", ">"], &rows)
}
