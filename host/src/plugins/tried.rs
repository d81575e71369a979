//! A library that nobody trusts yet and that is to be tried: kept as a private copy here, loaded in
//! another process that is for nothing else.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ingest::{self, Digest};
use super::inspect::{self, Inspection};
use super::library::Library;
use super::trust::{Trust, Trusted};
use super::worker::shut_trial;
use super::{LibraryError, shown};

/// What is to be tried: which file, and what it is.
pub struct Candidate {
    /// The file, as one line.
    pub file: String,
    /// What it is, read from its bytes.
    pub inspection: Inspection,
}

impl Candidate {
    /// Reads, inspects and keeps a file in a folder of its own; nothing of it runs.
    ///
    /// # Errors
    /// The file cannot be read or kept, or is no library this host could load.
    pub fn keep(file: &Path, folder: &Path) -> Result<Candidate, LibraryError> {
        let bytes = ingest::read(file)?;
        let inspection = inspect::inspect(&bytes).map_err(|reason| LibraryError::unsound(file, reason))?;
        ingest::keep(&bytes, folder)?;
        Ok(Candidate { file: shown(file), inspection })
    }

    /// What the other process is told of it.
    pub fn hash(&self) -> CandidateHash {
        CandidateHash(self.inspection.sha256)
    }
}

/// A kept copy, by its hash.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CandidateHash(Digest);

/// Loads a copy that was kept. Its constructors run now, and it stays loaded: for a process that ends
/// when it has been tried.
///
/// # Errors
/// The copy is gone, or is not to be loaded.
pub fn load_candidate(
    folder: &Path,
    hash: CandidateHash,
    output_bytes_max: usize,
) -> Result<Arc<Library>, LibraryError> {
    let gone = || {
        let why = plugin_api::Title::new("副本不见了；请再试", "its copy is gone; try again");
        LibraryError::machine(folder, why)
    };
    let (kept, file) = ingest::find_kept(folder, hash.0).ok_or_else(gone)?;
    let path = kept.path().to_path_buf();
    let unsound = |reason| LibraryError::unsound(&path, reason);
    let inspection = inspect::inspect(&file).map_err(unsound)?;
    shut_trial(&path).map_err(|why| {
        let words = plugin_api::Title::new(
            format!("本机内核不提供沙箱（{why}），所以没有试"),
            format!("this kernel gives no sandbox ({why}), so it is not tried"),
        );
        LibraryError::machine(&path, words)
    })?;
    // Whoever asks for the check says that it may run, in this process and for this alone.
    let trusted = Trusted::admit(kept, Arc::new(inspection), Trust::Pinned).ok_or_else(gone)?;
    Library::load(&trusted, output_bytes_max).map(Arc::new).map_err(unsound)
}
