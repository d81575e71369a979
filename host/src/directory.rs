//! The district's places, units, roles and people, and who holds what where.
//!
//! Pure values behind indexes; made once from checked tables and never changed. Knows no file and
//! no desk. Dates are the district's own: a caller with an instant asks for the day in its zone.
//!
//! Always holds: places are sorted so that a place and all within it stand together; every
//! appointment is of a person, a role and a place that are here.

mod naming;
mod deputies;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use plugin_api::{PersonId, Place, PlaceId, RoleId, Title, Unit, UnitId};

use deputies::add_serving;
pub use deputies::{Deputy, Serving};
pub use naming::find_level;
use naming::{Names, is_upper};

/// Levels of places, from the district down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// 区
    District,
    /// 街道、镇、乡
    Subdistrict,
    /// 社区、村
    Community,
    /// 小区
    Compound,
    /// 幢
    Building,
    /// 单元
    Entrance,
    /// 户
    House,
}

impl Level {
    /// All of them, from the district down.
    pub const ALL: [Level; 7] = [
        Level::District,
        Level::Subdistrict,
        Level::Community,
        Level::Compound,
        Level::Building,
        Level::Entrance,
        Level::House,
    ];

    /// Its name in tables and manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::District => "district",
            Level::Subdistrict => "subdistrict",
            Level::Community => "community",
            Level::Compound => "compound",
            Level::Building => "building",
            Level::Entrance => "entrance",
            Level::House => "house",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Level, ()> {
        Level::ALL.into_iter().find(|level| level.as_str() == text).ok_or(())
    }
}

/// Somebody of the district: staff, council members, cadres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Identity.
    pub id: PersonId,
    /// Name.
    pub name: String,
}

/// One person's role at one place, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: RoleId,
    /// The place the role covers, with all within it.
    pub place: PlaceId,
    /// The unit they work for.
    pub unit: Option<UnitId>,
    /// First day; always, if none.
    pub from: Option<Date>,
    /// Last day; for ever, if none.
    pub to: Option<Date>,
}

impl Appointment {
    /// Whether it holds on a date.
    pub fn holds_on(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }
}

/// A role of the district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its title.
    pub title: Title,
    /// Which matters its holders see.
    pub sees: Sees,
    /// Whether its holders may have shown what the host hides: numbers in texts, contacts.
    pub contacts: bool,
}

/// Which matters the holders of a role see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sees {
    /// Those that wait or waited for them.
    #[default]
    Held,
    /// All at their place and within it.
    Area,
    /// All of the district.
    All,
}

/// The directory.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    places: Vec<Place>,
    children: Vec<Vec<u32>>,
    places_by_title: Names<u32>,
    /// Those down to the compounds, as places in `places`.
    upper_places: Vec<u32>,
    units: Vec<Unit>,
    units_by_title: Names<u32>,
    roles: BTreeMap<RoleId, Role>,
    people: BTreeMap<PersonId, (Person, Vec<u32>)>,
    people_by_name: Names<PersonId>,
    appointments: Vec<Appointment>,
    by_post: HashMap<RoleId, HashMap<PlaceId, Vec<u32>>>,
    by_unit: HashMap<UnitId, Vec<u32>>,
    deputies: Vec<Deputy>,
    /// Those of a person, as deputy and as who is away.
    stands_in: HashMap<PersonId, Vec<u32>>,
    away: HashMap<PersonId, Vec<u32>>,
}

impl Directory {
    /// From checked tables. `appointments` come with the person's name; the order of each is kept.
    pub fn new(
        places: Vec<Place>,
        units: Vec<Unit>,
        roles: BTreeMap<RoleId, Role>,
        appointments: Vec<(String, Appointment)>,
    ) -> Directory {
        let mut directory = Directory { roles, ..Directory::default() };
        directory.add_places(places);
        for (at, unit) in (0..).zip(&units) {
            for title in [&unit.title.zh, &unit.title.en] {
                directory.units_by_title.add(title, at);
            }
        }
        directory.units = units;
        for (at, (name, appointment)) in (0..).zip(appointments) {
            let id = appointment.person.clone();
            let person = Person { id: id.clone(), name: name.clone() };
            if !directory.people.contains_key(&id) {
                directory.people_by_name.add(&name, id.clone());
            }
            directory.people.entry(id).or_insert_with(|| (person, Vec::new())).1.push(at);
            let of_role = directory.by_post.entry(appointment.role.clone()).or_default();
            of_role.entry(appointment.place.clone()).or_default().push(at);
            if let Some(unit) = &appointment.unit {
                directory.by_unit.entry(unit.clone()).or_default().push(at);
            }
            directory.appointments.push(appointment);
        }
        directory
    }

    fn add_places(&mut self, places: Vec<Place>) {
        let mut order: Vec<(usize, Place)> = places.into_iter().enumerate().collect();
        order.sort_by(|a, b| segments(&a.1.id).cmp(segments(&b.1.id)));
        let written: Vec<usize> = order.iter().map(|(at, _)| *at).collect();
        self.places = order.into_iter().map(|(_, place)| place).collect();
        self.children = vec![Vec::new(); self.places.len()];
        for at in 0..self.places.len() {
            let place = &self.places[at];
            if is_upper(&place) {
                self.upper_places.push(at as u32);
            }
            for title in [&place.title.zh, &place.title.en] {
                self.places_by_title.add(title, at as u32);
            }
            if let Some(parent) = place.id.upwards().nth(1)
                && let Some(parent) = self.place_at(&parent)
            {
                self.children[parent].push(at as u32);
            }
        }
        for children in &mut self.children {
            children.sort_by_key(|at| written[*at as usize]);
        }
    }

    fn place_at(&self, id: &PlaceId) -> Option<usize> {
        self.places.binary_search_by(|place| segments(&place.id).cmp(segments(id))).ok()
    }

    /// All places; a place and all within it stand together.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// A place.
    pub fn place(&self, id: &PlaceId) -> Option<&Place> {
        self.place_at(id).map(|at| &self.places[at])
    }

    /// The level of a place.
    pub fn level(&self, id: &PlaceId) -> Option<Level> {
        self.place(id)?.level.parse().ok()
    }

    /// The places directly within a place, in the order of the table.
    pub fn children(&self, id: &PlaceId) -> impl Iterator<Item = &Place> {
        let at = self.place_at(id);
        at.into_iter().flat_map(|at| &self.children[at]).map(|child| &self.places[*child as usize])
    }

    /// The place and all within it.
    pub fn places_within(&self, id: &PlaceId) -> &[Place] {
        let Some(start) = self.place_at(id) else { return &[] };
        let len = self.places[start..].partition_point(|place| id.covers(&place.id));
        &self.places[start..start + len]
    }

    /// The place of this level at or around a place.
    pub fn place_at_level(&self, id: &PlaceId, level: &str) -> Option<&Place> {
        id.upwards().filter_map(|id| self.place(&id)).find(|place| place.level == level)
    }

    /// All units, in the order of the table.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// A unit.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == *id)
    }

    /// All roles, by name.
    pub fn roles(&self) -> impl Iterator<Item = (&RoleId, &Role)> {
        self.roles.iter()
    }

    /// A role.
    pub fn role(&self, id: &RoleId) -> Option<&Role> {
        self.roles.get(id)
    }

    /// Which matters the holders of a role see.
    pub fn sees(&self, id: &RoleId) -> Sees {
        self.role(id).map_or(Sees::Held, |role| role.sees)
    }

    /// Everybody, by id.
    pub fn everybody(&self) -> impl Iterator<Item = &Person> {
        self.people.values().map(|(person, _)| person)
    }

    /// A person.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.get(id).map(|(person, _)| person)
    }

    /// What a person holds on a date: their own, in the order of the table, then that of whom they stand
    /// in for. A deputy's deputy gets nothing of it.
    pub fn appointments(&self, person: &PersonId, date: Date) -> impl Iterator<Item = &Appointment> {
        let stands_in = self.rows_of(&self.stands_in, person);
        let borrowed = stands_in
            .flat_map(move |row| self.own_appointments(&row.person, date).filter(move |given| row.covers(given, date)));
        self.own_appointments(person, date).chain(borrowed)
    }

    /// What a person was appointed to themselves, on a date.
    fn own_appointments<'d>(
        &'d self,
        person: &PersonId,
        date: Date,
    ) -> impl Iterator<Item = &'d Appointment> + use<'d> {
        let rows = self.people.get(person).map_or(&[][..], |(_, rows)| rows);
        rows.iter().map(|at| &self.appointments[*at as usize]).filter(move |appointment| appointment.holds_on(date))
    }

    /// What anybody holds, held or will hold, in the order of the table.
    pub fn all_appointments(&self) -> &[Appointment] {
        &self.appointments
    }

    /// Who holds a role that covers a place on a date: the nearest place first, each once. Deputies stand
    /// in the place of who is away.
    pub fn people(&self, role: &RoleId, place: &PlaceId, date: Date) -> Vec<Serving<'_>> {
        let Some(of_role) = self.by_post.get(role) else { return Vec::new() };
        let mut holders: Vec<Serving<'_>> = Vec::new();
        for around in place.upwards() {
            for at in of_role.get(&around).into_iter().flatten() {
                let appointment = &self.appointments[*at as usize];
                if appointment.holds_on(date) {
                    add_serving(&mut holders, self.serving(appointment, date));
                }
            }
        }
        holders
    }

    /// Whether a person holds a role that covers a place on a date.
    pub fn holds(&self, person: &PersonId, role: &RoleId, place: &PlaceId, date: Date) -> bool {
        self.appointments(person, date).any(|held| held.role == *role && held.place.covers(place))
    }

    /// Who works for a unit on a date, in the order of the table, each once; deputies as above.
    pub fn people_of(&self, unit: &UnitId, date: Date) -> Vec<Serving<'_>> {
        let mut people: Vec<Serving<'_>> = Vec::new();
        for at in self.by_unit.get(unit).into_iter().flatten() {
            let appointment = &self.appointments[*at as usize];
            if appointment.holds_on(date) {
                add_serving(&mut people, self.serving(appointment, date));
            }
        }
        people
    }

    /// Whether a person works for a unit on a date.
    pub fn works_for(&self, person: &PersonId, unit: &UnitId, date: Date) -> bool {
        self.appointments(person, date).any(|held| held.unit.as_ref() == Some(unit))
    }
}

/// Paths compare by their parts: `a-b` does not come between `a` and `a/c`.
fn segments(id: &PlaceId) -> impl Iterator<Item = &str> {
    id.as_str().split('/')
}

#[cfg(test)]
mod tests;
