//! What another config would change: desks, routes, watches, clocks and matters, before it does it.
//!
//! One function, several callers: `plan` asks it of what lies on disk, a switch keeps its answer with the
//! switch. Knows nothing of how either is shown.

mod flow;
mod schedules;

use std::collections::{BTreeMap, BTreeSet};

use plugin_api::host::MatterFilter;
use plugin_api::{Due, MatterId, Status, Title};
use serde::{Deserialize, Serialize};

use crate::config::{Config, DeskConfig};
use crate::engine::ringing::{Moved, moved_clocks};
use crate::limits::PAGE_MAX;
use crate::store::{Reader, StoreError, parse_head};

/// What [`Plan::at_restart`] says where the data folder is another.
pub const DATA: &str = "data";

/// SHA-256 of the library of each desk.
pub type LibraryHashes = BTreeMap<String, String>;

/// What would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Desks that come, go, or are opened anew.
    pub desks: Vec<DeskPlan>,
    /// Routes, in the order of the new config, and those that go.
    pub routes: Vec<FlowPlan>,
    /// Watches, likewise.
    pub watches: Vec<FlowPlan>,
    /// Schedules that come, go, or come otherwise.
    pub schedules: Vec<SchedulePlan>,
    /// What else is otherwise: people, places, units, roles, the calendar.
    pub tables: Vec<String>,
    /// Clocks that move, in the order of matters.
    pub clocks: Vec<ClockPlan>,
    /// What takes effect at the next start only.
    pub at_restart: Vec<String>,
}

/// What becomes of a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskPlan {
    /// Its name.
    pub desk: String,
    /// What becomes of it.
    pub change: DeskChange,
}

/// What becomes of a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeskChange {
    /// It is new.
    Added,
    /// It is opened anew, because these are otherwise: `settings`, `list.NAME`, `library`, `zone`, `isolation`.
    Reopened(Vec<String>),
    /// It stays open, and these are otherwise: `roles`, `imports`, `credits`, `reads`, `title`.
    Changed(Vec<String>),
    /// It goes; these open matters stay on it, parked, until it is back or they are moved.
    Removed(Matters),
}

/// Matters by number, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matters {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub numbers: Vec<String>,
}

/// What becomes of a route or watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowPlan {
    /// Its id.
    pub id: String,
    /// What becomes of it.
    pub change: FlowChange,
}

/// What becomes of a route or watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowChange {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It says the same, and stands before or behind others than it did.
    Moved,
    /// It goes.
    Removed,
}

/// What becomes of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulePlan {
    /// Its id.
    pub id: String,
    /// What becomes of it.
    pub change: ScheduleChange,
    /// When it comes next as things are.
    pub before: Option<Due>,
    /// When it would come next.
    pub after: Option<Due>,
}

/// What becomes of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleChange {
    /// It is new, and begins with the switch.
    Added,
    /// It comes at other times, and begins anew with the switch.
    Restarted,
    /// It says something else, or to another desk.
    Changed,
    /// It says the same, and the calendar moves it.
    Moved,
    /// It goes.
    Removed,
}

/// A clock that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockPlan {
    /// Number of its matter.
    pub number: String,
    /// Name of the clock.
    pub clock: String,
    /// The desk that declares it.
    pub desk: String,
    /// What it is called.
    pub title: Title,
    /// What of it moves.
    pub moment: ClockMoment,
    /// When that is now.
    pub before: Due,
    /// When it would be.
    pub after: Due,
}

/// What of a clock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockMoment {
    /// When it is due.
    Due,
    /// When its pause is looked at again.
    Review,
}

impl Plan {
    /// Whether nothing changes at all.
    pub fn is_empty(&self) -> bool {
        *self == Plan::default()
    }
}

/// What is in force, or would be: a config, and the libraries its desks have.
#[derive(Clone, Copy, Debug)]
pub struct InForce<'c> {
    /// The config.
    pub config: &'c Config,
    /// Its libraries, by desk.
    pub libraries: &'c LibraryHashes,
    /// The desks in processes of their own.
    pub isolated: &'c BTreeSet<String>,
}

/// What a switch from one to the other would change, for the matters of a store.
///
/// # Errors
/// When the store does not give them.
pub fn plan(before: InForce<'_>, after: InForce<'_>, reader: Reader<'_>, now_ms: i64) -> Result<Plan, StoreError> {
    let (old, new) = (before.config, after.config);
    let mut desks = Vec::new();
    for desk in &new.desks {
        let change = match old.desks.iter().find(|former| former.name == desk.name) {
            None => Some(DeskChange::Added),
            Some(former) => change_of((former, before), (desk, after)),
        };
        desks.extend(change.map(|change| DeskPlan { desk: desk.name.clone(), change }));
    }
    for desk in old.desks.iter().filter(|desk| new.desk(&desk.name).is_none()) {
        let change = DeskChange::Removed(open_on(reader, &desk.name)?);
        desks.push(DeskPlan { desk: desk.name.clone(), change });
    }
    Ok(Plan {
        desks,
        routes: flow::routes(old, new),
        watches: flow::watches(old, new),
        schedules: schedules::plan(old, new, reader, now_ms)?,
        tables: tables(old, new),
        clocks: clocks(new, reader, now_ms)?,
        at_restart: if old.data == new.data { Vec::new() } else { vec![DATA.to_owned()] },
    })
}

fn change_of(
    (old, before): (&DeskConfig, InForce<'_>),
    (new, after): (&DeskConfig, InForce<'_>),
) -> Option<DeskChange> {
    let name = &new.name;
    let mut opened = Vec::new();
    if before.libraries.get(name) != after.libraries.get(name) || old.library != new.library {
        opened.push("library".to_owned());
    }
    if old.settings != new.settings {
        opened.push("settings".to_owned());
    }
    let lists = new.manifest.list.iter().map(|list| list.name.as_str());
    let is_other = |list: &&str| before.config.lists.get(list) != after.config.lists.get(list);
    opened.extend(lists.filter(is_other).map(|list| format!("list.{list}")));
    if before.config.zone != after.config.zone {
        opened.push("zone".to_owned());
    }
    let (was_apart, is_apart) = (before.isolated.contains(name), after.isolated.contains(name));
    if was_apart != is_apart || (is_apart && before.config.isolation != after.config.isolation) {
        opened.push("isolation".to_owned());
    }
    if !opened.is_empty() {
        return Some(DeskChange::Reopened(opened));
    }
    let mut changed = Vec::new();
    let mut compare = |what: &str, is_same: bool| {
        if !is_same {
            changed.push(what.to_owned());
        }
    };
    compare("title", old.title == new.title);
    compare("roles", old.roles == new.roles);
    compare("imports", old.imports == new.imports);
    let lent = |config: &Config, lent: &BTreeMap<String, crate::config::Lent>| {
        let named = lent
            .iter()
            .map(|(word, lent)| (word.clone(), config.desks[lent.desk.get()].name.clone(), lent.name.clone()));
        named.collect::<Vec<_>>()
    };
    compare("credits", lent(before.config, &old.credits) == lent(after.config, &new.credits));
    compare("reads", lent(before.config, &old.reads) == lent(after.config, &new.reads));
    (!changed.is_empty()).then_some(DeskChange::Changed(changed))
}

fn tables(old: &Config, new: &Config) -> Vec<String> {
    let file = |config: &Config, name: &str| {
        config.sources.iter().find(|(other, _)| other == name).map(|(_, bytes)| bytes.clone())
    };
    let mut names: Vec<&str> = old.sources.iter().chain(&new.sources).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let is_table = |name: &&str| !name.ends_with(".toml");
    let is_other = |name: &&str| file(old, name) != file(new, name);
    names.into_iter().filter(is_table).filter(is_other).map(str::to_owned).collect()
}

fn clocks(new: &Config, reader: Reader<'_>, now_ms: i64) -> Result<Vec<ClockPlan>, StoreError> {
    let mut plans = Vec::new();
    for Moved { id, before, after } in moved_clocks(new, reader.clocks()?.iter(), now_ms) {
        let Some(head) = reader.head(MatterId(id.matter))? else { continue };
        let number = parse_head(&head.head)?.number.to_string();
        let spec = new.desk(&id.desk).and_then(|desk| new.desks[desk.get()].manifest.clock(&id.name));
        let title = spec.map_or_else(|| Title::new(&*id.name, &*id.name), |spec| spec.title.clone());
        let reviews = before.review().zip(after.review());
        let reviews = reviews.map(|(before, after)| (ClockMoment::Review, before.due(), after.due()));
        let moments = std::iter::once((ClockMoment::Due, before.due(), after.due())).chain(reviews);
        for (moment, before, after) in moments.filter(|(_, before, after)| before != after) {
            plans.push(ClockPlan {
                number: number.clone(),
                clock: id.name.to_string(),
                desk: id.desk.to_string(),
                title: title.clone(),
                moment,
                before: before.into(),
                after: after.into(),
            });
        }
    }
    Ok(plans)
}

fn open_on(reader: Reader<'_>, desk: &str) -> Result<Matters, StoreError> {
    let filter = MatterFilter {
        desk: Some(desk.to_owned()),
        status: Some(Status::Open),
        limit: Some(PAGE_MAX),
        ..MatterFilter::default()
    };
    let stored = reader.matters(&filter, &|_| true)?;
    let numbers = stored.iter().map(|stored| Ok(parse_head(&stored.head)?.number.to_string()));
    let numbers: Vec<String> = numbers.collect::<Result<_, StoreError>>()?;
    let count = if (numbers.len() as u64) < u64::from(PAGE_MAX) {
        numbers.len() as u64
    } else {
        reader.count(&filter, &|_| true, &|head| head.desk.to_string())?.values().sum()
    };
    Ok(Matters { count, numbers })
}
