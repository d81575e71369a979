//! What the station shows: matters by rung, matters by unit, and the ladder of one matter.
//!
//! Reads only. What it gets is cut to the person who looks.

use jiff::civil::Date;
use plugin_api::view::Series;
use plugin_api::{
    Cell, Chart, ChartKind, Column, CountBy, District, Fault, Host, LabelValue, Matter, MatterFilter, MatterId, Part,
    Post, Status, Table, Tile, Title, UnitId, View,
};

use crate::ladder::Ladder;

const ROWS_MAX: u32 = 50;

/// Names and titles of the stages, as in the manifest.
const STAGES: [(&str, &str, &str); 4] = [
    ("to-sign", "待签收", "To be signed for"),
    ("handling", "办理中", "In work"),
    ("with-unit", "单位办理", "With a unit"),
    ("disputed", "权责待定", "Duty disputed"),
];

/// 办件: how many matters are on each rung, and the newest of them.
pub fn tray(ladder: &Ladder, today: Date, host: &dyn Host) -> Result<View, Fault> {
    let counts = host.count(&open(), &CountBy::Label("rung".into()))?;
    let rungs = ladder.as_of(today)?;
    let tiles = rungs.iter().map(|rung| {
        let count = counts.iter().find(|count| count.key == rung.code()).map_or(0, |count| count.count);
        Tile { title: rung.title().clone(), value: behind(count, "rung", rung.code()) }
    });
    let tiles = View::Tiles(tiles.collect());
    let matters = host.matters(&MatterFilter { limit: Some(ROWS_MAX), ..open() })?;
    let table = Table {
        title: Title::new("在办事项", "Open matters"),
        columns: vec![
            Column::new("number", "编号", "Number"),
            Column::new("title", "标题", "Title"),
            Column::new("place", "区域", "Place"),
            Column::new("rung", "层级", "Rung"),
            Column::new("stage", "环节", "Stage"),
            Column::new("unit", "主办单位", "Lead unit"),
            Column::new("since", "登记时间", "Opened"),
        ],
        rows: matters.into_iter().map(|matter| row(ladder, matter)).collect(),
    };
    Ok(View::Several(vec![tiles, View::Table(table)]))
}

/// 单位办理: how many open matters each unit leads.
pub fn units(host: &dyn Host) -> Result<View, Fault> {
    let mut counts = host.count(&open(), &CountBy::Label("unit".into()))?;
    counts.retain(|count| !count.key.is_empty());
    let units = host.units()?;
    let title = |code: &str| {
        let unit = units.iter().find(|unit| unit.id.as_str() == code);
        unit.map_or_else(|| Title::new(code, code), |unit| unit.title.clone())
    };
    let chart = Chart {
        title: Title::new("各单位在办事项", "Open matters by unit"),
        kind: ChartKind::Bar,
        categories: counts.iter().map(|count| title(&count.key)).collect(),
        series: vec![Series {
            title: Title::new("件数", "Matters"),
            values: counts.iter().map(|count| signed(count.count)).collect(),
        }],
    };
    let table = Table {
        title: Title::new("各单位在办事项", "Open matters by unit"),
        columns: vec![Column::new("unit", "单位", "Unit"), Column::new("matters", "件数", "Matters")],
        rows: counts
            .iter()
            .map(|count| vec![Cell::Unit(UnitId::from(count.key.as_str())), behind(count.count, "unit", &count.key)])
            .collect(),
    };
    Ok(View::Several(vec![View::Chart(chart), View::Table(table)]))
}

/// 呼叫路线: the rungs of a matter, and the one it is on.
pub fn route(ladder: &Ladder, district: &District, id: MatterId, host: &dyn Host) -> Result<View, Fault> {
    let Some(matter) = host.matter(id)? else {
        return Err(Fault::refused("没有这件事项，或您无权查看", "there is no such matter, or it is not yours to see"));
    };
    if matter.label("rung").is_none() {
        return Ok(View::Text(Title::new("事项不在呼叫阶梯上", "The matter is not on the ladder")));
    }
    let rungs = ladder.as_of(district.day_of(matter.opened))?;
    let current = rungs.current(&matter).code();
    let ahead = rungs.iter().skip_while(|rung| rung.code() != current).count();
    let passed = rungs.iter().count() - ahead;
    let mark = |at: usize| match at.cmp(&passed) {
        std::cmp::Ordering::Less => Title::new("已过", "Behind"),
        std::cmp::Ordering::Equal if matter.status == Status::Closed => Title::new("在此办结", "Resolved here"),
        std::cmp::Ordering::Equal => Title::new("现在这里", "Here now"),
        std::cmp::Ordering::Greater if matter.status == Status::Closed => Title::new("未用", "Not needed"),
        std::cmp::Ordering::Greater => Title::new("到期未办再到这里", "Next if nobody acts"),
    };
    let rows = rungs.iter().enumerate().map(|(at, rung)| {
        vec![Cell::Title(rung.title().clone()), Cell::Title(rung.within.words()), Cell::Title(mark(at))]
    });
    Ok(View::Table(Table {
        title: Title::new("呼叫路线", "The ladder ahead"),
        columns: vec![
            Column::new("rung", "层级", "Rung"),
            Column::new("within", "办理时限", "Time to act"),
            Column::new("state", "状态", "State"),
        ],
        rows: rows.collect(),
    }))
}

fn row(ladder: &Ladder, matter: Matter) -> Vec<Cell> {
    let stage = STAGES.iter().find(|(name, ..)| *name == matter.stage);
    let rung = matter.label("rung").and_then(|code| ladder.find(code));
    let rung = rung.map_or(Cell::Empty, |rung| Cell::Title(rung.title().clone()));
    let unit = matter.holders.iter().find_map(|holder| match (&holder.post, holder.part) {
        (Post::Unit(unit), Part::Lead) => Some(Cell::Unit(unit.clone())),
        _ => None,
    });
    vec![
        Cell::Matter(matter.number),
        Cell::Text(matter.title),
        Cell::Place(matter.place),
        rung,
        stage.map_or(Cell::Text(matter.stage), |(_, zh, en)| Cell::Title(Title::new(*zh, *en))),
        unit.unwrap_or(Cell::Empty),
        Cell::Moment(matter.opened),
    ]
}

fn open() -> MatterFilter {
    MatterFilter { desk: Some("self".into()), status: Some(Status::Open), ..MatterFilter::default() }
}

/// A count and the open matters it counts.
fn behind(count: u64, label: &str, value: &str) -> Cell {
    let mut filter = open();
    filter.labels.insert(label.into(), LabelValue::from(value));
    Cell::Matters(signed(count), Box::new(filter))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
