//! Texts before they were masked, which lie apart (I10), read for who may have them shown.

use plugin_api::MatterId;
use rusqlite::params;

use super::StoreError;
use super::read::Reader;
use crate::limits::PAGE_MAX;

impl Reader<'_> {
    /// The originals of what led to a matter's events, in order, each with its input; at most
    /// [`PAGE_MAX`].
    ///
    /// # Errors
    /// When the database refuses.
    pub fn originals_on(&self, matter: MatterId) -> Result<Vec<(u64, String)>, StoreError> {
        let sql = "with recursive way (seq) as (
                select last from matter where id = ?1
                union all select e.prev from way join event e on e.seq = way.seq where e.prev > 0
            ) select distinct o.seq, cast(o.bytes as text) from event e join original o on o.seq = e.input
            where e.seq in (select seq from way) order by o.seq limit ?2";
        let mut find = self.db().prepare_cached(sql)?;
        let rows = find.query_map(params![matter.0, PAGE_MAX], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
