//! Effects, faults and views as lines a person can read.

mod view;

use serde_json::{Map, Value, json};

use crate::clock::ClockTurn;
use crate::effect::Change;
use crate::matter::Lamp;
use crate::{Budget, Effect, Fault, Holder, MatterId, Objection, Opening, Part, Post, Title, Transfer};

pub(super) use view::view_lines;

/// One effect as one line, for a step on `own`.
pub(super) fn effect_line(effect: &Effect, own: Option<MatterId>) -> String {
    let (on, words) = match effect {
        Effect::Set { on, change } => (on, change_words(change)),
        Effect::Clock { on, name, turn } => (on, turn_words(name, turn)),
        Effect::Say { on, topic, data } => (on, format!("say {topic} {}", data.get())),
        Effect::Close { on, outcome } => (on, format!("close {outcome}")),
        Effect::Reopen { on, stage } => (on, format!("reopen {stage}")),
        Effect::Join { on, master } => (on, format!("join {master}")),
        Effect::Release { child } => (&None, format!("release {child}")),
        Effect::Note { on, note } => (on, format!("note {}", note.get())),
        Effect::Put { collection, key, record } => (&None, format!("put {collection} {key} {}", record.get())),
        Effect::Delete { collection, key } => (&None, format!("delete {collection} {key}")),
        Effect::Open { id, opening } => (&None, opening_words(*id, opening)),
        Effect::Link { on, to, how } => (on, format!("link {how} {to}")),
        Effect::Tell { matter, topic, data } => (&None, format!("tell {matter} {topic} {}", data.get())),
        Effect::Work { on, name, params } => (on, format!("work {name} {}", params.get())),
        Effect::Transfer(transfer) => (&None, transfer_words(transfer)),
        Effect::Send(sending) => (&sending.on, super::outlet::sending_words(sending)),
    };
    match on {
        Some(id) if own != Some(*id) => format!("on {id}: {words}"),
        _ => words,
    }
}

fn turn_words(name: &str, turn: &ClockTurn) -> String {
    match turn {
        ClockTurn::Start(budget) => format!("start {name} {}", budget_words(*budget)),
        ClockTurn::Pause { why, review: None } => format!("pause {name}: {why}"),
        ClockTurn::Pause { why, review: Some(day) } => format!("pause {name} until {day}: {why}"),
        ClockTurn::Resume => format!("resume {name}"),
        ClockTurn::Extend(more) => format!("extend {name} {}", budget_words(*more)),
        ClockTurn::Stop => format!("stop {name}"),
    }
}

fn transfer_words(transfer: &Transfer) -> String {
    let Transfer { key, debit, credit, amount, date, memo, reverses } = transfer;
    let mut words = format!("transfer {key} of {date}: {amount} from {debit} to {credit}");
    if let Some(reverses) = reverses {
        words.push_str(&format!(" reversing {reverses}"));
    }
    if let Some(memo) = memo {
        words.push_str(&format!(" ({memo})"));
    }
    words
}

fn change_words(change: &Change) -> String {
    match change {
        Change::Title(title) => format!("title {title}"),
        Change::Place(place) => format!("place {place}"),
        Change::Stage(stage) => format!("stage {stage}"),
        Change::Holders(holders) if holders.is_empty() => "holders nobody".to_owned(),
        Change::Holders(holders) => {
            format!("holders {}", holders.iter().map(holder_words).collect::<Vec<_>>().join("; "))
        }
        Change::Worst(Some(worst)) => format!("worst {}: {}", lamp_word(worst.lamp), worst.why),
        Change::Worst(None) => "worst none".to_owned(),
        Change::Label(name, Some(value)) => format!("label {name}={value}"),
        Change::Label(name, None) => format!("unlabel {name}"),
    }
}

fn holder_words(holder: &Holder) -> String {
    let part = match holder.part {
        Part::Lead => "",
        Part::Assist => "assist ",
    };
    match &holder.post {
        Post::Person(person) => format!("{part}person {person}"),
        Post::Role { role, place } => format!("{part}role {role} at {place}"),
        Post::Unit(unit) => format!("{part}unit {unit}"),
    }
}

fn budget_words(budget: Budget) -> String {
    match budget {
        Budget::Minutes(minutes) if minutes % 60 == 0 => format!("{}h", minutes / 60),
        Budget::Minutes(minutes) => format!("{minutes}m"),
        Budget::Workminutes(_) | Budget::Workdays(_) | Budget::By(_) | Budget::Until(_) => budget.to_string(),
    }
}

fn opening_words(id: MatterId, opening: &Opening) -> String {
    let place = opening.place.as_ref().map_or("no place", |place| place.as_str());
    let head = format!("open {id} {} at {place}: {}", opening.kind, opening.title);
    let rest: Map<String, Value> = match json!(opening) {
        Value::Object(all) => {
            let is_shown = |name: &str| matches!(name, "kind" | "title" | "place");
            all.into_iter().filter(|(name, value)| !is_shown(name) && *value != json!("")).collect()
        }
        _ => Map::new(),
    };
    if rest.is_empty() { head } else { format!("{head} {}", Value::Object(rest)) }
}

/// A fault, one line an objection.
pub(super) fn fault_lines(fault: &Fault) -> Vec<String> {
    match fault {
        Fault::Refused(objections) => objections.iter().map(objection_line).collect(),
        Fault::Failed(text) => vec![format!("failed: {text}")],
    }
}

/// An objection as one line.
pub(super) fn objection_line(objection: &Objection) -> String {
    let field = objection.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
    let row = objection.row.map(|row| format!("row {row}: ")).unwrap_or_default();
    format!("refused: {field}{row}{}", title_words(&objection.text))
}

/// Both languages, once where they are the same.
pub(super) fn title_words(title: &Title) -> String {
    if title.zh == title.en { title.zh.clone() } else { format!("{} / {}", title.zh, title.en) }
}

fn lamp_word(lamp: Lamp) -> &'static str {
    match lamp {
        Lamp::Green => "green",
        Lamp::Blue => "blue",
        Lamp::Yellow => "yellow",
        Lamp::Red => "red",
    }
}
