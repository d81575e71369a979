//! `plugin.toml`, as it stands in a library's link section.

use hongling::plugins::parse_manifest;
use plugin_api::Title;

/// Reads it with the host's limits and checks it against itself.
pub fn run(data: &[u8]) {
    match parse_manifest(data) {
        Ok(manifest) => {
            assert!(manifest.problems().is_empty(), "a manifest that is read fits itself");
            let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
            assert!(manifest.title.zh.chars().all(is_plain), "a title is plain text");
            // What everybody asks of a manifest, for each name it has.
            for action in &manifest.action {
                assert!(manifest.action(&action.name).is_some(), "an action is found by its name");
            }
            for kind in &manifest.kind {
                assert!(kind.entry().is_some(), "a kind has an entry stage");
            }
            manifest.clock_calls().for_each(drop);
        }
        Err(reason) => check_reason(&reason),
    }
}

/// What a person reads is one line that says what to do.
pub(crate) fn check_reason(reason: &Title) {
    for text in [&reason.zh, &reason.en] {
        assert!(!text.is_empty() && !text.chars().any(char::is_control), "a reason is one line: {text:?}");
        assert!(text.contains([';', '；']), "a reason says what to do: {text:?}");
        assert!(text.chars().count() < 3_000, "a reason is short: {} characters", text.chars().count());
    }
}
