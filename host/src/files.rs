//! Files that people put up, named by the hash of their bytes.
//!
//! Knows bytes and names, not whose they are: the store has that. Always holds (T2): a name from outside is
//! a hash or nothing, never a path; a file is written whole, under another name, flushed, and then named,
//! and what is named is never written again; no library is looked for here.

mod ticket;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use plugin_api::Title;
use sha2::{Digest as _, Sha256};

pub use ticket::Ticket;

use crate::audit::files::list;
use crate::limits::FILES_BYTES_MAX;
use crate::os_error::why;
use crate::plugins::Digest;

/// Where they lie in the data folder.
pub const FOLDER: &str = "files";
/// What a name that is not yet one begins with.
const HALF: char = '.';

/// The files of one district.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
    bytes: AtomicU64,
}

impl Files {
    /// The files of a data folder, to be looked at and taken away.
    pub fn at(data: &Path) -> Files {
        Files { root: data.join(FOLDER), bytes: AtomicU64::new(0) }
    }

    /// The files of a data folder, to be added to; what was left half-written is taken away.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(data: &Path) -> std::io::Result<Files> {
        let files = Files::at(data);
        let mut bytes = 0;
        for path in list(&files.root)? {
            if is_half(&path) {
                fs::remove_file(&path)?;
            } else {
                bytes += path.metadata()?.len();
            }
        }
        files.bytes.store(bytes, Ordering::Relaxed);
        Ok(files)
    }

    /// Keeps bytes under their hash. The same bytes once more are kept once, and are new again.
    ///
    /// # Errors
    /// When there is no room, or the disk takes nothing; nothing is left then.
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, Title> {
        let sha256 = name_of(bytes);
        let path = self.path(sha256);
        let unkept = |error: std::io::Error| {
            let why = why(&error);
            Title::new(format!("照片存不下：{}", why.zh), format!("the file cannot be kept: {}", why.en))
        };
        match File::options().append(true).open(&path) {
            Ok(file) => return file.set_modified(SystemTime::now()).map(|()| sha256).map_err(unkept),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unkept(error)),
        }
        if FILES_BYTES_MAX < self.bytes.load(Ordering::Relaxed) + bytes.len() as u64 {
            return Err(Title::new(
                "文件总量已到上限，请联系管理员",
                "there is no room for more files; tell the operator",
            ));
        }
        self.write(&path, bytes).map_err(unkept)?;
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(sha256)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let half = folder.join(format!("{HALF}{:016x}", fastrand::u64(..)));
        let written = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&half, path)?;
            File::open(folder)?.sync_all()
        };
        written().inspect_err(|_| {
            // What is left is taken away at the next start.
            let _ = fs::remove_file(&half);
        })
    }

    /// The bytes of a name, if they are there and are those.
    ///
    /// # Errors
    /// When they cannot be read, or are others.
    pub fn read(&self, sha256: Digest) -> std::io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(sha256)) {
            Ok(bytes) if name_of(&bytes) == sha256 => Ok(Some(bytes)),
            Ok(_) => Err(std::io::Error::other("the bytes are not those of the name")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a file of this name.
    pub fn has(&self, sha256: Digest) -> bool {
        self.path(sha256).is_file()
    }

    /// Takes a file away for good.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self, sha256: Digest) -> std::io::Result<()> {
        match fs::remove_file(self.path(sha256)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Names of the files that were put up before an instant.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn older_than(&self, instant: SystemTime) -> std::io::Result<Vec<Digest>> {
        let mut found = Vec::new();
        for path in list(&self.root)? {
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            let Some(sha256) = name else { continue };
            if path.metadata()?.modified()? < instant {
                found.push(sha256);
            }
        }
        Ok(found)
    }

    fn path(&self, sha256: Digest) -> PathBuf {
        let name = sha256.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

fn is_half(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(HALF))
}

fn name_of(bytes: &[u8]) -> Digest {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    Digest::from(hash)
}
