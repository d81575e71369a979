//! Running the host, for programs of who runs it: how much there is, what waits, and the seals.

use http::Method;
use serde_json::json;

use super::{Gives, Operation, Words, check_query, json as answer};
use crate::audit::kept::KeptHead;
use crate::audit::whole::{Beside, verify_whole};
use crate::console::ask::{Ask, Takes};
use crate::console::door::{Handler, Policy};
use crate::console::house::House;
use crate::console::reply::{Refusal, Reply};
use crate::counts::Counts;
use crate::engine::input::instant;

const fn of_operators(path: &'static str, handler: Handler, about: Words, schema: &'static str) -> Operation {
    Operation {
        method: Method::GET,
        path,
        policy: Policy::Operator,
        handler,
        about,
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Json(schema),
    }
}

pub(super) const OPERATIONS: &[Operation] = &[
    of_operators(
        "/api/v1/status",
        status,
        ("有多少、什么在等、各项上限", "How much there is, what waits, the limits"),
        "Status",
    ),
    of_operators("/api/v1/audit/head", head, ("最新存证，抄下另存", "The newest seal, to be kept elsewhere"), "Head"),
    of_operators("/api/v1/audit/verify", verify, ("逐行核对存证", "Every row held against its seal"), "Verified"),
];

fn status(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let counts = house.look(|config, reader| Counts::read(reader, config))?;
    answer(&counts)
}

fn head(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let facts = house.look(|_, reader| {
        let chain = reader.chain()?;
        let head = KeptHead { seq: chain.seq, seal: chain.seal };
        Ok(json!({
            "epoch": reader.epoch()?, "seq": chain.seq, "seal": chain.seal.to_string(), "head": head.to_string(),
            "at": reader.instant_of(chain.seq)?.map(instant),
        }))
    })?;
    answer(&facts)
}

fn verify(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    check_query(&ask.query, &[])?;
    let whole = house.look(|config, reader| verify_whole(reader, &config.data, &[], Beside::Host))?;
    answer(&whole)
}
