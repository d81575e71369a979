//! What whoever put up a file is given for it, to name it in a form: the file, when, and a proof that this
//! district said so to them.
//!
//! Pure. Nothing is written down when a file is put up: the journal begins with the form that names it.
//! Always holds: nobody names a file that they did not put up themselves, by knowing its hash or otherwise; what was put up
//! without an account may be named without one, by whoever was given the ticket.

use plugin_api::PersonId;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use crate::code::keyed_hash;
use crate::limits::FILE_UNCLAIMED_MS;
use crate::plugins::Digest;

/// A picture that was put up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its name.
    pub sha256: Digest,
    /// The name of its small copy.
    pub small: Digest,
    /// Its bytes.
    pub bytes: u64,
    /// When, by the district's clock.
    pub at_ms: i64,
}

impl Ticket {
    /// As it is given to whoever put it up.
    pub fn give(&self, secret: &[u8; 32], by: Option<&PersonId>) -> String {
        let proof: String = self.proof(secret, by).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}.{proof}", self.text())
    }

    /// The ticket of a text, if it was given to this person, or to somebody without an account, within the day.
    pub fn find(text: &str, secret: &[u8; 32], by: Option<&PersonId>, now_ms: i64) -> Option<Ticket> {
        let (ticket, proof) = text.rsplit_once('.')?;
        let mut parts = ticket.split('.');
        let ticket = Ticket {
            sha256: parts.next()?.parse().ok()?,
            small: parts.next()?.parse().ok()?,
            bytes: parts.next()?.parse().ok()?,
            at_ms: parts.next()?.parse().ok()?,
        };
        let hex: Option<Vec<u8>> =
            (0..proof.len() / 2).map(|at| u8::from_str_radix(proof.get(2 * at..2 * at + 2)?, 16).ok()).collect();
        let hex = hex?;
        let is_for = |by| bool::from(hex.ct_eq(&ticket.proof(secret, by)[..]));
        let is_theirs = is_for(by) || is_for(None);
        let age_ms = now_ms.checked_sub(ticket.at_ms)?;
        (is_theirs && (0..=FILE_UNCLAIMED_MS).contains(&age_ms)).then_some(ticket)
    }

    /// As desks see it.
    pub fn value(&self) -> Value {
        json!({
            "sha256": self.sha256.to_string(), "kind": "photo", "bytes": self.bytes, "small": self.small.to_string()
        })
    }

    fn text(&self) -> String {
        let Ticket { sha256, small, bytes, at_ms } = self;
        format!("{sha256}.{small}.{bytes}.{at_ms}")
    }

    fn proof(&self, secret: &[u8; 32], by: Option<&PersonId>) -> [u8; 32] {
        let by = by.map_or("", PersonId::as_str);
        keyed_hash(secret, "file", format!("{}.{by}", self.text()).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Ticket;
    use crate::limits::FILE_UNCLAIMED_MS;
    use crate::plugins::Digest;

    #[test]
    fn a_ticket_is_good_for_whom_and_when_it_was_given() {
        let (secret, li, wang) = ([7; 32], "li".into(), "wang".into());
        let ticket = Ticket { sha256: Digest::from([1; 32]), small: Digest::from([2; 32]), bytes: 9, at_ms: 1_000 };
        let of_li = ticket.give(&secret, Some(&li));
        let find = |text: &str, by, now_ms| Ticket::find(text, &secret, by, now_ms);
        assert_eq!(find(&of_li, Some(&li), 1_000), Some(ticket));
        assert_eq!(find(&of_li, Some(&li), 1_000 + FILE_UNCLAIMED_MS), Some(ticket));
        assert_eq!(find(&of_li, Some(&li), 1_001 + FILE_UNCLAIMED_MS), None, "the day is over");
        assert_eq!(find(&of_li, Some(&li), 999), None, "from the time to come");
        assert_eq!(find(&of_li, Some(&wang), 1_000), None, "somebody else's");
        assert_eq!(find(&of_li, None, 1_000), None, "an account's, without one");
        assert_eq!(Ticket::find(&of_li, &[8; 32], Some(&li), 1_000), None, "another district's");
        assert_eq!(find(&of_li.replacen("01", "03", 1), Some(&li), 1_000), None, "another file");
        assert_eq!(find(&ticket.sha256.to_string(), Some(&li), 1_000), None, "a hash alone");
        let of_nobody = ticket.give(&secret, None);
        assert_eq!(find(&of_nobody, None, 1_000), Some(ticket));
        assert_eq!(find(&of_nobody, Some(&wang), 1_000), Some(ticket));
    }
}
