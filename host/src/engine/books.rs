//! What a batch has read and moved of the ledger, until it is committed.
//!
//! Balances are values here, as matters are: written once a batch, however often they moved.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::step::StepError;
use crate::ledger::{AccountName, Entry, Held, Ledger};
use crate::store::rows::{AccountRow, TransferRow, WriteSet};
use crate::store::seal::booked;
use crate::store::{Store, StoreError};

/// Desk and key of a transfer.
type EntryName = (Arc<str>, Arc<str>);

/// A transfer, and whether another has undone it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub entry: Arc<Entry>,
    pub is_undone: bool,
}

/// Where accounts and transfers come from that a step did not book itself.
pub(super) trait Accounts {
    /// What is on an account as before the step.
    fn held(&mut self, name: &AccountName) -> Result<Option<Held>, StepError>;
    /// The transfer that a desk booked under a key before the step.
    fn entry(&mut self, desk: &Arc<str>, key: &Arc<str>) -> Result<Option<Known>, StepError>;
}

/// What a step books.
#[derive(Debug, Default)]
pub(super) struct Bookings {
    /// Accounts as left so far.
    pub ledger: Ledger,
    /// Transfers in order.
    pub entries: Vec<Arc<Entry>>,
}

/// An account in the batch.
#[derive(Clone, Debug)]
struct Page {
    held: Held,
    /// What the store has.
    written: i64,
    is_new: bool,
    is_dirty: bool,
}

impl Page {
    /// The row of it; from then on the store has what is here.
    fn write(&mut self, name: &AccountName) -> AccountRow {
        let Page { held, written, is_new, .. } = self;
        let row = AccountRow { name: name.clone(), held: held.clone(), before: *written, is_new: *is_new };
        self.written = self.held.balance;
        self.is_new = false;
        self.is_dirty = false;
        row
    }
}

/// The ledger's part of a batch.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Ordered, so that writing is.
    accounts: BTreeMap<AccountName, Page>,
    /// New ones, step by step: they are numbered in this order, however the steps fall into batches (I4).
    opened: Vec<AccountName>,
    entries: HashMap<EntryName, Known>,
    unwritten: Vec<TransferRow>,
    /// How many of these a row of the journal seals.
    sealed: usize,
}

impl Books {
    /// What is on an account, if anything was ever booked on it.
    pub fn held(&mut self, store: &Store, name: &AccountName) -> Result<Option<Held>, StoreError> {
        if let Some(page) = self.accounts.get(name) {
            return Ok(Some(page.held.clone()));
        }
        let Some(held) = store.reader().held(name)? else { return Ok(None) };
        let page = Page { written: held.balance, held: held.clone(), is_new: false, is_dirty: false };
        self.accounts.insert(name.clone(), page);
        Ok(Some(held))
    }

    /// The transfer that a desk booked under a key.
    pub fn entry(&mut self, store: &Store, desk: &Arc<str>, key: &Arc<str>) -> Result<Option<Known>, StoreError> {
        let name = (Arc::clone(desk), Arc::clone(key));
        if let Some(known) = self.entries.get(&name) {
            return Ok(Some(known.clone()));
        }
        let Some(stored) = store.reader().transfer(desk, key)? else { return Ok(None) };
        let known = Known { entry: Arc::new(stored.entry), is_undone: stored.reversed_by.is_some() };
        self.entries.insert(name, known.clone());
        Ok(Some(known))
    }

    /// Takes over what a sound step has booked.
    pub fn absorb(&mut self, bookings: Bookings, input: u64, at_ms: i64) {
        for (name, held) in bookings.ledger.into_accounts() {
            match self.accounts.get_mut(&name) {
                Some(page) => {
                    page.held = held;
                    page.is_dirty = true;
                }
                None => {
                    self.opened.push(name.clone());
                    self.accounts.insert(name, Page { held, written: 0, is_new: true, is_dirty: true });
                }
            }
        }
        for entry in bookings.entries {
            if let Some(undone) = &entry.reverses
                && let Some(known) = self.entries.get_mut(&(Arc::clone(&entry.desk), Arc::clone(undone)))
            {
                known.is_undone = true;
            }
            let name = (Arc::clone(&entry.desk), Arc::clone(&entry.key));
            self.entries.insert(name, Known { entry: Arc::clone(&entry), is_undone: false });
            let unit = Arc::clone(&self.accounts[&entry.debit].held.unit);
            self.unwritten.push(TransferRow { entry, unit, input, at_ms, row: 0 });
        }
    }

    /// Whether something was booked that no row of the journal seals yet.
    pub fn has_unsealed(&self) -> bool {
        self.sealed < self.unwritten.len()
    }

    /// Seals that with a row: gives what binds it, if there is anything.
    pub fn seal(&mut self, row: u64) -> Option<[u8; 32]> {
        if !self.has_unsealed() {
            return None;
        }
        let transfers = &mut self.unwritten[self.sealed..];
        transfers.iter_mut().for_each(|transfer| transfer.row = row);
        self.sealed += transfers.len();
        Some(booked(transfers.iter()))
    }

    /// Moves what is not yet written into a set.
    pub fn collect(&mut self, set: &mut WriteSet) {
        if self.unwritten.is_empty() {
            return;
        }
        set.transfers.append(&mut self.unwritten);
        for name in std::mem::take(&mut self.opened) {
            if let Some(page) = self.accounts.get_mut(&name) {
                set.accounts.push(page.write(&name));
            }
        }
        self.sealed = 0;
        for (name, page) in self.accounts.iter_mut().filter(|(_, page)| page.is_dirty) {
            set.accounts.push(page.write(name));
        }
    }
}
