//! Amounts and overdrafts in words for people, the same from host and test double.

use crate::{Objection, Title};

/// An amount in its unit: fen of `CNY` as yuan with two places, anything else as it is.
///
/// ```
/// use plugin_api::ledger::amount_words;
/// assert_eq!(amount_words("CNY", -942_564).zh, "-9425.64 元");
/// assert_eq!(amount_words("points", 12).en, "12 points");
/// ```
pub fn amount_words(unit: &str, amount: i64) -> Title {
    match unit {
        "CNY" => {
            let sign = if amount < 0 { "-" } else { "" };
            let yuan = format!("{sign}{}.{:02}", amount.unsigned_abs() / 100, amount.unsigned_abs() % 100);
            Title::new(format!("{yuan} 元"), format!("{yuan} CNY"))
        }
        "points" => Title::new(format!("{amount} 分"), format!("{amount} points")),
        other => Title::new(format!("{amount} {other}"), format!("{amount} {other}")),
    }
}

/// Why a transfer is refused that takes more than there is: which account, what is on it, what was
/// to be taken, and what whoever acts can do.
pub fn overdrawn(account: &Title, unit: &str, balance: i64, amount: i64) -> Objection {
    let (has, wanted) = (amount_words(unit, balance), amount_words(unit, amount));
    Objection::new(
        format!(
            "账户“{}”余额 {}，不够支出 {}；请办理人核对金额，或先把应入账的款项登记入账",
            account.zh, has.zh, wanted.zh
        ),
        format!(
            "account {:?} holds {}, not the {} to be taken from it; check the amount, or book first what is still to come in",
            account.en, has.en, wanted.en
        ),
    )
}

/// An account in words: title of its class, then what it is of and its part.
pub fn account_words(class: &Title, of: Option<&Title>, part: Option<&str>) -> Title {
    let words = |class: &str, of: Option<&str>, space: &str, comma: &str, close: &str| {
        let of: Vec<&str> = of.into_iter().chain(part).collect();
        if of.is_empty() { class.to_owned() } else { format!("{class}{space}{}{close}", of.join(comma)) }
    };
    Title::new(
        words(&class.zh, of.map(|of| of.zh.as_str()), "（", "，", "）"),
        words(&class.en, of.map(|of| of.en.as_str()), " (", ", ", ")"),
    )
}
