//! Flushes, and what a failed one leaves behind.
//!
//! After a flush that failed the kernel goes on showing the bytes, holds them for written, and says yes
//! to the next flush. So the process that saw it ends; and before the next one builds anything on what
//! it reads, the log is written once more, so that what is read is what the disk has.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use plugin_api::Title;

use super::StoreError;
use crate::os_error::why;

/// Leaves word for the next start. Not flushed: it is needed as long as the kernel's memory of the log
/// lasts, and no longer.
pub(super) fn note_failure(path: &Path) {
    let note = beside(path, "unflushed");
    if let Err(error) = File::create(&note) {
        tracing::error!(%error, "A flush failed and this cannot be left as a note; restart the machine, not only the host.");
    }
}

/// Writes the log of a store once more, if a flush failed before the last end.
pub(super) fn mend(path: &Path) -> Result<(), StoreError> {
    let note = beside(path, "unflushed");
    if !note.exists() {
        return Ok(());
    }
    tracing::warn!("The disk did not confirm a flush before the last end; the store's log is written again.");
    let folder = path.parent().unwrap_or(Path::new("."));
    rewrite(&beside(path, "wal")).map_err(|error| unconfirmed(folder, &error))?;
    flush_folder(folder)?;
    std::fs::remove_file(&note).map_err(|error| unconfirmed(folder, &error))
}

/// Makes the names in a folder lie on the disk. SQLite does so when it first writes its log, and
/// does not look whether it worked.
pub(super) fn flush_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| unconfirmed(folder, &error))
}

/// The log carries no locks, so opening and closing it beside SQLite drops none.
fn rewrite(log: &Path) -> std::io::Result<()> {
    if !log.exists() {
        return Ok(());
    }
    let mut file = OpenOptions::new().read(true).write(true).open(log)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    file.rewind()?;
    file.write_all(&bytes)?;
    file.sync_all()
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-");
    name.push(what);
    name.into()
}

fn unconfirmed(folder: &Path, error: &std::io::Error) -> StoreError {
    let (at, why) = (folder.display(), why(error));
    StoreError::Unusable(Title::new(
        format!("磁盘没有确认写入 {at}：{}；请检查磁盘，再启动一次", why.zh),
        format!("the disk did not confirm what was written into {at}: {}; look at the disk, then start again", why.en),
    ))
}
