//! Tables brought in by a program: the rows of `hongling import`, through the engine that runs.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use http::Method;
use plugin_api::{MatterId, Objection, Title};
use serde_json::{Value, json};

use super::desks::imports;
use super::{Gives, Kind, Operation, Query, check_query, json as answer};
use crate::config::known::Known;
use crate::config::{Config, DeskConfig, Import};
use crate::console::ask::{Ask, Takes};
use crate::console::door::Policy;
use crate::console::house::{House, Running};
use crate::console::pages::desks::find;
use crate::console::passwords::make_token;
use crate::console::reply::{Refusal, Reply};
use crate::engine::input::{Answer, Input};
use crate::lang::Lang;
use crate::mask::mask;
use crate::store::StoreError;
use crate::tables::bad_rows::words;
use crate::tables::import::{Importing, Taking, Tally, Unstored};
use crate::tables::mapping::Mapping;
use crate::tables::preview::preview;
use crate::tables::sheet::{Row, Sheet};

/// Bad rows that one answer tells.
const TOLD_BAD_MAX: usize = 1_000;

const DRY_RUN: &[Query] =
    &[Query {
        name: "dry-run", about: ("只试读，什么也不写入", "Only read, nothing written"), kind: Kind::Flag
    }];

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    method: Method::POST,
    path: "/api/v1/desks/{desk}/imports/{import}",
    policy: Policy::Person,
    handler: import,
    about: (
        "导入一个表格：CSV（UTF-8 或 GBK）、XLSX 或 XLS；再导一次，已登记的不会重复",
        "Imports a table: CSV in UTF-8 or GBK, XLSX or XLS; sent again, what is in is not doubled",
    ),
    query: DRY_RUN,
    takes: Takes::Table,
    gives: Gives::Json("Imported"),
}];

fn import(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, DRY_RUN)?;
    let running = house.in_force.get();
    let (spec, import) = find_import(&running, ask)?;
    let run = if ask.query("dry-run") == Some("true") { Run::Dry } else { Run::Whole };
    answer(&bring(house, ask, &running, (spec, import), run)?)
}

/// The import of the path, if it is open to the asker.
pub(in crate::console) fn find_import<'r>(
    running: &'r Running,
    ask: &Ask,
) -> Result<(&'r DeskConfig, &'r Import), Refusal> {
    let (_, spec) = find(running, ask)?;
    let import = imports(&running.config, ask, spec).into_iter().find(|import| import.name == ask.part("import"));
    Ok((spec, import.ok_or_else(Refusal::not_there)?))
}

/// Whether rows are put in, or only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Run {
    Dry,
    Whole,
}

/// Brings the table of a request in; gives what came of it, row by row where it is wrong.
pub(in crate::console) fn bring(
    house: &House,
    ask: &Ask,
    running: &Running,
    (spec, import): (&DeskConfig, &Import),
    run: Run,
) -> Result<Value, Refusal> {
    let upload = Upload::new(&running.config.data, &ask.table).map_err(unwritten)?;
    let mut sheet = Sheet::open(&upload.path()).map_err(|error| Refusal::from(upload.without_path(&error.0)))?;
    let heads = sheet.heads.clone();
    let mapping = Mapping::choose(spec, Some(&import.name), &heads, &running.config.zone)?;
    let mut told: Vec<Value> = Vec::new();
    let mut bad = |row: &Row, objections: &[Objection]| {
        let text = |lang| mask(&words(lang, &mapping, objections)).into_owned();
        if told.len() < TOLD_BAD_MAX {
            told.push(json!({ "row": row.number, "text": { "zh": text(Lang::Zh), "en": text(Lang::En) } }));
        }
        Ok(())
    };
    let mut facts = if run == Run::Dry {
        let found = house.read(|store| {
            let find_matter = |number: &str| store.reader().find(number).ok().flatten();
            let day = running.config.day_of(ask.now_ms);
            let known = Known { config: &running.config, day, find_matter: &find_matter, find_file: &|_| None };
            Ok(preview(&mut sheet, &mapping, &known, &mut bad, &mut |_| {}))
        })?;
        let found = found.map_err(|error| failed(&error))?;
        let refused = found.rows - found.good;
        json!({ "rows": found.rows, "good": found.good, "refused": refused, "preview": found.shown })
    } else {
        let mut lane = Laned { house, running, waiting: Vec::new() };
        let by = ask.visitor.person.clone();
        let importing = Importing::new(&mut lane, &mapping, &spec.name, by, &mut bad);
        let tally = importing.run(&mut sheet, &mut |_| {}).map_err(|error| failed(&error))?;
        let Tally { rows, opened, repeated, refused } = tally;
        tracing::info!(
            desk = spec.name,
            import = import.name,
            rows,
            opened,
            repeated,
            refused,
            "A table was imported."
        );
        json!({ "rows": rows, "opened": opened, "repeated": repeated, "refused": refused })
    };
    facts["objections"] = told.into();
    Ok(facts)
}

fn failed(error: &anyhow::Error) -> Refusal {
    if let Some(Unstored { text, rows }) = error.downcast_ref() {
        let words = Title::new(
            format!("导入到第 {rows} 行停下了：{}；之后再导一次，已登记的不会重复", text.zh),
            format!("stopped at row {rows}: {}; then send it again: what is in is not doubled", text.en),
        );
        return Refusal { words, ..Refusal::new(507, "", "").after(10) };
    }
    tracing::error!(%error, "A table could not be imported.");
    Refusal::new(503, "暂时不能导入，请稍后再试", "no table can be imported just now; try again").after(5)
}

fn unwritten(error: std::io::Error) -> Refusal {
    tracing::error!(%error, "A table that was sent could not be written down.");
    Refusal::new(507, "磁盘写不了，请联系管理员", "the disk took nothing; tell the operator").after(10)
}

/// A table that was sent, in a file that has no name any more: nothing is left of it, however this ends.
struct Upload(File);

impl Upload {
    fn new(data: &Path, table: &[u8]) -> std::io::Result<Upload> {
        let path = data.join(format!("upload-{}", make_token()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        file.write_all(table)?;
        Ok(Upload(file))
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }

    /// What is wrong with the table, without where it lay.
    fn without_path(&self, words: &Title) -> Title {
        let path = self.path().display().to_string();
        Title::new(words.zh.replace(&format!("“{path}”"), "表格"), words.en.replace(&path, "the table"))
    }
}

/// The way of rows to an engine that runs: behind everybody who waits.
struct Laned<'a> {
    house: &'a House,
    running: &'a Running,
    waiting: Vec<(u64, Option<std::sync::mpsc::Receiver<Answer>>)>,
}

impl Taking for Laned<'_> {
    fn config(&self) -> &Config {
        &self.running.config
    }

    fn now_ms(&self) -> i64 {
        self.house.clock.now_ms()
    }

    fn exercise_ms(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.house.is_exercise.then(|| self.now_ms()))
    }

    fn find_matter(&self, number: &str) -> Option<MatterId> {
        self.house.read(|store| store.reader().find(number)).ok().flatten()
    }

    fn take(&mut self, input: Input, ticket: u64) {
        self.waiting.push((ticket, self.house.tables.put(input).ok()));
    }

    fn is_full(&self) -> bool {
        false
    }

    fn commit(&mut self) -> Vec<(u64, Answer)> {
        let stopped = || Answer::Unstored(Title::new("系统正在停止", "the host is stopping"));
        let answers = std::mem::take(&mut self.waiting).into_iter();
        answers
            .map(|(ticket, answer)| (ticket, answer.and_then(|answer| answer.recv().ok()).unwrap_or_else(stopped)))
            .collect()
    }

    // The engine does what is due by itself.
    fn run_due(&mut self) {}
}
