//! The TOML files as they are written: every key known, every type right, every place kept.
//!
//! Knows no manifest and gives no name a meaning. What is wrong in one table does not keep another
//! from being read.

pub(super) mod datum;
pub(super) mod console;
pub(super) mod isolation;
pub(super) mod outlets;
pub(super) mod reader;
mod tables;
pub(super) mod schedules;
pub(super) mod trials;

use plugin_api::Title;
use toml::de::DeTable;

use super::problem::{Remarks, named, quoted};
use super::source::{Content, Located, Sources, Spot};
use console::{RawConsole, read_console};
use datum::Entries;
use isolation::{RawIsolation, read_isolation};
use outlets::{RawGrants, RawOutlet, RawWording, read_outlet};
use reader::Reader;
use schedules::{RawSchedule, read_schedule};
use tables::{read_calendar, read_desk, read_head, read_imports, read_role, read_route, read_watch};
use trials::{RawTrial, read_trial};

/// The one file every district folder has.
pub(super) const MAIN_FILE: &str = "hongling.toml";
const SYNTAX_PROBLEMS_MAX: usize = 5;
const HEAD_KEYS: [&str; 10] =
    ["schema", "name", "include", "data", "plugins", "places", "units", "people", "deputies", "open"];

/// Everything the TOML files say.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) head: Head,
    pub(super) calendar: Option<RawCalendar>,
    pub(super) console: Option<RawConsole>,
    pub(super) isolation: Option<RawIsolation>,
    pub(super) lists: Vec<RawList>,
    pub(super) roles: Vec<RawRole>,
    pub(super) desks: Vec<RawDesk>,
    /// Imports of desks that are declared elsewhere.
    more_imports: Vec<(Located<String>, Vec<RawImport>)>,
    pub(super) routes: Vec<RawRoute>,
    pub(super) watches: Vec<RawRoute>,
    pub(super) trials: Vec<RawTrial>,
    pub(super) outlets: Vec<RawOutlet>,
    pub(super) schedules: Vec<RawSchedule>,
    /// A file is missing or is not TOML, so that names may be declared where nobody could look.
    pub(super) is_incomplete: bool,
}

/// What stands in `hongling.toml` alone.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) name: Option<Title>,
    pub(super) include: Vec<Located<String>>,
    pub(super) data: Option<Located<String>>,
    pub(super) plugins: Vec<Located<String>>,
    pub(super) places: Option<Located<String>>,
    pub(super) units: Option<Located<String>>,
    pub(super) people: Option<Located<String>>,
    pub(super) deputies: Option<Located<String>>,
    pub(super) open: Option<Located<String>>,
}

#[derive(Debug)]
pub(super) struct RawCalendar {
    pub(super) spot: Spot,
    pub(super) days: Option<Located<String>>,
    /// At least one, if they are given.
    pub(super) hours: Option<Vec<Located<String>>>,
    pub(super) zone: Option<Located<String>>,
}

#[derive(Debug)]
pub(super) struct RawList {
    pub(super) name: Located<String>,
    pub(super) file: Option<Located<String>>,
}

#[derive(Debug)]
pub(super) struct RawRole {
    pub(super) name: Located<String>,
    pub(super) title: Option<Title>,
    pub(super) sees: Option<Located<String>>,
    pub(super) contacts: bool,
}

#[derive(Debug)]
pub(super) struct RawDesk {
    pub(super) name: Located<String>,
    pub(super) library: Option<Located<String>>,
    pub(super) title: Option<Title>,
    pub(super) formerly: Option<Located<String>>,
    /// The place of the key `settings`, and what it holds.
    pub(super) settings: (Option<Spot>, Entries),
    pub(super) roles: Vec<(Located<String>, Located<String>)>,
    pub(super) imports: Vec<RawImport>,
    pub(super) credits: Vec<(Located<String>, Located<String>)>,
    pub(super) reads: Vec<(Located<String>, Located<String>)>,
    pub(super) wordings: Vec<RawWording>,
    pub(super) grants: Option<RawGrants>,
    pub(super) is_isolated: bool,
}

#[derive(Debug)]
pub(super) struct RawImport {
    pub(super) spot: Spot,
    pub(super) name: Option<Located<String>>,
    pub(super) action: Option<Located<String>>,
    pub(super) key: Option<Located<String>>,
    pub(super) columns: Vec<(Located<String>, Located<String>)>,
    pub(super) dates: Option<Located<String>>,
    pub(super) fixed: Entries,
}

/// A route, or a watch, which may name several topics and desks.
#[derive(Debug)]
pub(super) struct RawRoute {
    pub(super) id: Option<Located<String>>,
    pub(super) on: Vec<Located<String>>,
    pub(super) from: Option<Located<String>>,
    pub(super) when: Entries,
    pub(super) to: Vec<Located<String>>,
}

/// Reads `hongling.toml` and what it includes.
pub(super) fn read(sources: &mut Sources, remarks: &mut Remarks) -> Raw {
    let mut raw = Raw::default();
    raw.read_file(MAIN_FILE, None, sources, remarks);
    let mut names: Vec<(String, Spot)> = Vec::new();
    for pattern in std::mem::take(&mut raw.head.include) {
        match sources.matching(&pattern.value) {
            Ok(found) if found.is_empty() => {
                remarks.warning(
                    pattern.spot,
                    format!("没有文件符合“{}”", pattern.value),
                    format!("no file fits {:?}", pattern.value),
                );
            }
            Ok(found) => names.extend(found.into_iter().map(|name| (name, pattern.spot))),
            Err(why) => {
                remarks.error(pattern.spot, why.zh, why.en);
                raw.is_incomplete = true;
            }
        }
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names.dedup_by(|a, b| a.0 == b.0);
    for (name, named_at) in names {
        if name == MAIN_FILE {
            remarks.error(named_at, format!("{MAIN_FILE} 不能包含自己"), format!("{MAIN_FILE} includes itself"));
        } else {
            raw.read_file(&name, Some(named_at), sources, remarks);
        }
    }
    raw.add_imports(remarks);
    raw.check_once(sources, remarks);
    raw
}

impl Raw {
    fn read_file(&mut self, name: &str, named_at: Option<Spot>, sources: &mut Sources, remarks: &mut Remarks) {
        let Some(start) = sources.read(name, Content::Toml, named_at, remarks) else {
            self.is_incomplete = true;
            return;
        };
        let (table, errors) = DeTable::parse_recoverable(sources.text(start));
        let mut last_line = 0;
        let mut shown = 0;
        for error in &errors {
            let spot = start.at(error.span().map_or(0, |span| span.start));
            // One slip makes the parser stumble several times on its line.
            let (line, _) = sources.line_and_column(spot);
            if line != last_line && shown < SYNTAX_PROBLEMS_MAX {
                let span = error.span().unwrap_or_default();
                let text = syntax_text(error.message(), sources.text(start).get(span).unwrap_or(""));
                remarks.error(spot, text.zh, text.en);
                shown += 1;
            }
            last_line = line;
        }
        if !errors.is_empty() {
            self.is_incomplete = true;
            return;
        }
        self.read_table(
            Reader::new(table.get_ref(), start, Title::new(name, name)),
            named_at.is_none(),
            sources,
            remarks,
        );
    }

    fn read_table(&mut self, mut file: Reader<'_, '_>, is_main: bool, sources: &Sources, remarks: &mut Remarks) {
        if is_main {
            self.head = read_head(&mut file, remarks);
        }
        check_keys(&mut file, is_main, remarks);
        if let Some(table) = file.table("calendar", remarks) {
            let calendar = read_calendar(table, remarks);
            if let Some(other) = &self.calendar {
                twice("[calendar]", calendar.spot, &sources.place_of(other.spot), remarks);
            } else {
                self.calendar = Some(calendar);
            }
        }
        if let Some(table) = file.table("console", remarks) {
            let console = read_console(table, remarks);
            if let Some(other) = &self.console {
                twice("[console]", console.spot, &sources.place_of(other.spot), remarks);
            } else {
                self.console = Some(console);
            }
        }
        if let Some(table) = file.table("isolation", remarks) {
            let isolation = read_isolation(table, remarks);
            if let Some(other) = &self.isolation {
                twice("[isolation]", isolation.spot, &sources.place_of(other.spot), remarks);
            } else {
                self.isolation = Some(isolation);
            }
        }
        for (name, mut table) in file.named_tables("list", remarks) {
            let file = table.need_text("file", remarks);
            table.finish(remarks);
            self.lists.push(RawList { name, file });
        }
        for (name, table) in file.named_tables("role", remarks) {
            self.roles.push(read_role(name, table, remarks));
        }
        for (name, mut table) in file.named_tables("desk", remarks) {
            // Who gets a table of a new shape adds the import in a file of their own, and leaves
            // the desk's file alone.
            if table.has_only("import") {
                self.more_imports.push((name, read_imports(&mut table, remarks)));
            } else {
                self.desks.push(read_desk(name, table, remarks));
            }
        }
        self.routes.extend(file.tables("route", remarks).into_iter().map(|table| read_route(table, remarks)));
        self.watches.extend(file.tables("watch", remarks).into_iter().map(|table| read_watch(table, remarks)));
        self.trials.extend(file.tables("test", remarks).into_iter().map(|table| read_trial(table, remarks)));
        self.outlets.extend(file.tables("outlet", remarks).into_iter().map(|table| read_outlet(table, remarks)));
        self.schedules.extend(file.tables("schedule", remarks).into_iter().map(|table| read_schedule(table, remarks)));
        file.finish(remarks);
    }

    /// Gives each desk the imports that stand apart from it.
    fn add_imports(&mut self, remarks: &mut Remarks) {
        for (name, imports) in std::mem::take(&mut self.more_imports) {
            if let Some(desk) = self.desks.iter_mut().find(|desk| desk.name.value == name.value) {
                desk.imports.extend(imports);
            } else if !self.is_incomplete {
                let known = self.desks.iter().map(|desk| desk.name.value.as_str());
                remarks
                    .error(
                        name.spot,
                        format!("没有业务台{}：没有文件给它写 library", named(&name.value)),
                        format!("unknown desk {}: no file gives it a \"library\"", quoted(&name.value)),
                    )
                    .suggest(&name.value, known);
            }
        }
    }

    /// Tables and ids that are declared twice, in one file or two.
    fn check_once(&self, sources: &Sources, remarks: &mut Remarks) {
        check_once("list", self.lists.iter().map(|list| &list.name), sources, remarks);
        check_once("role", self.roles.iter().map(|role| &role.name), sources, remarks);
        check_once("desk", self.desks.iter().map(|desk| &desk.name), sources, remarks);
        check_once("route", self.routes.iter().filter_map(|route| route.id.as_ref()), sources, remarks);
        check_once("watch", self.watches.iter().filter_map(|watch| watch.id.as_ref()), sources, remarks);
        check_once("test", self.trials.iter().filter_map(|trial| trial.name.as_ref()), sources, remarks);
        check_once("outlet", self.outlets.iter().filter_map(|outlet| outlet.id.as_ref()), sources, remarks);
        check_once("schedule", self.schedules.iter().filter_map(|schedule| schedule.id.as_ref()), sources, remarks);
        for desk in &self.desks {
            check_once("import", desk.imports.iter().filter_map(|import| import.name.as_ref()), sources, remarks);
        }
    }
}

/// Keys that belong in the main file.
fn check_keys(file: &mut Reader<'_, '_>, is_main: bool, remarks: &mut Remarks) {
    for key in HEAD_KEYS.into_iter().filter(|_| !is_main) {
        if let Some(spot) = file.spot_of(key) {
            remarks.error(spot, format!("“{key}”应写在 {MAIN_FILE} 里"), format!("{key:?} belongs in {MAIN_FILE}"));
        }
    }
}

fn check_once<'r>(
    what: &str,
    names: impl Iterator<Item = &'r Located<String>>,
    sources: &Sources,
    remarks: &mut Remarks,
) {
    let mut seen: Vec<&Located<String>> = Vec::new();
    for name in names {
        if let Some(first) = seen.iter().find(|first| first.value == name.value) {
            twice(&format!("{what} {:?}", name.value), name.spot, &sources.place_of(first.spot), remarks);
        } else {
            seen.push(name);
        }
    }
}

fn twice(what: &str, spot: Spot, first: &str, remarks: &mut Remarks) {
    remarks.error(
        spot,
        format!("{what} 写了两次；第一次在 {first}"),
        format!("{what} is declared twice; first at {first}"),
    );
}

/// The parser's own words, but for what it says in words of its trade.
fn syntax_text(message: &str, found: &str) -> Title {
    match message {
        "recursion limit" | "cannot recurse further; max recursion depth met" => {
            Title::new("嵌套太深", "is nested too deeply")
        }
        "duplicate key" => Title::new(
            format!("{}在这里写了两次", named(found)),
            format!("the key {} stands here twice", quoted(found)),
        ),
        other => {
            let other = other.trim_end_matches('.');
            Title::new(format!("TOML 写法有误：{other}"), other)
        }
    }
}
