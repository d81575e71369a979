//! 公用电表: what the meters of a compound show, from a form or from a table.

use plugin_api::{District, Effects, Fault, Host, PlaceId, Plugin, Step};
use serde::{Deserialize, Serialize};

pub struct Meters;

#[derive(Deserialize)]
pub struct Settings {}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    // A row is the same input as a form: `step.input.kind` tells them apart, and no desk need.
    Read { number: String, place: PlaceId, period: String, kwh: u32 },
}

#[derive(Serialize, Deserialize)]
struct Reading {
    place: PlaceId,
    kwh: u32,
}

impl Plugin for Meters {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(_: Settings, _: District) -> Result<Meters, Fault> {
        Ok(Meters)
    }

    fn handle(&self, input: Input, _: &Step<()>, host: &dyn Host) -> Result<Effects, Fault> {
        let Input::Read { number, place, period, kwh } = input;
        // Records are ranged over in byte order of keys: the last one before this month is the newest.
        let before = host.records("reading", &format!("{number}/"), "")?;
        let newest = before.iter().rev().find(|(key, _)| *key < format!("{number}/{period}"));
        let shown = newest.and_then(|(_, record)| record["kwh"].as_u64()).unwrap_or(0);
        if u64::from(kwh) < shown {
            return Err(Fault::refused(
                format!("比上次的 {shown} 度还少"),
                format!("is less than the {shown} of last time"),
            ));
        }
        Ok(Effects::new().put("reading", format!("{number}/{period}"), &Reading { place, kwh }))
    }
}
