//! A desk that breaks its contract when it is asked to: built only for tests of the host.
//!
//! Asked for nothing special it behaves: `start` opens a trial, topics it is told become records.

mod border;
mod clocks;
mod deadly;
mod ways;

use std::sync::atomic::{AtomicBool, Ordering};

use plugin_api::ViewRequest;
use plugin_api::view::View;
use plugin_api::{
    Cell, Column, District, Effects, Fault, Host, Job, MatterId, Notice, Objection, Opening, Outside, PersonId,
    PlaceId, Plugin, Receipt, Returned, Step, Table, Title,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The desk.
pub struct Misbehaving {
    mood: Mood,
}

/// What a district may set.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Settings {
    /// See [`Mood`].
    pub mood: Mood,
}

/// How the desk takes being opened and called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mood {
    /// As it should.
    Good,
    /// Every call fails.
    Bad,
    /// Opening panics.
    Panics,
    /// Opening panics from the second time on.
    PanicsAgain,
    /// Opening is refused.
    Refuses,
    /// Opening is refused for this very setting.
    Objects,
    /// Opening ends the process by a signal.
    Aborts,
    /// Opening ends the process as if all were well.
    Leaves,
    /// Opening never ends.
    Hangs,
}

/// What the desk is called by.
#[derive(Debug, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
pub enum Input {
    /// Opens a trial, then does what is asked.
    Start {
        /// Where.
        place: PlaceId,
        /// What to do wrong.
        #[serde(default)]
        how: Option<String>,
        /// A matter that is none of the desk's business.
        #[serde(default)]
        other: Option<MatterId>,
        /// Who reported it.
        #[serde(default)]
        contact: Option<PersonId>,
    },
    /// Does what the reporter asks.
    Rate {
        /// What to do wrong.
        how: String,
    },
    /// Does what is asked.
    Try {
        /// What to do wrong.
        how: String,
        /// A matter that is none of the desk's business.
        #[serde(default)]
        other: Option<MatterId>,
    },
    /// A topic of another desk, watched or routed here.
    Reported {},
    /// The same.
    Settled {},
    /// The same.
    Resolved {},
    /// From another desk of this library: does what is asked.
    Handed {
        /// What to do wrong.
        #[serde(default)]
        how: Option<String>,
    },
    /// From itself: says it again, for ever.
    Again {},
    /// By a schedule: keeps when it came, opens a trial where that is said, and does what is asked.
    RoundDue {
        /// Where.
        #[serde(default)]
        place: Option<PlaceId>,
        /// What to do wrong.
        #[serde(default)]
        how: Option<String>,
    },
    /// A job has come to something: does what that says.
    #[serde(rename = "job.toil")]
    Toiled {
        /// What to do wrong.
        how: String,
    },
    /// What became of a notice.
    #[serde(rename = "receipt.told")]
    Received(Returned),
    /// The bell rang.
    #[serde(rename = "clock.bell")]
    Bell {},
    /// Does what is asked with somebody else's kind.
    Do {
        /// What to do wrong.
        how: String,
    },
    /// The matter's time ran out.
    #[serde(rename = "clock.act")]
    ActOver {},
    /// It is nearly over.
    #[serde(rename = "clock.act.soon")]
    ActSoon {},
    /// It has been over for long.
    #[serde(rename = "clock.act.late")]
    ActLate {},
    /// A pause of it is to be looked at again.
    #[serde(rename = "clock.act.review")]
    ActReview {},
}

impl Plugin for Misbehaving {
    type Settings = Settings;
    type Input = Input;
    type Note = Value;

    fn open(settings: Settings, _: District) -> Result<Misbehaving, Fault> {
        // The hook is this library's own. Each of its panics is wanted, and none shall look like a test's.
        std::panic::set_hook(Box::new(|_| {}));
        static OPENED: AtomicBool = AtomicBool::new(false);
        let opened_before = OPENED.swap(true, Ordering::Relaxed);
        match settings.mood {
            Mood::Panics => panic!("in a mood at opening"),
            Mood::PanicsAgain if opened_before => panic!("in a mood at opening again"),
            Mood::Refuses => Err(Fault::refused("不想开", "does not want to")),
            Mood::Objects => {
                let objection = Objection::new("这种脾气不行", "is not the mood for it");
                Err(Fault::Refused(vec![objection.field("mood")]))
            }
            Mood::Aborts => std::process::abort(),
            Mood::Leaves => std::process::exit(0),
            Mood::Hangs => loop {
                std::thread::park();
            },
            mood => Ok(Misbehaving { mood }),
        }
    }

    fn handle(&self, input: Input, step: &Step<Value>, _: &dyn Host) -> Result<Effects, Fault> {
        if self.mood == Mood::Bad {
            return Err(Fault::failed("in a bad mood"));
        }
        match input {
            Input::Start { place, how, other, contact } => {
                let opening = Opening {
                    kind: "trial".into(),
                    title: "试验".into(),
                    place: Some(place),
                    reporters: contact.into_iter().collect(),
                    ..Opening::default()
                };
                let effects = Effects::new().open(step.new_id(0), opening);
                match how {
                    Some(how) => ways::go(&how, effects, other, step),
                    None => Ok(effects),
                }
            }
            Input::Try { how, other } => ways::go(&how, Effects::new(), other, step),
            Input::Rate { how } | Input::Toiled { how } => ways::go(&how, Effects::new(), None, step),
            Input::Handed { how: Some(how) } => ways::go(&how, Effects::new(), None, step),
            Input::RoundDue { place, how } => ways::come_round(place, how.as_deref(), step),
            Input::Again {} => Ok(Effects::new().say("again", &json!({}))),
            Input::Bell {} => Err(Fault::refused("铃响时不办事", "does nothing when the bell rings")),
            Input::Received(Returned { notice, delivered, .. }) => {
                Ok(Effects::new().put("seen", format!("n{notice} {delivered}"), &json!({ "topic": "receipt" })))
            }
            Input::Handed { how: None } => Ok(see("handed", step)),
            Input::Reported {} => Ok(ways::repeat(step).unwrap_or_else(|| see("reported", step))),
            Input::Settled {} => Ok(see("settled", step)),
            Input::Resolved {} => Ok(see("resolved", step)),
            Input::Do { how } => ways::go(&how, Effects::new(), None, step),
            Input::ActOver {} => Ok(clocks::rang("over", step)),
            Input::ActSoon {} => Ok(clocks::rang("soon", step)),
            Input::ActLate {} => Ok(clocks::rang("late", step)),
            Input::ActReview {} => Ok(clocks::rang("review", step)),
        }
    }

    fn work(&self, job: &Job, host: &dyn Host) -> Result<Value, Fault> {
        ways::toil(job, host)
    }

    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
        ways::deliver(notice, outside)
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        match request.params.get("how").and_then(Value::as_str) {
            Some("panic") => panic!("panics in a view"),
            Some("fail") => return Err(Fault::failed("fails in a view")),
            Some("refuse") => return Err(Fault::refused("不给看", "does not show it")),
            Some(how) if how.starts_with("between ") => return clocks::between(how, host),
            _ => {}
        }
        let rows = host.records("seen", "", "")?.into_iter();
        Ok(View::Table(Table {
            title: Title::new("所见", "Seen"),
            columns: vec![Column::new("number", "编号", "Number"), Column::new("record", "记录", "Record")],
            rows: rows.map(|(key, record)| vec![Cell::Text(key), Cell::Text(record.to_string())]).collect(),
        }))
    }
}

/// What the desk was told, as a record.
fn see(topic: &str, step: &Step<Value>) -> Effects {
    let number = step.matter.as_ref().map_or("-", |matter| matter.number.as_str());
    Effects::new().put("seen", format!("{number} {topic}"), &json!({ "topic": topic }))
}
