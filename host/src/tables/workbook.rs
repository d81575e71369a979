//! Tables in workbooks: XLSX and XLS, of which the first sheet is read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use calamine::{Data, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError};
use jiff::civil::{Date, DateTime, Time};

use super::sheet::{EachRow, Entry, NoTable, Progress, Row};
use crate::limits::TABLE_BYTES_MAX;

/// Digits a spreadsheet keeps of a number; what follows comes of counting in halves.
const DIGITS_MAX: usize = 15;

/// A workbook's first sheet.
pub(super) enum Workbook {
    /// Read cell by cell: its far corner may hold one cell, and all between is nothing.
    Xlsx {
        /// The file.
        book: Box<Xlsx<BufReader<File>>>,
        /// Name of the sheet.
        sheet: String,
    },
    /// The old format has so few rows that they are read at once.
    Xls(Range<Data>),
}

impl Workbook {
    /// Opens an XLSX file and reads its headings.
    pub(super) fn open_xlsx(path: &Path) -> Result<(Workbook, Vec<Entry>), NoTable> {
        check_unpacked_size(path)?;
        let book = Xlsx::new(BufReader::new(File::open(path)?)).map_err(|error| unreadable_xlsx(&error))?;
        let sheet = first_sheet(&book).ok_or_else(no_sheet)?;
        Workbook::Xlsx { book: Box::new(book), sheet }.with_heads()
    }

    /// Opens an XLS file and reads its headings.
    pub(super) fn open_xls(path: &Path) -> Result<(Workbook, Vec<Entry>), NoTable> {
        let mut book = match Xls::new(BufReader::new(File::open(path)?)) {
            Ok(book) => book,
            // An XLSX file with a password is wrapped in the old format.
            Err(error) => match Xlsx::new(BufReader::new(File::open(path)?)) {
                Err(XlsxError::Password) => return Err(encrypted()),
                _ => return Err(unreadable_xls(&error)),
            },
        };
        let sheet = first_sheet(&book).ok_or_else(no_sheet)?;
        let range = book.worksheet_range(&sheet).map_err(|error| unreadable_xls(&error))?;
        Workbook::Xls(range).with_heads()
    }

    fn with_heads(mut self) -> Result<(Workbook, Vec<Entry>), NoTable> {
        let mut heads = Vec::new();
        self.for_each(0, &mut |row, _| {
            if row.cells.iter().all(Entry::is_empty) {
                return ControlFlow::Continue(());
            }
            heads = row.cells;
            ControlFlow::Break(())
        })?;
        Ok((self, heads))
    }

    /// Gives every row below the headings, filled up to so many columns: a workbook does not store
    /// the empty cells at the end of a row.
    pub(super) fn for_each_row(&mut self, columns: usize, each: EachRow<'_>) -> Result<(), NoTable> {
        let mut is_below = false;
        self.for_each(columns, &mut |row, progress| {
            if is_below {
                return each(row, progress);
            }
            is_below = !row.cells.iter().all(Entry::is_empty);
            ControlFlow::Continue(())
        })
    }

    fn for_each(&mut self, columns: usize, each: EachRow<'_>) -> Result<(), NoTable> {
        let (book, sheet) = match self {
            Workbook::Xls(range) => {
                for_each_of_range(range, columns, each);
                return Ok(());
            }
            Workbook::Xlsx { book, sheet } => (book, sheet),
        };
        let mut reader = book.worksheet_cells_reader(sheet).map_err(|error| unreadable_xlsx(&error))?;
        let total = u64::from(reader.dimensions().end.0) + 1;
        let mut row = Row { number: 0, cells: Vec::new(), damage: None };
        while let Some(cell) = reader.next_cell().map_err(|error| unreadable_xlsx(&error))? {
            let (at, column) = (u64::from(cell.get_position().0) + 1, cell.get_position().1 as usize);
            if at != row.number {
                if row.number != 0 && each(filled(&mut row, columns), Progress { done: row.number, total }).is_break() {
                    return Ok(());
                }
                row.number = at;
            }
            let value = entry_of(&Data::from(cell.get_value().clone()));
            if value.is_empty() {
                continue;
            }
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Entry::Text(String::new()));
            }
            row.cells[column] = value;
        }
        if row.number != 0 {
            // It is the last one, so it does not matter whether one more is wanted.
            let _ = each(filled(&mut row, columns), Progress { done: total, total });
        }
        Ok(())
    }
}

fn for_each_of_range(range: &Range<Data>, columns: usize, each: EachRow<'_>) {
    let (first_row, first_column) = range.start().unwrap_or((0, 0));
    let total = range.height() as u64;
    for (done, cells) in (1_u64..).zip(range.rows()) {
        let before = (0..first_column).map(|_| Entry::Text(String::new()));
        let cells = before.chain(cells.iter().map(entry_of)).collect();
        let mut row = Row { number: u64::from(first_row) + done, cells, damage: None };
        if each(filled(&mut row, columns), Progress { done, total }).is_break() {
            return;
        }
    }
}

/// Takes the row out, with as many cells as there are headings, or as it needs.
fn filled(row: &mut Row, columns: usize) -> Row {
    let mut cells = std::mem::take(&mut row.cells);
    while columns < cells.len() && cells.last().is_some_and(Entry::is_empty) {
        cells.pop();
    }
    if cells.len() < columns {
        cells.resize(columns, Entry::Text(String::new()));
    }
    Row { number: row.number, cells, damage: None }
}

fn first_sheet<R: Reader<BufReader<File>>>(book: &R) -> Option<String> {
    let sheets = || book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let shown = sheets().find(|sheet| sheet.visible == SheetVisible::Visible);
    shown.or_else(|| sheets().next()).map(|sheet| sheet.name.clone())
}

fn entry_of(cell: &Data) -> Entry {
    Entry::Text(match cell {
        Data::Empty => String::new(),
        Data::String(text) => with_plain_breaks(text),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number_text(*number),
        Data::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        Data::Error(error) => error.to_string(),
        Data::DateTime(moment) => return entry_of_moment(moment),
        Data::DateTimeIso(text) => match (text.parse::<DateTime>(), text.parse::<Time>()) {
            (Ok(moment), _) => return Entry::Moment(moment),
            (_, Ok(time)) => return Entry::Time(time),
            _ => text.clone(),
        },
        Data::DurationIso(text) => text.clone(),
    })
}

/// The days and parts of a day that a workbook counts from its own beginning.
fn entry_of_moment(moment: &ExcelDateTime) -> Entry {
    let number = moment.as_f64();
    if !number.is_finite() || number < 0.0 {
        return Entry::Text(number_text(number));
    }
    let (year, month, day, hour, minute, second, ms) = moment.to_ymd_hms_milli();
    let time = Time::new(hour as i8, minute as i8, second as i8, i32::from(ms) * 1_000_000);
    let date = Date::new(year as i16, month as i8, day as i8);
    match (date, time) {
        (_, Ok(time)) if number < 1.0 => Entry::Time(time),
        (Ok(date), Ok(time)) => Entry::Moment(date.to_datetime(time)),
        _ => Entry::Text(number_text(number)),
    }
}

/// A number as people write it: `188006` for 188006.0, and without the crumbs of halves.
fn number_text(number: f64) -> String {
    let plain = number.to_string();
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    if digits <= DIGITS_MAX || !number.is_finite() {
        return plain;
    }
    let rounded = format!("{number:.*e}", DIGITS_MAX - 1).parse::<f64>();
    rounded.map_or(plain, |rounded| rounded.to_string())
}

fn with_plain_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Adds up what the parts of a packed file unpack to: a small file may hold gigabytes.
fn check_unpacked_size(path: &Path) -> Result<(), NoTable> {
    const END_BYTES: usize = 22;
    const PART_BYTES: usize = 46;
    let mut file = File::open(path)?;
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(len.saturating_sub(65_535 + END_BYTES as u64)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let number = |bytes: &[u8], at: usize, size: usize| -> u64 {
        bytes.get(at..at + size).map_or(0, |le| le.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    };
    let at = end.windows(4).rposition(|four| four == b"PK\x05\x06").ok_or_else(broken)?;
    file.seek(SeekFrom::Start(number(&end, at + 16, 4)))?;
    let mut parts = Vec::new();
    file.take(number(&end, at + 12, 4)).read_to_end(&mut parts)?;
    let mut sum = 0_u64;
    let mut rest = parts.as_slice();
    while rest.starts_with(b"PK\x01\x02") {
        sum = sum.saturating_add(number(rest, 24, 4));
        let names = number(rest, 28, 2) + number(rest, 30, 2) + number(rest, 32, 2);
        rest = rest.get(PART_BYTES + names as usize..).unwrap_or_default();
    }
    if TABLE_BYTES_MAX < sum {
        return Err(NoTable::new(
            format!("工作簿解开后有 {sum} 字节，最多 {TABLE_BYTES_MAX} 字节；请分成几个文件"),
            format!("the workbook unpacks to {sum} bytes, at most {TABLE_BYTES_MAX}; divide it"),
        ));
    }
    Ok(())
}

fn unreadable_xlsx(error: &XlsxError) -> NoTable {
    match error {
        XlsxError::Password => encrypted(),
        _ => broken_by(&error.to_string()),
    }
}

fn unreadable_xls(error: &XlsError) -> NoTable {
    match error {
        XlsError::Password => encrypted(),
        _ => broken_by(&error.to_string()),
    }
}

fn encrypted() -> NoTable {
    NoTable::new(
        "工作簿设有密码：请在 Excel 里去掉打开密码后另存，再导入",
        "the workbook has a password: save it without one, and import that",
    )
}

fn broken() -> NoTable {
    broken_by("it ends early")
}

fn broken_by(why: &str) -> NoTable {
    NoTable::new(
        format!("不是能读的工作簿（{why}）：请用 Excel 打开并另存为 XLSX 后再导入"),
        format!("this is no workbook that can be read ({why}): open it in Excel, save it as XLSX, and import that"),
    )
}

fn no_sheet() -> NoTable {
    NoTable::new("工作簿里没有工作表", "the workbook has no sheet")
}
