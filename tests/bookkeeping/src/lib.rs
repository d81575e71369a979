//! A desk that books, records and works as it is told: built only for tests of the host.
//!
//! It decides nothing: a form says what is booked, a question is handed on to the host and its
//! answer shown as JSON.

mod question;
mod transfers;

use plugin_api::view::View;
use plugin_api::{District, Effects, Fault, Host, Opening, PlaceId, Plugin, Step, Title, Transfer, ViewRequest};
use serde::Deserialize;
use serde_json::json;
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
    },
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
            Input::Put { key, count: Some(count) } => Effects::new().put("fact", key, &json!({ "count": count })),
            Input::Put { key, count: None } => Effects::new().delete("fact", key),
            Input::Ask { question } => {
                let said = question::ask(&question, host)?;
                Effects::new().put("answer", step.input.seq.to_string(), &json!({ "said": said.to_string() }))
            }
        })
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        let question = request.params.get("question").and_then(serde_json::Value::as_str).unwrap_or_default();
        let said = question::ask(question, host)?.to_string();
        Ok(View::Text(Title::new(said.clone(), said)))
    }
}

plugin_api::export_plugin!(Bookkeeping);
