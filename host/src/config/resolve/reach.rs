//! What no event reaches: topics nobody takes, desks nothing leads to, routes that never match.
//! Warnings all, for a district may be half built.

use super::super::problem::Remarks;
use super::super::raw::Raw;
use super::super::source::Spot;
use super::vocabulary::Vocabulary;
use crate::routes::{Condition, DeskIx, Matcher, Route, Watch};

/// Remarks them all.
pub(super) fn warn(
    raw: &Raw,
    vocabulary: &Vocabulary<'_>,
    routes: &[(Route, Spot)],
    watches: &[(Watch, Spot)],
    remarks: &mut Remarks,
) {
    // Where something is left out for being wrong, what it would have reached is not known.
    if routes.len() == raw.routes.len() && watches.len() == raw.watches.len() && vocabulary.is_complete {
        warn_of_topics(vocabulary, routes, watches, remarks);
        warn_of_desks(raw, vocabulary, routes, watches, remarks);
    }
    for (at, (route, spot)) in routes.iter().enumerate() {
        let earlier = routes[..at].iter().map(|(route, _)| route).find(|earlier| covers(earlier, route));
        if let Some(earlier) = earlier {
            let text =
                format!("route {:?} never matches: route {:?} before it takes all it would", route.id, earlier.id);
            remarks.warning(*spot, text);
        }
    }
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
                let text = format!("nobody takes {:?}, which desk {:?} says", say.topic, vocabulary.name(desk));
                remarks.warning(vocabulary.spot(desk), text).hint("its matters will stay where they are, unrouted");
            }
        }
    }
}

fn warn_of_desks(
    raw: &Raw,
    vocabulary: &Vocabulary<'_>,
    routes: &[(Route, Spot)],
    watches: &[(Watch, Spot)],
    remarks: &mut Remarks,
) {
    let open = raw.head.open.as_ref().map(|open| open.value.as_str());
    for (desk, manifest) in vocabulary.known() {
        let is_reached = routes.iter().any(|(route, _)| route.to == desk)
            || watches.iter().any(|(watch, _)| watch.to.contains(&desk))
            || manifest.action.iter().any(|action| action.on == "desk")
            || open == Some(vocabulary.name(desk));
        if !is_reached {
            let text = format!("no route, watch or action reaches desk {:?}", vocabulary.name(desk));
            remarks.warning(vocabulary.spot(desk), text);
        }
    }
}

/// Whether the earlier route takes whatever the later one would.
fn covers(earlier: &Route, later: &Route) -> bool {
    earlier.on == later.on
        && earlier.from.is_none_or(|from| Some(from) == later.from)
        && earlier.when.iter().all(|wanted| later.when.iter().any(|given| implies(given, wanted)))
}

/// Whether whatever the one condition lets through the other does too.
fn implies(given: &Condition, wanted: &Condition) -> bool {
    if given.on != wanted.on {
        return false;
    }
    match (&given.must, &wanted.must) {
        (given, wanted) if given == wanted => true,
        (Matcher::Any(values), wanted) => values.iter().all(|value| wanted.holds(Some(value))),
        (Matcher::Within(inner), Matcher::Within(outer)) => outer.covers(inner),
        (Matcher::Between { min, max }, Matcher::Between { min: least, max: greatest }) => {
            least.is_none_or(|least| min.is_some_and(|min| least <= min))
                && greatest.is_none_or(|greatest| max.is_some_and(|max| max <= greatest))
        }
        (Matcher::Between { .. } | Matcher::Within(_), Matcher::Exists(true)) => true,
        _ => false,
    }
}
