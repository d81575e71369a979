//! Desks: what each offers the asker to do and to see, with its forms.

use http::Method;
use plugin_api::manifest::Action;
use serde_json::{Value, json};

use super::matters::form;
use super::schema::form_schema;
use super::{Gives, Kind, Operation, Query, check_query, json as answer, key, outcome, reading};
use crate::config::{Config, DeskConfig};
use crate::console::ask::{Ask, Takes};
use crate::console::door::Policy;
use crate::console::finding::{asker, words};
use crate::console::house::House;
use crate::console::pages::act::{About, about_desk, offered_at, put_keyed};
use crate::console::pages::desks::{asked, export, find, look, shown};
use crate::console::reply::{Refusal, Reply};
use crate::engine::input::{Act, Target};

const PARAMETERS: &[Query] = &[Query {
    name: "params",
    about: ("查询的条件，按 /desks 里说的", "Parameters of the view, as /desks tells them"),
    kind: Kind::Others,
}];

pub(super) const OPERATIONS: &[Operation] = &[
    reading(
        "/api/v1/desks",
        list,
        ("对您开放的业务台，连同操作、查询和导入", "The desks open to you, with actions, views and imports"),
        &[],
        "Desks",
    ),
    Operation {
        method: Method::POST,
        path: "/api/v1/desks/{desk}/actions/{action}",
        policy: Policy::Person,
        handler: act,
        about: ("不针对单件事项的操作；正文是表单", "An action about no single matter; the body is its form"),
        query: &[],
        takes: Takes::Form,
        gives: Gives::Json("Done"),
    },
    reading("/api/v1/desks/{desk}/views/{view}", view, ("一项查询", "A view"), PARAMETERS, "View"),
    Operation {
        method: Method::GET,
        path: "/api/v1/desks/{desk}/views/{view}/{format}",
        policy: Policy::Person,
        handler: export,
        about: ("一项查询，导出为 csv 或 xlsx", "A view as a file, csv or xlsx"),
        query: PARAMETERS,
        takes: Takes::Nothing,
        gives: Gives::Table,
    },
];

/// An action with its form.
pub(super) fn action_value(config: &Config, action: &Action) -> Value {
    json!({ "name": action.name, "title": action.title, "form": form_schema(config, &action.fields) })
}

/// Imports of a desk that the asker may use: those of the actions open to them.
pub(in crate::console) fn imports<'c>(
    config: &Config,
    ask: &Ask,
    spec: &'c DeskConfig,
) -> Vec<&'c crate::config::Import> {
    let asker = asker(config, ask);
    let is_open = |import: &&crate::config::Import| {
        let action = spec.manifest.action(&import.action);
        action.is_some_and(|action| crate::engine::act::may_offer(spec, action, None, &asker))
    };
    spec.imports.iter().filter(is_open).collect()
}

fn list(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let running = house.in_force.get();
    let config = &running.config;
    let mut desks = Vec::new();
    for spec in words(config, ask).desks() {
        let (actions, views) = (offered_at(config, ask, spec), shown(config, ask, spec));
        if actions.is_empty() && views.is_empty() {
            continue;
        }
        let actions: Vec<Value> = actions.into_iter().map(|action| action_value(config, action)).collect();
        let views = views
            .into_iter()
            .map(|view| json!({ "name": view.name, "title": view.title, "params": form_schema(config, &view.params) }));
        let imports = imports(config, ask, spec).into_iter().map(|import| {
            let columns: Vec<&str> = import.columns.iter().map(|(_, column)| column.as_str()).collect();
            json!({ "name": import.name, "action": import.action, "columns": columns })
        });
        desks.push(json!({
            "name": spec.name, "title": spec.title, "actions": actions, "views": views.collect::<Vec<_>>(),
            "imports": imports.collect::<Vec<_>>(),
        }));
    }
    answer(&json!({ "desks": desks }))
}

fn act(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let running = house.in_force.get();
    let About { name, .. } = about_desk(&running.config, ask)?;
    let act = Act { target: Target::Desk(ask.part("desk").to_owned()), action: name, form: form(ask)? };
    outcome(put_keyed(house, ask, act, key(ask)?)?)
}

fn view(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let (desk, spec) = find(&running, ask)?;
    let asked = asked(&running.config, ask, spec)?;
    answer(&look(house, &running, ask, desk, asked)?)
}
