//! All of a store verified: journal, files, ledger, and the tables themselves.

use std::path::Path;

use plugin_api::Title;
use serde::Serialize;

use super::Misfit;
use super::files::{check_files, missing_files};
use super::kept::KeptHead;
use super::verify::{Report, verify};
use crate::limits::MISFITS_SHOWN_MAX;
use crate::store::{Reader, StoreError};

/// Who else has the store open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nobody.
    Nobody,
    /// A host that runs: the file itself is not gone through, one read of which would hold its log up (I12).
    Host,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Whole {
    /// The journal's and all misfits.
    #[serde(flatten)]
    pub report: Report,
    /// Files held against their names.
    pub files: u64,
    /// Which life of the district it is.
    pub epoch: u64,
    /// Whether the store's file was gone through.
    pub file_checked: bool,
}

/// Verifies all of it.
///
/// # Errors
/// When the store cannot be read.
pub fn verify_whole(reader: Reader<'_>, data: &Path, kept: &[KeptHead], beside: Beside) -> Result<Whole, StoreError> {
    let mut report = verify(reader, kept)?;
    let unreadable = |error: std::io::Error| {
        let path = data.display();
        StoreError::Unusable(Title::new(
            format!("{path} 里的文件读不了：{error}"),
            format!("the files in {path} cannot be read: {error}"),
        ))
    };
    let (files, damaged) = check_files(data).map_err(unreadable)?;
    report.misfits.extend(damaged);
    report.misfits.extend(missing_files(reader, data)?);
    if beside == Beside::Nobody {
        let faults = reader.faults()?;
        report.misfits.extend(faults.into_iter().map(|fault| Misfit::of_store(fault_of_store(&fault))));
    }
    let unbalanced = reader.check_ledger()?;
    report.more += unbalanced.len().saturating_sub(MISFITS_SHOWN_MAX) as u64;
    let shown = unbalanced.into_iter().take(MISFITS_SHOWN_MAX);
    report.misfits.extend(shown.map(|text| Misfit::of_store(unbalanced_books(&text))));
    let changed = reader.changed_schema()?;
    report.misfits.extend(changed.into_iter().map(|name| Misfit::of_store(changed_table(&name))));
    Ok(Whole { report, files, epoch: reader.epoch()?, file_checked: beside == Beside::Nobody })
}

fn fault_of_store(fault: &str) -> Title {
    Title::new(
        format!("数据库文件已损坏：{fault}；请用 hongling restore 取回备份"),
        format!("the database's file is damaged: {fault}; take a backup back with `hongling restore`"),
    )
}

fn unbalanced_books(text: &str) -> Title {
    Title::new(format!("账目不平：{text}"), format!("the ledger does not add up: {text}"))
}

fn changed_table(name: &str) -> Title {
    Title::new(
        format!("表或保护规则“{name}”与本程序建立的不同：有人动过数据库"),
        format!("table or guard {name:?} is not as this program makes it: somebody was at the database"),
    )
}
