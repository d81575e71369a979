//! The host's side of a worker: a library opened, called, and what it answers.
//!
//! Always holds: what a worker sends is checked before it is believed: the call it names, the sort, the
//! length; whatever is wrong with it ends it.

use std::path::Path;
use std::time::{Duration, Instant};

use plugin_api::Fault;

use super::serve::{Load, WORKER_COMMAND};
use crate::plugins::ingest::Digest;
use crate::plugins::library::{Ask, Output, Reach, Reply, status_of};
use crate::worker::{Child, Ended, Guards, Head, NotStarted, Sort, Start};

/// What a worker may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time a call may take.
    pub call_ms: u64,
    /// Memory beyond what the program itself takes.
    pub memory_bytes: u64,
    /// Bytes one call may hand over.
    pub output_bytes_max: usize,
    /// It may run where the kernel gives no sandbox.
    pub accepts_no_sandbox: bool,
}

/// Bytes of the longest text to a worker: a step, or what was answered.
const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of calls that are sent ahead: they fit into the connection whoever reads when, so that neither
/// side waits for the other to read.
const AHEAD_BYTES_MAX: usize = 64 * 1024;

/// A running worker.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    call_ms: u64,
}

impl Worker {
    /// Starts a worker on a private copy of a library. Nothing of it has run yet.
    ///
    /// # Errors
    /// See [`NotStarted`].
    pub fn start(program: &Path, data: &Path, sha256: Digest, limits: &Limits) -> Result<Worker, NotStarted> {
        let load = Load {
            data: data.to_owned(),
            sha256,
            memory_bytes: limits.memory_bytes,
            output_bytes_max: limits.output_bytes_max,
            text_bytes_max: TEXT_BYTES_MAX,
        };
        let load = serde_json::to_string(&load).expect("paths and numbers are plain JSON");
        let child = Child::start(&Start {
            program,
            command: WORKER_COMMAND,
            load: &load,
            answer_bytes_max: limits.output_bytes_max,
            write_ms: limits.call_ms,
            accepts_no_sandbox: limits.accepts_no_sandbox,
        })?;
        Ok(Worker { child, call_ms: limits.call_ms })
    }

    /// What guards it.
    pub fn guards(&self) -> &Guards {
        self.child.guards()
    }

    /// Opens the desk. The library's constructors run now, and its `open`.
    ///
    /// # Errors
    /// The worker is no more.
    pub(in crate::plugins) fn open(&mut self, opening: &str, open_ms: u64, out: &mut Vec<u8>) -> Result<Reply, Ended> {
        let call = self.child.next_call();
        self.child.put(Head { sort: Sort::Open, number: 0, call }, opening.as_bytes());
        self.child.flush()?;
        let until = Instant::now() + Duration::from_millis(open_ms);
        let head = self.child.next_frame(out, until, open_ms)?;
        self.reply_of(head, call, out)
    }

    /// One call, which may take so long.
    ///
    /// # Errors
    /// The worker is no more.
    pub(in crate::plugins) fn call(
        &mut self,
        (verb, request): (u32, &str),
        call_ms: u64,
        ask: &mut Ask<'_>,
        reach: &mut Reach<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Reply, Ended> {
        let call = self.child.next_call();
        self.child.put(Head { sort: Sort::Call, number: verb.cast_signed(), call }, request.as_bytes());
        self.child.flush()?;
        self.finish(call, call_ms, ask, reach, out)
    }

    /// Several calls of one verb, sent ahead of their answers, which come in order and several at once.
    /// Each is told as its answer comes.
    ///
    /// # Errors
    /// The worker is no more; it died in one of those that were not told.
    pub(in crate::plugins) fn call_ahead(
        &mut self,
        verb: u32,
        requests: &[&str],
        ask: &mut dyn FnMut(usize, &str) -> Result<String, String>,
        done: &mut dyn FnMut(usize, &Reply, &[u8]),
    ) -> Result<(), Ended> {
        let first = self.child.next_calls(requests.len() as u64);
        let (mut sent, mut ahead_bytes, mut out) = (0, 0, Vec::new());
        let number = verb.cast_signed();
        for answered in 0..requests.len() {
            while sent < requests.len() && (sent == answered || ahead_bytes + requests[sent].len() <= AHEAD_BYTES_MAX) {
                let head = Head { sort: Sort::Call, number, call: first.wrapping_add(sent as u64) };
                self.child.put(head, requests[sent].as_bytes());
                ahead_bytes += requests[sent].len();
                sent += 1;
            }
            self.child.flush()?;
            let call = first.wrapping_add(answered as u64);
            let mut ask = |question: &str| ask(answered, question);
            let reply = self.finish(call, self.call_ms, &mut ask, &mut super::super::library::nowhere, &mut out)?;
            ahead_bytes -= requests[answered].len();
            done(answered, &reply, &out);
        }
        Ok(())
    }

    /// Answers what a call asks until it ends. The time for answers is not the worker's.
    fn finish(
        &mut self,
        call: u64,
        call_ms: u64,
        ask: &mut Ask<'_>,
        reach: &mut Reach<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Reply, Ended> {
        let mut until = Instant::now() + Duration::from_millis(call_ms);
        loop {
            let head = self.child.next_frame(out, until, call_ms)?;
            if !matches!(head.sort, Sort::Ask | Sort::Errand) {
                return self.reply_of(head, call, out);
            }
            if head.call != call {
                return Err(self.child.garbage("it asks in a call that does not run"));
            }
            let began = Instant::now();
            let answer = match std::str::from_utf8(out) {
                Err(_) => Err(Fault::failed("the question is not UTF-8")),
                Ok(question) if head.sort == Sort::Ask => ask(question).map_err(Fault::Failed),
                Ok(errand) => reach(errand),
            };
            until += began.elapsed();
            let (number, text) = status_of(answer);
            self.child.put(Head { sort: Sort::Answer, number, call }, text.as_bytes());
            self.child.flush()?;
        }
    }

    fn reply_of(&mut self, head: Head, call: u64, out: &[u8]) -> Result<Reply, Ended> {
        if head.call != call {
            return Err(self.child.garbage("it answers another call than the one that runs"));
        }
        let output = match head.sort {
            Sort::Reply => Output::Taken,
            Sort::Nothing => Output::Missing,
            Sort::Null => Output::Null,
            Sort::TooLong => {
                let bytes = std::str::from_utf8(out).ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
                Output::TooLong { bytes, most: self.child.text_bytes_max() }
            }
            sort => return Err(self.child.garbage(&format!("{sort:?} out of turn"))),
        };
        Ok(Reply { status: head.number, output })
    }
}
