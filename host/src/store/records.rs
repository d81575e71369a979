//! Records of a collection, by range of keys.

use plugin_api::RecordRange;
use rusqlite::params;
use rusqlite::types::Value;

use super::{Reader, StoreError};
use crate::limits::PAGE_MAX;

impl Reader<'_> {
    /// Records within a range, in byte order of keys, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// When the database refuses.
    pub fn records(
        &self,
        desk: &str,
        collection: &str,
        range: &RecordRange,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "select key, record from record where desk = (select id from name where text = ?1)
                   and collection = (select id from name where text = ?2)
                   and key >= ?3 and key > ?4 and key < ?5 order by key limit ?6";
        let RecordRange { from, to, prefix, after, limit } = range;
        let first = from.max(prefix);
        let ends = to.clone().into_iter().chain(text_behind(prefix));
        let limit = limit.map_or(PAGE_MAX, |limit| limit.clamp(1, PAGE_MAX));
        let mut find = self.db().prepare_cached(sql)?;
        let values = params![desk, collection, first, after, end_or_none(ends.min()), limit];
        let rows = find.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The end of a range of texts as a value. Where there is none it is bytes, which come after every
/// text: so the same statement goes along the index either way.
pub(super) fn end_or_none(end: Option<String>) -> Value {
    end.map_or_else(|| Value::Blob(Vec::new()), Value::Text)
}

/// The first text that comes after all that start with this one, in byte order; none if nothing does.
fn text_behind(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // There is a gap in the characters, where UTF-16 has its halves.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::text_behind;

    #[test]
    fn the_text_behind_a_prefix() {
        let cases = [
            ("", None),
            ("a", Some("b")),
            ("2026-03/", Some("2026-030")),
            ("路", Some("跰")),
            ("a\u{7f}", Some("a\u{80}")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ];
        for (prefix, behind) in cases {
            assert_eq!(text_behind(prefix).as_deref(), behind, "{prefix:?}");
        }
    }
}
