//! 占道审批: decided within five workdays, or granted by silence.

use jiff::civil::Date;
use plugin_api::{Budget, District, Effects, Fault, Host, Opening, PlaceId, Plugin, Step};
use serde::Deserialize;

pub struct Permits;

#[derive(Deserialize)]
pub struct Settings {}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    Ask {
        place: PlaceId,
    },
    SendBack {
        until: Date,
    },
    Mended {},
    Decide {},
    #[serde(rename = "clock.decide.soon")]
    Soon {},
    #[serde(rename = "clock.decide")]
    Over {},
    #[serde(rename = "clock.decide.review")]
    Review {},
}

impl Plugin for Permits {
    type Settings = Settings;
    type Input = Input;
    type Note = ();

    fn open(_: Settings, _: District) -> Result<Permits, Fault> {
        Ok(Permits)
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        let effects = Effects::new();
        Ok(match input {
            Input::Ask { place } => {
                let (kind, title, place) = ("permit".into(), "占道".into(), Some(place));
                let opening = Opening { kind, title, place, ..Opening::default() };
                // Five workdays by the district's calendar, from the instant of this step.
                effects.open(step.new_id(0), opening).start("decide", Budget::Workdays(5))
            }
            Input::SendBack { until } if until <= step.today => {
                return Err(Fault::refused("应晚于今天", "must be later than today"));
            }
            // It stands still; what is left of it is kept.
            Input::SendBack { until } => effects.stage("waiting").pause("decide", "待补正", Some(until)),
            Input::Mended {} | Input::Review {} => effects.stage("asked").resume("decide"),
            Input::Decide {} => effects.stop("decide").close("granted"),
            Input::Soon {} => effects.say("warned", &()),
            // `now` is the instant it was due, however late the host comes to it.
            Input::Over {} => effects.close("granted-by-silence"),
        })
    }
}
