//! What a form asks of the district, and how it hears that a name stands for no one thing.
//!
//! Knows no table: whoever has the district answers. Every answer is the canonical id, also where
//! a title was given.

use jiff::tz::TimeZone;

use serde_json::Value;

use crate::MatterId;

/// What a form needs to know of the district.
pub trait Lookup {
    /// The district's time zone.
    fn zone(&self) -> &TimeZone;
    /// A place by path or by a title that only one place has: its path and level.
    fn place(&self, text: &str) -> Result<(String, String), NotFound>;
    /// A person by id, or by a name that only one has.
    fn person(&self, text: &str) -> Result<String, NotFound>;
    /// A unit by code or title.
    fn unit(&self, text: &str) -> Result<String, NotFound>;
    /// A code of a list by code or title.
    fn code(&self, list: &str, text: &str) -> Result<String, NotFound>;
    /// A role by its name: the district's, or what the desk calls one of them.
    fn role(&self, text: &str) -> Result<String, NotFound>;
    /// A level of places by its name.
    fn level(&self, text: &str) -> Result<String, NotFound>;
    /// A matter by its number.
    fn matter(&self, number: &str) -> Option<MatterId>;
    /// A file by what the host gave whoever put it up: what desks see of it.
    fn file(&self, text: &str) -> Result<Value, NotFound>;
}

/// Why a name stands for no one thing of the district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// Nothing is called so.
    Unknown,
    /// Nothing is called so; this known name was probably meant.
    Near(String),
    /// Nothing is called so; there are only these.
    OneOf(Vec<String>),
    /// Several things are called so.
    Several {
        /// How many.
        count: usize,
        /// Ids of the first of them.
        ids: Vec<String>,
    },
}
