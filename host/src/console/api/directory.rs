//! The directory: places, units and roles, which forms show to everybody, and those people whom the
//! asker may see.

use plugin_api::PlaceId;
use serde_json::{Value, json};

use super::{Kind, Operation, Query, check_query, json as answer, reading};
use crate::console::ask::Ask;
use crate::console::finding::asker;
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::directory::Sees;
use crate::limits::PAGE_MAX;

/// Places of one answer.
const PLACES_PAGE: usize = 1_000;
const _: () = assert!(PAGE_MAX as usize <= PLACES_PAGE, "places are small");

const PLACES: &[Query] = &[
    Query { name: "within", about: ("这个区域和其中的", "This place and those within it"), kind: Kind::Text },
    Query {
        name: "after",
        about: ("接着上一页：上一页的 next", "The page after another: its `next`"),
        kind: Kind::Text,
    },
];

pub(super) const OPERATIONS: &[Operation] = &[
    reading("/api/v1/directory/places", places, ("区域", "Places"), PLACES, "Places"),
    reading("/api/v1/directory/units", units, ("单位", "Units"), &[], "Units"),
    reading("/api/v1/directory/roles", roles, ("角色", "Roles"), &[], "Roles"),
    reading(
        "/api/v1/directory/people",
        people,
        ("您能看到的人员和任职", "The people you may see, and what they hold"),
        &[],
        "People",
    ),
];

fn places(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, PLACES)?;
    let running = house.in_force.get();
    let directory = &running.config.directory;
    let within = match ask.query("within") {
        Some(id) => directory.places_within(&PlaceId::from(id)),
        None => directory.places(),
    };
    let start = match ask.query("after") {
        Some(after) => within.iter().position(|place| place.id.as_str() == after).map_or(within.len(), |at| at + 1),
        None => 0,
    };
    let rest = &within[start..];
    let page = &rest[..rest.len().min(PLACES_PAGE)];
    let next = page.last().filter(|_| page.len() < rest.len()).map(|place| place.id.clone());
    let page: Vec<Value> =
        page.iter().map(|place| json!({ "id": place.id, "level": place.level, "title": place.title })).collect();
    answer(&json!({ "places": page, "next": next }))
}

fn units(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let running = house.in_force.get();
    let units: Vec<Value> =
        running.config.directory.units().iter().map(|unit| json!({ "id": unit.id, "title": unit.title })).collect();
    answer(&json!({ "units": units }))
}

fn roles(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let running = house.in_force.get();
    let sees = |sees: Sees| match sees {
        Sees::Held => "held",
        Sees::Area => "area",
        Sees::All => "all",
    };
    let roles = running.config.directory.roles();
    let roles: Vec<Value> =
        roles.map(|(id, role)| json!({ "id": id, "title": role.title, "sees": sees(role.sees) })).collect();
    answer(&json!({ "roles": roles }))
}

fn people(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let running = house.in_force.get();
    let directory = &running.config.directory;
    let asker = asker(&running.config, ask);
    let seen = directory.everybody().filter(|person| asker.sees_person(&person.id));
    let people: Vec<Value> = seen
        .map(|person| {
            let is_own = asker.by == Some(&person.id);
            let held = directory.appointments(&person.id, asker.on);
            let held = held.filter(|held| is_own || asker.sees_place(&held.place));
            let holds: Vec<Value> =
                held.map(|held| json!({ "role": held.role, "place": held.place, "unit": held.unit })).collect();
            json!({ "id": person.id, "name": person.name, "holds": holds })
        })
        .collect();
    answer(&json!({ "people": people }))
}
