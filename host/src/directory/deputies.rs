//! Who stands in for whom while somebody is away.
//!
//! Always holds: what is lent is lent once; a deputy's deputy gets nothing of it.

use std::collections::HashMap;

use jiff::civil::Date;
use plugin_api::{PersonId, RoleId};

use super::{Appointment, Directory};

/// Who stands in for somebody, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deputy {
    /// Who is away.
    pub person: PersonId,
    /// Who stands in.
    pub deputy: PersonId,
    /// In which role; in all of them, if none.
    pub role: Option<RoleId>,
    /// First day; always, if none.
    pub from: Option<Date>,
    /// Last day; for ever, if none.
    pub to: Option<Date>,
}

impl Deputy {
    /// Whether they stand in on a date for what somebody was appointed to.
    pub(super) fn covers(&self, given: &Appointment, date: Date) -> bool {
        let is_then = self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to);
        is_then && self.person == given.person && self.role.as_ref().is_none_or(|role| *role == given.role)
    }
}

/// Somebody who serves on a date, by an appointment that is theirs or that of whom they stand in for.
#[derive(Clone, Copy, Debug)]
pub struct Serving<'d> {
    /// Who serves.
    pub person: &'d PersonId,
    /// By what.
    pub given: &'d Appointment,
}

impl Directory {
    /// The same, with who stands in for whom.
    #[must_use]
    pub fn with_deputies(mut self, deputies: Vec<Deputy>) -> Directory {
        for (at, row) in (0..).zip(&deputies) {
            self.stands_in.entry(row.deputy.clone()).or_default().push(at);
            self.away.entry(row.person.clone()).or_default().push(at);
        }
        self.deputies = deputies;
        self
    }

    pub(super) fn rows_of<'d>(
        &'d self,
        of: &'d HashMap<PersonId, Vec<u32>>,
        person: &PersonId,
    ) -> impl Iterator<Item = &'d Deputy> + use<'d> {
        of.get(person).into_iter().flatten().map(|at| &self.deputies[*at as usize])
    }

    /// Those who serve by an appointment on a date: while somebody is away their deputies.
    pub(super) fn serving<'d>(&'d self, given: &'d Appointment, date: Date) -> Vec<Serving<'d>> {
        let away = self.rows_of(&self.away, &given.person).filter(|row| row.covers(given, date));
        let deputies: Vec<Serving<'_>> = away.map(|row| Serving { person: &row.deputy, given }).collect();
        if deputies.is_empty() { vec![Serving { person: &given.person, given }] } else { deputies }
    }
}

pub(super) fn add_serving<'d>(all: &mut Vec<Serving<'d>>, more: Vec<Serving<'d>>) {
    for serving in more {
        if !all.iter().any(|other| other.person == serving.person) {
            all.push(serving);
        }
    }
}
