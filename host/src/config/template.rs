//! New district folders: the example district whole, or its bones for a district to fill.
//!
//! Whole files are written, never edited: what people read first must not depend on what a
//! program made of it. The example district is embedded, so one binary is enough.

mod taught;

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};
use plugin_api::Title;

use crate::os_error::why;

pub use taught::teach;

static DEMO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/demo");
const MAIN_FILE: &str = "hongling.toml";
const NAMES_SHOWN_MAX: usize = 5;
/// Levels that a new district starts with: below them it has places of its own.
const LEVELS_KEPT: [&str; 3] = ["district", "subdistrict", "community"];
/// What of the example is nobody else's business.
const DEMO_ONLY: [&str; 1] = ["requests.csv"];
/// What is the program's own and never part of a district folder.
const PROGRAM_ONLY: [&str; 2] = ["bench.toml", "story.csv"];

/// What a new folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Config, lists and calendar as in the example, places down to communities, example people.
    Plain,
    /// The example district with everything in it.
    Demo,
}

/// What the clock of the new district will be; only told in the folder, not made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Real work.
    Live,
    /// Training: a clock that only `hongling tick` moves.
    Exercise,
}

/// The files of a template by name, sorted.
pub fn files(template: Template, usage: Use) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    add_files(&DEMO, &mut files);
    files.retain(|(name, _)| !PROGRAM_ONLY.contains(&name.as_str()));
    if template == Template::Plain {
        files.retain(|(name, _)| !DEMO_ONLY.contains(&name.as_str()));
        for (name, bytes) in &mut files {
            match name.as_str() {
                "people.csv" => *bytes = include_bytes!("template/people.csv").to_vec(),
                "places.csv" => *bytes = upper_places(bytes),
                "tests/flow.toml" => *bytes = only_comments(bytes),
                _ => {}
            }
        }
    }
    if usage == Use::Exercise {
        files.push(("EXERCISE.md".to_owned(), include_bytes!("template/EXERCISE.md").to_vec()));
    }
    files.sort();
    files
}

/// A file of the example, also one that is the program's own.
pub fn file(name: &str) -> Option<&'static str> {
    DEMO.get_file(name)?.contents_utf8()
}

fn add_files(folder: &Dir<'_>, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => add_files(folder, files),
            DirEntry::File(file) => {
                let name = file.path().to_str().expect("names of the example are ASCII").replace('\\', "/");
                files.push((name, file.contents().to_vec()));
            }
        }
    }
}

/// What a file says about itself, without what speaks of the example's people.
fn only_comments(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().take_while(|line| line.starts_with('#')).flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

/// The rows of the upper levels. Paths and levels are never quoted, so a row's level is what
/// stands between its first two commas.
fn upper_places(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let is_kept = |line: &str| line.split(',').nth(1).is_some_and(|level| LEVELS_KEPT.contains(&level));
    let rows = text.lines().enumerate().filter(|(at, line)| *at == 0 || is_kept(line));
    rows.flat_map(|(_, line)| [line.as_bytes(), b"\n"].concat()).collect()
}

/// Writes a new district folder and gives the names of its files.
///
/// # Errors
/// A sentence saying what is in the way: something is in the folder already, or it may not be
/// written.
pub fn write_new(folder: &Path, template: Template, usage: Use) -> Result<Vec<String>, Title> {
    write_files(folder, files(template, usage))
}

/// The same with these files.
///
/// # Errors
/// As above.
pub fn write_files(folder: &Path, mut files: Vec<(String, Vec<u8>)>) -> Result<Vec<String>, Title> {
    check_empty(folder)?;
    fs::create_dir_all(folder).map_err(|error| not_written(folder, folder, &error))?;
    // Last: a folder that could not be finished is not taken for a district.
    files.sort_by_key(|(name, _)| name == MAIN_FILE);
    for (name, bytes) in &files {
        let path = folder.join(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| not_written(folder, &path, &error))?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

fn not_written(folder: &Path, path: &Path, error: &io::Error) -> Title {
    let (folder, path, why) = (folder.display(), path.display(), why(error));
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Title::new(
            format!("{folder} 不能写入（{}）；请换一个有写权限的目录，或者先开通这里的写权限", why.zh),
            format!("{folder} may not be written ({}); name a folder that you may write, or get the right to", why.en),
        ),
        _ => Title::new(format!("{path} 写不了：{}", why.zh), format!("{path} cannot be written: {}", why.en)),
    }
}

/// Whether a new folder may be made there.
///
/// # Errors
/// A sentence saying what is in the way.
pub fn check_empty(folder: &Path) -> Result<(), Title> {
    let shown = folder.display();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Title::new(
                format!("{shown} 是一个文件；请另起一个目录名"),
                format!("{shown} is a file; name a new folder"),
            ));
        }
        Err(error) => {
            let why = why(&error);
            return Err(Title::new(
                format!("{shown} 看不了：{}", why.zh),
                format!("{shown} cannot be looked into: {}", why.en),
            ));
        }
    };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect();
    if names.is_empty() {
        return Ok(());
    }
    names.sort();
    let left = names.len().saturating_sub(NAMES_SHOWN_MAX);
    names.truncate(NAMES_SHOWN_MAX);
    let (zh_more, en_more) = match left {
        0 => (String::new(), String::new()),
        _ => (format!("，还有 {left} 个"), format!(" and {left} more")),
    };
    Err(Title::new(
        format!("{shown} 不是空目录：里面有 {}{zh_more}；请另起一个目录名", names.join("、")),
        format!("{shown} is not empty: it holds {}{en_more}; name a new folder", names.join(", ")),
    ))
}

#[cfg(test)]
mod tests;
