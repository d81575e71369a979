//! Who sorts what the rules cannot.

use plugin_api::{Fault, Holder, Host, PlaceId, Post, RoleId};

/// The worker of the community around a place; where nobody is, the district's.
pub(crate) fn holder(place: &PlaceId, host: &dyn Host) -> Result<Holder, Fault> {
    let worker = RoleId::from("community-worker");
    let mut district = place.clone();
    for around in place.upwards() {
        let is_community = host.place(&around)?.is_some_and(|place| place.level == "community");
        if is_community && !host.people(&worker, &around)?.is_empty() {
            return Ok(Holder::lead(Post::Role { role: worker, place: around }));
        }
        district = around;
    }
    Ok(Holder::lead(Post::Role { role: RoleId::from("district-worker"), place: district }))
}
