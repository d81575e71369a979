//! From what was written to what it means: a whole [`Config`], or every problem there is.
//!
//! Nothing is given out in part. Where a file could not be read, nothing is said about names that
//! may stand in it; where a library could not be, nothing about its topics, labels and kinds.

mod conditions;
mod desks;
mod flow;
mod form;
mod imports;
mod console;
mod isolation;
mod lent;
mod lists;
mod look;
mod outlets;
mod reach;
mod proof;
mod cycle;
mod posts;
mod opening;
mod schedules;
mod trials;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use plugin_api::{Lists, Manifest, RoleId, Title, UnitId};

use super::problem::{Problem, Remarks, named, quoted};
use super::raw::{Raw, RawDesk};
use super::source::{Located, Sources, Spot, hash_of};
use super::table::{
    Known, KnownPeople, RawCodeList, read_calendar, read_deputies, read_list, read_people, read_places, read_units,
};
use super::{Config, DeskConfig, Libraries};
use crate::calendar::{BadSpan, Calendar, Days, Hours, Span, Spans};
use crate::directory::{Directory, Role, Sees};
use crate::limits::DESKS_MAX;
use crate::near::nearest;
use crate::outlet::Contacts;
use crate::routes::{DeskIx, Routes};

use super::trial::Trial;
use look::Look;
use trials::Trials;
use vocabulary::Vocabulary;
pub(super) use vocabulary::describe;

/// The start of `hongling.toml`: it is always the first file read.
const START: Spot = Spot { file: 0, offset: 0 };
pub(super) const ZONE: &str = "Asia/Shanghai";

/// Reads a district folder.
///
/// # Errors
/// Every problem of the folder, warnings too, sorted by file and place.
pub fn load(folder: &Path, libraries: &mut dyn Libraries) -> Result<Config, Vec<Problem>> {
    // A folder that has no absolute path has no files either, which is remarked below.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    load_from(Sources::new(&folder), &folder, libraries)
}

/// Reads a config again from the files that were kept of it, as if they lay in a folder.
///
/// # Errors
/// As [`load`].
pub fn load_kept(
    files: Vec<(String, Vec<u8>)>,
    folder: &Path,
    libraries: &mut dyn Libraries,
) -> Result<Config, Vec<Problem>> {
    load_from(Sources::kept(folder, files), folder, libraries)
}

fn load_from(mut sources: Sources, folder: &Path, libraries: &mut dyn Libraries) -> Result<Config, Vec<Problem>> {
    let mut remarks = Remarks::default();
    let raw = super::raw::read(&mut sources, &mut remarks);
    let district = read_district(&raw, &mut sources, &mut remarks);
    let config =
        if raw.is_incomplete { None } else { resolve(folder, &raw, district, libraries, &sources, &mut remarks) };
    let has_errors = remarks.has_errors();
    let problems = remarks.into_problems(&sources);
    match config {
        Some(mut config) if !has_errors => {
            config.sources = sources.into_bytes();
            config.hash = hash_of(&config.sources);
            config.warnings = problems;
            Ok(config)
        }
        _ => Err(problems),
    }
}

/// What the tables say, and what depends on no library.
struct District {
    directory: Directory,
    /// Where each unit stands.
    unit_spots: Vec<(UnitId, Spot)>,
    contacts: Contacts,
    /// `None` where the file could not be read.
    lists: BTreeMap<String, Option<RawCodeList>>,
    calendar: Calendar,
}

fn read_district(raw: &Raw, sources: &mut Sources, remarks: &mut Remarks) -> District {
    let places = raw.head.places.as_ref().map(|file| read_places(file, sources, remarks)).unwrap_or_default();
    let units = raw.head.units.as_ref().map(|file| read_units(file, sources, remarks)).unwrap_or_default();
    let roles = read_roles(raw, remarks);
    let (appointments, contacts) = match &raw.head.people {
        None => Default::default(),
        Some(file) => {
            let known = Known {
                roles: (!raw.is_incomplete).then(|| raw.roles.iter().map(|role| role.name.value.as_str()).collect()),
                places: (!places.is_empty()).then(|| places.iter().map(|place| place.id.as_str()).collect()),
                units: (!units.is_empty() || raw.head.units.is_none())
                    .then(|| units.iter().map(|(unit, _)| unit.id.as_str()).collect::<BTreeSet<_>>()),
            };
            read_people(file, &known, sources, remarks)
        }
    };
    let mut lists = BTreeMap::new();
    for list in &raw.lists {
        let read = list.file.as_ref().and_then(|file| read_list(file, sources, remarks));
        lists.insert(list.name.value.clone(), read);
    }
    let calendar = read_time(raw, sources, remarks);
    let unit_spots = units.iter().map(|(unit, spot)| (unit.id.clone(), *spot)).collect();
    let units = units.into_iter().map(|(unit, _)| unit).collect();
    let deputies = raw.head.deputies.as_ref().map(|file| {
        let known = KnownPeople {
            people: (!appointments.is_empty())
                .then(|| appointments.iter().map(|(_, given)| given.person.as_str()).collect()),
            roles: (!raw.is_incomplete).then(|| raw.roles.iter().map(|role| role.name.value.as_str()).collect()),
        };
        read_deputies(file, &known, sources, remarks)
    });
    let directory = Directory::new(places, units, roles, appointments).with_deputies(deputies.unwrap_or_default());
    District { directory, unit_spots, contacts, lists, calendar }
}

fn read_roles(raw: &Raw, remarks: &mut Remarks) -> BTreeMap<RoleId, Role> {
    let mut roles = BTreeMap::new();
    for role in &raw.roles {
        let sees = match role.sees.as_ref().map(|sees| sees.value.as_str()) {
            None | Some("held") => Sees::Held,
            Some("area") => Sees::Area,
            Some("all") => Sees::All,
            Some(other) => {
                let spot = role.sees.as_ref().map_or(role.name.spot, |sees| sees.spot);
                remarks
                    .error(
                        spot,
                        format!("sees 没有{}这种写法", named(other)),
                        format!("sees {} is not known", quoted(other)),
                    )
                    .suggest(other, ["area", "held", "all"]);
                Sees::Held
            }
        };
        let title = role.title.clone().unwrap_or_default();
        roles.insert(RoleId::new(role.name.value.as_str()), Role { title, sees, contacts: role.contacts });
    }
    roles
}

fn read_time(raw: &Raw, sources: &mut Sources, remarks: &mut Remarks) -> Calendar {
    let mut name = Located { value: ZONE.to_owned(), spot: START };
    let (mut hours, mut days) = (Hours::usual(), Days::plain());
    if let Some(given) = &raw.calendar {
        name.spot = given.spot;
        if let Some(zone) = &given.zone {
            name = zone.clone();
        }
        if let Some(file) = &given.days {
            days = read_calendar(file, sources, remarks);
        }
        // None at all has been remarked where it was read.
        if let Some(read) = given.hours.as_ref().and_then(|given| read_hours(given, remarks)) {
            hours = read;
        }
    }
    let zone = TimeZone::get(&name.value).unwrap_or_else(|_| {
        remarks
            .error(
                name.spot,
                format!("没有时区{}", named(&name.value)),
                format!("unknown time zone {}", quoted(&name.value)),
            )
            .hint("写名称，如 \"Asia/Shanghai\"", "write a name such as \"Asia/Shanghai\"");
        TimeZone::UTC
    });
    Calendar::new(zone, hours, days)
}

fn read_hours(given: &[Located<String>], remarks: &mut Remarks) -> Option<Hours> {
    let mut spans = Spans::default();
    for text in given {
        let span: Result<Span, BadSpan> = text.value.parse();
        if let Err(bad) = span.and_then(|span| spans.add(span)) {
            let Title { zh, en } = bad.words();
            let (named, quoted) = (named(&text.value), quoted(&text.value));
            let remark = remarks.error(text.spot, format!("hours {named}{zh}"), format!("hours {quoted} {en}"));
            if bad == BadSpan::Unreadable {
                remark.hint("写成 \"08:30-12:00\"", "write \"08:30-12:00\"");
            }
        }
    }
    spans.finish()
}

fn resolve(
    folder: &Path,
    raw: &Raw,
    district: District,
    libraries: &mut dyn Libraries,
    sources: &Sources,
    remarks: &mut Remarks,
) -> Option<Config> {
    let District { directory, unit_spots, contacts, mut lists, calendar } = district;
    let zone = calendar.zone().clone();
    check_desks_and_folders(raw, sources, remarks)?;
    let plugins: Vec<_> = raw.head.plugins.iter().map(|name| folder.join(&name.value)).collect();
    let manifests: Vec<_> = raw.desks.iter().map(|desk| desks::manifest(desk, &plugins, libraries, remarks)).collect();
    let known_lists = lists_of(&lists);
    let look = Look { zone: &zone, directory: &directory, lists: &known_lists, words: &[] };
    let vocabulary = Vocabulary::new(&raw.desks, &manifests, sources, remarks);
    let desks = desks_of((raw, sources), &manifests, &vocabulary, &look, &mut lists, remarks);
    let flow = flow::resolve(raw, &vocabulary, &look, remarks);
    let reach = reach::warn(raw, &vocabulary, &look, &flow, remarks);
    let (cells, lists) = (&lists, lists_of(&lists));
    posts::warn(raw, &vocabulary, &Look { lists: &lists, ..look }, &unit_spots, remarks);
    let schedules = schedules::resolve(raw, &vocabulary, (&look, &calendar), remarks);
    let open = find_open(raw, &vocabulary, remarks);
    let trials =
        open.map(|open| Trials { raw, vocabulary: &vocabulary, look: &look, calendar: &calendar, sources, open });
    let (trials, are_trials_sound) = trials_of(trials, remarks);
    let config = Config {
        data: folder.join(raw.head.data.as_ref().map_or("data", |data| &data.value)),
        folder: folder.to_owned(),
        hash: String::new(),
        sources: Vec::new(),
        name: raw.head.name.clone()?,
        plugins,
        calendar,
        open: open?,
        coded_labels: vocabulary.coded_labels(),
        lists,
        desks,
        routes: Routes::new(flow.0.into_iter().map(|(route, _)| route).collect()),
        watches: flow.1.into_iter().map(|(watch, _)| watch).collect(),
        schedules,
        reach,
        trials: trials?,
        are_trials_sound,
        warnings: Vec::new(),
        outlets: outlets::resolve(raw, &vocabulary, remarks),
        console: console::resolve(raw.console.as_ref(), (!raw.is_incomplete).then_some(&directory), remarks),
        isolation: isolation::resolve(raw.isolation.as_ref(), remarks),
        contacts,
        zone,
        directory,
    };
    // A desk without its manifest would shift the indexes of those after it.
    let is_whole = config.desks.len() == raw.desks.len();
    if is_whole && !remarks.has_errors() {
        opening::open(raw, &config, cells, libraries, remarks);
    }
    is_whole.then_some(config)
}

/// The tests, and whether all of them fit. One that no longer does is no reason not to work.
fn trials_of(trials: Option<Trials<'_, '_>>, remarks: &mut Remarks) -> (Option<Vec<Trial>>, bool) {
    let mut of_trials = Remarks::default();
    let trials = trials.map(|trials| trials.resolve(&mut of_trials));
    let are_sound = !of_trials.has_errors();
    remarks.warn_of(of_trials);
    (trials, are_sound)
}

/// Those whose manifests are known.
fn desks_of(
    (raw, sources): (&Raw, &Sources),
    manifests: &[Option<Arc<Manifest>>],
    vocabulary: &Vocabulary<'_>,
    look: &Look<'_>,
    lists: &mut BTreeMap<String, Option<RawCodeList>>,
    remarks: &mut Remarks,
) -> Vec<DeskConfig> {
    let mut desks = Vec::new();
    for (desk, manifest) in raw.desks.iter().zip(manifests) {
        desks::check_former_name(desk, &raw.desks, remarks);
        let Some(manifest) = manifest else { continue };
        desks::check_roles(desk, manifest, look, remarks);
        let look = Look { words: &desk.roles, ..*look };
        lists::check_lists(desk, manifest, lists, &look, remarks);
        desks.push(desk_of(desk, manifest, vocabulary, &look, (raw, sources), remarks));
    }
    desks
}

fn check_desks_and_folders(raw: &Raw, sources: &Sources, remarks: &mut Remarks) -> Option<()> {
    check_number_of_desks(raw, remarks)?;
    check_plugin_folders(raw, sources, remarks);
    Some(())
}

fn check_number_of_desks(raw: &Raw, remarks: &mut Remarks) -> Option<()> {
    if raw.desks.is_empty() {
        remarks.error(START, "本区没有业务台", "the district has no desk").hint(
            "在这里或 include 的文件里写 [desk.名称]",
            "write [desk.NAME] here or in a file that `include` names",
        );
    }
    let Some(first_left) = raw.desks.get(DESKS_MAX) else { return Some(()) };
    remarks.error(first_left.name.spot, format!("业务台超过 {DESKS_MAX} 个"), format!("more than {DESKS_MAX} desks"));
    None
}

fn check_plugin_folders(raw: &Raw, sources: &Sources, remarks: &mut Remarks) {
    for name in &raw.head.plugins {
        if let Err(why) = sources.check_folder(&name.value) {
            let remark = remarks.error(
                name.spot,
                format!("plugins {}：{}", named(&name.value), why.zh),
                format!("plugins {}: {}", quoted(&name.value), why.en),
            );
            match nearest(&name.value, sources.folders().iter().map(String::as_str)) {
                Some(near) => remark.hint(format!("是不是“{near}”？"), format!("did you mean {near:?}?")),
                None => remark.hint("请建好它，或从 plugins 里去掉", "make it, or take it out of `plugins`"),
            }
        }
    }
}

fn desk_of(
    desk: &RawDesk,
    manifest: &Arc<Manifest>,
    vocabulary: &Vocabulary<'_>,
    look: &Look<'_>,
    (raw, sources): (&Raw, &Sources),
    remarks: &mut Remarks,
) -> DeskConfig {
    let roles = desk.roles.iter().map(|(word, role)| (word.value.clone(), RoleId::from(role.value.as_str())));
    DeskConfig {
        name: desk.name.value.clone(),
        title: desk.title.clone().unwrap_or_else(|| manifest.title.clone()),
        library: manifest.name.clone(),
        manifest: manifest.clone(),
        roles: roles.collect(),
        settings: desks::settings(desk, manifest, look, remarks),
        imports: desk.imports.iter().filter_map(|raw| imports::resolve(raw, manifest, look, remarks)).collect(),
        credits: lent::credits(desk, &manifest.credits, vocabulary, remarks),
        reads: lent::reads(desk, &manifest.reads, vocabulary, remarks),
        reworded: outlets::reworded(desk, manifest, remarks),
        grants: outlets::grants(desk, manifest, raw, sources, remarks),
        is_isolated: desk.is_isolated,
    }
}

fn lists_of(lists: &BTreeMap<String, Option<RawCodeList>>) -> Lists {
    Lists(lists.iter().filter_map(|(name, read)| Some((name.clone(), read.as_ref()?.list.clone()))).collect())
}

fn find_open(raw: &Raw, vocabulary: &Vocabulary<'_>, remarks: &mut Remarks) -> Option<DeskIx> {
    let named = raw.head.open.as_ref()?;
    let open = vocabulary.desk(named, remarks)?;
    if let Some(manifest) = vocabulary.manifest(open)
        && !manifest.action.iter().any(|action| action.on == "desk")
    {
        let name = &named.value;
        let opens = |manifest: &Manifest| manifest.action.iter().any(|action| action.on == "desk");
        let known = vocabulary.known().filter(|(_, manifest)| opens(manifest)).map(|(desk, _)| vocabulary.name(desk));
        remarks
            .error(
                named.spot,
                format!("业务台“{name}”没有登记事项的操作，open 不能用它"),
                format!("desk {name:?} has no action that opens a matter, so `open` cannot name it"),
            )
            .suggest("", known);
    }
    Some(open)
}
