//! The host's side of a process of its own: started, spoken to in frames, stopped when it is late.
//!
//! Knows nothing of what it does. Always holds: whatever is wrong with what it sends ends it; one that is
//! dropped is dead and has been waited for; none is believed to run before it said what guards it.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use plugin_api::Title;

use super::frame::{FrameError, Frames, Head, Sort, put};
use super::sandbox::{Guard, Guards};

/// How often a process that is waited for is looked at.
const LOOK_MS: u64 = 100;
/// Time a process has to shut itself in and load what it needs.
const LOAD_MS: u64 = 10_000;

/// A process that is no more, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en)]
pub struct Ended(pub Title);

/// Why a process does not start.
#[derive(Debug)]
pub enum NotStarted {
    /// What it was to do or the machine: somebody must mend it.
    Unusable(Title),
    /// It died of it.
    Ended(Ended),
}

/// How a process is started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// This program.
    pub program: &'a Path,
    /// Its hidden command for such a process.
    pub command: &'static str,
    /// What it is told first, JSON.
    pub load: &'a str,
    /// Bytes of the longest text it may send.
    pub answer_bytes_max: usize,
    /// Time it may take to read what it is sent.
    pub write_ms: u64,
    /// It may run where the kernel gives no sandbox.
    pub accepts_no_sandbox: bool,
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Child {
    process: Process,
    stream: UnixStream,
    frames: Frames,
    buffer: Vec<u8>,
    /// Number of the next call. It begins anywhere, so that an answer cannot be written beforehand.
    call: u64,
    guards: Guards,
}

impl Child {
    /// Starts a process, which shuts itself in.
    pub fn start(start: &Start<'_>) -> Result<Child, NotStarted> {
        let system = |error: std::io::Error| {
            NotStarted::Unusable(Title::new(
                format!("不能启动隔离进程：{error}"),
                format!("a worker cannot be started: {error}"),
            ))
        };
        let (stream, theirs) = UnixStream::pair().map_err(system)?;
        stream.set_read_timeout(Some(Duration::from_millis(LOOK_MS))).map_err(system)?;
        stream.set_write_timeout(Some(Duration::from_millis(start.write_ms.max(1)))).map_err(system)?;
        let process = spawn((start.program.to_owned(), start.command), theirs.into()).map_err(system)?;
        let mut child = Child {
            process,
            stream,
            frames: Frames::new(start.answer_bytes_max.max(64 * 1024)),
            buffer: Vec::new(),
            call: fastrand::u64(..),
            guards: Guards { landlock: Guard::Full, seccomp: Guard::Full, memory_bytes: 0 },
        };
        child.load(start.load, start.accepts_no_sandbox)?;
        Ok(child)
    }

    fn load(&mut self, load: &str, accepts_no_sandbox: bool) -> Result<(), NotStarted> {
        let call = self.next_call();
        self.put(Head { sort: Sort::Load, number: 0, call }, load.as_bytes());
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

    /// Bytes of the longest text it may send.
    pub fn text_bytes_max(&self) -> usize {
        self.frames.text_bytes_max()
    }

    /// The number of a new call.
    pub fn next_call(&mut self) -> u64 {
        self.next_calls(1)
    }

    /// The first number of so many new calls.
    pub fn next_calls(&mut self, count: u64) -> u64 {
        let call = self.call;
        self.call = call.wrapping_add(count);
        call
    }

    /// Lays a frame ready to be sent.
    pub fn put(&mut self, head: Head, text: &[u8]) {
        put(&mut self.buffer, head, text);
    }

    /// Sends what lies ready.
    pub fn flush(&mut self) -> Result<(), Ended> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.stream.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|_| self.end())
    }

    /// The next frame it sends; its text lies in `text`. Whoever is late is stopped.
    pub fn next_frame(&mut self, text: &mut Vec<u8>, until: Instant, most_ms: u64) -> Result<Head, Ended> {
        loop {
            match self.frames.next(&mut self.stream, text, Some(until)) {
                Ok(head) => return Ok(head),
                Err(FrameError::Late) if Instant::now() < until => {}
                Err(FrameError::Late) => {
                    // Stopped, not ended by itself: how it ends says nothing.
                    let _ = self.process.kill();
                    let _ = self.process.wait();
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

    /// It broke the protocol, and is ended.
    pub fn garbage(&mut self, what: &str) -> Ended {
        let _ = self.process.kill();
        let _ = self.process.wait();
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
            match self.process.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < until => std::thread::yield_now(),
                Ok(None) | Err(_) => break None,
            }
        };
        let _ = self.process.kill();
        let _ = self.process.wait();
        Ended(ended.map_or_else(
            || Title::new("断开了连接，进程已停止", "closed its connection, and its process was stopped"),
            words_of,
        ))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
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

/// A worker to be started: the program, its command, its end of the connection, and who waits for it.
type Order = (PathBuf, &'static str, OwnedFd, SyncSender<std::io::Result<Process>>);

/// Starts a worker from a thread that lives as long as the host: its death is tied to that thread's.
fn spawn((program, command): (PathBuf, &'static str), connection: OwnedFd) -> std::io::Result<Process> {
    static SPAWNER: OnceLock<Sender<Order>> = OnceLock::new();
    let gone = || std::io::Error::other("the thread that starts workers is gone");
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, taken) = channel::<Order>();
        let work = move || {
            for (program, command, connection, answer) in taken {
                // Whoever waits may have gone; the worker then ends with its connection.
                let _ = answer.send(start(&program, command, connection));
            }
        };
        // Without such a thread the channel has nobody at its end, and every start is an error.
        let _ = std::thread::Builder::new().name("workers".into()).spawn(work);
        orders
    });
    let (answer, answers) = sync_channel(1);
    spawner.send((program, command, connection, answer)).map_err(|_| gone())?;
    answers.recv().map_err(|_| gone())?
}

fn start(program: &Path, named: &str, connection: OwnedFd) -> std::io::Result<Process> {
    let mut command = Command::new(program);
    command.arg(named).arg(std::process::id().to_string());
    command.env_clear().current_dir("/").process_group(0);
    command.stdin(Stdio::from(connection)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn()
}
