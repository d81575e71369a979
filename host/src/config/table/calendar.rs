//! `calendar.csv`: holidays, and working days that would be free.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::problem::{Remarks, quoted};
use super::super::source::{Located, Sources, Spot};
use super::{Columns, Table};
use crate::calendar::{BadDay, Days, Listed, Listing};

const COLUMNS: Columns = Columns { required: &["date", "kind"], optional: &["name"], further: false };
/// Of a year that was published whole, New Year is the first holiday and National Day the last; with a
/// month to spare, since a district may list days in its own way.
const FIRST_HOLIDAY_MONTH: i8 = 2;
const LAST_HOLIDAY_MONTH: i8 = 9;

/// The days that are listed; plain weeks where they do not fit together, which is remarked.
pub(crate) fn read_calendar(file: &Located<String>, sources: &mut Sources, remarks: &mut Remarks) -> Days {
    let Some(table) = Table::read(file, &COLUMNS, sources, remarks) else { return Days::plain() };
    let mut listing = Listing::default();
    let mut spots: BTreeMap<Date, Spot> = BTreeMap::new();
    let mut before: Option<Date> = None;
    for row in table.rows() {
        row.need("date", remarks);
        let date = row.date("date", remarks);
        let Some(kind) = row.need("kind", remarks) else { continue };
        let listed = match kind.value.as_str() {
            "off" => Listed::Off,
            "work" => Listed::Work,
            other => {
                let text = format!("unknown kind of day {}", quoted(other));
                remarks.error(kind.spot, text).suggest(other, ["off", "work"]);
                continue;
            }
        };
        let Some(date) = date else { continue };
        match listing.add(date, listed) {
            Ok(()) => drop(spots.insert(date, row.spot())),
            Err(bad) => {
                let first = spots.get(&date).map(|spot| format!("; first at {}", sources.place_of(*spot)));
                remarks.error(row.spot(), format!("{bad}{}", first.unwrap_or_default()));
                continue;
            }
        }
        if let Some(before) = before
            && date < before
        {
            let text = format!("{date} stands below {before}");
            remarks.warning(row.spot(), text).hint("is the year right?");
        }
        before = Some(date);
    }
    warn_of_half_years(&spots, remarks);
    listing.finish().unwrap_or_else(|bad| {
        for bad in bad {
            remark(&bad, &spots, remarks);
        }
        Days::plain()
    })
}

fn remark(bad: &BadDay, spots: &BTreeMap<Date, Spot>, remarks: &mut Remarks) {
    let Some(spot) = spots.get(&bad.date) else { return };
    let remark = remarks.error(*spot, bad.to_string());
    if let Some(hint) = bad.hint() {
        remark.hint(hint);
    }
}

/// A year is covered as soon as one day of it is listed, so a half-typed one would count its other
/// holidays as workdays without a word.
fn warn_of_half_years(spots: &BTreeMap<Date, Spot>, remarks: &mut Remarks) {
    let mut of_year: BTreeMap<i16, Vec<(Date, Spot)>> = BTreeMap::new();
    for (date, spot) in spots {
        of_year.entry(date.year()).or_default().push((*date, *spot));
    }
    let mut warn = |date: Date, spot, side| {
        let text = format!("no day of {} {side} {date} is listed", date.year());
        remarks.warning(spot, text).hint("list all holidays of a year: the others count as ordinary days");
    };
    for days in of_year.values() {
        let (Some((first, first_spot)), Some((last, last_spot))) = (days.first(), days.last()) else { continue };
        if FIRST_HOLIDAY_MONTH < first.month() {
            warn(*first, *first_spot, "before");
        }
        if last.month() < LAST_HOLIDAY_MONTH {
            warn(*last, *last_spot, "after");
        }
    }
}
