//! A backup restores: made under load, with all that was accepted, and refused where it is damaged.

mod damaged;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;

use expect_test::expect;
use hongling::audit::kept::KeptHead;
use hongling::backup::make::{Made, make};
use hongling::backup::restore::{Misfits, Restored, restore};
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::runner::Runner;
use hongling::store::open_reading;
use jiff::Timestamp;

use crate::alone::{Host, district};
use crate::program::{hongling, hongling_json};
use crate::scratch::Scratch;
use crate::seals::{journal, verified};
use crate::story::Story;

const BACKUPS: usize = 20;
/// Reports that are put in while each is made.
const REPORTS: u64 = 150;

fn now() -> Timestamp {
    "2026-03-20T00:00:00Z".parse().unwrap()
}

fn restored(file: &Path, folder: &Path) -> Result<Restored, String> {
    restore(file, folder, Misfits::Refuse, now()).map_err(|error| error.to_string())
}

/// Names of what lies in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A stopped district with a journal and an attached file, and a backup of it.
fn backed_up(scratch: &Scratch) -> (Story, PathBuf, Made) {
    let story = journal();
    let files = story.folder().join("data/files");
    std::fs::create_dir(&files).unwrap();
    std::fs::write(files.join(SHA256_OF_ABC), "abc").unwrap();
    let file = scratch.path().join("backup.tar");
    let made = make(&story.folder(), &file, now()).unwrap();
    (story, file, made)
}

const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn report(nth: u64) -> Input {
    let form = serde_json::json!({ "title": format!("第{nth}件：3幢门口路灯不亮"), "place": "西苑小区" });
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk("intake".into()), action: "report".into(), form };
    Input { ask: Ask::Row(act), by: None, key: Some(format!("B{nth}")) }
}

/// I1: twenty backups while tables keep the engine busy. Each restores, its chain is valid, and it
/// has every matter that was answered before it began.
#[test]
fn made_under_load_it_has_all_that_was_accepted() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    story.running().unwrap();
    let folder = story.folder();
    let running = story.take_running().unwrap();
    let runner = Runner::start(running.engine).unwrap();
    let (tables, answered) = (runner.tables.clone(), Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&answered);
    // As much as is let go, so that the store does not grow beyond what a test can verify.
    let (let_go, wanted) = sync_channel::<u64>(1);
    let load = std::thread::spawn(move || {
        let mut nth = 0;
        for count in wanted {
            for _ in 0..count {
                assert!(matches!(tables.put(report(nth)).unwrap().recv().unwrap(), Answer::Done(_)));
                nth += 1;
                counted.store(nth, Ordering::SeqCst);
            }
        }
    });
    let scratch = Scratch::new();
    let mut grew = 0;
    for nth in 0..BACKUPS {
        let_go.send(REPORTS).unwrap();
        let before = answered.load(Ordering::SeqCst);
        let (file, copy) = (scratch.path().join(format!("{nth}.tar")), scratch.path().join(format!("{nth}")));
        let made = make(&folder, &file, now()).unwrap();
        assert!(made.report.misfits.is_empty() && made.faults.is_empty(), "{made:?}");
        grew += u64::from(before < answered.load(Ordering::SeqCst));
        let done = restored(&file, &copy).unwrap();
        assert_eq!((done.epoch, done.report.seq), (2, made.about.seq));
        let store = open_reading(&copy.join("data")).unwrap();
        let (_, _, matters) = store.reader().sizes().unwrap();
        assert!(before <= matters, "backup {nth}: {before} were answered before, and it has {matters}");
        drop(store);
        std::fs::remove_dir_all(&copy).unwrap();
        std::fs::remove_file(&file).unwrap();
    }
    drop(let_go);
    load.join().unwrap();
    runner.stop().unwrap();
    assert!(BACKUPS as u64 / 2 <= grew, "the engine worked during only {grew} of {BACKUPS} backups");
    assert!(names(scratch.path()).is_empty(), "nothing is left beside: {:?}", names(scratch.path()));
}

#[test]
fn it_is_one_file_that_only_its_owner_reads() {
    let scratch = Scratch::new();
    let (story, file, made) = backed_up(&scratch);
    assert_eq!(names(scratch.path()), ["backup.tar"], "nothing is left beside it");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut archive = tar::Archive::new(std::fs::File::open(&file).unwrap());
    let held: Vec<String> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert_eq!(held.len() as u64, made.files + 1, "{held:?}");
    let wanted = ["hongling-backup.json", "folder/hongling.toml", "folder/desks/triage.toml", "data/hongling.db"];
    assert!(wanted.iter().all(|name| held.iter().any(|held| held == name)), "{held:?}");
    assert!(held.contains(&format!("data/files/{SHA256_OF_ABC}")), "{held:?}");
    // What is only the running host's is not in it.
    assert!(!held.iter().any(|name| name.contains("lock") && name.starts_with("data") || name.contains("running")));
    let again = make(&story.folder(), &file, now()).unwrap_err().to_string();
    expect!["~/backup.tar is there already and is not overwritten; give another name"]
        .assert_eq(&scratch.shorten(&again));
}

/// The old life and the new one go on from the same row, and their heads are told apart.
#[test]
fn a_restored_store_begins_an_epoch_of_its_own() {
    let scratch = Scratch::new();
    let (mut story, file, made) = backed_up(&scratch);
    let kept = KeptHead { seq: made.about.seq, seal: made.about.seal.parse().unwrap() };
    let copy = scratch.path().join("restored");
    let done = restored(&file, &copy).unwrap();
    assert_eq!((done.about.epoch, done.epoch), (1, 2));
    assert_eq!(std::fs::read_to_string(copy.join("data/files").join(SHA256_OF_ABC)).unwrap(), "abc");
    assert_eq!(names(&copy), names(&story.folder()), "the folder is the same, file by file");
    // It verifies before its first start, and after.
    assert!(verified(&copy.join("data"), &[kept]).misfits.is_empty());
    story.become_exercise();
    story.tell("at 2026-03-21 08:00\nopen {\"title\": \"停水了\", \"place\": \"西苑小区\"}");
    story.stop();
    let dir = copy.to_str().unwrap();
    assert!(hongling(&["open", dir, "--title", "停电了", "--place", "西苑小区"]).status.success());
    for (folder, epoch) in [(story.folder(), 1), (copy.clone(), 2)] {
        let (code, report) = hongling_json(&["audit", folder.to_str().unwrap(), "verify", "--head", &kept.to_string()]);
        assert_eq!((code, &report["epoch"], &report["heads"]), (Some(0), &epoch.into(), &1.into()), "{report}");
    }
    let store = open_reading(&copy.join("data")).unwrap();
    let input = store.reader().inputs(kept.seq).unwrap().remove(0);
    assert_eq!((&*input.name, input.seq), ("epoch", kept.seq + 1));
    let said: serde_json::Value = serde_json::from_str(&input.body.unwrap()).unwrap();
    assert_eq!((&said["epoch"], &said["seq"], &said["seal"]), (&2.into(), &kept.seq.into(), &made.about.seal.into()));
    let heads = [story.folder(), copy].map(|folder| verified(&folder.join("data"), &[]));
    assert_ne!(heads[0].seal, heads[1].seal);
}

/// From the command line, with the host that the program is, and nothing overwritten.
#[test]
fn from_the_command_line() {
    let scratch = Scratch::new();
    let mut story = journal();
    story.become_exercise();
    let (folder, file, copy) = (story.folder(), scratch.path().join("b.tar"), scratch.path().join("copy"));
    let [folder, file, copy] = [&folder, &file, &copy].map(|path| path.to_str().unwrap());
    let (code, made) = hongling_json(&["backup", folder, file]);
    assert_eq!((code, &made["epoch"], &made["misfits"]), (Some(0), &1.into(), &0.into()), "{made}");
    assert_eq!(hongling(&["backup", folder, file]).status.code(), Some(1));
    assert_eq!(hongling(&["restore", file, folder]).status.code(), Some(1), "a folder that is in use");
    let (code, done) = hongling_json(&["restore", file, copy]);
    assert_eq!((code, &done["epoch"], &done["seq"]), (Some(0), &2.into(), &made["seq"]), "{done}");
    let (_, was) = hongling_json(&["list", folder]);
    let (_, is) = hongling_json(&["list", copy]);
    assert_eq!(is, was);
}

/// Beside a host that runs in a process of its own: it keeps what it has, and goes on.
#[test]
fn beside_a_running_host() {
    let scratch = Scratch::new();
    let (folder, file, copy) =
        (district(&scratch, "district"), scratch.path().join("b.tar"), scratch.path().join("copy"));
    let [dir, file, copy] = [&folder, &file, &copy].map(|path| path.to_str().unwrap());
    assert!(hongling(&["open", dir, "--title", "停电了", "--place", "西苑小区"]).status.success());
    let host = Host::start(&folder);
    let (code, made) = hongling_json(&["backup", dir, file]);
    assert_eq!((code, &made["misfits"]), (Some(0), &0.into()), "{made}");
    // What reads the whole file at once would hold this host's log up: the backup did it with its copy.
    let (code, report) = hongling_json(&["audit", dir, "verify"]);
    assert_eq!((code, &report["file_checked"]), (Some(0), &false.into()), "{report}");
    let words = String::from_utf8(hongling(&["audit", dir, "verify"]).stdout).unwrap();
    assert!(words.contains("a host is running, so the file itself was not gone through"), "{words}");
    let (code, done) = hongling_json(&["restore", file, copy]);
    assert_eq!((code, &done["seq"]), (Some(0), &made["seq"]), "{done}");
    let (_, matters) = hongling_json(&["list", copy]);
    assert_eq!(matters.as_array().unwrap().len(), 1);
    // The copy is a district of its own, whose host runs beside the other.
    assert_eq!(hongling_json(&["audit", copy, "verify"]).1["file_checked"], true);
    assert!(hongling(&["open", copy, "--title", "停水了", "--place", "西苑小区"]).status.success());
    drop(host);
}
