//! The one field grammar: forms, rows, topic data, lists, settings and view parameters.
//!
//! Pure. [`Field::parse`] turns what came from outside (form text, a table's cell, JSON) into the
//! one canonical JSON value that desks see; it is the only way in, on every path. There is no
//! float: money is fen, areas are 0.01 m², decimals count in their last place. Characters nobody sees
//! are taken out of every text: controls but tab and line feed, marks that turn the direction of
//! writing (U+202A–202E, U+2066–2069 and the like), and characters of no width.

mod form;
mod lookup;
pub(crate) mod sample;
mod value;
mod visible;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

pub use form::parse_form;
pub use lookup::{Lookup, NotFound};

use crate::Title;

/// One field of a form, row, record, topic, list, setting or view.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "RawField")]
pub struct Field {
    /// What it holds.
    pub kind: FieldKind,
    /// Its name for people.
    pub title: Title,
    /// Must be given.
    pub required: bool,
    /// Holds a list of such values.
    pub many: bool,
    /// Least value; for texts least characters; for `many` and rows still of each value.
    pub min: Option<i64>,
    /// Greatest value; for texts most characters.
    pub max: Option<i64>,
    /// Taken when nothing is given.
    pub default: Option<Value>,
    /// A sentence under the field.
    pub hint: Option<Title>,
    /// Asked only when these other fields have these values.
    pub when: Map<String, Value>,
    /// Shown to residents.
    pub public: bool,
    /// Holds personal data: kept out of lists and exports.
    pub personal: bool,
    /// For people of the directory: a form that anybody may fill in leaves it out.
    pub staff: bool,
}

/// What a field holds, with the canonical JSON desks see.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// One line; text, at most 200 characters unless `max` says otherwise; masked by the host.
    Text,
    /// Several lines; text, at most 20,000 characters; masked by the host.
    LongText,
    /// A whole number.
    Integer,
    /// A decimal, as a whole number of its last place.
    Decimal {
        /// Digits after the point, 1 to 6.
        places: u32,
    },
    /// Money: whole fen. From outside `12.50`.
    Money,
    /// An area: whole 0.01 m². From outside `89.5`.
    Area,
    /// Yes or no: true or false.
    Bool,
    /// A date: text `2026-03-02`.
    Date,
    /// A time of day: text `08:30`.
    Time,
    /// An instant: text in RFC 3339, UTC. From outside local time is fine.
    Moment,
    /// A month: text `2026-03`.
    Period,
    /// A span of natural time: whole minutes. From outside `90m`, `36h`, `2d`.
    Duration,
    /// How long a clock may run, in the unit it is given in: a [`Budget`](crate::Budget) as JSON,
    /// `{"workdays":2}`. From outside `2 workdays`, `4 workhours`, `24 hours`. A list's column reads
    /// `2 workdays` for desks, which `parse::<Budget>()` takes.
    Budget,
    /// One of the given names: text.
    Choice(Vec<Choice>),
    /// A code of a district's list: text.
    Code {
        /// Name of the list.
        list: String,
    },
    /// A place: text, its path.
    Place {
        /// The level it must have, if any.
        level: Option<String>,
    },
    /// A point on the map: `{ lon_microdeg, lat_microdeg }`. From outside `117.05,30.52`.
    Point,
    /// A person of the directory: text, the id.
    Person,
    /// A unit: text, the code.
    Unit,
    /// A role: text, its name in the district or what this desk calls it.
    Role,
    /// A level of places: text, its name.
    Level,
    /// A way to reach somebody. Becomes a person's id at the border: no desk sees it.
    Contact,
    /// A matter: its id, a whole number. From outside its number.
    Matter,
    /// A record of one of the desk's collections: text, its key.
    Record {
        /// Name of the collection.
        of: String,
    },
    /// A file that was put up before: `{ sha256, kind, bytes, small }`, of which `sha256` names it and
    /// `small` its small copy, both 64 hexadecimal digits. No desk sees the bytes. From outside what the
    /// host gave whoever put it up; with `many`, at most `max` of them, 9 unless it says otherwise.
    File {
        /// Which kinds are taken; `photo` is the only one.
        kinds: Vec<FileKind>,
    },
    /// Rows of fields: a list of objects.
    Rows {
        /// The fields of a row.
        of: Fields,
    },
    /// A file or environment name that holds a secret, never the secret: text.
    Secret,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A photo or a drawing. The host draws it anew: upright, at most 2,560 pixels wide and high, without
    /// anything that the camera or a program wrote beside it.
    Photo,
}

/// One name of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub name: String,
    /// Its words.
    pub title: Title,
}

/// Fields by name, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(String, Field)>);

impl Fields {
    /// The field of this name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.iter().find(|(given, _)| *given == name).map(|(_, field)| field)
    }

    /// Names and fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.0.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// Those that are asked of somebody who is not in the directory.
    pub fn without_staff(&self) -> Fields {
        Fields(self.0.iter().filter(|(_, field)| !field.staff).cloned().collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of fields")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry::<String, Field>()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Choice, D::Error> {
        struct NameOrTable;
        impl<'de> Visitor<'de> for NameOrTable {
            type Value = Choice;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a table with name and title")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Choice, E> {
                Ok(Choice { name: name.to_owned(), title: Title::new(name, name) })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Choice, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Table {
                    name: String,
                    title: Title,
                }
                let table = Table::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Choice { name: table.name, title: table.title })
            }
        }
        deserializer.deserialize_any(NameOrTable)
    }
}

/// A field as `plugin.toml` writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawField {
    r#type: String,
    title: Title,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    many: bool,
    min: Option<i64>,
    max: Option<i64>,
    default: Option<Value>,
    hint: Option<Title>,
    #[serde(default)]
    when: Map<String, Value>,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    personal: bool,
    #[serde(default)]
    staff: bool,
    places: Option<u32>,
    values: Option<Vec<Choice>>,
    list: Option<String>,
    level: Option<String>,
    of: Option<Of>,
    kinds: Option<Vec<FileKind>>,
}

/// The `of` of a field: a collection's name, or a row's fields.
enum Of {
    Name(String),
    Fields(Fields),
}

impl<'de> Deserialize<'de> for Of {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Of, D::Error> {
        struct NameOrFields;
        impl<'de> Visitor<'de> for NameOrFields {
            type Value = Of;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a collection's name, or a table of fields")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Of, E> {
                Ok(Of::Name(name.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Of, A::Error> {
                Fields::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Of::Fields)
            }
        }
        deserializer.deserialize_any(NameOrFields)
    }
}

impl TryFrom<RawField> for Field {
    type Error = String;

    fn try_from(raw: RawField) -> Result<Field, String> {
        if raw.kinds.is_some() && raw.r#type != "file" {
            return Err(format!("`kinds` does not belong to type {:?}", raw.r#type));
        }
        let kind = match (raw.r#type.as_str(), raw.values, raw.list, raw.of) {
            ("file", None, None, None) => match raw.kinds {
                Some(kinds) if !kinds.is_empty() => FieldKind::File { kinds },
                _ => return Err("a file needs `kinds`, such as [\"photo\"]".into()),
            },
            ("choice", Some(values), None, None) if !values.is_empty() => FieldKind::Choice(values),
            ("choice", None, Some(list), None) => FieldKind::Code { list },
            ("choice", ..) => return Err("a choice needs either `values` or `list`".into()),
            ("rows", None, None, Some(Of::Fields(of))) if !of.is_empty() => FieldKind::Rows { of },
            ("rows", ..) => return Err("rows need `of`, a table of fields".into()),
            ("record", None, None, Some(Of::Name(of))) => FieldKind::Record { of },
            ("record", ..) => return Err("a record needs `of`, a collection's name".into()),
            (simple, None, None, None) => simple_kind(simple, raw.places, raw.level.clone())?,
            (other, ..) => return Err(format!("`values`, `list` and `of` do not belong to type {other:?}")),
        };
        if raw.level.is_some() && !matches!(kind, FieldKind::Place { .. }) {
            return Err(format!("`level` does not belong to type {:?}", raw.r#type));
        }
        if kind == FieldKind::Budget && (raw.min, raw.max) != (None, None) {
            return Err("`min` and `max` do not belong to type \"budget\": workdays and hours do not compare".into());
        }
        if let (Some(min), Some(max)) = (raw.min, raw.max)
            && max < min
        {
            return Err(format!("`min` {min} is greater than `max` {max}"));
        }
        Ok(Field {
            kind,
            title: raw.title,
            required: raw.required,
            many: raw.many,
            min: raw.min,
            max: raw.max,
            default: raw.default,
            hint: raw.hint,
            when: raw.when,
            public: raw.public,
            personal: raw.personal,
            staff: raw.staff,
        })
    }
}

fn simple_kind(name: &str, places: Option<u32>, level: Option<String>) -> Result<FieldKind, String> {
    Ok(match (name, places) {
        ("decimal", Some(places @ 1..=6)) => FieldKind::Decimal { places },
        ("decimal", _) => return Err("a decimal needs `places`, 1 to 6".into()),
        (_, Some(_)) => return Err(format!("`places` does not belong to type {name:?}")),
        ("text", _) => FieldKind::Text,
        ("long-text", _) => FieldKind::LongText,
        ("integer", _) => FieldKind::Integer,
        ("money", _) => FieldKind::Money,
        ("area", _) => FieldKind::Area,
        ("bool", _) => FieldKind::Bool,
        ("date", _) => FieldKind::Date,
        ("time", _) => FieldKind::Time,
        ("moment", _) => FieldKind::Moment,
        ("period", _) => FieldKind::Period,
        ("duration", _) => FieldKind::Duration,
        ("budget", _) => FieldKind::Budget,
        ("place", _) => FieldKind::Place { level },
        ("point", _) => FieldKind::Point,
        ("person", _) => FieldKind::Person,
        ("unit", _) => FieldKind::Unit,
        ("role", _) => FieldKind::Role,
        ("level", _) => FieldKind::Level,
        ("contact", _) => FieldKind::Contact,
        ("matter", _) => FieldKind::Matter,
        ("secret", _) => FieldKind::Secret,
        _ => {
            return Err(format!(
                "unknown field type {name:?}; there are text, long-text, integer, decimal, money, area, bool, date, \
                 time, moment, period, duration, budget, choice, place, point, person, unit, role, level, contact, \
                 matter, record, file, rows, secret"
            ));
        }
    })
}
