//! Tables in and out: rows of an import, cells of a view.

pub mod sheet;
mod encoding;
mod delimited;
mod workbook;
pub mod dates;
pub mod mapping;
pub mod import;
pub mod preview;
pub mod bad_rows;
pub mod formula;
pub mod drawn;
#[cfg(test)]
mod tests;
