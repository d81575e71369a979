//! The border, written by hand where `export_plugin!` would write it: what safe Rust cannot answer
//! is answered here.
//!
//! Everything else goes to the entries that the macro would export.
#![allow(unsafe_code, reason = "an answer that breaks the ABI cannot be given through the safe contract")]

use std::ffi::c_void;

use plugin_api::abi::{self, Bytes, HostTable, MARKER, PluginTable, STATUS_OK, STATUS_REFUSED};
use serde_json::Value;

use crate::Misbehaving;

const MANIFEST: &[u8] = include_bytes!("../plugin.toml");
const SOUND: PluginTable = abi::table::<Misbehaving>(&SECTION);

#[used]
#[unsafe(link_section = ".hongling")]
static SECTION: [u8; MARKER.len() + MANIFEST.len()] = abi::manifest_section(MANIFEST);

#[allow(non_upper_case_globals, reason = "the name is fixed by ABI version 1")]
#[unsafe(no_mangle)]
pub static hongling_plugin_v1: PluginTable = PluginTable { call, ..SOUND };

extern "C" fn call(instance: *mut c_void, verb: u32, request: Bytes, host: *const HostTable, ctx: *mut c_void) -> i32 {
    // SAFETY: the host lends `request` for the length of this call.
    let bytes = unsafe { request.borrow() };
    let asked = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let how = asked.pointer("/input/data/how").and_then(Value::as_str).unwrap_or_default();
    let (status, answer): (i32, &[u8]) = match how {
        "not-json" => (STATUS_OK, b"well, let me think"),
        "not-utf8" => (STATUS_OK, b"[\xff\xfe]"),
        "not-a-list" => (STATUS_OK, br#"{"say":{"topic":"noted","data":{}}}"#),
        "no-effect" => (STATUS_OK, br#"[{"explode":{}}]"#),
        "half-json" => (STATUS_OK, br#"[{"say":{"topic":"no"#),
        "no-answer" => return STATUS_OK,
        "no-status" => (77, b"[]"),
        "clock-zero" => (STATUS_OK, br#"[{"clock":{"name":"bell","turn":{"start":{"minutes":0}}}}]"#),
        "clock-negative" => (STATUS_OK, br#"[{"clock":{"name":"bell","turn":{"start":{"workdays":-2}}}}]"#),
        "clock-more-negative" => (STATUS_OK, br#"[{"clock":{"name":"bell","turn":{"extend":{"hours":-1}}}}]"#),
        "clock-past-all" => (STATUS_OK, br#"[{"clock":{"name":"bell","turn":{"start":{"minutes":4294967296}}}}]"#),
        "garbage" => return garbage(host, ctx),
        "segfault" => return segfault(),
        "huge-output" => return huge_output(host, ctx),
        "refuse-words" => (STATUS_REFUSED, b"no!"),
        _ => return (SOUND.call)(instance, verb, request, host, ctx),
    };
    // SAFETY: the host keeps its table alive for the call, and `output` is in its first version.
    let output = unsafe { (*host).output };
    output(ctx, Bytes::lend(answer));
    status
}

/// Answers by writing into what is open, the connection to the host among it.
fn garbage(host: *const HostTable, ctx: *mut c_void) -> i32 {
    use std::io::Write as _;
    use std::os::fd::FromRawFd as _;
    for fd in 0..8 {
        // SAFETY: nothing else of this library owns a descriptor; what is not open is an error.
        let mut file = std::mem::ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd) });
        let _ = file.write_all(&[0xff; 64]);
    }
    // SAFETY: as in `call`.
    let output = unsafe { (*host).output };
    output(ctx, Bytes::lend(b"[]"));
    STATUS_OK
}

fn segfault() -> i32 {
    // SAFETY: there is none; this is what it is for.
    unsafe { std::ptr::without_provenance::<i32>(8).read_volatile() }
}

/// More than a step may answer, from memory that nobody wrote.
fn huge_output(host: *const HostTable, ctx: *mut c_void) -> i32 {
    let answer = vec![b' '; 64 * 1024 * 1024];
    // SAFETY: as in `call`.
    let output = unsafe { (*host).output };
    output(ctx, Bytes::lend(&answer));
    STATUS_OK
}
