//! What the desk decides.
//!
//! Pure: knows no clock, file, socket or thread. The same arguments give the same effects.

use plugin_api::{
    Budget, Cell, Column, Effects, Fault, Host, Matter, MatterFilter, MatterId, Objection, Opening,
    PlaceId, Status, Table, Title, View,
};
use serde::Serialize;

/// The data of the topic `answered`, as `plugin.toml` declares it.
#[derive(Serialize)]
struct Answered<'a> {
    text: &'a str,
}

/// A question becomes a matter, and its clock starts.
pub fn ask(id: MatterId, title: String, place: PlaceId, within: Budget) -> Effects {
    let kind = "fresh-desk".to_owned();
    let opening = Opening {
        kind,
        title,
        place: Some(place),
        ..Opening::default()
    };
    Effects::new().open(id, opening).start("due", within)
}

/// An answer ends it, if it is one. A refusal changes nothing, and the person may mend the form.
pub fn answer(text: &str, matter: Option<&Matter>) -> Result<Effects, Fault> {
    if matter.is_some_and(|matter| matter.title == text) {
        let why = Objection::new(
            "答复不能只是照抄问题",
            "an answer does not repeat the question",
        );
        return Err(Fault::Refused(vec![why.field("text")]));
    }
    Ok(Effects::new()
        .stop("due")
        .say("answered", &Answered { text })
        .close("answered"))
}

/// Nobody answered in time: it stays open, and is seen to be late.
pub fn late() -> Effects {
    Effects::new().stage("late")
}

/// The questions that wait, as far as whoever looks may see them.
pub fn waiting(host: &dyn Host) -> Result<View, Fault> {
    let filter = MatterFilter {
        desk: Some("self".into()),
        status: Some(Status::Open),
        ..MatterFilter::default()
    };
    let questions = host.matters(&filter)?;
    Ok(View::Table(Table {
        title: Title::new("待答复的问题", "Questions to be answered"),
        columns: vec![
            Column::new("number", "编号", "Number"),
            Column::new("question", "问题", "Question"),
            Column::new("stage", "环节", "Stage"),
        ],
        rows: questions
            .into_iter()
            .map(|question| {
                vec![
                    Cell::Matter(question.number),
                    Cell::Text(question.title),
                    Cell::Text(question.stage),
                ]
            })
            .collect(),
    }))
}
