//! Desks: what each offers people to do and can show, out of its manifest.

use maud::{Markup, html};
use plugin_api::field::{Fields, parse_form};
use plugin_api::manifest::ViewSpec;
use plugin_api::{Objection, Title, View};
use serde_json::{Map, Value};

use super::act::{done_note, offered_at};
use super::drawn::draw;
use super::form::{Form, filled};
use super::frame::Frame;
use crate::config::known::Known;
use crate::config::{Config, DeskConfig};
use crate::console::api::desks::imports;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::{asker, viewer, words};
use crate::console::house::{House, Running};
use crate::console::reply::{Refusal, Reply};
use crate::engine::look::{Look, view};
use crate::routes::DeskIx;
use crate::tables::drawn;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/desks", Policy::Person, list);
    routes.get("/desks/{desk}", Policy::Person, desk);
    routes.get("/desks/{desk}/views/{view}", Policy::Person, one);
    routes.get("/desks/{desk}/views/{view}/{format}", Policy::Person, export);
}

/// Views on a desk's own page that the asker may see.
pub(in crate::console) fn shown<'c>(config: &'c Config, ask: &Ask, spec: &'c DeskConfig) -> Vec<&'c ViewSpec> {
    let asker = asker(config, ask);
    let views = spec.manifest.view.iter().filter(|view| view.of.is_none());
    views.filter(|view| asker.is_among(spec, &view.who, None, None)).collect()
}

fn list(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let title = Title::new("业务台", "Desks");
    let desks: Vec<&DeskConfig> = words(config, ask)
        .desks()
        .into_iter()
        .filter(|spec| !shown(config, ask, spec).is_empty() || !offered_at(config, ask, spec).is_empty())
        .collect();
    Ok(Frame::new(house, ask, &title).page(html! {
        h1 { (ask.lang.pick(&title)) }
        @if desks.is_empty() { p.card.empty { (ask.words("没有对您开放的业务台。", "No desk is open to you.")) } }
        @for spec in desks {
            section.card {
                h2 { a href={ "/desks/" (spec.name) } { (ask.lang.pick(&spec.title)) } }
                ul.acts {
                    @for action in offered_at(config, ask, spec) {
                        li { a href={ "/desks/" (spec.name) "/act/" (action.name) } { (ask.lang.pick(&action.title)) } }
                    }
                    @for view in shown(config, ask, spec) {
                        li { a href={ "/desks/" (spec.name) "/views/" (view.name) } { (ask.lang.pick(&view.title)) } }
                    }
                }
            }
        }
    }))
}

/// The desk of the path.
pub(in crate::console) fn find<'r>(running: &'r Running, ask: &Ask) -> Result<(DeskIx, &'r DeskConfig), Refusal> {
    let desk = running.config.desk(ask.part("desk")).ok_or_else(Refusal::not_there)?;
    Ok((desk, &running.config.desks[desk.get()]))
}

/// A desk's page: its actions, and every view that needs nothing to be asked.
fn desk(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let (desk, spec) = find(&running, ask)?;
    let (views, actions) = (shown(&running.config, ask, spec), offered_at(&running.config, ask, spec));
    if views.is_empty() && actions.is_empty() {
        return Err(Refusal::not_there());
    }
    let frame = Frame::new(house, ask, &spec.title);
    let mut drawn = Vec::new();
    for view in views {
        let is_plain = view.params.iter().all(|(_, field)| !field.required || field.default.is_some());
        let looked = is_plain.then(|| look(house, &running, ask, desk, view));
        drawn.push((view, looked));
    }
    Ok(frame.page(html! {
        (done_note(&running.config, ask))
        h1 { (ask.lang.pick(&spec.title)) }
        @if !actions.is_empty() {
            ul.acts.card {
                @for action in actions {
                    li { a href={ "/desks/" (spec.name) "/act/" (action.name) } { (ask.lang.pick(&action.title)) } }
                }
                @for import in imports(&running.config, ask, spec) {
                    li { a href={ "/desks/" (spec.name) "/imports/" (import.name) } { (ask.words("导入表格 ", "Import ")) (import.name) } }
                }
            }
        }
        @for (view, looked) in drawn {
            section {
                (heading(ask, spec, view))
                @match looked {
                    None => p { a href={ "/desks/" (spec.name) "/views/" (view.name) } { (ask.words("选择条件", "Choose what to show")) } },
                    Some(Ok(shown)) => (draw(&running.config, ask, &shown)),
                    Some(Err(words)) => p.bad { (ask.lang.pick(&words.words)) },
                }
            }
        }
    }))
}

fn heading(ask: &Ask, spec: &DeskConfig, view: &ViewSpec) -> Markup {
    html! {
        div.bar {
            h2 { a href={ "/desks/" (spec.name) "/views/" (view.name) } { (ask.lang.pick(&view.title)) } }
        }
    }
}

/// A view by its parameters, for the asker.
pub(in crate::console) fn look(
    house: &House,
    running: &Running,
    ask: &Ask,
    desk: DeskIx,
    asked: &ViewSpec,
) -> Result<View, Refusal> {
    let config = &running.config;
    let viewer = viewer(ask)?;
    let given = if asked.params.is_empty() { Map::new() } else { filled(&asked.params, &ask.query) };
    let looked = house.read(|store| {
        let reader = store.reader();
        let find_matter = |number: &str| reader.find(number).ok().flatten();
        let known = Known { config, day: config.day_of(ask.now_ms), find_matter: &find_matter, find_file: &|_| None };
        let params = match check_params(&asked.params, &given, &known) {
            Ok(params) => params,
            Err(objections) => return Ok(Err(wanting(objections))),
        };
        let look = Look { desk, name: asked.name.clone(), of: None, params, now_ms: ask.now_ms };
        Ok(view(config, &*running.callers[desk.get()], reader, &look, &viewer).map_err(Refusal::from))
    });
    looked?
}

fn check_params(
    fields: &Fields,
    given: &Map<String, Value>,
    known: &Known<'_>,
) -> Result<Map<String, Value>, Vec<Objection>> {
    parse_form(fields, given, known)
}

fn wanting(objections: Vec<Objection>) -> Refusal {
    Refusal { objections, ..Refusal::new(422, "请先选好条件", "choose what to show first") }
}

/// The view of the path, if it is for the asker.
pub(in crate::console) fn asked<'c>(
    config: &'c Config,
    ask: &Ask,
    spec: &'c DeskConfig,
) -> Result<&'c ViewSpec, Refusal> {
    shown(config, ask, spec).into_iter().find(|view| view.name == ask.part("view")).ok_or_else(Refusal::not_there)
}

/// One view, with its parameters and its files.
fn one(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let (desk, spec) = find(&running, ask)?;
    let asked = asked(&running.config, ask, spec)?;
    let looked = look(house, &running, ask, desk, asked);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&ask.query).finish();
    let file = |format: &str| format!("/desks/{}/views/{}/{format}?{query}", spec.name, asked.name);
    let objections = looked.as_ref().err().map(|refusal| refusal.objections.clone()).unwrap_or_default();
    // Nothing chosen yet is no mistake of the reader's.
    let objections = if ask.query.is_empty() { Vec::new() } else { objections };
    let form = Form { config: &running.config, ask, fields: &asked.params, given: &ask.query, objections: &objections };
    Ok(Frame::new(house, ask, &asked.title).page(html! {
        p { a href={ "/desks/" (spec.name) } { "← " (ask.lang.pick(&spec.title)) } }
        div.bar {
            h1 { (ask.lang.pick(&asked.title)) }
            @if looked.is_ok() {
                span { a href=(file("csv")) { "CSV" } "　" a href=(file("xlsx")) { "Excel" } }
            }
        }
        @if !asked.params.is_empty() {
            form.card.stack method="get" { (form.draw()) button.primary { (ask.words("查看", "Show")) } }
        }
        @match &looked {
            Ok(shown) => (draw(&running.config, ask, shown)),
            Err(refusal) if refusal.objections.is_empty() => p.bad { (ask.lang.pick(&refusal.words)) },
            Err(_) => {},
        }
    }))
}

pub(in crate::console) fn export(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let (desk, spec) = find(&running, ask)?;
    let asked = asked(&running.config, ask, spec)?;
    let shown = look(house, &running, ask, desk, asked)?;
    let (config, title) = (&running.config, ask.lang.pick(&asked.title));
    let failed = |error: anyhow::Error| {
        tracing::error!(%error, "A view could not be written as a file.");
        Refusal::new(500, "导出失败，请联系管理员", "the file could not be made; tell the operator")
    };
    match ask.part("format") {
        "csv" => {
            let bytes = drawn::csv(ask.lang, config, &shown).map_err(failed)?;
            Ok(Reply::file("text/csv; charset=utf-8", &format!("{title}.csv"), bytes))
        }
        "xlsx" => {
            let bytes = drawn::xlsx(ask.lang, config, &shown).map_err(failed)?;
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            Ok(Reply::file(kind, &format!("{title}.xlsx"), bytes))
        }
        _ => Err(Refusal::not_there()),
    }
}
