//! Where an event would go that has not happened.

use plugin_api::{PlaceId, Title};
use serde_json::json;

use super::Explain;
use crate::cli::error::Ended;
use crate::cli::looking::{labels, list};
use crate::cli::named;
use crate::cli::screen::Screen;
use crate::config::Config;
use crate::engine::input::{Clock as _, SystemClock};
use crate::lang::Lang;
use crate::routes::tried::tell;
use crate::routes::{Facts, watchers};
use crate::suggestion::titled_suggestion;
use crate::words::Words;
use crate::words::decision::tried_lines;

impl Explain {
    pub(super) fn explain_event(&self, screen: Screen, config: &Config) -> Result<(), Ended> {
        let topic = self.topic.as_deref().unwrap_or_default();
        let says = |name: &str| config.desk(name).filter(|desk| config.desks[desk.get()].manifest.say(topic).is_some());
        let from = match &self.from {
            Some(name) => {
                named::desk(config, name)?;
                says(name).ok_or_else(|| no_topic(config, Some(name), topic))?
            }
            None => {
                let sayer = config.desks.iter().find_map(|desk| says(&desk.name));
                sayer.ok_or_else(|| no_topic(config, None, topic))?
            }
        };
        let place = match &self.place {
            Some(text) => named::place(config, text)?,
            None => config.directory.places().first().map_or_else(|| PlaceId::from(""), |place| place.id.clone()),
        };
        let words = Words { config, day: config.day_of(SystemClock.now_ms()) };
        let labels = labels(&self.labels)?;
        labels.iter().try_for_each(|(name, value)| list::check_label(words, name, value))?;
        let kinds = &config.desks[from.get()].manifest.kind;
        let kind = self.kind.as_deref().or_else(|| Some(&kinds.first()?.name)).unwrap_or_default();
        if self.kind.is_some() {
            let known = kinds.iter().map(|kind| (kind.name.as_str(), kind.title.as_ref()));
            list::check(("该业务台上没有类别", "on that desk there is no kind"), kind, known)?;
        }
        let facts = Facts { topic, from, kind, place: &place, labels: &labels };
        let (route, tried) = tell(&config.routes, facts, |desk| config.desks[desk.get()].name.clone());
        let to = route.map(|route| &config.desks[route.to.get()]);
        let told: Vec<_> = watchers(&config.watches, facts).into_iter().map(|desk| &config.desks[desk.get()]).collect();
        let is_log = config.desks[from.get()].manifest.say(topic).is_some_and(|say| say.log);
        let is_lost = told.is_empty() && !is_log;
        let told_names: Vec<&str> = told.iter().map(|desk| desk.name.as_str()).collect();
        let data = json!({ "topic": topic, "from": config.desks[from.get()].name, "kind": kind, "place": place,
            "labels": labels, "route": route.map(|route| &route.id), "to": to.map(|desk| &desk.name),
            "told": told_names, "tried": tried });
        screen.print(&data, || {
            let mut lines = tried_lines(screen.lang, words, &tried);
            let to = to.map(|desk| screen.pick(&desk.title));
            lines.push(match (to, screen.lang) {
                (Some(to), Lang::Zh) => format!("→ 转到“{to}”"),
                (Some(to), Lang::En) => format!("→ goes to {to}"),
                (None, Lang::Zh) if is_lost => "→ 没有流转规则适用，留在原处并标为“无去向”".to_owned(),
                (None, Lang::En) if is_lost => "→ no route takes it; it stays where it is, marked unrouted".to_owned(),
                (None, Lang::Zh) => "→ 没有流转规则适用，留在原处".to_owned(),
                (None, Lang::En) => "→ no route takes it; it stays where it is".to_owned(),
            });
            let told: Vec<&str> = told.iter().map(|desk| screen.pick(&desk.title)).collect();
            if !told.is_empty() {
                lines.push(format!(
                    "⇢ {}{}",
                    screen.words("抄送：", "also told: "),
                    told.join(screen.words("、", ", "))
                ));
            }
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// Says that a desk, or none at all, says a topic; and which ones are said.
fn no_topic(config: &Config, desk: Option<&str>, topic: &str) -> Ended {
    let desks = config.desks.iter().filter(|spec| desk.is_none_or(|name| *name == spec.name));
    let says = desks.flat_map(|desk| &desk.manifest.say).map(|say| (say.topic.as_str(), Some(&say.title)));
    let hint = titled_suggestion(topic, says);
    let (zh, en) = match desk {
        Some(desk) => (format!("业务台“{desk}”不发出“{topic}”"), format!("desk {desk:?} does not say {topic:?}")),
        None => (format!("没有业务台发出“{topic}”"), format!("no desk says {topic:?}")),
    };
    Ended::wanting(Title::new(format!("{zh}；{}", hint.zh), format!("{en}; {}", hint.en)))
}
