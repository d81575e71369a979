//! Texts that a spreadsheet would run instead of show.

use std::borrow::Cow;

/// The text, with a `'` before it where a spreadsheet would take it for a formula: what a resident
/// writes must not run on a clerk's machine.
pub fn guard(text: &str) -> Cow<'_, str> {
    // Some programs read the wide forms as the narrow ones.
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}
