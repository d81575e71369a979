//! Where a test makes the store fail, lie, or promise less.
//!
//! In production there is none of it, which costs a look at an empty option for each transaction. No
//! setting, option or environment leads here: only a program that calls [`install`] has it.

use std::sync::OnceLock;

use rusqlite::ffi;

use super::StoreError;

/// What happens to the store instead of what should.
pub trait Faults: Send {
    /// Asked before the store does something.
    fn before(&mut self, doing: Doing) -> Verdict;

    /// Whether commits are flushed: without it they outlive the process, not the power.
    fn flushes_commits(&self) -> bool {
        true
    }
}

/// What the store is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Begin a transaction.
    Begin,
    /// Write a batch into it.
    Write,
    /// Commit it.
    Commit,
}

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As always.
    Go,
    /// The disk is full.
    Full,
    /// The disk refuses to write.
    Disk,
    /// The disk does not confirm the flush.
    NotFlushed,
    /// It is not done, and reported as done: what a checker must find.
    Lie,
}

impl Verdict {
    /// The error the database would give; whether it is to lie.
    pub(super) fn outcome(self) -> Result<bool, StoreError> {
        let code = match self {
            Verdict::Go => return Ok(false),
            Verdict::Lie => return Ok(true),
            Verdict::Full => ffi::SQLITE_FULL,
            Verdict::Disk => ffi::SQLITE_IOERR_WRITE,
            Verdict::NotFlushed => ffi::SQLITE_IOERR_FSYNC,
        };
        Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into())
    }
}

/// Makes the faults of a store.
pub type Make = fn() -> Box<dyn Faults>;

static INSTALLED: OnceLock<Make> = OnceLock::new();

/// Gives every store that this process opens from now on its faults. The first call counts.
pub fn install(make: Make) {
    // A second one is a test that forgot the first.
    let _ = INSTALLED.set(make);
}

/// The faults of a store that is opened without any of its own.
pub(super) fn installed() -> Option<Box<dyn Faults>> {
    INSTALLED.get().map(|make| make())
}
