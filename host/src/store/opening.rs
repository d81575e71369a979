//! What can be told of a store's file before anything is built on it: whose it is, whether it is whole,
//! and what to do if it is not.

use std::fs::metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use plugin_api::Title;
use rusqlite::{Connection, ErrorCode};

use super::StoreError;

/// Least version whose WAL does not lose committed pages.
const SQLITE_MIN: i32 = 3_051_003;
/// Marks a file as a store of this program: "Hong" in four bytes.
pub(super) const APPLICATION: i64 = 0x486f_6e67;

/// Refuses a database library that loses data.
pub(super) fn check_sqlite(number: i32, version: &str) -> Result<(), StoreError> {
    if SQLITE_MIN <= number {
        return Ok(());
    }
    Err(StoreError::Unusable(Title::new(
        format!("SQLite {version} 可能丢失已提交的内容；需要 3.51.3 或更新的版本"),
        format!("SQLite {version} can lose committed pages; this needs 3.51.3 or newer"),
    )))
}

/// A file of no bytes beside the marker of an engine was a store once: taking it for a new one would
/// give numbers out again. Without the marker, a first start was cut off.
pub(super) fn check_not_emptied(path: &Path) -> Result<(), StoreError> {
    let is_empty = path.metadata().is_ok_and(|file| file.is_file() && file.len() == 0);
    if is_empty && path.with_file_name("running").exists() {
        let path = path.display();
        return Err(StoreError::Unusable(Title::new(
            format!("数据库 {path} 是空文件，里面的内容已丢失；请把备份放回去，或删掉它从头开始"),
            format!(
                "the store {path} is empty, so all it held is lost; put a copy back, or delete the file to begin anew"
            ),
        )));
    }
    Ok(())
}

/// Refuses a store that has another name: a host that came by that one would keep its log elsewhere,
/// and two logs are the end of the file.
pub(super) fn check_names(path: &Path) -> Result<(), StoreError> {
    let Ok(file) = metadata(path) else { return Ok(()) };
    if !file.is_file() || file.nlink() <= 1 {
        return Ok(());
    }
    let holder = holder_of(&file);
    let (path, names) = (path.display(), file.nlink());
    let (zh, en) = match holder {
        Some(pid) => (format!("，进程 {pid} 正在用它"), format!(", and process {pid} has it open")),
        None => (String::new(), String::new()),
    };
    Err(StoreError::Unusable(Title::new(
        format!("数据库 {path} 有 {names} 个名称（硬链接）{zh}；请用 find -samefile 找出另一个并删去，再启动"),
        format!(
            "the store {path} has {names} names (hard links){en}; find the other with `find -samefile`, delete it, then \
             start again"
        ),
    )))
}

/// A process that holds a lock on a file, as the kernel lists them.
fn holder_of(file: &std::fs::Metadata) -> Option<u32> {
    let (dev, ino) = (file.dev(), file.ino());
    let (major, minor) = ((dev >> 8) & 0xfff | (dev >> 32) & !0xfff, dev & 0xff | (dev >> 12) & !0xff);
    let place = format!("{major:02x}:{minor:02x}:{ino}");
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let held = locks.lines().find(|line| line.split_whitespace().any(|word| word == place))?;
    held.split_whitespace().find_map(|word| word.parse().ok())
}

/// Refuses a database that is not a store, and one whose first page says what this program never
/// writes there: read by such rules, everything in it would mean something else.
pub(super) fn check_owner(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let number = |pragma: &str| db.query_row(&format!("pragma {pragma}"), [], |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = db.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(());
    }
    let encoding: String = db.query_row("pragma encoding", [], |row| row.get(0))?;
    if application == APPLICATION && 0 < version && encoding == "UTF-8" && number("auto_vacuum")? == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(StoreError::Unusable(Title::new(
        format!("{path} 不是红领的数据库，或开头已损坏；请核对文件，把它移走，或用 hongling restore 恢复备份"),
        format!(
            "{path} is not a store of Hongling, or its first bytes are damaged; look which file it is, move it away, or \
             take a backup back with `hongling restore`"
        ),
    )))
}

/// Why a store does not open, naming its file.
pub(super) fn not_open(path: &Path, error: StoreError) -> StoreError {
    let path = path.display();
    let why = match error {
        StoreError::Damaged(why) => why,
        // A file format that the database does not know: nobody else writes here.
        StoreError::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => error.to_string(),
        other => return other,
    };
    StoreError::Unusable(Title::new(
        format!("数据库 {path} 已损坏（{why}），或不是数据库；请用 hongling restore 恢复备份到新目录"),
        format!(
            "the store {path} is damaged ({why}), or no store at all; take a backup back into a new folder with \
             `hongling restore`"
        ),
    ))
}

/// The same, of what the database says when it is asked to open one.
pub(super) fn cannot_open(path: &Path, error: rusqlite::Error) -> StoreError {
    if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        return not_open(path, error.into());
    }
    let path = path.display();
    StoreError::Unusable(Title::new(
        format!("打不开数据库 {path}：{error}；请检查目录的写权限，以及磁盘有没有空间"),
        format!("cannot open the store {path}: {error}; check that the folder is writable and its disk has room"),
    ))
}

#[cfg(test)]
mod tests {
    use super::check_sqlite;

    #[test]
    fn a_database_library_that_loses_data_is_refused() {
        for (number, version) in [(3_051_002, "3.51.2"), (3_050_004, "3.50.4"), (3_007_000, "3.7.0")] {
            let words = check_sqlite(number, version).unwrap_err().words();
            assert!(words.en.contains(version) && words.en.contains("this needs 3.51.3 or newer"), "{words:?}");
        }
        for (number, version) in [(3_051_003, "3.51.3"), (3_052_000, "3.52.0"), (4_000_000, "4.0.0")] {
            assert!(check_sqlite(number, version).is_ok(), "{version}");
        }
        // And the one that is built in.
        assert!(check_sqlite(rusqlite::version_number(), rusqlite::version()).is_ok());
    }
}
