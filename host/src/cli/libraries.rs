//! `plugin`: what a library is, which ones there are, and which may run.

mod inspect;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use plugin_api::Title;
use serde_json::json;

use super::error::Ended;
use super::screen::{Screen, draw_table};
use super::{Folder, authors, program};
use crate::config;
use crate::district::open_shelf;
use crate::plugins::{Change, Digest, Given, Pin, Trust};

/// `plugin`
#[derive(Debug, Args)]
pub(crate) struct Plugin {
    #[command(subcommand)]
    command: PluginCommand,
}

#[derive(Debug, Subcommand)]
enum PluginCommand {
    /// What a library is, without running anything of it · 看一个库是什么，不运行它
    Inspect {
        /// The library's file · 库文件
        file: PathBuf,
        /// A district folder: tells whether it may run there · 配置目录：看在那里能否运行
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// The libraries of a district folder, good and bad · 列出配置目录的库，好的坏的都列
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Let a library run in the host's own process: pins its very bytes · 让一个库在主机进程里运行：认定的就是这份文件
    Trust {
        /// Name of the plugin · 插件名称
        name: String,
        #[command(flatten)]
        folder: Folder,
        /// Who trusts it · 由谁信任
        #[arg(long, value_name = "PERSON")]
        by: Option<String>,
        /// Bytes that were in use before, from their copy, in place of what lies in the folder · 改认以前用过的一份，按其 SHA-256
        #[arg(long, value_name = "HASH")]
        sha256: Option<Digest>,
    },
    /// Write the crate of a new plugin, which builds, is tested and loads as it is · 新建一个插件的源码，马上能编译、测试和装上
    New(authors::New),
    /// Whether a library keeps the contract: tried from all sides, in processes of its own · 检验一个库是否守约：在单独的进程里从各方面试
    Check(authors::Check),
}

impl Plugin {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        match self.command {
            PluginCommand::Inspect { file, dir } => inspect::inspect(screen, &file, dir.as_deref()),
            PluginCommand::List { folder } => list(screen, &folder),
            PluginCommand::Trust { name, folder, by, sha256 } => trust(screen, &name, &folder, by.as_deref(), sha256),
            PluginCommand::New(new) => new.run(screen),
            PluginCommand::Check(check) => check.run(screen),
        }
    }
}

fn list(screen: Screen, folder: &Folder) -> Result<(), Ended> {
    let dir = config::find_folder(&folder.dir).map_err(Ended::wrong)?;
    let mut shelf = open_shelf(&dir, &program()?)?;
    // A config with problems still has libraries to look at.
    let problems = match config::load(&dir, &mut shelf) {
        Ok(config) => {
            config.plugins.iter().for_each(|folder| shelf.look_through(folder));
            Vec::new()
        }
        Err(problems) => problems,
    };
    let entries = shelf.report();
    let warnings = shelf.warnings();
    let told: Vec<_> = problems.iter().map(|problem| problem.told(|words| screen.pick(words))).collect();
    screen.print(&json!({ "libraries": entries, "warnings": warnings, "problems": told }), || {
        let rows = entries.iter().map(|entry| {
            vec![
                entry.path.display().to_string(),
                entry.name.clone().unwrap_or_default(),
                entry.version.clone().unwrap_or_default(),
                format!(
                    "{}{}",
                    trusted(screen, entry.trust),
                    if entry.in_use { screen.words("（在用）", ", in use") } else { "" }
                ),
                entry.reason.as_ref().map_or_else(String::new, |reason| screen.pick(reason).to_owned()),
            ]
        });
        let mut text = warnings.iter().map(|warning| format!("{}\n", screen.pick(warning))).collect::<String>();
        let heads = match screen.lang {
            super::Lang::Zh => ["文件", "名称", "版本", "信任", "原因"],
            super::Lang::En => ["File", "Name", "Version", "Trust", "Why"],
        };
        text.push_str(&draw_table(&heads, &rows.collect::<Vec<_>>()));
        for problem in &problems {
            text.push('\n');
            text.push_str(&problem.render(|words| screen.pick(words)));
        }
        text
    })?;
    Ok(())
}

fn trusted(screen: Screen, trust: Trust) -> &'static str {
    match trust {
        Trust::Installation => screen.words("随程序安装", "installation"),
        Trust::Pinned => screen.words("已信任", "pinned"),
        Trust::Waiting => screen.words("待信任", "waiting"),
        Trust::Refused => screen.words("不接受", "refused"),
    }
}

fn trust(screen: Screen, name: &str, folder: &Folder, by: Option<&str>, sha256: Option<Digest>) -> Result<(), Ended> {
    let dir = config::find_folder(&folder.dir).map_err(Ended::wrong)?;
    let mut shelf = open_shelf(&dir, &program()?)?;
    let folders = config::plugin_folders(&dir);
    let given = Given { at: Timestamp::now(), by };
    let change = match sha256 {
        Some(sha256) => shelf.trust_kept(name, sha256, given),
        None => shelf.trust(name, &folders, given),
    };
    let change = change.map_err(|error| Ended::wanting(error.words()))?;
    let Pin { name, version, sha256, .. } = &change.now;
    tracing::info!(%name, %version, %sha256, "A library was trusted.");
    screen.print(&change, || draw_change(screen, &change))?;
    screen.say(&Title::new(
        "已写入 plugins.lock；主机下次启动或重新读取配置时记入日志",
        "written to plugins.lock; the host's next start or reload puts it into the journal",
    ));
    Ok(())
}

/// What is trusted now, and the difference of what it asks.
fn draw_change(screen: Screen, change: &Change) -> String {
    let or_none = |asks: &[String]| {
        if asks.is_empty() { screen.words("无", "nothing").to_owned() } else { asks.join(", ") }
    };
    let Pin { name, version, .. } = &change.now;
    let before = change.before.as_ref().map_or_else(|| screen.words("无", "none"), |pin| pin.version.as_str());
    let (more, less) = (or_none(&change.asks_more), or_none(&change.asks_no_more));
    match screen.lang {
        super::Lang::Zh => {
            format!("已信任 {name} {version}，可在主机进程里运行（此前 {before}）；新增要求：{more}；不再要求：{less}")
        }
        super::Lang::En => {
            format!(
                "{name} {version} may run in the host's process (before: {before}); asks more: {more}; asks no more: {less}"
            )
        }
    }
}
