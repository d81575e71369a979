//! Matters written into the index, with their terms, counts and words moved along.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{OptionalExtension as _, params};

use super::{Followed, IndexFile};
use crate::store::StoreError;

/// A matter as the index has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// Identity.
    pub id: u64,
    /// Over all else here: what has not changed is not written.
    pub digest: i64,
    /// Prefix, year and id.
    pub number: String,
    /// One line.
    pub title: String,
    /// 0 open, 1 closed, 2 joined.
    pub status: i64,
    /// When it is due.
    pub due_ms: Option<i64>,
    /// When something was last said on it.
    pub changed_ms: i64,
    /// From when on its lamp is at least green, blue, yellow, red.
    pub lamp_from_ms: [Option<i64>; 4],
    /// The places it lies in.
    pub areas: Vec<String>,
    /// Terms that are counted.
    pub counted: Vec<String>,
    /// Terms that are only looked for.
    pub others: Vec<String>,
    /// All of its words, as they are looked for.
    pub text: String,
}

/// Places, counted terms and others, as ids.
type Terms = [Vec<i64>; 3];

/// What a row was before.
struct Before {
    digest: i64,
    status: i64,
    terms: Terms,
}

/// Writes into an index. Remembers ids of terms; one writer at a time, or what it remembers is stale.
#[derive(Debug)]
pub struct Writer {
    file: IndexFile,
    tokens: fn(&str) -> String,
    ids: HashMap<String, i64, foldhash::fast::RandomState>,
}

/// What a transaction has yet to write of counts.
#[derive(Default)]
struct Moved {
    terms: BTreeMap<i64, i64>,
    tally: BTreeMap<(i64, i64, i64), i64>,
}

impl Writer {
    /// Writes through a connection; `tokens` cuts a text into what is looked for, always the same.
    pub fn new(file: IndexFile, tokens: fn(&str) -> String) -> Writer {
        Writer { file, tokens, ids: HashMap::default() }
    }

    /// The connection, to ask.
    pub fn file(&self) -> &IndexFile {
        &self.file
    }

    /// Begins a transaction; nobody else writes until it ends.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        // Another process may have written meanwhile, and have taken terms away.
        self.ids.clear();
        Ok(self.file.db.prepare_cached("begin immediate")?.execute([]).map(drop)?)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// As above.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        if !self.file.db.is_autocommit() {
            self.file.db.execute_batch("rollback")?;
        }
        Ok(())
    }

    /// Ends it, with how far the store is followed now.
    ///
    /// # Errors
    /// As above.
    pub fn commit(&mut self, followed: &Followed) -> Result<(), StoreError> {
        let Followed { seq, seal, built_to, config, zone, looks } = followed;
        let db = &self.file.db;
        let mut set = db.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?;
        set.execute(params!["seq", seq])?;
        set.execute(params!["seal", seal])?;
        set.execute(params!["config", config])?;
        set.execute(params!["zone", zone])?;
        let mut forget = db.prepare_cached("delete from meta where key = ?1")?;
        match built_to {
            Some(id) => set.execute(params!["built-to", id])?,
            None => forget.execute(["built-to"])?,
        };
        if *looks {
            set.execute(params!["looks", 1])?
        } else {
            forget.execute(["looks"])?
        };
        Ok(db.prepare_cached("commit")?.execute([]).map(drop)?)
    }

    /// What was erased is gone from the file; now from its log too. False while somebody reads it: then it
    /// is to be tried again.
    ///
    /// # Errors
    /// As above.
    pub fn cut_log(&self) -> Result<bool, StoreError> {
        Ok(self.file.db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0))? == 0)
    }

    /// Writes matters into the open transaction; gives how many had changed.
    ///
    /// # Errors
    /// As above.
    pub fn write(&mut self, rows: &[IndexRow]) -> Result<usize, StoreError> {
        let mut moved = Moved::default();
        let mut changed = 0;
        for row in rows {
            changed += usize::from(self.write_one(row, &mut moved)?);
        }
        self.write_moved(moved)?;
        Ok(changed)
    }

    fn write_one(&mut self, row: &IndexRow, moved: &mut Moved) -> Result<bool, StoreError> {
        let before = self.before(row.id)?;
        if before.as_ref().is_some_and(|before| before.digest == row.digest) {
            return Ok(false);
        }
        let terms = [&row.areas, &row.counted, &row.others].map(|texts| self.term_ids(texts));
        let [areas, counted, others] = terms;
        let terms: Terms = [areas?, counted?, others?];
        self.write_facets(row.id, before.as_ref().map(|before| &before.terms), &terms, moved)?;
        if let Some(before) = &before {
            moved.count(before.status, &before.terms, -1);
        }
        moved.count(row.status, &terms, 1);
        let sql = "insert or replace into matter
                   (id, digest, number, title, status, due, changed, green, blue, yellow, red, terms)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let IndexRow { id, digest, number, title, status, due_ms, changed_ms, .. } = row;
        let [green, blue, yellow, red] = row.lamp_from_ms;
        let terms = serde_json::to_string(&terms).expect("numbers are plain JSON");
        self.file
            .db
            .prepare_cached(sql)?
            .execute(params![id, digest, number, title, status, due_ms, changed_ms, green, blue, yellow, red, terms])?;
        self.write_words(row)?;
        Ok(true)
    }

    fn before(&self, id: u64) -> Result<Option<Before>, StoreError> {
        let sql = "select digest, status, terms from matter where id = ?1";
        let mut find = self.file.db.prepare_cached(sql)?;
        let found = find.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))).optional()?;
        let Some((digest, status, terms)) = found else { return Ok(None) };
        Ok(Some(Before { digest, status, terms: super::read::parse_terms(&terms)? }))
    }

    fn term_ids(&mut self, texts: &[String]) -> Result<Vec<i64>, StoreError> {
        let Writer { file, ids, .. } = self;
        let mut found = Vec::with_capacity(texts.len());
        for text in texts {
            let id = match ids.get(text.as_str()) {
                Some(id) => *id,
                None => {
                    let mut find = file.db.prepare_cached("select id from term where text = ?1")?;
                    let known = find.query_row([text], |row| row.get(0)).optional()?;
                    let id = match known {
                        Some(id) => id,
                        None => {
                            file.db.prepare_cached("insert into term (text, n) values (?1, 0)")?.execute([text])?;
                            file.db.last_insert_rowid()
                        }
                    };
                    ids.insert(text.clone(), id);
                    id
                }
            };
            found.push(id);
        }
        Ok(found)
    }

    fn write_facets(
        &self,
        id: u64,
        before: Option<&Terms>,
        after: &Terms,
        moved: &mut Moved,
    ) -> Result<(), StoreError> {
        let all = |terms: &Terms| {
            let mut all: Vec<i64> = terms.iter().flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let (before, after) = (before.map(all).unwrap_or_default(), all(after));
        let mut delete = self.file.db.prepare_cached("delete from facet where term = ?1 and matter = ?2")?;
        for term in before.iter().filter(|term| after.binary_search(term).is_err()) {
            delete.execute(params![term, id])?;
            *moved.terms.entry(*term).or_default() -= 1;
        }
        let mut insert = self.file.db.prepare_cached("insert into facet (term, matter) values (?1, ?2)")?;
        for term in after.iter().filter(|term| before.binary_search(term).is_err()) {
            insert.execute(params![term, id])?;
            *moved.terms.entry(*term).or_default() += 1;
        }
        Ok(())
    }

    /// The old tokens are needed to take them out: a full text without content of its own does not know
    /// them.
    fn write_words(&self, row: &IndexRow) -> Result<(), StoreError> {
        let db = &self.file.db;
        let mut find = db.prepare_cached("select text from words where matter = ?1")?;
        let before: Option<String> = find.query_row([row.id], |row| row.get(0)).optional()?;
        if before.as_ref() == Some(&row.text) {
            return Ok(());
        }
        if let Some(before) = before {
            let mut delete = db.prepare_cached("insert into pair (pair, rowid, words) values ('delete', ?1, ?2)")?;
            delete.execute(params![row.id, (self.tokens)(&before)])?;
        }
        db.prepare_cached("insert or replace into words (matter, text) values (?1, ?2)")?
            .execute(params![row.id, row.text])?;
        let mut insert = db.prepare_cached("insert into pair (rowid, words) values (?1, ?2)")?;
        insert.execute(params![row.id, (self.tokens)(&row.text)])?;
        Ok(())
    }

    /// A term that no matter has any more goes: it may have been somebody's words.
    fn write_moved(&mut self, moved: Moved) -> Result<(), StoreError> {
        let db = &self.file.db;
        let mut add = db.prepare_cached(
            "insert into tally (area, term, status, n) values (?1, ?2, ?3, ?4)
             on conflict (area, term, status) do update set n = n + excluded.n",
        )?;
        let mut drop_empty =
            db.prepare_cached("delete from tally where area = ?1 and term = ?2 and status = ?3 and n = 0")?;
        for ((area, term, status), by) in moved.tally.into_iter().filter(|(_, by)| *by != 0) {
            add.execute(params![area, term, status, by])?;
            if by < 0 {
                drop_empty.execute(params![area, term, status])?;
            }
        }
        let mut add = db.prepare_cached("update term set n = n + ?2 where id = ?1")?;
        let mut drop_empty = db.prepare_cached("delete from term where id = ?1 and n = 0")?;
        let mut is_gone = false;
        for (term, by) in moved.terms.into_iter().filter(|(_, by)| *by != 0) {
            add.execute(params![term, by])?;
            is_gone |= by < 0 && drop_empty.execute([term])? != 0;
        }
        if is_gone {
            self.ids.clear();
        }
        Ok(())
    }
}

impl Moved {
    fn count(&mut self, status: i64, [areas, counted, _]: &Terms, by: i64) {
        for area in areas {
            for term in counted {
                *self.tally.entry((*area, *term, status)).or_default() += by;
            }
        }
    }
}
