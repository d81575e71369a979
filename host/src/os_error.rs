//! Why the machine refuses a file, in both languages.
//!
//! Pure. Knows the refusals an operator can do something about; any other is told as the system
//! tells it.

use std::io::{Error, ErrorKind};

use plugin_api::Title;

/// What the system says, with its own words in English.
pub fn why(error: &Error) -> Title {
    let zh = match error.kind() {
        ErrorKind::NotFound => "没有这个文件或目录",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "已经存在",
        ErrorKind::NotADirectory => "不是目录",
        ErrorKind::IsADirectory => "是目录",
        ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        ErrorKind::StorageFull => "磁盘已满",
        ErrorKind::QuotaExceeded => "超出磁盘配额",
        ErrorKind::InvalidFilename => "文件名不能用",
        _ => return Title::new(error.to_string(), error.to_string()),
    };
    Title::new(zh, error.to_string())
}
