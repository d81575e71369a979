//! Several questions answered as of one instant.
//!
//! Always holds: on the engine's own connection, whose transaction is open, it does nothing, and so
//! never ends that transaction.

use rusqlite::Connection;

use super::watch::{Stopwatch, Watch};
use super::{Reader, StoreError};
use crate::limits::READ_MS_MAX;

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

/// Reads one after the other, each as of one instant, until it has read so many rows or so long that
/// it must let go.
pub struct Renewed<'c> {
    reader: Reader<'c>,
    snapshot: Option<Snapshot<'c>>,
    rows: usize,
    rows_max: usize,
    watch: Box<dyn Watch>,
}

impl<'c> Renewed<'c> {
    /// Begins the first one.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn begin(reader: Reader<'c>, rows_max: usize) -> Result<Renewed<'c>, StoreError> {
        Renewed::begin_by(Box::new(Stopwatch::default()), reader, rows_max)
    }

    fn begin_by(mut watch: Box<dyn Watch>, reader: Reader<'c>, rows_max: usize) -> Result<Renewed<'c>, StoreError> {
        watch.start();
        Ok(Renewed { reader, snapshot: Some(reader.snapshot()?), rows: 0, rows_max, watch })
    }

    /// So many rows more were read.
    ///
    /// # Errors
    /// As above.
    pub fn count(&mut self, rows: usize) -> Result<(), StoreError> {
        self.rows += rows;
        if self.rows < self.rows_max && self.watch.ms() <= READ_MS_MAX {
            return Ok(());
        }
        self.rows = 0;
        // Ended before the next begins: one connection reads as of one instant.
        self.snapshot = None;
        self.watch.start();
        self.snapshot = Some(self.reader.snapshot()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use rusqlite::Connection;

    use super::{READ_MS_MAX, Reader, Renewed, Watch};

    struct Hand(Rc<Cell<u64>>);

    impl Watch for Hand {
        fn start(&mut self) {
            self.0.set(0);
        }

        fn ms(&mut self) -> u64 {
            self.0.get()
        }
    }

    /// What was written meanwhile is seen once it has let go: after so many rows, or so long.
    #[test]
    fn a_long_read_lets_go() {
        let folder = std::env::temp_dir().join(format!("hongling-snapshot-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.db");
        let (writer, read) = (Connection::open(&file).unwrap(), Connection::open(&file).unwrap());
        writer.execute_batch("pragma journal_mode = wal; create table t (a); insert into t values (1)").unwrap();
        let seen = || read.query_row("select count(*) from t", [], |row| row.get::<_, u64>(0)).unwrap();
        let ms = Rc::new(Cell::new(0));
        let mut renewed = Renewed::begin_by(Box::new(Hand(Rc::clone(&ms))), Reader::new(&read), 100).unwrap();
        assert_eq!(seen(), 1);
        writer.execute_batch("insert into t values (2)").unwrap();
        renewed.count(99).unwrap();
        ms.set(READ_MS_MAX);
        renewed.count(0).unwrap();
        assert_eq!(seen(), 1, "as of one instant");
        renewed.count(1).unwrap();
        assert_eq!(seen(), 2, "after a hundred rows");
        writer.execute_batch("insert into t values (3)").unwrap();
        ms.set(READ_MS_MAX + 1);
        renewed.count(1).unwrap();
        assert_eq!((seen(), ms.get()), (3, 0), "after so long");
        drop(renewed);
        assert!(read.is_autocommit());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
