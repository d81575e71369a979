//! What is damaged is named with what to do, or harmless; nothing is read as something else, and
//! nothing that was answered is missed in silence (I1).

use std::path::{Path, PathBuf};

use expect_test::expect;
use hongling::audit::kept::KeptHead;
use hongling::audit::verify::verify;
use hongling::store::{Store, StoreError, open_reading};
use rusqlite::Connection;

use crate::program::{hongling, hongling_json};
use crate::scratch::Scratch;
use crate::seals::{journal, verified};
use crate::story::Story;

/// Bytes of a page of the store.
const PAGE: usize = 4_096;

/// A data folder that a host left behind, and its store's bytes.
struct Left {
    story: Story,
    data: PathBuf,
    store: Vec<u8>,
    head: KeptHead,
}

fn left() -> Left {
    let story = journal();
    let data = story.folder().join("data");
    let report = verified(&data, &[]);
    let head = KeptHead { seq: report.seq, seal: report.seal };
    assert!(!data.join("hongling.db-wal").exists(), "a host that ended well leaves no log");
    let store = std::fs::read(data.join("hongling.db")).unwrap();
    Left { story, data, store, head }
}

/// Opens a store as a host does, and verifies all of it as far as it opens.
fn opened(data: &Path, head: KeptHead) -> Result<(), StoreError> {
    let store = Store::open(data)?;
    // An audit is asked about one folder, and says so.
    let audited = |error: StoreError| StoreError::Damaged(format!("found by an audit: {error}"));
    let faults = store.reader().faults().map_err(audited)?;
    let report = verify(store.reader(), &[head]).map_err(audited)?;
    if let Some(fault) = faults.first() {
        return Err(StoreError::Damaged(format!("found by an audit: {fault}")));
    }
    assert!(report.misfits.is_empty() && report.heads == 1, "read as something else: {:?}", report.misfits);
    Ok(())
}

/// Whether words name the file, or what looked at it, and say what to do.
fn says_what_to_do(error: &StoreError, data: &Path) -> bool {
    let words = error.words();
    let names = words.en.contains(&*data.to_string_lossy()) || words.en.contains("found by an audit");
    names && words.en.contains("backup") && words.zh.contains("备份") && !words.en.contains("panick")
}

/// Every byte of the store's first hundred, which say how all others are to be read, in several ways.
#[test]
fn a_damaged_header_is_named_or_harmless() {
    let left = left();
    let (mut named, mut harmless) = (0, 0);
    for at in 0..100 {
        for mask in [0xff, 0x01, 0x03, 0x80] {
            let scratch = Scratch::new();
            let mut bytes = left.store.clone();
            bytes[at] ^= mask;
            std::fs::write(scratch.path().join("hongling.db"), &bytes).unwrap();
            match opened(scratch.path(), left.head) {
                Ok(()) => harmless += 1,
                Err(error) => {
                    named += 1;
                    let words = error.words();
                    assert!(says_what_to_do(&error, scratch.path()), "byte {at} ^ {mask:#x}: {words:?}");
                }
            }
        }
    }
    // Counters that SQLite keeps for itself, and bytes it has never used, mean nothing for what is read.
    assert!(200 < named && 50 < harmless, "{named} named, {harmless} harmless");
}

#[test]
fn a_store_that_was_cut_off_is_named() {
    let left = left();
    for part in 1..40 {
        let scratch = Scratch::new();
        let length = left.store.len() * part / 40;
        std::fs::write(scratch.path().join("hongling.db"), &left.store[..length]).unwrap();
        let error = opened(scratch.path(), left.head).unwrap_err();
        assert!(says_what_to_do(&error, scratch.path()), "{length} bytes: {:?}", error.words());
    }
}

/// Makes something where a store should be.
type Making<'m> = &'m dyn Fn(&Path);

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let mut said = String::new();
    let other = |path: &Path| {
        let db = Connection::open(path).unwrap();
        db.execute_batch("create table address (name text); insert into address values ('x')").unwrap();
    };
    let make: [(&str, Making<'_>); 5] = [
        ("a text", &|path| std::fs::write(path, "hello, this is no database at all").unwrap()),
        ("another program's database", &other),
        ("zeros", &|path| std::fs::write(path, vec![0; 8_192]).unwrap()),
        ("a folder", &|path| std::fs::create_dir(path).unwrap()),
        ("nothing, where there was something", &|path| {
            std::fs::write(path, "").unwrap();
            std::fs::write(path.with_file_name("running"), [0; 16]).unwrap();
        }),
    ];
    for (what, make) in make {
        let scratch = Scratch::new();
        let path = scratch.path().join("hongling.db");
        make(&path);
        let before = std::fs::read(&path).ok();
        let error = Store::open(scratch.path()).unwrap_err();
        said.push_str(&format!("{what}: {}\n", scratch.shorten(&error.words().en)));
        assert_eq!(std::fs::read(&path).ok(), before, "{what} was changed");
    }
    expect![[r#"
        a text: the store ~/hongling.db is damaged (file is not a database), or no store at all; take a backup back into a new folder with `hongling restore`
        another program's database: ~/hongling.db is not a store of Hongling, or its first bytes are damaged; look which file it is, move it away, or take a backup back with `hongling restore`
        zeros: the store ~/hongling.db is damaged (file is not a database), or no store at all; take a backup back into a new folder with `hongling restore`
        a folder: cannot open the store ~/hongling.db: unable to open database file: ~/hongling.db; check that the folder is writable and its disk has room
        nothing, where there was something: the store ~/hongling.db is empty, so all it held is lost; put a copy back, or delete the file to begin anew
    "#]].assert_eq(&said);
}

/// The database takes a frame that does not add up for the end of its log: what comes after is not
/// there for it. What was answered is missed all the same.
#[test]
fn a_damaged_frame_of_the_log_is_not_overlooked() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    for nth in 0..12 {
        story.tell(&format!("open {{\"title\": \"{nth}幢门口路灯不亮\", \"place\": \"西苑小区\"}}"));
    }
    let data = story.folder().join("data");
    // As a host leaves them that was killed.
    let files: Vec<(&str, Vec<u8>)> = ["hongling.db", "hongling.db-wal", "running"]
        .map(|name| (name, std::fs::read(data.join(name)).unwrap()))
        .into();
    let log = files[1].1.len();
    story.stop();
    let mut frames = 0;
    for (nth, at) in (0..log).step_by(log / 60).enumerate() {
        let scratch = Scratch::new();
        let copy = scratch.path().join("data");
        std::fs::create_dir(&copy).unwrap();
        for (name, bytes) in &files {
            std::fs::write(copy.join(name), bytes).unwrap();
        }
        // The control: untouched it opens, with all that was answered.
        if nth != 0 {
            let mut bytes = files[1].1.clone();
            bytes[at] ^= 0x55;
            std::fs::write(copy.join("hongling.db-wal"), &bytes).unwrap();
        }
        let told = started(&mut story, &copy);
        if nth == 0 {
            assert_eq!(told, "12 matters");
            continue;
        }
        frames += 1;
        let is_told = told.contains("had been stored: its log is damaged") && told.contains("hongling restore");
        assert!(is_told, "byte {at} of {log}: {told}");
    }
    assert!(50 < frames);
}

/// Starts the story's district on other data; how many matters it has, or why it does not start.
fn started(story: &mut Story, data: &Path) -> String {
    let folder = story.folder();
    let own = folder.join("data");
    story.stop();
    std::fs::rename(&own, folder.join("own")).unwrap();
    std::os::unix::fs::symlink(data, &own).unwrap();
    std::os::unix::fs::symlink(folder.join("own/libraries"), data.join("libraries")).unwrap();
    let told = match story.running() {
        Ok(running) => format!("{} matters", running.engine.store().reader().sizes().unwrap().2),
        Err(text) => text,
    };
    story.stop();
    std::fs::remove_file(&own).unwrap();
    std::fs::rename(folder.join("own"), &own).unwrap();
    told
}

/// Told what to do, an operator can also go on with what is left.
#[test]
fn an_older_copy_is_seen_and_can_be_taken() {
    let mut story = journal();
    let data = story.folder().join("data");
    let older = std::fs::read(data.join("hongling.db")).unwrap();
    story.tell("at 2026-03-21 08:00\nopen {\"title\": \"停水了\", \"place\": \"西苑小区\"}");
    story.stop();
    std::fs::write(data.join("hongling.db"), older).unwrap();
    let said = story.told("list");
    assert!(said.contains("or an older copy was put in its place"), "{said}");
    std::fs::remove_file(data.join("running")).unwrap();
    assert!(story.told("list").contains("in all"));
}

/// Files that are named by their hash: a damaged copy of a library is made anew at the next start, and
/// an audit names it and an attached file.
#[test]
fn a_damaged_file_is_named_and_a_library_copied_again() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("district");
    let dir = folder.to_str().unwrap();
    assert!(hongling(&["init", dir, "--from", "demo"]).status.success());
    assert!(hongling(&["run", dir, "--once"]).status.success());
    let data = folder.join("data");
    let library = std::fs::read_dir(data.join("libraries")).unwrap().next().unwrap().unwrap().path();
    let damage = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    damage(&library);
    let attached = data.join("files").join("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    std::fs::create_dir(data.join("files")).unwrap();
    std::fs::write(&attached, "abc").unwrap();
    damage(&attached);
    let (code, report) = hongling_json(&["audit", dir, "verify"]);
    let what: Vec<String> = report["misfits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|misfit| scratch.shorten(misfit["what"]["en"].as_str().unwrap()))
        .collect();
    assert_eq!(code, Some(1));
    expect![[r#"
        ~/district/data/files/<sha256> does not have the bytes of its name; take it from a backup
        ~/district/data/libraries/<sha256>.so does not have the bytes of its name; stop the host and delete it; the next start copies it again"#]].assert_eq(&what.join("\n"));
    std::fs::remove_file(&attached).unwrap();
    assert!(hongling(&["run", dir, "--once"]).status.success(), "the library is copied again");
    assert_eq!(hongling_json(&["audit", dir, "verify"]).0, Some(0));
}

/// Somewhere in the middle of the file: whatever an audit reads is found if it was hit; a byte that nobody
/// reads is not.
#[test]
fn a_damaged_page_is_found_by_an_audit() {
    let left = left();
    let (mut found, mut tried) = (0, 0);
    // Near the end of a page, where what it holds begins; pages that hold nothing are left out.
    let used = (1..left.store.len() / PAGE).filter(|page| {
        let head = &left.store[page * PAGE..];
        matches!(head[0], 2 | 5 | 10 | 13) && head[3..5] != [0, 0]
    });
    let used: Vec<usize> = used.collect();
    for page in used.iter().step_by(1.max(used.len() / 60)) {
        let at = (page + 1) * PAGE - 24;
        let scratch = Scratch::new();
        let mut bytes = left.store.clone();
        bytes[at] ^= 0x10;
        std::fs::write(scratch.path().join("hongling.db"), &bytes).unwrap();
        tried += 1;
        let looked = open_reading(scratch.path()).and_then(|db| {
            let report = verify(db.reader(), &[left.head])?;
            Ok(report.misfits.len() + db.reader().faults()?.len() + db.reader().changed_schema()?.len())
        });
        // In a page's free space, or in what a replay of the journal gives again, a byte is no row's.
        found += usize::from(looked.is_err() || looked.is_ok_and(|misfits| misfits != 0));
    }
    assert!(tried / 2 < found, "{found} of {tried} were found");
    drop(left.story);
    drop(left.data);
}
