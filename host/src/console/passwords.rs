//! Passwords and other secrets that prove who somebody is: made, hashed, checked.
//!
//! Always holds: no secret is kept, only its hash; a check takes as long for a name that nobody has as
//! for one that somebody has; never more checks run at once than the machine has cores.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use sha2::{Digest as _, Sha256};

use crate::engine::secret::fill_random;
use crate::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use plugin_api::Title;

/// Letters of secrets that people type: none that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789+";
/// Letters of a password that the host makes: 100 bits.
const MADE_LETTERS: usize = 20;
/// How long a sign-in waits for a core before it is told to come again.
const WAIT: Duration = Duration::from_millis(100);

/// Checks and makes hashes of passwords, a few at a time.
#[derive(Debug)]
pub(crate) struct Passwords {
    free: Mutex<usize>,
    freed: Condvar,
    /// What a name that nobody has is checked against.
    nobody: String,
}

/// All cores are at it; come again in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

impl Passwords {
    pub(crate) fn new() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Passwords { free: Mutex::new(cores), freed: Condvar::new(), nobody: hash(&make_password()) }
    }

    /// Whether a password is the one of a hash; of no hash it never is, which takes as long to say.
    pub(crate) fn check(&self, password: &str, phc: Option<&str>) -> Result<bool, Busy> {
        let _turn = self.take_turn()?;
        let parsed = PasswordHash::new(phc.unwrap_or(&self.nobody));
        let fits = parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        Ok(fits && phc.is_some())
    }

    /// The hash of a password.
    pub(crate) fn hash(&self, password: &str) -> Result<String, Busy> {
        let _turn = self.take_turn()?;
        Ok(hash(password))
    }

    fn take_turn(&self) -> Result<Turn<'_>, Busy> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(free, WAIT, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            return Err(Busy);
        }
        *free -= 1;
        Ok(Turn(self))
    }
}

struct Turn<'a>(&'a Passwords);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// The hash of a password with the least parameters that OWASP asks for (19 MiB, twice over), as PHC string.
pub(crate) fn hash(password: &str) -> String {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.expect("the default parameters hash any text").to_string()
}

/// A password that nobody can guess, in groups that people can type.
pub(crate) fn make_password() -> String {
    let mut bytes = [0; MADE_LETTERS];
    fill_random(&mut bytes);
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// 256 random bits as text: a session or a token.
pub(crate) fn make_token() -> String {
    let mut bytes = [0; 32];
    fill_random(&mut bytes);
    hex(&bytes)
}

/// What is kept of a session or a token.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// What a form of a session carries, so that no other page can send it.
pub(crate) fn form_token(session: &str) -> String {
    hex(&digest(&format!("form {session}"))[..16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is wrong with a password that somebody chose: length only, as NIST and OWASP have it, and that
/// it is not what everybody tries first.
pub(crate) fn objection(password: &str, own_words: &[&str]) -> Option<Title> {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Some(Title::new(
            format!("密码至少 {PASSWORD_CHARS_MIN} 个字；可以用一句话"),
            format!("a password has at least {PASSWORD_CHARS_MIN} characters; a sentence will do"),
        ));
    }
    if PASSWORD_CHARS_MAX < chars {
        return Some(Title::new(
            format!("密码最多 {PASSWORD_CHARS_MAX} 个字"),
            format!("a password has at most {PASSWORD_CHARS_MAX} characters"),
        ));
    }
    let lower = password.to_lowercase();
    let is_own = own_words.iter().any(|word| !word.is_empty() && lower.contains(&word.to_lowercase()));
    let is_run = lower.chars().zip(lower.chars().skip(1)).all(|(a, b)| {
        let step = i64::from(u32::from(b)) - i64::from(u32::from(a));
        (-1..=1).contains(&step)
    });
    let is_few = lower.chars().collect::<BTreeSet<char>>().len() < 4;
    (is_own || is_run || is_few).then(|| {
        Title::new(
            "密码太容易猜：请不要用姓名、账号或连续、重复的字",
            "this is guessed at once: no name, no account, no runs of letters",
        )
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{Passwords, digest, form_token, make_password, make_token, objection};

    fn check(password: &str, expected: Expect) {
        let words = objection(password, &["ma-aizhen", "马爱珍"]);
        expected.assert_eq(&words.map_or_else(|| "good".to_owned(), |words| format!("{}\n{}", words.zh, words.en)));
    }

    #[test]
    fn what_is_wrong_with_a_password() {
        check("我家门口有两棵枣树", expect!["good"]);
        check("correct horse", expect!["good"]);
        check(
            "短了",
            expect![[r#"
            密码至少 8 个字；可以用一句话
            a password has at least 8 characters; a sentence will do"#]],
        );
        check(
            &"长".repeat(129),
            expect![[r#"
            密码最多 128 个字
            a password has at most 128 characters"#]],
        );
        for easy in ["12345678", "aaaaaaaa", "Ma-Aizhen-2026", "马爱珍马爱珍马爱珍", "ababababab", "87654321"]
        {
            assert!(objection(easy, &["ma-aizhen", "马爱珍"]).is_some(), "{easy}");
        }
    }

    #[test]
    fn only_the_very_password_fits() {
        let passwords = Passwords::new();
        let phc = passwords.hash("我家门口有两棵枣树").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(passwords.check("我家门口有两棵枣树", Some(&phc)), Ok(true));
        assert_eq!(passwords.check("我家门口有两棵枣树 ", Some(&phc)), Ok(false));
        assert_eq!(passwords.check("我家门口有两棵枣树", None), Ok(false));
        assert_eq!(passwords.check("x", Some("no hash")), Ok(false));
    }

    #[test]
    fn what_is_made_is_never_the_same() {
        assert_ne!(make_password(), make_password());
        assert_eq!(make_password().len(), 23);
        let token = make_token();
        assert_eq!(token.len(), 64);
        assert_ne!(form_token(&token), form_token(&make_token()));
        assert_ne!(digest(&token), digest(&make_token()));
    }
}
