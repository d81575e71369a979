//! The post of a rung: its role, at the place where it was given.
//!
//! Asks the host one question, because this runs for every matter that arrives.

use plugin_api::{Fault, Holder, Host, PlaceId, Post, RoleId};

/// Who must act on a rung for a matter at `place`. A vacant role is held for the matter's own place:
/// whoever is appointed later covers it, and until then the clock goes on to the next rung.
pub fn holders(role: &RoleId, place: &PlaceId, host: &dyn Host) -> Result<Vec<Holder>, Fault> {
    let people = host.people(role, place)?;
    // The longest of the places around one place is the nearest.
    let nearest = people.into_iter().map(|person| person.place).max_by_key(|place| place.as_str().len());
    let place = nearest.unwrap_or_else(|| place.clone());
    Ok(vec![Holder::lead(Post::Role { role: role.clone(), place })])
}
