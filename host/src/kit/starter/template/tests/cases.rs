//! The desk's cases, and its manifest held against its code.

use plugin_api::testing::{check_manifest, run_cases};

use fresh_desk::FreshDesk;

const MANIFEST: &str = include_str!("../plugin.toml");

#[test]
fn cases_come_out_as_written() {
    run_cases::<FreshDesk>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
}

#[test]
fn the_manifest_fits_the_code() {
    check_manifest::<FreshDesk>(MANIFEST);
}
