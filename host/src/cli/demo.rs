//! `demo`: the example district in a fresh exercise folder, some weeks of it played, and what came
//! of them.
//!
//! Names no plugin, desk, action or stage: what arrives goes where the config's import says, what
//! people do is written in the story, and what is told of it is told in the manifests' words.

mod story;
mod play;
mod ways;
mod figures;
mod stories;
mod draw;
mod next;
mod serve;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use plugin_api::Title;
use serde::Serialize;

use super::error::Ended;
use super::host::local_ms;
use super::program;
use super::screen::Screen;
use crate::config::template::{Template, Use, file, write_new};
use crate::config::{Config, Import};
use crate::district::{District, set_exercise};
use crate::engine::input::{HandClock, instant};
use crate::os_error::why;
use crate::store::open_reading;
use crate::words::Words;
use figures::{Figures, figures};
use next::{Next, next};
use play::Play;
use stories::{Story, stories};
use story::{Turn, merge, read_requests, read_story};
use ways::Ways;

/// The import whose table arrives, and the files of the example that make the story.
const IMPORT: &str = "requests";
const REQUESTS: &str = "requests.csv";
const STORY: &str = "story.csv";
/// Folders of earlier demos that are left lying before another name is asked for.
const FOLDERS_MAX: u32 = 1_000;

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder to make; else a fresh one among the system's temporary files · 要新建的目录；不写就建在系统的临时目录里
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Do not open the console · 不打开网页控制台
    #[arg(long)]
    no_serve: bool,
}

/// What is told at the end.
#[derive(Debug, Serialize)]
struct Summary {
    folder: String,
    #[serde(flatten)]
    figures: Figures,
    stories: Vec<Story>,
    next: Vec<Next>,
}

impl Demo {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let dir = self.dir.map_or_else(fresh_folder, Ok)?;
        write_new(&dir, Template::Demo, Use::Exercise).map_err(Ended::wanting)?;
        let district = District::open(&dir, &program()?)?;
        let played = play(&district, screen)?;
        let summary = sum_up(&district, played)?;
        screen.print(&summary, || draw::draw(screen, &district.config.zone, &summary))?;
        if !self.no_serve && !screen.json {
            return serve::serve(&dir, screen);
        }
        Ok(())
    }
}

/// First and last instant of a play, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Played {
    start_ms: i64,
    end_ms: i64,
}

/// Plays the story of the district's folder, whose clock then stands at its end.
fn play(district: &District, screen: Screen) -> Result<Played, Ended> {
    let config = &district.config;
    let (desk, import) = find_import(config)?;
    let turns = turns(config, desk, import)?;
    let Some(first) = turns.first() else { return Err(broken(format!("{REQUESTS} has no rows"))) };
    let start_ms = local_ms(config, first.at)?;
    let clock = HandClock::new(start_ms);
    let (mut engine, _lock) = district.engine_with_clock(clock.clone())?;
    // At once, so that a play that ends early leaves an exercise and not a live district.
    set_exercise(engine.store(), start_ms)?;
    let end_ms = Play::new(&mut engine, &clock, (desk, import), screen).run(&turns)?;
    set_exercise(engine.store(), end_ms)?;
    Ok(Played { start_ms, end_ms })
}

fn sum_up(district: &District, played: Played) -> Result<Summary, Ended> {
    let config = &district.config;
    let db = open_reading(&config.data)?;
    let ways = Ways::read(db.reader())?;
    let words = Words { config, day: config.day_of(played.end_ms) };
    let figures = figures(&ways, words, instant(played.start_ms), instant(played.end_ms));
    let stories = stories(&ways, words);
    let due_ms = db.reader().clocks()?.into_iter().filter_map(|(_, run)| Some(run.next()?.0.as_millisecond())).min();
    let next = next(words, &figures, &stories, due_ms);
    Ok(Summary { folder: config.folder.display().to_string(), figures, stories, next })
}

fn find_import(config: &Config) -> Result<(&str, &Import), Ended> {
    let mut all = config.desks.iter().flat_map(|desk| desk.imports.iter().map(|import| (desk.name.as_str(), import)));
    let found = all.find(|(_, import)| import.name == IMPORT);
    found.ok_or_else(|| broken(format!("no desk has an import named {IMPORT:?}")))
}

fn turns(config: &Config, desk: &str, import: &Import) -> Result<Vec<Turn>, Ended> {
    let read = |name: &str| file(name).ok_or_else(|| broken(format!("there is no {name}")));
    let spec = config.desk(desk).map(|desk| &config.desks[desk.get()]);
    let action = spec.and_then(|spec| spec.manifest.action(&import.action));
    let action = action.ok_or_else(|| broken(format!("desk {desk:?} has no action {:?}", import.action)))?;
    let requests = read_requests(REQUESTS, read(REQUESTS)?, import, action).map_err(broken)?;
    let story = read_story(STORY, read(STORY)?).map_err(broken)?;
    Ok(merge(requests, story))
}

/// A new folder among the temporary files. Made here, because between looking and making somebody
/// else could put something in its place.
fn fresh_folder() -> Result<PathBuf, Ended> {
    let base = std::env::temp_dir();
    for n in 1..=FOLDERS_MAX {
        let folder = if n == 1 { base.join("hongling-demo") } else { base.join(format!("hongling-demo-{n}")) };
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot_make(&folder, &error)),
        }
    }
    let base = base.display();
    Err(Ended::wrong(Title::new(
        format!("{base} 里已有 {FOLDERS_MAX} 个演示目录；请用 --dir 另指一个"),
        format!("{base} holds {FOLDERS_MAX} demos already; name a folder by --dir"),
    )))
}

fn cannot_make(folder: &Path, error: &std::io::Error) -> Ended {
    let (folder, why) = (folder.display(), why(error));
    Ended::wrong(Title::new(
        format!("建不了 {folder}：{}；请用 --dir 另指一个", why.zh),
        format!("cannot make {folder}: {}; name a folder by --dir", why.en),
    ))
}

/// The example is part of the program: only who builds it can mend it.
fn broken(text: String) -> Ended {
    Ended::wrong(Title::new(format!("程序自带的示例有误：{text}"), format!("the example is broken: {text}")))
}
