//! Whether a transfer fits its manifest, balances apart.

use jiff::civil::Date;

use super::{
    ACCOUNT_OF_BYTES_MAX, Account, MEMO_CHARS_MAX, Of, TRANSFER_KEY_BYTES_MAX, TRANSFER_YEARS_AHEAD_MAX,
    TRANSFER_YEARS_BACK_MAX, Transfer,
};
use crate::Manifest;
use crate::manifest::{AccountKey, Class};

/// Checks what needs no balance: names, units, amount, day, lengths.
///
/// # Errors
/// What does not fit, for the desk's author.
pub fn check_transfer(manifest: &Manifest, transfer: &Transfer, today: Date) -> Result<(), String> {
    let key = &transfer.key;
    check_text("a transfer's key", key, TRANSFER_KEY_BYTES_MAX)?;
    if transfer.amount < 1 {
        return Err(format!("transfer {key:?} moves {}, not at least 1", transfer.amount));
    }
    check_date(key, transfer.date, today)?;
    if let Some(memo) = &transfer.memo {
        let chars = memo.chars().count();
        if MEMO_CHARS_MAX < chars {
            return Err(format!("the memo of transfer {key:?} has {chars} characters, at most {MEMO_CHARS_MAX}"));
        }
    }
    let debit = check_account(manifest, &transfer.debit)?;
    let credit = check_account(manifest, &transfer.credit)?;
    if !debit.is_own && transfer.reverses.is_none() {
        let class = &transfer.debit.class;
        return Err(format!("I6: transfer {key:?} debits {class:?}, an account class of another desk"));
    }
    if debit.unit != credit.unit {
        return Err(format!("transfer {key:?} moves {} to an account in {}", debit.unit, credit.unit));
    }
    if transfer.debit == transfer.credit {
        return Err(format!("transfer {key:?} goes from {} to itself", transfer.debit));
    }
    match &transfer.reverses {
        Some(reverses) => check_text("a reversed transfer's key", reverses, TRANSFER_KEY_BYTES_MAX),
        None => Ok(()),
    }
}

fn check_date(key: &str, date: Date, today: Date) -> Result<(), String> {
    let (first, last) = (today.year() - TRANSFER_YEARS_BACK_MAX, today.year() + TRANSFER_YEARS_AHEAD_MAX);
    if (first..=last).contains(&date.year()) {
        Ok(())
    } else {
        Err(format!("transfer {key:?} belongs to {date}, not to the years {first} to {last}"))
    }
}

/// Checks that an account is one of a declared class, own or credited, and gives the class.
///
/// # Errors
/// What does not fit, for the desk's author.
pub fn check_account<'m>(manifest: &'m Manifest, account: &Account) -> Result<Class<'m>, String> {
    let class = &account.class;
    let spec = manifest.class(class).ok_or_else(|| format!("account class {class:?} is not declared"))?;
    let key = match &account.of {
        Of::Nothing => AccountKey::None,
        Of::Place(_) => AccountKey::Place,
        Of::Person(_) => AccountKey::Person,
        Of::Unit(_) => AccountKey::Unit,
        Of::Text(_) => AccountKey::Text,
    };
    if key != spec.key {
        return Err(format!("an account {class:?} is of {}, not of {}", spec.key, key));
    }
    if account.of != Of::Nothing {
        check_text("what an account is of", account.of.id(), ACCOUNT_OF_BYTES_MAX)?;
    }
    match (&account.part, spec.parts) {
        (Some(part), true) => check_text("the part of an account", part, ACCOUNT_OF_BYTES_MAX)?,
        (None, true) => return Err(format!("an account {class:?} names its part")),
        (Some(part), false) => return Err(format!("an account {class:?} has no parts, and {part:?} is given")),
        (None, false) => {}
    }
    Ok(spec)
}

/// Whether an id is that of somebody known only by a contact: `r` and the number of an input.
pub fn is_reporter(person: &str) -> bool {
    let rest = person.strip_prefix('r').unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

fn check_text(what: &str, text: &str, bytes_max: usize) -> Result<(), String> {
    if text.is_empty() || bytes_max < text.len() {
        return Err(format!("{what} has {} bytes, not 1 to {bytes_max}", text.len()));
    }
    // They stand in lists and logs, one a line.
    if text.chars().any(char::is_control) {
        return Err(format!("{what} holds a control character: {text:?}"));
    }
    Ok(())
}
