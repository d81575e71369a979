//! How often somebody may try: to sign in, or to send what anybody may send.
//!
//! Pure but for what it remembers; time is given. Always holds: a name and an address each have so many
//! tries in a while and no more; nobody is locked out for longer; a browser that its owner signed in with
//! before has tries of its own, so that a stranger who tries a name all day does not keep its owner out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::limits::TRIED_MAX;

/// What tries are counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    /// A name, from browsers that nobody knows.
    Name(String),
    /// A browser that was signed in with before, and the name.
    Browser(String, String),
    /// An address: of IPv6 the network, which one customer has as a whole.
    From(IpAddr),
}

impl Counted {
    /// An address as tries are counted by it.
    pub(crate) fn from(address: IpAddr) -> Counted {
        match address {
            IpAddr::V6(address) if address.to_ipv4_mapped().is_none() => {
                let [a, b, c, d, ..] = address.segments();
                Counted::From(IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into()))
            }
            other => Counted::From(other.to_canonical()),
        }
    }
}

/// Tries of a while.
#[derive(Debug)]
pub(crate) struct Tries {
    most: usize,
    while_ms: i64,
    by: Mutex<HashMap<Counted, Vec<i64>>>,
}

impl Tries {
    /// So many tries in such a while.
    pub(crate) fn new(most: usize, while_ms: i64) -> Tries {
        Tries { most, while_ms, by: Mutex::default() }
    }

    /// Counts a try against each of these, unless one of them has had its tries: then nothing is counted
    /// and the seconds are given after which it may be tried again.
    pub(crate) fn count(&self, against: &[Counted], now_ms: i64) -> Result<(), u64> {
        let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        if TRIED_MAX <= by.len() {
            by.retain(|_, tries| tries.last().is_some_and(|last| now_ms - last < self.while_ms));
        }
        let mut wait_ms = 0;
        for counted in against {
            let Some(tries) = by.get_mut(counted) else { continue };
            tries.retain(|at| now_ms - at < self.while_ms);
            if let Some(first) = tries.first().filter(|_| self.most <= tries.len()) {
                wait_ms = wait_ms.max(first + self.while_ms - now_ms);
            }
        }
        // More names than are remembered are tried by nobody who means well.
        if wait_ms == 0 && TRIED_MAX <= by.len() {
            wait_ms = self.while_ms;
        }
        if wait_ms != 0 {
            return Err(wait_ms.unsigned_abs().div_ceil(1_000));
        }
        for counted in against {
            by.entry(counted.clone()).or_default().push(now_ms);
        }
        Ok(())
    }

    /// Who signed in well has their tries back.
    pub(crate) fn forget(&self, counted: &[Counted]) {
        let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        for counted in counted {
            by.remove(counted);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Counted, Tries};
    use crate::limits::{SIGN_IN_MS, SIGN_IN_TRIES};

    fn name() -> Counted {
        Counted::Name("ma-aizhen".into())
    }

    fn from(text: &str) -> Counted {
        Counted::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn so_many_a_minute_and_never_longer() {
        let tries = Tries::new(SIGN_IN_TRIES, SIGN_IN_MS);
        for at in 0..SIGN_IN_TRIES as i64 {
            assert_eq!(tries.count(&[name(), from("10.0.0.1")], at * 1_000), Ok(()));
        }
        assert_eq!(tries.count(&[name(), from("10.0.0.2")], 10_000), Err(50), "the name has had its tries");
        assert_eq!(tries.count(&[Counted::Name("other".into()), from("10.0.0.1")], 10_000), Err(50), "the address too");
        assert_eq!(tries.count(&[Counted::Name("other".into()), from("10.0.0.3")], 10_000), Ok(()));
        assert_eq!(tries.count(&[name(), from("10.0.0.2")], 60_000), Ok(()), "after a minute");
    }

    #[test]
    fn a_known_browser_is_not_kept_out() {
        let tries = Tries::new(SIGN_IN_TRIES, SIGN_IN_MS);
        for _ in 0..100 {
            let _ = tries.count(&[name(), from("10.0.0.9")], 0);
        }
        let known = Counted::Browser("b1".into(), "ma-aizhen".into());
        assert_eq!(tries.count(&[known, from("10.0.0.1")], 1), Ok(()));
    }

    #[test]
    fn one_network_is_one_address() {
        assert_eq!(from("2001:db8:1:2:3::4"), from("2001:db8:1:2:ffff::"));
        assert_eq!(from("::ffff:10.0.0.1"), from("10.0.0.1"));
    }

    #[test]
    fn who_signed_in_begins_anew() {
        let tries = Tries::new(SIGN_IN_TRIES, SIGN_IN_MS);
        for _ in 0..SIGN_IN_TRIES {
            assert_eq!(tries.count(&[name()], 0), Ok(()));
        }
        tries.forget(&[name()]);
        assert_eq!(tries.count(&[name()], 0), Ok(()));
    }
}
