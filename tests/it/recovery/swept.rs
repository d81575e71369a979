//! P1, P2, P8: a small flow of the real program, and at every operation on its data the process is
//! killed, the disk is full or broken, or the power is cut.
//!
//! After each the host starts again without faults and finishes the flow with the same keys: whatever
//! was answered is there, nothing is there twice, and the end is that of the flow nobody disturbed.

pub mod flow;

use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hongling::engine::input::Answer;

use super::checks::{Routes, journal, violations};
use crate::faults::{Faults, How, Ran, WAYS};
use crate::scratch::Scratch;
use flow::{Deed, Districts, FLOW, MATTERS, Told};

/// Operations of one command at most: more, and the sweep runs away.
const OPERATIONS_MAX: usize = 2_000;

/// The flow as it goes when nothing happens, and the folder as it is before each deed.
struct Undisturbed {
    scratch: Scratch,
    districts: Districts,
    state: Vec<String>,
    journal: Vec<String>,
    told: Vec<Told>,
    /// Every operation of each deed, as `kind file`.
    operations: Vec<Vec<String>>,
}

/// How the act of a first start reads its answer.
const FIRST_ACT: Deed = Deed::Act { on: "", how: "", key: "S1" };

/// What came of a sweep.
#[derive(Default)]
pub struct Swept {
    /// Runs.
    pub tried: usize,
    /// What was not as it should be.
    pub violations: Vec<String>,
}

pub fn routes() -> Routes {
    [("odd-to-even", "even"), ("round-and-round", "odd")].map(|(id, to)| (id.to_owned(), to.to_owned())).into()
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("data")).unwrap();
    for folder in [from.to_owned(), from.join("data")] {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, to.join(path.strip_prefix(from).unwrap())).unwrap();
            }
        }
    }
}

impl Undisturbed {
    /// Runs the flow with the real program, counting, and once more in this process: both must end
    /// the same.
    fn run(faults: &Faults) -> Undisturbed {
        let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
        let folder = scratch.path().join("0");
        districts.begin(&folder);
        let here = scratch.path().join("here");
        districts.begin(&here);
        let (mut told, mut operations) = (Vec::new(), Vec::new());
        for (at, deed) in FLOW.iter().enumerate() {
            let folder = scratch.path().join(at.to_string());
            districts.write(&folder, at);
            let next = scratch.path().join((at + 1).to_string());
            copy_folder(&folder, &next);
            let ran = faults.run(&next, &deed.arguments(), How::Nothing, 0, "");
            told.push(deed.told(&ran.out).unwrap_or_else(|| panic!("{deed:?}: {}{}", ran.out, ran.err)));
            operations.push(ran.operations);
            districts.write(&here, at);
            let (mut engine, clock) = districts.engine(&here, at).unwrap();
            assert_eq!(deed.done(&here, &mut engine, &clock), told[at], "{deed:?}");
        }
        let last = scratch.path().join(FLOW.len().to_string());
        let (engine, _) = districts.engine(&last, FLOW.len()).unwrap();
        let state = engine.store().reader().state().unwrap();
        drop(engine);
        let (engine, _) = districts.engine(&here, FLOW.len()).unwrap();
        assert_eq!(engine.store().reader().state().unwrap(), state);
        let (_, _, matters) = engine.store().reader().sizes().unwrap();
        assert_eq!(matters, MATTERS as u64);
        drop(engine);
        assert_eq!(violations(&last.join("data"), &routes()), Vec::<String>::new());
        let journal = journal(&last.join("data"));
        Undisturbed { scratch, districts, state, journal, told, operations }
    }

    /// Sweeps one deed in one way: at its first operation, at its second, until it runs through.
    fn sweep(&self, faults: &Faults, at: usize, way: How, promise: &str) -> Swept {
        let mut swept = Swept::default();
        let case = self.scratch.path().join(format!("case-{at}-{way:?}-{promise}"));
        for operation in 1..OPERATIONS_MAX {
            if self.operations[at].get(operation - 1).is_some_and(|operation| is_as_at_the_next(way, operation)) {
                continue;
            }
            let _ = std::fs::remove_dir_all(&case);
            copy_folder(&self.scratch.path().join(at.to_string()), &case);
            self.districts.write(&case, at);
            let ran = faults.run(&case, &FLOW[at].arguments(), way, operation, promise);
            swept.tried += 1;
            for violation in in_the_open(|| self.check(&case, at, way, &ran)) {
                let on = ran.operations.get(operation - 1);
                swept
                    .violations
                    .push(format!("{way:?} at operation {operation} {on:?} of {:?}: {violation}", FLOW[at]));
            }
            // A lie is a control, and has done its part once it is found.
            if !ran.is_struck || (way == How::Lie && !swept.violations.is_empty()) {
                std::fs::remove_dir_all(&case).unwrap();
                return swept;
            }
        }
        panic!("{way:?} at {at}: still struck at the {OPERATIONS_MAX}th operation");
    }

    /// Starts again, finishes, and says what is not as it should be.
    fn check(&self, case: &Path, at: usize, way: How, ran: &Ran) -> Vec<String> {
        let mut found = Vec::new();
        let told = FLOW[at].told(&ran.out);
        check_end(way, ran, told.as_ref(), &mut found);
        let (mut engine, mut clock) = match self.districts.engine(case, at) {
            Ok(started) => started,
            Err(error) => return vec![format!("does not start again: {error}")],
        };
        if let Some(told) = &told {
            // After a refused step there may be no other answer than the undisturbed one.
            if *told != self.told[at] {
                found.push(format!("answered {told:?}, undisturbed {:?}", self.told[at]));
            }
            let again = FLOW[at].done(case, &mut engine, &clock);
            if !is_done_before(&FLOW[at], told, &again) {
                found.push(format!("P1: answered {told:?} and lost; asked again {again:?}"));
            }
        }
        for (next, deed) in FLOW.iter().enumerate().skip(at) {
            if next != at {
                drop(engine);
                self.districts.write(case, next);
                (engine, clock) = self.districts.engine(case, next).unwrap();
            }
            deed.done(case, &mut engine, &clock);
        }
        let state = engine.store().reader().state().unwrap();
        drop(engine);
        let data = case.join("data");
        found.extend(violations(&data, &routes()));
        found.extend(differing("state", &self.state, &state));
        found.extend(differing("journal", &self.journal, &journal(&data)));
        found
    }
}

/// Whether a fault at this operation leaves the very same behind as one at the next: it passes this kind
/// over, or this operation changes nothing that the fault leaves. What is torn at no write is killed there;
/// the lock, the index of the log and the marker are no data; a flush changes nothing for a process that is
/// killed.
fn is_as_at_the_next(way: How, operation: &str) -> bool {
    let (kind, file) = operation.split_once(' ').unwrap();
    let is_data = !file.ends_with("-shm") && file != "running" && file != "lock";
    match way {
        How::NoFlush => kind != "fsync",
        How::FullOn => !matches!(kind, "open" | "write"),
        How::Torn | How::Lie => kind != "write" || !is_data,
        How::Kill => kind == "fsync" || !is_data,
        How::Power | How::PowerSome => !is_data,
        How::Nothing | How::FullOnce | How::BrokenOnce | How::BrokenOn => false,
    }
}

/// What a check finds; that it does not come to its end is found as well.
pub fn in_the_open(check: impl FnOnce() -> Vec<String>) -> Vec<String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map_or("", String::as_str);
        vec![format!("cannot even be looked at: {text}")]
    })
}

/// How the process may end: killed, as undisturbed, or with words that say who must act.
pub fn check_end(way: How, ran: &Ran, told: Option<&Told>, found: &mut Vec<String>) {
    let is_death = matches!(way, How::Kill | How::Torn | How::Power | How::PowerSome) && ran.is_struck;
    if is_death {
        if ran.signal != Some(9) {
            found.push(format!("it was to be killed, and ended with {:?}", ran.code));
        }
        return;
    }
    let Some(code) = ran.code else {
        found.push(format!("killed by signal {:?}: {}", ran.signal, ran.err));
        return;
    };
    if ran.err.contains("panicked") {
        found.push(format!("panicked: {}", ran.err));
    }
    let is_failed_step = matches!(told, Some(Told::Answer(Answer::Failed(_))));
    if (code == 0) != (told.is_some() && !is_failed_step) {
        found.push(format!("P8: ended with {code}, having said {}", ran.out));
    }
    let names_the_disk = ran.err.contains("disk") || ran.err.contains("No space") || ran.err.contains("Input/output");
    if code != 0 && told.is_none() && !names_the_disk {
        found.push(format!("P8: no clear error: {}", ran.err));
    }
}

/// Whether what was answered is answered from the store when it is asked once more.
pub fn is_done_before(deed: &Deed, told: &Told, again: &Told) -> bool {
    match (deed, told, again) {
        (_, Told::Rows(opened, before), Told::Rows(0, repeated)) => opened + before == *repeated,
        (_, Told::Due(_), Told::Due(again)) => *again == 0,
        (Deed::Act { .. }, Told::Answer(Answer::Failed(_)), Told::Answer(Answer::Repeated(_))) => true,
        (Deed::Act { .. } | Deed::Book, Told::Answer(Answer::Done(done)), Told::Answer(Answer::Repeated(again))) => {
            done == again
        }
        // Without a key: what it did cannot be done again.
        (Deed::Move { .. } | Deed::Retry, Told::Answer(Answer::Done(_)), Told::Answer(Answer::Refused(_))) => true,
        _ => false,
    }
}

pub fn differing(what: &str, expected: &[String], found: &[String]) -> Option<String> {
    let at = expected.iter().zip(found).position(|(expected, found)| expected != found);
    let at = at.or((expected.len() != found.len()).then_some(expected.len().min(found.len())))?;
    Some(format!("{what} line {at}: {:?}, undisturbed {:?}", found.get(at), expected.get(at)))
}

/// P1, P2, P8, I1–I7: no operation at which anything is lost, done twice, or half done.
#[test]
fn every_operation() {
    let Some(faults) = Faults::build("recovery::swept::every_operation") else { return };
    let began = Instant::now();
    let undisturbed = Undisturbed::run(&faults);
    let operations: Vec<&String> = undisturbed.operations.iter().flatten().collect();
    for kind in ["open ", "write ", "truncate ", "fsync ", "unlink "] {
        assert!(operations.iter().any(|operation| operation.starts_with(kind)), "the flow has no {kind}");
    }
    let tasks: Vec<(usize, How)> = WAYS.iter().flat_map(|way| (0..FLOW.len()).map(|at| (at, *way))).collect();
    let swept = in_parallel(&tasks, |(at, way)| undisturbed.sweep(&faults, *at, *way, ""));
    say_aloud(&format!("{} commands with {} operations", FLOW.len(), operations.len()), &swept, began);
    assert!(
        swept.violations.is_empty(),
        "{} of {}:\n{}",
        swept.violations.len(),
        swept.tried,
        shown(&swept.violations)
    );
}

pub fn in_parallel<T: Sync>(tasks: &[T], run: impl Fn(&T) -> Swept + Sync) -> Swept {
    let (next, swept) = (AtomicUsize::new(0), Mutex::new(Swept::default()));
    let work = || {
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let one = run(task);
            let mut all = swept.lock().unwrap();
            all.tried += one.tried;
            all.violations.extend(one.violations);
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    swept.into_inner().unwrap()
}

/// Past the test harness, which would keep it to itself.
pub fn say_aloud(what: &str, swept: &Swept, began: Instant) {
    let (ways, tried, violations, seconds) =
        (WAYS.len(), swept.tried, swept.violations.len(), began.elapsed().as_secs());
    let said = format!("SWEPT {what} in {ways} ways: {tried} runs, {violations} violations, {seconds} s");
    let _ = writeln!(std::io::stderr(), "{said}");
}

pub fn shown(violations: &[String]) -> String {
    violations.iter().take(20).map(|violation| format!("{violation}\n")).collect()
}

/// Controls: the same sweep finds a host whose commits are not flushed, one that answers before the
/// commit, and one that takes no notice of a write that failed. If it does not, it proves nothing of the
/// host.
#[test]
fn the_sweep_finds_what_it_looks_for() {
    let Some(faults) = Faults::build("recovery::swept::the_sweep_finds_what_it_looks_for") else { return };
    let undisturbed = Undisturbed::run(&faults);
    for (way, promise) in [(How::Power, "unflushed"), (How::Kill, "early")] {
        let found = undisturbed.sweep(&faults, 1, way, promise).violations;
        // By asking again, or by the host itself at its next start.
        let says_so = |text: &&String| text.contains("P1: answered") || text.contains("had been stored");
        let lost = found.iter().filter(says_so).count();
        assert!(0 < lost, "{promise}: nothing that was answered is lost: {found:?}");
    }
    // A disk that is full or broken, and nobody asks what it said.
    for at in [0, 1] {
        let swept = undisturbed.sweep(&faults, at, How::Lie, "");
        assert!(!swept.violations.is_empty(), "a lie in {:?} is not found in {} runs", FLOW[at], swept.tried);
    }
}

/// The same of a first start.
#[test]
fn the_sweep_of_a_first_start_finds_what_it_looks_for() {
    let Some(faults) = Faults::build("recovery::swept::the_sweep_of_a_first_start_finds_what_it_looks_for") else {
        return;
    };
    let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
    let folder = scratch.path().join("first");
    districts.write_empty(&folder);
    let operations = faults.run(&folder, &first_act(), How::Nothing, 0, "").operations;
    for (way, promise) in [(How::Power, "unflushed"), (How::Kill, "early"), (How::Lie, "")] {
        let swept = sweep_first_start((&faults, promise), &districts, scratch.path(), way, &operations);
        assert!(!swept.violations.is_empty(), "{way:?} {promise}: nothing is found in {} runs", swept.tried);
    }
}

/// After a flush that failed the kernel shows what the disk does not have, and would let it go with the
/// power. The next start writes it once more before it builds on it; without that, which is the control, what
/// is answered then is lost with it.
#[test]
fn what_a_failed_flush_lost_is_written_again() {
    let Some(faults) = Faults::build("recovery::swept::what_a_failed_flush_lost_is_written_again") else { return };
    let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
    let (folder, lost) = (scratch.path().join("flow"), scratch.path().join("lost"));
    districts.begin(&folder);
    let import = FLOW[0].arguments();
    assert_eq!(faults.run(&folder, &import, How::Nothing, 0, "").code, Some(0));
    let before = scratch.path().join("before");
    copy_folder(&folder, &before);
    districts.write(&before, 1);
    let operations = faults.run(&before, &FLOW[1].arguments(), How::Nothing, 0, "").operations;
    let flushes: Vec<usize> = (0..operations.len()).filter(|at| operations[*at] == "fsync hongling.db-wal").collect();
    // The first is of the log's head, the second of the commit.
    let ran = faults.run_losing(&folder, &FLOW[1].arguments(), How::NoFlush, flushes[1] + 1, &lost);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(std::fs::metadata(&lost).is_ok_and(|lost| 0 < lost.len()), "the commit is lost");

    let lost_at = |is_noted: bool| -> Vec<usize> {
        let case = scratch.path().join("case");
        let mut lost_at = Vec::new();
        for operation in 1..OPERATIONS_MAX {
            let _ = std::fs::remove_dir_all(&case);
            copy_folder(&folder, &case);
            districts.write(&case, 1);
            if !is_noted {
                std::fs::remove_file(case.join("data/hongling.db-unflushed")).unwrap();
            }
            let of_case = scratch.path().join("lost-of-case");
            let text = std::fs::read_to_string(&lost).unwrap();
            std::fs::write(&of_case, text.replace(&*folder.to_string_lossy(), &case.to_string_lossy())).unwrap();
            let ran = faults.run_losing(&case, &FLOW[2].arguments(), How::Power, operation, &of_case);
            match districts.engine(&case, 2) {
                Ok((mut engine, clock)) => {
                    if let Some(told) = FLOW[2].told(&ran.out)
                        && !is_done_before(&FLOW[2], &told, &FLOW[2].done(&case, &mut engine, &clock))
                    {
                        lost_at.push(operation);
                    }
                }
                // The host itself sees that what was stored is not there.
                Err(why) if why.contains("had been stored") => lost_at.push(operation),
                Err(why) => panic!("{why}"),
            }
            if is_noted {
                assert_eq!(violations(&case.join("data"), &routes()), Vec::<String>::new());
            }
            if !ran.is_struck {
                return lost_at;
            }
        }
        panic!("still struck at the {OPERATIONS_MAX}th operation");
    };
    assert_eq!(lost_at(true), Vec::<usize>::new(), "nothing that was answered is lost");
    assert!(!lost_at(false).is_empty(), "without writing it once more, it would be");
}

/// P1, P2, P8: a folder's first start, which makes its store and copies its library. Nothing was there
/// before, so nothing can be lost but the one act; and whatever is left behind, the next start makes
/// something of it.
#[test]
fn every_operation_of_a_first_start() {
    let Some(faults) = Faults::build("recovery::swept::every_operation_of_a_first_start") else { return };
    let began = Instant::now();
    let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
    let folder = scratch.path().join("first");
    districts.write_empty(&folder);
    let operations = faults.run(&folder, &first_act(), How::Nothing, 0, "").operations;
    assert!(operations.iter().any(|one| one.starts_with("rename ")), "the library is copied: {operations:?}");
    let swept =
        in_parallel(&WAYS, |way| sweep_first_start((&faults, ""), &districts, scratch.path(), *way, &operations));
    say_aloud(&format!("a first start with {} operations", operations.len()), &swept, began);
    assert!(
        swept.violations.is_empty(),
        "{} of {}:\n{}",
        swept.violations.len(),
        swept.tried,
        shown(&swept.violations)
    );
}

fn first_act() -> Vec<String> {
    let words = ["act", ".", "odd", "start", "--key", "S1", "-f", "place=daguan", "--json", "--lang", "en"];
    words.map(str::to_owned).into()
}

fn sweep_first_start(
    (faults, promise): (&Faults, &str),
    districts: &Districts,
    root: &Path,
    way: How,
    operations: &[String],
) -> Swept {
    let mut swept = Swept::default();
    let case = root.join(format!("{way:?}-{promise}"));
    for operation in 1..OPERATIONS_MAX {
        if operations.get(operation - 1).is_some_and(|operation| is_as_at_the_next(way, operation)) {
            continue;
        }
        let _ = std::fs::remove_dir_all(&case);
        districts.write_empty(&case);
        let ran = faults.run(&case, &first_act(), way, operation, promise);
        swept.tried += 1;
        let mut found = Vec::new();
        let told = FIRST_ACT.told(&ran.out);
        check_end(way, &ran, told.as_ref(), &mut found);
        found.extend(in_the_open(|| check_first_start(districts, &case, told.as_ref())));
        let on = ran.operations.get(operation - 1);
        swept
            .violations
            .extend(found.into_iter().map(|text| format!("{way:?} at operation {operation} {on:?}: {text}")));
        if !ran.is_struck || (way == How::Lie && !swept.violations.is_empty()) {
            return swept;
        }
    }
    panic!("{way:?}: still struck at the {OPERATIONS_MAX}th operation");
}

fn check_first_start(districts: &Districts, case: &Path, told: Option<&Told>) -> Vec<String> {
    let mut found: Vec<String> = districts.broken_copies(case);
    let mut engine = match districts.engine(case, 0) {
        Ok((engine, _)) => engine,
        Err(error) => return vec![format!("does not start again: {error}")],
    };
    let again = flow::start(&mut engine, "S1");
    let is_right = match told {
        Some(told) => is_done_before(&FIRST_ACT, told, &again),
        None => matches!(again, Told::Answer(Answer::Done(_) | Answer::Repeated(_))),
    };
    if !is_right {
        found.push(format!("P1: answered {told:?}, asked again {again:?}"));
    }
    let (_, _, matters) = engine.store().reader().sizes().unwrap();
    if matters != 1 {
        found.push(format!("P3: {matters} matters"));
    }
    drop(engine);
    found.extend(violations(&case.join("data"), &routes()));
    found
}
