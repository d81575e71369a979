//! A desk that sees to it that questions are answered in time.
//!
//! Here stand its settings and which rule answers which name; what is decided stands in `rules`.

mod rules;

use plugin_api::{
    Budget, District, Effects, Fault, Host, PlaceId, Plugin, Step, View, ViewRequest,
};
use serde::Deserialize;

/// The desk. It keeps nothing between two calls but what it was opened with.
pub struct FreshDesk {
    settings: Settings,
}

/// What a district may set: the `[setting.…]` of `plugin.toml`, with its defaults filled in.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    answer_within: Budget,
}

/// One variant for each name the desk is called by. The host has checked the data.
#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// Somebody asks.
    Ask {
        /// The question.
        title: String,
        /// Where it is asked.
        place: PlaceId,
    },
    /// Somebody answers.
    Answer {
        /// The answer.
        text: String,
    },
    /// Nobody answered in time.
    #[serde(rename = "clock.due")]
    Due {},
}

impl Plugin for FreshDesk {
    type Settings = Settings;
    type Input = Input;
    /// What the desk notes on a matter for itself: nothing yet.
    type Note = ();

    fn open(settings: Settings, _: District) -> Result<FreshDesk, Fault> {
        Ok(FreshDesk { settings })
    }

    fn handle(&self, input: Input, step: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
        match input {
            Input::Ask { title, place } => {
                let within = self.settings.answer_within;
                Ok(rules::ask(step.new_id(0), title, place, within))
            }
            Input::Answer { text } => rules::answer(&text, step.matter.as_ref()),
            Input::Due {} => Ok(rules::late()),
        }
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match request.name.as_str() {
            "waiting" => rules::waiting(host),
            name => Err(Fault::failed(format!("view {name:?} is not offered"))),
        }
    }
}

plugin_api::export_plugin!(FreshDesk);
