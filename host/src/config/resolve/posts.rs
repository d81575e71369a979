//! Whether there is anybody: for roles that actions and lists name, for an action that somebody else
//! must do, and for a unit that no list gives anything to do.
//!
//! Appointments of all times count: a config is checked without a clock. Knows no matter.

use std::collections::{BTreeMap, BTreeSet};

use plugin_api::field::FieldKind;
use plugin_api::manifest::Action;
use plugin_api::{Manifest, PersonId, Place, PlaceId, RoleId, UnitId};

use super::super::problem::Remarks;
use super::super::raw::{Raw, RawDesk};
use super::super::source::Spot;
use super::look::Look;
use super::vocabulary::{Vocabulary, spot_of};
use crate::directory::Directory;

const NAMES_SHOWN_MAX: usize = 6;

/// Remarks all of it.
pub(super) fn warn(
    raw: &Raw,
    vocabulary: &Vocabulary<'_>,
    look: &Look<'_>,
    units: &[(UnitId, Spot)],
    remarks: &mut Remarks,
) {
    // Where a table has mistakes, whom it would name is not known.
    if remarks.has_errors() {
        return;
    }
    let desks: Vec<(&RawDesk, &Manifest)> =
        vocabulary.known().map(|(desk, manifest)| (&raw.desks[desk.get()], manifest)).collect();
    // Without any row the table is missing or could not be read.
    if !look.directory.all_appointments().is_empty() {
        warn_of_roles(raw, &desks, look, remarks);
        for (desk, manifest) in &desks {
            for action in manifest.action.iter().filter(|action| !action.other_than.is_empty()) {
                warn_of_others(desk, manifest, action, look.directory, remarks);
            }
        }
    }
    if vocabulary.is_complete {
        warn_of_units(raw, &desks, look, units, remarks);
    }
}

/// Roles that actions or lists name and that nobody has.
fn warn_of_roles(raw: &Raw, desks: &[(&RawDesk, &Manifest)], look: &Look<'_>, remarks: &mut Remarks) {
    let held: BTreeSet<&RoleId> = look.directory.all_appointments().iter().map(|held| &held.role).collect();
    for role in &raw.roles {
        let id = RoleId::from(role.name.value.as_str());
        if held.contains(&id) {
            continue;
        }
        let mut wanted = Vec::new();
        for (desk, manifest) in desks {
            let actions = manifest.action.iter().filter(|action| action.who.iter().any(|who| role_of(desk, who) == id));
            wanted.extend(actions.map(|action| format!("{}/{}", desk.name.value, action.name)));
            wanted.extend(lists_with(&id, desk, manifest, look));
        }
        wanted.dedup();
        if wanted.is_empty() {
            continue;
        }
        let shown = wanted[..wanted.len().min(NAMES_SHOWN_MAX)].to_vec();
        let (zh, en) = match wanted.len() - shown.len() {
            0 => (shown.join("、"), shown.join(", ")),
            more => (
                format!("{} 等 {} 项", shown.join("、"), wanted.len()),
                format!("{} and {more} more", shown.join(", ")),
            ),
        };
        let name = &role.name.value;
        remarks
            .warning(
                role.name.spot,
                format!("没有人担任角色“{name}”，而 {zh} 写到它"),
                format!("nobody has the role {name:?}, which is named by {en}"),
            )
            .hint(
                format!("在人员表里加一行，或在业务台里对到别的角色：roles = {{ {name} = \"…\" }}"),
                format!(
                    "add a row to the table of people, or name another role in the desk: roles = {{ {name} = \"…\" }}"
                ),
            );
    }
}

/// The district's role for a word of the desk.
fn role_of(desk: &RawDesk, word: &str) -> RoleId {
    let given = desk.roles.iter().find(|(own, _)| own.value == word);
    RoleId::from(given.map_or(word, |(_, role)| role.value.as_str()))
}

/// Lists of a desk that name a role, as `lists/ladder` would.
fn lists_with(role: &RoleId, desk: &RawDesk, manifest: &Manifest, look: &Look<'_>) -> Vec<String> {
    let names = |list: &&plugin_api::manifest::List| {
        let columns = list.columns.iter().filter(|(_, field)| field.kind == FieldKind::Role);
        let rows = &look.lists.get(&list.name).0;
        columns
            .into_iter()
            .any(|(column, _)| rows.iter().any(|row| row.codes(column).any(|word| role_of(desk, word) == *role)))
    };
    manifest.list.iter().filter(names).map(|list| format!("[list.{}]", list.name)).collect()
}

/// Places where all who may do an action can be those who did what rules them out.
fn warn_of_others(desk: &RawDesk, manifest: &Manifest, action: &Action, directory: &Directory, remarks: &mut Remarks) {
    // Whom a matter waits for, and who reported it, is not known before there is one.
    if action.who.iter().any(|who| who.starts_with('@')) {
        return;
    }
    let others: Vec<&Action> = action.other_than.iter().filter_map(|name| manifest.action(name)).collect();
    let [able, others] = [vec![action], others].map(|actions| {
        actions.into_iter().map(|action| holders(desk, action, directory)).collect::<Vec<Holders<'_>>>()
    });
    let is_left = |place: &&Place| {
        let able = able[0].at(&place.id);
        let others: Vec<BTreeSet<&PersonId>> = others.iter().map(|holders| holders.at(&place.id)).collect();
        able.is_empty() || !all_used_up(&able.into_iter().collect::<Vec<_>>(), &others)
    };
    let places: Vec<&Place> = directory.places().iter().filter(|place| !is_left(place)).collect();
    let [first, more @ ..] = places.as_slice() else { return };
    let (name, action_name, others) = (&desk.name.value, &action.name, action.other_than.join(", "));
    let (zh_more, en_more) = match more.len() {
        0 => (String::new(), String::new()),
        more => {
            (format!("等 {} 个区域", more + 1), format!(" and {more} more place{}", if more == 1 { "" } else { "s" }))
        }
    };
    remarks
        .warning(
            spot_of(desk),
            format!(
                "业务台“{name}”的“{action_name}”要由没有做过 {others} 的人办，而在{}{zh_more}，能办的人可能都做过",
                first.title.zh
            ),
            format!(
                "desk {name:?} wants {action_name:?} done by somebody who did not do {others}, but at {}{en_more} nobody else may be left",
                first.id
            ),
        )
        .hint("在人员表里给那里再安排一个人", "appoint somebody else there in the table of people");
}

/// Who may do an action, by the place of their role.
struct Holders<'d>(BTreeMap<&'d PlaceId, BTreeSet<&'d PersonId>>);

impl<'d> Holders<'d> {
    fn at(&self, place: &PlaceId) -> BTreeSet<&'d PersonId> {
        place.upwards().filter_map(|around| self.0.get(&around)).flatten().copied().collect()
    }
}

fn holders<'d>(desk: &RawDesk, action: &Action, directory: &'d Directory) -> Holders<'d> {
    let roles: BTreeSet<RoleId> = action.who.iter().map(|who| role_of(desk, who)).collect();
    let mut by_place: BTreeMap<&PlaceId, BTreeSet<&PersonId>> = BTreeMap::new();
    for held in directory.all_appointments().iter().filter(|held| roles.contains(&held.role)) {
        by_place.entry(&held.place).or_default().insert(&held.person);
    }
    Holders(by_place)
}

/// Whether each of these people can have done another of the actions, so that none of them is left.
fn all_used_up(people: &[&PersonId], others: &[BTreeSet<&PersonId>]) -> bool {
    let [person, rest @ ..] = people else { return true };
    (0..others.len()).any(|at| {
        let mut fewer = others.to_vec();
        fewer.remove(at).contains(*person) && all_used_up(rest, &fewer)
    })
}

/// Units that no list of a desk names, where there is a list that names units at all.
fn warn_of_units(
    raw: &Raw,
    desks: &[(&RawDesk, &Manifest)],
    look: &Look<'_>,
    units: &[(UnitId, Spot)],
    remarks: &mut Remarks,
) {
    let lists = desks.iter().flat_map(|(_, manifest)| &manifest.list);
    let mut columns: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for list in lists {
        let of_units = list.columns.iter().filter(|(_, field)| field.kind == FieldKind::Unit).map(|(name, _)| name);
        columns.entry(&list.name).or_default().extend(of_units);
    }
    columns.retain(|name, columns| !columns.is_empty() && look.lists.0.contains_key(*name));
    let names = columns.keys().copied();
    let Some(file) = raw.lists.iter().find(|list| names.clone().any(|name| name == list.name.value)) else { return };
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (list, columns) in &columns {
        for row in &look.lists.get(list).0 {
            named.extend(columns.iter().flat_map(|column| row.codes(column)));
        }
    }
    for (unit, spot) in units.iter().filter(|(unit, _)| !named.contains(unit.as_str())) {
        let list = &file.name.value;
        let columns = columns[list.as_str()].iter().copied().collect::<Vec<_>>().join(", ");
        remarks
            .warning(
                *spot,
                format!("单位“{unit}”没有职责：代码表里没有一行写到它"),
                format!("unit {unit:?} has no duty: no row of a list names it", unit = unit.as_str()),
            )
            .hint(
                format!("在代码表“{list}”里给它一行（列 {columns}），或从单位表里去掉它"),
                format!("give it a row in the list {list:?} (columns {columns}), or take it out of the table of units"),
            );
    }
}
