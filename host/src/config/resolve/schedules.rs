//! Schedules: when they come, to which desk, and whether it takes what they bring.

use plugin_api::field::parse_form;
use plugin_api::manifest::{Manifest, Take};
use serde_json::{Map, Value};

use super::super::problem::{Remarks, named, quoted};
use super::super::raw::Raw;
use super::super::raw::schedules::RawSchedule;
use super::super::source::Located;
use super::form::field_value;
use super::look::Look;
use super::vocabulary::Vocabulary;
use crate::calendar::Calendar;
use crate::limits::SCHEDULES_MAX;
use crate::schedule::{BadEvery, Every, Schedule};

/// Everything that can be resolved; the rest is remarked.
pub(super) fn resolve(
    raw: &Raw,
    vocabulary: &Vocabulary<'_>,
    (look, calendar): (&Look<'_>, &Calendar),
    remarks: &mut Remarks,
) -> Vec<Schedule> {
    if let Some(id) = raw.schedules.get(SCHEDULES_MAX).and_then(|schedule| schedule.id.as_ref()) {
        remarks.error(
            id.spot,
            format!("定时规则超过 {SCHEDULES_MAX} 条"),
            format!("more than {SCHEDULES_MAX} schedules"),
        );
    }
    let one = |schedule: &RawSchedule| {
        let every = schedule.every.as_ref().and_then(|every| parse_every(every, calendar, remarks));
        let to = schedule.to.as_ref().and_then(|to| vocabulary.desk(to, remarks));
        let (emit, to) = (schedule.emit.as_ref()?, to?);
        let manifest = vocabulary.manifest(to)?;
        let take = find_take(emit, vocabulary.name(to), manifest, remarks)?;
        let data = parse_data(schedule, emit, take, look, remarks)?;
        Some(Schedule { id: schedule.id.as_ref()?.value.clone(), every: every?, emit: emit.value.clone(), to, data })
    };
    raw.schedules.iter().filter_map(one).collect()
}

fn parse_every(text: &Located<String>, calendar: &Calendar, remarks: &mut Remarks) -> Option<Every> {
    let every: Every = match text.value.parse() {
        Ok(every) => every,
        Err(BadEvery { offset, found, expected }) => {
            // The quotation mark comes first.
            let spot = text.spot.further(offset + 1);
            let (zh, en) = if found.is_empty() {
                ("到这里就没有了".to_owned(), "ends here".to_owned())
            } else {
                (format!("这里是{}", named(&found)), format!("has {}", quoted(&found)))
            };
            remarks
                .error(
                    spot,
                    format!("every {}{zh}，应是{}", named(&text.value), expected.zh),
                    format!("every {} {en} where it needs {}", quoted(&text.value), expected.en),
                )
                .hint("写成如 \"month on workday 5 at 09:00\"", "write for example \"month on workday 5 at 09:00\"");
            return None;
        }
    };
    if !every.comes(calendar) {
        remarks
            .warning(
                text.spot,
                format!("every {}：日历里没有这一天，永远不会到", named(&text.value)),
                format!("every {} never comes: no calendar has such a day", quoted(&text.value)),
            )
            .hint("月末写 last day 或 last workday", "for the end of a month write `last day` or `last workday`");
    }
    Some(every)
}

fn find_take<'m>(
    emit: &Located<String>,
    desk: &str,
    manifest: &'m Manifest,
    remarks: &mut Remarks,
) -> Option<&'m Take> {
    let on_desk = || manifest.take.iter().filter(|take| take.is_on_desk()).map(|take| take.topic.as_str());
    match manifest.take(&emit.value) {
        Some(take) if take.is_on_desk() => return Some(take),
        Some(_) => {
            let topic = &emit.value;
            remarks
                .error(
                    emit.spot,
                    format!("业务台“{desk}”的“{topic}”是关于事项的，定时规则不关于任何事项"),
                    format!("desk {desk:?} takes {topic:?} about a matter, and a schedule is about none"),
                )
                .suggest("", on_desk());
        }
        None => {
            remarks
                .error(
                    emit.spot,
                    format!("业务台“{desk}”不接收{}", named(&emit.value)),
                    format!("desk {desk:?} does not take {}", quoted(&emit.value)),
                )
                .suggest(&emit.value, on_desk());
        }
    }
    None
}

fn parse_data(
    schedule: &RawSchedule,
    emit: &Located<String>,
    take: &Take,
    look: &Look<'_>,
    remarks: &mut Remarks,
) -> Option<Map<String, Value>> {
    let (spot, entries) = &schedule.data;
    let mut given = Map::new();
    let mut is_whole = true;
    for (name, item) in entries {
        let Some(field) = take.data.get(&name.value) else {
            remarks
                .error(
                    name.spot,
                    format!("“{}”没有{}这一项", take.topic, named(&name.value)),
                    format!("{:?} has no field {}", take.topic, quoted(&name.value)),
                )
                .suggest(&name.value, take.data.iter().map(|(name, _)| name));
            is_whole = false;
            continue;
        };
        is_whole &= field_value(name, item, field, look, remarks).is_some();
        given.insert(name.value.clone(), item.value.json());
    }
    if !is_whole {
        return None;
    }
    match parse_form(&take.data, &given, look) {
        Ok(data) => Some(data),
        Err(objections) => {
            for objection in objections {
                let (zh, en) = (objection.text.zh, objection.text.en);
                let field = objection.field.unwrap_or_default();
                remarks.error(
                    spot.unwrap_or(emit.spot),
                    format!("data 的“{field}”一项：{zh}"),
                    format!("field {field:?} of `data` {en}"),
                );
            }
            None
        }
    }
}
