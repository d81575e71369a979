//! A new plugin crate: whole files of a small desk that builds, is tested and loads as it is.
//!
//! The desk of the template is called `fresh-desk`; what is written has the author's name in its place.
//! Always holds: the folder is there whole, or not at all, and nothing that was there is touched.

mod name;
mod api;

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use plugin_api::Title;

use crate::os_error::why;

pub use api::Api;
pub use name::{BadName, PluginName};

/// Some files have other names here, so that neither cargo nor git takes the template for its own.
static TEMPLATE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/kit/starter/template");
const RENAMED: [(&str, &str); 2] = [("Cargo.toml.txt", "Cargo.toml"), ("gitignore.txt", ".gitignore")];
/// Where the contract comes from, in the template's manifests.
const API: &str = "API";

/// Writes the crate of a plugin into a folder that is not there yet, and gives the names of its files.
///
/// # Errors
/// A sentence saying what is in the way.
pub fn write(folder: &Path, name: &PluginName, api: &Api) -> Result<Vec<String>, Title> {
    check_absent(folder)?;
    let mut files = Vec::new();
    collect(&TEMPLATE, &mut files);
    let stands_alone = is_stranger(folder);
    let mut names = Vec::new();
    let beside = beside(folder)?;
    for (file, text) in files {
        let text = fill_in(&file, &text, name, api, stands_alone);
        let path = beside.0.join(&file);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|error| not_written(folder, &error))?;
        names.push(file);
    }
    // Made by somebody else meanwhile: a folder with something in it is not replaced.
    fs::rename(&beside.0, folder).map_err(|error| not_written(folder, &error))?;
    names.sort();
    Ok(names)
}

fn collect(folder: &Dir<'_>, files: &mut Vec<(String, String)>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => collect(folder, files),
            DirEntry::File(file) => {
                let path = file.path().to_str().expect("names of the template are ASCII");
                let name = RENAMED.iter().find(|(here, _)| *here == path).map_or(path, |(_, name)| name);
                let text = file.contents_utf8().expect("the template is text");
                files.push((name.to_owned(), text.to_owned()));
            }
        }
    }
}

fn fill_in(file: &str, text: &str, name: &PluginName, api: &Api, stands_alone: bool) -> String {
    let mut text = text
        .replace("fresh-desk", name.as_str())
        .replace("fresh_desk", &name.krate())
        .replace("FreshDesk", &name.desk())
        .replace("FR2026", &format!("{}2026", name.prefix()))
        .replace("\"FR\"", &format!("\"{}\"", name.prefix()));
    if file == "Cargo.toml" {
        text = text.replace(&format!(", {API}"), &format!(", {}", api.dependency()));
        if stands_alone {
            text.push_str("\n# On its own: no member of a workspace whose folder it may lie in.\n[workspace]\n");
        }
    }
    text
}

/// Whether it lies within a workspace that does not count it among its members by itself: there cargo
/// would refuse to build it.
fn is_stranger(folder: &Path) -> bool {
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let workspaces = folder.ancestors().skip(1).filter_map(|root| {
        let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).ok()?.parse().ok()?;
        Some((root, manifest.get("workspace")?.clone()))
    });
    let is_member = |root: &Path, workspace: &toml::Value| {
        let within = folder.parent().and_then(|parent| parent.strip_prefix(root).ok());
        let pattern = within.map(|within| format!("{}/*", within.display())).unwrap_or_default();
        let members = workspace.get("members").and_then(toml::Value::as_array).into_iter().flatten();
        members.filter_map(toml::Value::as_str).any(|member| member.trim_start_matches("./") == pattern)
    };
    workspaces.into_iter().next().is_some_and(|(root, workspace)| !is_member(root, &workspace))
}

/// A folder that is taken away again unless it is renamed.
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        // Gone already, where all went well.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn beside(folder: &Path) -> Result<Beside, Title> {
    let failed = |error: std::io::Error| not_written(folder, &error);
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let last = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = parent.join(format!(".{last}.{}", std::process::id()));
    fs::create_dir(&path).map_err(failed)?;
    Ok(Beside(path))
}

fn check_absent(folder: &Path) -> Result<(), Title> {
    let shown = folder.display();
    match folder.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(not_written(folder, &error)),
        Ok(_) => Err(Title::new(
            format!("{shown} 已经存在；请换一个名称，或用 --dir 指定新目录"),
            format!("{shown} is there already; take another name, or name a new folder with --dir"),
        )),
    }
}

fn not_written(folder: &Path, error: &std::io::Error) -> Title {
    let (folder, why) = (folder.display(), why(error));
    Title::new(format!("{folder} 写不了：{}", why.zh), format!("{folder} cannot be written: {}", why.en))
}

#[cfg(test)]
mod tests;
