//! What a form asks of the district, answered from directory and lists.

use jiff::tz::TimeZone;
use plugin_api::field::{Lookup, NotFound};
use plugin_api::{Lists, MatterId};
use serde_json::Value;

use super::super::known::find_code;
use super::super::source::Located;
use crate::directory::{Directory, find_level};

/// The district as a config knows it: no matters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'c> {
    /// The district's zone.
    pub(super) zone: &'c TimeZone,
    /// Its places, people and units.
    pub(super) directory: &'c Directory,
    /// Its code tables, rows of all times.
    pub(super) lists: &'c Lists,
    /// The words that the desk which is looked at has for roles, and the roles.
    pub(super) words: &'c [(Located<String>, Located<String>)],
}

impl Lookup for Look<'_> {
    fn zone(&self) -> &TimeZone {
        self.zone
    }

    fn place(&self, text: &str) -> Result<(String, String), NotFound> {
        // There are no places only where the table could not be read, which is a problem already.
        if self.directory.places().is_empty() {
            return Ok((text.to_owned(), String::new()));
        }
        self.directory.find_place(text).map(|place| (place.id.as_str().to_owned(), place.level.clone()))
    }

    fn person(&self, text: &str) -> Result<String, NotFound> {
        self.directory.find_person(text).map(|person| person.id.as_str().to_owned())
    }

    fn unit(&self, text: &str) -> Result<String, NotFound> {
        self.directory.find_unit(text).map(|unit| unit.id.as_str().to_owned())
    }

    fn code(&self, list: &str, text: &str) -> Result<String, NotFound> {
        // A list that is not there is a problem of its own, and not one of every code.
        let Some(list) = self.lists.0.get(list) else { return Ok(text.to_owned()) };
        find_code(|| list.0.iter(), text)
    }

    /// A desk's own word stays what it is: the engine maps it wherever the desk uses it.
    fn role(&self, text: &str) -> Result<String, NotFound> {
        if self.words.iter().any(|(word, _)| word.value == text) {
            return Ok(text.to_owned());
        }
        self.directory.find_role(text).map(|role| role.as_str().to_owned())
    }

    fn level(&self, text: &str) -> Result<String, NotFound> {
        find_level(text).map(|level| level.to_string())
    }

    fn matter(&self, _number: &str) -> Option<MatterId> {
        None
    }

    /// A config has no files that somebody put up.
    fn file(&self, _text: &str) -> Result<Value, NotFound> {
        Err(NotFound::Unknown)
    }
}
