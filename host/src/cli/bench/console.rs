//! `bench --console`: how long lists, search and figures take with very many matters, for somebody who
//! sees the whole district and for somebody of one community.
//!
//! Answers of the index as a page would ask for them, rows read from the store included; no HTML.

mod fill;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::ToSpan as _;
use plugin_api::{PersonId, Status, Title};
use serde::Serialize;

use super::round;
use super::routing::Dice;
use crate::cli::error::Ended;
use crate::cli::program;
use crate::cli::screen::{Screen, draw_table};
use crate::config::Config;
use crate::config::template::{Template, Use, write_new};
use crate::directory::Level;
use crate::district::read_config;
use crate::engine::look::Viewer;
use crate::index::{Asking, By, Index, NotAnswered, Order, Query};
use crate::permission::Asker;
use crate::store::Store;

use fill::Drawing;

/// The example's exercise time: Monday 2026-03-02 09:00 in China.
const NOW_MS: i64 = 1_772_413_200_000;
const ROUNDS: usize = 200;
/// What a page and a dashboard may take.
const PAGE_MS: f64 = 50.0;
const DASHBOARD_MS: f64 = 200.0;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    matters: u64,
    store_mib: f64,
    fill_s: f64,
    index_mib: f64,
    build_s: f64,
    asked: Vec<Asked>,
}

/// One sort of question.
#[derive(Clone, Debug, Serialize)]
struct Asked {
    what: Title,
    viewer: Title,
    p50_ms: f64,
    p99_ms: f64,
    worst_ms: f64,
    wanted_ms: f64,
}

/// A sort of question, asked so many times; `dice` draws what differs.
type Ask<'a> = Box<dyn Fn(&Viewer, &mut Dice) -> Result<(), NotAnswered> + 'a>;

/// Fills a store and asks its index.
pub(super) fn measure(root: &Path, matters: u64) -> Result<Figures, Ended> {
    let dir = root.join("console");
    write_new(&dir, Template::Demo, Use::Live).map_err(Ended::wrong)?;
    let config = Arc::new(read_config(&dir, &program()?)?);
    std::fs::create_dir_all(&config.data).map_err(anyhow::Error::from)?;
    let began = Instant::now();
    let mut drawing = Drawing::new(&config, NOW_MS)?;
    let mut store = Store::open_scratch(&config.data)?;
    drawing.fill(&mut store, matters)?;
    drop(store);
    let fill_s = round(began.elapsed().as_secs_f64());
    let began = Instant::now();
    let index = Index::open(&config)?;
    let build_s = round(began.elapsed().as_secs_f64());
    let mib = |file: &Path| round(file.metadata().map_or(0, |file| file.len()) as f64 / (1024.0 * 1024.0));
    Ok(Figures {
        matters,
        store_mib: mib(&crate::store::file(&config.data)),
        fill_s,
        index_mib: mib(&crate::store::index::file(&config.data)),
        build_s,
        asked: ask_all(&config, &index, &drawing.requests, matters)?,
    })
}

fn ask_all(
    config: &Arc<Config>,
    index: &Index,
    requests: &[(String, String)],
    matters: u64,
) -> Result<Vec<Asked>, Ended> {
    let viewers = [
        (Title::new("看全区的", "sees the whole district"), person(config, |reach, _| reach.all)),
        (
            Title::new("社区人员", "somebody of a community"),
            person(config, |reach, level| !reach.all && level == Some(Level::Community)),
        ),
    ];
    let mut all = Vec::new();
    for (what, wanted_ms, ask) in lists(config, index, matters).into_iter().chain(others(config, index, requests)) {
        for (viewer, person) in &viewers {
            let Some(person) = person else { continue };
            let viewer_of = Viewer::Person(person.clone());
            let mut dice = Dice(7);
            let mut spent = Vec::with_capacity(ROUNDS);
            for _ in 0..ROUNDS {
                let began = Instant::now();
                ask(&viewer_of, &mut dice).map_err(anyhow::Error::from)?;
                spent.push(began.elapsed());
            }
            spent.sort();
            let at = |share: f64| ms(spent[((ROUNDS as f64 * share).ceil() as usize).clamp(1, ROUNDS) - 1]);
            let (what, viewer) = (what.clone(), viewer.clone());
            all.push(Asked { what, viewer, p50_ms: at(0.5), p99_ms: at(0.99), worst_ms: at(1.0), wanted_ms });
        }
    }
    Ok(all)
}

fn ms(spent: Duration) -> f64 {
    round(spent.as_secs_f64() * 1e3)
}

/// The first person of the directory who sees so much.
fn person(config: &Config, is_meant: impl Fn(&crate::permission::Reach, Option<Level>) -> bool) -> Option<PersonId> {
    let on = config.day_of(NOW_MS);
    let meant = config.directory.everybody().find(|person| {
        let reach = Asker::new(&config.directory, Some(&person.id), on).reach();
        let level = reach.areas.first().and_then(|place| config.directory.level(place));
        is_meant(&reach, level)
    });
    meant.map(|person| person.id.clone())
}

/// Questions for lists, with what each may take.
fn lists<'a>(config: &'a Config, index: &'a Index, matters: u64) -> Vec<(Title, f64, Ask<'a>)> {
    let list = move |query: &Query, viewer: &Viewer| index.list(config, query, viewer, NOW_MS).map(drop);
    let place = |dice: &mut Dice| dice.pick(config.directory.places()).id.clone();
    let open = || Query { status: Some(Status::Open), ..Query::default() };
    let title = |zh: &str, en: &str| Title::new(zh, en);
    vec![
        (title("列表首页", "list, first page"), PAGE_MS, Box::new(move |viewer, _| list(&Query::default(), viewer))),
        (
            title("列表深处一页", "list, a page deep within"),
            PAGE_MS,
            Box::new(move |viewer, dice| {
                let id = dice.below(usize::try_from(matters).unwrap_or(usize::MAX));
                let after = format!("{id}._.0._._._._.").parse().ok();
                list(&Query { after, ..Query::default() }, viewer)
            }),
        ),
        (
            title("在办，按时限", "open, by due"),
            PAGE_MS,
            Box::new(move |viewer, _| list(&Query { order: Order::Due, ..open() }, viewer)),
        ),
        (
            title("某区域在办，按变动", "open at a place, by change"),
            PAGE_MS,
            Box::new(move |viewer, dice| {
                list(&Query { place: Some(place(dice)), order: Order::Changed, ..open() }, viewer)
            }),
        ),
        (
            title("某月某台黄灯", "of a month and desk, yellow"),
            PAGE_MS,
            Box::new(move |viewer, dice| {
                let day = config.day_of(NOW_MS - dice.below(90) as i64 * 86_400_000);
                let desk = Some(dice.pick(&config.desks).name.clone());
                let (from, to) = (day.checked_sub(30.days()).ok(), Some(day));
                let lamp = Some(plugin_api::matter::Lamp::Yellow);
                list(&Query { desk, lamp, opened_from: from, opened_to: to, ..open() }, viewer)
            }),
        ),
    ]
}

/// Questions about words, about oneself, and of figures.
fn others<'a>(config: &'a Config, index: &'a Index, requests: &'a [(String, String)]) -> Vec<(Title, f64, Ask<'a>)> {
    let list = move |query: &Query, viewer: &Viewer| index.list(config, query, viewer, NOW_MS).map(drop);
    let place = |dice: &mut Dice| dice.pick(config.directory.places()).id.clone();
    let words = |dice: &mut Dice| {
        let (title, _) = dice.pick(requests);
        let characters: Vec<char> = title.chars().collect();
        let at = dice.below(characters.len().saturating_sub(3));
        characters[at..].iter().take(2 + dice.below(3)).collect::<String>()
    };
    let title = |zh: &str, en: &str| Title::new(zh, en);
    vec![
        (
            title("检索", "search"),
            PAGE_MS,
            Box::new(move |viewer, dice| list(&Query { text: Some(words(dice)), ..Query::default() }, viewer)),
        ),
        (
            title("检索某区域，按时限", "search at a place, by due"),
            PAGE_MS,
            Box::new(move |viewer, dice| {
                let place = Some(place(dice));
                list(&Query { text: Some(words(dice)), place, order: Order::Due, ..Query::default() }, viewer)
            }),
        ),
        (
            title("我的待办", "what waits for me"),
            PAGE_MS,
            Box::new(move |viewer, _| match viewer {
                Viewer::Person(person) => index.mine(config, person, NOW_MS).map(drop),
                Viewer::Operator => Ok(()),
            }),
        ),
        (
            title("相似事项", "similar matters"),
            PAGE_MS,
            Box::new(move |viewer, dice| {
                let (title, text) = dice.pick(requests);
                let text = format!("{title}{text}");
                index.similar(config, (&place(dice), &text, 30), viewer, NOW_MS).map(drop)
            }),
        ),
        (title("看板", "dashboard"), DASHBOARD_MS, Box::new(move |viewer, _| dashboard(config, index, viewer))),
    ]
}

fn dashboard(config: &Config, index: &Index, viewer: &Viewer) -> Result<(), NotAnswered> {
    let labels = config.desks.iter().flat_map(|desk| desk.manifest.label.iter());
    let by_label = labels.map(|(name, _)| By::Label(name.to_owned())).take(3);
    let by = [By::All, By::Place(Level::Subdistrict), By::Place(Level::Community), By::Place(Level::Compound)];
    let by = by.into_iter().chain([By::Desk, By::Stage, By::Unit, By::Month]).chain(by_label).collect();
    let to = config.day_of(NOW_MS);
    let trend = to.checked_sub(90.days()).ok().map(|from| (from, to));
    index.dashboard(config, &Asking { within: None, by, trend }, viewer, NOW_MS).map(drop)
}

pub(super) fn draw(screen: Screen, figures: &Figures) -> String {
    let name = |zh: &'static str, en: &'static str| screen.words(zh, en).to_owned();
    let rows = vec![
        vec![name("事项", "matters"), figures.matters.to_string()],
        vec![name("写入数据库 秒", "writing the store, s"), figures.fill_s.to_string()],
        vec![name("数据库 MiB", "store, MiB"), figures.store_mib.to_string()],
        vec![name("建立索引 秒", "building the index, s"), figures.build_s.to_string()],
        vec![name("索引 MiB", "index, MiB"), figures.index_mib.to_string()],
    ];
    let asked = figures.asked.iter().map(|asked| {
        let spent = [asked.p50_ms, asked.p99_ms, asked.worst_ms, asked.wanted_ms].map(|ms| ms.to_string());
        let names = [&asked.what, &asked.viewer].map(|title| screen.pick(title).to_owned());
        names.into_iter().chain(spent).collect::<Vec<_>>()
    });
    let heads = [
        name("查询", "asked"),
        name("谁看", "who looks"),
        "p50 ms".to_owned(),
        ">p99 ms".to_owned(),
        name(">最长 ms", ">worst ms"),
        name(">应在 ms 内", ">wanted ms"),
    ];
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    format!("{}\n{}", draw_table(&["", ">"], &rows), draw_table(&heads, &asked.collect::<Vec<_>>()))
}
