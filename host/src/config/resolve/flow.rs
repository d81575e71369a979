//! Routes and watches: who says what, and who takes it.

use plugin_api::field::Field;
use plugin_api::manifest::Take;
use plugin_api::{Manifest, Title};

use super::super::problem::{Remarks, named, quoted};
use super::super::raw::{Raw, RawRoute};
use super::super::source::{Located, Spot};
use super::conditions::Conditions;
use super::look::Look;
use super::vocabulary::{Vocabulary, describe, is_same_kind};
use crate::routes::{Condition, DeskIx, Matcher, Route, Watch};

/// Routes and watches with the places of their ids, in the order of the files.
pub(super) type Flow = (Vec<(Route, Spot)>, Vec<(Watch, Spot)>);

/// Everything that can be resolved; the rest is remarked.
pub(super) fn resolve(raw: &Raw, vocabulary: &Vocabulary<'_>, look: &Look<'_>, remarks: &mut Remarks) -> Flow {
    let checker = Checker { vocabulary, conditions: Conditions { vocabulary, look } };
    let mut routes = Vec::new();
    for route in &raw.routes {
        if let (Some(id), Some(part)) = (&route.id, checker.resolve(route, Use::Route, remarks))
            && let (Some(on), Some(to)) = (part.on.into_iter().next(), part.to.first())
        {
            routes.push((Route { id: id.value.clone(), on, from: part.from, when: part.when, to: *to }, id.spot));
        }
    }
    let mut watches = Vec::new();
    for watch in &raw.watches {
        if let (Some(id), Some(part)) = (&watch.id, checker.resolve(watch, Use::Watch, remarks)) {
            let Part { on, from, when, to } = part;
            watches.push((Watch { id: id.value.clone(), on, from, when, to }, id.spot));
        }
    }
    (routes, watches)
}

/// Whether the matter itself goes, or only the news of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Route,
    Watch,
}

struct Part {
    on: Vec<String>,
    from: Option<DeskIx>,
    when: Vec<Condition>,
    to: Vec<DeskIx>,
}

struct Checker<'c, 'm> {
    vocabulary: &'c Vocabulary<'m>,
    conditions: Conditions<'c, 'm>,
}

impl Checker<'_, '_> {
    fn resolve(&self, raw: &RawRoute, usage: Use, remarks: &mut Remarks) -> Option<Part> {
        let to: Vec<_> = raw.to.iter().map(|name| self.vocabulary.desk(name, remarks)).collect();
        let from = raw.from.as_ref().map(|name| self.vocabulary.desk(name, remarks));
        let when = self.conditions.resolve(&raw.when, remarks);
        // A `from` that nobody knows was remarked; its topics cannot be.
        if from != Some(None) {
            let from = from.flatten();
            for topic in &raw.on {
                let sayers = self.sayers(topic, from, remarks);
                for (name, to) in raw.to.iter().zip(&to) {
                    if let Some(to) = to {
                        self.check_taken(topic, &sayers, (name, *to), remarks);
                        if usage == Use::Route {
                            self.check_kinds(&sayers, (name, *to), &when, remarks);
                        }
                    }
                }
            }
        }
        let to = to.into_iter().collect::<Option<Vec<DeskIx>>>()?;
        let from = match from {
            Some(None) => return None,
            other => other.flatten(),
        };
        // A condition that was left out would make the route look wider than it is.
        let is_whole = when.len() == raw.when.len();
        let on = raw.on.iter().map(|topic| topic.value.clone()).collect();
        is_whole.then_some(Part { on, from, when, to })
    }

    /// The desks that may say a topic here; none if it is unknown, which is remarked.
    fn sayers(&self, topic: &Located<String>, from: Option<DeskIx>, remarks: &mut Remarks) -> Vec<DeskIx> {
        let Some(from) = from else {
            let sayers = self.vocabulary.sayers(&topic.value);
            if sayers.is_empty() && self.vocabulary.is_complete {
                let known = self.vocabulary.topics();
                remarks
                    .error(
                        topic.spot,
                        format!("没有记录类型{}", named(&topic.value)),
                        format!("unknown topic {}", quoted(&topic.value)),
                    )
                    .suggest(&topic.value, known);
            }
            return sayers;
        };
        let Some(manifest) = self.vocabulary.manifest(from) else { return Vec::new() };
        if manifest.say(&topic.value).is_none() {
            let name = self.vocabulary.name(from);
            remarks
                .error(
                    topic.spot,
                    format!("业务台“{name}”不会发出{}", named(&topic.value)),
                    format!("desk {name:?} does not say {}", quoted(&topic.value)),
                )
                .suggest(&topic.value, manifest.say.iter().map(|say| say.topic.as_str()));
            return Vec::new();
        }
        vec![from]
    }

    fn check_taken(
        &self,
        topic: &Located<String>,
        sayers: &[DeskIx],
        (name, to): (&Located<String>, DeskIx),
        remarks: &mut Remarks,
    ) {
        let Some(manifest) = self.vocabulary.manifest(to) else { return };
        // Of an unknown topic enough is said.
        if sayers.is_empty() {
            return;
        }
        let Some(take) = manifest.take(&topic.value) else {
            let takes = what_it_takes(manifest);
            remarks
                .error(
                    name.spot,
                    format!("业务台“{}”不接收“{}”", name.value, topic.value),
                    format!("desk {:?} does not take {:?}", name.value, topic.value),
                )
                .hint(takes.zh, takes.en);
            return;
        };
        if take.is_on_desk() {
            remarks.error(
                name.spot,
                format!("业务台“{}”的“{}”不关于任何事项，只能由定时规则带来", name.value, topic.value),
                format!(
                    "desk {:?} takes {:?} about no matter, so only a schedule may bring it",
                    name.value, topic.value
                ),
            );
            return;
        }
        for sayer in sayers {
            self.check_data(topic, *sayer, take, name, remarks);
        }
    }

    fn check_data(
        &self,
        topic: &Located<String>,
        sayer: DeskIx,
        take: &Take,
        to: &Located<String>,
        remarks: &mut Remarks,
    ) {
        let said = self.vocabulary.manifest(sayer).and_then(|manifest| manifest.say(&topic.value));
        let Some(said) = said else { return };
        let sayer = self.vocabulary.name(sayer);
        for (field, wanted) in take.data.iter() {
            match said.data.get(field) {
                None if wanted.required => {
                    let (to, on) = (&to.value, &topic.value);
                    remarks.error(
                        topic.spot,
                        format!("业务台“{to}”要“{on}”带有“{field}”，而业务台“{sayer}”发出时没有"),
                        format!("desk {to:?} needs {field:?} with {on:?}, but desk {sayer:?} says it without"),
                    );
                }
                Some(given) if !is_same_kind(&given.kind, &wanted.kind) || given.many != wanted.many => {
                    let (says, takes) = (describe_many(given), describe_many(wanted));
                    let (to, on) = (&to.value, &topic.value);
                    remarks.error(
                        topic.spot,
                        format!(
                            "“{on}”的“{field}”，业务台“{sayer}”发出的是{}，业务台“{to}”要的是{}",
                            says.zh, takes.zh
                        ),
                        format!(
                            "{field:?} of {on:?} is {} as desk {sayer:?} says it, but {} as desk {to:?} takes it",
                            says.en, takes.en
                        ),
                    );
                }
                _ => {}
            }
        }
    }

    /// A matter that is handed over needs a stage on its new desk.
    fn check_kinds(
        &self,
        sayers: &[DeskIx],
        (name, to): (&Located<String>, DeskIx),
        when: &[Condition],
        remarks: &mut Remarks,
    ) {
        let Some(manifest) = self.vocabulary.manifest(to) else { return };
        let mut kinds: Vec<&str> = Vec::new();
        for said_by in sayers.iter().filter_map(|sayer| self.vocabulary.manifest(*sayer)) {
            kinds.extend(said_by.kind.iter().map(|kind| kind.name.as_str()));
        }
        let asked = when.iter().find_map(|condition| match (&*condition.on, &condition.must) {
            ("kind", Matcher::Any(values)) => Some(values),
            _ => None,
        });
        if let Some(values) = asked {
            for value in values.iter().map(ToString::to_string) {
                if manifest.kind(&value).is_none() {
                    remarks.error(
                        name.spot,
                        format!("业务台“{}”没有“{value}”这类事项的环节", name.value),
                        format!("desk {:?} has no stages for the kind {value:?}", name.value),
                    );
                }
            }
        } else if !kinds.is_empty() && !kinds.iter().any(|kind| manifest.kind(kind).is_some()) {
            kinds.sort_unstable();
            kinds.dedup();
            let quoted: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
            remarks
                .error(
                    name.spot,
                    format!("业务台“{}”没有“{}”这类事项的环节", name.value, kinds.join("”或“")),
                    format!("desk {:?} has no stages for the kind {}", name.value, quoted.join(" or ")),
                )
                .hint("转过去的事项放不住", "what it is handed could not lie on it");
        }
    }
}

fn what_it_takes(manifest: &Manifest) -> Title {
    let topics: Vec<&str> = manifest.take.iter().map(|take| take.topic.as_str()).collect();
    if topics.is_empty() {
        return Title::new("它什么也不接收", "it takes nothing");
    }
    Title::new(format!("它接收 {}", topics.join("、")), format!("it takes {}", topics.join(", ")))
}

fn describe_many(field: &Field) -> Title {
    let Title { zh, en } = describe(&field.kind);
    if field.many { Title::new(format!("多个{zh}"), format!("several, each {en}")) } else { Title::new(zh, en) }
}
