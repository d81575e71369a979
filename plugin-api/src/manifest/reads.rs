//! Collections of other desks that a desk reads.

use serde::Deserialize;

use super::{Collection, Manifest};
use crate::Title;
use crate::field::Fields;

/// A shared collection of another desk that this one reads: `[[reads]]`. Which it is, the config says:
/// `reads = { NAME = "desk/collection" }`. Only read: `Put` and `Delete` are for one's own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadSpec {
    /// The desk's word for it, used as the collection in questions.
    pub collection: String,
    /// Its title.
    pub title: Title,
    /// The fields it needs there; a collection without them is found by `check`.
    #[serde(default)]
    pub fields: Fields,
    /// The district may leave it open; then it has no records.
    #[serde(default)]
    pub optional: bool,
}

impl Manifest {
    /// The collection of the desk's own.
    pub fn collection(&self, name: &str) -> Option<&Collection> {
        self.collection.iter().find(|spec| spec.name == name)
    }

    /// What the desk reads under this name.
    pub fn reads(&self, name: &str) -> Option<&ReadSpec> {
        self.reads.iter().find(|spec| spec.collection == name)
    }
}
