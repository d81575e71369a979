//! What names, codes and values are called: by the manifests, the lists and the directory.

use jiff::civil::Date;
use plugin_api::field::{Field, FieldKind};
use plugin_api::{Title, UnitId};
use serde_json::{Map, Value};

use super::ways::Way;
use crate::config::{Config, DeskConfig};
use crate::store::JournalEvent;

/// Titles of a district, as of a day.
#[derive(Clone, Copy)]
pub(super) struct Words<'c> {
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

    /// What an event is called.
    pub fn topic(self, event: &JournalEvent) -> Title {
        let said = self.spec(&event.desk).and_then(|spec| spec.manifest.say(&event.topic));
        said.map_or_else(|| Title::new(&event.topic, &event.topic), |say| say.title.clone())
    }

    /// How a matter ended: a choice its last words name, else what they are called.
    pub fn outcome(self, way: &Way, outcome: &str) -> Title {
        let Some(event) = way.last_words() else { return Title::new(outcome, outcome) };
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

    fn spec(self, desk: &str) -> Option<&'c DeskConfig> {
        self.config.desk(desk).map(|desk| &self.config.desks[desk.get()])
    }
}

/// The data of an event; nothing if it has none or it was erased.
pub(super) fn data(event: &JournalEvent) -> Map<String, Value> {
    event.data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default()
}
