//! A question to the host, asked as it is written.

use plugin_api::Fault;
use plugin_api::host::{Host, Question};
use serde::Serialize;
use serde_json::Value;

/// The answer to a question in JSON.
pub(crate) fn ask(question: &str, host: &dyn Host) -> Result<Value, Fault> {
    let question: Question =
        serde_json::from_str(question).map_err(|error| Fault::failed(format!("no question: {error}")))?;
    match question {
        Question::Balance { account } => json(host.balance(&account)?),
        Question::Balances { filter, after } => json(host.balances(&filter, after.as_ref())?),
        Question::Transfer { key } => json(host.transfer(&key)?),
        Question::Transfers { filter, days, after } => json(host.transfers(&filter, days, after)?),
        Question::Totals { filter, days, by } => json(host.totals(&filter, days, &by)?),
        Question::Record { collection, key } => json(host.record(&collection, &key)?),
        Question::Records { collection, range } => json(host.records_in(&collection, &range)?),
        Question::Matter { id } => json(host.matter(id)?),
        Question::Matters { filter } => json(host.matters(&filter)?),
        Question::Count { filter, by } => json(host.count(&filter, &by)?),
        Question::Events { matter, after_seq } => json(host.events(matter, after_seq)?),
        Question::Log { text } => {
            host.log(&text);
            Ok(Value::Null)
        }
        other => Err(Fault::failed(format!("does not ask {other:?}"))),
    }
}

fn json(answer: impl Serialize) -> Result<Value, Fault> {
    serde_json::to_value(answer).map_err(|error| Fault::failed(error.to_string()))
}
