//! What names, codes and values are called: by the manifests, the lists and the directory, and what
//! the host's own topics are called.
//!
//! Always holds: what has no title is called by its name.

pub mod decision;

use jiff::civil::Date;
use plugin_api::field::{Field, FieldKind};
use plugin_api::{Budget, LabelValue, Matter, PersonId, PlaceId, Status, Title, UnitId};
use serde_json::{Map, Value};

use crate::actor::Actor;
use crate::clock::Moment;
use crate::config::{Config, DeskConfig};
use crate::directory::Level;
use crate::erasure::ERASED;
use crate::host_action;
use crate::lang::local;
use crate::store::JournalEvent;

/// In place of a desk, where the host itself says a topic.
const HOST: &str = "host";
/// The host's own topic for a matter that ended.
pub const CLOSED: &str = "closed";
/// The host's own topics for a matter that begins, begins again, or is part of another.
const OPENED: &str = "opened";
const REOPENED: &str = "reopened";
const JOINED: &str = "joined";
/// The host's own topic for what people write to each other.
const COMMENTED: &str = "commented";
/// The host's own topic for a clock that another calendar moved.
const RECOMPUTED: &str = "recomputed";

/// Titles of a district, as of a day.
#[derive(Clone, Copy)]
pub struct Words<'c> {
    /// The district.
    pub config: &'c Config,
    /// Lists are read as of this day.
    pub day: Date,
}

impl<'c> Words<'c> {
    /// The desks in the order a matter first comes to them, from where it is opened; then the rest.
    pub fn desks(self) -> Vec<&'c DeskConfig> {
        let config = self.config;
        let mut order = vec![config.open];
        let mut at = 0;
        while let Some(from) = order.get(at).copied() {
            let says = |topic: &str| config.desks[from.get()].manifest.say(topic).is_some();
            for route in &config.routes {
                let is_asked = says(&route.on) && route.from.is_none_or(|only| only == from);
                if is_asked && !order.contains(&route.to) {
                    order.push(route.to);
                }
            }
            at += 1;
        }
        let reached = order.iter().map(|desk| &config.desks[desk.get()]);
        let others =
            config.desks.iter().filter(|desk| !order.iter().any(|other| config.desks[other.get()].name == desk.name));
        reached.chain(others).collect()
    }

    /// What a desk is called.
    pub fn desk(self, name: &str) -> Title {
        self.spec(name).map_or_else(|| Title::new(name, name), |spec| spec.title.clone())
    }

    /// What the office calls a stage.
    pub fn stage(self, desk: &str, kind: &str, stage: &str) -> Title {
        let found =
            self.spec(desk).and_then(|spec| spec.manifest.kind(kind)?.stages.iter().find(|known| known.name == stage));
        found.map_or_else(|| Title::new(stage, stage), |stage| stage.title.clone())
    }

    /// What residents read of a stage, where they read anything.
    pub fn public_stage(self, desk: &str, kind: &str, stage: &str) -> Option<Title> {
        let kind = self.spec(desk)?.manifest.kind(kind)?;
        kind.stages.iter().find(|known| known.name == stage)?.public.clone()
    }

    /// What residents read of an event: its public values. Nothing of one that has none.
    pub fn public(self, event: &JournalEvent) -> Option<Vec<(Title, Title)>> {
        let mut data = data(event);
        let say = match &*event.topic {
            OPENED | CLOSED | REOPENED | JOINED if event.desk == HOST => return Some(Vec::new()),
            // A comment says itself whether the reporter may read it.
            COMMENTED if event.desk == HOST && data.get("public") != Some(&true.into()) => return None,
            topic if event.desk == HOST => host_action::manifest().say(topic)?,
            topic => self.spec(&event.desk)?.manifest.say(topic)?,
        };
        let public = say.data.iter().filter(|(_, field)| field.public);
        let said: Vec<(Title, Title)> = public
            .filter_map(|(name, field)| Some((field.title.clone(), self.value(field, &data.remove(name)?))))
            .collect();
        (!said.is_empty()).then_some(said)
    }

    /// What a kind of matter is called.
    pub fn kind(self, name: &str) -> Title {
        let mut all = self.config.desks.iter().filter_map(|desk| desk.manifest.kind(name)?.title.clone());
        all.next().unwrap_or_else(|| Title::new(name, name))
    }

    /// What a place is called; a district need not translate the names of its compounds.
    pub fn place(self, id: &PlaceId) -> Title {
        let Some(place) = self.config.directory.place(id) else { return Title::new(id.as_str(), id.as_str()) };
        let Title { zh, en } = place.title.clone();
        Title { en: if en.is_empty() { zh.clone() } else { en }, zh }
    }

    /// What a place is called, with the compound it lies in: there is a building 3 in each of them.
    pub fn place_within(self, id: &PlaceId) -> Title {
        let directory = &self.config.directory;
        let is_within = |id: &PlaceId| directory.level(id).is_some_and(|level| Level::Compound <= level);
        let mut parts: Vec<Title> = id.upwards().filter(is_within).map(|id| self.place(&id)).collect();
        if parts.is_empty() {
            return self.place(id);
        }
        parts.reverse();
        let joined = |pick: fn(&Title) -> &str| parts.iter().map(pick).collect::<Vec<_>>().join(" ");
        Title::new(joined(|title| &title.zh), joined(|title| &title.en))
    }

    /// Who that is.
    pub fn person(self, id: &str) -> String {
        let person = self.config.directory.person(&PersonId::from(id));
        person.map_or_else(|| id.to_owned(), |person| person.name.clone())
    }

    /// Who acted.
    pub fn actor(self, actor: &Actor) -> Title {
        match (actor.person(), actor.proof()) {
            (Some(person), _) => {
                let name = self.person(person.as_str());
                match actor.stands_for().map(|away| self.person(away.as_str())) {
                    Some(away) => Title::new(format!("{name}（代{away}）"), format!("{name} (deputy for {away})")),
                    None => Title::new(&*name, &*name),
                }
            }
            (None, Some(_)) => Title::new("诉求人（凭查询码）", "reporter (by code)"),
            (None, None) => Title::new(actor.as_str(), actor.as_str()),
        }
    }

    /// What an event is called.
    pub fn topic(self, event: &JournalEvent) -> Title {
        if event.desk == HOST {
            let own = host_action::manifest().say(&event.topic);
            return own.map_or_else(|| host_topic(&event.topic), |say| say.title.clone());
        }
        let said = self.spec(&event.desk).and_then(|spec| spec.manifest.say(&event.topic));
        said.map_or_else(|| Title::new(&event.topic, &event.topic), |say| say.title.clone())
    }

    /// What a step of a desk is called by which it is named: an action, a topic, a clock.
    pub fn step(self, desk: &str, name: &str) -> Title {
        if let Some(own) = host_action::find(name).filter(|_| host_action::is_marked(name)) {
            return own.title.clone();
        }
        let Some(spec) = self.spec(desk) else { return Title::new(name, name) };
        let clock = Moment::of_call(name).and_then(|(clock, _)| spec.manifest.clock(clock)).map(|clock| &clock.title);
        let action = spec.manifest.action(name).map(|action| &action.title);
        let said = || self.config.desks.iter().find_map(|desk| desk.manifest.say(name)).map(|say| &say.title);
        if let Some(job) =
            name.strip_prefix("work ").or(name.strip_prefix("job.")).and_then(|job| spec.manifest.job(job))
        {
            let Title { zh, en } = &job.title;
            let is_run = name.starts_with("work ");
            let (before, behind) =
                if is_run { ("job: ", "（后台任务）") } else { ("result of ", "（任务结果）") };
            return Title::new(format!("{zh}{behind}"), format!("{before}{en}"));
        }
        let taken = spec.manifest.take(name).and_then(|take| take.title.as_ref());
        clock.or(action).or(taken).or_else(said).cloned().unwrap_or_else(|| host_topic(name))
    }

    /// Who says an event.
    pub fn sayer(self, event: &JournalEvent) -> Title {
        if event.desk == HOST { Title::new("系统", "Host") } else { self.desk(&event.desk) }
    }

    /// What an event says, named value by named value.
    pub fn said(self, event: &JournalEvent) -> Vec<(Title, Title)> {
        if event.desk == HOST && event.topic == RECOMPUTED {
            return self.recomputed(event);
        }
        let manifest = match self.spec(&event.desk) {
            _ if event.desk == HOST => Some(host_action::manifest()),
            spec => spec.map(|spec| &*spec.manifest),
        };
        let fields = manifest.and_then(|manifest| manifest.say(&event.topic)).map(|say| &say.data);
        let named = |(name, value): (String, Value)| match fields.and_then(|fields| fields.get(&name)) {
            Some(field) => (field.title.clone(), self.value(field, &value)),
            None => (Title::new(&name, &name), plain(&value)),
        };
        data(event).into_iter().map(named).collect()
    }

    /// Which clock another calendar moved, from when to when.
    fn recomputed(self, event: &JournalEvent) -> Vec<(Title, Title)> {
        let data = data(event);
        let due = |name: &str| {
            let due: plugin_api::Due = serde_json::from_value(data.get(name)?.clone()).ok()?;
            Some(self.config.calendar.words(due.into()))
        };
        let told = [(Title::new("原为", "Was"), due("before")), (Title::new("现为", "Is now"), due("after"))];
        told.into_iter().filter_map(|(name, due)| Some((name, due?))).collect()
    }

    /// The field of a label, as the first desk that has it declares it.
    pub fn label_field(self, name: &str) -> Option<&'c Field> {
        self.config.desks.iter().find_map(|desk| desk.manifest.label.get(name))
    }

    /// What a label and its value are called.
    pub fn label(self, name: &str, value: &LabelValue) -> (Title, Title) {
        let field = self.label_field(name);
        let title = field.map_or_else(|| Title::new(name, name), |field| field.title.clone());
        let value = match (field, value) {
            (_, LabelValue::Bool(yes)) => yes_or_no(*yes),
            (Some(field), LabelValue::Text(text)) => self.text(field, text),
            (_, other) => Title::new(other.to_string(), other.to_string()),
        };
        (title, value)
    }

    /// How a matter ended: a choice its last words name, else what they are called.
    pub fn outcome(self, last_words: Option<&JournalEvent>, outcome: &str) -> Title {
        let Some(event) = last_words else { return Title::new(outcome, outcome) };
        let data = data(event);
        let fields = self.spec(&event.desk).and_then(|spec| spec.manifest.say(&event.topic)).map(|say| &say.data);
        let named = fields.into_iter().flat_map(|fields| fields.iter()).find_map(|(name, field)| {
            let is_named = data.get(name).and_then(Value::as_str) == Some(outcome);
            let is_choice = matches!(field.kind, FieldKind::Choice(_));
            (is_named && is_choice).then(|| self.text(field, outcome))
        });
        named.unwrap_or_else(|| self.topic(event))
    }

    /// What residents are told by an event, and its long texts, in the order of the manifest.
    pub fn told(self, event: &JournalEvent) -> Vec<Title> {
        let Some(say) = self.spec(&event.desk).and_then(|spec| spec.manifest.say(&event.topic)) else {
            return Vec::new();
        };
        let data = data(event);
        let mut told = Vec::new();
        for (name, field) in say.data.iter().filter(|(_, field)| field.public || field.kind == FieldKind::LongText) {
            match data.get(name) {
                Some(Value::String(text)) => told.push(self.text(field, text)),
                Some(Value::Array(list)) => {
                    told.extend(list.iter().filter_map(Value::as_str).map(|text| self.text(field, text)));
                }
                _ => {}
            }
        }
        told
    }

    /// What a value of a field is called.
    pub fn text(self, field: &Field, text: &str) -> Title {
        let found = match &field.kind {
            FieldKind::Choice(choices) => {
                choices.iter().find(|choice| choice.name == text).map(|choice| choice.title.clone())
            }
            FieldKind::Code { list } => {
                let rows = self.config.lists.get(list);
                let row = rows.find(text, self.day).or_else(|| rows.0.iter().find(|row| row.code == text));
                row.map(|row| row.title.clone())
            }
            FieldKind::Unit => self.config.directory.unit(&UnitId::from(text)).map(|unit| unit.title.clone()),
            _ => None,
        };
        found.unwrap_or_else(|| Title::new(text, text))
    }

    /// What any value of a field is called.
    fn value(self, field: &Field, value: &Value) -> Title {
        match value {
            Value::String(text) => match &field.kind {
                FieldKind::Place { .. } => self.place(&PlaceId::from(text.as_str())),
                FieldKind::Person => {
                    let name = self.person(text);
                    Title::new(&name, &name)
                }
                FieldKind::Moment => {
                    let at = text.parse().map_or_else(|_| text.clone(), |at| local(at, &self.config.zone));
                    Title::new(&*at, &*at)
                }
                _ => self.text(field, text),
            },
            Value::Object(_) if field.kind == FieldKind::Budget => {
                serde_json::from_value::<Budget>(value.clone()).map_or_else(|_| plain(value), Budget::words)
            }
            Value::Array(list) if matches!(field.kind, FieldKind::File { .. }) => {
                Title::new(format!("{} 张", list.len()), list.len().to_string())
            }
            Value::Object(_) if matches!(field.kind, FieldKind::File { .. }) => Title::new("1 张", "1"),
            Value::Array(list) => {
                let values: Vec<Title> = list.iter().map(|value| self.value(field, value)).collect();
                let zh: Vec<&str> = values.iter().map(|title| title.zh.as_str()).collect();
                let en: Vec<&str> = values.iter().map(|title| title.en.as_str()).collect();
                Title::new(zh.join("、"), en.join(", "))
            }
            other => plain(other),
        }
    }

    fn spec(self, desk: &str) -> Option<&'c DeskConfig> {
        self.config.desk(desk).map(|desk| &self.config.desks[desk.get()])
    }
}

/// What a desk said in the step that ended a matter.
pub fn last_words<'e>(matter: &Matter, events: &'e [JournalEvent]) -> Option<&'e JournalEvent> {
    let is_over = matter.status != Status::Open;
    let closing = events.iter().rev().find(|event| is_over && event.topic == CLOSED)?;
    events.iter().rev().find(|event| event.input == closing.input && event.desk == matter.desk)
}

/// What a status is called.
pub fn status(status: Status) -> Title {
    match status {
        Status::Open => Title::new("在办", "open"),
        Status::Closed => Title::new("已结案", "closed"),
        Status::Joined => Title::new("已并入", "joined"),
    }
}

fn host_topic(topic: &str) -> Title {
    match topic {
        OPENED => Title::new("登记", "Opened"),
        CLOSED => Title::new("结案", "Closed"),
        REOPENED => Title::new("重新办理", "Reopened"),
        JOINED => Title::new("并入", "Joined"),
        "moved" => Title::new("人工移交", "Moved by hand"),
        RECOMPUTED => Title::new("时限重算", "Clock moved by the calendar"),
        "released" => Title::new("移出", "Taken out again"),
        "unrouted" => Title::new("无去向", "No route took it"),
        ERASED => Title::new("已删除个人信息", "Personal data erased"),
        "booked" => Title::new("已记账", "Booked"),
        "overtaken" => Title::new("已转走，未再办理", "It had gone on; nothing was done"),
        other => Title::new(other, other),
    }
}

fn yes_or_no(yes: bool) -> Title {
    if yes { Title::new("是", "yes") } else { Title::new("否", "no") }
}

fn plain(value: &Value) -> Title {
    match value {
        Value::Bool(yes) => yes_or_no(*yes),
        Value::String(text) => Title::new(text, text),
        other => Title::new(other.to_string(), other.to_string()),
    }
}

/// The data of an event; nothing if it has none or it was erased.
pub fn data(event: &JournalEvent) -> Map<String, Value> {
    event.data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default()
}
