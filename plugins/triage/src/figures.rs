//! What can be looked at: why a matter was sorted so, what waits for a person, how many there are.
//!
//! Shows what was decided, not what today's rules would decide: the desk's note says what the rules
//! found, the matter's events what came of it.

use jiff::{SignedDuration, Timestamp};
use plugin_api::view::Series;
use plugin_api::{
    Cell, Chart, ChartKind, Column, CountBy, Event, Fact, Fault, Host, LabelValue, Labels, MatterFilter, MatterId,
    Status, Table, Title, View, ViewRequest,
};
use serde::Deserialize;

use crate::verdict::Candidate;
use crate::{Note, Triage};

const DAYS: i64 = 90;

/// The facts on a matter's page.
pub(crate) fn why(desk: &Triage, id: MatterId, host: &dyn Host) -> Result<View, Fault> {
    let matter = host.matter(id)?.ok_or_else(|| Fault::refused("没有这一事项", "there is no such matter"))?;
    let mut facts = Vec::new();
    if let Some(code) = matter.label("category") {
        facts.push(fact("类别", "Category", Cell::Title(desk.categories.title(code))));
    }
    for event in events(id, host)? {
        facts.extend(event_facts(&event));
    }
    let note = note(id, host)?;
    if let Some(why) = note.why {
        facts.push(fact("人工定级原因", "Sorted by a person because", Cell::Text(why)));
    }
    for (number, candidate) in (1..).zip(&note.candidates) {
        let value = Cell::Title(candidate_title(desk, candidate));
        facts.push(fact(&format!("第{number}候选"), &format!("Candidate {number}"), value));
    }
    if facts.is_empty() {
        facts.push(fact("定级", "Sorted", Cell::Title(Title::new("尚未定级", "Not yet"))));
    }
    Ok(View::Facts(facts))
}

/// What lies here and waits for a person.
pub(crate) fn unsure(desk: &Triage, host: &dyn Host) -> Result<View, Fault> {
    let filter = MatterFilter {
        desk: Some("self".into()),
        stage: Some("to-sort".into()),
        status: Some(Status::Open),
        ..MatterFilter::default()
    };
    let mut rows = Vec::new();
    for matter in host.matters(&filter)? {
        let note = note(matter.id, host)?;
        let candidate = note.candidates.first().map(|candidate| desk.categories.title(&candidate.category));
        rows.push(vec![
            Cell::Matter(matter.number),
            Cell::Text(matter.title),
            Cell::Place(matter.place),
            Cell::Moment(matter.opened),
            candidate.map_or(Cell::Empty, Cell::Title),
            note.confidence.map_or(Cell::Empty, |confidence| Cell::Number(confidence.into())),
            note.why.map_or(Cell::Empty, Cell::Text),
        ]);
    }
    Ok(View::Table(Table {
        title: Title::new("待人工定级", "To be sorted by a person"),
        columns: vec![
            Column::new("number", "编号", "Number"),
            Column::new("title", "题目", "Title"),
            Column::new("place", "区域", "Place"),
            Column::new("opened", "受理时间", "Received"),
            Column::new("candidate", "候选类别", "Candidate"),
            Column::new("confidence", "把握%", "Confidence %"),
            Column::new("why", "原因", "Why"),
        ],
        rows,
    }))
}

/// How many matters each category has, whatever desk they lie on.
pub(crate) fn categories(desk: &Triage, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
    let days = request.params.get("days").and_then(serde_json::Value::as_i64).unwrap_or(DAYS);
    let opened_from = request.now.checked_sub(SignedDuration::from_hours(days.saturating_mul(24)));
    let filter = MatterFilter { opened_from: Some(opened_from.unwrap_or(Timestamp::MIN)), ..MatterFilter::default() };
    let mut counts: Vec<(String, i64)> = Vec::new();
    for count in host.count(&filter, &CountBy::Label("category".into()))? {
        counts.push((count.key, i64::try_from(count.count).unwrap_or(i64::MAX)));
    }
    counts.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    let title = |code: &str| match code {
        "" => Title::new("未定类", "Not sorted"),
        code => desk.categories.title(code),
    };
    let row = |(code, count): &(String, i64)| {
        let size = desk.categories.size(code).map_or(Cell::Empty, |size| Cell::Title(size.title()));
        let labels = Labels::from([("category".to_owned(), LabelValue::Text(code.clone()))]);
        let number = match code.as_str() {
            "" => Cell::Number(*count),
            _ => Cell::Matters(*count, Box::new(MatterFilter { labels, ..filter.clone() })),
        };
        vec![Cell::Title(title(code)), size, number]
    };
    let chart = Chart {
        title: Title::new(format!("近{days}天类别分布"), format!("Categories of the last {days} days")),
        kind: ChartKind::Bar,
        categories: counts.iter().map(|(code, _)| title(code)).collect(),
        series: vec![Series {
            title: Title::new("件数", "Requests"),
            values: counts.iter().map(|(_, count)| *count).collect(),
        }],
    };
    let table = Table {
        title: Title::new("类别与定级", "Categories and sizes"),
        columns: vec![
            Column::new("category", "类别", "Category"),
            Column::new("size", "定级", "Size"),
            Column::new("requests", "件数", "Requests"),
        ],
        rows: counts.iter().map(row).collect(),
    };
    Ok(View::Several(vec![View::Chart(chart), View::Table(table)]))
}

/// What the desk noted on a matter; nothing if it has not seen it.
fn note(id: MatterId, host: &dyn Host) -> Result<Note, Fault> {
    let note = host.note(id)?.map(serde_json::from_value).transpose();
    note.map(Option::unwrap_or_default).map_err(|error| Fault::failed(format!("the note on matter {id}: {error}")))
}

fn candidate_title(desk: &Triage, candidate: &Candidate) -> Title {
    let Candidate { rule, category, score } = candidate;
    let title = desk.categories.title(category);
    Title::new(format!("{}，{score} 分（规则 {rule}）", title.zh), format!("{}, score {score} (rule {rule})", title.en))
}

/// All that was said on a matter, page by page.
fn events(id: MatterId, host: &dyn Host) -> Result<Vec<Event>, Fault> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let page = host.events(id, events.last().map_or(0, |event| event.seq))?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// Data of the events that tell about sorting; erased or strange data has none of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    why: String,
    confidence: Option<i64>,
    reason: String,
}

fn event_facts(event: &Event) -> Vec<Fact> {
    let told: Told = event.data.as_ref().and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default();
    match event.topic.as_str() {
        "sorted" => vec![
            fact("定级时间", "Sorted at", Cell::Moment(event.at)),
            fact("定级依据", "Why", Cell::Text(told.why)),
            fact("把握", "Confidence", told.confidence.map_or(Cell::Empty, |num| Cell::Ratio { num, den: 100 })),
        ],
        "sort-wanted" => vec![fact("退回原因", "Sent back because", Cell::Text(told.reason))],
        _ => Vec::new(),
    }
}

fn fact(zh: &str, en: &str, value: Cell) -> Fact {
    Fact { title: Title::new(zh, en), value }
}
