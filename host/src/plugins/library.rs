//! A loaded library and its instances: the only place of the host that crosses the border.
//!
//! Knows the C table of ABI version 1 and nothing of what is said over it; [`super::Desk`] gives
//! statuses their meaning. Always holds: only a [`Trusted`] copy is loaded, and it is never
//! unloaded; the table is read through raw pointers, no further than it says it reaches; what a
//! library hands over is copied before the call returns, and at most `output_bytes_max` of it;
//! nothing unwinds into a library.
#![allow(unsafe_code, reason = "the border itself; each block names the check it relies on")]

mod frame;
pub mod strange;

use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use libloading::os::unix::{Library as Handle, RTLD_LOCAL, RTLD_NOW};
use plugin_api::abi::{ABI_MINOR, Bytes, ENTRY_SYMBOL, FLAG_PANIC_ABORT, HostTable, MAGIC, PluginTable, STATUS_OK};
use plugin_api::{Fault, Title};

use super::inspect::{Inspection, without_zeros};
use super::trust::Trusted;
use super::{one_line, shown};
use frame::{HOST, within_call};
pub(super) use frame::{Output, Reply, nowhere, status_of};

/// Answers a desk's question (JSON of `plugin_api::host::Question`) with JSON, or says why not.
pub type Ask<'a> = dyn FnMut(&str) -> Result<String, String> + 'a;

/// Runs an outlet's errand (JSON of `plugin_api::outside::Errand`) and gives what came of it as JSON.
pub type Reach<'a> = dyn FnMut(&str) -> Result<String, Fault> + 'a;

type OpenFn = extern "C" fn(Bytes, *const HostTable, *mut c_void, *mut *mut c_void) -> i32;
type CallFn = extern "C" fn(*mut c_void, u32, Bytes, *const HostTable, *mut c_void) -> i32;
type CloseFn = extern "C" fn(*mut c_void);

const PAGE_BYTES: usize = 4096;

/// A library that is loaded, for as long as the process lives.
///
/// Thread: shared freely; the contract lets any thread call.
pub struct Library {
    inspection: Arc<Inspection>,
    output_bytes_max: usize,
    open: OpenFn,
    call: CallFn,
    close: CloseFn,
    /// Never closed: `dlclose` leaves thread-locals and callbacks of the library dangling.
    _handle: ManuallyDrop<Handle>,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Library({} {} {})", self.inspection.name, self.inspection.version, self.inspection.sha256)
    }
}

impl Library {
    /// What was read from the bytes that are loaded.
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Loads a trusted copy. Its constructors run now.
    pub(super) fn load(trusted: &Trusted, output_bytes_max: usize) -> Result<Library, Title> {
        // With lazy binding a missing function would end the process at its first use.
        // SAFETY: `Trusted::admit` lets only a private copy through whose bytes were hashed,
        // inspected (extents, target, needed libraries) and are trusted to run; it is never closed.
        let handle = unsafe { Handle::open(Some(trusted.path()), RTLD_NOW | RTLD_LOCAL) };
        let handle = ManuallyDrop::new(handle.map_err(|error| {
            // The loader names the private copy, which is no help to whoever must act.
            let reason = reason(&error).replace(&format!("{}: ", shown(trusted.path())), "");
            Title::new(
                format!("系统的加载器不接受：{reason}；请为本系统重新编译"),
                format!("the system's loader refuses it: {reason}; build it again for this system"),
            )
        })?);
        // SAFETY: only the address is taken here; `Table::read` below checks what it points to.
        let symbol = unsafe { handle.get::<*const PluginTable>(ENTRY_SYMBOL) };
        let symbol = symbol.map_err(|error| {
            let reason = reason(&error);
            Title::new(format!("找不到 {ENTRY_SYMBOL}：{reason}"), format!("{ENTRY_SYMBOL} is not found: {reason}"))
        })?;
        let table = Table::read(symbol.as_raw_ptr().cast_const().cast(), trusted)?;
        Ok(Library {
            inspection: trusted.inspection().clone(),
            output_bytes_max,
            open: table.open,
            call: table.call,
            close: table.close,
            _handle: handle,
        })
    }
}

fn reason(error: &libloading::Error) -> String {
    let source = std::error::Error::source(error);
    one_line(&source.map_or_else(|| error.to_string(), ToString::to_string))
}

/// What the host takes from the exported table.
struct Table {
    open: OpenFn,
    call: CallFn,
    close: CloseFn,
}

impl Table {
    fn read(table: *const PluginTable, trusted: &Trusted) -> Result<Table, Title> {
        let inspection = trusted.inspection();
        let layout = &inspection.layout;
        let at = table.addr() as u64;
        // Where the library lies in memory; something else is meant if it is not a whole page.
        let base = at.wrapping_sub(layout.table);
        if !table.is_aligned() || !base.is_multiple_of(PAGE_BYTES as u64) {
            return Err(Title::new(
                format!("{ENTRY_SYMBOL} 不在这个库里；请重新编译"),
                format!("{ENTRY_SYMBOL} is found somewhere else than in the library; build it again"),
            ));
        }
        // SAFETY (this and the next): `inspect` found the first version of the table within a
        // readable segment at `layout.table`, and `at` is that place, aligned. No reference is
        // made: a table of a later version may be longer, a broken one anything.
        let magic = unsafe { (&raw const (*table).magic).read() };
        // SAFETY: as above.
        let size = unsafe { (&raw const (*table).size).read() };
        if magic != MAGIC {
            return Err(misfit(
                &format!("以 {magic:#018x} 开头，应为 {MAGIC:#018x}"),
                &format!("begins with {magic:#018x} and not with {MAGIC:#018x}"),
            ));
        }
        let least = size_of::<PluginTable>();
        if size < least {
            return Err(misfit(
                &format!("有 {size} 字节，少于 ABI 第 1 版的 {least}"),
                &format!("has {size} bytes, fewer than the {least} of ABI version 1"),
            ));
        }
        // SAFETY: `size`, checked above, covers the whole first version, here and below.
        let min_host_minor = unsafe { (&raw const (*table).min_host_minor).read() };
        if ABI_MINOR < min_host_minor {
            return Err(too_new(min_host_minor));
        }
        // SAFETY: as above.
        let flags = unsafe { (&raw const (*table).flags).read() };
        if flags & FLAG_PANIC_ABORT != 0 && !trusted.is_confined() {
            return Err(Title::new(
                "是按 panic = \"abort\" 编译的，只能隔离运行；请在业务台里写 isolated = true",
                "is built with `panic = \"abort\"` and so runs isolated only; write `isolated = true` into its desk",
            ));
        }
        // SAFETY: as above.
        let manifest = unsafe { (&raw const (*table).manifest).read() };
        check_manifest(manifest, base, inspection)?;
        // A null where a function should be is a value no function type may hold, hence `Option`.
        // SAFETY: as above; the types are those of the table's fields.
        let open = unsafe { (&raw const (*table).open).cast::<Option<OpenFn>>().read() };
        // SAFETY: as above.
        let call = unsafe { (&raw const (*table).call).cast::<Option<CallFn>>().read() };
        // SAFETY: as above.
        let close = unsafe { (&raw const (*table).close).cast::<Option<CloseFn>>().read() };
        match (open, call, close) {
            (Some(open), Some(call), Some(close)) => Ok(Table { open, call, close }),
            _ => Err(misfit("缺少 open、call 或 close", "lacks `open`, `call` or `close`")),
        }
    }
}

/// A table that is not as `hongling.h` has it.
fn misfit(zh: &str, en: &str) -> Title {
    Title::new(format!("它的表{zh}；见 hongling.h"), format!("its table {en}; see hongling.h"))
}

fn too_new(minor: u32) -> Title {
    Title::new(
        format!("要求主机支持 ABI 1.{minor}，而本程序是 1.{ABI_MINOR}；请换新版主机"),
        format!("needs a host of ABI 1.{minor}, and this one speaks 1.{ABI_MINOR}; take a newer host"),
    )
}

/// The table must name the manifest that was read from the file: what was shown is what runs.
fn check_manifest(manifest: Bytes, base: u64, inspection: &Inspection) -> Result<(), Title> {
    let layout = &inspection.layout;
    let start = (manifest.data.addr() as u64).wrapping_sub(base);
    let end = start.checked_add(manifest.len as u64);
    let is_inside = |&(from, to): &(u64, u64)| from <= start && end.is_some_and(|end| end <= to);
    let is_same = layout.segments.iter().any(is_inside) && {
        // SAFETY: the bytes lie within a readable segment of this library, which is never unloaded.
        let bytes: &[u8] = unsafe { manifest.borrow() };
        without_zeros(bytes) == &*layout.section
    };
    is_same.then_some(()).ok_or_else(|| {
        Title::new(
            "它的表指向的清单与链接节中的不同；请重新编译",
            "its table names another manifest than its link section; build it again",
        )
    })
}

/// One opened desk of a library.
pub(super) struct Instance {
    library: Arc<Library>,
    pointer: *mut c_void,
    /// Set when a call of it panicked: it is only closed from then on.
    pub(super) is_poisoned: AtomicBool,
}

// SAFETY: the contract (`plugin_api::Plugin: Send + Sync`, hongling.h) lets any thread call and
// close an instance, and several call it at once.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    /// Opens an instance; what is no good leaves nothing behind.
    pub(super) fn open(library: &Arc<Library>, opening: &str, out: &mut Vec<u8>) -> Result<Instance, Reply> {
        let mut pointer = ptr::null_mut();
        let mut ask = |_: &str| Err("a desk asks nothing while it is opened".to_owned());
        let reply = within_call(library.output_bytes_max, &mut ask, &mut nowhere, out, |call| {
            (library.open)(Bytes::lend(opening.as_bytes()), &HOST, call, &raw mut pointer)
        });
        if reply.status == STATUS_OK {
            Ok(Instance { library: library.clone(), pointer, is_poisoned: AtomicBool::new(false) })
        } else {
            Err(reply)
        }
    }

    /// Calls it, with somebody to ask and a way outside. The output is in `out`, which is cleared first.
    pub(super) fn call(
        &self,
        verb: u32,
        request: &str,
        ask: &mut Ask<'_>,
        reach: &mut Reach<'_>,
        out: &mut Vec<u8>,
    ) -> Reply {
        within_call(self.library.output_bytes_max, ask, reach, out, |call| {
            (self.library.call)(self.pointer, verb, Bytes::lend(request.as_bytes()), &HOST, call)
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        (self.library.close)(self.pointer);
    }
}
