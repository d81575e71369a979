//! What is asked of the store by who keeps something beside it: what the journal touched since, and all
//! that is known of a matter.

use std::sync::Arc;

use plugin_api::MatterId;
use rusqlite::{OptionalExtension as _, params};

use super::rows::ClockId;
use super::{Reader, StoreError};
use crate::clock::ClockRun;

/// All that is known of a matter, as of one read.
#[derive(Clone, Debug)]
pub struct Whole {
    /// See [`crate::matter::Head`].
    pub head: Arc<str>,
    /// See [`crate::matter::Body`].
    pub body: Arc<str>,
    /// Its clocks.
    pub clocks: Vec<(ClockId, ClockRun)>,
    /// When something was last said on it; none if nothing was.
    pub changed_ms: Option<i64>,
    /// When it was last closed, of one that is not open.
    pub closed_ms: Option<i64>,
}

impl Reader<'_> {
    /// The last row of the journal; 0 if it is empty.
    ///
    /// # Errors
    /// When the database refuses, here and below.
    pub fn last_seq(&self) -> Result<u64, StoreError> {
        let sql = "select max(coalesce((select max(seq) from input), 0), coalesce((select max(seq) from event), 0))";
        Ok(self.db().prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The seal of a row of the journal: no other store has the same at the same number.
    ///
    /// # Errors
    /// As above.
    pub fn seal_at(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "select seal from event where seq = ?1 union all select seal from input where seq = ?1";
        Ok(self.db().prepare_cached(sql)?.query_row([seq], |row| row.get(0)).optional()?)
    }

    /// Matters that rows of the journal name, after one and up to another, in order.
    ///
    /// # Errors
    /// As above.
    pub fn touched(&self, after: u64, to: u64) -> Result<Vec<u64>, StoreError> {
        let sql = "select matter from event where ?1 < seq and seq <= ?2
                   union select matter from input where ?1 < seq and seq <= ?2 and matter is not null order by 1";
        let mut find = self.db().prepare_cached(sql)?;
        let rows = find.query_map([after, to], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether such rows tell of an event under a topic.
    ///
    /// # Errors
    /// As above.
    pub fn tells(&self, topic: &str, after: u64, to: u64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from event where ?1 < seq and seq <= ?2
                   and topic = (select id from name where text = ?3))";
        Ok(self.db().prepare_cached(sql)?.query_row(params![after, to, topic], |row| row.get(0))?)
    }

    /// Numbers of matters after one, in order.
    ///
    /// # Errors
    /// As above.
    pub fn ids_after(&self, after: u64, most: u32) -> Result<Vec<u64>, StoreError> {
        let mut find = self.db().prepare_cached("select id from matter where id > ?1 order by id limit ?2")?;
        let rows = find.query_map(params![after, most], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A matter with all that is known of it.
    ///
    /// # Errors
    /// As above.
    pub fn whole(&self, id: MatterId) -> Result<Option<Whole>, StoreError> {
        let sql = "select m.head, w.body, e.at, m.status from matter m join words w on w.matter = m.id
                   left join event e on e.seq = m.last where m.id = ?1";
        let mut find = self.db().prepare_cached(sql)?;
        let found = find.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?)));
        let Some((head, body, changed_ms, status)) = found.optional()? else { return Ok(None) };
        let closed_ms = if status == 0 { None } else { self.closed_ms(id)? };
        Ok(Some(Whole { head, body, clocks: self.clocks_of(id)?, changed_ms, closed_ms }))
    }

    fn closed_ms(&self, id: MatterId) -> Result<Option<i64>, StoreError> {
        let sql = "with recursive way (seq, topic, at, prev) as (
                     select e.seq, e.topic, e.at, e.prev from matter m join event e on e.seq = m.last where m.id = ?1
                     union all select e.seq, e.topic, e.at, e.prev from way join event e on e.seq = way.prev
                     where way.topic <> (select id from name where text = 'closed')
                   ) select at from way where topic = (select id from name where text = 'closed')";
        Ok(self.db().prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?)
    }
}
