//! A matter of the store as a row of the index.
//!
//! Pure. Always holds: a row depends on the matter, its clocks and the config alone, so whoever makes it
//! again has the same digest.

use plugin_api::{MatterId, PlaceId};
use sha2::{Digest as _, Sha256};

use super::terms::{Terms, terms};
use super::words::normal;
use crate::clock::Standing;
use crate::config::Config;
use crate::limits::SEARCH_TEXT_CHARS_MAX;
use crate::matter::{Body, Head};
use crate::store::follow::Whole;
use crate::store::index::IndexRow;
use crate::store::{StoreError, parse_head};

/// The row of a matter.
///
/// # Errors
/// When head or words do not read back: the store is damaged.
pub fn row(config: &Config, whole: &Whole) -> Result<IndexRow, StoreError> {
    let head = parse_head(&whole.head)?;
    let body: Body = serde_json::from_str(&whole.body)
        .map_err(|error| StoreError::Damaged(format!("words of matter {}: {error}", head.id)))?;
    let opened_ms = head.opened.as_millisecond();
    let closed = whole.closed_ms.map(|closed_ms| config.day_of(closed_ms));
    let Terms { areas, counted, others } = terms(config, &head, config.day_of(opened_ms), closed);
    let lamps = Standing::lamps_from(config, &head, &whole.clocks);
    // The first due instant does not hang on when it is asked for.
    let standing = Standing::of(config, &head, &whole.clocks, head.opened);
    let mut row = IndexRow {
        id: head.id.0,
        digest: 0,
        number: head.number.to_string(),
        title: body.title.clone(),
        status: crate::store::status_number(head.status),
        due_ms: standing.due.map(|due| due.at.as_millisecond()),
        changed_ms: whole.changed_ms.unwrap_or(opened_ms),
        lamp_from_ms: lamps.map(|from| from.map(|from| from.as_millisecond())),
        areas,
        counted,
        others,
        text: text(config, &head, &body),
    };
    row.digest = digest(&row);
    Ok(row)
}

/// All words of a matter, as they are looked for.
fn text(config: &Config, head: &Head, body: &Body) -> String {
    let place = place_title(config, &head.place);
    let parts = [Some(body.title.as_str()), Some(&head.number), place, body.address.as_deref(), body.source.as_deref()];
    let mut text = String::new();
    for part in parts.into_iter().flatten().chain([body.text.as_str()]) {
        text.push_str(part);
        text.push('\n');
    }
    normal(&text).chars().take(SEARCH_TEXT_CHARS_MAX).collect()
}

fn place_title<'c>(config: &'c Config, place: &PlaceId) -> Option<&'c str> {
    config.directory.place(place).map(|place| place.title.zh.as_str())
}

fn digest(row: &IndexRow) -> i64 {
    let IndexRow {
        id,
        digest: _,
        number,
        title,
        status,
        due_ms,
        changed_ms,
        lamp_from_ms,
        areas,
        counted,
        others,
        text,
    } = row;
    let values = (MatterId(*id), number, title, status, due_ms, changed_ms, lamp_from_ms, areas, counted, others, text);
    let bytes = serde_json::to_vec(&values).expect("a row is plain JSON");
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    i64::from_le_bytes(hash[..8].try_into().expect("32 bytes have eight"))
}
