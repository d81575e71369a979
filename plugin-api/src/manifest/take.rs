//! Topics that a desk takes.

use serde::Deserialize;

use super::Manifest;
use crate::Title;
use crate::field::Fields;

/// A topic the desk takes: `[[take]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    /// The topic.
    pub topic: String,
    /// What it is about. One that is about the desk comes by a schedule of the district, with no matter, and
    /// is never routed or watched.
    #[serde(default)]
    pub on: TakeOn,
    /// What the office calls it; given where it is about the desk, for no desk says it then.
    pub title: Option<Title>,
    /// The data fields it needs; a topic that is said without them, or a schedule that brings it without
    /// them, is found by `check`.
    #[serde(default)]
    pub data: Fields,
}

/// What a topic is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TakeOn {
    /// A matter.
    #[default]
    Matter,
    /// The desk itself.
    Desk,
}

impl Take {
    /// Whether it is about the desk itself.
    pub fn is_on_desk(&self) -> bool {
        self.on == TakeOn::Desk
    }
}

impl Manifest {
    /// The topic of this name, if the desk takes it.
    pub fn take(&self, topic: &str) -> Option<&Take> {
        self.take.iter().find(|take| take.topic == topic)
    }

    pub(super) fn check_takes(&self, problems: &mut Vec<String>) {
        for take in &self.take {
            if take.is_on_desk() != take.title.is_some() {
                let text = if take.is_on_desk() { "is about the desk and has no title" } else { "has a title" };
                let why = "it is called what the desk that says it calls it, or, where it is on the desk, by its title";
                problems.push(format!("topic {:?} {text}: {why}", take.topic));
            }
            super::check::check_defaults(&take.data, &format!("topic {:?}", take.topic), problems);
        }
    }
}
