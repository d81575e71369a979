//! `plugin new`: the crate is built and tested without a network, checked, and its library settles a
//! matter in a district.

use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;

use crate::program::{hongling, hongling_json};
use crate::scratch::{PROGRAM, Scratch};
use crate::tidy::source::root;

/// Runs cargo in a folder as an author would, with what is on this machine already.
///
/// What is built stays in one folder beside this workspace's own, so that a second run takes a second.
fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(folder).args(arguments).args(["--offline", "--quiet"]);
    command.env("CARGO_TARGET_DIR", target()).env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("UPDATE_EXPECT");
    let done = command.output().unwrap();
    let words = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "cargo {arguments:?}: {words}");
    words
}

fn target() -> PathBuf {
    Path::new(PROGRAM).with_file_name("new-crate")
}

/// What a command printed, also on stderr.
fn said(args: &[&str], scratch: &Scratch) -> String {
    let done = hongling(args);
    let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    format!("{}\n", scratch.shorten(text.trim_end()))
}

#[test]
fn a_new_crate_builds_is_tested_and_settles_a_matter() {
    let scratch = Scratch::new();
    let path = |within: &str| scratch.path().join(within).to_str().unwrap().to_owned();
    let (folder, trial, api) = (path("home-visits"), path("trial"), root().join("plugin-api"));
    let mut told = said(&["plugin", "new", "home-visits", "--dir", &folder, "--api", api.to_str().unwrap()], &scratch);

    // The versions that this workspace was built with are the ones that are here.
    std::fs::copy(root().join("Cargo.lock"), path("home-visits/Cargo.lock")).unwrap();
    cargo(Path::new(&folder), &["build"]);
    let tests = cargo(Path::new(&folder), &["test"]);
    assert!(tests.contains("2 passed"), "{tests}");

    // As its README says.
    told.push_str(&said(&["init", &trial, "--exercise", "2026-03-02T09:00", "--from", "demo"], &scratch));
    let main = std::fs::read_to_string(path("trial/hongling.toml")).unwrap();
    assert!(main.contains("\n# plugins = [\"plugins\"]"), "the README says which # to take away");
    std::fs::write(path("trial/hongling.toml"), main.replace("# plugins = [", "plugins = [")).unwrap();
    let readme = std::fs::read_to_string(path("home-visits/README.md")).unwrap();
    let desk = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    std::fs::write(path("trial/desks/home-visits.toml"), desk).unwrap();
    std::fs::create_dir(path("trial/plugins")).unwrap();
    let library = target().join("debug/libhome_visits.so");
    std::fs::copy(&library, path("trial/plugins/libhome_visits.so")).unwrap();
    let place = "place=西苑小区";
    for line in [
        &["plugin", "trust", "home-visits", &trial][..],
        &["check", &trial],
        &["act", &trial, "home-visits", "ask", "--by", "ma-aizhen", "-f", "title=何时修路灯", "-f", place],
        &["act", &trial, "home-visits", "ask", "--by", "ma-aizhen", "-f", "title=何时通水", "-f", place],
        &["act", &trial, "HV2026-000001", "answer", "--by", "wang-lihua", "-f", "text=何时修路灯"],
        &["act", &trial, "HV2026-000001", "answer", "--by", "wang-lihua", "-f", "text=本周五前修好"],
        &["tick", &trial, "--to", "2026-03-05T09:00"],
        &["view", &trial, "home-visits", "waiting", "--by", "wang-lihua"],
    ] {
        told.push_str(&said(line, &scratch));
    }
    expect![[r#"
        made ~/home-visits: read ~/home-visits/README.md, then run `cargo test` in it
        made ~/trial: read its hongling.toml, then run `hongling check ~/trial`
        home-visits 0.1.0 may run in the host's process (before: none); asks more: nothing; asks no more: nothing
        written to plugins.lock; the host's next start or reload puts it into the journal
        no problems
        HV2026-000001 → home-visits [To be answered]  query code <code>
        HV2026-000002 → home-visits [To be answered]  query code <code>
        text: an answer does not repeat the question
        HV2026-000001 → home-visits [closed]
        it is now 2026-03-05 09:00; 1 was due meanwhile
        Questions to be answered
        Number         Question  Stage
        ──────────────────────────────
        HV2026-000002  何时通水  late
    "#]]
    .assert_eq(&told);
}

#[test]
fn what_is_in_the_way() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("mine");
    std::fs::create_dir(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let api = root().join("plugin-api");
    let api = api.to_str().unwrap();
    let mut told = String::new();
    for line in [
        &["plugin", "new", "toolbox", "--dir", folder, "--api", api][..],
        &["plugin", "new", "fn"],
        &["plugin", "new", "Toolbox"],
        &["plugin", "new", "toolbox", "--dir", folder, "--api", folder],
    ] {
        let (code, value) = hongling_json(line);
        told.push_str(&scratch.shorten(&format!("exit {} {value}\n", code.unwrap())));
    }
    expect![[r#"
        exit 1 {"error":{"en":"~/mine is there already; take another name, or name a new folder with --dir","zh":"~/mine 已经存在；请换一个名称，或用 --dir 指定新目录"}}
        exit 2 {"error":{"en":"invalid value 'fn' for '<NAME>': is a word of Rust itself; take another name","zh":"“fn”不能用作 <NAME>：是 Rust 的关键字；请换一个名称"}}
        exit 2 {"error":{"en":"invalid value 'Toolbox' for '<NAME>': a name is 1 to 32 of a-z, 0-9 and -, such as home-visits","zh":"“Toolbox”不能用作 <NAME>：名称应为 1 到 32 个小写字母 a-z、数字 0-9 或连字符 -"}}
        exit 2 {"error":{"en":"~/mine holds no hongling-plugin-api; --api is the folder \"plugin-api\" of a checkout of Hongling, or the address of its git repository","zh":"~/mine 里没有 hongling-plugin-api；--api 要写红领源码的 plugin-api 目录，或它的 git 地址"}}
    "#]].assert_eq(&told);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}
