//! What people are shown: answers, matters, events, decisions, views, as plain lines in Chinese.

use std::fmt::Write as _;

use hongling::engine::answers::event;
use hongling::engine::input::{Answer, Done, instant};
use hongling::engine::look::{Look, Viewer, explain, view};
use hongling::matter::whole;
use hongling::routes::tried::Tried;
use hongling::store::JournalEvent;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use plugin_api::{ClockState, Holder, InputKind, Matter, MatterFilter, Part, PersonId, PlaceId, Post, Status, View};
use serde_json::Value;

use super::{Command, Running, ZONE};
use crate::recovery::replayed::inputs;

impl Running {
    pub(super) fn draw_answer(&self, answer: &Answer) -> String {
        match answer {
            Answer::Done(done) => self.draw_done("done", done),
            Answer::Repeated(done) => self.draw_done("done before", done),
            Answer::Refused(objections) => {
                let lines = objections.iter().map(|objection| {
                    let field = objection.field.as_ref().map_or_else(String::new, |field| format!("{field}："));
                    format!("refused {field}{}", objection.text.zh)
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            Answer::Failed(text) => format!("failed {text}"),
            Answer::Unstored(text) => format!("unstored {}", text.en),
        }
    }

    fn draw_done(&self, word: &str, done: &Done) -> String {
        let mut text = word.to_owned();
        for matter in &done.matters {
            let status = if matter.status == Status::Open { String::new() } else { draw_status(matter.status) };
            let stage = self.stage(&matter.desk, &matter.stage);
            let place = format!("{}/{stage}", self.desk_title(&matter.desk));
            write!(text, " {} {place} {status}", matter.number).unwrap();
        }
        for shown in &done.shown {
            write!(text, "\nshown {}: {}", shown.of, shown.text).unwrap();
        }
        text
    }

    pub(super) fn show(&self, number: &str, by: Option<&PersonId>) -> String {
        let viewer = viewer(by);
        let Some(matter) = self.matter(number, &viewer) else { return format!("no matter {number}") };
        let mut text = format!("{} {}\n", matter.number, matter.title);
        if !matter.text.is_empty() && matter.text != matter.title {
            writeln!(text, "  {}", matter.text.replace('\n', " / ")).unwrap();
        }
        let labels: Vec<String> = matter.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let at = format!("{}/{}", self.desk_title(&matter.desk), self.stage(&matter.desk, &matter.stage));
        writeln!(text, "  {} · {} · {at}", self.place(&matter.place), draw_status(matter.status)).unwrap();
        let rows = [
            ("labels", labels.join(" ")),
            ("holders", matter.holders.iter().map(|holder| self.holder(holder)).collect::<Vec<_>>().join("、")),
            ("reporters", matter.reporters.iter().map(|person| self.person(person)).collect::<Vec<_>>().join("、")),
            ("outcome", matter.outcome.clone().unwrap_or_default()),
            (
                "worst",
                matter.worst.as_ref().map_or_else(String::new, |worst| format!("{:?} {}", worst.lamp, worst.why)),
            ),
        ];
        for (name, value) in rows {
            if !value.is_empty() {
                writeln!(text, "  {name} {value}").unwrap();
            }
        }
        for event in self.engine.store().reader().events(matter.id, 0).unwrap() {
            writeln!(text, "  {}", self.draw_event(&event)).unwrap();
        }
        text
    }

    pub(super) fn list(&self, filters: &[&str], by: Option<&PersonId>) -> String {
        let mut filter = MatterFilter::default();
        for given in filters {
            match given.split_once('=') {
                Some(("desk", desk)) => filter.desk = Some(desk.to_owned()),
                Some(("stage", stage)) => filter.stage = Some(stage.to_owned()),
                Some(("place", place)) => filter.place = Some(PlaceId::from(place)),
                Some(("status", "open")) => filter.status = Some(Status::Open),
                Some((label, value)) => drop(filter.labels.insert(label.to_owned(), value.into())),
                None if *given == "unrouted" => filter.unrouted = Some(true),
                None => panic!("no such filter: {given}"),
            }
        }
        let viewer = viewer(by);
        let config = self.engine.config();
        let sees = |head: &hongling::matter::Head| viewer.sees(config, self.engine.now_ms(), head);
        let found = self.engine.store().reader().matters(&filter, &sees).unwrap();
        let mut text = String::new();
        for stored in &found {
            let matter = whole(&stored.head, &stored.body).unwrap();
            let at = format!("{}/{}", self.desk_title(&matter.desk), self.stage(&matter.desk, &matter.stage));
            let status = draw_status(matter.status);
            writeln!(text, "{} {status} {at} {} {}", matter.number, self.place(&matter.place), matter.title).unwrap();
        }
        write!(text, "{} in all", found.len()).unwrap();
        text
    }

    pub(super) fn explain(&self, number: &str) -> String {
        let Some(id) = self.find(number) else { return format!("no matter {number}") };
        let mut text = String::new();
        for row in self.engine.store().reader().events(id, 0).unwrap() {
            writeln!(text, "{}", self.draw_event(&row)).unwrap();
            let config = self.engine.config();
            let Some(explained) = explain(config, (None, config), &row).unwrap() else { continue };
            for tried in explained.tried.chunk_by(|a, b| a.route == b.route) {
                let words = match tried.iter().find(|looked| !looked.pass) {
                    None => "takes it".to_owned(),
                    Some(looked) if looked.key.as_deref() == Some("from") => "is for another desk's".to_owned(),
                    Some(Tried { key, wanted, got, .. }) => {
                        let found = got.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
                        format!("{} must be {}, is {found}", key.as_ref().unwrap(), wanted.as_ref().unwrap())
                    }
                };
                writeln!(text, "  {}: {words}", tried[0].route).unwrap();
            }
            if explained.route.is_none() {
                writeln!(text, "  no route took it").unwrap();
            }
            if let Some(today) = &explained.today {
                writeln!(text, "  today: {}", today.as_deref().unwrap_or("no route")).unwrap();
            }
        }
        text
    }

    pub(super) fn parked(&self) -> String {
        let kept = self.engine.store().reader().kept().unwrap();
        let rows = kept.iter().map(|row| {
            let matter = row.matter.map_or_else(|| "-".to_owned(), |id| id.to_string());
            let due = match (row.due(), row.due_ms) {
                (Some(due_ms), _) => format!("again {}", local(instant(due_ms))),
                (None, Some(_)) => "held".to_owned(),
                (None, None) => "parked".to_owned(),
            };
            let owner = if row.owner { "" } else { " (watching)" };
            format!(
                "{} {} {}{owner} matter {matter} try {} {due}: {}",
                row.id, row.desk, row.name, row.attempt, row.error
            )
        });
        or_nothing(rows.collect())
    }

    pub(super) fn jobs(&self) -> String {
        let rows = self.engine.jobs().map(|job| {
            let matter = job.matter.map_or_else(|| "-".to_owned(), |id| id.to_string());
            let due =
                job.due_ms.map_or_else(|| "parked".to_owned(), |due_ms| format!("due {}", local(instant(due_ms))));
            format!("{} {} {} matter {matter} {} {due}", job.id, job.desk, job.name, job.params)
        });
        or_nothing(rows.collect())
    }

    /// Every notice, how it fares, and what it says.
    pub(super) fn sent(&self) -> String {
        let reader = self.engine.store().reader();
        let rows = (1..).map_while(|id| reader.notice(id).unwrap()).map(|(row, faring)| {
            let tries = if faring.attempts == 0 { String::new() } else { format!(" try {}", faring.attempts) };
            let due =
                if faring.due_ms == 0 { String::new() } else { format!(" again {}", local(instant(faring.due_ms))) };
            let end = faring.receipt.map(|id| format!(" {id}")).unwrap_or_default();
            let error = if faring.error.is_empty() { String::new() } else { format!(" ({})", faring.error) };
            let stand = format!("{}{tries}{due}{end}{error}", faring.stand.as_str());
            format!(
                "n{} {} to {} by {}: {stand}\n  {} | {}",
                row.id, row.template, row.person, row.outlet, row.title, row.text
            )
        });
        or_nothing(rows.collect())
    }

    pub(super) fn clocks(&self) -> String {
        let rows = self.engine.store().reader().clocks().unwrap();
        let mut rows: Vec<String> = rows
            .iter()
            .map(|(id, run)| {
                let state = match run.state() {
                    ClockState::Running => "until",
                    ClockState::Paused => "paused, until",
                    ClockState::Out => "out since",
                };
                let provisional = if run.is_provisional { " (provisional)" } else { "" };
                format!("matter {} {} {} {state} {}{provisional}", id.matter, id.desk, id.name, local(run.due))
            })
            .collect();
        rows.sort();
        or_nothing(rows)
    }

    /// What clocks called, when, and as of when.
    pub(super) fn rang(&self) -> String {
        let rows = inputs(&self.engine).into_iter().filter(|input| input.kind == InputKind::Clock).map(|input| {
            let body: Value = serde_json::from_str(&input.body.unwrap()).unwrap();
            let due = body["due"].as_str().unwrap().parse().unwrap();
            let matter = input.matter.unwrap();
            format!("{} matter {matter} {} as of {}", local(instant(input.at_ms)), input.name, local(due))
        });
        or_nothing(rows.collect())
    }

    pub(super) fn view(&self, desk: &str, name: &str, command: &Command<'_>) -> String {
        let config = self.engine.config();
        let Some(desk) = config.desk(desk) else { return format!("no desk {desk}") };
        let look = Look {
            desk,
            name: name.to_owned(),
            of: command.of.and_then(|number| self.find(number)),
            params: command.form.clone(),
            now_ms: self.engine.now_ms(),
        };
        let caller = &*self.district.callers[desk.get()];
        match view(config, caller, self.engine.store().reader(), &look, &viewer(command.by.as_ref())) {
            Ok(view) => self.draw_view(&view),
            Err(text) => format!("refused {}", text.zh),
        }
    }

    fn draw_view(&self, view: &View) -> String {
        let title = |value: &Value| value.get("zh").map_or_else(String::new, words);
        match view {
            View::Several(views) => views.iter().map(|view| self.draw_view(view)).collect(),
            View::Text(text) => format!("{}\n", text.zh),
            View::Table(table) => {
                let mut text = format!("{}\n", table.title.zh);
                for row in &table.rows {
                    let cells: Vec<String> =
                        row.iter().map(|cell| words(&serde_json::to_value(cell).unwrap())).collect();
                    writeln!(text, "  {}", cells.join(" | ")).unwrap();
                }
                text
            }
            View::Tiles(_) | View::Facts(_) => {
                let list = serde_json::to_value(view).unwrap();
                let list = list.as_object().and_then(|tagged| tagged.values().next()?.as_array().cloned());
                let draw = |item: &Value| format!("{} {}\n", title(&item["title"]), words(&item["value"]));
                list.unwrap_or_default().iter().map(draw).collect()
            }
            View::Chart(chart) => {
                let mut text = format!("{}\n", chart.title.zh);
                for (at, category) in chart.categories.iter().enumerate() {
                    let values: Vec<String> = chart.series.iter().map(|series| series.values[at].to_string()).collect();
                    writeln!(text, "  {} {}", category.zh, values.join(" ")).unwrap();
                }
                text
            }
        }
    }

    fn draw_event(&self, row: &JournalEvent) -> String {
        let event = event(row.clone()).unwrap();
        let config = self.engine.config();
        let said = config.desk(&event.desk).and_then(|desk| config.desks[desk.get()].manifest.say(&event.topic));
        let topic = said.map_or(event.topic.as_str(), |say| &say.title.zh);
        let mut text = format!("{} {} {topic}", local(event.at), event.desk);
        if let Some(by) = &event.by {
            write!(text, " by {}", self.person(by)).unwrap();
        }
        if let Some(away) = &event.stands_for {
            write!(text, " for {}", self.person(away)).unwrap();
        }
        if let Some(proof) = &event.proof {
            write!(text, " with {}", format!("{proof:?}").to_lowercase()).unwrap();
        }
        let data: Value = event.data.map_or(Value::Null, |data| serde_json::from_str(data.get()).unwrap());
        for (name, value) in data.as_object().into_iter().flatten() {
            write!(text, " {name}={}", words(value)).unwrap();
        }
        if let Some(route) = &event.route {
            write!(text, " → {route}").unwrap();
        }
        text
    }

    fn matter(&self, number: &str, viewer: &Viewer) -> Option<Matter> {
        let stored = self.engine.store().reader().matter(self.find(number)?).unwrap()?;
        let head = serde_json::from_str(&stored.head).unwrap();
        let is_seen = viewer.sees(self.engine.config(), self.engine.now_ms(), &head);
        is_seen.then(|| whole(&stored.head, &stored.body).unwrap())
    }

    fn desk_title(&self, name: &str) -> String {
        let config = self.engine.config();
        config.desk(name).map_or_else(|| format!("{name} (gone)"), |desk| config.desks[desk.get()].title.zh.clone())
    }

    fn stage(&self, desk: &str, stage: &str) -> String {
        let config = self.engine.config();
        let manifest = config.desk(desk).map(|desk| &config.desks[desk.get()].manifest);
        let known = manifest
            .and_then(|manifest| manifest.kind.iter().flat_map(|kind| &kind.stages).find(|given| given.name == stage));
        known.map_or_else(|| stage.to_owned(), |stage| stage.title.zh.clone())
    }

    fn place(&self, place: &PlaceId) -> String {
        let known = self.engine.config().directory.place(place);
        known.map_or_else(|| place.to_string(), |place| place.title.zh.clone())
    }

    fn person(&self, id: &PersonId) -> String {
        let known = self.engine.config().directory.person(id);
        known.map_or_else(|| id.to_string(), |person| person.name.clone())
    }

    fn holder(&self, holder: &Holder) -> String {
        let directory = &self.engine.config().directory;
        let post = match &holder.post {
            Post::Person(person) => self.person(person),
            Post::Unit(unit) => directory.unit(unit).map_or_else(|| unit.to_string(), |unit| unit.title.zh.clone()),
            Post::Role { role, place } => {
                let role = directory.role(role).map_or_else(|| role.to_string(), |role| role.title.zh.clone());
                format!("{}的{role}", self.place(place))
            }
        };
        if holder.part == Part::Assist { format!("{post}（协办）") } else { post }
    }
}

fn viewer(by: Option<&PersonId>) -> Viewer {
    by.map_or(Viewer::Operator, |by| Viewer::Person(by.clone()))
}

fn draw_status(status: Status) -> String {
    format!("{status:?}").to_lowercase()
}

fn or_nothing(rows: Vec<String>) -> String {
    if rows.is_empty() { "nothing".to_owned() } else { rows.join("\n") }
}

fn local(at: Timestamp) -> String {
    TimeZone::fixed(ZONE).to_datetime(at).strftime("%m-%d %H:%M").to_string()
}

/// A value as plain words: of titles the Chinese, of what is tagged what is within.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().map(words).collect::<Vec<_>>().join("、")
        }
        // A number with the filter that lists what is behind it.
        Value::Array(list) => list.first().map_or_else(String::new, words),
        Value::Object(map) => match (map.get("zh"), map.values().next()) {
            (Some(zh), _) => words(zh),
            (None, Some(inner)) if map.len() == 1 => words(inner),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}
