//! `bench --reload`: how long people are held up while another config is put in force.
//!
//! The engine is kept busy by tables on a store with many open matters; somebody opens one matter after the
//! other. What counts is the longest that anybody waits whose wait the switch fell into: for a config that
//! moves nothing, and for a calendar by which the clocks of all matters are counted anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use plugin_api::Title;
use serde::Serialize;

use super::load::Load;
use super::{check_answers, engine, round};
use crate::cli::error::Ended;
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::district::District;
use crate::engine::input::Input;
use crate::engine::runner::{Lane, Reload, Runner, Switchboard};
use crate::limits::BATCH_STEPS_MAX;

/// A workday after those that the clocks of the load end on, made free.
const FREE_DAY: &str = "2026-03-03,休息,off\n";
const CALENDAR: &str = "calendar.csv";
const MAIN_FILE: &str = "hongling.toml";
/// Opens before the first switch, to know how long one waits otherwise.
const OPENS_BEFORE: usize = 200;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    matters: u64,
    /// What an open waits at most without any switch.
    open_worst_ms: f64,
    /// The folder opened beside the running host, desks and all: nobody waits for it.
    prepared_ms: f64,
    reload_held_up_ms: f64,
    clocks_moved: u64,
    clocks_held_up_ms: f64,
}

pub(super) fn measure(root: &Path, matters: u64) -> Result<Figures, Ended> {
    let (dir, load) = (root.join("reload"), Load::read(matters)?);
    let (mut engine, _lock, _district) = engine(&dir, &load)?;
    let count = usize::try_from(matters).map_err(|_| Ended::wrong(Title::new("事项太多", "too many matters")))?;
    for (ticket, input) in (1..).zip(load.opens(count)) {
        engine.take(input, ticket);
        if ticket % BATCH_STEPS_MAX as u64 == 0 {
            check_answers(engine.commit())?;
        }
    }
    check_answers(engine.commit())?;
    let runner = Runner::start(engine).map_err(anyhow::Error::from)?;
    let (people, tables) = (runner.people.clone(), runner.tables.clone());
    let busy = load.inputs_without_end();
    let feeder = std::thread::spawn(move || {
        // Ends when the lane does: the engine has stopped.
        busy.map(|input| tables.put(input)).take_while(Result::is_ok).map(drop).for_each(drop);
    });
    let mut opens = load.inputs_without_end();
    let mut open_worst = Duration::ZERO;
    for input in opens.by_ref().take(OPENS_BEFORE) {
        open_worst = open_worst.max(open(&people, input)?);
    }
    let mut switch = |file: &str, more: &str| -> Result<(Duration, Duration), Ended> {
        let path = dir.join(file);
        let text = std::fs::read_to_string(&path).map_err(anyhow::Error::from)?;
        std::fs::write(&path, text + more).map_err(anyhow::Error::from)?;
        let began = Instant::now();
        let district = District::open(&dir, &program()?)?;
        Ok((began.elapsed(), held_up(&people, &runner.switchboard, &district, &mut opens)?))
    };
    let (prepared, reload) = switch(MAIN_FILE, "\n# the same\n")?;
    let (_, clocks) = switch(CALENDAR, FREE_DAY)?;
    drop(people);
    let engine = runner.stop().map_err(anyhow::Error::from)?;
    // Its panic would have shown as a stopped lane.
    let _ = feeder.join();
    let ms = |spent: Duration| round(spent.as_secs_f64() * 1e3);
    Ok(Figures {
        matters,
        open_worst_ms: ms(open_worst),
        prepared_ms: ms(prepared),
        reload_held_up_ms: ms(reload),
        clocks_moved: engine.store().reader().count_topic("recomputed")?,
        clocks_held_up_ms: ms(clocks),
    })
}

/// The longest that an open waits, from when a config is handed in until it is in force.
fn held_up(
    people: &Lane,
    switchboard: &Switchboard,
    district: &District,
    opens: &mut impl Iterator<Item = Input>,
) -> Result<Duration, Ended> {
    let reload = Reload { config: Arc::clone(&district.config), callers: district.callers.clone(), plan: None };
    let (done, is_done) = sync_channel(1);
    let switchboard = switchboard.clone();
    let switching = std::thread::spawn(move || {
        let switched = switchboard.switch(reload);
        // Whoever measures waits for it.
        let _ = done.send(());
        switched
    });
    let mut worst = Duration::ZERO;
    loop {
        let was_done = is_done.try_recv().is_ok();
        if let Some(input) = opens.next() {
            worst = worst.max(open(people, input)?);
        }
        if was_done {
            break;
        }
    }
    let stopped = || Ended::wrong(Title::new("引擎停了", "the engine has stopped"));
    switching.join().map_err(|_| stopped())?.map_err(|_| stopped())?.map_err(Ended::wrong)?;
    Ok(worst)
}

fn open(people: &Lane, input: Input) -> Result<Duration, Ended> {
    let began = Instant::now();
    let answer = people.put(input).map_err(anyhow::Error::from)?.recv().map_err(anyhow::Error::from)?;
    check_answers(vec![(0, answer)])?;
    Ok(began.elapsed())
}

pub(super) fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let rows = vec![
        vec![name("在办事项", "open matters"), figures.matters.to_string()],
        vec![name("满载时登记最长 毫秒", "longest wait of an open under load, ms"), figures.open_worst_ms.to_string()],
        vec![name("旁边打开新配置 毫秒", "the new config opened beside, ms"), figures.prepared_ms.to_string()],
        vec![
            name("生效时登记最长 毫秒", "longest wait while it is put in force, ms"),
            figures.reload_held_up_ms.to_string(),
        ],
        vec![name("日历变动移动的时限", "clocks moved by a calendar"), figures.clocks_moved.to_string()],
        vec![
            name("移动它们时登记最长 毫秒", "longest wait while they move, ms"),
            figures.clocks_held_up_ms.to_string(),
        ],
    ];
    draw_table(&["", ">"], &rows)
}
