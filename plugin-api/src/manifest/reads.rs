//! A desk's collections, and those of other desks that it reads.

use serde::Deserialize;

use super::{Collection, Manifest};
use crate::Title;
use crate::field::{FieldKind, Fields};

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

/// What is wrong with the collections of a manifest, their names apart.
pub(super) fn problems(manifest: &Manifest) -> Vec<String> {
    let mut problems = Vec::new();
    for Collection { name, fields, at, public, .. } in &manifest.collection {
        let Some(at) = at else { continue };
        let is_somewhere = fields.get(at).is_some_and(|field| {
            let kind = &field.kind;
            let fits =
                matches!(kind, FieldKind::Place { .. } | FieldKind::Person | FieldKind::Unit | FieldKind::Contact);
            fits && !field.many
        });
        if !is_somewhere {
            problems.push(format!(
                "collection {name:?}: `at` is {at:?}, which is no single place, person, unit or contact field of it"
            ));
        }
        if *public {
            problems.push(format!("collection {name:?} is public, so `at` says nothing"));
        }
    }
    problems
}
