//! A district folder opened: its config resolved, its desks loaded, its store locked.
//!
//! The one way in for every command, so that `check` is the loader and not a second one.

mod lock;
mod opening;
mod stands;
mod pinning;
pub mod replay;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugin_api::Title;

use crate::config::{self, Config, Libraries, Problem};
use crate::engine::Engine;
use crate::engine::call::Caller;
use crate::engine::input::{Clock, HandClock, SystemClock};
use crate::engine::marker::Marker;
use crate::engine::switch::Switch;
use crate::limits::ANSWER_BYTES_MAX;
use crate::os_error::why;
use crate::plan::{InForce, Plan, plan};
use crate::plugins::{Homes, LibraryError, Shelf, installation_folders};
use crate::store::{Reader, Store, StoreError};
use crate::worker::Guards;
pub use lock::{DataLock, is_running};
use opening::{Opener, Prober};

/// Why a district does not open.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// There is no district folder, or its data cannot be used: the text says what to do.
    #[error("{}", .0.en)]
    Unusable(Title),
    /// The config has problems, all of which are here.
    #[error("the config has {} problems", .0.len())]
    Problems(Vec<Problem>),
}

impl From<StoreError> for NotOpened {
    fn from(error: StoreError) -> NotOpened {
        NotOpened::Unusable(error.words())
    }
}

impl From<LibraryError> for NotOpened {
    fn from(error: LibraryError) -> NotOpened {
        NotOpened::Unusable(error.words())
    }
}

/// A district whose config holds and whose desks are open.
pub struct District {
    /// The config.
    pub config: Arc<Config>,
    /// One caller for each desk of the config.
    pub callers: Vec<Arc<dyn Caller>>,
    /// The libraries.
    pub shelf: Shelf,
    /// Desks in processes of their own, and what guards those.
    pub isolated: BTreeMap<String, Guards>,
}

impl std::fmt::Debug for District {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("District").field(&self.config.folder).finish()
    }
}

impl District {
    /// Opens the district of a folder, with the libraries that belong to a program.
    ///
    /// # Errors
    /// Every problem at once; nothing is started.
    pub fn open(folder: &Path, program: &Path) -> Result<District, NotOpened> {
        let folder = config::find_folder(folder).map_err(NotOpened::Unusable)?;
        let shelf = open_shelf(&folder, program)?;
        let mut district =
            District::load(shelf, (program, &BTreeSet::new()), |libraries| config::load(&folder, libraries))?;
        for plugins in &district.config.plugins {
            district.shelf.look_through(plugins);
        }
        Ok(district)
    }

    /// A district whose desks are opened while its config is read, but for those `apart`, which nobody
    /// will call.
    fn load(
        mut shelf: Shelf,
        (program, apart): (&Path, &BTreeSet<String>),
        load: impl FnOnce(&mut dyn Libraries) -> Result<Config, Vec<Problem>>,
    ) -> Result<District, NotOpened> {
        let mut opener =
            Opener { shelf: &mut shelf, program, apart, opened: Vec::new(), isolated: BTreeMap::new(), unusable: None };
        let config = load(&mut opener).map_err(NotOpened::Problems)?;
        let Opener { opened: callers, isolated, unusable, .. } = opener;
        match unusable {
            Some(words) => Err(NotOpened::Unusable(words)),
            None => Ok(District { config: Arc::new(config), callers, shelf, isolated }),
        }
    }

    /// The engine on this district's store, which nobody else may write meanwhile.
    ///
    /// # Errors
    /// When another host runs on it, or the store cannot be used.
    pub fn engine(&self) -> Result<(Engine, DataLock), NotOpened> {
        let lock = DataLock::take(&self.config.data)?;
        let store = Store::open(&self.config.data)?;
        let clock: Box<dyn Clock> = match exercise_ms(store.reader())? {
            Some(now_ms) => Box::new(HandClock::new(now_ms)),
            None => Box::new(SystemClock),
        };
        let mut engine = self.engine_on(&self.config.data, store, clock)?;
        self.journal_pins(&mut engine)?;
        Ok((engine, lock))
    }

    /// The engine with a clock that the caller turns.
    ///
    /// # Errors
    /// As [`District::engine`].
    pub fn engine_with_clock(&self, clock: HandClock) -> Result<(Engine, DataLock), NotOpened> {
        let lock = DataLock::take(&self.config.data)?;
        let store = Store::open(&self.config.data)?;
        // A switch that is made now is made at the time the exercise shows.
        if let Some(shown_ms) = exercise_ms(store.reader())? {
            clock.set(clock.now_ms().max(shown_ms));
        }
        let mut engine = self.engine_on(&self.config.data, store, Box::new(clock))?;
        self.journal_pins(&mut engine)?;
        Ok((engine, lock))
    }

    /// An engine on a store of its own in this folder, which is nobody else's: the district's is left
    /// alone.
    ///
    /// # Errors
    /// When the store cannot be made.
    pub fn scratch_engine(&self, data: &Path, clock: HandClock) -> Result<Engine, NotOpened> {
        let store = Store::open_scratch(data)?;
        self.engine_on(data, store, Box::new(clock))
    }

    fn engine_on(&self, data: &Path, store: Store, clock: Box<dyn Clock>) -> Result<Engine, NotOpened> {
        let marker = Marker::open(data).map_err(|error| unwritable(&data.join("running"), &error))?;
        let now_ms = clock.now_ms();
        let plan = |reader: Reader<'_>| match self.plan(reader, data, now_ms) {
            Ok(plan) => plan,
            Err(error) => {
                tracing::warn!(%error, "What was in force before cannot be read, so nobody can say what changed.");
                None
            }
        };
        Ok(Engine::with_plan(Arc::clone(&self.config), self.callers.clone(), store, clock, marker, plan)?)
    }

    /// What putting this district in force would change on a store; none if it is in force, or nothing
    /// ever was.
    ///
    /// # Errors
    /// When what is in force cannot be read.
    pub fn plan(&self, reader: Reader<'_>, data: &Path, now_ms: i64) -> Result<Option<Plan>, NotOpened> {
        let Some(before) = Switch::in_force(reader)? else { return Ok(None) };
        let after = Switch::to(&self.config, &self.callers);
        if before == after {
            return Ok(None);
        }
        let former = District::read_kept(reader, &before, data, &self.config.folder)?;
        let before = InForce { config: &former.config, libraries: &before.libraries, isolated: &before.isolated };
        let after = InForce { config: &self.config, libraries: &after.libraries, isolated: &after.isolated };
        Ok(Some(plan(before, after, reader, now_ms)?))
    }
}

/// The libraries of a district folder.
///
/// # Errors
/// When `plugins.lock` cannot be read.
pub fn open_shelf(folder: &Path, program: &Path) -> Result<Shelf, NotOpened> {
    let homes = Homes {
        district: folder.to_owned(),
        data: config::data_folder(folder),
        installation: installation_folders(program),
    };
    Ok(Shelf::new(homes, ANSWER_BYTES_MAX)?)
}

/// The config of a folder, without opening any desk.
///
/// # Errors
/// Every problem at once.
pub fn read_config(folder: &Path, program: &Path) -> Result<Config, NotOpened> {
    let (folder, mut shelf) = find_and_open_shelf(folder, program)?;
    config::load(&folder, &mut shelf).map_err(NotOpened::Problems)
}

/// A district folder, and its libraries.
///
/// # Errors
/// When there is none, or `plugins.lock` cannot be read.
pub fn find_and_open_shelf(folder: &Path, program: &Path) -> Result<(PathBuf, Shelf), NotOpened> {
    let folder = config::find_folder(folder).map_err(NotOpened::Unusable)?;
    let shelf = open_shelf(&folder, program)?;
    Ok((folder, shelf))
}

/// Checks a folder: what opens it reads it, but each desk is opened in a process of its own. Gives the
/// problems, and what an operator must know of the libraries.
///
/// # Errors
/// When there is no district folder.
pub fn check(folder: &Path, program: &Path) -> Result<(Vec<Problem>, Vec<Title>), NotOpened> {
    let folder = config::find_folder(folder).map_err(NotOpened::Unusable)?;
    let mut shelf = open_shelf(&folder, program)?;
    let mut prober = Prober { shelf: &mut shelf, program, unusable: None };
    let loaded = config::load(&folder, &mut prober);
    if let Some(words) = prober.unusable {
        return Err(NotOpened::Unusable(words));
    }
    match loaded {
        Err(problems) => Ok((problems, Vec::new())),
        Ok(config) => {
            for plugins in &config.plugins {
                shelf.look_through(plugins);
            }
            Ok((config.warnings, shelf.warnings()))
        }
    }
}

/// The time an exercise's clock shows; none for a live store.
///
/// # Errors
/// When the store does not give it.
pub fn exercise_ms(reader: Reader<'_>) -> Result<Option<i64>, StoreError> {
    let text = reader.meta(EXERCISE)?;
    text.map(|text| text.parse().map_err(|_| StoreError::Damaged(format!("exercise time {text:?}")))).transpose()
}

/// Makes a store an exercise's, or turns its clock.
///
/// # Errors
/// When the store refuses.
pub fn set_exercise(store: &Store, now_ms: i64) -> Result<(), StoreError> {
    store.set_meta(EXERCISE, &now_ms.to_string())
}

const EXERCISE: &str = "exercise";

fn unwritable(path: &Path, error: &std::io::Error) -> NotOpened {
    let (path, why) = (path.display(), why(error));
    NotOpened::Unusable(Title::new(
        format!("写不了 {path}：{}；请检查目录的写权限", why.zh),
        format!("cannot write {path}: {}; check that the folder is writable", why.en),
    ))
}
