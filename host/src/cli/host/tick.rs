//! `tick`: the clock of an exercise, turned from due time to due time.

use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::DateTime;
use plugin_api::Title;
use serde_json::json;

use crate::cli::error::Ended;
use crate::cli::screen::Screen;
use crate::cli::usage::parse_time;
use crate::cli::{Folder, program};
use crate::config::Config;
use crate::district::{District, exercise_ms, set_exercise};
use crate::engine::Engine;
use crate::engine::input::{HandClock, instant};
use crate::lang::{Lang, local};
use crate::limits::TICK_DAYS_MAX;
use crate::outside::settle;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// `tick`
#[derive(Debug, Args)]
pub(crate) struct Tick {
    #[command(flatten)]
    folder: Folder,
    /// Local time to turn the exercise's clock to · 把演练的时钟拨到这个当地时间
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: DateTime,
}

impl Tick {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let to_ms = local_ms(&district.config, self.to)?;
        let clock = HandClock::default();
        let (mut engine, _lock) = district.engine_with_clock(clock.clone())?;
        let shown_ms = exercise_ms(engine.store().reader())?.ok_or_else(|| {
            Ended::wanting(Title::new(
                "这不是演练目录，时钟不能拨动；演练目录用 hongling init --exercise 建立",
                "this is not an exercise folder, its clock cannot be turned; `hongling init --exercise` makes one",
            ))
        })?;
        // A tick that was killed has run clocks up to where its journal ends.
        let now_ms = shown_ms.max(engine.now_ms());
        if to_ms < now_ms {
            let shown = local(instant(now_ms), &district.config.zone);
            return Err(Ended::wanting(Title::new(
                format!("演练的时钟已经是 {shown}，不能往回拨"),
                format!("the exercise's clock already shows {shown}; it is not turned back"),
            )));
        }
        if TICK_DAYS_MAX * DAY_MS < to_ms - now_ms {
            return Err(Ended::wanting(Title::new(
                format!("一次最多拨 {TICK_DAYS_MAX} 天；请分几次拨"),
                format!("a tick is at most {TICK_DAYS_MAX} days; take several"),
            )));
        }
        let ran = engine.run_until(&clock, now_ms, to_ms);
        check_stored(&engine)?;
        set_exercise(engine.store(), to_ms)?;
        settle(&district, engine).map_err(anyhow::Error::from)?;
        let shown = local(instant(to_ms), &district.config.zone);
        tracing::info!(now = %instant(to_ms), ran, "The clock of an exercise was turned.");
        screen.print(&json!({ "now": instant(to_ms), "ran": ran }), || match (screen.lang, ran) {
            (Lang::Zh, _) => format!("现在是 {shown}；期间到时 {ran} 项"),
            (Lang::En, 1) => format!("it is now {shown}; 1 was due meanwhile"),
            (Lang::En, _) => format!("it is now {shown}; {ran} were due meanwhile"),
        })?;
        Ok(())
    }
}

/// Why the store took nothing of what was due.
pub(crate) fn check_stored(engine: &Engine) -> Result<(), Ended> {
    engine.trouble().map_or(Ok(()), |words| Err(Ended::wanting(words.clone())))
}

/// A local time of the district as milliseconds since 1970.
pub(crate) fn local_ms(config: &Arc<Config>, time: DateTime) -> Result<i64, Ended> {
    let instant: Timestamp = config.zone.to_ambiguous_timestamp(time).compatible().map_err(|error| {
        Ended::wrong(Title::new(
            format!("本区时区里没有 {time} 这个时间：{error}"),
            format!("{time} is no time of the district's zone: {error}"),
        ))
    })?;
    Ok(instant.as_millisecond())
}
