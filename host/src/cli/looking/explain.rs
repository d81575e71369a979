//! `explain`: why a matter is where it is, or where an event would go.

use clap::Args;
use plugin_api::{PlaceId, Title};
use serde_json::{Value, json};

use super::{draw_event, find, labels, place};
use crate::cli::error::Ended;
use crate::cli::screen::Screen;
use crate::cli::{NamedFolder, program};
use crate::config::Config;
use crate::district::District;
use crate::engine::look::{Explained, explain, read_head};
use crate::routes::{Facts, Verdict, decide};
use crate::store::{JournalEvent, open_reading};

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter
    #[arg(required_unless_present = "topic")]
    number: Option<String>,
    /// Instead of a matter: where an event of this topic would go
    #[arg(long)]
    topic: Option<String>,
    /// The desk that says it
    #[arg(long, requires = "topic")]
    from: Option<String>,
    /// Kind of the matter
    #[arg(long, default_value = "request")]
    kind: String,
    /// Place of the matter
    #[arg(long)]
    place: Option<String>,
    /// A label of the matter, NAME=VALUE; repeat for more
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
        let id = find(reader, number)?;
        let head = read_head(reader, id)?.ok_or_else(|| Ended::Wanting(format!("there is no matter {number}")))?;
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
        screen.print(&now, || {
            let rows = steps.iter().flat_map(|(row, explained)| draw_decision(screen, config, row, explained.as_ref()));
            rows.collect::<Vec<_>>().join("\n")
        })?;
        Ok(())
    }

    fn explain_topic(&self, screen: Screen, config: &Config) -> Result<(), Ended> {
        let topic = self.topic.as_deref().unwrap_or_default();
        let says = |name: &str| config.desk(name).filter(|desk| config.desks[desk.get()].manifest.say(topic).is_some());
        let from = match &self.from {
            Some(name) => says(name).ok_or_else(|| Ended::Wanting(format!("desk {name:?} does not say {topic:?}")))?,
            None => config
                .desks
                .iter()
                .find_map(|desk| says(&desk.name))
                .ok_or_else(|| Ended::Wanting(format!("no desk says {topic:?}")))?,
        };
        let place = match &self.place {
            Some(text) => place(config, text)?,
            None => config.directory.places().first().map_or_else(|| PlaceId::from(""), |place| place.id.clone()),
        };
        let labels = labels(&self.labels)?;
        let facts = Facts { topic, from, kind: &self.kind, place: &place, labels: &labels };
        let mut tried = Vec::new();
        let route =
            decide(&config.routes, facts, |route, answer| tried.push((route.id.clone(), answer.verdict(facts))));
        let to = route.map(|route| config.desks[route.to.get()].name.clone());
        let data = json!({ "topic": topic, "from": config.desks[from.get()].name, "route": route.map(|route| &route.id),
            "to": to, "tried": tried });
        screen.print(&data, || {
            let mut lines: Vec<String> = tried.iter().map(|tried| draw_tried(screen, tried)).collect();
            lines.push(match (&to, screen.lang) {
                (Some(to), crate::cli::Lang::Zh) => format!("→ 转到 {to}"),
                (Some(to), crate::cli::Lang::En) => format!("→ goes to {to}"),
                (None, crate::cli::Lang::Zh) => "→ 没有流转规则适用，留在原处并标为“无去向”".to_owned(),
                (None, crate::cli::Lang::En) => "→ no route takes it; it stays where it is, marked unrouted".to_owned(),
            });
            lines.join("\n")
        })?;
        Ok(())
    }
}

fn draw_decision(screen: Screen, config: &Config, row: &JournalEvent, explained: Option<&Explained>) -> Vec<String> {
    let cells = draw_event(screen, config, row);
    let desk = config.desk(&row.desk).map_or(row.desk.as_str(), |desk| screen.pick(&config.desks[desk.get()].title));
    let mut lines = vec![format!("{}  {desk}：{}  {}", cells[0], cells[1], cells[3])];
    let Some(explained) = explained else { return lines };
    lines.extend(explained.tried.iter().map(|tried| format!("    {}", draw_tried(screen, tried))));
    let to = explained.to.as_deref().unwrap_or("?");
    lines.push(match (&explained.route, screen.lang) {
        (Some(route), crate::cli::Lang::Zh) => format!("    → 按规则 {route} 转到 {to}"),
        (Some(route), crate::cli::Lang::En) => format!("    → route {route} hands it to {to}"),
        (None, crate::cli::Lang::Zh) => "    → 没有流转规则适用，留在原处".to_owned(),
        (None, crate::cli::Lang::En) => "    → no route took it; it stayed".to_owned(),
    });
    if let Some(today) = &explained.today {
        let today = today.as_deref().unwrap_or(screen.words("无", "none"));
        lines.push(match screen.lang {
            crate::cli::Lang::Zh => format!("    （按现行配置会是：{today}）"),
            crate::cli::Lang::En => format!("    (by today's config it would be: {today})"),
        });
    }
    lines
}

fn draw_tried(screen: Screen, (route, verdict): &(String, Verdict)) -> String {
    let words = match verdict {
        Verdict::Takes => Title::new("适用", "takes it"),
        Verdict::OtherDesk => Title::new("不适用：只管别的业务台发出的", "no: it is for what another desk says"),
        Verdict::Fails { on, wanted, found } => {
            let found = found.as_ref().map_or_else(|| "—".to_owned(), ToString::to_string);
            Title::new(
                format!("不适用：{on} 要求 {wanted}，实为 {found}"),
                format!("no: {on} must be {wanted}, it is {found}"),
            )
        }
    };
    format!("{route}  {}", screen.pick(&words))
}
