//! What the made-up host answers: a small district in which there is one of everything.
//!
//! Pure: the same question has the same answer.

use plugin_api::Manifest;
use plugin_api::abi::{STATUS_FAILED, STATUS_OK};
use plugin_api::host::Question;
use plugin_api::ledger::AccountFilter;
use plugin_api::outside::Errand;
use serde_json::{Value, json};

use super::sample::{MATTER, NOW, PLACE, matter};
use crate::plugins::strange::{Asked, Said};

/// The answer of a host to whom nothing happens.
pub(super) fn well(asked: Asked<'_>, manifest: &Manifest) -> Said {
    let answer = match asked {
        Asked::Question(question) => serde_json::from_slice(question).map(|question| answer(&question, manifest)),
        Asked::Errand(errand) => serde_json::from_slice(errand).map(|errand| run(&errand)),
    };
    match answer {
        Ok(answer) => Said { status: STATUS_OK, passed: vec![answer.to_string().into_bytes()] },
        Err(error) => failed(&format!("no question of this host: {error}")),
    }
}

/// The answer of a host that cannot.
pub(super) fn failed(text: &str) -> Said {
    Said { status: STATUS_FAILED, passed: vec![text.as_bytes().to_vec()] }
}

fn answer(question: &Question, manifest: &Manifest) -> Value {
    let kind = manifest.kind.first().map_or("request", |kind| kind.name.as_str());
    let place = json!({ "id": PLACE, "level": "street", "title": { "zh": "样例街道", "en": "Sample street" } });
    match question {
        Question::Matter { id } if id.0 == MATTER => matter(manifest, kind, None),
        Question::Matters { filter } => {
            let kind = filter.kind.as_deref().unwrap_or(kind);
            // Whoever pages on has seen the one there is.
            if filter.before.is_some() { json!([]) } else { json!([matter(manifest, kind, filter.stage.as_deref())]) }
        }
        Question::Count { .. } => json!([{ "key": "", "count": 1 }]),
        Question::Events { after_seq: 0, .. } => json!([
            { "seq": 41, "at": NOW, "matter": MATTER, "stay": 1, "topic": "opened", "desk": "host" },
        ]),
        Question::Place { place: asked } if asked.as_str() == PLACE => place,
        Question::Places { within } if within.as_str() != PLACE => json!([place]),
        Question::People { .. } => json!([{ "id": "sample", "name": "样例", "place": PLACE }]),
        Question::Units => {
            json!([{ "id": "sample", "title": { "zh": "样例单位", "en": "Sample unit" }, "kind": "government" }])
        }
        Question::After { .. } => json!({ "at": "2026-03-04T01:00:00Z" }),
        Question::Between { .. } => json!({ "count": 2 }),
        Question::Balance { .. } => json!(0),
        Question::Totals { filter: AccountFilter { .. }, .. } => json!([]),
        Question::Matter { .. } | Question::Note { .. } | Question::Record { .. } => Value::Null,
        Question::Place { .. } | Question::Log { .. } | Question::Transfer { .. } => Value::Null,
        Question::Events { .. } | Question::Records { .. } | Question::Places { .. } => json!([]),
        Question::Balances { .. } | Question::Transfers { .. } => json!([]),
    }
}

fn run(errand: &Errand) -> Value {
    match errand {
        Errand::Secret { .. } => json!("SECRET"),
        Errand::Http(_) => json!({ "status": 200, "body": "{}" }),
        Errand::Mail(_) => json!({ "said": "250 taken" }),
        Errand::File(_) => Value::Null,
    }
}
