//! What happens in the example district, and when: requests that arrive as rows of a table, and what
//! people do about them.
//!
//! Pure: two tables in, one list of turns out. Knows neither desks nor actions; the rows' action and
//! columns are those of an import of the config, the people's are written in the story.

use jiff::civil::DateTime;
use plugin_api::field::FieldKind;
use plugin_api::manifest::Action;
use serde_json::{Map, Value};

use crate::config::Import;

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Turn {
    /// Local time.
    pub at: DateTime,
    /// File and line, for a message.
    pub spot: String,
    /// What.
    pub what: What,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A request arrives.
    Row {
        /// Its number in the table.
        source: String,
        /// The form of the import's action.
        form: Map<String, Value>,
    },
    /// A person acts on the matter that a request became.
    Act {
        /// Who.
        by: String,
        /// The request.
        source: String,
        /// The action.
        action: String,
        /// Its form.
        form: Map<String, Value>,
    },
}

const STORY_COLUMNS: [&str; 5] = ["at", "by", "source-no", "action", "form"];

/// The rows of a table as an import of the config reads them, each at the time it was reported.
///
/// # Errors
/// A line that does not read, or an import without what tells rows and times apart.
pub(super) fn read_requests(name: &str, text: &str, import: &Import, action: &Action) -> Result<Vec<Turn>, String> {
    let is_moment = |field: &str| action.fields.get(field).is_some_and(|field| field.kind == FieldKind::Moment);
    let at_field = import.columns.iter().find(|(field, _)| is_moment(field));
    let (at_field, _) = at_field.ok_or_else(|| format!("import {:?} has no column that tells when", import.name))?;
    let key = import.key.as_deref();
    let key = key.ok_or_else(|| format!("import {:?} has no column that tells rows apart", import.name))?;
    let (header, rows) = read_table(name, text)?;
    let mut turns = Vec::new();
    for (spot, cells) in rows {
        let cell = |column: &str| header.iter().position(|given| given == column).and_then(|at| cells.get(at));
        let mut form = import.fixed.clone();
        for (field, column) in &import.columns {
            let text = cell(column).ok_or_else(|| format!("{name} has no column {column:?}"))?;
            if !text.is_empty() {
                let text = if is_moment(field) { iso(text, import.dates.as_deref()) } else { text.clone() };
                form.insert(field.clone(), text.into());
            }
        }
        let at = form.get(at_field).and_then(Value::as_str).and_then(|text| text.parse().ok());
        let at = at.ok_or_else(|| format!("{spot}: {at_field} is no time"))?;
        let source = cell(key).ok_or_else(|| format!("{name} has no column {key:?}"))?.clone();
        turns.push(Turn { at, spot, what: What::Row { source, form } });
    }
    Ok(turns)
}

/// What people did.
///
/// # Errors
/// A line that does not read, or stands before one that was earlier.
pub(super) fn read_story(name: &str, text: &str) -> Result<Vec<Turn>, String> {
    let (header, rows) = read_table(name, text)?;
    if header != STORY_COLUMNS {
        return Err(format!("{name} must have the columns {}", STORY_COLUMNS.join(",")));
    }
    let mut turns: Vec<Turn> = Vec::new();
    for (spot, cells) in rows {
        let [at, by, source, action, form] = <[String; 5]>::try_from(cells)
            .map_err(|cells| format!("{spot}: has {} cells, not {}", cells.len(), STORY_COLUMNS.len()))?;
        let at: DateTime = at.parse().map_err(|_| format!("{spot}: {at:?} is no time"))?;
        if turns.last().is_some_and(|before| at < before.at) {
            return Err(format!("{spot}: {at} is earlier than the line before"));
        }
        let form = read_form(&form).map_err(|pair| format!("{spot}: {pair:?} is not name=value"))?;
        turns.push(Turn { at, spot, what: What::Act { by, source, action, form } });
    }
    Ok(turns)
}

/// Both, in the order of time. What was reported at an instant was so before anybody acts at it.
pub(super) fn merge(requests: Vec<Turn>, story: Vec<Turn>) -> Vec<Turn> {
    let mut turns = requests;
    turns.extend(story);
    turns.sort_by_key(|turn| turn.at);
    turns
}

fn read_form(text: &str) -> Result<Map<String, Value>, &str> {
    let pairs = text.split(';').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (field, value) = pair.split_once('=').ok_or(pair)?;
            Ok((field.trim().to_owned(), value.trim().into()))
        })
        .collect()
}

/// A time of a table as every form reads it; as it was, if it is not written as the import says.
fn iso(text: &str, format: Option<&str>) -> String {
    let parsed = format.and_then(|format| DateTime::strptime(format, text).ok());
    parsed.map_or_else(|| text.to_owned(), |time| time.to_string())
}

type Rows = Vec<(String, Vec<String>)>;

fn read_table(name: &str, text: &str) -> Result<(Vec<String>, Rows), String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = cells(reader.headers().map_err(|error| format!("{name}: {error}"))?);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("{name}: {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((format!("{name}:{line}"), cells(&record)));
    }
    Ok((header, rows))
}

#[cfg(test)]
mod tests;
