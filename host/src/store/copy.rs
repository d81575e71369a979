//! A copy of the store made beside a running host, and a copy that begins a life of its own.
//!
//! Through the database's own backup, in one step: it sees the store as of one instant, whatever is
//! written meanwhile. A copy of the bytes was corrupt eight times in forty. Many steps would hold the
//! host's log up no less: where nothing is written one long read costs nothing, and with every commit
//! of another process they begin anew, and never end under load. So the one read is made short: it
//! lasts as long as copying from memory to memory does, and no disk is waited for meanwhile.

use std::path::Path;

use plugin_api::Title;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::sealed::EPOCH;
use super::{ReadStore, StoreError, cannot_open, configure, schema};

/// Where a restored store keeps what it was restored from, until the engine has journaled it.
pub const RESTORED: &str = "restored";

impl ReadStore {
    /// Copies the whole store into a new file, as of one instant.
    ///
    /// # Errors
    /// When the store cannot be read or the file not written.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let mut copy = Connection::open(path).map_err(|error| cannot_open(path, error))?;
        // It is read back and verified, or thrown away: nothing of it need outlive a power cut, and its
        // flushes would come while the read lasts.
        copy.execute_batch("pragma synchronous = off; pragma journal_mode = off")?;
        let backup = Backup::new(&self.db, &mut copy)?;
        // Who locks the store this moment is waited for, as for any other read.
        match backup.step(-1)? {
            StepResult::Done => Ok(()),
            _ => Err(StoreError::Unusable(Title::new(
                "数据库正被别的程序锁住；请稍后再试",
                "another program locks the store; try again",
            ))),
        }
    }
}

/// Lets a copied store begin a life of its own: one epoch more than the one it was copied from. Gives
/// the new epoch. What it was restored from is journaled by the engine at its first start.
///
/// # Errors
/// When the copy cannot be written.
pub fn begin_epoch(path: &Path, restored: &str) -> Result<u64, StoreError> {
    let db = Connection::open(path).map_err(|error| cannot_open(path, error))?;
    configure(&db)?;
    schema::check(&db, path)?;
    let epoch = super::Reader::new(&db).epoch()? + 1;
    let set = "insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value";
    db.execute_batch("begin immediate")?;
    db.execute(set, [EPOCH, &epoch.to_string()])?;
    db.execute(set, [RESTORED, restored])?;
    db.execute_batch("commit")?;
    db.close().map_err(|(_, error)| error)?;
    Ok(epoch)
}
