//! P8, P21: commands beside the flow of the sweep — a job, an erasure, a backup, a restore — struck at
//! some of their operations in every way.
//!
//! At every so manieth and not at each, for time; every way begins at another.

use std::path::{Path, PathBuf};

use hongling::audit::verify::verify;
use hongling::backup::make::make;
use hongling::backup::restore::{Misfits, restore};
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::store::open_reading;
use jiff::Timestamp;
use plugin_api::PersonId;
use serde_json::{Value, json};

use super::checks::violations;
use super::swept::flow::{Districts, Told};
use super::swept::{Swept, check_end, copy_folder, differing, in_parallel, in_the_open, routes, say_aloud, shown};
use crate::faults::{Faults, How, Ran, WAYS};
use crate::scratch::Scratch;

/// At which operations.
const EVERY: usize = 11;
/// Whom the erasure is of.
const CONTACT: &str = "19900001301";

/// A folder that each case begins with, in it the district `d`, and what is done to it.
struct Aside<'a> {
    faults: &'a Faults,
    districts: &'a Districts,
    base: PathBuf,
    args: Vec<&'a str>,
}

impl Aside<'_> {
    /// Every way, at some operations. `check` is told whether the command says that it is done.
    fn sweep(&self, root: &Path, check: &(dyn Fn(&Path, bool) -> Vec<String> + Sync)) -> Swept {
        let ways: Vec<(usize, How)> = WAYS.into_iter().enumerate().collect();
        in_parallel(&ways, |(nth, way)| {
            let mut swept = Swept::default();
            let case = root.join(format!("{way:?}"));
            for operation in (1 + nth % EVERY..).step_by(EVERY) {
                let ran = self.run(&case, *way, operation);
                swept.tried += 1;
                let told = told(&ran);
                let mut found = Vec::new();
                check_end(*way, &ran, told.as_ref(), &mut found);
                found.extend(in_the_open(|| check(&case, told.is_some())));
                let on = ran.operations.get(operation - 1);
                let args = &self.args;
                let named = found.into_iter().map(|text| format!("{way:?} at {operation} {on:?} of {args:?}: {text}"));
                swept.violations.extend(named);
                if !ran.is_struck {
                    break;
                }
            }
            swept
        })
    }

    /// One run, in a fresh copy of the base.
    fn run(&self, case: &Path, how: How, at: usize) -> Ran {
        let _ = std::fs::remove_dir_all(case);
        copy_folder(&self.base.join("d"), &case.join("d"));
        self.districts.write(&case.join("d"), 0);
        let backup = self.base.join("b.tar");
        if backup.exists() {
            std::fs::copy(backup, case.join("b.tar")).unwrap();
        }
        let args: Vec<String> =
            self.args.iter().chain(&["--json", "--lang", "en"]).map(|arg| (*arg).to_owned()).collect();
        self.faults.run_below(case, &case.join("d"), &args, how, at)
    }
}

/// Whether a command said that it was done.
fn told(ran: &Ran) -> Option<Told> {
    let value: Value = serde_json::from_str(&ran.out).ok()?;
    value.get("error").is_none().then_some(Told::Due(0))
}

/// Inputs of the base, put in here.
fn put(districts: &Districts, folder: &Path, ask: Ask) -> Answer {
    let (mut engine, _) = districts.engine(folder, 0).unwrap();
    engine.run_due();
    engine.take(Input { ask, by: None, key: None }, 1);
    engine.commit().into_iter().find(|(ticket, _)| *ticket == 1).unwrap().1
}

fn act(action: &str, form: &Value) -> Ask {
    let form = form.as_object().unwrap().clone();
    Ask::Act(Act { target: Target::Desk("books".into()), action: action.into(), form })
}

/// What is due is run, and the state it leaves.
fn settled(districts: &Districts, folder: &Path) -> Result<Vec<String>, String> {
    let (mut engine, _) = districts.engine(folder, 0)?;
    engine.run_due();
    engine.commit();
    engine.store().reader().state().map_err(|error| error.to_string())
}

fn none_of(swept: &Swept) {
    assert!(
        swept.violations.is_empty(),
        "{} of {}:\n{}",
        swept.violations.len(),
        swept.tried,
        shown(&swept.violations)
    );
}

/// A job runs again until what it came to is told, once.
#[test]
fn a_job_is_run_to_its_end() {
    let Some(faults) = Faults::build("recovery::aside::a_job_is_run_to_its_end") else { return };
    let (scratch, districts, began) =
        (Scratch::in_memory(), Districts::new(&faults.program()), std::time::Instant::now());
    let base = scratch.path().join("base");
    districts.begin(&base.join("d"));
    put(&districts, &base.join("d"), act("put", &json!({ "key": "a", "count": 3 })));
    assert!(matches!(put(&districts, &base.join("d"), act("tally-all", &json!({}))), Answer::Done(_)));
    let whole = scratch.path().join("whole");
    copy_folder(&base.join("d"), &whole);
    districts.write(&whole, 0);
    let expected = settled(&districts, &whole).unwrap();
    assert!(expected.iter().any(|line| line.contains("1 facts, 3 in all")), "it was run: {expected:?}");
    let aside = Aside { faults: &faults, districts: &districts, base, args: vec!["run", ".", "--once"] };
    let swept = aside.sweep(scratch.path(), &|case, is_told| {
        let folder = case.join("d");
        let (engine, _) = districts.engine(&folder, 0).unwrap();
        let jobs = engine.jobs().count();
        drop(engine);
        let lost = (is_told && jobs != 0).then(|| format!("P1: it was run, and {jobs} wait"));
        let found = settled(&districts, &folder).map_or_else(Some, |state| differing("state", &expected, &state));
        lost.into_iter().chain(found).chain(violations(&folder.join("data"), &routes())).collect()
    });
    say_aloud("a job, sampled,", &swept, began);
    none_of(&swept);
}

/// I10: whoever is erased is so once it is answered; and asked again, whole.
#[test]
fn an_erasure_is_whole() {
    let Some(faults) = Faults::build("recovery::aside::an_erasure_is_whole") else { return };
    let (scratch, districts, began) =
        (Scratch::in_memory(), Districts::new(&faults.program()), std::time::Instant::now());
    let base = scratch.path().join("base");
    districts.begin(&base.join("d"));
    let question = r#"{"record":{"collection":"fact","key":"丁戊己"}}"#;
    let form = json!({ "contact": CONTACT, "question": question });
    let Answer::Done(done) = put(&districts, &base.join("d"), act("ask-later", &form)) else { panic!("it is put in") };
    settled(&districts, &base.join("d")).unwrap();
    let person = format!("r{}", done.seq);
    let erase = || Ask::Erase { person: PersonId::from(person.as_str()), why: None, is_again: false };
    let whole = scratch.path().join("whole");
    copy_folder(&base.join("d"), &whole);
    districts.write(&whole, 0);
    assert!(has(&whole, CONTACT) && has(&whole, "丁戊己"), "the control: it is there before");
    put(&districts, &whole, erase());
    let expected = settled(&districts, &whole).unwrap();
    assert!(!has(&whole, CONTACT), "I10: the contact is gone");
    assert!(!has(&whole, "丁戊己"), "I10: so is what the job was given, which was over before");
    let args = vec!["person", ".", "erase", &person];
    let aside = Aside { faults: &faults, districts: &districts, base, args };
    let swept = aside.sweep(scratch.path(), &|case, is_told| {
        let folder = case.join("d");
        let again = put(&districts, &folder, erase());
        let is_lost = is_told && !matches!(again, Answer::Repeated(_));
        let lost = is_lost.then(|| format!("P1: it was answered, and asked again it is {again:?}"));
        let found = settled(&districts, &folder).map_or_else(Some, |state| differing("state", &expected, &state));
        let left = (has(&folder, CONTACT) || has(&folder, "丁戊己")).then(|| "I10: their words are left".to_owned());
        let report = verify(open_reading(&folder.join("data")).unwrap().reader(), &[]).unwrap();
        let misfits = report.misfits.into_iter().map(|misfit| misfit.what.en);
        lost.into_iter().chain(found).chain(left).chain(misfits).collect()
    });
    say_aloud("an erasure, sampled,", &swept, began);
    none_of(&swept);
}

fn has(folder: &Path, text: &str) -> bool {
    ["hongling.db", "hongling.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(folder.join("data").join(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// What a backup restores to: its last row.
fn restores_to(file: &Path, folder: &Path) -> Result<u64, String> {
    let _ = std::fs::remove_dir_all(folder);
    let now = Timestamp::from_second(1_772_413_200).unwrap();
    restore(file, folder, Misfits::Refuse, now).map(|done| done.about.seq).map_err(|error| error.to_string())
}

/// A district with something in it, and its last row.
fn filled(districts: &Districts, folder: &Path) -> u64 {
    districts.begin(folder);
    put(districts, folder, act("put", &json!({ "key": "a", "count": 3 })));
    open_reading(&folder.join("data")).unwrap().reader().chain().unwrap().seq
}

/// P21: a backup is there whole or not at all, and nothing happens to the store.
#[test]
fn a_backup_is_whole_or_not_there() {
    let Some(faults) = Faults::build("recovery::aside::a_backup_is_whole_or_not_there") else { return };
    let (scratch, districts, began) =
        (Scratch::in_memory(), Districts::new(&faults.program()), std::time::Instant::now());
    let base = scratch.path().join("base");
    let last = filled(&districts, &base.join("d"));
    let aside = Aside { faults: &faults, districts: &districts, base, args: vec!["backup", ".", "../b.tar"] };
    let swept = aside.sweep(scratch.path(), &|case, is_told| {
        let (file, folder) = (case.join("b.tar"), case.join("d"));
        let mut found = violations(&folder.join("data"), &routes());
        match file.exists().then(|| restores_to(&file, &case.join("r"))) {
            Some(Ok(seq)) if seq == last => {}
            Some(other) => found.push(format!("P21: it is there and restores to {other:?}")),
            None if is_told => found.push("P21: it was said to be made and is not there".to_owned()),
            None => {}
        }
        let again = case.join("again.tar");
        let made = make(&folder, &again, Timestamp::from_second(1_772_413_200).unwrap());
        if !made.is_ok_and(|made| made.about.seq == last) {
            found.push("no other can be made".to_owned());
        }
        found
    });
    say_aloud("a backup, sampled,", &swept, began);
    none_of(&swept);
}

/// P21: a folder is restored whole or not at all, and can be restored again.
#[test]
fn a_restored_folder_is_whole_or_not_there() {
    let Some(faults) = Faults::build("recovery::aside::a_restored_folder_is_whole_or_not_there") else { return };
    let (scratch, districts, began) =
        (Scratch::in_memory(), Districts::new(&faults.program()), std::time::Instant::now());
    let base = scratch.path().join("base");
    let last = filled(&districts, &base.join("d"));
    make(&base.join("d"), &base.join("b.tar"), Timestamp::from_second(1_772_413_200).unwrap()).unwrap();
    let aside = Aside { faults: &faults, districts: &districts, base, args: vec!["restore", "../b.tar", "../r"] };
    let swept = aside.sweep(scratch.path(), &|case, is_told| {
        let folder = case.join("r");
        let mut found = Vec::new();
        if folder.exists() {
            let store = open_reading(&folder.join("data")).map_err(|error| error.to_string());
            let seen = store.and_then(|store| {
                let report = verify(store.reader(), &[]).map_err(|error| error.to_string())?;
                let epoch = store.reader().epoch().map_err(|error| error.to_string())?;
                Ok((report.seq, report.misfits.len(), epoch))
            });
            if seen != Ok((last, 0, 2)) {
                found.push(format!("P21: it is there, and is {seen:?}"));
            }
        } else if is_told {
            found.push("P21: it was said to be restored and is not there".to_owned());
        }
        if restores_to(&case.join("b.tar"), &folder) != Ok(last) {
            found.push("it cannot be restored again".to_owned());
        }
        found
    });
    say_aloud("a restore, sampled,", &swept, began);
    none_of(&swept);
}
