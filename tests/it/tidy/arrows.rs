//! Arrows point one way: who may name whom, and which modules decide without acting.

use super::source::{Source, all_files, folders, has_words, read, sources};
use super::{assert_none, check};

/// Crates, and the folders whose code alone may name them.
const CAGED: [(&str, &[&str]); 8] = [
    ("rusqlite", &["host/src/store", "tests/it/"]),
    ("libloading", &["host/src/plugins"]),
    ("axum", &["host/src/console"]),
    ("hyper", &["host/src/console"]),
    ("tokio", &["host/src/console"]),
    ("ureq", &["host/src/outside"]),
    ("lettre", &["host/src/outside"]),
    ("TcpStream", &["host/src/outside", "host/src/console", "tests/it/", "tests/misbehaving"]),
];

/// Files with unsafe code: the border, from both sides. `unsafe_code` is denied elsewhere.
const UNSAFE: [(&str, &str); 6] = [
    ("plugin-api/src/abi", "the plugin's side of the border"),
    ("plugin-api/src/plugin.rs", "`export_plugin!` emits the link section and the symbol"),
    ("host/src/plugins/library", "the host's side of the border"),
    ("host/src/worker/sandbox.rs", "a worker closes what it was left with, by a system call that has no safe wrapper"),
    ("host/src/engine/marker/page.rs", "a step is marked in mapped memory: a system call each would cost 3 µs"),
    ("tests/misbehaving/src/border.rs", "an answer that breaks the ABI cannot be given through the safe contract"),
];

/// What decides in pure code: imports no clock, file, socket, database, logger or thread.
const PURE: [&str; 18] = [
    "host/src/calendar.rs",
    "host/src/clock.rs",
    "host/src/routes.rs",
    "host/src/permission.rs",
    "host/src/mask.rs",
    "host/src/suggestion.rs",
    "host/src/os_error.rs",
    "host/src/directory.rs",
    "host/src/matter.rs",
    "host/src/outlet.rs",
    "host/src/limits.rs",
    "host/src/config",
    "plugin-api/src",
    "host/src/erasure.rs",
    "host/src/store/seal.rs",
    "host/src/ledger.rs",
    "host/src/index/words.rs",
    "host/src/index/terms.rs",
];

/// What acts within those, with its reason.
const ACTING: [(&str, &[&str], &str); 5] = [
    ("host/src/config/peek.rs", &["std::fs", "fs::"], "finds the data folder of a config that may be broken"),
    ("host/src/config/resolve/console.rs", &["std::net"], "an address is parsed, nothing is opened"),
    ("host/src/config/source.rs", &["std::fs", "fs::"], "reads the files of a district folder"),
    ("host/src/config/template.rs", &["std::fs", "fs::"], "writes a new district folder"),
    ("plugin-api/src/testing", &["std::fs", "fs::", "std::env"], "runs cases of a folder, in tests only"),
];

const ACTIONS: [&str; 16] = [
    "std::fs",
    "fs::",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::env",
    "UnixStream",
    "TcpStream",
    "rusqlite",
    "tracing",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant",
    "println!",
];

fn is_pure(path: &str) -> bool {
    let is_plugin = path.starts_with("plugins/") && path.contains("/src/");
    is_plugin
        || PURE.iter().any(|pure| path == *pure || path.starts_with(&format!("{}/", pure.trim_end_matches(".rs"))))
}

#[test]
fn what_decides_does_not_act() {
    let files = sources();
    for pure in PURE {
        assert!(files.iter().any(|file| file.path.starts_with(pure)), "{pure} is gone: mend the list");
    }
    check("decide in pure code, act in thin code", |file| {
        if !is_pure(&file.path) || file.is_test() {
            return Vec::new();
        }
        let excused: Vec<&str> = ACTING
            .iter()
            .filter(|(path, ..)| file.path.starts_with(path))
            .flat_map(|(_, words, _)| words.iter().copied())
            .collect();
        let found = ACTIONS.iter().filter(|word| names(file, word) && !excused.contains(*word));
        found.map(|word| format!("names {word}")).collect()
    });
}

fn names(file: &Source, word: &str) -> bool {
    // `fs::` also ends `std::fs::` and begins nothing else.
    if word.ends_with("::") || word.ends_with('!') {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        return file.code.match_indices(word).any(|(at, _)| !is_part(file.code[..at].chars().next_back()));
    }
    has_words(&file.code, word)
}

/// The order of a hash map is random, and a desk's answer must not be.
#[test]
fn plugins_have_no_random_order() {
    check("a `BTreeMap` or a `Vec`: the same input gives the same effects", |file| {
        let is_rule = file.path.starts_with("plugins/") && file.path.contains("/src/");
        let found = ["HashMap", "HashSet"].into_iter().filter(|word| is_rule && file.has_words(word));
        found.map(|word| format!("names {word}")).collect()
    });
}

#[test]
fn one_module_names_each_caged_crate() {
    check("one module owns each outside thing", |file| {
        let found = CAGED.iter().filter(|(word, allowed)| {
            file.has_words(word) && !allowed.iter().any(|allowed| file.path.starts_with(allowed))
        });
        found.map(|(word, allowed)| format!("names {word}, which only {} may", allowed.join(", "))).collect()
    });
}

/// Plugins whose name is also a word of the glossary: the host may say the word, and name a key of its JSON
/// by it, and still not the plugin.
const WORDS_TOO: [&str; 1] = ["notices"];

/// Plugins come and go without the host being built again.
#[test]
fn the_host_names_no_plugin() {
    let plugins = folders("plugins");
    check("the host knows nothing of what a desk does", |file| {
        if !file.path.starts_with("host/src/") || file.is_test() {
            return Vec::new();
        }
        let is_named = |name: &&String| match WORDS_TOO.contains(&name.as_str()) {
            false => has_words(&file.uncommented, name),
            true => {
                let quoted = format!("\"{name}\"");
                let before =
                    ["insert(", "has(", "tables(", "const KEY: &str = "].map(|before| format!("{before}{quoted}"));
                let keys = before.into_iter().chain([format!("{quoted}:")]);
                let all = file.uncommented.matches(&quoted).count();
                let as_keys: usize = keys.map(|key| file.uncommented.matches(key.as_str()).count()).sum();
                as_keys < all
            }
        };
        let named = plugins.iter().filter(is_named);
        named.map(|name| format!("names {name}")).collect()
    });
}

#[test]
fn plugins_know_only_the_contract() {
    let plugins = folders("plugins");
    let mut problems = Vec::new();
    for name in &plugins {
        let path = format!("plugins/{name}/Cargo.toml");
        let manifest: toml::Table = read(&path).parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let named = manifest.get(section).and_then(|section| section.as_table()).into_iter().flatten();
            let banned = named.map(|(name, _)| name).filter(|name| {
                ["hongling", "libloading", "rusqlite"].contains(&name.as_str()) || plugins.contains(name)
            });
            problems.extend(banned.map(|other| format!("{path}: depends on {other}")));
        }
        let files = sources();
        let of_plugin = files.iter().filter(|file| file.path.starts_with(&format!("plugins/{name}/")));
        for file in of_plugin {
            let others = plugins.iter().filter(|other| *other != name).map(String::as_str).chain(["hongling"]);
            problems.extend(
                others
                    .filter(|other| {
                        file.code.contains(&format!("use {other}::"))
                            || file.code.contains(&format!("extern crate {other}"))
                    })
                    .map(|other| format!("{}: names {other}", file.path)),
            );
        }
    }
    assert_none(&problems, "a plugin knows the contract and nothing else");
}

#[test]
fn the_contract_needs_little() {
    let manifest: toml::Table = read("plugin-api/Cargo.toml").parse().unwrap();
    let needed = manifest["dependencies"].as_table().unwrap();
    let is_optional = |value: &toml::Value| value.get("optional").and_then(toml::Value::as_bool) == Some(true);
    let more: Vec<String> = needed
        .iter()
        .filter(|(name, value)| !["serde", "serde_json", "jiff"].contains(&name.as_str()) && !is_optional(value))
        .map(|(name, _)| name.clone())
        .collect();
    assert_none(&more, "every plugin carries what the contract depends on");
}

#[test]
fn unsafe_code_is_at_the_border() {
    check("unsafe code is caged; list another file here with its reason", |file| {
        let is_listed = UNSAFE.iter().any(|(path, _)| file.path.starts_with(path));
        if is_listed || !file.has_words("unsafe") { Vec::new() } else { vec!["has unsafe code".into()] }
    });
    for (path, reason) in UNSAFE {
        assert!(
            all_files().iter().any(|file| file.starts_with(path)),
            "{path} is gone; its exception ({reason}) can go"
        );
    }
}

/// Each unsafe block names the check that makes it true.
#[test]
fn unsafe_blocks_say_why_they_are_sound() {
    check("`// SAFETY:` stands above an unsafe block", |file| {
        let lines: Vec<(&str, &str)> = file.code.lines().zip(file.text.lines()).collect();
        let blocks =
            lines.iter().enumerate().filter(|(_, (code, _))| code.contains("unsafe {") || code.contains("unsafe impl"));
        let unsaid = blocks.filter(|(at, _)| {
            let above =
                lines[..*at].iter().rev().take_while(|(code, text)| code.trim().is_empty() && !text.trim().is_empty());
            !above.into_iter().any(|(_, text)| text.contains("SAFETY"))
        });
        unsaid.map(|(at, _)| format!("line {}: no `// SAFETY:` above", at + 1)).collect()
    });
}
