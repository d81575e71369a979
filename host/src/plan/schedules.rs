//! Schedules held against those before, each with when it comes next.

use super::{ScheduleChange, SchedulePlan};
use crate::config::Config;
use crate::engine::schedules::next_of;
use crate::schedule::Schedule;
use crate::store::{Reader, StoreError};

/// What becomes of the schedules, in the order of the new config, and those that go.
pub(super) fn plan(
    old: &Config,
    new: &Config,
    reader: Reader<'_>,
    now_ms: i64,
) -> Result<Vec<SchedulePlan>, StoreError> {
    let rows = reader.schedules()?;
    let mut plans = Vec::new();
    for schedule in &new.schedules {
        let former = old.schedules.iter().find(|former| former.id == schedule.id);
        let before = former.and_then(|former| next_of(former, &rows, now_ms, &old.calendar));
        let after = next_of(schedule, &rows, now_ms, &new.calendar);
        let change = match former {
            None => ScheduleChange::Added,
            Some(former) if former.every != schedule.every => ScheduleChange::Restarted,
            Some(former) if !says_the_same((former, old), (schedule, new)) => ScheduleChange::Changed,
            Some(_) if before != after => ScheduleChange::Moved,
            Some(_) => continue,
        };
        let (before, after) = (before.map(Into::into), after.map(Into::into));
        plans.push(SchedulePlan { id: schedule.id.clone(), change, before, after });
    }
    for schedule in old.schedules.iter().filter(|former| new.schedules.iter().all(|kept| kept.id != former.id)) {
        let before = next_of(schedule, &rows, now_ms, &old.calendar).map(Into::into);
        plans.push(SchedulePlan { id: schedule.id.clone(), change: ScheduleChange::Removed, before, after: None });
    }
    Ok(plans)
}

/// By names: indexes of desks differ between two configs.
fn says_the_same((former, old): (&Schedule, &Config), (schedule, new): (&Schedule, &Config)) -> bool {
    let is_to_the_same = old.desks[former.to.get()].name == new.desks[schedule.to.get()].name;
    is_to_the_same && former.emit == schedule.emit && former.data == schedule.data
}
