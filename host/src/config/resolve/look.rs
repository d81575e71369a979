//! What a form asks of the district, answered from directory and lists.

use jiff::tz::TimeZone;
use plugin_api::field::Lookup;
use plugin_api::{Lists, MatterId};

use crate::directory::Directory;

/// The district as a config knows it: no matters.
#[derive(Clone, Copy, Debug)]
pub struct Look<'c> {
    /// The district's zone.
    pub zone: &'c TimeZone,
    /// Its places, people and units.
    pub directory: &'c Directory,
    /// Its code tables, rows of all times.
    pub lists: &'c Lists,
}

impl Lookup for Look<'_> {
    fn zone(&self) -> &TimeZone {
        self.zone
    }

    fn place(&self, text: &str) -> Option<(String, String)> {
        let found = self.directory.resolve_place(text);
        found.map(|place| (place.id.as_str().to_owned(), place.level.clone())).or_else(|| {
            // There are no places only where the table could not be read, which is a problem already.
            self.directory.places().is_empty().then(|| (text.to_owned(), String::new()))
        })
    }

    fn person(&self, text: &str) -> Option<String> {
        self.directory.resolve_person(text).map(|person| person.id.as_str().to_owned())
    }

    fn unit(&self, text: &str) -> Option<String> {
        self.directory.resolve_unit(text).map(|unit| unit.id.as_str().to_owned())
    }

    fn code(&self, list: &str, text: &str) -> Option<String> {
        // A list that is not there is a problem of its own, and not one of every code.
        let Some(list) = self.lists.0.get(list) else { return Some(text.to_owned()) };
        let rows = &list.0;
        let by_code = rows.iter().find(|row| row.code == text);
        let row = by_code.or_else(|| rows.iter().find(|row| row.title.zh == text || row.title.en == text))?;
        Some(row.code.clone())
    }

    fn matter(&self, _number: &str) -> Option<MatterId> {
        None
    }
}
