//! The cases of the bookkeeping desk, and its manifest against its code.

use bookkeeping::Bookkeeping;

const MANIFEST: &str = include_str!("../plugin.toml");

#[test]
fn cases() {
    plugin_api::testing::run_cases::<Bookkeeping>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
}

#[test]
fn manifest() {
    plugin_api::testing::check_manifest::<Bookkeeping>(MANIFEST);
}
