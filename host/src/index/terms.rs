//! A matter as terms: what lists are filtered and counts are made by.
//!
//! Pure. Always holds: a term is a sort, a colon and a value, so that one sort's terms stand together;
//! what is of somebody (`person`, `reporter`, free words of a label) is looked for and never counted.

use jiff::civil::Date;
use plugin_api::{LabelValue, Part, PlaceId, Post, Status};

use crate::config::Config;
use crate::directory::Level;
use crate::matter::Head;

/// Every matter has it.
pub const ALL: &str = "all";
/// The place around all places.
pub const EVERYWHERE: &str = "area:";
/// Matters that no route took.
pub const UNROUTED: &str = "unrouted:";

/// The terms of a matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The places around it whose figures are kept.
    pub areas: Vec<String>,
    /// Those that are counted.
    pub counted: Vec<String>,
    /// Those that are only looked for.
    pub others: Vec<String>,
}

/// A term of a sort.
pub fn term(sort: &str, value: impl std::fmt::Display) -> String {
    format!("{sort}:{value}")
}

/// How the terms of a label begin.
pub fn label_prefix(name: &str) -> String {
    format!("label:{name}=")
}

/// The term of a label with a value; its type is part of it.
pub fn label(name: &str, value: &LabelValue) -> String {
    let value = serde_json::to_string(value).expect("a label is plain JSON");
    format!("{}{value}", label_prefix(name))
}

/// The term of a role held at a place or within it.
pub fn role(role: &plugin_api::RoleId, place: &PlaceId) -> String {
    format!("role:{role}@{place}")
}

/// The word of a status.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Closed => "closed",
        Status::Joined => "joined",
    }
}

/// A month as it is counted by.
pub fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Whether figures of a place are kept: from the district down to compounds. Within one there are few
/// enough matters to be counted, and more places than in all the rest.
pub fn is_counted(config: &Config, place: &PlaceId) -> bool {
    config.directory.level(place).is_some_and(|level| level <= Level::Compound)
}

/// The terms of a matter, opened and perhaps closed on a day.
pub fn terms(config: &Config, head: &Head, opened: Date, closed: Option<Date>) -> Terms {
    let mut terms = Terms { areas: vec![EVERYWHERE.to_owned()], ..Terms::default() };
    for place in head.place.upwards() {
        let into = if is_counted(config, &place) { &mut terms.areas } else { &mut terms.others };
        into.push(term("area", place));
    }
    terms.counted = vec![
        ALL.to_owned(),
        term("desk", &head.desk),
        term("stage", &head.stage),
        term("kind", &head.kind),
        term("month", month(opened)),
        term("day", opened),
    ];
    terms.counted.extend(closed.map(|day| term("closed", day)));
    terms.counted.extend(head.channel.as_ref().map(|channel| term("channel", channel)));
    terms.counted.extend(head.host.unrouted.then(|| UNROUTED.to_owned()));
    terms.others.extend([term("status", status(head.status)), term("year", opened.year())]);
    for (name, value) in &head.labels {
        let into = if config.is_free(name, value) { &mut terms.others } else { &mut terms.counted };
        into.push(label(name, value));
    }
    for holder in &head.holders {
        match &holder.post {
            Post::Person(person) => terms.others.push(term("person", person)),
            Post::Unit(unit) => {
                terms.counted.push(term("unit", unit));
                if holder.part == Part::Lead {
                    terms.counted.push(term("lead", unit));
                }
            }
            Post::Role { role: held, place } => {
                terms.others.extend(place.upwards().map(|around| role(held, &around)));
            }
        }
    }
    terms.others.extend(head.reporters.iter().map(|person| term("reporter", person)));
    for list in [&mut terms.areas, &mut terms.counted, &mut terms.others] {
        list.sort();
        list.dedup();
    }
    terms
}
