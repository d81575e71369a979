//! Registers: places with what lies in them, who serves there and for how long, and the units.

use std::collections::BTreeMap;

use maud::{Markup, html};
use plugin_api::{PlaceId, Title};

use super::frame::Frame;
use crate::config::Config;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::words;
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::directory::{Appointment, Level};

/// Places of one table; a compound has rarely more buildings.
const SHOWN_MAX: usize = 500;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/directory", Policy::Person, show);
    routes.get("/directory/units", Policy::Person, units);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let directory = &config.directory;
    let place = match ask.query("place").filter(|text| !text.is_empty()) {
        Some(text) => directory.resolve_place(text).ok_or_else(Refusal::not_there)?,
        None => directory.places().first().ok_or_else(Refusal::not_there)?,
    };
    let title = Title::new("名册", "Directory");
    let frame = Frame::new(house, ask, &title);
    Ok(frame.page(html! {
        (ways(config, ask, &place.id))
        h1 { (ask.lang.pick(&words(config, ask).place(&place.id))) }
        div.columns.even {
            (serving(config, ask, &place.id))
            (within(config, ask, &place.id))
        }
    }))
}

/// The way down to a place, and to the units.
fn ways(config: &Config, ask: &Ask, place: &PlaceId) -> Markup {
    let mut around: Vec<PlaceId> = place.upwards().collect();
    around.reverse();
    html! {
        div.bar {
            p {
                @for (at, id) in around.iter().enumerate() {
                    @if at != 0 { " › " }
                    a href=(address(id)) { (ask.lang.pick(&words(config, ask).place(id))) }
                }
            }
            a href="/directory/units" { (ask.words("成员单位", "Units")) }
        }
    }
}

fn address(place: &PlaceId) -> String {
    format!(
        "/directory?{}",
        form_urlencoded::Serializer::new(String::new()).append_pair("place", place.as_str()).finish()
    )
}

/// Who serves at this very place.
fn serving(config: &Config, ask: &Ask, place: &PlaceId) -> Markup {
    let here = config.directory.all_appointments().iter().filter(|held| held.place == *place);
    people(config, ask, &here.collect::<Vec<_>>())
}

fn people(config: &Config, ask: &Ask, held: &[&Appointment]) -> Markup {
    let directory = &config.directory;
    let today = config.day_of(ask.now_ms);
    html! {
        div.scroll { table {
            caption { (ask.words("任职", "Who serves")) }
            thead { tr { th { (ask.words("姓名", "Name")) } th { (ask.words("角色", "Role")) } th { (ask.words("任期", "Term")) } } }
            tbody {
                @if held.is_empty() { tr { td.empty colspan="3" { (ask.words("没有", "nobody")) } } }
                @for held in held {
                    @let role = directory.role(&held.role).map(|role| ask.lang.pick(&role.title).to_owned()).unwrap_or_default();
                    tr {
                        td { (words(config, ask).person(held.person.as_str())) }
                        td {
                            (role)
                            @if let Some(unit) = held.unit.as_ref().and_then(|unit| directory.unit(unit)) { div.quiet.small { (ask.lang.pick(&unit.title)) } }
                        }
                        td class=[(!held.holds_on(today)).then_some("quiet")] { (term(ask, held)) }
                    }
                }
            }
        } }
    }
}

fn term(ask: &Ask, held: &Appointment) -> String {
    match (held.from, held.to) {
        (None, None) => ask.words("长期", "open").to_owned(),
        (Some(from), None) => format!("{from} {}", ask.words("起", "on")),
        (None, Some(to)) => format!("{} {to}", ask.words("至", "until")),
        (Some(from), Some(to)) => format!("{from} – {to}"),
    }
}

fn within(config: &Config, ask: &Ask, place: &PlaceId) -> Markup {
    let directory = &config.directory;
    let children: Vec<_> = directory.children(place).collect();
    let count = |id: &PlaceId, level: Level| {
        directory.places_within(id).iter().filter(|place| place.level == level.as_str()).count()
    };
    html! {
        div.scroll { table {
            caption { (ask.words("下辖", "Within")) }
            thead { tr { th { (ask.words("名称", "Name")) } th.number { (ask.words("小区", "Compounds")) } th.number { (ask.words("户", "Houses")) } } }
            tbody {
                @if children.is_empty() { tr { td.empty colspan="3" { (ask.words("没有", "none")) } } }
                @for child in children.iter().take(SHOWN_MAX) {
                    tr {
                        td { a href=(address(&child.id)) { (ask.lang.pick(&words(config, ask).place(&child.id))) } }
                        td.number { (count(&child.id, Level::Compound)) } td.number { (count(&child.id, Level::House)) }
                    }
                }
            }
        } }
    }
}

/// All units, and who works for them.
fn units(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let mut by_unit: BTreeMap<&str, Vec<&Appointment>> = BTreeMap::new();
    for held in config.directory.all_appointments() {
        if let Some(unit) = &held.unit {
            by_unit.entry(unit.as_str()).or_default().push(held);
        }
    }
    let title = Title::new("成员单位", "Units");
    Ok(Frame::new(house, ask, &title).page(html! {
        p { a href="/directory" { "← " (ask.words("名册", "Directory")) } }
        h1 { (ask.lang.pick(&title)) }
        @if config.directory.units().is_empty() { p.card.empty { (ask.words("没有单位。", "There are no units.")) } }
        div.columns.even {
            @for unit in config.directory.units() {
                section {
                    h2 { (ask.lang.pick(&unit.title)) }
                    (people(config, ask, by_unit.get(unit.id.as_str()).map_or(&[][..], Vec::as_slice)))
                }
            }
        }
    }))
}
