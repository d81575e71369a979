//! Jobs that a desk starts.

use serde::Deserialize;

use super::Manifest;
use crate::Title;
use crate::field::Fields;

/// A job: `[[job]]`. When it is done the desk is called by `job.<name>`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Title,
    /// What it is started with.
    #[serde(default)]
    pub params: Fields,
    /// What it comes to: an object of these fields. Without it, any JSON, which nobody checks.
    pub result: Option<Fields>,
}

impl Manifest {
    /// The job of this name.
    pub fn job(&self, name: &str) -> Option<&JobSpec> {
        self.job.iter().find(|job| job.name == name)
    }
}
