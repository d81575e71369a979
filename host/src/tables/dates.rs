//! Dates and times of a table's cells, as the one way the field grammar writes them.
//!
//! Pure. A cell that a workbook stores as a date and a cell that says the same in words give the same.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use plugin_api::Title;
use plugin_api::field::{Field, FieldKind};

use super::sheet::Entry;
use crate::mask::mask;

const SHOWN_CHARS_MAX: usize = 40;

/// How a table writes dates.
#[derive(Clone, Copy, Debug)]
pub struct Dates<'a> {
    /// As for `strptime`; without it, cells in words are left to the field.
    pub format: Option<&'a str>,
    /// Where the table was written.
    pub zone: &'a TimeZone,
}

impl Dates<'_> {
    /// A cell that is not empty as the text its field takes.
    ///
    /// # Errors
    /// A sentence, where the cell is not written as the table's dates are.
    pub fn read(&self, field: &Field, cell: &Entry) -> Result<String, Title> {
        if field.many {
            return Ok(cell.text());
        }
        match (&field.kind, cell) {
            (FieldKind::Moment, Entry::Moment(local)) => {
                self.instant(*local).ok_or_else(|| self.unread(&field.kind, cell))
            }
            (FieldKind::Date, Entry::Moment(local)) => Ok(local.date().to_string()),
            (FieldKind::Time, Entry::Moment(local)) => Ok(local.strftime("%H:%M").to_string()),
            (FieldKind::Time, Entry::Time(time)) => Ok(time.strftime("%H:%M").to_string()),
            (FieldKind::Period, Entry::Moment(local)) => Ok(local.strftime("%Y-%m").to_string()),
            (kind @ (FieldKind::Moment | FieldKind::Date | FieldKind::Time), Entry::Text(text)) => match self.format {
                None => Ok(text.clone()),
                Some(format) => self
                    .read_text(kind, format, text.trim())
                    .or_else(|| self.read_standard(kind, text.trim()))
                    .ok_or_else(|| self.unread(&field.kind, cell)),
            },
            _ => Ok(cell.text()),
        }
    }

    fn read_text(&self, kind: &FieldKind, format: &str, text: &str) -> Option<String> {
        let half = half_of(kind, format);
        match kind {
            FieldKind::Moment => {
                let parsed = strtime::parse(format, text).ok()?;
                match parsed.to_timestamp() {
                    Ok(instant) => Some(instant.to_string()),
                    Err(_) => self.instant(parsed.to_datetime().ok()?),
                }
            }
            FieldKind::Date => {
                let parsed = strtime::parse(format, text).or_else(|_| strtime::parse(half, text)).ok()?;
                parsed.to_date().ok().map(|date: Date| date.to_string())
            }
            _ => {
                let parsed = strtime::parse(format, text).or_else(|_| strtime::parse(half, text)).ok()?;
                parsed.to_time().ok().map(|time: Time| time.strftime("%H:%M").to_string())
            }
        }
    }

    /// A year of four digits and a hyphen begin a date that reads one way only. Boards that changed
    /// their program have such dates among their own.
    fn read_standard(&self, kind: &FieldKind, text: &str) -> Option<String> {
        let has_year =
            text.len() >= 5 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text[4..].starts_with('-');
        match kind {
            FieldKind::Moment if has_year => match text.parse::<Timestamp>() {
                Ok(instant) => Some(instant.to_string()),
                Err(_) => self.instant(text.parse().ok()?),
            },
            FieldKind::Date if has_year => text.parse::<Date>().ok().map(|date| date.to_string()),
            _ => None,
        }
    }

    fn instant(&self, local: DateTime) -> Option<String> {
        let instant: Timestamp = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(instant.to_string())
    }

    fn unread(&self, kind: &FieldKind, cell: &Entry) -> Title {
        let text = cell.text();
        // Before it is cut: half a number is not known as one.
        let text = mask(&text);
        let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        let format = half_of(kind, self.format.unwrap_or("%Y-%m-%d %H:%M:%S"));
        let sample = jiff::civil::date(2026, 3, 2).at(14, 30, 5, 0);
        let sample = TimeZone::UTC.to_ambiguous_zoned_datetime(sample).compatible();
        let sample = sample.and_then(|sample| strtime::format(format, &sample)).unwrap_or_else(|_| format.to_owned());
        Title::new(
            format!("“{shown}”不是这张表的日期写法，应如 {sample}"),
            format!("{shown:?} is not written as the dates of this table, such as {sample}"),
        )
    }
}

/// A column of days or hours beside one of instants says only the half of the form that it needs.
fn half_of<'f>(kind: &FieldKind, format: &'f str) -> &'f str {
    match (kind, format.split_once(' ')) {
        (FieldKind::Date, Some((day, _))) => day,
        (FieldKind::Time, Some((_, time))) => time,
        _ => format,
    }
}
