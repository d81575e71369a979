//! What the inputs of one batch have read and changed, until it is committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plugin_api::{MatterId, PersonId};

use super::Committed;
use super::input::{Answer, Input};
use crate::matter::Head;
use crate::store::read::Stored;
use crate::store::rows::{DeliveryRow, DeliveryTurn, MatterRow, NoteRow, WriteSet};
use crate::store::status_number;
use crate::store::{Store, StoreError};

/// A matter in the batch.
#[derive(Clone, Debug)]
pub(super) struct Cached {
    /// Its head.
    pub head: Head,
    /// The head as JSON.
    pub head_json: Arc<str>,
    /// The body as JSON.
    pub body_json: Arc<str>,
    /// What is not yet written.
    pub dirty: Dirty,
    /// Not in the store yet.
    pub is_new: bool,
}

/// What of a matter is not yet written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dirty {
    /// Nothing.
    No,
    /// The head.
    Head,
    /// Head and body.
    Body,
}

/// A note in the batch.
#[derive(Clone, Debug)]
struct Noted {
    note: Option<Arc<str>>,
    is_dirty: bool,
}

/// Scope and idempotency key.
pub(super) type KeyName = (Arc<str>, Arc<str>);

/// Digest of what was asked under a key, and the answer.
pub(super) type Keyed = ([u8; 32], String);

/// An open batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Matters read or changed. Ordered, so that writing is.
    matters: BTreeMap<u64, Cached>,
    /// Notes read or changed, by matter and desk.
    notes: BTreeMap<(u64, Arc<str>), Noted>,
    /// Rows only ever added, and changes in order.
    pub set: WriteSet,
    /// Answers of idempotency keys.
    pub keys: HashMap<KeyName, Keyed>,
    /// Contacts first seen in this batch.
    pub contacts: HashMap<[u8; 32], PersonId>,
    /// Matters read from the store, and notes asked for, for a replay of the batch's statements.
    pub read: Vec<(u64, Option<Arc<str>>)>,
    /// Steps run.
    pub steps: usize,
    /// Inputs taken, with their instants and tickets, to be done again if the commit fails.
    pub taken: Vec<(Arc<Input>, i64, u64)>,
    /// Their answers.
    pub answers: Vec<(u64, Answer)>,
    /// A transaction is open.
    pub is_begun: bool,
}

impl Batch {
    /// A matter, from the batch or the store.
    pub fn matter(&mut self, store: &Store, id: MatterId) -> Result<Option<&Cached>, StoreError> {
        if let std::collections::btree_map::Entry::Vacant(place) = self.matters.entry(id.0) {
            self.read.push((id.0, None));
            let Some(Stored { head, body }) = store.reader().matter(id)? else { return Ok(None) };
            let parsed = crate::store::parse_head(&head)?;
            place.insert(Cached { head: parsed, head_json: head, body_json: body, dirty: Dirty::No, is_new: false });
        }
        Ok(self.matters.get(&id.0))
    }

    /// A matter that the batch has.
    pub fn cached(&self, id: MatterId) -> Option<&Cached> {
        self.matters.get(&id.0)
    }

    /// Replaces a matter.
    pub fn put_matter(&mut self, cached: Cached) {
        self.matters.insert(cached.head.id.0, cached);
    }

    /// A desk's note on a matter.
    pub fn note(&mut self, store: &Store, matter: MatterId, desk: &Arc<str>) -> Result<Option<Arc<str>>, StoreError> {
        let place = (matter.0, Arc::clone(desk));
        if let Some(noted) = self.notes.get(&place) {
            return Ok(noted.note.clone());
        }
        let is_new = self.matters.get(&matter.0).is_some_and(|cached| cached.is_new);
        // A matter opened in this batch has no notes in the store.
        let note = if is_new {
            None
        } else {
            self.read.push((matter.0, Some(Arc::clone(desk))));
            store.reader().note(matter, desk)?
        };
        self.notes.insert(place, Noted { note: note.clone(), is_dirty: false });
        Ok(note)
    }

    /// Replaces a note.
    pub fn put_note(&mut self, matter: MatterId, desk: &Arc<str>, note: Arc<str>) {
        self.notes.insert((matter.0, Arc::clone(desk)), Noted { note: Some(note), is_dirty: true });
    }

    /// Keeps a step to be tried again.
    pub fn keep_delivery(&mut self, row: DeliveryRow) {
        self.set.deliveries.push(DeliveryTurn::Keep(row));
    }

    /// Writes all that is not yet written into the transaction; the batch goes on.
    pub fn flush(&mut self, store: &mut Store, listener: &mut dyn FnMut(&Committed<'_>)) -> Result<(), StoreError> {
        self.collect();
        store.write(&self.set)?;
        listener(&Committed { read: &self.read, set: &self.set });
        self.read.clear();
        self.set = WriteSet::default();
        Ok(())
    }

    fn collect(&mut self) {
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
                head: Arc::clone(&cached.head_json),
                body: (cached.dirty == Dirty::Body).then(|| Arc::clone(&cached.body_json)),
                is_new: cached.is_new,
            });
            cached.dirty = Dirty::No;
            cached.is_new = false;
        }
        for ((matter, desk), noted) in self.notes.iter_mut().filter(|(_, noted)| noted.is_dirty) {
            if let Some(note) = &noted.note {
                self.set.notes.push(NoteRow { matter: *matter, desk: Arc::clone(desk), note: Arc::clone(note) });
            }
            noted.is_dirty = false;
        }
    }
}
