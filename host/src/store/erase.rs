//! Words taken out of the store for good: what belongs to a person, and its removal from the very
//! bytes of the file.
//!
//! Knows tables, not who may ask. The rows of the journal stay as they are; only what lies beside
//! them goes.

use std::sync::Arc;

use plugin_api::InputKind;
use rusqlite::{OptionalExtension, params};

use super::read::Reader;
use super::rows::kind_number;
use super::{Store, StoreError};

/// An input that may hold a person's words.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Its number.
    pub seq: u64,
    /// The desk addressed.
    pub desk: Option<Arc<str>>,
    /// The action.
    pub name: Arc<str>,
    /// The person acted, and is not only named.
    pub is_by: bool,
    /// Its body.
    pub body: Option<String>,
}

/// Name of the input by which a sent step comes back.
pub const ANSWERED: &str = "answered";

/// What people and other systems put in; the host's own inputs hold nobody's words.
const PEOPLES: [InputKind; 3] = [InputKind::Act, InputKind::Row, InputKind::Request];

impl Reader<'_> {
    /// The input that erased a person, if there is one.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn erased(&self, person: &str) -> Result<Option<u64>, StoreError> {
        let mut find = self.db().prepare_cached("select seq from erased where person = ?1")?;
        Ok(find.query_row([person], |row| row.get(0)).optional()?)
    }

    /// Whether a person is known by a contact.
    ///
    /// # Errors
    /// As above.
    pub fn has_contact(&self, person: &str) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from contact where person = ?1)";
        Ok(self.db().prepare_cached(sql)?.query_row([person], |row| row.get(0))?)
    }

    /// Inputs that a person made, or whose body has the person's id as a value. Reads all bodies.
    ///
    /// # Errors
    /// As above.
    pub fn inputs_naming(&self, person: &str) -> Result<Vec<Naming>, StoreError> {
        let kinds = PEOPLES.map(|kind| kind_number(kind).to_string()).join(", ");
        let sql = format!(
            "select i.seq, d.text, n.text, coalesce(p.text = ?1, 0), cast(b.bytes as text) from input i
             join name n on n.id = i.name left join name d on d.id = i.desk left join name p on p.id = i.by
             left join body b on b.seq = i.seq
             where i.kind in ({kinds}) and (p.text = ?1 or instr(b.bytes, cast(?2 as blob)) > 0) order by i.seq"
        );
        let mut find = self.db().prepare(&sql)?;
        let rows = find.query_map([person, &quoted(person)], |row| {
            Ok(Naming { seq: row.get(0)?, desk: row.get(1)?, name: row.get(2)?, is_by: row.get(3)?, body: row.get(4)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Inputs on matters by whom the journal calls so, or of that name, with no regard to what they say.
    ///
    /// # Errors
    /// As above.
    pub fn inputs_on(&self, matters: &[u64], by_or_name: &str) -> Result<Vec<u64>, StoreError> {
        let sql = "select seq from input where (select id from name where text = ?1) in (by, name)
                   and matter in (select value from json_each(?2)) order by seq";
        let matters = serde_json::to_string(matters).expect("numbers are plain JSON");
        let mut find = self.db().prepare(sql)?;
        let rows = find.query_map([by_or_name, &matters], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What steps came to that were sent for inputs: their words stand there once more.
    ///
    /// # Errors
    /// As above.
    pub fn answers_to(&self, inputs: &[u64]) -> Result<Vec<u64>, StoreError> {
        let sql = "select i.seq from input i join name n on n.id = i.name join body b on b.seq = i.seq
             where i.kind = ?2 and n.text = ?3
             and json_extract(cast(b.bytes as text), '$.input') in (select value from json_each(?1)) order by i.seq";
        let inputs = serde_json::to_string(inputs).expect("numbers are plain JSON");
        let mut find = self.db().prepare(sql)?;
        let rows = find.query_map(params![inputs, kind_number(InputKind::Retry), ANSWERED], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Events that inputs caused, each with its matter.
    ///
    /// # Errors
    /// As above.
    pub fn events_of(&self, inputs: &[u64]) -> Result<Vec<(u64, u64)>, StoreError> {
        let sql = "select seq, matter from event where input in (select value from json_each(?1)) order by seq";
        let inputs = serde_json::to_string(inputs).expect("numbers are plain JSON");
        let mut find = self.db().prepare(sql)?;
        let rows = find.query_map([inputs], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Matters whose head has a person's id somewhere. Reads all heads.
    ///
    /// # Errors
    /// As above.
    pub fn matters_naming(&self, person: &str) -> Result<Vec<u64>, StoreError> {
        let mut find = self.db().prepare("select id from matter where instr(head, ?1) > 0 order by id")?;
        let rows = find.query_map([quoted(person)], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// An id as a value of JSON: ids have nothing to escape.
fn quoted(person: &str) -> String {
    format!("\"{person}\"")
}

impl Store {
    /// From here to the end of the transaction, what is deleted or replaced is overwritten in the
    /// file, and then the log that still has it is cut off.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn begin_erasing(&mut self) -> Result<(), StoreError> {
        self.is_erasing = true;
        Ok(self.db.pragma_update(None, "secure_delete", true)?)
    }

    /// Takes away the words of rows, and gives those that had some.
    ///
    /// # Errors
    /// As above.
    pub fn erase_words(&self, rows: &[u64]) -> Result<Vec<u64>, StoreError> {
        let mut body = self.db.prepare_cached("delete from body where seq = ?1")?;
        let mut original = self.db.prepare_cached("delete from original where seq = ?1")?;
        let mut gone = Vec::new();
        for seq in rows {
            if body.execute([seq])? + original.execute([seq])? != 0 {
                gone.push(*seq);
            }
        }
        Ok(gone)
    }

    /// Takes away a person's contact, and remembers which input erased them.
    ///
    /// # Errors
    /// As above.
    pub fn erase_person(&self, person: &str, seq: u64) -> Result<(), StoreError> {
        self.db.prepare_cached("delete from contact where person = ?1")?.execute([person])?;
        self.db.prepare_cached("insert into erased (person, seq) values (?1, ?2)")?.execute(params![person, seq])?;
        Ok(())
    }

    /// What was erased is gone from the store; now from its log too. It stands already: that this does
    /// not work must not look as if it did not.
    pub(super) fn finish_erasing(&mut self) {
        let cut = self.end_erasing().and_then(|()| self.cut_log());
        if let Err(error) = self.noting_flushes(cut) {
            tracing::warn!(%error, "The store's log keeps what was erased until it is next written over.");
        }
    }

    /// The transaction is over: deleting is cheap again.
    pub(super) fn end_erasing(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.is_erasing) {
            self.db.pragma_update(None, "secure_delete", "fast")?;
        }
        Ok(())
    }

    /// Copies the whole log into the file and cuts it off.
    fn cut_log(&self) -> Result<(), StoreError> {
        let is_busy: bool = self.db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
        if is_busy {
            tracing::warn!("Somebody reads the store: its log keeps what was erased until it is next written over.");
        }
        Ok(())
    }
}
