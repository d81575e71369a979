//! Some value that a field takes, for checks of a manifest against its code.
//!
//! Always holds: it is canonical, as a desk would see it, also where it is a default or within rows.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{Field, FieldKind, Lookup, NotFound};
use crate::{Budget, MatterId, Objection};

impl Field {
    /// Some value that the field takes, in canonical form: its default (`2h` of a duration as 120)
    /// if it has one that parses.
    pub fn sample(&self) -> Value {
        if let Some(Ok(default)) = self.parse_default() {
            return default;
        }
        let one = self.sample_one();
        // Rows are a list already.
        if self.many && !matches!(self.kind, FieldKind::Rows { .. }) { Value::Array(vec![one]) } else { one }
    }

    /// The default in canonical form, in a district that has whatever place, code or person it names.
    pub(crate) fn parse_default(&self) -> Option<Result<Value, Vec<Objection>>> {
        let default = self.default.as_ref()?;
        // Whether a place has the level is the district's to say.
        let is_anywhere = matches!(self.kind, FieldKind::Place { .. });
        Some(if is_anywhere { Ok(default.clone()) } else { self.parse(default, &AnyDistrict) })
    }

    fn sample_one(&self) -> Value {
        match &self.kind {
            FieldKind::Integer
            | FieldKind::Decimal { .. }
            | FieldKind::Money
            | FieldKind::Area
            | FieldKind::Duration
            | FieldKind::Matter => Value::from(self.min.unwrap_or(1)),
            FieldKind::Budget => serde_json::json!(Budget::Workdays(2)),
            FieldKind::Bool => Value::Bool(true),
            FieldKind::Date => "2026-03-02".into(),
            FieldKind::Time => "08:30".into(),
            FieldKind::Moment => "2026-03-02T00:30:00Z".into(),
            FieldKind::Period => "2026-03".into(),
            FieldKind::Choice(values) => values[0].name.clone().into(),
            FieldKind::Place { .. } => "district/street".into(),
            FieldKind::Point => serde_json::json!({ "lon_microdeg": 117_050_000, "lat_microdeg": 30_520_000 }),
            FieldKind::File { .. } => sample_file("0"),
            FieldKind::Rows { of } => Value::Array(vec![
                of.iter().map(|(name, field)| (name.to_owned(), field.sample())).collect::<Map<_, _>>().into(),
            ]),
            FieldKind::Text
            | FieldKind::LongText
            | FieldKind::Code { .. }
            | FieldKind::Person
            | FieldKind::Unit
            | FieldKind::Role
            | FieldKind::Level
            | FieldKind::Contact
            | FieldKind::Record { .. }
            | FieldKind::Secret => "sample".into(),
        }
    }
}

/// A file as desks see one, named for a text.
pub(crate) fn sample_file(text: &str) -> Value {
    let name = format!("{text:0>64}");
    serde_json::json!({ "sha256": name, "kind": "photo", "bytes": 1, "small": name })
}

/// A district in which everything asked for is there.
pub(super) struct AnyDistrict;

impl Lookup for AnyDistrict {
    fn zone(&self) -> &TimeZone {
        static UTC: TimeZone = TimeZone::UTC;
        &UTC
    }
    fn place(&self, text: &str) -> Result<(String, String), NotFound> {
        Ok((text.to_owned(), String::new()))
    }
    fn person(&self, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }
    fn unit(&self, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }
    fn code(&self, _: &str, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }
    fn role(&self, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }
    fn level(&self, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }
    fn matter(&self, _: &str) -> Option<MatterId> {
        Some(MatterId(1))
    }
    fn file(&self, text: &str) -> Result<Value, NotFound> {
        Ok(sample_file(text))
    }
}
