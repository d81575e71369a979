//! A library dropped into a plugin folder, through the real program: who trusted it is in the journal
//! (I4), what is told of it, and what broken ones beside it do.

use std::path::{Path, PathBuf};

use expect_test::expect;
use hongling::district::replay::replay;
use hongling::store::open_reading;
use plugin_api::InputKind;
use serde_json::Value;

use crate::contract::files::replaced;
use crate::program::{hongling, hongling_json};
use crate::scratch::{Scratch, library_bytes};
use crate::story::Story;

/// A district with a plugin folder that its config names.
fn district() -> (Story, PathBuf) {
    let mut story = Story::with_own_libraries();
    std::fs::create_dir(story.folder().join("plugins")).unwrap();
    story.tell("change hongling.toml `# plugins = [\"plugins\"]` `plugins = [\"plugins\"]`");
    story.stop();
    let folder = story.folder();
    (story, folder)
}

fn text(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

/// What the journal says of trust.
fn pins(folder: &Path) -> String {
    let db = open_reading(&folder.join("data")).unwrap();
    let rows = db.reader().inputs(0).unwrap();
    let told = rows.iter().filter(|row| row.kind == InputKind::Operator).map(|row| {
        let body: Value = serde_json::from_str(row.body.as_deref().unwrap()).unwrap();
        assert!(body["trusted_at"].is_string(), "when: {body}");
        let by = row.by.as_deref().unwrap_or("-");
        format!(
            "{} by {by}: {} {} {}, before {}, asks more {}\n",
            row.name, body["name"], body["version"], body["sha256"], body["before"], body["asks_more"]
        )
    });
    told.collect()
}

fn once(folder: &Path) -> String {
    let ran = hongling(&["run", "--once", text(folder)]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stderr).lines().next().unwrap_or("-").to_owned() + "\n"
}

/// Another build of a library, the same but for one text.
fn build(from: &str, to: &str) -> Vec<u8> {
    replaced(library_bytes("triage"), from, to)
}

#[test]
fn who_trusted_what_is_in_the_journal() {
    let (story, folder) = district();
    let file = folder.join("plugins/libtriage.so");
    let trust = |by: &str| {
        let ran = hongling(&["plugin", "trust", "triage", text(&folder), "--by", by]);
        format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
    };
    let mut said = String::new();
    std::fs::write(&file, build("规则", "条规")).unwrap();
    said.push_str(&once(&folder));
    said.push_str(&pins(&folder));
    said.push_str(&trust("zhao-defu"));
    said.push_str(&once(&folder));
    said.push_str(&once(&folder));
    said.push_str(&pins(&folder));
    // Other bytes under the pinned name: not swapped in, the warning is the first line.
    std::fs::write(&file, build("规则", "规条")).unwrap();
    said.push_str(&once(&folder));
    said.push_str(String::from_utf8_lossy(&hongling(&["status", text(&folder)]).stdout).lines().next().unwrap());
    said.push('\n');
    said.push_str(&trust("hu-huijuan"));
    said.push_str(&once(&folder));
    // Taken back by hand.
    std::fs::remove_file(folder.join("plugins.lock")).unwrap();
    said.push_str(&once(&folder));
    said.push_str(&pins(&folder));
    let scratch = Scratch::in_memory();
    let replayed = replay(&folder.join("data"), &scratch.path().join("again")).unwrap();
    assert!(replayed.is_same(), "{replayed:?}");
    expect![[r#"
        ~/district/plugins/libtriage.so: not trusted, so it runs isolated; `hongling plugin trust triage` lets it run in the host's process; until then the installation's goes on, version 0.1.0
        triage 0.1.0 may run in the host's process (before: none); asks more: nothing; asks no more: nothing
        written to plugins.lock; the host's next start or reload puts it into the journal
        -
        -
        trust by zhao-defu: "triage" "0.1.0" "<sha256>", before null, asks more null
        ~/district/plugins/libtriage.so: not the bytes of triage 0.1.0 that are pinned; `hongling plugin trust triage` takes it instead; until then the pinned bytes go on, version 0.1.0
        ~/district/plugins/libtriage.so: not the bytes of triage 0.1.0 that are pinned; `hongling plugin trust triage` takes it instead; until then the pinned bytes go on, version 0.1.0
        triage 0.1.0 may run in the host's process (before: 0.1.0); asks more: nothing; asks no more: nothing
        written to plugins.lock; the host's next start or reload puts it into the journal
        -
        ~/district/plugins/libtriage.so: not trusted, so it runs isolated; `hongling plugin trust triage` lets it run in the host's process; until then the installation's goes on, version 0.1.0
        trust by zhao-defu: "triage" "0.1.0" "<sha256>", before null, asks more null
        trust by hu-huijuan: "triage" "0.1.0" "<sha256>", before {"sha256":"<sha256>","version":"0.1.0"}, asks more null
        distrust by -: "triage" "0.1.0" "<sha256>", before null, asks more null
    "#]].assert_eq(&story.shorten(&said));
}

#[test]
fn what_a_library_is_told_to_a_person() {
    let (story, folder) = district();
    let file = folder.join("plugins/libtriage.so");
    std::fs::write(&file, library_bytes("triage")).unwrap();
    let inspect = |args: &[&str]| {
        let ran = hongling(&[&["plugin", "inspect", text(&file)], args].concat());
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        let lines: Vec<&str> = said.lines().filter(|line| !line.contains("Bytes")).map(str::trim_end).collect();
        format!("{}\n", lines.join("\n"))
    };
    let said = inspect(&["--dir", text(&folder)]);
    let (code, value) = hongling_json(&["plugin", "inspect", text(&file)]);
    assert_eq!((code, &value["panics"], &value["trust"]), (Some(0), &"unwinds".into(), &Value::Null));
    assert_eq!((&value["abi"]["version"], &value["outlet"]), (&1.into(), &false.into()));
    std::fs::write(&file, &library_bytes("triage")[..100_000]).unwrap();
    let broken = inspect(&[]);
    assert!(broken.contains("is cut short") && broken.contains("; copy or build it again"), "{broken}");
    let said = said.replace(std::env::consts::ARCH, "<arch>");
    expect![[r#"
        Name         triage 0.1.0 · Triage
        Asks         nothing
        Trust        not trusted: in a plugin folder it runs isolated, and in the host after `hongling plugin trust triage`
        Takes        reported, sort-wanted, moved
        Says         sorted
        Kinds        request
        Actions      sort
        Views        why, unsure, categories
        Labels       category, size, urgent, reserved
        Lists        category, keyword
        Collections  correction
        Settings     unsure-below
        Needs        libgcc_s.so.1, libc.so.6, ld-linux-x86-64.so.2
        ABI          1.1 · host at least 1.0 · <arch> · a panic costs its step
    "#]]
    .assert_eq(&story.shorten(&said));
}

/// Broken copies of a real library beside good ones: `check`, `run` and `list` name each and go on.
#[test]
fn broken_ones_change_nothing() {
    let (_story, folder) = district();
    let plugins = folder.join("plugins");
    let whole = library_bytes("triage");
    let mut files = Vec::new();
    for nth in 0..24_usize {
        let file = plugins.join(format!("libbroken_{nth}.so"));
        // Cut short, most near the front, and one bit of the header's identification.
        let mut bytes = whole[..whole.len() >> (nth / 2 + 1)].to_vec();
        if nth % 2 == 1 {
            bytes[nth / 2] ^= 0x41;
        }
        std::fs::write(&file, bytes).unwrap();
        files.push(file);
    }
    for (args, good) in [(["check"].as_slice(), 0), (&["run", "--once"], 0), (&["status"], 0)] {
        let ran = hongling(&[args, &[text(&folder)]].concat());
        assert_eq!(ran.status.code(), Some(good), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    let (code, listed) = hongling_json(&["plugin", "list", text(&folder)]);
    assert_eq!(code, Some(0));
    let libraries = listed["libraries"].as_array().unwrap();
    for file in &files {
        let entry = libraries.iter().find(|entry| entry["path"] == text(file)).unwrap();
        assert_eq!(entry["trust"], "refused", "{entry}");
        assert!(entry["reason"]["en"].as_str().is_some_and(|reason| reason.contains(';')), "{entry}");
    }
    let in_use = libraries.iter().filter(|entry| entry["in_use"] == true).count();
    assert_eq!(in_use, 4, "the desks of the district have their libraries");
}
