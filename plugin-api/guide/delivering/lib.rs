//! 短信网关: notices leave as text messages.

use plugin_api::{District, Effects, Fault, Host, HttpRequest, Notice, Outside, Plugin, Receipt, Step};
use serde::Deserialize;
use serde_json::json;

pub struct Gateway {
    settings: Settings,
}

#[derive(Deserialize)]
pub struct Settings {
    url: String,
    token: String,
}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data")]
pub enum Input {}

impl Plugin for Gateway {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(settings: Settings, _: District) -> Result<Gateway, Fault> {
        Ok(Gateway { settings })
    }

    fn handle(&self, input: Input, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        match input {}
    }

    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
        // Stand-ins: the host puts secret and number in their place as the request leaves (I10).
        let token = outside.secret(&self.settings.token)?;
        let body = json!({ "to": notice.address, "text": notice.text });
        let answer = outside.http(&HttpRequest {
            method: "POST".into(),
            url: self.settings.url.clone(),
            headers: vec![
                ("Authorization".into(), format!("Bearer {token}")),
                // The same at every try: what the other side knows a repeat by.
                ("Idempotency-Key".into(), notice.key.clone()),
                ("Content-Type".into(), "application/json".into()),
            ],
            body: body.to_string(),
            timeout_ms: 10_000,
            sign: None,
        })?;
        match answer.status {
            200..=299 => Ok(Receipt::default()),
            // Another time it may do: tried again after 1 s, 10 s, 1 min, …
            408 | 429 | 500..=599 => Err(Fault::failed(format!("the gateway answered {}", answer.status))),
            // It never will: parked at once, for somebody to mend.
            status => {
                Err(Fault::refused(format!("网关不收（{status}）"), format!("the gateway does not take it ({status})")))
            }
        }
    }
}
