//! `calendar.csv`: holidays, and working days that would be free.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;

use super::super::problem::{Remarks, quoted};
use super::super::source::{Located, Sources};
use super::{Columns, Table};

const COLUMNS: Columns = Columns { required: &["date", "kind"], optional: &["name"], further: false };

/// Whether each listed day is worked.
pub(crate) fn read_calendar(
    file: &Located<String>,
    sources: &mut Sources,
    remarks: &mut Remarks,
) -> BTreeMap<Date, bool> {
    let mut days = BTreeMap::new();
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return days };
    for row in table.rows() {
        row.need("date", remarks);
        let date = row.date("date", remarks);
        let Some(kind) = row.need("kind", remarks) else { continue };
        let is_worked = match kind.value.as_str() {
            "off" => false,
            "work" => true,
            other => {
                let text = format!("unknown kind of day {}", quoted(other));
                remarks.error(kind.spot, text).suggest(other, ["off", "work"]);
                continue;
            }
        };
        let Some(date) = date else { continue };
        match days.entry(date) {
            Entry::Vacant(entry) => {
                entry.insert(is_worked);
            }
            Entry::Occupied(_) => {
                remarks.error(row.spot(), format!("{date} stands twice"));
            }
        }
    }
    days
}
