//! ABI version 1: the frozen C table between host and plugin, and the only unsafe code of this
//! crate. `include/hongling.h` says the same for other languages; a test holds the two together.
//!
//! Always holds: no allocation crosses the border (inputs are borrowed for the call, outputs are
//! pushed through a host callback that copies); no panic crosses it (every entry is wrapped here,
//! inside the plugin: the host *cannot* catch a `cdylib`'s panic); tables are size-prefixed and
//! append-only; a layout-breaking change is a new symbol.
#![allow(unsafe_code, reason = "the border itself; each block names the duty it relies on")]

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Deserialize;

use crate::host::{Answers, Asking, Question};
use crate::outside::{Errand, Errands, Reaching, fault_of};
use crate::{District, Fault, Job, Notice, Plugin, Step, ViewRequest};

/// First bytes of the link section `.hongling`; `plugin.toml` follows to the section's end.
pub const MARKER: &[u8; 16] = b"hongling.plugin\0";
/// Name of the link section that holds the marker and `plugin.toml`.
pub const SECTION: &str = ".hongling";
/// Name of the one exported symbol, a [`PluginTable`].
pub const ENTRY_SYMBOL: &str = "hongling_plugin_v1";
/// First field of the table: "HONGLING" in ASCII, big-endian.
pub const MAGIC: u64 = 0x484F_4E47_4C49_4E47;
/// Minor version of this table layout: raised when a field or a question is appended.
pub const ABI_MINOR: u32 = 1;
/// Flag: the library was built with `panic = "abort"`, so its panics end the process.
pub const FLAG_PANIC_ABORT: u64 = 1;

/// Verb of [`PluginTable::call`]: handle one step.
pub const VERB_HANDLE: u32 = 1;
/// Verb of [`PluginTable::call`]: draw a view.
pub const VERB_VIEW: u32 = 2;
/// Verb of [`PluginTable::call`]: run a job.
pub const VERB_WORK: u32 = 3;
/// Verb of [`PluginTable::call`]: deliver a notice. Since minor version 1.
pub const VERB_DELIVER: u32 = 4;

/// Done; the output is the answer.
pub const STATUS_OK: i32 = 0;
/// Refused; the output is a JSON list of objections.
pub const STATUS_REFUSED: i32 = 1;
/// Failed; the output is a UTF-8 text for the operator.
pub const STATUS_FAILED: i32 = 2;
/// The verb is not offered; no output.
pub const STATUS_NOT_OFFERED: i32 = 3;
/// The plugin panicked and the instance is poisoned; the output is a UTF-8 text. The host closes it
/// and opens a new one.
pub const STATUS_PANICKED: i32 = 4;

/// Bytes lent for the length of one call. `data` may be null only when `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// First byte.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

impl Bytes {
    /// Lends a slice.
    pub fn lend(slice: &[u8]) -> Bytes {
        Bytes { data: slice.as_ptr(), len: slice.len() }
    }

    /// The slice that was lent.
    ///
    /// # Safety
    /// 1. `data` points to `len` initialised bytes, or `len` is 0.
    /// 2. They live and stay unchanged for `'a`.
    pub unsafe fn borrow<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: duties 1 and 2 of this function; `len` of 0 was handled above.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

/// What the host offers during a call. Size-prefixed: read a field only if `size` covers it.
#[repr(C)]
#[derive(Debug)]
pub struct HostTable {
    /// Bytes of this table.
    pub size: usize,
    /// Takes the output of the call, copying it. At most once a call; later ones are ignored.
    pub output: extern "C" fn(call: *mut c_void, output: Bytes),
    /// Answers a question (JSON of [`Question`]): pushes the answer through `sink` before it
    /// returns, and gives a status: `STATUS_OK` with JSON, else `STATUS_FAILED` with a text.
    pub ask: extern "C" fn(call: *mut c_void, question: Bytes, sink_at: *mut c_void, sink: Sink) -> i32,
    /// Since minor version 1, and only in a call of [`VERB_DELIVER`]: runs an errand (JSON of
    /// [`Errand`]) outside, pushes what comes of it through `sink` before it returns, and gives a
    /// status: `STATUS_OK` with JSON, `STATUS_REFUSED` with objections, else `STATUS_FAILED` with a
    /// text.
    pub outside: extern "C" fn(call: *mut c_void, errand: Bytes, sink_at: *mut c_void, sink: Sink) -> i32,
}

/// Takes bytes, copying them.
pub type Sink = extern "C" fn(sink_at: *mut c_void, bytes: Bytes);

/// The exported table.
#[repr(C)]
#[derive(Debug)]
pub struct PluginTable {
    /// [`MAGIC`].
    pub magic: u64,
    /// Bytes of this table.
    pub size: usize,
    /// Minor version the library was built with.
    pub abi_minor: u32,
    /// Least minor version of a host that may load it.
    pub min_host_minor: u32,
    /// [`FLAG_PANIC_ABORT`].
    pub flags: u64,
    /// Marker and `plugin.toml`, the same bytes as in the link section.
    pub manifest: Bytes,
    /// Makes an instance from `{"settings":…,"district":{"zone":…,"lists":…}}` (JSON) and stores it at
    /// `instance`. Gives a status.
    pub open:
        extern "C" fn(opening: Bytes, host: *const HostTable, call: *mut c_void, instance: *mut *mut c_void) -> i32,
    /// Calls an instance. Gives a status.
    pub call: extern "C" fn(
        instance: *mut c_void,
        verb: u32,
        request: Bytes,
        host: *const HostTable,
        call: *mut c_void,
    ) -> i32,
    /// Ends an instance, also a poisoned one. Its pointer is dead afterwards.
    pub close: extern "C" fn(instance: *mut c_void),
}

// SAFETY: the table is immutable, and what it points to is `'static` and immutable.
unsafe impl Sync for PluginTable {}

/// The bytes of the link section: marker and manifest.
pub const fn manifest_section<const N: usize>(manifest: &[u8]) -> [u8; N] {
    let mut section = [0; N];
    let mut i = 0;
    while i < MARKER.len() {
        section[i] = MARKER[i];
        i += 1;
    }
    while i < N {
        section[i] = manifest[i - MARKER.len()];
        i += 1;
    }
    section
}

/// The table of a desk, for [`crate::export_plugin!`].
pub const fn table<P: Plugin>(section: &'static [u8]) -> PluginTable {
    PluginTable {
        magic: MAGIC,
        size: size_of::<PluginTable>(),
        abi_minor: ABI_MINOR,
        min_host_minor: 0,
        flags: if cfg!(panic = "abort") { FLAG_PANIC_ABORT } else { 0 },
        manifest: Bytes { data: section.as_ptr(), len: section.len() },
        open: open::<P>,
        call: call::<P>,
        close: close::<P>,
    }
}

/// How one call ended, before it is pushed over the border.
type Outcome = Result<String, (i32, String)>;

extern "C" fn open<P: Plugin>(
    settings: Bytes,
    host: *const HostTable,
    call: *mut c_void,
    instance: *mut *mut c_void,
) -> i32 {
    let host = Border { host, call };
    host.finish(guard(|| {
        // SAFETY: the host lends `settings` for the length of this call.
        let settings = unsafe { settings.borrow() };
        let opening: OpenCall<P::Settings> =
            serde_json::from_slice(settings).map_err(|error| misread("settings do not parse", &error))?;
        let desk = P::open(opening.settings, opening.district).map_err(fault_output)?;
        // SAFETY: `instance` is the host's out-pointer, valid for one write during this call.
        unsafe { *instance = Box::into_raw(Box::new(desk)).cast() };
        Ok(String::new())
    }))
}

extern "C" fn call<P: Plugin>(
    instance: *mut c_void,
    verb: u32,
    request: Bytes,
    host: *const HostTable,
    call: *mut c_void,
) -> i32 {
    let host = Border { host, call };
    host.finish(guard(|| {
        // SAFETY: the host passes what `open` stored and has not closed it; it is only shared.
        let desk = unsafe { &*instance.cast::<P>() };
        // SAFETY: the host lends `request` for the length of this call.
        let request = unsafe { request.borrow() };
        let request =
            std::str::from_utf8(request).map_err(|error| (STATUS_FAILED, format!("request is not UTF-8: {error}")))?;
        match verb {
            VERB_HANDLE => handle(desk, request, &host),
            VERB_VIEW => view(desk, request, &host),
            VERB_WORK => work(desk, request, &host),
            VERB_DELIVER => deliver(desk, request, &host),
            _ => Err((STATUS_NOT_OFFERED, String::new())),
        }
    }))
}

extern "C" fn close<P: Plugin>(instance: *mut c_void) {
    // A panic while dropping must not cross; there is nobody left to tell.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: made by `open` with `Box::into_raw`, and the host closes it once.
        drop(unsafe { Box::from_raw(instance.cast::<P>()) });
    }));
}

/// An opening on the wire.
#[derive(Deserialize)]
struct OpenCall<S> {
    settings: S,
    district: District,
}

/// A step on the wire.
#[derive(Deserialize)]
#[serde(bound(deserialize = "I: Deserialize<'de>, N: Default + Deserialize<'de>"))]
struct Call<I, N> {
    input: I,
    step: Step<N>,
}

fn handle<P: Plugin>(desk: &P, request: &str, host: &Border) -> Outcome {
    let call: Call<P::Input, P::Note> =
        serde_json::from_str(request).map_err(|error| misread("the input does not fit this desk", &error))?;
    let effects = desk.handle(call.input, &call.step, &Asking(host)).map_err(fault_output)?;
    serde_json::to_string(effects.list()).map_err(|error| (STATUS_FAILED, error.to_string()))
}

fn view<P: Plugin>(desk: &P, request: &str, host: &Border) -> Outcome {
    let request: ViewRequest =
        serde_json::from_str(request).map_err(|error| misread("unreadable view request", &error))?;
    let view = desk.view(&request, &Asking(host)).map_err(fault_output)?;
    serde_json::to_string(&view).map_err(|error| (STATUS_FAILED, error.to_string()))
}

fn work<P: Plugin>(desk: &P, request: &str, host: &Border) -> Outcome {
    let job: Job = serde_json::from_str(request).map_err(|error| misread("unreadable job", &error))?;
    let result = desk.work(&job, &Asking(host)).map_err(fault_output)?;
    serde_json::to_string(&result).map_err(|error| (STATUS_FAILED, error.to_string()))
}

fn deliver<P: Plugin>(desk: &P, request: &str, host: &Border) -> Outcome {
    let notice: Notice = serde_json::from_str(request).map_err(|error| misread("unreadable notice", &error))?;
    let receipt = desk.deliver(&notice, &Reaching(host)).map_err(fault_output)?;
    serde_json::to_string(&receipt).map_err(|error| (STATUS_FAILED, error.to_string()))
}

/// What does not read, told without it: the error quotes a text it did not expect, which may be a
/// resident's words (I10) and of any length.
fn misread(what: &str, error: &serde_json::Error) -> (i32, String) {
    const CHARS_MAX: usize = 300;
    let error = error.to_string();
    let unquoted = error.split_once("string \"").and_then(|(before, rest)| {
        let (_, after) = rest.rsplit_once("\", expected")?;
        Some(format!("{before}a text, expected{after}"))
    });
    let told: String = unquoted.unwrap_or(error).chars().take(CHARS_MAX).collect();
    (STATUS_FAILED, format!("{what}: {told}"))
}

fn fault_output(fault: Fault) -> (i32, String) {
    match fault {
        Fault::Refused(objections) => match serde_json::to_string(&objections) {
            Ok(text) => (STATUS_REFUSED, text),
            Err(error) => (STATUS_FAILED, error.to_string()),
        },
        Fault::Failed(text) => (STATUS_FAILED, text),
    }
}

fn guard(work: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err((STATUS_PANICKED, panic_text(payload))))
}

fn panic_text(payload: Box<dyn Any + Send>) -> String {
    let text = match payload.downcast_ref::<&str>() {
        Some(text) => (*text).to_owned(),
        None => payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "panicked without a message".to_owned()),
    };
    // The payload's own drop may panic, and that panic would cross the border.
    std::mem::forget(payload);
    text
}

/// The host, seen from inside one call.
struct Border {
    host: *const HostTable,
    call: *mut c_void,
}

impl Border {
    fn finish(&self, outcome: Outcome) -> i32 {
        let (status, text) = match outcome {
            Ok(text) => (STATUS_OK, text),
            Err((status, text)) => (status, text),
        };
        // SAFETY: the host keeps its table alive for the call, and `output` is in its first version.
        let output = unsafe { (*self.host).output };
        output(self.call, Bytes::lend(text.as_bytes()));
        status
    }
}

extern "C" fn collect(sink_at: *mut c_void, bytes: Bytes) {
    // SAFETY: `answer` below passes its own `Vec`, alive and unshared while it waits.
    let sink = unsafe { &mut *sink_at.cast::<Vec<u8>>() };
    // SAFETY: the host lends `bytes` for the length of this callback.
    sink.extend_from_slice(unsafe { bytes.borrow() });
}

impl Answers for Border {
    fn answer(&self, question: &Question) -> Result<String, String> {
        let question = serde_json::to_string(question).map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        // SAFETY: as in `finish`; `ask` is in the table's first version.
        let ask = unsafe { (*self.host).ask };
        let status = ask(self.call, Bytes::lend(question.as_bytes()), (&raw mut answer).cast(), collect);
        let text = String::from_utf8(answer).map_err(|error| error.to_string())?;
        if status == STATUS_OK { Ok(text) } else { Err(text) }
    }
}

impl Errands for Border {
    fn run(&self, errand: &Errand) -> Result<String, Fault> {
        let errand = serde_json::to_string(errand).map_err(|error| Fault::failed(error.to_string()))?;
        // SAFETY: as in `finish`; `size` is the table's first field.
        let size = unsafe { (&raw const (*self.host).size).read() };
        if size < std::mem::offset_of!(HostTable, outside) + size_of::<usize>() {
            return Err(Fault::failed("this host is of ABI 1.0 and lets nobody reach outside; take a newer one"));
        }
        let mut answer = Vec::new();
        // SAFETY: `size`, checked above, covers the field; through a raw pointer, for a table of the
        // first version is shorter than its type.
        let outside = unsafe { (&raw const (*self.host).outside).read() };
        let status = outside(self.call, Bytes::lend(errand.as_bytes()), (&raw mut answer).cast(), collect);
        let text = String::from_utf8(answer).map_err(|error| Fault::failed(error.to_string()))?;
        if status == STATUS_OK { Ok(text) } else { Err(fault_of(status, text)) }
    }
}

#[cfg(test)]
mod tests;
