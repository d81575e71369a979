//! Who calls the session: whom a matter waits for in its compound.
//!
//! Asks the host one question, because this runs for every matter that arrives.

use plugin_api::{Fault, Holder, Host, PlaceId, Post, RoleId};

/// The secretary of the compound's branch. Where there is none, the grid leader, with the head of
/// the community beside: whether the grid has a leader is not asked, so a vacant post must not be
/// the only one.
pub fn holders(place: &PlaceId, host: &dyn Host) -> Result<Vec<Holder>, Fault> {
    let secretaries = host.people(&RoleId::from("branch-secretary"), place)?;
    // The longest of the places around one place is the nearest.
    let nearest = secretaries.into_iter().map(|person| person.place).max_by_key(|place| place.as_str().len());
    Ok(match nearest {
        Some(compound) => vec![Holder::lead(post("branch-secretary", &compound))],
        None => vec![Holder::lead(post("grid-leader", place)), Holder::assist(post("community-head", place))],
    })
}

fn post(role: &str, place: &PlaceId) -> Post {
    Post::Role { role: RoleId::from(role), place: place.clone() }
}
