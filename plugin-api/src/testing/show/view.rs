//! Views as text, columns aligned as a terminal shows them.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{lamp_word, title_words};
use crate::{Cell, Chart, ChartKind, Table, View};

/// A view as lines, instants in the given zone.
pub(in super::super) fn view_lines(view: &View, zone: &TimeZone) -> Vec<String> {
    match view {
        View::Tiles(tiles) => named(tiles.iter().map(|tile| (title_words(&tile.title), &tile.value)), zone),
        View::Facts(facts) => named(facts.iter().map(|fact| (title_words(&fact.title), &fact.value)), zone),
        View::Table(table) => table_lines(table, zone),
        View::Chart(chart) => chart_lines(chart),
        View::Text(text) => vec![title_words(text)],
        View::Several(views) => views.iter().flat_map(|view| view_lines(view, zone)).collect(),
    }
}

fn named<'a>(cells: impl Iterator<Item = (String, &'a Cell)>, zone: &TimeZone) -> Vec<String> {
    cells.map(|(title, cell)| format!("{title}: {}", cell_words(cell, zone))).collect()
}

fn table_lines(table: &Table, zone: &TimeZone) -> Vec<String> {
    let mut rows = vec![table.columns.iter().map(|column| title_words(&column.title)).collect::<Vec<_>>()];
    for row in &table.rows {
        rows.push(row.iter().map(|cell| cell_words(cell, zone)).collect());
        if row.len() != table.columns.len() {
            rows.push(vec![format!("NOT ALLOWED: {} cells under {} columns", row.len(), table.columns.len())]);
        }
    }
    let mut lines = vec![format!("{}:", title_words(&table.title))];
    lines.extend(align(&rows).into_iter().map(|line| format!("  {line}")));
    lines
}

fn chart_lines(chart: &Chart) -> Vec<String> {
    let kind = match chart.kind {
        ChartKind::Bar => "bar",
        ChartKind::Line => "line",
        ChartKind::Pie => "pie",
        ChartKind::HeatMap => "heat map",
    };
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(chart.series.iter().map(|series| title_words(&series.title)));
    for (at, category) in chart.categories.iter().enumerate() {
        let mut row = vec![title_words(category)];
        // A series that is too short is a mistake of the desk that must be seen.
        let value = |values: &[i64]| values.get(at).map_or_else(|| "NOT ALLOWED".to_owned(), i64::to_string);
        row.extend(chart.series.iter().map(|series| value(&series.values)));
        rows.push(row);
    }
    let mut lines = vec![format!("{} ({kind}):", title_words(&chart.title))];
    lines.extend(align(&rows).into_iter().map(|line| format!("  {line}")));
    lines
}

fn cell_words(cell: &Cell, zone: &TimeZone) -> String {
    match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Title(title) => title_words(title),
        Cell::Number(number) => number.to_string(),
        Cell::Matters(number, filter) => format!("{number} {}", json!(filter)),
        Cell::Money(fen) => {
            let sign = if *fen < 0 { "-" } else { "" };
            format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
        }
        Cell::Ratio { num, den } => format!("{num}/{den}"),
        Cell::Lamp(lamp) => lamp_word(*lamp).to_owned(),
        Cell::Matter(number) => number.clone(),
        Cell::Place(place) => place.to_string(),
        Cell::Unit(unit) => unit.to_string(),
        Cell::Moment(instant) => zone.to_datetime(*instant).strftime("%Y-%m-%d %H:%M").to_string(),
        Cell::Date(date) => date.to_string(),
    }
}

fn align(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| shown_width(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| {
            let spaces = " ".repeat(width - shown_width(cell));
            format!("{cell}{spaces}")
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Columns a terminal gives a text: two for each Chinese character or full-width sign.
fn shown_width(text: &str) -> usize {
    let is_wide = |c: char| matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD);
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}
