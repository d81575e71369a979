//! [`check_manifest`]: `plugin.toml` held against the code.

use serde_json::{Map, Value, json};

use super::case::parse_manifest;
use crate::field::{Field, Fields};
use crate::{Manifest, Plugin};

/// Checks that a manifest fits itself and its desk: every action, taken topic, clock and job parses into
/// the desk's `Input`, filled in fully and with only what is required; likewise the settings.
///
/// # Panics
/// When one does not, naming each.
pub fn check_manifest<P: Plugin>(manifest_toml: &str) {
    let problems = find_problems::<P>(&parse_manifest(manifest_toml));
    assert!(problems.is_empty(), "plugin.toml:\n{}", problems.join("\n"));
}

pub(super) fn find_problems<P: Plugin>(manifest: &Manifest) -> Vec<String> {
    let mut problems = manifest.problems();
    let mut check = |what: &str, name: &str, data: &Map<String, Value>| {
        // As text, because that is how it comes over the border.
        let input = json!({ "name": name, "data": data }).to_string();
        if let Err(error) = serde_json::from_str::<P::Input>(&input) {
            problems.push(format!("{what} {name:?} does not fit Input: {error}: {input}"));
        }
    };
    for action in &manifest.action {
        for data in samples(&action.fields) {
            check("action", &action.name, &data);
        }
    }
    for take in &manifest.take {
        for data in samples(&take.data) {
            check("topic", &take.topic, &data);
        }
    }
    for call in manifest.clock_calls() {
        check("clock", &call, &Map::new());
    }
    for job in &manifest.job {
        for data in job.result.iter().flat_map(samples) {
            check("job", &format!("job.{}", job.name), &data);
        }
    }
    for notice in manifest.notice.iter().filter(|notice| notice.receipt) {
        let returned =
            json!({ "notice": 1, "person": "sample", "outlet": "sample", "delivered": true, "id": "sample" });
        check("receipt", &format!("receipt.{}", notice.name), returned.as_object().unwrap_or(&Map::new()));
    }
    for settings in samples(&manifest.setting) {
        let settings = Value::Object(settings).to_string();
        if let Err(error) = serde_json::from_str::<P::Settings>(&settings) {
            problems.push(format!("settings do not fit Settings: {error}: {settings}"));
        }
    }
    problems
}

/// All fields filled in, and only those that are always there.
fn samples(fields: &Fields) -> [Map<String, Value>; 2] {
    let sample = |is_wanted: &dyn Fn(&Field) -> bool| {
        let wanted = fields.iter().filter(|(_, field)| is_wanted(field));
        wanted.map(|(name, field)| (name.to_owned(), field.sample())).collect()
    };
    let is_always = |field: &Field| (field.required || field.default.is_some()) && field.when.is_empty();
    [sample(&|_| true), sample(&is_always)]
}
