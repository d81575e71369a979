//! The ways of breaking the contract that safe Rust has.
//!
//! Each is one step's answer, so that a test can say what it costs: that step and nothing else.

use std::panic::panic_any;

use plugin_api::outside::{FileWay, FileWrite};
use plugin_api::{
    Budget, Effects, Fault, Host, Job, MatterId, Notice, Objection, Opening, Outside, PersonId, PlaceId, Post, Receipt,
    Recipients, Step,
};
use serde_json::{Value, json};

use crate::{clocks, deadly};

/// A panic's payload whose own drop panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("panics while dropping");
    }
}

/// Does what is asked, after the effects so far.
pub(crate) fn go(how: &str, effects: Effects, other: Option<MatterId>, step: &Step<Value>) -> Result<Effects, Fault> {
    if let Some(ended) = deadly::go(how, effects.clone()) {
        return ended;
    }
    match how {
        "well" => Ok(effects.stage("done").say("noted", &json!({ "how": "well" }))),
        "remember" => Ok(effects.note(&json!({ "seq": step.input.seq })).say("noted", &json!({ "how": "remember" }))),
        "who" => Ok(effects.say("noted", &json!({ "how": who(step) }))),
        "close" => Ok(effects.close("done with")),
        "tell" => Ok(effects.send(Recipients::Post(Post::Person("nobody".into())), "told", &json!({ "how": how }))),
        "panic" => panic!("panics in a step"),
        "panic-in-drop" => panic_any(Bomb),
        "abort" => std::process::abort(),
        "abort-if-told" if std::env::var_os("HONGLING_IT_ABORT").is_some() => std::process::abort(),
        "abort-if-told" => Ok(effects.say("noted", &json!({ "how": how }))),
        "hang" => loop {
            std::thread::park();
        },
        "fail" => Err(Fault::failed("fails in a step")),
        "refuse" => Err(refuse()),
        "refuse-nothing" => Err(Fault::Refused(Vec::new())),
        other_way => match other {
            Some(other) => meddle(other_way, effects, other),
            None if clocks::is_turn(other_way) => clocks::turn(other_way, effects),
            None => name_wrongly(other_way, effects, step),
        },
    }
}

/// Who acted, as the desk is told.
fn who(step: &Step<Value>) -> String {
    let input = &step.input;
    let person = |what: &str, person: &Option<PersonId>| person.as_ref().map(|person| format!("{what} {person}"));
    let proof = input.proof.map(|proof| format!("with {proof:?}").to_lowercase());
    let told = [person("by", &input.by), proof, person("for", &input.stands_for), person("second", &input.second)];
    told.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Keeps when a schedule came, and on which day that was.
pub(crate) fn come_round(place: Option<PlaceId>, how: Option<&str>, step: &Step<Value>) -> Result<Effects, Fault> {
    let mut effects = Effects::new().put("seen", format!("{} round", step.now), &json!({ "topic": step.today }));
    if let Some(place) = place {
        let opening =
            Opening { kind: "trial".into(), title: "巡查".into(), place: Some(place), ..Opening::default() };
        effects = effects.open(step.new_id(0), opening);
    }
    how.map_or(Ok(effects.clone()), |how| go(how, effects, None, step))
}

/// Its own matter whose title begins so is handed on with the title as a label: a resident's words.
const REPEATED: &str = "照抄";

/// Makes a label of what somebody said.
pub(crate) fn repeat(step: &Step<Value>) -> Option<Effects> {
    let matter = step.matter.as_ref().filter(|matter| matter.desk == step.desk)?;
    let title = matter.title.strip_prefix(REPEATED)?;
    Some(Effects::new().label("mark", title).say("handed", &json!({})))
}

fn refuse() -> Fault {
    Fault::Refused(vec![
        Objection::new("这样不行", "not like this").field("how"),
        Objection::new("那样也不行", "nor like that"),
    ])
}

/// Effects on somebody else's matter (I5).
fn meddle(how: &str, effects: Effects, other: MatterId) -> Result<Effects, Fault> {
    let effects = effects.on(other);
    Ok(match how {
        "set-other" => effects.label("mark", "mine"),
        "close-other" => effects.close("mine"),
        "clock-other" => effects.start("bell", Budget::hours(1)),
        "say-other" => effects.say("noted", &json!({ "how": how })),
        "tell-other" => effects.tell(other, "noted", &json!({ "how": how })),
        _ => return Err(unknown(how)),
    })
}

/// Names that are not declared, values that do not fit, and too much of everything.
fn name_wrongly(how: &str, effects: Effects, step: &Step<Value>) -> Result<Effects, Fault> {
    // The first effect is sound: it must not stand without the others (I3).
    let effects = effects.label("mark", "half a step");
    Ok(match how {
        "stage" => effects.stage("nowhere"),
        "label" => effects.label("colour", "red"),
        "label-type" => effects.label("count", "three"),
        "topic" => effects.say("gossip", &json!({})),
        "topic-data" => effects.say("noted", &json!({ "how": how, "colour": "red" })),
        "topic-lacks" => effects.say("noted", &json!({})),
        "data-text" => effects.say("noted", &"not an object"),
        "clock" => effects.start("gong", Budget::hours(1)),
        "clock-long" => effects.start("bell", Budget::Minutes(u32::MAX)),
        "collection" => effects.put("secrets", "a", &json!({})),
        "record-key" => effects.put("seen", "k".repeat(300), &json!({})),
        "no-matter" => effects.on(MatterId(999_999)).label("mark", "nobody's"),
        "wrong-id" => open(effects, MatterId(step.next_id + 5), "trial", Some("daguan")),
        "wrong-kind" => open(effects, step.new_id(0), "rumour", Some("daguan")),
        "no-place" => open(effects, step.new_id(0), "trial", None),
        "place" => effects.place(PlaceId::from("atlantis")),
        "many" => (0..1000).fold(effects, |effects, n| effects.label("count", n)),
        "huge" => effects.note(&"x".repeat(2 * 1024 * 1024)),
        "again" => effects.say("again", &json!({})),
        "toil-and-hand" => effects.work("toil", &json!({ "how": "then-well" })).say("handed", &json!({})),
        "job" => effects.work("idle", &json!({})),
        "job-params" => effects.work("toil", &json!({ "how": how, "colour": "red" })),
        "job-lacks" => effects.work("toil", &json!({})),
        "job-text" => effects.work("toil", &"not an object"),
        "bell" => effects.start("bell", Budget::hours(1)),
        "two-ways" => effects.say("handed", &json!({})).say("again", &json!({})),
        _ => return hand_on(how, effects),
    })
}

/// `hand:WAY` says a topic that makes the next desk of this library do that.
fn hand_on(how: &str, effects: Effects) -> Result<Effects, Fault> {
    match how.split_once(':') {
        Some(("toil", how)) => Ok(effects.work("toil", &json!({ "how": how }))),
        Some(("hand", "")) => Ok(effects.say("handed", &json!({}))),
        Some(("hand", next)) => Ok(effects.say("handed", &json!({ "how": next }))),
        _ => Err(unknown(how)),
    }
}

/// A notice that goes as its words say: the first try of `WAY-first` that way, what else there is into a file.
pub(crate) fn deliver(notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
    match notice.text.strip_suffix("-first").filter(|_| notice.attempt == 1) {
        Some("hang") => loop {
            std::thread::park();
        },
        Some("abort") => std::process::abort(),
        Some("panic") => panic!("panics in a delivery"),
        Some("read") => std::fs::read_to_string("/etc/passwd").map_err(|_| Fault::failed("refused once"))?,
        _ => String::new(),
    };
    let (path, text) = ("outbox/odd.jsonl".to_owned(), format!("{} {}", notice.attempt, notice.text));
    outside.file(&FileWrite { path, text, way: FileWay::Append })?;
    Ok(Receipt { id: Some(format!("try {}", notice.attempt)) })
}

/// A job that goes as its params say.
pub(crate) fn toil(job: &Job, host: &dyn Host) -> Result<Value, Fault> {
    let how = job.params.get("how").and_then(Value::as_str).unwrap_or_default();
    match how.split_once('-').unwrap_or((how, "")) {
        // Becomes the way the next step goes.
        ("then", next) => Ok(json!({ "how": next })),
        ("fail", "") => Err(Fault::failed("fails in a job")),
        ("refuse", "") => Err(refuse()),
        ("panic", "") => panic!("panics in a job"),
        ("abort", "") => std::process::abort(),
        ("twice", "") if job.attempt < 3 => Err(Fault::failed(format!("fails at try {}", job.attempt))),
        ("twice", "") => Ok(json!({ "how": "well" })),
        ("text", "") => Ok(json!("not an object")),
        ("lacks", "") => Ok(json!({})),
        ("more", "") => Ok(json!({ "how": "well", "colour": "red" })),
        ("huge", "") => Ok(json!({ "how": "x".repeat(2 * 1024 * 1024) })),
        ("secrets", "") => Ok(json!({ "how": host.records("secrets", "", "")?.len().to_string() })),
        _ => Err(unknown(how)),
    }
}

fn open(effects: Effects, id: MatterId, kind: &str, place: Option<&str>) -> Effects {
    let place = place.map(PlaceId::from);
    effects.open(id, Opening { kind: kind.into(), title: "多出来的".into(), place, ..Opening::default() })
}

fn unknown(how: &str) -> Fault {
    Fault::failed(format!("knows no way {how:?}"))
}
