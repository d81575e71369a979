//! The district folder as it holds: a [`Config`] that cannot be wrong, or every problem at once.
//!
//! `raw` reads TOML and tables into values that keep their place in the file; `resolve` gives
//! names their meaning. Knows manifests, never libraries: they are asked for through
//! [`Libraries`].

pub mod problem;
mod raw;
mod resolve;
mod source;
mod table;
mod peek;
pub mod known;
pub mod kept;
pub mod template;
pub mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use plugin_api::{District, Fault, LabelValue, Lists, Manifest, RoleId, Title};
use serde_json::{Map, Value};

use crate::calendar::Calendar;
use crate::directory::Directory;
use crate::os_error::why;
use crate::outlet::{Contacts, Grants, Outlet};
use crate::routes::{DeskIx, Routes, Watch};
use crate::schedule::Schedule;
use trial::Trial;

pub use peek::{data_folder, name_and_zone, plugin_folders};
pub use problem::{Problem, Severity};
pub use resolve::{load, load_kept};
pub use source::{CONFIG_FILES_MAX, CONFIG_TABLE_BYTES_MAX, CONFIG_TOML_BYTES_MAX};

/// Everything a district folder says, resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder.
    pub folder: PathBuf,
    /// SHA-256 in hex over all files that were read, names and bytes.
    pub hash: String,
    /// The files that were read, names relative to the folder and bytes, sorted: the same config
    /// can be read again from them.
    pub sources: Vec<(String, Vec<u8>)>,
    /// The district's name.
    pub name: Title,
    /// Folder of the store and of private copies of libraries.
    pub data: PathBuf,
    /// Folders where further libraries lie.
    pub plugins: Vec<PathBuf>,
    /// The district's time zone.
    pub zone: TimeZone,
    /// When the district works.
    pub calendar: Calendar,
    /// The desk that `hongling open` and residents' reports go to.
    pub open: DeskIx,
    /// People, roles, places and units.
    pub directory: Directory,
    /// Code tables by name.
    pub lists: Lists,
    /// The desks, in the order of the config.
    pub desks: Vec<DeskConfig>,
    /// The routes, in order: first match wins.
    pub routes: Routes,
    /// The watches, in order.
    pub watches: Vec<Watch>,
    /// The schedules, in order.
    pub schedules: Vec<Schedule>,
    /// What was proven of routes and desks.
    pub reach: Reach,
    /// The tests, in the order of the files.
    pub trials: Vec<Trial>,
    /// Every test names what there is; what does not is among the warnings.
    pub are_trials_sound: bool,
    /// What is odd but not wrong: reported by `check`, does not stop a start.
    pub warnings: Vec<Problem>,
    /// The outlets, in the order of the config.
    pub outlets: Vec<Outlet>,
    /// Where the console is, and who runs the host there.
    pub console: Console,
    /// What libraries in processes of their own may take.
    pub isolation: Isolation,
    /// How the people of the directory are reached. No part of `hash` or `sources`.
    pub contacts: Contacts,
    /// Labels whose values are the desks' own codes; what stands in any other may be anybody's words.
    pub coded_labels: BTreeSet<String>,
}

impl Config {
    /// A desk by its name.
    pub fn desk(&self, name: &str) -> Option<DeskIx> {
        let at = self.desks.iter().position(|desk| desk.name == name)?;
        u16::try_from(at).ok().map(DeskIx)
    }

    /// Whether a label's value may be somebody's words: then it is not kept for ever.
    pub fn is_free(&self, label: &str, value: &LabelValue) -> bool {
        matches!(value, LabelValue::Text(_)) && !self.coded_labels.contains(label)
    }

    /// The district's day at an instant, in milliseconds since 1970.
    pub fn day_of(&self, now_ms: i64) -> jiff::civil::Date {
        let instant = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
        self.zone.to_datetime(instant).date()
    }
}

/// What events and matters come to.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// For each route, the desks from whose events it takes some matter.
    pub routes: Vec<Vec<DeskIx>>,
    /// For each desk, whether matters or news of them come to it.
    pub desks: Vec<bool>,
}

/// One `[desk.NAME]`.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// Its name in the district.
    pub name: String,
    /// Title for people: the config's own, else the manifest's.
    pub title: Title,
    /// Name of the library.
    pub library: String,
    /// The manifest of that library.
    pub manifest: Arc<Manifest>,
    /// The desk's words for the district's roles.
    pub roles: BTreeMap<String, RoleId>,
    /// Settings, checked and filled with the manifest's defaults.
    pub settings: Map<String, Value>,
    /// How tables become rows of its actions.
    pub imports: Vec<Import>,
    /// The account classes of other desks that it credits, by its own words.
    pub credits: BTreeMap<String, Lent>,
    /// The collections of other desks that it reads, by its own words.
    pub reads: BTreeMap<String, Lent>,
    /// Its notice templates as the district words them: title and text.
    pub reworded: BTreeMap<String, (Title, Title)>,
    /// Where it may reach when it delivers.
    pub grants: Grants,
    /// Its library runs in a process of its own, also if it is trusted.
    pub is_isolated: bool,
}

/// The web console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Roles whose holders run the host.
    pub operators: Vec<RoleId>,
}

impl Default for Console {
    fn default() -> Console {
        Console { listen: SocketAddr::from(([127, 0, 0, 1], 8311)), operators: Vec::new() }
    }
}

/// What a library in a process of its own may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// Time a call may take.
    pub call_ms: u64,
    /// Memory beyond what the program itself takes.
    pub memory_mib: u64,
    /// It may run where the kernel gives no sandbox.
    pub accepts_no_sandbox: bool,
}

impl Default for Isolation {
    fn default() -> Isolation {
        Isolation { call_ms: 2_000, memory_mib: 256, accepts_no_sandbox: false }
    }
}

/// Something of another desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// That desk.
    pub desk: DeskIx,
    /// What it calls it.
    pub name: String,
}

impl DeskConfig {
    /// The district's role for a word of the desk.
    pub fn role(&self, word: &str) -> RoleId {
        self.roles.get(word).cloned().unwrap_or_else(|| RoleId::from(word))
    }

    /// Title and text of a notice template: the district's words, else the manifest's.
    pub fn notice_words(&self, template: &str) -> Option<(&Title, &Title)> {
        let spec = self.manifest.notice(template)?;
        Some(self.reworded.get(template).map_or((&spec.title, &spec.text), |(title, text)| (title, text)))
    }
}

/// One `[[desk.NAME.import]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name, to choose it by; also part of what makes a row the same row.
    pub name: String,
    /// The action each row becomes.
    pub action: String,
    /// Column that makes a row the same row when it comes again.
    pub key: Option<String>,
    /// Field of the action, and the column it is read from.
    pub columns: Vec<(String, String)>,
    /// How dates and times are written in the table, as for `strptime`.
    pub dates: Option<String>,
    /// Fields with the same value for every row.
    pub fixed: Map<String, Value>,
}

impl Import {
    /// What makes a row the same row on its desk: two tables may both count from 1.
    pub fn key_of(&self, number: &str) -> String {
        format!("{}:{number}", self.name)
    }
}

/// Where manifests come from.
pub trait Libraries {
    /// The manifest of a library, found in these folders or in the installation's.
    ///
    /// # Errors
    /// What is wrong with the library, naming file and reason, and what to do.
    fn manifest(&mut self, library: &str, folders: &[PathBuf]) -> Result<Arc<Manifest>, Title>;

    /// Names of libraries that could have been meant.
    fn known(&self, folders: &[PathBuf]) -> Vec<String>;

    /// Opens every desk with its settings and lists, where the rest of the config holds: what a desk
    /// objects to becomes a problem at its place. Where nobody wants desks, none is opened.
    fn open(&mut self, desks: &[Opening<'_>]) -> Vec<Result<(), Fault>> {
        desks.iter().map(|_| Ok(())).collect()
    }
}

/// What a desk is opened with.
#[derive(Clone, Debug)]
pub struct Opening<'c> {
    /// The desk.
    pub desk: &'c DeskConfig,
    /// What it may take in a process of its own.
    pub isolation: &'c Isolation,
    /// What it is told of the district: the zone, and the lists that its manifest asks for.
    pub district: District,
}

/// The folder a command was given, made absolute.
///
/// # Errors
/// A sentence saying that there is no district folder, and how to make one.
pub fn find_folder(given: &Path) -> Result<PathBuf, Title> {
    let shown = given.display();
    let folder = std::path::absolute(given).map_err(|error| {
        let why = why(&error);
        Title::new(format!("路径 {shown} 不能用：{}", why.zh), format!("{shown}: {}", why.en))
    })?;
    if folder.join("hongling.toml").is_file() {
        return Ok(folder);
    }
    let at = folder.display();
    Err(Title::new(
        format!("{at} 不是配置目录：里面没有 hongling.toml；用 hongling init {shown} 新建一个"),
        format!("{at} is not a district folder: it has no hongling.toml; `hongling init {shown}` makes one"),
    ))
}

#[cfg(test)]
mod tests;
