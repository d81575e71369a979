//! A matter: its facts, its clocks, what may be done, and its way so far with the reasons.

use std::collections::BTreeMap;

use maud::{Markup, html};
use plugin_api::{ClockState, Matter, Status, Title};

use super::act::{done_note, offered, offered_by_host};
use super::drawn::draw;
use super::frame::Frame;
use super::front::lamp_mark;
use crate::config::Config;
use crate::console::ask::Ask;
use crate::console::door::{Policy, Routes};
use crate::console::finding::{Found, asker, matter, viewer, words};
use crate::console::house::{House, Running};
use crate::console::reply::{Refusal, Reply};
use crate::engine::input::instant;
use crate::engine::look::{Explained, Look, ShownClock, clocks, explain, view};
use crate::host_action::marked;
use crate::lang::local;
use crate::store::files::FileRow;
use crate::store::{JournalEvent, Reader, StoreError};
use crate::tables::drawn;
use crate::words::decision::tried_lines;
use crate::words::{last_words, status};

pub(super) fn add(routes: &mut Routes) {
    routes.get("/matters/{number}", Policy::Person, show);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let running = house.in_force.get();
    let config = &running.config;
    let found = house.look(|config, reader| {
        let Some(found) = matter(config, ask, reader, ask.part("number"))? else { return Ok(None) };
        let clocks = clocks(config, reader, found.head.id, ask.now_ms)?;
        let decided = decided(config, reader, &found.events)?;
        let files = reader.files_of(found.head.id.0)?;
        Ok(Some((found, clocks, decided, files)))
    })?;
    let (found, clocks, decided, files) = found.ok_or_else(Refusal::not_there)?;
    let number = &found.matter.number;
    let frame = Frame::new(house, ask, &Title::new(number, number));
    let actions = offered(config, ask, &found.head);
    Ok(frame.page(html! {
        (done_note(config, ask))
        p.quiet { (number) }
        h1 { (found.matter.title) }
        @if found.head.host.unrouted { p.bad { (ask.words("没有流转规则适用，事项停在这里，请管理员处理。", "No route took it, so it stays here; the operator must act.")) } }
        @if found.head.host.busy != 0 { p.bad { (ask.words("有一步正在处理或没有办成，暂时不能办理。", "A step is in work or failed; nothing can be done with it just now.")) } }
        div.columns {
            div {
                @if !actions.is_empty() {
                    section.card {
                        h2 { (ask.words("可以办理", "What you can do")) }
                        ul.acts {
                            @for action in actions {
                                li { a href={ "/matters/" (number) "/act/" (action.name) } { (ask.lang.pick(&action.title)) } }
                            }
                        }
                    }
                }
                @let own = offered_by_host(config, ask, &found.head);
                @if !own.is_empty() {
                    section.card {
                        h2 { (ask.words("沟通与更正", "Talk and amend")) }
                        ul.acts {
                            @for action in own {
                                li { a href={ "/matters/" (number) "/act/" (marked(action)) } { (ask.lang.pick(&action.title)) } }
                            }
                        }
                    }
                }
                @if !found.matter.text.is_empty() {
                    section.card { h2 { (ask.words("详情", "Details")) } p.text { (found.matter.text) } }
                }
                (photos(config, ask, &files, &found.events))
                (views(house, &running, ask, &found))
                section.card { h2 { (ask.words("办理过程", "Way so far")) } (way(config, ask, &found.events, &decided)) }
            }
            aside.card { h2 { (ask.words("情况", "Facts")) } (facts(config, ask, &found, &clocks)) }
        }
    }))
}

/// Photos by when they came: what is seen first was before, what is seen last after.
fn photos(config: &Config, ask: &Ask, files: &[FileRow], events: &[JournalEvent]) -> Markup {
    let words = words(config, ask);
    html! {
        @if !files.is_empty() {
            section.card {
                h2 { (ask.words("照片", "Photos")) }
                div.photos {
                    @for file in files {
                        @let came_with = events.iter().find(|event| file.input < event.seq);
                        figure {
                            @if file.is_gone { p.quiet { (ask.words("已删除", "removed")) } } @else {
                                a href={ "/files/" (file.sha256) } {
                                    img src={ "/files/" (file.sha256) "/small" } loading="lazy" alt=(ask.words("照片", "photo"));
                                }
                            }
                            @if let Some(event) = came_with {
                                figcaption.small.quiet { (ask.lang.pick(&words.topic(event))) " · " (local(instant(event.at_ms), &config.zone)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(config: &Config, ask: &Ask, found: &Found, clocks: &[ShownClock]) -> Markup {
    let words = words(config, ask);
    let (matter, pick) = (&found.matter, |title: &Title| ask.lang.pick(title).to_owned());
    let stage = match matter.status {
        Status::Open => words.stage(&matter.desk, &matter.kind, &matter.stage),
        over => status(over),
    };
    html! {
        dl.facts {
            dt { (ask.words("环节", "Where")) } dd { (pick(&words.desk(&matter.desk))) " · " (pick(&stage)) }
            @if let Some(lamp) = matter.lamp { dt { (ask.words("亮灯", "Lamp")) } dd { (lamp_mark(ask, lamp)) } }
            @for clock in clocks { dt { (pick(&clock.title)) } dd { (clock_words(config, ask, clock)) } }
            @if !matter.holders.is_empty() {
                dt { (ask.words("承办", "With")) }
                dd { @for holder in &matter.holders { div { (drawn::holder(ask.lang, config, holder)) } } }
            }
            @if let Some(outcome) = &matter.outcome {
                dt { (ask.words("结果", "Outcome")) } dd { (pick(&words.outcome(last_words(matter, &found.events), outcome))) }
            }
            dt { (ask.words("区域", "Place")) } dd { (place(config, ask, matter)) }
            @for (name, value) in &matter.labels {
                @let (name, value) = words.label(name, value);
                dt { (pick(&name)) } dd { (pick(&value)) }
            }
            dt { (ask.words("登记", "Opened")) } dd { (local(matter.opened, &config.zone)) }
            @if let Some(reported) = matter.reported_at { dt { (ask.words("反映", "Reported")) } dd { (local(reported, &config.zone)) } }
        }
    }
}

fn place(config: &Config, ask: &Ask, matter: &Matter) -> String {
    let place = words(config, ask).place_within(&matter.place);
    format!("{} {}", ask.lang.pick(&place), matter.address.as_deref().unwrap_or("")).trim_end().to_owned()
}

fn clock_words(config: &Config, ask: &Ask, clock: &ShownClock) -> Markup {
    let state = match clock.state {
        ClockState::Running => "",
        ClockState::Paused => ask.words("已暂停", "paused"),
        ClockState::Out => ask.words("已超期", "run out"),
    };
    html! {
        (drawn::due(ask.lang, config, clock.due)) " "
        @if let Some(lamp) = clock.lamp { (lamp_mark(ask, lamp)) " " }
        (state)
        @if let Some(why) = &clock.why { div.quiet.small { (why) } }
        @if let Some(review) = clock.review {
            div.quiet.small { (ask.words("复查 ", "to be looked at again ")) (drawn::due(ask.lang, config, review)) }
        }
    }
}

/// Views that desks put on a matter's page.
fn views(house: &House, running: &Running, ask: &Ask, found: &Found) -> Markup {
    let config = &running.config;
    let Ok(viewer) = viewer(ask) else { return html! {} };
    let mut drawn = Vec::new();
    for (at, spec) in config.desks.iter().enumerate() {
        for asked in spec.manifest.view.iter().filter(|view| view.of == Some(plugin_api::manifest::SubjectKind::Matter))
        {
            let is_theirs = asker(config, ask).is_among(spec, &asked.who, Some(&found.head), Some(&found.head.place));
            let is_of_it = spec.manifest.kind(&found.head.kind).is_some();
            let (true, true, Some(desk)) = (is_theirs, is_of_it, config.desk(&spec.name)) else { continue };
            let look = Look {
                desk,
                name: asked.name.clone(),
                of: Some(found.head.id),
                params: serde_json::Map::new(),
                now_ms: ask.now_ms,
            };
            let looked = house.read(|store| Ok(view(config, &*running.callers[at], store.reader(), &look, &viewer)));
            drawn.push((asked, looked));
        }
    }
    html! {
        @for (asked, looked) in drawn {
            @if let Ok(Ok(shown)) = looked { section { h2 { (ask.lang.pick(&asked.title)) } (draw(config, ask, &shown)) } }
        }
    }
}

/// What the routes decided, by event, as far as today's config was in force: `hongling explain` tells the
/// rest by the configs of then.
fn decided(
    config: &Config,
    reader: Reader<'_>,
    events: &[JournalEvent],
) -> Result<BTreeMap<u64, Explained>, StoreError> {
    let mut decided = BTreeMap::new();
    for event in events.iter().filter(|event| event.facts.is_some()) {
        let hash = reader.config_of(event.input)?;
        if hash.as_ref() == Some(&config.hash)
            && let Some(explained) = explain(config, (hash.as_deref(), config), event)?
        {
            decided.insert(event.seq, explained);
        }
    }
    Ok(decided)
}

/// The way so far, the newest last, each step with who, what was said, and the route that led on.
fn way(config: &Config, ask: &Ask, events: &[JournalEvent], decided: &BTreeMap<u64, Explained>) -> Markup {
    let words = words(config, ask);
    html! {
        ol.way {
            @for event in events {
                li {
                    time { (local(instant(event.at_ms), &config.zone)) }
                    b { (ask.lang.pick(&words.topic(event))) }
                    span.quiet {
                        " · " (ask.lang.pick(&words.sayer(event)))
                        @if let Some(by) = &event.by { " · " (words.person(by)) }
                    }
                    @let said = words.said(event);
                    @if !said.is_empty() {
                        p.small {
                            @for (at, (name, value)) in said.iter().enumerate() {
                                @if at != 0 { (ask.words("；", "; ")) }
                                span.quiet { (ask.lang.pick(name)) (ask.words("：", ": ")) } (ask.lang.pick(value))
                            }
                        }
                    }
                    @if let Some(route) = &event.route { p.quiet.small { (to(config, ask, route)) } }
                    @if let Some(explained) = decided.get(&event.seq) {
                        details.small {
                            summary { (ask.words("为什么", "Why")) }
                            ul { @for line in tried_lines(ask.lang, words, &explained.tried) { li { (line) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Where a route led, in words.
fn to(config: &Config, ask: &Ask, id: &str) -> String {
    let route = config.routes.iter().find(|route| route.id == *id);
    let desk = route.map(|route| ask.lang.pick(&config.desks[route.to.get()].title));
    match desk {
        Some(desk) => format!("→ {desk}{}", ask.words("（按流转规则）", " (by route)")),
        None => format!("→ {id}"),
    }
}
