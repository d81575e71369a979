//! The parts of a check, and what comes of one.

use plugin_api::Title;
use serde::{Deserialize, Serialize};

/// What a library is held to, in the order it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It opens, and answers to every name of its manifest.
    Manifest,
    /// What it cannot read is a fault, not an end.
    Rubbish,
    /// What it does not know it passes over.
    Unknown,
    /// A host that has less.
    OlderHost,
    /// A host that has more.
    NewerHost,
    /// What is lent is lent for the call.
    Lent,
    /// A host that fails.
    HostFaults,
    /// The same again, here.
    Repeat,
    /// The same again, elsewhere.
    Processes,
    /// Many at once.
    Threads,
    /// Opened and closed in every order.
    Closing,
    /// Nothing is kept.
    Leaks,
}

impl Part {
    /// All of them; [`Part::Manifest`] comes first, for without it the rest says nothing.
    pub const ALL: [Part; 12] = [
        Part::Manifest,
        Part::Rubbish,
        Part::Unknown,
        Part::OlderHost,
        Part::NewerHost,
        Part::Lent,
        Part::HostFaults,
        Part::Repeat,
        Part::Processes,
        Part::Threads,
        Part::Closing,
        Part::Leaks,
    ];

    /// What it holds a library to.
    pub fn title(self) -> Title {
        let (zh, en) = match self {
            Part::Manifest => ("能打开，和自己的清单一致", "opens, and is as its manifest says"),
            Part::Rubbish => ("收到读不懂的内容：报错，不崩溃", "answers rubbish with a fault"),
            Part::Unknown => ("收到不认识的字段：略过", "passes over fields it does not know"),
            Part::OlderHost => ("旧主机：表短，没有 outside", "runs under an older host, whose table is shorter"),
            Part::NewerHost => ("新主机：表长", "runs under a newer host, whose table is longer"),
            Part::Lent => ("借来的内存只读，只在调用期间用", "only reads what it is lent, and only during the call"),
            Part::HostFaults => {
                ("主机答错、答不了：报错，不崩溃", "hands on faults of the host, and goes on afterwards")
            }
            Part::Repeat => ("同一步再来一次，结果一样", "decides the same when asked the same"),
            Part::Processes => ("换一个进程，结果也一样", "decides the same in another process"),
            Part::Threads => ("多个线程同时调用", "can be called from many threads at once"),
            Part::Closing => ("按任何次序打开、关闭", "can be opened and closed in any order"),
            Part::Leaks => ("反复打开、调用、关闭，不越占越多", "keeps nothing: memory, threads, files"),
        };
        Title::new(zh, en)
    }
}

/// How a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is wanting.
    Good,
    /// Something is.
    Wanting,
    /// It was not tried, because the library does not open.
    Skipped,
}

/// What came of one part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tried {
    /// What is wanting.
    pub findings: Vec<Title>,
    /// What is no fault.
    pub remarks: Vec<Title>,
    /// How often the library was called.
    pub calls: u64,
    /// Whether it opened.
    pub opened: bool,
    /// Whether it was left out.
    pub skipped: bool,
    /// What it answered to what, for a comparison elsewhere.
    pub answers: Vec<(Title, String)>,
}

impl Tried {
    pub(super) fn skipped() -> Tried {
        Tried { skipped: true, ..Tried::default() }
    }

    pub(super) fn state(&self) -> State {
        match (self.skipped, self.findings.is_empty()) {
            (true, _) => State::Skipped,
            (false, true) => State::Good,
            (false, false) => State::Wanting,
        }
    }
}
