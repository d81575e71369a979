//! Working hours of a day.
//!
//! Pure. Knows no dates and no zone: times of day go in and come out as milliseconds since the
//! wall clock showed 00:00.
//!
//! Always holds: spans follow one another without overlap, none is empty, and there is at least one.

use std::ops::Range;
use std::str::FromStr;

use plugin_api::Title;
use thiserror::Error;

use crate::limits::DAY_SPANS_MAX;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

/// From one time of day to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from_ms: i64,
    to_ms: i64,
}

/// Why a text is no span of working hours, or does not follow those before. Each is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadSpan {
    /// Not `08:30-12:00`.
    #[error("are not from one time to another")]
    Unreadable,
    /// `12:00-12:00`.
    #[error("are empty")]
    Empty,
    /// `12:00-08:30`.
    #[error("end before they begin")]
    Reversed,
    /// It overlaps the one before, or lies before it.
    #[error("begin before those above end")]
    Overlap,
    /// More spans than a day may have.
    #[error("are more than {DAY_SPANS_MAX} spans a day")]
    TooMany,
}

impl BadSpan {
    /// What is wrong, in both languages; the hours stand before it.
    pub fn words(&self) -> Title {
        let zh = match self {
            BadSpan::Unreadable => "不是从几点到几点".to_owned(),
            BadSpan::Empty => "没有长度".to_owned(),
            BadSpan::Reversed => "结束早于开始".to_owned(),
            BadSpan::Overlap => "在前面的还没结束时就开始了".to_owned(),
            BadSpan::TooMany => format!("超过一天 {DAY_SPANS_MAX} 段"),
        };
        Title::new(zh, self.to_string())
    }
}

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Span, BadSpan> {
        let (from, to) = text.split_once(['-', '–', '—']).ok_or(BadSpan::Unreadable)?;
        let from = parse_minute(from).filter(|from| *from < DAY_MINUTES).ok_or(BadSpan::Unreadable)?;
        let to = parse_minute(to).ok_or(BadSpan::Unreadable)?;
        match from.cmp(&to) {
            std::cmp::Ordering::Less => Ok(Span { from_ms: from * MINUTE_MS, to_ms: to * MINUTE_MS }),
            std::cmp::Ordering::Equal => Err(BadSpan::Empty),
            std::cmp::Ordering::Greater => Err(BadSpan::Reversed),
        }
    }
}

/// Minutes since 00:00 of `8:30` or `08:30`; a day ends at `24:00`.
fn parse_minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once([':', '：'])?;
    let is_number =
        |part: &str, digits: Range<usize>| digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(hour, 1..3) || !is_number(minute, 2..3) {
        return None;
    }
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

/// Spans of working hours under construction.
#[derive(Clone, Debug, Default)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// Adds the next span of the day. What is refused is not added.
    ///
    /// # Errors
    /// It does not follow those before.
    pub fn add(&mut self, span: Span) -> Result<(), BadSpan> {
        if DAY_SPANS_MAX <= self.0.len() {
            return Err(BadSpan::TooMany);
        }
        if self.0.last().is_some_and(|before| span.from_ms < before.to_ms) {
            return Err(BadSpan::Overlap);
        }
        self.0.push(span);
        Ok(())
    }

    /// The hours, if there are any.
    pub fn finish(self) -> Option<Hours> {
        let end_ms = self.0.last()?.to_ms;
        let day_ms = self.0.iter().map(|span| span.to_ms - span.from_ms).sum();
        Some(Hours { spans: self.0, day_ms, end_ms })
    }
}

/// Working hours, the same on every workday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    spans: Vec<Span>,
    day_ms: i64,
    end_ms: i64,
}

impl Hours {
    /// 08:30–12:00 and 14:30–17:30.
    pub fn usual() -> Hours {
        let spans = [(510, 720), (870, 1050)]
            .map(|(from, to)| Span { from_ms: from * MINUTE_MS, to_ms: to * MINUTE_MS })
            .to_vec();
        Spans(spans).finish().expect("there are two spans")
    }

    /// Working time of a whole day.
    pub(super) fn day_ms(&self) -> i64 {
        self.day_ms
    }

    /// When the working time of a day begins.
    pub(super) fn start_ms(&self) -> i64 {
        self.spans.first().map_or(0, |span| span.from_ms)
    }

    /// When the working time of a day ends.
    pub(super) fn end_ms(&self) -> i64 {
        self.end_ms
    }

    /// Working time of a day until a time of it.
    pub(super) fn worked_ms(&self, time_ms: i64) -> i64 {
        self.spans.iter().map(|span| (time_ms.min(span.to_ms) - span.from_ms).max(0)).sum()
    }

    /// The first time of a day by which so much of its working time has passed, 1 to a whole day's.
    pub(super) fn time_ms(&self, worked_ms: i64) -> i64 {
        let mut left_ms = worked_ms;
        for span in &self.spans {
            let span_ms = span.to_ms - span.from_ms;
            if left_ms <= span_ms {
                return span.from_ms + left_ms;
            }
            left_ms -= span_ms;
        }
        self.end_ms
    }
}
