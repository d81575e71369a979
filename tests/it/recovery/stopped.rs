//! I1–I7: the flow of the sweep, stopped in this process after every commit that it makes.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hongling::store::faults::{Doing, Faults, Verdict};

use super::checks::{journal, violations};
use super::swept::flow::{Districts, FLOW, Told};
use super::swept::{differing, is_done_before, routes};
use crate::scratch::{PROGRAM, Scratch};

/// What happens to the commit after so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The host stops before it: it is as if it had been killed there.
    Stops,
    /// It is not made, and said to be: a host that loses what it has answered.
    Lies,
}

/// Commits counted, and what then happens.
#[derive(Clone)]
struct Counting {
    commits: Arc<AtomicU32>,
    after: u32,
    then: Then,
}

/// How a stopped host unwinds.
struct Stopped;

impl Faults for Counting {
    fn before(&mut self, doing: Doing) -> Verdict {
        if doing != Doing::Commit || self.commits.fetch_add(1, Ordering::Relaxed) != self.after {
            return Verdict::Go;
        }
        match self.then {
            Then::Stops => resume_unwind(Box::new(Stopped)),
            Then::Lies => Verdict::Lie,
        }
    }
}

/// Runs the flow from a deed on, on a store with faults; gives what was told, and whether it came to its
/// end.
fn run(districts: &Districts, folder: &Path, from: usize, faults: Option<&Counting>) -> (Vec<Told>, bool) {
    let told = Cell::new(Vec::new());
    let ended = catch_unwind(AssertUnwindSafe(|| {
        for (at, deed) in FLOW.iter().enumerate().skip(from) {
            districts.write(folder, at);
            let faults = faults.map(|faults| Box::new(faults.clone()) as Box<dyn Faults>);
            let (mut engine, clock) = districts.engine_with(folder, at, faults).unwrap();
            let one = deed.done(folder, &mut engine, &clock);
            let mut all = told.take();
            all.push(one);
            told.set(all);
        }
    }));
    (told.take(), ended.is_ok())
}

/// State and journal as a flow leaves them.
fn left(districts: &Districts, folder: &Path) -> Result<(Vec<String>, Vec<String>), String> {
    let (engine, _) = districts.engine(folder, FLOW.len())?;
    let state = engine.store().reader().state().map_err(|error| error.to_string())?;
    drop(engine);
    Ok((state, journal(&folder.join("data"))))
}

/// Stops, or lies, after so many commits, goes on, and says what is not as it should be; none if the flow
/// makes no more commits.
fn found(districts: &Districts, undisturbed: &Left, after: u32, then: Then) -> Option<Vec<String>> {
    let scratch = Scratch::in_memory();
    let folder = scratch.path();
    districts.begin(folder);
    let faults = Counting { commits: Arc::default(), after, then };
    let (told, _) = run(districts, folder, 0, Some(&faults));
    if faults.commits.load(Ordering::Relaxed) <= after {
        return None;
    }
    let check = || {
        let mut found = differing_told(&undisturbed.told, &told);
        // What was answered last is there, and is not done twice: asked of the host as it stopped, which
        // may have gone on to the next config.
        let stopped = told.len().min(FLOW.len() - 1);
        districts.write(folder, stopped);
        let (mut engine, clock) = districts.engine(folder, stopped).unwrap();
        if let (Some(last), Some(deed)) = (told.last(), FLOW.get(told.len().wrapping_sub(1))) {
            let again = deed.done(folder, &mut engine, &clock);
            if !is_done_before(deed, last, &again) {
                found.push(format!("P1: {deed:?} was answered {last:?}; asked again {again:?}"));
            }
        }
        drop(engine);
        run(districts, folder, told.len(), None);
        match left(districts, folder) {
            Ok((state, journal)) => {
                found.extend(differing("state", &undisturbed.state, &state));
                found.extend(differing("journal", &undisturbed.journal, &journal));
            }
            Err(error) => found.push(format!("does not start again: {error}")),
        }
        found.extend(violations(&folder.join("data"), &routes()));
        found
    };
    Some(catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| vec!["cannot even be looked at".to_owned()]))
}

fn differing_told(expected: &[Told], found: &[Told]) -> Vec<String> {
    let differing = expected.iter().zip(found).find(|(expected, found)| expected != found);
    differing.map(|(expected, found)| format!("answered {found:?}, undisturbed {expected:?}")).into_iter().collect()
}

/// The flow as nobody disturbs it.
struct Left {
    told: Vec<Told>,
    state: Vec<String>,
    journal: Vec<String>,
}

fn undisturbed(districts: &Districts) -> Left {
    let scratch = Scratch::in_memory();
    districts.begin(scratch.path());
    let (told, is_ended) = run(districts, scratch.path(), 0, None);
    assert!(is_ended && told.len() == FLOW.len());
    let (state, journal) = left(districts, scratch.path()).unwrap();
    Left { told, state, journal }
}

/// Rows, acts, transfers, clocks, a step that fails until it is parked, a hand-over and a switch: stopped
/// after each of their commits, the end is that of the flow nobody stopped. The control is a commit that
/// is said to be made and is not: each of them is found.
#[test]
fn after_every_commit_of_the_flow() {
    let districts = Districts::new(Path::new(PROGRAM));
    let undisturbed = undisturbed(&districts);
    let mut commits = 0;
    while let Some(wrong) = found(&districts, &undisturbed, commits, Then::Stops) {
        assert!(wrong.is_empty(), "stopped after {commits} commits: {wrong:?}");
        let lie = found(&districts, &undisturbed, commits, Then::Lies).unwrap();
        assert!(!lie.is_empty(), "commit {commits} was not made, and nobody notices");
        commits += 1;
    }
    assert!(12 < commits, "the flow makes only {commits} commits");
}
