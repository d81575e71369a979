//! `explain`: why a matter is where it is, or where an event would go.

use clap::Args;
use plugin_api::{LabelValue, PlaceId, Title};
use serde_json::{Value, json};

use super::labels;
use super::show::draw_event;
use crate::cli::error::Ended;
use crate::cli::screen::{Lang, Screen};
use crate::cli::words::Words;
use crate::cli::{NamedFolder, named, program};
use crate::config::Config;
use crate::district::{District, exercise_ms};
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::look::{Explained, explain, read_head};
use crate::routes::{Facts, Verdict, decide};
use crate::store::{JournalEvent, open_reading};
use crate::suggestion::titled_suggestion;

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter · 事项编号
    #[arg(required_unless_present = "topic")]
    number: Option<String>,
    /// Instead of a matter: where an event of this topic would go · 不看事项，而是看这种记录会转到哪里
    #[arg(long)]
    topic: Option<String>,
    /// The desk that says it · 由哪个业务台发出
    #[arg(long, requires = "topic")]
    from: Option<String>,
    /// Kind of the matter · 事项的类别
    #[arg(long, default_value = "request")]
    kind: String,
    /// Place of the matter · 事项的区域
    #[arg(long)]
    place: Option<String>,
    /// A label of the matter, NAME=VALUE; repeat for more · 事项的标签，名称=值；可写多个
    #[arg(long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
}

impl Explain {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let Some(number) = &self.number else { return self.explain_topic(screen, config) };
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let id = named::matter(reader, number)?;
        let head = read_head(reader, id)?.ok_or_else(|| named::no_matter(number))?;
        let mut steps = Vec::new();
        for row in reader.events(id, 0)? {
            let explained = explain(config, &row)?;
            steps.push((row, explained));
        }
        let data: Vec<Value> = steps
            .iter()
            .map(|(row, explained)| {
                let said: Option<Value> = row.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
                json!({ "seq": row.seq, "desk": row.desk, "topic": row.topic, "data": said, "decision": explained })
            })
            .collect();
        let now = json!({ "number": head.number, "desk": head.desk, "stage": head.stage, "status": head.status,
            "unrouted": head.host.unrouted, "labels": head.labels, "steps": data });
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let words = Words { config, day: config.day_of(now_ms) };
        screen.print(&now, || {
            let rows = steps.iter().flat_map(|(row, explained)| draw_decision(screen, words, row, explained.as_ref()));
            rows.collect::<Vec<_>>().join("\n")
        })?;
        Ok(())
    }

    fn explain_topic(&self, screen: Screen, config: &Config) -> Result<(), Ended> {
        let topic = self.topic.as_deref().unwrap_or_default();
        let says = |name: &str| config.desk(name).filter(|desk| config.desks[desk.get()].manifest.say(topic).is_some());
        let from = match &self.from {
            Some(name) => {
                named::desk(config, name)?;
                says(name).ok_or_else(|| no_topic(config, Some(name), topic))?
            }
            None => {
                let sayer = config.desks.iter().find_map(|desk| says(&desk.name));
                sayer.ok_or_else(|| no_topic(config, None, topic))?
            }
        };
        let place = match &self.place {
            Some(text) => named::place(config, text)?,
            None => config.directory.places().first().map_or_else(|| PlaceId::from(""), |place| place.id.clone()),
        };
        let labels = labels(&self.labels)?;
        let facts = Facts { topic, from, kind: &self.kind, place: &place, labels: &labels };
        let mut tried = Vec::new();
        let route =
            decide(&config.routes, facts, |route, answer| tried.push((route.id.clone(), answer.verdict(facts))));
        let to = route.map(|route| &config.desks[route.to.get()]);
        let data = json!({ "topic": topic, "from": config.desks[from.get()].name, "route": route.map(|route| &route.id),
            "to": to.map(|desk| &desk.name), "tried": tried });
        let words = Words { config, day: config.day_of(SystemClock.now_ms()) };
        screen.print(&data, || {
            let mut lines: Vec<String> = tried.iter().map(|tried| draw_tried(screen, words, tried)).collect();
            let to = to.map(|desk| screen.pick(&desk.title));
            lines.push(match (to, screen.lang) {
                (Some(to), Lang::Zh) => format!("→ 转到“{to}”"),
                (Some(to), Lang::En) => format!("→ goes to {to}"),
                (None, Lang::Zh) => "→ 没有流转规则适用，留在原处并标为“无去向”".to_owned(),
                (None, Lang::En) => "→ no route takes it; it stays where it is, marked unrouted".to_owned(),
            });
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// Says that a desk, or none at all, says a topic; and which ones are said.
fn no_topic(config: &Config, desk: Option<&str>, topic: &str) -> Ended {
    let desks = config.desks.iter().filter(|spec| desk.is_none_or(|name| *name == spec.name));
    let says = desks.flat_map(|desk| &desk.manifest.say).map(|say| (say.topic.as_str(), Some(&say.title)));
    let hint = titled_suggestion(topic, says);
    let (zh, en) = match desk {
        Some(desk) => (format!("业务台“{desk}”不发出“{topic}”"), format!("desk {desk:?} does not say {topic:?}")),
        None => (format!("没有业务台发出“{topic}”"), format!("no desk says {topic:?}")),
    };
    Ended::wanting(Title::new(format!("{zh}；{}", hint.zh), format!("{en}; {}", hint.en)))
}

fn draw_decision(screen: Screen, words: Words<'_>, row: &JournalEvent, explained: Option<&Explained>) -> Vec<String> {
    let cells = draw_event(screen, words, row);
    let sayer = words.sayer(row);
    let sayer = screen.pick(&sayer);
    let colon = screen.words("：", ": ");
    let mut lines = vec![format!("{}  {sayer}{colon}{}  {}", cells[0], cells[1], cells[3]).trim_end().to_owned()];
    let Some(explained) = explained else { return lines };
    lines.extend(explained.tried.iter().map(|tried| format!("    {}", draw_tried(screen, words, tried))));
    let to = words.desk(explained.to.as_deref().unwrap_or("?"));
    let to = screen.pick(&to);
    lines.push(match (&explained.route, screen.lang) {
        (Some(route), Lang::Zh) => format!("    → 按规则 {route} 转到“{to}”"),
        (Some(route), Lang::En) => format!("    → route {route} hands it to {to}"),
        (None, Lang::Zh) => "    → 没有流转规则适用，留在原处".to_owned(),
        (None, Lang::En) => "    → no route took it; it stayed".to_owned(),
    });
    if let Some(today) = &explained.today {
        let today = today.as_deref().unwrap_or(screen.words("无", "none"));
        lines.push(match screen.lang {
            Lang::Zh => format!("    （按现行配置会是：{today}）"),
            Lang::En => format!("    (by today's config it would be: {today})"),
        });
    }
    lines
}

fn draw_tried(screen: Screen, words: Words<'_>, (route, verdict): &(String, Verdict)) -> String {
    let said = match verdict {
        Verdict::Takes => Title::new("适用", "takes it"),
        Verdict::OtherDesk => Title::new("不适用：只管别的业务台发出的", "no: it is for what another desk says"),
        Verdict::Fails { on, wanted, found } => fails(words, route, on, wanted, found.as_ref()),
    };
    format!("{route}  {}", screen.pick(&said))
}

/// A condition that does not hold, in the words of the config it stands in.
fn fails(words: Words<'_>, route: &str, on: &str, wanted: &str, found: Option<&LabelValue>) -> Title {
    let routes = words.config.routes.iter().filter(|other| other.id == *route);
    let mut conditions = routes.flat_map(|route| &route.when).filter(|condition| condition.on == *on);
    let plain = || (Title::new(on, on), Title::new(wanted, wanted));
    let (name, wanted) = conditions.next().map_or_else(plain, |condition| words.condition(on, &condition.must));
    match found.map(|found| words.looked_at(on, found)) {
        Some(found) => Title::new(
            format!("不适用：“{}”要求{}，实为{}", name.zh, wanted.zh, found.zh),
            format!("no: {} must be {}, it is {}", name.en, wanted.en, found.en),
        ),
        None => Title::new(
            format!("不适用：“{}”要求{}，而它没有", name.zh, wanted.zh),
            format!("no: {} must be {}, it has none", name.en, wanted.en),
        ),
    }
}
