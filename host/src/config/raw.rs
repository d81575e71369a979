//! The TOML files as they are written: every key known, every type right, every place kept.
//!
//! Knows no manifest and gives no name a meaning. What is wrong in one table does not keep another
//! from being read.

pub(super) mod reader;

use plugin_api::Title;
use toml::de::DeTable;

use super::problem::{Remarks, quoted};
use super::source::{Content, Located, Sources, Spot};
use reader::{Entries, Reader};

/// The one file every district folder has.
pub(super) const MAIN_FILE: &str = "hongling.toml";
const SYNTAX_PROBLEMS_MAX: usize = 5;
const HEAD_KEYS: [&str; 9] = ["schema", "name", "include", "data", "plugins", "places", "units", "people", "open"];
const LATER_KEYS: [&str; 2] = ["schedule", "test"];

/// Everything the TOML files say.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) head: Head,
    pub(super) calendar: Option<RawCalendar>,
    pub(super) console: Option<(Spot, Option<Located<String>>)>,
    pub(super) lists: Vec<RawList>,
    pub(super) roles: Vec<RawRole>,
    pub(super) desks: Vec<RawDesk>,
    /// Imports of desks that are declared elsewhere.
    more_imports: Vec<(Located<String>, Vec<RawImport>)>,
    pub(super) routes: Vec<RawRoute>,
    pub(super) watches: Vec<RawRoute>,
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
                remarks.warning(pattern.spot, format!("no file fits {:?}", pattern.value));
            }
            Ok(found) => names.extend(found.into_iter().map(|name| (name, pattern.spot))),
            Err(why) => {
                remarks.error(pattern.spot, why);
                raw.is_incomplete = true;
            }
        }
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names.dedup_by(|a, b| a.0 == b.0);
    for (name, named_at) in names {
        if name == MAIN_FILE {
            remarks.error(named_at, format!("{MAIN_FILE} includes itself"));
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
                remarks.error(spot, syntax_text(error.message(), sources.text(start).get(span).unwrap_or("")));
                shown += 1;
            }
            last_line = line;
        }
        if !errors.is_empty() {
            self.is_incomplete = true;
            return;
        }
        self.read_table(Reader::new(table.get_ref(), start, name), named_at.is_none(), sources, remarks);
    }

    fn read_table(&mut self, mut file: Reader<'_, '_>, is_main: bool, sources: &Sources, remarks: &mut Remarks) {
        if is_main {
            self.head = read_head(&mut file, remarks);
        } else {
            for key in HEAD_KEYS {
                if let Some(spot) = file.spot_of(key) {
                    remarks.error(spot, format!("{key:?} belongs in {MAIN_FILE}"));
                }
            }
        }
        for key in LATER_KEYS {
            if let Some(spot) = file.spot_of(key) {
                remarks.error(spot, format!("[[{key}]] is not available in this version"));
            }
        }
        if let Some(table) = file.table("calendar", remarks) {
            let calendar = read_calendar(table, remarks);
            if let Some(other) = &self.calendar {
                let first = sources.place_of(other.spot);
                remarks.error(calendar.spot, format!("[calendar] is declared twice; first at {first}"));
            } else {
                self.calendar = Some(calendar);
            }
        }
        if let Some(mut table) = file.table("console", remarks) {
            let console = (table.spot, table.text("listen", remarks));
            table.finish(remarks);
            if let Some((other, _)) = &self.console {
                let first = sources.place_of(*other);
                remarks.error(console.0, format!("[console] is declared twice; first at {first}"));
            } else {
                self.console = Some(console);
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
        file.finish(remarks);
    }

    /// Gives each desk the imports that stand apart from it.
    fn add_imports(&mut self, remarks: &mut Remarks) {
        for (name, imports) in std::mem::take(&mut self.more_imports) {
            if let Some(desk) = self.desks.iter_mut().find(|desk| desk.name.value == name.value) {
                desk.imports.extend(imports);
            } else if !self.is_incomplete {
                let known = self.desks.iter().map(|desk| desk.name.value.as_str());
                let text = format!("unknown desk {}: no file gives it a \"library\"", quoted(&name.value));
                remarks.error(name.spot, text).suggest(&name.value, known);
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
        for desk in &self.desks {
            check_once("import", desk.imports.iter().filter_map(|import| import.name.as_ref()), sources, remarks);
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
            let first = sources.place_of(first.spot);
            remarks.error(name.spot, format!("{what} {:?} is declared twice; first at {first}", name.value));
        } else {
            seen.push(name);
        }
    }
}

/// The parser's own words, but for what it says in words of its trade.
fn syntax_text(message: &str, found: &str) -> String {
    match message {
        "recursion limit" | "cannot recurse further; max recursion depth met" => "is nested too deeply".to_owned(),
        "duplicate key" => format!("the key {} stands here twice", quoted(found)),
        other => other.trim_end_matches('.').to_owned(),
    }
}

fn read_head(file: &mut Reader<'_, '_>, remarks: &mut Remarks) -> Head {
    if let Some(schema) = file.integer("schema", remarks) {
        if schema.value != 1 {
            remarks.error(schema.spot, format!("schema {} is not one this version reads; it reads 1", schema.value));
        }
    } else if !file.has("schema") {
        file.missing("schema", remarks);
    }
    for key in ["name", "places", "open"] {
        if !file.has(key) {
            file.missing(key, remarks);
        }
    }
    Head {
        name: file.title("name", remarks),
        include: file.texts("include", remarks),
        data: file.text("data", remarks),
        plugins: file.texts("plugins", remarks),
        places: file.text("places", remarks),
        units: file.text("units", remarks),
        people: file.text("people", remarks),
        open: file.text("open", remarks),
    }
}

fn read_calendar(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawCalendar {
    let calendar = RawCalendar {
        spot: table.spot,
        days: table.text("days", remarks),
        hours: table.spot_of("hours").is_some().then(|| table.need_texts("hours", remarks)),
        zone: table.text("zone", remarks),
    };
    table.finish(remarks);
    calendar
}

fn read_role(name: Located<String>, mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawRole {
    if !table.has("title") {
        table.missing("title", remarks);
    }
    let title = table.title("title", remarks);
    let sees = table.text("sees", remarks);
    table.finish(remarks);
    RawRole { name, title, sees }
}

fn read_desk(name: Located<String>, mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawDesk {
    let desk = RawDesk {
        name,
        library: table.need_name("library", remarks),
        title: table.title("title", remarks),
        formerly: table.name("formerly", remarks),
        settings: (table.spot_of("settings"), table.entries("settings", remarks)),
        roles: table.text_entries("roles", remarks),
        imports: read_imports(&mut table, remarks),
    };
    table.finish(remarks);
    desk
}

fn read_imports(desk: &mut Reader<'_, '_>, remarks: &mut Remarks) -> Vec<RawImport> {
    desk.tables("import", remarks).into_iter().map(|table| read_import(table, remarks)).collect()
}

fn read_import(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawImport {
    if !table.has("columns") {
        table.missing("columns", remarks);
    }
    let import = RawImport {
        spot: table.spot,
        name: table.need_name("name", remarks),
        action: table.need_text("action", remarks),
        key: table.text("key", remarks),
        columns: table.text_entries("columns", remarks),
        dates: table.text("dates", remarks),
        fixed: table.entries("fixed", remarks),
    };
    table.finish(remarks);
    import
}

fn read_route(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawRoute {
    let route = RawRoute {
        id: table.need_name("id", remarks),
        on: table.need_text("on", remarks).into_iter().collect(),
        from: table.text("from", remarks),
        when: table.entries("when", remarks),
        to: table.need_text("to", remarks).into_iter().collect(),
    };
    table.finish(remarks);
    route
}

fn read_watch(mut table: Reader<'_, '_>, remarks: &mut Remarks) -> RawRoute {
    let id = table.need_name("id", remarks);
    let on = table.need_texts("on", remarks);
    let to = table.need_texts("to", remarks);
    let from = table.text("from", remarks);
    let when = table.entries("when", remarks);
    table.finish(remarks);
    RawRoute { id, on, from, when, to }
}
