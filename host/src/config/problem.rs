//! What is wrong with a district folder, and where.
//!
//! A [`Problem`] is what people get; inside the config layer a `Remark` is made at a `Spot` and
//! becomes a problem when all files have been read, so that nobody counts lines twice. All
//! problems are kept: nothing stops at the first.

use std::fmt;

use serde::Serialize;

use super::source::{Sources, Spot};
use crate::near::{NAMES_SHOWN_MAX, nearest};

const SHOWN_CHARS_MAX: usize = 60;
const SOURCE_LINE_CHARS_MAX: usize = 400;
const PROBLEMS_OF_FILE_MAX: usize = 1000;
/// Looking for what was meant costs a comparison with every known word; of so many the first
/// problems get one.
const COMPARISONS_MAX: usize = 300_000;

/// One thing to mend, or to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, relative to the district folder, with `/`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong: a lowercase fragment naming the thing and the value found.
    #[serde(rename = "message")]
    pub text: String,
    /// What was probably meant, or what to do.
    pub hint: Option<String>,
    /// The line itself, to show; absent where the file could not be read.
    #[serde(skip)]
    pub source_line: Option<String>,
    /// Whether it stops a start.
    pub severity: Severity,
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl Problem {
    /// For a terminal: the problem, its line, and a caret under the place.
    pub fn render(&self) -> String {
        let Some(line) = &self.source_line else {
            return self.to_string();
        };
        let before = self.column as usize - 1;
        let margin = " ".repeat(self.line.to_string().len());
        if line.chars().count() < before {
            return format!("{self}\n{} | {line}", self.line);
        }
        // Chinese takes two cells of a terminal, and a tab whatever the terminal likes.
        let indent: String = line.chars().take(before).map(blank_like).collect();
        format!("{self}\n{margin} |\n{} | {line}\n{margin} | {indent}^", self.line)
    }
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
    text: String,
    hint: Option<String>,
    severity: Severity,
    /// How many remarks came before.
    number: usize,
}

impl Remark {
    /// Says what to do.
    pub(super) fn hint(&mut self, text: impl Into<String>) {
        self.hint = Some(text.into());
    }

    /// Says what of the `known` was probably meant, or what there is.
    pub(super) fn suggest<'k>(&mut self, word: &str, known: impl IntoIterator<Item = &'k str>) {
        let known: Vec<&str> = known.into_iter().collect();
        if COMPARISONS_MAX < (self.number + 1) * known.len() {
            return;
        }
        if let Some(near) = nearest(word, known.iter().copied()) {
            self.hint = Some(format!("did you mean {near:?}?"));
        } else if (1..=NAMES_SHOWN_MAX).contains(&known.len()) {
            let verb = if known.len() == 1 { "is" } else { "are" };
            self.hint = Some(format!("there {verb} {}", known.join(", ")));
        }
    }
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Remarks(Vec<Remark>);

impl Remarks {
    /// Something that stops a start.
    pub(super) fn error(&mut self, spot: Spot, text: impl Into<String>) -> &mut Remark {
        self.push(spot, text.into(), Severity::Error)
    }

    /// Something odd.
    pub(super) fn warning(&mut self, spot: Spot, text: impl Into<String>) -> &mut Remark {
        self.push(spot, text.into(), Severity::Warning)
    }

    fn push(&mut self, spot: Spot, text: String, severity: Severity) -> &mut Remark {
        let number = self.0.len();
        self.0.push(Remark { spot, text, hint: None, severity, number });
        self.0.last_mut().expect("one was pushed")
    }

    /// Whether anything stops a start.
    pub(super) fn has_errors(&self) -> bool {
        self.0.iter().any(|remark| remark.severity == Severity::Error)
    }

    /// With lines and columns, sorted by file and place, each once.
    pub(super) fn into_problems(self, sources: &Sources) -> Vec<Problem> {
        let mut remarks = self.0;
        remarks.sort_by(|a, b| {
            let key = |remark: &Remark| (remark.spot.file, remark.spot.offset);
            key(a).cmp(&key(b)).then_with(|| a.text.cmp(&b.text))
        });
        remarks.dedup_by(|a, b| a.spot == b.spot && a.text == b.text);
        let mut problems = Vec::new();
        for of_file in remarks.chunk_by(|a, b| a.spot.file == b.spot.file) {
            problems.extend(of_file.iter().take(PROBLEMS_OF_FILE_MAX).map(|remark| problem(remark, sources)));
            if let Some(first_left) = of_file.get(PROBLEMS_OF_FILE_MAX) {
                let left = of_file.len() - PROBLEMS_OF_FILE_MAX;
                problems.push(Problem {
                    text: format!("and {left} more in this file"),
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
    let source_line = sources.line_of(remark.spot).map(|line| line.chars().take(SOURCE_LINE_CHARS_MAX).collect());
    Problem {
        file: sources.name(remark.spot).to_owned(),
        line,
        column,
        text: remark.text.clone(),
        hint: remark.hint.clone(),
        source_line,
        severity: remark.severity,
    }
}

/// A value in quotes, at most 60 characters of it, so that a problem does not repeat a novel.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{:?}", short + more)
}
