//! P8, P23: a disk that is full, broken or does not confirm, and a clock that was set back, as those who
//! use the host meet them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use hongling::district::set_exercise;
use hongling::engine::input::{Answer, Clock as _, HandClock, Input};
use hongling::engine::runner::Runner;
use hongling::engine::{Engine, NO_TICKET};
use hongling::store::faults::{Doing, Faults as StoreFaults, Verdict};
use hongling::store::{Store, open_reading};
use plugin_api::Title;

use super::swept::flow::{Districts, starting};
use crate::faults::{Faults, How};
use crate::program::hongling;
use crate::scratch::{PROGRAM, Scratch};
use crate::story::ms;

const HOUR_MS: i64 = 3_600_000;

/// A disk that does to commits what it is told, and counts them.
#[derive(Clone, Default)]
struct Disk {
    mood: Arc<AtomicU8>,
    commits: Arc<AtomicU32>,
}

const MOODS: [Verdict; 5] = [Verdict::Go, Verdict::Full, Verdict::Disk, Verdict::NotFlushed, Verdict::Lie];

impl Disk {
    fn is(&self, verdict: Verdict) {
        let mood = MOODS.iter().position(|known| *known == verdict).unwrap();
        self.mood.store(u8::try_from(mood).unwrap(), Ordering::Relaxed);
    }
}

impl StoreFaults for Disk {
    fn before(&mut self, doing: Doing) -> Verdict {
        if doing != Doing::Commit {
            return Verdict::Go;
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        MOODS[usize::from(self.mood.load(Ordering::Relaxed))]
    }
}

/// A district with one matter whose bell rings in an hour, on a disk of its own.
struct Setting {
    scratch: Scratch,
    districts: Districts,
    disk: Disk,
    clock: HandClock,
}

impl Setting {
    fn new() -> (Setting, Engine) {
        let (scratch, districts, disk) = (Scratch::in_memory(), Districts::new(Path::new(PROGRAM)), Disk::default());
        districts.begin(scratch.path());
        let (mut engine, clock) = districts.engine_with(scratch.path(), 0, Some(Box::new(disk.clone()))).unwrap();
        assert!(matches!(one(&mut engine, starting("S1", "bell")), Answer::Done(_)));
        (Setting { scratch, districts, disk, clock }, engine)
    }
}

fn one(engine: &mut Engine, input: Input) -> Answer {
    engine.take(input, 1);
    engine.commit().into_iter().find(|(ticket, _)| *ticket == 1).unwrap().1
}

fn unstored(answer: Answer) -> Title {
    match answer {
        Answer::Unstored(words) => words,
        other => panic!("{other:?}"),
    }
}

/// Every input is refused with words that say who must act; nothing is half done; reads go on; what is due
/// waits and is not lost; and when the disk takes something again, so does the host, as it stands.
#[test]
fn a_disk_that_takes_nothing_refuses_and_comes_back_without_a_restart() {
    for (verdict, zh, en) in [
        (
            Verdict::Full,
            "磁盘已满，这一项没有登记；请在",
            "the disk is full and nothing of this was stored; free space",
        ),
        (Verdict::Disk, "磁盘读写出错", "the disk failed"),
    ] {
        let (setting, mut engine) = Setting::new();
        let (data, before) = (setting.scratch.path().join("data"), engine.store().reader().state().unwrap());
        setting.disk.is(verdict);
        for nth in 0..3 {
            engine.take(starting(&format!("N{nth}"), "remember"), nth + 1);
        }
        let answers = engine.commit();
        assert_eq!(answers.len(), 3);
        for (_, answer) in answers {
            let words = unstored(answer);
            assert!(words.zh.starts_with(zh) && words.en.starts_with(en), "{words:?}");
            assert!(words.zh.contains(&*data.to_string_lossy()) && words.en.contains(&*data.to_string_lossy()));
        }
        assert_eq!(engine.store().reader().state().unwrap(), before, "nothing is half done");
        assert_eq!(open_reading(&data).unwrap().reader().sizes().unwrap().2, 1, "reads go on");

        setting.clock.set(setting.clock.now_ms() + 2 * HOUR_MS);
        assert_eq!(engine.run_due(), 1);
        assert!(engine.commit().iter().all(|(ticket, _)| *ticket == NO_TICKET));
        let tried = setting.disk.commits.load(Ordering::Relaxed);
        assert_eq!((engine.run_due(), engine.commit().len()), (0, 0));
        assert_eq!(setting.disk.commits.load(Ordering::Relaxed), tried, "what is due is not tried without end");
        assert!(engine.trouble().is_some() && !engine.is_stopped());

        setting.disk.is(Verdict::Go);
        assert!(
            matches!(one(&mut engine, starting("N0", "remember")), Answer::Done(_)),
            "the same key, for the first time"
        );
        assert!(engine.trouble().is_none());
        assert_eq!(engine.run_due(), 1, "the bell rings, late and once");
        engine.commit();
        assert_eq!(engine.run_due(), 0);
        let parked: Vec<i64> = engine.deliveries().map(|row| row.at_ms).collect();
        assert_eq!(parked, [ms("2026-03-02 10:00")], "as of its instant");
    }
}

/// Without anybody putting anything in, what is due is tried again a second later.
#[test]
fn what_is_due_waits_a_second_for_a_full_disk() {
    let (setting, mut engine) = Setting::new();
    setting.disk.is(Verdict::Full);
    setting.clock.set(setting.clock.now_ms() + 2 * HOUR_MS);
    engine.run_due();
    engine.commit();
    assert_eq!(engine.next_due_ms(), Some(engine.now_ms() + 1_000));
    setting.disk.is(Verdict::Go);
    // A clock that is set back meanwhile does not make it wait for an hour more.
    setting.clock.set(setting.clock.now_ms() - HOUR_MS);
    assert_eq!(engine.run_due(), 1);
    engine.commit();
    assert!(engine.trouble().is_none());
}

/// The control: a commit that is said to be made and is not makes the same looks fail, and the next start
/// does not go on from there.
#[test]
fn a_commit_that_was_not_made_is_found() {
    let (setting, mut engine) = Setting::new();
    let before = engine.store().reader().state().unwrap();
    setting.disk.is(Verdict::Lie);
    assert!(matches!(one(&mut engine, starting("N0", "")), Answer::Done(_)));
    assert_eq!(engine.store().reader().state().unwrap(), before, "it was answered, and is not there");
    drop(engine);
    let error = setting.districts.engine(setting.scratch.path(), 0).map(drop).unwrap_err();
    assert!(error.contains("had been stored"), "{error}");
}

/// After a flush that failed nothing is answered with success any more; whoever waits is told so; and the
/// next start takes it up.
#[test]
fn nothing_is_taken_after_a_failed_flush() {
    let (setting, engine) = Setting::new();
    let data = setting.scratch.path().join("data");
    let runner = Runner::start(engine).unwrap();
    setting.disk.is(Verdict::NotFlushed);
    let told: Vec<_> = (0..40).map(|nth| runner.tables.put(starting(&format!("F{nth}"), ""))).collect();
    for answer in told.into_iter().flatten() {
        // A lane that is gone is an answer as well, and no success.
        let Ok(answer) = answer.recv() else { continue };
        let words = unstored(answer);
        assert!(words.en.contains("did not confirm") && words.en.contains("start the host again"), "{words:?}");
    }
    let engine = runner.wait().unwrap();
    assert!(engine.is_stopped());
    assert!(engine.trouble().unwrap().zh.contains("主机已停止登记"));
    drop(engine);
    assert!(data.join("hongling.db-unflushed").exists(), "the next start knows");
    let (mut engine, _) = setting.districts.engine(setting.scratch.path(), 0).unwrap();
    assert!(!data.join("hongling.db-unflushed").exists());
    assert_eq!(engine.store().reader().sizes().unwrap().2, 1, "none of them was stored");
    assert!(matches!(one(&mut engine, starting("F0", "")), Answer::Done(_)));
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_owned()).collect()
}

/// `run` ends by itself, with an exit code and words, when a flush fails while it works.
#[test]
fn run_ends_when_a_flush_fails() {
    let Some(faults) = Faults::build("recovery::disk::run_ends_when_a_flush_fails") else { return };
    let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
    districts.write(scratch.path(), 0);
    let start = words(&["act", ".", "odd", "start", "-f", "place=daguan", "--lang", "en"]);
    let ran = faults.run(scratch.path(), &start, How::Nothing, 0, "");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // It fails and is tried again by itself after a second, which is the first thing that `run` commits.
    let fail = words(&["act", ".", "TR2026-000001", "try", "-f", "how=fail", "--lang", "en"]);
    assert_eq!(faults.run(scratch.path(), &fail, How::Nothing, 0, "").code, Some(1));
    let log = ran.operations.iter().position(|operation| operation == "fsync hongling.db-wal").unwrap();
    let ran =
        faults.run(scratch.path(), &words(&["run", ".", "--no-console", "--lang", "en"]), How::NoFlush, log + 1, "");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        ran.is_struck && ran.err.contains("did not confirm") && ran.err.contains("start the host again"),
        "{}",
        ran.err
    );
    let (code, _) = crate::program::hongling_json(&["status", &scratch.path().to_string_lossy()]);
    assert_eq!(code, Some(0));
}

/// On a disk that is full from the first byte on, one can still look, whether or not the last host ended
/// well.
#[test]
fn one_can_look_at_a_full_disk() {
    let Some(faults) = Faults::build("recovery::disk::one_can_look_at_a_full_disk") else { return };
    let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
    districts.write(scratch.path(), 0);
    let start = words(&["act", ".", "odd", "start", "-f", "place=daguan"]);
    faults.run(scratch.path(), &start, How::Nothing, 0, "");
    let counted = faults.run(scratch.path(), &start, How::Nothing, 0, "").operations;
    let list = words(&["list", ".", "--json"]);
    let look = |expected: usize| {
        let ran = faults.run(scratch.path(), &list, How::FullOn, 1, "");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.is_struck, "there was no room");
        assert_eq!(ran.out.matches("TR2026-").count(), expected, "{}", ran.out);
    };
    look(2);
    // Killed when all is answered and the log not yet copied: what the log holds is seen as well.
    let copying = counted.iter().position(|operation| operation == "write hongling.db").unwrap();
    assert_eq!(faults.run(scratch.path(), &start, How::Kill, copying + 1, "").signal, Some(9));
    std::fs::remove_file(scratch.path().join("data/hongling.db-shm")).unwrap();
    look(3);
}

/// P23: a clock that was set back by an hour or a year is told of once; nothing fires early.
#[test]
fn a_clock_that_was_set_back_is_told_of_once() {
    let Some(faults) = Faults::build("recovery::disk::a_clock_that_was_set_back_is_told_of_once") else { return };
    for ahead_ms in [HOUR_MS, 365 * 24 * HOUR_MS] {
        let (scratch, districts) = (Scratch::in_memory(), Districts::new(&faults.program()));
        let now_ms = hongling::engine::input::SystemClock.now_ms();
        districts.begin(scratch.path());
        set_exercise(&Store::open(&scratch.path().join("data")).unwrap(), now_ms + ahead_ms).unwrap();
        let (mut engine, _) = districts.engine(scratch.path(), 0).unwrap();
        let Answer::Done(done) = one(&mut engine, starting("S1", "bell")) else { panic!("it is opened") };
        let number = &*done.matters[0].number;
        drop(engine);
        no_exercise(scratch.path());
        let act = words(&["act", ".", number, "try", "-f", "how=remember", "--lang", "en"]);
        let ran = faults.run(scratch.path(), &act, How::Nothing, 0, "");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert_eq!(ran.err.matches("clock is behind the last input").count(), 1, "{}", ran.err);
        let shown = hongling(&["show", &scratch.path().to_string_lossy(), number, "--json"]);
        let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
        let topics: Vec<&str> =
            shown["events"].as_array().unwrap().iter().map(|event| event["topic"].as_str().unwrap()).collect();
        assert_eq!(topics, ["opened", "noted"], "the bell has not rung");
    }
}

/// The same store, with the machine's clock.
fn no_exercise(folder: &Path) {
    let db = rusqlite::Connection::open(folder.join("data/hongling.db")).unwrap();
    assert_eq!(db.execute("delete from meta where key = 'exercise'", []).unwrap(), 1);
}
