//! What a person or a program reads: data on stdout, words on stderr, in the reader's language.

use std::io::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Row, Table as Grid, presets};
use plugin_api::{Objection, Title};
use serde::Serialize;

use crate::lang::Lang;

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
        self.lang.pick(title)
    }

    /// The words in the screen's language.
    pub fn words<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.lang.words(zh, en)
    }

    /// Prints data: as JSON, or as `draw` makes it.
    ///
    /// # Errors
    /// When stdout is gone.
    pub fn print<T: Serialize>(&self, data: &T, draw: impl FnOnce() -> String) -> anyhow::Result<()> {
        let text = if self.json { serde_json::to_string(data)? } else { draw() };
        self.write(text.trim_end().as_bytes())
    }

    /// Writes bytes and the end of a line.
    ///
    /// # Errors
    /// When stdout is gone.
    pub fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.write_all(b"\n")) {
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Says something beside the data.
    pub fn say(&self, words: &Title) {
        eprintln!("{}", self.pick(words));
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

/// A table for a terminal: a line under the headings and none between rows. Columns whose name starts
/// with `>` stand right. On a terminal it fits the width; written elsewhere nothing is cut.
pub fn draw_table(heads: &[&str], rows: &[Vec<String>]) -> String {
    draw(heads, rows, terminal_columns())
}

/// The same for lines without headings.
pub fn draw_lines(aligned: &[&str], rows: &[Vec<String>]) -> String {
    let blank: Vec<&str> = aligned.iter().map(|head| if head.starts_with('>') { ">" } else { "" }).collect();
    draw(&blank, rows, terminal_columns())
}

/// How many columns a terminal has; none where stdout is something else.
fn terminal_columns() -> Option<u16> {
    if std::io::IsTerminal::is_terminal(&std::io::stdout()) { Grid::new().width() } else { None }
}

fn draw(heads: &[&str], rows: &[Vec<String>], columns: Option<u16>) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─'))).force_no_tty();
    grid.set_truncation_indicator("…").set_content_arrangement(ContentArrangement::Disabled);
    if let Some(columns) = columns {
        grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
    }
    let titles: Vec<&str> = heads.iter().map(|head| head.trim_start_matches('>')).collect();
    if titles.iter().any(|title| !title.is_empty()) {
        let mut row = Row::from(titles);
        row.max_height(1);
        grid.set_header(row);
    }
    for cells in rows {
        let mut row = Row::from(cells.iter().map(|cell| one_line(cell)));
        row.max_height(1);
        grid.add_row(row);
    }
    for (at, head) in heads.iter().enumerate() {
        let Some(column) = grid.column_mut(at) else { continue };
        column.set_padding((0, if at + 1 == heads.len() { 0 } else { 2 }));
        if head.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    grid.trim_fmt()
}

/// A cell on one line. What a resident wrote may hold what a terminal obeys; it is not passed on.
fn one_line(cell: &str) -> String {
    cell.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A bar of a length in proportion to a number.
pub fn bar(value: i64, most: i64, width: usize) -> String {
    let width = i64::try_from(width).unwrap_or(i64::MAX);
    let filled = if most <= 0 { 0 } else { (value.max(0) * width + most - 1) / most };
    "█".repeat(usize::try_from(filled).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::draw;
    use expect_test::{Expect, expect};

    fn check(heads: &[&str], rows: &[&[&str]], columns: Option<u16>, expected: Expect) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        expected.assert_eq(&draw(heads, &rows, columns));
    }

    const ROWS: [&[&str]; 3] = [
        &["SQ2026-000001", "3幢门口路灯不亮，老人晚上出门摔了一跤，请尽快修", "12"],
        &["SQ2026-000002", "two lines\r\nand \u{1b}[31mred", "1234"],
        &["SQ2026-000003", "", "5"],
    ];

    #[test]
    fn one_line_under_the_headings() {
        check(
            &["编号", "标题", ">天数"],
            &ROWS,
            None,
            expect![[r#"
            编号           标题                                             天数
            ────────────────────────────────────────────────────────────────────
            SQ2026-000001  3幢门口路灯不亮，老人晚上出门摔了一跤，请尽快修    12
            SQ2026-000002  two lines and [31mred                            1234
            SQ2026-000003                                                      5"#]],
        );
    }

    #[test]
    fn fits_a_narrow_terminal() {
        check(
            &["编号", "标题", ">天数"],
            &ROWS,
            Some(40),
            expect![[r#"
            编号           标题                 天数
            ────────────────────────────────────────
            SQ2026-000001  3幢门口路灯不亮，…     12
            SQ2026-000002  two lines and…       1234
            SQ2026-000003                          5"#]],
        );
    }

    #[test]
    fn nothing_but_headings_or_lines() {
        check(
            &["编号", ">天数"],
            &[],
            None,
            expect![[r#"
            编号  天数
            ──────────"#]],
        );
        check(
            &["", ">"],
            &[&["路灯", "3"], &["下水道堵", "12"]],
            None,
            expect![[r#"
            路灯       3
            下水道堵  12"#]],
        );
    }
}
