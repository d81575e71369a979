//! Code tables against what desks ask of them.

use std::collections::{BTreeMap, BTreeSet};

use plugin_api::field::{Field, FieldKind, Fields};
use plugin_api::manifest::List;
use plugin_api::{Budget, Manifest, Title};
use serde_json::Value;

use super::super::problem::Remarks;
use super::super::raw::RawDesk;
use super::super::table::RawCodeList;
use super::look::Look;
use super::vocabulary::spot_of;

/// Remarks what a desk misses, and brings cells into the one form desks read: `TRUE` becomes
/// `true`, the title of a code the code.
pub(super) fn check_lists(
    desk: &RawDesk,
    manifest: &Manifest,
    lists: &mut BTreeMap<String, Option<RawCodeList>>,
    look: &Look<'_>,
    remarks: &mut Remarks,
) {
    for name in names_used(manifest) {
        if !lists.contains_key(name) {
            let columns = manifest.list.iter().filter(|list| list.name == name).flat_map(|list| list.columns.iter());
            let columns: Vec<&str> = ["code", "title"].into_iter().chain(columns.map(|(column, _)| column)).collect();
            let desk_name = &desk.name.value;
            remarks
                .error(
                    spot_of(desk),
                    format!("业务台“{desk_name}”要用代码表“{name}”，本区没有"),
                    format!("desk {desk_name:?} needs the list {name:?}, which the district does not have"),
                )
                .hint(
                    format!("加上 [list.{name}]，文件要有这些列：{}", columns.join("、")),
                    format!("add [list.{name}] with a file of the columns {}", columns.join(", ")),
                );
        }
    }
    for wanted in &manifest.list {
        if let Some(Some(list)) = lists.get_mut(&wanted.name) {
            check_columns(desk, wanted, list, look, remarks);
        }
    }
}

fn check_columns(desk: &RawDesk, wanted: &List, list: &mut RawCodeList, look: &Look<'_>, remarks: &mut Remarks) {
    for (column, field) in wanted.columns.iter() {
        if !list.columns.iter().any(|given| given.value == column) {
            let (name, desk) = (&wanted.name, &desk.name.value);
            remarks
                .error(
                    list.header,
                    format!("代码表“{name}”没有业务台“{desk}”要用的列“{column}”"),
                    format!("the list {name:?} has no column {column:?}, which desk {desk:?} needs"),
                )
                .suggest(column, list.columns.iter().map(|given| given.value.as_str()));
            continue;
        }
        for (row, (code_spot, spots)) in list.list.0.iter_mut().zip(&list.spots) {
            let Some(cell) = row.columns.get_mut(column) else {
                if field.required {
                    remarks.error(
                        *code_spot,
                        format!("“{}”的 {column} 是空的", row.code),
                        format!("{column} of {:?} is empty", row.code),
                    );
                }
                continue;
            };
            let spot = spots.get(column).copied().unwrap_or(*code_spot);
            match field.parse(&Value::from(cell.as_str()), look) {
                Ok(value) => {
                    if let Some(text) = canonical(field, &value) {
                        *cell = text;
                    }
                }
                Err(objections) => {
                    for objection in objections {
                        let Title { zh, en } = objection.text;
                        remarks.error(spot, format!("{column}：{zh}"), format!("{column} {en}"));
                    }
                }
            }
        }
    }
}

/// How a cell reads for desks, where that differs from what was written. Numbers and dates stay as
/// written.
fn canonical(field: &Field, value: &Value) -> Option<String> {
    match &field.kind {
        FieldKind::Bool
        | FieldKind::Choice(_)
        | FieldKind::Code { .. }
        | FieldKind::Place { .. }
        | FieldKind::Person
        | FieldKind::Unit => {}
        FieldKind::Budget => return budget_text(value),
        _ => return None,
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Array(values) => {
            let values: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
            values.map(|values| values.join("|"))
        }
        _ => None,
    }
}

/// Budgets are written in many ways; in a list's cell desks read one, `2 workdays`.
fn budget_text(value: &Value) -> Option<String> {
    let text = |value: &Value| serde_json::from_value::<Budget>(value.clone()).ok().map(|budget| budget.to_string());
    match value {
        Value::Array(values) => values.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join("|")),
        one => text(one),
    }
}

/// Lists a manifest asks for, or takes codes from anywhere.
fn names_used(manifest: &Manifest) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = manifest.list.iter().map(|list| list.name.as_str()).collect();
    let all = manifest
        .action
        .iter()
        .map(|action| &action.fields)
        .chain(manifest.view.iter().map(|view| &view.params))
        .chain(manifest.say.iter().map(|say| &say.data))
        .chain(manifest.take.iter().map(|take| &take.data))
        .chain(manifest.list.iter().map(|list| &list.columns))
        .chain(manifest.collection.iter().map(|collection| &collection.fields))
        .chain([&manifest.label, &manifest.setting]);
    for fields in all {
        add_names(fields, &mut names);
    }
    names
}

fn add_names<'m>(fields: &'m Fields, names: &mut BTreeSet<&'m str>) {
    for (_, field) in fields.iter() {
        match &field.kind {
            FieldKind::Code { list } => {
                names.insert(list);
            }
            FieldKind::Rows { of } => add_names(of, names),
            _ => {}
        }
    }
}
