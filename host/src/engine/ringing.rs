//! Clocks that call their desks, and clocks that another calendar moves.

use std::sync::Arc;

use plugin_api::clock::Due as Told;
use plugin_api::manifest::{ClockSpec, Keep, Manifest};
use plugin_api::{Clock, InputKind, MatterId, Status};
use serde_json::json;

use super::Engine;
use super::chain::{Cause, Start};
use super::input::{Answer, Done, instant};
use crate::clock::{ClockRun, Moment, Turning};
use crate::config::Config;
use crate::store::StoreError;
use crate::store::rows::{ClockId, ClockRow};

impl Engine {
    /// A moment of a clock has come: the desk its matter lies on is called, as of that instant.
    pub(super) fn run_clock(&mut self, id: &ClockId, moment: &Moment, now_ms: i64) -> Result<Answer, StoreError> {
        let Some((at, run)) = self.clocks.find(id).and_then(|run| {
            let (at, next) = run.next()?;
            (next == *moment).then(|| (at, run.clone()))
        }) else {
            return Ok(Answer::Done(Done::default()));
        };
        let Some(head) = self.head(MatterId(id.matter))? else {
            return Err(StoreError::Damaged(format!("a clock is of matter {}, which there is not", id.matter)));
        };
        let call = moment.call(&id.name);
        let mut input = self.own_row(InputKind::Clock, &call, now_ms);
        input.desk = Some(Arc::clone(&id.desk));
        input.matter = Some(id.matter);
        let body: Arc<str> = format!("{{\"due\":\"{at}\"}}").into();
        let desk = self.config.desk(&head.desk);
        let takes = desk.is_some_and(|desk| {
            let manifest = &self.config.desks[desk.get()].manifest;
            is_clock_of(&head.desk, manifest, id, &run) && manifest.clock_calls().any(|known| known == call)
        });
        self.put_clock(ClockRow { id: id.clone(), run: Some(run.after(moment)) });
        let Some(desk) = desk.filter(|_| takes && head.status == Status::Open) else {
            if desk.is_none() {
                self.hold_clock(&input, at.as_millisecond(), &head);
            }
            self.push_input(input, body);
            self.numbers.seq += 1;
            return Ok(Answer::Done(Done::default()));
        };
        self.run_chain(Start {
            row: input,
            body,
            data: "".into(),
            step_ms: at.as_millisecond(),
            desk,
            stay: head.stay,
            can_refuse: false,
        })
    }

    fn put_clock(&mut self, row: ClockRow) {
        self.clocks.turn(&row);
        self.batch.set.clocks.push(row);
    }

    /// Counts every clock anew by the config now in force; those that move are an event each.
    pub(super) fn recount_clocks(&mut self, input: u64, now_ms: i64) -> Result<(), StoreError> {
        let config = Arc::clone(&self.config);
        for moved in moved_clocks(&config, self.clocks.iter(), now_ms) {
            let id = MatterId(moved.id.matter);
            if self.head(id)?.is_none() {
                continue;
            }
            let (before, after) = (Told::from(moved.before.due()), Told::from(moved.after.due()));
            let data = json!({ "clock": &*moved.id.name, "before": before, "after": after });
            self.put_clock(ClockRow { id: moved.id, run: Some(moved.after) });
            if before != after {
                let cause = Cause { input, at_ms: now_ms, by: None };
                self.journal_host_event(id, "recomputed", data.to_string().into(), cause);
            }
        }
        Ok(())
    }
}

/// Whether a desk turns a clock and is called by it: one that it started, and one kept with the matter
/// that it declares so too. A clock of its own that merely has the name is another.
fn is_clock_of(desk: &str, manifest: &Manifest, id: &ClockId, run: &ClockRun) -> bool {
    let is_shared = |spec: &ClockSpec| run.keep == Keep::Matter && spec.keep == Keep::Matter;
    manifest.clock(&id.name).is_some_and(|spec| *id.desk == *desk || is_shared(spec))
}

/// The clocks of a matter that a desk may turn.
pub(super) fn push_clocks(request: &mut String, clocks: &[(ClockId, ClockRun)], desk: &Arc<str>, manifest: &Manifest) {
    let own = clocks.iter().filter(|(id, run)| is_clock_of(desk, manifest, id, run));
    let told = own.map(|(id, run)| Clock {
        name: id.name.to_string(),
        state: run.state(),
        due: run.due,
        provisional: run.is_provisional,
    });
    let mut told: Vec<Clock> = told.collect();
    if told.is_empty() {
        return;
    }
    told.sort_by(|a, b| a.name.cmp(&b.name));
    request.push_str(r#","clocks":"#);
    request.push_str(&serde_json::to_string(&told).expect("clocks are plain JSON"));
}

/// A clock that another config moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which clock.
    pub id: ClockId,
    /// As it stands.
    pub before: ClockRun,
    /// As it would.
    pub after: ClockRun,
}

/// The clocks that a config moves, in the order of matters. A clock whose desk or declaration is gone
/// stays as it is.
pub fn moved_clocks<'a>(
    config: &Config,
    clocks: impl Iterator<Item = &'a (ClockId, ClockRun)>,
    now_ms: i64,
) -> Vec<Moved> {
    let mut moved: Vec<Moved> = clocks
        .filter_map(|(id, before)| {
            let desk = &config.desks[config.desk(&id.desk)?.get()];
            let spec = desk.manifest.clock(&id.name)?;
            let turning = Turning { calendar: &config.calendar, spec, now: instant(now_ms), stay: before.stay };
            let after = turning.recount(before).ok()?;
            (after != *before).then(|| Moved { id: id.clone(), before: before.clone(), after })
        })
        .collect();
    moved.sort_by(|a, b| a.id.cmp(&b.id));
    moved
}
