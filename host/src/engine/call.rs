//! A desk, as the engine calls it: a library in this process, later a worker, in tests a double.

use plugin_api::{Fault, Objection};

/// Something that runs a desk's code.
pub trait Caller: Send + Sync {
    /// Calls the desk. `request` and what is put into `out` are JSON of the contract; `ask` answers
    /// the desk's questions, JSON too, or says why not.
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome;

    /// SHA-256 in hex of the library that is called; none for a double.
    fn library(&self) -> Option<String> {
        None
    }

    /// Has a notice delivered; `reach` runs what it needs done outside, JSON of the contract too.
    fn deliver(&self, request: &str, reach: Reached<'_>, out: &mut Vec<u8>) -> Outcome {
        let _ = (request, reach, out);
        Outcome::NotOffered
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
}
