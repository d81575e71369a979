//! What each part does, in its process.

mod names;
mod rubbish;
mod border;
mod faults;
mod again;
mod many;
mod leaks;

use std::sync::Arc;

use super::bench::Bench;
use super::part::Part;
use crate::plugins::Library;
use crate::plugins::strange::{Memory, Table, strays};

/// Runs a part.
pub(super) fn run(part: Part, library: &Arc<Library>, bench: &mut Bench) {
    if part == Part::Manifest {
        names::open_all(library, bench);
    }
    let Some(mut trial) = bench.trial(library) else { return };
    let trial = &mut trial;
    match part {
        Part::Manifest => names::answer_all(trial),
        Part::Rubbish => rubbish::run(trial),
        Part::Unknown => again::with_more_fields(trial),
        Part::OlderHost => border::older(trial),
        Part::NewerHost => border::same_under(trial, Table::Longer, Memory::Plain),
        Part::Lent => border::same_under(trial, Table::Whole, Memory::Guarded),
        Part::HostFaults => faults::run(trial),
        Part::Repeat => again::here(trial),
        Part::Processes => names::keep_all(trial),
        Part::Threads => many::threads(trial),
        Part::Closing => many::closing(trial),
        Part::Leaks => leaks::run(trial),
    }
    let strays = strays();
    if 0 < strays {
        trial.find(
            format!("在调用之外用了 {strays} 次主机"),
            format!("uses the host {strays} times outside of the call it was given to"),
        );
    }
}
