//! `hongling.toml`: read and resolved among the other files of a district folder.

use std::path::Path;

use plugin_api::Title;

use crate::district;

/// Reads it; what is wrong is told with its place.
pub fn run(data: &[u8]) {
    match district::load(Path::new("/district"), data) {
        Ok(config) => {
            assert!(config.open.get() < config.desks.len(), "the desk that reports go to is one of the config");
            for route in config.routes.iter() {
                assert!(route.to.get() < config.desks.len(), "a route leads to a desk of the config");
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "a config that does not hold says why");
            for problem in &problems {
                let text = problem.render(|words: &Title| words.en.as_str());
                let is_plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
                assert!(text.chars().all(is_plain), "a problem is told in plain characters: {text:?}");
            }
        }
    }
}

/// Whether it is a config without a problem.
pub fn holds(data: &[u8]) -> bool {
    district::load(Path::new("/district"), data).is_ok()
}
