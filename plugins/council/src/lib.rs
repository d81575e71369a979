//! 红领议事厅: small matters settled by the three-party council of the compound.
//!
#![doc = include_str!("../README.md")]

mod board;
mod rules;
mod seat;

use jiff::civil::Date;
use plugin_api::{Budget, District, Effects, Fault, Host, Plugin, Status, Step, UnitId, View, ViewRequest};
use serde::{Deserialize, Serialize};

/// The council desk.
pub struct Council {
    settings: Settings,
    district: District,
}

/// What a district may set.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Time after which a matter that was not settled is called up.
    pub wait: Budget,
    /// Days within which a session must be.
    pub session_days_max: u32,
}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// Triage found the matter small.
    Sorted {},
    /// The station gave the matter back to the compound.
    SentDown {},
    /// An operator handed the matter over.
    Moved {},
    /// Nobody settled it in time.
    #[serde(rename = "clock.wait")]
    WaitOver {},
    /// The time to settle it is nearly over.
    #[serde(rename = "clock.wait.warn")]
    WaitWarned {},
    /// 列入议题.
    Agenda {
        /// Day of the session.
        session: Date,
    },
    /// 议定.
    Settle {
        /// What the session decided.
        outcome: Outcome,
        /// Its words.
        text: String,
    },
    /// 呼叫.
    CallUp(Call),
    /// 退回定级.
    SortBack {
        /// Why it was sorted wrongly.
        reason: String,
    },
}

/// What a session may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The compound solves it itself.
    #[serde(rename = "self")]
    SelfSolved,
    /// Talks go on.
    Consult,
    /// The council does not support it.
    Reject,
}

/// A call to the station: what makes it more than the compound can do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call {
    /// Code of the list `call-reason`.
    pub call: String,
    /// Why the compound cannot settle it.
    pub why: String,
    /// What was tried; nothing when time ran out before anybody acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<String>,
    /// The unit that should come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<UnitId>,
}

/// What the council keeps on a matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Sessions that ended in further talks, in this stay.
    #[serde(default)]
    pub consulted: u32,
}

impl Plugin for Council {
    type Settings = Settings;
    type Input = Input;
    type Note = Note;

    fn open(settings: Settings, district: District) -> Result<Council, Fault> {
        Ok(Council { settings, district })
    }

    fn handle(&self, input: Input, step: &Step<Note>, host: &dyn Host) -> Result<Effects, Fault> {
        let Some(matter) = &step.matter else {
            return Err(Fault::failed("every input of the council is about a matter, and there is none"));
        };
        if matter.status != Status::Open {
            return Err(Fault::refused(
                "事项已结案，不能再办理；有新情况的，请另行登记",
                "the matter is closed; report anew what has happened since",
            ));
        }
        match input {
            Input::Sorted {} | Input::SentDown {} | Input::Moved {} => {
                let holders = seat::holders(&matter.place, host)?;
                Ok(rules::arrive(matter, step.note, holders, self.settings))
            }
            Input::WaitWarned {} => Ok(rules::warned(step.clock("wait"))),
            Input::WaitOver {} => Ok(rules::wait_over(self.settings)),
            Input::Agenda { session } => rules::agenda(session, step, &self.district, self.settings, host),
            Input::Settle { outcome, text } => rules::settle(outcome, text, matter, step.note, self.settings),
            Input::CallUp(call) => Ok(rules::call_up(call)),
            Input::SortBack { reason } => Ok(rules::sort_back(reason)),
        }
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match request.name.as_str() {
            "board" => board::board(host),
            "outcomes" => board::outcomes(request.now, host),
            other => Err(Fault::failed(format!("view {other:?} is not offered"))),
        }
    }
}

plugin_api::export_plugin!(Council);
