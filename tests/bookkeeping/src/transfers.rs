//! Rows of a form become transfers.

use jiff::civil::Date;
use plugin_api::ledger::Account;
use plugin_api::{Effects, Fault, Transfer};
use serde::Deserialize;

/// A transfer as it is written down.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    key: String,
    from: String,
    to: String,
    amount: i64,
    /// A date; the step's day without it.
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    memo: Option<String>,
    #[serde(default)]
    reverses: Option<String>,
}

/// Books them in order.
pub(crate) fn book(rows: Vec<Row>, today: Date) -> Result<Effects, Fault> {
    let mut effects = Effects::new();
    for row in rows {
        let date = match &row.date {
            Some(text) => text.parse().map_err(|_| Fault::failed(format!("{text:?} is no date")))?,
            None => today,
        };
        let (from, to) = (parse_account(&row.from)?, parse_account(&row.to)?);
        let transfer = Transfer::new(row.key, row.amount, date, from, to);
        effects = effects.transfer(Transfer { memo: row.memo, reverses: row.reverses, ..transfer });
    }
    Ok(effects)
}

/// `class`, `class(of)` or `class(of, part)`, as accounts are shown.
fn parse_account(text: &str) -> Result<Account, Fault> {
    let Some((class, named)) = text.split_once('(') else { return Ok(Account::new(text)) };
    let named = named.strip_suffix(')').ok_or_else(|| Fault::failed(format!("{text:?} is no account")))?;
    let (of, part) = named.split_once(", ").map_or((named, None), |(of, part)| (of, Some(part)));
    let account = Account::new(class).of(of.parse().map_err(Fault::failed)?);
    Ok(part.map_or(account.clone(), |part| account.part(part)))
}
