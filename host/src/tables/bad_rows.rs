//! The rows that must be mended, as a table for whoever mends them.
//!
//! Nothing in it runs in a spreadsheet, and no contact of a resident is in it (I10). It appears under
//! its name when it is whole, and only if there is a row in it.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use plugin_api::Objection;

use super::formula::guard;
use super::mapping::Mapping;
use super::sheet::Row;
use crate::cli::screen::Screen;
use crate::lang::Lang;
use crate::mask::mask;

const CELL_CHARS_MAX: usize = 1_000;
const HIDDEN: &str = "***";

/// A file of bad rows that is being written.
pub struct BadRows {
    path: PathBuf,
    part: PathBuf,
    writer: Option<csv::Writer<BufWriter<File>>>,
    hidden: Vec<bool>,
    count: u64,
}

impl BadRows {
    /// Starts a file for the rows of a table.
    ///
    /// # Errors
    /// When it cannot be written, before any row is read.
    pub fn create(path: &Path, screen: Screen, mapping: &Mapping<'_>, heads: &[String]) -> anyhow::Result<BadRows> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut file = BufWriter::new(File::create(&part)?);
        // Without it a spreadsheet takes the file for GBK.
        file.write_all("\u{feff}".as_bytes())?;
        let terminator = csv::Terminator::CRLF;
        let mut writer = csv::WriterBuilder::new().terminator(terminator).flexible(true).from_writer(file);
        let own = [screen.words("行号", "Row"), screen.words("需更正", "To mend")];
        writer
            .write_record(own.into_iter().map(Cow::Borrowed).chain(heads.iter().map(|head| safe(head))).map(bytes))?;
        Ok(BadRows { path: path.to_owned(), part, writer: Some(writer), hidden: mapping.hidden_columns(), count: 0 })
    }

    /// Adds a row with what is to be mended.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn add(&mut self, row: &Row, words: &str) -> anyhow::Result<()> {
        let number = row.number.to_string();
        let cells: Vec<String> = row.cells.iter().map(super::sheet::Entry::text).collect();
        let shown = cells.iter().enumerate().map(|(at, cell)| {
            let is_hidden = self.hidden.get(at).copied().unwrap_or(false) && !cell.trim().is_empty();
            if is_hidden { Cow::Borrowed(HIDDEN) } else { safe(cell) }
        });
        let own = [Cow::Borrowed(number.as_str()), safe(words)];
        let writer = self.writer.as_mut().expect("a file is open until it is finished");
        writer.write_record(own.into_iter().chain(shown).map(bytes))?;
        self.count += 1;
        Ok(())
    }

    /// Ends the file; gives where it is, if a row is in it.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn finish(mut self) -> anyhow::Result<Option<PathBuf>> {
        let mut writer = self.writer.take().expect("a file is finished once");
        writer.flush()?;
        drop(writer);
        if self.count == 0 {
            fs::remove_file(&self.part)?;
            return Ok(None);
        }
        fs::rename(&self.part, &self.path)?;
        Ok(Some(self.path.clone()))
    }
}

impl Drop for BadRows {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // It was not finished, so nobody was told of it.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// What is to be mended, in words, by the names the table uses.
pub fn words(lang: Lang, mapping: &Mapping<'_>, objections: &[Objection]) -> String {
    let lines = objections.iter().map(|objection| {
        let text = lang.pick(&objection.text);
        match &objection.field {
            Some(field) => {
                let title = mapping.title_of(field);
                format!("{}{}{text}", lang.pick(&title), lang.words("：", ": "))
            }
            None => text.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join(lang.words("；", "; "))
}

/// A cell that shows no number it should not, runs nothing, and is no novel.
fn safe(text: &str) -> Cow<'_, str> {
    let masked = mask(text);
    let short = match masked.char_indices().nth(CELL_CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &masked[..end])),
        None => masked,
    };
    match guard(&short) {
        Cow::Owned(guarded) => Cow::Owned(guarded),
        Cow::Borrowed(_) => short,
    }
}

fn bytes(cell: Cow<'_, str>) -> Vec<u8> {
    cell.into_owned().into_bytes()
}
