//! Hosts that are not as this program is otherwise: what a library is tried with before it is
//! believed.
//!
//! Their tables are shorter or longer, what they lend lies in memory that may be read only, not past its
//! end, and not after the call; they answer as they are told. Knows nothing of what a call means. Only
//! for a process of its own: a library that breaks the contract dies of it.
//!
//! Always holds: within the contract. What `hongling.h` forbids a host is not done: an instance is called
//! only while it is open, and a step never beside another step of it.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use plugin_api::abi::{Bytes, ENTRY_SYMBOL, PluginTable, STATUS_FAILED, STATUS_OK, Sink};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};

use super::{Library, PAGE_BYTES};

/// Entries of the table in the first minor version, its size included.
const FIRST_WORDS: usize = 3;
/// Entries of a table of a version that is not there yet.
const LONGER_WORDS: usize = 64;
/// Stands where a later version would have something: no address of anything.
const LATER: usize = 0x5A5A_5A5A_5A5A;

/// How long the host's table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// As this program's own.
    Whole,
    /// As that of the first minor version: no way outside.
    First,
    /// As one of a later version.
    Longer,
}

/// Where lies what a library is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Anywhere.
    Plain,
    /// Where writing to it, reading past its end and reading it after the call ends the process.
    Guarded,
}

/// A strange host.
#[derive(Clone, Copy, Debug)]
pub struct Strange {
    /// Its table.
    pub table: Table,
    /// Its memory.
    pub memory: Memory,
}

/// What a library asks its host.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'q> {
    /// A question.
    Question(&'q [u8]),
    /// An errand outside.
    Errand(&'q [u8]),
}

/// What the host makes of it: a status, and what it passes the sink, one after the other.
#[derive(Clone, Debug)]
pub struct Said {
    /// The status.
    pub status: i32,
    /// One answer, as the contract has it; more or fewer, as it has not.
    pub passed: Vec<Vec<u8>>,
}

/// Answers whatever a library asks.
pub type Answering<'a> = dyn FnMut(Asked<'_>) -> Said + 'a;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The status.
    pub status: i32,
    /// Every output, in order; none for a length at no address.
    pub outputs: Vec<Option<Vec<u8>>>,
    /// How often it asked.
    pub asked: usize,
}

/// An instance in a strange host's hands.
pub struct Guest {
    library: Arc<Library>,
    instance: *mut c_void,
}

// SAFETY: the contract (hongling.h) lets any thread call and close an instance, and several call it at
// once.
unsafe impl Send for Guest {}
// SAFETY: as above.
unsafe impl Sync for Guest {}

impl Guest {
    /// Opens an instance; none where it does not say that it is open.
    pub fn open(library: &Arc<Library>, host: Strange, opening: &[u8], answering: &mut Answering<'_>) -> Opened {
        let mut instance = ptr::null_mut();
        let heard = within(host, opening, answering, |opening, table, call| {
            (library.open)(opening, table.cast(), call, &raw mut instance)
        });
        let guest = (heard.status == STATUS_OK).then(|| Guest { library: library.clone(), instance });
        Opened { heard, guest }
    }

    /// Calls it.
    pub fn call(&self, host: Strange, verb: u32, request: &[u8], answering: &mut Answering<'_>) -> Heard {
        within(host, request, answering, |request, table, call| {
            (self.library.call)(self.instance, verb, request, table.cast(), call)
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        (self.library.close)(self.instance);
    }
}

/// How an opening ended.
pub struct Opened {
    /// The call.
    pub heard: Heard,
    /// The instance, where there is one.
    pub guest: Option<Guest>,
}

/// How often a library used a host outside of a call, since the process began.
pub fn strays() -> usize {
    STRAYS.load(Ordering::Relaxed)
}

static STRAYS: AtomicUsize = AtomicUsize::new(0);

/// What the callbacks of one call work on.
struct Frame<'a> {
    answering: &'a mut Answering<'a>,
    outputs: Vec<Option<Vec<u8>>>,
    asked: usize,
}

/// The call that runs on this thread, by the number a library was given for it.
#[derive(Clone, Copy)]
struct Running {
    number: usize,
    frame: *mut c_void,
}

const NOTHING: Running = Running { number: 0, frame: ptr::null_mut() };

thread_local! {
    static RUNNING: Cell<Running> = const { Cell::new(NOTHING) };
}

fn within(
    host: Strange,
    request: &[u8],
    answering: &mut Answering<'_>,
    work: impl FnOnce(Bytes, *const u64, *mut c_void) -> i32,
) -> Heard {
    static CALLS: AtomicUsize = AtomicUsize::new(1);
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    let mut answering = |asked: Asked<'_>| answering(asked);
    let mut frame = Frame { answering: &mut answering, outputs: Vec::new(), asked: 0 };
    let table = match host.memory {
        Memory::Plain => standing_table(host.table),
        Memory::Guarded => Lent::new(host.memory, &table_bytes(host.table)),
    };
    let lent = Lent::new(host.memory, request);
    let bytes = if request.is_empty() { Bytes { data: ptr::null(), len: 0 } } else { lent.bytes() };
    let before = RUNNING.replace(Running { number, frame: (&raw mut frame).cast() });
    let status = work(bytes, table.start.cast(), ptr::without_provenance_mut(number));
    RUNNING.set(before);
    Heard { status, outputs: frame.outputs, asked: frame.asked }
}

/// A table that stays where it is, as this program's own does: who uses it after the call is seen and
/// not killed.
fn standing_table(table: Table) -> Lent {
    static TABLES: OnceLock<[Vec<u64>; 3]> = OnceLock::new();
    let tables =
        TABLES.get_or_init(|| [Table::Whole, Table::First, Table::Longer].map(|table| words(&table_bytes(table))));
    let words = &tables[table as usize];
    Lent { start: words.as_ptr().cast(), len: size_of_val(&words[..]), _words: Vec::new(), pages: None }
}

/// The table as words: its size, then its functions.
fn table_bytes(table: Table) -> Vec<u8> {
    let known = [
        0,
        (take_output as extern "C" fn(*mut c_void, Bytes)) as usize,
        (answer as extern "C" fn(*mut c_void, Bytes, *mut c_void, Sink) -> i32) as usize,
        (run as extern "C" fn(*mut c_void, Bytes, *mut c_void, Sink) -> i32) as usize,
    ];
    let mut words = match table {
        Table::Whole => known.to_vec(),
        Table::First => known[..FIRST_WORDS].to_vec(),
        Table::Longer => [&known[..], &[LATER; LONGER_WORDS]].concat(),
    };
    words[0] = size_of_val(&words[..]);
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |chunk: &[u8]| {
        let mut word = [0; size_of::<u64>()];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_ne_bytes(word)
    };
    bytes.chunks(size_of::<u64>()).map(word).collect()
}

/// Bytes that are lent for one call.
struct Lent {
    start: *const u8,
    len: usize,
    /// Of plain memory: whose it is, in words because a table is read as such.
    _words: Vec<u64>,
    /// Of guarded memory: the pages.
    pages: Option<(*mut c_void, usize)>,
}

impl Lent {
    fn new(memory: Memory, bytes: &[u8]) -> Lent {
        match memory {
            Memory::Plain => Lent::plain(bytes),
            Memory::Guarded => Lent::guarded(bytes).unwrap_or_else(|| Lent::plain(bytes)),
        }
    }

    fn plain(bytes: &[u8]) -> Lent {
        let words = words(bytes);
        Lent { start: words.as_ptr().cast(), len: bytes.len(), _words: words, pages: None }
    }

    /// Ends where a page ends, with a page behind it that may not be touched; none where the system
    /// gives no memory.
    fn guarded(bytes: &[u8]) -> Option<Lent> {
        let len = bytes.len().next_multiple_of(PAGE_BYTES) + PAGE_BYTES;
        let (rights, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: new pages at an address of the system's choice: nothing that exists is touched.
        let pages = unsafe { mmap_anonymous(ptr::null_mut(), len, rights, flags) }.ok()?;
        let end = len - PAGE_BYTES;
        // SAFETY: `end - bytes.len()` to `end` lies within the `len` bytes just mapped for writing.
        let start = unsafe { pages.cast::<u8>().add(end - bytes.len()) };
        // SAFETY: as above; the slice is not within new pages.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len()) };
        // SAFETY: the pages are this function's own; from here on they are only read.
        unsafe { mprotect(pages, end, MprotectFlags::READ) }.ok()?;
        // SAFETY: the last page is this function's own and holds nothing.
        unsafe { mprotect(pages.cast::<u8>().add(end).cast(), PAGE_BYTES, MprotectFlags::empty()) }.ok()?;
        Some(Lent { start, len: bytes.len(), _words: Vec::new(), pages: Some((pages, len)) })
    }

    fn bytes(&self) -> Bytes {
        Bytes { data: self.start, len: self.len }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some((pages, len)) = self.pages else { return };
        // Kept mapped, so that nothing else comes to lie where a library may still look.
        // SAFETY: the pages are this value's own, and what was lent of them was for the call that ended.
        let closed = unsafe { mprotect(pages, len, MprotectFlags::empty()) };
        debug_assert!(closed.is_ok(), "pages of one's own may be closed");
    }
}

/// Works on the frame of a call if that call runs here and now and is not being worked on already.
fn with_frame<R>(call: *mut c_void, work: impl FnOnce(&mut Frame<'_>) -> R) -> Option<R> {
    let running = RUNNING.get();
    if running.frame.is_null() || running.number != call.addr() {
        STRAYS.fetch_add(1, Ordering::Relaxed);
        return None;
    }
    RUNNING.set(NOTHING);
    // SAFETY: `within` put the frame there and waits on this thread for the library to return, touching
    // it no sooner; `NOTHING` in its place lets no second borrow begin until this one ends.
    let frame = unsafe { &mut *running.frame.cast::<Frame<'_>>() };
    let worked = work(frame);
    RUNNING.set(running);
    Some(worked)
}

extern "C" fn take_output(call: *mut c_void, output: Bytes) {
    with_frame(call, |frame| {
        let is_nowhere = output.data.is_null() && output.len != 0;
        // SAFETY: not null, and the library lends the bytes for this callback (ABI).
        frame.outputs.push((!is_nowhere).then(|| unsafe { output.borrow() }.to_vec()));
    });
}

extern "C" fn answer(call: *mut c_void, question: Bytes, sink_at: *mut c_void, sink: Sink) -> i32 {
    // SAFETY: the library lends the bytes for this callback (ABI).
    reply(call, Asked::Question(unsafe { question.borrow() }), sink_at, sink)
}

extern "C" fn run(call: *mut c_void, errand: Bytes, sink_at: *mut c_void, sink: Sink) -> i32 {
    // SAFETY: as in `answer`.
    reply(call, Asked::Errand(unsafe { errand.borrow() }), sink_at, sink)
}

fn reply(call: *mut c_void, asked: Asked<'_>, sink_at: *mut c_void, sink: Sink) -> i32 {
    let said = with_frame(call, |frame| {
        frame.asked += 1;
        (frame.answering)(asked)
    });
    let outside_of_a_call = || Said { status: STATUS_FAILED, passed: vec![b"asked outside of a call".to_vec()] };
    let said = said.unwrap_or_else(outside_of_a_call);
    for passed in &said.passed {
        sink(sink_at, Bytes::lend(passed));
    }
    said.status
}

/// The least minor version of a host that may load a library: an older one is none of its business.
pub fn min_host_minor(library: &Library) -> u32 {
    // SAFETY: only the address is taken; the type is that of the symbol.
    let symbol = unsafe { library._handle.get::<*const PluginTable>(ENTRY_SYMBOL) };
    let Ok(symbol) = symbol else { return 0 };
    let table: *const PluginTable = symbol.as_raw_ptr().cast_const().cast();
    // SAFETY: `Table::read` found the first version of the table there when the library was loaded, and
    // it is never unloaded.
    unsafe { (&raw const (*table).min_host_minor).read() }
}
