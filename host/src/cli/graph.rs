//! `graph`: desks and what leads from one to the next, as text or as a Mermaid flowchart.
//!
//! Drawn from what the config resolves to and what was proven of it: a desk that nothing reaches and a
//! route that never matches are marked.

mod mermaid;
mod text;

use clap::{Args, ValueEnum};
use plugin_api::Title;
use plugin_api::manifest::Take;
use serde::Serialize;

use super::error::Ended;
use super::screen::Screen;
use super::{Folder, program};
use crate::clock::Moment;
use crate::config::{Config, DeskConfig};
use crate::district::read_config;
use crate::engine::input::{Clock as _, SystemClock};
use crate::routes::{Condition, DeskIx};
use crate::schedule::Schedule;
use crate::words::Words;

/// `graph`
#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    folder: Folder,
    /// How it is drawn · 画成什么
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for a terminal.
    Text,
    /// A flowchart that code hosts and documents draw.
    Mermaid,
}

/// Everything there is to draw.
#[derive(Clone, Debug, Serialize)]
struct Graph {
    name: Title,
    desks: Vec<Node>,
    schedules: Vec<Scheduled>,
}

/// A schedule.
#[derive(Clone, Debug, Serialize)]
struct Scheduled {
    id: String,
    every: Title,
    topic: String,
    title: Title,
    to: String,
    /// Whether it ever comes.
    comes: bool,
}

/// A desk.
#[derive(Clone, Debug, Serialize)]
struct Node {
    name: String,
    title: Title,
    library: String,
    /// What opens a matter here.
    opens: Vec<Title>,
    /// Whether anything leads to it.
    reached: bool,
    says: Vec<Said>,
}

/// A topic of a desk that leads somewhere, or should.
#[derive(Clone, Debug, Serialize)]
struct Said {
    topic: String,
    title: Title,
    /// What it follows on, where the desk tells.
    after: Option<Vec<After>>,
    routes: Vec<Way>,
    /// Desks that a watch tells.
    watches: Vec<Way>,
    /// Desks that take the topic and that no route or watch names: told by the desk itself, if at all.
    tells: Vec<String>,
}

/// What a topic follows on.
#[derive(Clone, Debug, Serialize)]
struct After {
    name: String,
    title: Title,
    by: By,
}

/// What makes a desk take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum By {
    Person,
    Clock,
    Job,
    Topic,
    Schedule,
}

/// A route or watch for one desk's topic.
#[derive(Clone, Debug, Serialize)]
struct Way {
    id: String,
    when: Vec<Title>,
    to: Vec<String>,
    /// Whether any event of this desk goes this way.
    matches: bool,
}

impl GraphArgs {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let config = read_config(&self.folder.dir, &program()?)?;
        let graph = graph(Words { config: &config, day: config.day_of(SystemClock.now_ms()) });
        screen.print(&graph, || match self.format {
            Format::Text => text::draw(screen, &graph),
            Format::Mermaid => mermaid::draw(screen, &graph),
        })?;
        Ok(())
    }
}

fn graph(words: Words<'_>) -> Graph {
    let config = words.config;
    let desks = words.desks().into_iter().filter_map(|spec| Some((config.desk(&spec.name)?, spec)));
    Graph {
        name: config.name.clone(),
        desks: desks.map(|(desk, spec)| node(words, desk, spec)).collect(),
        schedules: config.schedules.iter().map(|schedule| scheduled(words, schedule)).collect(),
    }
}

fn scheduled(words: Words<'_>, schedule: &Schedule) -> Scheduled {
    let to = words.config.desks[schedule.to.get()].name.clone();
    Scheduled {
        id: schedule.id.clone(),
        every: schedule.every.words(),
        title: words.step(&to, &schedule.emit),
        topic: schedule.emit.clone(),
        comes: schedule.every.comes(&words.config.calendar),
        to,
    }
}

fn node(words: Words<'_>, desk: DeskIx, spec: &DeskConfig) -> Node {
    let opens = spec.manifest.action.iter().filter(|action| action.on == "desk").map(|action| action.title.clone());
    let says = spec.manifest.say.iter().map(|say| Said {
        topic: say.topic.clone(),
        title: say.title.clone(),
        after: say.after.as_ref().map(|after| after.iter().map(|name| follows(words, spec, name)).collect()),
        routes: routes(words, desk, &say.topic),
        watches: watches(words, desk, &say.topic),
        // What is not for the record alone is meant to be routed.
        tells: if say.log { told(words.config, desk, &say.topic) } else { Vec::new() },
    });
    let leads = |said: &Said| !said.routes.is_empty() || !said.watches.is_empty() || !said.tells.is_empty();
    let must_lead = |said: &Said| spec.manifest.say(&said.topic).is_some_and(|say| !say.log);
    Node {
        name: spec.name.clone(),
        title: spec.title.clone(),
        library: spec.library.clone(),
        opens: opens.collect(),
        reached: words.config.reach.desks.get(desk.get()).copied().unwrap_or(true),
        says: says.filter(|said| leads(said) || must_lead(said)).collect(),
    }
}

fn follows(words: Words<'_>, spec: &DeskConfig, name: &str) -> After {
    let by = if spec.manifest.action(name).is_some() {
        By::Person
    } else if Moment::of_call(name).is_some() {
        By::Clock
    } else if name.starts_with("job.") {
        By::Job
    } else if spec.manifest.take(name).is_some_and(Take::is_on_desk) {
        By::Schedule
    } else {
        By::Topic
    };
    After { name: name.to_owned(), title: words.step(&spec.name, name), by }
}

fn routes(words: Words<'_>, desk: DeskIx, topic: &str) -> Vec<Way> {
    let config = words.config;
    let takes = |at: usize| config.reach.routes.get(at).is_none_or(|from| from.contains(&desk));
    let ours = config.routes.iter().enumerate().filter(|(_, route)| route.on == topic);
    ours.filter(|(_, route)| route.from.is_none_or(|from| from == desk))
        .map(|(at, route)| Way {
            id: route.id.clone(),
            when: conditions(words, &route.when),
            to: vec![config.desks[route.to.get()].name.clone()],
            matches: takes(at),
        })
        .collect()
}

fn watches(words: Words<'_>, desk: DeskIx, topic: &str) -> Vec<Way> {
    let config = words.config;
    let ours = config.watches.iter().filter(|watch| watch.on.iter().any(|on| on == topic));
    ours.filter(|watch| watch.from.is_none_or(|from| from == desk))
        .map(|watch| Way {
            id: watch.id.clone(),
            when: conditions(words, &watch.when),
            to: watch.to.iter().map(|to| config.desks[to.get()].name.clone()).collect(),
            matches: true,
        })
        .collect()
}

/// Each condition in words: what is looked at, and what it must be.
fn conditions(words: Words<'_>, when: &[Condition]) -> Vec<Title> {
    let said = when.iter().map(|condition| words.condition(&condition.on, &condition.must));
    said.map(|(on, must)| Title::new(format!("{}为{}", on.zh, must.zh), format!("{} is {}", on.en, must.en))).collect()
}

fn told(config: &Config, desk: DeskIx, topic: &str) -> Vec<String> {
    let is_led = |to: DeskIx| {
        let from = |from: Option<DeskIx>| from.is_none_or(|from| from == desk);
        config.routes.iter().any(|route| route.on == topic && route.to == to && from(route.from))
            || config
                .watches
                .iter()
                .any(|watch| watch.on.iter().any(|on| on == topic) && watch.to.contains(&to) && from(watch.from))
    };
    let others = (0..).map(DeskIx).zip(&config.desks).filter(|(to, _)| *to != desk);
    others
        .filter(|(to, spec)| spec.manifest.take(topic).is_some_and(|take| !take.is_on_desk()) && !is_led(*to))
        .map(|(_, spec)| spec.name.clone())
        .collect()
}
