//! `plan`: what the config on disk would change, before it does.

use clap::Args;
use plugin_api::{Due, Title};
use serde::Serialize;
use serde_json::json;

use super::error::Ended;
use super::screen::{Lang, Screen, draw_table};
use super::{Folder, program};
use crate::district::{District, exercise_ms};
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::ringing::moved_clocks;
use crate::store::{open_reading, parse_head};
use crate::tables::drawn;

/// `plan`
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    folder: Folder,
}

/// An open clock that would move, or the day on which its pause is looked at again.
#[derive(Debug, Serialize)]
struct Move {
    number: String,
    clock: String,
    /// What of it moves: `due` or `review`.
    moment: &'static str,
    title: Title,
    before: Due,
    after: Due,
}

impl Plan {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let running = reader.meta("config")?.unwrap_or_default();
        let mut moves = Vec::new();
        for moved in moved_clocks(config, reader.clocks()?.iter(), now_ms) {
            let Some(head) = reader.head(plugin_api::MatterId(moved.id.matter))? else { continue };
            let desk = config.desk(&moved.id.desk).map(|desk| &config.desks[desk.get()]);
            let spec = desk.and_then(|desk| desk.manifest.clock(&moved.id.name));
            let title = spec.map_or_else(|| Title::new(&*moved.id.name, &*moved.id.name), |spec| spec.title.clone());
            let reviews = moved.before.review().zip(moved.after.review());
            let reviews = reviews.map(|(before, after)| ("review", before.due(), after.due()));
            for (moment, before, after) in
                std::iter::once(("due", moved.before.due(), moved.after.due())).chain(reviews)
            {
                if before == after {
                    continue;
                }
                moves.push(Move {
                    number: parse_head(&head.head)?.number.to_string(),
                    clock: moved.id.name.to_string(),
                    moment,
                    title: title.clone(),
                    before: before.into(),
                    after: after.into(),
                });
            }
        }
        let data = json!({ "running": running, "on_disk": &*config.hash, "clocks": moves });
        let is_same = running == *config.hash;
        Ok(screen.print(&data, || draw(screen, config, is_same, &moves))?)
    }
}

fn draw(screen: Screen, config: &crate::config::Config, is_same: bool, moves: &[Move]) -> String {
    if is_same {
        return screen.words("配置没有改动", "the config is the one in force").to_owned();
    }
    if moves.is_empty() {
        return screen.words("没有时限会变动", "no clock moves").to_owned();
    }
    let rows: Vec<Vec<String>> = moves
        .iter()
        .map(|moved| {
            let of_review = if moved.moment == "review" { screen.words("（复查）", " (review)") } else { "" };
            vec![
                moved.number.clone(),
                format!("{}{of_review}", screen.pick(&moved.title)),
                drawn::due(screen, config, moved.before),
                drawn::due(screen, config, moved.after),
            ]
        })
        .collect();
    let heads = match screen.lang {
        Lang::Zh => ["编号", "时限", "现在", "改后"],
        Lang::En => ["Number", "Clock", "Now", "Then"],
    };
    draw_table(&heads, &rows)
}
