//! The seal of a journal row: a hash that chains it to the row before.
//!
//! Pure: from what a row says to 32 bytes, the same way for who writes, who verifies and who exports.
//! A row is hashed by what it says, names as words and not by the store's own numbers for them, so
//! that somebody without the store can compute it too:
//!
//! ```text
//! seal  = SHA-256("hongling seal 1\n" ‖ seal of the row before ‖ field(sort) ‖ field(…) ‖ …)
//! field = length in 4 bytes, highest first ‖ the bytes of its text
//! ```
//!
//! The sort is `input` or `event`; the fields are those of [`Row::each`], in that order. A number's
//! text is its decimal digits, a hash's its hexadecimal digits in lower case; for a field that says
//! nothing the length is `ff ff ff ff`, and no bytes follow. The first row follows 32 zero bytes.
//!
//! What a step booked is sealed with one row: that of its input, where it was the input's first step,
//! else the last event it said. The field `booked` of that row says nothing where nothing was booked,
//! else
//!
//! ```text
//! booked = SHA-256("hongling transfers 1\n" ‖ the fields of each transfer, in the order they were booked)
//! ```
//!
//! with the fields of [`TRANSFER_FIELDS`], in that order.
//!
//! Always holds (I4): no row can be changed, left out, put in or moved without another seal from
//! there on. That the last rows are missing, or that all were written anew, shows only against a seal
//! that somebody kept elsewhere.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::StoreError;
use super::rows::{EventRow, InputRow, TransferRow, WriteSet, kind_word};
use crate::ledger::{AccountName, Entry};

/// What a seal begins with, so that it is no hash of anything else.
const DOMAIN: &[u8] = b"hongling seal 1\n";
/// What `booked` begins with.
const TRANSFERS_DOMAIN: &[u8] = b"hongling transfers 1\n";
/// Length of a field that says nothing.
const NOTHING: [u8; 4] = [0xff; 4];

/// The hash of a row and, through the rows before, of all of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seal(pub [u8; 32]);

impl Seal {
    /// What the first row follows.
    pub const NONE: Seal = Seal([0; 32]);
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl FromStr for Seal {
    type Err = ();

    fn from_str(text: &str) -> Result<Seal, ()> {
        let mut seal = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(());
        }
        for (byte, digits) in seal.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| ())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ())?;
        }
        Ok(Seal(seal))
    }
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// What binds words to their row without being them: SHA-256(salt ‖ words).
pub fn commitment(salt: &[u8], words: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(words).finalize().into()
}

/// What a field of a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// Words.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A hash.
    Hash(&'a [u8; 32]),
    /// Nothing.
    Nothing,
}

impl<'a> Field<'a> {
    fn text(text: Option<&'a impl AsRef<str>>) -> Field<'a> {
        text.map_or(Field::Nothing, |text| Field::Text(text.as_ref()))
    }

    fn hash(hash: Option<&'a [u8; 32]>) -> Field<'a> {
        hash.map_or(Field::Nothing, Field::Hash)
    }

    /// Numbers of the journal are counted up from one: none is ever near the sign.
    fn number(number: u64) -> Field<'a> {
        Field::Number(number.cast_signed())
    }
}

/// A row of the journal, as it is sealed.
pub trait Row {
    /// Its sort.
    const SORT: &'static str;

    /// Names of its fields, in the order they are hashed.
    const FIELDS: &'static [&'static str];

    /// Its number.
    fn seq(&self) -> u64;

    /// Hands on each field, in that order.
    fn each<'a>(&'a self, take: impl FnMut(Field<'a>));
}

impl Row for InputRow {
    const SORT: &'static str = "input";
    const FIELDS: &'static [&'static str] =
        &["seq", "at", "kind", "by", "desk", "name", "matter", "config", "commitment", "original", "booked"];

    fn seq(&self) -> u64 {
        self.seq
    }

    fn each<'a>(&'a self, mut take: impl FnMut(Field<'a>)) {
        take(Field::number(self.seq));
        take(Field::Number(self.at_ms));
        take(Field::Text(kind_word(self.kind)));
        take(Field::text(self.by.as_ref()));
        take(Field::text(self.desk.as_ref()));
        take(Field::Text(&self.name));
        take(self.matter.map_or(Field::Nothing, Field::number));
        take(Field::number(self.config));
        take(Field::hash(self.commitment.as_ref()));
        take(Field::hash(self.original.as_ref()));
        take(Field::hash(self.booked.as_ref()));
    }
}

impl Row for EventRow {
    const SORT: &'static str = "event";
    const FIELDS: &'static [&'static str] = &[
        "seq",
        "input",
        "at",
        "matter",
        "stay",
        "topic",
        "desk",
        "by",
        "route",
        "facts",
        "commitment",
        "prev",
        "booked",
    ];

    fn seq(&self) -> u64 {
        self.seq
    }

    fn each<'a>(&'a self, mut take: impl FnMut(Field<'a>)) {
        take(Field::number(self.seq));
        take(Field::number(self.input));
        take(Field::Number(self.at_ms));
        take(Field::number(self.matter));
        take(Field::Number(self.stay.into()));
        take(Field::Text(&self.topic));
        take(Field::Text(&self.desk));
        take(Field::text(self.by.as_ref()));
        take(Field::text(self.route.as_ref()));
        take(Field::text(self.facts.as_ref()));
        take(Field::hash(self.commitment.as_ref()));
        take(Field::number(self.prev));
        take(Field::hash(self.booked.as_ref()));
    }
}

/// Names of a transfer's fields, in the order they are hashed: who booked it under which key, the
/// account that gave and the one that got, how much of what, for which day, when and because of which
/// input, what for, and which one it undid.
pub const TRANSFER_FIELDS: [&str; 17] = [
    "desk",
    "key",
    "debit_desk",
    "debit_class",
    "debit_of",
    "debit_part",
    "credit_desk",
    "credit_class",
    "credit_of",
    "credit_part",
    "amount",
    "unit",
    "date",
    "at",
    "input",
    "memo",
    "reverses",
];

impl TransferRow {
    /// Hands on each field, in that order.
    pub fn each(&self, mut take: impl FnMut(Field<'_>)) {
        let Entry { desk, key, debit, credit, amount, date, memo, reverses } = &*self.entry;
        take(Field::Text(desk));
        take(Field::Text(key));
        for AccountName { desk, class, of, part } in [debit, credit] {
            [desk, class, of, part].into_iter().for_each(|text| take(Field::Text(text)));
        }
        take(Field::Number(*amount));
        take(Field::Text(&self.unit));
        take(Field::Text(&date.to_string()));
        take(Field::Number(self.at_ms));
        take(Field::number(self.input));
        take(Field::text(memo.as_ref()));
        take(Field::text(reverses.as_ref()));
    }
}

/// What binds transfers to the row of the journal that they were booked in.
pub fn booked<'t>(transfers: impl Iterator<Item = &'t TransferRow>) -> [u8; 32] {
    let mut bytes = TRANSFERS_DOMAIN.to_vec();
    transfers.for_each(|transfer| transfer.each(|field| put(&mut bytes, field)));
    Sha256::digest(&bytes).into()
}

/// The last row so far, and what the next one continues.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// Number of the last row; 0 before the first.
    pub seq: u64,
    /// Its seal.
    pub seal: Seal,
    bytes: Vec<u8>,
}

impl Chain {
    /// A chain that ends at this row.
    pub fn at(seq: u64, seal: Seal) -> Chain {
        Chain { seq, seal, bytes: Vec::new() }
    }

    /// The seal of a row that would come next. The chain stays as it is.
    pub fn seal_of<R: Row>(&mut self, row: &R) -> Seal {
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.extend_from_slice(DOMAIN);
        bytes.extend_from_slice(&self.seal.0);
        put(bytes, Field::Text(R::SORT));
        row.each(|field| put(bytes, field));
        Seal(Sha256::digest(&*bytes).into())
    }

    fn add<R: Row>(&mut self, row: &R) -> Result<Seal, StoreError> {
        if row.seq() != self.seq + 1 {
            let (seq, last) = (row.seq(), self.seq);
            return Err(StoreError::Damaged(format!("I4: row {seq} of the journal would follow row {last}")));
        }
        self.seal = self.seal_of(row);
        self.seq = row.seq();
        Ok(self.seal)
    }

    /// Seals the journal rows of a set, in one pass over inputs and events by their numbers.
    pub(super) fn seal(&mut self, set: &mut WriteSet) -> Result<(), StoreError> {
        let (mut inputs, mut events) = (set.inputs.iter_mut().peekable(), set.events.iter_mut().peekable());
        loop {
            let next_input = inputs.peek().map_or(u64::MAX, |row| row.seq);
            let next_event = events.peek().map_or(u64::MAX, |row| row.seq);
            if next_input < next_event {
                let Some(row) = inputs.next() else { return Ok(()) };
                row.seal = self.add(row)?;
            } else {
                let Some(row) = events.next() else { return Ok(()) };
                row.seal = self.add(row)?;
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, field: Field<'_>) {
    let begin = bytes.len();
    bytes.extend_from_slice(&NOTHING);
    match field {
        Field::Nothing => return,
        Field::Text(text) => bytes.extend_from_slice(text.as_bytes()),
        Field::Number(number) => write!(bytes, "{number}").expect("memory takes any bytes"),
        Field::Hash(hash) => hash.iter().for_each(|byte| bytes.extend_from_slice(&HEX[usize::from(*byte)])),
    }
    let length = u32::try_from(bytes.len() - begin - NOTHING.len()).expect("I12: no field is near 4 GiB");
    bytes[begin..begin + NOTHING.len()].copy_from_slice(&length.to_be_bytes());
}

/// Two digits for each byte: formatting them one by one took half of a row's time.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut all = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    all
};

#[cfg(test)]
mod tests;
