//! One call of a library, seen from the host's callbacks: what they may touch, and for how long.
//!
//! Always holds: a callback finds the frame of the call it belongs to, on that call's thread, or nothing;
//! what it is lent is copied before it returns; a panic of the host goes on once the library has returned.

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use plugin_api::Fault;
use plugin_api::abi::{Bytes, HostTable, STATUS_FAILED, STATUS_OK, STATUS_REFUSED, Sink};

use super::{Ask, Reach};

/// How a call ended, before anybody has judged it. The output lies in the buffer that was given.
pub(in super::super) struct Reply {
    pub(in super::super) status: i32,
    pub(in super::super) output: Output,
}

/// What became of a call's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Output {
    /// None was given.
    Missing,
    /// It lies in the buffer.
    Taken,
    /// It was longer than it may be.
    TooLong { bytes: usize, most: usize },
    /// Null with a length.
    Null,
}

pub(super) static HOST: HostTable =
    HostTable { size: size_of::<HostTable>(), output: take_output, ask: answer, outside: run };

/// There is a way outside for notices that are delivered, and for nothing else.
pub(in super::super) fn nowhere(_: &str) -> Result<String, Fault> {
    Err(Fault::refused("只有推送消息时才能连到外面", "there is a way outside only while a notice is delivered"))
}

/// What the callbacks of one call work on.
struct Frame<'a> {
    output_bytes_max: usize,
    ask: &'a mut Ask<'a>,
    reach: &'a mut Reach<'a>,
    out: &'a mut Vec<u8>,
    output: Output,
    /// A panic of the host while it answered, to go on once the library has returned.
    panic: Option<Box<dyn Any + Send>>,
}

/// The call that runs on this thread: the number a library was given for it, and its frame.
///
/// What libraries hand back is this number and never a pointer that is followed. A number from an
/// ended call, from another thread or out of thin air finds no frame and changes nothing.
#[derive(Clone, Copy)]
struct Running {
    number: usize,
    frame: *mut c_void,
}

const NOTHING: Running = Running { number: 0, frame: ptr::null_mut() };

thread_local! {
    static RUNNING: Cell<Running> = const { Cell::new(NOTHING) };
}

pub(super) fn within_call<'a>(
    output_bytes_max: usize,
    ask: &'a mut Ask<'_>,
    reach: &'a mut Reach<'_>,
    out: &'a mut Vec<u8>,
    work: impl FnOnce(*mut c_void) -> i32,
) -> Reply {
    static CALLS: AtomicUsize = AtomicUsize::new(1);
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    out.clear();
    let mut ask = |question: &str| ask(question);
    let mut reach = |errand: &str| reach(errand);
    let (output, panic) = (Output::Missing, None);
    let mut frame = Frame { output_bytes_max, ask: &mut ask, reach: &mut reach, out, output, panic };
    let before = RUNNING.replace(Running { number, frame: (&raw mut frame).cast() });
    let status = work(ptr::without_provenance_mut(number));
    RUNNING.set(before);
    if let Some(panic) = frame.panic {
        resume_unwind(panic);
    }
    Reply { status, output: frame.output }
}

/// Works on the frame of a call if that call runs here and now and is not being worked on already.
fn with_frame<R>(call: *mut c_void, work: impl FnOnce(&mut Frame<'_>) -> R) -> Option<R> {
    let running = RUNNING.get();
    if running.frame.is_null() || running.number != call.addr() {
        return None;
    }
    RUNNING.set(NOTHING);
    // SAFETY: `within_call` put the frame there and waits on this thread for the library to return,
    // touching it no sooner; `NOTHING` in its place lets no second borrow begin until this one ends.
    let frame = unsafe { &mut *running.frame.cast::<Frame<'_>>() };
    let worked = work(frame);
    RUNNING.set(running);
    Some(worked)
}

extern "C" fn take_output(call: *mut c_void, output: Bytes) {
    with_frame(call, |frame| {
        if frame.output != Output::Missing {
            return;
        }
        frame.output = match output {
            Bytes { len, .. } if frame.output_bytes_max < len => {
                Output::TooLong { bytes: len, most: frame.output_bytes_max }
            }
            Bytes { data, len } if data.is_null() && len != 0 => Output::Null,
            _ => {
                // SAFETY: not null, and the library lends the bytes for this callback (ABI).
                frame.out.extend_from_slice(unsafe { output.borrow() });
                Output::Taken
            }
        };
    });
}

extern "C" fn answer(call: *mut c_void, question: Bytes, sink_at: *mut c_void, sink: Sink) -> i32 {
    let answered = with_frame(call, |frame| {
        let question = borrow_text(question, frame.output_bytes_max, "question")?;
        // An error of the host must not unwind through the library: `within_call` lets it go on.
        catch_unwind(AssertUnwindSafe(|| (frame.ask)(question))).unwrap_or_else(|panic| {
            frame.panic = Some(panic);
            Err("the host failed while it answered".into())
        })
    });
    // No frame is borrowed any more: the sink is the library's and may ask again.
    let (status, text) = match answered {
        Some(Ok(text)) => (STATUS_OK, text),
        Some(Err(text)) => (STATUS_FAILED, text),
        None => (STATUS_FAILED, "asked outside of the call it was given to".into()),
    };
    sink(sink_at, Bytes::lend(text.as_bytes()));
    status
}

extern "C" fn run(call: *mut c_void, errand: Bytes, sink_at: *mut c_void, sink: Sink) -> i32 {
    let ran = with_frame(call, |frame| {
        let errand = borrow_text(errand, frame.output_bytes_max, "errand").map_err(Fault::Failed)?;
        // As in `answer`.
        catch_unwind(AssertUnwindSafe(|| (frame.reach)(errand))).unwrap_or_else(|panic| {
            frame.panic = Some(panic);
            Err(Fault::failed("the host failed while it ran an errand"))
        })
    });
    let ran = ran.unwrap_or_else(|| Err(Fault::failed("an errand outside of the call it was given to")));
    let (status, text) = status_of(ran);
    sink(sink_at, Bytes::lend(text.as_bytes()));
    status
}

/// How the border tells what came of something.
pub(in super::super) fn status_of(answer: Result<String, Fault>) -> (i32, String) {
    match answer {
        Ok(text) => (STATUS_OK, text),
        Err(Fault::Failed(text)) => (STATUS_FAILED, text),
        Err(Fault::Refused(objections)) => match serde_json::to_string(&objections) {
            Ok(text) => (STATUS_REFUSED, text),
            Err(error) => (STATUS_FAILED, error.to_string()),
        },
    }
}

/// What a library lends for a callback, as text of bounded length.
fn borrow_text<'b>(bytes: Bytes, bytes_max: usize, what: &str) -> Result<&'b str, String> {
    if bytes_max < bytes.len {
        return Err(format!("a {what} of {} bytes is longer than {bytes_max}", bytes.len));
    }
    if bytes.data.is_null() && bytes.len != 0 {
        return Err(format!("a {what} at no address"));
    }
    // SAFETY: not null, and the library lends the bytes for this callback (ABI); callers use the text
    // within it.
    let bytes: &'b [u8] = unsafe { bytes.borrow() };
    str::from_utf8(bytes).map_err(|_| format!("the {what} is not UTF-8"))
}
