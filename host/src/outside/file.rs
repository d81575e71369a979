//! Text written to a granted file within the district's folder; on disk when it returns.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use plugin_api::Fault;
use plugin_api::outside::{FileWay, FileWrite};

use super::errands::{Kit, refused};
use super::veil::Into;
use crate::os_error::why;

/// Writes it.
pub(super) fn write(write: &FileWrite, kit: &Kit<'_>) -> Result<(), Fault> {
    let (path, desk) = (&write.path, kit.desk);
    if !kit.grants.files.iter().any(|grant| grant.covers(path)) {
        return Err(refused(
            &format!("没有授权业务台“{desk}”写文件 {path}；要准许，写进 [desk.{desk}.grants] 的 file"),
            &format!("desk {desk:?} is not granted the file {path}; to grant it, name it in [desk.{desk}.grants] file"),
        ));
    }
    let file = kit.folder.join(path);
    // Whoever may put a link there must not choose what is written over.
    if fs::symlink_metadata(&file).is_ok_and(|about| !about.is_file()) {
        return Err(refused(&format!("{path} 不是普通文件"), &format!("{path} is not an ordinary file")));
    }
    // JSON is what is written in lines; a stand-in in it is put in as its text asks.
    let into = if write.text.trim_start().starts_with(['{', '[']) { Into::Json } else { Into::Plain };
    let text = kit.veil.lift(&write.text, into);
    let written = match write.way {
        FileWay::Append => append(&file, &text),
        FileWay::Write => replace(&file, &text),
    };
    written.map_err(|error| Fault::Failed(format!("cannot write {path}: {}", why(&error).en)))
}

fn make_folder(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(folder) if !folder.is_dir() => DirBuilder::new().recursive(true).mode(0o700).create(folder),
        _ => Ok(()),
    }
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    make_folder(path)?;
    let is_new = !path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let mut line = String::with_capacity(text.len() + 2);
    if !ends_line(&mut file)? {
        line.push('\n');
    }
    line.push_str(text.trim_end_matches('\n'));
    line.push('\n');
    file.write_all(line.as_bytes())?;
    file.sync_data()?;
    if is_new { sync_folder(path) } else { Ok(()) }
}

/// Whether a file is empty or ends with a whole line: one that was cut off spoils no other.
fn ends_line(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    make_folder(path)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
