//! Libraries that cannot be: the host names file and reason, and goes on with the others.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;
use hongling::district::District;

use crate::scratch::{PROGRAM, library_bytes};
use crate::story::Story;

/// A library that is not of the installation: the same code under a name of the same length.
pub const STRANGER: &str = "disobedient";

/// A district whose folder `plugins` holds the given files.
pub fn district(files: &[(&str, Vec<u8>)]) -> (Story, PathBuf) {
    let mut story = Story::new();
    story.tell("change hongling.toml `# plugins = [\"plugins\"]` `plugins = [\"plugins\"]`");
    let folder = story.folder();
    std::fs::create_dir(folder.join("plugins")).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join("plugins").join(name), bytes).unwrap();
    }
    (story, folder)
}

/// The bytes with every occurrence of one text as another of the same length.
pub fn replaced(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let places = places_of(&bytes, from);
    put_at(&mut bytes, &places, to);
    bytes
}

/// Where a text stands in the bytes, at least once.
pub fn places_of(bytes: &[u8], text: &str) -> Vec<Range<usize>> {
    let first = text.as_bytes()[0];
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first).map(|(at, _)| at);
    let places: Vec<Range<usize>> =
        starts.filter(|at| bytes[*at..].starts_with(text.as_bytes())).map(|at| at..at + text.len()).collect();
    assert!(!places.is_empty(), "the library has {text:?}");
    places
}

/// Another text of the same length in those places.
pub fn put_at(bytes: &mut [u8], places: &[Range<usize>], text: &str) {
    for place in places {
        bytes[place.clone()].copy_from_slice(text.as_bytes());
    }
}

pub fn stranger() -> Vec<u8> {
    replaced(library_bytes("misbehaving"), "name = \"misbehaving\"", &format!("name = \"{STRANGER}\""))
}

/// The libraries of the plugin folder, good and bad.
fn report(story: &Story, folder: &Path) -> String {
    let district = District::open(folder, Path::new(PROGRAM)).unwrap();
    let mut said = String::new();
    for entry in district.shelf.report() {
        if !entry.path.starts_with(folder.join("plugins")) {
            continue;
        }
        let name = entry.path.file_name().unwrap().to_string_lossy().into_owned();
        let reason = entry.reason.as_ref().map_or("-", |reason| reason.en.as_str());
        writeln!(said, "{name} {:?}: {}", entry.trust, story.shorten(reason)).unwrap();
    }
    said
}

#[test]
fn every_bad_file_is_named_and_the_others_go_on() {
    let good = library_bytes("misbehaving");
    let half = good[..good.len() / 2].to_vec();
    let mut elsewhere = good.clone();
    // Field e_machine of the ELF header: aarch64, or x86_64 where this is aarch64.
    let other: u16 = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    elsewhere[18..20].copy_from_slice(&other.to_le_bytes());
    let mut narrow = good.clone();
    narrow[4] = 1;
    let files = [
        ("libempty.so", Vec::new()),
        ("libhalf.so", half),
        ("libtext.so", "not a library".into()),
        ("libelsewhere.so", elsewhere),
        ("libnarrow.so", narrow),
        ("libolder.so", replaced(good.clone(), "hongling_plugin_v1", "hongling_plugin_v0")),
        ("libmute.so", replaced(good.clone(), "hongling_plugin_v1", "jongling_plugin_v1")),
        ("libvague.so", replaced(good.clone(), "name = \"misbehaving\"", "nome = \"misbehaving\"")),
        ("libunmarked.so", replaced(good.clone(), "hongling.plugin\0", "hongling.plagin\0")),
        ("libother.so", good),
        ("readme.txt", "hello".into()),
        (&format!("lib{STRANGER}.so"), stranger()),
    ];
    let (mut story, folder) = district(&files);
    expect![[r#"
        libdisobedient.so Waiting: not trusted, so it runs isolated; `hongling plugin trust disobedient` lets it run in the host's process
        libelsewhere.so Refused: is built for aarch64, and this machine is x86_64; build it for x86_64
        libempty.so Refused: is empty; copy it again
        libhalf.so Refused: its table of sections is damaged (Invalid ELF section header offset/size/alignment); copy or build it again
        libmute.so Refused: exports no hongling_plugin_v1; a desk calls `export_plugin!` (C: see hongling.h)
        libnarrow.so Refused: is a 32-bit library; build it for x86_64
        libolder.so Refused: exports hongling_plugin_v0, and this host speaks hongling_plugin_v1; build it with the plugin-api of this host
        libother.so Refused: holds the plugin "misbehaving", whose file is libmisbehaving.so; rename it
        libtext.so Refused: is not a library: it does not begin as an ELF file does; put a library for Linux there
        libunmarked.so Refused: its section ".hongling" does not begin with the marker; build it with `export_plugin!`
        libvague.so Refused: its plugin.toml:1:1 does not fit: unknown field `nome`, expected one of `name`, `version`, `title`, `asks`, `words`, `take`, `say`, `kind`, `label`, `list`, `action`, `view`, `clock`, `collection`, `setting`, `account`, `credits`, `reads`, `job`, `notice`, `outlet`; mend it and build again
        readme.txt Refused: is not named as a library is, lib<name>.so; rename it or take it away
    "#]].assert_eq(&report(&story, &folder));
    expect![[r#"
        > open
          done SQ2026-000001 红领议事厅/待上会
    "#]]
    .assert_eq(&story.told("open {\"title\": \"3幢门口路灯不亮\", \"place\": \"西苑小区\"}"));
}

#[test]
fn an_unpinned_library_runs_shut_in_until_it_is_trusted() {
    let (mut story, folder) = district(&[(&format!("lib{STRANGER}.so"), stranger())]);
    story.tell(&format!("add hongling.toml\n  [desk.odd]\n  library = \"{STRANGER}\""));
    let read = r#"act odd start {"place": "西苑小区", "how": "read"}"#;
    let mut said = story.told(read);
    let trusted =
        Command::new(PROGRAM).args(["--lang", "en", "plugin", "trust", STRANGER]).arg(&folder).output().unwrap();
    said.push_str(&String::from_utf8(trusted.stdout).unwrap());
    said.push_str(&story.told(&format!("reopen\n{read}")));
    // Other bytes under the pinned name are not taken in its place.
    std::fs::write(folder.join(format!("plugins/lib{STRANGER}.so")), replaced(stranger(), "捣乱台", "乱捣台")).unwrap();
    said.push_str(&report(&story, &folder));
    said.push_str(&story.told("reopen\nact odd start {\"place\": \"西苑小区\"}"));
    expect![[r#"
        > act odd start
          failed refused 4 times
        disobedient 0.1.0 may run in the host's process (before: none); asks more: nothing; asks no more: nothing
        > act odd start
          done TR2026-000001 捣乱台/等待
        libdisobedient.so Waiting: not the bytes of disobedient 0.1.0 that are pinned; `hongling plugin trust disobedient` takes it instead
        > act odd start
          done TR2026-000002 捣乱台/等待
    "#]].assert_eq(&said);
}

/// `plugin list` shows the same to the operator, as one JSON value.
#[test]
fn plugin_list_names_file_and_reason() {
    let (story, folder) = district(&[("libtext.so", "not a library".into())]);
    let listed = Command::new(PROGRAM).args(["--json", "plugin", "list"]).arg(&folder).output().unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let entries = listed["libraries"].as_array().unwrap();
    let text = entries.iter().find(|entry| entry["path"].as_str().unwrap().ends_with("libtext.so")).unwrap();
    expect![[r#""refused" "is not a library: it does not begin as an ELF file does; put a library for Linux there""#]]
        .assert_eq(&story.shorten(&format!("{} {}", text["trust"], text["reason"]["en"])));
    assert!(entries.iter().any(|entry| entry["name"] == "intake" && entry["in_use"] == true), "{listed}");
}
