//! `/api/v1`: what pages show and do, for programs, as JSON.
//!
//! Decides nothing: each handler asks what the page of the same thing asks. Always holds: what is served
//! here and what `openapi.json` says are one table, so neither can be without the other.

mod described;
mod schema;
mod matters;
pub(super) mod desks;
mod directory;
pub(super) mod imports;
mod running;

use http::Method;
use plugin_api::Objection;
use serde::Serialize;

use super::ask::{Ask, Takes};
use super::door::{Handler, Policy, Routes};
use super::pages::act::Outcome;
use super::reply::{Refusal, Reply};
use crate::limits::KEY_BYTES_MAX;

/// Header by which the same request is the same when it comes again.
const KEY_HEADER: &str = "idempotency-key";

/// Words in Chinese and English.
type Words = (&'static str, &'static str);

/// Something a program may ask: how it is served, and how it is described.
struct Operation {
    method: Method,
    path: &'static str,
    policy: Policy,
    handler: Handler,
    /// What it does.
    about: Words,
    /// What may stand behind the question mark.
    query: &'static [Query],
    takes: Takes,
    gives: Gives,
}

/// Something that may stand behind the question mark.
struct Query {
    name: &'static str,
    about: Words,
    kind: Kind,
}

/// What a value behind the question mark is.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number {
        least: u64,
        most: u64,
    },
    Date,
    Flag,
    OneOf(&'static [&'static str]),
    /// Any further names.
    Others,
}

/// What an operation answers with when all is well.
#[derive(Clone, Copy)]
enum Gives {
    /// This schema.
    Json(&'static str),
    /// This schema, of what was made.
    Made(&'static str),
    /// A table as a file.
    Table,
}

/// Everything there is, in the order it is described.
fn operations() -> impl Iterator<Item = &'static Operation> {
    [matters::OPERATIONS, desks::OPERATIONS, imports::OPERATIONS, directory::OPERATIONS, running::OPERATIONS, OWN]
        .into_iter()
        .flatten()
}

/// What somebody who is known may read.
const fn reading(
    path: &'static str,
    handler: Handler,
    about: Words,
    query: &'static [Query],
    schema: &'static str,
) -> Operation {
    let (policy, takes, gives) = (Policy::Person, Takes::Nothing, Gives::Json(schema));
    Operation { method: Method::GET, path, policy, handler, about, query, takes, gives }
}

const OWN: &[Operation] = &[Operation {
    method: Method::GET,
    path: "/api/v1/openapi.json",
    policy: Policy::Anyone,
    handler: |_, _| json(&described::openapi()),
    about: ("本接口的说明", "This description"),
    query: &[],
    takes: Takes::Nothing,
    gives: Gives::Json("Description"),
}];

pub(super) fn add(routes: &mut Routes) {
    for operation in operations() {
        let Operation { method, path, policy, handler, takes, .. } = operation;
        routes.add(method.clone(), path, *policy, *takes, *handler);
    }
}

/// A value as the answer.
fn json<T: Serialize + ?Sized>(value: &T) -> Result<Reply, Refusal> {
    let bytes = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "An answer could not be written as JSON.");
        Refusal::new(500, "答复无法写成 JSON，请联系管理员", "the answer is no JSON; tell the operator")
    })?;
    Ok(Reply::typed("application/json", bytes))
}

/// The key by which a request is the same when it comes again: each person has their own.
fn key(ask: &Ask) -> Result<Option<String>, Refusal> {
    if !ask.headers.contains_key(KEY_HEADER) {
        return Ok(None);
    }
    let person = ask.visitor.person.as_ref().map_or("", |person| person.as_str());
    let key = ask.header(KEY_HEADER).map(str::trim).filter(|key| !key.is_empty());
    let key = key.map(|key| format!("api-{person}-{key}")).filter(|key| key.len() <= KEY_BYTES_MAX);
    key.map(Some).ok_or_else(|| {
        Refusal::new(
            400,
            format!("Idempotency-Key 应为可见字符，连同账号不超过 {KEY_BYTES_MAX} 个字节"),
            format!("an Idempotency-Key is visible characters, with the account at most {KEY_BYTES_MAX} bytes"),
        )
    })
}

/// What came of an act, as JSON.
fn outcome(outcome: Outcome) -> Result<Reply, Refusal> {
    match outcome {
        Outcome::Done(done) => json(&done),
        Outcome::Refused(objections) => Err(refused(objections)),
    }
}

fn refused(objections: Vec<Objection>) -> Refusal {
    Refusal { objections, ..Refusal::new(422, "有内容需要更正", "something must be mended") }
}

/// Checks what stands behind the question mark against what may: a program that misspells a filter is
/// not to be given what it did not ask for.
fn check_query(query: &[(String, String)], known: &[Query]) -> Result<(), Refusal> {
    let mut objections = Vec::new();
    for (at, (name, value)) in query.iter().enumerate() {
        let fitting = known.iter().find(|query| query.name == name);
        let fitting = fitting.or_else(|| known.iter().find(|query| matches!(query.kind, Kind::Others)));
        let is_doubled = query[..at].iter().any(|(before, _)| before == name);
        let words = match fitting {
            None => Some(("没有这个参数", "there is no such parameter")),
            Some(Query { kind: Kind::Others, .. }) => None,
            Some(_) if is_doubled => Some(("写了两次", "is there twice")),
            Some(fitting) => fitting.kind.objection(value),
        };
        objections.extend(words.map(|(zh, en)| Objection::new(zh, en).field(name)));
    }
    if objections.is_empty() {
        return Ok(());
    }
    Err(Refusal { objections, ..Refusal::new(400, "参数不对", "a parameter is not as it must be") })
}

impl Kind {
    fn objection(self, value: &str) -> Option<Words> {
        let is_good = match self {
            Kind::Text | Kind::Others => true,
            Kind::Number { least, most } => value.parse::<u64>().is_ok_and(|n| least <= n && n <= most),
            Kind::Date => value.parse::<jiff::civil::Date>().is_ok(),
            Kind::Flag => matches!(value, "true" | "false"),
            Kind::OneOf(names) => names.contains(&value),
        };
        (!is_good).then_some(("值不对", "has no such value"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::routes;
    use super::operations;

    /// What is served is described, and the other way round.
    #[test]
    fn all_of_it_is_described() {
        let served = routes();
        let of_api = served.all().iter().filter(|route| route.path.starts_with("/api/"));
        let served: Vec<String> = of_api.map(|route| format!("{} {}", route.method, route.path)).collect();
        let described: Vec<String> =
            operations().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
        assert_eq!(served, described);
        assert!(operations().all(|operation| operation.path.starts_with("/api/v1/")));
    }
}
