//! The worker's side: a process that loads one library and does what its host says.
//!
//! Always holds: nothing of the library runs before the process has shut itself in and the host, told
//! how far, wants it opened; the bytes that are mapped are those that were hashed in this process.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Write as _, stdin};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use plugin_api::abi::{STATUS_FAILED, STATUS_OK, STATUS_REFUSED};
use plugin_api::{Fault, Objection, Title};
use serde::{Deserialize, Serialize};

use crate::plugins::desk::Desk;
use crate::plugins::ingest::Digest;
use crate::plugins::library::{Library, Output, Reply};
use crate::plugins::trust::Trusted;
use crate::plugins::{ingest, inspect};
use crate::worker::{Frames, Guards, Head, Sort, close_inherited, fall_back, put, shut};

/// The hidden command of a worker; its one argument is the host's process id.
pub const WORKER_COMMAND: &str = "worker";

/// What a worker is told first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Load {
    /// The data folder that the private copy lies in.
    pub data: PathBuf,
    /// Which copy.
    pub sha256: Digest,
    /// Memory it may take.
    pub memory_bytes: u64,
    /// Bytes one call may hand over.
    pub output_bytes_max: usize,
    /// Bytes of the longest text it is sent.
    pub text_bytes_max: usize,
}

/// Bytes of answers that are held back while there is more to do.
const HELD_BYTES_MAX: usize = 64 * 1024;
/// Time after which they are held back no longer: whoever waits for one waits for no slow step behind it.
const HELD_MS_MAX: u128 = 1;
/// Longest of what a worker is told first.
const LOAD_BYTES_MAX: usize = 64 * 1024;

/// Serves until the host is gone.
///
/// # Errors
/// When there is no host, or what it says makes no sense.
pub fn serve(host: u32) -> Result<(), String> {
    close_inherited();
    let connection = stdin().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
    let mut connection = File::from(connection);
    let (mut frames, mut text) = (Frames::new(LOAD_BYTES_MAX), Vec::new());
    let head = frames.next(&mut connection, &mut text, None).map_err(|error| error.to_string())?;
    if head.sort != Sort::Load {
        return Err("a worker is started by its host only".to_owned());
    }
    let load: Load = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let mut worker = Worker {
        connection,
        frames: Frames::new(load.text_bytes_max),
        waiting: VecDeque::new(),
        buffer: Vec::new(),
        flushed: Instant::now(),
    };
    let trusted = match confine(host, &load) {
        Ok((trusted, guards)) => {
            let guards = serde_json::to_vec(&guards).map_err(|error| error.to_string())?;
            put(&mut worker.buffer, Head { sort: Sort::Loaded, number: 0, call: head.call }, &guards);
            trusted
        }
        Err(why) => {
            let why = serde_json::to_vec(&why).map_err(|error| error.to_string())?;
            put(&mut worker.buffer, Head { sort: Sort::NotLoaded, number: 0, call: head.call }, &why);
            return worker.flush();
        }
    };
    worker.run(&trusted, load.output_bytes_max)
}

/// Shuts this process in with the library, which is found to be what the host said.
fn confine(host: u32, load: &Load) -> Result<(Trusted, Guards), Title> {
    let memory_bytes = fall_back(host, load.memory_bytes).map_err(|why| {
        Title::new(format!("系统不允许隔离进程：{why}"), format!("the system does not let a worker be: {why}"))
    })?;
    let (kept, file) = ingest::find_kept(&load.data, load.sha256).ok_or_else(|| {
        Title::new("库的私有副本不见了或已损坏", "the private copy of the library is gone or damaged")
    })?;
    let inspection = inspect::inspect(&file)?;
    let (landlock, seccomp) = shut(&[kept.path()]);
    let trusted = Trusted::confined(kept, Arc::new(inspection));
    Ok((trusted, Guards { landlock, seccomp, memory_bytes }))
}

struct Worker {
    connection: File,
    frames: Frames,
    /// Calls that came while another was being answered.
    waiting: VecDeque<(Head, Vec<u8>)>,
    /// What is to be said, until it is sent.
    buffer: Vec<u8>,
    flushed: Instant,
}

impl Worker {
    fn run(&mut self, trusted: &Trusted, output_bytes_max: usize) -> Result<(), String> {
        let mut desk: Option<Desk> = None;
        let mut library: Option<Arc<Library>> = None;
        let mut out = Vec::new();
        // The host is gone: so is this.
        while let Ok((head, text)) = self.take() {
            let text = String::from_utf8(text).map_err(|error| error.to_string())?;
            match (head.sort, &desk) {
                (Sort::Open, None) => {
                    let loaded = match &library {
                        Some(loaded) => Arc::clone(loaded),
                        None => match Library::load(trusted, output_bytes_max) {
                            Ok(loaded) => Arc::clone(library.insert(Arc::new(loaded))),
                            Err(why) => {
                                self.reply(head.call, &failed(), why.en.as_bytes());
                                continue;
                            }
                        },
                    };
                    match Desk::open_as(&loaded, text, &mut out) {
                        Ok(opened) => {
                            desk = Some(opened);
                            put(
                                &mut self.buffer,
                                Head { sort: Sort::Nothing, number: STATUS_OK, call: head.call },
                                b"",
                            );
                        }
                        Err(reply) => self.reply(head.call, &reply, &out),
                    }
                }
                (Sort::Call, Some(desk)) => {
                    let reply = self.call(desk, head, &text, &mut out);
                    self.reply(head.call, &reply, &out);
                }
                _ => return Err(format!("{:?} out of turn", head.sort)),
            }
        }
        Ok(())
    }

    fn call(&mut self, desk: &Desk, head: Head, text: &str, out: &mut Vec<u8>) -> Reply {
        let this = std::cell::RefCell::new(self);
        let mut ask = |question: &str| {
            let (status, text) = this.borrow_mut().consult(Sort::Ask, head.call, question)?;
            if status == STATUS_OK { Ok(text) } else { Err(text) }
        };
        let mut reach = |errand: &str| {
            let answer = this.borrow_mut().consult(Sort::Errand, head.call, errand);
            let (status, text) = answer.map_err(Fault::Failed)?;
            if status == STATUS_OK { Ok(text) } else { Err(fault_of(status, text)) }
        };
        let replied = desk.reply(head.number.cast_unsigned(), text, &mut ask, &mut reach, out);
        replied.unwrap_or_else(|fault| {
            out.clear();
            out.extend_from_slice(fault.to_string().as_bytes());
            failed()
        })
    }

    /// The next thing to do. While one lies here answers are held back: a system call for each of them,
    /// which wakes the host, would cost more than most steps.
    fn take(&mut self) -> Result<(Head, Vec<u8>), String> {
        if HELD_BYTES_MAX <= self.buffer.len() || HELD_MS_MAX <= self.flushed.elapsed().as_millis() {
            self.flush()?;
        }
        if let Some(next) = self.waiting.pop_front() {
            return Ok(next);
        }
        if !self.frames.has_next() {
            self.flush()?;
        }
        let mut text = Vec::new();
        let head = self.frames.next(&mut self.connection, &mut text, None).map_err(|error| error.to_string())?;
        Ok((head, text))
    }

    /// Asks the host something in a call, and waits for its answer.
    fn consult(&mut self, sort: Sort, call: u64, text: &str) -> Result<(i32, String), String> {
        put(&mut self.buffer, Head { sort, number: 0, call }, text.as_bytes());
        self.flush()?;
        let mut text = Vec::new();
        loop {
            let head = self.frames.next(&mut self.connection, &mut text, None).map_err(|error| error.to_string())?;
            if head.sort != Sort::Answer {
                self.waiting.push_back((head, std::mem::take(&mut text)));
            } else if head.call == call {
                return Ok((head.number, String::from_utf8(text).map_err(|error| error.to_string())?));
            }
        }
    }

    fn reply(&mut self, call: u64, reply: &Reply, out: &[u8]) {
        let number = reply.status;
        let length;
        let (sort, text) = match reply.output {
            Output::Taken => (Sort::Reply, out),
            Output::Missing => (Sort::Nothing, &b""[..]),
            Output::Null => (Sort::Null, &b""[..]),
            Output::TooLong { bytes, .. } => {
                length = bytes.to_string();
                (Sort::TooLong, length.as_bytes())
            }
        };
        put(&mut self.buffer, Head { sort, number, call }, text);
    }

    fn flush(&mut self) -> Result<(), String> {
        let written = self.connection.write_all(&self.buffer).map_err(|error| error.to_string());
        self.buffer.clear();
        self.flushed = Instant::now();
        written
    }
}

fn failed() -> Reply {
    Reply { status: STATUS_FAILED, output: Output::Taken }
}

/// A fault from how the border tells it.
fn fault_of(status: i32, text: String) -> Fault {
    match serde_json::from_str::<Vec<Objection>>(&text) {
        Ok(objections) if status == STATUS_REFUSED => Fault::Refused(objections),
        _ => Fault::Failed(text),
    }
}
