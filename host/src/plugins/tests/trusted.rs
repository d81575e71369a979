//! Plugin folders, the installation and pins, told as stories.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect};
use jiff::Timestamp;

use super::compiler::{Scratch, build_echo, has_compiler, run};
use crate::config::Libraries;
use crate::plugins::{Desk, Given, Homes, Outcome, Shelf, Trust};

/// A district with one plugin folder, told line by line; every line begins with a new shelf, as
/// every run of the program does.
struct Story {
    scratch: Scratch,
    said: String,
}

impl Story {
    fn new() -> Story {
        let scratch = Scratch::new();
        for folder in ["plugins", "program"] {
            std::fs::create_dir(scratch.path().join(folder)).unwrap();
            run(Command::new("chmod").arg("755").arg(scratch.path().join(folder)));
        }
        Story { scratch, said: String::new() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.scratch.path().join(path)
    }

    fn shelf(&self) -> Shelf {
        let homes = Homes {
            district: self.scratch.path().into(),
            data: self.path("data"),
            installation: vec![self.path("program")],
        };
        Shelf::new(homes, 1000).unwrap()
    }

    fn folders(&self) -> Vec<PathBuf> {
        vec![self.path("plugins")]
    }

    fn tell(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let said = match words[..] {
            ["install", version] => build_version(&self.path("program/libecho.so"), version, ""),
            ["drop", version] => build_version(&self.path("plugins/libecho.so"), version, ""),
            ["drop", version, asks] => build_version(&self.path("plugins/libecho.so"), version, asks),
            ["drop", version, "as", file] => build_version(&self.path("plugins").join(file), version, ""),
            ["write", file, text] => {
                std::fs::write(self.path("plugins").join(file), text).map(|()| String::new()).unwrap()
            }
            ["make", "folder", file] => {
                std::fs::create_dir(self.path("plugins").join(file)).map(|()| String::new()).unwrap()
            }
            ["remove", "copies"] => std::fs::remove_dir_all(self.path("data")).map(|()| String::new()).unwrap(),
            ["remove", file] => std::fs::remove_file(self.path(file)).map(|()| String::new()).unwrap(),
            ["chmod", mode, file] => {
                run(Command::new("chmod").arg(mode).arg(self.path(file)));
                String::new()
            }
            ["load", name] => self.load(name),
            ["known"] => self.shelf().known(&self.folders()).join(" "),
            ["trust", name] => self.trust(name),
            ["report"] => self.report(),
            ["lock"] => std::fs::read_to_string(self.path("plugins.lock")).unwrap(),
            _ => panic!("not a line of a story: {line}"),
        };
        writeln!(self.said, "> {line}").unwrap();
        let said = self.scratch.shorten(&said);
        for line in said.lines() {
            writeln!(self.said, "{}", format!("  {}", without_hash(line)).trim_end()).unwrap();
        }
    }

    fn load(&self, name: &str) -> String {
        let mut shelf = self.shelf();
        if let Err(error) = shelf.manifest(name, &self.folders()) {
            return error.en;
        }
        let mut said = String::new();
        for warning in shelf.warnings() {
            writeln!(said, "warning: {}", warning.en).unwrap();
        }
        match shelf.load(name) {
            Ok(library) => writeln!(said, "loaded {}", library.inspection().version).unwrap(),
            Err(error) => writeln!(said, "{error}").unwrap(),
        }
        said
    }

    fn trust(&self, name: &str) -> String {
        let now: Timestamp = "2026-03-11T08:00:00Z".parse().unwrap();
        match self.shelf().trust(name, &self.folders(), Given { at: now, by: Some("it") }) {
            Ok(change) => format!(
                "pinned {}, before {}, asks more {:?}, no more {:?}",
                change.now.version,
                change.before.map_or("nothing".into(), |pin| pin.version),
                change.asks_more,
                change.asks_no_more
            ),
            Err(error) => error.to_string(),
        }
    }

    fn report(&self) -> String {
        let mut shelf = self.shelf();
        let _ = shelf.manifest("echo", &self.folders());
        let mut said = String::new();
        for entry in shelf.report() {
            let version = entry.version.unwrap_or_else(|| "-".into());
            let used = if entry.in_use { ", in use" } else { "" };
            let reason = entry.reason.map_or_else(String::new, |reason| format!(": {}", reason.en));
            writeln!(said, "{} {version} {:?}{used}{reason}", entry.path.display(), entry.trust).unwrap();
        }
        said
    }
}

fn build_version(to: &Path, version: &str, asks: &str) -> String {
    let asks = format!(
        r#"-DMORE="asks = [{}]\n""#,
        asks.split(',').filter(|ask| !ask.is_empty()).map(|ask| format!(r#"\"{ask}\","#)).collect::<String>()
    );
    build_echo(to, &["-shared", &format!("-DVERSION=\"{version}\""), &asks]);
    run(Command::new("chmod").arg("755").arg(to));
    String::new()
}

/// Hashes depend on the compiler.
fn without_hash(line: &str) -> String {
    let mut line = line.to_owned();
    let is_hex = |window: &[u8]| window.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    while let Some(at) = line.as_bytes().windows(64).position(is_hex) {
        line.replace_range(at..at + 64, "<sha256>");
    }
    line
}

fn check(story: &str, expected: Expect) {
    if !has_compiler("trusted") {
        return;
    }
    let mut told = Story::new();
    story.lines().for_each(|line| told.tell(line));
    expected.assert_eq(&told.said);
}

#[test]
fn the_installation_is_trusted() {
    check(
        "load echo\ninstall 1.0.0\nload echo\ntrust echo\nreport\nknown\nload ../echo",
        expect![[r#"
        > load echo
          there is no library "echo": libecho.so is in none of ~/plugins, ~/program; build it or put it there
        > install 1.0.0
        > load echo
          loaded 1.0.0
        > trust echo
          there is no library "echo": it is not in a plugin folder but part of the installation, which is trusted as it is
        > report
          ~/program/libecho.so 1.0.0 Installation, in use
        > known
          echo
        > load ../echo
          there is no library "../echo": a name is made of a-z, 0-9 and -; mend it
    "#]],
    );
}

#[test]
fn a_dropped_library_waits_until_it_is_pinned() {
    check(
        "drop 1.1.0 contacts\nload echo\nreport\ntrust echo\nload echo\nlock\nreport\n\
           remove plugins.lock\nload echo",
        expect![[r#"
            > drop 1.1.0 contacts
            > load echo
              ~/plugins/libecho.so: echo 1.1.0 is not trusted and does not run in the host's process; see `hongling plugin inspect ~/plugins/libecho.so`, then `hongling plugin trust echo`
            > report
              ~/plugins/libecho.so 1.1.0 Waiting, in use: not trusted, so it runs isolated; `hongling plugin trust echo` lets it run in the host's process
            > trust echo
              pinned 1.1.0, before nothing, asks more ["contacts"], no more []
            > load echo
              loaded 1.1.0
            > lock
              # Which libraries of the plugin folders may run inside the host.
              # Written by `hongling plugin trust NAME`; take a table away to withdraw the trust.

              [[library]]
              name = "echo"
              version = "1.1.0"
              sha256 = "<sha256>"
              trusted_at = "2026-03-11T08:00:00Z"
              trusted_by = "it"
              asks = ["contacts"]
            > report
              ~/plugins/libecho.so 1.1.0 Pinned, in use
            > remove plugins.lock
            > load echo
              ~/plugins/libecho.so: echo 1.1.0 is not trusted and does not run in the host's process; see `hongling plugin inspect ~/plugins/libecho.so`, then `hongling plugin trust echo`
        "#]],
    );
}

#[test]
fn an_unpinned_file_never_takes_the_place_of_a_trusted_one() {
    check(
        "install 1.0.0\ndrop 1.1.0\nload echo\nwrite libecho.so broken\nload echo\nreport",
        expect![[r#"
            > install 1.0.0
            > drop 1.1.0
            > load echo
              warning: ~/plugins/libecho.so: not trusted, so it runs isolated; `hongling plugin trust echo` lets it run in the host's process; until then the installation's goes on, version 1.0.0
              loaded 1.0.0
            > write libecho.so broken
            > load echo
              warning: ~/plugins/libecho.so: is not a library: it does not begin as an ELF file does; put a library for Linux there; until then the installation's goes on, version 1.0.0
              loaded 1.0.0
            > report
              ~/plugins/libecho.so - Refused: is not a library: it does not begin as an ELF file does; put a library for Linux there
              ~/program/libecho.so 1.0.0 Installation, in use
        "#]],
    );
}

#[test]
fn pinned_bytes_go_on_from_their_copy() {
    check(
        "install 1.0.0\ndrop 1.1.0 contacts,place:house\ntrust echo\ndrop 1.2.0 contacts,appoint:chair\nload echo\nreport\n\
         trust echo\nload echo\nwrite libecho.so half\nload echo\nremove copies\nload echo\n\
         remove plugins/libecho.so\nload echo",
        expect![[r#"
            > install 1.0.0
            > drop 1.1.0 contacts,place:house
            > trust echo
              pinned 1.1.0, before nothing, asks more ["contacts", "place:house"], no more []
            > drop 1.2.0 contacts,appoint:chair
            > load echo
              warning: ~/plugins/libecho.so: not the bytes of echo 1.1.0 that are pinned; `hongling plugin trust echo` takes it instead; until then the pinned bytes go on, version 1.1.0
              loaded 1.1.0
            > report
              ~/plugins/libecho.so 1.2.0 Waiting: not the bytes of echo 1.1.0 that are pinned; `hongling plugin trust echo` takes it instead
              ~/data/libraries/<sha256>.so 1.1.0 Pinned, in use
            > trust echo
              pinned 1.2.0, before 1.1.0, asks more ["appoint:chair"], no more ["place:house"]
            > load echo
              loaded 1.2.0
            > write libecho.so half
            > load echo
              warning: ~/plugins/libecho.so: is not a library: it does not begin as an ELF file does; put a library for Linux there; until then the pinned bytes go on, version 1.2.0
              loaded 1.2.0
            > remove copies
            > load echo
              warning: ~/plugins/libecho.so: is not a library: it does not begin as an ELF file does; put a library for Linux there; until then the installation's goes on, version 1.0.0
              loaded 1.0.0
            > remove plugins/libecho.so
            > load echo
              loaded 1.0.0
        "#]],
    );
}

#[test]
fn every_file_of_a_plugin_folder_is_reported() {
    check(
        "drop 1.0.0 as libother.so\ndrop 1.0.0 as echo.so\nwrite libtext.so hello\nwrite notes.txt hello\n\
         write .hidden hello\nmake folder libfolder.so\nwrite serde-0123456789abcdef.d hello\ntrust other\ntrust text\n\
         trust none\nreport\nknown",
        expect![[r#"
            > drop 1.0.0 as libother.so
            > drop 1.0.0 as echo.so
            > write libtext.so hello
            > write notes.txt hello
            > write .hidden hello
            > make folder libfolder.so
            > write serde-0123456789abcdef.d hello
            > trust other
              ~/plugins/libother.so: holds the plugin "echo", whose file is libecho.so; rename it
            > trust text
              ~/plugins/libtext.so: is not a library: it does not begin as an ELF file does; put a library for Linux there
            > trust none
              there is no library "none": libnone.so is in none of ~/plugins; build it or put it there
            > report
              ~/plugins/echo.so - Refused: holds the plugin "echo", whose file is libecho.so; rename it
              ~/plugins/libfolder.so - Refused: is a folder, not a library; take it away or put the library there
              ~/plugins/libother.so - Refused: holds the plugin "echo", whose file is libecho.so; rename it
              ~/plugins/libtext.so - Refused: is not a library: it does not begin as an ELF file does; put a library for Linux there
              ~/plugins/notes.txt - Refused: is not named as a library is, lib<name>.so; rename it or take it away
            > known
              folder other text
        "#]],
    );
}

#[test]
fn what_others_may_write_is_said() {
    check(
        "install 1.0.0\ndrop 1.0.0\nchmod 775 plugins\nchmod 777 program\nchmod 664 program/libecho.so\nload echo",
        expect![[r#"
            > install 1.0.0
            > drop 1.0.0
            > chmod 775 plugins
            > chmod 777 program
            > chmod 664 program/libecho.so
            > load echo
              warning: ~/plugins/libecho.so: not trusted, so it runs isolated; `hongling plugin trust echo` lets it run in the host's process; until then the installation's goes on, version 1.0.0
              warning: ~/plugins: its group may write here and so put code into the host; `chmod go-w ~/plugins`
              warning: ~/program: everybody may write here and so put code into the host; `chmod go-w ~/program`
              warning: ~/program/libecho.so: its group may write here and so put code into the host; `chmod go-w ~/program/libecho.so`
              loaded 1.0.0
        "#]],
    );
}

#[test]
fn a_broken_lock_is_never_taken_for_an_empty_one() {
    let scratch = Scratch::new();
    let mut said = String::new();
    for lock in ["[[library]]\nname = 'echo'\n", "[[library]\n", "library = [{ name = 'echo', sha256 = 'x' }]"] {
        std::fs::write(scratch.path().join("plugins.lock"), lock).unwrap();
        let homes = Homes { district: scratch.path().into(), data: "data".into(), installation: Vec::new() };
        let error = Shelf::new(homes, 1000).err().unwrap();
        writeln!(said, "{}", scratch.shorten(&error.to_string())).unwrap();
    }
    expect![[r#"
        ~/plugins.lock: line 1 does not fit: missing field `version`; mend it, or take it away and trust each library again
        ~/plugins.lock: line 1 does not fit: unclosed array table, expected `]`; mend it, or take it away and trust each library again
        ~/plugins.lock: line 1 does not fit: "x" is not a sha256: 64 of 0-9 and a-f; mend it, or take it away and trust each library again
    "#]].assert_eq(&said);
}

#[test]
fn a_folder_of_the_installation_may_be_named_as_a_plugin_folder() {
    if !has_compiler("a_folder_of_the_installation_may_be_named_as_a_plugin_folder") {
        return;
    }
    let mut story = Story::new();
    story.tell("install 1.0.0");
    let mut shelf = story.shelf();
    let manifest = shelf.manifest("echo", &[story.path("program")]).unwrap();
    assert_eq!((manifest.version.as_str(), shelf.warnings(), shelf.report().len()), ("1.0.0", Vec::new(), 1));
}

/// The order of the folders decides between files, and trust before the order.
#[test]
fn of_several_plugin_folders_the_trusted_file_is_used() {
    if !has_compiler("of_several_plugin_folders_the_trusted_file_is_used") {
        return;
    }
    let mut story = Story::new();
    story.tell("drop 1.1.0");
    story.tell("trust echo");
    std::fs::create_dir(story.path("first")).unwrap();
    build_version(&story.path("first/libecho.so"), "1.2.0", "");
    let folders = [story.path("first"), story.path("plugins")];
    assert_eq!(story.shelf().manifest("echo", &folders).unwrap().version, "1.1.0");
    story.tell("remove plugins.lock");
    // Now none may run in this process, and the first is the one that runs in its own.
    let mut shelf = story.shelf();
    assert_eq!(shelf.manifest("echo", &folders).unwrap().version, "1.2.0");
    let error = shelf.load("echo").unwrap_err().words();
    assert!(error.en.contains("first/libecho.so: echo 1.2.0 is not trusted and does not run"), "{error:?}");
}

/// A file that is written into after it was loaded, or between the look and the load, changes nothing that
/// is mapped: what runs is the copy whose bytes were looked at.
#[test]
fn verified_bytes_are_the_mapped_bytes() {
    if !has_compiler("verified_bytes_are_the_mapped_bytes") {
        return;
    }
    let mut story = Story::new();
    story.tell("drop 1.1.0");
    story.tell("trust echo");
    let file = story.path("plugins/libecho.so");
    let bytes = std::fs::read(&file).unwrap();

    let mut shelf = story.shelf();
    shelf.manifest("echo", &story.folders()).unwrap();
    // In place, as `cp` does: the same inode.
    std::fs::write(&file, vec![0xcc; bytes.len()]).unwrap();
    let library = shelf.load("echo").unwrap();
    let district = plugin_api::District { zone: jiff::tz::TimeZone::UTC, lists: plugin_api::Lists::default() };
    let desk = Desk::open(&library, &serde_json::Map::new(), &district).unwrap();
    let call = |desk: &Desk| {
        let mut out = Vec::new();
        let outcome = desk.call(plugin_api::abi::VERB_HANDLE, "{}", &mut |_| Err("nothing".into()), &mut out);
        matches!(outcome, Outcome::Ok(_))
    };
    assert!(call(&desk), "the copy runs");
    std::fs::write(&file, vec![0xcc; bytes.len()]).unwrap();
    File::options().write(true).open(&file).unwrap().set_len(10).unwrap();
    assert!(call(&desk), "the copy runs on");
    let mapped = std::fs::read_to_string("/proc/self/maps").unwrap();
    let sha256 = library.inspection().sha256.to_string();
    assert!(mapped.contains(&sha256) && !mapped.contains(&*file.to_string_lossy()), "the copy is what is mapped");

    // Without a copy yet the bytes must be those that were looked at.
    std::fs::write(&file, &bytes).unwrap();
    std::fs::remove_dir_all(story.path("data")).unwrap();
    let mut shelf = story.shelf();
    shelf.manifest("echo", &story.folders()).unwrap();
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    std::fs::write(&file, other).unwrap();
    let error = story.scratch.shorten(&shelf.load("echo").err().unwrap().to_string());
    assert_eq!(error, "~/plugins/libecho.so: has changed since it was inspected; start again");
}

/// Neither by another folder, file order, case, a link, nor by what the manifest says.
#[test]
fn no_file_takes_a_trusted_name() {
    if !has_compiler("no_file_takes_a_trusted_name") {
        return;
    }
    let mut story = Story::new();
    story.tell("drop 1.1.0");
    story.tell("trust echo");
    std::fs::create_dir(story.path("first")).unwrap();
    run(Command::new("chmod").arg("755").arg(story.path("first")));
    // The same name, looked at before the trusted one.
    build_version(&story.path("first/libecho.so"), "6.6.6", "");
    // The name in the manifest, in files of other names that come before.
    for file in ["libEcho.so", "libecho.so.so", "liba.so", "echo.so", "libECHO.so"] {
        build_version(&story.path("plugins").join(file), "6.6.6", "");
    }
    std::os::unix::fs::symlink(story.path("first/libecho.so"), story.path("plugins/lib_echo.so")).unwrap();
    let folders = [story.path("first"), story.path("plugins")];
    let mut shelf = story.shelf();
    assert_eq!(shelf.manifest("echo", &folders).unwrap().version, "1.1.0");
    assert_eq!(shelf.load("echo").unwrap().inspection().version, "1.1.0");
    let of_another_name = shelf.report().iter().filter(|entry| entry.trust == Trust::Refused).count();
    assert_eq!(of_another_name, 6);

    // The trusted file itself replaced by a link to other bytes: the pinned go on from their copy.
    std::fs::remove_file(story.path("plugins/libecho.so")).unwrap();
    std::os::unix::fs::symlink(story.path("first/libecho.so"), story.path("plugins/libecho.so")).unwrap();
    let mut shelf = story.shelf();
    assert_eq!(shelf.manifest("echo", &[story.path("plugins")]).unwrap().version, "1.1.0");
    assert_eq!(shelf.load("echo").unwrap().inspection().version, "1.1.0");
    let first = story.scratch.shorten(&shelf.warnings()[0].en);
    assert!(first.starts_with("~/plugins/libecho.so: not the bytes of echo 1.1.0 that are pinned"), "{first}");

    // A name that was never trusted gets no other's trust.
    assert!(shelf.manifest("ECHO", &folders).is_err() && shelf.manifest("../first/echo", &folders).is_err());
}

/// Who may write above a plugin folder can put another in its place.
#[test]
fn folders_above_are_looked_at() {
    check(
        "drop 1.0.0\ntrust echo\nchmod 777 data\nload echo\nchmod 1777 data\nload echo\nchmod 700 data\nchmod 775 .\nload echo",
        expect![[r#"
            > drop 1.0.0
            > trust echo
              pinned 1.0.0, before nothing, asks more [], no more []
            > chmod 777 data
            > load echo
              warning: ~/data: everybody may write here and so put code into the host; `chmod go-w ~/data`
              loaded 1.0.0
            > chmod 1777 data
            > load echo
              loaded 1.0.0
            > chmod 700 data
            > chmod 775 .
            > load echo
              warning: ~: its group may write here and so put code into the host; `chmod go-w ~`
              loaded 1.0.0
        "#]],
    );
}
