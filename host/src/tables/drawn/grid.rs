//! A view as plain tables of typed values, for files.

use jiff::civil::{Date, DateTime};
use plugin_api::{Cell, Chart, View};

use super::cells::{lamp_words, no_data, per_cent, place, unit};
use crate::config::Config;
use crate::lang::Lang;
use crate::tables::formula::guard;

/// One table of a file.
pub(super) struct Grid {
    pub(super) title: String,
    /// Empty for a paragraph.
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A value of a file.
pub(super) enum Value {
    Empty,
    Text(String),
    Number(i64),
    /// In fen.
    Money(i64),
    /// With a denominator that is not zero.
    Share {
        num: i64,
        den: i64,
    },
    /// In the district's zone.
    Moment(DateTime),
    Date(Date),
}

/// The tables of a view, in order.
pub(super) fn grids(lang: Lang, config: &Config, view: &View) -> Vec<Grid> {
    let named = || vec![lang.words("名称", "Name").to_owned(), lang.words("数值", "Value").to_owned()];
    match view {
        View::Several(views) => views.iter().flat_map(|view| grids(lang, config, view)).collect(),
        View::Text(words) => {
            let row = vec![Value::Text(lang.pick(words).to_owned())];
            vec![Grid { title: lang.words("说明", "Note").to_owned(), heads: Vec::new(), rows: vec![row] }]
        }
        View::Tiles(tiles) => {
            let rows: Vec<_> =
                tiles.iter().map(|tile| vec![Cell::Title(tile.title.clone()), tile.value.clone()]).collect();
            vec![grid(lang, config, lang.words("指标", "Figures"), named(), &rows)]
        }
        View::Facts(facts) => {
            let rows: Vec<_> =
                facts.iter().map(|fact| vec![Cell::Title(fact.title.clone()), fact.value.clone()]).collect();
            vec![grid(lang, config, lang.words("概况", "Facts"), named(), &rows)]
        }
        View::Table(table) => {
            let heads = table.columns.iter().map(|column| lang.pick(&column.title).to_owned()).collect();
            vec![grid(lang, config, lang.pick(&table.title), heads, &table.rows)]
        }
        View::Chart(chart) => vec![chart_grid(lang, config, chart)],
    }
}

/// A row for each category, a column for each series.
fn chart_grid(lang: Lang, config: &Config, chart: &Chart) -> Grid {
    let first = lang.words("类别", "Category").to_owned();
    let heads = std::iter::once(first).chain(chart.series.iter().map(|series| lang.pick(&series.title).to_owned()));
    let rows: Vec<Vec<Cell>> = chart
        .categories
        .iter()
        .enumerate()
        .map(|(at, category)| {
            let value = |values: &[i64]| values.get(at).map_or(Cell::Empty, |value| Cell::Number(*value));
            let values = chart.series.iter().map(|series| value(&series.values));
            std::iter::once(Cell::Title(category.clone())).chain(values).collect()
        })
        .collect();
    grid(lang, config, lang.pick(&chart.title), heads.collect(), &rows)
}

/// A column that holds a ratio becomes three: the share and both numbers, to count on with.
fn grid(lang: Lang, config: &Config, title: &str, heads: Vec<String>, rows: &[Vec<Cell>]) -> Grid {
    let is_ratio: Vec<bool> =
        (0..heads.len()).map(|at| rows.iter().any(|row| matches!(row.get(at), Some(Cell::Ratio { .. })))).collect();
    let mut all_heads = Vec::new();
    for (head, is_ratio) in heads.into_iter().zip(&is_ratio) {
        let parts = [lang.words("（分子）", " (numerator)"), lang.words("（分母）", " (denominator)")];
        let more: Vec<String> = if *is_ratio { parts.map(|part| format!("{head}{part}")).to_vec() } else { Vec::new() };
        all_heads.push(head);
        all_heads.extend(more);
    }
    let rows = rows
        .iter()
        .map(|row| {
            let mut values = Vec::new();
            for (at, is_ratio) in is_ratio.iter().enumerate() {
                let cell = row.get(at).unwrap_or(&Cell::Empty);
                values.push(value(lang, config, cell));
                match cell {
                    Cell::Ratio { num, den } => values.extend([Value::Number(*num), Value::Number(*den)]),
                    _ if *is_ratio => values.extend([Value::Empty, Value::Empty]),
                    _ => {}
                }
            }
            values
        })
        .collect();
    Grid { title: title.to_owned(), heads: all_heads, rows }
}

fn value(lang: Lang, config: &Config, cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Empty,
        Cell::Text(text) | Cell::Matter(text) => Value::Text(text.clone()),
        Cell::Title(title) => Value::Text(lang.pick(title).to_owned()),
        Cell::Number(number) | Cell::Matters(number, _) => Value::Number(*number),
        Cell::Money(fen) => Value::Money(*fen),
        Cell::Ratio { num: _, den: 0 } => Value::Text(no_data(lang).to_owned()),
        Cell::Ratio { num, den } => Value::Share { num: *num, den: *den },
        Cell::Lamp(lamp) => Value::Text(lamp_words(lang, *lamp)),
        Cell::Place(id) => Value::Text(place(lang, config, id)),
        Cell::Unit(id) => Value::Text(unit(lang, config, id)),
        Cell::Moment(at) => Value::Moment(config.zone.to_datetime(*at)),
        Cell::Date(date) => Value::Date(*date),
    }
}

/// The tables as CSV by RFC 4180.
pub(super) fn csv(grids: &[Grid]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    for (at, grid) in grids.iter().enumerate() {
        if at != 0 {
            bytes.extend_from_slice(b"\r\n");
        }
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(&mut bytes);
        if 1 < grids.len() {
            writer.write_record([guard(&grid.title).as_ref()])?;
        }
        if !grid.heads.is_empty() {
            writer.write_record(grid.heads.iter().map(|head| guard(head).into_owned()))?;
        }
        for row in &grid.rows {
            writer.write_record(row.iter().map(Value::plain))?;
        }
        writer.flush()?;
    }
    Ok(bytes)
}

impl Value {
    /// As a program reads it.
    fn plain(&self) -> String {
        match self {
            Value::Empty => String::new(),
            Value::Text(text) => guard(text).into_owned(),
            Value::Number(number) => number.to_string(),
            Value::Money(fen) => {
                let sign = if *fen < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
            }
            Value::Share { num, den } => per_cent(*num, *den),
            Value::Moment(at) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Value::Date(date) => date.to_string(),
        }
    }
}
