//! How a table becomes rows of an action.

use jiff::civil::date;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use plugin_api::Manifest;
use plugin_api::field::FieldKind;
use plugin_api::manifest::Action;
use serde_json::Map;

use super::super::Import;
use super::super::problem::{Remarks, named, quoted};
use super::super::raw::RawImport;
use super::super::source::Located;
use super::form::{field_value, find_field};
use super::look::Look;

/// An import, if it can be told what it does.
pub(super) fn resolve(raw: &RawImport, manifest: &Manifest, look: &Look<'_>, remarks: &mut Remarks) -> Option<Import> {
    let action = find_action(raw.action.as_ref()?, manifest, remarks)?;
    let mut columns = Vec::new();
    for (field, column) in &raw.columns {
        if let Some(spec) = find_field(field, action, remarks)
            && matches!(spec.kind, FieldKind::Rows { .. })
        {
            remarks.error(
                field.spot,
                format!("“{}”是明细，一列给不了", field.value),
                format!("field {:?} holds rows, which no column can give", field.value),
            );
        }
        columns.push((field.value.clone(), column.value.clone()));
    }
    if let Some(key) = &raw.key {
        match &action.key {
            // The field that tells rows apart is the column that does.
            Some(field) if !columns.iter().any(|(mapped, _)| mapped == field) => {
                columns.push((field.clone(), key.value.clone()));
            }
            Some(_) => {}
            None => {
                remarks.error(
                    key.spot,
                    format!("操作“{}”没有 key，认不出重复的行", action.name),
                    format!("action {:?} has no key, so rows that come again cannot be known", action.name),
                );
            }
        }
    }
    let fixed = resolve_fixed(raw, action, look, remarks);
    let is_given = |name: &str| {
        columns.iter().any(|(field, _)| field == name) || raw.fixed.iter().any(|(field, _)| field.value == name)
    };
    for (name, field) in action.fields.iter() {
        if field.required && field.default.is_none() && field.when.is_empty() && !is_given(name) {
            remarks.error(
                raw.spot,
                format!("操作“{}”要填“{name}”，columns 和 fixed 都没有给", action.name),
                format!("action {:?} needs {name:?}, which neither a column nor `fixed` gives", action.name),
            );
        }
    }
    check_key(raw, action, &columns, remarks);
    check_dates(raw, remarks);
    // A column that gives the field which tells rows apart is a key, whatever it is called by.
    let key_column = columns.iter().find(|(field, _)| action.key.as_ref() == Some(field)).map(|(_, column)| column);
    Some(Import {
        name: raw.name.as_ref()?.value.clone(),
        action: action.name.clone(),
        key: raw.key.as_ref().map(|key| &key.value).or(key_column).cloned(),
        columns,
        dates: raw.dates.as_ref().map(|dates| dates.value.clone()),
        fixed,
    })
}

fn find_action<'m>(name: &Located<String>, manifest: &'m Manifest, remarks: &mut Remarks) -> Option<&'m Action> {
    let importable = manifest.action.iter().filter(|action| action.rows).map(|action| action.name.as_str());
    match manifest.action(&name.value) {
        None => {
            remarks
                .error(
                    name.spot,
                    format!("没有操作{}", named(&name.value)),
                    format!("unknown action {}", quoted(&name.value)),
                )
                .suggest(&name.value, importable);
            None
        }
        Some(action) if !action.rows => {
            remarks
                .error(
                    name.spot,
                    format!("操作“{}”不能批量导入", name.value),
                    format!("action {:?} does not take rows of a table", name.value),
                )
                .suggest("", importable);
            None
        }
        found => found,
    }
}

fn resolve_fixed(
    raw: &RawImport,
    action: &Action,
    look: &Look<'_>,
    remarks: &mut Remarks,
) -> Map<String, serde_json::Value> {
    let mut fixed = Map::new();
    for (name, item) in &raw.fixed {
        if raw.columns.iter().any(|(field, _)| field.value == name.value) {
            remarks.error(
                name.spot,
                format!("“{}”既有列又写在 fixed 里", name.value),
                format!("field {:?} is given by a column and by `fixed`", name.value),
            );
        }
        let Some(field) = find_field(name, action, remarks) else { continue };
        if let Some(value) = field_value(name, item, field, look, remarks) {
            fixed.insert(name.value.clone(), value);
        }
    }
    fixed
}

fn check_key(raw: &RawImport, action: &Action, columns: &[(String, String)], remarks: &mut Remarks) {
    let Some(key) = &action.key else { return };
    if let Some((field, _)) = raw.fixed.iter().find(|(field, _)| field.value == *key) {
        remarks.error(
            field.spot,
            format!("“{key}”用来认出同一行，不能每行都一样"),
            format!("{key:?} tells rows apart, so it cannot be the same for all of them"),
        );
    } else if !columns.iter().any(|(field, _)| field == key) {
        remarks
            .warning(
                raw.spot,
                format!("没有列给出“{key}”，同一张表导两次会全部重复登记"),
                format!("no column gives {key:?}, so the same table imported twice opens everything twice"),
            )
            .hint("写明哪一列认得出同一行：key = \"…\"", "name the column that tells rows apart: key = \"…\"");
    }
}

fn check_dates(raw: &RawImport, remarks: &mut Remarks) {
    let Some(dates) = &raw.dates else { return };
    // In the afternoon, so that a form without morning and afternoon is found.
    let sample = date(2026, 3, 2).at(14, 30, 0, 0);
    let parsed = TimeZone::UTC
        .to_ambiguous_zoned_datetime(sample)
        .compatible()
        .and_then(|zoned| strtime::format(&dates.value, &zoned))
        .and_then(|text| strtime::parse(&dates.value, text));
    let is_day = parsed.as_ref().is_ok_and(|parsed| parsed.to_date().is_ok_and(|day| day == sample.date()));
    if !is_day {
        remarks
            .error(
                dates.spot,
                format!("dates {}看不出年月日", named(&dates.value)),
                format!("dates {} does not tell year, month and day", quoted(&dates.value)),
            )
            .hint("写成如 \"%Y-%m-%d %H:%M\"", "write for example \"%Y-%m-%d %H:%M\"");
    } else if parsed.is_ok_and(|parsed| parsed.to_time().is_ok_and(|time| time.hour() == 2)) {
        remarks
            .error(
                dates.spot,
                format!("dates {}分不出上午下午", named(&dates.value)),
                format!("dates {} does not tell morning from afternoon", quoted(&dates.value)),
            )
            .hint("加上 %p，或用 %H 写 0 到 23 点", "add %p, or write %H for hours from 0 to 23");
    }
}
