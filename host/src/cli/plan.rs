//! `plan`: what the config on disk would change, before it does.

use std::path::PathBuf;

use clap::Args;
use plugin_api::{Due, Title};
use serde::Serialize;

use super::error::Ended;
use super::screen::{Screen, draw_table};
use super::{Folder, program};
use crate::config::Config;
use crate::district::{District, exercise_ms};
use crate::engine::input::{Clock as _, SystemClock};
use crate::lang::Lang;
use crate::plan::{
    ClockMoment, ClockPlan, DATA, DeskChange, FlowChange, FlowPlan, Matters, Plan, ScheduleChange, SchedulePlan,
};
use crate::store::{is_store, open_reading};
use crate::tables::drawn;

/// `plan`
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    folder: Folder,
}

/// What is printed for scripts.
#[derive(Serialize)]
struct Shown<'a> {
    running: &'a str,
    on_disk: &'a str,
    #[serde(flatten)]
    plan: Plan,
}

impl PlanArgs {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let data = data_in_force(config);
        let db = open_reading(&data)?;
        let reader = db.reader();
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let running = reader.meta("config")?.unwrap_or_default();
        let plan = district.plan(reader, &data, now_ms)?;
        let shown = Shown { running: &running, on_disk: &config.hash, plan: plan.clone().unwrap_or_default() };
        Ok(screen.print(&shown, || match &plan {
            None => screen.words("配置没有改动", "the config is the one in force").to_owned(),
            Some(plan) if plan.is_empty() => screen.words(NOTHING.0, NOTHING.1).to_owned(),
            Some(plan) => draw(screen, config, plan),
        })?)
    }
}

/// The folder whose store is in force: the config's, or, where that has none, the one folder of the district
/// that has: then `data` was changed, and the store is still where it was.
fn data_in_force(config: &Config) -> PathBuf {
    if is_store(&config.data) {
        return config.data.clone();
    }
    let folders = std::fs::read_dir(&config.folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let stores: Vec<PathBuf> = folders.filter(|folder| is_store(folder)).collect();
    match stores.as_slice() {
        [one] => one.clone(),
        _ => config.data.clone(),
    }
}

const NOTHING: (&str, &str) = ("有改动，但都不影响办理", "there are changes, and none that matters to the work");

/// A plan, part by part.
pub(super) fn draw(screen: Screen, config: &Config, plan: &Plan) -> String {
    let mut parts = Vec::new();
    if !plan.desks.is_empty() {
        let rows: Vec<Vec<String>> = plan
            .desks
            .iter()
            .map(|desk| {
                let title = config.desk(&desk.desk).map(|at| screen.pick(&config.desks[at.get()].title).to_owned());
                vec![title.unwrap_or_else(|| desk.desk.clone()), draw_change(screen, &desk.change)]
            })
            .collect();
        parts.push(draw_table(&heads(screen, ["业务台", "改动"], ["Desk", "Change"]), &rows));
    }
    let flows = [(("流转规则", "Route"), &plan.routes), (("抄送规则", "Watch"), &plan.watches)];
    for ((zh, en), flow) in flows.into_iter().filter(|(_, flow)| !flow.is_empty()) {
        let rows: Vec<Vec<String>> = flow.iter().map(|plan| draw_flow(screen, plan)).collect();
        parts.push(draw_table(&heads(screen, [zh, "改动"], [en, "Change"]), &rows));
    }
    if !plan.schedules.is_empty() {
        let rows: Vec<Vec<String>> = plan.schedules.iter().map(|plan| draw_schedule(screen, config, plan)).collect();
        parts.push(draw_table(
            &heads(
                screen,
                ["定时规则", "改动", "原定下次", "改后下次"],
                ["Schedule", "Change", "Next was", "Next would be"],
            ),
            &rows,
        ));
    }
    if !plan.clocks.is_empty() {
        let rows: Vec<Vec<String>> = plan.clocks.iter().map(|clock| draw_clock(screen, config, clock)).collect();
        parts.push(draw_table(
            &heads(screen, ["编号", "时限", "现在", "改后"], ["Number", "Clock", "Now", "Then"]),
            &rows,
        ));
    }
    if !plan.tables.is_empty() {
        let heading = screen.words("有改动的表：", "Tables that differ: ");
        parts.push(format!("{heading}{}", plan.tables.join(screen.words("、", ", "))));
    }
    if !plan.at_restart.is_empty() {
        let heading = screen.words("重新启动后才生效：", "In force only after a restart: ");
        let listed = plan.at_restart.join(screen.words("、", ", "));
        let moves = screen.words(
            "（数据目录换了地方：停下主机，先把原目录移过去，否则会从空的数据重新开始）",
            " (the data folder moves: stop the host and move the folder first, or it begins with an empty one)",
        );
        let moves = if plan.at_restart.iter().any(|what| what == DATA) { moves } else { "" };
        parts.push(format!("{heading}{listed}{moves}"));
    }
    parts.join("\n\n")
}

fn heads<const N: usize>(screen: Screen, zh: [&'static str; N], en: [&'static str; N]) -> [&'static str; N] {
    match screen.lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn draw_change(screen: Screen, change: &DeskChange) -> String {
    let listed = |what: &[String]| what.join(screen.words("、", ", "));
    let words = match change {
        DeskChange::Added => Title::new("新增", "added"),
        DeskChange::Reopened(why) => {
            Title::new(format!("重新打开（{}）", listed(why)), format!("opened anew ({})", listed(why)))
        }
        DeskChange::Changed(what) => {
            Title::new(format!("改动（{}）", listed(what)), format!("changed ({})", listed(what)))
        }
        DeskChange::Removed(Matters { count: 0, .. }) => Title::new("去掉", "removed"),
        DeskChange::Removed(Matters { count, numbers }) => {
            const SHOWN: usize = 5;
            let more = if SHOWN < numbers.len() { "…" } else { "" };
            let shown = format!("{}{more}", listed(&numbers[..numbers.len().min(SHOWN)]));
            Title::new(
                format!("去掉；在办 {count} 件停在这里，放回来或移交后才会接着办：{shown}"),
                format!("removed; {count} open on it stay, parked until it is back or they are moved: {shown}"),
            )
        }
    };
    screen.pick(&words).to_owned()
}

fn draw_flow(screen: Screen, plan: &FlowPlan) -> Vec<String> {
    let words = match plan.change {
        FlowChange::Added => ("新增", "added"),
        FlowChange::Changed => ("改动", "changed"),
        FlowChange::Moved => ("换了次序", "stands elsewhere"),
        FlowChange::Removed => ("去掉", "removed"),
    };
    vec![plan.id.clone(), screen.words(words.0, words.1).to_owned()]
}

fn draw_schedule(screen: Screen, config: &Config, plan: &SchedulePlan) -> Vec<String> {
    let words = match plan.change {
        ScheduleChange::Added => ("新增", "added"),
        ScheduleChange::Restarted => ("改了时间，重新开始", "comes at other times"),
        ScheduleChange::Changed => ("改动", "changed"),
        ScheduleChange::Moved => ("日历变动", "moved by the calendar"),
        ScheduleChange::Removed => ("去掉", "removed"),
    };
    let due = |due: Option<Due>| due.map_or_else(|| "–".to_owned(), |due| drawn::due(screen.lang, config, due));
    vec![plan.id.clone(), screen.words(words.0, words.1).to_owned(), due(plan.before), due(plan.after)]
}

fn draw_clock(screen: Screen, config: &Config, clock: &ClockPlan) -> Vec<String> {
    let of_review = match clock.moment {
        ClockMoment::Due => "",
        ClockMoment::Review => screen.words("（复查）", " (review)"),
    };
    vec![
        clock.number.clone(),
        format!("{}{of_review}", screen.pick(&clock.title)),
        drawn::due(screen.lang, config, clock.before),
        drawn::due(screen.lang, config, clock.after),
    ]
}
