//! Notices as people see them: to whom, through which outlet, how they stand. Reads nobody's contact.

use plugin_api::{MatterId, PersonId, Title};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::Ended;
use super::screen::{Screen, draw_table};
use crate::config::Config;
use crate::engine::input::{Ask, Input, instant};
use crate::engine::{Engine, NO_TICKET};
use crate::lang::{Lang, local};
use crate::store::Reader;
use crate::store::outbox::{Faring, NoticeRow, Stand};
use crate::words::Words;

/// What an operator calls a notice by, beside the numbers of steps.
pub(super) const LETTER: char = 'n';

/// A notice of a matter.
#[derive(Debug, Serialize)]
pub(super) struct ShownNotice {
    id: String,
    at: jiff::Timestamp,
    desk: String,
    template: String,
    person: String,
    outlet: String,
    title: String,
    state: &'static str,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

/// The notices about a matter.
pub(super) fn of_matter(reader: Reader<'_>, id: MatterId) -> Result<Vec<ShownNotice>, Ended> {
    let rows = reader.notices_of(id)?;
    Ok(rows.into_iter().map(|(row, faring)| shown(&row, faring)).collect())
}

fn shown(row: &NoticeRow, faring: Faring) -> ShownNotice {
    ShownNotice {
        id: format!("{LETTER}{}", row.id),
        at: instant(row.at_ms),
        desk: row.desk.to_string(),
        template: row.template.to_string(),
        person: row.person.to_string(),
        outlet: row.outlet.to_string(),
        title: row.title.to_string(),
        state: faring.stand.as_str(),
        attempts: faring.attempts,
        due: due(&faring),
        error: faring.error,
        receipt: faring.receipt,
    }
}

fn due(faring: &Faring) -> Option<jiff::Timestamp> {
    (faring.stand == Stand::Waiting && faring.due_ms != 0).then(|| instant(faring.due_ms))
}

/// A table of them; nothing where there are none.
pub(super) fn draw(screen: Screen, words: Words<'_>, all: &[ShownNotice]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let rows = all.iter().map(|notice| {
        let why = notice.receipt.clone().unwrap_or_else(|| notice.error.clone());
        vec![
            notice.id.clone(),
            local(notice.at, &words.config.zone),
            notice.title.clone(),
            screen.pick(&person(words.config, &notice.person)).to_owned(),
            notice.outlet.clone(),
            screen.pick(&stand(notice.state)).to_owned(),
            notice.attempts.to_string(),
            why,
        ]
    });
    let heads = match screen.lang {
        Lang::Zh => ["编号", "时间", "消息", "给谁", "渠道", "状态", ">次数", "回执或原因"],
        Lang::En => ["Id", "Time", "Notice", "To", "Outlet", "State", ">Tries", "Receipt or why"],
    };
    format!("\n\n{}", draw_table(&heads, &rows.collect::<Vec<_>>()))
}

/// Who that is: staff by name; a resident by the number the host gave, never by how they are reached.
fn person(config: &Config, id: &str) -> Title {
    match config.directory.person(&PersonId::from(id)) {
        Some(person) => Title::new(&person.name, &person.name),
        None => Title::new(format!("居民 {id}"), format!("resident {id}")),
    }
}

fn stand(state: &str) -> Title {
    match state {
        "waiting" => Title::new("待送", "waiting"),
        "leaving" => Title::new("正在送", "leaving"),
        "delivered" => Title::new("已送出", "delivered"),
        "parked" => Title::new("已停，等人工重试", "parked"),
        "held" => Title::new("演练，不外送", "held: an exercise"),
        "unreachable" => Title::new("没有联系方式", "no address"),
        other => Title::new(other, other),
    }
}

/// The notices that wait for another try or for an operator, as `parked` lists them.
pub(super) fn troubled(reader: Reader<'_>) -> Result<Vec<(NoticeRow, Faring)>, Ended> {
    Ok(reader.troubled_notices()?)
}

/// Has all that an outlet has parked delivered once more; how many that is.
pub(super) fn resend_parked(engine: &mut Engine, outlet: &str) -> Result<u64, Ended> {
    let parked = engine.store().reader().troubled_notices()?.into_iter();
    let parked = parked.filter(|(row, faring)| &*row.outlet == outlet && faring.stand == Stand::Parked);
    let mut again = 0;
    for (row, _) in parked.collect::<Vec<_>>() {
        engine.take(Input { ask: Ask::Resend { notice: row.id }, by: None, key: None }, NO_TICKET);
        again += 1;
        if engine.is_full() {
            engine.commit();
        }
    }
    engine.commit();
    match engine.trouble() {
        Some(words) => Err(Ended::wanting(words.clone())),
        None => Ok(again),
    }
}

/// One of them as JSON.
pub(super) fn troubled_json(row: &NoticeRow, faring: &Faring) -> Value {
    json!({
        "id": format!("{LETTER}{}", row.id), "desk": &*row.desk, "name": format!("notice.{}", row.template),
        "matter": row.matter, "input": row.input, "attempts": faring.attempts, "error": faring.error,
        "parked": faring.stand == Stand::Parked, "due": due(faring), "outlet": &*row.outlet, "person": &*row.person,
    })
}

/// One of them as a row of the table.
pub(super) fn troubled_cells(
    screen: Screen,
    words: Words<'_>,
    reader: Reader<'_>,
    (row, faring): &(NoticeRow, Faring),
) -> Vec<String> {
    let due = due(faring).map(|due| local(due, &words.config.zone));
    let matter = row.matter.map(MatterId).and_then(|id| crate::engine::look::read_head(reader, id).ok()?);
    let to = screen.pick(&person(words.config, &row.person)).to_owned();
    let step = match screen.lang {
        Lang::Zh => format!("消息经 {} 给{to}", row.outlet),
        Lang::En => format!("notice to {to} through {}", row.outlet),
    };
    vec![
        format!("{LETTER}{}", row.id),
        screen.pick(&words.desk(&row.desk)).to_owned(),
        step,
        matter.map_or_else(String::new, |head| head.number.to_string()),
        faring.attempts.to_string(),
        due.unwrap_or_else(|| screen.pick(&stand(faring.stand.as_str())).to_owned()),
        faring.error.clone(),
    ]
}
