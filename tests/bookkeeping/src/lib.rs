//! A desk that books, records and works as it is told: built only for tests of the host.
//!
//! It decides nothing: a form says what is booked, a question is handed on to the host and its
//! answer shown as JSON.

mod question;
mod transfers;

use plugin_api::view::View;
use plugin_api::{
    District, Effects, Fault, Host, Job, Opening, PlaceId, Plugin, RecordRange, Step, Title, Transfer, ViewRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};
use transfers::Row;

/// The desk.
pub struct Bookkeeping;

/// It has none.
#[derive(Debug, Deserialize)]
pub struct Settings {}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// Books transfers.
    Book {
        /// In order.
        transfers: Vec<Row>,
    },
    /// Reverses what was booked under a key.
    Undo {
        /// The key.
        key: String,
    },
    /// Opens an errand.
    Start {
        /// Where.
        place: PlaceId,
    },
    /// Says that something is to be booked.
    Order {
        /// Rows, as JSON.
        transfers: String,
    },
    /// Told so: books it.
    Ordered {
        /// Rows, as JSON.
        transfers: String,
    },
    /// Writes a fact, or deletes it.
    Put {
        /// Its key.
        key: String,
        /// What it says; nothing deletes.
        #[serde(default)]
        count: Option<i64>,
        /// Where it is a fact.
        #[serde(default)]
        place: Option<PlaceId>,
    },
    /// Starts a tally for an errand.
    Tally {
        /// Which facts.
        #[serde(default)]
        prefix: String,
    },
    /// Starts a tally for nobody's errand.
    TallyAll {
        /// Which facts.
        #[serde(default)]
        prefix: String,
    },
    /// By a schedule: the same.
    MonthCloseDue {
        /// Which facts.
        prefix: String,
    },
    /// A tally has come to something.
    #[serde(rename = "job.tally")]
    Tallied {
        /// How many facts.
        count: i64,
        /// Their counts, added up.
        sum: i64,
    },
    /// Asks in a job.
    AskLater {
        /// The question, as JSON.
        question: String,
    },
    /// What was asked in a job is answered.
    #[serde(rename = "job.ask")]
    Answered(Value),
    /// Keeps the host's answer to a question.
    Ask {
        /// The question, as JSON.
        question: String,
    },
}

impl Plugin for Bookkeeping {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(_: Settings, _: District) -> Result<Bookkeeping, Fault> {
        Ok(Bookkeeping)
    }

    fn handle(&self, input: Input, step: &Step<()>, host: &dyn Host) -> Result<Effects, Fault> {
        Ok(match input {
            Input::Book { transfers } => transfers::book(transfers, step.today)?,
            Input::Undo { key } => {
                let booked = host.transfer(&key)?;
                let booked = booked.ok_or_else(|| Fault::refused("没有这笔记账", "there is no such transfer"))?;
                Effects::new().transfer(Transfer::reversing(&booked, format!("{key}-undone"), step.today))
            }
            Input::Start { place } => {
                let (kind, title, place) = ("errand".into(), "跑腿".into(), Some(place));
                Effects::new().open(step.new_id(0), Opening { kind, title, place, ..Opening::default() })
            }
            Input::Order { transfers } => Effects::new().say("ordered", &json!({ "transfers": transfers })),
            Input::Ordered { transfers } => {
                let rows = serde_json::from_str(&transfers).map_err(|error| Fault::failed(error.to_string()))?;
                transfers::book(rows, step.today)?
            }
            Input::Put { key, count: Some(count), place: None } => {
                Effects::new().put("fact", key, &json!({ "count": count }))
            }
            Input::Put { key, count: Some(count), place: Some(place) } => {
                Effects::new().put("fact", key, &json!({ "count": count, "place": place }))
            }
            Input::Put { key, count: None, .. } => Effects::new().delete("fact", key),
            Input::Tally { prefix } | Input::TallyAll { prefix } | Input::MonthCloseDue { prefix } => {
                Effects::new().work("tally", &json!({ "prefix": prefix }))
            }
            Input::Tallied { count, sum } => {
                let on = step.matter.as_ref().map_or("the desk", |matter| matter.number.as_str());
                let said = format!("{count} facts, {sum} in all, told on {on}");
                Effects::new().put("answer", step.input.seq.to_string(), &json!({ "said": said }))
            }
            Input::AskLater { question } => Effects::new().work("ask", &json!({ "question": question })),
            Input::Answered(said) => {
                Effects::new().put("answer", step.input.seq.to_string(), &json!({ "said": said.to_string() }))
            }
            Input::Ask { question } => {
                let said = question::ask(&question, host)?;
                Effects::new().put("answer", step.input.seq.to_string(), &json!({ "said": said.to_string() }))
            }
        })
    }

    fn work(&self, job: &Job, host: &dyn Host) -> Result<Value, Fault> {
        if let Some(question) = job.params.get("question").and_then(Value::as_str) {
            return question::ask(question, host);
        }
        let prefix = job.params.get("prefix").and_then(Value::as_str).unwrap_or_default();
        let (mut count, mut sum) = (0_i64, 0_i64);
        let mut range = RecordRange { prefix: prefix.to_owned(), limit: Some(100), ..RecordRange::default() };
        loop {
            let page = host.records_in("fact", &range)?;
            let Some((last, _)) = page.last() else { break };
            range.after.clone_from(last);
            count += page.len() as i64;
            sum += page.iter().filter_map(|(_, fact)| fact.get("count")?.as_i64()).sum::<i64>();
        }
        Ok(json!({ "count": count, "sum": sum }))
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        let question = request.params.get("question").and_then(Value::as_str).unwrap_or_default();
        let said = question::ask(question, host)?.to_string();
        Ok(View::Text(Title::new(said.clone(), said)))
    }
}

plugin_api::export_plugin!(Bookkeeping);
