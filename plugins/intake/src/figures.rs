//! What came in: today's, and by channel. Counts requests on whatever desk they now lie.

use jiff::{SignedDuration, Timestamp};
use plugin_api::view::Series;
use plugin_api::{
    Cell, Chart, ChartKind, Column, CountBy, District, Fault, Host, Matter, MatterFilter, Status, Table, Tile, Title,
    View, ViewRequest,
};

use crate::channel::Channels;

const NEWEST_ROWS: u32 = 50;
const DAYS: i64 = 90;

/// Tiles of today, the last seven days and what is open, above the newest requests.
pub(crate) fn today(
    channels: &Channels,
    district: &District,
    request: &ViewRequest,
    host: &dyn Host,
) -> Result<View, Fault> {
    let since = |opened_from| MatterFilter { opened_from: Some(opened_from), ..requests() };
    let open = MatterFilter { status: Some(Status::Open), ..requests() };
    let tiles = vec![
        tile("今日", "Today", since(district.start_of(request.today)), host)?,
        tile("近7天", "Last 7 days", since(days_before(request.now, 7)), host)?,
        tile("未结案", "Open", open, host)?,
    ];
    let newest = host.matters(&MatterFilter { limit: Some(NEWEST_ROWS), ..requests() })?;
    let table = Table {
        title: Title::new("最近受理", "Newest"),
        columns: vec![
            Column::new("number", "编号", "Number"),
            Column::new("title", "题目", "Title"),
            Column::new("place", "区域", "Place"),
            Column::new("channel", "来源渠道", "Channel"),
            Column::new("opened", "受理时间", "Received"),
            Column::new("status", "状态", "Status"),
        ],
        rows: newest.into_iter().map(|matter| row(matter, channels)).collect(),
    };
    Ok(View::Several(vec![View::Tiles(tiles), View::Table(table)]))
}

/// How many came through each channel within the days asked for.
pub(crate) fn sources(channels: &Channels, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
    let days = request.params.get("days").and_then(serde_json::Value::as_i64).unwrap_or(DAYS);
    let filter = MatterFilter { opened_from: Some(days_before(request.now, days)), ..requests() };
    let counts = host.count(&filter, &CountBy::Channel)?;
    let (categories, values) = channels.figures(&counts).into_iter().unzip();
    Ok(View::Chart(Chart {
        title: Title::new(format!("近{days}天来源渠道"), format!("Channels of the last {days} days")),
        kind: ChartKind::Bar,
        categories,
        series: vec![Series { title: Title::new("件数", "Requests"), values }],
    }))
}

fn requests() -> MatterFilter {
    MatterFilter { kind: Some("request".into()), ..MatterFilter::default() }
}

fn tile(zh: &str, en: &str, filter: MatterFilter, host: &dyn Host) -> Result<Tile, Fault> {
    let count: u64 = host.count(&filter, &CountBy::All)?.iter().map(|count| count.count).sum();
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Tile { title: Title::new(zh, en), value: Cell::Matters(count, Box::new(filter)) })
}

fn row(matter: Matter, channels: &Channels) -> Vec<Cell> {
    let status = match matter.status {
        Status::Open => Title::new("办理中", "Open"),
        Status::Closed => Title::new("已结案", "Closed"),
        Status::Joined => Title::new("已并案", "Joined"),
    };
    vec![
        Cell::Matter(matter.number),
        Cell::Text(matter.title),
        Cell::Place(matter.place),
        matter.channel.map_or(Cell::Empty, |code| Cell::Title(channels.title(&code))),
        Cell::Moment(matter.opened),
        Cell::Title(status),
    ]
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MIN)
}
