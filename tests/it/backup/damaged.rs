//! Backups that are not whole, or no backups: refused with what to do, and nothing is left.

use std::path::Path;

use expect_test::{Expect, expect};
use hongling::backup::make::make;
use hongling::backup::restore::{Misfits, restore};
use rusqlite::Connection;

use super::{backed_up, names, now, restored};
use crate::scratch::Scratch;
use crate::seals::{journal, verified};

/// Places that the file is damaged and cut off at.
const PLACES: usize = 60;

/// What is said of bytes that are no sound backup; nothing may be left of them.
fn refusal(scratch: &Scratch, bytes: &[u8]) -> String {
    let (file, copy) = (scratch.path().join("damaged.tar"), scratch.path().join("copy"));
    std::fs::write(&file, bytes).unwrap();
    let said = match restored(&file, &copy) {
        Ok(done) => format!("restored up to row {}", done.report.seq),
        Err(text) => text,
    };
    if !said.starts_with("restored") {
        assert!(!copy.exists(), "{said}");
        assert!(names(scratch.path()).iter().all(|name| name.ends_with(".tar")), "{:?}", names(scratch.path()));
    }
    scratch.shorten(&said)
}

#[test]
fn a_damaged_byte_is_found_wherever_it_is() {
    let scratch = Scratch::new();
    let (story, file, made) = backed_up(&scratch);
    let whole = std::fs::read(&file).unwrap();
    let mut refused = 0;
    for place in 0..PLACES {
        let mut bytes = whole.clone();
        let at = whole.len() * place / PLACES;
        bytes[at] ^= 0x55;
        let said = refusal(&scratch, &bytes);
        // Between the files lie bytes that mean nothing.
        if said.starts_with("restored") {
            let copy = scratch.path().join("copy");
            assert_eq!(whole[at], 0, "byte {at} means something, and nobody noticed");
            assert_eq!(verified(&copy.join("data"), &[]).seq, made.about.seq);
            assert_eq!(names(&copy), names(&story.folder()));
            std::fs::remove_dir_all(&copy).unwrap();
            continue;
        }
        refused += 1;
        let says_what_to_do = said.contains("take another backup") || said.contains("check which file it is");
        assert!(says_what_to_do, "byte {at}: {said}");
    }
    assert!(PLACES / 2 < refused, "only {refused} of {PLACES} damages were of something");
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let scratch = Scratch::new();
    let (_story, file, _made) = backed_up(&scratch);
    let whole = std::fs::read(&file).unwrap();
    // The last 1,024 bytes are the end mark of a tar, which says nothing.
    for place in 0..PLACES {
        let said = refusal(&scratch, &whole[..(whole.len() - 1_024) * place / PLACES]);
        assert!(said.contains("take another backup"), "cut at {place}: {said}");
    }
}

/// An archive with one file of a name.
fn archive(name: &str, kind: tar::EntryType) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    // As nobody but an attacker writes it: the library refuses such names.
    header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(if kind == tar::EntryType::Regular { 3 } else { 0 });
    header.set_mode(0o600);
    if kind == tar::EntryType::Symlink {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    builder.append(&header, if kind == tar::EntryType::Regular { &b"abc"[..] } else { b"" }).unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn nothing_is_written_outside_of_the_folder() {
    let scratch = Scratch::new();
    let mut said = String::new();
    let outside = scratch.path().parent().unwrap().join("hongling-it-outside");
    for (name, kind) in [
        ("../hongling-it-outside", tar::EntryType::Regular),
        ("folder/../../hongling-it-outside", tar::EntryType::Regular),
        ("/tmp/hongling-it-outside", tar::EntryType::Regular),
        ("folder/link", tar::EntryType::Symlink),
        ("data/pipe", tar::EntryType::Fifo),
        ("elsewhere/file", tar::EntryType::Regular),
        ("folder", tar::EntryType::Regular),
    ] {
        said.push_str(&refusal(&scratch, &archive(name, kind)));
        said.push('\n');
        assert!(!outside.exists() && !Path::new("/tmp/hongling-it-outside").exists(), "{name}");
    }
    said.push_str(&refusal(&scratch, b"hello"));
    said.push('\n');
    said.push_str(&refusal(&scratch, &archive("folder/hongling.toml", tar::EntryType::Regular)));
    expect![[r#"
        ~/damaged.tar is not a backup of Hongling: it holds "../hongling-it-outside"; check which file it is
        ~/damaged.tar is not a backup of Hongling: it holds "folder/../../hongling-it-outside"; check which file it is
        ~/damaged.tar is not a backup of Hongling: it holds "/tmp/hongling-it-outside"; check which file it is
        ~/damaged.tar is not a backup of Hongling: it holds "folder/link"; check which file it is
        ~/damaged.tar is not a backup of Hongling: it holds "data/pipe"; check which file it is
        ~/damaged.tar is not a backup of Hongling: it holds "elsewhere/file"; check which file it is
        ~/damaged.tar is not a backup of Hongling: it holds "folder"; check which file it is
        ~/damaged.tar is damaged: it ends or breaks off (failed to read entire block); take another backup
        ~/damaged.tar is damaged: its end is missing; take another backup"#]]
    .assert_eq(&said);
}

fn check(said: Result<u64, String>, scratch: &Scratch, expected: Expect) {
    expected.assert_eq(&scratch.shorten(&format!("{said:?}")));
}

/// What the store's own damage, or somebody at it, was before the backup: it is made all the same, for
/// what came since is worth keeping, and restored only by who says so.
#[test]
fn a_backup_of_a_store_that_does_not_fit() {
    let scratch = Scratch::new();
    let story = journal();
    let db = Connection::open(story.folder().join("data/hongling.db")).unwrap();
    db.execute("update body set salt = zeroblob(16) where seq = 4", []).unwrap();
    drop(db);
    let file = scratch.path().join("b.tar");
    let made = make(&story.folder(), &file, now()).unwrap();
    assert_eq!((made.report.misfits.len(), made.report.misfits[0].seq), (1, Some(4)));
    let copy = scratch.path().join("copy");
    let said = restored(&file, &copy).map(|done| done.epoch);
    check(
        said,
        &scratch,
        expect![[
            r#"Err("the seals in ~/b.tar do not hold (row 4: its words, or their salt, are not those that were written); take an older backup, or, if there is none, add --despite-misfits")"#
        ]],
    );
    let done = restore(&file, &copy, Misfits::Take, now()).unwrap();
    assert_eq!((done.epoch, done.report.misfits.len()), (2, 1));
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let scratch = Scratch::new();
    let (_story, file, _made) = backed_up(&scratch);
    let copy = scratch.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::write(copy.join("note.txt"), "mine").unwrap();
    let said = restored(&file, &copy).map(|done| done.epoch);
    check(
        said,
        &scratch,
        expect![[
            r#"Err("~/copy is not empty and is not overwritten; restore into a new folder and look before you swap")"#
        ]],
    );
    assert_eq!(names(&copy), ["note.txt"]);
    std::fs::remove_file(copy.join("note.txt")).unwrap();
    assert!(restored(&file, &copy).is_ok(), "an empty one is as good as none");
}
