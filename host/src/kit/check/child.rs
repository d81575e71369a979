//! The process a part runs in: the program itself with a hidden command, started in [`start`] and nowhere
//! else.
//!
//! It is handed its order on standard input and says where it is and what came of it on standard output.
//! Always holds: whatever the library does there, the part ends in time and is told.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use plugin_api::Title;
use serde::{Deserialize, Serialize};

use super::bench::{AT, Bench, DONE};
use super::part::{Part, Tried};
use super::parts;
use crate::limits::ANSWER_BYTES_MAX;
use crate::plugins::{CandidateHash, load_candidate};

/// The hidden command of the child.
pub const TRY_COMMAND: &str = "try-library";

/// What the child is handed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Where the copy is kept.
    pub folder: PathBuf,
    /// Which copy.
    pub hash: CandidateHash,
    /// What is tried.
    pub part: Part,
}

/// Starts the process of a part. The library runs there and nowhere else.
fn start(program: &Path, order: &Order) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    // What it may leave lying about goes with the folder.
    command.current_dir(&order.folder);
    command.arg(TRY_COMMAND).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn()
}

/// Runs a part in a process of its own.
pub(super) fn run(program: &Path, order: &Order, most: Duration) -> Tried {
    let wanting = |words: Title| Tried { findings: vec![words], ..Tried::default() };
    let no_process = |error: std::io::Error| {
        wanting(Title::new(format!("起不了进程：{error}"), format!("no process for it: {error}")))
    };
    let text = match serde_json::to_vec(order) {
        Ok(text) => text,
        Err(error) => return no_process(error.into()),
    };
    let mut child = match start(program, order) {
        Ok(child) => child,
        Err(error) => return no_process(error),
    };
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (send, said) = channel();
    // Also writes, so that a child which reads nothing holds up nobody.
    std::thread::spawn(move || {
        if let (Some(mut stdin), Some(mut stdout)) = (stdin, stdout) {
            // Whatever goes wrong here shows as an answer that does not read.
            let _ = stdin.write_all(&text);
            drop(stdin);
            let mut buffer = [0; 64 * 1024];
            while let Ok(read @ 1..) = stdout.read(&mut buffer) {
                let _ = send.send(buffer[..read].to_vec());
            }
        }
    });
    let mut heard = Vec::new();
    let until = std::time::Instant::now() + most;
    let is_late = loop {
        match said.recv_timeout(until.saturating_duration_since(std::time::Instant::now())) {
            Ok(bytes) => heard.extend(bytes),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => break true,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break false,
        }
        if SAID_BYTES_MAX < heard.len() {
            // The library writes there too; what counts comes last.
            heard.drain(..SAID_BYTES_MAX / 2);
        }
        // It has said all it will say.
        if last_line(&heard).is_some_and(|line| line.starts_with(DONE.trim_start().as_bytes())) {
            break false;
        }
    };
    let _ = child.kill();
    let ended = child.wait();
    if let Some(tried) = find_last(&heard, DONE).and_then(|line| serde_json::from_str(line.trim_end()).ok()) {
        return tried;
    }
    let at = find_last(&heard, AT).and_then(|line| serde_json::from_str(line.trim_end()).ok());
    wanting(judge_end(is_late.then_some(most), ended.ok().and_then(|status| status.signal()), at))
}

/// Bytes of what a part says that are kept.
const SAID_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The last line, if it is whole.
fn last_line(heard: &[u8]) -> Option<&[u8]> {
    let line = heard.strip_suffix(b"\n")?;
    line.rsplit(|byte| *byte == b'\n').next()
}

/// What stands behind the last line of a sort.
fn find_last(heard: &[u8], mark: &str) -> Option<String> {
    let text = String::from_utf8_lossy(heard);
    let (_, rest) = text.rsplit_once(mark)?;
    Some(rest.split_inclusive('\n').next().unwrap_or_default().to_owned())
}

fn judge_end(late: Option<Duration>, signal: Option<i32>, at: Option<Title>) -> Title {
    let (zh, en) = at.map(|at| (format!("{}：", at.zh), format!("{}: ", at.en))).unwrap_or_default();
    match (late, signal) {
        (Some(most), _) => {
            let seconds = most.as_secs();
            Title::new(
                format!("{zh}{seconds} 秒还没有完，已停止"),
                format!("{en}had not ended after {seconds} s and was stopped"),
            )
        }
        (None, Some(signal)) => Title::new(
            format!("{zh}进程因信号 {signal}（{}）中断", signal_name(signal)),
            format!("{en}the process died of signal {signal} ({})", signal_name(signal)),
        ),
        (None, None) => Title::new(format!("{zh}结束了整个进程"), format!("{en}it ended the whole process")),
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        _ => "?",
    }
}

/// What the child does: tries the library it is handed and says what came of it.
///
/// # Errors
/// When it is handed nothing that reads.
pub fn try_part() -> anyhow::Result<()> {
    let mut order = String::new();
    std::io::stdin().read_to_string(&mut order)?;
    let Order { folder, hash, part } = serde_json::from_str(&order)?;
    let mut bench = Bench::new();
    let mut tried = match load_candidate(&folder, hash, ANSWER_BYTES_MAX) {
        Ok(library) => {
            parts::run(part, &library, &mut bench);
            bench.tried
        }
        Err(error) => Tried { findings: vec![error.words()], ..Tried::default() },
    };
    super::judge::shorten(&mut tried.findings);
    super::judge::shorten(&mut tried.remarks);
    super::bench::say(DONE, &serde_json::to_string(&tried)?);
    Ok(())
}
