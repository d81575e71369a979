//! Code tables: `code, title, …` and whatever columns desks ask for.

use std::collections::{BTreeMap, HashMap};

use plugin_api::{CodeList, ListRow, Title};

use super::super::problem::{Remarks, named, quoted};
use super::super::source::{Located, Sources, Spot};
use super::{Columns, Row, Table, overlap};

const BASE: [&str; 6] = ["code", "title", "title_en", "parent", "from", "to"];
const COLUMNS: Columns =
    Columns { required: &["code", "title"], optional: &["title_en", "parent", "from", "to"], further: true };
const CODE_CHARS_MAX: usize = 64;
const PARENTS_MAX: usize = 8;

/// A list and where its cells stand.
#[derive(Debug)]
pub(crate) struct RawCodeList {
    pub(crate) list: CodeList,
    /// Of each row: its code, and its further cells by column.
    pub(crate) spots: Vec<(Spot, BTreeMap<String, Spot>)>,
    /// The further columns there are.
    pub(crate) columns: Vec<Located<String>>,
    /// The first cell of the header.
    pub(crate) header: Spot,
}

/// A code table, if the file can be read at all.
pub(crate) fn read_list(file: &Located<String>, sources: &mut Sources, remarks: &mut Remarks) -> Option<RawCodeList> {
    let table = Table::read(file, &COLUMNS, sources, remarks)?;
    let columns: Vec<Located<String>> =
        table.columns().filter(|column| !BASE.contains(&column.value.as_str())).cloned().collect();
    let header = table.columns().next()?.spot;
    let mut raw = RawCodeList { list: CodeList::default(), spots: Vec::new(), columns, header };
    let mut by_code: HashMap<&str, Vec<usize>> = HashMap::new();
    for row in table.rows() {
        let Some((list_row, spots)) = read_row(row, &raw.columns, remarks) else { continue };
        let code = row.text("code");
        let others = by_code.entry(code).or_default();
        let period = (list_row.from, list_row.to);
        let twice = others.iter().find(|at| {
            let other = &raw.list.0[**at];
            overlap((other.from, other.to), period)
        });
        if let Some(at) = twice {
            let first = sources.place_of(raw.spots[*at].0);
            remarks
                .error(
                    spots.0,
                    format!("代码{}在同一段时间里出现了两次；第一次在 {first}", named(code)),
                    format!("code {} stands twice for the same time; first at {first}", quoted(code)),
                )
                .hint("给旧的一行填上 to", "let the older row end by its `to`");
        }
        others.push(raw.list.0.len());
        raw.list.0.push(list_row);
        raw.spots.push(spots);
    }
    check_parents(&table, &raw.list, remarks);
    Some(raw)
}

type RowSpots = (Spot, BTreeMap<String, Spot>);

fn read_row(row: Row<'_>, columns: &[Located<String>], remarks: &mut Remarks) -> Option<(ListRow, RowSpots)> {
    let code = row.need("code", remarks);
    let title = row.need("title", remarks);
    let (from, to) = row.period(remarks);
    let code = code?;
    let is_code = code.value.chars().count() <= CODE_CHARS_MAX
        && !code.value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '|');
    if !is_code {
        remarks
            .error(
                code.spot,
                format!("{}不能作代码", named(&code.value)),
                format!("{} is not a code", quoted(&code.value)),
            )
            .hint(
                format!("代码最多 {CODE_CHARS_MAX} 个字符，不含空格和 |"),
                format!("a code is at most {CODE_CHARS_MAX} characters without spaces and |"),
            );
    }
    let title = title?.value.as_str();
    let title_en = Some(row.text("title_en")).filter(|text| !text.is_empty()).unwrap_or(title);
    let mut cells = BTreeMap::new();
    let mut spots = BTreeMap::new();
    for column in columns {
        if let Some(cell) = row.find(&column.value) {
            cells.insert(column.value.clone(), cell.value.clone());
            spots.insert(column.value.clone(), cell.spot);
        }
    }
    let list_row = ListRow {
        code: code.value.clone(),
        title: Title::new(title, title_en),
        parent: row.find("parent").map(|cell| cell.value.clone()),
        from,
        to,
        columns: cells,
    };
    Some((list_row, (code.spot, spots)))
}

fn check_parents(table: &Table, list: &CodeList, remarks: &mut Remarks) {
    let parents: BTreeMap<&str, Option<&str>> =
        list.0.iter().map(|row| (row.code.as_str(), row.parent.as_deref())).collect();
    for row in table.rows() {
        let Some(parent) = row.find("parent") else { continue };
        if !parents.contains_key(parent.value.as_str()) {
            remarks
                .error(
                    parent.spot,
                    format!("没有上级代码{}", named(&parent.value)),
                    format!("unknown parent {}", quoted(&parent.value)),
                )
                .suggest(&parent.value, parents.keys().copied());
            continue;
        }
        let mut above = Some(parent.value.as_str());
        let mut steps = 0;
        while let Some(code) = above
            && steps <= PARENTS_MAX
        {
            above = parents.get(code).copied().flatten();
            steps += 1;
        }
        if above.is_some() {
            let code = row.text("code");
            remarks.error(
                parent.spot,
                format!("{}的上级绕成了圈，或超过 {PARENTS_MAX} 层", named(code)),
                format!("the parents of {} go round in a circle or more than {PARENTS_MAX} deep", quoted(code)),
            );
        }
    }
}
