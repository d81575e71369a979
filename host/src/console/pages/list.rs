//! Lists of matters: by filter, a page at a time, also as a spreadsheet.

use jiff::{Timestamp, ToSpan as _};
use maud::{Markup, html};
use plugin_api::field::FieldKind;
use plugin_api::{LabelValue, Matter, MatterFilter, Status, Title};

use super::frame::Frame;
use super::front::lamp_mark;
use crate::config::Config;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::words;
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::index::{Order, PageKey, Query, Total};
use crate::lang::{Lang, local};
use crate::tables::drawn;
use crate::words::status;

/// Matters of one page.
const PAGE: u32 = 50;
/// Places that a field offers.
const OFFERED_MAX: usize = 1_000;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/matters", Policy::Person, list);
}

fn list(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let page = house.list(ask, &query_of(config, ask))?;
    let title = Title::new("事项", "Matters");
    Ok(Frame::new(house, ask, &title).page(html! {
        h1 { (ask.lang.pick(&title)) }
        (filters(config, ask))
        @if page.rows.is_empty() && page.next.is_none() {
            p.card.empty { (ask.words("没有符合条件的事项。", "No matter fits.")) }
        } @else {
            p.quiet { (total(ask, page.total)) }
            (draw_matters(config, ask, &page.rows))
            @if let Some(next) = &page.next { p { a.button href=(further(ask, next)) { (ask.words("下一页", "Next page")) } } }
        }
    }))
}

fn total(ask: &Ask, total: Total) -> String {
    match (total, ask.lang) {
        (Total::Exactly(count), Lang::Zh) => format!("共 {count} 件"),
        (Total::AtLeast(count), Lang::Zh) => format!("{count} 件以上"),
        (Total::Exactly(1), Lang::En) => "1 matter".to_owned(),
        (Total::Exactly(count), Lang::En) => format!("{count} matters"),
        (Total::AtLeast(count), Lang::En) => format!("{count} matters or more"),
    }
}

/// This list from where a page ended.
fn further(ask: &Ask, next: &PageKey) -> String {
    let mut pairs: Vec<(&str, String)> = ask
        .query
        .iter()
        .filter(|(name, value)| name != "after" && !value.is_empty())
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    pairs.push(("after", next.to_string()));
    format!("/matters?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// What the address asks for. What it names and is not there finds nothing, as any other filter may.
pub(in crate::console) fn query_of(config: &Config, ask: &Ask) -> Query {
    let given = |name: &str| ask.query(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
    let place = given("place").map(|text| {
        config.directory.resolve_place(&text).map_or_else(|| text.as_str().into(), |place| place.id.clone())
    });
    let status = match status_asked(ask) {
        "closed" => Some(Status::Closed),
        "joined" => Some(Status::Joined),
        "all" => None,
        _ => Some(Status::Open),
    };
    let labels = ask.query.iter().filter(|(_, value)| !value.is_empty());
    let labels = labels.filter_map(|(name, value)| Some((name.strip_prefix("label.")?.to_owned(), label_value(value))));
    let day = |name: &str| given(name).and_then(|text| text.parse().ok());
    Query {
        text: given("text"),
        desk: given("desk"),
        kind: given("kind"),
        stage: given("stage"),
        status,
        place,
        channel: given("channel"),
        labels: labels.collect(),
        unit: given("unit").map(|unit| unit.as_str().into()),
        unrouted: ask.query("unrouted") == Some("true"),
        lamp: given("lamp").and_then(|lamp| serde_json::from_value(lamp.into()).ok()),
        opened_from: day("from"),
        opened_to: day("to"),
        due_by_ms: (ask.query("overdue") == Some("true")).then_some(ask.now_ms),
        order: match ask.query("order") {
            Some("due") => Order::Due,
            Some("changed") => Order::Changed,
            Some("urgent") => Order::Urgent,
            _ => Order::Newest,
        },
        after: given("after").and_then(|key| key.parse().ok()),
        limit: PAGE,
        ..Query::default()
    }
}

/// The status asked for. Whoever looks for words without saying more looks for them everywhere.
fn status_asked(ask: &Ask) -> &str {
    let has_words = ask.query("text").is_some_and(|text| !text.trim().is_empty());
    ask.query("status").unwrap_or(if has_words { "all" } else { "open" })
}

fn label_value(text: &str) -> LabelValue {
    match text {
        "true" => LabelValue::Bool(true),
        "false" => LabelValue::Bool(false),
        text => text.parse().map_or_else(|_| LabelValue::Text(text.to_owned()), LabelValue::Integer),
    }
}

/// The address of the list of a filter: the matters behind a number.
pub(super) fn address_of(config: &Config, filter: &MatterFilter) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let status = match filter.status {
        None => "all",
        Some(Status::Open) => "open",
        Some(Status::Closed) => "closed",
        Some(Status::Joined) => "joined",
    };
    query.append_pair("status", status);
    let texts = [("desk", &filter.desk), ("kind", &filter.kind), ("stage", &filter.stage)];
    for (name, value) in texts {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    if let Some(place) = &filter.place {
        query.append_pair("place", place.as_str());
    }
    for (name, value) in &filter.labels {
        query.append_pair(&format!("label.{name}"), &value.to_string());
    }
    let day = |at: Timestamp| config.zone.to_datetime(at).date().to_string();
    if let Some(from) = filter.opened_from {
        query.append_pair("from", &day(from));
    }
    if let Some(before) = filter.opened_before {
        query.append_pair("to", &day(before - 1.millisecond()));
    }
    if let Some(unrouted) = filter.unrouted {
        query.append_pair("unrouted", if unrouted { "true" } else { "false" });
    }
    format!("/matters?{}", query.finish())
}

fn filters(config: &Config, ask: &Ask) -> Markup {
    let statuses = [
        ("open", status(Status::Open)),
        ("closed", status(Status::Closed)),
        ("joined", status(Status::Joined)),
        ("all", Title::new("全部", "all")),
    ];
    let chosen = |name: &str| ask.query(name).unwrap_or("");
    let category = words(config, ask).label_field("category").and_then(|field| match &field.kind {
        FieldKind::Code { list } => Some(list),
        _ => None,
    });
    html! {
        form.card.filters method="get" action="/matters" role="search" {
            div.wide {
                label for="text" { (ask.words("关键词", "Words")) }
                input #text name="text" type="search" value=(chosen("text")) placeholder=(ask.words("标题、内容、编号或地点", "title, text, number or place"));
            }
            div {
                label for="status" { (ask.words("状态", "Status")) }
                select #status name="status" {
                    @for (name, title) in &statuses { option value=(name) selected[status_asked(ask) == *name] { (ask.lang.pick(title)) } }
                }
            }
            div {
                label for="desk" { (ask.words("业务台", "Desk")) }
                select #desk name="desk" {
                    option value="" { (ask.words("全部", "all")) }
                    @for desk in words(config, ask).desks() {
                        option value=(desk.name) selected[chosen("desk") == desk.name] { (ask.lang.pick(&desk.title)) }
                    }
                }
            }
            (place_field(config, ask))
            @if let Some(list) = category {
                div {
                    label for="category" { (ask.words("类别", "Category")) }
                    select #category name="label.category" {
                        option value="" { (ask.words("全部", "all")) }
                        @for row in config.lists.get(list).as_of(config.day_of(ask.now_ms)) {
                            option value=(row.code) selected[chosen("label.category") == row.code] { (ask.lang.pick(&row.title)) }
                        }
                    }
                }
            }
            div {
                label for="order" { (ask.words("排序", "Order")) }
                select #order name="order" {
                    @for (name, zh, en) in [("", "新的在前", "newest"), ("urgent", "紧急在前", "most urgent"), ("due", "时限在前", "due first"), ("changed", "最近办理", "last changed")] {
                        option value=(name) selected[chosen("order") == name] { (ask.words(zh, en)) }
                    }
                }
            }
            button { (ask.words("查找", "Find")) }
        }
    }
}

/// A place by its name or path; those down to compounds are offered.
fn place_field(config: &Config, ask: &Ask) -> Markup {
    let upper = config.directory.places().iter();
    let upper = upper.filter(|place| !matches!(&*place.level, "building" | "entrance" | "house"));
    html! {
        div {
            label for="place" { (ask.words("区域", "Place")) }
            input #place name="place" value=(ask.query("place").unwrap_or("")) list="places" autocomplete="off";
            datalist #places {
                @for place in upper.take(OFFERED_MAX) {
                    option value=(place.id) { (ask.lang.pick(&words(config, ask).place(&place.id))) }
                }
            }
        }
    }
}

/// Matters as a table, each row a link; on a phone as cards.
pub(super) fn draw_matters(config: &Config, ask: &Ask, matters: &[Matter]) -> Markup {
    let words = words(config, ask);
    let heads = [
        ask.words("事项", "Matter"),
        ask.words("环节", "Where"),
        ask.words("区域", "Place"),
        ask.words("亮灯", "Lamp"),
        ask.words("时限", "Due"),
        ask.words("登记", "Opened"),
    ];
    html! {
        div.scroll {
            table.list {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for matter in matters {
                        @let stage = match matter.status { Status::Open => words.stage(&matter.desk, &matter.kind, &matter.stage), over => status(over) };
                        tr {
                            td {
                                a href={ "/matters/" (matter.number) } { (matter.title) }
                                div.quiet.small {
                                    (matter.number)
                                    @if let Some(category) = matter.labels.get("category") { " · " (ask.lang.pick(&words.label("category", category).1)) }
                                }
                            }
                            td data-name=(heads[1]) { (ask.lang.pick(&words.desk(&matter.desk))) " · " (ask.lang.pick(&stage)) }
                            td data-name=(heads[2]) { (ask.lang.pick(&words.place_within(&matter.place))) }
                            td class=[matter.lamp.is_none().then_some("none")] { @if let Some(lamp) = matter.lamp { (lamp_mark(ask, lamp)) } }
                            td.nowrap data-name=(heads[4]) class=[matter.due.is_none().then_some("none")] {
                                @if let Some(due) = matter.due { (drawn::due(ask.lang, config, due)) }
                            }
                            td.nowrap data-name=(heads[5]) { (local(matter.opened, &config.zone)) }
                        }
                    }
                }
            }
        }
    }
}
