//! `parked`, `retry` and `move`: steps that failed and wait, and what an operator does about them.

use clap::Args;
use plugin_api::host::MatterFilter;
use plugin_api::{Status, Title};
use serde_json::{Value, json};

use super::status::counted;
use crate::cli::error::Ended;
use crate::cli::matters::{numbers, put};
use crate::cli::screen::{Screen, draw_table};
use crate::cli::{Folder, NamedFolder, named, notice, program};
use crate::config::Config;
use crate::district::District;
use crate::engine::input::{Ask, Input, instant};
use crate::engine::look::read_head;
use crate::lang::{Lang, local};
use crate::limits::PAGE_MAX;
use crate::matter::Head;
use crate::outside::settle;
use crate::store::outbox::{Faring, NoticeRow};
use crate::store::rows::{DeliveryRow, HELD_MS};
use crate::store::{Reader, open_reading, parse_head};
use crate::words::Words;

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
    /// Which, as `parked` numbers them: 3 for a step, n3 for a notice; an outlet for all it has parked · 哪一步或哪条消息，编号见 parked；写渠道则重送它停下的全部消息
    id: String,
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
        let troubled = notice::troubled(reader)?;
        rows.extend(troubled.iter().map(|(row, faring)| notice::troubled_json(row, faring)));
        let now_ms = deliveries.iter().map(|row| row.at_ms).max().unwrap_or(0);
        let words = Words { config, day: config.day_of(now_ms) };
        screen.print(&rows, || {
            let table = Waiting { deliveries: &deliveries, stranded: &stranded, troubled: &troubled };
            draw_waiting(screen, words, reader, &table)
        })?;
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

/// All that waits.
struct Waiting<'a> {
    deliveries: &'a [DeliveryRow],
    stranded: &'a [Head],
    troubled: &'a [(NoticeRow, Faring)],
}

fn draw_waiting(screen: Screen, words: Words<'_>, reader: Reader<'_>, waiting: &Waiting<'_>) -> String {
    let Waiting { deliveries, stranded, troubled } = *waiting;
    if deliveries.is_empty() && stranded.is_empty() && troubled.is_empty() {
        return screen.words("没有等待处理的步骤或消息", "no steps and no notices wait").to_owned();
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
    let notices = troubled.iter().map(|row| notice::troubled_cells(screen, words, reader, row));
    draw_table(&heads, &cells.chain(stranded).chain(notices).collect::<Vec<_>>())
}

impl Retry {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let (mut engine, _lock) = district.engine()?;
        if let Some(id) = self.id.strip_prefix(notice::LETTER).and_then(|id| id.parse().ok()) {
            let ask = Ask::Resend { notice: id };
            let done = put(&mut engine, screen, Input { ask, by: None, key: None })?;
            tracing::info!(id, seq = done.seq, "A notice is to be delivered once more.");
            settle(&district, engine).map_err(anyhow::Error::from)?;
            return Ok(());
        }
        if district.config.outlets.iter().any(|outlet| outlet.id == self.id) {
            let again = notice::resend_parked(&mut engine, &self.id)?;
            settle(&district, engine).map_err(anyhow::Error::from)?;
            tracing::info!(outlet = self.id, again, "Parked notices of an outlet are to be delivered once more.");
            screen.print(&json!({ "again": again }), || match screen.lang {
                Lang::Zh => format!("重新推送 {again} 条消息"),
                Lang::En => format!("{} to be delivered once more", counted(again, "notice")),
            })?;
            return Ok(());
        }
        let id = self
            .id
            .parse()
            .ok()
            .filter(|id| engine.store().reader().kept().is_ok_and(|kept| kept.iter().any(|row| row.id == *id)));
        let id = id.ok_or_else(|| {
            Ended::wanting(Title::new(
                format!("没有编号为 {} 的待处理步骤或消息；hongling parked 列出全部", self.id),
                format!("no step or notice {} waits; `hongling parked` lists them", self.id),
            ))
        })?;
        let ask = Ask::Retry { delivery: id, by_hand: true };
        let done = put(&mut engine, screen, Input { ask, by: None, key: None })?;
        tracing::info!(id, seq = done.seq, matters = numbers(&done), "A failed step was tried again.");
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
