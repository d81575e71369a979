//! A table as a file holds it: one row of headings, then rows of cells.
//!
//! The same table gives the same cells whether it was saved as CSV in UTF-8 or GBK or as a workbook.
//! Knows no desk and no field. Rows are given one by one: a file may be larger than memory.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::ControlFlow;
use std::path::Path;

use jiff::civil::{DateTime, Time};
use plugin_api::Title;

use super::delimited::Delimited;
use super::workbook::Workbook;
use crate::limits::TABLE_BYTES_MAX;

/// A table in a file.
pub struct Sheet {
    source: Source,
    /// Headings, trimmed, in the order of the columns; empty where a column has none.
    pub heads: Vec<String>,
}

enum Source {
    Delimited(Delimited),
    Workbook(Workbook),
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number as a spreadsheet counts it.
    pub number: u64,
    /// Its cells; a row of text may have fewer or more than there are headings.
    pub cells: Vec<Entry>,
    /// The row as a whole cannot be read as it is.
    pub damage: Option<Title>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Text, or a number as people write it; empty for an empty cell.
    Text(String),
    /// A date and time that a workbook stores as such.
    Moment(DateTime),
    /// A time of day that a workbook stores as such.
    Time(Time),
}

/// How much of a file was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes or rows read.
    pub done: u64,
    /// Bytes or rows there are.
    pub total: u64,
}

/// Why a file is no table; a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTable(pub Title);

impl NoTable {
    pub(super) fn new(zh: impl Into<String>, en: impl Into<String>) -> NoTable {
        NoTable(Title::new(zh, en))
    }
}

impl From<std::io::Error> for NoTable {
    fn from(error: std::io::Error) -> NoTable {
        NoTable::new(format!("文件读取失败：{error}"), format!("the file cannot be read: {error}"))
    }
}

/// Takes rows one by one, and may stop the reading.
pub type EachRow<'a> = &'a mut dyn FnMut(Row, Progress) -> ControlFlow<()>;

/// What the bytes of a file look like, whatever it is called.
const ZIP_START: &[u8] = b"PK\x03\x04";
const COMPOUND_START: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
const START_BYTES: u64 = 256;

impl Sheet {
    /// Opens a file and reads its headings: the first row that is not empty.
    ///
    /// # Errors
    /// A sentence that says why it is no table, and what to do.
    pub fn open(path: &Path) -> Result<Sheet, NoTable> {
        let name = path.display();
        let about = std::fs::metadata(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => NoTable::new(format!("没有文件“{name}”"), format!("there is no file {name}")),
            _ => NoTable::new(format!("“{name}”不能读取：{error}"), format!("{name} cannot be read: {error}")),
        })?;
        if about.is_dir() {
            return Err(NoTable::new(
                format!("“{name}”是文件夹，不是表格"),
                format!("{name} is a folder, not a table"),
            ));
        }
        if !about.is_file() {
            return Err(NoTable::new(format!("“{name}”不是普通文件"), format!("{name} is not an ordinary file")));
        }
        if about.len() == 0 {
            return Err(NoTable::new(format!("“{name}”是空文件"), format!("{name} is empty")));
        }
        if TABLE_BYTES_MAX < about.len() {
            return Err(NoTable::new(
                format!("“{name}”有 {} 字节，最多 {TABLE_BYTES_MAX} 字节；请分成几个文件", about.len()),
                format!("{name} has {} bytes, at most {TABLE_BYTES_MAX}; divide it", about.len()),
            ));
        }
        let mut start = Vec::new();
        File::open(path)?.take(START_BYTES).read_to_end(&mut start)?;
        let (source, heads) = match &start[..start.len().min(ZIP_START.len())] {
            ZIP_START => Workbook::open_xlsx(path).map(|(book, heads)| (Source::Workbook(book), heads))?,
            COMPOUND_START => Workbook::open_xls(path).map(|(book, heads)| (Source::Workbook(book), heads))?,
            _ => {
                check_is_table(&start, path)?;
                Delimited::open(path, about.len()).map(|(text, heads)| (Source::Delimited(text), heads))?
            }
        };
        let mut heads: Vec<String> = heads
            .into_iter()
            .map(|head| head.text().trim_matches(['\u{feff}', '\u{200b}']).trim().to_owned())
            .collect();
        while heads.last().is_some_and(String::is_empty) {
            heads.pop();
        }
        if heads.is_empty() {
            return Err(NoTable::new(
                format!("“{name}”没有表头：第一行应写各列的名称"),
                format!("{name} has no headings: its first row should name the columns"),
            ));
        }
        Ok(Sheet { source, heads })
    }

    /// Gives every row below the headings that is not empty, until one is enough.
    ///
    /// # Errors
    /// When the file breaks off; the rows before it were given.
    pub fn for_each_row(&mut self, each: EachRow<'_>) -> Result<(), NoTable> {
        let columns = self.heads.len();
        let each: EachRow<'_> = &mut |row: Row, progress| {
            if row.damage.is_none() && row.cells.iter().all(Entry::is_empty) {
                return ControlFlow::Continue(());
            }
            each(row, progress)
        };
        match &mut self.source {
            Source::Delimited(text) => text.for_each_row(each),
            Source::Workbook(book) => book.for_each_row(columns, each),
        }
    }
}

/// Office systems export web pages under the name of a workbook, which Excel opens like one.
fn check_is_table(start: &[u8], path: &Path) -> Result<(), NoTable> {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let [zh, en] = match text {
        [b'<', ..] => ["网页（HTML 或 XML）", "a web page (HTML or XML)"],
        [b'%', b'P', b'D', b'F', ..] => [" PDF", "a PDF"],
        _ => return Ok(()),
    };
    let name = path.display();
    Err(NoTable::new(
        format!("“{name}”其实是{zh}，不是表格：请用 Excel 打开并另存为 XLSX 后再导入"),
        format!("{name} is {en} and no table: open it in Excel, save it as XLSX, and import that"),
    ))
}

impl Entry {
    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Entry::Text(text) if text.trim().is_empty())
    }

    /// As text.
    pub fn text(&self) -> String {
        match self {
            Entry::Text(text) => text.clone(),
            Entry::Moment(moment) if moment.time() == Time::midnight() => moment.date().to_string(),
            Entry::Moment(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Entry::Time(time) if time.second() == 0 => time.strftime("%H:%M").to_string(),
            Entry::Time(time) => time.strftime("%H:%M:%S").to_string(),
        }
    }
}
