//! What a form is checked against: the district as it is on a day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use plugin_api::field::{Lookup, NotFound};
use plugin_api::{ListRow, MatterId};
use serde_json::Value;

use super::Config;
use crate::directory::find_level;
use crate::near::{nearest, not_found};

/// The district on a day.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The config.
    pub config: &'a Config,
    /// The day, for code tables.
    pub day: Date,
    /// Finds a matter by its number.
    pub find_matter: &'a dyn Fn(&str) -> Option<MatterId>,
    /// Finds a file by what its form was given for it.
    pub find_file: &'a dyn Fn(&str) -> Option<Value>,
}

impl Lookup for Known<'_> {
    fn zone(&self) -> &TimeZone {
        &self.config.zone
    }

    fn place(&self, text: &str) -> Result<(String, String), NotFound> {
        let place = self.config.directory.find_place(text)?;
        Ok((place.id.to_string(), place.level.clone()))
    }

    fn person(&self, text: &str) -> Result<String, NotFound> {
        self.config.directory.find_person(text).map(|person| person.id.to_string())
    }

    fn unit(&self, text: &str) -> Result<String, NotFound> {
        self.config.directory.find_unit(text).map(|unit| unit.id.to_string())
    }

    fn code(&self, list: &str, text: &str) -> Result<String, NotFound> {
        find_code(|| self.config.lists.get(list).as_of(self.day), text)
    }

    fn role(&self, text: &str) -> Result<String, NotFound> {
        self.config.directory.find_role(text).map(|role| role.to_string())
    }

    fn level(&self, text: &str) -> Result<String, NotFound> {
        find_level(text).map(|level| level.to_string())
    }

    fn matter(&self, number: &str) -> Option<MatterId> {
        (self.find_matter)(number)
    }

    fn file(&self, text: &str) -> Result<Value, NotFound> {
        (self.find_file)(text).ok_or(NotFound::Unknown)
    }
}

/// The code that a code or a title stands for among rows.
///
/// # Errors
/// Which code or title was probably meant, or which codes there are.
pub(super) fn find_code<'r, R>(rows: impl Fn() -> R, text: &str) -> Result<String, NotFound>
where
    R: Iterator<Item = &'r ListRow>,
{
    let titled = |row: &&ListRow| row.title.zh == text || row.title.en == text;
    let row = rows().find(|row| row.code == text).or_else(|| rows().find(titled));
    row.map(|row| row.code.clone()).ok_or_else(|| {
        let titles = rows().flat_map(|row| [row.title.zh.as_str(), &row.title.en]);
        match not_found(text, rows().map(|row| row.code.as_str())) {
            NotFound::Near(code) => NotFound::Near(code),
            other => nearest(text, titles).map_or(other, |title| NotFound::Near(title.to_owned())),
        }
    })
}
