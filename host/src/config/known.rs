//! What a form is checked against: the district as it is on a day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use plugin_api::MatterId;
use plugin_api::field::Lookup;

use super::Config;

/// The district on a day.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The config.
    pub config: &'a Config,
    /// The day, for code tables.
    pub day: Date,
    /// Finds a matter by its number.
    pub find_matter: &'a dyn Fn(&str) -> Option<MatterId>,
}

impl Lookup for Known<'_> {
    fn zone(&self) -> &TimeZone {
        &self.config.zone
    }

    fn place(&self, text: &str) -> Option<(String, String)> {
        let place = self.config.directory.resolve_place(text)?;
        Some((place.id.to_string(), place.level.clone()))
    }

    fn person(&self, text: &str) -> Option<String> {
        self.config.directory.resolve_person(text).map(|person| person.id.to_string())
    }

    fn unit(&self, text: &str) -> Option<String> {
        self.config.directory.resolve_unit(text).map(|unit| unit.id.to_string())
    }

    fn code(&self, list: &str, text: &str) -> Option<String> {
        let mut rows = self.config.lists.get(list).as_of(self.day);
        rows.find(|row| row.code == text || row.title.zh == text || row.title.en == text).map(|row| row.code.clone())
    }

    fn matter(&self, number: &str) -> Option<MatterId> {
        (self.find_matter)(number)
    }
}
