//! Files that are named by the hash of their bytes, held against their names.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use plugin_api::Title;
use sha2::{Digest as _, Sha256};

use super::Misfit;
use crate::files::Files;
use crate::store::{Reader, StoreError};

/// Folders of the data folder whose files are named so, and what to do if one is damaged.
const FOLDERS: [(&str, &str, &str); 2] = [
    ("files", "请从备份取回这个文件", "take it from a backup"),
    (
        "libraries",
        "停止程序后删去它，启动时会重新取用原文件",
        "stop the host and delete it; the next start copies it again",
    ),
];

/// Bytes read between two rounds of hashing.
const CHUNK_BYTES: usize = 256 * 1024;

/// Copies what is left of a source, and gives the SHA-256 of it in hexadecimal digits.
///
/// # Errors
/// When it cannot be read, or the copy not written.
pub fn copy_hashed(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => {
                hash.update(&chunk[..read]);
                to.write_all(&chunk[..read])?;
            }
        }
    }
}

/// Checks the files of a data folder: how many there are, and those that are not what their names
/// say.
///
/// # Errors
/// When a folder cannot be read.
pub fn check_files(data: &Path) -> io::Result<(u64, Vec<Misfit>)> {
    let mut checked = 0;
    let mut misfits = Vec::new();
    for (name, zh, en) in FOLDERS {
        for path in list(&data.join(name))? {
            let Some(wanted) = name_of(&path) else { continue };
            checked += 1;
            let why = match File::open(&path).and_then(|mut file| copy_hashed(&mut file, &mut io::sink())) {
                Ok(found) if *found == *wanted => continue,
                Ok(_) => Title::new("字节与名称不符", "does not have the bytes of its name"),
                Err(error) => Title::new(format!("读不出来：{error}"), format!("cannot be read: {error}")),
            };
            let path = path.display();
            let what = Title::new(format!("{path} {}；{zh}", why.zh), format!("{path} {}; {en}", why.en));
            misfits.push(Misfit::of_store(what));
        }
    }
    Ok((checked, misfits))
}

/// Files that matters have and that are not there, unless they went with somebody who was erased.
///
/// # Errors
/// When the store cannot be read.
pub fn missing_files(reader: Reader<'_>, data: &Path) -> Result<Vec<Misfit>, StoreError> {
    let files = Files::at(data);
    let (mut missing, mut last) = (Vec::new(), (0, String::new()));
    loop {
        let page = reader.files_behind(last.0, &last.1)?;
        let Some(end) = page.last() else { return Ok(missing) };
        last = (end.matter, end.sha256.clone());
        for file in page.into_iter().filter(|file| !file.is_gone) {
            for name in [&file.sha256, &file.small] {
                if name.parse().is_ok_and(|sha256| files.has(sha256)) {
                    continue;
                }
                let what = Title::new(
                    format!("事项的文件 {name} 不见了；请从备份取回"),
                    format!("the file {name} of a matter is gone; take it from a backup"),
                );
                missing.push(Misfit { seq: Some(file.input), ..Misfit::of_store(what) });
            }
        }
    }
}

/// The hash a file is named by; none for what lies there under another name.
fn name_of(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?.split('.').next()?;
    let is_hash = name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then_some(name)
}

/// All files of a folder and those within it, sorted; none if there is no such folder.
pub fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => paths.extend(list(&entry.path())?),
            // A link to a file is one; a link to a folder could lead anywhere.
            _ if entry.path().is_file() => paths.push(entry.path()),
            _ => {}
        }
    }
    paths.sort();
    Ok(paths)
}
