//! What the council decides on each input.
//!
//! Pure: asks nobody but the calendar. Whom a matter waits for is given ([`crate::seat`]).
//!
//! Always holds: a matter that is neither settled nor called up has its clock running, so that it
//! leaves the compound by itself when nobody acts.

use jiff::ToSpan;
use jiff::civil::Date;
use plugin_api::{Budget, Clock, District, Effects, Fault, Holder, Host, LabelValue, Matter, Objection, Step};
use serde_json::json;

use crate::{Call, Note, Outcome, Settings};

/// Sessions that may end in further talks before the station must help (two without agreement).
const CONSULTED_MAX: u32 = 2;
const CLOCK: &str = "wait";
const RESULT: &str = "result";
const RESULT_CALL: &str = "call";

/// A matter comes to the compound, from triage or down from the station.
pub fn arrive(matter: &Matter, note: Note, holders: Vec<Holder>, settings: Settings) -> Effects {
    let mut effects = Effects::new().holders(holders).start(CLOCK, settings.wait);
    if note != Note::default() {
        // Sent down again, the compound may talk twice again.
        effects = effects.note(&Note::default());
    }
    if matter.labels.contains_key(RESULT) {
        effects = effects.unlabel(RESULT);
    }
    effects
}

/// Nobody settled it in time.
pub fn wait_over(settings: Settings) -> Effects {
    let why = format!("议事时限{}已到，仍未议定", settings.wait.words().zh);
    call_up(Call { call: "time".into(), why, tried: None, wanted: None })
}

/// The time to settle it is nearly over: whoever has the matter is reminded.
pub fn warned(clock: Option<&Clock>) -> Effects {
    let mut data = json!({});
    if let Some(clock) = clock {
        data["due"] = json!(clock.due);
        if clock.provisional {
            data["provisional"] = true.into();
        }
    }
    Effects::new().say("warned", &data)
}

/// The matter goes on the agenda of a session.
pub fn agenda(
    session: Date,
    step: &Step<Note>,
    district: &District,
    settings: Settings,
    host: &dyn Host,
) -> Result<Effects, Fault> {
    let today = step.today;
    let last = today.saturating_add(i64::from(settings.session_days_max).days());
    if session < today {
        return Err(refused(
            "session",
            format!("会议日期 {session} 已过，请填今天（{today}）或以后的日期"),
            format!("{session} is past; give today ({today}) or a later day"),
        ));
    }
    if last < session {
        return Err(refused(
            "session",
            format!("会议日期最晚为 {last}；等不到那一天的，请用“呼叫”"),
            format!("must be {last} or earlier; call the matter up if it cannot be settled by then"),
        ));
    }
    // The time to settle counts from the session's day, or a session three days ahead would be
    // overtaken by its own clock.
    let due = host.after(step.now.max(district.start_of(session)), settings.wait)?;
    let until = match settings.wait {
        // A day, so that a calendar that changes moves it.
        Budget::Workdays(_) => Budget::By(district.day_of(due.at)),
        _ => Budget::Until(due.at),
    };
    Ok(Effects::new().stage("on-agenda").start(CLOCK, until).say("agenda-posted", &json!({ "when": session })))
}

/// A session has decided.
pub fn settle(
    outcome: Outcome,
    text: String,
    matter: &Matter,
    note: Note,
    settings: Settings,
) -> Result<Effects, Fault> {
    match outcome {
        Outcome::SelfSolved if is_reserved(matter) => Err(refused(
            "outcome",
            "《民法典》第二百七十八条规定，此类事项由业主共同决定，议事会不能代为议定；请用“呼叫”，提请组织业主表决",
            "article 278 of the Civil Code leaves this to the owners in common, so the council cannot settle it; \
             call it up and ask for a vote of the owners",
        )),
        Outcome::SelfSolved => Ok(end("self", outcome, text)),
        Outcome::Reject => Ok(end("reject", outcome, text)),
        Outcome::Consult => Ok(consult(text, note, settings)),
    }
}

/// The matter needs more than the compound can do.
pub fn call_up(call: Call) -> Effects {
    Effects::new().label(RESULT, RESULT_CALL).say("called-up", &call)
}

/// The matter was sorted wrongly.
pub fn sort_back(reason: String) -> Effects {
    Effects::new().say("sort-wanted", &json!({ "reason": reason }))
}

fn end(result: &str, outcome: Outcome, text: String) -> Effects {
    // Said before it is closed: a closed matter is not routed.
    Effects::new()
        .label(RESULT, result)
        .say("settled", &json!({ "outcome": outcome, "text": text }))
        .stop(CLOCK)
        .close(result)
}

fn consult(text: String, note: Note, settings: Settings) -> Effects {
    let consulted = note.consulted + 1;
    let effects = Effects::new().stage("consult").note(&Note { consulted }).say("consulted", &json!({ "text": text }));
    if consulted < CONSULTED_MAX {
        return effects.label(RESULT, "consult").start(CLOCK, settings.wait);
    }
    let call = Call { call: "dispute".into(), why: "两次协商未成".into(), tried: Some(text), wanted: None };
    effects.label(RESULT, RESULT_CALL).say("called-up", &call)
}

fn is_reserved(matter: &Matter) -> bool {
    matter.labels.get("reserved") == Some(&LabelValue::Bool(true))
}

fn refused(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::Refused(vec![Objection::new(zh, en).field(field)])
}
