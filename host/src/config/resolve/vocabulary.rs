//! The words all desks of the district use together: topics, labels and kinds.

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_api::Manifest;
use plugin_api::field::{Field, FieldKind};

use super::super::problem::{Remarks, quoted};
use super::super::raw::RawDesk;
use super::super::source::{Located, Sources, Spot};
use crate::routes::DeskIx;

/// The desks and what their manifests say.
pub(super) struct Vocabulary<'m> {
    desks: Vec<(&'m RawDesk, Option<&'m Manifest>)>,
    /// Every manifest is known, so a word that is in none is wrong.
    pub(super) is_complete: bool,
}

impl<'m> Vocabulary<'m> {
    /// Also remarks where two desks use one word for two things.
    pub(super) fn new(
        desks: &'m [RawDesk],
        manifests: &'m [Option<Arc<Manifest>>],
        sources: &Sources,
        remarks: &mut Remarks,
    ) -> Vocabulary<'m> {
        let desks: Vec<_> = desks.iter().zip(manifests.iter().map(Option::as_deref)).collect();
        let is_complete = desks.iter().all(|(_, manifest)| manifest.is_some());
        let vocabulary = Vocabulary { desks, is_complete };
        vocabulary.check_labels(sources, remarks);
        vocabulary.check_prefixes(sources, remarks);
        vocabulary
    }

    /// A desk by its name; remarks if there is none.
    pub(super) fn desk(&self, name: &Located<String>, remarks: &mut Remarks) -> Option<DeskIx> {
        let at = self.desks.iter().position(|(desk, _)| desk.name.value == name.value);
        if at.is_none() {
            let known = self.desks.iter().map(|(desk, _)| desk.name.value.as_str());
            remarks.error(name.spot, format!("unknown desk {}", quoted(&name.value))).suggest(&name.value, known);
        }
        Some(DeskIx(u16::try_from(at?).ok()?))
    }

    pub(super) fn name(&self, desk: DeskIx) -> &'m str {
        &self.desks[desk.get()].0.name.value
    }

    pub(super) fn manifest(&self, desk: DeskIx) -> Option<&'m Manifest> {
        self.desks[desk.get()].1
    }

    /// Where a problem of the desk as a whole is shown.
    pub(super) fn spot(&self, desk: DeskIx) -> Spot {
        spot_of(self.desks[desk.get()].0)
    }

    /// Desks whose manifests are known.
    pub(super) fn known(&self) -> impl Iterator<Item = (DeskIx, &'m Manifest)> {
        (0..).map(DeskIx).zip(&self.desks).filter_map(|(ix, (_, manifest))| Some((ix, (*manifest)?)))
    }

    /// Desks that say a topic.
    pub(super) fn sayers(&self, topic: &str) -> Vec<DeskIx> {
        self.known().filter(|(_, manifest)| manifest.say(topic).is_some()).map(|(ix, _)| ix).collect()
    }

    /// Topics that any desk says.
    pub(super) fn topics(&self) -> Vec<&'m str> {
        sorted(self.known().flat_map(|(_, manifest)| &manifest.say).map(|say| say.topic.as_str()))
    }

    /// A label, as the first desk that has it declares it.
    pub(super) fn label(&self, name: &str) -> Option<&'m Field> {
        self.known().find_map(|(_, manifest)| manifest.label.get(name))
    }

    pub(super) fn labels(&self) -> Vec<&'m str> {
        sorted(self.known().flat_map(|(_, manifest)| manifest.label.iter()).map(|(name, _)| name))
    }

    pub(super) fn kinds(&self) -> Vec<&'m str> {
        sorted(self.known().flat_map(|(_, manifest)| &manifest.kind).map(|kind| kind.name.as_str()))
    }

    fn check_labels(&self, sources: &Sources, remarks: &mut Remarks) {
        let mut first: BTreeMap<&str, (DeskIx, &Field)> = BTreeMap::new();
        for (desk, manifest) in self.known() {
            for (name, field) in manifest.label.iter() {
                let (other, declared) = *first.entry(name).or_insert((desk, field));
                if !is_same_kind(&declared.kind, &field.kind) {
                    let here = format!("label {name:?} is {} in desk {:?}", describe(&field.kind), self.name(desk));
                    let there = format!("{} in desk {:?}", describe(&declared.kind), self.name(other));
                    let place = sources.place_of(self.spot(other));
                    remarks.error(self.spot(desk), format!("{here}, but {there} ({place})"));
                }
            }
        }
    }

    fn check_prefixes(&self, sources: &Sources, remarks: &mut Remarks) {
        let mut first: Vec<(&str, &str, DeskIx)> = Vec::new();
        for (desk, manifest) in self.known() {
            for kind in &manifest.kind {
                let Some(prefix) = &kind.prefix else { continue };
                let clash = first.iter().find(|(name, other, _)| (*name == kind.name) != (*other == prefix.as_str()));
                if let Some((name, other, opener)) = clash {
                    let (here, there) = (self.name(desk), self.name(*opener));
                    let place = sources.place_of(self.spot(*opener));
                    let text = if *name == kind.name {
                        format!(
                            "kind {name:?} has the prefix {prefix:?} in desk {here:?}, but {other:?} in desk {there:?}"
                        )
                    } else {
                        let kind = &kind.name;
                        format!(
                            "the prefix {prefix:?} is of kind {kind:?} in desk {here:?}, but of {name:?} in desk {there:?}"
                        )
                    };
                    remarks.error(self.spot(desk), format!("{text} ({place})"));
                }
                first.push((&kind.name, prefix, desk));
            }
        }
    }
}

/// Where a problem of the desk as a whole is shown: at its library, or at its header.
pub(super) fn spot_of(desk: &RawDesk) -> Spot {
    desk.library.as_ref().map_or(desk.name.spot, |library| library.spot)
}

fn sorted<'m>(words: impl Iterator<Item = &'m str>) -> Vec<&'m str> {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether values of one kind are values of the other; titles do not matter.
pub(super) fn is_same_kind(a: &FieldKind, b: &FieldKind) -> bool {
    match (a, b) {
        (FieldKind::Choice(a), FieldKind::Choice(b)) => {
            sorted(a.iter().map(|choice| choice.name.as_str())) == sorted(b.iter().map(|choice| choice.name.as_str()))
        }
        (FieldKind::Text | FieldKind::LongText, FieldKind::Text | FieldKind::LongText) => true,
        (FieldKind::Place { .. }, FieldKind::Place { .. }) => true,
        (FieldKind::Rows { .. }, FieldKind::Rows { .. }) => true,
        (a, b) => a == b,
    }
}

/// A kind of field, for people.
pub(super) fn describe(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text | FieldKind::LongText => "text".into(),
        FieldKind::Integer => "a whole number".into(),
        FieldKind::Decimal { places } => format!("a decimal of {places} places"),
        FieldKind::Money => "money".into(),
        FieldKind::Area => "an area".into(),
        FieldKind::Bool => "true or false".into(),
        FieldKind::Date => "a date".into(),
        FieldKind::Time => "a time of day".into(),
        FieldKind::Moment => "an instant".into(),
        FieldKind::Period => "a month".into(),
        FieldKind::Duration => "a span of time".into(),
        FieldKind::Budget => "a budget of time".into(),
        FieldKind::Choice(values) => {
            let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
            format!("one of {}", names.join(", "))
        }
        FieldKind::Code { list } => format!("a code of the list {list:?}"),
        FieldKind::Place { .. } => "a place".into(),
        FieldKind::Point => "a point".into(),
        FieldKind::Person => "a person".into(),
        FieldKind::Unit => "a unit".into(),
        FieldKind::Role => "a role".into(),
        FieldKind::Level => "a level of places".into(),
        FieldKind::Contact => "a contact".into(),
        FieldKind::Matter => "a matter".into(),
        FieldKind::Record { of } => format!("a record of {of:?}"),
        FieldKind::Rows { .. } => "rows".into(),
        FieldKind::Secret => "a secret".into(),
    }
}
