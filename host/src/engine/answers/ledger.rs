//! Balances, transfers and totals, in the words of the desk that asks.

use std::collections::BTreeMap;

use plugin_api::ledger::{Account, AccountFilter, After, Balance, Booked, Days, Total, TotalsBy, check_account};
use plugin_api::{Of, PlaceId};

use super::super::input::instant;
use super::{Asking, said};
use crate::ledger::AccountName;
use crate::limits::{AMOUNTS_AT_ONCE_MAX, AMOUNTS_MAX, PAGE_MAX, TOTALS_MAX, TRANSFER_ACCOUNTS_MAX};
use crate::store::ledger::{Side, Span, StoredAccount, StoredAmount, StoredTransfer};
use crate::store::{Reader, Renewed};

impl Asking<'_> {
    pub(super) fn balance(&self, account: &Account, reader: Reader<'_>) -> Result<i64, String> {
        check_account(&self.spec().manifest, account)?;
        let (desk, class) = self.class(&account.class)?;
        // As if nothing had been booked on it: the two must not be told apart (I11).
        if !self.shows(desk, class, &account.of) {
            return Ok(0);
        }
        let name = AccountName {
            desk: desk.into(),
            class: class.into(),
            of: account.of.to_string().into(),
            part: account.part.as_deref().unwrap_or_default().into(),
        };
        Ok(reader.held(&name).map_err(said)?.map_or(0, |held| held.balance))
    }

    pub(super) fn balances(
        &self,
        filter: &AccountFilter,
        after: Option<&Account>,
        reader: Reader<'_>,
    ) -> Result<Vec<Balance>, String> {
        let mut found = Vec::new();
        self.each_account(filter, after, reader, &mut |stored, _| {
            let account = named(&filter.class, &stored.of, &stored.part)?;
            found.push(Balance { account, balance: stored.balance });
            Ok(found.len() < PAGE_MAX as usize)
        })?;
        Ok(found)
    }

    pub(super) fn transfer(&self, key: &str, reader: Reader<'_>) -> Result<Option<Booked>, String> {
        let Some(stored) = reader.transfer(&self.spec().name, key).map_err(said)? else { return Ok(None) };
        let is_shown = |name: &AccountName| Ok::<_, String>(self.shows(&name.desk, &name.class, &name.of.parse()?));
        if !is_shown(&stored.entry.debit)? && !is_shown(&stored.entry.credit)? {
            return Ok(None);
        }
        self.booked(stored).map(Some)
    }

    pub(super) fn transfers(
        &self,
        filter: &AccountFilter,
        days: Days,
        after: Option<After>,
        reader: Reader<'_>,
    ) -> Result<Vec<Booked>, String> {
        let mut accounts = Vec::new();
        self.each_account(filter, None, reader, &mut |stored, _| {
            accounts.push(stored.id);
            Ok(accounts.len() <= TRANSFER_ACCOUNTS_MAX)
        })?;
        if TRANSFER_ACCOUNTS_MAX < accounts.len() {
            return Err(format!("more than {TRANSFER_ACCOUNTS_MAX} accounts of {:?} fit; ask for fewer", filter.class));
        }
        // In the order of days; a transfer between two of the accounts is one.
        let mut page: BTreeMap<After, StoredTransfer> = BTreeMap::new();
        for account in accounts {
            for stored in reader.transfers_of(account, days, after).map_err(said)? {
                page.insert(After { date: stored.entry.date, id: stored.id }, stored);
            }
            while (PAGE_MAX as usize) < page.len() {
                page.pop_last();
            }
        }
        page.into_values().map(|stored| self.booked(stored)).collect()
    }

    pub(super) fn totals(
        &self,
        filter: &AccountFilter,
        days: Days,
        by: &TotalsBy,
        reader: Reader<'_>,
    ) -> Result<Vec<Total>, String> {
        let mut totals: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        if *by == TotalsBy::All {
            totals.insert(String::new(), (0, 0));
        }
        self.each_account(filter, None, reader, &mut |stored, reading| {
            let key = self.total_key(&stored, by)?;
            reading.amounts(stored.id, days, &mut |side, amount| {
                let key = if *by == TotalsBy::Month { amount.date.get(..7).unwrap_or_default() } else { &key };
                // Found far more often than made.
                if !totals.contains_key(key) {
                    totals.insert(key.to_owned(), (0, 0));
                }
                let total = totals.get_mut(key).expect("it was put in above");
                let sum = if side == Side::Debit { &mut total.0 } else { &mut total.1 };
                let too_much = || "a total leaves the range of whole numbers".to_owned();
                *sum = sum.checked_add(amount.amount).ok_or_else(too_much)?;
                Ok(())
            })?;
            if TOTALS_MAX < totals.len() {
                return Err(format!("more than {TOTALS_MAX} totals of {:?}; ask for fewer", filter.class));
            }
            Ok(true)
        })?;
        Ok(totals.into_iter().map(|(key, (debit, credit))| Total { key, debit, credit }).collect())
    }

    fn total_key(&self, stored: &StoredAccount, by: &TotalsBy) -> Result<String, String> {
        Ok(match (by, stored.of.parse::<Of>()?) {
            (TotalsBy::All | TotalsBy::Month, _) => String::new(),
            (TotalsBy::Place(level), Of::Place(place)) => {
                let around = self.config.directory.place_at_level(&place, level);
                around.map_or_else(String::new, |place| place.id.to_string())
            }
            (TotalsBy::Place(_), _) => String::new(),
            (TotalsBy::Of, of) => of.id().to_owned(),
            (TotalsBy::Part, _) => stored.part.clone(),
        })
    }

    /// Hands every account that fits on until told to stop. Those of one page, and what is asked of
    /// them meanwhile, are read as of one instant.
    fn each_account(
        &self,
        filter: &AccountFilter,
        after: Option<&Account>,
        reader: Reader<'_>,
        each: &mut dyn FnMut(StoredAccount, &mut Reading<'_>) -> Result<bool, String>,
    ) -> Result<(), String> {
        let (desk, class) = self.class(&filter.class)?;
        let span = span(filter);
        let is_within = |stored: &StoredAccount| match &filter.within {
            None => true,
            Some(place) => stored.of.strip_prefix("place:").is_some_and(|of| place.covers(&PlaceId::from(of))),
        };
        // The next text in byte order; the first account of all may be of nothing and have no part.
        let behind = |of: String, part: &str| (of, format!("{part}\0"));
        let mut cursor = after.map_or_else(Default::default, |account| {
            behind(account.of.to_string(), account.part.as_deref().unwrap_or_default())
        });
        let is_shown = |stored: &StoredAccount| Ok::<_, String>(self.shows(desk, class, &stored.of.parse()?));
        loop {
            let mut reading = Reading::begin(reader)?;
            let page = reader.accounts((desk, class), &span, (&cursor.0, &cursor.1)).map_err(said)?;
            let is_last = page.len() < PAGE_MAX as usize;
            for stored in page {
                cursor = behind(stored.of.clone(), &stored.part);
                if is_within(&stored) && is_shown(&stored)? && !each(stored, &mut reading)? {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Whether an account is shown: its class is public, or what it is of may be seen.
    fn shows(&self, desk: &str, class: &str, of: &Of) -> bool {
        let owner = self.config.desk(desk).map(|owner| &self.config.desks[owner.get()].manifest);
        let is_public = owner.and_then(|manifest| manifest.account(class)).is_some_and(|spec| spec.public);
        is_public || self.sight.shows_account(of)
    }

    /// The desk and class that a word of the asking desk stands for.
    fn class<'s>(&'s self, word: &'s str) -> Result<(&'s str, &'s str), String> {
        let spec = self.spec();
        if spec.manifest.account(word).is_some() {
            return Ok((&spec.name, word));
        }
        let lent = spec.credits.get(word).ok_or_else(|| format!("account class {word:?} is not declared"))?;
        Ok((&self.config.desks[lent.desk.get()].name, &lent.name))
    }

    /// An account as the asking desk calls it.
    fn account(&self, name: &AccountName) -> Result<Account, String> {
        let spec = self.spec();
        let AccountName { desk, class, of, part } = name;
        if **desk == *spec.name {
            return named(class, of, part);
        }
        let is_meant =
            |lent: &crate::config::Lent| self.config.desks[lent.desk.get()].name == **desk && lent.name == **class;
        match spec.credits.iter().find(|(_, lent)| is_meant(lent)) {
            Some((word, _)) => named(word, of, part),
            None => named(&format!("{desk}/{class}"), of, part),
        }
    }

    fn booked(&self, stored: StoredTransfer) -> Result<Booked, String> {
        let StoredTransfer { id, entry, at_ms, reversed_by } = stored;
        Ok(Booked {
            id,
            desk: entry.desk.to_string(),
            key: entry.key.to_string(),
            debit: self.account(&entry.debit)?,
            credit: self.account(&entry.credit)?,
            amount: entry.amount,
            date: entry.date,
            at: instant(at_ms),
            memo: entry.memo.as_deref().map(str::to_owned),
            reverses: entry.reverses.as_deref().map(str::to_owned),
            reversed_by,
        })
    }
}

/// A read of several accounts as of one instant, as far as one read may go.
struct Reading<'r> {
    reader: Reader<'r>,
    renewed: Renewed<'r>,
}

impl<'r> Reading<'r> {
    fn begin(reader: Reader<'r>) -> Result<Reading<'r>, String> {
        Ok(Reading { reader, renewed: Renewed::begin(reader, AMOUNTS_AT_ONCE_MAX).map_err(said)? })
    }

    /// Hands on every amount that an account gave and got.
    fn amounts(
        &mut self,
        account: i64,
        days: Days,
        each: &mut dyn FnMut(Side, &StoredAmount) -> Result<(), String>,
    ) -> Result<(), String> {
        for side in [Side::Debit, Side::Credit] {
            let mut after = (String::new(), 0);
            loop {
                let page = self.reader.amounts_of(account, side, days, &after).map_err(said)?;
                page.iter().try_for_each(|amount| each(side, amount))?;
                self.renewed.count(page.len()).map_err(said)?;
                match page.last() {
                    Some(last) if page.len() == AMOUNTS_MAX => after = (last.date.clone(), last.id),
                    _ => break,
                }
            }
        }
        Ok(())
    }
}

fn named(class: &str, of: &str, part: &str) -> Result<Account, String> {
    let account = Account::new(class).of(of.parse()?);
    Ok(if part.is_empty() { account } else { account.part(part) })
}

/// The range of texts that holds all that can fit.
fn span(filter: &AccountFilter) -> Span {
    let of = match (&filter.of, &filter.within) {
        // The text that follows next in byte order.
        (Some(of), _) => (of.to_string(), Some(format!("{of}\0"))),
        // '0' follows '/': the place and all within it, and what merely begins alike.
        (None, Some(place)) => (format!("place:{place}"), Some(format!("place:{place}0"))),
        (None, None) => (String::new(), None),
    };
    Span { of, part: filter.part.clone().unwrap_or_default() }
}
