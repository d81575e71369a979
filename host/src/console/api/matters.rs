//! Matters: opened, listed, shown, and acted on.

use http::Method;
use serde_json::{Map, Value, json};

use super::{Gives, Kind, Operation, Query, check_query, json as answer, key, outcome, reading};
use crate::console::ask::{Ask, Takes};
use crate::console::door::Policy;
use crate::console::finding::matter;
use crate::console::house::House;
use crate::console::pages::act::{About, Outcome, about_matter, find, offered, offered_at, put_keyed};
use crate::console::pages::list::query_of;
use crate::console::reply::{Refusal, Reply};
use crate::engine::answers::event;
use crate::engine::input::{Act, Target};
use crate::engine::look::clocks;
use crate::index;
use crate::limits::PAGE_MAX;
use crate::store::StoreError;

/// Matters of a page, if nobody says how many.
const PAGE: u32 = 50;

pub(super) const OPERATIONS: &[Operation] = &[
    reading("/api/v1/matters", list, ("事项，新的在前", "Matters, newest first"), FILTER, "Matters"),
    Operation {
        method: Method::POST,
        path: "/api/v1/matters",
        policy: Policy::Person,
        handler: open,
        about: ("登记事项；正文是登记操作的表单", "Opens a matter; the body is the form of the action that opens one"),
        query: &[],
        takes: Takes::Form,
        gives: Gives::Made("Done"),
    },
    reading(
        "/api/v1/matters/{number}",
        show,
        ("一个事项，连同过程、时限和可以办理的操作", "A matter with its events, its clocks, and what can be done"),
        &[],
        "WholeMatter",
    ),
    Operation {
        method: Method::POST,
        path: "/api/v1/matters/{number}/actions/{action}",
        policy: Policy::Person,
        handler: act,
        about: ("办理一个事项；正文是操作的表单", "Acts on a matter; the body is the form of the action"),
        query: &[Query {
            name: "at",
            about: ("事项已不在这个业务台就不办", "Refused if the matter no longer lies on this desk"),
            kind: Kind::Text,
        }],
        takes: Takes::Form,
        gives: Gives::Json("Done"),
    },
];

const fn text(name: &'static str, zh: &'static str, en: &'static str) -> Query {
    Query { name, about: (zh, en), kind: Kind::Text }
}

const FILTER: &[Query] = &[
    text("text", "题目、内容、编号或地点里有这些词", "With these words in title, text, number or place"),
    text("desk", "在这个业务台的", "On this desk"),
    text("kind", "这一类的", "Of this kind"),
    text("stage", "在这个环节的", "In this stage"),
    text("place", "在这个区域内的", "At this place or within it"),
    Query {
        name: "status",
        about: ("状态；不写就是在办的，检索时是全部", "Status; without it those that are open, of a search all"),
        kind: Kind::OneOf(&["open", "closed", "joined", "all"]),
    },
    Query { name: "unrouted", about: ("没有流转规则适用的", "That no route took"), kind: Kind::Flag },
    text("channel", "这个渠道来的", "Through this channel"),
    text("unit", "由这个单位承办的", "Held by this unit"),
    Query { name: "from", about: ("这一天起登记的", "Opened on this day or later"), kind: Kind::Date },
    Query { name: "to", about: ("到这一天为止登记的", "Opened on this day or earlier"), kind: Kind::Date },
    Query { name: "overdue", about: ("已超期的", "That are overdue"), kind: Kind::Flag },
    Query {
        name: "lamp",
        about: ("亮这种灯的", "With this lamp"),
        kind: Kind::OneOf(&["green", "blue", "yellow", "red"]),
    },
    Query {
        name: "order",
        about: ("顺序；不写就是新的在前", "In which order; the newest first without it"),
        kind: Kind::OneOf(&["urgent", "due", "changed"]),
    },
    text("after", "接着上一页：上一页的 next", "The page after another: its `next`"),
    Query {
        name: "limit",
        about: ("最多这么多件", "At most so many"),
        kind: Kind::Number { least: 1, most: PAGE_MAX as u64 },
    },
    Query {
        name: "labels",
        about: ("label.名称=值：带这个标签的", "label.NAME=VALUE: with this label"),
        kind: Kind::Others,
    },
];

fn list(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    // Labels are the only names that are not all known.
    let is_label = |(name, _): &&(String, String)| name.starts_with("label.");
    let rest: Vec<(String, String)> = ask.query.iter().filter(|pair| !is_label(pair)).cloned().collect();
    check_query(&rest, &FILTER[..FILTER.len() - 1])?;
    let limit = ask.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE);
    let running = house.in_force.get();
    let page = house.list(ask, &index::Query { limit, ..query_of(&running.config, ask) })?;
    answer(&json!({ "matters": page.rows, "next": page.next.map(|key| key.to_string()) }))
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let found = house.look(|config, reader| {
        let Some(found) = matter(config, ask, reader, ask.part("number"))? else { return Ok(None) };
        let clocks = clocks(config, reader, found.head.id, ask.now_ms)?;
        Ok(Some((found, clocks)))
    })?;
    let (found, clocks) = found.ok_or_else(Refusal::not_there)?;
    let running = house.in_force.get();
    let actions: Vec<Value> = offered(&running.config, ask, &found.head)
        .into_iter()
        .map(|action| super::desks::action_value(&running.config, action))
        .collect();
    let events = found.events.into_iter().map(event).collect::<Result<Vec<_>, String>>();
    let events = events.map_err(StoreError::Damaged)?;
    answer(&json!({ "matter": found.matter, "events": events, "clocks": clocks, "actions": actions }))
}

/// The body as the form it is.
pub(super) fn form(ask: &Ask) -> Result<Map<String, Value>, Refusal> {
    ask.json.clone().ok_or_else(|| Refusal::new(415, "请发送 JSON 对象", "send a JSON object"))
}

fn open(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let running = house.in_force.get();
    let spec = &running.config.desks[running.config.open.get()];
    let action = offered_at(&running.config, ask, spec).into_iter().next().ok_or_else(Refusal::not_there)?;
    let act = Act { target: Target::Desk(spec.name.clone()), action: action.name.clone(), form: form(ask)? };
    let came = put_keyed(house, ask, act, key(ask)?)?;
    let opened = match &came {
        Outcome::Done(done) => done.matters.iter().find(|matter| matter.opened).map(|matter| matter.number.clone()),
        Outcome::Refused(_) => None,
    };
    let reply = outcome(came)?.status(201);
    Ok(match opened {
        Some(number) => reply.with(http::header::LOCATION, &format!("/api/v1/matters/{number}")),
        None => reply,
    })
}

fn act(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[text("at", "", "")])?;
    let running = house.in_force.get();
    let found = find(house, ask)?;
    let About { name, .. } = about_matter(&running.config, ask, &found)?;
    let target = match ask.query("at") {
        Some(desk) => Target::MatterAt(found.head.id, desk.to_owned()),
        None => Target::Matter(found.head.id),
    };
    let act = Act { target, action: name, form: form(ask)? };
    outcome(put_keyed(house, ask, act, key(ask)?)?)
}
