//! Amounts moved between accounts: names and units by the manifests, balances by the ledger (I6).

use std::sync::Arc;

use plugin_api::ledger::{Account, account_words, check_transfer, is_reporter, overdrawn};
use plugin_api::manifest::AccountSpec;
use plugin_api::{Objection, Of, Title, Transfer};

use super::{Draft, Matters, wrong};
use crate::engine::books::Known;
use crate::engine::step::StepError;
use crate::ledger::{AccountName, Entry, Held, NotBooked, check_reversal};
use crate::routes::DeskIx;

impl Draft<'_> {
    /// Books a transfer; the same again does nothing.
    pub(super) fn transfer(&mut self, transfer: Transfer, from: &mut dyn Matters) -> Result<(), StepError> {
        let today = self.config.day_of(self.now_ms);
        check_transfer(self.manifest(), &transfer, today).map_err(wrong)?;
        let entry = Entry {
            desk: Arc::clone(&self.desk_name),
            key: transfer.key.as_str().into(),
            debit: self.name_of(&transfer.debit)?,
            credit: self.name_of(&transfer.credit)?,
            amount: transfer.amount,
            date: transfer.date,
            memo: transfer.memo.as_deref().map(Into::into),
            reverses: transfer.reverses.as_deref().map(Into::into),
        };
        if let Some(known) = self.known(&entry.key, from)? {
            let text = || format!("key {:?} was used for another transfer", entry.key);
            return if *known.entry == entry { Ok(()) } else { Err(wrong(text())) };
        }
        if let Some(undone) = &entry.reverses {
            let known = self.known(undone, from)?;
            let is_undone = known.as_ref().is_some_and(|known| known.is_undone);
            let checked = check_reversal(&entry, known.as_ref().map(|known| &*known.entry), is_undone);
            checked.map_err(|error| self.not_booked(error, &transfer))?;
        }
        self.load(&entry.debit, &transfer.debit, from)?;
        self.load(&entry.credit, &transfer.credit, from)?;
        self.bookings.ledger.book(&entry).map_err(|error| self.not_booked(error, &transfer))?;
        self.bookings.entries.push(Arc::new(entry));
        Ok(())
    }

    /// An earlier transfer of this desk, of this very step too.
    fn known(&self, key: &Arc<str>, from: &mut dyn Matters) -> Result<Option<Known>, StepError> {
        let found = self.bookings.entries.iter().find(|entry| entry.key == *key);
        let known = match found {
            Some(entry) => Some(Known { entry: Arc::clone(entry), is_undone: false }),
            None => from.entry(&self.desk_name, key)?,
        };
        let is_undone = self.bookings.entries.iter().any(|entry| entry.reverses.as_ref() == Some(key));
        Ok(known.map(|known| Known { is_undone: known.is_undone || is_undone, ..known }))
    }

    /// The desk whose class an account is of, and the class there.
    fn class_of(&self, account: &Account) -> Option<(DeskIx, &AccountSpec)> {
        let spec = self.spec();
        if let Some(own) = spec.manifest.account(&account.class) {
            return Some((self.desk, own));
        }
        let lent = spec.credits.get(&account.class)?;
        Some((lent.desk, self.config.desks[lent.desk.get()].manifest.account(&lent.name)?))
    }

    fn name_of(&self, account: &Account) -> Result<AccountName, StepError> {
        let lacks = || wrong(format!("account class {:?} stands for nothing in the config", account.class));
        let (desk, class) = self.class_of(account).ok_or_else(lacks)?;
        let desk = if desk == self.desk {
            Arc::clone(&self.desk_name)
        } else {
            self.config.desks[desk.get()].name.as_str().into()
        };
        Ok(AccountName {
            desk,
            class: class.class.as_str().into(),
            of: account.of.to_string().into(),
            part: account.part.as_deref().unwrap_or_default().into(),
        })
    }

    /// Puts an account into the step's ledger, as it was before the step.
    fn load(&mut self, name: &AccountName, account: &Account, from: &mut dyn Matters) -> Result<(), StepError> {
        if self.bookings.ledger.get(name).is_some() {
            return Ok(());
        }
        let (_, class) = self.class_of(account).expect("I6: an account was named by its class");
        let (unit, may_overdraw) = (class.unit.as_str(), class.may_overdraw);
        let held = match from.held(name)? {
            Some(held) if *held.unit != *unit => {
                return Err(wrong(format!("account {name} counts in {}, and its class now in {unit}", held.unit)));
            }
            Some(held) => Held { may_overdraw, ..held },
            None => {
                self.check_of(&account.of)?;
                Held { unit: unit.into(), may_overdraw, balance: 0 }
            }
        };
        self.bookings.ledger.put(name.clone(), held);
        Ok(())
    }

    /// What a new account is of must be there. One that was booked on before stays what it is, also
    /// when somebody has left the directory.
    fn check_of(&self, of: &Of) -> Result<(), StepError> {
        let directory = &self.config.directory;
        let is_there = match of {
            Of::Nothing | Of::Text(_) => true,
            Of::Place(place) => directory.place(place).is_some(),
            Of::Unit(unit) => directory.unit(unit).is_some(),
            Of::Person(person) => directory.person(person).is_some() || is_reporter(person.as_str()),
        };
        if is_there { Ok(()) } else { Err(wrong(format!("an account of {of}, which the district does not have"))) }
    }

    fn not_booked(&self, error: NotBooked, transfer: &Transfer) -> StepError {
        match error {
            NotBooked::Wrong(text) => wrong(text),
            NotBooked::Overdrawn { balance, unit } => {
                StepError::Refused(vec![self.refusal(&transfer.debit, balance, &unit, transfer.amount)])
            }
        }
    }

    fn refusal(&self, account: &Account, balance: i64, unit: &str, amount: i64) -> Objection {
        let class = self.class_of(account).map(|(_, class)| &class.title);
        let plain = |text: &str| Title::new(text, text);
        let directory = &self.config.directory;
        let title = |found: Option<Title>| Some(found.unwrap_or_else(|| plain(account.of.id())));
        let of = match &account.of {
            Of::Nothing => None,
            Of::Place(place) => title(directory.place(place).map(|place| place.title.clone())),
            Of::Unit(unit) => title(directory.unit(unit).map(|unit| unit.title.clone())),
            Of::Person(person) => title(directory.person(person).map(|person| plain(&person.name))),
            Of::Text(text) => Some(plain(text)),
        };
        let words = account_words(class.unwrap_or(&plain(&account.class)), of.as_ref(), account.part.as_deref());
        overdrawn(&words, unit, balance, amount)
    }
}
