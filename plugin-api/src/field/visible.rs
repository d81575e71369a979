//! Characters nobody sees, taken out of whatever is filled in.
//!
//! Pure. They make a text read as what it is not: a number written backwards, a name that equals
//! another, a telephone number that is not recognised as one. A contact copied from a telephone comes
//! wrapped in two of them.
//!
//! Always holds: of controls only tab and line feed are left; a text without such characters stays
//! the very text.

use std::borrow::Cow;

/// The text without controls but tab and line feed, without marks that turn the direction of
/// writing, and without characters of no width. Every kind of line break becomes a line feed.
///
/// Joiners stay (U+200C, U+200D): scripts and emoji need them.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_left_out) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(text.replace(is_left_out, ""))
}

fn is_left_out(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        // Marks, embeddings, overrides and isolates of direction.
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Of no width: soft hyphen, space, word joiner and operators, byte order mark, annotations, tags.
        '\u{00ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::visible;
    use expect_test::{Expect, expect};

    fn check(texts: &[&str], expected: Expect) {
        let seen: Vec<String> = texts.iter().map(|text| format!("{:?}", visible(text))).collect();
        expected.assert_eq(&seen.join("\n"));
    }

    #[test]
    fn what_nobody_sees_is_left_out() {
        check(
            &[
                "请打\u{202e}87654321831",
                "\u{202d}138 1234 5678\u{202c}",
                "13\u{200b}81234\u{2060}5678\u{feff}",
                "\u{1b}[31m红\u{0}\u{7f}\u{9f}",
                "一行\r\n二行\r三行\n\t四",
                "\u{2066}a\u{2069}\u{200f}b\u{ad}c\u{e0041}",
            ],
            expect![[r#"
                "请打87654321831"
                "138 1234 5678"
                "13812345678"
                "[31m红"
                "一行\n二行\n三行\n\t四"
                "abc""#]],
        );
    }

    #[test]
    fn what_is_seen_or_joins_stays() {
        let texts = ["3幢\t路灯\n不亮", "👨\u{200d}👩\u{200d}👧", "ab", ""];
        for text in texts {
            assert!(matches!(visible(text), std::borrow::Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
