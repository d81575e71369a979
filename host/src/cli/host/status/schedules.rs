//! When each schedule comes next.

use plugin_api::{Due, Title};
use serde::Serialize;

use crate::cli::error::Ended;
use crate::cli::screen::{Screen, draw_table};
use crate::config::Config;
use crate::district::exercise_ms;
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::schedules::next_of;
use crate::lang::Lang;
use crate::store::Reader;
use crate::tables::drawn;

/// A schedule and its next time.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Coming {
    id: String,
    every: String,
    desk: String,
    topic: String,
    next: Option<Due>,
    #[serde(skip)]
    words: Title,
}

pub(super) fn standing(reader: Reader<'_>, config: &Config) -> Result<Vec<Coming>, Ended> {
    let rows = reader.schedules()?;
    let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
    let coming = config.schedules.iter().map(|schedule| Coming {
        id: schedule.id.clone(),
        every: schedule.every.to_string(),
        desk: config.desks[schedule.to.get()].name.clone(),
        topic: schedule.emit.clone(),
        next: next_of(schedule, &rows, now_ms, &config.calendar).map(Into::into),
        words: schedule.every.words(),
    });
    Ok(coming.collect())
}

pub(super) fn draw(screen: Screen, config: &Config, coming: &[Coming]) -> String {
    if coming.is_empty() {
        return String::new();
    }
    let title = |desk: &str| config.desk(desk).map(|desk| screen.pick(&config.desks[desk.get()].title).to_owned());
    let row = |coming: &Coming| {
        let next = coming.next.map_or_else(|| "–".to_owned(), |due| drawn::due(screen.lang, config, due));
        let desk = title(&coming.desk).unwrap_or_default();
        vec![coming.id.clone(), desk, screen.pick(&coming.words).to_owned(), next]
    };
    let rows: Vec<Vec<String>> = coming.iter().map(row).collect();
    let heads = match screen.lang {
        Lang::Zh => ["定时规则", "业务台", "何时", "下次"],
        Lang::En => ["Schedule", "Desk", "When", "Next"],
    };
    format!("\n\n{}\n", draw_table(&heads, &rows))
}
