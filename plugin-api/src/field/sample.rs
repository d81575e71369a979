//! Some value that a field takes, for checks of a manifest against its code.

use serde_json::{Map, Value};

use super::{Field, FieldKind};

impl Field {
    /// Some value that the field takes.
    pub fn sample(&self) -> Value {
        let one = self.sample_one();
        if self.many { Value::Array(vec![one]) } else { one }
    }

    fn sample_one(&self) -> Value {
        if let Some(default) = &self.default {
            return default.clone();
        }
        match &self.kind {
            FieldKind::Integer
            | FieldKind::Decimal { .. }
            | FieldKind::Money
            | FieldKind::Area
            | FieldKind::Duration
            | FieldKind::Matter => Value::from(self.min.unwrap_or(1)),
            FieldKind::Bool => Value::Bool(true),
            FieldKind::Date => "2026-03-02".into(),
            FieldKind::Time => "08:30".into(),
            FieldKind::Moment => "2026-03-02T00:30:00Z".into(),
            FieldKind::Period => "2026-03".into(),
            FieldKind::Choice(values) => values[0].name.clone().into(),
            FieldKind::Place { .. } => "district/street".into(),
            FieldKind::Point => serde_json::json!({ "lon_microdeg": 117_050_000, "lat_microdeg": 30_520_000 }),
            FieldKind::Rows { of } => Value::Array(vec![
                of.iter().map(|(name, field)| (name.to_owned(), field.sample())).collect::<Map<_, _>>().into(),
            ]),
            FieldKind::Text
            | FieldKind::LongText
            | FieldKind::Code { .. }
            | FieldKind::Person
            | FieldKind::Unit
            | FieldKind::Contact
            | FieldKind::Record { .. }
            | FieldKind::Secret => "sample".into(),
        }
    }
}
