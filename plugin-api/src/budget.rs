//! How long a clock runs: a [`Budget`], as desks give it and as people write it.
//!
//! Pure. Knows units and their bounds, never which hours and days are worked: the host's calendar
//! makes an instant of a budget and the instant a clock starts.
//!
//! Always holds: what `Display` and [`Budget::words`] write of a span, `parse` reads back.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Title;

/// How long a clock runs.
///
/// On the wire a table of one entry: `{"workdays":3}`, `{"workhours":4}`, `{"workminutes":90}`,
/// `{"hours":12}`, `{"minutes":45}`, `{"by":"2026-07-31"}`, `{"until":"2026-07-31T01:00:00Z"}`.
///
/// As text, in lists and forms: `2 workdays`, `4 workhours`, `24 hours`, `2个工作日`, `4工作时`,
/// `24小时`, and short `2wd`, `4wh`, `24h`.
///
/// ```
/// use plugin_api::Budget;
/// let within: Budget = "2 workdays".parse().unwrap();
/// assert_eq!(within, Budget::Workdays(2));
/// assert_eq!("24小时".parse(), Ok(Budget::hours(24)));
/// assert_eq!(serde_json::to_string(&within).unwrap(), r#"{"workdays":2}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub enum Budget {
    /// Minutes of natural time (小时、天), 1 to [`Budget::MINUTES_MAX`].
    Minutes(u32),
    /// Minutes of working time (工作时), 1 to [`Budget::WORKMINUTES_MAX`].
    Workminutes(u32),
    /// Workdays (工作日), 1 to [`Budget::WORKDAYS_MAX`]. The day of the start is not counted, and the
    /// last ends with its working time (Civil Code art. 201 and 203).
    Workdays(u32),
    /// To the end of working time of a day; of the next workday, where that day is none (Civil Code
    /// art. 203).
    By(Date),
    /// To an instant, whatever is worked.
    Until(Timestamp),
}

impl Budget {
    /// Greatest budget in minutes of natural time: ten years.
    pub const MINUTES_MAX: u32 = 5_256_000;
    /// Greatest budget in minutes of working time: ten years of 2,000 hours.
    pub const WORKMINUTES_MAX: u32 = 1_200_000;
    /// Greatest budget in workdays: ten years of 250.
    pub const WORKDAYS_MAX: u32 = 2_500;
    /// First year a fixed date or instant may lie in.
    pub const YEAR_MIN: i16 = 2000;
    /// Last year a fixed date or instant may lie in.
    pub const YEAR_MAX: i16 = 2199;

    /// So many hours of natural time.
    pub fn hours(hours: u32) -> Budget {
        Budget::Minutes(hours.saturating_mul(60))
    }

    /// So many hours of working time.
    pub fn workhours(hours: u32) -> Budget {
        Budget::Workminutes(hours.saturating_mul(60))
    }

    /// Whether it is within bounds. The host asks this of every budget a desk gives.
    ///
    /// # Errors
    /// What is wrong with it, in words to follow the budget.
    pub fn check(self) -> Result<(), Title> {
        match self {
            Budget::Minutes(minutes) => check_count(minutes, Budget::Minutes, Budget::MINUTES_MAX),
            Budget::Workminutes(minutes) => check_count(minutes, Budget::Workminutes, Budget::WORKMINUTES_MAX),
            Budget::Workdays(days) => check_count(days, Budget::Workdays, Budget::WORKDAYS_MAX),
            Budget::By(date) => check_year(date.year()),
            Budget::Until(instant) => check_year(jiff::tz::TimeZone::UTC.to_datetime(instant).year()),
        }
    }

    /// For people.
    pub fn words(self) -> Title {
        let zh = match self {
            Budget::Minutes(minutes) if minutes % 60 == 0 => format!("{}小时", minutes / 60),
            Budget::Minutes(minutes) => format!("{minutes}分钟"),
            Budget::Workminutes(minutes) if minutes % 60 == 0 => format!("{}工作时", minutes / 60),
            Budget::Workminutes(minutes) => format!("{minutes}工作分钟"),
            Budget::Workdays(days) => format!("{days}个工作日"),
            Budget::By(date) => format!("{date}下班前"),
            Budget::Until(instant) => format!("至{instant}"),
        };
        Title::new(zh, self.to_string())
    }
}

fn check_count(count: u32, unit: Unit, max: u32) -> Result<(), Title> {
    if (1..=max).contains(&count) {
        return Ok(());
    }
    let (min, max) = (unit(1).words(), unit(max).words());
    Err(Title::new(format!("应为{}到{}", min.zh, max.zh), format!("is not within {} to {}", min.en, max.en)))
}

fn check_year(year: i16) -> Result<(), Title> {
    let (min, max) = (Budget::YEAR_MIN, Budget::YEAR_MAX);
    if (min..=max).contains(&year) {
        return Ok(());
    }
    Err(Title::new(format!("年份应为 {min} 到 {max}"), format!("is not in a year from {min} to {max}")))
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match *self {
            Budget::Minutes(minutes) if minutes % 60 == 0 => (minutes / 60, "hour"),
            Budget::Minutes(minutes) => (minutes, "minute"),
            Budget::Workminutes(minutes) if minutes % 60 == 0 => (minutes / 60, "workhour"),
            Budget::Workminutes(minutes) => (minutes, "workminute"),
            Budget::Workdays(days) => (days, "workday"),
            Budget::By(date) => return write!(f, "by {date}"),
            Budget::Until(instant) => return write!(f, "until {instant}"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

/// Reads a span as people write it. A fixed date or instant is not a span: it has fields of its own.
impl FromStr for Budget {
    type Err = Title;

    fn from_str(text: &str) -> Result<Budget, Title> {
        let text = text.trim();
        let (is_negative, rest) = match text.strip_prefix(['-', '−', '－']) {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let (number, unit) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        if number.is_empty() {
            return Err(not_a_budget());
        }
        let (unit, factor) = find_unit(unit).ok_or_else(not_a_budget)?;
        if is_negative {
            return Err(Title::new("是负数", "is negative"));
        }
        // A count too large for its type is beyond every bound anyway.
        let count = number.parse::<u32>().ok().and_then(|count| count.checked_mul(factor)).unwrap_or(u32::MAX);
        let budget = unit(count);
        budget.check().map(|()| budget)
    }
}

/// What is said of text that is none.
pub(crate) fn not_a_budget() -> Title {
    Title::new(
        "不是时限，请写成 2个工作日、4工作时 或 24小时",
        "is not a budget of time; write 2 workdays, 4 workhours or 24 hours",
    )
}

/// A budget of so many.
type Unit = fn(u32) -> Budget;

/// The unit a word names, and how many of it one such word is.
fn find_unit(word: &str) -> Option<(Unit, u32)> {
    let word: String = word.to_lowercase().split_whitespace().collect();
    Some(match word.strip_prefix('个').unwrap_or(&word) {
        "m" | "min" | "minute" | "minutes" | "分钟" => (Budget::Minutes, 1),
        "h" | "hour" | "hours" | "小时" => (Budget::Minutes, 60),
        "d" | "day" | "days" | "天" | "自然日" => (Budget::Minutes, 24 * 60),
        "wm" | "workminute" | "workminutes" | "工作分钟" => (Budget::Workminutes, 1),
        "wh" | "workhour" | "workhours" | "工作时" | "工作小时" => (Budget::Workminutes, 60),
        "wd" | "workday" | "workdays" | "工作日" => (Budget::Workdays, 1),
        _ => return None,
    })
}

/// A budget on the wire: whole hours as hours, so that a journal or a C program can be read.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wire {
    Minutes(u32),
    Hours(u32),
    Workminutes(u32),
    Workhours(u32),
    Workdays(u32),
    By(Date),
    Until(Timestamp),
}

impl From<Wire> for Budget {
    fn from(wire: Wire) -> Budget {
        match wire {
            Wire::Minutes(minutes) => Budget::Minutes(minutes),
            Wire::Hours(hours) => Budget::hours(hours),
            Wire::Workminutes(minutes) => Budget::Workminutes(minutes),
            Wire::Workhours(hours) => Budget::workhours(hours),
            Wire::Workdays(days) => Budget::Workdays(days),
            Wire::By(date) => Budget::By(date),
            Wire::Until(instant) => Budget::Until(instant),
        }
    }
}

impl From<Budget> for Wire {
    fn from(budget: Budget) -> Wire {
        match budget {
            Budget::Minutes(minutes) if minutes % 60 == 0 => Wire::Hours(minutes / 60),
            Budget::Minutes(minutes) => Wire::Minutes(minutes),
            Budget::Workminutes(minutes) if minutes % 60 == 0 => Wire::Workhours(minutes / 60),
            Budget::Workminutes(minutes) => Wire::Workminutes(minutes),
            Budget::Workdays(days) => Wire::Workdays(days),
            Budget::By(date) => Wire::By(date),
            Budget::Until(instant) => Wire::Until(instant),
        }
    }
}

#[cfg(test)]
mod tests;
