//! A fixed piece of work on the bare database, that no change of the schema may redefine: what
//! `bench` holds the host against.
//!
//! At every step one matter row of 1 KB is read and updated, one delivery row is moved, and two
//! events are added; 256 steps a commit, with the settings of the real store.

use std::path::Path;

use rusqlite::{Connection, params};

use super::checkpoint::passive;
use super::{StoreError, configure};

const CHECKPOINT_STEPS: u64 = 16_384;

/// The fixed work.
pub struct Reference {
    db: Connection,
    steps: u64,
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reference")
    }
}

impl Reference {
    /// A new file with so many matters and one delivery for each.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn make(path: &Path, matters: u64, body: &str) -> Result<Reference, StoreError> {
        let db = Connection::open(path)?;
        configure(&db)?;
        db.execute_batch(
            "create table matter (id integer primary key, desk integer, stage integer, body text);
             create table delivery (id integer primary key, matter integer, desk integer);
             create table event (seq integer primary key, matter integer, topic integer, at integer, data text);
             create index event_matter on event (matter, seq);
             begin immediate;",
        )?;
        for id in 1..=matters {
            db.prepare_cached("insert into matter values (?1, 1, 1, ?2)")?.execute(params![id, body])?;
            db.prepare_cached("insert into delivery values (?1, ?1, 1)")?.execute([id])?;
        }
        db.execute_batch("commit")?;
        passive(&db)?;
        Ok(Reference { db, steps: 0 })
    }

    /// Steps on these matters, in one commit.
    ///
    /// # Errors
    /// As above.
    pub fn run(&mut self, matters: &[u64]) -> Result<(), StoreError> {
        self.db.prepare_cached("begin immediate")?.execute([])?;
        for id in matters {
            self.steps += 1;
            let mut read = self.db.prepare_cached("select body from matter where id = ?1")?;
            let body: String = read.query_row([id], |row| row.get(0))?;
            let update = "update matter set desk = ?2, stage = ?3, body = ?4 where id = ?1";
            self.db.prepare_cached(update)?.execute(params![id, self.steps % 4, self.steps % 5, body])?;
            self.db.prepare_cached("delete from delivery where matter = ?1 and id = ?1")?.execute([id])?;
            self.db.prepare_cached("insert into delivery values (?1, ?1, ?2)")?.execute(params![id, self.steps % 4])?;
            for topic in [1, 2] {
                let insert = "insert into event (matter, topic, at, data) values (?1, ?2, ?3, ?4)";
                self.db.prepare_cached(insert)?.execute(params![id, topic, self.steps, "{\"size\":\"small\"}"])?;
            }
        }
        self.db.prepare_cached("commit")?.execute([])?;
        if self.steps % CHECKPOINT_STEPS < matters.len() as u64 {
            passive(&self.db)?;
        }
        Ok(())
    }
}
