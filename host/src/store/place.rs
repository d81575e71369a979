//! Whether the store's file is still the one under its name: somebody may move, delete or replace it,
//! or its log, under a running host, and then what is written goes nowhere.
//!
//! Looks at names, never opens: closing another handle of the file would drop the database's locks.

use std::cell::Cell;
use std::fs::metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use plugin_api::Title;

use super::StoreError;

/// What makes a file the same file: device and number.
type Identity = (u64, u64);

/// The files of a store as they were when it was opened.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    log: PathBuf,
    store: Option<Identity>,
    /// There is none before the first transaction.
    log_was: Cell<Option<Identity>>,
    is_gone: Cell<bool>,
}

impl Place {
    /// Of a store that is open.
    pub fn of(path: &Path) -> Place {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        Place {
            path: path.to_owned(),
            store: identity(path),
            log_was: Cell::new(identity(&log)),
            log,
            is_gone: Cell::new(false),
        }
    }

    /// Whether both are still there. Once they were not, they never are again in this life of the host.
    pub fn check(&self) -> Result<(), StoreError> {
        let log = identity(&self.log);
        let is_same_log = self.log_was.get().is_none_or(|was| log == Some(was));
        if !self.is_gone.get() && is_same_log && identity(&self.path) == self.store {
            self.log_was.set(log);
            return Ok(());
        }
        self.is_gone.set(true);
        Err(StoreError::Gone(self.words()))
    }

    /// Whether they were found missing.
    pub fn is_gone(&self) -> bool {
        self.is_gone.get()
    }

    fn words(&self) -> Title {
        let path = self.path.display();
        Title::new(
            format!(
                "数据库 {path} 在运行中被移走、删除或替换，主机已停止登记；请把原文件放回原处（或恢复备份），再重新启动"
            ),
            format!(
                "the store {path} was moved, deleted or replaced while the host ran, so it takes nothing more; put the \
                 file back (or restore a backup), then start the host again"
            ),
        )
    }
}

fn identity(path: &Path) -> Option<Identity> {
    metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
