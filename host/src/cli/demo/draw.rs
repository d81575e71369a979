//! The summary as text for a terminal.

use jiff::tz::TimeZone;

use super::Summary;
use super::figures::{Figures, Label, Time};
use super::stories::Story;
use crate::cli::Lang;
use crate::cli::screen::{Screen, bar, draw_table};
use crate::lang::local;

const BAR_WIDTH: usize = 24;
/// Values of a label and units that are drawn; JSON has all.
const LINES_MAX: usize = 10;
/// Characters of a text in a story; `show` has all of it.
const CHARS_MAX: usize = 60;
const MINUTES_OF_DAY: i64 = 24 * 60;

/// The whole summary.
pub(super) fn draw(screen: Screen, zone: &TimeZone, summary: &Summary) -> String {
    let figures = &summary.figures;
    let mut parts = vec![draw_head(screen, zone, summary)];
    for label in &figures.labels {
        parts.push(if label.routed { draw_routed(screen, label) } else { draw_bars(screen, label) });
    }
    parts.push(draw_places(screen, figures));
    parts.push(draw_units(screen, figures));
    parts.push(draw_topics(screen, figures));
    parts.extend(summary.stories.iter().map(|story| draw_story(screen, zone, story)));
    parts.push(draw_next(screen, summary));
    parts.join("\n\n")
}

fn draw_head(screen: Screen, zone: &TimeZone, summary: &Summary) -> String {
    let figures = &summary.figures;
    let (from, to) = (local(figures.from, zone), local(figures.to, zone));
    let name = screen.pick(&figures.name);
    let percent = figures.closed * 100 / figures.received.max(1);
    let outcomes = figures.outcomes.iter().map(|outcome| {
        format!("{}·{} {}", screen.pick(&outcome.desk_title), screen.pick(&outcome.title), outcome.time.closed)
    });
    let stages = figures
        .stages
        .iter()
        .map(|stage| format!("{}·{} {}", screen.pick(&stage.desk_title), screen.pick(&stage.title), stage.matters));
    let clocks =
        figures.topics.iter().filter(|topic| 0 < topic.by_clocks).map(|topic| {
            format!("{}·{} {}", screen.pick(&topic.desk_title), screen.pick(&topic.title), topic.by_clocks)
        });
    let joined = |all: Vec<String>| all.join(screen.words("，", ", "));
    let (outcomes, stages, clocks) = (joined(outcomes.collect()), joined(stages.collect()), joined(clocks.collect()));
    let days = Days(figures.time);
    match screen.lang {
        Lang::Zh => [
            format!("{name} · 演练  {from} 至 {to}"),
            format!("演练目录  {}", summary.folder),
            String::new(),
            format!("收到      {} 件", figures.received),
            format!("已结案    {} 件（{percent}%）  {outcomes}", figures.closed),
            format!("在办      {} 件  {stages}", figures.open),
            format!(
                "          其中等岗位或个人办 {} 件，等单位办 {} 件",
                figures.open_with_people, figures.open_with_units
            ),
            format!("时限到了  {} 次，涉及 {} 件  {clocks}", figures.clocks_ran_out, figures.matters_ran_out),
            format!("结案用时  中位数 {} 天，最长 {} 天", days.median(), days.longest()),
            format!("办理      {} 人，操作 {} 次", figures.people, figures.acts),
        ]
        .join("\n"),
        Lang::En => [
            format!("{name} · exercise  {from} to {to}"),
            format!("Folder    {}", summary.folder),
            String::new(),
            format!("Received  {}", figures.received),
            format!("Closed    {} ({percent}%)  {outcomes}", figures.closed),
            format!("Open      {}  {stages}", figures.open),
            format!(
                "          {} wait for a post or a person, {} for a unit",
                figures.open_with_people, figures.open_with_units
            ),
            format!("Time out  {} times, on {} matters  {clocks}", figures.clocks_ran_out, figures.matters_ran_out),
            format!("To close  median {} days, longest {} days", days.median(), days.longest()),
            format!("Work      {} people, {} actions", figures.people, figures.acts),
        ]
        .join("\n"),
    }
}

fn draw_routed(screen: Screen, label: &Label) -> String {
    let title = screen.pick(&label.title);
    let heads = match screen.lang {
        Lang::Zh => [title, ">收到", ">结案", ">在办", ">中位天数", ">最长天数"],
        Lang::En => [title, ">Received", ">Closed", ">Open", ">Median days", ">Longest days"],
    };
    let rows = label.values.iter().map(|line| {
        let days = Days(line.time);
        let name = screen.pick(&line.title).to_owned();
        let closed = line.time.closed.to_string();
        vec![name, line.received.to_string(), closed, line.open.to_string(), days.median(), days.longest()]
    });
    draw_table(&heads, &rows.collect::<Vec<_>>())
}

fn draw_bars(screen: Screen, label: &Label) -> String {
    let title = match (screen.lang, LINES_MAX < label.values.len()) {
        (Lang::Zh, true) => format!("{}（最多的 {LINES_MAX} 个，共 {} 个）", label.title.zh, label.values.len()),
        (Lang::En, true) => format!("{} (the first {LINES_MAX} of {})", label.title.en, label.values.len()),
        (Lang::Zh, false) => label.title.zh.clone(),
        (Lang::En, false) => label.title.en.clone(),
    };
    let most = label.values.first().map_or(0, |line| line.received);
    let as_i64 = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let rows = label.values.iter().take(LINES_MAX).map(|line| {
        let bar = bar(as_i64(line.received), as_i64(most), BAR_WIDTH);
        vec![screen.pick(&line.title).to_owned(), line.received.to_string(), bar]
    });
    draw_table(&[&title, screen.words(">件", ">Matters"), ""], &rows.collect::<Vec<_>>())
}

fn draw_places(screen: Screen, figures: &Figures) -> String {
    let outcomes: Vec<String> =
        figures.outcomes.iter().map(|outcome| format!(">{}", screen.pick(&outcome.title))).collect();
    let mut heads = vec![screen.words("街道", "Subdistrict"), screen.words(">收到", ">Received")];
    heads.extend(outcomes.iter().map(String::as_str));
    heads.extend([screen.words(">在办", ">Open"), screen.words(">曾到时限", ">Time ran out")]);
    let rows = figures.places.iter().map(|line| {
        let mut row = vec![screen.pick(&line.title).to_owned(), line.received.to_string()];
        row.extend(line.outcomes.iter().map(ToString::to_string));
        row.extend([line.open.to_string(), line.ran_out.to_string()]);
        row
    });
    draw_table(&heads, &rows.collect::<Vec<_>>())
}

fn draw_units(screen: Screen, figures: &Figures) -> String {
    let topics: Vec<String> = figures.unit_topics.iter().map(|title| format!(">{}", screen.pick(title))).collect();
    let title = match screen.lang {
        Lang::Zh => format!("单位（共 {} 个，件）", figures.units.len()),
        Lang::En => format!("Unit ({} in all; matters)", figures.units.len()),
    };
    let mut heads = vec![title.as_str()];
    heads.extend(topics.iter().map(String::as_str));
    heads.push(screen.words(">现在主办", ">Leads now"));
    let rows = figures.units.iter().take(LINES_MAX).map(|line| {
        let mut row = vec![screen.pick(&line.title).to_owned()];
        row.extend(line.matters.iter().map(ToString::to_string));
        row.push(line.open.to_string());
        row
    });
    draw_table(&heads, &rows.collect::<Vec<_>>())
}

fn draw_topics(screen: Screen, figures: &Figures) -> String {
    let heads = match screen.lang {
        Lang::Zh => ["业务台", "过程", ">次数", ">件数", ">人办的", ">到时的", "转到"],
        Lang::En => ["Desk", "Event", ">Times", ">Matters", ">By people", ">Time ran out", "Handed to"],
    };
    let rows = figures.topics.iter().map(|topic| {
        let routes = topic.routes.iter().map(|route| format!("{} {}", screen.pick(&route.to_title), route.events));
        vec![
            screen.pick(&topic.desk_title).to_owned(),
            screen.pick(&topic.title).to_owned(),
            topic.events.to_string(),
            topic.matters.to_string(),
            topic.by_people.to_string(),
            topic.by_clocks.to_string(),
            routes.collect::<Vec<_>>().join(screen.words("，", ", ")),
        ]
    });
    draw_table(&heads, &rows.collect::<Vec<_>>())
}

fn draw_story(screen: Screen, zone: &TimeZone, story: &Story) -> String {
    let took = story.minutes.map_or_else(String::new, |minutes| match screen.lang {
        Lang::Zh => format!("，{}结案", span(screen, minutes)),
        Lang::En => format!(", closed in {}", span(screen, minutes)),
    });
    let about = screen.pick(&story.about);
    let place = screen.pick(&story.place);
    let mut lines = vec![match screen.lang {
        Lang::Zh => format!("{about}：{}  {}（{place}{took}）", story.number, story.title),
        Lang::En => format!("{about}: {}  {} ({place}{took})", story.number, story.title),
    }];
    for step in &story.steps {
        let by = match (&step.by, step.by_clock) {
            (Some(name), _) => format!(" [{name}]"),
            (None, true) => format!(" [{}]", screen.words("到时自动", "time ran out")),
            (None, false) => String::new(),
        };
        let told: Vec<String> = step.told.iter().map(|title| shortened(screen.pick(title))).collect();
        let line = format!("  {}  {}{by}  {}", local(step.at, zone), screen.pick(&step.title), told.join(" · "));
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn draw_next(screen: Screen, summary: &Summary) -> String {
    let mut lines = vec![screen.words("接下来可以试试：", "What to try next:").to_owned()];
    for next in &summary.next {
        lines.push(format!("  # {}", screen.pick(&next.about)));
        lines.push(format!("  {}", next.command));
    }
    lines.join("\n")
}

/// A time in days, to a tenth.
struct Days(Time);

impl Days {
    fn median(&self) -> String {
        self.or_none(self.0.median_minutes)
    }

    fn longest(&self) -> String {
        self.or_none(self.0.longest_minutes)
    }

    fn or_none(&self, minutes: i64) -> String {
        if self.0.closed == 0 { "—".to_owned() } else { tenths(minutes) }
    }
}

/// A time in the unit that says most.
fn span(screen: Screen, minutes: i64) -> String {
    let (count, zh, en) = match minutes {
        ..60 => (minutes.to_string(), "分钟", "minute"),
        60..MINUTES_OF_DAY => (((minutes + 30) / 60).to_string(), "小时", "hour"),
        _ => (tenths(minutes), "天", "day"),
    };
    match screen.lang {
        Lang::Zh => format!("{count} {zh}"),
        Lang::En => format!("{count} {en}{}", if count == "1" { "" } else { "s" }),
    }
}

/// A text cut to what fits beside others on a line.
fn shortened(text: &str) -> String {
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}

/// Days of these minutes, rounded to a tenth.
fn tenths(minutes: i64) -> String {
    let tenths = (minutes * 10 + MINUTES_OF_DAY / 2) / MINUTES_OF_DAY;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Lang, Screen, shortened, span};

    #[test]
    fn spans() {
        let zh = Screen { json: false, lang: Lang::Zh };
        let en = Screen { json: false, lang: Lang::En };
        let shown =
            [0, 52, 89, 1_439, 1_440, 20_168].map(|minutes| format!("{} = {}", span(zh, minutes), span(en, minutes)));
        expect![[r#"
            0 分钟 = 0 minutes
            52 分钟 = 52 minutes
            1 小时 = 1 hour
            24 小时 = 24 hours
            1.0 天 = 1.0 days
            14.0 天 = 14.0 days"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "水".repeat(61);
        assert_eq!(shortened(&text), format!("{}…", "水".repeat(59)));
        assert_eq!(shortened(&text[3..]), text[3..]);
    }
}
