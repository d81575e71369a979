//! The trait every desk implements.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{District, Effects, Fault, Host, Job, Notice, Outside, Receipt, Step, View, ViewRequest};

/// What a desk is. Implement it, then `export_plugin!(MyDesk)`.
///
/// Thread: calls may come from any thread and several at once, but a step of one desk never runs
/// beside another step of the same desk. Ownership: everything passed is borrowed for the call.
/// Panics are caught at the border, cost the step, and lead to a new instance by [`Plugin::open`].
///
pub trait Plugin: Sized + Send + Sync + 'static {
    /// Settings as `plugin.toml` declares them, checked and filled with its defaults. A desk
    /// without settings has a struct without fields.
    type Settings: DeserializeOwned;

    /// One variant for each name this desk is called by: an action, a topic, a clock
    /// (`clock.rung`), a finished job (`job.tally`). Adjacently tagged: `#[serde(tag = "name", content = "data")]`.
    type Input: DeserializeOwned;

    /// This desk's own document on one matter. A desk that notes nothing says `()`.
    type Note: Default + Serialize + DeserializeOwned;

    /// Once per generation: again whenever the settings, a code table or the district's zone change.
    /// A fault is reported with the place in the config it belongs to: an objection names a setting by
    /// its `field`, or a cell of a list as `LIST.COLUMN` with the `row` of the list, from 1. A config is
    /// checked with a desk opened in a process that ends at once, within 5 s.
    fn open(settings: Self::Settings, district: District) -> Result<Self, Fault>;

    /// One step: what should be done about it. Pure: the same arguments and answers give the same
    /// effects.
    fn handle(&self, input: Self::Input, step: &Step<Self::Note>, host: &dyn Host) -> Result<Effects, Fault>;

    /// Something to look at. Reads only; may run beside other calls.
    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        let _ = host;
        Err(Fault::failed(format!("view {:?} is not offered", request.name)))
    }

    /// Long work that only reads, page by page: no lock is held between two questions, so what they
    /// are answered may be of different instants. Runs beside steps and views, one job after the other.
    /// What it comes to is kept and given to [`Plugin::handle`] as the input `job.<name>`; that input is
    /// what counts afterwards, the job itself is never run again for it.
    ///
    /// [`Fault::Failed`] is tried again with growing waits, then parked; [`Fault::Refused`] is parked at
    /// once, since nobody is there to mend it.
    fn work(&self, job: &Job, host: &dyn Host) -> Result<Value, Fault> {
        let _ = host;
        Err(Fault::failed(format!("job {:?} is not offered", job.name)))
    }

    /// One notice to the world outside, for outlets (`outlet = true` in the manifest). Runs beside the
    /// engine and beside other calls, one notice of an outlet at a time.
    ///
    /// Tried again, with the same [`Notice::key`], until it succeeds or is given up: with
    /// [`Fault::Failed`] after 1 s, 10 s, 1 min, 10 min, 1 h, 6 h and 24 h; with [`Fault::Refused`] not at all.
    fn deliver(&self, notice: &Notice, outside: &dyn Outside) -> Result<Receipt, Fault> {
        let _ = outside;
        Err(Fault::failed(format!("delivering is not offered, so not notice {}", notice.id)))
    }
}

/// Makes a library of a desk: emits the one exported symbol and embeds `plugin.toml`.
///
/// Call it once, at the top level of the crate, beside a `plugin.toml` in the crate's root. The
/// crate is `crate-type = ["cdylib", "rlib"]`. The trait never crosses the border: what is exported
/// is the C table of [`crate::abi`].
#[macro_export]
macro_rules! export_plugin {
    ($desk:ty) => {
        const _: () = {
            const MANIFEST: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.toml"));

            // Read by the host from the file's bytes, without running anything of this library.
            #[used]
            #[allow(unsafe_code, reason = "a link section is how a library is inspected without being run")]
            #[unsafe(link_section = ".hongling")]
            static SECTION: [u8; $crate::abi::MARKER.len() + MANIFEST.len()] = $crate::abi::manifest_section(MANIFEST);

            #[allow(unsafe_code, reason = "the one symbol a plugin exports")]
            #[allow(non_upper_case_globals, reason = "the name is fixed by ABI version 1")]
            #[unsafe(no_mangle)]
            pub static hongling_plugin_v1: $crate::abi::PluginTable = $crate::abi::table::<$desk>(&SECTION);
        };
    };
}
