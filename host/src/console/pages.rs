//! The pages: each says what it shows, the frame around it is the same for all.

pub(super) mod frame;
mod front;
pub(super) mod list;
mod overview;
mod matter;
mod form;
pub(super) mod act;
pub(super) mod desks;
mod drawn;
mod import;
mod directory;
mod report;
mod progress;
mod host;

use super::door::Routes;

pub(super) fn add(routes: &mut Routes) {
    front::add(routes);
    list::add(routes);
    overview::add(routes);
    matter::add(routes);
    act::add(routes);
    desks::add(routes);
    import::add(routes);
    directory::add(routes);
    report::add(routes);
    progress::add(routes);
    host::add(routes);
}
