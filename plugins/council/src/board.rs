//! What the council shows: its board and how matters ended.
//!
//! Reads only. What it gets is cut to the person who looks.

use jiff::{Timestamp, ToSpan};
use plugin_api::view::Series;
use plugin_api::{
    Cell, Chart, ChartKind, Column, CountBy, Fault, Host, LabelValue, Matter, MatterFilter, Status, Table, Tile, Title,
    View,
};

const ROWS_MAX: u32 = 50;
const OUTCOME_DAYS: i64 = 90;

/// Names and titles of the stages, as in the manifest.
const STAGES: [(&str, &str, &str); 3] = [
    ("waiting", "待上会", "Waiting"),
    ("on-agenda", "已列入议题", "On the agenda"),
    ("consult", "继续协商", "Talks go on"),
];

/// Values and titles of the label `result`, as in the manifest.
const RESULTS: [(&str, &str, &str); 4] = [
    ("self", "自行解决", "Solved by the compound"),
    ("reject", "不予支持", "Not supported"),
    ("consult", "继续协商", "Talks go on"),
    ("call", "已呼叫", "Called up"),
];

/// 议事台账: how many matters are in each stage, and the newest of them.
pub fn board(host: &dyn Host) -> Result<View, Fault> {
    let open = MatterFilter { desk: Some("self".into()), status: Some(Status::Open), ..MatterFilter::default() };
    let counts = host.count(&open, &CountBy::Stage)?;
    let tiles = STAGES.iter().map(|(stage, zh, en)| {
        let count = counts.iter().find(|count| count.key == *stage).map_or(0, |count| count.count);
        let behind = MatterFilter { stage: Some((*stage).into()), ..open.clone() };
        Tile { title: Title::new(*zh, *en), value: Cell::Matters(signed(count), Box::new(behind)) }
    });
    let tiles = View::Tiles(tiles.collect());
    let matters = host.matters(&MatterFilter { limit: Some(ROWS_MAX), ..open })?;
    Ok(View::Several(vec![tiles, View::Table(table(matters))]))
}

/// 议事结果: how matters opened in the last 90 days fared in council.
pub fn outcomes(now: Timestamp, host: &dyn Host) -> Result<View, Fault> {
    let from = now.saturating_sub((OUTCOME_DAYS * 24).hours()).unwrap_or(now);
    let recent = MatterFilter { opened_from: Some(from), ..MatterFilter::default() };
    let counts = host.count(&recent, &CountBy::Label("result".into()))?;
    let of = |result: &str| counts.iter().find(|count| count.key == result).map_or(0, |count| signed(count.count));
    let chart = Chart {
        title: Title::new("近 90 天登记事项的议事结果", "Outcomes of matters opened in the last 90 days"),
        kind: ChartKind::Bar,
        categories: RESULTS.iter().map(|(_, zh, en)| Title::new(*zh, *en)).collect(),
        series: vec![Series {
            title: Title::new("件数", "Matters"),
            values: RESULTS.iter().map(|(result, ..)| of(result)).collect(),
        }],
    };
    let tiles = RESULTS.iter().map(|(result, zh, en)| {
        let mut behind = recent.clone();
        behind.labels.insert("result".into(), LabelValue::from(*result));
        Tile { title: Title::new(*zh, *en), value: Cell::Matters(of(result), Box::new(behind)) }
    });
    Ok(View::Several(vec![View::Tiles(tiles.collect()), View::Chart(chart)]))
}

fn table(matters: Vec<Matter>) -> Table {
    Table {
        title: Title::new("在办事项", "Open matters"),
        columns: vec![
            Column::new("number", "编号", "Number"),
            Column::new("title", "标题", "Title"),
            Column::new("place", "区域", "Place"),
            Column::new("stage", "环节", "Stage"),
            Column::new("since", "登记时间", "Opened"),
        ],
        rows: matters.into_iter().map(row).collect(),
    }
}

fn row(matter: Matter) -> Vec<Cell> {
    let stage = STAGES.iter().find(|(name, ..)| *name == matter.stage);
    vec![
        Cell::Matter(matter.number),
        Cell::Text(matter.title),
        Cell::Place(matter.place),
        stage.map_or(Cell::Text(matter.stage), |(_, zh, en)| Cell::Title(Title::new(*zh, *en))),
        Cell::Moment(matter.opened),
    ]
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
