//! `show`: a matter with its way so far.

use clap::Args;
use plugin_api::{ClockState, Matter, Title};
use serde_json::json;

use super::viewer;
use crate::actor::Actor;
use crate::cli::error::Ended;
use crate::cli::notice;
use crate::cli::screen::{Screen, draw_table};
use crate::cli::{NamedFolder, named, program};
use crate::config::Config;
use crate::district::{District, exercise_ms};
use crate::engine::answers::event;
use crate::engine::input::{Clock as _, SystemClock, instant};
use crate::engine::look::{ShownClock, clocks, read_matter};
use crate::lang::{Lang, local};
use crate::store::{JournalEvent, open_reading};
use crate::tables::drawn;
use crate::words::{Words, last_words, status};

/// `show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter · 事项编号
    number: String,
    /// See it as this person does · 按此人能看到的来看
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

impl Show {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let viewer = viewer(config, self.by.as_deref())?;
        let id = named::matter(reader, &self.number)?;
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let stored = reader.matter(id)?.filter(|stored| {
            crate::store::parse_head(&stored.head).is_ok_and(|head| viewer.sees(config, now_ms, &head))
        });
        let stored = stored.ok_or_else(|| named::no_matter(&self.number))?;
        let matter = read_matter(config, reader, &stored, now_ms)?;
        let clocks = clocks(config, reader, id, now_ms)?;
        let events = reader.events(id, 0)?;
        let plain: Result<Vec<_>, String> = events.clone().into_iter().map(event).collect();
        let notices = notice::of_matter(reader, id)?;
        let data = json!({
            "matter": matter, "events": plain.map_err(anyhow::Error::msg)?, "clocks": clocks, "notices": notices,
        });
        let words = Words { config, day: config.day_of(now_ms) };
        Ok(screen.print(&data, || {
            draw_matter(screen, words, &matter, &clocks, &events) + &notice::draw(screen, words, &notices)
        })?)
    }
}

fn draw_clock(screen: Screen, config: &Config, clock: &ShownClock) -> String {
    let state = match clock.state {
        ClockState::Running => "",
        ClockState::Paused => screen.words("（已暂停）", " (paused)"),
        ClockState::Out => screen.words("（已超期）", " (run out)"),
    };
    let lamp = clock.lamp.map_or_else(String::new, |lamp| drawn::lamp(screen.lang, lamp));
    let why = clock.why.as_deref().unwrap_or("");
    let due = drawn::due(screen.lang, config, clock.due);
    let review = clock.review.map_or_else(String::new, |review| {
        let due = drawn::due(screen.lang, config, review);
        format!("{}{due}", screen.words("；复查 ", "; to be looked at again "))
    });
    format!("{} {due}{state} {lamp} {why}{review}", screen.pick(&clock.title)).trim_end().to_owned()
}

fn draw_matter(
    screen: Screen,
    words: Words<'_>,
    matter: &Matter,
    clocks: &[ShownClock],
    events: &[JournalEvent],
) -> String {
    let config = words.config;
    let pick = |title: &Title| screen.pick(title).to_owned();
    let labels = matter.labels.iter().map(|(name, value)| {
        let (name, value) = words.label(name, value);
        format!("{}={}", pick(&name), pick(&value))
    });
    let stage = words.stage(&matter.desk, &matter.kind, &matter.stage);
    let place = format!("{}  {}", pick(&words.place(&matter.place)), matter.address.as_deref().unwrap_or(""));
    let where_it_is = [status(matter.status), words.desk(&matter.desk), stage].map(|title| pick(&title)).join(" · ");
    let mut facts = vec![
        (screen.words("事项", "Matter"), format!("{}  {}", matter.number, matter.title)),
        (screen.words("区域", "Place"), place),
        (screen.words("状态", "Status"), where_it_is),
        (screen.words("标签", "Labels"), labels.collect::<Vec<_>>().join("  ")),
        (screen.words("登记", "Opened"), local(matter.opened, &config.zone)),
    ];
    if let Some(lamp) = matter.lamp {
        facts.push((screen.words("亮灯", "Lamp"), drawn::lamp(screen.lang, lamp)));
    }
    for clock in clocks {
        facts.push((screen.words("时限", "Clock"), draw_clock(screen, config, clock)));
    }
    if let Some(outcome) = &matter.outcome {
        facts.push((screen.words("结果", "Outcome"), pick(&words.outcome(last_words(matter, events), outcome))));
    }
    if !matter.holders.is_empty() {
        let holders: Vec<String> =
            matter.holders.iter().map(|holder| drawn::holder(screen.lang, config, holder)).collect();
        facts.push((screen.words("承办", "Holders"), holders.join(screen.words("、", ", "))));
    }
    let mut text = String::new();
    for (name, value) in facts {
        text.push_str(&format!("{name}\t{}\n", value.trim_end()));
    }
    text.push_str(&format!("\n{}\n\n", matter.text));
    let rows: Vec<Vec<String>> = events.iter().map(|event| draw_event(screen, words, event)).collect();
    let heads = match screen.lang {
        Lang::Zh => ["时间", "办理过程", "谁", "内容", "流转"],
        Lang::En => ["Time", "Event", "By", "Data", "Route"],
    };
    text.push_str(&draw_table(&heads, &rows));
    text
}

/// Time, topic, who, what was said, and the route that took it.
pub(super) fn draw_event(screen: Screen, words: Words<'_>, event: &JournalEvent) -> Vec<String> {
    let said = words.said(event);
    let said = said.iter().map(|(name, value)| format!("{}={}", screen.pick(name), screen.pick(value)));
    vec![
        local(instant(event.at_ms), &words.config.zone),
        screen.pick(&words.topic(event)).to_owned(),
        event.by.as_deref().map_or_else(String::new, |by| screen.pick(&words.actor(&Actor::of_journal(by))).to_owned()),
        said.collect::<Vec<_>>().join(screen.words("；", "; ")),
        event.route.clone().unwrap_or_default(),
    ]
}
