//! A view of a desk as a page: tiles, facts, tables, charts.
//!
//! Decides no figure. A chart's numbers stand below it as a table too: for whoever does not see it, and
//! to be copied.

use maud::{Markup, html};
use plugin_api::{Cell, Chart, ChartKind, Fact, Table, Tile, View};
use serde_json::json;

use super::front::lamp_mark;
use super::list::address_of;
use crate::config::Config;
use crate::console::ask::Ask;
use crate::tables::drawn::{cell as words, is_digits};

/// A view.
pub(super) fn draw(config: &Config, ask: &Ask, view: &View) -> Markup {
    match view {
        View::Tiles(tiles) => draw_tiles(config, ask, tiles),
        View::Facts(facts) => draw_facts(config, ask, facts),
        View::Table(table) => draw_table(config, ask, table),
        View::Chart(chart) => draw_chart(ask, chart),
        View::Text(words) => html! { p.text { (ask.lang.pick(words)) } },
        View::Several(views) => html! { @for view in views { (draw(config, ask, view)) } },
    }
}

fn draw_cell(config: &Config, ask: &Ask, cell: &Cell) -> Markup {
    match cell {
        Cell::Lamp(lamp) => lamp_mark(ask, *lamp),
        Cell::Matter(number) => html! { a href={ "/matters/" (number) } { (number) } },
        Cell::Matters(number, filter) => html! { a href=(address_of(config, filter)) { (number) } },
        other => html! { (words(ask.lang, config, other)) },
    }
}

fn draw_tiles(config: &Config, ask: &Ask, tiles: &[Tile]) -> Markup {
    html! {
        ul.tiles {
            @for tile in tiles { li.tile { b { (draw_cell(config, ask, &tile.value)) } (ask.lang.pick(&tile.title)) } }
        }
    }
}

fn draw_facts(config: &Config, ask: &Ask, facts: &[Fact]) -> Markup {
    html! {
        dl.facts.card {
            @for fact in facts { dt { (ask.lang.pick(&fact.title)) } dd { (draw_cell(config, ask, &fact.value)) } }
        }
    }
}

fn draw_table(config: &Config, ask: &Ask, table: &Table) -> Markup {
    let is_right = |at: usize| {
        let mut cells = table.rows.iter().filter_map(|row| row.get(at)).filter(|cell| **cell != Cell::Empty).peekable();
        cells.peek().is_some() && cells.all(is_digits)
    };
    let right: Vec<bool> = (0..table.columns.len()).map(is_right).collect();
    let class = |at: usize| right.get(at).copied().unwrap_or(false).then_some("number");
    html! {
        div.scroll {
            table {
                caption { (ask.lang.pick(&table.title)) }
                thead { tr { @for (at, column) in table.columns.iter().enumerate() { th scope="col" class=[class(at)] { (ask.lang.pick(&column.title)) } } } }
                tbody {
                    @if table.rows.is_empty() { tr { td.empty colspan=(table.columns.len()) { (ask.words("没有", "none")) } } }
                    @for row in &table.rows {
                        tr { @for (at, cell) in row.iter().enumerate() { td class=[class(at)] { (draw_cell(config, ask, cell)) } } }
                    }
                }
            }
        }
    }
}

/// A chart with its figures.
pub(super) fn draw_chart(ask: &Ask, chart: &Chart) -> Markup {
    let title = ask.lang.pick(&chart.title);
    let picture = picture(ask, chart);
    html! {
        section.card {
            h2 { (title) }
            @if let Some(picture) = &picture {
                @if 1 < chart.series.len() {
                    ul.legend { @for series in &chart.series { li { (ask.lang.pick(&series.title)) } } }
                }
                div.chart role="img" aria-label=(title) data-chart=(picture) {}
                details { summary { (ask.words("数据", "Figures")) } (figures(ask, chart)) }
            } @else { (figures(ask, chart)) }
        }
    }
}

/// What the page's script draws; a heat map is its own table.
fn picture(ask: &Ask, chart: &Chart) -> Option<String> {
    let kind = match chart.kind {
        ChartKind::Bar => "bar",
        ChartKind::Line => "line",
        ChartKind::Pie => "pie",
        ChartKind::HeatMap => return None,
    };
    let categories: Vec<&str> = chart.categories.iter().map(|title| ask.lang.pick(title)).collect();
    let series: Vec<_> = chart
        .series
        .iter()
        .map(|series| json!({ "name": ask.lang.pick(&series.title), "values": series.values }))
        .collect();
    (!series.is_empty()).then(|| json!({ "kind": kind, "categories": categories, "series": series }).to_string())
}

fn figures(ask: &Ask, chart: &Chart) -> Markup {
    let most = chart.series.iter().flat_map(|series| &series.values).copied().max().unwrap_or(0);
    let is_heat = chart.kind == ChartKind::HeatMap;
    html! {
        div.scroll {
            table {
                thead { tr { th {} @for series in &chart.series { th.number scope="col" { (ask.lang.pick(&series.title)) } } } }
                tbody {
                    @for (at, category) in chart.categories.iter().enumerate() {
                        tr {
                            th scope="row" { (ask.lang.pick(category)) }
                            @for series in &chart.series {
                                @let value = series.values.get(at).copied().unwrap_or(0);
                                td class={ "number" @if is_heat { (heat(value, most)) } } { (value) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Four steps of colour, by how near a value comes to the greatest.
fn heat(value: i64, most: i64) -> &'static str {
    match value.max(0).saturating_mul(4).checked_div(most).unwrap_or(0) {
        _ if value <= 0 => "",
        0 => " heat-1",
        1 => " heat-2",
        2 => " heat-3",
        _ => " heat-4",
    }
}
