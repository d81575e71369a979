//! Words as they are looked for: one width, one case, cut into what a search can find.
//!
//! Pure. Chinese has no spaces, and cutting it into words takes a dictionary that knows no place names:
//! so what is indexed are pairs of characters, and the last of a run alone. Always holds: a query is
//! letters, digits and characters that mean themselves, so no query is ever an error.

use std::collections::BTreeSet;

use crate::limits::{SEARCH_CHARS_MAX, SEARCH_TOKENS_MAX, SEARCH_WORD_CHARS_MAX};

/// A text in one width and case: full-width letters and digits are plain ones.
pub fn normal(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    });
    plain.flat_map(char::to_lowercase).collect()
}

/// All tokens of a normal text, one space between two.
pub fn tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut push = |token: &str| {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(token);
    };
    for run in runs(text) {
        match run {
            Run::Word(word) => {
                push(&word);
                let short = word.trim_start_matches('0');
                // `000042` is found by `42`.
                if short.len() < word.len() && !short.is_empty() {
                    push(short);
                }
            }
            Run::Characters(characters) => {
                pairs(&characters).for_each(|pair| push(&pair));
                push(&characters[characters.len() - 1].to_string());
            }
        }
    }
    out
}

/// What a text is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It has nothing but spaces: everything is found.
    All,
    /// It has nothing that could be found.
    Nothing,
    /// The full text's own language: all of these tokens.
    Of(String),
}

/// A query in the full text's own language: all of its pairs, its single characters anywhere, its words
/// as beginnings of words.
pub fn wanted(query: &str) -> Wanted {
    if query.trim().is_empty() {
        return Wanted::All;
    }
    let query: String = normal(query).chars().take(SEARCH_CHARS_MAX).collect();
    let mut parts: BTreeSet<String> = BTreeSet::new();
    for run in runs(&query) {
        match run {
            Run::Word(word) => drop(parts.insert(format!("\"{word}\"*"))),
            Run::Characters(characters) if characters.len() == 1 => {
                parts.insert(format!("\"{}\"*", characters[0]));
            }
            Run::Characters(characters) => parts.extend(pairs(&characters).map(|pair| format!("\"{pair}\""))),
        }
    }
    if parts.is_empty() {
        return Wanted::Nothing;
    }
    Wanted::Of(parts.into_iter().take(SEARCH_TOKENS_MAX).collect::<Vec<_>>().join(" AND "))
}

/// All different pairs of characters and words of a normal text: what two texts may share.
pub fn parts(text: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => drop(parts.insert(word)),
            Run::Characters(characters) => parts.extend(pairs(&characters)),
        }
    }
    parts
}

enum Run {
    /// Letters and digits of a script with words.
    Word(String),
    /// Characters of one without; at least one.
    Characters(Vec<char>),
}

fn pairs(characters: &[char]) -> impl Iterator<Item = String> {
    characters.windows(2).map(|pair| pair.iter().collect())
}

/// Chinese, kana, hangul and all that stands with them.
fn is_character(c: char) -> bool {
    '\u{2e80}' <= c && c.is_alphanumeric()
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut is_open = false;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            is_open = false;
        } else if is_character(c) {
            match runs.last_mut() {
                Some(Run::Characters(characters)) if is_open => characters.push(c),
                _ => runs.push(Run::Characters(vec![c])),
            }
            is_open = true;
        } else {
            match runs.last_mut() {
                Some(Run::Word(word)) if is_open && word.chars().count() < SEARCH_WORD_CHARS_MAX => word.push(c),
                Some(Run::Word(_)) if is_open => {}
                _ => runs.push(Run::Word(c.to_string())),
            }
            is_open = true;
        }
    }
    runs
}
