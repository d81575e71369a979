//! `people.csv`: who holds which role where; one row an appointment.

use std::collections::{BTreeSet, HashMap};

use plugin_api::{PersonId, PlaceId, RoleId, Title, UnitId};

use super::super::problem::{Remarks, named, quoted};
use super::super::source::{Located, Sources, Spot};
use super::{Columns, Row, Table, is_slug, overlap, too_many};
use crate::directory::Appointment;
use crate::limits::APPOINTMENTS_MAX;
use crate::outlet::{ContactKind, Contacts};

const COLUMNS: Columns = Columns {
    required: &["person", "name", "role", "place"],
    optional: &["unit", "from", "to", "phone", "mail"],
    further: false,
};

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

/// Appointments with the person's name, in the order of the file; and how people are reached, which the
/// file is kept without: no journal holds a contact (I10).
pub(crate) fn read_people(
    file: &Located<String>,
    known: &Known<'_>,
    sources: &mut Sources,
    remarks: &mut Remarks,
) -> (Vec<(String, Appointment)>, Contacts) {
    let mut contacts = Contacts::default();
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return (Vec::new(), contacts) };
    if let Some(bytes) = table.without(&ContactKind::NAMES.map(|(column, _)| column)) {
        sources.keep_as(table.start, bytes);
    }
    let mut appointments: Vec<(String, Appointment)> = Vec::new();
    let mut people: HashMap<&str, Seen<'_>> = HashMap::new();
    for row in table.rows().take(APPOINTMENTS_MAX) {
        let Some((name, appointment)) = read_row(row, known, remarks) else { continue };
        read_contacts(row, &appointment.person, &mut contacts, remarks);
        let id = row.text("person");
        let Seen { first_name, rows } = people.entry(id).or_insert(Seen { first_name: name, rows: Vec::new() });
        if first_name.value != name.value {
            let first = sources.place_of(first_name.spot);
            let (here, there) = (&name.value, &first_name.value);
            remarks.error(
                name.spot,
                format!("人员“{id}”这里叫{}，{first} 叫{}", named(here), named(there)),
                format!("person {id:?} is {} here and {} at {first}", quoted(here), quoted(there)),
            );
        }
        let twice = rows.iter().find(|(at, _)| is_same(&appointments[*at].1, &appointment));
        if let Some((_, spot)) = twice {
            let first = sources.place_of(*spot);
            remarks.error(
                row.spot(),
                format!("“{id}”在这里已有这个角色；第一次在 {first}"),
                format!("{id:?} holds this role here already; first at {first}"),
            );
        }
        rows.push((appointments.len(), row.spot()));
        appointments.push((name.value.clone(), appointment));
    }
    if table.rows.len() > APPOINTMENTS_MAX {
        too_many(file, APPOINTMENTS_MAX, &Title::new("行", "rows"), remarks);
    }
    (appointments, contacts)
}

/// A person's contacts stand in any of their rows, and are the same in each that has them.
fn read_contacts(row: Row<'_>, person: &PersonId, contacts: &mut Contacts, remarks: &mut Remarks) {
    for (column, kind) in ContactKind::NAMES {
        let Some(cell) = row.find(column) else { continue };
        // The value itself is personal and is not repeated.
        match kind.parse(&cell.value) {
            None => {
                remarks.error(cell.spot, format!("{column} 不合写法"), format!("{column} is none"));
            }
            Some(contact) if !contacts.note(person, kind, &contact) => {
                remarks.error(
                    cell.spot,
                    format!("“{person}”的 {column} 与上面写的不同"),
                    format!("the {column} of {:?} is another than above", person.as_str()),
                );
            }
            Some(_) => {}
        }
    }
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
        unknown(&Title::new("角色", "role"), role, roles, remarks);
    }
    if let (Some(place), Some(places)) = (place, &known.places)
        && !places.contains(place.value.as_str())
    {
        unknown(&Title::new("区域", "place"), place, places, remarks);
    }
    let unit = row.find("unit");
    if let (Some(unit), Some(units)) = (unit, &known.units)
        && !units.contains(unit.value.as_str())
    {
        unknown(&Title::new("单位", "unit"), unit, units, remarks);
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

pub(super) fn unknown(what: &Title, cell: &Located<String>, known: &BTreeSet<&str>, remarks: &mut Remarks) {
    remarks
        .error(
            cell.spot,
            format!("没有{}{}", what.zh, named(&cell.value)),
            format!("unknown {} {}", what.en, quoted(&cell.value)),
        )
        .suggest(&cell.value, known.iter().copied());
}

fn check_person(person: &Located<String>, remarks: &mut Remarks) {
    let id = person.value.as_str();
    if !is_slug(id) {
        remarks
            .error(
                person.spot,
                format!("人员代码{}不合写法", named(id)),
                format!("person {} is not a slug", quoted(id)),
            )
            .hint("写成如 wang-fang", "write a code such as wang-fang");
    }
    // `r17` is what the host calls a resident it knows by a contact only.
    if id.strip_prefix('r').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())) {
        remarks.error(
            person.spot,
            format!("人员代码“{id}”是留给居民的"),
            format!("person {id:?} has a code that is kept for residents"),
        );
    }
}
