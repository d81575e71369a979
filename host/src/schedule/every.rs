//! `every = "month on workday 5 at 09:00"`: the words, and the days they mean.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time, Weekday, date};
use plugin_api::Title;

use super::Since;
use crate::calendar::{Calendar, Due, Found};
use crate::limits::{CALENDAR_YEAR_MAX, CALENDAR_YEAR_MIN};

const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("monday", "一", Weekday::Monday),
    ("tuesday", "二", Weekday::Tuesday),
    ("wednesday", "三", Weekday::Wednesday),
    ("thursday", "四", Weekday::Thursday),
    ("friday", "五", Weekday::Friday),
    ("saturday", "六", Weekday::Saturday),
    ("sunday", "日", Weekday::Sunday),
];
/// More than any period has, and few enough to be counted.
const PLACE_MAX: u32 = 999;

/// When a schedule comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    pattern: Pattern,
    at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    Day,
    Workday,
    Week(Weekday),
    Within(Period, Place),
    /// A date of every year.
    Date {
        month: i8,
        day: i8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Month,
    Quarter,
    HalfYear,
    Year,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Day(u32),
    Workday(u32),
    LastDay,
    LastWorkday,
}

/// Words that are no time a schedule could come at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEvery {
    /// Where, in bytes from the start.
    pub offset: usize,
    /// What stands there; nothing at the end.
    pub found: String,
    /// What could.
    pub expected: Title,
}

/// The words of a text with their places.
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Words<'t> {
    fn next(&mut self) -> (usize, &'t str) {
        let rest = &self.text[self.at..];
        let start = self.at + rest.len() - rest.trim_start().len();
        let word = self.text[start..].split_whitespace().next().unwrap_or("");
        self.at = start + word.len();
        (start, word)
    }

    /// The next word, as what is expected there.
    fn expect<T>(&mut self, expected: (&str, &str), read: impl FnOnce(&'t str) -> Option<T>) -> Result<T, BadEvery> {
        let (offset, word) = self.next();
        let bad = || BadEvery { offset, found: word.to_owned(), expected: Title::new(expected.0, expected.1) };
        read(word).ok_or_else(bad)
    }

    fn word(&mut self, wanted: &str) -> Result<(), BadEvery> {
        let quoted = format!("{wanted:?}");
        self.expect((&format!("“{wanted}”"), &quoted), |word| (word == wanted).then_some(()))
    }
}

impl FromStr for Every {
    type Err = BadEvery;

    fn from_str(text: &str) -> Result<Every, BadEvery> {
        let mut words = Words { text, at: 0 };
        let pattern = parse_pattern(&mut words)?;
        words.word("at")?;
        let at = words.expect(("钟点，如 09:00", "a time such as 09:00"), parse_time)?;
        words.expect(("到此为止", "nothing more"), |word| word.is_empty().then_some(()))?;
        Ok(Every { pattern, at })
    }
}

fn parse_pattern(words: &mut Words<'_>) -> Result<Pattern, BadEvery> {
    const PATTERNS: (&str, &str) = (
        "day、workday、week、month、quarter、half-year 或 year",
        "day, workday, week, month, quarter, half-year or year",
    );
    let period = words.expect(PATTERNS, |word| match word {
        "day" => Some(Err(Pattern::Day)),
        "workday" => Some(Err(Pattern::Workday)),
        "week" => Some(Ok(None)),
        "month" => Some(Ok(Some(Period::Month))),
        "quarter" => Some(Ok(Some(Period::Quarter))),
        "half-year" => Some(Ok(Some(Period::HalfYear))),
        "year" => Some(Ok(Some(Period::Year))),
        _ => None,
    })?;
    let period = match period {
        Err(pattern) => return Ok(pattern),
        Ok(period) => period,
    };
    words.word("on")?;
    let Some(period) = period else {
        let day = |word: &str| WEEKDAYS.iter().find(|(name, ..)| *name == word).map(|(.., day)| *day);
        return Ok(Pattern::Week(words.expect(("monday 到 sunday 之一", "one of monday to sunday"), day)?));
    };
    let (zh, en) = match period {
        Period::Year => {
            ("day N、workday N、last 或月-日，如 03-15", "day N, workday N, last, or month-day such as 03-15")
        }
        _ => ("day N、workday N 或 last", "day N, workday N or last"),
    };
    let place = words.expect((zh, en), |word| match word {
        "day" | "workday" | "last" => Some(Err(word)),
        other => (period == Period::Year).then(|| parse_date(other).map(Ok))?,
    })?;
    let number = |words: &mut Words<'_>| {
        let expected = ("从 1 起的整数", "a whole number from 1");
        words.expect(expected, |word| word.parse().ok().filter(|n| (1..=PLACE_MAX).contains(n)))
    };
    let place = match place {
        Ok((month, day)) => return Ok(Pattern::Date { month, day }),
        Err("day") => Place::Day(number(words)?),
        Err("workday") => Place::Workday(number(words)?),
        Err(_) => words.expect(("day 或 workday", "day or workday"), |word| match word {
            "day" => Some(Place::LastDay),
            "workday" => Some(Place::LastWorkday),
            _ => None,
        })?,
    };
    Ok(Pattern::Within(period, place))
}

/// A month and a day that some month has; whether that one does is another question.
fn parse_date(word: &str) -> Option<(i8, i8)> {
    let (month, day) = two_digits(word, '-')?;
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((month, day))
}

fn parse_time(word: &str) -> Option<Time> {
    let (hour, minute) = two_digits(word, ':')?;
    Time::new(hour, minute, 0, 0).ok()
}

fn two_digits(word: &str, between: char) -> Option<(i8, i8)> {
    let (first, second) = word.split_once(between)?;
    let number = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { text.parse().ok() } else { None }
    };
    Some((number(first)?, number(second)?))
}

impl Every {
    /// When it comes next.
    pub(super) fn next(&self, Since { began, last }: Since, calendar: &Calendar) -> Option<Due> {
        let day = calendar.zone().to_datetime(last.unwrap_or(began)).date();
        let mut start = self.pattern.start(day)?;
        if last.is_some() {
            start = self.pattern.end(start)?;
        }
        while start.year() <= CALENDAR_YEAR_MAX {
            let found = self.pattern.day_in(start, calendar).and_then(|day| calendar.moment(day, self.at));
            if let Some(due) = found.filter(|due| began < due.at && last.is_none_or(|last| last < due.at)) {
                return Some(due);
            }
            start = self.pattern.end(start)?;
        }
        None
    }

    /// Whether it ever comes, in any year that a calendar may cover.
    pub fn comes(&self, calendar: &Calendar) -> bool {
        let began = calendar.zone().to_timestamp(date(CALENDAR_YEAR_MIN, 1, 1).at(0, 0, 0, 0));
        began.is_ok_and(|began| self.next(Since { began, last: None }, calendar).is_some())
    }

    /// For people.
    pub fn words(&self) -> Title {
        let at = self.at.strftime("%H:%M");
        let en = self.to_string();
        let zh = match self.pattern {
            Pattern::Day => "每天".to_owned(),
            Pattern::Workday => "每个工作日".to_owned(),
            Pattern::Week(day) => {
                let name = WEEKDAYS.iter().find(|(.., known)| *known == day).map_or("", |(_, zh, _)| zh);
                format!("每周{name}")
            }
            Pattern::Date { month, day } => format!("每年 {month} 月 {day} 日"),
            Pattern::Within(period, place) => {
                let period = match period {
                    Period::Month => "每月",
                    Period::Quarter => "每季度",
                    Period::HalfYear => "每半年",
                    Period::Year => "每年",
                };
                match place {
                    Place::Day(n) if period == "每月" => format!("每月 {n} 日"),
                    Place::Day(n) => format!("{period}第 {n} 天"),
                    Place::Workday(n) => format!("{period}第 {n} 个工作日"),
                    Place::LastDay => format!("{period}最后一天"),
                    Place::LastWorkday => format!("{period}最后一个工作日"),
                }
            }
        };
        Title::new(format!("{zh} {at}"), format!("every {en}"))
    }
}

impl Pattern {
    /// First day of the period a day lies in.
    fn start(self, day: Date) -> Option<Date> {
        let months = match self {
            Pattern::Day | Pattern::Workday => return Some(day),
            Pattern::Week(_) => return day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok(),
            Pattern::Within(period, _) => period.months(),
            Pattern::Date { .. } => Period::Year.months(),
        };
        Some(date(day.year(), (day.month() - 1) / months * months + 1, 1))
    }

    /// The day after the period that begins on a day.
    fn end(self, start: Date) -> Option<Date> {
        let span = match self {
            Pattern::Day | Pattern::Workday => 1.day(),
            Pattern::Week(_) => 7.days(),
            Pattern::Within(period, _) => i64::from(period.months()).months(),
            Pattern::Date { .. } => 1.year(),
        };
        start.checked_add(span).ok()
    }

    /// The day it means in the period that begins on a day, if there is one.
    fn day_in(self, start: Date, calendar: &Calendar) -> Option<Found> {
        let end = self.end(start)?;
        let plain = |date: Option<Date>| Some(Found { date: date?, is_provisional: false });
        let after = |days: u32| start.checked_add(i64::from(days).days()).ok();
        let found = match self {
            Pattern::Day => plain(Some(start)),
            Pattern::Workday => calendar.workday_from(start, 1),
            Pattern::Week(day) => plain(after(u32::from(day.to_monday_zero_offset().unsigned_abs()))),
            Pattern::Date { month, day } => plain(Date::new(start.year(), month, day).ok()),
            Pattern::Within(_, Place::Day(n)) => plain(after(n - 1)),
            Pattern::Within(_, Place::LastDay) => plain(end.yesterday().ok()),
            Pattern::Within(_, Place::Workday(n)) => calendar.workday_from(start, n),
            Pattern::Within(_, Place::LastWorkday) => calendar.workday_before(end),
        };
        found.filter(|found| (start..end).contains(&found.date))
    }
}

impl Period {
    fn months(self) -> i8 {
        match self {
            Period::Month => 1,
            Period::Quarter => 3,
            Period::HalfYear => 6,
            Period::Year => 12,
        }
    }
}

/// As it is written in a config.
impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pattern {
            Pattern::Day => f.write_str("day")?,
            Pattern::Workday => f.write_str("workday")?,
            Pattern::Week(day) => {
                let name = WEEKDAYS.iter().find(|(.., known)| *known == day).map_or("", |(name, ..)| name);
                write!(f, "week on {name}")?;
            }
            Pattern::Date { month, day } => write!(f, "year on {month:02}-{day:02}")?,
            Pattern::Within(period, place) => {
                f.write_str(match period {
                    Period::Month => "month on ",
                    Period::Quarter => "quarter on ",
                    Period::HalfYear => "half-year on ",
                    Period::Year => "year on ",
                })?;
                match place {
                    Place::Day(n) => write!(f, "day {n}")?,
                    Place::Workday(n) => write!(f, "workday {n}")?,
                    Place::LastDay => f.write_str("last day")?,
                    Place::LastWorkday => f.write_str("last workday")?,
                }
            }
        }
        write!(f, " at {}", self.at.strftime("%H:%M"))
    }
}
