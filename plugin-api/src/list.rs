//! Code tables (代码表) of the district, as a desk gets them when it is opened.
//!
//! A desk is opened anew whenever a table changes, so it may prepare what it likes from them. Every
//! row has the dates it holds for; a running matter keeps the version it started under by asking
//! as of its opening.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Title;

/// The tables a manifest asks for, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lists(pub BTreeMap<String, CodeList>);

impl Lists {
    /// A table; an empty one if there is none of that name, which the host's check reports.
    pub fn get(&self, name: &str) -> &CodeList {
        static EMPTY: CodeList = CodeList(Vec::new());
        self.0.get(name).unwrap_or(&EMPTY)
    }
}

/// A code table: its rows in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeList(pub Vec<ListRow>);

impl CodeList {
    /// The rows that hold on a date.
    pub fn as_of(&self, date: Date) -> impl Iterator<Item = &ListRow> {
        self.0.iter().filter(move |row| row.holds_on(date))
    }

    /// The row of a code that holds on a date.
    pub fn find(&self, code: &str, date: Date) -> Option<&ListRow> {
        self.as_of(date).find(|row| row.code == code)
    }
}

/// One row of a code table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// The code.
    pub code: String,
    /// Its title.
    pub title: Title,
    /// Code of the row it belongs under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// First day it holds; always, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day it holds; for ever, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// The further columns, as the file has them; empty cells are left out.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

impl ListRow {
    /// A further column's text, "" where the file has nothing.
    pub fn column(&self, name: &str) -> &str {
        self.columns.get(name).map_or("", String::as_str)
    }

    /// A further column that holds several codes joined by `|`.
    pub fn codes(&self, name: &str) -> impl Iterator<Item = &str> {
        self.column(name).split('|').map(str::trim).filter(|code| !code.is_empty())
    }

    /// Whether the row holds on a date.
    pub fn holds_on(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }
}
