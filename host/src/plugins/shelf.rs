//! The shelf: which library a name means here, found in the plugin folders and the installation.
//!
//! One look at the folders; a reload makes a new shelf. Knows files and trust, nothing of what the
//! district's desks are called. Always holds: a file that is not trusted never takes the place of a
//! trusted library of the same name, and is never loaded into this process.

mod look;
mod pinned;
mod copies;
mod opened;
mod trusting;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugin_api::{Manifest, Title};

use self::look::{Look, list_files, name_of, read_same};
use super::ingest::{self, Digest, Kept};
use super::inspect::{self, Inspection};
use super::library::Library;
use super::openness;
use super::trust::{Lock, Pin, Trust, Trusted};
use super::{LibraryError, file_name, shown};
use crate::config::Libraries;
use crate::limits::FOLDER_FILES_MAX;

pub use self::look::Entry;
pub use self::opened::{Apart, Opened};
pub use self::trusting::Given;

/// Where things lie.
#[derive(Clone, Debug)]
pub struct Homes {
    /// The district folder; `plugins.lock` is in it.
    pub district: PathBuf,
    /// Its data folder; private copies are in its `libraries`.
    pub data: PathBuf,
    /// Folders of the installation, see [`installation_folders`].
    pub installation: Vec<PathBuf>,
}

/// The installation's folders of a program: its own, and before it `deps` beside it, which is where
/// cargo builds libraries; a copy in the folder of the program itself may be of an earlier build.
pub fn installation_folders(program: &Path) -> Vec<PathBuf> {
    let Some(folder) = program.parent() else { return Vec::new() };
    let deps = folder.join("deps");
    let deps = deps.is_dir().then_some(deps);
    deps.into_iter().chain([folder.to_path_buf()]).collect()
}

/// The libraries of a district, see the module's text.
pub struct Shelf {
    homes: Homes,
    output_bytes_max: usize,
    lock: Lock,
    /// Plugin folders that were looked through.
    folders: Vec<PathBuf>,
    looks: Vec<Look>,
    /// For each name that was asked for, its place in `looks`.
    chosen: BTreeMap<String, usize>,
    loaded: BTreeMap<Digest, Arc<Library>>,
    /// What goes on in place of a file that may not run.
    replaced: Vec<Title>,
    open_to_others: Vec<Title>,
}

impl Shelf {
    /// A shelf that has looked at nothing yet. `output_bytes_max` bounds what one call may hand
    /// over.
    ///
    /// # Errors
    /// `plugins.lock` cannot be read.
    pub fn new(homes: Homes, output_bytes_max: usize) -> Result<Shelf, LibraryError> {
        let lock = Lock::read(&homes.district)?;
        let mut shelf = Shelf::empty(homes, output_bytes_max, lock);
        let copies = shelf.homes.data.join("libraries");
        for path in [shelf.homes.district.clone(), Lock::path(&shelf.homes.district), copies] {
            shelf.note_openness(&path);
        }
        Ok(shelf)
    }

    fn empty(homes: Homes, output_bytes_max: usize, lock: Lock) -> Shelf {
        Shelf {
            homes,
            output_bytes_max,
            lock,
            folders: Vec::new(),
            looks: Vec::new(),
            chosen: BTreeMap::new(),
            loaded: BTreeMap::new(),
            replaced: Vec::new(),
            open_to_others: Vec::new(),
        }
    }

    /// Looks through a plugin folder, once: every file is inspected, good or bad.
    pub fn look_through(&mut self, folder: &Path) {
        if self.folders.iter().any(|known| known == folder) {
            return;
        }
        self.folders.push(folder.into());
        let mut files = match list_files(folder) {
            Ok(files) => files,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    let reason = Title::new(format!("看不了：{error}"), format!("cannot be looked through: {error}"));
                    let error = LibraryError::machine(folder, reason);
                    self.looks.push(Look::refused(folder, &error, None));
                }
                return;
            }
        };
        self.note_openness(folder);
        // Who develops may name the build folder; what lies there is trusted already.
        let is_same = |home: &PathBuf| {
            home.canonicalize().ok().is_some_and(|home| folder.canonicalize().is_ok_and(|folder| home == folder))
        };
        let is_installation = self.homes.installation.iter().any(is_same);
        if FOLDER_FILES_MAX < files.len() {
            let count = files.len();
            let reason = Title::new(
                format!("有 {count} 个文件，只看前 {FOLDER_FILES_MAX} 个；请清理"),
                format!("has {count} files, and only {FOLDER_FILES_MAX} are looked at; clear it"),
            );
            self.looks.push(Look::refused(folder, &LibraryError::machine(folder, reason), None));
            files.truncate(FOLDER_FILES_MAX);
        }
        for file in files {
            let look = self.look_at(&file, is_installation);
            if look.inspection.is_some() {
                self.note_openness(&file);
            }
            self.looks.push(look);
        }
    }

    fn look_at(&self, file: &Path, is_installation: bool) -> Look {
        let mut look = Look::at(file, |inspection| match self.lock.find(&inspection.name) {
            Some(pin) if pin.sha256 == inspection.sha256 => Trust::Pinned,
            _ if is_installation => Trust::Installation,
            _ => Trust::Waiting,
        });
        if look.entry.trust == Trust::Waiting
            && let Some(pin) = look.inspection.as_ref().and_then(|inspection| self.lock.find(&inspection.name))
        {
            let Pin { name, version, .. } = pin;
            look.entry.reason = Some(Title::new(
                format!("不是已信任的 {name} {version} 的那份文件；执行 hongling plugin trust {name} 可改用这份"),
                format!(
                    "not the bytes of {name} {version} that are pinned; `hongling plugin trust {name}` takes it instead"
                ),
            ));
        }
        look
    }

    /// The plugin folders that were looked through.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// What a name means here.
    ///
    /// # Errors
    /// There is none, or it is not sound.
    pub fn find(&mut self, name: &str, folders: &[PathBuf]) -> Result<Arc<Inspection>, LibraryError> {
        for folder in folders {
            self.look_through(folder);
        }
        let at = match self.chosen.get(name) {
            Some(&at) => at,
            None => {
                let at = self.choose(name)?;
                self.chosen.insert(name.into(), at);
                self.looks[at].entry.in_use = true;
                at
            }
        };
        self.looks[at].sound()
    }

    /// The look at a library and its private copy, which is made if it is not there.
    fn keep(&mut self, name: &str) -> Result<(usize, Kept), LibraryError> {
        let inspection = self.find(name, &[])?;
        let at = self.chosen[name];
        let kept = match ingest::find_kept(&self.homes.data, inspection.sha256) {
            Some((kept, _)) => kept,
            None => ingest::keep(&read_same(&self.looks[at].entry.path, inspection.sha256)?, &self.homes.data)?,
        };
        Ok((at, kept))
    }

    /// Loads the library of a name, from its private copy. It stays loaded.
    ///
    /// # Errors
    /// As [`Shelf::find`], or the copy cannot be kept or loaded.
    pub fn load(&mut self, name: &str) -> Result<Arc<Library>, LibraryError> {
        let inspection = self.find(name, &[])?;
        if let Some(library) = self.loaded.get(&inspection.sha256) {
            return Ok(library.clone());
        }
        let (at, kept) = self.keep(name)?;
        let entry = &self.looks[at].entry;
        let library = Trusted::admit(kept, inspection.clone(), entry.trust)
            .ok_or_else(|| waiting(&entry.path, &inspection))
            .and_then(|trusted| {
                Library::load(&trusted, self.output_bytes_max)
                    .map_err(|reason| LibraryError::unsound(&entry.path, reason))
            })?;
        let library = Arc::new(library);
        self.loaded.insert(inspection.sha256, library.clone());
        Ok(library)
    }

    /// Every file that was looked at: those of the plugin folders, and of the installation those
    /// that were asked for.
    pub fn report(&self) -> Vec<Entry> {
        self.looks.iter().map(|look| look.entry.clone()).collect()
    }

    /// What an operator must see first: replaced libraries, then files that others may write.
    pub fn warnings(&self) -> Vec<Title> {
        self.replaced.iter().chain(&self.open_to_others).cloned().collect()
    }

    /// Forgets what was seen and chosen; what is loaded stays.
    fn start_anew(&mut self) {
        self.looks.clear();
        self.chosen.clear();
        self.replaced.clear();
        for folder in std::mem::take(&mut self.folders) {
            self.look_through(&folder);
        }
    }

    fn choose(&mut self, name: &str) -> Result<usize, LibraryError> {
        let dropped = self.dropped(name);
        let may_run = |&&at: &&usize| self.looks[at].entry.trust.may_run_here();
        if let Some(&at) = dropped.iter().find(may_run) {
            return Ok(at);
        }
        let trusted = match dropped.first() {
            Some(_) => self.find_pinned_copy(name).or_else(|| self.find_installed(name)),
            None => self.find_installed(name),
        };
        match (dropped.first(), trusted) {
            (None, Some(look)) => look.sound().map(|_| self.add(look)),
            (None, None) => {
                let folders: Vec<PathBuf> = self.folders.iter().chain(&self.homes.installation).cloned().collect();
                Err(LibraryError::Missing { name: name.into(), reason: missing_reason(name, &folders) })
            }
            (Some(&at), Some(look)) if look.inspection.is_some() => {
                self.replaced.push(replaced_warning(&self.looks[at].entry, &look.entry));
                Ok(self.add(look))
            }
            // Nobody has trusted any: the file itself, in a process of its own.
            (Some(&at), _) => {
                self.looks[at].sound()?;
                if let Some(pin) = self.lock.find(name) {
                    self.replaced.push(lost_warning(&self.looks[at].entry, pin));
                }
                Ok(at)
            }
        }
    }

    fn add(&mut self, look: Look) -> usize {
        if look.entry.trust == Trust::Installation {
            if let Some(folder) = look.entry.path.parent() {
                self.note_openness(folder);
            }
            self.note_openness(&look.entry.path);
        }
        self.looks.push(look);
        self.looks.len() - 1
    }

    /// Places in `looks` of what lies in plugin folders under the file name of a library.
    fn dropped(&self, name: &str) -> Vec<usize> {
        let Some(wanted) = file_name(name) else { return Vec::new() };
        let paths: Vec<PathBuf> = self.folders.iter().map(|folder| folder.join(&wanted)).collect();
        (0..self.looks.len()).filter(|&at| paths.contains(&self.looks[at].entry.path)).collect()
    }

    fn find_pinned_copy(&self, name: &str) -> Option<Look> {
        let pin = self.lock.find(name)?;
        let (kept, file) = ingest::find_kept(&self.homes.data, pin.sha256)?;
        let look = Look::of(kept.path(), inspect::inspect(&file), &file, |_| Trust::Pinned);
        look.inspection.as_ref().is_some_and(|inspection| inspection.name == name).then_some(look)
    }

    fn find_installed(&self, name: &str) -> Option<Look> {
        let wanted = file_name(name)?;
        let path = self.homes.installation.iter().map(|folder| folder.join(&wanted)).find(|path| path.exists())?;
        Some(Look::at(&path, |_| Trust::Installation))
    }

    fn note_openness(&mut self, path: &Path) {
        for warning in openness::find(path) {
            if !self.open_to_others.contains(&warning) {
                self.open_to_others.push(warning);
            }
        }
    }
}

impl Libraries for Shelf {
    fn manifest(&mut self, library: &str, folders: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        let found = self.find(library, folders).map_err(|error| error.words())?;
        Ok(found.manifest.clone())
    }

    fn known(&self, folders: &[PathBuf]) -> Vec<String> {
        let files =
            folders.iter().chain(&self.homes.installation).flat_map(|folder| list_files(folder).unwrap_or_default());
        let mut names: Vec<String> = files.filter_map(|file| name_of(&file)).collect();
        names.sort();
        names.dedup();
        names
    }
}

fn waiting(path: &Path, inspection: &Inspection) -> LibraryError {
    LibraryError::Waiting { file: path.into(), name: inspection.name.clone(), version: inspection.version.clone() }
}

fn missing_reason(name: &str, folders: &[PathBuf]) -> Title {
    let Some(wanted) = file_name(name) else {
        return Title::new("名称只能用 a-z、0-9 和 -；请改正", "a name is made of a-z, 0-9 and -; mend it");
    };
    if folders.is_empty() {
        return Title::new(
            "配置里没有写插件目录；在 hongling.toml 里写 plugins = [\"plugins\"]，再把库放进去",
            "the config names no plugin folder; write plugins = [\"plugins\"] into hongling.toml and put the library there",
        );
    }
    let folders: Vec<String> = folders.iter().map(|folder| shown(folder)).collect();
    Title::new(
        format!("这些目录里都没有 {wanted}：{}；请编译出来，或放进其中一个", folders.join("、")),
        format!("{wanted} is in none of {}; build it or put it there", folders.join(", ")),
    )
}

fn lost_warning(dropped: &Entry, Pin { name, version, .. }: &Pin) -> Title {
    let path = shown(&dropped.path);
    Title::new(
        format!("{path}：已信任的 {name} {version} 那份文件和它的副本都不在了；这份没有信任，只隔离运行"),
        format!(
            "{path}: the bytes of {name} {version} that are pinned and their copy are gone; this file is not trusted and runs isolated"
        ),
    )
}

fn replaced_warning(dropped: &Entry, goes_on: &Entry) -> Title {
    let reason = dropped.reason.clone().unwrap_or_default();
    let (zh, en) = match goes_on.trust {
        Trust::Pinned => ("已信任的那份", "the pinned bytes go on"),
        _ => ("随程序安装的那份", "the installation's goes on"),
    };
    let (path, version) = (shown(&dropped.path), goes_on.version.as_deref().unwrap_or_default());
    Title::new(
        format!("{path}：{}；在此之前仍用{zh}，版本 {version}", reason.zh),
        format!("{path}: {}; until then {en}, version {version}", reason.en),
    )
}
