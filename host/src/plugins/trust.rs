//! Which libraries may run, and who said so.
//!
//! Owns `plugins.lock`, the pins of a district folder. Knows files and hashes, nothing of what a
//! library does. Always holds: a [`Trusted`] is made only for a private copy whose bytes belong to
//! the installation or are pinned, or did when they were kept, for a journal that is run again; or in
//! a worker that has shut itself in.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use plugin_api::Title;
use serde::{Deserialize, Serialize};

use super::ingest::{Digest, Kept, replace_text};
use super::inspect::Inspection;
use super::{LibraryError, one_line};

const LOCK_FILE: &str = "plugins.lock";
const LOCK_HEAD: &str = "# Which libraries of the plugin folders may run inside the host.\n\
    # Written by `hongling plugin trust NAME`; take a table away to withdraw the trust.\n\n";

/// Whether a library may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// It lies with the host's own program: who can write there can replace the host.
    Installation,
    /// Its bytes are pinned in `plugins.lock`.
    Pinned,
    /// It is sound, and nobody has said yet that it may run.
    Waiting,
    /// It is not a library this host could load.
    Refused,
}

impl Trust {
    /// Whether it may run in the host's own process.
    pub fn may_run_here(self) -> bool {
        matches!(self, Trust::Installation | Trust::Pinned)
    }
}

/// A private copy that may run.
pub(super) struct Trusted {
    kept: Kept,
    inspection: Arc<Inspection>,
    is_confined: bool,
}

impl Trusted {
    /// Admits a copy, if its trust says so and it is the copy of what was inspected.
    pub(super) fn admit(kept: Kept, inspection: Arc<Inspection>, trust: Trust) -> Option<Trusted> {
        let may_run = trust.may_run_here() && kept.sha256() == inspection.sha256;
        may_run.then_some(Trusted { kept, inspection, is_confined: false })
    }

    /// Any sound copy, in a process that has shut itself in.
    pub(super) fn confined(kept: Kept, inspection: Arc<Inspection>) -> Trusted {
        Trusted { kept, inspection, is_confined: true }
    }

    /// Whether it may do no harm but to its own process.
    pub(super) fn is_confined(&self) -> bool {
        self.is_confined
    }

    pub(super) fn path(&self) -> &Path {
        self.kept.path()
    }

    pub(super) fn inspection(&self) -> &Arc<Inspection> {
        &self.inspection
    }
}

/// One `[[library]]` of `plugins.lock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Name of the plugin.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// The bytes that may run.
    pub sha256: Digest,
    /// When they were trusted.
    pub trusted_at: Timestamp,
    /// Who trusted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_by: Option<String>,
    /// What the manifest asked beyond the ordinary when it was trusted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
}

/// What a new trust changes, to be shown to whoever gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What is pinned now.
    pub now: Pin,
    /// What was pinned before.
    pub before: Option<Pin>,
    /// What it asks that the one before did not.
    pub asks_more: Vec<String>,
    /// What the one before asked and it does not.
    pub asks_no_more: Vec<String>,
}

/// `plugins.lock` as it stands.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    #[serde(default)]
    library: Vec<Pin>,
}

impl Lock {
    /// The file of a district folder; none is a lock that pins nothing.
    pub(super) fn path(district: &Path) -> PathBuf {
        district.join(LOCK_FILE)
    }

    pub(super) fn read(district: &Path) -> Result<Lock, LibraryError> {
        let path = Lock::path(district);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
            Err(error) => {
                return Err(LibraryError::machine(
                    &path,
                    Title::new(format!("读不了：{error}"), format!("cannot be read: {error}")),
                ));
            }
        };
        let lock: Lock = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            let why = one_line(error.message());
            let reason = Title::new(
                format!("第 {line} 行写得不对：{why}；请改好，或删掉文件再逐个信任"),
                format!("line {line} does not fit: {why}; mend it, or take it away and trust each library again"),
            );
            LibraryError::machine(&path, reason)
        })?;
        // With two pins of a name it would be chance which bytes run.
        for (i, pin) in lock.library.iter().enumerate() {
            if lock.library[..i].iter().any(|other| other.name == pin.name) {
                let name = one_line(&pin.name);
                let reason = Title::new(
                    format!("{name} 写了两次；请删掉一段"),
                    format!("pins {name} twice; take one of the two tables away"),
                );
                return Err(LibraryError::machine(&path, reason));
            }
        }
        Ok(lock)
    }

    pub(super) fn pins(&self) -> &[Pin] {
        &self.library
    }

    /// The bytes that may run.
    pub(super) fn pinned(&self) -> impl Iterator<Item = Digest> {
        self.library.iter().map(|pin| pin.sha256)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Pin> {
        self.library.iter().find(|pin| pin.name == name)
    }

    /// Pins a library in place of what was pinned under its name, and writes the file.
    pub(super) fn pin(&mut self, pin: Pin, district: &Path) -> Result<Change, LibraryError> {
        let before = self.find(&pin.name).cloned();
        self.library.retain(|other| other.name != pin.name);
        self.library.push(pin.clone());
        self.library.sort_by(|a, b| a.name.cmp(&b.name));
        let path = Lock::path(district);
        let written = toml::to_string(&self)
            .map_err(|error| error.to_string())
            .and_then(|text| replace_text(&path, &format!("{LOCK_HEAD}{text}")).map_err(|error| error.to_string()));
        written.map_err(|error| {
            LibraryError::machine(&path, Title::new(format!("写不了：{error}"), format!("cannot be written: {error}")))
        })?;

        let asked_before = before.as_ref().map_or(&[][..], |before| &before.asks);
        let missing_in =
            |of: &[String], other: &[String]| of.iter().filter(|ask| !other.contains(ask)).cloned().collect::<Vec<_>>();
        Ok(Change {
            asks_more: missing_in(&pin.asks, asked_before),
            asks_no_more: missing_in(asked_before, &pin.asks),
            now: pin,
            before,
        })
    }
}
