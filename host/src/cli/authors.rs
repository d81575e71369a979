//! `plugin new` and `plugin check`: what a plugin author works with.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::error::Ended;
use super::program;
use super::screen::{Lang, Screen};
use super::usage::BadValue;
use crate::kit::starter::{self, Api, BadName, PluginName};

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
