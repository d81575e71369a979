//! The query code of a matter: what its reporter follows it by, and answers with, without an account.
//!
//! Pure. The code is a keyed hash of the number with the district's secret, so it is kept nowhere: who
//! has the store without the secret cannot make one, and the journal holds none.
//!
//! Always holds: a code has 60 bits, in an alphabet that is read out and typed without mistake
//! (Crockford's Base32: no I, L, O, U; who types one of these means 1, 1, 0, V); whether one fits
//! takes as long for a near miss as for a far one.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Thirty-two letters of five bits each.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many stand together.
const GROUP: usize = 4;
/// How many there are.
const LETTERS: usize = 12;

/// Keyed hash with the district's secret, of one purpose.
pub(crate) fn keyed_hash(secret: &[u8; 32], purpose: &str, text: &[u8]) -> [u8; 32] {
    let mut hash = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    hash.update(purpose.as_bytes());
    hash.update(&[0]);
    hash.update(text);
    hash.finalize().into_bytes().into()
}

/// What makes and checks the codes of a district.
#[derive(Clone, Copy)]
pub struct Codes {
    secret: [u8; 32],
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codes")
    }
}

impl Codes {
    /// With the district's secret.
    pub(crate) fn new(secret: [u8; 32]) -> Codes {
        Codes { secret }
    }

    /// The code of a matter's number, in groups: `7K3M-Q0ZD-81XA`.
    pub fn of(&self, number: &str) -> String {
        let letters = letters(&keyed_hash(&self.secret, "query-code", number.as_bytes()));
        let groups: Vec<&str> =
            letters.chunks(GROUP).map(|group| std::str::from_utf8(group).expect("the alphabet is ASCII")).collect();
        groups.join("-")
    }

    /// Whether what was typed is the code of a matter's number.
    pub fn fits(&self, number: &str, typed: &str) -> bool {
        let code = letters(&keyed_hash(&self.secret, "query-code", number.as_bytes()));
        let Some(typed) = typed_letters(typed) else { return false };
        let differing = code.iter().zip(&typed).fold(0, |differing, (one, other)| differing | (one ^ other));
        std::hint::black_box(differing) == 0
    }
}

fn letters(hash: &[u8; 32]) -> [u8; LETTERS] {
    let bits = u64::from_be_bytes(hash[..8].try_into().expect("a hash has 32 bytes"));
    std::array::from_fn(|nth| ALPHABET[(bits >> (59 - 5 * nth)) as usize & 31])
}

/// What was typed, as it was meant: without what groups it, and in the letters there are.
fn typed_letters(typed: &str) -> Option<[u8; LETTERS]> {
    let meant = |letter: u8| match letter.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        b'U' => b'V',
        letter => letter,
    };
    let mut letters = [0; LETTERS];
    let mut typed = typed.bytes().filter(|b| !matches!(b, b'-' | b' '));
    for place in &mut letters {
        *place = meant(typed.next()?);
    }
    typed.next().is_none().then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::Codes;

    #[test]
    fn a_code_is_typed_as_people_type() {
        let codes = Codes::new([7; 32]);
        let code = codes.of("SQ2026-000001");
        assert_eq!((code.len(), code.split('-').count()), (14, 3), "{code}");
        let plain = code.replace('-', "");
        let mistaken = plain.to_lowercase().replace('0', "o").replace('1', "l").replace('v', "u");
        for typed in [&*code, &*plain, &*plain.to_lowercase(), &*mistaken, &*format!(" {} ", code.replace('-', " "))] {
            assert!(codes.fits("SQ2026-000001", typed), "{typed} for {code}");
        }
        for typed in ["", "-", &code[1..], &format!("{code}0"), "路灯路灯路灯路灯", &codes.of("SQ2026-000002")]
        {
            assert!(!codes.fits("SQ2026-000001", typed), "{typed} for {code}");
        }
        assert!(!Codes::new([8; 32]).fits("SQ2026-000001", &code), "of another district");
    }

    #[test]
    fn codes_are_spread_over_all_letters() {
        let codes = Codes::new([7; 32]);
        let all: std::collections::BTreeSet<String> =
            (0..2000).map(|id| codes.of(&format!("SQ2026-{id:06}"))).collect();
        assert_eq!(all.len(), 2000);
        for letter in super::ALPHABET {
            for place in [0, 5, 13] {
                assert!(all.iter().any(|code| code.as_bytes()[place] == *letter), "{letter} at {place}");
            }
        }
    }
}
