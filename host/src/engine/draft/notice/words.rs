//! What the values of a notice's data are called, in words for people outside.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use plugin_api::field::{Field, FieldKind, Fields};
use plugin_api::{PersonId, PlaceId, Title, UnitId};
use serde_json::Value;

use crate::config::Config;

/// The data of a notice, and the district that gives its values their names.
pub(super) struct Wording<'a> {
    pub config: &'a Config,
    /// Code tables are read as of this day.
    pub day: Date,
    pub fields: &'a Fields,
    pub data: &'a BTreeMap<String, Value>,
}

impl Wording<'_> {
    /// What the value of a data field is called.
    pub(super) fn value(&self, name: &str) -> Option<Title> {
        let (field, value) = (self.fields.get(name)?, self.data.get(name)?);
        Some(match value {
            Value::Array(list) => {
                let titles: Vec<Title> = list.iter().map(|value| self.one(field, value)).collect();
                let joined =
                    |of: &dyn Fn(&Title) -> String, by: &str| titles.iter().map(of).collect::<Vec<_>>().join(by);
                Title::new(joined(&|title| title.zh.clone(), "、"), joined(&|title| title.en.clone(), ", "))
            }
            value => self.one(field, value),
        })
    }

    fn one(&self, field: &Field, value: &Value) -> Title {
        match value {
            Value::Null => Title::default(),
            Value::Bool(true) => Title::new("是", "yes"),
            Value::Bool(false) => Title::new("否", "no"),
            Value::Number(number) => same(&number_words(field, number)),
            Value::String(text) => self.text(field, text),
            Value::Array(_) | Value::Object(_) => same(&value.to_string()),
        }
    }

    fn text(&self, field: &Field, text: &str) -> Title {
        let directory = &self.config.directory;
        let found = match &field.kind {
            FieldKind::Choice(choices) => {
                choices.iter().find(|choice| choice.name == text).map(|choice| choice.title.clone())
            }
            FieldKind::Code { list } => {
                let rows = self.config.lists.get(list);
                let row = rows.find(text, self.day).or_else(|| rows.0.iter().find(|row| row.code == text));
                row.map(|row| row.title.clone())
            }
            FieldKind::Place { .. } => directory.place(&PlaceId::from(text)).map(|place| place.title.clone()),
            FieldKind::Person => directory.person(&PersonId::from(text)).map(|person| same(&person.name)),
            FieldKind::Unit => directory.unit(&UnitId::from(text)).map(|unit| unit.title.clone()),
            FieldKind::Moment => text
                .parse::<Timestamp>()
                .ok()
                .map(|instant| same(&self.config.zone.to_datetime(instant).strftime("%Y-%m-%d %H:%M").to_string())),
            _ => None,
        };
        found.unwrap_or_else(|| same(text))
    }
}

/// A number as people write it: fen as yuan, and so on.
fn number_words(field: &Field, number: &serde_json::Number) -> String {
    let places = match field.kind {
        FieldKind::Money | FieldKind::Area => 2,
        FieldKind::Decimal { places } => places,
        _ => return number.to_string(),
    };
    let Some(whole) = number.as_i64() else { return number.to_string() };
    let sign = if whole < 0 { "-" } else { "" };
    let unit = 10_u64.pow(places);
    let (before, after) = (whole.unsigned_abs() / unit, whole.unsigned_abs() % unit);
    format!("{sign}{before}.{after:0width$}", width = places as usize)
}

fn same(text: &str) -> Title {
    Title::new(text, text)
}

/// At most so many characters of a text, with a sign that some are gone.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(chars_max - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use plugin_api::field::Field;
    use serde_json::Value;

    use super::{cut, number_words};

    #[test]
    fn numbers_as_people_write_them() {
        let field =
            |text: &str| -> Field { toml::from_str(&format!("title = {{ zh = \"\", en = \"\" }}\n{text}")).unwrap() };
        let words = |text: &str, number: i64| match Value::from(number) {
            Value::Number(number) => number_words(&field(text), &number),
            _ => unreachable!("it is a number"),
        };
        assert_eq!(words("type = \"money\"", 1250), "12.50");
        assert_eq!(words("type = \"money\"", -5), "-0.05");
        assert_eq!(words("type = \"money\"", i64::MIN), "-92233720368547758.08");
        assert_eq!(words("type = \"decimal\"\nplaces = 3", 1), "0.001");
        assert_eq!(words("type = \"integer\"", 7), "7");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(cut("红领红领", 4), "红领红领");
        assert_eq!(cut("红领红领", 3), "红领…");
    }
}
