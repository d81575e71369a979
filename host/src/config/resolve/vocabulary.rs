//! The words all desks of the district use together: topics, labels and kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plugin_api::field::{Field, FieldKind};
use plugin_api::{Manifest, Title};

use super::super::problem::{Remarks, named, quoted};
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
            remarks
                .error(
                    name.spot,
                    format!("没有业务台{}", named(&name.value)),
                    format!("unknown desk {}", quoted(&name.value)),
                )
                .suggest(&name.value, known);
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

    /// The labels that take no free text.
    pub(super) fn coded_labels(&self) -> BTreeSet<String> {
        let all = self.known().flat_map(|(_, manifest)| manifest.label.iter());
        all.filter(|(_, field)| field.kind != FieldKind::Text).map(|(name, _)| name.to_owned()).collect()
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
                let place = sources.place_of(self.spot(other));
                if !is_same_kind(&declared.kind, &field.kind) {
                    let (here, there) = (describe(&field.kind), describe(&declared.kind));
                    let spot = self.spot(desk);
                    let (desk, other) = (self.name(desk), self.name(other));
                    remarks.error(
                        spot,
                        format!(
                            "标签“{name}”在业务台“{desk}”是{}，在业务台“{other}”是{}（{place}）",
                            here.zh, there.zh
                        ),
                        format!(
                            "label {name:?} is {} in desk {desk:?}, but {} in desk {other:?} ({place})",
                            here.en, there.en
                        ),
                    );
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
                    let (zh, en) = if *name == kind.name {
                        (
                            format!(
                                "事项种类“{name}”的编号字头，业务台“{here}”是“{prefix}”，业务台“{there}”是“{other}”"
                            ),
                            format!(
                                "kind {name:?} has the prefix {prefix:?} in desk {here:?}, but {other:?} in desk {there:?}"
                            ),
                        )
                    } else {
                        let kind = &kind.name;
                        (
                            format!("编号字头“{prefix}”，业务台“{here}”用于“{kind}”，业务台“{there}”用于“{name}”"),
                            format!(
                                "the prefix {prefix:?} is of kind {kind:?} in desk {here:?}, but of {name:?} in desk {there:?}"
                            ),
                        )
                    };
                    remarks.error(self.spot(desk), format!("{zh}（{place}）"), format!("{en} ({place})"));
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
pub(in crate::config) fn describe(kind: &FieldKind) -> Title {
    let (zh, en) = match kind {
        FieldKind::Text | FieldKind::LongText => ("文字", "text"),
        FieldKind::Integer => ("整数", "a whole number"),
        FieldKind::Money => ("金额", "money"),
        FieldKind::Area => ("面积", "an area"),
        FieldKind::Bool => ("真假值（true 或 false）", "true or false"),
        FieldKind::Date => ("日期", "a date"),
        FieldKind::Time => ("钟点", "a time of day"),
        FieldKind::Moment => ("日期时间", "an instant"),
        FieldKind::Period => ("月份", "a month"),
        FieldKind::Duration => ("时长", "a span of time"),
        FieldKind::Budget => ("时限", "a budget of time"),
        FieldKind::Place { .. } => ("区域", "a place"),
        FieldKind::Point => ("经纬度", "a point"),
        FieldKind::Person => ("人员", "a person"),
        FieldKind::Unit => ("单位", "a unit"),
        FieldKind::Role => ("角色", "a role"),
        FieldKind::Level => ("区域层级", "a level of places"),
        FieldKind::Contact => ("联系方式", "a contact"),
        FieldKind::Matter => ("事项", "a matter"),
        FieldKind::File { .. } => ("文件", "a file"),
        FieldKind::Rows { .. } => ("明细", "rows"),
        FieldKind::Secret => ("密钥文件", "a secret"),
        FieldKind::Decimal { places } => {
            return Title::new(format!("{places} 位小数"), format!("a decimal of {places} places"));
        }
        FieldKind::Code { list } => {
            return Title::new(format!("代码表“{list}”的代码"), format!("a code of the list {list:?}"));
        }
        FieldKind::Record { of } => return Title::new(format!("台账“{of}”的记录"), format!("a record of {of:?}")),
        FieldKind::Choice(values) => {
            let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
            return Title::new(format!("{} 之一", names.join("、")), format!("one of {}", names.join(", ")));
        }
    };
    Title::new(zh, en)
}
