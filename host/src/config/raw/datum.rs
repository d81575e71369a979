//! A value of a TOML file whose shape only a manifest knows, with the place of every part.
//!
//! Always holds: there are no fractions; what is too large or a fraction is remarked and left out.

use plugin_api::Title;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::problem::{Remarks, named, quoted};
use super::super::source::{Located, Spot};

/// A value with the place of every part.
#[derive(Clone, Debug)]
pub(crate) enum Datum {
    Text(String),
    Integer(i64),
    Bool(bool),
    List(Vec<Located<Datum>>),
    Table(Vec<(Located<String>, Located<Datum>)>),
}

impl Datum {
    /// What it is, for people.
    pub(crate) fn word(&self) -> Title {
        match self {
            Datum::Text(_) => text_word(),
            Datum::Integer(_) => integer_word(),
            Datum::Bool(_) => bool_word(),
            Datum::List(_) => Title::new("列表", "a list"),
            Datum::Table(_) => Title::new("表", "a table"),
        }
    }

    /// The same without places.
    pub(crate) fn json(&self) -> Value {
        match self {
            Datum::Text(text) => text.clone().into(),
            Datum::Integer(number) => (*number).into(),
            Datum::Bool(yes) => (*yes).into(),
            Datum::List(list) => list.iter().map(|item| item.value.json()).collect(),
            Datum::Table(entries) => {
                entries.iter().map(|(key, item)| (key.value.clone(), item.value.json())).collect::<Map<_, _>>().into()
            }
        }
    }
}

/// Keys and values in the order written.
pub(crate) type Entries = Vec<(Located<String>, Located<Datum>)>;

pub(super) fn entries(table: &DeTable<'_>, spot: Spot, remarks: &mut Remarks) -> Entries {
    let mut entries = Vec::new();
    for (key, value) in table {
        let name = Located { value: key.get_ref().to_string(), spot: spot.at(key.span().start) };
        if let Some(value) = datum(value, spot.at(value.span().start), remarks) {
            entries.push((name, value));
        }
    }
    entries
}

pub(super) fn datum(value: &Spanned<DeValue<'_>>, spot: Spot, remarks: &mut Remarks) -> Option<Located<Datum>> {
    let value = match value.get_ref() {
        DeValue::String(text) => Datum::Text(text.to_string()),
        DeValue::Boolean(yes) => Datum::Bool(*yes),
        DeValue::Datetime(instant) => Datum::Text(instant.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Datum::Integer(number),
            Err(_) => {
                let number = number.as_str();
                remarks.error(
                    spot,
                    format!("整数 {} 太大", named(number)),
                    format!("{} is too large for a whole number", quoted(number)),
                );
                return None;
            }
        },
        DeValue::Float(number) => {
            let number = number.as_str();
            remarks
                .error(
                    spot,
                    format!("{number} 是小数，这里不用小数"),
                    format!("{number} is a fraction, and there are none here"),
                )
                .hint(format!("写成文字：\"{number}\""), format!("write it as text: {number:?}"));
            return None;
        }
        DeValue::Array(items) => {
            Datum::List(items.iter().filter_map(|item| datum(item, spot.at(item.span().start), remarks)).collect())
        }
        DeValue::Table(table) => Datum::Table(entries(table, spot, remarks)),
    };
    Some(Located { value, spot })
}

pub(super) fn word(value: &DeValue<'_>) -> Title {
    match value {
        DeValue::String(_) => text_word(),
        DeValue::Integer(_) => integer_word(),
        DeValue::Float(_) => Title::new("小数", "a fraction"),
        DeValue::Boolean(_) => bool_word(),
        DeValue::Datetime(_) => Title::new("日期", "a date"),
        DeValue::Array(_) => Title::new("列表", "a list"),
        DeValue::Table(_) => Title::new("表", "a table"),
    }
}

/// What a text is called in problems.
pub(crate) fn text_word() -> Title {
    Title::new("文字", "text")
}

/// What a whole number is called in problems.
pub(crate) fn integer_word() -> Title {
    Title::new("整数", "a whole number")
}

/// What true and false are called in problems.
pub(crate) fn bool_word() -> Title {
    Title::new("真假值（true 或 false）", "true or false")
}
