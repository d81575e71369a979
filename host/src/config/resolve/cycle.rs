//! Rounds that a matter could go without a person or a clock: the engine stops it after some hops, and
//! a clerk finds it parked.
//!
//! A desk that is told a topic may say another in the same step, as its manifest tells by `after`; what
//! a desk says that has neither actions nor clocks nor jobs can follow on nothing but a topic. Of a desk
//! that does not tell, nothing is claimed.

use std::collections::BTreeSet;

use plugin_api::manifest::Take;

use super::super::problem::Remarks;
use super::super::source::Spot;
use super::proof::Proven;
use super::vocabulary::Vocabulary;
use crate::routes::{DeskIx, Route};

/// A desk that was told a topic by a route.
type Told<'r> = (DeskIx, &'r str);

/// Remarks rounds, of those over the same desks the first.
pub(super) fn warn(routes: &[(Route, Spot)], vocabulary: &Vocabulary<'_>, proven: &Proven, remarks: &mut Remarks) {
    let mut told: Vec<BTreeSet<DeskIx>> = Vec::new();
    for (start, (route, _)) in routes.iter().enumerate() {
        let Some(round) = find_round(start, routes, vocabulary, proven) else { continue };
        let desks = round.iter().map(|at| routes[*at].0.to).collect();
        if proven.takes_from[start].is_empty() || told.contains(&desks) {
            continue;
        }
        told.push(desks);
        let names: Vec<&str> = round.iter().map(|at| vocabulary.name(routes[*at].0.to)).collect();
        let ids: Vec<&str> = round.iter().map(|at| routes[*at].0.id.as_str()).collect();
        let way = [names.as_slice(), &names[..1]].concat().join(" → ");
        remarks
            .warning(
                routes[start].1,
                format!("事项可能不经人、也不等时限就转圈：{way}（{}）", ids.join("、")),
                format!("a matter can go round without a person or a clock: {way} ({})", ids.join(", ")),
            )
            .hint(
                format!("给“{}”或这一圈的另一条规则加上条件，使它停得下来", route.id),
                format!("narrow {:?} or another route of the round, so that it ends", route.id),
            );
    }
}

/// The routes of the shortest round that begins with this one.
fn find_round(
    start: usize,
    routes: &[(Route, Spot)],
    vocabulary: &Vocabulary<'_>,
    proven: &Proven,
) -> Option<Vec<usize>> {
    let mut ways: Vec<Vec<usize>> = vec![vec![start]];
    let mut been = vec![false; routes.len()];
    let mut next = 0;
    while let Some(way) = ways.get(next).cloned() {
        next += 1;
        let last = &routes[*way.last()?].0;
        let told: Told<'_> = (last.to, &last.on);
        for (at, (route, _)) in routes.iter().enumerate() {
            if !proven.takes_from[at].contains(&told.0) || !follows(told, &route.on, vocabulary) {
                continue;
            }
            if at == start {
                return Some(way);
            }
            if !std::mem::replace(&mut been[at], true) {
                ways.push([way.as_slice(), &[at]].concat());
            }
        }
    }
    None
}

/// Whether the desk may say this in the very step in which it is told that.
fn follows((desk, told): Told<'_>, topic: &str, vocabulary: &Vocabulary<'_>) -> bool {
    let Some(manifest) = vocabulary.manifest(desk) else { return false };
    let Some(say) = manifest.say(topic) else { return false };
    match &say.after {
        Some(_) => say.may_follow(told),
        None => {
            let acts = manifest.action.iter().any(|action| action.on != "desk");
            let comes_by_time = manifest.take.iter().any(Take::is_on_desk);
            !acts && !comes_by_time && manifest.clock.is_empty() && manifest.job.is_empty()
        }
    }
}
