//! Routes and watches held against those before: which come, go, say something else or stand elsewhere.

use super::{FlowChange, FlowPlan};
use crate::config::Config;
use crate::routes::{Condition, DeskIx, Matcher};

/// What becomes of the routes.
pub(super) fn routes(old: &Config, new: &Config) -> Vec<FlowPlan> {
    let said = |config: &Config| {
        let said = config.routes.iter().map(|route| {
            let from = route.from.map(|from| config.desks[from.get()].name.clone());
            (
                route.id.clone(),
                Said { on: vec![route.on.clone()], from, when: when(&route.when), to: names(config, &[route.to]) },
            )
        });
        said.collect::<Vec<_>>()
    };
    flow(&said(old), &said(new))
}

/// What becomes of the watches.
pub(super) fn watches(old: &Config, new: &Config) -> Vec<FlowPlan> {
    let said = |config: &Config| {
        let said = config.watches.iter().map(|watch| {
            let from = watch.from.map(|from| config.desks[from.get()].name.clone());
            (
                watch.id.clone(),
                Said { on: watch.on.clone(), from, when: when(&watch.when), to: names(config, &watch.to) },
            )
        });
        said.collect::<Vec<_>>()
    };
    flow(&said(old), &said(new))
}

/// What a route or watch says, by names: indexes of desks differ between two configs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    on: Vec<String>,
    from: Option<String>,
    when: Vec<(String, Matcher)>,
    to: Vec<String>,
}

fn when(conditions: &[Condition]) -> Vec<(String, Matcher)> {
    conditions.iter().map(|condition| (condition.on.clone(), condition.must.clone())).collect()
}

fn names(config: &Config, desks: &[DeskIx]) -> Vec<String> {
    desks.iter().map(|desk| config.desks[desk.get()].name.clone()).collect()
}

fn flow(before: &[(String, Said)], after: &[(String, Said)]) -> Vec<FlowPlan> {
    let find = |of: &[(String, Said)], id: &str| of.iter().position(|(other, _)| other == id);
    let stayed: Vec<&str> = after.iter().map(|(id, _)| id.as_str()).filter(|id| find(before, id).is_some()).collect();
    let moved = moved(&before.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), &stayed);
    let mut plans = Vec::new();
    for (id, said) in after {
        let change = match find(before, id) {
            None => FlowChange::Added,
            Some(at) if before[at].1 != *said => FlowChange::Changed,
            Some(_) if moved.contains(&id.as_str()) => FlowChange::Moved,
            Some(_) => continue,
        };
        plans.push(FlowPlan { id: id.clone(), change });
    }
    let gone = before.iter().filter(|(id, _)| find(after, id).is_none());
    plans.extend(gone.map(|(id, _)| FlowPlan { id: id.clone(), change: FlowChange::Removed }));
    plans
}

/// Those that stand elsewhere among the others than before: all but a longest run that kept its order.
fn moved<'i>(before: &[&str], after: &[&'i str]) -> Vec<&'i str> {
    let places: Vec<usize> = after.iter().filter_map(|id| before.iter().position(|other| other == id)).collect();
    // For each, the longest run that ends there, and the one before it in that run.
    let mut runs: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, place) in places.iter().enumerate() {
        let best = (0..at).filter(|earlier| places[*earlier] < *place).max_by_key(|earlier| runs[*earlier].0);
        runs.push((1 + best.map_or(0, |earlier| runs[earlier].0), best));
    }
    let mut kept = vec![false; places.len()];
    let mut last = (0..places.len()).max_by_key(|at| runs[*at].0);
    while let Some(at) = last {
        kept[at] = true;
        last = runs[at].1;
    }
    after.iter().zip(kept).filter(|(_, kept)| !kept).map(|(id, _)| *id).collect()
}
