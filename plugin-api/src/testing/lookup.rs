//! What forms ask of the district, answered by the double; and what may be said by a desk.

use jiff::tz::TimeZone;

use super::Double;
use crate::MatterId;
use crate::field::Lookup;

impl Lookup for Double {
    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn place(&self, text: &str) -> Option<(String, String)> {
        let found = self.places.iter().find(|place| place.id.as_str() == text).or_else(|| {
            let mut titled = self.places.iter().filter(|place| place.title.zh == text || place.title.en == text);
            titled.next().filter(|_| titled.next().is_none())
        });
        found.map(|place| (place.id.to_string(), place.level.clone()))
    }

    fn person(&self, text: &str) -> Option<String> {
        let ids = |fits: &dyn Fn(&crate::Person) -> bool| {
            // Somebody with two roles stands here twice.
            let mut ids: Vec<String> = self
                .people
                .iter()
                .filter(|(_, person)| fits(person))
                .map(|(_, person)| person.id.to_string())
                .collect();
            ids.dedup();
            ids
        };
        let known = ids(&|person| person.id.as_str() == text);
        let found = if known.is_empty() { ids(&|person| person.name == text) } else { known };
        found.first().filter(|_| found.len() == 1).cloned()
    }

    fn unit(&self, text: &str) -> Option<String> {
        let is_meant = |unit: &&crate::Unit| unit.id.as_str() == text || unit.title.zh == text || unit.title.en == text;
        self.units.iter().find(is_meant).map(|unit| unit.id.to_string())
    }

    fn code(&self, list: &str, text: &str) -> Option<String> {
        let list = self.lists.get(list);
        let today = self.today();
        let row = list.find(text, today);
        let row = row.or_else(|| list.as_of(today).find(|row| row.title.zh == text || row.title.en == text));
        row.map(|row| row.code.clone())
    }

    fn matter(&self, number: &str) -> Option<MatterId> {
        self.matters.values().find(|matter| matter.number == number).map(|matter| matter.id)
    }
}

/// The double, for what desks say: a code that holds no longer may still be said, since a matter keeps
/// the tables of the day it was opened, but it is a code and no title.
pub(super) struct Said<'a>(pub &'a Double);

impl Lookup for Said<'_> {
    fn zone(&self) -> &TimeZone {
        Lookup::zone(self.0)
    }

    fn place(&self, text: &str) -> Option<(String, String)> {
        Lookup::place(self.0, text)
    }

    fn person(&self, text: &str) -> Option<String> {
        Lookup::person(self.0, text)
    }

    fn unit(&self, text: &str) -> Option<String> {
        Lookup::unit(self.0, text)
    }

    fn code(&self, list: &str, text: &str) -> Option<String> {
        self.0.lists.get(list).0.iter().any(|row| row.code == text).then(|| text.to_owned())
    }

    fn matter(&self, number: &str) -> Option<MatterId> {
        Lookup::matter(self.0, number)
    }
}
