//! A table read as it would be imported, with nothing written.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use plugin_api::Objection;
use plugin_api::field::{FieldKind, Lookup};
use serde_json::{Map, Value};

use super::import::EachBad;
use super::mapping::{Filled, Mapping};
use super::sheet::{NoTable, Progress, Row, Sheet};
use crate::limits::TABLE_ROWS_MAX;
use crate::mask::mask;

/// Rows that are shown.
const SHOWN_ROWS: usize = 5;
const HIDDEN: &str = "***";

/// What an import would find.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// Rows that are not empty.
    pub rows: u64,
    /// Rows that can be read.
    pub good: u64,
    /// The first good rows, as the desk would get them, but for contacts.
    pub shown: Vec<Map<String, Value>>,
}

/// Reads a whole table and gives its bad rows.
///
/// # Errors
/// When bad rows cannot be written.
pub fn preview(
    sheet: &mut Sheet,
    mapping: &Mapping<'_>,
    look: &dyn Lookup,
    bad: EachBad<'_>,
    progress: &mut dyn FnMut(Progress),
) -> anyhow::Result<Preview> {
    let mut preview = Preview::default();
    let mut seen = HashMap::new();
    let mut failed = None;
    let mut last = 1;
    let read = sheet.for_each_row(&mut |row, at| {
        progress(at);
        last = row.number;
        preview.rows += 1;
        let filled = mapping.fill(&row);
        let checked = mapping.check(&filled, look).and_then(|form| check_again(&mut seen, &filled, form));
        match checked {
            Ok(form) => {
                preview.good += 1;
                if preview.shown.len() < SHOWN_ROWS {
                    preview.shown.push(without_contacts(mapping, form));
                }
            }
            Err(objections) => {
                if let Err(error) = bad(&row, &objections) {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
        }
        if preview.rows < TABLE_ROWS_MAX as u64 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if let Err(NoTable(text)) = read {
        preview.rows += 1;
        let row = Row { number: last + 1, cells: Vec::new(), damage: None };
        bad(&row, &[Objection { field: None, row: None, text }])?;
    }
    failed.map_or(Ok(preview), Err)
}

/// The same key with other content is refused, also within one table.
fn check_again(
    seen: &mut HashMap<u64, u64>,
    filled: &Filled,
    form: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Objection>> {
    let Some(key) = &filled.key else { return Ok(form) };
    let hash = |text: &str| {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    };
    let content = hash(&Value::Object(form.clone()).to_string());
    if *seen.entry(hash(key)).or_insert(content) == content {
        return Ok(form);
    }
    Err(vec![Objection::new(
        format!("编号“{key}”在表里已出现过，但内容不同；请核对编号"),
        format!("{key:?} stands in the table before with other content; check the number"),
    )])
}

fn without_contacts(mapping: &Mapping<'_>, mut form: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in &mut form {
        let Some(field) = mapping.fields.get(name) else { continue };
        if field.personal || matches!(field.kind, FieldKind::Contact | FieldKind::Secret) {
            *value = HIDDEN.into();
        } else if let Value::String(text) = value {
            *text = mask(text).into_owned();
        }
    }
    form
}
