//! One typed value in words.

use plugin_api::matter::Lamp;
use plugin_api::{Cell, PlaceId, Title, UnitId};

use crate::config::Config;
use crate::lang::{Lang, local};

/// A cell as people read it.
pub(super) fn words(lang: Lang, config: &Config, cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Matter(text) => text.clone(),
        Cell::Title(title) => lang.pick(title).to_owned(),
        Cell::Number(number) | Cell::Matters(number, _) => number.to_string(),
        Cell::Money(fen) => money(*fen),
        Cell::Ratio { num: _, den: 0 } => no_data(lang).to_owned(),
        Cell::Ratio { num, den } => format!("{} ({num}/{den})", per_cent(*num, *den)),
        Cell::Lamp(lamp) => lamp_words(lang, *lamp),
        Cell::Place(id) => place(lang, config, id),
        Cell::Unit(id) => unit(lang, config, id),
        Cell::Moment(at) => local(*at, &config.zone),
        Cell::Date(date) => date.to_string(),
    }
}

/// Whether it is read by its digits, and stands right.
pub(super) fn is_number(cell: &Cell) -> bool {
    matches!(cell, Cell::Number(_) | Cell::Matters(..) | Cell::Money(_) | Cell::Ratio { .. })
}

/// Where there is nothing to divide by.
pub(super) fn no_data(lang: Lang) -> &'static str {
    lang.words("无数据", "no data")
}

/// Fen as yuan: `-1,234,567.89`.
fn money(fen: i64) -> String {
    let whole = (fen.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at != 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}{grouped}.{:02}", if fen < 0 { "-" } else { "" }, fen.unsigned_abs() % 100)
}

/// A fraction as per cent with one decimal, half a thousandth rounded up.
pub(super) fn per_cent(num: i64, den: i64) -> String {
    let is_negative = (num < 0) != (den < 0);
    let (num, den) = (u128::from(num.unsigned_abs()), u128::from(den.unsigned_abs()));
    let thousandths = (num * 2_000 + den) / (2 * den);
    let sign = if is_negative && thousandths != 0 { "-" } else { "" };
    format!("{sign}{}.{}%", thousandths / 10, thousandths % 10)
}

pub(super) fn lamp_words(lang: Lang, lamp: Lamp) -> String {
    let dot = match lamp {
        Lamp::Green => "🟢",
        Lamp::Blue => "🔵",
        Lamp::Yellow => "🟡",
        Lamp::Red => "🔴",
    };
    format!("{dot} {}", lamp_name(lang, lamp))
}

/// What a lamp is called.
pub(super) fn lamp_name(lang: Lang, lamp: Lamp) -> &'static str {
    match lamp {
        Lamp::Green => lang.words("绿灯", "green"),
        Lamp::Blue => lang.words("蓝灯", "blue"),
        Lamp::Yellow => lang.words("黄灯", "yellow"),
        Lamp::Red => lang.words("红灯", "red"),
    }
}

pub(super) fn place(lang: Lang, config: &Config, id: &PlaceId) -> String {
    config.directory.place(id).map_or_else(|| id.to_string(), |place| or_zh(lang, &place.title).to_owned())
}

pub(super) fn unit(lang: Lang, config: &Config, id: &UnitId) -> String {
    config.directory.unit(id).map_or_else(|| id.to_string(), |unit| or_zh(lang, &unit.title).to_owned())
}

/// A district need not translate the names of its compounds.
fn or_zh(lang: Lang, title: &Title) -> &str {
    let words = lang.pick(title);
    if words.is_empty() { &title.zh } else { words }
}
