//! What no route takes of a topic that routes wait for: a value of a label, or several together.
//!
//! Exact over values that somebody names, in routes, manifests or lists: of a matter that lacks a label
//! nothing is claimed, for whether a desk leaves it out only the desk knows.

use std::collections::BTreeSet;

use plugin_api::Title;

use super::super::super::problem::Remarks;
use super::super::vocabulary::Vocabulary;
use super::{Prover, Tried, cell_words};
use crate::routes::region::{Cell, Exhausted};

const VALUES_SHOWN_MAX: usize = 5;

impl Prover<'_> {
    /// Remarks a combination that no route takes, if there is one.
    pub(super) fn find_gap(
        &mut self,
        topic: &str,
        tried: &Tried<'_>,
        vocabulary: &Vocabulary<'_>,
        remarks: &mut Remarks,
    ) -> Result<(), Exhausted> {
        let is_log =
            vocabulary.manifest(tried.sayer).and_then(|manifest| manifest.say(topic)).is_none_or(|say| say.log);
        let (Some(of), Some((last, _)), false) = (&tried.of, tried.routes.last(), is_log) else { return Ok(()) };
        let Some(within) = self.space.meet(of, &self.space.named()) else { return Ok(()) };
        let mut find = |taken: &[_]| self.space.uncovered(&within, taken, &mut BTreeSet::new(), &mut self.steps);
        let Some(gap) = find(&tried.routes)? else { return Ok(()) };
        let is_all = find(&[tried.routes.as_slice(), &[(usize::MAX, &gap)]].concat())?.is_none();
        let told: Vec<Title> =
            self.space.told(&gap, &within).iter().map(|(on, cells)| cells_words(on, cells)).collect();
        let zh: Vec<&str> = told.iter().map(|title| title.zh.as_str()).collect();
        let en: Vec<&str> = told.iter().map(|title| title.en.as_str()).collect();
        let (zh, en) = (zh.join("，"), en.join(" and "));
        let (zh_more, en_more) = if is_all { ("", "") } else { ("（还有别的情况）", ", and in other cases") };
        let name = vocabulary.name(tried.sayer);
        remarks
            .warning(
                self.routes[*last].1,
                format!("业务台“{name}”发出“{topic}”而{zh}时，没有流转规则接{zh_more}"),
                format!("no route takes {topic:?} of desk {name:?} where {en}{en_more}"),
            )
            .hint("这样的事项会留在原处，标为未流转", "such matters will stay where they are, unrouted");
        Ok(())
    }
}

/// Some cells of one thing, in the words of the config.
fn cells_words(on: &str, cells: &[&Cell]) -> Title {
    let values: Vec<String> = cells
        .iter()
        .filter_map(|cell| match cell {
            Cell::Value(value) => Some(value.to_string()),
            _ => None,
        })
        .collect();
    // Spans of numbers are told one by one; the first will do.
    if values.len() != cells.len() || on == "place" {
        return cells.first().map_or_else(Title::default, |cell| cell_words(on, cell));
    }
    let Title { zh, en } = listed(&values);
    Title::new(format!(" {on} 是 {zh}"), format!("{on} is {en}"))
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
