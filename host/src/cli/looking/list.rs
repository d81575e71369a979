//! `list`: matters by filter.

use clap::Args;
use plugin_api::field::FieldKind;
use plugin_api::{LabelValue, Matter, MatterFilter, Status, Title};

use super::{labels, viewer};
use crate::cli::error::Ended;
use crate::cli::screen::{Screen, draw_table};
use crate::cli::usage::BadValue;
use crate::cli::{Folder, named, program};
use crate::config::{Config, DeskConfig};
use crate::district::{District, exercise_ms};
use crate::engine::input::{Clock as _, SystemClock};
use crate::engine::look::read_matter;
use crate::lang::Lang;
use crate::limits::PAGE_MAX;
use crate::store::open_reading;
use crate::suggestion::titled_suggestion;
use crate::tables::drawn;
use crate::words::{Words, status};

/// Characters of a title in the list; `show` has all of it.
const TITLE_CHARS_MAX: usize = 40;

/// `list`
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    folder: Folder,
    /// On this desk · 在这个业务台的
    #[arg(long)]
    desk: Option<String>,
    /// Of this kind · 这一类的
    #[arg(long)]
    kind: Option<String>,
    /// In this stage · 在这个环节的
    #[arg(long)]
    stage: Option<String>,
    /// open, closed or joined · open 在办、closed 已结案或 joined 已并入的
    #[arg(long, value_parser = parse_status)]
    status: Option<Status>,
    /// At this place or within it · 在这个区域内的
    #[arg(long)]
    place: Option<String>,
    /// With this label, NAME=VALUE; repeat for more · 带这个标签的，名称=值；可写多个
    #[arg(long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// Only those that no route took · 只列没有流转规则适用的
    #[arg(long)]
    unrouted: bool,
    /// At most so many, newest first; all without it · 最多这么多件，新的在前；不写就是全部
    #[arg(long)]
    limit: Option<usize>,
    /// See them as this person does · 按此人能看到的来看
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

fn parse_status(text: &str) -> Result<Status, BadValue> {
    match text {
        "open" => Ok(Status::Open),
        "closed" => Ok(Status::Closed),
        "joined" => Ok(Status::Joined),
        _ => Err(BadValue(Title::new("有 open、closed 和 joined", "there are open, closed and joined"))),
    }
}

impl List {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let db = open_reading(&config.data)?;
        let reader = db.reader();
        let viewer = viewer(config, self.by.as_deref())?;
        let now_ms = exercise_ms(reader)?.unwrap_or_else(|| SystemClock.now_ms());
        let mut filter = MatterFilter {
            desk: self.desk.clone(),
            kind: self.kind.clone(),
            stage: self.stage.clone(),
            status: self.status,
            place: self.place.as_deref().map(|text| named::place(config, text)).transpose()?,
            labels: labels(&self.labels)?,
            unrouted: self.unrouted.then_some(true),
            limit: Some(PAGE_MAX),
            ..MatterFilter::default()
        };
        let most = self.limit.unwrap_or(usize::MAX);
        let mut matters: Vec<Matter> = Vec::new();
        while matters.len() < most {
            let page = reader.matters(&filter, &|head| viewer.sees(config, now_ms, head))?;
            for stored in &page {
                matters.push(read_matter(config, reader, stored, now_ms)?);
            }
            if page.len() < PAGE_MAX as usize {
                break;
            }
            filter.before = matters.last().map(|matter| matter.id);
        }
        matters.truncate(most);
        let words = Words { config, day: config.day_of(now_ms) };
        if matters.is_empty() {
            check_names(words, &filter)?;
        }
        screen.print(&matters, || draw_list(screen, words, &matters))?;
        Ok(())
    }
}

/// Nothing found may mean a name misspelled. What the config no longer has still finds the matters
/// that have it.
fn check_names(words: Words<'_>, filter: &MatterFilter) -> Result<(), Ended> {
    let config = words.config;
    if let Some(desk) = &filter.desk {
        named::desk(config, desk)?;
    }
    if let Some(kind) = &filter.kind {
        let kinds = || config.desks.iter().flat_map(|desk| &desk.manifest.kind);
        let known: Vec<(&str, Title)> = kinds().map(|kind| (kind.name.as_str(), words.kind(&kind.name))).collect();
        check(("没有类别", "there is no kind"), kind, known.iter().map(|(name, title)| (*name, Some(title))))?;
    }
    if let Some(stage) = &filter.stage {
        let is_asked = |desk: &&DeskConfig| filter.desk.as_ref().is_none_or(|name| *name == desk.name);
        let kinds = config.desks.iter().filter(is_asked).flat_map(|desk| &desk.manifest.kind);
        let kinds = kinds.filter(|kind| filter.kind.as_ref().is_none_or(|name| *name == kind.name));
        let known = kinds.flat_map(|kind| &kind.stages).map(|stage| (stage.name.as_str(), Some(&stage.title)));
        check(("没有环节", "there is no stage"), stage, known)?;
    }
    filter.labels.iter().try_for_each(|(name, value)| check_label(words, name, value))
}

pub(super) fn check_label(words: Words<'_>, name: &str, value: &LabelValue) -> Result<(), Ended> {
    let config: &Config = words.config;
    let fields = config.desks.iter().flat_map(|desk| desk.manifest.label.iter());
    check(("没有标签", "there is no label"), name, fields.map(|(name, field)| (name, Some(&field.title))))?;
    let Some(field) = words.label_field(name) else { return Ok(()) };
    let text = value.to_string();
    let (zh, en) = (format!("标签“{}”没有值", field.title.zh), format!("the label {name:?} has no value"));
    let what = (zh.as_str(), en.as_str());
    let (yes, no) = (Title::new("是", "yes"), Title::new("否", "no"));
    match &field.kind {
        FieldKind::Choice(choices) => {
            check(what, &text, choices.iter().map(|choice| (choice.name.as_str(), Some(&choice.title))))
        }
        FieldKind::Code { list } => {
            check(what, &text, config.lists.get(list).0.iter().map(|row| (row.code.as_str(), Some(&row.title))))
        }
        FieldKind::Bool => check(what, &text, [("true", Some(&yes)), ("false", Some(&no))]),
        FieldKind::Integer if !matches!(value, LabelValue::Integer(_)) => Err(Ended::wanting(Title::new(
            format!("标签“{}”是整数，不是“{text}”", field.title.zh),
            format!("the label {name:?} is a whole number, not {text:?}"),
        ))),
        _ => Ok(()),
    }
}

/// Checks that a word is one of those known; the two texts are how a sentence begins that it is not.
pub(super) fn check<'k>(
    (zh, en): (&str, &str),
    word: &str,
    known: impl IntoIterator<Item = (&'k str, Option<&'k Title>)>,
) -> Result<(), Ended> {
    let known: Vec<(&str, Option<&Title>)> = known.into_iter().collect();
    if known.iter().any(|(name, _)| *name == word) {
        return Ok(());
    }
    let hint = titled_suggestion(word, known);
    Err(Ended::wanting(Title::new(format!("{zh}“{word}”；{}", hint.zh), format!("{en} {word:?}; {}", hint.en))))
}

fn draw_list(screen: Screen, words: Words<'_>, matters: &[Matter]) -> String {
    let pick = |title: Title| screen.pick(&title).to_owned();
    let rows = matters.iter().map(|matter| {
        let at = match matter.status {
            Status::Open => words.stage(&matter.desk, &matter.kind, &matter.stage),
            over => status(over),
        };
        let category = matter.labels.get("category").map(|value| words.label("category", value).1);
        vec![
            matter.number.clone(),
            format!("{} · {}", pick(words.desk(&matter.desk)), pick(at)),
            category.map(pick).unwrap_or_default(),
            pick(words.place(&matter.place)),
            matter.lamp.map_or_else(String::new, |lamp| drawn::lamp(screen.lang, lamp)),
            matter.due.map_or_else(String::new, |due| drawn::due(screen.lang, words.config, due)),
            matter.title.chars().take(TITLE_CHARS_MAX).collect(),
        ]
    });
    let heads = match screen.lang {
        Lang::Zh => ["编号", "环节", "类别", "区域", "亮灯", "时限", "标题"],
        Lang::En => ["Number", "Where", "Category", "Place", "Lamp", "Due", "Title"],
    };
    let total = match (matters.len(), screen.lang) {
        (count, Lang::Zh) => format!("共 {count} 件"),
        (0, Lang::En) => "no matters".to_owned(),
        (1, Lang::En) => "1 matter".to_owned(),
        (count, Lang::En) => format!("{count} matters"),
    };
    format!("{}\n{total}", draw_table(&heads, &rows.collect::<Vec<_>>()))
}
