//! Which rows of the journal lost their words for good, as the erasure itself says.
//!
//! Pure. The body of an `erase` input names the rows by number: whoever verifies the seals tells
//! words that were erased from words that somebody took away.

use serde::{Deserialize, Serialize};

/// Name of the input that erases, and topic of what it says on each matter it touched.
pub const ERASE: &str = "erase";
/// The event on a matter whose words were erased.
pub const ERASED: &str = "erased";

/// What an `erase` input was and did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Who was erased.
    pub person: String,
    /// What for, as the operator said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// First and last number of each run of rows whose words are gone, in order.
    #[serde(default)]
    pub rows: Vec<(u64, u64)>,
}

impl Erasure {
    /// Of rows by number, in order.
    pub fn of(person: &str, why: Option<&str>, rows: impl IntoIterator<Item = u64>) -> Erasure {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for row in rows {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == row => *last = row,
                _ => runs.push((row, row)),
            }
        }
        Erasure { person: person.to_owned(), why: why.map(str::to_owned), rows: runs }
    }

    /// Whether it names a row.
    pub fn names(&self, row: u64) -> bool {
        self.rows.iter().any(|(first, last)| (*first..=*last).contains(&row))
    }
}
