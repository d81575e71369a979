//! Commands about the host itself: a new folder, its checks, running, and what waits.

mod reload;
mod run;
mod status;
mod waiting;
mod tick;

use std::path::PathBuf;

use clap::Args;
use jiff::civil::DateTime;
use plugin_api::Title;
use serde_json::json;

use super::error::{Ended, problems_value};
use super::screen::Screen;
use super::usage::parse_time;
use super::{Folder, program};
use crate::config::Severity;
use crate::config::template::{Template, Use, check_empty, files, teach, write_files, write_new};
use crate::district::{DataLock, District, check, open_shelf, set_exercise};
use crate::lang::Lang;
use crate::store::Store;

pub(crate) use run::Run;
pub(crate) use status::Status;
pub(crate) use tick::Tick;
pub(super) use tick::local_ms;
pub(crate) use waiting::{Move, Parked, Retry};

/// `init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to make · 要新建的目录
    dir: PathBuf,
    /// An exercise: its clock starts at this local time and only `tick` moves it · 演练：时钟从这个当地时间开始，只有 tick 会拨动
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    exercise: Option<DateTime>,
    /// With the example district's people, compounds and houses · 带上示例区的人员、小区和房屋
    #[arg(long, value_name = "WHAT", value_parser = ["demo"])]
    from: Option<String>,
}

/// `check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    folder: Folder,
}

impl Init {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let usage = if self.exercise.is_some() { Use::Exercise } else { Use::Live };
        if self.from.is_some() {
            write_new(&self.dir, Template::Demo, usage).map_err(Ended::wanting)?;
        } else {
            check_empty(&self.dir).map_err(Ended::wanting)?;
            let mut shelf = open_shelf(&self.dir, &program()?)?;
            write_files(&self.dir, teach(files(Template::Plain, usage), &mut shelf)).map_err(Ended::wanting)?;
        }
        if let Some(time) = self.exercise {
            let district = District::open(&self.dir, &program()?)?;
            let _lock = DataLock::take(&district.config.data)?;
            let store = Store::open(&district.config.data)?;
            set_exercise(&store, local_ms(&district.config, time)?)?;
        }
        let dir = self.dir.display().to_string();
        tracing::info!(dir, exercise = self.exercise.is_some(), "A district folder was made.");
        screen.print(&json!({ "folder": dir }), || match screen.lang {
            Lang::Zh => format!("已建好 {dir}：先看 hongling.toml，再运行 hongling check {dir}"),
            Lang::En => format!("made {dir}: read its hongling.toml, then run `hongling check {dir}`"),
        })?;
        Ok(())
    }
}

impl Check {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let (problems, warnings) = check(&self.folder.dir, &program()?)?;
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        screen.print(&problems_value(screen, &problems, &warnings), || {
            let mut lines: Vec<String> = warnings.iter().map(|warning| screen.pick(warning).to_owned()).collect();
            lines.extend(problems.iter().map(|problem| problem.render(|words| screen.pick(words))));
            if problems.is_empty() {
                lines.push(screen.words("没有发现问题", "no problems").to_owned());
            }
            lines.join("\n")
        })?;
        let plural = if errors == 1 { "" } else { "s" };
        match errors {
            0 => Ok(()),
            _ => Err(Ended::shown_wrong(Title::new(format!("{errors} 个错误"), format!("{errors} error{plural}")))),
        }
    }
}
