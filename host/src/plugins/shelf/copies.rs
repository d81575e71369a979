//! A shelf of private copies: the libraries that were in force once, whatever lies in the folders now.
//!
//! Always holds: only what was trusted is ever kept as a copy, so what ran once may run again, also
//! when nobody would trust it any more; its bytes are still those of its hash.

use std::collections::BTreeMap;
use std::path::Path;

use plugin_api::Title;

use super::look::Look;
use super::{Homes, Shelf};
use crate::plugins::LibraryError;
use crate::plugins::ingest::{self, Digest, kept_path};
use crate::plugins::inspect;
use crate::plugins::trust::{Lock, Trust};

impl Shelf {
    /// A shelf of nothing but copies of a data folder, named by the hash of each desk's library.
    ///
    /// # Errors
    /// With the first copy that is not there, not whole, or no library for this host.
    pub fn of_copies(
        data: &Path,
        libraries: &BTreeMap<String, String>,
        output_bytes_max: usize,
    ) -> Result<Shelf, LibraryError> {
        let homes = Homes { district: data.to_owned(), data: data.to_owned(), installation: Vec::new() };
        let mut shelf = Shelf::empty(homes, output_bytes_max, Lock::default());
        for (desk, sha256) in libraries {
            let look = find_copy(data, desk, sha256)?;
            let at = shelf.looks.len();
            shelf.chosen.insert(look.sound()?.name.clone(), at);
            shelf.looks.push(look);
        }
        Ok(shelf)
    }
}

fn find_copy(data: &Path, desk: &str, sha256: &str) -> Result<Look, LibraryError> {
    let sha256: Digest = sha256.parse().map_err(|reason: String| {
        LibraryError::machine(
            data,
            Title::new(format!("业务台“{desk}”的库：{reason}"), format!("library of desk {desk:?}: {reason}")),
        )
    })?;
    let (kept, file) = ingest::find_kept(data, sha256).ok_or_else(|| {
        let reason = Title::new(
            format!("业务台“{desk}”当时用的库的副本不在了或已损坏；请从数据目录的其他副本中把这个文件放回"),
            format!(
                "the copy of the library that desk {desk:?} had is gone or not whole; put this file back from another \
                 copy of the data folder"
            ),
        );
        LibraryError::machine(&kept_path(data, sha256), reason)
    })?;
    Ok(Look::of(kept.path(), inspect::inspect(&file), &file, |_| Trust::Pinned))
}
