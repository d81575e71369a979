//! A decision told: every route that was tried, and each thing it looked at.
//!
//! Always holds: what is told is what [`super::decide`] did; the first route all of whose rows pass is
//! the one that takes the matter.

use plugin_api::LabelValue;
use serde::Serialize;

use super::{Answer, DeskIx, Facts, Route, decide};

/// One thing that one route looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The route.
    pub route: String,
    /// What it looked at: `from`, `kind`, `place` or a label; nothing if it asks for nothing.
    pub key: Option<String>,
    /// What it asks for.
    pub wanted: Option<String>,
    /// What was found.
    pub got: Option<LabelValue>,
    /// Whether that is what it asks for.
    pub pass: bool,
}

/// The first route that takes the matter, and everything that was looked at on the way to it. `desk`
/// gives the name of a desk.
pub fn tell<'r>(
    routes: &'r [Route],
    facts: Facts<'_>,
    desk: impl Fn(DeskIx) -> String,
) -> (Option<&'r Route>, Vec<Tried>) {
    let mut told = Vec::new();
    let taken = decide(routes, facts, |route, answer| {
        let rows = rows(route, facts, &desk);
        debug_assert_eq!(rows.iter().all(|row| row.pass), matches!(answer, Answer::Takes));
        told.extend(rows);
    });
    (taken, told)
}

fn rows(route: &Route, facts: Facts<'_>, desk: impl Fn(DeskIx) -> String) -> Vec<Tried> {
    let row = |key: Option<String>, wanted, got, pass| Tried { route: route.id.clone(), key, wanted, got, pass };
    let from = route.from.map(|from| {
        row(Some("from".to_owned()), Some(desk(from)), Some(LabelValue::Text(desk(facts.from))), from == facts.from)
    });
    let conditions = route.when.iter().map(|condition| {
        let got = facts.value(&condition.on);
        let pass = condition.must.holds(got.as_ref());
        row(Some(condition.on.clone()), Some(condition.must.to_string()), got, pass)
    });
    let mut rows: Vec<Tried> = from.into_iter().chain(conditions).collect();
    if rows.is_empty() {
        rows.push(row(None, None, None, true));
    }
    rows
}
