//! The desks of the guide do what it says they do.

use plugin_api::Plugin;
use plugin_api::testing::{check_manifest, run_cases};

#[path = "../guide/clocks/lib.rs"]
mod clocks;
#[path = "../guide/delivering/lib.rs"]
mod delivering;
#[path = "../guide/forms/lib.rs"]
mod forms;
#[path = "../guide/imports/lib.rs"]
mod imports;
#[path = "../guide/jobs/lib.rs"]
mod jobs;
#[path = "../guide/views/lib.rs"]
mod views;

fn check<P: Plugin>(page: &str) {
    let folder = format!("{}/guide/{page}", env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(format!("{folder}/plugin.toml")).expect("each page has a manifest");
    check_manifest::<P>(&manifest);
    run_cases::<P>(&manifest, folder);
}

#[test]
fn actions_and_forms() {
    check::<forms::Outlays>("forms");
}

#[test]
fn clocks() {
    check::<clocks::Permits>("clocks");
}

#[test]
fn views() {
    check::<views::Overview>("views");
}

#[test]
fn imports() {
    check::<imports::Meters>("imports");
}

#[test]
fn jobs() {
    check::<jobs::Survey>("jobs");
}

#[test]
fn delivering() {
    check::<delivering::Gateway>("delivering");
}
