//! `view`: a view of a desk, on the screen or in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use plugin_api::field::parse_form;
use plugin_api::{MatterId, Title};
use serde_json::{Map, Value, json};

use super::viewer;
use crate::cli::error::Ended;
use crate::cli::screen::Screen;
use crate::cli::{NamedFolder, named, program};
use crate::config::known::Known;
use crate::config::{Config, DeskConfig};
use crate::district::{District, exercise_ms};
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::look::{Look, Viewer, read_head, view};
use crate::lang::Lang;
use crate::os_error::why;
use crate::store::{Reader, open_reading};
use crate::suggestion::titled_suggestion;
use crate::tables::drawn;

/// `view`
#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    #[command(flatten)]
    folder: NamedFolder,
    /// Name of the desk · 业务台
    desk: String,
    /// Name of the view · 查询
    name: String,
    /// The matter, for a view of one · 看哪件事项，针对单件事项的查询要写
    #[arg(long, value_name = "NUMBER")]
    of: Option<String>,
    /// A parameter, NAME=VALUE; repeat for more · 一个参数，名称=值；可写多个
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// How to write it; with --json JSON on the screen, whatever is said here · 用哪种格式；加 --json 时屏幕上总是 JSON
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file, as XLSX must be · 写到这个文件；XLSX 必须写
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// See it as this person does · 按此人能看到的来看
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Xlsx,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }
}

impl ViewArgs {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let format = match (self.format, &self.out) {
            (Some(Format::Xlsx), None) => {
                return Err(Ended::wrong(Title::new("XLSX 要用 --out 写明文件", "XLSX needs --out FILE")));
            }
            (Some(format), Some(_)) => format,
            (_, _) if screen.json => Format::Json,
            (format, _) => format.unwrap_or(Format::Table),
        };
        let district = District::open(&self.folder.dir, &program()?)?;
        let config: &Arc<Config> = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let desk = named::desk(config, &self.desk)?;
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let given: Map<String, Value> =
            named::pairs(&self.params, "--param")?.into_iter().map(|(name, value)| (name, value.into())).collect();
        let spec = &config.desks[desk.get()];
        let asked = spec.manifest.view(&self.name).ok_or_else(|| no_view(spec, &self.name))?;
        let find_matter = |number: &str| reader.find(number).ok().flatten();
        let known = Known { config, day: config.day_of(now_ms), find_matter: &find_matter, find_file: &|_| None };
        let params = parse_form(&asked.params, &given, &known).map_err(Ended::refused)?;
        let viewer = viewer(config, self.by.as_deref())?;
        let of = self.of.as_deref().map(|number| seen(config, reader, &viewer, now_ms, number)).transpose()?;
        let look = Look { desk, name: self.name.clone(), of, params, now_ms };
        let shown = view(config, &*district.callers[desk.get()], reader, &look, &viewer).map_err(Ended::wanting)?;
        let bytes = match format {
            Format::Table => drawn::text(screen.lang, config, &shown).into_bytes(),
            Format::Json => serde_json::to_vec(&shown).map_err(anyhow::Error::from)?,
            Format::Csv => drawn::csv(screen.lang, config, &shown)?,
            Format::Xlsx => drawn::xlsx(screen.lang, config, &shown)?,
        };
        match &self.out {
            Some(path) => write_out(screen, path, format, &bytes),
            None => Ok(screen.write(&bytes)?),
        }
    }
}

fn no_view(desk: &DeskConfig, name: &str) -> Ended {
    let hint = titled_suggestion(name, desk.manifest.view.iter().map(|view| (view.name.as_str(), Some(&view.title))));
    Ended::wanting(Title::new(
        format!("“{}”没有查询“{name}”；{}", desk.title.zh, hint.zh),
        format!("desk {:?} has no view {name:?}; {}", desk.name, hint.en),
    ))
}

/// The matter of a number, if it is for who looks.
fn seen(config: &Config, reader: Reader<'_>, viewer: &Viewer, now_ms: i64, number: &str) -> Result<MatterId, Ended> {
    let id = named::matter(reader, number)?;
    let is_seen = read_head(reader, id)?.is_some_and(|head| viewer.sees(config, now_ms, &head));
    if is_seen { Ok(id) } else { Err(named::no_matter(number)) }
}

fn write_out(screen: Screen, path: &Path, format: Format, bytes: &[u8]) -> Result<(), Ended> {
    let shown = path.display();
    std::fs::write(path, bytes).map_err(|error| {
        let why = why(&error);
        Ended::wrong(Title::new(format!("写不了 {shown}：{}", why.zh), format!("cannot write {shown}: {}", why.en)))
    })?;
    let written = json!({ "file": shown.to_string(), "format": format.name(), "bytes": bytes.len() });
    screen.print(&written, || match screen.lang {
        Lang::Zh => format!("已写入 {shown}（{}，{} 字节）", format.name(), bytes.len()),
        Lang::En => format!("wrote {shown} ({}, {} bytes)", format.name(), bytes.len()),
    })?;
    Ok(())
}
