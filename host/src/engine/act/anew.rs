//! A form of the journal, already canonical and masked, held against the action of another config.
//!
//! It cannot be parsed once more as if it were typed: a contact is a person by now, an amount is in its
//! smallest unit. So asked is who may do it, that every field is known and none is missing, and that
//! choices, codes, places and units are still there; the rest the desk reads as it is.

use plugin_api::Objection;
use plugin_api::field::{Field, FieldKind};
use plugin_api::manifest::Action;

use super::{Act, Early, Engine, Input, actor_of, asker_of};
use crate::actor::Actor;
use crate::config::DeskConfig;
use crate::config::known::Known;
use crate::engine::border::find_matter;
use crate::matter::Head;

impl Engine {
    pub(super) fn check_anew(
        &mut self,
        input: &Input,
        act: &Act,
        (spec, action): (&DeskConfig, &Action),
        matter: Option<&Head>,
        now_ms: i64,
    ) -> Result<(), Early> {
        let config = std::sync::Arc::clone(&self.config);
        let actor = actor_of(input, act);
        let by = actor.as_ref().and_then(Actor::person);
        if let Some(by) = by.as_ref().filter(|by| config.directory.person(by).is_none()) {
            return Err(Objection { field: None, row: None, text: config.directory.no_person(by.as_str()) }.into());
        }
        let day = config.day_of(now_ms);
        let place = self.place_of(action, &act.form, matter)?;
        asker_of(&config.directory, actor.as_ref(), by.as_ref(), day).check_action(
            spec,
            action,
            matter,
            place.as_ref(),
        )?;
        let find_matter = |number: &str| find_matter(number, &self.batch, &self.store);
        let known = Known { config: &config, day, find_matter: &find_matter, find_file: &|_| None };
        let unknown = act.form.keys().filter(|name| action.fields.get(name).is_none());
        let mut objections: Vec<Objection> = unknown
            .map(|name| objection(name, Objection::new("改后没有这一项", "there is no such field then")))
            .collect();
        for (name, field) in action.fields.iter() {
            match act.form.get(name) {
                Some(value) if is_named(field) => {
                    let wrong = field.parse(value, &known).err().unwrap_or_default();
                    objections.extend(wrong.into_iter().map(|wrong| objection(name, wrong)));
                }
                None if field.required && field.when.is_empty() && field.default.is_none() => {
                    objections.push(objection(name, Objection::new("改后必须填写", "is required then")));
                }
                _ => {}
            }
        }
        if objections.is_empty() { Ok(()) } else { Err(Early::Answer(super::Answer::Refused(objections))) }
    }
}

/// Whether its canonical value is what is typed, a name of something that may be gone.
fn is_named(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Choice(_) | FieldKind::Code { .. } | FieldKind::Place { .. } | FieldKind::Unit)
}

fn objection(name: &str, objection: Objection) -> Objection {
    Objection { field: objection.field.or_else(|| Some(name.to_owned())), ..objection }
}
