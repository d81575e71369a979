//! `people.csv`: who holds which role where; one row an appointment.

use std::collections::{BTreeSet, HashMap};

use plugin_api::{PersonId, PlaceId, RoleId, UnitId};

use super::super::problem::{Remarks, quoted};
use super::super::source::{Located, Sources, Spot};
use super::{Columns, Row, Table, is_slug, overlap};
use crate::directory::Appointment;

const COLUMNS: Columns =
    Columns { required: &["person", "name", "role", "place"], optional: &["unit", "from", "to"], further: false };
const APPOINTMENTS_MAX: usize = 100_000;

/// What a row may name. `None` where it could not be read, and nothing is known to be wrong.
pub(crate) struct Known<'k> {
    pub(crate) roles: Option<BTreeSet<&'k str>>,
    pub(crate) places: Option<BTreeSet<&'k str>>,
    pub(crate) units: Option<BTreeSet<&'k str>>,
}

/// What the rows so far say of a person.
struct Seen<'t> {
    first_name: &'t Located<String>,
    /// Which appointments, and where their rows stand.
    rows: Vec<(usize, Spot)>,
}

/// Appointments with the person's name, in the order of the file.
pub(crate) fn read_people(
    file: &Located<String>,
    known: &Known<'_>,
    sources: &mut Sources,
    remarks: &mut Remarks,
) -> Vec<(String, Appointment)> {
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return Vec::new() };
    let mut appointments: Vec<(String, Appointment)> = Vec::new();
    let mut people: HashMap<&str, Seen<'_>> = HashMap::new();
    for row in table.rows().take(APPOINTMENTS_MAX) {
        let Some((name, appointment)) = read_row(row, known, remarks) else { continue };
        let id = row.text("person");
        let Seen { first_name, rows } = people.entry(id).or_insert(Seen { first_name: name, rows: Vec::new() });
        if first_name.value != name.value {
            let first = sources.place_of(first_name.spot);
            let text =
                format!("person {id:?} is {} here and {} at {first}", quoted(&name.value), quoted(&first_name.value));
            remarks.error(name.spot, text);
        }
        let twice = rows.iter().find(|(at, _)| is_same(&appointments[*at].1, &appointment));
        if let Some((_, spot)) = twice {
            let first = sources.place_of(*spot);
            remarks.error(row.spot(), format!("{id:?} holds this role here already; first at {first}"));
        }
        rows.push((appointments.len(), row.spot()));
        appointments.push((name.value.clone(), appointment));
    }
    if table.rows.len() > APPOINTMENTS_MAX {
        remarks.error(file.spot, format!("{} has more than {APPOINTMENTS_MAX} rows", file.value));
    }
    appointments
}

fn is_same(a: &Appointment, b: &Appointment) -> bool {
    (&a.role, &a.place, &a.unit) == (&b.role, &b.place, &b.unit) && overlap((a.from, a.to), (b.from, b.to))
}

fn read_row<'t>(row: Row<'t>, known: &Known<'_>, remarks: &mut Remarks) -> Option<(&'t Located<String>, Appointment)> {
    let [person, name, role, place] = ["person", "name", "role", "place"].map(|column| row.need(column, remarks));
    let (from, to) = row.period(remarks);
    if let Some(person) = person {
        check_person(person, remarks);
    }
    if let (Some(role), Some(roles)) = (role, &known.roles)
        && !roles.contains(role.value.as_str())
    {
        let text = format!("unknown role {}", quoted(&role.value));
        remarks.error(role.spot, text).suggest(&role.value, roles.iter().copied());
    }
    if let (Some(place), Some(places)) = (place, &known.places)
        && !places.contains(place.value.as_str())
    {
        let text = format!("unknown place {}", quoted(&place.value));
        remarks.error(place.spot, text).suggest(&place.value, places.iter().copied());
    }
    let unit = row.find("unit");
    if let (Some(unit), Some(units)) = (unit, &known.units)
        && !units.contains(unit.value.as_str())
    {
        let text = format!("unknown unit {}", quoted(&unit.value));
        remarks.error(unit.spot, text).suggest(&unit.value, units.iter().copied());
    }
    let appointment = Appointment {
        person: PersonId::new(person?.value.as_str()),
        role: RoleId::new(role?.value.as_str()),
        place: PlaceId::new(place?.value.as_str()),
        unit: unit.map(|unit| UnitId::new(unit.value.as_str())),
        from,
        to,
    };
    Some((name?, appointment))
}

fn check_person(person: &Located<String>, remarks: &mut Remarks) {
    let id = person.value.as_str();
    if !is_slug(id) {
        remarks
            .error(person.spot, format!("person {} is not a slug", quoted(id)))
            .hint("write a code such as wang-fang");
    }
    // `r17` is what the host calls a resident it knows by a contact only.
    if id.strip_prefix('r').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())) {
        remarks.error(person.spot, format!("person {id:?} has a code that is kept for residents"));
    }
}
