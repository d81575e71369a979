//! What no event reaches: topics nobody takes, and desks nothing leads to. Warnings all, for a district
//! may be half built.

use plugin_api::Manifest;

use super::super::problem::Remarks;
use super::super::raw::Raw;
use super::super::source::Spot;
use super::cycle;
use super::flow::Flow;
use super::look::Look;
use super::proof::{self, Proven};
use super::vocabulary::Vocabulary;
use crate::config::Reach;
use crate::routes::{DeskIx, Route, Watch};

/// Remarks them all.
pub(super) fn warn(
    raw: &Raw,
    vocabulary: &Vocabulary<'_>,
    look: &Look<'_>,
    flow: &Flow,
    remarks: &mut Remarks,
) -> Reach {
    let (routes, watches) = flow;
    // Where something is left out for being wrong, what it would have reached is not known.
    if routes.len() != raw.routes.len() || watches.len() != raw.watches.len() || !vocabulary.is_complete {
        return Reach::default();
    }
    warn_of_topics(vocabulary, routes, watches, remarks);
    // Without any place the table could not be read, and what lies where is not known.
    if look.directory.places().is_empty() {
        return Reach::default();
    }
    let proven = proof::prove(routes, vocabulary, look, remarks);
    let reached = find_reached(raw, vocabulary, flow, &proven);
    // A route that is wrong leads nowhere yet.
    if !remarks.has_errors() {
        warn_of_desks(vocabulary, flow, &reached, remarks);
        cycle::warn(routes, vocabulary, &proven, remarks);
    }
    let desks = (0..raw.desks.len()).map(|at| reached.iter().any(|desk| desk.get() == at)).collect();
    Reach { routes: proven.takes_from, desks }
}

fn warn_of_topics(
    vocabulary: &Vocabulary<'_>,
    routes: &[(Route, Spot)],
    watches: &[(Watch, Spot)],
    remarks: &mut Remarks,
) {
    for (desk, manifest) in vocabulary.known() {
        let is_for = |from: &Option<DeskIx>| from.is_none_or(|from| from == desk);
        for say in manifest.say.iter().filter(|say| !say.log) {
            let is_routed = routes.iter().any(|(route, _)| route.on == say.topic && is_for(&route.from));
            let is_watched = watches.iter().any(|(watch, _)| watch.on.contains(&say.topic) && is_for(&watch.from));
            if !is_routed && !is_watched {
                let (topic, name) = (&say.topic, vocabulary.name(desk));
                remarks
                    .warning(
                        vocabulary.spot(desk),
                        format!("业务台“{name}”发出的“{topic}”没有人接"),
                        format!("nobody takes {topic:?}, which desk {name:?} says"),
                    )
                    .hint("事项会留在原处，标为未流转", "its matters will stay where they are, unrouted");
            }
        }
    }
}

/// Desks that matters or news of them come to. A matter starts at the desk that `open` names, at those
/// with an action that is about no matter yet, and at those that a schedule calls.
fn find_reached(raw: &Raw, vocabulary: &Vocabulary<'_>, (routes, watches): &Flow, proven: &Proven) -> Vec<DeskIx> {
    let open = raw.head.open.as_ref().map(|open| open.value.as_str());
    let starts = |desk: DeskIx, manifest: &Manifest| {
        let name = vocabulary.name(desk);
        // A desk that delivers notices is called for them alone.
        let delivers =
            || raw.outlets.iter().any(|outlet| outlet.desk.as_ref().is_some_and(|named| named.value == name));
        let is_scheduled =
            || raw.schedules.iter().any(|schedule| schedule.to.as_ref().is_some_and(|to| to.value == name));
        open == Some(name) || is_scheduled() || manifest.action.iter().any(|action| action.on == "desk") || delivers()
    };
    let mut reached: Vec<DeskIx> =
        vocabulary.known().filter(|(desk, manifest)| starts(*desk, manifest)).map(|(desk, _)| desk).collect();
    let mut at = 0;
    while let Some(from) = reached.get(at).copied() {
        at += 1;
        let routed = routes.iter().zip(&proven.takes_from);
        let routed = routed.filter(|(_, takes_from)| takes_from.contains(&from)).map(|((route, _), _)| route.to);
        let says = |topic: &String| vocabulary.manifest(from).is_some_and(|manifest| manifest.say(topic).is_some());
        let is_told =
            |watch: &&(Watch, Spot)| watch.0.from.is_none_or(|only| only == from) && watch.0.on.iter().any(says);
        let told = watches.iter().filter(is_told).flat_map(|(watch, _)| watch.to.iter().copied());
        let next: Vec<DeskIx> = routed.chain(told).collect();
        for desk in next {
            if !reached.contains(&desk) {
                reached.push(desk);
            }
        }
    }
    reached
}

fn warn_of_desks(vocabulary: &Vocabulary<'_>, (routes, watches): &Flow, reached: &[DeskIx], remarks: &mut Remarks) {
    for (desk, _) in vocabulary.known().filter(|(desk, _)| !reached.contains(desk)) {
        let name = vocabulary.name(desk);
        let leads = routes.iter().any(|(route, _)| route.to == desk)
            || watches.iter().any(|(watch, _)| watch.to.contains(&desk));
        let (zh, en) = if leads {
            (
                "通到业务台“@”的，只有永远用不到的规则，或者本身就没有事项会到的业务台",
                "only routes that never match, or desks that nothing reaches, lead to desk \"@\"",
            )
        } else {
            ("没有流转规则、抄送规则或操作到得了业务台“@”", "no route, watch or action reaches desk \"@\"")
        };
        remarks.warning(vocabulary.spot(desk), zh.replace('@', name), en.replace('@', name));
    }
}
