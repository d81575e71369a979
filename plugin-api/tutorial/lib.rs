//! 便民工具箱: lends tools to residents, and remembers who is late.

use plugin_api::{
    Budget, Cell, Column, District, Effects, Fault, Host, MatterFilter, Opening, PersonId, PlaceId, Plugin, Status,
    Step, Table, Title, View, ViewRequest,
};
use serde::Deserialize;

pub struct Toolbox {
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    lend_for: u32, // a duration: minutes
}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    Lend {
        tool: String,
        place: PlaceId,
        contact: PersonId, // the host keeps the number
    },
    TakeBack {
        state: String,
    },
    #[serde(rename = "clock.due")]
    Due {},
}

impl Plugin for Toolbox {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(settings: Settings, _: District) -> Result<Toolbox, Fault> {
        Ok(Toolbox { settings })
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        Ok(match input {
            Input::Lend { tool, place, contact } => {
                let (kind, place, reporters) = ("loan".into(), Some(place), vec![contact]);
                let loan = Opening { kind, title: tool, place, reporters, ..Opening::default() };
                Effects::new().open(step.new_id(0), loan).start("due", Budget::Minutes(self.settings.lend_for))
            }
            Input::Due {} => Effects::new().stage("late").say("overdue", &()),
            Input::TakeBack { state } => Effects::new().stop("due").close(state),
        })
    }

    fn view(&self, _: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        let open = MatterFilter { desk: Some("self".into()), status: Some(Status::Open), ..MatterFilter::default() };
        let loans = host.matters(&open)?;
        Ok(View::Table(Table {
            title: Title::new("在借工具", "Tools lent"),
            columns: vec![Column::new("number", "编号", "Number"), Column::new("tool", "工具", "Tool")],
            rows: loans.into_iter().map(|loan| vec![Cell::Matter(loan.number), Cell::Text(loan.title)]).collect(),
        }))
    }
}
