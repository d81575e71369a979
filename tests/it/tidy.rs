//! The house rules a machine can hold. Each says why in the message a breaker reads.

pub mod source;
mod arrows;

use std::collections::BTreeSet;
use std::path::Path;

use source::{Source, all_files, sources};

/// Lines of a file and of a function, tests apart: what fits on few screens is read whole.
const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 60;
/// Names that say nothing of what a module owns.
const EMPTY_NAMES: [&str; 5] = ["utils", "common", "helpers", "types", "manager"];
/// Invariants of the design that this version holds, each by at least one test.
const INVARIANTS: [&str; 12] = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12"];
/// The top level: the tree is the architecture.
const TOP_LEVEL: [&str; 7] = ["Cargo.toml", "Cargo.lock", "README.md", "host", "plugin-api", "plugins", "tests"];

/// Files over the limit, each with its reason.
const LONG_FILES: [(&str, &str); 0] = [];
/// Functions over the limit, as `file name`, each with its reason.
const LONG_FUNCTIONS: [(&str, &str); 0] = [];

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n{}", problems.join("\n"));
}

/// Problems of every file, as `file: what`.
fn check(rule: &str, mut find: impl FnMut(&Source) -> Vec<String>) {
    let files = sources();
    assert!(100 < files.len(), "the sources are found");
    let problems: Vec<String> =
        files.iter().flat_map(|file| find(file).into_iter().map(|what| format!("{}: {what}", file.path))).collect();
    assert_none(&problems, rule);
}

#[test]
fn every_file_says_what_it_owns() {
    check("a file opens with `//!`: what it owns, what it refuses to know, what always holds", |file| {
        if file.text.starts_with("//!") { Vec::new() } else { vec!["does not open with `//!`".into()] }
    });
}

#[test]
fn files_are_short() {
    check("split by control flow, or list the file here with its reason", |file| {
        let lines = file.text.lines().count();
        let is_excused = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if file.is_test() || lines < FILE_LINES_MAX || is_excused {
            return Vec::new();
        }
        vec![format!("{lines} lines, not under {FILE_LINES_MAX}")]
    });
}

#[test]
fn functions_are_short() {
    check("the parent keeps every `match` and `if`, its helpers run straight", |file| {
        if file.is_test() {
            return Vec::new();
        }
        let long = file.functions().into_iter().filter(|function| FUNCTION_LINES_MAX <= function.lines);
        long.filter(|function| {
            !LONG_FUNCTIONS.iter().any(|(name, _)| *name == format!("{} {}", file.path, function.name))
        })
        .map(|function| format!("{} has {} lines, not under {FUNCTION_LINES_MAX}", function.name, function.lines))
        .collect()
    });
}

#[test]
fn exceptions_are_still_needed() {
    let files = sources();
    for (path, reason) in LONG_FILES {
        let file = files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is gone"));
        assert!(FILE_LINES_MAX <= file.text.lines().count(), "{path} is short now; its exception ({reason}) can go");
    }
    for (name, reason) in LONG_FUNCTIONS {
        let is_long = |file: &Source| {
            file.functions().iter().any(|function| {
                format!("{} {}", file.path, function.name) == name && FUNCTION_LINES_MAX <= function.lines
            })
        };
        assert!(files.iter().any(is_long), "{name} is short now; its exception ({reason}) can go");
    }
}

#[test]
fn modules_are_named_for_what_they_own() {
    check("a module is named for the noun it owns", |file| {
        let parts = file.path.trim_end_matches(".rs").split('/');
        let in_path = parts.filter(|part| EMPTY_NAMES.contains(part)).map(|name| format!("is called {name}"));
        let declared = EMPTY_NAMES.iter().filter(|name| file.has_words(&format!("mod {name}")));
        in_path.chain(declared.map(|name| format!("declares `mod {name}`"))).collect()
    });
}

#[test]
fn imports_name_what_they_import() {
    check("no glob imports: a reader must see where a name comes from", |file| {
        let globs = file.code.lines().filter(|line| {
            let line = line.trim_start();
            (line.starts_with("use ") || line.starts_with("pub use ")) && line.contains("::*")
        });
        globs.map(|line| line.trim().to_owned()).collect()
    });
}

#[test]
fn tests_do_not_wait_and_are_not_left_out() {
    let banned = ["thread::sleep", "#[ignore", "#[should_panic", "sleep_ms"];
    check("time comes from a clock that is turned; what cannot run is skipped aloud, at run time", |file| {
        banned.iter().filter(|word| file.code.contains(**word)).map(|word| format!("has `{word}`")).collect()
    });
}

#[test]
fn every_invariant_is_cited_by_a_test() {
    let files = sources();
    let mut cited: BTreeSet<&str> = BTreeSet::new();
    let texts = files.iter().filter(|file| file.is_test() && file.path != "tests/it/tidy.rs").map(|file| &file.text);
    let cases: Vec<String> =
        all_files().into_iter().filter(|file| file.ends_with(".case")).map(|file| source::read(&file)).collect();
    for text in texts.chain(&cases) {
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        cited.extend(INVARIANTS.iter().filter(|name| words.contains(**name)));
    }
    let missing: Vec<String> =
        INVARIANTS.iter().filter(|name| !cited.contains(**name)).map(ToString::to_string).collect();
    assert_none(&missing, "each invariant is held by a test that cites its number");
}

#[test]
fn every_plugin_folder_is_whole() {
    let files = all_files();
    let names = source::folders("plugins");
    assert!(!names.is_empty(), "there are plugins");
    let mut problems = Vec::new();
    for name in names {
        for file in ["Cargo.toml", "README.md", "plugin.toml", "src/lib.rs"] {
            if !files.contains(&format!("plugins/{name}/{file}")) {
                problems.push(format!("plugins/{name} has no {file}"));
            }
        }
        let cases =
            files.iter().filter(|file| file.starts_with(&format!("plugins/{name}/cases/")) && file.ends_with(".case"));
        if cases.count() == 0 {
            problems.push(format!("plugins/{name} has no cases"));
        }
    }
    assert_none(&problems, "a plugin is read, tried and documented in one place");
}

#[test]
fn the_top_level_is_the_architecture() {
    let found = std::fs::read_dir(source::root()).unwrap();
    let found = found.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    // Where cargo builds is not part of the tree.
    let extra: Vec<String> = found
        .filter(|name| !name.starts_with('.') && name != "target" && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert_none(&extra, "nothing else lies at the top level");
}

/// Paths and hosts of the machine something was made on mean nothing elsewhere.
#[test]
fn no_file_knows_the_machine_it_was_made_on() {
    let folders = ["work", "root", "home", "tmp/bash_jobs"].map(|folder| format!("/{folder}/"));
    let mut problems = Vec::new();
    for path in all_files() {
        let text = source::read(&path);
        let is_lock = path == "Cargo.lock";
        for folder in folders.iter().filter(|folder| text.contains(*folder)) {
            problems.push(format!("{path}: names {folder}"));
        }
        let sources = text.lines().filter(|line| is_lock && line.starts_with("source = "));
        for line in sources.filter(|line| !line.contains("github.com/rust-lang/crates.io-index")) {
            problems.push(format!("{path}: {line}"));
        }
    }
    assert!(Path::new(&source::root()).join(".ci/run").is_file(), "`.ci/run` is where it is looked for");
    assert_none(&problems, "a path or host of one machine");
}
