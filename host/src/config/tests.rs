//! Wrong districts and the very words that say so.
//!
//! [`check`] takes the good district, changes what a test is about, and shows all problems.

mod files;
mod flow;
mod good;
mod imports;
mod mutations;
mod proofs;
mod outlets;
mod schedules;
mod shape;
mod tables;
mod trials;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use expect_test::Expect;
use plugin_api::{Manifest, Title};

use super::{Config, Libraries, Problem, load};

/// Files of a district by name.
type Files = BTreeMap<String, Vec<u8>>;

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &Files) -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hongling-config-{}-{number}", std::process::id()));
        let folder = Folder(path);
        fs::create_dir_all(&folder.0).expect("a folder for the test");
        for (name, bytes) in files {
            let file = folder.0.join(name);
            fs::create_dir_all(file.parent().expect("a file has a folder")).expect("a folder for the file");
            fs::write(file, bytes).expect("a file for the test");
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Libraries that are only manifests.
struct Fake(BTreeMap<String, Result<Arc<Manifest>, Title>>);

impl Fake {
    fn new(manifests: &[(&str, &str)]) -> Fake {
        let parse = |text: &str| toml::from_str(text).map(Arc::new).map_err(|error| both(&error.to_string()));
        Fake(manifests.iter().map(|(name, text)| ((*name).to_owned(), parse(text))).collect())
    }
}

impl Libraries for Fake {
    fn manifest(&mut self, library: &str, _: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        let missing = || {
            let zh = format!("没有装业务台库“{library}”");
            Err(Title::new(zh, format!("no library {library:?} is installed")))
        };
        self.0.get(library).cloned().unwrap_or_else(missing)
    }

    fn known(&self, _: &[PathBuf]) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

fn good() -> Files {
    good::FILES.iter().map(|(name, text)| ((*name).to_owned(), text.trim_start().as_bytes().to_vec())).collect()
}

/// The good district with some text of one file replaced by another.
fn with(file: &str, from: &str, to: &str) -> Files {
    let mut files = good();
    change(&mut files, file, from, to);
    files
}

fn change(files: &mut Files, file: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[file].clone()).expect("the good district is text");
    assert!(text.contains(from), "{file} does not hold {from:?}");
    files.insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
}

/// The good district with text added to the end of a file, or with a file more.
fn and(file: &str, text: &str) -> Files {
    let mut files = good();
    files.entry(file.to_owned()).or_default().extend_from_slice(text.as_bytes());
    files
}

fn load_files(files: &Files) -> Result<Config, Vec<Problem>> {
    let folder = Folder::new(files);
    load(&folder.0, &mut Fake::new(&good::MANIFESTS))
}

fn both(text: &str) -> Title {
    Title::new(format!("业务台库：{text}"), text)
}

/// In English. That each is said in Chinese too is looked at here for every problem of every test.
fn lines(problems: &[Problem]) -> String {
    for problem in problems {
        for words in std::iter::once(&problem.text).chain(&problem.hint) {
            let is_chinese = words.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(is_chinese && !words.en.is_empty(), "{words:?}");
        }
    }
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

fn check(files: &Files, expected: Expect) {
    let shown = match load_files(files) {
        Ok(config) if config.warnings.is_empty() => "good\n".to_owned(),
        Ok(config) => format!("good, with\n{}", lines(&config.warnings)),
        Err(problems) => lines(&problems),
    };
    expected.assert_eq(&shown);
}

/// The same for other manifests.
fn check_manifests(files: &Files, change: &[(&str, &str, &str)], expected: Expect) {
    let mut texts: Vec<(&str, String)> =
        good::MANIFESTS.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    for (library, from, to) in change {
        let (_, text) = texts.iter_mut().find(|(name, _)| name == library).expect("a library of the good district");
        assert!(text.contains(from), "{library} does not hold {from:?}");
        *text = text.replacen(from, to, 1);
    }
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = Folder::new(files);
    let shown = match load(&folder.0, &mut Fake::new(&texts)) {
        Ok(config) => format!("good, with\n{}", lines(&config.warnings)),
        Err(problems) => lines(&problems),
    };
    expected.assert_eq(&shown);
}

fn folder_path(folder: &Folder) -> &Path {
    &folder.0
}
