//! `plugin.toml` as it is embedded: read with limits, since whoever wrote it is a stranger.
//!
//! Pure. Knows what a moderate file is; what one means is the contract's. Always holds: a text that a
//! person is shown has no character nobody sees, and nothing that comes in numbers comes without end.

use plugin_api::{Manifest, Title};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::one_line;

/// Largest `plugin.toml` that is read.
pub const MANIFEST_BYTES_MAX: usize = 256 * 1024;
/// Tables and arrays within each other.
pub const MANIFEST_DEPTH_MAX: usize = 16;
/// Entries of one table or array.
pub const MANIFEST_ENTRIES_MAX: usize = 500;
/// Bytes of one key.
pub const MANIFEST_KEY_BYTES_MAX: usize = 64;
/// Characters of one text.
pub const MANIFEST_TEXT_CHARS_MAX: usize = 4_000;
/// Problems that are named in one message.
const PROBLEMS_SHOWN_MAX: usize = 5;

/// Reads the bytes behind the marker; a C string's zeros at the end are no part of the text.
///
/// # Errors
/// What is wrong and what to do, in one line.
pub(in crate::plugins) fn parse(bytes: &[u8]) -> Result<Manifest, Title> {
    if MANIFEST_BYTES_MAX < bytes.len() {
        let count = bytes.len();
        return Err(Title::new(
            format!("它的 plugin.toml 有 {count} 字节，最多读 {MANIFEST_BYTES_MAX}；请缩短"),
            format!("its plugin.toml has {count} bytes, more than the {MANIFEST_BYTES_MAX} that are read; shorten it"),
        ));
    }
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let text = str::from_utf8(&bytes[..end]).map_err(|error| {
        let at = error.valid_up_to();
        Title::new(
            format!("它的 plugin.toml 在第 {at} 字节处不是 UTF-8；请存为 UTF-8"),
            format!("its plugin.toml is not UTF-8 at byte {at}; save it as UTF-8"),
        )
    })?;
    let misfit = |error: toml::de::Error| {
        let place = error.span().map_or_else(String::new, |span| place(text, span.start));
        let why = one_line(error.message());
        Title::new(
            format!("它的 plugin.toml{place} 写得不对：{why}；请改好后重新编译"),
            format!("its plugin.toml{place} does not fit: {why}; mend it and build again"),
        )
    };
    let table = DeTable::parse(text).map_err(misfit)?;
    check_moderate(text, table.get_ref())?;
    let manifest: Manifest = toml::from_str(text).map_err(misfit)?;
    let mut problems = manifest.problems();
    problems.extend(bad_asks(&manifest));
    if problems.is_empty() {
        return Ok(manifest);
    }
    let more = problems.len().saturating_sub(PROBLEMS_SHOWN_MAX);
    problems.truncate(PROBLEMS_SHOWN_MAX);
    let shown: Vec<String> = problems.iter().map(|problem| one_line(problem)).collect();
    let (zh_more, en_more) = match more {
        0 => (String::new(), String::new()),
        _ => (format!("；还有 {more} 处"), format!("; and {more} more")),
    };
    let shown = shown.join("; ");
    Err(Title::new(
        format!("它的 plugin.toml 自相矛盾：{shown}{zh_more}；请改好后重新编译"),
        format!("its plugin.toml does not fit itself: {shown}{en_more}; mend it and build again"),
    ))
}

fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&char| char != '\n').count() + 1;
    format!(":{line}:{column}")
}

/// Walks everything once, without recursion: how deep it goes is what is asked.
fn check_moderate(text: &str, table: &DeTable<'_>) -> Result<(), Title> {
    let mut open: Vec<(usize, Part<'_, '_>)> = vec![(1, Part::Table(table))];
    while let Some((depth, part)) = open.pop() {
        let (at, count) = match part {
            Part::Table(table) => (table.iter().next().map(|(key, _)| key.span().start), table.len()),
            Part::Value(value) => match value.get_ref() {
                DeValue::Array(array) => (Some(value.span().start), array.len()),
                DeValue::Table(table) => (Some(value.span().start), table.len()),
                DeValue::String(string) => {
                    check_text(string, MANIFEST_TEXT_CHARS_MAX)
                        .map_err(|why| at_place(text, value.span().start, &why))?;
                    continue;
                }
                _ => continue,
            },
        };
        let too_many = |zh: &str, en: &str, most: usize| {
            let why = Title::new(format!("{zh}超过 {most}"), format!("more than {most} {en}"));
            Err(at_place(text, at.unwrap_or(0), &why))
        };
        if MANIFEST_DEPTH_MAX < depth {
            return too_many("嵌套层数", "tables within each other", MANIFEST_DEPTH_MAX);
        }
        if MANIFEST_ENTRIES_MAX < count {
            return too_many("项数", "entries", MANIFEST_ENTRIES_MAX);
        }
        let entries = match part {
            Part::Table(table) => Some(table),
            Part::Value(value) => value.get_ref().as_table(),
        };
        for (key, value) in entries.into_iter().flatten() {
            check_key(key.get_ref()).map_err(|why| at_place(text, key.span().start, &why))?;
            open.push((depth + 1, Part::Value(value)));
        }
        if let Part::Value(value) = part
            && let DeValue::Array(array) = value.get_ref()
        {
            open.extend(array.iter().map(|value| (depth + 1, Part::Value(value))));
        }
    }
    Ok(())
}

/// Where the walk is.
#[derive(Clone, Copy)]
enum Part<'t, 'i> {
    Table(&'t DeTable<'i>),
    Value(&'t Spanned<DeValue<'i>>),
}

fn check_key(key: &str) -> Result<(), Title> {
    if MANIFEST_KEY_BYTES_MAX < key.len() {
        let bytes = key.len();
        return Err(Title::new(
            format!("有个键长 {bytes} 字节，最多 {MANIFEST_KEY_BYTES_MAX}"),
            format!("a key of {bytes} bytes, more than {MANIFEST_KEY_BYTES_MAX}"),
        ));
    }
    check_text(key, MANIFEST_KEY_BYTES_MAX)
}

fn check_text(text: &str, chars_max: usize) -> Result<(), Title> {
    if let Some(char) = text.chars().find(|&char| is_unseen(char)) {
        let code = u32::from(char);
        return Err(Title::new(format!("有看不见的字符 U+{code:04X}"), format!("the unseen character U+{code:04X}")));
    }
    if chars_max < text.len() && chars_max < text.chars().count() {
        return Err(Title::new(
            format!("有段文字超过 {chars_max} 字"),
            format!("a text of more than {chars_max} characters"),
        ));
    }
    Ok(())
}

fn at_place(text: &str, offset: usize, why: &Title) -> Title {
    let place = place(text, offset);
    Title::new(
        format!("它的 plugin.toml{place} {}；请改好后重新编译", why.zh),
        format!("its plugin.toml{place} has {}; mend it and build again", why.en),
    )
}

/// Controls, and what makes a text read as another: marks of direction, characters of no width.
fn is_unseen(char: char) -> bool {
    match char {
        '\t' | '\n' => false,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        char => char.is_control(),
    }
}

/// What it asks beyond the ordinary is shown to whoever trusts it: nothing but what the host knows.
fn bad_asks(manifest: &Manifest) -> impl Iterator<Item = String> + '_ {
    let is_known = |ask: &str| {
        let of = ask.strip_prefix("appoint:").or_else(|| ask.strip_prefix("place:"));
        let is_name = |name: &str| {
            !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        ask == "contacts" || of.is_some_and(is_name)
    };
    let unknown = manifest.asks.iter().filter(move |ask| !is_known(ask));
    unknown.map(|ask| format!("asks {ask:?}, which is none of \"contacts\", \"appoint:<role>\" and \"place:<level>\""))
}
