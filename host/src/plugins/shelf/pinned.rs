//! What a shelf tells of trust, whatever was looked at so far.

use std::path::Path;

use super::Shelf;
use crate::plugins::trust::Pin;

impl Shelf {
    /// What `plugins.lock` pins.
    pub fn pins(&self) -> &[Pin] {
        self.lock.pins()
    }

    /// Whether a file lies in a folder of the installation.
    pub fn is_installed(&self, file: &Path) -> bool {
        let folder = file.canonicalize().ok().and_then(|file| file.parent().map(Path::to_owned));
        let mut homes = self.homes.installation.iter().filter_map(|home| home.canonicalize().ok());
        folder.is_some_and(|folder| homes.any(|home| home == folder))
    }
}
