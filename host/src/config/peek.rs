//! What must be known before a config resolves: where the data lies, where libraries do, and whose
//! they are.
//!
//! Libraries give the manifests a config is resolved with, and `plugin trust` must work while the
//! config does not resolve for want of a library. Wrong values are reported by the loader.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use plugin_api::Title;

use super::raw::MAIN_FILE;
use super::resolve::ZONE;

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

/// The district's name and time zone, so that seals and backups of a broken config say whose they are.
pub fn name_and_zone(folder: &Path) -> (Title, TimeZone) {
    let table = read(folder);
    let word = |table: &str, key: &str, all: &toml::Table| -> Option<String> {
        Some(all.get(table)?.as_table()?.get(key)?.as_str()?.to_owned())
    };
    let name = Title {
        zh: word("name", "zh", &table).unwrap_or_default(),
        en: word("name", "en", &table).unwrap_or_default(),
    };
    let zone = word("calendar", "zone", &table).and_then(|zone| TimeZone::get(&zone).ok());
    (name, zone.or_else(|| TimeZone::get(ZONE).ok()).unwrap_or(TimeZone::UTC))
}
