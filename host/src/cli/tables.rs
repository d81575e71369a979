//! `import`: a table's rows as actions on a desk, or what they would be.

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use plugin_api::{Objection, Title};
use serde_json::{Map, Value, json};

use super::error::Ended;
use super::screen::{Screen, draw_table};
use super::{NamedFolder, named, program};
use crate::config::known::Known;
use crate::config::{Config, DeskConfig};
use crate::district::{District, exercise_ms};
use crate::engine::input::{Clock as _, SystemClock};
use crate::lang::Lang;
use crate::outside::settle;
use crate::store::open_reading;
use crate::tables::bad_rows::{BadRows, words};
use crate::tables::import::{Importing, Tally, Unstored};
use crate::tables::mapping::Mapping;
use crate::tables::preview::{Preview, preview};
use crate::tables::sheet::{Progress, Row, Sheet};

/// Objections a preview shows; a file takes them all.
const SHOWN_BAD_MAX: usize = 20;
/// Characters of a cell in a preview.
const SHOWN_CHARS_MAX: usize = 30;
const TOLD_BAD_MAX: usize = 1_000;

/// `import`
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    folder: NamedFolder,
    /// The table: CSV in UTF-8 or GBK, XLSX or XLS · 表格：UTF-8 或 GBK 的 CSV，XLSX 或 XLS
    file: PathBuf,
    /// Name of the desk · 导入到哪个业务台
    #[arg(long)]
    desk: String,
    /// Which of the desk's imports; else the one whose columns the table has · 用哪个导入；不写就按表头找
    #[arg(long = "as", value_name = "NAME")]
    named: Option<String>,
    /// Who imports, a person of the directory; nobody without it · 谁导入：名册中的人；不写就是没有账户的人
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// Show what would be read, and write nothing · 只试读，什么也不写入
    #[arg(long)]
    dry_run: bool,
    /// Where bad rows go; else FILE.errors.csv in the current folder · 需更正的行写到哪个文件；不写就是当前目录的 表格名.errors.csv
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

impl Import {
    pub(crate) fn run(self, screen: Screen) -> Result<(), Ended> {
        let district = District::open(&self.folder.dir, &program()?)?;
        let config = &district.config;
        let desk = find_desk(config, &self.desk)?;
        let by = self.by.as_deref().map(|by| named::person(config, by)).transpose()?;
        let mut sheet = Sheet::open(&self.file).map_err(|error| Ended::wrong(error.0))?;
        let heads = sheet.heads.clone();
        let mapping = Mapping::choose(desk, self.named.as_deref(), &heads, &config.zone).map_err(Ended::wrong)?;
        if self.errors.as_ref().is_some_and(|path| is_same(path, &self.file)) {
            return Err(Ended::wrong(Title::new("--errors 不能是表格本身", "--errors may not be the table itself")));
        }
        if self.dry_run {
            return self.preview(screen, config, &mut sheet, &mapping);
        }
        let (mut engine, _lock) = district.engine()?;
        let path = self.errors_path();
        let mut file = open_errors(screen, &path, &mapping, &heads)?;
        let bar = Bar::new();
        let mut bad = |row: &Row, objections: &[Objection]| file.add(row, &words(screen.lang, &mapping, objections));
        let importing = Importing::new(&mut engine, &mapping, &desk.name, by, &mut bad);
        let tally = importing.run(&mut sheet, &mut |at| bar.set(at)).map_err(unstored)?;
        bar.end();
        let errors_file = file.finish()?;
        settle(&district, engine).map_err(anyhow::Error::from)?;
        print(screen, &tally, errors_file.as_deref())?;
        if mapping.import.key.is_none() {
            screen.say(&Title::new(
                "这个导入没有说哪一列认得出同一行：再导一次会重复登记",
                "this import names no column that tells rows apart: importing the table again opens everything twice",
            ));
        }
        let Tally { rows, opened, repeated, refused: bad } = tally;
        let (desk, import) = (&desk.name, &mapping.import.name);
        tracing::info!(desk, import, rows, opened, repeated, refused = bad, "A table was imported.");
        refused(bad, errors_file.as_deref())
    }

    /// Bad rows stand in the current folder: the one of the table may be read-only.
    fn errors_path(&self) -> PathBuf {
        self.errors.clone().unwrap_or_else(|| {
            let mut name = self.file.file_name().unwrap_or_default().to_owned();
            name.push(".errors.csv");
            PathBuf::from(name)
        })
    }

    fn preview(&self, screen: Screen, config: &Config, sheet: &mut Sheet, mapping: &Mapping<'_>) -> Result<(), Ended> {
        // A district that has not run yet has no store, and a preview makes none.
        let db = open_reading(&config.data).ok();
        let reader = db.as_ref().map(|db| db.reader());
        let now_ms = reader.map(exercise_ms).transpose()?.flatten().unwrap_or_else(|| SystemClock.now_ms());
        let find_matter = |number: &str| reader?.find(number).ok().flatten();
        let known = Known { config, day: config.day_of(now_ms), find_matter: &find_matter, find_file: &|_| None };
        let heads = sheet.heads.clone();
        let file = self.errors.as_ref().map(|path| open_errors(screen, path, mapping, &heads)).transpose()?;
        let (mut file, bar) = (file, Bar::new());
        let mut told: Vec<(u64, String)> = Vec::new();
        let mut bad = |row: &Row, objections: &[Objection]| {
            let words = words(screen.lang, mapping, objections);
            if let Some(file) = &mut file {
                file.add(row, &words)?;
            }
            if told.len() < TOLD_BAD_MAX {
                told.push((row.number, crate::mask::mask(&words).into_owned()));
            }
            Ok(())
        };
        let found = preview(sheet, mapping, &known, &mut bad, &mut |at| bar.set(at))?;
        bar.end();
        let errors_file = file.map(BadRows::finish).transpose()?.flatten();
        let objections: Vec<Value> = told.iter().map(|(row, text)| json!({ "row": row, "text": text })).collect();
        let data = json!({
            "import": mapping.import.name, "rows": found.rows, "good": found.good, "refused": found.rows - found.good,
            "preview": found.shown, "objections": objections,
            "errors_file": errors_file.as_ref().map(|path| path.display().to_string()),
        });
        screen.print(&data, || draw_preview(screen, mapping, &found, &told))?;
        refused(found.rows - found.good, errors_file.as_deref())
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The desk of a name, if tables can be imported there.
fn find_desk<'c>(config: &'c Config, name: &str) -> Result<&'c DeskConfig, Ended> {
    let desk = &config.desks[named::desk(config, name)?.get()];
    if !desk.imports.is_empty() {
        return Ok(desk);
    }
    let can: Vec<&str> =
        desk.manifest.action.iter().filter(|action| action.rows).map(|action| action.name.as_str()).collect();
    Err(Ended::wrong(match can.is_empty() {
        true => Title::new(
            format!("业务台“{name}”没有可以批量导入的操作"),
            format!("desk {name:?} has no action that takes the rows of a table"),
        ),
        false => Title::new(
            format!("业务台“{name}”还没有导入：在配置里写一段 [[desk.{name}.import]]，action 可用：{}", can.join("、")),
            format!(
                "desk {name:?} has no imports yet: write [[desk.{name}.import]] into the config, with an action of {}",
                can.join(", ")
            ),
        ),
    }))
}

fn open_errors(screen: Screen, path: &Path, mapping: &Mapping<'_>, heads: &[String]) -> Result<BadRows, Ended> {
    BadRows::create(path, screen, mapping, heads).map_err(|error| {
        let path = path.display();
        Ended::wrong(Title::new(
            format!("写不了需更正行的文件 {path}：{error}；请用 --errors 另指一个"),
            format!("cannot write the file of bad rows, {path}: {error}; name another with --errors"),
        ))
    })
}

fn print(screen: Screen, tally: &Tally, errors_file: Option<&Path>) -> Result<(), Ended> {
    let Tally { rows, opened, repeated, refused } = tally;
    let file = errors_file.map(|path| path.display().to_string());
    let data = json!({ "rows": rows, "opened": opened, "repeated": repeated, "refused": refused, "errors_file": file });
    Ok(screen.print(&data, || match screen.lang {
        Lang::Zh => format!("共 {rows} 行：新登记 {opened} 行，此前已登记 {repeated} 行，未能登记 {refused} 行"),
        Lang::En => {
            format!("{}: {opened} opened, {repeated} opened before, {refused} refused", rows_en(*rows))
        }
    })?)
}

fn refused(count: u64, errors_file: Option<&Path>) -> Result<(), Ended> {
    if count == 0 {
        return Ok(());
    }
    let mut words = Title::new(
        format!("{count} 行需更正"),
        format!("{} {} to be mended", rows_en(count), if count == 1 { "is" } else { "are" }),
    );
    if let Some(path) = errors_file {
        let at = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let at = at.display();
        words.zh.push_str(&format!("，见 {at}；在原表里改好后再导一次即可，已登记的不会重复"));
        words.en.push_str(&format!(", see {at}; mend the table and import it again: what is in is not doubled"));
    }
    Err(Ended::shown_wanting(words))
}

fn rows_en(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

/// The disk took no more rows: none of them is wrong, so none goes to the bad ones.
fn unstored(error: anyhow::Error) -> Ended {
    let Some(Unstored { text, rows }) = error.downcast_ref() else { return error.into() };
    Ended::wanting(Title::new(
        format!("导入到第 {rows} 行停下了：{}；之后把这个表再导一次即可，已登记的不会重复", text.zh),
        format!(
            "the import stopped at row {rows}: {}; then import the table again: what is in is not doubled",
            text.en
        ),
    ))
}

fn draw_preview(screen: Screen, mapping: &Mapping<'_>, found: &Preview, told: &[(u64, String)]) -> String {
    let (rows, good) = (found.rows, found.good);
    let bad = rows - good;
    let name = &mapping.import.name;
    let mut text = match screen.lang {
        Lang::Zh => {
            format!("试读（导入“{name}”，什么也没有写入）：共 {rows} 行，可以登记 {good} 行，需更正 {bad} 行\n")
        }
        Lang::En => format!(
            "a dry run of the import {name:?}, nothing was written: {}, {good} can be read, {bad} to be mended\n",
            rows_en(rows)
        ),
    };
    let names: Vec<&str> = mapping
        .fields
        .iter()
        .map(|(name, _)| name)
        .filter(|name| found.shown.iter().any(|form| form.contains_key(*name)))
        .collect();
    if !names.is_empty() {
        let cell = |form: &Map<String, Value>, name: &str| match form.get(name) {
            None => String::new(),
            Some(Value::String(text)) => shortened(text),
            Some(other) => shortened(&other.to_string()),
        };
        let rows: Vec<Vec<String>> =
            found.shown.iter().map(|form| names.iter().map(|name| cell(form, name)).collect()).collect();
        text.push_str(&format!("\n{}\n", draw_table(&names, &rows)));
    }
    if !told.is_empty() {
        let heads = [screen.words(">行号", ">Row"), screen.words("需更正", "To mend")];
        let rows: Vec<Vec<String>> =
            told.iter().take(SHOWN_BAD_MAX).map(|(row, words)| vec![row.to_string(), words.clone()]).collect();
        text.push_str(&format!("\n{}\n", draw_table(&heads, &rows)));
        let left = bad - rows.len() as u64;
        if left != 0 {
            text.push_str(&match screen.lang {
                Lang::Zh => format!("还有 {left} 行；加 --errors 文件名 可写出全部\n"),
                Lang::En => format!("and {left} more; --errors FILE writes them all\n"),
            });
        }
    }
    text
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A progress bar where somebody watches.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Bar {
        if !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3}%  {elapsed}") {
            bar.set_style(style);
        }
        Bar(bar)
    }

    fn set(&self, at: Progress) {
        if self.0.length() != Some(at.total) {
            self.0.set_length(at.total);
        }
        self.0.set_position(at.done);
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
