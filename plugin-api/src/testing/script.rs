//! The words of a case: stanzas, calls, data. Knows no double and no desk.

use serde_json::{Map, Value};

/// A line and the indented ones below it.
pub(super) struct Stanza<'a> {
    /// Number of the line within its block, from 1.
    pub line: usize,
    /// First word.
    pub verb: &'a str,
    /// What follows it on the line.
    pub rest: &'a str,
    /// The indented lines, without their indentation.
    pub body: Vec<&'a str>,
}

/// The stanzas of a block.
pub(super) fn parse_stanzas(block: &str) -> Result<Vec<Stanza<'_>>, String> {
    let mut stanzas: Vec<Stanza<'_>> = Vec::new();
    for (line, text) in (1..).zip(block.lines()) {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        if text.starts_with([' ', '\t']) {
            let above = stanzas.last_mut().ok_or_else(|| format!("line {line}: indented, but under no line"))?;
            above.body.push(text.trim());
            continue;
        }
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        stanzas.push(Stanza { line, verb, rest: rest.trim(), body: Vec::new() });
    }
    Ok(stanzas)
}

/// `settle by chen on 1 {…}`: a name, what is said about it, and data.
pub(super) struct Call<'a> {
    /// What is called.
    pub name: &'a str,
    /// Who acts or looks.
    pub who: Who<'a>,
    /// The matter.
    pub on: Option<&'a str>,
    /// The subject of a view.
    pub of: Option<&'a str>,
    /// The desk that said it.
    pub from: Option<&'a str>,
    /// Whom a notice is for.
    pub to: Option<&'a str>,
    /// The line up to its data.
    pub shown: &'a str,
    /// The data.
    pub data: Map<String, Value>,
}

/// Who acts, and how they come to it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Who<'a> {
    /// The person.
    pub by: Option<&'a str>,
    /// What somebody without an account came with: `code` or `invitation`.
    pub with: Option<&'a str>,
    /// Whom they stand in for.
    pub stands_for: Option<&'a str>,
    /// Who confirmed it.
    pub second: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Reads a call from a stanza.
    pub(super) fn parse(stanza: &Stanza<'a>) -> Result<Call<'a>, String> {
        let (head, inline) = split_data(stanza.rest);
        let data = match inline {
            Some(inline) => parse_data(&[&[inline], stanza.body.as_slice()].concat().join("\n"))?,
            None => parse_lines(&stanza.body)?,
        };
        let mut words = head.split_whitespace();
        let name = words.next().ok_or("a name is missing")?;
        let mut call = Call { name, who: Who::default(), on: None, of: None, from: None, to: None, shown: head, data };
        while let Some(word) = words.next() {
            let slot = match word {
                "by" => &mut call.who.by,
                "with" => &mut call.who.with,
                "for" => &mut call.who.stands_for,
                "second" => &mut call.who.second,
                "on" => &mut call.on,
                "of" => &mut call.of,
                "from" => &mut call.from,
                "to" => &mut call.to,
                other => return Err(format!("{other:?} is none of by, with, for, second, on, of, from, to")),
            };
            *slot = Some(words.next().ok_or_else(|| format!("{word:?} says nothing"))?);
        }
        Ok(call)
    }
}

/// Parts a line from the data that ends it.
pub(super) fn split_data(line: &str) -> (&str, Option<&str>) {
    match line.find('{') {
        Some(at) => (line[..at].trim(), Some(&line[at..])),
        None => (line, None),
    }
}

/// An object in JSON, or as an inline table of TOML.
pub(super) fn parse_data(text: &str) -> Result<Map<String, Value>, String> {
    let json = match serde_json::from_str(text) {
        Ok(data) => return Ok(data),
        Err(error) => error,
    };
    let as_toml: Result<Map<String, Value>, _> = toml::from_str(&format!("data = {text}"));
    match as_toml.map(|mut table| table.remove("data")) {
        Ok(Some(Value::Object(data))) => Ok(data),
        _ => Err(format!("neither JSON ({json}) nor an inline table of TOML: {text}")),
    }
}

/// `field: what was typed` a line, as a person fills in a form.
fn parse_lines(lines: &[&str]) -> Result<Map<String, Value>, String> {
    let pair = |line: &&str| {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is not `field: value`"))?;
        Ok((name.trim().to_owned(), Value::from(value.trim())))
    };
    lines.iter().map(pair).collect()
}

/// The records of a table in CSV, header first, one a line.
pub(super) fn parse_table(lines: &[&str]) -> Result<Vec<Vec<String>>, String> {
    lines.iter().map(|line| parse_cells(line)).collect()
}

fn parse_cells(line: &str) -> Result<Vec<String>, String> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let cell = cells.last_mut().ok_or("a line has a cell")?;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    if quoted { Err(format!("a quoted cell does not end: {line}")) } else { Ok(cells) }
}
