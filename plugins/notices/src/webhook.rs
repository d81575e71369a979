//! A notice as a request to a webhook, and what its answer means.

use plugin_api::{Fault, HttpRequest, Notice, Receipt};
use serde_json::Value;

use crate::{Settings, letter};

/// The header that repeats are known by.
const KEY_HEADER: &str = "Idempotency-Key";

/// The request; `token` stands for the token.
pub(crate) fn request(notice: &Notice, settings: &Settings, token: Option<String>) -> HttpRequest {
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
        (KEY_HEADER.to_owned(), notice.key.clone()),
    ];
    headers.extend(token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}"))));
    HttpRequest {
        method: "POST".to_owned(),
        url: settings.url.clone().unwrap_or_default(),
        headers,
        body: letter::json(notice),
        timeout_ms: settings.timeout_ms,
        sign: settings.sign.clone(),
    }
}

/// What an answer means: taken, to be tried again, or not to be.
pub(crate) fn judge(status: u16, body: &str) -> Result<Receipt, Fault> {
    match status {
        200..=299 => Ok(Receipt { id: receipt_id(body) }),
        // Too slow, too early, too much: another time it may do.
        408 | 425 | 429 | 500..=599 => Err(Fault::failed(format!("the webhook answered {status}"))),
        _ => Err(Fault::refused(
            format!("接口不收这条消息（{status}）"),
            format!("the webhook does not take the notice ({status})"),
        )),
    }
}

/// The `id` of an answer in JSON.
fn receipt_id(body: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(body).ok()?;
    match answer.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
