//! The dashboard: what is open, settled and overdue, where and of what sort; kept figures, not counted ones.
//!
//! Every number opens the list of the matters behind it. Shows what the asker may see, and nothing else.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use plugin_api::field::FieldKind;
use plugin_api::{Chart, ChartKind, LabelValue, PlaceId, Title, UnitId};

use super::drawn::draw_chart;
use super::frame::Frame;
use crate::config::Config;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::{viewer, words};
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::directory::Level;
use crate::index::{Asking, By, Counted, Dashboard};

/// Weeks of the trend.
const WEEKS: i64 = 12;
/// Rows of a table; the rest is counted together.
const ROWS_MAX: usize = 15;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/overview", Policy::Person, show);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let within =
        ask.query("within").and_then(|text| config.directory.resolve_place(text)).map(|place| place.id.clone());
    let level = level_below(config, within.as_ref());
    let category = category_label(config);
    let today = config.day_of(ask.now_ms);
    let asking = Asking {
        within: within.clone(),
        by: [By::All, By::Place(level), By::Lead, By::Desk]
            .into_iter()
            .chain(category.map(|label| By::Label(label.to_owned())))
            .collect(),
        trend: today.checked_sub((WEEKS * 7 - 1).days()).ok().map(|first| (first, today)),
    };
    let board = house.index.dashboard(config, &asking, &viewer(ask)?, ask.now_ms)?;
    let title = Title::new("统计", "Overview");
    let at = within.as_ref().map(|place| ask.lang.pick(&words(config, ask).place(place)).to_owned());
    let counts = |at: usize| board.counts.get(at).cloned().unwrap_or_default();
    let query = |more: &[(&str, &str)]| list_of(within.as_ref(), more);
    Ok(Frame::new(house, ask, &title).page(html! {
        div.bar {
            h1 { (ask.lang.pick(&title)) @if let Some(at) = &at { " · " (at) } }
            @if within.is_some() { a href="/overview" { (ask.words("← 全部", "← all")) } }
        }
        (tiles(ask, counts(0).get("").copied().unwrap_or_default(), query))
        (notes(ask, &board))
        (trend(ask, &board))
        div.columns.even {
            (table(ask, (ask.words("按区域", "By place"), 1), &board, |key| places(config, ask, key)))
            @if let Some(label) = category {
                (table(ask, (ask.words("按类别", "By category"), 4), &board, |key| {
                    let name = words(config, ask).label(label, &LabelValue::from(key)).1;
                    (ask.lang.pick(&name).to_owned(), query(&[(&format!("label.{label}"), key)]), None)
                }))
            }
            (table(ask, (ask.words("按主办单位", "By lead unit"), 2), &board, |key| {
                let unit = config.directory.unit(&UnitId::from(key)).map(|unit| unit.title.clone());
                let name = unit.map_or_else(|| key.to_owned(), |title| ask.lang.pick(&title).to_owned());
                (name, query(&[("unit", key)]), None)
            }))
            (table(ask, (ask.words("按业务台", "By desk"), 3), &board, |key| {
                (ask.lang.pick(&words(config, ask).desk(key)).to_owned(), query(&[("desk", key)]), None)
            }))
        }
    }))
}

/// The label by which matters are sorted, where a desk has one.
fn category_label(config: &Config) -> Option<&'static str> {
    let has = config.desks.iter().any(|desk| {
        desk.manifest.label.get("category").is_some_and(|field| matches!(field.kind, FieldKind::Code { .. }))
    });
    has.then_some("category")
}

/// The level that places within this one are counted by.
fn level_below(config: &Config, within: Option<&PlaceId>) -> Level {
    let Some(level) = within.and_then(|place| config.directory.level(place)) else { return Level::Subdistrict };
    Level::ALL.into_iter().find(|below| level < *below).unwrap_or(Level::House)
}

/// The address of the list behind a number.
fn list_of(within: Option<&PlaceId>, more: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(place) = within {
        query.append_pair("place", place.as_str());
    }
    query.extend_pairs(more);
    format!("/matters?{}", query.finish())
}

fn tiles(ask: &Ask, all: Counted, query: impl Fn(&[(&str, &str)]) -> String) -> Markup {
    let tiles = [
        (all.open, ask.words("在办", "open"), query(&[("status", "open")])),
        (all.overdue, ask.words("其中超期", "of them overdue"), query(&[("overdue", "true"), ("order", "due")])),
        (all.closed, ask.words("已结案", "closed"), query(&[("status", "closed")])),
        (all.joined, ask.words("已并入", "joined"), query(&[("status", "joined")])),
    ];
    html! { ul.tiles { @for (count, name, address) in tiles { li.tile { b { a href=(address) { (count) } } (name) } } } }
}

/// What the figures leave out, if they do.
fn notes(ask: &Ask, board: &Dashboard) -> Markup {
    html! {
        @if board.has_more_overdue { p.quiet { (ask.words("超期事项太多，超期数只是下限。", "More is overdue than is told apart: those figures are least ones.")) } }
        @if board.has_more { p.quiet { (ask.words("事项太多，以下数字只是下限。", "There is more than is counted: these figures are least ones.")) } }
    }
}

fn trend(ask: &Ask, board: &Dashboard) -> Markup {
    let weeks: Vec<&[(Date, u64, u64)]> = board.trend.chunks(7).collect();
    let sum = |pick: fn(&(Date, u64, u64)) -> u64| {
        weeks.iter().map(|week| week.iter().map(pick).sum::<u64>().cast_signed()).collect()
    };
    let series = |zh, en, values| plugin_api::view::Series { title: Title::new(zh, en), values };
    let chart = Chart {
        title: Title::new("近12周收结情况", "Opened and closed, 12 weeks"),
        kind: ChartKind::Line,
        categories: weeks
            .iter()
            .filter_map(|week| week.first())
            .map(|(day, ..)| {
                let day = day.strftime("%m-%d").to_string();
                Title::new(&*day, &*day)
            })
            .collect(),
        series: vec![series("登记", "opened", sum(|day| day.1)), series("结案", "closed", sum(|day| day.2))],
    };
    html! { @if !weeks.is_empty() { (draw_chart(ask, &chart)) } }
}

/// A row's name, the list behind it, and where to look closer.
type Named = (String, String, Option<String>);

fn places(config: &Config, ask: &Ask, key: &str) -> Named {
    let id = PlaceId::from(key);
    let name = ask.lang.pick(&words(config, ask).place(&id)).to_owned();
    let is_leaf = config.directory.children(&id).next().is_none();
    let closer =
        format!("/overview?{}", form_urlencoded::Serializer::new(String::new()).append_pair("within", key).finish());
    (name, list_of(Some(&id), &[]), (!is_leaf).then_some(closer))
}

fn table(ask: &Ask, (title, at): (&str, usize), board: &Dashboard, name: impl Fn(&str) -> Named) -> Markup {
    let empty = BTreeMap::new();
    let mut rows: Vec<(&String, &Counted)> = board.counts.get(at).unwrap_or(&empty).iter().collect();
    rows.retain(|(key, _)| !key.is_empty());
    rows.sort_by_key(|(_, counted)| std::cmp::Reverse((counted.open, counted.closed)));
    let left = rows.len().saturating_sub(ROWS_MAX);
    html! {
        div.scroll {
            table {
                caption { (title) }
                thead { tr {
                    th {} th.number { (ask.words("在办", "Open")) } th.number { (ask.words("超期", "Overdue")) } th.number { (ask.words("结案", "Closed")) }
                } }
                tbody {
                    @if rows.is_empty() { tr { td.empty colspan="4" { (ask.words("没有", "none")) } } }
                    @for (key, counted) in rows.iter().take(ROWS_MAX) {
                        @let (name, list, closer) = name(key);
                        tr {
                            td { @if let Some(closer) = closer { a href=(closer) { (name) } } @else { (name) } }
                            td.number { a href={ (list) "&status=open" } { (counted.open) } }
                            td.number { a href={ (list) "&overdue=true&order=due" } { (counted.overdue) } }
                            td.number { a href={ (list) "&status=closed" } { (counted.closed) } }
                        }
                    }
                    @if left != 0 { tr { td.quiet colspan="4" { (ask.words("另有", "and")) " " (left) " " (ask.words("项", "more")) } } }
                }
            }
        }
    }
}
