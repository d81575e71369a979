//! A form from the fields of a manifest: what people fill in, and what they filled in as the engine
//! wants it.
//!
//! Checks nothing but what a browser can; the engine decides, and its objections stand at their fields.

use maud::{Markup, html};
use plugin_api::field::{Choice, Field, FieldKind, Fields};
use plugin_api::{Objection, Title};
use serde_json::{Map, Value};

use crate::config::Config;
use crate::console::ask::Ask;
use crate::directory::Level;

/// Rows of one table that a form reads; the engine bounds the whole.
const ROWS_MAX: usize = 500;
/// Choices up to which all are shown as one list; more are searched by typing.
const SHOWN_MAX: usize = 400;

/// A form to be drawn.
pub(crate) struct Form<'a> {
    pub config: &'a Config,
    pub ask: &'a Ask,
    pub fields: &'a Fields,
    /// What was filled in before.
    pub given: &'a [(String, String)],
    pub objections: &'a [Objection],
}

impl Form<'_> {
    /// All fields, one below the other.
    pub(crate) fn draw(&self) -> Markup {
        html! {
            @let about_all = self.objections.iter().filter(|objection| self.is_about_all(objection));
            @for objection in about_all { p.bad role="alert" { (self.ask.lang.pick(&objection.text)) } }
            @for (name, field) in self.fields.iter() { (self.part("", name, field)) }
        }
    }

    fn is_about_all(&self, objection: &Objection) -> bool {
        objection.field.as_deref().is_none_or(|field| self.fields.get(field).is_none())
    }

    fn part(&self, before: &str, name: &str, field: &Field) -> Markup {
        let whole = format!("{before}{name}");
        let when = (!field.when.is_empty()).then(|| {
            let named = field.when.iter().map(|(other, value)| (format!("{before}{other}"), value.clone()));
            Value::Object(named.collect()).to_string()
        });
        let title = self.ask.lang.pick(&field.title);
        let wrong = |objection: &&Objection| before.is_empty() && objection.field.as_deref() == Some(name);
        let wrongs: Vec<&Objection> = self.objections.iter().filter(wrong).collect();
        html! {
            div data-when=[when] {
                @match &field.kind {
                    FieldKind::Rows { of } => (self.rows(&whole, title, of)),
                    FieldKind::Bool => {
                        label.inline { input type="checkbox" name=(whole) value="true" checked[self.value(&whole, field) == "true"]; (title) }
                    }
                    FieldKind::Choice(choices) if field.many => (self.boxes(&whole, title, field, choices)),
                    _ => {
                        label for=(whole) class=[field.required.then_some("must")] { (title) }
                        (self.one(&whole, field, !wrongs.is_empty()))
                    }
                }
                @if let Some(hint) = self.hint(field) { p.hint { (self.ask.lang.pick(&hint)) } }
                @for objection in wrongs {
                    p.wrong role="alert" {
                        @if let Some(row) = objection.row { (self.ask.words("第", "row ")) (row) (self.ask.words("行：", ": ")) }
                        (self.ask.lang.pick(&objection.text))
                    }
                }
            }
        }
    }

    /// What was filled in, else what is taken when nothing is.
    fn value(&self, name: &str, field: &Field) -> String {
        let given = self.given.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
        given.unwrap_or_else(|| match &field.default {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        })
    }

    fn hint(&self, field: &Field) -> Option<Title> {
        let how = match &field.kind {
            FieldKind::Budget => Some(Title::new(
                "写成 2 workdays（工作日）、4 workhours（工作小时）或 24 hours",
                "such as 2 workdays, 4 workhours or 24 hours",
            )),
            FieldKind::Duration => Some(Title::new("写成 90m、36h 或 2d", "such as 90m, 36h or 2d")),
            FieldKind::Point => {
                Some(Title::new("经度,纬度，例如 117.05,30.52", "longitude,latitude, such as 117.05,30.52"))
            }
            FieldKind::File { .. } => Some(Title::new(
                "JPEG、PNG 或 WebP，每张不超过 10 MB；拍摄地点等信息会自动去掉",
                "JPEG, PNG or WebP, at most 10 MB each; where and when they were taken is removed",
            )),
            _ if field.many && !matches!(field.kind, FieldKind::Choice(_)) => {
                Some(Title::new("多个用“、”隔开", "separate several by ;"))
            }
            _ => None,
        };
        field.hint.clone().or(how)
    }

    fn one(&self, name: &str, field: &Field, is_wrong: bool) -> Markup {
        let value = self.value(name, field);
        let required = field.required && field.when.is_empty();
        let invalid = is_wrong.then_some("true");
        let length = |most: i64| field.max.unwrap_or(most);
        let lang = self.ask.lang;
        match &field.kind {
            FieldKind::LongText => html! {
                textarea id=(name) name=(name) required[required] aria-invalid=[invalid] maxlength=(length(20_000)) { (value) }
            },
            FieldKind::Choice(choices) => {
                let options = choices.iter().map(|choice| (choice.name.clone(), lang.pick(&choice.title).to_owned()));
                self.select(name, required, invalid, &value, options.collect())
            }
            FieldKind::Code { list } => {
                let rows = self.config.lists.get(list).as_of(self.config.day_of(self.ask.now_ms));
                let options: Vec<_> = rows.map(|row| (row.code.clone(), or_zh(lang, &row.title))).collect();
                self.select_or_search(name, (field.many, required), invalid, &value, options)
            }
            FieldKind::Unit => {
                let units = self.config.directory.units().iter();
                let options = units.map(|unit| (unit.id.to_string(), or_zh(lang, &unit.title))).collect();
                self.select_or_search(name, (field.many, required), invalid, &value, options)
            }
            FieldKind::Role => {
                let roles =
                    self.config.directory.roles().map(|(id, role)| (id.to_string(), lang.pick(&role.title).to_owned()));
                self.select(name, required, invalid, &value, roles.collect())
            }
            FieldKind::Level => {
                let levels = Level::ALL.iter().map(|level| (level.to_string(), level.to_string()));
                self.select(name, required, invalid, &value, levels.collect())
            }
            FieldKind::Place { level } => {
                let fits = |of: &str| level.as_deref().map_or(of != "house" && of != "entrance", |level| level == of);
                let places = self.config.directory.places().iter().filter(|place| fits(&place.level));
                let options = places.map(|place| (place.id.to_string(), self.place_words(&place.id))).collect();
                self.select_or_search(name, (field.many, required), invalid, &value, options)
            }
            FieldKind::File { .. } => self.files(name, field, required, invalid),
            FieldKind::Person => {
                let people = self.config.directory.everybody();
                let options = people.map(|person| (person.id.to_string(), person.name.clone())).collect();
                self.search(name, required, invalid, &value, options)
            }
            kind => {
                let (kind, most) = input_type(kind);
                html! {
                    input id=(name) name=(name) type=(kind) value=(value) required[required] aria-invalid=[invalid]
                        maxlength=[(kind == "text" || kind == "tel").then(|| length(most))] min=[bound(kind, field.min)] max=[bound(kind, field.max)];
                }
            }
        }
    }

    /// How a form with these fields is sent.
    pub(crate) fn enctype(&self) -> Option<&'static str> {
        has_files(self.fields).then_some("multipart/form-data")
    }

    /// What was put up already stays with the form when something else must be mended.
    fn files(&self, name: &str, field: &Field, required: bool, invalid: Option<&str>) -> Markup {
        let given: Vec<&String> = self
            .given
            .iter()
            .filter(|(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value)
            .collect();
        html! {
            @for ticket in &given { input type="hidden" name=(name) value=(ticket); }
            input id=(name) name=(name) type="file" accept="image/*" multiple[field.many]
                required[required && given.is_empty()] aria-invalid=[invalid];
            @if !given.is_empty() { p.hint { (self.ask.words("已上传：", "already uploaded: ")) (given.len()) } }
        }
    }

    /// A place with what it lies in, but for the district itself.
    fn place_words(&self, id: &plugin_api::PlaceId) -> String {
        let mut around: Vec<String> = id
            .upwards()
            .filter_map(|id| self.config.directory.place(&id))
            .filter(|place| place.level != "district")
            .map(|place| or_zh(self.ask.lang, &place.title))
            .collect();
        around.reverse();
        if around.is_empty() {
            return self
                .config
                .directory
                .place(id)
                .map_or_else(|| id.to_string(), |place| or_zh(self.ask.lang, &place.title));
        }
        around.join(" ")
    }

    fn select_or_search(
        &self,
        name: &str,
        (many, required): (bool, bool),
        invalid: Option<&str>,
        value: &str,
        options: Vec<(String, String)>,
    ) -> Markup {
        if many || SHOWN_MAX < options.len() {
            self.search(name, required, invalid, value, options)
        } else {
            self.select(name, required, invalid, value, options)
        }
    }

    fn select(
        &self,
        name: &str,
        required: bool,
        invalid: Option<&str>,
        value: &str,
        options: Vec<(String, String)>,
    ) -> Markup {
        html! {
            select id=(name) name=(name) required[required] aria-invalid=[invalid] {
                option value="" { (self.ask.words("请选择", "Choose")) }
                @for (code, words) in options { option value=(code) selected[code == value] { (words) } }
            }
        }
    }

    fn search(
        &self,
        name: &str,
        required: bool,
        invalid: Option<&str>,
        value: &str,
        options: Vec<(String, String)>,
    ) -> Markup {
        let list = format!("{name}-list");
        html! {
            input id=(name) name=(name) list=(list) value=(value) required[required] aria-invalid=[invalid] autocomplete="off"
                placeholder=(self.ask.words("输入几个字来查找", "type to search"));
            datalist id=(list) { @for (code, words) in options { option value=(code) { (words) } } }
        }
    }

    fn boxes(&self, name: &str, title: &str, field: &Field, choices: &[Choice]) -> Markup {
        let is_chosen =
            |choice: &Choice| self.given.iter().any(|(given, value)| given == name && *value == choice.name);
        html! {
            fieldset {
                legend class=[field.required.then_some("must")] { (title) }
                @for choice in choices {
                    label.inline { input type="checkbox" name=(name) value=(choice.name) checked[is_chosen(choice)]; (self.ask.lang.pick(&choice.title)) }
                }
            }
        }
    }

    fn rows(&self, name: &str, title: &str, of: &Fields) -> Markup {
        let given = row_numbers(self.given, name);
        let next = given.last().map_or(1, |last| last + 1);
        let given = if given.is_empty() { vec![0] } else { given };
        let row = |number: &str| {
            html! {
                div.row {
                    @for (field, spec) in of.iter() { (self.part(&format!("{name}.{number}."), field, spec)) }
                    button.less type="button" { (self.ask.words("去掉这一行", "Take this row out")) }
                }
            }
        };
        html! {
            fieldset.rows data-next=(next) {
                legend { (title) }
                div.body { @for number in given { (row(&number.to_string())) } }
                template { (row("#")) }
                button.more type="button" { (self.ask.words("再加一行", "One more row")) }
            }
        }
    }
}

fn has_files(fields: &Fields) -> bool {
    fields.iter().any(|(_, field)| match &field.kind {
        FieldKind::File { .. } => true,
        FieldKind::Rows { of } => has_files(of),
        _ => false,
    })
}

/// The type of an input element, and most characters where it is a text.
fn input_type(kind: &FieldKind) -> (&'static str, i64) {
    match kind {
        FieldKind::Integer => ("number", 0),
        FieldKind::Date => ("date", 0),
        FieldKind::Time => ("time", 0),
        FieldKind::Moment => ("datetime-local", 0),
        FieldKind::Period => ("month", 0),
        FieldKind::Contact => ("tel", 60),
        _ => ("text", 200),
    }
}

fn bound(kind: &str, bound: Option<i64>) -> Option<i64> {
    bound.filter(|_| kind == "number")
}

fn or_zh(lang: crate::lang::Lang, title: &Title) -> String {
    let words = lang.pick(title);
    if words.is_empty() { title.zh.clone() } else { words.to_owned() }
}

/// What was filled in, as the engine takes it. Fields that were not asked are left out, blank rows too.
pub(crate) fn filled(fields: &Fields, given: &[(String, String)]) -> Map<String, Value> {
    fill(fields, given, "")
}

fn fill(fields: &Fields, given: &[(String, String)], before: &str) -> Map<String, Value> {
    let mut form = Map::new();
    for (name, field) in fields.iter() {
        let whole = format!("{before}{name}");
        let is_asked = field.when.iter().all(|(other, wanted)| {
            let other = form.get(other);
            other == Some(wanted) || other.and_then(Value::as_str) == wanted.as_str() && wanted.is_string()
        });
        if !is_asked {
            continue;
        }
        let values: Vec<&str> =
            given.iter().filter(|(given, _)| *given == whole).map(|(_, value)| value.as_str()).collect();
        let value = match &field.kind {
            FieldKind::Rows { of } => rows_of(of, given, &whole),
            FieldKind::Bool => Some(Value::Bool(values.contains(&"true"))),
            FieldKind::File { .. } => {
                let values: Vec<Value> =
                    values.iter().filter(|value| !value.is_empty()).map(|value| Value::from(*value)).collect();
                if field.many { Some(values.into()) } else { values.into_iter().next() }
            }
            FieldKind::Choice(_) if field.many => Some(values.iter().map(|value| Value::from(*value)).collect()),
            _ => values.first().map(|value| Value::from(*value)),
        };
        if let Some(value) = value {
            form.insert(name.to_owned(), value);
        }
    }
    form
}

fn rows_of(of: &Fields, given: &[(String, String)], name: &str) -> Option<Value> {
    let rows = row_numbers(given, name).into_iter().map(|number| fill(of, given, &format!("{name}.{number}.")));
    let is_blank = |row: &Map<String, Value>| {
        row.values().all(|value| {
            matches!(value, Value::Bool(false)) || value.as_str().is_some_and(|text| text.trim().is_empty())
        })
    };
    let rows: Vec<Value> = rows.filter(|row| !is_blank(row)).map(Value::Object).collect();
    (!rows.is_empty()).then_some(Value::Array(rows))
}

fn row_numbers(given: &[(String, String)], name: &str) -> Vec<usize> {
    let number = |field: &str| field.strip_prefix(name)?.strip_prefix('.')?.split('.').next()?.parse().ok();
    let mut numbers: Vec<usize> = given.iter().filter_map(|(field, _)| number(field)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(ROWS_MAX);
    numbers
}
