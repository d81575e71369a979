//! Open desks as the engine calls them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::call::{Asked, Caller, Outcome, Reached};
use crate::plugins::{self, Apart, Desk, Isolated};

/// A desk in this process, and the same in one of its own for steps that ended this one.
pub(super) struct Here {
    desk: Desk,
    twin: Apart,
    apart: Mutex<Option<Arc<Isolated>>>,
}

impl Here {
    pub(super) fn new(desk: Desk, twin: Apart) -> Here {
        Here { desk, twin, apart: Mutex::default() }
    }
}

impl Here {
    /// The same desk in processes of its own, opened when it is wanted. What fails is tried again.
    fn twin(&self) -> Result<Arc<Isolated>, String> {
        let mut apart = self.apart.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(apart) = &*apart {
            return Ok(Arc::clone(apart));
        }
        let opened = self.twin.clone().open_like(&self.desk)?;
        Ok(Arc::clone(apart.insert(Arc::new(opened))))
    }
}

impl Caller for Here {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        outcome(self.desk.call(verb, request, ask, out))
    }

    fn call_apart(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        match self.twin() {
            Ok(apart) => outcome(apart.call(verb, request, ask, out)),
            Err(why) => Outcome::Failed(format!("the host died in this step, and no other process can be had: {why}")),
        }
    }

    fn deliver(&self, request: &str, reach: Reached<'_>, out: &mut Vec<u8>) -> Outcome {
        outcome(self.desk.deliver(request, reach, out))
    }

    fn library(&self) -> Option<String> {
        Some(self.desk.library().inspection().sha256.to_string())
    }
}

impl Caller for Isolated {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        outcome(Isolated::call(self, verb, request, ask, out))
    }

    fn call_apart(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        outcome(self.call_aside(verb, request, ask, out))
    }

    fn deliver(&self, request: &str, reach: Reached<'_>, out: &mut Vec<u8>) -> Outcome {
        outcome(Isolated::deliver(self, request, reach, out))
    }

    fn library(&self) -> Option<String> {
        Some(self.inspection().sha256.to_string())
    }

    fn is_sent(&self) -> bool {
        true
    }

    fn step_ahead(
        &self,
        requests: &[&str],
        ask: &mut dyn FnMut(usize, &str) -> Result<String, String>,
        done: &mut dyn FnMut(usize, Outcome, &[u8]),
    ) -> usize {
        Isolated::step_ahead(self, requests, ask, &mut |nth, ended| {
            let out = if let plugins::Outcome::Ok(out) = ended { out.as_bytes() } else { &[] };
            done(nth, outcome(ended), out);
        })
    }

    fn rests_ms(&self) -> u64 {
        Isolated::rests_ms(self)
    }
}

/// A desk that ran in processes of its own, of a journal that is run again.
pub(super) struct Absent {
    /// SHA-256 of its library.
    pub library: Option<String>,
}

impl Caller for Absent {
    fn call(&self, _: u32, _: &str, _: Asked<'_>, _: &mut Vec<u8>) -> Outcome {
        Outcome::Failed("what it came to stands in the journal; it is not called again".to_owned())
    }

    fn library(&self) -> Option<String> {
        self.library.clone()
    }

    fn is_sent(&self) -> bool {
        true
    }
}

fn outcome(outcome: plugins::Outcome<'_>) -> Outcome {
    match outcome {
        plugins::Outcome::Ok(_) => Outcome::Ok,
        plugins::Outcome::Refused(objections) => Outcome::Refused(objections),
        plugins::Outcome::Failed(text) => Outcome::Failed(text),
        plugins::Outcome::Panicked(text) => Outcome::Failed(format!("panicked: {text}")),
        plugins::Outcome::NotOffered => Outcome::NotOffered,
        plugins::Outcome::Died(text) => Outcome::Died(text),
    }
}
