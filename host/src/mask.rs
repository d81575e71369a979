//! Hiding mobile and identity numbers in texts (I10).
//!
//! Pure. Every text that enters passes here before a desk, a log or an error sees it. Characters
//! nobody sees, which could part a number, are gone by then: the field grammar takes them out.

use std::borrow::Cow;
use std::ops::Range;

/// The text with the middle of every mobile number (`138****1234`) and identity number
/// (`340803********123X`) hidden; the very text if there is none.
///
/// Digits may be full width, and a number may be written in the usual groups with blanks or hyphens
/// between. When in doubt a number is hidden.
pub fn mask(text: &str) -> Cow<'_, str> {
    if longest_digits(text) < GROUP_DIGITS_MIN {
        return Cow::Borrowed(text);
    }
    let digits: Vec<Digit> = find_digits(text);
    let hidden = find_hidden(text, &digits);
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for at in hidden {
        masked.push_str(&text[end..at.start]);
        masked.push('*');
        end = at.end;
    }
    masked.push_str(&text[end..]);
    Cow::Owned(masked)
}

/// Shortest group of digits that can be part of a number to hide: the 4 of `138 1234 5678`.
const GROUP_DIGITS_MIN: usize = 4;

/// One digit (or the X of an identity number) and where it stands.
struct Digit {
    value: u8,
    at: Range<usize>,
}

/// A run of digits that stand next to each other, as a range of digit indices.
type Group = Range<usize>;

fn digit_value(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8),
        '０'..='９' => Some(b'0' + (c as u32 - '０' as u32) as u8),
        'x' | 'X' | 'Ｘ' | 'ｘ' => Some(b'X'),
        _ => None,
    }
}

fn longest_digits(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    let bytes = text.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        // U+FF10..U+FF19 are EF BC 90..99.
        let is_wide = (0x90..=0x99).contains(byte) && 2 <= i && bytes[i - 2] == 0xEF && bytes[i - 1] == 0xBC;
        if byte.is_ascii_digit() || is_wide {
            run += 1;
            longest = longest.max(run);
        } else if *byte != 0xEF && *byte != 0xBC {
            run = 0;
        }
    }
    longest
}

fn find_digits(text: &str) -> Vec<Digit> {
    let digits = text
        .char_indices()
        .filter_map(|(at, c)| digit_value(c).map(|value| Digit { value, at: at..at + c.len_utf8() }));
    digits.collect()
}

/// The ranges of the text whose characters are hidden.
fn find_hidden(text: &str, digits: &[Digit]) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let groups = find_groups(digits);
    let mut i = 0;
    while i < groups.len() {
        let joined = find_joined(text, digits, &groups[i..]);
        let taken = joined.map_or(1, |(count, _)| count);
        let number = joined.map_or_else(|| groups[i].clone(), |(_, number)| groups[i].start..number);
        hide_in(digits, number, &mut hidden);
        i += taken;
    }
    hidden
}

fn find_groups(digits: &[Digit]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (i, digit) in digits.iter().enumerate() {
        match groups.last_mut() {
            // An X ends a number, it never starts or continues one.
            Some(group) if digits[group.end - 1].at.end == digit.at.start && digits[group.end - 1].value != b'X' => {
                group.end = i + 1;
            }
            _ if digit.value == b'X' => {}
            _ => groups.push(i..i + 1),
        }
    }
    groups
}

/// Groups written apart that are one number: how many, and the index after its last digit.
fn find_joined(text: &str, digits: &[Digit], groups: &[Group]) -> Option<(usize, usize)> {
    const SHAPES: [&[usize]; 6] = [&[3, 4, 4], &[2, 3, 4, 4], &[6, 8, 4], &[6, 4, 4, 4], &[3, 8], &[7, 4]];
    SHAPES.iter().find_map(|shape| {
        if groups.len() < shape.len() {
            return None;
        }
        let groups = &groups[..shape.len()];
        let fits = groups.iter().zip(*shape).all(|(group, len)| group.len() == *len);
        let close = groups.windows(2).all(|pair| {
            let between = &text[digits[pair[0].end - 1].at.end..digits[pair[1].start].at.start];
            matches!(between, " " | "-" | "－" | "　" | "." | "—")
        });
        let end = groups[groups.len() - 1].end;
        let values: Vec<u8> = digits[groups[0].start..end].iter().map(|digit| digit.value).collect();
        (fits && close && kept(&values).is_some()).then_some((shape.len(), end))
    })
}

fn hide_in(digits: &[Digit], number: Range<usize>, hidden: &mut Vec<Range<usize>>) {
    let values: Vec<u8> = digits[number.clone()].iter().map(|digit| digit.value).collect();
    if let Some((front, back)) = kept(&values) {
        let middle = number.start + front..number.end - back;
        hidden.extend(digits[middle].iter().map(|digit| digit.at.clone()));
    }
}

/// How many digits at the front and back of a number stay readable; none if it is not one to hide.
fn kept(values: &[u8]) -> Option<(usize, usize)> {
    let is_mobile = |values: &[u8]| values[0] == b'1' && (b'3'..=b'9').contains(&values[1]) && !values.contains(&b'X');
    let is_date = |month: &[u8], day: &[u8]| {
        let number = |two: &[u8]| u32::from(two[0].wrapping_sub(b'0')) * 10 + u32::from(two[1].wrapping_sub(b'0'));
        (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
    };
    match values.len() {
        11 if is_mobile(values) => Some((3, 4)),
        12 if values[0] == b'0' && is_mobile(&values[1..]) => Some((4, 4)),
        13 if values.starts_with(b"86") && is_mobile(&values[2..]) => Some((5, 4)),
        15 if values.starts_with(b"0086") && is_mobile(&values[4..]) => Some((7, 4)),
        15 if !values.contains(&b'X') && is_date(&values[8..10], &values[10..12]) => Some((6, 3)),
        18 if matches!(&values[6..8], b"18" | b"19" | b"20") && is_date(&values[10..12], &values[12..14]) => {
            Some((6, 4))
        }
        // Two mobile numbers run together.
        22 if is_mobile(values) && is_mobile(&values[11..]) => Some((3, 4)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::mask;
    use expect_test::{Expect, expect};

    fn check(lines: &str, expected: Expect) {
        let masked: Vec<String> = lines.lines().map(|line| mask(line.trim()).into_owned()).collect();
        expected.assert_eq(&masked.join("\n"));
    }

    #[test]
    fn hides_numbers_however_they_are_written() {
        check(
            "电话19900001234，白天打
            (19900001234)
            +8619900001234 或 008619900001234
            199-0000-1234，199 0000 1234
            １９９００００１２３４
            身份证999999199003074477
            99999919900307447X。
            999999 19900307 4477
            旧证999999900307447号
            1990000123419900004321",
            expect![[r#"
                电话199****1234，白天打
                (199****1234)
                +86199****1234 或 0086199****1234
                199-****-1234，199 **** 1234
                １９９****１２３４
                身份证999999********4477
                999999********447X。
                999999 ******** 4477
                旧证999999******447号
                199***************4321"#]],
        );
    }

    #[test]
    fn leaves_other_numbers_alone() {
        check(
            "3栋101室，2026-03-02 09:14:05
            编号D0087，12345热线，费用1234567.89元
            订单20260302091405777
            12345678901234567890
            0556-5512345
            v1.2.3 x 4",
            expect![[r#"
                3栋101室，2026-03-02 09:14:05
                编号D0087，12345热线，费用1234567.89元
                订单20260302091405777
                12345678901234567890
                0556-5512345
                v1.2.3 x 4"#]],
        );
    }
}
