//! The two keys that must be known before a config resolves: where the data lies, and where
//! libraries do.
//!
//! Libraries give the manifests a config is resolved with, and `plugin trust` must work while the
//! config does not resolve for want of a library. Wrong values are reported by the loader.

use std::path::{Path, PathBuf};

use super::raw::MAIN_FILE;

fn read(folder: &Path) -> toml::Table {
    let text = std::fs::read_to_string(folder.join(MAIN_FILE)).unwrap_or_default();
    text.trim_start_matches('\u{feff}').parse().unwrap_or_default()
}

/// The data folder of a district folder.
pub fn data_folder(folder: &Path) -> PathBuf {
    let table = read(folder);
    folder.join(table.get("data").and_then(toml::Value::as_str).unwrap_or("data"))
}

/// The plugin folders of a district folder.
pub fn plugin_folders(folder: &Path) -> Vec<PathBuf> {
    let table = read(folder);
    let names = table.get("plugins").and_then(toml::Value::as_array);
    names.into_iter().flatten().filter_map(toml::Value::as_str).map(|name| folder.join(name)).collect()
}
