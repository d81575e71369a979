//! `plugin new` and `plugin check`: what a plugin author works with.

use std::path::PathBuf;
use std::time::Duration;

use plugin_api::Title;

use clap::Args;
use serde_json::json;

use super::error::Ended;
use super::program;
use super::screen::{Screen, draw_lines};
use super::usage::BadValue;
use crate::kit::check::{Report, State, check};
use crate::kit::starter::{self, Api, BadName, PluginName};
use crate::lang::Lang;
use crate::limits::TRY_SECONDS_MAX;

/// `plugin new`
#[derive(Debug, Args)]
pub(crate) struct New {
    /// Name of the plugin: a-z, 0-9 and - · 插件名称：小写字母、数字和连字符
    #[arg(value_parser = parse_name)]
    name: PluginName,
    /// The folder to make; else one of the plugin's name here · 要新建的目录；不写就在当前目录下按名称新建
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The folder plugin-api of a checkout, or URL#REV of its repository; else found above the new folder or the program · 源码里的 plugin-api 目录，或它的 git 地址（可加 #版本）；不写就在新目录和本程序的上层找
    #[arg(long, value_name = "WHERE")]
    api: Option<String>,
}

fn parse_name(text: &str) -> Result<PluginName, BadValue> {
    text.parse().map_err(|BadName(why)| BadValue(why))
}

impl New {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let New { name, dir, api } = self;
        let folder = dir.unwrap_or_else(|| PathBuf::from(name.as_str()));
        let api = match api {
            Some(given) => Api::named(&given),
            None => Api::found(&folder, &program()?),
        };
        let files = starter::write(&folder, &name, &api.map_err(Ended::wrong)?).map_err(Ended::wanting)?;
        let shown = folder.display().to_string();
        tracing::info!(name = name.as_str(), folder = shown, "A plugin crate was written.");
        screen.print(&json!({ "name": name.as_str(), "folder": shown, "files": files }), || match screen.lang {
            Lang::Zh => format!("已建好 {shown}：先看 {shown}/README.md，再在里面运行 cargo test"),
            Lang::En => format!("made {shown}: read {shown}/README.md, then run `cargo test` in it"),
        })?;
        Ok(())
    }
}

/// `plugin check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The library's file · 库文件
    file: PathBuf,
    /// How long each part may take · 每一项最多几秒
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=TRY_SECONDS_MAX))]
    seconds: u64,
}

impl Check {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let report = check(&self.file, &program()?, Duration::from_secs(self.seconds))
            .map_err(|error| Ended::wanting(error.words()))?;
        screen.print(&report, || draw(screen, &report))?;
        match report.wanting {
            0 => Ok(()),
            1 => Err(Ended::shown_wanting(Title::new("有 1 项不合要求", "1 part is wanting"))),
            many => Err(Ended::shown_wanting(Title::new(
                format!("有 {many} 项不合要求"),
                format!("{many} parts are wanting"),
            ))),
        }
    }
}

fn draw(screen: Screen, report: &Report) -> String {
    let Report { file, name, version, sha256, parts, .. } = report;
    let mut text = format!("{name} {version}  {file}\nsha256 {sha256}\n\n");
    let rows = parts.iter().map(|part| {
        let state = match part.state {
            State::Good => screen.words("合格", "good"),
            State::Wanting => screen.words("不合要求", "WANTING"),
            State::Skipped => screen.words("没有试", "not tried"),
        };
        vec![state.to_owned(), screen.pick(&part.title).to_owned(), part.calls.to_string()]
    });
    text.push_str(&draw_lines(&["", "", ">"], &rows.collect::<Vec<_>>()));
    text.push('\n');
    for part in parts.iter().filter(|part| !part.findings.is_empty() || !part.remarks.is_empty()) {
        text.push_str(&format!("\n{}\n", screen.pick(&part.title)));
        let marked = part.findings.iter().map(|words| ("✗", words));
        for (mark, words) in marked.chain(part.remarks.iter().map(|words| ("·", words))) {
            text.push_str(&format!("  {mark} {}\n", screen.pick(words)));
        }
    }
    text
}
