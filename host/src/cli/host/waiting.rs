//! `parked`, `retry` and `move`: steps that failed and wait, and what an operator does about them.

use clap::Args;
use plugin_api::host::MatterFilter;
use plugin_api::{Status, Title};
use serde_json::{Value, json};

use crate::cli::error::Ended;
use crate::cli::matters::{numbers, put};
use crate::cli::screen::{Lang, Screen, draw_table, local};
use crate::cli::words::Words;
use crate::cli::{Folder, NamedFolder, named, program};
use crate::config::Config;
use crate::district::District;
use crate::engine::input::{Ask, Input, instant};
use crate::engine::look::read_head;
use crate::limits::PAGE_MAX;
use crate::matter::Head;
use crate::store::rows::{DeliveryRow, HELD_MS};
use crate::store::{Reader, open_reading, parse_head};

/// `parked`
#[derive(Debug, Args)]
pub(crate) struct Parked {
    #[command(flatten)]
    folder: Folder,
}

/// `retry`
#[derive(Debug, Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    folder: NamedFolder,
    /// Which, as `parked` numbers them · 哪一步，编号见 parked
    id: u64,
}

/// `move`
#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    folder: NamedFolder,
    /// Number of the matter · 事项编号
    number: String,
    /// Name of the desk · 移交给哪个业务台
    desk: String,
}

impl Parked {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let deliveries = reader.kept()?;
        let stranded = stranded(config, reader)?;
        let mut rows: Vec<Value> = Vec::new();
        for row in &deliveries {
            let data = reader.body(row.source)?.and_then(|text| serde_json::from_str::<Value>(&text).ok());
            rows.push(json!({
                "id": row.id, "desk": &*row.desk, "name": &*row.name, "matter": row.matter, "input": row.input,
                "attempts": row.attempt, "error": row.error, "parked": row.due_ms.is_none(),
                "held": row.due_ms == Some(HELD_MS), "due": row.due().map(instant), "data": data,
            }));
        }
        rows.extend(stranded.iter().map(|head| {
            json!({
                "id": null, "desk": &*head.desk, "name": null, "matter": head.id, "input": null, "attempts": 0,
                "error": not_in_config(&head.desk).en, "parked": true, "held": false, "due": null, "data": null,
            })
        }));
        let now_ms = deliveries.iter().map(|row| row.at_ms).max().unwrap_or(0);
        let words = Words { config, day: config.day_of(now_ms) };
        screen.print(&rows, || draw_waiting(screen, words, reader, &deliveries, &stranded))?;
        Ok(())
    }
}

/// Open matters on desks that the config no longer has (I2): the newest of each.
fn stranded(config: &Config, reader: Reader<'_>) -> Result<Vec<Head>, Ended> {
    let mut heads = Vec::new();
    for desk in reader.desks_in_use()?.into_iter().filter(|desk| config.desk(desk).is_none()) {
        let filter = MatterFilter {
            desk: Some(desk),
            status: Some(Status::Open),
            limit: Some(PAGE_MAX),
            ..MatterFilter::default()
        };
        for stored in reader.matters(&filter, &|_| true)? {
            heads.push(parse_head(&stored.head)?);
        }
    }
    Ok(heads)
}

fn not_in_config(desk: &str) -> Title {
    Title::new(
        format!("业务台“{desk}”已不在配置中：放回配置后会接着办理，或用 hongling move 移交"),
        format!("desk {desk:?} is not in the config: put it back and it goes on, or `hongling move` the matter"),
    )
}

fn draw_waiting(
    screen: Screen,
    words: Words<'_>,
    reader: Reader<'_>,
    deliveries: &[DeliveryRow],
    stranded: &[Head],
) -> String {
    if deliveries.is_empty() && stranded.is_empty() {
        return screen.words("没有等待处理的步骤", "no steps wait").to_owned();
    }
    let cells = deliveries.iter().map(|row| {
        let due = match (row.due(), row.due_ms) {
            (Some(due_ms), _) => local(instant(due_ms), &words.config.zone),
            (None, Some(_)) => screen.words("在等", "held").to_owned(),
            (None, None) => screen.words("已停，等人工重试", "parked").to_owned(),
        };
        let matter = row.matter.map(plugin_api::MatterId).and_then(|id| read_head(reader, id).ok()?);
        vec![
            row.id.to_string(),
            row.input.to_string(),
            screen.pick(&words.desk(&row.desk)).to_owned(),
            screen.pick(&words.step(&row.desk, &row.name)).to_owned(),
            matter.map_or_else(String::new, |head| head.number.to_string()),
            row.attempt.to_string(),
            due,
            row.error.clone(),
        ]
    });
    let heads = match screen.lang {
        Lang::Zh => [">编号", ">输入", "业务台", "步骤", "事项", ">次数", "下次", "原因"],
        Lang::En => [">Id", ">Input", "Desk", "Step", "Matter", ">Tries", "Next", "Why"],
    };
    let stranded = stranded.iter().map(|head| {
        let desk = screen.pick(&words.desk(&head.desk)).to_owned();
        let why = screen.pick(&not_in_config(&head.desk)).to_owned();
        let parked = screen.words("已停", "parked").to_owned();
        vec![String::new(), String::new(), desk, String::new(), head.number.to_string(), String::new(), parked, why]
    });
    draw_table(&heads, &cells.chain(stranded).collect::<Vec<_>>())
}

impl Retry {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        if !engine.store().reader().kept()?.iter().any(|row| row.id == self.id) {
            return Err(Ended::wanting(Title::new(
                format!("没有编号为 {} 的待处理步骤；hongling parked 列出全部", self.id),
                format!("no step {} waits; `hongling parked` lists them", self.id),
            )));
        }
        let ask = Ask::Retry { delivery: self.id, by_hand: true };
        let done = put(&mut engine, screen, Input { ask, by: None, key: None })?;
        tracing::info!(id = self.id, seq = done.seq, matters = numbers(&done), "A failed step was tried again.");
        Ok(())
    }
}

impl Move {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        let matter = engine.find_matter(&self.number).ok_or_else(|| named::no_matter(&self.number))?;
        named::desk(&district.config, &self.desk)?;
        let ask = Ask::Move { matter, desk: self.desk.clone() };
        let done = put(&mut engine, screen, Input { ask, by: None, key: None })?;
        let (matter, desk) = (numbers(&done), self.desk);
        tracing::info!(matter, desk, seq = done.seq, "A matter was handed over by hand.");
        Ok(())
    }
}
