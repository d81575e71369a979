//! The lines of a case that say what there is: district, tables, matters, notes, records.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;
use serde_json::value::to_raw_value;

use super::script::{Call, Stanza, parse_data, parse_table, split_data};
use super::{Double, week};
use crate::{
    Account, Budget, Clock, ClockState, CodeList, Holder, LabelValue, ListRow, Manifest, Matter, MatterId, Of, Part,
    Person, PersonId, Place, PlaceId, Post, RoleId, Status, Title, Unit, UnitId,
};

/// Adds what a line describes to the double. `false` if the line describes nothing.
pub(super) fn describe(stanza: &Stanza<'_>, manifest: &Manifest, double: &mut Double) -> Result<bool, String> {
    match stanza.verb {
        "now" => double.now = parse_as(stanza.rest, "instant")?,
        "zone" => {
            double.zone = TimeZone::get(stanza.rest).map_err(|_| format!("{:?} is no time zone", stanza.rest))?;
        }
        "list" => {
            double.lists.0.insert(stanza.rest.to_owned(), parse_list(&stanza.body)?);
        }
        "place" => double.places.push(parse_place(stanza.rest)?),
        "person" => double.people.push(parse_person(stanza.rest)?),
        "unit" => double.units.push(parse_unit(stanza.rest)?),
        "matter" => {
            let matter = parse_matter(stanza, manifest, double)?;
            double.matters.insert(matter.id, matter);
        }
        "note" => {
            let (id, data) = split_data(stanza.rest);
            let note = parse_data(data.ok_or("a note is an object")?)?;
            let note = to_raw_value(&note).map_err(|error| error.to_string())?;
            double.notes.insert(MatterId(parse_as(id, "matter")?), note);
        }
        "record" => {
            let (head, data) = split_data(stanza.rest);
            let (collection, key) = head.split_once(' ').ok_or("a record has a collection and a key")?;
            let record = Value::Object(parse_data(data.ok_or("a record is an object")?)?);
            double.records.entry(collection.to_owned()).or_default().insert(key.trim().to_owned(), record);
        }
        "started" => {
            let words: Vec<&str> = stanza.rest.splitn(4, ' ').collect();
            let [name, "on", id, budget] = words[..] else {
                return Err("write `started CLOCK on MATTER BUDGET`".into());
            };
            let budget: Budget = budget.parse().map_err(|why: Title| format!("{budget:?} {}", why.en))?;
            let (on, due) = (MatterId(parse_as(id, "matter")?), week::after(&double.zone, double.now, budget));
            let (name, state, provisional) = (name.to_owned(), ClockState::Running, due.provisional);
            double.clocks.insert((on, name.clone()), Clock { name, state, due: due.at, provisional });
        }
        "event" => {
            let call = Call::parse(stanza)?;
            let on = MatterId(parse_as(call.on.unwrap_or("1"), "matter")?);
            let desk = call.from.unwrap_or(&manifest.name);
            let data = to_raw_value(&call.data).map_err(|error| error.to_string())?;
            double.add_event(on, call.name, desk, call.who, data);
        }
        "account" => {
            let (account, amount) = parse_balance(stanza.rest)?;
            double.books.put(account, amount, (double.now, double.today()));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A text as a value of the type that is wanted.
pub(super) fn parse_as<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("{text:?} is no {what}"))
}

fn parse_title(text: &str) -> Title {
    let (zh, en) = text.split_once(" / ").unwrap_or((text, text));
    Title::new(zh.trim(), en.trim())
}

fn parse_list(lines: &[&str]) -> Result<CodeList, String> {
    let mut records = parse_table(lines)?.into_iter();
    let header = records.next().ok_or("a list has a header line")?;
    let row = |cells: Vec<String>| {
        if cells.len() != header.len() {
            return Err(format!("{} cells under {} columns: {}", cells.len(), header.len(), cells.join(",")));
        }
        let mut columns: BTreeMap<String, String> =
            header.iter().cloned().zip(cells).filter(|(_, cell)| !cell.is_empty()).collect();
        let code = columns.remove("code").ok_or("a row has no code")?;
        let zh = columns.remove("title").unwrap_or_else(|| code.clone());
        let en = columns.remove("title_en").unwrap_or_else(|| zh.clone());
        let mut date = |name| columns.remove(name).map(|text| parse_as(&text, "date")).transpose();
        let (from, to) = (date("from")?, date("to")?);
        Ok(ListRow { code, title: Title { zh, en }, parent: columns.remove("parent"), from, to, columns })
    };
    records.map(row).collect::<Result<_, String>>().map(CodeList)
}

fn parse_place(rest: &str) -> Result<Place, String> {
    let mut words = rest.splitn(3, ' ');
    let (Some(id), Some(level), title) = (words.next(), words.next(), words.next()) else {
        return Err("write `place PATH LEVEL TITLE`".into());
    };
    Ok(Place { id: id.into(), level: level.to_owned(), title: parse_title(title.unwrap_or(id)) })
}

fn parse_person(rest: &str) -> Result<(RoleId, Person), String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (&[id, role, place, name], unit) = (match words.split_last() {
        Some((last, before)) if last.starts_with("unit=") => (before, last.strip_prefix("unit=")),
        _ => (words.as_slice(), None),
    }) else {
        return Err("write `person ID ROLE PLACE NAME`, perhaps with `unit=CODE`".into());
    };
    let person = Person { id: id.into(), name: name.to_owned(), place: place.into(), unit: unit.map(UnitId::from) };
    Ok((role.into(), person))
}

fn parse_balance(rest: &str) -> Result<(Account, i64), String> {
    let usage = "write `account CLASS OF PART AMOUNT`, without what the class has not";
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (&[class, ref named @ ..], amount) = (match words.split_last() {
        Some((amount, before)) => (before, parse_as(amount, "amount")?),
        None => return Err(usage.into()),
    }) else {
        return Err(usage.into());
    };
    let mut account = Account::new(class);
    for word in named {
        match word.parse::<Of>() {
            Ok(of) if account.of == Of::Nothing => account.of = of,
            _ if account.part.is_none() => account.part = Some((*word).to_owned()),
            _ => return Err(usage.into()),
        }
    }
    Ok((account, amount))
}

fn parse_unit(rest: &str) -> Result<Unit, String> {
    let (id, title) = rest.split_once(' ').ok_or("write `unit CODE TITLE`")?;
    Ok(Unit { id: id.into(), title: parse_title(title), kind: "government".into() })
}

fn parse_matter(stanza: &Stanza<'_>, manifest: &Manifest, double: &Double) -> Result<Matter, String> {
    let (head, title) = stanza.rest.split_once(" : ").ok_or("write `matter ID KIND at PLACE … : TITLE`")?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [id, kind, "at", place, keys @ ..] = words.as_slice() else {
        return Err("write `matter ID KIND at PLACE … : TITLE`".into());
    };
    let id = MatterId(parse_as(id, "matter's id")?);
    let entry = manifest.kind(kind).and_then(|kind| kind.entry());
    let mut matter = Matter {
        id,
        number: double.number(manifest, kind, id),
        kind: (*kind).to_owned(),
        desk: double.desk.clone(),
        stay: 1,
        stage: entry.map(|stage| stage.name.clone()).unwrap_or_default(),
        status: Status::Open,
        outcome: None,
        place: PlaceId::from(*place),
        opened: double.now,
        labels: BTreeMap::new(),
        holders: Vec::new(),
        reporters: Vec::new(),
        links: Vec::new(),
        worst: None,
        title: title.trim().to_owned(),
        text: stanza.body.join("\n"),
        address: None,
        position: None,
        reported_at: None,
        channel: None,
        source: None,
        due: None,
        lamp: None,
    };
    for word in keys {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("{word:?} is not `key=value`"))?;
        set_key(&mut matter, key, value)?;
    }
    Ok(matter)
}

fn set_key(matter: &mut Matter, key: &str, value: &str) -> Result<(), String> {
    let text = value.to_owned();
    match key {
        "desk" => matter.desk = text,
        "stage" => matter.stage = text,
        "stay" => matter.stay = parse_as(value, "number of a stay")?,
        "status" => {
            matter.status = serde_json::from_value(Value::String(text)).map_err(|error| error.to_string())?;
        }
        "outcome" => matter.outcome = Some(text),
        "opened" => matter.opened = parse_as(value, "instant")?,
        "reported-at" => matter.reported_at = Some(parse_as(value, "instant")?),
        "channel" => matter.channel = Some(text),
        "source" => matter.source = Some(text),
        "address" => matter.address = Some(text),
        "reporters" => matter.reporters = value.split('|').map(PersonId::from).collect(),
        "lead" => matter.holders.push(Holder { post: parse_post(value, &matter.place)?, part: Part::Lead }),
        "assist" => matter.holders.push(Holder { post: parse_post(value, &matter.place)?, part: Part::Assist }),
        label => {
            let value = match (value, value.parse::<i64>()) {
                ("true", _) => LabelValue::Bool(true),
                ("false", _) => LabelValue::Bool(false),
                (_, Ok(number)) => LabelValue::Integer(number),
                _ => LabelValue::Text(text),
            };
            matter.labels.insert(label.to_owned(), value);
        }
    }
    Ok(())
}

fn parse_post(text: &str, here: &PlaceId) -> Result<Post, String> {
    let (sort, id) = text.split_once(':').ok_or_else(|| format!("{text:?} is not `person:`, `unit:` or `role:`"))?;
    match sort {
        "person" => Ok(Post::Person(id.into())),
        "unit" => Ok(Post::Unit(id.into())),
        "role" => {
            let (role, place) = id.split_once('@').unwrap_or((id, here.as_str()));
            Ok(Post::Role { role: role.into(), place: place.into() })
        }
        _ => Err(format!("{text:?} is not `person:`, `unit:` or `role:`")),
    }
}
