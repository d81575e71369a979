//! Tables in text files: cells between commas, semicolons or tabs.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use plugin_api::Title;

use super::encoding::{Found, Utf8, find_encoding};
use super::sheet::{EachRow, Entry, NoTable, Progress, Row};
use crate::limits::FORM_BYTES_MAX;

/// How much of a file is looked at to find what stands between its cells.
const SNIFFED_BYTES: u64 = 64 * 1024;
const DAMAGED_CHARS_MAX: usize = 2_000;
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A table in a text file.
pub(super) struct Delimited {
    path: PathBuf,
    bytes: u64,
    found: Found,
    separator: u8,
}

impl Delimited {
    /// Opens a text file of so many bytes and reads its headings.
    pub(super) fn open(path: &Path, bytes: u64) -> Result<(Delimited, Vec<Entry>), NoTable> {
        let found = find_encoding(path)?;
        let mut start = Vec::new();
        Utf8::new(File::open(path)?, found.encoding).take(SNIFFED_BYTES).read_to_end(&mut start)?;
        let separator = find_separator(&start);
        let mut text = Delimited { path: path.to_owned(), bytes, found, separator };
        let mut heads = Vec::new();
        text.for_each_record(&mut |row, _| {
            if row.cells.iter().all(Entry::is_empty) {
                return ControlFlow::Continue(());
            }
            heads = row.cells;
            ControlFlow::Break(())
        })?;
        Ok((text, heads))
    }

    /// Gives every row below the headings.
    pub(super) fn for_each_row(&mut self, each: EachRow<'_>) -> Result<(), NoTable> {
        let mut is_below = false;
        self.for_each_record(&mut |row, progress| {
            if is_below {
                return each(row, progress);
            }
            is_below = !row.cells.iter().all(Entry::is_empty);
            ControlFlow::Continue(())
        })
    }

    fn for_each_record(&mut self, each: EachRow<'_>) -> Result<(), NoTable> {
        let from = Utf8::new(File::open(&self.path)?, self.found.encoding);
        let mut reader =
            ReaderBuilder::new().delimiter(self.separator).has_headers(false).flexible(true).from_reader(from);
        let mut record = StringRecord::new();
        // A spreadsheet counts empty lines, which the reader leaves out, and does not count breaks
        // within a cell: what is left of the lines is the number of the row.
        let (mut breaks, mut number) = (0, 0);
        while reader.read_record(&mut record).map_err(broken)? {
            breaks += record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
            let damage = self.find_damage(&record);
            // Of a row that goes no further, what is shown is enough.
            let chars_max = if damage.is_some() { DAMAGED_CHARS_MAX } else { usize::MAX };
            let cells = record.iter().map(|cell| Entry::Text(cell.chars().take(chars_max).collect())).collect();
            // A quotation mark that is never closed takes the end of the last line for its own.
            number = reader.position().line().saturating_sub(1 + breaks).max(number + 1);
            let row = Row { number, cells, damage };
            let progress = Progress { done: reader.get_ref().bytes_read, total: self.bytes };
            if each(row, progress).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn find_damage(&self, record: &StringRecord) -> Option<Title> {
        if self.found.is_damaged && record.iter().any(|cell| cell.contains('\u{fffd}')) {
            return Some(Title::new(
                "这一行有不是文字的字节（文件损坏或编码混用），请改正后再导入",
                "this row holds bytes that are no text (a damaged file, or two encodings in one); mend it",
            ));
        }
        let most = record.iter().map(str::len).max().unwrap_or(0);
        (FORM_BYTES_MAX < most).then(|| {
            Title::new(
                format!("这一行有一格长达 {most} 字节，可能是少了一个引号，把后面的行也并了进来"),
                format!(
                    "a cell of this row has {most} bytes; perhaps a quotation mark is missing, and later rows are in it"
                ),
            )
        })
    }
}

fn broken(error: csv::Error) -> NoTable {
    NoTable::new(format!("表格读到一半出错：{error}"), format!("the table breaks off: {error}"))
}

/// What stands most often between the headings.
fn find_separator(start: &[u8]) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut is_quoted = false;
    let mut has_text = false;
    for byte in start.iter().copied() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted && has_text => break,
            _ if is_quoted => {}
            _ => {
                if let Some(at) = SEPARATORS.iter().position(|separator| *separator == byte) {
                    counts[at] += 1;
                }
                has_text |= !byte.is_ascii_whitespace();
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let at = counts.iter().position(|count| *count == most).unwrap_or(0);
    SEPARATORS[at]
}
