//! A view as a workbook.

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::grid::{Grid, Value};
use crate::lang::Lang;

/// What a spreadsheet takes.
const NAME_CHARS_MAX: usize = 31;
const CELL_CHARS_MAX: usize = 32_767;
const WIDTHS: (usize, usize) = (8, 60);

struct Formats {
    head: Format,
    money: Format,
    share: Format,
    moment: Format,
    date: Format,
}

/// One sheet for each table.
pub(super) fn xlsx(lang: Lang, grids: &[Grid]) -> anyhow::Result<Vec<u8>> {
    let formats = Formats {
        head: Format::new().set_bold(),
        money: Format::new().set_num_format("#,##0.00"),
        share: Format::new().set_num_format("0.0%"),
        moment: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        date: Format::new().set_num_format("yyyy-mm-dd"),
    };
    let mut book = Workbook::new();
    let mut names: Vec<String> = Vec::new();
    for grid in grids {
        let name = sheet_name(&grid.title, lang.words("表", "Sheet"), &names);
        fill(book.add_worksheet().set_name(&name)?, grid, &formats)?;
        names.push(name);
    }
    if grids.is_empty() {
        book.add_worksheet();
    }
    Ok(book.save_to_buffer()?)
}

fn fill(sheet: &mut Worksheet, grid: &Grid, formats: &Formats) -> anyhow::Result<()> {
    let mut widths = vec![WIDTHS.0; grid.heads.len().max(grid.rows.iter().map(Vec::len).max().unwrap_or(0))];
    for (column, head) in (0_u16..).zip(&grid.heads) {
        sheet.write_string_with_format(0, column, shortened(head), &formats.head)?;
        // The arrow of the filter stands over its end.
        widths[usize::from(column)] = widths[usize::from(column)].max(width(head) + 3);
    }
    let first = u32::from(!grid.heads.is_empty());
    for (row, values) in (first..).zip(&grid.rows) {
        for (column, value) in (0_u16..).zip(values) {
            let wide = write(sheet, row, column, value, formats)?;
            let widest = &mut widths[usize::from(column)];
            *widest = (*widest).max(wide + 1);
        }
    }
    for (column, width) in (0_u16..).zip(&widths) {
        let width = u32::try_from((*width).min(WIDTHS.1)).unwrap_or(u32::MAX);
        sheet.set_column_width(column, f64::from(width))?;
    }
    if !grid.heads.is_empty() {
        sheet.set_freeze_panes(1, 0)?;
        let last_row = u32::try_from(grid.rows.len())?;
        let last_column = u16::try_from(grid.heads.len() - 1)?;
        sheet.autofilter(0, 0, last_row, last_column)?;
    }
    Ok(())
}

/// Writes a value; gives about how many columns of text it takes.
fn write(sheet: &mut Worksheet, row: u32, column: u16, value: &Value, formats: &Formats) -> anyhow::Result<usize> {
    // A spreadsheet knows no other numbers than halves; nothing is computed with them here.
    let halves = |number: i64| number as f64;
    let wide = match value {
        Value::Empty => 0,
        Value::Text(text) => {
            sheet.write_string(row, column, shortened(text))?;
            text.lines().map(width).max().unwrap_or(0)
        }
        Value::Number(number) => {
            sheet.write_number(row, column, halves(*number))?;
            number.to_string().len()
        }
        Value::Money(fen) => {
            sheet.write_number_with_format(row, column, halves(*fen) / 100.0, &formats.money)?;
            fen.to_string().len() * 4 / 3 + 2
        }
        Value::Share { num, den } => {
            sheet.write_number_with_format(row, column, halves(*num) / halves(*den), &formats.share)?;
            7
        }
        Value::Moment(at) => {
            match excel_moment(*at) {
                Some(moment) => sheet.write_datetime_with_format(row, column, &moment, &formats.moment)?,
                None => sheet.write_string(row, column, at.to_string())?,
            };
            17
        }
        Value::Date(date) => {
            match excel_date(*date) {
                Some(day) => sheet.write_datetime_with_format(row, column, &day, &formats.date)?,
                None => sheet.write_string(row, column, date.to_string())?,
            };
            11
        }
    };
    Ok(wide)
}

fn excel_date(date: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    ExcelDateTime::from_ymd(year, date.month().unsigned_abs(), date.day().unsigned_abs()).ok()
}

fn excel_moment(at: DateTime) -> Option<ExcelDateTime> {
    let day = excel_date(at.date())?;
    let time = at.time();
    let (hour, minute) = (u16::from(time.hour().unsigned_abs()), time.minute().unsigned_abs());
    day.and_hms(hour, minute, f64::from(time.second())).ok()
}

fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn shortened(text: &str) -> String {
    // Counted as a spreadsheet counts: in halves of wide characters.
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < CELL_CHARS_MAX
    };
    let kept: String = text.chars().take_while(fits).collect();
    if kept.len() == text.len() { kept } else { kept + "…" }
}

/// A name that a spreadsheet takes and no sheet before has.
fn sheet_name(title: &str, otherwise: &str, taken: &[String]) -> String {
    let kept = |c: &char| !c.is_control() && !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\');
    let clean: String = title.chars().filter(kept).collect();
    let clean = clean.trim_matches(['\'', ' ']);
    let clean = if clean.is_empty() { otherwise } else { clean };
    let is_taken = |name: &str| taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let cut = |chars: usize| clean.chars().take(chars).collect::<String>();
    let mut name = cut(NAME_CHARS_MAX);
    let mut count = 1;
    while is_taken(&name) {
        count += 1;
        let suffix = format!(" ({count})");
        name = cut(NAME_CHARS_MAX - suffix.len()) + &suffix;
    }
    name
}
