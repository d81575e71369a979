//! The journal written out for somebody who has no Hongling: one JSON object a line.
//!
//! ```text
//! {"format":"hongling journal 1","epoch":1,"input":["seq","at",…],"event":["seq","input",…],"transfer":["desk","key",…]}
//! {"row":"input","seq":1,"at":1772413200000,"kind":"switch","name":"config",…,"seal":"5f…"}
//! {"row":"event","seq":2,"input":1,…,"commitment":"a0…","booked":"77…","seal":"9c…","salt":"31…","body":"{…}","transfers":[{"desk":"till",…}]}
//! {"end":2,"seal":"9c…"}
//! ```
//!
//! The first line names the fields of each sort of row, and of a transfer, in the order they are sealed;
//! a field that is not there says nothing. How a seal is computed stands in [`crate::store::seal`], and
//! how `booked` is computed from the transfers; where there is a body, SHA-256(salt ‖ body) is the
//! commitment. Bodies and transfers hold what people wrote, so they are written only when asked for.
//! The last line ends the journal: without it the file was cut off.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::store::ledger::{Booked, Bookings};
use crate::store::rows::{EventRow, InputRow};
use crate::store::seal::{Field, Row, Seal, TRANSFER_FIELDS};
use crate::store::sealed::{Salted, Sealed, SealedRow};
use crate::store::{Reader, StoreError};

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where it was to be written.
    #[error("cannot be written: {0}")]
    Out(#[from] io::Error),
}

/// Whether what people wrote is written too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Only the rows: no words, only what binds them.
    Without,
    /// With bodies and salts.
    With,
}

/// Writes the journal as it stands; gives its last number and seal.
///
/// # Errors
/// When the store cannot be read or the file not written.
pub fn export(reader: Reader<'_>, words: Words, out: &mut dyn Write) -> Result<(u64, Seal), NotExported> {
    let head = json!({
        "format": "hongling journal 1", "epoch": reader.epoch()?, "input": InputRow::FIELDS, "event": EventRow::FIELDS,
        "transfer": TRANSFER_FIELDS,
    });
    writeln!(out, "{head}")?;
    let mut bookings = Bookings::new(reader);
    let mut last = (0, Seal::NONE);
    loop {
        let page = reader.sealed(last.0)?;
        if page.rows.is_empty() {
            break;
        }
        for sealed in &page.rows {
            let (mut line, seal) = line_of(sealed)?;
            if words == Words::With {
                add_words(&mut line, sealed, &mut bookings)?;
            }
            writeln!(out, "{}", Value::Object(line))?;
            last = (sealed.seq, seal);
        }
    }
    writeln!(out, "{}", json!({ "end": last.0, "seal": last.1.to_string() }))?;
    Ok(last)
}

fn line_of(sealed: &Sealed) -> Result<(Map<String, Value>, Seal), StoreError> {
    let (mut line, seal) = match &sealed.row {
        SealedRow::Input(row) => (fields_of(row), row.seal),
        SealedRow::Event(row) => (fields_of(row), row.seal),
        SealedRow::Unreadable(why) => {
            return Err(StoreError::Damaged(format!("row {} of the journal: {why}", sealed.seq)));
        }
    };
    line.insert("seal".into(), seal.to_string().into());
    Ok((line, seal))
}

/// What people wrote in a row, and what was booked in it.
fn add_words(line: &mut Map<String, Value>, sealed: &Sealed, bookings: &mut Bookings<'_>) -> Result<(), StoreError> {
    if let Some(Salted { salt, bytes }) = &sealed.body {
        let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
        line.insert("salt".into(), salt.into());
        line.insert("body".into(), String::from_utf8_lossy(bytes).into());
    }
    let mut transfers = Vec::new();
    while let Some(Booked { id, transfer, .. }) = bookings.next_up_to(sealed.seq)? {
        let transfer = transfer.map_err(|why| StoreError::Damaged(format!("transfer {id}: {why}")))?;
        let mut names = TRANSFER_FIELDS.iter();
        let mut fields = Map::new();
        transfer.each(|field| put(&mut fields, names.next().expect("every field has a name"), field));
        transfers.push(Value::Object(fields));
    }
    if !transfers.is_empty() {
        line.insert("transfers".into(), transfers.into());
    }
    Ok(())
}

fn fields_of<R: Row>(row: &R) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("row".into(), R::SORT.into());
    let mut names = R::FIELDS.iter();
    row.each(|field| put(&mut line, names.next().expect("every field has a name"), field));
    line
}

fn put(line: &mut Map<String, Value>, name: &str, field: Field<'_>) {
    let value = match field {
        Field::Nothing => return,
        Field::Text(text) => text.into(),
        Field::Number(number) => number.into(),
        Field::Hash(hash) => Seal(*hash).to_string().into(),
    };
    line.insert(name.into(), value);
}
