//! Who acts: what an input says of it, and what may be asked of permission with that.

use jiff::civil::Date;
use plugin_api::PersonId;

use crate::actor::Actor;
use crate::directory::Directory;
use crate::engine::input::{Act, Input, Target};
use crate::permission::Asker;

/// Who acts, as it will be journaled. The journal's own inputs have it so already.
pub(super) fn actor_of(input: &Input, act: &Act) -> Option<Actor> {
    match (&act.target, &input.by) {
        (Target::ByCode(..), _) => Some(Actor::reporter()),
        (_, Some(by)) => Some(Actor::from(by)),
        (_, None) => None,
    }
}

pub(super) fn standing(actor: Option<Actor>, away: Option<&PersonId>) -> Option<Actor> {
    match (actor, away) {
        (Some(actor), Some(away)) => Some(actor.standing_for(away)),
        (actor, _) => actor,
    }
}

pub(super) fn asker_of<'a>(
    directory: &'a Directory,
    actor: Option<&Actor>,
    by: Option<&'a PersonId>,
    on: Date,
) -> Asker<'a> {
    match actor.and_then(Actor::proof) {
        Some(proof) => Asker::with(directory, proof, on),
        None => Asker::new(directory, by, on),
    }
}
