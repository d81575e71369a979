//! The read model held against the store it comes from: every list, order, page, right and figure is
//! computed once more, plainly, from what the store has (I11, I12).

mod dice;
mod model;
mod flow;
mod search;
mod kept;

use std::sync::Arc;

use hongling::config::Config;
use hongling::index::Index;

use crate::story::Story;

/// The config of a told district.
fn config(story: &mut Story) -> Arc<Config> {
    Arc::clone(&story.running().unwrap().district.config)
}

/// The index of a district that nobody follows, caught up.
fn index(story: &mut Story) -> (Arc<Config>, Index) {
    let config = config(story);
    let index = Index::open(&config).unwrap();
    (config, index)
}
