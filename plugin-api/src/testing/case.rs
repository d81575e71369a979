//! [`run_cases`]: the files of a folder, compared with what comes out or written anew.

use std::fs;
use std::path::{Path, PathBuf};

use super::bench::Bench;
use super::seat::{Seat, SeatOf};
use crate::{Manifest, Plugin};

const PART: &str = "----";

/// Runs every `*.case` of a folder, each on a fresh double; the language is described
/// [here](crate::testing).
///
/// With `UPDATE_EXPECT=1` in the environment the outputs are written into the files instead.
///
/// # Panics
/// When an output is not as the file says (with the differing lines of all files), a file cannot be
/// read as a case, the manifest does not parse, or the folder holds no case.
pub fn run_cases<P: Plugin>(manifest_toml: &str, folder: impl AsRef<Path>) {
    let is_update = std::env::var_os("UPDATE_EXPECT").is_some();
    let manifest = parse_manifest(manifest_toml);
    let files = find_cases(folder.as_ref()).unwrap_or_else(|error| panic!("{error}"));
    let mut problems = Vec::new();
    for file in files {
        let mut seat = SeatOf::<P>::new();
        if let Err(problem) = run_file(&file, &manifest, &mut seat, is_update) {
            problems.push(format!("{}:\n{problem}", file.display()));
        }
    }
    assert!(problems.is_empty(), "\n{}\nUPDATE_EXPECT=1 writes what came out into the files.", problems.join("\n"));
}

pub(super) fn parse_manifest(manifest_toml: &str) -> Manifest {
    toml::from_str(manifest_toml).unwrap_or_else(|error| panic!("plugin.toml does not parse: {error}"))
}

pub(super) fn find_cases(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "case") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(format!("{} holds no case", folder.display())) } else { Ok(files) }
}

fn run_file(file: &Path, manifest: &Manifest, seat: &mut dyn Seat, is_update: bool) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let found = run_text(&text, manifest, seat)?;
    if found.trim_end() == text.trim_end() {
        return Ok(());
    }
    if is_update {
        return fs::write(file, found).map_err(|error| error.to_string());
    }
    Err(diff(&text, &found))
}

/// Runs the inputs of a case and gives the case as it would have to read.
pub(super) fn run_text(text: &str, manifest: &Manifest, seat: &mut dyn Seat) -> Result<String, String> {
    let mut bench = Bench::new(manifest, seat);
    let mut found = Vec::new();
    // Inputs and outputs take turns; the outputs in the file are only compared with.
    for input in split_parts(text).iter().step_by(2) {
        found.push(input.clone());
        found.push(bench.run(input)?);
    }
    Ok(found.join(&format!("{PART}\n")))
}

fn split_parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        if line.trim_end() == PART {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

/// The lines of two texts, those only in one marked `-` (expected) and `+` (found), with two lines
/// around them.
pub(super) fn diff(expected: &str, found: &str) -> String {
    const AROUND: usize = 2;
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    // Length of the longest common sequence of lines from (i, j) on.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i][j + 1] <= common[i + 1][j]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    let is_near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        lines[from..lines.len().min(at + AROUND + 1)].iter().any(|(mark, _)| *mark != ' ')
    };
    let shown = lines.iter().enumerate().filter(|(at, _)| is_near(*at));
    shown.map(|(_, (mark, line))| format!("{mark} {line}\n")).collect()
}
