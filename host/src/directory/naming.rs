//! What people call things: ids, and titles that one thing or several have.
//!
//! Always holds: a name that several have stands for none of them, and who wrote it hears which
//! there are; an id stands for its thing whatever else is titled so.

use std::collections::HashMap;

use plugin_api::field::NotFound;
use plugin_api::{PersonId, Place, PlaceId, RoleId, Title, Unit};

use super::{Directory, Level, Person};
use crate::near::{nearest, not_found};
use crate::suggestion::near;

/// How many of several things of one name are named.
const SEVERAL_SHOWN_MAX: usize = 5;

/// Names, and what each of them could stand for.
#[derive(Clone, Debug)]
pub(super) struct Names<T>(HashMap<String, Vec<T>>);

impl<T> Default for Names<T> {
    fn default() -> Names<T> {
        Names(HashMap::new())
    }
}

impl<T: PartialEq> Names<T> {
    /// Notes what a name stands for; an empty one stands for nothing. Names of one thing come together.
    pub(super) fn add(&mut self, name: &str, of: T) {
        if name.is_empty() {
            return;
        }
        let known = self.0.entry(name.to_owned()).or_default();
        // A thing may have the same title in both languages.
        if known.last() != Some(&of) {
            known.push(of);
        }
    }

    fn find<'n>(&'n self, name: &str, id: impl Fn(&'n T) -> &'n str) -> Result<&'n T, NotFound> {
        match self.0.get(name).map_or(&[][..], Vec::as_slice) {
            [] => Err(NotFound::Unknown),
            [one] => Ok(one),
            several => {
                let ids = several.iter().take(SEVERAL_SHOWN_MAX).map(|of| id(of).to_owned());
                Err(NotFound::Several { count: several.len(), ids: ids.collect() })
            }
        }
    }
}

impl Directory {
    /// A place by its path, or by a title that only one has.
    ///
    /// # Errors
    /// Which place was probably meant, or which have the title.
    pub fn find_place(&self, text: &str) -> Result<&Place, NotFound> {
        if let Some(place) = self.place(&PlaceId::from(text)) {
            return Ok(place);
        }
        let place = |at: &u32| &self.places[*at as usize];
        match self.places_by_title.find(text, |at| place(at).id.as_str()) {
            Ok(at) => Ok(place(at)),
            Err(NotFound::Unknown) => Err(self.place_near(text).map_or(NotFound::Unknown, NotFound::Near)),
            several => several.map(place),
        }
    }

    /// The same, for whoever does not ask why there is none.
    pub fn resolve_place(&self, text: &str) -> Option<&Place> {
        self.find_place(text).ok()
    }

    /// A unit by its code, or by a title that only one has.
    ///
    /// # Errors
    /// Which unit was probably meant, or which have the title.
    pub fn find_unit(&self, text: &str) -> Result<&Unit, NotFound> {
        if let Some(unit) = self.units.iter().find(|unit| unit.id.as_str() == text) {
            return Ok(unit);
        }
        let unit = |at: &u32| &self.units[*at as usize];
        match self.units_by_title.find(text, |at| unit(at).id.as_str()) {
            Ok(at) => Ok(unit(at)),
            Err(NotFound::Unknown) => {
                let known = self.units.iter().flat_map(|unit| [unit.id.as_str(), &unit.title.zh, &unit.title.en]);
                Err(nearest(text, known).map_or(NotFound::Unknown, |near| NotFound::Near(near.to_owned())))
            }
            several => several.map(unit),
        }
    }

    /// A person by id, or by a name that only one has.
    ///
    /// # Errors
    /// Which people have the name. Nobody is named whose name was not written.
    pub fn find_person(&self, text: &str) -> Result<&Person, NotFound> {
        if let Some(person) = self.person(&PersonId::from(text)) {
            return Ok(person);
        }
        let id = self.people_by_name.find(text, PersonId::as_str)?;
        Ok(self.person(id).expect("names are those of people who are here"))
    }

    /// The same, for whoever does not ask why there is none.
    pub fn resolve_person(&self, text: &str) -> Option<&Person> {
        self.find_person(text).ok()
    }

    /// Says that there is no such place, and which may have been meant.
    pub fn no_place(&self, text: &str) -> Title {
        let hint = match self.find_place(text).map(drop) {
            Err(NotFound::Near(near)) => Title::new(format!("是不是“{near}”？"), format!("did you mean {near:?}?")),
            Err(NotFound::Several { count, ids }) => several(count, &ids),
            _ => Title::new("区域见 places.csv", "places stand in places.csv"),
        };
        Title::new(format!("没有区域“{text}”；{}", hint.zh), format!("there is no place {text:?}; {}", hint.en))
    }

    /// Says to an operator that somebody is nobody here, and who may have been meant. Never to a
    /// resident, who could find out who is.
    pub fn no_person(&self, text: &str) -> Title {
        let names: Vec<(&str, Title)> =
            self.everybody().map(|person| (person.id.as_str(), Title::new(&person.name, &person.name))).collect();
        let hint = match self.find_person(text).map(drop) {
            Err(NotFound::Several { count, ids }) => several(count, &ids),
            _ => near(text, names.iter().map(|(id, name)| (*id, Some(name))))
                .unwrap_or_else(|| Title::new("人员见 people.csv", "people stand in people.csv")),
        };
        Title::new(
            format!("名册中没有“{text}”；{}", hint.zh),
            format!("{text:?} is nobody in the directory; {}", hint.en),
        )
    }

    /// A role by its name.
    ///
    /// # Errors
    /// Which role was probably meant, or which there are.
    pub fn find_role(&self, text: &str) -> Result<&RoleId, NotFound> {
        let role = self.roles.get_key_value(&RoleId::from(text)).map(|(role, _)| role);
        role.ok_or_else(|| not_found(text, self.roles.keys().map(RoleId::as_str)))
    }

    /// The place that a text which is no place's path or title was probably to name: by path if it
    /// looks like one, else by title.
    fn place_near(&self, text: &str) -> Option<String> {
        if text.contains('/') {
            return self.path_near(text);
        }
        let upper = || self.upper_places.iter().map(|at| &self.places[*at as usize]);
        let mut by_last = upper().filter(|place| last_part(place) == Some(text));
        if let (Some(place), None) = (by_last.next(), by_last.next()) {
            return Some(place.id.as_str().to_owned());
        }
        let titles = upper().flat_map(|place| [place.title.zh.as_str(), place.title.en.as_str()]);
        let unique = titles.filter(|title| self.places_by_title.0.get(*title).is_some_and(|of| of.len() == 1));
        nearest(text, unique).map(str::to_owned)
    }

    /// The path as far as it is known, with the first part that is not replaced by the nearest.
    fn path_near(&self, text: &str) -> Option<String> {
        let path = PlaceId::from(text);
        let around = path.upwards().find_map(|above| self.place(&above));
        let (start, rest) = match around {
            Some(around) => (format!("{}/", around.id), text[around.id.as_str().len()..].trim_start_matches('/')),
            None => (String::new(), text),
        };
        let (wrong, below) = rest.split_once('/').map_or((rest, None), |(wrong, below)| (wrong, Some(below)));
        let siblings: Vec<&str> = match around {
            Some(around) => self.children(&around.id).filter(is_upper).filter_map(last_part).collect(),
            None => self.places.first().map(|district| district.id.as_str()).into_iter().collect(),
        };
        let right = format!("{start}{}", nearest(wrong, siblings)?);
        let whole = below.map(|below| format!("{right}/{below}"));
        Some(whole.filter(|whole| self.place(&PlaceId::from(whole.as_str())).is_some()).unwrap_or(right))
    }
}

fn several(count: usize, ids: &[String]) -> Title {
    Title::new(
        format!("有 {count} 个同名，请写编码：{}", ids.join("、")),
        format!("{count} are called so, write the code: {}", ids.join(", ")),
    )
}

/// Whether a place has a name that one can mistake: below the compounds it is a number, and every
/// number is near to every other.
pub(super) fn is_upper(place: &&Place) -> bool {
    place.level.parse().is_ok_and(|level: Level| level <= Level::Compound)
}

fn last_part(place: &Place) -> Option<&str> {
    place.id.as_str().rsplit('/').next()
}

/// A level of places by its name.
///
/// # Errors
/// Which level was probably meant, or which there are.
pub fn find_level(text: &str) -> Result<Level, NotFound> {
    text.parse().map_err(|()| not_found(text, Level::ALL.map(Level::as_str)))
}
