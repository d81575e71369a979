//! What no event reaches: topics nobody takes, or not with some value of a label; desks nothing
//! leads to; routes that never match.
//! Warnings all, for a district may be half built.

use plugin_api::field::FieldKind;
use plugin_api::{LabelValue, Manifest, Title};

use super::super::problem::Remarks;
use super::super::raw::Raw;
use super::super::source::Spot;
use super::flow::Flow;
use super::look::Look;
use super::vocabulary::Vocabulary;
use crate::routes::{Condition, DeskIx, Matcher, Route, Watch};

const VALUES_SHOWN_MAX: usize = 5;

/// Remarks them all.
pub(super) fn warn(
    raw: &Raw,
    vocabulary: &Vocabulary<'_>,
    look: &Look<'_>,
    (routes, watches): &Flow,
    remarks: &mut Remarks,
) {
    // Where something is left out for being wrong, what it would have reached is not known.
    if routes.len() == raw.routes.len() && watches.len() == raw.watches.len() && vocabulary.is_complete {
        warn_of_topics(vocabulary, routes, watches, remarks);
        warn_of_desks(raw, vocabulary, routes, watches, remarks);
        warn_of_values(vocabulary, look, routes, remarks);
    }
    for (at, (route, spot)) in routes.iter().enumerate() {
        let earlier = routes[..at].iter().map(|(route, _)| route).find(|earlier| covers(earlier, route));
        if let Some(earlier) = earlier {
            remarks.warning(
                *spot,
                format!("流转规则“{}”永远不会用到：前面的“{}”已全部接走", route.id, earlier.id),
                format!("route {:?} never matches: route {:?} before it takes all it would", route.id, earlier.id),
            );
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

/// A value of a label with which no route takes a topic, whatever the other labels are.
fn warn_of_values(vocabulary: &Vocabulary<'_>, look: &Look<'_>, routes: &[(Route, Spot)], remarks: &mut Remarks) {
    for (desk, manifest) in vocabulary.known() {
        for say in manifest.say.iter().filter(|say| !say.log) {
            let is_for = |route: &Route| route.on == say.topic && route.from.is_none_or(|from| from == desk);
            let ours: Vec<&(Route, Spot)> = routes.iter().filter(|(route, _)| is_for(route)).collect();
            let Some((_, spot)) = ours.last() else { continue };
            let mut looked_at: Vec<&str> =
                ours.iter().flat_map(|(route, _)| &route.when).map(|condition| condition.on.as_str()).collect();
            looked_at.sort_unstable();
            looked_at.dedup();
            for on in looked_at {
                let is_left = |value: &LabelValue| ours.iter().all(|(route, _)| is_barred(route, on, value));
                let left: Vec<String> = values_of(on, manifest, vocabulary, look)
                    .into_iter()
                    .filter(is_left)
                    .map(|value| value.to_string())
                    .collect();
                if !left.is_empty() {
                    let (topic, name) = (&say.topic, vocabulary.name(desk));
                    let left = listed(&left);
                    remarks
                        .warning(
                            *spot,
                            format!("业务台“{name}”发出“{topic}”而 {on} 是 {} 时，没有流转规则接", left.zh),
                            format!("no route takes {topic:?} of desk {name:?} where {on} is {}", left.en),
                        )
                        .hint("这样的事项会留在原处，标为未流转", "such matters will stay where they are, unrouted");
                }
            }
        }
    }
}

/// Whether a route never takes a matter with this value.
fn is_barred(route: &Route, on: &str, value: &LabelValue) -> bool {
    route.when.iter().any(|condition| condition.on == on && !condition.must.holds(Some(value)))
}

/// All values of what a condition looks at, where they can be counted.
fn values_of(on: &str, sayer: &Manifest, vocabulary: &Vocabulary<'_>, look: &Look<'_>) -> Vec<LabelValue> {
    if on == "kind" {
        return sayer.kind.iter().map(|kind| kind.name.as_str().into()).collect();
    }
    match vocabulary.label(on).map(|field| &field.kind) {
        Some(FieldKind::Choice(values)) => values.iter().map(|value| value.name.as_str().into()).collect(),
        Some(FieldKind::Bool) => vec![true.into(), false.into()],
        Some(FieldKind::Code { list }) => {
            let mut codes: Vec<&str> = look.lists.get(list).0.iter().map(|row| row.code.as_str()).collect();
            codes.sort_unstable();
            codes.dedup();
            codes.into_iter().map(LabelValue::from).collect()
        }
        _ => Vec::new(),
    }
}

/// The first of some values, and how many more there are.
fn listed(values: &[String]) -> Title {
    let shown = &values[..values.len().min(VALUES_SHOWN_MAX)];
    let more = values.len() - shown.len();
    match shown {
        [one] => Title::new(one, one),
        [first @ .., last] if more == 0 => {
            Title::new(format!("{}或 {last}", first.join("、")), format!("{} or {last}", first.join(", ")))
        }
        _ => Title::new(
            format!("{} 等 {} 个值", shown.join("、"), values.len()),
            format!("{} or {more} more", shown.join(", ")),
        ),
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
            || open == Some(vocabulary.name(desk))
            || raw
                .outlets
                .iter()
                .any(|outlet| outlet.desk.as_ref().is_some_and(|named| named.value == vocabulary.name(desk)));
        if !is_reached {
            let name = vocabulary.name(desk);
            remarks.warning(
                vocabulary.spot(desk),
                format!("没有流转规则、抄送规则或操作到得了业务台“{name}”"),
                format!("no route, watch or action reaches desk {name:?}"),
            );
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
