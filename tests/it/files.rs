//! Files that people put up, through the real program: what is kept of them, who sees them, when they go.

mod attached;
mod hostile;
mod kept;
pub mod pictures;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::console::client::{Answered, Line};
use crate::console::served::Served;
use crate::program::hongling_json;

/// A part of a form: a field, or a file with what its sender calls it.
pub enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a str, &'a str, &'a [u8]),
}

const BOUNDARY: &str = "between-two-parts-e3b0c44298fc1c14";

/// Sends a form with files.
pub fn send(line: &mut Line, path: &str, headers: &[(&str, &str)], parts: &[Part<'_>]) -> Answered {
    let mut body = Vec::new();
    for part in parts {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; ").bytes());
        match part {
            Part::Text(name, text) => body.extend(format!("name=\"{name}\"\r\n\r\n{text}").bytes()),
            Part::File(name, file, kind, bytes) => {
                let head = format!("name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n");
                body.extend(head.bytes().chain(bytes.iter().copied()));
            }
        }
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [&[("Content-Type", &*kind), ("Sec-Fetch-Site", "same-origin")], headers].concat();
    line.ask("POST", path, &headers, Some(&body)).unwrap()
}

/// What a program of somebody says who it is by.
pub fn token(served: &Served, person: &str) -> String {
    let folder = served.folder();
    let (code, value) = hongling_json(&["person", folder.to_str().unwrap(), "token", person, "--name", "test"]);
    assert_eq!(code, Some(0), "{value}");
    format!("Bearer {}", value["token"].as_str().unwrap())
}

/// Names of the files of a district, and what does not belong among them.
pub fn stored(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in all(&folder.join("data/files")) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(sha256(&bytes), name, "{} is not what its name says", path.display());
        assert_eq!(path.parent().unwrap().file_name().unwrap().to_str(), Some(&name[..2]));
        names.insert(name);
    }
    names
}

/// The bytes of one of them.
pub fn bytes_of(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join("data/files").join(&name[..2]).join(name)).unwrap()
}

/// All files below a folder.
pub fn all(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths = Vec::new();
    for entry in entries.map(|entry| entry.unwrap()) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() { paths.extend(all(&path)) } else { paths.push(path) }
    }
    paths.sort();
    paths
}

/// The name of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
