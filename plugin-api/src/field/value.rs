//! One value: from text, a cell or JSON to the canonical form, or a sentence that says what to mend.
//!
//! Pure. Knows nothing of forms; what a field requires is asked there.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::visible::visible;
use super::{Choice, Field, FieldKind, Lookup, NotFound};
use crate::budget::not_a_budget;
use crate::{Budget, Title};

const TEXT_CHARS_MAX: i64 = 200;
const LONG_TEXT_CHARS_MAX: i64 = 20_000;
const SHOWN_CHARS_MAX: usize = 40;

impl Field {
    pub(super) fn parse_one(&self, given: &Value, look: &dyn Lookup) -> Result<Value, Title> {
        let cleaned = given.as_str().map(visible);
        if let Some(Cow::Owned(text)) = cleaned {
            return self.parse_seen(&Value::String(text), look);
        }
        self.parse_seen(given, look)
    }

    fn parse_seen(&self, given: &Value, look: &dyn Lookup) -> Result<Value, Title> {
        match &self.kind {
            FieldKind::Text => self.parse_text(given, TEXT_CHARS_MAX),
            FieldKind::LongText => self.parse_text(given, LONG_TEXT_CHARS_MAX),
            FieldKind::Secret => self.parse_text(given, TEXT_CHARS_MAX),
            FieldKind::Record { .. } => self.parse_text(given, 256),
            FieldKind::Integer => self.parse_scaled(given, 0),
            FieldKind::Decimal { places } => self.parse_scaled(given, *places),
            FieldKind::Money | FieldKind::Area => self.parse_scaled(given, 2),
            FieldKind::Bool => parse_bool(given),
            FieldKind::Date => text_of(given)?
                .parse::<Date>()
                .map(|date| json!(date))
                .map_err(|_| said(given, "不是日期，请写成 2026-03-02", "is not a date; write 2026-03-02")),
            FieldKind::Time => text_of(given)?
                .parse::<Time>()
                .map(|time| json!(time.strftime("%H:%M").to_string()))
                .map_err(|_| said(given, "不是时间，请写成 08:30", "is not a time; write 08:30")),
            FieldKind::Moment => parse_moment(given, look.zone()),
            FieldKind::Period => parse_period(given),
            FieldKind::Duration => parse_duration(given),
            FieldKind::Budget => parse_budget(given),
            FieldKind::Choice(values) => parse_choice(values, given),
            FieldKind::Code { list } => look.code(list, text_of(given)?.trim()).map(Value::String).map_err(|why| {
                unfound(given, why, &format!("不在代码表“{list}”中"), &format!("is not in the list {list:?}"))
            }),
            FieldKind::Place { level } => parse_place(level.as_deref(), given, look),
            FieldKind::Point => parse_point(given),
            FieldKind::Person => look
                .person(text_of(given)?.trim())
                .map(Value::String)
                .map_err(|why| unfound(given, why, "不是名册中的人员", "is nobody in the directory")),
            FieldKind::Unit => look
                .unit(text_of(given)?.trim())
                .map(Value::String)
                .map_err(|why| unfound(given, why, "不是已登记的单位", "is not a unit of the district")),
            FieldKind::Role => look
                .role(text_of(given)?.trim())
                .map(Value::String)
                .map_err(|why| unfound(given, why, "不是本区的角色", "is not a role of the district")),
            FieldKind::Level => look
                .level(text_of(given)?.trim())
                .map(Value::String)
                .map_err(|why| unfound(given, why, "不是区域层级", "is not a level of places")),
            FieldKind::Contact => parse_contact(given),
            FieldKind::Matter => parse_matter(given, look),
            FieldKind::File { .. } => parse_file(given, look),
            FieldKind::Rows { .. } => Err(Title::new("不能是明细", "cannot hold rows")),
        }
    }

    fn parse_text(&self, given: &Value, chars_max: i64) -> Result<Value, Title> {
        let text = text_of(given)?;
        let text = text.trim();
        let chars = text.chars().count() as i64;
        let max = self.max.unwrap_or(chars_max);
        let min = self.min.unwrap_or(0);
        if max < chars {
            return Err(Title::new(
                format!("太长：{chars} 字，最多 {max} 字"),
                format!("is too long: {chars} characters, at most {max}"),
            ));
        }
        if chars < min {
            return Err(Title::new(format!("太短：至少 {min} 字"), format!("is too short: at least {min} characters")));
        }
        Ok(text.into())
    }

    fn parse_scaled(&self, given: &Value, places: u32) -> Result<Value, Title> {
        // A JSON number is canonical already; a text is as people write it.
        let number = match given {
            Value::Number(number) if places == 0 || number.is_i64() => number.as_i64(),
            Value::String(text) => parse_scaled_text(text.trim(), places),
            _ => None,
        };
        let number = number.ok_or_else(|| {
            if places == 0 {
                said(given, "不是整数", "is not a whole number")
            } else {
                said(
                    given,
                    &format!("不是数字（最多 {places} 位小数）"),
                    &format!("is not a number with at most {places} decimals"),
                )
            }
        })?;
        let (min, max) = (self.min.unwrap_or(i64::MIN), self.max.unwrap_or(i64::MAX));
        if number < min || max < number {
            return Err(said(given, &format!("超出范围 {min} 到 {max}"), &format!("is outside {min} to {max}")));
        }
        Ok(number.into())
    }
}

fn text_of(given: &Value) -> Result<String, Title> {
    match given {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(Title::new("应为文字", "must be text")),
    }
}

fn said(given: &Value, zh: &str, en: &str) -> Title {
    let found = match given {
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    };
    Title::new(format!("“{found}”{zh}"), format!("{found:?} {en}"))
}

/// A name that stands for no one thing: what was probably meant, or what could have been.
fn unfound(given: &Value, why: NotFound, zh: &str, en: &str) -> Title {
    match why {
        NotFound::Unknown => said(given, zh, en),
        NotFound::Near(near) => {
            said(given, &format!("{zh}；是不是“{near}”？"), &format!("{en}; did you mean {near:?}?"))
        }
        NotFound::OneOf(known) => {
            said(given, &format!("{zh}；有：{}", known.join("、")), &format!("{en}; there are {}", known.join(", ")))
        }
        NotFound::Several { count, ids } => {
            let more = if ids.len() < count { ["……", ", …"] } else { ["", ""] };
            said(
                given,
                &format!("有 {count} 个，请写明是哪一个：{}{}", ids.join("、"), more[0]),
                &format!("is ambiguous: {count} are called so; write one of {}{}", ids.join(", "), more[1]),
            )
        }
    }
}

/// At most 40 characters of something, so that an error does not repeat a novel. A number is not cut:
/// half of a telephone number would no longer be known as one, and not be hidden.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.truncate(short.trim_end_matches(|c: char| c.is_numeric() || matches!(c, ' ' | '-')).len());
        short.push('…');
    }
    short
}

fn parse_scaled_text(text: &str, places: u32) -> Option<i64> {
    let (digits, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    // A table's cell may say 188006.0 for a whole number.
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || (places as usize) < fraction.len() {
        return None;
    }
    let scaled = format!("{whole}{fraction:0<width$}", width = places as usize);
    let number: i64 = scaled.parse().ok()?;
    Some(if negative { -number } else { number })
}

fn parse_bool(given: &Value) -> Result<Value, Title> {
    match given {
        Value::Bool(yes) => return Ok((*yes).into()),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "是" | "有" => return Ok(true.into()),
            "false" | "no" | "n" | "0" | "否" | "无" => return Ok(false.into()),
            _ => {}
        },
        _ => {}
    }
    Err(said(given, "请填是或否", "must be yes or no"))
}

fn parse_moment(given: &Value, zone: &TimeZone) -> Result<Value, Title> {
    let text = text_of(given)?;
    let text = text.trim();
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.replacen('/', "-", 2);
        let local: DateTime = local.parse().ok()?;
        zone.to_ambiguous_timestamp(local).compatible().ok()
    });
    match instant {
        Some(instant) => Ok(json!(instant)),
        None => Err(said(given, "不是时间，请写成 2026-03-02 08:30", "is not a time; write 2026-03-02 08:30")),
    }
}

fn parse_period(given: &Value) -> Result<Value, Title> {
    let text = text_of(given)?;
    match format!("{}-01", text.trim()).parse::<Date>() {
        Ok(first) => Ok(json!(first.strftime("%Y-%m").to_string())),
        Err(_) => Err(said(given, "不是月份，请写成 2026-03", "is not a month; write 2026-03")),
    }
}

fn parse_duration(given: &Value) -> Result<Value, Title> {
    let minutes = match given {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => match text.parse() {
            Ok(Budget::Minutes(minutes)) => Some(minutes.into()),
            _ => None,
        },
        _ => None,
    };
    match minutes {
        Some(minutes) if (1..=i64::from(Budget::MINUTES_MAX)).contains(&minutes) => Ok(minutes.into()),
        _ => Err(said(given, "不是时长，请写成 90m、36h 或 2d", "is not a span of time; write 90m, 36h or 2d")),
    }
}

fn parse_budget(given: &Value) -> Result<Value, Title> {
    // The canonical form comes in again where a program fills in a form.
    let budget = match given {
        Value::Object(_) => match serde_json::from_value::<Budget>(given.clone()) {
            Ok(budget @ (Budget::Minutes(_) | Budget::Workminutes(_) | Budget::Workdays(_))) => {
                budget.check().map(|()| budget)
            }
            _ => Err(not_a_budget()),
        },
        // Minutes or days? A bare number does not say, and the objection does.
        other => text_of(other)?.parse(),
    };
    match budget {
        Ok(budget) => Ok(json!(budget)),
        Err(why) => Err(said(given, &why.zh, &why.en)),
    }
}

fn parse_choice(values: &[Choice], given: &Value) -> Result<Value, Title> {
    let text = text_of(given)?;
    let text = text.trim();
    let found = values.iter().find(|value| value.name == text || value.title.zh == text || value.title.en == text);
    found.map(|value| value.name.clone().into()).ok_or_else(|| {
        let titled = |value: &Choice| match &value.title.zh {
            same if *same == value.name => value.name.clone(),
            zh => format!("{}（{zh}）", value.name),
        };
        let zh: Vec<String> = values.iter().map(titled).collect();
        let en: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
        said(given, &format!("不可选；可选：{}", zh.join("、")), &format!("is not one of {}", en.join(", ")))
    })
}

fn parse_place(level: Option<&str>, given: &Value, look: &dyn Lookup) -> Result<Value, Title> {
    let (path, found) = look
        .place(text_of(given)?.trim())
        .map_err(|why| unfound(given, why, "不是本区的区域", "is not a place of the district"))?;
    match level {
        Some(level) if level != found => {
            Err(said(given, &format!("应为 {level} 一级，而它是 {found}"), &format!("is a {found}, not a {level}")))
        }
        _ => Ok(path.into()),
    }
}

fn parse_point(given: &Value) -> Result<Value, Title> {
    let pair = match given {
        Value::String(text) => text
            .split_once([',', '，'])
            .and_then(|(lon, lat)| Some((parse_scaled_text(lon.trim(), 6)?, parse_scaled_text(lat.trim(), 6)?))),
        Value::Object(point) => {
            point.get("lon_microdeg").and_then(Value::as_i64).zip(point.get("lat_microdeg").and_then(Value::as_i64))
        }
        _ => None,
    };
    match pair {
        Some((lon @ -180_000_000..=180_000_000, lat @ -90_000_000..=90_000_000)) => {
            Ok(json!({ "lon_microdeg": lon, "lat_microdeg": lat }))
        }
        _ => Err(said(given, "不是经纬度，请写成 117.05,30.52", "is not a point; write 117.05,30.52")),
    }
}

fn parse_contact(given: &Value) -> Result<Value, Title> {
    let text = text_of(given)?;
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '（' | '）')).collect();
    let digits = kept.strip_prefix('+').unwrap_or(&kept);
    let is_phone = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let is_mail =
        kept.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) && kept.len() <= 200;
    if is_phone || is_mail {
        Ok(kept.into())
    } else {
        // The value itself is personal and is not repeated.
        Err(Title::new("不是电话号码或邮箱", "is neither a phone number nor a mail address"))
    }
}

/// What was typed is not repeated: it may be a proof that is somebody's.
fn parse_file(given: &Value, look: &dyn Lookup) -> Result<Value, Title> {
    // The canonical form comes in again where what was accepted is looked at once more.
    let named = given.get("sha256").unwrap_or(given);
    look.file(text_of(named)?.trim()).map_err(|_| {
        Title::new(
            "不是您刚上传的文件，或已过期；请重新选择",
            "is not a file you have put up within the day; choose it again",
        )
    })
}

fn parse_matter(given: &Value, look: &dyn Lookup) -> Result<Value, Title> {
    if let Some(id) = given.as_u64() {
        return Ok(id.into());
    }
    look.matter(text_of(given)?.trim())
        .map(|id| id.0.into())
        .ok_or_else(|| said(given, "不是已有的事项编号", "is not the number of a matter"))
}
