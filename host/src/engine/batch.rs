//! What the inputs of one batch have read and changed, until it is committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plugin_api::{MatterId, PersonId};

use super::Committed;
use super::books::Books;
use super::input::{Answer, Input};
use crate::matter::Head;
use crate::store::StoredHead;
use crate::store::rows::{DeliveryRow, DeliveryTurn, KeyName, MatterRow, WriteSet};
use crate::store::status_number;
use crate::store::{Store, StoreError};

/// A matter in the batch.
#[derive(Clone, Debug)]
pub(super) struct Cached {
    /// Its head.
    pub head: Head,
    /// The head as JSON.
    pub head_json: Arc<str>,
    /// What desks noted on it, as JSON, by desk.
    pub notes: Arc<str>,
    /// Its words as JSON, once somebody asked for them.
    pub words: Option<Arc<str>>,
    /// Its last event.
    pub last: u64,
    /// What is not yet written.
    pub dirty: Dirty,
    /// Not in the store yet.
    pub is_new: bool,
}

impl Cached {
    /// Changes how many steps of its owner wait for another try.
    pub fn mark_busy(&mut self, change: impl Fn(u32) -> u32) {
        self.head.host.busy = change(self.head.host.busy);
        self.head_json = self.head.to_json().into();
        self.dirty = self.dirty.max(Dirty::Head);
    }
}

/// What of a matter is not yet written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dirty {
    /// Nothing.
    No,
    /// Its row.
    Head,
    /// Row and words.
    Body,
}

/// One read of the store, for a replay of the batch's statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The row of a matter.
    Head(MatterId),
    /// Its words.
    Words(MatterId),
}

/// Digest of what was asked under a key, and the answer.
pub(super) type Keyed = ([u8; 32], String);

/// An open batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Matters read or changed. Ordered, so that writing is.
    matters: BTreeMap<u64, Cached>,
    /// Rows only ever added, and changes in order.
    pub set: WriteSet,
    /// Answers of idempotency keys.
    pub keys: HashMap<KeyName, Keyed>,
    /// Contacts first seen in this batch.
    pub contacts: HashMap<[u8; 32], PersonId>,
    /// What was read from the store.
    pub read: Vec<Read>,
    /// Steps run.
    pub steps: usize,
    /// Inputs taken, with their instants and tickets, to be done again if the commit fails.
    pub taken: Vec<(Arc<Input>, i64, u64)>,
    /// Their answers.
    pub answers: Vec<(u64, Answer)>,
    /// A transaction is open.
    pub is_begun: bool,
    /// Accounts and transfers.
    pub books: Books,
    /// Notices are to be delivered once it is committed.
    pub sends_notices: bool,
}

impl Batch {
    /// A matter, from the batch or the store.
    pub fn matter(&mut self, store: &Store, id: MatterId) -> Result<Option<&mut Cached>, StoreError> {
        if let std::collections::btree_map::Entry::Vacant(place) = self.matters.entry(id.0) {
            self.read.push(Read::Head(id));
            let Some(StoredHead { head: head_json, notes, last }) = store.reader().head(id)? else { return Ok(None) };
            let head = crate::store::parse_head(&head_json)?;
            place.insert(Cached { head, head_json, notes, words: None, last, dirty: Dirty::No, is_new: false });
        }
        Ok(self.matters.get_mut(&id.0))
    }

    /// The words of a matter that the batch has.
    pub fn words(&mut self, store: &Store, id: MatterId) -> Result<Option<&Arc<str>>, StoreError> {
        let Some(cached) = self.matters.get_mut(&id.0) else { return Ok(None) };
        if cached.words.is_none() {
            self.read.push(Read::Words(id));
            cached.words = Some(store.reader().words(id)?);
        }
        Ok(cached.words.as_ref())
    }

    /// A matter that the batch has.
    pub fn cached(&self, id: MatterId) -> Option<&Cached> {
        self.matters.get(&id.0)
    }

    /// A matter that the batch has, to change.
    pub fn cached_mut(&mut self, id: MatterId) -> Option<&mut Cached> {
        self.matters.get_mut(&id.0)
    }

    /// Forgets what was only read.
    pub fn forget_read(&mut self) {
        self.matters.retain(|_, cached| cached.dirty != Dirty::No);
        self.read.clear();
    }

    /// Replaces a matter.
    pub fn put_matter(&mut self, cached: Cached) {
        self.matters.insert(cached.head.id.0, cached);
    }

    /// Keeps a step to be tried again.
    pub fn keep_delivery(&mut self, row: DeliveryRow) {
        self.set.deliveries.push(DeliveryTurn::Keep(row));
    }

    /// Writes all that is not yet written into the transaction; the batch goes on.
    pub fn flush(&mut self, store: &mut Store, listener: &mut dyn FnMut(&Committed<'_>)) -> Result<(), StoreError> {
        self.collect();
        store.seal(&mut self.set)?;
        store.write(&self.set)?;
        listener(&Committed { read: &self.read, set: &self.set });
        self.read.clear();
        self.set.clear();
        Ok(())
    }

    /// It stands: what it holds is forgotten but for its answers, which are given. Its memory is kept
    /// for the next one.
    pub fn end(&mut self) -> std::vec::Drain<'_, (u64, Answer)> {
        let Batch { matters, set, keys, contacts, read, steps, taken, answers, is_begun, books, sends_notices } = self;
        matters.clear();
        set.clear();
        keys.clear();
        contacts.clear();
        read.clear();
        taken.clear();
        (*books, *steps, *is_begun, *sends_notices) = (Books::default(), 0, false, false);
        answers.drain(..)
    }

    fn collect(&mut self) {
        self.books.collect(&mut self.set);
        for (id, cached) in &mut self.matters {
            if cached.dirty == Dirty::No {
                continue;
            }
            let head = &cached.head;
            self.set.matters.push(MatterRow {
                id: *id,
                desk: Arc::clone(&head.desk),
                status: status_number(head.status),
                stage: Arc::clone(&head.stage),
                kind: Arc::clone(&head.kind),
                marks: i64::from(head.host.unrouted) | (i64::from(head.host.busy != 0) << 1),
                place: head.place.as_str().into(),
                last: cached.last,
                head: Arc::clone(&cached.head_json),
                notes: Arc::clone(&cached.notes),
                body: if cached.dirty == Dirty::Body { cached.words.clone() } else { None },
                is_new: cached.is_new,
            });
            cached.dirty = Dirty::No;
            cached.is_new = false;
        }
    }
}
