//! What is wrong with a district folder, and where.
//!
//! A [`Problem`] is what people get; inside the config layer a `Remark` is made at a `Spot` and
//! becomes a problem when all files have been read, so that nobody counts lines twice. All
//! problems are kept: nothing stops at the first.

use std::fmt;

use plugin_api::Title;
use serde::Serialize;

use super::source::{Sources, Spot};
use crate::mask::mask;
use crate::near::{NAMES_SHOWN_MAX, nearest};

const SHOWN_CHARS_MAX: usize = 60;
const SOURCE_LINE_CHARS_MAX: usize = 400;
const PROBLEMS_OF_FILE_MAX: usize = 1000;
/// Looking for what was meant costs a comparison with every known word; of so many the first
/// problems get one.
const COMPARISONS_MAX: usize = 300_000;

/// One thing to mend, or to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the district folder, with `/`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong: a lowercase fragment naming the thing and the value found.
    pub text: Title,
    /// What was probably meant, or what to do.
    pub hint: Option<Title>,
    /// The line itself, to show; absent where the file could not be read.
    pub source_line: Option<String>,
    /// Whether it stops a start.
    pub severity: Severity,
}

/// A problem in one language, as JSON shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told<'p> {
    file: &'p str,
    line: u32,
    column: u32,
    message: &'p str,
    hint: Option<&'p str>,
    severity: Severity,
}

/// Whether a problem stops a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not; `check` reports it.
    Warning,
}

/// In English, for logs and tests.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(|words| &words.en))
    }
}

impl Problem {
    /// The problem in the language that is picked.
    pub fn told(&self, pick: impl for<'t> Fn(&'t Title) -> &'t str) -> Told<'_> {
        Told {
            file: &self.file,
            line: self.line,
            column: self.column,
            message: pick(&self.text),
            hint: self.hint.as_ref().map(pick),
            severity: self.severity,
        }
    }

    /// For a terminal: the problem, its line, and a caret under the place.
    pub fn render(&self, pick: impl for<'t> Fn(&'t Title) -> &'t str) -> String {
        let told = self.line(pick);
        let Some(line) = &self.source_line else {
            return told;
        };
        let line = plain(line);
        let before = self.column as usize - 1;
        let margin = " ".repeat(self.line.to_string().len());
        if line.chars().count() < before {
            return format!("{told}\n{} | {line}", self.line);
        }
        // Chinese takes two cells of a terminal, and a tab whatever the terminal likes.
        let indent: String = line.chars().take(before).map(blank_like).collect();
        format!("{told}\n{margin} |\n{} | {line}\n{margin} | {indent}^", self.line)
    }

    fn line(&self, pick: impl for<'t> Fn(&'t Title) -> &'t str) -> String {
        let Problem { file, line, column, text, hint, .. } = self;
        let (warning, and) =
            (pick(&Title::new("提醒：", "warning: ")).to_owned(), pick(&Title::new("；", "; ")).to_owned());
        let warning = if self.severity == Severity::Warning { warning } else { String::new() };
        let hint = hint.as_ref().map_or_else(String::new, |hint| format!("{and}{}", pick(hint)));
        plain(&format!("{file}:{line}:{column}: {warning}{}{hint}", pick(text)))
    }
}

/// A control in a file, or in a name that it gives, must not steer the terminal it is shown on.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

fn blank_like(c: char) -> &'static str {
    match c {
        '\t' => "\t",
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{20000}'..='\u{3fffd}' => "  ",
        _ => " ",
    }
}

/// A problem while files are still being read.
#[derive(Debug)]
pub(super) struct Remark {
    spot: Spot,
    text: Title,
    hint: Option<Title>,
    severity: Severity,
    /// How many remarks came before.
    number: usize,
    /// Its line holds what is nobody's to see.
    is_private: bool,
}

impl Remark {
    /// Says what to do.
    pub(super) fn hint(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.hint = Some(Title::new(zh, en));
    }

    /// Does not show the line.
    pub(super) fn without_line(&mut self) {
        self.is_private = true;
    }

    /// Says what of the `known` was probably meant, or what there is.
    pub(super) fn suggest<'k>(&mut self, word: &str, known: impl IntoIterator<Item = &'k str>) {
        let known: Vec<&str> = known.into_iter().collect();
        if COMPARISONS_MAX < (self.number + 1) * known.len() {
            return;
        }
        if let Some(near) = nearest(word, known.iter().copied()) {
            self.hint(format!("是不是“{near}”？"), format!("did you mean {near:?}?"));
        } else if (1..=NAMES_SHOWN_MAX).contains(&known.len()) {
            let verb = if known.len() == 1 { "is" } else { "are" };
            self.hint(format!("有：{}", known.join("、")), format!("there {verb} {}", known.join(", ")));
        }
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Remarks(Vec<Remark>);

impl Remarks {
    /// Something that stops a start.
    pub(super) fn error(&mut self, spot: Spot, zh: impl Into<String>, en: impl Into<String>) -> &mut Remark {
        self.push(spot, Title::new(zh, en), Severity::Error)
    }

    /// Something odd.
    pub(super) fn warning(&mut self, spot: Spot, zh: impl Into<String>, en: impl Into<String>) -> &mut Remark {
        self.push(spot, Title::new(zh, en), Severity::Warning)
    }

    fn push(&mut self, spot: Spot, text: Title, severity: Severity) -> &mut Remark {
        let number = self.0.len();
        self.0.push(Remark { spot, text, hint: None, severity, number, is_private: false });
        self.0.last_mut().expect("one was pushed")
    }

    /// Whether anything stops a start.
    pub(super) fn has_errors(&self) -> bool {
        self.0.iter().any(|remark| remark.severity == Severity::Error)
    }

    /// Takes over what was remarked elsewhere, none of which stops a start.
    pub(super) fn warn_of(&mut self, others: Remarks) {
        self.0.extend(others.0.into_iter().map(|remark| Remark { severity: Severity::Warning, ..remark }));
    }

    /// With lines and columns, sorted by file and place, each once.
    pub(super) fn into_problems(self, sources: &Sources) -> Vec<Problem> {
        let mut remarks = self.0;
        remarks.sort_by(|a, b| {
            let key = |remark: &Remark| (remark.spot.file, remark.spot.offset);
            key(a).cmp(&key(b)).then_with(|| a.text.en.cmp(&b.text.en))
        });
        remarks.dedup_by(|a, b| a.spot == b.spot && a.text == b.text);
        let mut problems = Vec::new();
        for of_file in remarks.chunk_by(|a, b| a.spot.file == b.spot.file) {
            problems.extend(of_file.iter().take(PROBLEMS_OF_FILE_MAX).map(|remark| problem(remark, sources)));
            if let Some(first_left) = of_file.get(PROBLEMS_OF_FILE_MAX) {
                let left = of_file.len() - PROBLEMS_OF_FILE_MAX;
                problems.push(Problem {
                    text: Title::new(format!("这个文件还有 {left} 处"), format!("and {left} more in this file")),
                    hint: None,
                    ..problem(first_left, sources)
                });
            }
        }
        problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        problems
    }
}

fn problem(remark: &Remark, sources: &Sources) -> Problem {
    let (line, column) = sources.line_and_column(remark.spot);
    // A table of the folder may hold anybody's number, in a cell that is wrong or beside it (I10).
    let line_shown = sources.line_of(remark.spot).filter(|_| !remark.is_private);
    let source_line = line_shown.map(|line| mask(line).chars().take(SOURCE_LINE_CHARS_MAX).collect());
    let masked = |words: &Title| Title::new(mask(&words.zh), mask(&words.en));
    Problem {
        file: sources.name(remark.spot).to_owned(),
        line,
        column,
        text: masked(&remark.text),
        hint: remark.hint.as_ref().map(masked),
        source_line,
        severity: remark.severity,
    }
}

/// A value in English quotes, at most 60 characters of it, so that a problem does not repeat a novel.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", short(text))
}

/// The same in Chinese quotes.
pub(super) fn named(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    format!("“{}”", short(text).chars().map(escaped).collect::<String>())
}

fn short(text: &str) -> String {
    let text = mask(text);
    let short: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    short + more
}
