//! A district folder as one file, and one file as a district folder.
//!
//! A plain tar that any tool unpacks and `sha256sum -c SHA256SUMS` checks:
//!
//! ```text
//! hongling-backup.json     when it was made, of which district, up to which row and seal
//! folder/…                 the district folder: config, tables, plugins.lock
//! data/hongling.db         the store, as of one instant
//! data/files/…             every file that was attached
//! data/libraries/….so      private copies of libraries that are pinned
//! SHA256SUMS               the hash of each of them; comes last, so a file that was cut off has none
//! ```
//!
//! It holds all personal data and the district's secret: it is readable by its owner alone. Always
//! holds: nothing is overwritten; a file or folder is there whole under its name or not at all.

pub mod make;
pub mod restore;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plugin_api::Title;
use serde::{Deserialize, Serialize};

use crate::store::StoreError;

const FORMAT: &str = "hongling backup 1";
const ABOUT: &str = "hongling-backup.json";
const SUMS: &str = "SHA256SUMS";
const FOLDER: &str = "folder";
const DATA: &str = "data";
const STORE: &str = "data/hongling.db";

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The format, as this program writes it.
    pub format: String,
    /// When it was made.
    pub made: Timestamp,
    /// Of which district.
    pub district: Title,
    /// Which life of the store.
    pub epoch: u64,
    /// Its last row.
    pub seq: u64,
    /// The seal of that row.
    pub seal: String,
}

/// Why a backup was not made or not restored: a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en)]
pub struct NotDone(pub Title);

impl NotDone {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> NotDone {
        NotDone(Title::new(zh, en))
    }

    fn unwritable(path: &Path, error: &io::Error) -> NotDone {
        let path = path.display();
        NotDone::new(format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
    }

    fn unreadable(path: &Path, error: &io::Error) -> NotDone {
        let path = path.display();
        NotDone::new(format!("读不了 {path}：{error}"), format!("cannot read {path}: {error}"))
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> NotDone {
        NotDone(error.words())
    }
}

/// A file or folder that is taken away again unless it is kept.
struct Passing(Option<PathBuf>);

impl Passing {
    /// A name beside another, which nobody else uses.
    fn beside(path: &Path, ending: &str) -> Passing {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Passing(Some(path.with_file_name(format!(".{name}.{}.{ending}", std::process::id()))))
    }

    fn path(&self) -> &Path {
        self.0.as_deref().expect("it is kept last")
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        let Some(path) = &self.0 else { return };
        // Left behind it is rubbish under a name that says so.
        let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
}
