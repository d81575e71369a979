//! What others can check about the journal: its newest seal to keep, every row verified, all of it
//! written out for somebody who has no Hongling.
//!
//! Reads a store and changes nothing; needs neither config nor libraries, so it also works where
//! those are broken. Knows nothing of what the rows mean, save which of them erased words.

pub mod kept;
pub mod verify;
pub mod export;
pub mod files;
pub mod whole;

use plugin_api::Title;
use serde::Serialize;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Misfit {
    /// The row of the journal, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The matter, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matter: Option<u64>,
    /// The event's topic or the input's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is wrong.
    pub what: Title,
}

impl Misfit {
    /// About the store as a whole.
    pub fn of_store(what: Title) -> Misfit {
        Misfit { seq: None, matter: None, name: None, what }
    }
}
