//! The journal, read back: what happened to a matter, and every input in its order.

use std::sync::Arc;

use plugin_api::{InputKind, MatterId};
use rusqlite::{OptionalExtension, Row, params};

use super::StoreError;
use super::read::Reader;
use super::rows::kind_of_number;
use crate::limits::PAGE_MAX;

/// An event as the journal has it.
#[derive(Clone, Debug)]
pub struct JournalEvent {
    /// Number in the journal.
    pub seq: u64,
    /// The input that caused it.
    pub input: u64,
    /// That input's instant.
    pub at_ms: i64,
    /// The matter.
    pub matter: u64,
    /// Its stay when said.
    pub stay: u32,
    /// The topic.
    pub topic: String,
    /// The desk that said it.
    pub desk: String,
    /// Who acted.
    pub by: Option<String>,
    /// The route that took the matter.
    pub route: Option<String>,
    /// What the routes looked at.
    pub facts: Option<String>,
    /// Its data, unless it has none or it was erased.
    pub data: Option<String>,
}

/// An input as the journal has it, with all that was decided outside the engine.
#[derive(Clone, Debug)]
pub struct JournalInput {
    /// Number in the journal.
    pub seq: u64,
    /// Its instant.
    pub at_ms: i64,
    /// Its sort.
    pub kind: InputKind,
    /// Who acted.
    pub by: Option<Arc<str>>,
    /// The desk addressed.
    pub desk: Option<Arc<str>>,
    /// Action, clock or command.
    pub name: Arc<str>,
    /// The matter addressed.
    pub matter: Option<u64>,
    /// Its body, unless it has none or it was erased.
    pub body: Option<String>,
    /// It had a body, which was erased.
    pub is_erased: bool,
    /// How many matters it opened, if it was erased: those after them keep their numbers.
    pub opened: u64,
    /// Steps of it that were parked because the process had died in them, and how often.
    pub died: Vec<(u64, u32)>,
}

const EVENT_SQL: &str =
    "select e.seq, e.input, e.at, e.matter, e.stay, t.text, d.text, b.text, r.text, e.facts, o.bytes
    from event e join name t on t.id = e.topic join name d on d.id = e.desk
    left join name b on b.id = e.by left join name r on r.id = e.route left join body o on o.seq = e.seq";

impl Reader<'_> {
    /// Events of a matter in order, those after a number, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn events(&self, matter: MatterId, after_seq: u64) -> Result<Vec<JournalEvent>, StoreError> {
        let sql = format!(
            "with recursive way (seq) as (
                select last from matter where id = ?1 and last > ?2
                union all select e.prev from way join event e on e.seq = way.seq where e.prev > ?2
            ) {EVENT_SQL} where e.seq in (select seq from way) order by e.seq limit ?3"
        );
        let mut find = self.db().prepare_cached(&sql)?;
        let rows = find.query_map(params![matter.0, after_seq, PAGE_MAX], read_event)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The body of an input or event.
    ///
    /// # Errors
    /// As above.
    pub fn body(&self, seq: u64) -> Result<Option<String>, StoreError> {
        let mut find = self.db().prepare_cached("select cast(bytes as text) from body where seq = ?1")?;
        Ok(find.query_row([seq], |row| row.get(0)).optional()?)
    }

    /// Whether an input or event never had a body: nothing of it can have been erased.
    ///
    /// # Errors
    /// As above.
    pub fn is_bodiless(&self, seq: u64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from input where seq = ?1 and commitment is null)
                   or exists (select 1 from event where seq = ?1 and commitment is null)";
        Ok(self.db().prepare_cached(sql)?.query_row([seq], |row| row.get(0))?)
    }

    /// Inputs in order, those after a number, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// As above.
    pub fn inputs(&self, after_seq: u64) -> Result<Vec<JournalInput>, StoreError> {
        let sql = "select i.seq, i.at, i.kind, b.text, d.text, n.text, i.matter, cast(o.bytes as text),
                   i.commitment is not null and o.seq is null from input i join name n on n.id = i.name left join name b on b.id = i.by
                   left join name d on d.id = i.desk left join body o on o.seq = i.seq
                   where i.seq > ?1 order by i.seq limit ?2";
        let mut find = self.db().prepare_cached(sql)?;
        let mut rows = find.query(params![after_seq, PAGE_MAX])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = row.get(2)?;
            found.push(JournalInput {
                seq: row.get(0)?,
                at_ms: row.get(1)?,
                kind: kind_of_number(kind).ok_or_else(|| StoreError::Damaged(format!("input of sort {kind}")))?,
                by: row.get(3)?,
                desk: row.get(4)?,
                name: row.get(5)?,
                matter: row.get(6)?,
                body: row.get(7)?,
                is_erased: row.get(8)?,
                opened: 0,
                died: Vec::new(),
            });
        }
        for input in found.iter_mut().filter(|input| input.is_erased) {
            input.opened = self.opened_by(input.seq)?;
        }
        self.add_died(&mut found)?;
        Ok(found)
    }

    /// Which input opened which matter, in the order of opening.
    ///
    /// # Errors
    /// As above.
    pub fn openings(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let sql = "select input, matter from event where topic = (select id from name where text = 'opened')
                   and desk = (select id from name where text = 'host') order by seq";
        let mut find = self.db().prepare_cached(sql)?;
        let rows = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many events the host itself said under a topic.
    ///
    /// # Errors
    /// As above.
    pub fn count_topic(&self, topic: &str) -> Result<u64, StoreError> {
        let sql = "select count(*) from event where topic = (select id from name where text = ?1)
                   and desk = (select id from name where text = 'host')";
        Ok(self.db().prepare_cached(sql)?.query_row([topic], |row| row.get(0))?)
    }

    /// What was kept under a hash.
    ///
    /// # Errors
    /// As above.
    pub fn version(&self, hash: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut find = self.db().prepare_cached("select bytes from version where hash = ?1")?;
        Ok(find.query_row([hash], |row| row.get(0)).optional()?)
    }

    fn opened_by(&self, input: u64) -> Result<u64, StoreError> {
        let sql = "select count(*) from event where input = ?1 and topic = (select id from name where text = 'opened')";
        Ok(self.db().prepare_cached(sql)?.query_row([input], |row| row.get(0))?)
    }

    /// Steps in which a host died: few, if any.
    fn add_died(&self, inputs: &mut [JournalInput]) -> Result<(), StoreError> {
        let mut find = self.db().prepare_cached("select input, digest, count from died")?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            let seq: u64 = row.get(0)?;
            if let Ok(at) = inputs.binary_search_by_key(&seq, |input| input.seq) {
                inputs[at].died.push((row.get::<_, i64>(1)?.cast_unsigned(), row.get(2)?));
            }
        }
        Ok(())
    }

    /// How many inputs, events and matters there are.
    ///
    /// # Errors
    /// As above.
    pub fn sizes(&self) -> Result<(u64, u64, u64), StoreError> {
        Ok((self.count_rows("input", "seq")?, self.count_rows("event", "seq")?, self.count_rows("matter", "id")?))
    }

    /// Every row that the same inputs must give again on an empty store, one a line, in a fixed
    /// order: matters with their notes, words, records, clocks, steps to be tried again, accounts,
    /// transfers, jobs, notices and schedules (I4). How a notice fares outside is no part of it, for it is decided there.
    ///
    /// # Errors
    /// As above.
    pub fn state(&self) -> Result<Vec<String>, StoreError> {
        let queries = [
            "select 'matter ' || id || ' ' || last || ' ' || head || ' ' || notes from matter order by id",
            "select 'words ' || matter || ' ' || body from words order by matter",
            "select 'record ' || d.text || ' ' || c.text || ' ' || r.key || ' ' || r.record from record r
             join name d on d.id = r.desk join name c on c.id = r.collection order by d.text, c.text, r.key",
            "select 'clock ' || c.matter || ' ' || d.text || ' ' || n.text || ' ' || c.run from clock c
             join name d on d.id = c.desk join name n on n.id = c.name order by c.matter, d.text, n.text",
            "select 'delivery ' || id || ' ' || attempt || ' ' || coalesce(due, 'parked') from delivery order by id",
            "select 'erased ' || person from erased order by person",
            "select 'account ' || a.id || ' ' || d.text || ' ' || c.text || ' ' || a.key || ' ' || a.part || ' ' || u.text
             || ' ' || a.overdraw || ' ' || a.balance from account a join name d on d.id = a.desk
             join name c on c.id = a.class join name u on u.id = a.unit order by a.id",
            "select 'transfer ' || t.id || ' ' || d.text || ' ' || t.key || ' ' || t.debit || ' ' || t.credit || ' '
             || t.amount || ' ' || t.date || ' ' || t.input || ' ' || t.at || ' ' || coalesce(t.memo, '-') || ' '
             || coalesce(t.reverses, '-') || ' ' || t.row from transfer t join name d on d.id = t.desk order by t.id",
            "select 'job ' || j.id || ' ' || d.text || ' ' || n.text || ' ' || coalesce(j.matter, '-') || ' ' || j.stay
             || ' ' || j.owner || ' ' || j.at || ' ' || j.params || ' ' || j.attempt || ' ' || coalesce(j.due, 'parked')
             || ' ' || j.error || ' ' || j.input from job j join name d on d.id = j.desk join name n on n.id = j.name order by j.id",
            "select 'notice ' || o.id || ' ' || o.input || ' ' || o.at || ' ' || coalesce(o.matter, '-') || ' ' || d.text
             || ' ' || t.text || ' ' || o.person || ' ' || u.text || ' ' || o.title || ' ' || o.text from outbox o
             join name d on d.id = o.desk join name t on t.id = o.template join name u on u.id = o.outlet order by o.id",
            "select 'sent ' || d.text || ' ' || k.key from sent_key k join name d on d.id = k.desk order by d.text, k.key",
            "select 'schedule ' || id || ' ' || every || ' ' || since || ' ' || coalesce(last, '-') from schedule order by id",
            "select 'file ' || matter || ' ' || sha256 || ' ' || input || ' ' || small || ' ' || bytes || ' ' || gone from file
             order by matter, sha256, input",
        ];
        self.lines(&queries)
    }

    /// Every event with its data, one a line, in order: those too are given again (I4).
    ///
    /// # Errors
    /// As above.
    pub fn said(&self) -> Result<Vec<String>, StoreError> {
        self.lines(&["select 'event ' || e.seq || ' ' || e.input || ' ' || e.at || ' ' || e.matter || ' ' || e.stay
             || ' ' || t.text || ' ' || d.text || ' ' || coalesce(b.text, '-') || ' ' || coalesce(r.text, '-') || ' '
             || coalesce(e.facts, '-') || ' ' || coalesce(cast(o.bytes as text), '-')
             from event e join name t on t.id = e.topic join name d on d.id = e.desk left join name b on b.id = e.by
             left join name r on r.id = e.route left join body o on o.seq = e.seq order by e.seq"])
    }

    fn lines(&self, queries: &[&str]) -> Result<Vec<String>, StoreError> {
        let mut lines = Vec::new();
        for sql in queries {
            let mut all = self.db().prepare(sql)?;
            let rows = all.query_map([], |row| row.get::<_, String>(0))?;
            for row in rows {
                lines.push(row?);
            }
        }
        Ok(lines)
    }
}

fn read_event(row: &Row<'_>) -> rusqlite::Result<JournalEvent> {
    let data: Option<Vec<u8>> = row.get(10)?;
    Ok(JournalEvent {
        seq: row.get(0)?,
        input: row.get(1)?,
        at_ms: row.get(2)?,
        matter: row.get(3)?,
        stay: row.get(4)?,
        topic: row.get(5)?,
        desk: row.get(6)?,
        by: row.get(7)?,
        route: row.get(8)?,
        facts: row.get(9)?,
        data: data.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    })
}
