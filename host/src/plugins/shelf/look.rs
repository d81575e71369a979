//! One file of a folder, looked at: what it is, and whether it may run.
//!
//! Knows nothing of what a name means here; the shelf chooses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugin_api::Title;
use serde::Serialize;

use crate::plugins::ingest::{self, Digest, FileBytes};
use crate::plugins::inspect::{self, Inspection};
use crate::plugins::trust::Trust;
use crate::plugins::{LibraryError, file_name};

/// One file that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// Name of the plugin, if it could be read.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Hash of the bytes, if they were read.
    pub sha256: Option<Digest>,
    /// How many bytes.
    pub size: Option<u64>,
    /// What it asks beyond the ordinary.
    pub asks: Vec<String>,
    /// Whether it may run.
    pub trust: Trust,
    /// Why it may not, and what to do.
    pub reason: Option<Title>,
    /// Whether this is the file its name means here.
    pub in_use: bool,
}

/// A file that was looked at, with its inspection if it is sound.
pub(super) struct Look {
    pub(super) entry: Entry,
    pub(super) inspection: Option<Arc<Inspection>>,
}

impl Look {
    /// Reads and inspects a file, whose name must be that of the plugin in it.
    pub(super) fn at(path: &Path, trust: impl FnOnce(&Inspection) -> Trust) -> Look {
        if path.extension().is_none_or(|extension| extension != "so") {
            let reason = Title::new(
                "文件名不是库的样子（lib<名称>.so）；请改名或拿走",
                "is not named as a library is, lib<name>.so; rename it or take it away",
            );
            return Look::refused(path, &LibraryError::unsound(path, reason), None);
        }
        match ingest::read(path) {
            Err(error) => Look::refused(path, &error, None),
            Ok(file) => {
                let inspection = inspect::inspect(&file).and_then(|inspection| {
                    let wanted = file_name(&inspection.name).unwrap_or_default();
                    if path.file_name().is_some_and(|name| *name == *wanted) {
                        return Ok(inspection);
                    }
                    Err(Title::new(
                        format!("里面是插件“{}”，文件应叫 {wanted}；请改名", inspection.name),
                        format!("holds the plugin {:?}, whose file is {wanted}; rename it", inspection.name),
                    ))
                });
                Look::of(path, inspection, &file, trust)
            }
        }
    }

    pub(super) fn of(
        path: &Path,
        inspection: Result<Inspection, Title>,
        file: &FileBytes,
        trust: impl FnOnce(&Inspection) -> Trust,
    ) -> Look {
        let inspection = match inspection {
            Ok(inspection) => inspection,
            Err(reason) => return Look::refused(path, &LibraryError::unsound(path, reason), Some(file)),
        };
        let trust = trust(&inspection);
        let name = &inspection.name;
        let reason = (trust == Trust::Waiting).then(|| {
            Title::new(
                format!("尚未信任，只隔离运行；执行 hongling plugin trust {name} 后可在主机进程里运行"),
                format!(
                    "not trusted, so it runs isolated; `hongling plugin trust {name}` lets it run in the host's process"
                ),
            )
        });
        let entry = Entry {
            path: path.into(),
            name: Some(name.clone()),
            version: Some(inspection.version.clone()),
            sha256: Some(inspection.sha256),
            size: Some(inspection.size),
            asks: inspection.manifest.asks.clone(),
            trust,
            reason,
            in_use: false,
        };
        Look { entry, inspection: Some(Arc::new(inspection)) }
    }

    pub(super) fn refused(path: &Path, error: &LibraryError, file: Option<&FileBytes>) -> Look {
        let entry = Entry {
            path: path.into(),
            name: None,
            version: None,
            sha256: file.map(|file| file.sha256),
            size: file.map(|file| file.bytes.len() as u64),
            asks: Vec::new(),
            trust: Trust::Refused,
            reason: Some(error.reason()),
            in_use: false,
        };
        Look { entry, inspection: None }
    }

    pub(super) fn sound(&self) -> Result<Arc<Inspection>, LibraryError> {
        let reason = || self.entry.reason.clone().unwrap_or_default();
        self.inspection.clone().ok_or_else(|| LibraryError::unsound(&self.entry.path, reason()))
    }
}

/// The file's bytes again, which must be those that were inspected.
pub(super) fn read_same(path: &Path, sha256: Digest) -> Result<FileBytes, LibraryError> {
    let file = ingest::read(path)?;
    let changed = || {
        let reason = Title::new("检查之后又变了；请重新开始", "has changed since it was inspected; start again");
        LibraryError::machine(path, reason)
    };
    if file.sha256 == sha256 { Ok(file) } else { Err(changed()) }
}

/// The files of a folder by name, without hidden ones and what cargo leaves beside libraries.
pub(super) fn list_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('.') && !is_of_a_build(&name) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file is cargo's own: a build folder may be named as a plugin folder by who develops.
fn is_of_a_build(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    let is_hashed = hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    is_hashed || matches!(extension, "d" | "rlib" | "rmeta")
}

pub(super) fn name_of(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?.strip_prefix("lib")?.strip_suffix(".so")?.replace('_', "-");
    file_name(&name).map(|_| name)
}
