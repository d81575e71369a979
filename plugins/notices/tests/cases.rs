//! The cases of the notices desk, and its manifest against its code.

use notices::Notices;

const MANIFEST: &str = include_str!("../plugin.toml");

#[test]
fn cases() {
    plugin_api::testing::run_cases::<Notices>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
}

#[test]
fn manifest() {
    plugin_api::testing::check_manifest::<Notices>(MANIFEST);
}
