//! Text into records of cells, as RFC 4180 has them.
//!
//! Cells are trimmed; records without any text are left out; a quote within an unquoted cell stands
//! for itself.

use super::super::problem::Remarks;
use super::super::source::{Located, Spot};

pub(super) type Record = Vec<Located<String>>;

/// All records. Each has at least one cell.
pub(super) fn records(text: &str, start: Spot, remarks: &mut Remarks) -> Vec<Record> {
    let mut records = Vec::new();
    let mut record = Record::new();
    let mut at = 0;
    while at < text.len() {
        let (value, end) = if text[at..].starts_with('"') {
            quoted_cell(text, at, start, remarks)
        } else {
            let end = text[at..].find([',', '\n', '\r']).map_or(text.len(), |len| at + len);
            (text[at..end].trim().to_owned(), end)
        };
        record.push(Located { value, spot: start.at(at) });
        let rest = &text[end..];
        if rest.starts_with(',') {
            at = end + 1;
            // A comma at the very end of the file still opens a cell.
            if at == text.len() {
                record.push(Located { value: String::new(), spot: start.at(at) });
                keep(&mut records, &mut record);
            }
            continue;
        }
        at = end + if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
        keep(&mut records, &mut record);
    }
    records
}

fn keep(records: &mut Vec<Record>, record: &mut Record) {
    let record = std::mem::take(record);
    if record.iter().any(|cell| !cell.value.is_empty()) {
        records.push(record);
    }
}

/// The cell that starts with a quote at `at`, and where it ends.
fn quoted_cell(text: &str, at: usize, start: Spot, remarks: &mut Remarks) -> (String, usize) {
    let mut value = String::new();
    let mut from = at + 1;
    loop {
        let Some(len) = text[from..].find('"') else {
            remarks.error(start.at(at), "加了引号的一格没有收尾的引号", "a quoted cell is not closed");
            value.push_str(&text[from..]);
            return (value.trim().to_owned(), text.len());
        };
        value.push_str(&text[from..from + len]);
        from += len + 1;
        if !text[from..].starts_with('"') {
            break;
        }
        value.push('"');
        from += 1;
    }
    let end = text[from..].find([',', '\n', '\r']).map_or(text.len(), |len| from + len);
    if !text[from..end].trim().is_empty() {
        remarks
            .error(start.at(from), "一格的收尾引号后面还有字", "text stands after the closing quote of a cell")
            .hint("格内的引号写成 \"\"", "write \"\" for a quote within");
    }
    (value.trim().to_owned(), end)
}
