//! `deputies.csv`: who stands in for whom, in which role, from when until when.

use std::collections::BTreeSet;

use plugin_api::{PersonId, RoleId, Title};

use super::super::problem::Remarks;
use super::super::source::{Located, Sources};
use super::people::unknown;
use super::{Columns, Row, Table, overlap, too_many};
use crate::directory::Deputy;
use crate::limits::DEPUTIES_MAX;

const COLUMNS: Columns =
    Columns { required: &["person", "deputy", "role", "from", "to"], optional: &["why"], further: false };

/// Who and what a row may name. `None` where it could not be read.
pub(crate) struct Known<'k> {
    pub(crate) people: Option<BTreeSet<&'k str>>,
    pub(crate) roles: Option<BTreeSet<&'k str>>,
}

/// Deputies in the order of the file.
pub(crate) fn read_deputies(
    file: &Located<String>,
    known: &Known<'_>,
    sources: &mut Sources,
    remarks: &mut Remarks,
) -> Vec<Deputy> {
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return Vec::new() };
    let mut deputies: Vec<(Deputy, usize)> = Vec::new();
    for (nth, row) in table.rows().take(DEPUTIES_MAX).enumerate() {
        let Some(deputy) = read_row(row, known, remarks) else { continue };
        let is_same = |other: &Deputy| {
            let roles_meet = other.role.is_none() || deputy.role.is_none() || other.role == deputy.role;
            (&other.person, &other.deputy) == (&deputy.person, &deputy.deputy)
                && roles_meet
                && overlap((other.from, other.to), (deputy.from, deputy.to))
        };
        if let Some((_, first)) = deputies.iter().find(|(other, _)| is_same(other)) {
            let first = table.rows().nth(*first).map_or(table.start, |row| row.spot());
            let first = sources.place_of(first);
            remarks.error(
                row.spot(),
                format!("“{}”在这段时间已由“{}”代理；第一次在 {first}", deputy.person, deputy.deputy),
                format!(
                    "{:?} stands in for {:?} then already; first at {first}",
                    deputy.deputy.as_str(),
                    deputy.person.as_str()
                ),
            );
        }
        deputies.push((deputy, nth));
    }
    if table.rows.len() > DEPUTIES_MAX {
        too_many(file, DEPUTIES_MAX, &Title::new("行", "rows"), remarks);
    }
    deputies.into_iter().map(|(deputy, _)| deputy).collect()
}

fn read_row(row: Row<'_>, known: &Known<'_>, remarks: &mut Remarks) -> Option<Deputy> {
    let [person, deputy] = ["person", "deputy"].map(|column| row.need(column, remarks));
    let (from, to) = row.period(remarks);
    for cell in [person, deputy].into_iter().flatten() {
        if let Some(people) = known.people.as_ref().filter(|people| !people.contains(cell.value.as_str())) {
            unknown(&Title::new("人员", "person"), cell, people, remarks);
        }
    }
    let role = row.find("role");
    if let (Some(role), Some(roles)) = (role, &known.roles)
        && !roles.contains(role.value.as_str())
    {
        unknown(&Title::new("角色", "role"), role, roles, remarks);
    }
    let (person, deputy) = (person?, deputy?);
    if person.value == deputy.value {
        remarks.error(deputy.spot, "不能由本人代理", "nobody is their own deputy");
        return None;
    }
    Some(Deputy {
        person: PersonId::new(person.value.as_str()),
        deputy: PersonId::new(deputy.value.as_str()),
        role: role.map(|role| RoleId::new(role.value.as_str())),
        from,
        to,
    })
}
