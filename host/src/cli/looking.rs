//! `show`, `list`, `view` and `explain`: looking without changing anything, also beside a running
//! host.

mod explain;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use plugin_api::field::parse_form;
use plugin_api::{LabelValue, Labels, Matter, MatterFilter, MatterId, PersonId, PlaceId, Status};
use serde_json::{Map, Value, json};

use super::error::Ended;
use super::screen::{Screen, draw_table, local};
use super::{Folder, NamedFolder, program};
use crate::config::Config;
use crate::config::known::Known;
use crate::district::{District, exercise_ms};
use crate::engine::answers::event;
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::look::{Look, Viewer, view};
use crate::matter::whole;
use crate::store::{JournalEvent, Reader, open_reading};
use crate::tables::drawn;

pub(crate) use explain::Explain;

/// `show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter
    number: String,
    /// See it as this person does
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

/// `list`
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    folder: Folder,
    /// On this desk
    #[arg(long)]
    desk: Option<String>,
    /// Of this kind
    #[arg(long)]
    kind: Option<String>,
    /// In this stage
    #[arg(long)]
    stage: Option<String>,
    /// open, closed or joined
    #[arg(long, value_parser = parse_status)]
    status: Option<Status>,
    /// At this place or within it
    #[arg(long)]
    place: Option<String>,
    /// With this label, NAME=VALUE; repeat for more
    #[arg(long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// Only those that no route took
    #[arg(long)]
    unrouted: bool,
    /// At most so many, newest first; all without it
    #[arg(long)]
    limit: Option<usize>,
    /// See them as this person does
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

/// `view`
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    #[command(flatten)]
    folder: NamedFolder,
    /// Name of the desk
    desk: String,
    /// Name of the view
    name: String,
    /// The matter, for a view of one
    #[arg(long, value_name = "NUMBER")]
    of: Option<String>,
    /// A parameter, NAME=VALUE; repeat for more
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write to this file, as XLSX must be
    #[arg(long)]
    out: Option<PathBuf>,
    /// See it as this person does
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Xlsx,
}

fn parse_status(text: &str) -> Result<Status, String> {
    match text {
        "open" => Ok(Status::Open),
        "closed" => Ok(Status::Closed),
        "joined" => Ok(Status::Joined),
        _ => Err("there are open, closed and joined".to_owned()),
    }
}

fn viewer(config: &Config, by: Option<&str>) -> Result<Viewer, Ended> {
    let Some(by) = by else { return Ok(Viewer::Operator) };
    match config.directory.resolve_person(by) {
        Some(person) => Ok(Viewer::Person(person.id.clone())),
        None => Err(Ended::Wanting(format!("{by:?} is nobody in the directory"))),
    }
}

fn pairs(given: &[String], what: &str) -> Result<Vec<(String, String)>, Ended> {
    let split =
        |text: &String| text.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    given
        .iter()
        .map(|text| split(text).ok_or_else(|| Ended::Wrong(format!("{what} {text:?} is not NAME=VALUE"))))
        .collect()
}

/// Labels as typed: true and false and whole numbers are what they look like.
fn labels(given: &[String]) -> Result<Labels, Ended> {
    let typed = |(name, value): (String, String)| {
        let value = match (value.as_str(), value.parse::<i64>()) {
            ("true", _) => true.into(),
            ("false", _) => false.into(),
            (_, Ok(number)) => number.into(),
            _ => LabelValue::Text(value),
        };
        (name, value)
    };
    Ok(pairs(given, "label")?.into_iter().map(typed).collect())
}

fn find(reader: Reader<'_>, number: &str) -> Result<MatterId, Ended> {
    reader.find(number)?.ok_or_else(|| Ended::Wanting(format!("there is no matter {number}")))
}

fn place(config: &Config, text: &str) -> Result<PlaceId, Ended> {
    let place = config.directory.resolve_place(text);
    place.map(|place| place.id.clone()).ok_or_else(|| Ended::Wanting(format!("there is no place {text:?}")))
}

impl Show {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let viewer = viewer(config, self.by.as_deref())?;
        let id = find(reader, &self.number)?;
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let stored = reader.matter(id)?.filter(|stored| {
            crate::store::parse_head(&stored.head).is_ok_and(|head| viewer.sees(config, now_ms, &head))
        });
        // The same answer for what is not there and what is not for this person.
        let stored = stored.ok_or_else(|| Ended::Wanting(format!("there is no matter {}", self.number)))?;
        let matter = whole(&stored.head, &stored.body).map_err(anyhow::Error::from)?;
        let events = reader.events(id, 0)?;
        let plain: Result<Vec<_>, String> = events.clone().into_iter().map(event).collect();
        let data = json!({ "matter": matter, "events": plain.map_err(Ended::Wrong)? });
        Ok(screen.print(&data, || draw_matter(screen, config, &matter, &events))?)
    }
}

fn draw_matter(screen: Screen, config: &Config, matter: &Matter, events: &[JournalEvent]) -> String {
    let desk = config.desk(&matter.desk).map(|desk| &config.desks[desk.get()]);
    let stage =
        desk.and_then(|desk| desk.manifest.kind(&matter.kind)?.stages.iter().find(|stage| stage.name == matter.stage));
    let desk_title = desk.map_or(matter.desk.as_str(), |desk| screen.pick(&desk.title));
    let stage_title = stage.map_or(matter.stage.as_str(), |stage| screen.pick(&stage.title));
    let place = config.directory.place(&matter.place).map_or(matter.place.as_str(), |place| screen.pick(&place.title));
    let labels: Vec<String> = matter.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut facts = vec![
        (screen.words("事项", "Matter"), format!("{}  {}", matter.number, matter.title)),
        (screen.words("区域", "Place"), format!("{place}  {}", matter.address.as_deref().unwrap_or(""))),
        (screen.words("状态", "Status"), format!("{:?} · {desk_title} · {stage_title}", matter.status).to_lowercase()),
        (screen.words("标签", "Labels"), labels.join("  ")),
        (screen.words("登记", "Opened"), local(matter.opened, &config.zone)),
    ];
    if let Some(outcome) = &matter.outcome {
        facts.push((screen.words("结果", "Outcome"), outcome.clone()));
    }
    if !matter.holders.is_empty() {
        let holders: Vec<String> = matter.holders.iter().map(|holder| drawn::holder(screen, config, holder)).collect();
        facts.push((screen.words("承办", "Holders"), holders.join(screen.words("、", ", "))));
    }
    let mut text = String::new();
    for (name, value) in facts {
        text.push_str(&format!("{name}\t{}\n", value.trim_end()));
    }
    text.push_str(&format!("\n{}\n\n", matter.text));
    let rows: Vec<Vec<String>> = events.iter().map(|event| draw_event(screen, config, event)).collect();
    let heads = match screen.lang {
        super::Lang::Zh => ["时间", "办理过程", "谁", "内容", "流转"],
        super::Lang::En => ["Time", "Event", "By", "Data", "Route"],
    };
    text.push_str(&draw_table(&heads, &rows));
    text
}

fn draw_event(screen: Screen, config: &Config, event: &JournalEvent) -> Vec<String> {
    let at = local(crate::engine::input::instant(event.at_ms), &config.zone);
    let said = config.desk(&event.desk).and_then(|desk| config.desks[desk.get()].manifest.say(&event.topic));
    let topic = said.map_or(event.topic.as_str(), |say| screen.pick(&say.title));
    let by = event.by.as_deref().map(PersonId::from);
    let by = by.map_or_else(String::new, |by| {
        config.directory.person(&by).map_or(by.to_string(), |person| person.name.clone())
    });
    let data: Map<String, Value> =
        event.data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
    let words: Vec<String> = data
        .iter()
        .map(|(name, value)| {
            let title =
                said.and_then(|say| say.data.get(name)).map_or(name.as_str(), |field| screen.pick(&field.title));
            format!("{title}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    vec![at, topic.to_owned(), by, words.join("; "), event.route.clone().unwrap_or_default()]
}

impl List {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let viewer = viewer(config, self.by.as_deref())?;
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let mut filter = MatterFilter {
            desk: self.desk.clone(),
            kind: self.kind.clone(),
            stage: self.stage.clone(),
            status: self.status,
            place: self.place.as_deref().map(|text| place(config, text)).transpose()?,
            labels: labels(&self.labels)?,
            unrouted: self.unrouted.then_some(true),
            limit: Some(crate::limits::PAGE_MAX),
            ..MatterFilter::default()
        };
        let most = self.limit.unwrap_or(usize::MAX);
        let mut matters: Vec<Matter> = Vec::new();
        while matters.len() < most {
            let page = reader.matters(&filter, &|head| viewer.sees(config, now_ms, head))?;
            for stored in &page {
                matters.push(whole(&stored.head, &stored.body).map_err(anyhow::Error::from)?);
            }
            if page.len() < crate::limits::PAGE_MAX as usize {
                break;
            }
            filter.before = matters.last().map(|matter| matter.id);
        }
        matters.truncate(most);
        if matters.is_empty() {
            check_names(config, &filter)?;
        }
        screen.print(&matters, || draw_list(screen, config, &matters))?;
        Ok(())
    }
}

/// Nothing found may mean a name misspelled. A desk or label that the config no longer has still finds
/// the matters that have it.
fn check_names(config: &Config, filter: &MatterFilter) -> Result<(), Ended> {
    let missing = |what: &str, name: &str, known: Vec<&str>| {
        Err(Ended::Wanting(format!("there is no {what} {name:?}; there are {}", known.join(", "))))
    };
    if let Some(desk) = filter.desk.as_deref().filter(|desk| config.desk(desk).is_none()) {
        return missing("desk", desk, config.desks.iter().map(|desk| desk.name.as_str()).collect());
    }
    let known: Vec<&str> =
        config.desks.iter().flat_map(|desk| desk.manifest.label.iter().map(|(name, _)| name)).collect();
    match filter.labels.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => missing("label", name, known),
        None => Ok(()),
    }
}

fn draw_list(screen: Screen, config: &Config, matters: &[Matter]) -> String {
    let rows = matters.iter().map(|matter| {
        let place =
            config.directory.place(&matter.place).map_or(matter.place.as_str(), |place| screen.pick(&place.title));
        vec![
            matter.number.clone(),
            match matter.status {
                Status::Open => format!("{}/{}", matter.desk, matter.stage),
                Status::Closed => format!("{} {}", matter.desk, screen.words("已结案", "closed")),
                Status::Joined => format!("{} {}", matter.desk, screen.words("已并入", "joined")),
            },
            matter.label("category").unwrap_or("").to_owned(),
            place.to_owned(),
            local(matter.opened, &config.zone),
            matter.title.chars().take(40).collect(),
        ]
    });
    let heads = match screen.lang {
        super::Lang::Zh => ["编号", "环节", "类别", "区域", "登记", "标题"],
        super::Lang::En => ["Number", "Where", "Category", "Place", "Opened", "Title"],
    };
    let count = matters.len();
    let total = match screen.lang {
        super::Lang::Zh => format!("共 {count} 件"),
        super::Lang::En => format!("{count} matters"),
    };
    format!("{}\n{total}", draw_table(&heads, &rows.collect::<Vec<_>>()))
}

impl ViewArgs {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config: &Arc<Config> = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let desk = config.desk(&self.desk).ok_or_else(|| {
            let known: Vec<&str> = config.desks.iter().map(|desk| desk.name.as_str()).collect();
            Ended::Wanting(format!("there is no desk {:?}; there are {}", self.desk, known.join(", ")))
        })?;
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let given: Map<String, Value> =
            pairs(&self.params, "parameter")?.into_iter().map(|(name, value)| (name, value.into())).collect();
        let params = match config.desks[desk.get()].manifest.view(&self.name) {
            Some(spec) => {
                let find_matter = |number: &str| reader.find(number).ok().flatten();
                let known = Known { config, day: config.day_of(now_ms), find_matter: &find_matter };
                parse_form(&spec.params, &given, &known).map_err(|objections| Ended::refused(screen, &objections))?
            }
            None => given,
        };
        let of = self.of.as_deref().map(|number| find(reader, number)).transpose()?;
        let look = Look { desk, name: self.name.clone(), of, params, now_ms };
        let viewer = viewer(config, self.by.as_deref())?;
        let shown = view(config, &*district.callers[desk.get()], reader, &look, &viewer)
            .map_err(|why| Ended::Wanting(screen.pick(&why).to_owned()))?;
        let format = if screen.json { Format::Json } else { self.format };
        let bytes = match format {
            Format::Table => drawn::text(screen, config, &shown).into_bytes(),
            Format::Json => serde_json::to_vec(&shown).map_err(anyhow::Error::from)?,
            Format::Csv => drawn::csv(screen, config, &shown)?,
            Format::Xlsx => drawn::xlsx(screen, config, &shown)?,
        };
        write_out(self.out.as_deref(), format, &bytes)
    }
}

fn write_out(out: Option<&std::path::Path>, format: Format, bytes: &[u8]) -> Result<(), Ended> {
    use std::io::Write as _;
    match out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Ended::Wrong(format!("cannot write {}: {error}", path.display()))),
        None if format == Format::Xlsx => Err(Ended::Wrong("XLSX needs --out FILE".to_owned())),
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout
                .write_all(bytes)
                .and_then(|()| stdout.write_all(b"\n"))
                .map_err(|error| anyhow::Error::from(error).into())
        }
    }
}
