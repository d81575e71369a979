//! A config that changes while the host runs: in force between two steps, or not at all.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr};

use expect_test::expect;

use super::stopped::{send, start, start_program};
use super::{check, exercise, run};
use crate::scratch::{PROGRAM, Scratch, library_bytes};
use crate::story::Story;

/// A host that runs, and what it says.
struct Host {
    child: Child,
    words: BufReader<ChildStderr>,
    said: String,
}

impl Host {
    fn start(folder: &Path) -> Host {
        let (child, words, _) = start(folder, &["run", ".", "--no-console"]);
        Host { child, words, said: String::new() }
    }

    /// Reads what it says until it says this.
    fn hear(&mut self, wanted: &str) {
        let mut heard = String::new();
        while !heard.contains(wanted) {
            assert_ne!(self.words.read_line(&mut heard).unwrap(), 0, "it ended: {}{heard}", self.said);
        }
        self.said.push_str(&heard);
    }

    fn stop(self) -> String {
        send("TERM", &self.child);
        assert!(self.child.wait_with_output().unwrap().status.success());
        self.said
    }
}

/// Each change is one write, for what is written while it settles is one change.
fn change(folder: &Path, file: &str, changes: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(folder.join(file)).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{file} does not hold {from:?}");
        text = text.replace(from, to);
    }
    std::fs::write(folder.join(file), text).unwrap();
}

#[test]
fn whole_or_not_at_all() {
    let mut story = exercise();
    let folder = story.folder();
    let mut host = Host::start(&folder);
    change(&folder, "hongling.toml", &[("when = { size = \"small\" }", "when = { size = \"smal\" }")]);
    host.hear("did you mean");
    change(
        &folder,
        "hongling.toml",
        &[
            ("when = { size = \"smal\" }", "when = { size = [\"small\", \"hard\"] }"),
            ("when = { size = [\"big\", \"hard\"] }", "when = { size = \"big\" }"),
        ],
    );
    host.hear("big-to-station");
    change(&folder, "desks/council.toml", &[("72 hours", "48 hours")]);
    host.hear("Council");
    send("HUP", &host.child);
    host.hear("the config is the one in force");
    let said = story.shorten(&host.stop());
    expect![[r#"
        1 error, the one before goes on (`hongling check` lists all):
        hongling.toml:195:17: label "size" is never "smal"; did you mean "small"?
            |
        195 | when = { size = "smal" }
            |                 ^
        a new config is in force (…)
        Route             Change
        ─────────────────────────
        small-to-council  changed
        big-to-station    changed
        a new config is in force (…)
        Desk     Change
        ───────────────────────────────
        Council  opened anew (settings)
        the config is the one in force
    "#]]
    .assert_eq(&without_hashes(&said));
    check(
        &story,
        "--lang en plan .",
        expect![[r#"
        $ --lang en plan .
          the config is the one in force
    "#]],
    );
    // Each switch is in the journal with what it changed.
    assert!(run(&folder, "audit . export --words --out words.jsonl").status.success());
    let journal = std::fs::read_to_string(folder.join("words.jsonl")).unwrap();
    assert!(journal.contains(r#"{\"desk\":\"council\",\"change\":{\"reopened\":[\"settings\"]}}"#), "{journal}");
    // A desk that goes leaves its matter where it is.
    story.tell("write desks/station.toml\n  [desk.tower]\n  library = \"station\"");
    change(&folder, "hongling.toml", &[("to = \"station\"", "to = \"tower\"")]);
    check(
        &story,
        "--lang en plan .\n--lang zh plan .\n--lang en plan . --json",
        expect![[r#"
            $ --lang en plan .
              Desk     Change
              ─────────────────────────────────────────────────────────────────────────────────────────────
              Station  added
              station  removed; 1 open on it stay, parked until it is back or they are moved: SQ2026-000002

              Route                 Change
              ─────────────────────────────
              big-to-station        changed
              called-up-to-station  changed
            $ --lang zh plan .
              业务台      改动
              ────────────────────────────────────────────────────────────────────────────
              红领工作站  新增
              station     去掉；在办 1 件停在这里，放回来或移交后才会接着办：SQ2026-000002

              流转规则              改动
              ──────────────────────────
              big-to-station        改动
              called-up-to-station  改动
            $ --lang en plan . --json
              {"running":"<sha256>","on_disk":"<sha256>","desks":[{"desk":"tower","change":"added"},{"desk":"station","change":{"removed":{"count":1,"numbers":["SQ2026-000002"]}}}],"routes":[{"id":"big-to-station","change":"changed"},{"id":"called-up-to-station","change":"changed"}],"watches":[],"schedules":[],"tables":[],"clocks":[],"at_restart":[]}
        "#]],
    );
}

/// What is in force, and what lies on disk, also when that does not hold.
#[test]
fn status_tells_both() {
    let story = exercise();
    let folder = story.folder();
    let last = |lang: &str| {
        let output = run(&folder, &format!("--lang {lang} status ."));
        let said = String::from_utf8(output.stdout).unwrap();
        let line = said.lines().find(|line| line.starts_with("config ") || line.starts_with("配置 ")).unwrap();
        // A hash is told by its first twelve digits.
        let is_digit = |c: char| c.is_ascii_hexdigit();
        line.split(' ')
            .map(|word| {
                if word.chars().take(12).filter(|c| is_digit(*c)).count() == 12 {
                    format!("…{}", word.chars().skip(12).collect::<String>())
                } else {
                    word.to_owned()
                }
            })
            .collect::<Vec<_>>()
            .join(" ")
            + "\n"
    };
    let mut said = last("zh") + &last("en");
    change(&folder, "desks/council.toml", &[("72 hours", "48 hours")]);
    said += &(last("zh") + &last("en"));
    change(&folder, "desks/council.toml", &[("48 hours", "48 moons")]);
    said += &(last("zh") + &last("en"));
    expect![[r#"
        配置 …
        config …
        配置 …；目录里已改为 …（hongling plan 看改动）
        config …; the folder now says … (`hongling plan` tells what it changes)
        配置 …；目录里的改动有 1 处错误（见 hongling check）
        config …; the folder now has 1 error (see `hongling check`)
    "#]]
    .assert_eq(&said);
}

/// Nobody has to ask: the folder is watched.
#[test]
fn a_change_is_noticed() {
    let mut story = Story::new();
    story.become_exercise();
    let folder = story.folder();
    let mut host = Host::start(&folder);
    change(&folder, "desks/council.toml", &[("72 hours", "48 hours")]);
    host.hear("Council");
    let said = host.stop();
    assert!(said.contains("a new config is in force"), "{said}");
}

fn without_hashes(said: &str) -> String {
    let is_hash = |word: &str| word.len() == 14 && word.starts_with('(') && word.ends_with(')');
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((rest, word)) if is_hash(word) => format!("{rest} (…)"),
        _ => line.to_owned(),
    };
    said.lines().map(|given| line(given) + "\n").collect()
}

/// Where `data` was changed, what is in force is still in the folder that has the store.
#[test]
fn the_data_folder_moves() {
    let story = exercise();
    change(&story.folder(), "hongling.toml", &[("data = \"data\"", "data = \"elsewhere\"")]);
    check(
        &story,
        "--lang en plan .\n--lang zh plan .",
        expect![[r#"
        $ --lang en plan .
          In force only after a restart: data (the data folder moves: stop the host and move the folder first, or it begins with an empty one)
        $ --lang zh plan .
          重新启动后才生效：data（数据目录换了地方：停下主机，先把原目录移过去，否则会从空的数据重新开始）
    "#]],
    );
}

/// A library of the installation that is exchanged is noticed, as one of a plugin folder is.
#[test]
fn a_library_beside_the_program() {
    let story = exercise();
    let installed = Scratch::new();
    let program = installed.path().join("hongling");
    std::fs::copy(PROGRAM, &program).unwrap();
    for name in ["intake", "triage", "council", "station"] {
        std::fs::write(installed.path().join(format!("lib{name}.so")), library_bytes(name)).unwrap();
    }
    let (child, words, _) = start_program(&program, &story.folder(), &["run", ".", "--no-console"]);
    let mut host = Host { child, words, said: String::new() };
    let other = [library_bytes("council"), vec![0]].concat();
    std::fs::write(installed.path().join("half"), other).unwrap();
    std::fs::rename(installed.path().join("half"), installed.path().join("libcouncil.so")).unwrap();
    host.hear("library");
    let said = story.shorten(&host.stop());
    expect![[r#"
        a new config is in force (…)
        Desk     Change
        ──────────────────────────────
        Council  opened anew (library)
    "#]]
    .assert_eq(&without_hashes(&said));
}
