//! Every input of the corpus comes back from its target, without a fuzzer: what was found once is not
//! found again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use hongling_fuzz::TARGETS;

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_corpus_comes_back() {
    for (target, run) in TARGETS {
        let files = inputs(target);
        assert!(3 <= files.len(), "{target} has inputs");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let ran = std::panic::catch_unwind(|| run(&bytes));
            assert!(ran.is_ok(), "{} does not come back from {target}", file.display());
        }
    }
}

/// What every input of a target goes through is reached by some: a corpus that is refused at the door
/// would replay nothing.
#[test]
fn the_corpus_gets_through() {
    let is_sound = |target: &str, is: &dyn Fn(&[u8]) -> bool| {
        let sound = inputs(target).iter().filter(|file| is(&std::fs::read(file).unwrap())).count();
        assert_ne!(sound, 0, "some input of {target} is sound");
        assert_ne!(sound, inputs(target).len(), "some input of {target} is not");
    };
    is_sound("manifest", &|bytes| hongling::plugins::parse_manifest(bytes).is_ok());
    if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        is_sound("library", &|bytes| hongling::plugins::inspect_bytes(bytes.to_vec()).is_ok());
    }
    is_sound("config", &hongling_fuzz::config::holds);
    is_sound("when", &hongling_fuzz::when::holds);
    is_sound("answer", &hongling_fuzz::answer::holds);
    is_sound("frame", &hongling_fuzz::frame::holds);
}
