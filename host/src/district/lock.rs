//! The right to write a data folder: one host at a time, by whatever path it came.
//!
//! Always holds: the folder itself is locked, which no link, mount or second name of it gets around,
//! and beside it a file that says who has it; a process that ended has let go of both.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use plugin_api::Title;

use super::NotOpened;
use super::unwritable;
use crate::store;

/// The right, for as long as it is kept.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
    _folder: Option<File>,
}

impl DataLock {
    /// Takes it, making the folder if there is none.
    ///
    /// # Errors
    /// With the process id of who has it, or why the folder cannot be written.
    pub fn take(data: &Path) -> Result<DataLock, NotOpened> {
        if !data.is_dir() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|error| unwritable(data, &error))?;
        }
        let real = real_folder(data);
        let path = real.join("lock");
        let folder = lock_folder(&real).map_err(|Taken| running(data, &path))?;
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = opened.map_err(|error| unwritable(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(running(data, &path)),
            Err(TryLockError::Error(error)) => return Err(unwritable(&path, &error)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(|error| unwritable(&path, &error))?;
        Ok(DataLock { _file: file, _folder: folder })
    }
}

/// Whether a host runs on a data folder. Asks for a share of what it would have alone, and gives that
/// back at once.
pub fn is_running(data: &Path) -> bool {
    let real = real_folder(data);
    let is_taken = |path: PathBuf| {
        let shared = File::open(path).map(|file| file.try_lock_shared());
        matches!(shared, Ok(Err(TryLockError::WouldBlock)))
    };
    is_taken(real.join("lock")) || is_taken(real)
}

/// Where the store really lies: it alone may be linked to from a data folder.
fn real_folder(data: &Path) -> PathBuf {
    let store = store::file(data).canonicalize().ok();
    store.and_then(|store| store.parent().map(Path::to_owned)).unwrap_or_else(|| data.to_owned())
}

/// Another host has it.
struct Taken;

/// Locks a folder. Where the file system cannot do that, the file in it must be enough.
fn lock_folder(folder: &Path) -> Result<Option<File>, Taken> {
    let Ok(folder) = File::open(folder) else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(Taken),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

fn running(data: &Path, path: &Path) -> NotOpened {
    let mut pid = String::new();
    // The holder may be writing it this moment; then it is not shown.
    let _ = File::open(path).and_then(|mut file| file.read_to_string(&mut pid));
    let (data, pid) = (data.display(), pid.trim());
    NotOpened::Unusable(Title::new(
        format!("{data} 已有程序在运行（进程号 {pid}）；请先停止它，或换一个目录"),
        format!("a host is already running on {data} (pid {pid}); stop it, or give another folder"),
    ))
}
