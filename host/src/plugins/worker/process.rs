//! The host's side of a worker: started, told what to do, stopped when it is late.
//!
//! Always holds: what a worker sends is checked before it is believed: the call it names, the sort, the
//! length; whatever is wrong with it ends it. A worker that is dropped is dead and has been waited for.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use plugin_api::{Fault, Title};

use super::frame::{FrameError, Frames, Head, Sort, put};
use super::sandbox::Guards;
use super::serve::{Load, WORKER_COMMAND};
use crate::plugins::ingest::Digest;
use crate::plugins::library::{Ask, Output, Reach, Reply, status_of};

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
/// How often a worker that is waited for is looked at.
const LOOK_MS: u64 = 100;
/// Time a worker has to load its library.
const LOAD_MS: u64 = 10_000;

/// A worker that is no more, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en)]
pub struct Ended(pub Title);

/// A running worker.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    stream: UnixStream,
    frames: Frames,
    buffer: Vec<u8>,
    /// Number of the next call. It begins anywhere, so that an answer cannot be written beforehand.
    call: u64,
    guards: Guards,
    call_ms: u64,
}

/// Why a worker does not start.
#[derive(Debug)]
pub enum NotStarted {
    /// The library or the machine: somebody must mend it.
    Unusable(Title),
    /// It died of it.
    Ended(Ended),
}

impl Worker {
    /// Starts a worker on a private copy of a library. Nothing of it has run yet.
    ///
    /// # Errors
    /// See [`NotStarted`].
    pub fn start(program: &Path, data: &Path, sha256: Digest, limits: &Limits) -> Result<Worker, NotStarted> {
        let system = |error: std::io::Error| {
            NotStarted::Unusable(Title::new(
                format!("不能启动隔离进程：{error}"),
                format!("a worker cannot be started: {error}"),
            ))
        };
        let (stream, theirs) = UnixStream::pair().map_err(system)?;
        stream.set_read_timeout(Some(Duration::from_millis(LOOK_MS))).map_err(system)?;
        stream.set_write_timeout(Some(Duration::from_millis(limits.call_ms.max(1)))).map_err(system)?;
        let child = spawn(program.to_owned(), theirs.into()).map_err(system)?;
        let (landlock, seccomp) = (super::Guard::Full, super::Guard::Full);
        let mut worker = Worker {
            child,
            stream,
            frames: Frames::new(limits.output_bytes_max.max(64 * 1024)),
            buffer: Vec::new(),
            call: fastrand::u64(..),
            guards: Guards { landlock, seccomp, memory_bytes: 0 },
            call_ms: limits.call_ms,
        };
        let load = Load {
            data: data.to_owned(),
            sha256,
            memory_bytes: limits.memory_bytes,
            output_bytes_max: limits.output_bytes_max,
            text_bytes_max: TEXT_BYTES_MAX,
        };
        let load = serde_json::to_string(&load).expect("paths and numbers are plain JSON");
        worker.load(&load, limits.accepts_no_sandbox)?;
        Ok(worker)
    }

    fn load(&mut self, load: &str, accepts_no_sandbox: bool) -> Result<(), NotStarted> {
        let call = self.next_call();
        put(&mut self.buffer, Head { sort: Sort::Load, number: 0, call }, load.as_bytes());
        self.flush().map_err(NotStarted::Ended)?;
        let mut text = Vec::new();
        let until = Instant::now() + Duration::from_millis(LOAD_MS);
        let head = self.next_frame(&mut text, until, LOAD_MS).map_err(NotStarted::Ended)?;
        match head.sort {
            Sort::Loaded if head.call == call => {
                let guards: Option<Guards> = serde_json::from_slice(&text).ok();
                self.guards = guards.ok_or_else(|| NotStarted::Ended(self.garbage("its guards do not read")))?;
            }
            Sort::NotLoaded if head.call == call => {
                let why = serde_json::from_slice(&text).unwrap_or_default();
                return Err(NotStarted::Unusable(why));
            }
            sort => return Err(NotStarted::Ended(self.garbage(&format!("{sort:?} out of turn")))),
        }
        if !self.guards.hold() && !accepts_no_sandbox {
            let guards = &self.guards;
            return Err(NotStarted::Unusable(Title::new(
                format!(
                    "本机内核不提供沙箱（{guards:?}），未运行；若接受，请写 [isolation] without-sandbox = \"accept\""
                ),
                format!(
                    "this kernel gives no sandbox ({guards:?}), so it is not run; to accept that, write \
                     `without-sandbox = \"accept\"` into `[isolation]`"
                ),
            )));
        }
        Ok(())
    }

    /// What guards it.
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    /// Opens the desk. The library's constructors run now, and its `open`.
    ///
    /// # Errors
    /// The worker is no more.
    pub(in crate::plugins) fn open(&mut self, opening: &str, open_ms: u64, out: &mut Vec<u8>) -> Result<Reply, Ended> {
        let call = self.next_call();
        put(&mut self.buffer, Head { sort: Sort::Open, number: 0, call }, opening.as_bytes());
        self.flush()?;
        let until = Instant::now() + Duration::from_millis(open_ms);
        let head = self.next_frame(out, until, open_ms)?;
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
        let call = self.next_call();
        put(&mut self.buffer, Head { sort: Sort::Call, number: verb.cast_signed(), call }, request.as_bytes());
        self.flush()?;
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
        let first = self.call;
        self.call = first.wrapping_add(requests.len() as u64);
        let (mut sent, mut ahead_bytes, mut out) = (0, 0, Vec::new());
        let number = verb.cast_signed();
        for answered in 0..requests.len() {
            while sent < requests.len() && (sent == answered || ahead_bytes + requests[sent].len() <= AHEAD_BYTES_MAX) {
                let head = Head { sort: Sort::Call, number, call: first.wrapping_add(sent as u64) };
                put(&mut self.buffer, head, requests[sent].as_bytes());
                ahead_bytes += requests[sent].len();
                sent += 1;
            }
            self.flush()?;
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
            let head = self.next_frame(out, until, call_ms)?;
            if !matches!(head.sort, Sort::Ask | Sort::Errand) {
                return self.reply_of(head, call, out);
            }
            if head.call != call {
                return Err(self.garbage("it asks in a call that does not run"));
            }
            let began = Instant::now();
            let answer = match std::str::from_utf8(out) {
                Err(_) => Err(Fault::failed("the question is not UTF-8")),
                Ok(question) if head.sort == Sort::Ask => ask(question).map_err(Fault::Failed),
                Ok(errand) => reach(errand),
            };
            until += began.elapsed();
            let (number, text) = status_of(answer);
            put(&mut self.buffer, Head { sort: Sort::Answer, number, call }, text.as_bytes());
            self.flush()?;
        }
    }

    fn reply_of(&mut self, head: Head, call: u64, out: &[u8]) -> Result<Reply, Ended> {
        if head.call != call {
            return Err(self.garbage("it answers another call than the one that runs"));
        }
        let output = match head.sort {
            Sort::Reply => Output::Taken,
            Sort::Nothing => Output::Missing,
            Sort::Null => Output::Null,
            Sort::TooLong => {
                let bytes = std::str::from_utf8(out).ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
                Output::TooLong { bytes, most: self.frames.text_bytes_max() }
            }
            sort => return Err(self.garbage(&format!("{sort:?} out of turn"))),
        };
        Ok(Reply { status: head.number, output })
    }

    fn next_call(&mut self) -> u64 {
        let call = self.call;
        self.call = call.wrapping_add(1);
        call
    }

    /// Sends what lies ready.
    fn flush(&mut self) -> Result<(), Ended> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.stream.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|_| self.end())
    }

    fn next_frame(&mut self, text: &mut Vec<u8>, until: Instant, most_ms: u64) -> Result<Head, Ended> {
        loop {
            match self.frames.next(&mut self.stream, text, Some(until)) {
                Ok(head) => return Ok(head),
                Err(FrameError::Late) if Instant::now() < until => {}
                Err(FrameError::Late) => {
                    // Stopped, not ended by itself: how it ends says nothing.
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    return Err(Ended(Title::new(
                        format!("{most_ms} 毫秒内没有返回，进程已停止"),
                        format!("did not come back within {most_ms} ms, and its process was stopped"),
                    )));
                }
                Err(FrameError::Ended) => return Err(self.end()),
                Err(error) => return Err(self.garbage(&error.to_string())),
            }
        }
    }

    fn garbage(&mut self, what: &str) -> Ended {
        let _ = self.child.kill();
        let _ = self.child.wait();
        Ended(Title::new(
            format!("不按约定通信，进程已停止：{what}"),
            format!("broke the protocol, and its process was stopped: {what}"),
        ))
    }

    /// It is over: how, if its process says so by itself.
    fn end(&mut self) -> Ended {
        // A process that ends has closed its connection a moment before it can be waited for.
        let until = Instant::now() + Duration::from_millis(LOOK_MS);
        let ended = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < until => std::thread::yield_now(),
                Ok(None) | Err(_) => break None,
            }
        };
        let _ = self.child.kill();
        let _ = self.child.wait();
        Ended(ended.map_or_else(
            || Title::new("断开了连接，进程已停止", "closed its connection, and its process was stopped"),
            words_of,
        ))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn words_of(status: ExitStatus) -> Title {
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            Title::new(format!("进程因信号 {signal} 中断"), format!("ended its process: signal {signal}"))
        }
        (None, code) => {
            let code = code.unwrap_or(0);
            Title::new(format!("结束了自己的进程，退出码 {code}"), format!("ended its process with exit code {code}"))
        }
    }
}

/// A worker to be started: the program, its end of the connection, and who waits for it.
type Order = (PathBuf, OwnedFd, SyncSender<std::io::Result<Child>>);

/// Starts a worker from a thread that lives as long as the host: its death is tied to that thread's.
fn spawn(program: PathBuf, connection: OwnedFd) -> std::io::Result<Child> {
    static SPAWNER: OnceLock<Sender<Order>> = OnceLock::new();
    let gone = || std::io::Error::other("the thread that starts workers is gone");
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, taken) = channel::<Order>();
        let work = move || {
            for (program, connection, answer) in taken {
                // Whoever waits may have gone; the worker then ends with its connection.
                let _ = answer.send(start(&program, connection));
            }
        };
        // Without such a thread the channel has nobody at its end, and every start is an error.
        let _ = std::thread::Builder::new().name("workers".into()).spawn(work);
        orders
    });
    let (answer, answers) = sync_channel(1);
    spawner.send((program, connection, answer)).map_err(|_| gone())?;
    answers.recv().map_err(|_| gone())?
}

fn start(program: &Path, connection: OwnedFd) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.arg(WORKER_COMMAND).arg(std::process::id().to_string());
    command.env_clear().current_dir("/").process_group(0);
    command.stdin(Stdio::from(connection)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn()
}
