//! What can be proven of the routes before any matter goes its way: which never match and what hides
//! them, which take the same matters to different desks, and what none takes.
//!
//! Exact over [`Space`]: `when` has no calls and no patterns, so that no matter needs to be tried.
//! Knows no desk's work. Always holds: what is said of a route is so; of routes too many or too
//! intertwined it says that it cannot tell.

mod gaps;

use std::collections::BTreeSet;

use plugin_api::field::FieldKind;
use plugin_api::{LabelValue, Title};

use super::super::problem::Remarks;
use super::super::source::Spot;
use super::look::Look;
use super::vocabulary::Vocabulary;
use crate::routes::region::{Cell, Domain, Exhausted, Region, Space};
use crate::routes::{Condition, DeskIx, Matcher, Route};

/// Steps of all proofs together: some seconds, where no district comes near a thousandth of it.
const STEPS_MAX: u32 = 2_000_000;
/// Of routes that hide another together, so many are tried to be left out.
const HIDERS_TRIED_MAX: usize = 60;
const NAMES_SHOWN_MAX: usize = 5;

/// What was proven.
pub(super) struct Proven {
    /// For each route, the desks from whose events it takes some matter.
    pub(super) takes_from: Vec<Vec<DeskIx>>,
}

/// The routes of one topic that one desk's events are tried on, in order.
struct Tried<'r> {
    sayer: DeskIx,
    /// What matters lie on that desk.
    of: Option<Region>,
    /// Which route, and what it lets through.
    routes: Vec<(usize, &'r Region)>,
}

struct Prover<'p> {
    space: Space,
    routes: &'p [(Route, Spot)],
    steps: u32,
}

/// Remarks every route that never matches, and those that overlap where neither is plainly the
/// special case before the general one.
pub(super) fn prove(
    routes: &[(Route, Spot)],
    vocabulary: &Vocabulary<'_>,
    look: &Look<'_>,
    remarks: &mut Remarks,
) -> Proven {
    let conditions = routes.iter().flat_map(|(route, _)| &route.when);
    let space = Space::new(conditions, |on| domain(on, vocabulary, look));
    let regions: Vec<Option<Region>> = routes.iter().map(|(route, _)| space.region(&route.when)).collect();
    let mut prover = Prover { space, routes, steps: STEPS_MAX };
    let mut proven = Proven { takes_from: vec![Vec::new(); routes.len()] };
    let mut hidden: Vec<Option<Vec<usize>>> = vec![None; routes.len()];
    let mut is_told = false;
    let mut topics: Vec<&str> = routes.iter().map(|(route, _)| route.on.as_str()).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        for sayer in vocabulary.sayers(topic) {
            let tried = tried(&prover, topic, sayer, &regions, vocabulary);
            let outcome = prover.find_hidden(&tried, &mut proven, &mut hidden);
            let outcome = outcome.and_then(|()| prover.find_overlaps(&tried, &proven, vocabulary, remarks));
            let outcome = outcome.and_then(|()| prover.find_gap(topic, &tried, vocabulary, remarks));
            if outcome.is_err() && !is_told {
                is_told = true;
                cannot_tell(&tried, &mut proven, routes, remarks);
            } else if outcome.is_err() {
                tried.routes.iter().for_each(|(at, _)| proven.takes_from[*at].push(sayer));
            }
        }
    }
    for (at, (route, spot)) in routes.iter().enumerate() {
        // That nobody says its topic has been remarked where it stands.
        let is_said = vocabulary.sayers(&route.on).iter().any(|sayer| route.from.is_none_or(|from| from == *sayer));
        if proven.takes_from[at].is_empty() && is_said {
            never_matches(route, *spot, hidden[at].as_deref(), routes, remarks);
        }
    }
    proven
}

fn tried<'r>(
    prover: &Prover<'_>,
    topic: &str,
    sayer: DeskIx,
    regions: &'r [Option<Region>],
    vocabulary: &Vocabulary<'_>,
) -> Tried<'r> {
    let is_for = |route: &Route| route.on == topic && route.from.is_none_or(|from| from == sayer);
    let ours = prover.routes.iter().enumerate().filter(|(_, (route, _))| is_for(route));
    let routes = ours.filter_map(|(at, _)| Some((at, regions[at].as_ref()?))).collect();
    let kinds = vocabulary.manifest(sayer).map(|manifest| manifest.kind.iter().map(|kind| kind.name.as_str().into()));
    let kinds = Condition { on: "kind".to_owned(), must: Matcher::Any(kinds.into_iter().flatten().collect()) };
    let everything = || Some(Region::everything());
    let of = if prover.space.looks_at("kind") { prover.space.region(&[kinds]) } else { everything() };
    Tried { sayer, of, routes }
}

/// What values a thing may have: what manifests, lists and the engine let through.
fn domain(on: &str, vocabulary: &Vocabulary<'_>, look: &Look<'_>) -> Domain {
    let listed = |values: Vec<LabelValue>, may_differ| Domain::Listed { values, may_lack: true, may_differ };
    let texts = |texts: Vec<&str>| texts.into_iter().map(LabelValue::from).collect::<Vec<LabelValue>>();
    match on {
        "kind" => Domain::Listed { values: texts(vocabulary.kinds()), may_lack: false, may_differ: false },
        // A matter may lie where there is no place any more.
        "place" => {
            let places = look.directory.places().iter().map(|place| place.id.as_str());
            Domain::Listed { values: texts(places.collect()), may_lack: false, may_differ: true }
        }
        label => match vocabulary.label(label).map(|field| &field.kind) {
            Some(FieldKind::Choice(values)) => {
                listed(texts(values.iter().map(|value| value.name.as_str()).collect()), false)
            }
            Some(FieldKind::Bool) => listed(vec![true.into(), false.into()], false),
            Some(FieldKind::Integer) => Domain::Number,
            Some(FieldKind::Code { list }) => {
                listed(texts(look.lists.get(list).0.iter().map(|row| row.code.as_str()).collect()), true)
            }
            _ => listed(Vec::new(), true),
        },
    }
}

impl Prover<'_> {
    fn find_hidden(
        &mut self,
        tried: &Tried<'_>,
        proven: &mut Proven,
        hidden: &mut [Option<Vec<usize>>],
    ) -> Result<(), Exhausted> {
        let Some(of) = &tried.of else { return Ok(()) };
        for (nth, (at, region)) in tried.routes.iter().enumerate() {
            let Some(region) = self.space.meet(of, region) else { continue };
            let earlier = &tried.routes[..nth];
            let mut used = BTreeSet::new();
            if self.space.uncovered(&region, earlier, &mut used, &mut self.steps)?.is_some() {
                proven.takes_from[*at].push(tried.sayer);
            } else if hidden[*at].is_none() {
                let used: Vec<_> = earlier.iter().filter(|(at, _)| used.contains(at)).copied().collect();
                hidden[*at] = Some(self.fewest(&region, used)?);
            }
        }
        Ok(())
    }

    /// Of routes that hide a region, those that are needed for it.
    fn fewest(&mut self, region: &Region, mut hiders: Vec<(usize, &Region)>) -> Result<Vec<usize>, Exhausted> {
        for nth in (0..hiders.len().min(HIDERS_TRIED_MAX)).rev() {
            let mut fewer = hiders.clone();
            fewer.remove(nth);
            if self.space.uncovered(region, &fewer, &mut BTreeSet::new(), &mut self.steps)?.is_none() {
                hiders = fewer;
            }
        }
        Ok(hiders.into_iter().map(|(at, _)| at).collect())
    }

    fn find_overlaps(
        &mut self,
        tried: &Tried<'_>,
        proven: &Proven,
        vocabulary: &Vocabulary<'_>,
        remarks: &mut Remarks,
    ) -> Result<(), Exhausted> {
        let Some(of) = &tried.of else { return Ok(()) };
        let takes = |at: usize| proven.takes_from[at].contains(&tried.sayer);
        for (nth, (later, region)) in tried.routes.iter().enumerate().filter(|(_, (at, _))| takes(*at)) {
            let mut found = Vec::new();
            for (before, (earlier, first)) in tried.routes[..nth].iter().enumerate().filter(|(_, (at, _))| takes(*at)) {
                if !self.is_odd((*earlier, first), (*later, region), of) {
                    continue;
                }
                let both = self.space.meet(first, region).and_then(|both| self.space.meet(&both, of));
                let Some(both) = both else { continue };
                let before = &tried.routes[..before];
                let example = self.space.uncovered(&both, before, &mut BTreeSet::new(), &mut self.steps)?;
                found.extend(example.map(|example| (*earlier, example)));
            }
            if let [(earlier, example), more @ ..] = found.as_slice() {
                let pair = (&self.routes[*earlier].0, &self.routes[*later]);
                overlaps(pair, more.len(), &self.space.example(example), vocabulary.name(tried.sayer), remarks);
            }
        }
        Ok(())
    }

    /// Whether it is worth a word that the earlier of two comes first: they lead to different desks,
    /// and the earlier is not plainly an exception. It is one if the later takes all that it does, if
    /// it asks for more, or if it is a place's own rule before one for everywhere.
    fn is_odd(&self, (earlier, first): (usize, &Region), (later, second): (usize, &Region), of: &Region) -> bool {
        let (earlier, later) = (&self.routes[earlier].0, &self.routes[later].0);
        let asks = |route: &Route, region: &Region| self.space.asks(region) + usize::from(route.from.is_some());
        let is_local = self.space.asks_about(first, "place") && !self.space.asks_about(second, "place");
        let is_within = || self.space.meet(first, of).is_some_and(|first| self.space.covers(second, &first));
        earlier.to != later.to
            && asks(earlier, first) <= asks(later, second)
            && !is_local
            && self.space.overlaps(first, second)
            && !is_within()
    }
}

fn never_matches(route: &Route, spot: Spot, hiders: Option<&[usize]>, routes: &[(Route, Spot)], remarks: &mut Remarks) {
    let id = &route.id;
    let names = |hiders: &[usize]| hiders.iter().map(|at| routes[*at].0.id.as_str()).collect::<Vec<&str>>();
    match hiders.map(names).as_deref() {
        Some([]) | None => remarks
            .warning(
                spot,
                format!("流转规则“{id}”永远不会用到：没有事项能同时满足它的全部条件"),
                format!("route {id:?} never matches: no matter is all that it asks for"),
            )
            .hint("请核对 kind 和各个标签可能的值", "look at `kind` and at what values its labels can have"),
        Some([one]) => {
            remarks.warning(
                spot,
                format!("流转规则“{id}”永远不会用到：前面的“{one}”已全部接走"),
                format!("route {id:?} never matches: route {one:?} before it takes all it would"),
            );
        }
        Some(several) => {
            let shown = several.len().min(NAMES_SHOWN_MAX);
            let more = several.len() - shown;
            let zh: Vec<String> = several[..shown].iter().map(|name| format!("“{name}”")).collect();
            let en: Vec<String> = several[..shown].iter().map(|name| format!("{name:?}")).collect();
            let (zh_more, en_more) = if more == 0 {
                (String::new(), String::new())
            } else {
                (format!("等 {} 条", several.len()), format!(" and {more} more"))
            };
            remarks.warning(
                spot,
                format!("流转规则“{id}”永远不会用到：前面的{}{zh_more}合起来已全部接走", zh.join("、")),
                format!(
                    "route {id:?} never matches: routes {}{en_more} before it together take all it would",
                    en.join(", ")
                ),
            );
        }
    }
}

fn overlaps(
    (earlier, (later, spot)): (&Route, &(Route, Spot)),
    more: usize,
    example: &[(&str, &Cell)],
    sayer: &str,
    remarks: &mut Remarks,
) {
    let (first, second, topic) = (&earlier.id, &later.id, &later.on);
    let said: Vec<Title> = example.iter().map(|(on, cell)| cell_words(on, cell)).collect();
    let zh: Vec<&str> = said.iter().map(|title| title.zh.as_str()).collect();
    let en: Vec<&str> = said.iter().map(|title| title.en.as_str()).collect();
    let (zh_more, en_more) = match more {
        0 => (String::new(), String::new()),
        more => (format!("（还有 {more} 条也是这样）"), format!(" (and so it is with {more} more before it)")),
    };
    let (zh, en) = (zh.join("，"), en.join(" and "));
    remarks
        .warning(
            *spot,
            format!(
                "业务台“{sayer}”发出“{topic}”而{zh}时，“{first}”和“{second}”都合适，现在归前面的“{first}”{zh_more}"
            ),
            format!(
                "routes {first:?} and {second:?} both fit {topic:?} of desk {sayer:?} where {en}; {first:?} comes first and takes it{en_more}"
            ),
        )
        .hint(
            format!("如果是这个意思，请在“{second}”的 when 里排除这种情况，以后调换顺序也不会改变"),
            format!("if that is meant, leave these out of {second:?} by its `when`; then their order does not matter"),
        );
}

fn cannot_tell(tried: &Tried<'_>, proven: &mut Proven, routes: &[(Route, Spot)], remarks: &mut Remarks) {
    for (at, _) in &tried.routes {
        proven.takes_from[*at].push(tried.sayer);
    }
    let Some((at, _)) = tried.routes.first() else { return };
    let (route, spot) = &routes[*at];
    let count = tried.routes.len();
    remarks.warning(
        *spot,
        format!("“{}”的 {count} 条流转规则条件交错太多，是否有用不到的规则无法断定", route.on),
        format!("the {count} routes for {:?} are too intertwined to tell whether any never matches", route.on),
    );
}

/// A cell in the words of the config.
fn cell_words(on: &str, cell: &Cell) -> Title {
    match cell {
        Cell::Absent => Title::new(format!(" {on} 没有值"), format!("{on} has no value")),
        Cell::Other => Title::new(format!(" {on} 是别的值"), format!("{on} is something else")),
        Cell::Value(value) => Title::new(format!(" {on} 是 {value}"), format!("{on} is {value}")),
        Cell::Numbers(i64::MIN, i64::MAX) => Title::new(format!(" {on} 是任何数"), format!("{on} is any number")),
        Cell::Numbers(i64::MIN, most) => Title::new(format!(" {on} 不大于 {most}"), format!("{on} is at most {most}")),
        Cell::Numbers(least, i64::MAX) => {
            Title::new(format!(" {on} 不小于 {least}"), format!("{on} is at least {least}"))
        }
        Cell::Numbers(one, other) if one == other => Title::new(format!(" {on} 是 {one}"), format!("{on} is {one}")),
        Cell::Numbers(least, most) => {
            Title::new(format!(" {on} 在 {least} 到 {most} 之间"), format!("{on} is {least} to {most}"))
        }
    }
}
