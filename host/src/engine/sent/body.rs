//! What is journaled of a sent step that came back.

use std::sync::Arc;

use plugin_api::Objection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Answered, Came};

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    delivery: u64,
    attempt: u32,
    /// The input that led to it: what is erased with that goes here too.
    input: u64,
    desk: Arc<str>,
    name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    matter: Option<u64>,
    next_id: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    effects: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Vec<Objection>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    died: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deaths: Option<u32>,
}

/// The body of what a step came to, of an input.
pub(super) fn write(answered: &Answered, input: u64, deaths: u32) -> Arc<str> {
    let Answered { delivery, attempt, desk, name, matter, next_id, came, .. } = answered;
    let mut body = Body {
        delivery: *delivery,
        attempt: *attempt,
        input,
        desk: Arc::clone(desk),
        name: Arc::clone(name),
        matter: *matter,
        next_id: *next_id,
        effects: None,
        refused: None,
        failed: None,
        died: None,
        deaths: None,
    };
    match came {
        Came::Effects(text) => match serde_json::from_str(text) {
            Ok(effects) => body.effects = Some(effects),
            // What is no JSON cannot stand in it; it failed for that.
            Err(error) => body.failed = Some(format!("the desk's answer is not a list of effects: {error}")),
        },
        Came::Refused(objections) => body.refused = Some(objections.clone()),
        Came::Failed(text) => body.failed = Some(text.clone()),
        Came::Died(text, _) => (body.died, body.deaths) = (Some(text.clone()), Some(deaths)),
    }
    serde_json::to_string(&body).expect("what was parsed is written").into()
}

/// What a step came to, from a journaled body.
///
/// # Errors
/// When it is no such body.
pub(in crate::engine) fn read_body(text: &str) -> Result<Answered, serde_json::Error> {
    let Body { delivery, attempt, desk, name, matter, next_id, effects, refused, failed, died, deaths, .. } =
        serde_json::from_str(text)?;
    let came = match (effects, refused, died) {
        (Some(effects), ..) => Came::Effects(effects.get().into()),
        (None, Some(objections), _) => Came::Refused(objections),
        (None, None, Some(text)) => Came::Died(text, Some(deaths.unwrap_or(1))),
        (None, None, None) => Came::Failed(failed.unwrap_or_default()),
    };
    Ok(Answered { delivery, attempt, order: 0, desk, name, matter, next_id, came })
}
