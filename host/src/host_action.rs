//! Actions of the host's own, the same for all matters: what they are called, ask and say.
//!
//! Pure. The table is `host_action.toml`, in the grammar of a desk's own manifest; what an action does
//! to a matter is below. Who may is decided in `permission`, and the engine runs them.
//!
//! Always holds (I7): none of them turns a clock. A desk may have an action of the same name: it is
//! that which is meant by the bare name, and the host's by `@` and the name.

mod change;

use std::sync::LazyLock;

use plugin_api::Manifest;
use plugin_api::manifest::Action;

pub use change::{Changed, Changing, change};

/// What the name of an action of the host's begins with in the journal: no desk's can.
pub const MARK: char = '@';

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    toml::from_str(include_str!("host_action.toml")).expect("the host's own table reads, by its test")
});

/// The host's own actions and topics.
pub fn manifest() -> &'static Manifest {
    &MANIFEST
}

/// The action of a name, with or without its mark.
pub fn find(name: &str) -> Option<&'static Action> {
    manifest().action(name.strip_prefix(MARK).unwrap_or(name))
}

/// Whether the name is written as the host's own.
pub fn is_marked(name: &str) -> bool {
    name.starts_with(MARK)
}

/// The name as the journal has it.
pub fn marked(action: &Action) -> String {
    format!("{MARK}{}", action.name)
}

#[cfg(test)]
mod tests {
    use super::{find, manifest};

    /// It fits itself as a desk's does, but for the kind and the names only the host has.
    #[test]
    fn the_table_is_sound() {
        let known = ["which is neither a kind nor", "which \"matter\" has not", "is none of @holder"];
        let problems: Vec<String> = manifest()
            .problems()
            .into_iter()
            .filter(|problem| !known.iter().any(|known| problem.contains(known)))
            .collect();
        assert!(problems.is_empty(), "{problems:?}");
        assert!(manifest().say.iter().all(|say| say.log), "no route is asked about them");
        assert_eq!(find("@comment").map(|action| &*action.name), Some("comment"));
    }
}
