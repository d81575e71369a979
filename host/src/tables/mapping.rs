//! An import table laid over a table's headings: which cell becomes which field of a form.
//!
//! Pure: decides what a row says, not whether the district takes it.

use jiff::tz::TimeZone;
use plugin_api::field::{Field, FieldKind, Fields, Lookup, parse_form};
use plugin_api::{Objection, Title};
use serde_json::{Map, Value};

use super::dates::Dates;
use super::sheet::{Entry, Row};
use crate::config::{DeskConfig, Import};
use crate::mask::mask;
use crate::suggestion::suggestion;

/// What a spreadsheet shows where a formula gave nothing.
const ERRORS: [&str; 8] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DATA!"];
/// Words in headings of columns that hold a resident's contacts, mapped or not.
const CONTACT_WORDS: [&str; 12] = [
    "电话",
    "手机",
    "联系方式",
    "联系号码",
    "邮箱",
    "电子邮件",
    "身份证",
    "微信",
    "phone",
    "mobile",
    "mail",
    "contact",
];

/// An import laid over a table.
#[derive(Clone, Debug)]
pub struct Mapping<'a> {
    /// The import.
    pub import: &'a Import,
    /// The fields of its action.
    pub fields: &'a Fields,
    heads: &'a [String],
    /// Column and field, in the order of the import.
    columns: Vec<(usize, &'a str, &'a Field)>,
    key: Option<usize>,
    dates: Dates<'a>,
}

/// A row as a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filled {
    /// The form, not yet checked against the field grammar.
    pub form: Map<String, Value>,
    /// What makes the row the same row when it comes again.
    pub key: Option<String>,
    /// What must be mended before anything else.
    pub objections: Vec<Objection>,
}

impl<'a> Mapping<'a> {
    /// The import of a desk that is wanted, else the only one whose columns the table has.
    ///
    /// # Errors
    /// A sentence that says which columns are missing, or which imports there are.
    pub fn choose(
        desk: &'a DeskConfig,
        wanted: Option<&str>,
        heads: &'a [String],
        zone: &'a TimeZone,
    ) -> Result<Mapping<'a>, Title> {
        let import = match wanted {
            Some(name) => find_import(desk, name)?,
            None => choose_import(desk, heads)?,
        };
        let missing = missing_columns(import, heads);
        if !missing.is_empty() {
            return Err(Title::new(
                format!("导入“{}”要用的列，表里没有：{}；表头是：{}", import.name, missing.join("、"), shown(heads)),
                format!(
                    "the table lacks columns of the import {:?}: {}; its headings are: {}",
                    import.name,
                    missing.join(", "),
                    shown(heads)
                ),
            ));
        }
        Mapping::new(desk, import, heads, zone)
    }

    fn new(
        desk: &'a DeskConfig,
        import: &'a Import,
        heads: &'a [String],
        zone: &'a TimeZone,
    ) -> Result<Mapping<'a>, Title> {
        let action = desk.manifest.action(&import.action).expect("a resolved import names an action of its desk");
        let place_of = |column: &str| {
            let mut places = (0..).zip(heads).filter(|(_, head)| *head == column).map(|(at, _)| at);
            let first: usize = places.next().expect("missing columns were told before");
            match places.next() {
                None => Ok(first),
                Some(second) => Err(Title::new(
                    format!(
                        "表头里“{column}”出现了两次（{} 列和 {} 列），不知用哪一列",
                        letters(first),
                        letters(second)
                    ),
                    format!("{column:?} heads two columns, {} and {}; rename one", letters(first), letters(second)),
                )),
            }
        };
        let mut columns = Vec::new();
        for (name, column) in &import.columns {
            let (name, field) = action
                .fields
                .iter()
                .find(|(field, _)| field == name)
                .expect("a resolved import names fields of its action");
            columns.push((place_of(column)?, name, field));
        }
        let key = import.key.as_deref().map(place_of).transpose()?;
        let dates = Dates { format: import.dates.as_deref(), zone };
        Ok(Mapping { import, fields: &action.fields, heads, columns, key, dates })
    }

    /// A row as a form. Empty cells are left out.
    pub fn fill(&self, row: &Row) -> Filled {
        let mut filled = Filled::default();
        if let Some(damage) = &row.damage {
            filled.objections.push(whole(damage.clone()));
            return filled;
        }
        if let Some(objection) = self.check_width(&row.cells) {
            filled.objections.push(whole(objection));
            return filled;
        }
        filled.form = self.import.fixed.clone();
        for (at, name, field) in &self.columns {
            let cell = &row.cells[*at];
            if cell.is_empty() {
                continue;
            }
            let read = check_error(cell).map_or_else(|| self.dates.read(field, cell), Err);
            match read {
                Ok(text) => {
                    filled.form.insert((*name).to_owned(), text.into());
                }
                Err(text) => filled.objections.push(Objection { field: Some((*name).to_owned()), row: None, text }),
            }
        }
        if let Some(at) = self.key {
            filled.key = self.number_of(row);
            if filled.key.is_none() {
                filled.objections.push(whole(Title::new(
                    format!("“{}”是空的：没有它就认不出重复的行", self.heads[at]),
                    format!("{:?} is empty: without it a row that comes again is not known", self.heads[at]),
                )));
            }
        }
        filled
    }

    /// What tells a row from the others of its table.
    pub fn number_of(&self, row: &Row) -> Option<String> {
        let cell = row.cells.get(self.key?)?;
        Some(cell.text().trim().to_owned()).filter(|number| !number.is_empty())
    }

    /// All that can be told of a row without running it: its form as the desk would get it.
    ///
    /// # Errors
    /// Every objection at once.
    pub fn check(&self, filled: &Filled, look: &dyn Lookup) -> Result<Map<String, Value>, Vec<Objection>> {
        let has_row_fault = filled.objections.iter().any(|objection| objection.field.is_none());
        // A row that cannot be read has no fields to speak of.
        if has_row_fault && filled.form.is_empty() {
            return Err(filled.objections.clone());
        }
        let mut objections = filled.objections.clone();
        match parse_form(self.fields, &filled.form, look) {
            Ok(form) if objections.is_empty() => return Ok(form),
            Ok(_) => {}
            Err(found) => {
                let is_new =
                    |objection: &Objection| !filled.objections.iter().any(|told| told.field == objection.field);
                objections.extend(found.into_iter().filter(is_new));
            }
        }
        // In the order of the form, what concerns the whole row first.
        let place_of = |name: &str| self.fields.iter().position(|(field, _)| field == name);
        objections.sort_by_key(|objection| objection.field.as_deref().and_then(place_of));
        Err(objections)
    }

    /// A field as the table calls it: by its column, else by its title.
    pub fn title_of<'t>(&'t self, name: &'t str) -> Title {
        let column = self.columns.iter().find(|(_, field, _)| *field == name).map(|(at, _, _)| &self.heads[*at]);
        match (column, self.fields.get(name)) {
            (Some(head), _) => Title::new(head, head),
            (None, Some(field)) => field.title.clone(),
            (None, None) => Title::new(name, name),
        }
    }

    /// The columns that hold personal data, which no file repeats.
    pub fn hidden_columns(&self) -> Vec<bool> {
        let is_personal = |at: usize| {
            self.columns.iter().any(|(column, _, field)| {
                *column == at && (field.personal || matches!(field.kind, FieldKind::Contact | FieldKind::Secret))
            })
        };
        let is_contact = |head: &str| CONTACT_WORDS.iter().any(|word| head.to_lowercase().contains(word));
        self.heads.iter().enumerate().map(|(at, head)| is_personal(at) || is_contact(head)).collect()
    }

    fn check_width(&self, cells: &[Entry]) -> Option<Title> {
        let wanted = self.heads.len();
        let found = cells.len();
        if found < wanted {
            return Some(Title::new(
                format!("这一行只有 {found} 格，表头有 {wanted} 列：少了 {} 格", wanted - found),
                format!("this row has {found} of {wanted} cells: {} too few", wanted - found),
            ));
        }
        if cells[wanted..].iter().any(|cell| !cell.is_empty()) {
            return Some(Title::new(
                format!("这一行有 {found} 格，表头只有 {wanted} 列：可能有一格里的分隔符没有加引号"),
                format!(
                    "this row has {found} cells for {wanted} headings: perhaps a cell holds a separator without quotes"
                ),
            ));
        }
        None
    }
}

fn whole(text: Title) -> Objection {
    Objection { field: None, row: None, text }
}

fn check_error(cell: &Entry) -> Option<Title> {
    let Entry::Text(text) = cell else { return None };
    let error = ERRORS.iter().find(|error| **error == text.trim())?;
    Some(Title::new(
        format!("是公式错误 {error}，请改成实际内容"),
        format!("is the error {error} of a formula; write what it should say"),
    ))
}

fn find_import<'a>(desk: &'a DeskConfig, name: &str) -> Result<&'a Import, Title> {
    desk.imports.iter().find(|import| import.name == name).ok_or_else(|| {
        let known: Vec<&str> = desk.imports.iter().map(|import| import.name.as_str()).collect();
        let hint = suggestion(name, known.iter().copied());
        Title::new(
            format!("“{}”没有名为“{name}”的导入；{}", desk.name, hint.zh),
            format!("desk {:?} has no import {name:?}; {}", desk.name, hint.en),
        )
    })
}

fn choose_import<'a>(desk: &'a DeskConfig, heads: &[String]) -> Result<&'a Import, Title> {
    let fitting: Vec<&Import> =
        desk.imports.iter().filter(|import| missing_columns(import, heads).is_empty()).collect();
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => {
            let missing = |and: &str| -> Vec<String> {
                let lacks =
                    |import: &Import| format!("{}（{}）", import.name, missing_columns(import, heads).join(and));
                desk.imports.iter().map(lacks).collect()
            };
            Err(Title::new(
                format!(
                    "表头与“{}”的各个导入都对不上，缺的列是：{}；表头是：{}",
                    desk.name,
                    missing("、").join("；"),
                    shown(heads)
                ),
                format!(
                    "the headings fit no import of desk {:?}; missing columns: {}; the headings are: {}",
                    desk.name,
                    missing(", ").join("; ").replace('（', " (").replace('）', ")"),
                    shown(heads)
                ),
            ))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|import| import.name.as_str()).collect();
            Err(Title::new(
                format!("有几个导入都适用：{}；请用 --as 指明", names.join("、")),
                format!("several imports fit: {}; choose with --as", names.join(", ")),
            ))
        }
    }
}

fn missing_columns<'a>(import: &'a Import, heads: &[String]) -> Vec<&'a str> {
    let columns = import.columns.iter().map(|(_, column)| column).chain(&import.key);
    let mut missing: Vec<&str> = Vec::new();
    for column in columns {
        if !heads.contains(column) && !missing.contains(&column.as_str()) {
            missing.push(column);
        }
    }
    missing
}

/// The headings, as many as fit into a sentence.
fn shown(heads: &[String]) -> String {
    const SHOWN_MAX: usize = 20;
    const CHARS_MAX: usize = 20;
    // A table without headings begins with a row, and what stands in it may be anybody's number.
    let mut names: Vec<String> =
        heads.iter().take(SHOWN_MAX).map(|head| mask(head).chars().take(CHARS_MAX).collect()).collect();
    if SHOWN_MAX < heads.len() {
        names.push("…".to_owned());
    }
    names.join(" | ")
}

/// A column as a spreadsheet calls it: A to Z, AA, AB.
fn letters(column: usize) -> String {
    let mut letters = String::new();
    let mut rest = column + 1;
    while 0 < rest {
        rest -= 1;
        letters.insert(0, char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters
}
