//! The cases of the station desk, and its manifest against its code.

use station::Station;

const MANIFEST: &str = include_str!("../plugin.toml");

#[test]
fn cases() {
    plugin_api::testing::run_cases::<Station>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
}

#[test]
fn manifest() {
    plugin_api::testing::check_manifest::<Station>(MANIFEST);
}
