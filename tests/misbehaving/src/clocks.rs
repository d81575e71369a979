//! Clocks, turned as a text says, and what the desk sees of them when one calls it.

use plugin_api::clock::TimeUnit;
use plugin_api::{Budget, ClockState, Effects, Fault, Host, Step, Title, View};
use serde_json::{Value, json};

/// Whether a way turns clocks: `act start 2 workdays; bell pause`.
pub(crate) fn is_turn(how: &str) -> bool {
    how.starts_with("act ") || how.starts_with("bell ")
}

/// Turns them.
pub(crate) fn turn(how: &str, effects: Effects) -> Result<Effects, Fault> {
    how.split("; ").try_fold(effects, turn_one)
}

fn turn_one(effects: Effects, how: &str) -> Result<Effects, Fault> {
    let words: Vec<&str> = how.splitn(3, ' ').collect();
    Ok(match words[..] {
        [clock, "start", budget] => effects.start(clock, read(budget)?),
        [clock, "extend", budget] => effects.extend(clock, read(budget)?),
        [clock, "pause"] => effects.pause(clock, "", None),
        [clock, "pause", why] => match why.rsplit_once(' ') {
            Some((why, review)) => effects.pause(clock, why, review.parse().ok()),
            None => effects.pause(clock, why, None),
        },
        [clock, "resume"] => effects.resume(clock),
        [clock, "stop"] => effects.stop(clock),
        _ => return Err(Fault::failed(format!("turns no clock so: {how:?}"))),
    })
}

fn read(budget: &str) -> Result<Budget, Fault> {
    let unreadable = || Fault::failed(format!("not a budget: {budget:?}"));
    match budget.split_once(' ') {
        Some(("by", day)) => day.parse().map(Budget::By).map_err(|_| unreadable()),
        Some(("until", instant)) => instant.parse().map(Budget::Until).map_err(|_| unreadable()),
        _ => budget.parse().map_err(|_| unreadable()),
    }
}

/// A moment has come: which, and the clocks as the desk sees them.
pub(crate) fn rang(moment: &str, step: &Step<Value>) -> Effects {
    let clocks = step.clocks.iter().map(|clock| {
        let state = match clock.state {
            ClockState::Running => "runs",
            ClockState::Paused => "paused",
            ClockState::Out => "out",
        };
        format!(", {} {state}", clock.name)
    });
    Effects::new().say("noted", &json!({ "how": format!("{moment}{}", clocks.collect::<String>()) }))
}

/// `between FROM TO`: the workdays between two instants.
pub(crate) fn between(how: &str, host: &dyn Host) -> Result<View, Fault> {
    let instants: Result<Vec<_>, _> = how.split(' ').skip(1).map(str::parse).collect();
    let Ok([from, to]) = instants.as_deref() else { return Err(Fault::failed(format!("not two instants: {how:?}"))) };
    let elapsed = host.between(*from, *to, TimeUnit::Workdays)?;
    let mark = if elapsed.provisional { " (provisional)" } else { "" };
    let text = format!("{} workdays{mark}", elapsed.count);
    Ok(View::Text(Title::new(&text, &text)))
}
