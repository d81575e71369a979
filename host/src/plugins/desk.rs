//! A desk: an open instance of a library, and what the ends of its calls mean.
//!
//! Knows statuses and limits, nothing of matters. Always holds (I8): whatever a library answers is
//! one of the [`Outcome`]s; an instance that panicked is never called again, the next call opens a
//! new one with the same settings.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plugin_api::abi::{STATUS_FAILED, STATUS_NOT_OFFERED, STATUS_OK, STATUS_PANICKED, STATUS_REFUSED, VERB_DELIVER};
use plugin_api::{District, Fault, Objection};
use serde::Serialize;
use serde_json::{Map, Value};

use super::library::{Ask, Instance, Library, Output, Reach, Reply, nowhere};

/// An open desk.
///
/// Thread: shared freely; calls may run at once, and the caller sees to it that a step never runs
/// beside another step of the same desk.
#[derive(Debug)]
pub struct Desk {
    library: Arc<Library>,
    /// What it was opened with, to open it again.
    opening: String,
    instance: Mutex<Arc<Instance>>,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome<'out> {
    /// Done; the answer, JSON that nobody has read yet.
    Ok(&'out str),
    /// The person must mend it.
    Refused(Vec<Objection>),
    /// The desk or the host must; a text for the operator.
    Failed(String),
    /// The desk has nothing for this verb.
    NotOffered,
    /// The desk panicked, with this text; it is opened anew at the next call.
    Panicked(String),
    /// It ended the process it ran in, or had to be stopped.
    Died(String),
}

#[derive(Serialize)]
struct Opening<'a> {
    settings: &'a Map<String, Value>,
    district: &'a District,
}

impl Desk {
    /// Opens a desk with settings that are checked and filled, and the district's zone and the code
    /// tables it asks for.
    ///
    /// # Errors
    /// The desk's own fault; a panic is `Failed`.
    pub fn open(library: &Arc<Library>, settings: &Map<String, Value>, district: &District) -> Result<Desk, Fault> {
        let mut out = Vec::new();
        let opened = Desk::open_as(library, opening(settings, district)?, &mut out);
        opened.map_err(|reply| fault_of_opening(&reply, &out))
    }

    /// Opens a desk with what [`opening`] gives; what it said if it does not open lies in `out`.
    pub(super) fn open_as(library: &Arc<Library>, opening: String, out: &mut Vec<u8>) -> Result<Desk, Reply> {
        let instance = Instance::open(library, &opening, out)?;
        Ok(Desk { library: library.clone(), opening, instance: Mutex::new(Arc::new(instance)) })
    }

    /// Its library.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// What it was opened with.
    pub(super) fn opening(&self) -> &str {
        &self.opening
    }

    /// Calls the desk (`plugin_api::abi::VERB_…`). The answer lies in `out`, to be used again for
    /// the next call.
    pub fn call<'out>(&self, verb: u32, request: &str, ask: &mut Ask<'_>, out: &'out mut Vec<u8>) -> Outcome<'out> {
        match self.reply(verb, request, ask, &mut nowhere, out) {
            Ok(reply) => judge(&reply, out),
            Err(fault) => Outcome::Failed(fault.to_string()),
        }
    }

    /// Calls the desk to deliver a notice; as [`Desk::call`].
    pub fn deliver<'out>(&self, request: &str, reach: &mut Reach<'_>, out: &'out mut Vec<u8>) -> Outcome<'out> {
        match self.reply(VERB_DELIVER, request, &mut silent, reach, out) {
            Ok(reply) => judge(&reply, out),
            Err(fault) => Outcome::Failed(fault.to_string()),
        }
    }

    /// How a call ends, before anybody has judged it.
    pub(super) fn reply(
        &self,
        verb: u32,
        request: &str,
        ask: &mut Ask<'_>,
        reach: &mut Reach<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Reply, Fault> {
        let instance = self.sound_instance()?;
        let reply = instance.call(verb, request, ask, reach, out);
        instance.note_panic(&reply);
        Ok(reply)
    }

    /// The instance to call: a new one if the last panicked. Calls that still run on the old one
    /// keep it open until they end.
    fn sound_instance(&self) -> Result<Arc<Instance>, Fault> {
        let mut instance: MutexGuard<'_, Arc<Instance>> = self.instance.lock().unwrap_or_else(PoisonError::into_inner);
        if instance.is_poisoned.load(Ordering::Acquire) {
            let mut out = Vec::new();
            let opened = Instance::open(&self.library, &self.opening, &mut out).map_err(|reply| {
                let fault = fault_of_opening(&reply, &out);
                Fault::failed(format!("could not be opened again after it panicked: {fault}"))
            });
            *instance = Arc::new(opened?);
        }
        Ok(instance.clone())
    }
}

impl Instance {
    fn note_panic(&self, reply: &Reply) {
        if reply.status == STATUS_PANICKED {
            self.is_poisoned.store(true, Ordering::Release);
        }
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("is_poisoned", &self.is_poisoned).finish_non_exhaustive()
    }
}

/// What a desk is opened with.
///
/// # Errors
/// When settings cannot be written as JSON.
pub(super) fn opening(settings: &Map<String, Value>, district: &District) -> Result<String, Fault> {
    serde_json::to_string(&Opening { settings, district })
        .map_err(|error| Fault::failed(format!("settings cannot be written as JSON: {error}")))
}

/// Why a desk does not open.
pub(super) fn fault_of_opening(reply: &Reply, out: &[u8]) -> Fault {
    match judge(reply, out) {
        Outcome::Refused(objections) => Fault::Refused(objections),
        Outcome::Failed(text) | Outcome::Died(text) => Fault::Failed(text),
        Outcome::Panicked(text) => Fault::Failed(format!("panicked while it was opened: {text}")),
        Outcome::Ok(_) | Outcome::NotOffered => {
            Fault::failed(format!("answered its opening with status {}", reply.status))
        }
    }
}

/// Nobody answers questions of an outlet that delivers.
pub(super) fn silent(_: &str) -> Result<String, String> {
    Err("an outlet asks nothing while it delivers".to_owned())
}

pub(super) fn judge<'out>(reply: &Reply, out: &'out [u8]) -> Outcome<'out> {
    let output = match read_output(reply.output, out) {
        Ok(output) => output,
        // The instance is poisoned, whatever became of its last words.
        Err(reason) if reply.status == STATUS_PANICKED => return Outcome::Panicked(reason),
        Err(reason) => return Outcome::Failed(reason),
    };
    match reply.status {
        STATUS_OK if reply.output == Output::Missing => Outcome::Failed("says it is done and gives no output".into()),
        STATUS_OK => Outcome::Ok(output),
        STATUS_REFUSED => match serde_json::from_str::<Vec<Objection>>(output) {
            Ok(objections) if objections.is_empty() => Outcome::Failed("refuses without an objection".into()),
            Ok(objections) => Outcome::Refused(objections),
            Err(error) => Outcome::Failed(format!("refuses, and its objections do not parse: {error}")),
        },
        STATUS_FAILED if output.is_empty() => Outcome::Failed("failed without saying why".into()),
        STATUS_FAILED => Outcome::Failed(output.into()),
        STATUS_NOT_OFFERED => Outcome::NotOffered,
        STATUS_PANICKED => Outcome::Panicked(output.into()),
        other => Outcome::Failed(format!("answers with status {other}, which ABI version 1 does not have")),
    }
}

fn read_output(output: Output, out: &[u8]) -> Result<&str, String> {
    match output {
        Output::Missing => Ok(""),
        Output::Taken => str::from_utf8(out)
            .map_err(|error| format!("its output is not UTF-8 at byte {} of {}", error.valid_up_to(), out.len())),
        Output::TooLong { bytes, most } => {
            Err(format!("its output of {bytes} bytes is longer than the limit of {most}"))
        }
        Output::Null => Err("its output has a length and no address".into()),
    }
}
