//! Whether the host would take an effect: names are the manifest's, owner effects are on the desk's
//! own matters (I5), values are in bounds. Pure.

use serde_json::Value;
use serde_json::value::RawValue;

use super::Double;
use super::apply::Source;
use super::books::NotBooked;
use super::lookup::Said;
use crate::clock::ClockTurn;
use crate::effect::Change;
use crate::field::{Field, FieldKind, Fields, parse_form};
use crate::{Clock, ClockState, Effect, LabelValue, Manifest, Matter, MatterId, Opening, Status, Transfer};

const TITLE_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 20_000;
const KEY_BYTES_MAX: usize = 256;

/// Why the host would not take an effect of a step, or why it is not what the manifest says of it.
pub(super) fn check(effect: &Effect, source: &Source<'_>, manifest: &Manifest, double: &Double) -> Result<(), String> {
    let own = source.own;
    let owned = |on: &Option<MatterId>| find_owned(on.or(own), double);
    match effect {
        Effect::Set { on, change } => check_change(change, owned(on)?, manifest, double),
        Effect::Clock { on, name, turn } => {
            let matter = owned(on)?;
            let clock = double.clocks.get(&(matter.id, name.clone()));
            check_clock(name, turn, clock, matter, manifest)
        }
        Effect::Say { on, topic, data } => {
            check_said(topic, data, owned(on)?, manifest, double)?;
            check_after(topic, source.name, manifest)
        }
        Effect::Close { on, outcome } => {
            check_open(owned(on)?)?;
            if outcome.is_empty() { Err("an outcome is a short code".into()) } else { Ok(()) }
        }
        Effect::Reopen { on, stage } => {
            let matter = owned(on)?;
            if matter.status == Status::Open {
                return Err(format!("matter {} is open", matter.id));
            }
            check_stage(stage, matter, manifest)
        }
        Effect::Join { on, master } => {
            let matter = owned(on)?;
            check_open(matter)?;
            let master = find(Some(*master), double)?;
            if master.id == matter.id { Err("a matter cannot join itself".into()) } else { check_open(master) }
        }
        Effect::Release { child } => match owned(&Some(*child))?.status {
            Status::Joined => Ok(()),
            _ => Err(format!("matter {child} is not joined")),
        },
        Effect::Note { on, .. } => find(on.or(own), double).map(drop),
        Effect::Put { collection, key, record } => {
            let collection = declared_collection(manifest, collection)?;
            check_key(key)?;
            check_data(&collection.fields, record, double)
        }
        Effect::Delete { collection, .. } => declared_collection(manifest, collection).map(drop),
        Effect::Open { id, opening } => check_opening(*id, opening, manifest, double),
        Effect::Link { on, to, .. } => {
            find(on.or(own), double)?;
            find(Some(*to), double).map(drop)
        }
        Effect::Tell { matter, topic, data } => {
            find(Some(*matter), double)?;
            check_data(&declared(manifest.say(topic), "say", topic)?.data, data, double)
        }
        Effect::Work { on, name, params } => check_work(on.or(own), name, params, manifest, double),
        Effect::Transfer(transfer) => check_transfer(transfer, manifest, double),
        Effect::Send(sending) => super::outlet::check_sending(sending, own, manifest, double),
    }
}

fn check_work(
    on: Option<MatterId>,
    name: &str,
    params: &RawValue,
    manifest: &Manifest,
    double: &Double,
) -> Result<(), String> {
    if on.is_some() {
        find(on, double)?;
    }
    check_data(&declared(manifest.job(name), "job", name)?.params, params, double)
}

fn check_transfer(transfer: &Transfer, manifest: &Manifest, double: &Double) -> Result<(), String> {
    match double.check_booking(transfer, manifest) {
        Err(NotBooked::Wrong(why)) => Err(why),
        // Refuses the step, which the bench has looked at before.
        Err(NotBooked::Refused(_)) | Ok(()) => Ok(()),
    }
}

fn declared<T>(found: Option<T>, what: &str, name: &str) -> Result<T, String> {
    found.ok_or_else(|| format!("the manifest declares no [[{what}]] {name:?}"))
}

fn declared_collection<'m>(manifest: &'m Manifest, name: &str) -> Result<&'m crate::manifest::Collection, String> {
    declared(manifest.collection.iter().find(|collection| collection.name == name), "collection", name)
}

pub(super) fn find(id: Option<MatterId>, double: &Double) -> Result<&Matter, String> {
    let id = id.ok_or("the step is about no matter")?;
    double.matters.get(&id).ok_or_else(|| format!("there is no matter {id}"))
}

fn find_owned(id: Option<MatterId>, double: &Double) -> Result<&Matter, String> {
    let matter = find(id, double)?;
    if matter.desk == double.desk {
        Ok(matter)
    } else {
        Err(format!("I5: matter {} lies on {}", matter.id, matter.desk))
    }
}

fn check_open(matter: &Matter) -> Result<(), String> {
    match matter.status {
        Status::Open => Ok(()),
        Status::Closed | Status::Joined => Err(format!("matter {} is no longer open", matter.id)),
    }
}

fn check_change(change: &Change, matter: &Matter, manifest: &Manifest, double: &Double) -> Result<(), String> {
    match change {
        Change::Title(title) => check_chars("title", title, 1, TITLE_CHARS_MAX),
        Change::Place(place) => check_place(place.as_str(), double),
        Change::Stage(stage) => {
            check_open(matter)?;
            check_stage(stage, matter, manifest)
        }
        Change::Holders(_) | Change::Worst(_) => Ok(()),
        Change::Label(name, value) => {
            let field = manifest.label.get(name).ok_or_else(|| format!("the manifest declares no label {name:?}"))?;
            value.as_ref().map_or(Ok(()), |value| check_label(name, value, field, double))
        }
    }
}

fn check_stage(stage: &str, matter: &Matter, manifest: &Manifest) -> Result<(), String> {
    let kind = declared(manifest.kind(&matter.kind), "kind", &matter.kind)?;
    if kind.stages.iter().any(|known| known.name == stage) {
        Ok(())
    } else {
        Err(format!("{:?} has no stage {stage:?} here", matter.kind))
    }
}

fn check_label(name: &str, value: &LabelValue, field: &Field, double: &Double) -> Result<(), String> {
    let fits = match (&field.kind, value) {
        (FieldKind::Bool, LabelValue::Bool(_))
        | (FieldKind::Integer, LabelValue::Integer(_))
        | (FieldKind::Text, LabelValue::Text(_)) => true,
        (FieldKind::Choice(values), LabelValue::Text(text)) => values.iter().any(|known| known.name == *text),
        (FieldKind::Unit, LabelValue::Text(text)) => double.units.iter().any(|unit| unit.id.as_str() == text),
        (FieldKind::Code { list }, LabelValue::Text(text)) => {
            double.lists.get(list).0.iter().any(|row| row.code == *text)
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("label {name:?} cannot be {value}")) }
}

fn check_clock(
    name: &str,
    turn: &ClockTurn,
    clock: Option<&Clock>,
    matter: &Matter,
    manifest: &Manifest,
) -> Result<(), String> {
    check_open(matter)?;
    declared(manifest.clock(name), "clock", name)?;
    let state = clock.map(|clock| clock.state);
    match turn {
        ClockTurn::Start(budget) | ClockTurn::Extend(budget) if budget.check().is_err() => {
            let why = budget.check().err().map(|why| why.en).unwrap_or_default();
            Err(format!("clock {name:?}: a budget of {budget} {why}"))
        }
        ClockTurn::Pause { .. } if state != Some(ClockState::Running) => Err(format!("clock {name:?} does not run")),
        ClockTurn::Resume if state != Some(ClockState::Paused) => Err(format!("clock {name:?} is not paused")),
        ClockTurn::Extend(_) if state.is_none() => Err(format!("clock {name:?} does not run")),
        ClockTurn::Extend(_) if state == Some(ClockState::Out) => Err(format!("clock {name:?} has run out")),
        _ => Ok(()),
    }
}

fn check_said(
    topic: &str,
    data: &RawValue,
    matter: &Matter,
    manifest: &Manifest,
    double: &Double,
) -> Result<(), String> {
    let say = declared(manifest.say(topic), "say", topic)?;
    // Routes are not asked for a closed matter, so the event would lead nowhere.
    if !say.log {
        check_open(matter)?;
    }
    check_data(&say.data, data, double)
}

/// The district's check relies on it that a desk says a topic only after what it declares.
fn check_after(topic: &str, name: &str, manifest: &Manifest) -> Result<(), String> {
    match manifest.say(topic) {
        Some(say) if !say.may_follow(name) => Err(format!("`after` of {topic:?} does not name {name:?}")),
        _ => Ok(()),
    }
}

/// Checks data a desk made against the fields it was declared with.
pub(super) fn check_data(fields: &Fields, data: &RawValue, double: &Double) -> Result<(), String> {
    let data: Value = serde_json::from_str(data.get()).map_err(|error| error.to_string())?;
    let data = match data {
        Value::Object(data) => data,
        other => return Err(format!("data is an object, not {other}")),
    };
    parse_form(fields, &data, &Said(double))
        .map(drop)
        .map_err(|objections| objections.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

fn check_key(key: &str) -> Result<(), String> {
    if (1..=KEY_BYTES_MAX).contains(&key.len()) { Ok(()) } else { Err(format!("a key has 1 to {KEY_BYTES_MAX} bytes")) }
}

fn check_chars(what: &str, text: &str, min: usize, max: usize) -> Result<(), String> {
    let chars = text.chars().count();
    if min <= chars && chars <= max {
        Ok(())
    } else {
        Err(format!("a {what} has {min} to {max} characters, not {chars}"))
    }
}

fn check_place(place: &str, double: &Double) -> Result<(), String> {
    if double.places.iter().any(|known| known.id.as_str() == place) {
        Ok(())
    } else {
        Err(format!("there is no place {place:?}"))
    }
}

fn check_opening(id: MatterId, opening: &Opening, manifest: &Manifest, double: &Double) -> Result<(), String> {
    if id != double.next_id() {
        return Err(format!("the next matter is {}: take ids from new_id, in order", double.next_id()));
    }
    let kind = declared(manifest.kind(&opening.kind), "kind", &opening.kind)?;
    if kind.prefix.is_none() {
        return Err(format!("kind {:?} has no prefix here, so another desk opens it", kind.name));
    }
    check_chars("title", &opening.title, 1, TITLE_CHARS_MAX)?;
    check_chars("text", &opening.text, 0, TEXT_CHARS_MAX)?;
    check_place(opening.place.as_ref().ok_or("a matter opens at a place")?.as_str(), double)?;
    for (name, value) in &opening.labels {
        let field = manifest.label.get(name).ok_or_else(|| format!("the manifest declares no label {name:?}"))?;
        check_label(name, value, field, double)?;
    }
    Ok(())
}
