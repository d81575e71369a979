//! A desk, as the engine calls it: a library in this process or in one of its own, in tests a double.

use plugin_api::abi::VERB_HANDLE;
use plugin_api::{Fault, Objection};

/// Something that runs a desk's code.
pub trait Caller: Send + Sync {
    /// Calls the desk. `request` and what is put into `out` are JSON of the contract; `ask` answers
    /// the desk's questions, JSON too, or says why not.
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome;

    /// The same in a process of its own: a step in which this one died before.
    fn call_apart(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        self.call(verb, request, ask, out)
    }

    /// SHA-256 in hex of the library that is called; none for a double.
    fn library(&self) -> Option<String> {
        None
    }

    /// Has a notice delivered; `reach` runs what it needs done outside, JSON of the contract too.
    fn deliver(&self, request: &str, reach: Reached<'_>, out: &mut Vec<u8>) -> Outcome {
        let _ = (request, reach, out);
        Outcome::NotOffered
    }

    /// Whether its steps are sent: the engine goes on and takes their outcomes as inputs.
    fn is_sent(&self) -> bool {
        false
    }

    /// Steps sent ahead of their answers. Each is told as it ends, in order, with its answer; gives how
    /// many ended, and the rest is to be called again.
    fn step_ahead(
        &self,
        requests: &[&str],
        ask: &mut dyn FnMut(usize, &str) -> Result<String, String>,
        done: &mut dyn FnMut(usize, Outcome, &[u8]),
    ) -> usize {
        let mut out = Vec::new();
        for (nth, request) in requests.iter().enumerate() {
            out.clear();
            let outcome = self.call(VERB_HANDLE, request, &mut |question| ask(nth, question), &mut out);
            done(nth, outcome, &out);
        }
        requests.len()
    }

    /// How long steps should wait before they are called: what runs them died and rests.
    fn rests_ms(&self) -> u64 {
        0
    }
}

/// Answers a desk's questions during a call.
pub type Asked<'a> = &'a mut dyn FnMut(&str) -> Result<String, String>;

/// Runs an outlet's errands during a call.
pub type Reached<'a> = &'a mut dyn FnMut(&str) -> Result<String, Fault>;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the answer is in `out`.
    Ok,
    /// A person must mend something.
    Refused(Vec<Objection>),
    /// The desk or the host must; also a panic, and an answer that breaks the contract (I8).
    Failed(String),
    /// The desk does not offer this.
    NotOffered,
    /// The process it ran in died of it (I8).
    Died(String),
}
