//! Trust given: which bytes may run in the host's own process from now on.

use std::path::PathBuf;

use jiff::Timestamp;
use plugin_api::Title;

use super::look::read_same;
use super::{Shelf, missing_reason};
use crate::plugins::LibraryError;
use crate::plugins::ingest::{self, Digest};
use crate::plugins::inspect::{self, Inspection};
use crate::plugins::trust::{Change, Lock, Pin, Trust};

/// Who gives trust, and when.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Option<&'a str>,
}

impl Shelf {
    /// Pins what lies in the plugin folders under a name, so that it may run, and keeps its bytes.
    ///
    /// # Errors
    /// Nothing of that name lies there, it is not sound, or the lock cannot be written.
    pub fn trust(&mut self, name: &str, folders: &[PathBuf], given: Given<'_>) -> Result<Change, LibraryError> {
        for folder in folders {
            self.look_through(folder);
        }
        let dropped = self.dropped(name);
        let waiting = dropped.iter().find(|&&at| self.looks[at].entry.trust == Trust::Waiting);
        let Some(&at) = waiting.or(dropped.first()) else {
            let reason = match self.find_installed(name) {
                Some(_) => Title::new(
                    "它不在插件目录里，而是随程序安装的，本来就受信任",
                    "it is not in a plugin folder but part of the installation, which is trusted as it is",
                ),
                None => missing_reason(name, &self.folders),
            };
            return Err(LibraryError::Missing { name: name.into(), reason });
        };
        let inspection = self.looks[at].sound()?;
        let file = read_same(&self.looks[at].entry.path, inspection.sha256)?;
        ingest::keep(&file, &self.homes.data)?;
        self.pin(&inspection, given)
    }

    /// Pins bytes that ran here before and were kept, whatever lies in the plugin folders now.
    ///
    /// # Errors
    /// There are none of that hash, they are no library of that name, or the lock cannot be written.
    pub fn trust_kept(&mut self, name: &str, sha256: Digest, given: Given<'_>) -> Result<Change, LibraryError> {
        let (kept, file) = ingest::find_kept(&self.homes.data, sha256).ok_or_else(|| {
            let reason = Title::new(
                "没有这份副本，或已损坏；请核对 sha256",
                "there is no such copy, or it is damaged; check the sha256",
            );
            LibraryError::machine(&ingest::kept_path(&self.homes.data, sha256), reason)
        })?;
        let inspection = inspect::inspect(&file).map_err(|reason| LibraryError::unsound(kept.path(), reason))?;
        if inspection.name != name {
            let reason = Title::new(
                format!("这份副本是 {}，不是 {name}", inspection.name),
                format!("this copy is {}, not {name}", inspection.name),
            );
            return Err(LibraryError::unsound(kept.path(), reason));
        }
        self.pin(&inspection, given)
    }

    fn pin(&mut self, inspection: &Inspection, given: Given<'_>) -> Result<Change, LibraryError> {
        // Somebody else may have trusted another library since this shelf was made.
        self.lock = Lock::read(&self.homes.district)?;
        let pin = Pin {
            name: inspection.name.clone(),
            version: inspection.version.clone(),
            sha256: inspection.sha256,
            trusted_at: given.at,
            trusted_by: given.by.map(str::to_owned),
            asks: inspection.manifest.asks.clone(),
        };
        let change = self.lock.pin(pin, &self.homes.district)?;
        self.start_anew();
        Ok(change)
    }
}
