//! What to type next: commands with the folder and the numbers that are there.

use std::path::Path;

use plugin_api::Title;
use plugin_api::manifest::ViewSpec;
use serde::Serialize;

use super::figures::Figures;
use super::stories::Story;
use crate::config::DeskConfig;
use crate::engine::input::instant;
use crate::lang::local;
use crate::words::Words;

const MINUTE_MS: i64 = 60_000;
/// Views that are named: enough to show what they are.
const VIEWS_MAX: usize = 2;

/// A command.
#[derive(Debug, Serialize)]
pub(super) struct Next {
    /// As typed in a shell.
    pub command: String,
    /// What it shows.
    pub about: Title,
}

/// The commands. `due_ms` is when the next clock runs out, if any is running.
pub(super) fn next(words: Words<'_>, figures: &Figures, stories: &[Story], due_ms: Option<i64>) -> Vec<Next> {
    let config = words.config;
    let program = std::env::args_os().next();
    let program = program.map_or_else(|| "hongling".to_owned(), |program| quoted(Path::new(&program)));
    let dir = quoted(&config.folder);
    let mut all = Vec::new();
    let mut add = |words: &str, rest: &str, about: Title| {
        all.push(Next { command: format!("{program} {words} {dir} {rest}").trim_end().to_owned(), about });
    };
    if let Some(story) = stories.last() {
        add("show", &story.number, Title::new("一件事项的全过程", "a matter with all that happened to it"));
        add("explain", &story.number, Title::new("它为什么这样流转", "why it went where it went"));
    }
    add("list", "--status open", Title::new("还在办的", "what is still open"));
    let busy = words.desks().into_iter().filter(|desk| figures.stages.iter().any(|stage| stage.desk == desk.name));
    for (desk, view) in busy.rev().filter_map(|desk| Some((desk, first_view(desk)?))).take(VIEWS_MAX) {
        let zh = format!("{}：{}", desk.title.zh, view.title.zh);
        let about = Title::new(zh, format!("{}: {}", desk.title.en, view.title.en));
        add("view", &format!("{} {}", desk.name, view.name), about);
    }
    if let Some(due_ms) = due_ms {
        // Times are typed to the minute: the one after it has run out.
        let to = local(instant(due_ms + MINUTE_MS), &config.zone);
        let zh = "把演练的时钟拨到下一个时限，看到时的事项自动往上走";
        let about = Title::new(zh, "turn the exercise's clock to the next time limit, and see what moves on");
        add("tick", &format!("--to \"{to}\""), about);
    }
    add("check", "", Title::new("改了配置以后检查", "after changing the config"));
    all
}

/// The first view of a desk that needs nothing to be named.
fn first_view(desk: &DeskConfig) -> Option<&ViewSpec> {
    let needs_nothing = |view: &&ViewSpec| {
        view.of.is_none() && view.params.iter().all(|(_, field)| !field.required || field.default.is_some())
    };
    desk.manifest.view.iter().find(needs_nothing)
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
