//! How a matter stands in time: when it is due and how its lamp shines. Computed, never stored.

use jiff::Timestamp;
use plugin_api::matter::Lamp;
use plugin_api::{ClockState, Due, Matter, Status};
use serde::Serialize;

use super::ClockRun;
use crate::config::Config;
use crate::matter::Head;
use crate::store::rows::ClockId;

/// Due instant and lamp of an open matter; nothing of one that is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// When the first of its clocks runs out; where none runs, when the first ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// The worst of its floor and its clocks'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lamp: Option<Lamp>,
}

impl Standing {
    /// As of an instant.
    pub fn of(config: &Config, head: &Head, clocks: &[(ClockId, ClockRun)], now: Timestamp) -> Standing {
        if head.status != Status::Open {
            return Standing::default();
        }
        let lamps = clocks.iter().filter_map(|(id, run)| {
            let desk = &config.desks[config.desk(&id.desk)?.get()];
            Some(run.lamp(desk.manifest.clock(&id.name)?, now))
        });
        let lamp = lamps.chain(head.worst.as_ref().map(|worst| worst.lamp)).max();
        Standing { due: first_due(clocks), lamp }
    }

    /// From when on the lamp is at least green, blue, yellow, red, if nobody turns a clock: what
    /// [`Standing::of`] says at any instant, told before it.
    pub fn lamps_from(config: &Config, head: &Head, clocks: &[(ClockId, ClockRun)]) -> [Option<Timestamp>; 4] {
        if head.status != Status::Open {
            return [None; 4];
        }
        let of_clock = |(id, run): &(ClockId, ClockRun)| -> Option<Vec<(Timestamp, Lamp)>> {
            let desk = &config.desks[config.desk(&id.desk)?.get()];
            Some(run.lamps(desk.manifest.clock(&id.name)?).collect())
        };
        let floor = head.worst.as_ref().map(|worst| (Timestamp::MIN, worst.lamp));
        let all: Vec<(Timestamp, Lamp)> = clocks.iter().filter_map(of_clock).flatten().chain(floor).collect();
        let from = |least: Lamp| all.iter().filter(|(_, lamp)| least <= *lamp).map(|(at, _)| *at).min();
        [Lamp::Green, Lamp::Blue, Lamp::Yellow, Lamp::Red].map(from)
    }

    /// Shows it on a matter.
    pub fn mark(self, matter: &mut Matter) {
        (matter.due, matter.lamp) = (self.due, self.lamp);
    }
}

fn first_due(clocks: &[(ClockId, ClockRun)]) -> Option<Due> {
    let first = |state: ClockState| {
        let runs = clocks.iter().map(|(_, run)| run).filter(|run| run.state() == state);
        runs.min_by_key(|run| run.due).map(|run| run.due().into())
    };
    first(ClockState::Running).or_else(|| first(ClockState::Out))
}
