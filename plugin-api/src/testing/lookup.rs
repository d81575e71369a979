//! What forms ask of the district, answered by the double; and what may be said by a desk.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::Double;
use crate::MatterId;
use crate::field::{Lookup, NotFound};

impl Lookup for Double {
    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn place(&self, text: &str) -> Result<(String, String), NotFound> {
        let titled = |place: &&crate::Place| place.title.zh == text || place.title.en == text;
        let place = match self.places.iter().find(|place| place.id.as_str() == text) {
            Some(place) => place,
            None => one_of(self.places.iter().filter(titled).collect(), |place| place.id.as_str())?,
        };
        Ok((place.id.to_string(), place.level.clone()))
    }

    fn person(&self, text: &str) -> Result<String, NotFound> {
        let ids = |fits: &dyn Fn(&crate::Person) -> bool| {
            // Somebody with two roles stands here twice.
            let mut ids: Vec<&str> =
                self.people.iter().filter(|(_, person)| fits(person)).map(|(_, person)| person.id.as_str()).collect();
            ids.dedup();
            ids
        };
        let known = ids(&|person| person.id.as_str() == text);
        let found = if known.is_empty() { ids(&|person| person.name == text) } else { known };
        one_of(found, |id| *id).map(str::to_owned)
    }

    fn unit(&self, text: &str) -> Result<String, NotFound> {
        let is_meant = |unit: &&crate::Unit| unit.id.as_str() == text || unit.title.zh == text || unit.title.en == text;
        self.units.iter().find(is_meant).map(|unit| unit.id.to_string()).ok_or(NotFound::Unknown)
    }

    fn code(&self, list: &str, text: &str) -> Result<String, NotFound> {
        let list = self.lists.get(list);
        let today = self.today();
        let row = list.find(text, today);
        let row = row.or_else(|| list.as_of(today).find(|row| row.title.zh == text || row.title.en == text));
        row.map(|row| row.code.clone()).ok_or(NotFound::Unknown)
    }

    /// Whatever role: which there are is the district's to say.
    fn role(&self, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }

    /// Whatever level, for the same reason.
    fn level(&self, text: &str) -> Result<String, NotFound> {
        Ok(text.to_owned())
    }

    fn matter(&self, number: &str) -> Option<MatterId> {
        self.matters.values().find(|matter| matter.number == number).map(|matter| matter.id)
    }

    /// Whatever file: one of that name.
    fn file(&self, text: &str) -> Result<Value, NotFound> {
        Ok(crate::field::sample::sample_file(text))
    }
}

fn one_of<T: Copy>(found: Vec<T>, id: impl Fn(&T) -> &str) -> Result<T, NotFound> {
    match found.as_slice() {
        [] => Err(NotFound::Unknown),
        [one] => Ok(*one),
        several => {
            Err(NotFound::Several { count: several.len(), ids: several.iter().map(|one| id(one).to_owned()).collect() })
        }
    }
}

/// The double, for what desks say: a code that holds no longer may still be said, since a matter keeps
/// the tables of the day it was opened, but it is a code and no title.
pub(super) struct Said<'a>(pub &'a Double);

impl Lookup for Said<'_> {
    fn zone(&self) -> &TimeZone {
        Lookup::zone(self.0)
    }

    fn place(&self, text: &str) -> Result<(String, String), NotFound> {
        Lookup::place(self.0, text)
    }

    fn person(&self, text: &str) -> Result<String, NotFound> {
        Lookup::person(self.0, text)
    }

    fn unit(&self, text: &str) -> Result<String, NotFound> {
        Lookup::unit(self.0, text)
    }

    fn code(&self, list: &str, text: &str) -> Result<String, NotFound> {
        let is_code = self.0.lists.get(list).0.iter().any(|row| row.code == text);
        if is_code { Ok(text.to_owned()) } else { Err(NotFound::Unknown) }
    }

    fn role(&self, text: &str) -> Result<String, NotFound> {
        Lookup::role(self.0, text)
    }

    fn level(&self, text: &str) -> Result<String, NotFound> {
        Lookup::level(self.0, text)
    }

    fn matter(&self, number: &str) -> Option<MatterId> {
        Lookup::matter(self.0, number)
    }

    fn file(&self, text: &str) -> Result<Value, NotFound> {
        Lookup::file(self.0, text)
    }
}
