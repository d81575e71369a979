//! Which notices a trial's steps sent, held against those that were wanted. None leaves: on a scratch store
//! nobody delivers.

use plugin_api::Title;

use super::Run;
use crate::config::trial::{Expected, Notified, Whom};
use crate::store::StoreError;
use crate::store::outbox::NoticeRow;

/// What a test calls them.
const KEY: &str = "notices";

impl Run<'_> {
    /// What is wanted and was not sent, each beside all that was.
    pub(super) fn compare_notices(&mut self, expected: &Expected) -> Result<(), StoreError> {
        let Some(wanted) = &expected.notices else { return Ok(()) };
        let sent = self.sent()?;
        let reporters: Vec<String> =
            self.head().map(|head| head.reporters.iter().map(ToString::to_string).collect()).unwrap_or_default();
        let told = |row: &NoticeRow| {
            let NoticeRow { desk, template, person, outlet, .. } = row;
            let is_reporter = reporters.iter().any(|reporter| **reporter == **person);
            format!("{desk}.{template} → {} ({outlet})", if is_reporter { "reporters" } else { person })
        };
        let all: Vec<String> = sent.iter().map(told).collect();
        let got = if all.is_empty() {
            Title::new("没有发消息", "no notice was sent")
        } else {
            Title::new(all.join("；"), all.join("; "))
        };
        if wanted.is_empty() && !sent.is_empty() {
            self.differ(&expected.place, KEY, "[]", got.clone());
        }
        for wanted in wanted {
            if !sent.iter().any(|row| fits(wanted, row, &reporters)) {
                self.differ(&expected.place, KEY, words(wanted), got.clone());
            }
        }
        Ok(())
    }

    fn sent(&self) -> Result<Vec<NoticeRow>, StoreError> {
        let reader = self.engine.store().reader();
        let all = 1..=reader.counters()?.notice;
        let rows = all.filter_map(|id| reader.notice(id).transpose());
        rows.map(|row| Ok(row?.0)).collect()
    }
}

fn fits(wanted: &Notified, row: &NoticeRow, reporters: &[String]) -> bool {
    let is_for = match &wanted.to {
        None => true,
        Some(Whom::Reporters) => reporters.iter().any(|reporter| **reporter == *row.person),
        Some(Whom::Person(person)) => *row.person == *person.as_str(),
    };
    let is_by = wanted.outlet.as_ref().is_none_or(|outlet| **outlet == *row.outlet);
    is_for && is_by && *row.desk == *wanted.desk && *row.template == *wanted.template
}

fn words(Notified { desk, template, to, outlet }: &Notified) -> String {
    let mut words = format!("{desk}.{template}");
    match to {
        None => {}
        Some(Whom::Reporters) => words.push_str(" → reporters"),
        Some(Whom::Person(person)) => words = format!("{words} → {person}"),
    }
    outlet.as_ref().map_or(words.clone(), |outlet| format!("{words} ({outlet})"))
}
