//! Desks opened while a config is read: in this process, to be used, or each in a child process, so
//! that one which aborts or hangs in `open` costs a check nothing.
//!
//! The child is the program itself with a hidden command; it is handed what the desk is opened with on
//! its standard input, and gets a time for it. Always holds: a desk that is opened here has been
//! inspected and is trusted, in both processes by the same shelf.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use plugin_api::{District, Fault, Manifest, Objection, Title};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{NotOpened, open_shelf};
use crate::config::{Libraries, Opening};
use crate::engine::call::Caller;
use crate::limits::OPEN_MS_MAX;
use crate::plugins::{Desk, Shelf};

/// The hidden command of the child.
pub const OPEN_COMMAND: &str = "open-desk";

/// Opens desks in this process and keeps them.
pub(super) struct Opener<'s> {
    pub shelf: &'s mut Shelf,
    /// The desks that were opened, in the order of the config.
    pub opened: Vec<Arc<dyn Caller>>,
    /// Why a library cannot be used, which is no mistake of the config.
    pub unusable: Option<Title>,
}

impl Libraries for Opener<'_> {
    fn manifest(&mut self, library: &str, folders: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        self.shelf.manifest(library, folders)
    }

    fn known(&self, folders: &[PathBuf]) -> Vec<String> {
        self.shelf.known(folders)
    }

    fn open(&mut self, desks: &[Opening<'_>]) -> Vec<Result<(), Fault>> {
        let mut open = |Opening { desk, district }: &Opening<'_>| {
            let library = match self.shelf.load(&desk.library) {
                Ok(library) => library,
                Err(error) => {
                    self.unusable.get_or_insert(error.words());
                    return Ok(());
                }
            };
            self.opened.push(Arc::new(Desk::open(&library, &desk.settings, district)?));
            Ok(())
        };
        desks.iter().map(&mut open).collect()
    }
}

/// Opens each desk in a process of its own, which ends at once.
pub(super) struct Prober<'s> {
    pub shelf: &'s mut Shelf,
    pub folder: PathBuf,
    pub program: PathBuf,
    /// Why a library cannot be used, which is no mistake of the config.
    pub unusable: Option<Title>,
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Opened,
    Fault(Fault),
    Unusable(Title),
}

/// What the child is handed.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    folder: PathBuf,
    plugins: Vec<PathBuf>,
    library: String,
    settings: Map<String, Value>,
    district: District,
}

impl Libraries for Prober<'_> {
    fn manifest(&mut self, library: &str, folders: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        self.shelf.manifest(library, folders)
    }

    fn known(&self, folders: &[PathBuf]) -> Vec<String> {
        self.shelf.known(folders)
    }

    fn open(&mut self, desks: &[Opening<'_>]) -> Vec<Result<(), Fault>> {
        let plugins = self.shelf.folders();
        // All of them start before the first is waited for.
        let started: Vec<Result<Probe, Fault>> = desks
            .iter()
            .map(|Opening { desk, district }| {
                let order = Order {
                    folder: self.folder.clone(),
                    plugins: plugins.to_vec(),
                    library: desk.library.clone(),
                    settings: desk.settings.clone(),
                    district: district.clone(),
                };
                Probe::start(&self.program, &order)
                    .map_err(|error| Fault::failed(format!("no process for it: {error}")))
            })
            .collect();
        let mut wait = |probe: Result<Probe, Fault>| match probe?.wait() {
            Answer::Opened => Ok(()),
            Answer::Fault(fault) => Err(fault),
            Answer::Unusable(words) => {
                self.unusable.get_or_insert(words);
                Ok(())
            }
        };
        started.into_iter().map(&mut wait).collect()
    }
}

/// A child in which a desk is being opened.
struct Probe {
    child: Child,
    said: Receiver<Vec<u8>>,
    until: Instant,
}

impl Probe {
    fn start(program: &Path, order: &Order) -> std::io::Result<Probe> {
        let order = serde_json::to_vec(order)?;
        let mut command = Command::new(program);
        command.arg(OPEN_COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (send, said) = channel();
        // Also writes, so that a child which reads nothing holds up nobody.
        std::thread::spawn(move || {
            let mut answer = Vec::new();
            if let (Some(mut stdin), Some(mut stdout)) = (stdin, stdout) {
                // Whatever goes wrong here shows as an answer that does not read.
                let _ = stdin.write_all(&order);
                drop(stdin);
                let _ = stdout.read_to_end(&mut answer);
            }
            let _ = send.send(answer);
        });
        Ok(Probe { child, said, until: Instant::now() + Duration::from_millis(OPEN_MS_MAX) })
    }

    fn wait(mut self) -> Answer {
        let left = self.until.saturating_duration_since(Instant::now());
        let answer = self.said.recv_timeout(left);
        // It has said all it will say, or had its time: either way it need not live.
        let _ = self.child.kill();
        let ended = self.child.wait();
        let Ok(answer) = answer else {
            let seconds = OPEN_MS_MAX / 1000;
            return refused(Title::new(
                format!("{seconds} 秒还没有打开，已停止"),
                format!("it was not open after {seconds} s and was stopped"),
            ));
        };
        let Ok(answer) = serde_json::from_slice(last_line(&answer)) else {
            let signal = ended.ok().and_then(|status| status.signal());
            return refused(match signal {
                Some(signal) => Title::new(
                    format!("打开时进程因信号 {signal} 中断"),
                    format!("the process died of signal {signal} while it was opened"),
                ),
                None => Title::new("打开时结束了整个进程", "it ended the whole process while it was opened"),
            });
        };
        answer
    }
}

/// A desk may have printed what it liked before.
fn last_line(answer: &[u8]) -> &[u8] {
    let answer = answer.trim_ascii_end();
    answer.rsplit(|byte| *byte == b'\n').next().unwrap_or(answer)
}

/// What the child does: opens the desk it is handed and says how it went.
///
/// # Errors
/// When it is handed nothing that reads.
pub fn open_desk(program: &Path) -> anyhow::Result<()> {
    let mut order = String::new();
    std::io::stdin().read_to_string(&mut order)?;
    let Order { folder, plugins, library, settings, district } = serde_json::from_str(&order)?;
    let loaded = open_shelf(&folder, program).and_then(|mut shelf| {
        plugins.iter().for_each(|folder| shelf.look_through(folder));
        Ok(shelf.load(&library)?)
    });
    let answer = match loaded {
        Err(NotOpened::Unusable(words)) => Answer::Unusable(words),
        Err(error) => Answer::Fault(Fault::failed(error.to_string())),
        Ok(library) => match Desk::open(&library, &settings, &district) {
            Ok(_) => Answer::Opened,
            Err(fault) => Answer::Fault(fault),
        },
    };
    println!("{}", serde_json::to_string(&answer)?);
    Ok(())
}

fn refused(words: Title) -> Answer {
    Answer::Fault(Fault::Refused(vec![Objection { field: None, row: None, text: words }]))
}
