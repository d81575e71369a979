//! 概览: what there is, by category and one by one.

use plugin_api::view::{Series, Subject};
use plugin_api::{
    Cell, Chart, ChartKind, Column, CountBy, District, Effects, Fact, Fault, Host, MatterFilter, Plugin, Status, Step,
    Table, Tile, Title, View, ViewRequest,
};
use serde::Deserialize;

pub struct Overview;

#[derive(Deserialize)]
pub struct Settings {}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data")]
pub enum Input {}

impl Plugin for Overview {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(_: Settings, _: District) -> Result<Overview, Fault> {
        Ok(Overview)
    }

    fn handle(&self, input: Input, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        match input {}
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match (request.name.as_str(), &request.of) {
            ("board", _) => board(request, host),
            ("file", Some(Subject::Matter(id))) => {
                let Some(matter) = host.matter(*id)? else { return Ok(View::Several(Vec::new())) };
                let title = Title::new("登记时间", "Opened");
                Ok(View::Facts(vec![Fact { title, value: Cell::Moment(matter.opened) }]))
            }
            (name, _) => Err(Fault::failed(format!("view {name:?} is not offered"))),
        }
    }
}

fn board(request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
    let stage = request.params.get("stage").and_then(|stage| stage.as_str()).map(str::to_owned);
    let filter = MatterFilter { status: Some(Status::Open), stage, ..MatterFilter::default() };
    // Counted by the host, and cut to what whoever looks may see: a desk adds no `who` of its own.
    let by_category = host.count(&filter, &CountBy::Label("category".into()))?;
    let all = by_category.iter().map(|count| count.count as i64).sum();
    // A number that carries its filter leads to the matters behind it.
    let value = Cell::Matters(all, Box::new(filter.clone()));
    let tiles = View::Tiles(vec![Tile { title: Title::new("在办", "Open"), value }]);
    let chart = View::Chart(Chart {
        title: Title::new("按类别", "By category"),
        kind: ChartKind::Bar,
        categories: by_category.iter().map(|count| Title::new(&count.key, &count.key)).collect(),
        series: vec![Series {
            title: Title::new("件", "Matters"),
            values: by_category.iter().map(|count| count.count as i64).collect(),
        }],
    });
    // At most 500 a page, newest first; `before` pages on.
    let rows = host.matters(&filter)?.into_iter();
    let table = View::Table(Table {
        title: Title::new("逐件", "One by one"),
        columns: vec![Column::new("number", "编号", "Number"), Column::new("place", "区域", "Place")],
        rows: rows.map(|matter| vec![Cell::Matter(matter.number), Cell::Place(matter.place)]).collect(),
    });
    Ok(View::Several(vec![tiles, chart, table]))
}
