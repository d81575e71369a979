//! A user's file read once, hashed while it is read, and kept as a private copy named by its hash.
//!
//! Knows nothing of what the bytes mean. Always holds: the bytes that are inspected are the bytes
//! that were hashed, and a kept copy is the bytes of its name; overwriting the user's file
//! later touches nothing that is mapped.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use plugin_api::Title;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::LibraryError;
use crate::os_error::why;

/// Largest library that is read.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes read between two rounds of hashing.
const CHUNK_BYTES: usize = 64 * 1024;
/// Linux's flag, on every architecture the host is built for; `std` has no name for it.
const O_NONBLOCK: i32 = 0o4000;
/// Linux's number for links that go round; `std` has no stable name for it.
const ELOOP: i32 = 40;

/// SHA-256 of a library's bytes; 64 lower-case hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<[u8; 32]> for Digest {
    fn from(hash: [u8; 32]) -> Digest {
        Digest(hash)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;
    fn try_from(text: String) -> Result<Digest, String> {
        text.parse()
    }
}

impl FromStr for Digest {
    type Err = String;
    fn from_str(text: &str) -> Result<Digest, String> {
        let is_hex = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex {
            return Err(format!("{text:?} is not a sha256: 64 of 0-9 and a-f"));
        }
        let mut digest = [0; 32];
        for (i, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|error| error.to_string())?;
        }
        Ok(Digest(digest))
    }
}

/// The bytes of a file as they were when they were read.
pub(super) struct FileBytes {
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: Digest,
}

impl FileBytes {
    /// Bytes that come from no file.
    pub(super) fn new(bytes: Vec<u8>) -> FileBytes {
        let sha256 = Digest(Sha256::digest(&bytes).into());
        FileBytes { bytes, sha256 }
    }
}

/// A private copy whose bytes are known to be those of its name.
pub(super) struct Kept {
    path: PathBuf,
    sha256: Digest,
}

impl Kept {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn sha256(&self) -> Digest {
        self.sha256
    }
}

/// Reads a file, at most [`FILE_BYTES_MAX`], hashing it on the way.
///
/// Never waits: what is not an ordinary file (or a link to one) is refused before it is opened, and
/// should it be replaced in between, opening it does not block and the difference is seen.
pub(super) fn read(file: &Path) -> Result<FileBytes, LibraryError> {
    let failed = |error: std::io::Error| LibraryError::machine(file, advice(&error));
    let real = file.canonicalize().map_err(failed)?;
    let looked_at = real.symlink_metadata().map_err(failed)?;
    check_ordinary(file, &looked_at)?;
    let mut opened = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(&real).map_err(failed)?;
    let metadata = opened.metadata().map_err(failed)?;
    if (metadata.dev(), metadata.ino()) != (looked_at.dev(), looked_at.ino()) {
        return Err(LibraryError::machine(
            file,
            Title::new("读取时被替换了；请再试", "was replaced while it was being read; try again"),
        ));
    }

    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match opened.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        hash.update(&chunk[..read]);
        bytes.extend_from_slice(&chunk[..read]);
        // The file may have grown since it was looked at.
        if FILE_BYTES_MAX < bytes.len() as u64 {
            return Err(too_large(file, bytes.len() as u64));
        }
    }
    Ok(FileBytes { bytes, sha256: Digest(hash.finalize().into()) })
}

fn check_ordinary(file: &Path, metadata: &std::fs::Metadata) -> Result<(), LibraryError> {
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some(("目录", "a folder")),
        () if kind.is_fifo() => Some(("命名管道", "a named pipe")),
        () if kind.is_socket() => Some(("套接字", "a socket")),
        () => Some(("设备", "a device")),
    };
    if let Some((zh, en)) = what {
        return Err(LibraryError::unsound(
            file,
            Title::new(
                format!("是{zh}，不是库；请拿走，或换成库"),
                format!("is {en}, not a library; take it away or put the library there"),
            ),
        ));
    }
    if metadata.len() == 0 {
        return Err(LibraryError::unsound(file, Title::new("是空文件；请重新复制", "is empty; copy it again")));
    }
    if FILE_BYTES_MAX < metadata.len() {
        return Err(too_large(file, metadata.len()));
    }
    Ok(())
}

fn too_large(file: &Path, bytes: u64) -> LibraryError {
    LibraryError::unsound(
        file,
        Title::new(
            format!("有 {bytes} 字节，最多读 {FILE_BYTES_MAX}；请去掉调试信息"),
            format!("has {bytes} bytes, more than the {FILE_BYTES_MAX} that are read; strip it of debug information"),
        ),
    )
}

fn advice(error: &std::io::Error) -> Title {
    match error.kind() {
        ErrorKind::NotFound => Title::new("没有这个文件；请核对路径", "there is no such file; check the path"),
        ErrorKind::PermissionDenied => {
            Title::new("当前账户不能读；请 chmod a+r", "may not be read by this account; `chmod a+r` it")
        }
        _ if error.raw_os_error() == Some(ELOOP) => Title::new(
            "是指来指去、没有尽头的链接；请拿走，或换成库",
            "is a link that leads to itself; take it away or put the library there",
        ),
        _ => {
            let why = why(error);
            Title::new(
                format!("读不了：{}；请检查这个文件和磁盘", why.zh),
                format!("cannot be read: {}; check the file and its disk", why.en),
            )
        }
    }
}

/// The kept copy of a hash, if there is one and its bytes are still those of its name.
pub(super) fn find_kept(data: &Path, sha256: Digest) -> Option<(Kept, FileBytes)> {
    let path = kept_path(data, sha256);
    // A link here would let somebody choose what is mapped.
    if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let read = read(&path).ok()?;
    (read.sha256 == sha256).then_some((Kept { path, sha256 }, read))
}

/// Keeps bytes as `<data>/libraries/<sha256>.so`: written beside it, flushed, renamed. A copy that
/// is there and whole is used again; a damaged one is replaced.
pub(super) fn keep(file: &FileBytes, data: &Path) -> Result<Kept, LibraryError> {
    if let Some((kept, _)) = find_kept(data, file.sha256) {
        return Ok(kept);
    }
    let path = kept_path(data, file.sha256);
    if path.exists() {
        tracing::warn!(path = %path.display(), "A private copy of a library is damaged; it is made anew.");
    }
    write_copy(file, &path).map_err(|error| not_kept(&path, &error))?;
    Ok(Kept { path, sha256: file.sha256 })
}

/// Who may only read a district folder gets along with the copies that are there.
fn not_kept(path: &Path, error: &std::io::Error) -> LibraryError {
    let folder = path.parent().unwrap_or(path);
    if let Some(file) = folder.ancestors().find(|above| above.is_file()) {
        let reason = Title::new(
            "这里应是目录，却是一个文件；请拿走它，或另写一个目录",
            "is a file where a folder must be; take it away, or name another folder",
        );
        return LibraryError::machine(file, reason);
    }
    if !matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        let why = why(error);
        let reason = Title::new(format!("写不了：{}", why.zh), format!("cannot be written: {}", why.en));
        return LibraryError::machine(path, reason);
    }
    let is_closed = folder.read_dir().is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
    let reason = if is_closed {
        Title::new(
            "当前账户不能读；请它的所有者执行 chmod -R a+rX",
            "may not be read by this account; its owner can open it: `chmod -R a+rX` it",
        )
    } else {
        Title::new(
            "当前账户不能写，里面也还没有这个库的副本；请它的所有者在那里执行一次 hongling check",
            "may not be written by this account, and has no copy of this library yet; let its owner run \
             `hongling check` there once",
        )
    };
    LibraryError::machine(folder, reason)
}

pub(super) fn kept_path(data: &Path, sha256: Digest) -> PathBuf {
    let folder = std::path::absolute(data).unwrap_or_else(|_| data.into());
    folder.join("libraries").join(format!("{sha256}.so"))
}

fn write_copy(file: &FileBytes, path: &Path) -> std::io::Result<()> {
    static COPIES: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().unwrap_or(Path::new("."));
    let data = folder.parent().unwrap_or(folder);
    DirBuilder::new().recursive(true).mode(0o700).create(data)?;
    // Whoever the data folder is opened to may read these too; nobody else puts code here.
    DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
    let mode = folder.metadata()?.permissions().mode();
    if mode & 0o022 != 0 {
        std::fs::set_permissions(folder, Permissions::from_mode(mode & !0o022))?;
    }
    let copy = COPIES.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".{}-{}-{copy}.tmp", file.sha256, process::id()));
    let written = write_flushed(&beside, &file.bytes, 0o444).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // Nothing to be done if it cannot be taken away either: the name is never used again.
        let _ = std::fs::remove_file(&beside);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write_flushed(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Replaces a small text file so that a reader sees the old one or the new one, whole.
pub(super) fn replace_text(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}-{}.tmp", process::id()));
    // Left by a process of the same number that was killed.
    let _ = std::fs::remove_file(&beside);
    write_flushed(&beside, text.as_bytes(), 0o644)?;
    std::fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}
