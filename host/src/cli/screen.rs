//! What a person or a program reads: data on stdout, words on stderr, in the reader's language.

use std::io::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use plugin_api::{Objection, Title};
use serde::Serialize;

/// The language of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// Where and how a command prints.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// One JSON value on stdout instead of tables.
    pub json: bool,
    /// The language.
    pub lang: Lang,
}

impl Screen {
    /// The language of the locale, Chinese or English.
    pub fn new(json: bool, lang: Option<Lang>) -> Screen {
        let locale = || sys_locale::get_locale().unwrap_or_default();
        let lang = lang.unwrap_or_else(|| if locale().starts_with("zh") { Lang::Zh } else { Lang::En });
        Screen { json, lang }
    }

    /// The words in the screen's language.
    pub fn pick<'t>(&self, title: &'t Title) -> &'t str {
        self.words(&title.zh, &title.en)
    }

    /// The words in the screen's language.
    pub fn words<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Prints data: as JSON, or as `draw` makes it.
    ///
    /// # Errors
    /// When stdout is gone.
    pub fn print<T: Serialize>(&self, data: &T, draw: impl FnOnce() -> String) -> anyhow::Result<()> {
        let text = if self.json { serde_json::to_string(data)? } else { draw() };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", text.trim_end())?;
        Ok(())
    }

    /// Says something beside the data.
    pub fn say(&self, zh: &str, en: &str) {
        eprintln!("{}", self.words(zh, en));
    }

    /// An objection as a line.
    pub fn objection(&self, objection: &Objection) -> String {
        let mut line = String::new();
        if let Some(field) = &objection.field {
            line.push_str(field);
            line.push_str(self.words("：", ": "));
        }
        if let Some(row) = objection.row {
            line.push_str(&match self.lang {
                Lang::Zh => format!("第{row}行："),
                Lang::En => format!("row {row}: "),
            });
        }
        line.push_str(self.pick(&objection.text));
        line
    }
}

/// A table for a terminal. Columns whose name starts with `>` stand right.
pub fn draw_table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        grid.set_content_arrangement(ContentArrangement::Disabled);
    }
    grid.set_header(heads.iter().map(|head| head.trim_start_matches('>')));
    for row in rows {
        grid.add_row(row);
    }
    for (at, head) in heads.iter().enumerate() {
        if head.starts_with('>')
            && let Some(column) = grid.column_mut(at)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    grid.to_string()
}

/// A bar of a length in proportion to a number.
pub fn bar(value: i64, most: i64, width: usize) -> String {
    let width = i64::try_from(width).unwrap_or(i64::MAX);
    let filled = if most <= 0 { 0 } else { (value.max(0) * width + most - 1) / most };
    "█".repeat(usize::try_from(filled).unwrap_or(0))
}

/// An instant in the district's zone, to the minute.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}
