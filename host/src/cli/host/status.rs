//! `status`: what lies where, what waits, what comes next, and the limits.

mod schedules;

use clap::Args;
use plugin_api::Title;
use serde::Serialize;
use serde_json::json;

use crate::cli::error::Ended;
use crate::cli::screen::{Screen, draw_table};
use crate::cli::{Folder, program};
use crate::config::{Config, Isolation, Severity};
use crate::counts::{Counts, DeskCount};
use crate::district::{District, NotOpened};
use crate::lang::Lang;
use crate::limits;
use crate::store::open_reading;
use crate::store::outbox::Stand;
use crate::worker::{Guard, Guards};

/// `status`
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn draw_counts(screen: Screen, config: &Config, counts: &[DeskCount]) -> String {
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
        Lang::Zh => ["业务台", ">在办", ">已结", ">无去向"],
        Lang::En => ["Desk", ">Open", ">Closed", ">Unrouted"],
    };
    draw_table(&heads, &rows)
}

/// What the folder says now, beside what is in force.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum OnDisk {
    /// It holds, and has this hash.
    Config(String),
    /// It has so many errors.
    Errors(usize),
}

impl OnDisk {
    fn words(&self, running: &str) -> Title {
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
        let hash = short(running);
        match self {
            OnDisk::Config(config) if config == running => Title::new(format!("配置 {hash}"), format!("config {hash}")),
            OnDisk::Config(config) => {
                let next = short(config);
                Title::new(
                    format!("配置 {hash}；目录里已改为 {next}（hongling plan 看改动）"),
                    format!("config {hash}; the folder now says {next} (`hongling plan` tells what it changes)"),
                )
            }
            OnDisk::Errors(errors) => Title::new(
                format!("配置 {hash}；目录里的改动有 {errors} 处错误（见 hongling check）"),
                format!(
                    "config {hash}; the folder now has {} (see `hongling check`)",
                    counted(*errors as u64, "error")
                ),
            ),
        }
    }
}

impl Status {
    /// The district on disk; where that does not hold, the one in force.
    fn open(&self) -> Result<(District, OnDisk), Ended> {
        let problems = match District::open(&self.folder.dir, &program()?) {
            Ok(district) => {
                let hash = district.config.hash.clone();
                return Ok((district, OnDisk::Config(hash)));
            }
            Err(NotOpened::Problems(problems)) => problems,
            Err(other) => return Err(other.into()),
        };
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        match District::in_force(&self.folder.dir) {
            Ok(Some(district)) => Ok((district, OnDisk::Errors(errors))),
            // Nothing was ever in force, or it cannot be read: then the problems come first.
            Ok(None) | Err(_) => Err(NotOpened::Problems(problems).into()),
        }
    }

    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let (district, on_disk) = self.open()?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let counts = Counts::read(reader, config)?;
        let Counts { config: running, desks, inputs, events, matters, clocks, waiting, parked, jobs, notices, limits } =
            &counts;
        let schedules = schedules::standing(reader, config)?;
        let warnings = district.shelf.warnings();
        let libraries: Vec<_> = district.shelf.report().into_iter().filter(|entry| entry.in_use).collect();
        let status = json!({
            "config": running, "on_disk": on_disk, "desks": desks, "inputs": inputs, "events": events, "matters": matters,
            "clocks": clocks, "waiting": waiting, "parked": parked, "jobs": jobs, "warnings": warnings,
            "libraries": libraries, "isolated": district.isolated, "limits": limits, "notices": notices,
            "schedules": schedules,
        });
        let hash = on_disk.words(running);
        let sent = |stand: Stand| notices.get(stand.as_str()).copied().unwrap_or(0);
        let (to_send, stuck) = (sent(Stand::Waiting) + sent(Stand::Leaving), sent(Stand::Parked));
        let (delivered, kept) = (sent(Stand::Delivered), sent(Stand::Held) + sent(Stand::Unreachable));
        let sums = Title::new(
            format!(
                "输入 {inputs} 条，过程记录 {events} 条，事项 {matters} 件，运行中的时限 {clocks} 个\n\
                 待重试 {waiting} 步，异常待处理 {parked} 步，后台任务 {jobs} 个\n\
                 消息：已送出 {delivered} 条，待送 {to_send} 条，已停 {stuck} 条，不送 {kept} 条\n{}",
                hash.zh
            ),
            format!(
                "{}, {}, {}, {} running\n{} to be tried again, {parked} parked, {} waiting\n\
                 {} delivered, {to_send} to be, {stuck} parked, {kept} not to be\n{}",
                counted(*inputs, "input"),
                counted(*events, "event"),
                counted(*matters, "matter"),
                counted(*clocks as u64, "clock"),
                counted(*waiting as u64, "step"),
                counted(*jobs as u64, "job"),
                counted(delivered, "notice"),
                hash.en
            ),
        );
        screen.print(&status, || {
            let mut text = warnings.iter().map(|warning| format!("{}\n", screen.pick(warning))).collect::<String>();
            text.push_str(&draw_counts(screen, config, desks));
            text.push_str(&draw_isolated(screen, &district));
            text.push_str(&schedules::draw(screen, config, &schedules));
            text.push_str(&format!("\n{}\n\n{}\n", screen.pick(&sums), screen.words("上限：", "Limits:")));
            text.push_str(&draw_limits(screen));
            text
        })?;
        Ok(())
    }
}

/// Which desks run in processes of their own, and what guards those.
fn draw_isolated(screen: Screen, district: &District) -> String {
    let config = &district.config;
    let told = |guard: &Guard| match guard {
        Guard::Full => screen.words("完整", "full").to_owned(),
        Guard::Partial => screen.words("部分", "partial").to_owned(),
        Guard::Missing(why) => format!("{} ({why})", screen.words("没有", "missing")),
    };
    let lines = district.isolated.iter().map(|(name, Guards { landlock, seccomp, .. })| {
        let title = config.desk(name).map_or(name.as_str(), |desk| screen.pick(&config.desks[desk.get()].title));
        let (landlock, seccomp) = (told(landlock), told(seccomp));
        let Isolation { call_ms, memory_mib, .. } = config.isolation;
        let words = Title::new(
            format!("隔离运行：{title}；文件（Landlock）{landlock}，系统调用（seccomp）{seccomp}，每次 {call_ms} 毫秒，{memory_mib} MiB"),
            format!(
                "isolated: {title}; files (Landlock) {landlock}, system calls (seccomp) {seccomp}, {call_ms} ms a call, \
                 {memory_mib} MiB"
            ),
        );
        format!("\n{}", screen.pick(&words))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn draw_limits(screen: Screen) -> String {
    let rows: Vec<Vec<String>> =
        limits::table().into_iter().map(|(name, most)| vec![screen.pick(&name).to_owned(), most.to_string()]).collect();
    draw_table(&[screen.words("项目", "limit"), screen.words(">最多", ">most")], &rows)
}

/// A number of things, in English.
pub(super) fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
