//! Who acted, as the journal keeps it: one text, which its seals cover like any other.
//!
//! ```text
//! li-hua         a person of the directory, or a reporter known by a contact
//! li-hua for wang-fang   a deputy, and whom they stand in for
//! @reporter      somebody without an account, who came with the query code of that very matter
//! ```
//!
//! Pure. Always holds: a person's id never begins with `@` and has no blank, so no person passes for somebody who came
//! with a code.

use std::fmt;

use plugin_api::{PersonId, Proof};

/// Who came with a query code.
const REPORTER: &str = "@reporter";

/// Between a deputy and whom they stand in for.
const FOR: &str = " for ";

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor(Box<str>);

impl Actor {
    /// Somebody who came with the query code of the matter.
    pub fn reporter() -> Actor {
        Actor(REPORTER.into())
    }

    /// The same, standing in for somebody.
    pub fn standing_for(&self, away: &PersonId) -> Actor {
        Actor(format!("{self}{FOR}{away}").into())
    }

    /// As the journal has it.
    pub fn of_journal(text: &str) -> Actor {
        Actor(text.into())
    }

    /// As the journal has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The person; none for who came with a code.
    pub fn person(&self) -> Option<PersonId> {
        let first = self.0.split(' ').next()?;
        (!first.starts_with('@')).then(|| PersonId::from(first))
    }

    /// Whom they stood in for.
    pub fn stands_for(&self) -> Option<PersonId> {
        self.0.split_once(FOR).map(|(_, away)| PersonId::from(away))
    }

    /// What somebody without an account came with.
    pub fn proof(&self) -> Option<Proof> {
        (*self.0 == *REPORTER).then_some(Proof::Code)
    }
}

impl From<&PersonId> for Actor {
    fn from(person: &PersonId) -> Actor {
        Actor(person.as_str().into())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
