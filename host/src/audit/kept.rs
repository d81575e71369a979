//! A head that somebody kept: number and seal of what was the last row of the journal then.
//!
//! Only a head kept elsewhere shows that the last rows were cut off, that an older copy was put in
//! place, or that the whole journal was written anew.

use std::fmt;

use crate::store::seal::Seal;

/// A kept head. Its text is `SEQ:SEAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptHead {
    /// Number of the row that was the last.
    pub seq: u64,
    /// Its seal.
    pub seal: Seal,
}

impl fmt::Display for KeptHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.seal)
    }
}

/// Every head within a text: what `audit head` printed, as a line or as JSON, with anything around
/// it; also many of them, as somebody gathers who keeps one a day.
pub fn find_heads(text: &str) -> Vec<KeptHead> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    words.filter_map(parse).collect()
}

fn parse(word: &str) -> Option<KeptHead> {
    let (seq, seal) = word.split_once(':')?;
    Some(KeptHead { seq: seq.parse().ok()?, seal: seal.to_ascii_lowercase().parse().ok()? })
}
