//! The desk that the crate's front page shows does what it says there.

use toolbox::Toolbox;

#[path = "../tutorial/lib.rs"]
mod toolbox;

const MANIFEST: &str = include_str!("../tutorial/plugin.toml");

#[test]
fn cases() {
    plugin_api::testing::run_cases::<Toolbox>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/tutorial"));
}

#[test]
fn manifest() {
    plugin_api::testing::check_manifest::<Toolbox>(MANIFEST);
}
