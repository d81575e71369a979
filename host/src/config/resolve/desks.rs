//! A desk against the manifest of its library: settings, roles, its former name.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use plugin_api::field::{Field, FieldKind, parse_form};
use plugin_api::{Manifest, RoleId};
use serde_json::{Map, Value};

use super::super::Libraries;
use super::super::problem::{Remarks, named, quoted};
use super::super::raw::RawDesk;
use super::super::raw::datum::Datum;
use super::super::source::Located;
use super::look::Look;
use super::vocabulary::{describe, spot_of};

/// The manifest of a desk's library.
pub(super) fn manifest(
    desk: &RawDesk,
    folders: &[PathBuf],
    libraries: &mut dyn Libraries,
    remarks: &mut Remarks,
) -> Option<Arc<Manifest>> {
    let library = desk.library.as_ref()?;
    match libraries.manifest(&library.value, folders) {
        Ok(manifest) => {
            let problems = manifest.problems();
            for problem in &problems {
                let name = &library.value;
                remarks.error(
                    library.spot,
                    format!("业务台库“{name}”的 plugin.toml 有误：{problem}"),
                    format!("library {name:?}: {problem}"),
                );
            }
            problems.is_empty().then_some(manifest)
        }
        Err(why) => {
            let known = libraries.known(folders);
            let remark = remarks.error(library.spot, why.zh, why.en);
            if !known.contains(&library.value) {
                remark.suggest(&library.value, known.iter().map(String::as_str));
            }
            None
        }
    }
}

/// A name that a desk had must not be another's now.
pub(super) fn check_former_name(desk: &RawDesk, desks: &[RawDesk], remarks: &mut Remarks) {
    let Some(former) = &desk.formerly else { return };
    if desks.iter().any(|other| other.name.value == former.value) {
        remarks.error(
            former.spot,
            format!("formerly“{}”是还在的业务台的名称", former.value),
            format!("formerly {:?} is the name of a desk that is still there", former.value),
        );
    }
    let mut others = desks.iter().filter(|other| other.name.value != desk.name.value);
    if let Some(other) = others.find(|other| other.formerly.as_ref().is_some_and(|name| name.value == former.value)) {
        remarks.error(
            former.spot,
            format!("formerly“{}”也是业务台“{}”的旧名", former.value, other.name.value),
            format!("formerly {:?} is also what desk {:?} was called", former.value, other.name.value),
        );
    }
}

/// The settings, checked and filled with the manifest's defaults.
pub(super) fn settings(
    desk: &RawDesk,
    manifest: &Manifest,
    look: &Look<'_>,
    remarks: &mut Remarks,
) -> Map<String, Value> {
    let (key_spot, entries) = &desk.settings;
    let mut given = Map::new();
    let mut wrong = Vec::new();
    for (name, item) in entries {
        let Some(field) = manifest.setting.get(&name.value) else {
            let known = manifest.setting.iter().map(|(name, _)| name);
            remarks
                .error(
                    name.spot,
                    format!("业务台“{}”没有设置{}", desk.name.value, named(&name.value)),
                    format!("unknown setting {} of desk {:?}", quoted(&name.value), desk.name.value),
                )
                .suggest(&name.value, known);
            continue;
        };
        if check_type(&name.value, field, item, remarks) {
            given.insert(name.value.clone(), item.value.json());
        } else {
            wrong.push(name.value.as_str());
        }
    }
    let objections = match parse_form(&manifest.setting, &given, look) {
        Ok(settings) => return settings,
        Err(objections) => objections,
    };
    for objection in objections {
        let field = objection.field.unwrap_or_default();
        // It is given, if wrongly: nobody should be told that it is missing.
        if wrong.contains(&field.as_str()) {
            continue;
        }
        let entry = entries.iter().find(|(name, _)| name.value == field);
        let spot = entry.map(|(_, item)| item.spot).or(*key_spot).unwrap_or_else(|| spot_of(desk));
        let row = |zh: bool| match objection.row {
            Some(row) if zh => format!("第 {row} 行"),
            Some(row) => format!(" row {row}"),
            None => String::new(),
        };
        let colon = if objection.text.en.starts_with('"') { ":" } else { "" };
        remarks.error(
            spot,
            format!("设置“{field}”{}：{}", row(true), objection.text.zh),
            format!("setting {field:?}{}{colon} {}", row(false), objection.text.en),
        );
    }
    Map::new()
}

/// The roles that a desk names, by its own words or the district's.
pub(super) fn check_roles(desk: &RawDesk, manifest: &Manifest, look: &Look<'_>, remarks: &mut Remarks) {
    let directory = look.directory;
    let offers = manifest.action.iter().map(|action| (action.name.as_str(), &action.who));
    let offers: Vec<_> = offers.chain(manifest.view.iter().map(|view| (view.name.as_str(), &view.who))).collect();
    for (word, role) in &desk.roles {
        if directory.role(&RoleId::from(role.value.as_str())).is_none() {
            let known = directory.roles().map(|(role, _)| role.as_str());
            remarks
                .error(
                    role.spot,
                    format!("没有角色{}", named(&role.value)),
                    format!("unknown role {}", quoted(&role.value)),
                )
                .suggest(&role.value, known);
        }
        // A warning only: a desk may use a word for posts that no action of it names.
        if !offers.iter().any(|(_, who)| who.contains(&word.value)) && !is_in_lists(&word.value, manifest, look) {
            let mut known: Vec<&str> = offers.iter().flat_map(|(_, who)| who.iter().map(String::as_str)).collect();
            known.retain(|word| !word.starts_with('@'));
            known.sort_unstable();
            known.dedup();
            remarks
                .warning(
                    word.spot,
                    format!("业务台“{}”没有给{}办的事", desk.name.value, named(&word.value)),
                    format!("desk {:?} offers nothing to {}", desk.name.value, quoted(&word.value)),
                )
                .suggest(&word.value, known);
        }
    }
    let is_there = |word: &str| {
        word.starts_with('@')
            || desk.roles.iter().any(|(given, _)| given.value == word)
            || directory.role(&RoleId::from(word)).is_some()
    };
    // By role, and by whether nobody else is left for what is offered.
    let mut missing: BTreeMap<(&str, bool), Vec<&str>> = BTreeMap::new();
    for (offer, who) in &offers {
        let is_dead = !who.iter().any(|word| is_there(word));
        for word in who.iter().filter(|word| !is_there(word)) {
            missing.entry((word, is_dead)).or_default().push(offer);
        }
    }
    for ((role, is_dead), offers) in missing {
        no_role(desk, role, &offers, is_dead, remarks);
    }
}

/// What a desk offers to a role that is not there; an error where nobody else is left for it.
fn no_role(desk: &RawDesk, role: &str, offers: &[&str], is_dead: bool, remarks: &mut Remarks) {
    let name = &desk.name.value;
    let quoted: Vec<String> = offers.iter().map(|offer| format!("{offer:?}")).collect();
    let [zh_only, en_only] = if is_dead { ["只", " only"] } else { ["", ""] };
    let zh = format!("业务台“{name}”的 {} {zh_only}给角色“{role}”办，本区没有这个角色", offers.join("、"));
    let en = format!(
        "desk {name:?} offers {}{en_only} to the role {role:?}, which the district does not have",
        quoted.join(", ")
    );
    let spot = spot_of(desk);
    let remark = if is_dead { remarks.error(spot, zh, en) } else { remarks.warning(spot, zh, en) };
    remark.hint(
        format!("加上 [role.{role}]，或在 [desk.{name}] 里对到别的角色：roles = {{ {role} = \"…\" }}"),
        format!("add [role.{role}], or name another in [desk.{name}]: roles = {{ {role} = \"…\" }}"),
    );
}

/// Whether a list of the desk has the word where it names a role.
fn is_in_lists(word: &str, manifest: &Manifest, look: &Look<'_>) -> bool {
    manifest.list.iter().any(|list| {
        let columns = list.columns.iter().filter(|(_, field)| field.kind == FieldKind::Role);
        let rows = &look.lists.get(&list.name).0;
        columns.into_iter().any(|(column, _)| rows.iter().any(|row| row.codes(column).any(|role| role == word)))
    })
}

/// A form takes `"72"` for 72, as people type it; in TOML a number in quotes is a slip.
fn check_type(name: &str, field: &Field, item: &Located<Datum>, remarks: &mut Remarks) -> bool {
    let wanted = match (&field.kind, &item.value) {
        (FieldKind::Integer, Datum::Text(_) | Datum::Bool(_))
        | (FieldKind::Bool, Datum::Text(_) | Datum::Integer(_))
            if !field.many =>
        {
            describe(&field.kind)
        }
        _ => return true,
    };
    let found = item.value.word();
    let remark = remarks.error(
        item.spot,
        format!("设置“{name}”应是{}，不是{}", wanted.zh, found.zh),
        format!("setting {name:?} must be {}, not {}", wanted.en, found.en),
    );
    if let Datum::Text(text) = &item.value {
        let is_meant = match field.kind {
            FieldKind::Integer => text.trim().parse::<i64>().is_ok(),
            _ => ["true", "false"].contains(&text.trim()),
        };
        if is_meant {
            let text = text.trim();
            remark.hint(format!("写成 {text}，不加引号"), format!("write {text} without quotes"));
        }
    }
    false
}
