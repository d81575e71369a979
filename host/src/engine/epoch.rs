//! The life a store is in: a restored one says so in its journal before it does anything else.

use plugin_api::InputKind;

use super::Engine;
use crate::store::StoreError;
use crate::store::copy::RESTORED;
use crate::store::sealed::EPOCH;

impl Engine {
    /// Journals what this store was restored from, once, as a switch of epoch.
    pub(super) fn journal_epoch(&mut self) -> Result<(), StoreError> {
        let Some(restored) = self.store.reader().meta(RESTORED)? else { return Ok(()) };
        self.push_epoch(restored, self.now_ms())
    }

    /// The same of a journal that is run again has nothing to forget.
    pub(super) fn push_epoch(&mut self, restored: String, now_ms: i64) -> Result<(), StoreError> {
        self.store.begin()?;
        self.batch.is_begun = true;
        self.store.forget_meta(RESTORED)?;
        self.store.doubt_notices()?;
        let row = self.own_row(InputKind::Switch, EPOCH, now_ms);
        self.push_input(row, restored.into());
        self.numbers.seq += 1;
        self.numbers.last_ms = now_ms;
        self.try_commit()
    }
}
