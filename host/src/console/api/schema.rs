//! Fields of a manifest as a JSON Schema: what a form takes.

use plugin_api::Title;
use plugin_api::field::{Field, FieldKind, Fields};
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::directory::Level;

/// A form.
pub(super) fn form_schema(config: &Config, fields: &Fields) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, field)| (name.to_owned(), field_schema(config, field))).collect();
    let required: Vec<&str> =
        fields.iter().filter(|(_, field)| field.required && field.when.is_empty()).map(|(name, _)| name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn field_schema(config: &Config, field: &Field) -> Value {
    let one = one_schema(config, field);
    let mut schema = if field.many { json!({ "type": "array", "items": one }) } else { one };
    schema["title"] = words(&field.title).into();
    schema["x-title"] = json!(field.title);
    if let Some(hint) = &field.hint {
        schema["description"] = words(hint).into();
    }
    if let Some(default) = &field.default {
        schema["default"] = default.clone();
    }
    if !field.when.is_empty() {
        schema["x-when"] = Value::Object(field.when.clone());
    }
    schema
}

fn words(title: &Title) -> String {
    if title.en.is_empty() { title.zh.clone() } else { format!("{} · {}", title.zh, title.en) }
}

fn one_schema(config: &Config, field: &Field) -> Value {
    let text = |format: &str| json!({ "type": "string", "format": format });
    match &field.kind {
        FieldKind::Text | FieldKind::LongText => {
            let most = if field.kind == FieldKind::Text { 200 } else { 20_000 };
            json!({ "type": "string", "minLength": field.min.unwrap_or(0), "maxLength": field.max.unwrap_or(most) })
        }
        FieldKind::Integer => bounded(json!({ "type": "integer" }), field),
        FieldKind::Decimal { .. } => text("decimal"),
        FieldKind::Money => text("money"),
        FieldKind::Area => text("area"),
        FieldKind::Bool => json!({ "type": "boolean" }),
        FieldKind::Date => text("date"),
        FieldKind::Time => text("time"),
        FieldKind::Moment => text("date-time"),
        FieldKind::Period => text("month"),
        FieldKind::Duration => text("duration"),
        FieldKind::Budget => text("budget"),
        FieldKind::Choice(choices) => {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
            let titles: Vec<&Title> = choices.iter().map(|choice| &choice.title).collect();
            json!({ "type": "string", "enum": names, "x-titles": titles })
        }
        FieldKind::Code { list } => json!({ "type": "string", "x-list": list }),
        FieldKind::Place { level } => json!({ "type": "string", "format": "place", "x-level": level }),
        FieldKind::Point => text("point"),
        FieldKind::Person => text("person"),
        FieldKind::Unit => text("unit"),
        FieldKind::Role => {
            let roles: Vec<String> = config.directory.roles().map(|(id, _)| id.to_string()).collect();
            json!({ "type": "string", "enum": roles })
        }
        FieldKind::Level => json!({ "type": "string", "enum": Level::ALL.map(Level::as_str) }),
        FieldKind::Contact => text("contact"),
        FieldKind::Matter => text("matter"),
        FieldKind::Record { of } => json!({ "type": "string", "x-collection": of }),
        FieldKind::Rows { of } => json!({ "type": "array", "items": form_schema(config, of) }),
        FieldKind::Secret => text("secret"),
        FieldKind::File { .. } => text("file"),
    }
}

fn bounded(mut schema: Value, field: &Field) -> Value {
    for (name, bound) in [("minimum", field.min), ("maximum", field.max)] {
        if let Some(bound) = bound {
            schema[name] = bound.into();
        }
    }
    schema
}
