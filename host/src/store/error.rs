//! What goes wrong with the store, told apart by what the caller does next, and in words by who must
//! act.

use std::path::Path;

use plugin_api::Title;
use rusqlite::{ErrorCode, ffi};

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operator must act before this store can be used.
    #[error("{}", .0.en)]
    Unusable(Title),
    /// The disk is full: nothing of the transaction stands, and the next one may be tried.
    #[error("the disk is full")]
    Full,
    /// The disk refused to read or write: as full, but who must act looks for something else.
    #[error("the disk failed: {0}")]
    Disk(rusqlite::Error),
    /// The disk did not confirm a flush. The kernel forgets what it could not write and says yes the
    /// second time, so nobody flushes this file again: the process ends, and the next one reads what
    /// is there.
    #[error("the disk did not confirm what was written")]
    NotFlushed,
    /// The file was moved, deleted or replaced under the running host: what is written goes nowhere, so
    /// nothing more is. The words say what to do.
    #[error("{}", .0.en)]
    Gone(Title),
    /// A statement failed: the batch is rolled back and tried again by single inputs.
    #[error("the store failed: {0}")]
    Sql(rusqlite::Error),
    /// A stored value does not read back: the store is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        let Some(failure) = error.sqlite_error() else { return StoreError::Sql(error) };
        match (failure.code, failure.extended_code) {
            (_, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) => StoreError::NotFlushed,
            (ErrorCode::DiskFull, _) => StoreError::Full,
            (ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly, _) => StoreError::Disk(error),
            (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => StoreError::Damaged(error.to_string()),
            _ => StoreError::Sql(error),
        }
    }
}

impl StoreError {
    /// What to tell the operator.
    pub fn words(&self) -> Title {
        let zh = match self {
            StoreError::Unusable(words) | StoreError::Gone(words) => return words.clone(),
            StoreError::Full => "磁盘已满：请腾出空间再试".to_owned(),
            StoreError::Disk(error) => format!("磁盘读写出错：{error}；请检查磁盘"),
            StoreError::NotFlushed => "磁盘没有确认写入：请检查磁盘，再重新启动".to_owned(),
            StoreError::Sql(error) => format!("数据库出错：{error}"),
            StoreError::Damaged(text) => {
                format!("数据库已损坏：{text}；请停止主机，用 hongling restore 恢复备份到新目录")
            }
        };
        let en = match self {
            StoreError::Full => "; free space, then try again",
            StoreError::Disk(_) => "; look at the disk",
            StoreError::NotFlushed => "; look at the disk, then start again",
            StoreError::Damaged(_) => {
                "; stop the host, and take a backup back into a new folder with `hongling restore`"
            }
            _ => "",
        };
        Title::new(zh, format!("{self}{en}"))
    }

    /// What to tell whoever put something in that was not stored; `folder` is where the store lies.
    pub fn words_of_input(&self, folder: &Path) -> Title {
        let at = folder.display();
        match self {
            StoreError::Full => Title::new(
                format!("磁盘已满，这一项没有登记；请在 {at} 所在的磁盘上腾出空间，再办一次（不必重启）"),
                format!(
                    "the disk is full and nothing of this was stored; free space on the disk of {at}, then do it \
                     again (no restart is needed)"
                ),
            ),
            StoreError::Disk(error) => Title::new(
                format!("磁盘读写出错（{error}），这一项没有登记；请检查 {at} 所在的磁盘，再办一次"),
                format!(
                    "the disk failed ({error}) and nothing of this was stored; look at the disk of {at}, then do it \
                     again"
                ),
            ),
            StoreError::NotFlushed => Title::new(
                format!(
                    "磁盘没有确认写入，主机已停止登记；请检查 {at} 所在的磁盘，再重新启动主机。\
                     这一项是否已登记，重启后才知道：请用同一重复标识再办一次，或先查看"
                ),
                format!(
                    "the disk did not confirm what was written, so the host takes nothing more; look at the disk of \
                     {at}, then start the host again. Whether this was stored is known then: do it again with the \
                     same key, or look first"
                ),
            ),
            StoreError::Gone(words) => Title::new(
                format!("{}。这一项是否已登记，重启后才知道：请用同一重复标识再办一次，或先查看", words.zh),
                format!(
                    "{}. Whether this was stored is known then: do it again with the same key, or look first",
                    words.en
                ),
            ),
            StoreError::Unusable(_) | StoreError::Sql(_) | StoreError::Damaged(_) => {
                let Title { zh, en } = self.words();
                Title::new(
                    format!("没有登记：{zh}；请管理员检查 {at}"),
                    format!("nothing of this was stored: {en}; the operator should look at {at}"),
                )
            }
        }
    }
}

/// What to tell whoever comes after a flush has failed.
pub fn stopped_words(folder: &Path) -> Title {
    let at = folder.display();
    Title::new(
        format!("磁盘没有确认写入，主机已停止登记，这一项没有登记；请检查 {at} 所在的磁盘，再重新启动主机"),
        format!(
            "the disk did not confirm what was written before, so the host takes nothing more and nothing of this was \
             stored; look at the disk of {at}, then start the host again"
        ),
    )
}
