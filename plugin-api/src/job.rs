//! Jobs: long work that only reads, beside the engine.
//!
//! A step starts one with [`Effects::work`]; when it is done the desk is called by `job.<name>`. A job
//! is kept until then: it is run again after a restart, tried again when it fails, and parked at last,
//! as a step is.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::effect::{Effects, raw_object};
use crate::{Effect, MatterId};

/// A job, as [`Plugin::work`](crate::Plugin::work) gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// Its name, one of the manifest's.
    pub name: String,
    /// What it was started with.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// The matter it was started for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<MatterId>,
    /// Instant of the step that started it. Never read a clock of your own.
    pub now: Timestamp,
    /// The district's day at that instant.
    pub today: Date,
    /// Name of this desk in the district's config, for log lines.
    pub desk: String,
    /// Which try it is, from 1.
    pub attempt: u32,
}

impl Effects {
    /// Start a job, with a struct or map of its params, or `&()` for none. What it comes to is told on
    /// the matter that is meant, if that has not been handed over meanwhile, else on the desk.
    pub fn work(self, name: impl Into<String>, params: &impl Serialize) -> Effects {
        let on = self.target();
        self.push(Effect::Work { on, name: name.into(), params: raw_object(params) })
    }
}
