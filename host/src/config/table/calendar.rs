//! `calendar.csv`: holidays, and working days that would be free.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plugin_api::Title;

use super::super::problem::{Remarks, named, quoted};
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
                remarks
                    .error(
                        kind.spot,
                        format!("kind 没有{}这种日子", named(other)),
                        format!("unknown kind of day {}", quoted(other)),
                    )
                    .suggest(other, ["off", "work"]);
                continue;
            }
        };
        let Some(date) = date else { continue };
        match listing.add(date, listed) {
            Ok(()) => drop(spots.insert(date, row.spot())),
            Err(bad) => {
                let Title { zh, en } = bad.words();
                let first = spots.get(&date).map(|spot| sources.place_of(*spot));
                let (zh_first, en_first) = match first {
                    Some(first) => (format!("；第一次在 {first}"), format!("; first at {first}")),
                    None => (String::new(), String::new()),
                };
                remarks.error(row.spot(), zh + &zh_first, en + &en_first);
                continue;
            }
        }
        if let Some(before) = before
            && date < before
        {
            remarks
                .warning(row.spot(), format!("{date} 排在 {before} 下面"), format!("{date} stands below {before}"))
                .hint("年份对吗？", "is the year right?");
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
    let Title { zh, en } = bad.words();
    let remark = remarks.error(*spot, zh, en);
    if let Some(Title { zh, en }) = bad.hint() {
        remark.hint(zh, en);
    }
}

/// A year is covered as soon as one day of it is listed, so a half-typed one would count its other
/// holidays as workdays without a word.
fn warn_of_half_years(spots: &BTreeMap<Date, Spot>, remarks: &mut Remarks) {
    let mut of_year: BTreeMap<i16, Vec<(Date, Spot)>> = BTreeMap::new();
    for (date, spot) in spots {
        of_year.entry(date.year()).or_default().push((*date, *spot));
    }
    let mut warn = |date: Date, spot, [zh, en]: [&str; 2]| {
        let year = date.year();
        remarks
            .warning(
                spot,
                format!("{year} 年 {date} {zh}一天也没有列出"),
                format!("no day of {year} {en} {date} is listed"),
            )
            .hint(
                "一年的节假日要列全：没有列出的算平常日子",
                "list all holidays of a year: the others count as ordinary days",
            );
    };
    for days in of_year.values() {
        let (Some((first, first_spot)), Some((last, last_spot))) = (days.first(), days.last()) else { continue };
        if FIRST_HOLIDAY_MONTH < first.month() {
            warn(*first, *first_spot, ["以前", "before"]);
        }
        if last.month() < LAST_HOLIDAY_MONTH {
            warn(*last, *last_spot, ["以后", "after"]);
        }
    }
}
