//! A chart without a picture: its numbers, with bars in proportion.

use plugin_api::{Chart, ChartKind, Title};

use super::cells::{no_data, per_cent};
use crate::cli::screen::{bar, draw_lines, draw_table};
use crate::lang::Lang;

const BAR_COLUMNS: usize = 40;
/// From little to much.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];

/// A chart as text.
pub(super) fn draw(lang: Lang, chart: &Chart) -> String {
    let title = lang.pick(&chart.title);
    if chart.categories.is_empty() || chart.series.is_empty() {
        return format!("{title}\n{}", no_data(lang));
    }
    let drawn = match chart.kind {
        ChartKind::HeatMap => draw_heat(lang, chart),
        ChartKind::Pie => draw_bars(lang, chart, |value, sum| match sum {
            0 => value.to_string(),
            _ => format!("{value} ({})", per_cent(value, sum)),
        }),
        ChartKind::Bar | ChartKind::Line => draw_bars(lang, chart, |value, _| value.to_string()),
    };
    format!("{title}\n{drawn}")
}

fn draw_bars(lang: Lang, chart: &Chart, shown: impl Fn(i64, i64) -> String) -> String {
    let most = chart.series.iter().flat_map(|series| &series.values).copied().max().unwrap_or(0);
    let has_names = 1 < chart.series.len();
    let mut rows = Vec::new();
    for (at, category) in chart.categories.iter().enumerate() {
        for (nth, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied() else { continue };
            let sum = series.values.iter().fold(0_i64, |sum, value| sum.saturating_add(*value));
            let name = |title: &Title| lang.pick(title).to_owned();
            // The category stands once, before its first series.
            let mut row = vec![if nth == 0 { name(category) } else { String::new() }];
            if has_names {
                row.push(name(&series.title));
            }
            row.push(shown(value, sum));
            row.push(bar(value, most, BAR_COLUMNS));
            rows.push(row);
        }
    }
    draw_lines(if has_names { &["", "", ">", ""] } else { &["", ">", ""] }, &rows)
}

fn draw_heat(lang: Lang, chart: &Chart) -> String {
    let most = chart.series.iter().flat_map(|series| &series.values).copied().max().unwrap_or(0);
    let heads: Vec<String> = std::iter::once(String::new())
        .chain(chart.categories.iter().map(|category| format!(">{}", lang.pick(category))))
        .collect();
    let rows: Vec<Vec<String>> = chart
        .series
        .iter()
        .map(|series| {
            let cells = series.values.iter().map(|value| match shade(*value, most) {
                Some(shade) => format!("{shade} {value}"),
                None => value.to_string(),
            });
            std::iter::once(lang.pick(&series.title).to_owned()).chain(cells).collect()
        })
        .collect();
    draw_table(&heads.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

fn shade(value: i64, most: i64) -> Option<char> {
    if value <= 0 {
        return None;
    }
    let at = (i128::from(value) * SHADES.len() as i128 - 1) / i128::from(most.max(1));
    SHADES.get(usize::try_from(at).ok()?).copied()
}
