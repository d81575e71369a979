//! CSV files: rows of cells, each with its place.
//!
//! RFC 4180, read here and not by a library because every problem names the cell it is about.
//! Knows columns by name; what the cells mean is the business of the files below.

mod calendar;
mod cells;
mod deputies;
mod lists;
mod people;
mod places;
mod units;

use jiff::civil::Date;
use plugin_api::Title;

use super::problem::{Remarks, named, quoted};
use super::source::{Content, Located, Sources, Spot};
use cells::{Record, records};

pub(super) use calendar::read_calendar;
pub(super) use deputies::{Known as KnownPeople, read_deputies};
pub(super) use lists::{RawCodeList, read_list};
pub(super) use people::{Known, read_people};
pub(super) use places::{is_slug, read_places};
pub(super) use units::read_units;

/// A table that fits its header.
#[derive(Debug)]
pub(super) struct Table {
    start: Spot,
    header: Vec<Located<String>>,
    rows: Vec<Record>,
}

/// The columns a file may have.
struct Columns {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// Whether it may have others.
    further: bool,
}

impl Table {
    /// Reads a file. What does not fit is remarked; rows that do are kept.
    fn read(file: &Located<String>, columns: &Columns, sources: &mut Sources, remarks: &mut Remarks) -> Option<Table> {
        let start = sources.read(&file.value, Content::Table, Some(file.spot), remarks)?;
        let mut rows = records(sources.text(start), start, remarks).into_iter();
        let Some(header) = rows.next() else {
            let wanted = columns.required.join(",");
            remarks
                .error(start, "没有表头", "has no header row")
                .hint(format!("第一行应以 {wanted} 开头"), format!("it starts {wanted}"));
            return None;
        };
        let header = read_header(header, columns, remarks)?;
        let width = header.len();
        let rows = rows.filter(|row| {
            // A spreadsheet leaves empty cells behind the last column.
            let cells = row.len() - row.iter().rev().take_while(|cell| cell.value.is_empty()).count();
            let fits = cells <= width && width <= row.len();
            if !fits {
                let found = if cells <= width { row.len() } else { cells };
                let plural = if found == 1 { "" } else { "s" };
                remarks.error(
                    row[0].spot,
                    format!("这一行有 {found} 格，表头有 {width} 列"),
                    format!("the row has {found} cell{plural}, the header {width}"),
                );
            }
            fits
        });
        Some(Table { start, rows: rows.collect(), header })
    }

    /// Cells of a row by column; a column that is not there gives an empty one.
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { header: &self.header, cells })
    }

    /// The table without some columns, if it has any of them.
    fn without(&self, columns: &[&str]) -> Option<Vec<u8>> {
        let is_kept = |at: usize| self.header.get(at).is_some_and(|given| !columns.contains(&given.value.as_str()));
        if (0..self.header.len()).all(is_kept) {
            return None;
        }
        let mut written = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let cells = row.iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, cell)| cell.value.as_str());
            written.write_record(cells).expect("every row is as wide as the header, and memory takes it");
        }
        Some(written.into_inner().expect("memory takes it"))
    }

    fn columns(&self) -> impl Iterator<Item = &Located<String>> {
        self.header.iter()
    }
}

#[derive(Clone, Copy)]
struct Row<'t> {
    header: &'t [Located<String>],
    cells: &'t [Located<String>],
}

impl<'t> Row<'t> {
    fn spot(&self) -> Spot {
        self.cells[0].spot
    }

    fn find(&self, column: &str) -> Option<&'t Located<String>> {
        let at = self.header.iter().position(|given| given.value == column)?;
        self.cells.get(at).filter(|cell| !cell.value.is_empty())
    }

    /// The text of a cell, "" where there is none.
    fn text(&self, column: &str) -> &'t str {
        self.find(column).map_or("", |cell| &cell.value)
    }

    /// A cell that must hold something.
    fn need(&self, column: &str, remarks: &mut Remarks) -> Option<&'t Located<String>> {
        let cell = self.find(column);
        if cell.is_none() {
            let at = self.header.iter().position(|given| given.value == column);
            let spot = at.and_then(|at| self.cells.get(at)).map_or(self.spot(), |cell| cell.spot);
            remarks.error(spot, format!("{column} 是空的"), format!("{column} is empty"));
        }
        cell
    }

    fn date(&self, column: &str, remarks: &mut Remarks) -> Option<Date> {
        let cell = self.find(column)?;
        // Spreadsheets write dates with slashes and without leading zeros.
        let parts: Vec<&str> = cell.value.split(['-', '/']).collect();
        let date = match parts.as_slice() {
            [year, month, day] if year.len() == 4 => {
                let number = |part: &str| part.parse::<i8>().ok();
                year.parse().ok().zip(number(month)).zip(number(day)).and_then(|((y, m), d)| Date::new(y, m, d).ok())
            }
            _ => None,
        };
        if date.is_none() {
            remarks
                .error(
                    cell.spot,
                    format!("{column} {}不是日期", named(&cell.value)),
                    format!("{column} {} is not a date", quoted(&cell.value)),
                )
                .hint("写成 2026-03-02", "write 2026-03-02");
        }
        date
    }

    /// The columns `from` and `to`: first and last day.
    fn period(&self, remarks: &mut Remarks) -> (Option<Date>, Option<Date>) {
        let (from, to) = (self.date("from", remarks), self.date("to", remarks));
        if let (Some(from), Some(to), Some(cell)) = (from, to, self.find("to"))
            && to < from
        {
            remarks.error(cell.spot, format!("to {to} 早于 from {from}"), format!("to {to} is before from {from}"));
        }
        (from, to)
    }
}

/// A file has more of something than is read.
fn too_many(file: &Located<String>, most: usize, what: &Title, remarks: &mut Remarks) {
    remarks.error(
        file.spot,
        format!("{} 超过 {most} 个{}", file.value, what.zh),
        format!("{} has more than {most} {}", file.value, what.en),
    );
}

/// Whether two periods have a day in common.
fn overlap(a: (Option<Date>, Option<Date>), b: (Option<Date>, Option<Date>)) -> bool {
    let starts_in_time = |from: Option<Date>, to: Option<Date>| from.zip(to).is_none_or(|(from, to)| from <= to);
    starts_in_time(a.0, b.1) && starts_in_time(b.0, a.1)
}

fn read_header(mut header: Record, columns: &Columns, remarks: &mut Remarks) -> Option<Vec<Located<String>>> {
    while header.len() > 1 && header.last().is_some_and(|cell| cell.value.is_empty()) {
        header.pop();
    }
    let known = || columns.required.iter().chain(columns.optional).copied();
    let start = header[0].spot;
    if let [only] = header.as_slice()
        && let Some(other) = [';', '\t', '；', '，'].into_iter().find(|c| only.value.contains(*c))
    {
        remarks
            .error(start, format!("各格用 {other:?} 分隔"), format!("the cells are separated by {other:?}"))
            .hint("请用英文逗号分隔", "separate them by commas");
        return None;
    }
    for (i, cell) in header.iter().enumerate() {
        if header[..i].iter().any(|other| other.value == cell.value) {
            remarks.error(
                cell.spot,
                format!("表头里{}出现了两次", named(&cell.value)),
                format!("the column {} stands twice in the header", quoted(&cell.value)),
            );
        } else if cell.value.is_empty() {
            remarks.error(cell.spot, "表头里有一列没有名称", "a column has no name in the header");
        } else if !columns.further && !known().any(|name| name == cell.value) {
            remarks
                .error(
                    cell.spot,
                    format!("没有{}这一列", named(&cell.value)),
                    format!("unknown column {}", quoted(&cell.value)),
                )
                .suggest(&cell.value, known());
        }
    }
    let mut is_whole = true;
    for name in columns.required {
        if !header.iter().any(|cell| cell.value == *name) {
            remarks.error(start, format!("表头缺少列“{name}”"), format!("the header has no column {name:?}"));
            is_whole = false;
        }
    }
    is_whole.then_some(header)
}
