//! A decision in words that a clerk understands.

use plugin_api::{Status, Title};

use super::Step;
use crate::cli::looking::show::draw_event;
use crate::cli::screen::Screen;
use crate::config::Config;
use crate::engine::input::instant;
use crate::engine::look::Explained;
use crate::lang::{Lang, local};
use crate::matter::Head;
use crate::store::JournalEvent;
use crate::words::decision::tried_lines;
use crate::words::{Words, status};

/// An event, every route that was tried for it, and what came of it.
pub(super) fn draw_step(
    screen: Screen,
    words: Words<'_>,
    row: &JournalEvent,
    explained: Option<&Explained>,
) -> Vec<String> {
    let cells = draw_event(screen, words, row);
    let sayer = words.sayer(row);
    let sayer = screen.pick(&sayer);
    let colon = screen.words("：", ": ");
    let mut lines = vec![format!("{}  {sayer}{colon}{}  {}", cells[0], cells[1], cells[3]).trim_end().to_owned()];
    let Some(explained) = explained else { return lines };
    lines.extend(tried_lines(screen.lang, words, &explained.tried).into_iter().map(|line| format!("    {line}")));
    let to = words.desk(explained.to.as_deref().unwrap_or("?"));
    let to = screen.pick(&to);
    lines.push(match (&explained.route, screen.lang) {
        (Some(route), Lang::Zh) => format!("    → 按规则 {route} 转到“{to}”"),
        (Some(route), Lang::En) => format!("    → route {route} hands it to {to}"),
        (None, Lang::Zh) => "    → 没有流转规则适用，留在原处".to_owned(),
        (None, Lang::En) => "    → no route took it; it stayed".to_owned(),
    });
    if !explained.told.is_empty() {
        let told: Vec<Title> = explained.told.iter().map(|desk| words.desk(desk)).collect();
        let told: Vec<&str> = told.iter().map(|title| screen.pick(title)).collect();
        let said = screen.words("抄送：", "also told: ");
        lines.push(format!("    ⇢ {said}{}", told.join(screen.words("、", ", "))));
    }
    if let Some(today) = &explained.today {
        let today = today.as_deref().unwrap_or(screen.words("无", "none"));
        lines.push(match screen.lang {
            Lang::Zh => format!("    （按现行配置会是：{today}）"),
            Lang::En => format!("    (by today's config it would be: {today})"),
        });
    }
    lines
}

/// A line that says which schedule led to what follows.
pub(super) fn draw_schedule(screen: Screen, config: &Config, id: &str) -> String {
    let schedule = config.schedules.iter().find(|schedule| schedule.id == id);
    let every = schedule.map_or_else(Title::default, |schedule| schedule.every.words());
    let every = screen.pick(&every);
    match screen.lang {
        Lang::Zh => format!("⏰ 定时规则 {id}  {every}"),
        Lang::En => format!("⏰ schedule {id}  {every}"),
    }
}

/// A line that says which config what follows was decided by.
pub(super) fn draw_version(screen: Screen, (version, is_today): (usize, bool)) -> String {
    match (screen.lang, is_today) {
        (Lang::Zh, true) => format!("—— 第 {version} 版配置（现行） ——"),
        (Lang::Zh, false) => format!("—— 第 {version} 版配置 ——"),
        (Lang::En, true) => format!("-- config {version} (today's) --"),
        (Lang::En, false) => format!("-- config {version} --"),
    }
}

/// Why the matter is where it is, in a sentence.
pub(super) fn why(words: Words<'_>, head: &Head, steps: &[Step<'_>]) -> Title {
    let (desk, stage) = (words.desk(&head.desk), words.stage(&head.desk, &head.kind, &head.stage));
    let stage = if head.status == Status::Open { stage } else { status(head.status) };
    let at = |row: &JournalEvent| local(instant(row.at_ms), &words.config.zone);
    let came = steps.iter().rev().find(|step| {
        let by_route = step.explained.as_ref().is_some_and(|explained| explained.to.as_deref() == Some(&*head.desk));
        by_route || (step.row.desk == "host" && step.row.topic == "moved")
    });
    let (zh, en) = match came {
        None => (
            "在这里登记，没有流转规则把它转走".to_owned(),
            "it was opened there, and no route has led it on".to_owned(),
        ),
        Some(step) => match &step.row.route {
            Some(route) => {
                let (sayer, topic, at) = (words.sayer(&step.row), words.topic(&step.row), at(&step.row));
                (
                    format!("{at} “{}”{}，按规则 {route} 转来", sayer.zh, topic.zh),
                    format!("route {route} handed it over at {at}, when {} said {:?}", sayer.en, topic.en),
                )
            }
            None => (
                format!("{} 由人工移交过来", at(&step.row)),
                format!("it was moved there by hand at {}", at(&step.row)),
            ),
        },
    };
    let unrouted = head.host.unrouted;
    let [zh_more, en_more] = if unrouted {
        ["；之后没有流转规则接，标为“无去向”", "; no route took what was said since, so it is marked unrouted"]
    } else {
        ["", ""]
    };
    Title::new(
        format!("现在在“{}”（{}）：{zh}{zh_more}", desk.zh, stage.zh),
        format!("Now at {} ({}): {en}{en_more}", desk.en, stage.en),
    )
}
