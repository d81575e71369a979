//! Libraries of desks: found, looked at without being run, trusted, loaded, called.
//!
//! The [`Shelf`] is what the rest of the host asks: which manifest a name has, and the library
//! itself once it may run. Knows nothing of matters, routes or the store.
//!
//! Always holds: a user's file is never mapped. Its bytes are read once, hashed and inspected; what
//! is loaded is a private copy of those very bytes, named by their hash; and nothing of a library
//! runs before it is trusted, but where its author tries it, in a process for nothing else (`tried`).
//! A loaded library is never unloaded.

mod shelf;
mod trust;
mod ingest;
mod inspect;
mod openness;
mod desk;
mod library;
pub mod worker;
mod isolated;
mod tried;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use plugin_api::{Manifest, Title};

pub use desk::{Desk, Outcome};
pub use ingest::{Digest, FILE_BYTES_MAX};
pub use inspect::{
    Inspection, MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX, MANIFEST_ENTRIES_MAX, MANIFEST_KEY_BYTES_MAX,
    MANIFEST_TEXT_CHARS_MAX, PanicStrategy,
};
pub use isolated::Isolated;
pub use library::{Ask, Library, Reach, strange};
pub use shelf::{Apart, Entry, Given, Homes, Opened, Shelf, installation_folders};
pub use tried::{Candidate, CandidateHash, load_candidate};
pub use trust::{Change, Pin, Trust};

/// Longest text that goes into a message from a file that is not to be believed.
const QUOTE_CHARS_MAX: usize = 300;

/// Why a library is not to be had. Every message is one line: which file, what is wrong, what to
/// do.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum LibraryError {
    /// There is no such file; another name may have been meant.
    Missing {
        /// The name that was asked for.
        name: String,
        /// Where it was looked for and what to do.
        reason: Title,
    },
    /// This machine must be mended: a file cannot be read or written.
    Machine {
        /// The file.
        file: PathBuf,
        /// What is wrong and what to do.
        reason: Title,
    },
    /// The file is not a library that this host loads: it must be built or copied anew.
    Unsound {
        /// The file.
        file: PathBuf,
        /// What is wrong and what to do.
        reason: Title,
    },
    /// The library is sound and waits for somebody to say that it may run.
    Waiting {
        /// The file.
        file: PathBuf,
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
}

impl LibraryError {
    fn machine(file: &Path, reason: Title) -> LibraryError {
        LibraryError::Machine { file: file.into(), reason }
    }

    fn unsound(file: &Path, reason: Title) -> LibraryError {
        LibraryError::Unsound { file: file.into(), reason }
    }

    /// The message.
    pub fn words(&self) -> Title {
        match self {
            LibraryError::Missing { name, reason } => Title::new(
                format!("没有库“{name}”：{}", reason.zh),
                format!("there is no library {name:?}: {}", reason.en),
            ),
            LibraryError::Machine { file, reason } | LibraryError::Unsound { file, reason } => {
                let file = shown(file);
                Title::new(format!("{file}：{}", reason.zh), format!("{file}: {}", reason.en))
            }
            LibraryError::Waiting { file, name, version } => {
                let file = shown(file);
                Title::new(
                    format!(
                        "{file}：{name} {version} 尚未信任，不在主机进程里运行；先看 hongling plugin inspect {file}，再执行 \
                         hongling plugin trust {name}"
                    ),
                    format!(
                        "{file}: {name} {version} is not trusted and does not run in the host's process; see `hongling plugin inspect \
                         {file}`, then `hongling plugin trust {name}`"
                    ),
                )
            }
        }
    }

    /// The message without the file.
    fn reason(&self) -> Title {
        match self {
            LibraryError::Machine { reason, .. } | LibraryError::Unsound { reason, .. } => reason.clone(),
            LibraryError::Missing { .. } | LibraryError::Waiting { .. } => self.words(),
        }
    }
}

/// Inspects one file, of whatever name, without running or keeping anything of it.
///
/// # Errors
/// The file cannot be read, or is no library this host could load.
pub fn inspect(file: &Path) -> Result<Inspection, LibraryError> {
    let bytes = ingest::read(file)?;
    inspect::inspect(&bytes).map_err(|reason| LibraryError::unsound(file, reason))
}

/// Inspects the bytes of a library, without running or keeping anything of it.
///
/// # Errors
/// What is wrong and what to do, in one line.
pub fn inspect_bytes(bytes: Vec<u8>) -> Result<Inspection, Title> {
    inspect::inspect(&ingest::FileBytes::new(bytes))
}

/// Reads a `plugin.toml` with the limits of one that is embedded; zeros at its end are no part of it.
///
/// # Errors
/// What is wrong and what to do, in one line.
pub fn parse_manifest(bytes: &[u8]) -> Result<Manifest, Title> {
    inspect::parse_manifest(bytes)
}

/// File name of a library: `lib<name>.so` with `-` as `_`; none for what is not a name, so that a
/// name from a config never becomes a path elsewhere.
fn file_name(library: &str) -> Option<String> {
    let is_name = !library.is_empty() && library.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    is_name.then(|| format!("lib{}.so", library.replace('-', "_")))
}

/// A path as one line: a newline or an escape code in a file's name must not forge a message.
fn shown(path: &Path) -> String {
    one_line(&path.to_string_lossy())
}

/// A text from outside as one line of bounded length without control characters.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(QUOTE_CHARS_MAX));
    for (i, char) in text.chars().enumerate() {
        if i == QUOTE_CHARS_MAX {
            line.push('…');
            break;
        }
        if char.is_control() {
            // Writing to a `String` cannot fail.
            let _ = write!(line, "{}", char.escape_default());
        } else {
            line.push(char);
        }
    }
    line
}

/// Hashes of the libraries that a district folder lets run; none where its lock does not read, which
/// every start reports.
pub fn pinned(district: &Path) -> Vec<String> {
    let lock = trust::Lock::read(district).unwrap_or_default();
    lock.pinned().map(|hash| hash.to_string()).collect()
}
