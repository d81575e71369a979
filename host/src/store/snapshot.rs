//! Several questions answered as of one instant.
//!
//! Always holds: on the engine's own connection, whose transaction is open, it does nothing, and so
//! never ends that transaction.

use rusqlite::Connection;

use super::{Reader, StoreError};

/// What is read while this lives is as of one instant. Short: the log cannot start anew meanwhile.
#[derive(Debug)]
#[must_use]
pub struct Snapshot<'c> {
    begun: Option<&'c Connection>,
}

impl<'c> Reader<'c> {
    /// Begins to read as of one instant.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn snapshot(&self) -> Result<Snapshot<'c>, StoreError> {
        let begun = self.db().is_autocommit().then(|| self.db());
        if let Some(db) = begun {
            db.prepare_cached("begin deferred")?.execute([])?;
        }
        Ok(Snapshot { begun })
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let Some(db) = self.begun else { return };
        // Nothing was written: a transaction that does not end has been ended by its own error.
        let ended = db.prepare_cached("rollback").and_then(|mut end| end.execute([]));
        if let Err(error) = ended
            && !db.is_autocommit()
        {
            tracing::warn!(%error, "A read of the store did not end.");
        }
    }
}
