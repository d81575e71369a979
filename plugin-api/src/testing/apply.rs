//! What an effect changes in the double. Every effect that comes here has been allowed.

use super::script::Who;
use super::{Double, week};
use crate::clock::ClockTurn;
use crate::effect::Change;
use crate::{Clock, ClockState, Effect, Link, Manifest, Matter, MatterId, Opening, Status};

/// Who makes the effects.
pub(super) struct Source<'a> {
    /// Name the desk was called by.
    pub name: &'a str,
    /// The step's matter.
    pub own: Option<MatterId>,
    /// Who acts.
    pub who: Who<'a>,
}

/// Applies one effect.
pub(super) fn apply(effect: &Effect, source: &Source<'_>, manifest: &Manifest, double: &mut Double) {
    let own = source.own;
    match effect {
        Effect::Set { on, change } => change_matter(matter(double, on.or(own)), change),
        Effect::Clock { on, name, turn } => {
            turn_clock(double, on.or(own).expect("a clock was allowed on a matter"), name, turn);
        }
        Effect::Work { .. } => {} // The case says what a job comes to.
        // A receipt comes when the case says so.
        Effect::Send(_) => {}
        Effect::Say { on, topic, data } => {
            let desk = double.desk.clone();
            let on = on.or(own).expect("a said event was allowed on a matter");
            double.add_event(on, topic, &desk, source.who, data.clone());
        }
        Effect::Tell { matter, topic, data } => {
            let desk = double.desk.clone();
            double.add_event(*matter, topic, &desk, source.who, data.clone());
        }
        Effect::Close { on, outcome } => {
            let matter = matter(double, on.or(own));
            matter.status = Status::Closed;
            matter.outcome = Some(outcome.clone());
            let id = matter.id;
            double.clocks.retain(|(on, _), _| *on != id);
        }
        Effect::Reopen { on, stage } => {
            let matter = matter(double, on.or(own));
            matter.status = Status::Open;
            matter.outcome = None;
            matter.stage.clone_from(stage);
        }
        Effect::Join { on, master } => join(double, on.or(own), *master),
        Effect::Release { child } => {
            let child = matter(double, Some(*child));
            child.status = Status::Open;
            child.links.retain(|link| link.how != "joined-into");
        }
        Effect::Note { on, note } => {
            let on = on.or(own).expect("a note was allowed on a matter");
            double.notes.insert(on, note.clone());
        }
        Effect::Put { collection, key, record } => {
            let record = serde_json::from_str(record.get()).expect("an allowed record is JSON");
            double.records.entry(collection.clone()).or_default().insert(key.clone(), record);
        }
        Effect::Delete { collection, key } => {
            double.records.get_mut(collection).map(|records| records.remove(key));
        }
        Effect::Open { id, opening } => {
            let opened = open(*id, opening, manifest, double);
            double.matters.insert(*id, opened);
        }
        Effect::Link { on, to, how } => {
            matter(double, on.or(own)).links.push(Link { how: how.clone(), to: *to });
        }
        Effect::Transfer(transfer) => double.book(transfer),
    }
}

/// A clock runs out only when the case says so.
fn turn_clock(double: &mut Double, on: MatterId, name: &str, turn: &ClockTurn) {
    let place = (on, name.to_owned());
    let (zone, now) = (double.zone.clone(), double.now);
    match turn {
        ClockTurn::Start(budget) => {
            let due = week::after(&zone, now, *budget);
            let (state, provisional) = (ClockState::Running, due.provisional);
            double.clocks.insert(place, Clock { name: name.to_owned(), state, due: due.at, provisional });
        }
        ClockTurn::Stop => drop(double.clocks.remove(&place)),
        ClockTurn::Pause { .. } | ClockTurn::Resume | ClockTurn::Extend(_) => {
            let Some(clock) = double.clocks.get_mut(&place) else { return };
            match turn {
                ClockTurn::Pause { .. } => clock.state = ClockState::Paused,
                ClockTurn::Extend(more) => clock.due = week::after(&zone, clock.due, *more).at,
                _ => clock.state = ClockState::Running,
            }
        }
    }
}

fn matter(double: &mut Double, id: Option<MatterId>) -> &mut Matter {
    id.and_then(|id| double.matters.get_mut(&id)).expect("an allowed effect is on a matter that is there")
}

fn change_matter(matter: &mut Matter, change: &Change) {
    match change.clone() {
        Change::Title(title) => matter.title = title,
        Change::Place(place) => matter.place = place,
        Change::Stage(stage) => matter.stage = stage,
        Change::Holders(holders) => matter.holders = holders,
        Change::Worst(worst) => matter.worst = worst,
        Change::Label(name, Some(value)) => {
            matter.labels.insert(name, value);
        }
        Change::Label(name, None) => {
            matter.labels.remove(&name);
        }
    }
}

fn join(double: &mut Double, child: Option<MatterId>, master: MatterId) {
    let child = matter(double, child);
    child.status = Status::Joined;
    child.links.push(Link { how: "joined-into".into(), to: master });
    let reporters = child.reporters.clone();
    let master = matter(double, Some(master));
    for reporter in reporters {
        if !master.reporters.contains(&reporter) {
            master.reporters.push(reporter);
        }
    }
}

fn open(id: MatterId, opening: &Opening, manifest: &Manifest, double: &Double) -> Matter {
    let kind = manifest.kind(&opening.kind);
    Matter {
        id,
        number: double.number(manifest, &opening.kind, id),
        kind: opening.kind.clone(),
        desk: double.desk.clone(),
        stay: 1,
        stage: kind.and_then(|kind| kind.entry()).map(|stage| stage.name.clone()).unwrap_or_default(),
        status: Status::Open,
        outcome: None,
        place: opening.place.clone().expect("an allowed opening has a place"),
        opened: double.now,
        labels: opening.labels.clone(),
        holders: Vec::new(),
        reporters: opening.reporters.clone(),
        links: Vec::new(),
        worst: None,
        title: opening.title.clone(),
        text: opening.text.clone(),
        address: opening.address.clone(),
        position: opening.position,
        reported_at: opening.reported_at,
        channel: opening.channel.clone(),
        source: opening.source.clone(),
        due: None,
        lamp: None,
    }
}
