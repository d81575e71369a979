//! The conformance kit: whether a library keeps the contract, tried before anybody trusts it.
//!
//! Each [`Part`] runs in a process of its own, so that a library which dies, hangs or spoils its process
//! costs that part and nothing else; here it is only inspected. Knows nothing of districts: matters,
//! tables and answers are made up from the library's own manifest.

mod part;
mod child;
mod sample;
mod answers;
mod bench;
mod judge;
mod sense;
mod parts;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use plugin_api::Title;
use serde::Serialize;

use crate::plugins::{Candidate, LibraryError};

pub use child::{TRY_COMMAND, try_part};
pub use part::{Part, State};

use child::Order;
use part::Tried;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The file.
    pub file: String,
    /// Name of the plugin.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Hash of its bytes.
    pub sha256: String,
    /// How many parts are wanting.
    pub wanting: usize,
    /// Each part.
    pub parts: Vec<PartReport>,
}

/// One part of the report.
#[derive(Debug, Serialize)]
pub struct PartReport {
    /// Which.
    pub part: Part,
    /// What it holds a library to.
    pub title: Title,
    /// How it stands.
    pub state: State,
    /// How often the library was called.
    pub calls: u64,
    /// What is wanting.
    pub findings: Vec<Title>,
    /// What an author may want to know and what is no fault.
    pub remarks: Vec<Title>,
}

/// Tries a library, part by part, each for so long at most. `program` is what the processes run.
///
/// # Errors
/// The file is no library this host could load; nothing of it ran.
pub fn check(file: &Path, program: &Path, most: Duration) -> Result<Report, LibraryError> {
    let scratch = Scratch::new();
    let candidate = Candidate::keep(file, &scratch.0)?;
    let order = |part| Order { folder: scratch.0.clone(), hash: candidate.hash(), part };
    let mut parts = Vec::new();
    let mut first: Option<Tried> = None;
    for part in Part::ALL {
        let tried = match &first {
            // What does not open cannot be called either.
            Some(first) if !first.opened => Tried::skipped(),
            Some(first) if part == Part::Processes => same_again(first, child::run(program, &order(part), most)),
            _ => child::run(program, &order(part), most),
        };
        parts.push(PartReport {
            part,
            title: part.title(),
            state: tried.state(),
            calls: tried.calls,
            findings: tried.findings.clone(),
            remarks: tried.remarks.clone(),
        });
        if part == Part::Manifest {
            first = Some(tried);
        }
    }
    let inspection = &candidate.inspection;
    Ok(Report {
        file: candidate.file.clone(),
        name: inspection.name.clone(),
        version: inspection.version.clone(),
        sha256: inspection.sha256.to_string(),
        wanting: parts.iter().filter(|part| part.state == State::Wanting).count(),
        parts,
    })
}

/// Two processes that did the same must have been answered the same.
fn same_again(first: &Tried, mut second: Tried) -> Tried {
    for (label, answer) in &first.answers {
        if let Some((_, other)) = second.answers.iter().find(|(other, answer2)| other == label && answer2 != answer) {
            second.findings.push(judge::differs(
                label,
                answer,
                other,
                &Title::new("另一个进程里", "in another process"),
            ));
        }
    }
    judge::shorten(&mut second.findings);
    second
}

/// A folder for the copy, gone when the check ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Scratch {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        Scratch(std::env::temp_dir().join(format!("hongling-check-{}-{number}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Made only once the library was found to be one.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
