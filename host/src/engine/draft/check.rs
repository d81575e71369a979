//! What a desk's effects must fit: its own manifest and the host's bounds.

use std::collections::BTreeMap;
use std::fmt::Arguments;
use std::sync::Arc;

use plugin_api::LabelValue;
use plugin_api::field::{FieldKind, Fields};
use plugin_api::manifest::{Manifest, Say};
use serde_json::value::RawValue;

use super::wrong;
use crate::engine::step::StepError;
use crate::limits::TITLE_CHARS_MAX;

pub(super) fn find_stage(manifest: &Manifest, kind: &str, stage: &str) -> Result<Arc<str>, StepError> {
    let known = manifest.kind(kind).is_some_and(|kind| kind.stages.iter().any(|given| given.name == stage));
    if known { Ok(stage.into()) } else { Err(wrong(format!("stage {stage:?} of kind {kind:?} is not declared"))) }
}

pub(super) fn check_title(title: &str) -> Result<(), StepError> {
    let chars = title.chars().count();
    if (1..=TITLE_CHARS_MAX).contains(&chars) {
        Ok(())
    } else {
        Err(wrong(format!("a title has {chars} characters, not 1 to {TITLE_CHARS_MAX}")))
    }
}

pub(super) fn check_label(manifest: &Manifest, name: &str, value: Option<&LabelValue>) -> Result<(), StepError> {
    let field = manifest.label.get(name).ok_or_else(|| wrong(format!("label {name:?} is not declared")))?;
    let fits = match (&field.kind, value) {
        (_, None) => true,
        (FieldKind::Bool, Some(LabelValue::Bool(_))) | (FieldKind::Integer, Some(LabelValue::Integer(_))) => true,
        (FieldKind::Choice(values), Some(LabelValue::Text(text))) => values.iter().any(|value| value.name == *text),
        (FieldKind::Text | FieldKind::Code { .. } | FieldKind::Unit, Some(LabelValue::Text(_))) => true,
        _ => false,
    };
    if fits { Ok(()) } else { Err(wrong(format!("label {name:?} cannot be {value:?}"))) }
}

/// Checks that a topic's data has what the manifest declares and nothing else. Values are the
/// desk's own; their types are held by its manifest check.
pub(super) fn check_topic_data(spec: &Say, data: &str) -> Result<(), StepError> {
    check_object(format_args!("the data of {:?}", spec.topic), &spec.data, data).map_err(wrong)
}

/// Checks that an object has what is declared and nothing else.
pub(in crate::engine) fn check_object(what: Arguments<'_>, fields: &Fields, data: &str) -> Result<(), String> {
    let given: BTreeMap<String, &RawValue> = serde_json::from_str(data).map_err(|error| format!("{what}: {error}"))?;
    if let Some(name) = given.keys().find(|name| fields.get(name).is_none()) {
        return Err(format!("{what} has {name:?}, which is not declared"));
    }
    let missing = fields.iter().find(|(name, field)| field.required && !given.contains_key(*name));
    match missing {
        Some((name, _)) => Err(format!("{what} lacks {name:?}")),
        None => Ok(()),
    }
}
