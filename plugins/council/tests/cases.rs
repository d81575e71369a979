//! The cases of the council desk, and its manifest against its code.

use council::Council;

const MANIFEST: &str = include_str!("../plugin.toml");

#[test]
fn cases() {
    plugin_api::testing::run_cases::<Council>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
}

#[test]
fn manifest() {
    plugin_api::testing::check_manifest::<Council>(MANIFEST);
}
