//! 红领工作站: big and hard matters, called up level by level until somebody acts.
//!
#![doc = include_str!("../README.md")]

mod duty;
mod ladder;
mod post;
mod rules;
mod tray;

use jiff::civil::Date;
use plugin_api::view::Subject;
use plugin_api::{Budget, District, Effects, Fault, Host, Matter, Plugin, Status, Step, UnitId, View, ViewRequest};
use serde::{Deserialize, Serialize};

use crate::duty::Order;
use crate::ladder::{Ladder, Rung};

/// The station desk.
pub struct Station {
    settings: Settings,
    ladder: Ladder,
    district: District,
}

/// What a district may set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Place level of the rung where hard matters start.
    pub hard_level: String,
}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// Triage found the matter big or hard.
    Sorted {},
    /// The council could not settle it.
    CalledUp {},
    /// An operator handed the matter over.
    Moved {},
    /// The rung's time ran out.
    #[serde(rename = "clock.act")]
    ActOver {},
    /// The rung's time is nearly over.
    #[serde(rename = "clock.act.warn")]
    ActWarned {},
    /// The day on which a suspended matter is looked at again.
    #[serde(rename = "clock.act.review")]
    ActReview {},
    /// 签收.
    SignFor {},
    /// 交办.
    Send {
        /// The unit that answers for it; the duty list's if none.
        #[serde(default)]
        lead: Option<UnitId>,
        /// Units that help.
        #[serde(default)]
        assists: Vec<UnitId>,
    },
    /// 办结.
    Resolve {
        /// What was done.
        how: String,
        /// Who did it; the unit that has it if none.
        #[serde(default)]
        unit: Option<UnitId>,
    },
    /// 退回.
    Return(Return),
    /// 呼叫上级.
    CallUp(Climb),
    /// 挂账.
    Suspend {
        /// Day on which it is looked at again.
        until: Date,
        /// Why nothing can be done until then.
        why: String,
    },
    /// 恢复.
    Resume {},
    /// 延期.
    Extend(Extension),
    /// 转议事会.
    SendDown {
        /// Why the compound can settle it after all.
        reason: String,
    },
    /// 退回定级.
    SortBack {
        /// Why it was sorted wrongly.
        reason: String,
    },
}

/// Why a unit returns a matter.
#[derive(Debug, Deserialize)]
pub struct Return {
    /// Why it is not the unit's duty.
    pub why: String,
    /// The unit whose duty it is.
    #[serde(default)]
    pub suggest: Option<UnitId>,
}

/// What more time is asked for.
#[derive(Debug, Deserialize)]
pub struct Extension {
    /// How much.
    pub more: Budget,
    /// Why.
    pub why: String,
}

/// Why the next rung must act.
#[derive(Debug, Deserialize)]
pub struct Climb {
    /// Code of the list `call-reason`.
    pub call: String,
    /// In words; nothing when time ran out.
    #[serde(default)]
    pub why: Option<String>,
}

/// What the station keeps on a matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// How often units have returned it, in this stay.
    pub returns: u32,
    /// The stage it was suspended in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<String>,
    /// It was given more time on this rung.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub extended: bool,
}

impl Plugin for Station {
    type Settings = Settings;
    type Input = Input;
    type Note = Note;

    fn open(settings: Settings, district: District) -> Result<Station, Fault> {
        let ladder = Ladder::read(district.list("ladder"))?;
        Ok(Station { settings, ladder, district })
    }

    fn handle(&self, input: Input, step: &Step<Note>, host: &dyn Host) -> Result<Effects, Fault> {
        let Some(matter) = &step.matter else {
            return Err(Fault::failed("every input of the station is about a matter, and there is none"));
        };
        if matter.status != Status::Open {
            return Err(Fault::refused(
                "事项已结案，不能再办理；有新情况的，请另行登记",
                "the matter is closed; report anew what has happened since",
            ));
        }
        let note = step.note.clone();
        let rungs = self.ladder.as_of(self.district.day_of(matter.opened))?;
        let rung = rungs.current(matter);
        let holders = |rung: &Rung| post::holders(&rung.role, &matter.place, host);
        match input {
            Input::Sorted {} | Input::CalledUp {} | Input::Moved {} => {
                let rung = rungs.first(matter.label("size"), &self.settings.hard_level);
                Ok(rules::arrive(matter, note, rung, holders(rung)?))
            }
            Input::ActOver {} => match rungs.above(rung) {
                Some(above) => {
                    let climb = Climb { call: "time".into(), why: None };
                    Ok(rules::climb(matter, note, rung, above, holders(above)?, climb))
                }
                None => Ok(rules::top_over(rung)),
            },
            Input::ActWarned {} => Ok(rules::warned(rung, step.clock("act"))),
            Input::ActReview {} => Ok(Effects::new().say("review-due", &serde_json::json!({ "post": rung.code() }))),
            Input::Suspend { until, why } => rules::suspend(matter, &note, step.clock("act"), step.today, until, &why),
            Input::Resume {} => Ok(rules::resume(note)),
            Input::Extend(given) => rules::extend(rung, &note, step.clock("act"), &given),
            Input::CallUp(climb) => match rungs.above(rung) {
                Some(above) => Ok(rules::climb(matter, note, rung, above, holders(above)?, climb)),
                None => Err(rules::nobody_above(rung)),
            },
            Input::SignFor {} => Ok(rules::sign_for(rung)),
            Input::Send { lead, assists } => self.order(matter, &note, lead, assists).map(rules::send),
            Input::Resolve { how, unit } => Ok(rules::resolve(matter, how, unit)),
            Input::Return(given) => {
                rules::check_return(matter, &note, &given)?;
                Ok(rules::return_to_post(matter, note, given, holders(rung)?))
            }
            Input::SendDown { reason } => Ok(rules::leave(matter, "sent-down", reason)),
            Input::SortBack { reason } => Ok(rules::leave(matter, "sort-wanted", reason)),
        }
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match (request.name.as_str(), &request.of) {
            ("tray", _) => tray::tray(&self.ladder, request.today, host),
            ("units", _) => tray::units(host),
            ("route", Some(Subject::Matter(matter))) => tray::route(&self.ladder, &self.district, *matter, host),
            (other, _) => Err(Fault::failed(format!("view {other:?} is not offered"))),
        }
    }
}

impl Station {
    fn order(&self, matter: &Matter, note: &Note, lead: Option<UnitId>, assists: Vec<UnitId>) -> Result<Order, Fault> {
        match lead {
            Some(lead) => Ok(Order::new(lead, assists)),
            // The list has been disputed: repeating it would only send the matter round.
            None if 0 < note.returns => Err(duty::lead_wanted(
                "已被退回过，不能再按职责清单交办，请写明主办单位",
                "it has been returned, so the duty list does not decide; name the lead unit",
            )),
            None => Order::by_duty(self.district.list("duty"), matter, self.district.day_of(matter.opened), assists),
        }
    }
}

plugin_api::export_plugin!(Station);
