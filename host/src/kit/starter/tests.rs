//! What is written for which name, and that nothing is written where something is in the way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use expect_test::expect;

use super::{Api, PluginName, write};

/// A folder of its own for one test, gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("hongling-starter-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Scratch(folder)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn contract() -> Api {
    Api::named(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap()
}

#[test]
fn names() {
    let mut said = String::new();
    let long = "a".repeat(33);
    let names = [
        "toolbox",
        "home-visits",
        "x",
        "step",
        "async",
        "gen",
        "self",
        "std",
        "serde-json",
        "c",
        "host",
        "Toolbox",
        "",
        "-a",
        "a-",
        "a--b",
        "9lives",
        "a_b",
        "a/b",
        "..",
        "工具",
        &long,
    ];
    for name in names {
        let line = match name.parse::<PluginName>() {
            Ok(name) => format!("{} {} {} {}", name.as_str(), name.krate(), name.desk(), name.prefix()),
            Err(why) => format!("{name:?}: {why}"),
        };
        said.push_str(&line);
        said.push('\n');
    }
    expect![[r#"
        toolbox toolbox Toolbox TO
        home-visits home_visits HomeVisits HV
        x x X XX
        step step StepDesk ST
        "async": is a word of Rust itself; take another name
        "gen": is a word of Rust itself; take another name
        "self": is a word of Rust itself; take another name
        "std": is the name of a crate that the new one needs; take another name
        "serde-json": is the name of a crate that the new one needs; take another name
        "c": would be the file of a library of the system; take another name
        "host": is a word of the host itself; take another name
        "Toolbox": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
        "": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
        "-a": a name begins with a letter, and a - stands alone between letters or digits
        "a-": a name begins with a letter, and a - stands alone between letters or digits
        "a--b": a name begins with a letter, and a - stands alone between letters or digits
        "9lives": a name begins with a letter, and a - stands alone between letters or digits
        "a_b": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
        "a/b": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
        "..": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
        "工具": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": a name is 1 to 32 of a-z, 0-9 and -, such as home-visits
    "#]]
    .assert_eq(&said);
}

#[test]
fn where_the_contract_comes_from() {
    let scratch = Scratch::new("api");
    let shown = |api: Result<Api, plugin_api::Title>| match api {
        Ok(api) => api.dependency(),
        Err(why) => why.en.replace(&*scratch.0.to_string_lossy(), "~"),
    };
    let lines = [
        "https://example.org/hongling.git",
        "https://example.org/hongling.git#v1",
        "git@example.org:a/hongling.git",
        "/nowhere",
        "/",
    ]
    .map(|given| shown(Api::named(given)))
    .join("\n");
    expect![[r#"
        git = "https://example.org/hongling.git"
        git = "https://example.org/hongling.git", rev = "v1"
        git = "ssh://git@example.org/a/hongling.git"
        /nowhere holds no hongling-plugin-api; --api is the folder "plugin-api" of a checkout of Hongling, or the address of its git repository
        / holds no hongling-plugin-api; --api is the folder "plugin-api" of a checkout of Hongling, or the address of its git repository"#]].assert_eq(&lines);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    assert_eq!(contract(), Api::Folder(root.join("plugin-api").canonicalize().unwrap()));
    assert_eq!(Api::found(&root.join("plugins/new"), Path::new("/usr/bin/hongling")), Ok(contract()));
    assert_eq!(Api::found(&scratch.0.join("new"), &root.join("target/release/hongling")), Ok(contract()));
    expect![[r#"cannot tell where hongling-plugin-api is: it is not on crates.io; give --api with the folder "plugin-api" of a checkout of Hongling, or with the address of its git repository"#]].assert_eq(&shown(Api::found(&scratch.0.join("new"), Path::new("/usr/bin/hongling"))));
}

#[test]
fn what_is_in_the_way_stays_as_it_was() {
    let scratch = Scratch::new("way");
    let name: PluginName = "toolbox".parse().unwrap();
    std::fs::create_dir(scratch.0.join("empty")).unwrap();
    std::fs::write(scratch.0.join("file"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", scratch.0.join("link")).unwrap();
    let mut said = String::new();
    for folder in ["empty", "file", "link", "file/within"] {
        let why = write(&scratch.0.join(folder), &name, &contract()).unwrap_err();
        said.push_str(&format!("{}\n", why.en.replace(&*scratch.0.to_string_lossy(), "~")));
    }
    expect![[r#"
        ~/empty is there already; take another name, or name a new folder with --dir
        ~/file is there already; take another name, or name a new folder with --dir
        ~/link is there already; take another name, or name a new folder with --dir
        ~/file/within cannot be written: Not a directory (os error 20)
    "#]]
    .assert_eq(&said);
    assert_eq!(scratch.names(), ["empty", "file", "link"]);
    assert_eq!(std::fs::read_to_string(scratch.0.join("file")).unwrap(), "mine");
}

#[test]
fn a_crate_within_a_workspace() {
    let scratch = Scratch::new("workspace");
    let name: PluginName = "toolbox".parse().unwrap();
    std::fs::write(scratch.0.join("Cargo.toml"), "[workspace]\nmembers = [\"plugins/*\"]\n").unwrap();
    let manifest = |folder: &str| {
        write(&scratch.0.join(folder), &name, &contract()).unwrap();
        std::fs::read_to_string(scratch.0.join(folder).join("Cargo.toml")).unwrap()
    };
    assert!(!manifest("plugins/toolbox").contains("[workspace]"), "cargo counts it among the members");
    assert!(manifest("other/toolbox").contains("\n[workspace]\n"), "cargo would refuse it");
    assert_eq!(scratch.names(), ["Cargo.toml", "other", "plugins"]);
}

/// No word of the template is left.
#[test]
fn the_name_stands_everywhere() {
    let scratch = Scratch::new("name");
    let name: PluginName = "home-visits".parse().unwrap();
    let folder = scratch.0.join("new");
    let files = write(&folder, &name, &contract()).unwrap();
    expect![[r#"
        .gitignore
        Cargo.toml
        README.md
        cases/answered.case
        cases/refused.case
        plugin.toml
        src/lib.rs
        src/rules.rs
        tests/cases.rs"#]]
    .assert_eq(&files.join("\n"));
    for file in files {
        let text = std::fs::read_to_string(folder.join(&file)).unwrap();
        let left = ["fresh-desk", "fresh_desk", "FreshDesk", "FR2026", "\"FR\"", ", API"];
        assert!(!left.iter().any(|word| text.contains(word)), "{file}:\n{text}");
    }
}
