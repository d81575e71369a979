//! A write set becomes rows, in one fixed order of statements that stay prepared.

use rusqlite::{OptionalExtension, params};

use super::faults::Doing;
use super::rows::{DeliveryTurn, EventRow, InputRow, KeyName, MatterRow, WriteSet, kind_number};
use super::{Store, StoreError};

impl Store {
    /// Seals the journal rows of a set that is written next: the chain goes on from the last row.
    ///
    /// # Errors
    /// When a row does not carry the next number; the caller rolls back.
    pub fn seal(&mut self, set: &mut WriteSet) -> Result<(), StoreError> {
        self.chain.seal(set)
    }

    /// Writes a set, sealed, into the open transaction.
    ///
    /// # Errors
    /// When the database refuses; the caller rolls back.
    pub fn write(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        if self.is_lying(Doing::Write)? {
            return Ok(());
        }
        self.write_inputs(&set.inputs)?;
        self.write_events(&set.events)?;
        self.write_matters(&set.matters)?;
        self.write_bodies(set)?;
        self.write_records(set)?;
        self.write_clocks(set)?;
        self.write_deliveries(set)?;
        self.write_keys(set)?;
        self.write_ledger(set)?;
        self.write_jobs(set)?;
        self.write_notices(set)?;
        self.write_schedules(set)?;
        self.write_files(set)
    }

    pub(super) fn name(&mut self, text: &str) -> Result<i64, StoreError> {
        self.names.id(&self.db, text)
    }

    fn write_inputs(&mut self, inputs: &[InputRow]) -> Result<(), StoreError> {
        let Store { db, names, .. } = self;
        let mut insert = db.prepare_cached(
            "insert into input (seq, at, kind, by, desk, name, matter, config, commitment, original, booked, seal)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        for input in inputs {
            let (by, desk) = (names.id_or_null(db, input.by.as_ref())?, names.id_or_null(db, input.desk.as_ref())?);
            let name = names.id(db, &input.name)?;
            let kind = kind_number(input.kind);
            insert.execute(params![
                input.seq,
                input.at_ms,
                kind,
                by,
                desk,
                name,
                input.matter,
                input.config,
                input.commitment,
                input.original,
                input.booked,
                input.seal.0
            ])?;
        }
        Ok(())
    }

    fn write_events(&mut self, events: &[EventRow]) -> Result<(), StoreError> {
        let Store { db, names, .. } = self;
        let mut insert = db.prepare_cached(
            "insert into event (seq, input, at, matter, stay, topic, desk, by, route, facts, commitment, prev, booked,
             seal) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        for event in events {
            let (topic, desk) = (names.id(db, &event.topic)?, names.id(db, &event.desk)?);
            let (by, route) = (names.id_or_null(db, event.by.as_ref())?, names.id_or_null(db, event.route.as_ref())?);
            insert.execute(params![
                event.seq,
                event.input,
                event.at_ms,
                event.matter,
                event.stay,
                topic,
                desk,
                by,
                route,
                event.facts,
                event.commitment,
                event.prev,
                event.booked,
                event.seal.0
            ])?;
        }
        Ok(())
    }

    fn write_matters(&mut self, matters: &[MatterRow]) -> Result<(), StoreError> {
        let Store { db, names, .. } = self;
        let mut insert = db.prepare_cached(
            "insert into matter (id, desk, status, stage, kind, marks, place, last, head, notes)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        let mut update = db.prepare_cached(
            "update matter set desk = ?2, status = ?3, stage = ?4, kind = ?5, marks = ?6, place = ?7, last = ?8,
             head = ?9, notes = ?10 where id = ?1",
        )?;
        let mut words = db.prepare_cached(
            "insert into words (matter, body) values (?1, ?2) on conflict (matter) do update set body = excluded.body",
        )?;
        for matter in matters {
            let (desk, stage) = (names.id(db, &matter.desk)?, names.id(db, &matter.stage)?);
            let kind = names.id(db, &matter.kind)?;
            let (marks, place, last) = (matter.marks, &matter.place, matter.last);
            let MatterRow { id, status, head, notes, .. } = matter;
            let row = params![id, desk, status, stage, kind, marks, place, last, head, notes];
            let changed = if matter.is_new { insert.execute(row)? } else { update.execute(row)? };
            if changed != 1 {
                return Err(StoreError::Damaged(format!("matter {id} is not in the store")));
            }
            if let Some(body) = &matter.body {
                words.execute(params![id, body])?;
            }
        }
        Ok(())
    }

    fn write_bodies(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        let mut body = self.db.prepare_cached("insert into body (seq, salt, bytes) values (?1, ?2, ?3)")?;
        for row in &set.bodies {
            body.execute(params![row.seq, row.salt, row.bytes.as_bytes()])?;
        }
        let mut original = self.db.prepare_cached("insert into original (seq, salt, bytes) values (?1, ?2, ?3)")?;
        for row in &set.originals {
            original.execute(params![row.seq, row.salt, row.text.as_bytes()])?;
        }
        Ok(())
    }

    fn write_records(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for row in &set.records {
            let (desk, collection) = (self.name(&row.desk)?, self.name(&row.collection)?);
            if let Some(record) = &row.record {
                let sql = "insert into record (desk, collection, key, record) values (?1, ?2, ?3, ?4)
                           on conflict (desk, collection, key) do update set record = excluded.record";
                self.db.prepare_cached(sql)?.execute(params![desk, collection, row.key, record])?;
            } else {
                let sql = "delete from record where desk = ?1 and collection = ?2 and key = ?3";
                self.db.prepare_cached(sql)?.execute(params![desk, collection, row.key])?;
            }
        }
        Ok(())
    }

    fn write_clocks(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for row in &set.clocks {
            let (desk, name) = (self.name(&row.id.desk)?, self.name(&row.id.name)?);
            if let Some(run) = &row.run {
                let sql = "insert into clock (matter, desk, name, run) values (?1, ?2, ?3, ?4)
                           on conflict (matter, desk, name) do update set run = excluded.run";
                let run = serde_json::to_string(run).expect("a clock is plain JSON");
                self.db.prepare_cached(sql)?.execute(params![row.id.matter, desk, name, run])?;
            } else {
                let sql = "delete from clock where matter = ?1 and desk = ?2 and name = ?3";
                self.db.prepare_cached(sql)?.execute(params![row.id.matter, desk, name])?;
            }
        }
        Ok(())
    }

    fn write_deliveries(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for turn in &set.deliveries {
            match turn {
                DeliveryTurn::Drop(id) => {
                    self.db.prepare_cached("delete from delivery where id = ?1")?.execute([id])?;
                }
                DeliveryTurn::Keep(row) => {
                    let (desk, name) = (self.name(&row.desk)?, self.name(&row.name)?);
                    let by = self.names.id_or_null(&self.db, row.by.as_ref())?;
                    let sql = "insert or replace into delivery
                               (id, input, source, at, kind, by, desk, name, matter, stay, owner, attempt, due, error)
                               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
                    self.db.prepare_cached(sql)?.execute(params![
                        row.id,
                        row.input,
                        row.source,
                        row.at_ms,
                        kind_number(row.kind),
                        by,
                        desk,
                        name,
                        row.matter,
                        row.stay,
                        row.owner,
                        row.attempt,
                        row.due_ms,
                        row.error
                    ])?;
                }
            }
        }
        Ok(())
    }

    fn write_keys(&mut self, set: &WriteSet) -> Result<(), StoreError> {
        for row in &set.keys {
            let scope = self.name(&row.scope)?;
            let sql = "insert into key (scope, key, digest, answer) values (?1, ?2, ?3, ?4)";
            self.db.prepare_cached(sql)?.execute(params![scope, row.key, row.digest, row.answer])?;
        }
        for row in &set.died {
            let sql = "insert or replace into died (input, digest, count) values (?1, ?2, ?3)";
            self.db.prepare_cached(sql)?.execute(params![row.input, row.digest.cast_signed(), row.count])?;
        }
        for row in &set.contacts {
            let sql = "insert into contact (person, digest, contact) values (?1, ?2, ?3)";
            self.db.prepare_cached(sql)?.execute(params![row.person, row.digest, row.contact])?;
        }
        for row in &set.late_keys {
            let scope = self.name(&row.scope)?;
            let sql = "insert into late_key (input, scope, key) values (?1, ?2, ?3)";
            self.db.prepare_cached(sql)?.execute(params![row.input, scope, row.key])?;
        }
        Ok(())
    }

    /// Answers the key of an input that had failed, if it had one; gives scope and key.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn answer_late(&self, input: u64, answer: &str) -> Result<Option<KeyName>, StoreError> {
        let sql = "select (select text from name where id = scope), key, scope from late_key where input = ?1";
        let mut find = self.db.prepare_cached(sql)?;
        let late = find.query_row([input], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?))).optional()?;
        let Some((scope, key, id)) = late else { return Ok(None) };
        let sql = "update key set answer = ?3 where scope = ?1 and key = ?2";
        self.db.prepare_cached(sql)?.execute(params![id, key, answer])?;
        self.db.prepare_cached("delete from late_key where input = ?1")?.execute([input])?;
        Ok(Some((scope, key)))
    }

    /// Forgets the key of an input that was refused after all.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_late(&self, input: u64) -> Result<Option<KeyName>, StoreError> {
        let sql = "delete from late_key where input = ?1
                   returning (select text from name where id = scope), key, scope";
        let mut forget = self.db.prepare_cached(sql)?;
        let late = forget.query_row([input], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?))).optional()?;
        let Some((scope, key, id)) = late else { return Ok(None) };
        self.db.prepare_cached("delete from key where scope = ?1 and key = ?2")?.execute(params![id, key])?;
        Ok(Some((scope, key)))
    }

    /// Keeps a config or a library by its hash.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn keep_version(&self, hash: &str, kind: VersionKind, bytes: &[u8]) -> Result<(), StoreError> {
        let sql = "insert or ignore into version (hash, kind, bytes) values (?1, ?2, ?3)";
        self.db.prepare_cached(sql)?.execute(params![hash, kind as i64, bytes])?;
        Ok(())
    }

    /// Counts a death of the process in a step, and gives the new count.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_death(&self, digest: u64) -> Result<u32, StoreError> {
        let sql = "insert into death (digest, count) values (?1, 1)
                   on conflict (digest) do update set count = count + 1 returning count";
        // The digest is 64 bits of a hash: its sign means nothing.
        let count = self.db.prepare_cached(sql)?.query_row([digest.cast_signed()], |row| row.get(0));
        self.noting_flushes(count.map_err(StoreError::from))
    }

    /// Forgets the deaths of a step: somebody asked for one more try.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_deaths(&self, digest: u64) -> Result<(), StoreError> {
        self.db.prepare_cached("delete from death where digest = ?1")?.execute([digest.cast_signed()])?;
        Ok(())
    }
}

/// What is kept by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionKind {
    /// The files of a district folder.
    Config = 1,
}
