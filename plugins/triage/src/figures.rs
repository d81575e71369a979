//! What can be looked at: why a matter was sorted so, what waits for a person, how many there are.
//!
//! A view has no note to read, so the candidates it shows are those of the rules as they now are;
//! what was decided, and why, is read from the matter's events.

use jiff::{SignedDuration, Timestamp};
use plugin_api::view::Series;
use plugin_api::{
    Cell, Chart, ChartKind, Column, CountBy, Event, Fact, Fault, Host, LabelValue, Labels, MatterFilter, MatterId,
    Status, Table, Title, View, ViewRequest,
};
use serde::Deserialize;

use crate::{Triage, verdict};

const DAYS: i64 = 90;
const CANDIDATES: usize = 3;

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
    for (number, hit) in (1..).zip(desk.find(&matter).iter().take(CANDIDATES)) {
        let title = desk.categories.title(hit.category);
        let words = format!("{}，{} 分（{}）", title.zh, hit.score, verdict::reason(hit));
        facts.push(fact(
            &format!("现行规则第{number}候选"),
            &format!("Candidate {number} of the rules"),
            Cell::Text(words),
        ));
    }
    if facts.is_empty() {
        facts.push(fact("定级", "Sorted", Cell::Title(Title::new("没有关键词规则匹配", "No rule fits"))));
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
    let rows = host.matters(&filter)?.into_iter().map(|matter| {
        let hits = desk.find(&matter);
        let candidate = hits.first().map_or(Cell::Empty, |hit| Cell::Title(desk.categories.title(hit.category)));
        let confidence = hits.first().map_or(Cell::Empty, |_| Cell::Number(verdict::confidence(&hits).into()));
        vec![
            Cell::Matter(matter.number),
            Cell::Text(matter.title),
            Cell::Place(matter.place),
            Cell::Moment(matter.opened),
            candidate,
            confidence,
        ]
    });
    Ok(View::Table(Table {
        title: Title::new("待人工定级", "To be sorted by a person"),
        columns: vec![
            Column::new("number", "编号", "Number"),
            Column::new("title", "题目", "Title"),
            Column::new("place", "区域", "Place"),
            Column::new("opened", "受理时间", "Received"),
            Column::new("candidate", "候选类别", "Candidate"),
            Column::new("confidence", "把握%", "Confidence %"),
        ],
        rows: rows.collect(),
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
