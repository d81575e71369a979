//! A view as text for a terminal, as CSV and as a workbook.
//!
//! Decides no figure: a desk says what is shown, this says how.

mod cells;
mod charts;
mod grid;
mod book;
#[cfg(test)]
mod tests;

use plugin_api::{Cell, Fact, Holder, Part, Post, Table, Tile, View};

use crate::cli::screen::{draw_lines, draw_table};
use crate::config::Config;
use crate::lang::Lang;
use cells::{is_number, words};

/// A lamp in words.
pub fn lamp(lang: Lang, lamp: plugin_api::matter::Lamp) -> String {
    cells::lamp_words(lang, lamp)
}

/// What a lamp is called.
pub fn lamp_name(lang: Lang, lamp: plugin_api::matter::Lamp) -> &'static str {
    cells::lamp_name(lang, lamp)
}

/// A cell as people read it.
pub fn cell(lang: Lang, config: &Config, cell: &Cell) -> String {
    words(lang, config, cell)
}

/// Whether a cell is read by its digits, and stands right.
pub fn is_digits(cell: &Cell) -> bool {
    is_number(cell)
}

/// When something is due, by the district's clock, and whether that may still move.
pub fn due(lang: Lang, config: &Config, due: plugin_api::Due) -> String {
    lang.pick(&config.calendar.words(due.into())).to_owned()
}

/// A holder in words.
pub fn holder(lang: Lang, config: &Config, holder: &Holder) -> String {
    let directory = &config.directory;
    let post = match &holder.post {
        Post::Person(id) => directory.person(id).map_or_else(|| id.to_string(), |person| person.name.clone()),
        Post::Unit(id) => cells::unit(lang, config, id),
        Post::Role { role, place } => {
            let role = directory.role(role).map_or_else(|| role.to_string(), |role| lang.pick(&role.title).to_owned());
            let place = cells::place(lang, config, place);
            match lang {
                Lang::Zh => format!("{place}{role}"),
                Lang::En => format!("{role}, {place}"),
            }
        }
    };
    if holder.part == Part::Assist { format!("{post}{}", lang.words("（协办）", " (assist)")) } else { post }
}

/// A view as text for a terminal.
pub fn text(lang: Lang, config: &Config, view: &View) -> String {
    match view {
        View::Tiles(tiles) => draw_tiles(lang, config, tiles),
        View::Facts(facts) => draw_facts(lang, config, facts),
        View::Table(table) => draw_rows(lang, config, table),
        View::Chart(chart) => charts::draw(lang, chart),
        View::Text(words) => lang.pick(words).to_owned(),
        View::Several(views) => {
            let parts: Vec<String> = views.iter().map(|view| text(lang, config, view)).collect();
            parts.join("\n\n")
        }
    }
}

/// A view's figures as CSV: UTF-8 with a mark, so that a spreadsheet shows Chinese. One table is
/// its headings and rows; several stand below each other, each with its title and an empty line
/// between.
///
/// # Errors
/// None that a view can cause.
pub fn csv(lang: Lang, config: &Config, view: &View) -> anyhow::Result<Vec<u8>> {
    grid::csv(&grid::grids(lang, config, view))
}

/// A view's figures as a workbook: a sheet for each table and chart, with typed cells.
///
/// # Errors
/// When a table has more rows than a sheet.
pub fn xlsx(lang: Lang, config: &Config, view: &View) -> anyhow::Result<Vec<u8>> {
    book::xlsx(lang, &grid::grids(lang, config, view))
}

/// The numbers in a line, and below each what it counts.
fn draw_tiles(lang: Lang, config: &Config, tiles: &[Tile]) -> String {
    let numbers = tiles.iter().map(|tile| words(lang, config, &tile.value)).collect();
    let titles = tiles.iter().map(|tile| lang.pick(&tile.title).to_owned()).collect();
    draw_lines(&vec![""; tiles.len()], &[numbers, titles])
}

fn draw_facts(lang: Lang, config: &Config, facts: &[Fact]) -> String {
    let rows: Vec<Vec<String>> =
        facts.iter().map(|fact| vec![lang.pick(&fact.title).to_owned(), words(lang, config, &fact.value)]).collect();
    draw_lines(&["", ""], &rows)
}

fn draw_rows(lang: Lang, config: &Config, table: &Table) -> String {
    let title = lang.pick(&table.title);
    if table.rows.is_empty() {
        return format!("{title}\n{}", lang.words("（没有）", "(none)"));
    }
    let is_right = |at: usize| {
        let mut cells = table.rows.iter().filter_map(|row| row.get(at)).filter(|cell| **cell != Cell::Empty).peekable();
        cells.peek().is_some() && cells.all(is_number)
    };
    let heads: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("{}{}", if is_right(at) { ">" } else { "" }, lang.pick(&column.title)))
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|cell| words(lang, config, cell)).collect()).collect();
    format!("{title}\n{}", draw_table(&heads, &rows))
}
