//! `replay`: the journal through another folder's config and libraries, and what would have been
//! different.

mod draw;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use plugin_api::Title;
use serde::Serialize;

use super::error::Ended;
use super::rubbish::Rubbish;
use super::screen::Screen;
use super::{NamedFolder, named, program};
use crate::district::District;
use crate::store::open_reading;
use crate::whatif::{LeftOut, Pair, RefusedInput, Ways, What, WhatIf, what_if};
use crate::words::Words;

/// `replay`
#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    folder: NamedFolder,
    /// The folder with the other config and libraries · 另一套配置所在的目录
    #[arg(long, value_name = "DIR")]
    with: PathBuf,
    /// Report only matters opened on this day or later; all is run all the same · 只报告这天起登记的事项；运行仍从头开始
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// One matter's two ways side by side · 并排看一件事项的两种办理过程
    #[arg(long, value_name = "NUMBER")]
    of: Option<String>,
}

/// What is reported.
#[derive(Debug, Serialize)]
struct Report<'w> {
    until: jiff::Timestamp,
    inputs: u64,
    replayed: u64,
    differs_from_here: u64,
    left_out: LeftOut,
    refused: &'w [RefusedInput],
    matters: usize,
    same: usize,
    differs: usize,
    by: BTreeMap<What, usize>,
    #[serde(rename = "differing")]
    moved: Vec<&'w Pair>,
}

/// One matter, as `--of` shows it.
#[derive(Debug, Serialize)]
struct OneMatter<'w> {
    matter: &'w Pair,
    #[serde(flatten)]
    ways: &'w Ways,
}

impl Replay {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let program = program()?;
        let district = District::open(&self.folder.dir, &program)?;
        let other = District::open(&self.with, &program)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        // Beside a running host, journal and matters must be of one instant.
        let _snapshot = db.reader().snapshot()?;
        let of = self.of.as_deref().map(|number| named::matter(db.reader(), number)).transpose()?;
        let rubbish = Rubbish::make(&std::env::temp_dir(), "replay")?;
        let bar = bar(screen);
        let mut tell = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let (whatif, ways) = what_if((db.reader(), config), &other, &rubbish.0, of, &mut tell)?;
        bar.finish_and_clear();
        drop(rubbish);
        let day = config.zone.to_datetime(whatif.until).date();
        let words = (Words { config, day }, Words { config: &other.config, day });
        if let Some(id) = of {
            let pair = whatif.matters.iter().find(|pair| pair.ids.0 == Some(id));
            let Some((matter, ways)) = pair.zip(ways.as_ref()) else {
                return Err(Ended::wanting(Title::new(
                    "这件事项的登记内容已删除，不能再走一遍",
                    "what opened this matter was erased, so it cannot be run again",
                )));
            };
            return Ok(screen.print(&OneMatter { matter, ways }, || draw::one(screen, words, matter, ways))?);
        }
        let report = self.report(config, &whatif);
        Ok(screen.print(&report, || draw::report(screen, words, &report))?)
    }

    fn report<'w>(&self, config: &crate::config::Config, whatif: &'w WhatIf) -> Report<'w> {
        let day = |at: jiff::Timestamp| config.zone.to_datetime(at).date();
        let is_meant = |at: jiff::Timestamp| self.since.is_none_or(|since| since <= day(at));
        let all: Vec<&Pair> = whatif.matters.iter().filter(|pair| is_meant(pair.opened)).collect();
        let mut moved: Vec<&Pair> = all.iter().copied().filter(|pair| !pair.what.is_empty()).collect();
        let mut by: BTreeMap<What, usize> = BTreeMap::new();
        for what in moved.iter().flat_map(|pair| &pair.what) {
            *by.entry(*what).or_default() += 1;
        }
        // The biggest movers first; who moves as far stands in the order of opening.
        moved.sort_by_key(|pair| std::cmp::Reverse(pair.moved));
        Report {
            until: whatif.until,
            inputs: whatif.inputs,
            replayed: whatif.replayed,
            differs_from_here: all.iter().map(|pair| pair.differs_from_here).sum(),
            left_out: whatif.left_out,
            refused: &whatif.refused,
            matters: all.len(),
            same: all.len() - moved.len(),
            differs: moved.len(),
            by,
            moved,
        }
    }
}

/// A progress bar where somebody watches.
fn bar(screen: Screen) -> ProgressBar {
    if screen.json || !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3}%  {elapsed}") {
        bar.set_style(style);
    }
    bar
}
