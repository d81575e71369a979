//! What the station decides on each input.
//!
//! Pure: asks nobody, not even the host. Whom a rung's matters wait for is given ([`crate::post`]).
//!
//! Always holds: an open matter has its clock running, so that the next rung is called by itself
//! when nobody acts; the label `rung` says on which it is, `unit` which unit has it now.

use jiff::civil::Date;
use plugin_api::matter::Lamp;
use plugin_api::{Budget, Clock, ClockState, Effects, Fault, Holder, Matter, Objection, Post, UnitId, Worst};
use serde_json::json;

use crate::duty::Order;
use crate::ladder::Rung;
use crate::{Climb, Extension, Note, Return};

/// The second return makes the post decide; there is no third.
const RETURNS_MAX: u32 = 2;
const CLOCK: &str = "act";

/// A matter comes to the station.
pub fn arrive(matter: &Matter, note: Note, rung: &Rung, holders: Vec<Holder>) -> Effects {
    let mut effects = on_rung(Effects::new(), matter, rung, holders);
    if note != Note::default() {
        // It was away since; returns are counted anew.
        effects = effects.note(&Note::default());
    }
    effects
}

/// The next rung must act.
pub fn climb(matter: &Matter, note: Note, from: &Rung, to: &Rung, holders: Vec<Holder>, climb: Climb) -> Effects {
    let mut data = json!({ "from": from.code(), "to": to.code(), "why": climb.call });
    if let Some(why) = climb.why {
        data["explain"] = why.into();
    }
    let effects = on_rung(Effects::new().stage("to-sign"), matter, to, holders).say("climbed", &data);
    // Each rung may be extended once.
    if note.extended { effects.note(&Note { extended: false, ..note }) } else { effects }
}

/// Time ran out where there is nobody above.
pub fn top_over(rung: &Rung) -> Effects {
    let why = format!("“{}”在{}内未办结", rung.title().zh, rung.within.words().zh);
    Effects::new().worst(Some(Worst { lamp: Lamp::Red, why })).start(CLOCK, rung.within)
}

/// A call that nobody is left to hear.
pub fn nobody_above(rung: &Rung) -> Fault {
    let title = rung.title();
    Fault::refused(
        format!("“{}”已是最高层级，上面没有可呼叫的；请办理、交办或裁定主办单位", title.zh),
        format!("{:?} is the last rung, so nobody is left to call; act, or send it to a unit", title.en),
    )
}

/// The post takes it in hand.
pub fn sign_for(rung: &Rung) -> Effects {
    Effects::new().stage("handling").say("signed-for", &json!({ "post": rung.code() }))
}

/// A unit is ordered to act.
pub fn send(order: Order) -> Effects {
    let lead = Holder::lead(Post::Unit(order.lead.clone()));
    let assists = order.assists.iter().cloned().map(|unit| Holder::assist(Post::Unit(unit)));
    Effects::new()
        .stage("with-unit")
        .holders(std::iter::once(lead).chain(assists).collect())
        .label("unit", order.lead.as_str())
        .say("sent", &json!({ "lead": order.lead, "assists": order.assists }))
}

/// The rung's time is nearly over: whoever has the matter is reminded.
pub fn warned(rung: &Rung, clock: Option<&Clock>) -> Effects {
    let mut data = json!({ "post": rung.code() });
    if let Some(clock) = clock {
        data["due"] = json!(clock.due);
        if clock.provisional {
            data["provisional"] = true.into();
        }
    }
    Effects::new().say("warned", &data)
}

/// 挂账: the clock stands still, for a reason and until a day on which somebody looks again.
pub fn suspend(
    matter: &Matter,
    note: &Note,
    clock: Option<&Clock>,
    today: Date,
    until: Date,
    why: &str,
) -> Result<Effects, Fault> {
    if clock.is_none_or(|clock| clock.state != ClockState::Running) {
        return Err(Fault::refused("时限没有在走，不能挂账", "the clock does not run, so it cannot stand still"));
    }
    if until <= today {
        let objection = Objection::new("应晚于今天", "must be later than today");
        return Err(Fault::Refused(vec![objection.field("until")]));
    }
    let note = Note { suspended: Some(matter.stage.clone()), ..note.clone() };
    let data = json!({ "until": until, "why": why });
    Ok(Effects::new().stage("suspended").note(&note).pause(CLOCK, why, Some(until)).say("suspended", &data))
}

/// It goes on where it stood, with the time that was left.
pub fn resume(note: Note) -> Effects {
    let stage = note.suspended.clone().unwrap_or_else(|| "handling".to_owned());
    Effects::new().stage(stage).note(&Note { suspended: None, ..note }).resume(CLOCK).say("resumed", &json!({}))
}

/// 延期: once on a rung, before its time is over, and by no more than the rung has.
pub fn extend(rung: &Rung, note: &Note, clock: Option<&Clock>, given: &Extension) -> Result<Effects, Fault> {
    let refused = |zh: &str, en: &str| Fault::Refused(vec![Objection::new(zh, en).field("more")]);
    if note.extended {
        return Err(refused(
            "本层级已延期过一次，不能再延；办不了的，请用“呼叫上级”",
            "was extended once on this rung; call up instead",
        ));
    }
    if clock.is_none_or(|clock| clock.state != ClockState::Running) {
        return Err(refused("时限没有在走，不能延期", "the clock does not run, so it cannot be extended"));
    }
    let is_longer = match (given.more, rung.within) {
        (Budget::Workdays(more), Budget::Workdays(all)) => all < more,
        (Budget::Workminutes(more), Budget::Workminutes(all)) => all < more,
        (Budget::Minutes(more), Budget::Minutes(all)) => all < more,
        _ => {
            let words = rung.within.words();
            return Err(refused(
                &format!("要与本层级时限同一单位（{}）", words.zh),
                &format!("must be in the unit of the rung's own time ({})", words.en),
            ));
        }
    };
    if is_longer {
        return Err(refused("延期不能超过本层级原时限", "is longer than the rung's own time"));
    }
    let data = json!({ "more": given.more, "why": given.why });
    Ok(Effects::new().note(&Note { extended: true, ..note.clone() }).extend(CLOCK, given.more).say("extended", &data))
}

/// It is done.
pub fn resolve(matter: &Matter, how: String, unit: Option<UnitId>) -> Effects {
    let mut data = json!({ "how": how });
    if let Some(unit) = unit.or_else(|| unit_of(matter)) {
        data["unit"] = unit.as_str().into();
    }
    // Said before it is closed: a closed matter is not routed.
    Effects::new().say("resolved", &data).stop(CLOCK).close("resolved")
}

/// Whether a unit may still return a matter to the post.
pub fn check_return(matter: &Matter, note: &Note, given: &Return) -> Result<(), Fault> {
    if RETURNS_MAX <= note.returns {
        return Err(Fault::refused(
            "已裁定，不能再退回；办不了的，请用“呼叫上级”",
            "the duty was decided, so it cannot be returned again; call up what cannot be done",
        ));
    }
    if given.suggest.is_some() && given.suggest == unit_of(matter) {
        let objection = Objection::new(
            "建议的不能是退回单位自己，请改填别的单位或留空",
            "is the unit itself; name another or none",
        );
        return Err(Fault::Refused(vec![objection.field("suggest")]));
    }
    Ok(())
}

/// A unit returns it: the post sends it again, and after the second time decides.
pub fn return_to_post(matter: &Matter, note: Note, given: Return, holders: Vec<Holder>) -> Effects {
    let returns = note.returns + 1;
    let stage = if returns < RETURNS_MAX { "handling" } else { "disputed" };
    let mut data = json!({ "why": given.why });
    if let Some(unit) = unit_of(matter) {
        data["unit"] = unit.as_str().into();
    }
    if let Some(unit) = given.suggest {
        data["suggest"] = unit.as_str().into();
    }
    without(Effects::new().stage(stage).holders(holders).note(&Note { returns, ..note }), matter, "unit")
        .say("returned", &data)
}

/// It leaves the ladder with a reason: down to the council, or back to triage.
pub fn leave(matter: &Matter, topic: &str, reason: String) -> Effects {
    let effects = without(without(Effects::new(), matter, "rung"), matter, "unit");
    effects.say(topic, &json!({ "reason": reason }))
}

fn on_rung(effects: Effects, matter: &Matter, rung: &Rung, holders: Vec<Holder>) -> Effects {
    let effects = effects.holders(holders).label("rung", rung.code()).start(CLOCK, rung.within);
    without(effects, matter, "unit")
}

fn without(effects: Effects, matter: &Matter, label: &str) -> Effects {
    if matter.labels.contains_key(label) { effects.unlabel(label) } else { effects }
}

fn unit_of(matter: &Matter) -> Option<UnitId> {
    matter.label("unit").map(UnitId::from)
}
