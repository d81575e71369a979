//! Desks opened from the shelf: in this process or in processes of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugin_api::Fault;

use super::Shelf;
use crate::config::Opening;
use crate::plugins::LibraryError;
use crate::plugins::desk::{Desk, Outcome, opening, silent};
use crate::plugins::inspect::{Inspection, PanicStrategy};
use crate::plugins::isolated::Isolated;
use crate::plugins::worker::Limits;

/// A desk that is going to be opened in processes of its own.
#[derive(Clone, Debug)]
pub struct Apart {
    inspection: Arc<Inspection>,
    file: PathBuf,
    program: PathBuf,
    data: PathBuf,
    /// What it may take.
    pub limits: Limits,
}

impl Apart {
    /// Opens it, in its first process.
    ///
    /// # Errors
    /// No process can be had; within, the desk's own fault.
    pub fn open(self, given: &Opening<'_>) -> Result<Result<Isolated, Fault>, LibraryError> {
        match opening(&given.desk.settings, &given.district) {
            Ok(opening) => self.open_with(opening),
            Err(fault) => Ok(Err(fault)),
        }
    }

    fn open_with(self, opening: String) -> Result<Result<Isolated, Fault>, LibraryError> {
        let Apart { inspection, file, program, data, limits } = self;
        Isolated::open(inspection, (program, data), limits, opening)
            .map_err(|reason| LibraryError::unsound(&file, reason))
    }

    /// Opens it with what another instance was opened with.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open_like(self, desk: &Desk) -> Result<Isolated, String> {
        match self.open_with(desk.opening().to_owned()) {
            Ok(opened) => opened.map_err(|fault| fault.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// An open desk.
#[derive(Debug)]
pub enum Opened {
    /// In this process; and all that is needed to have it in one of its own.
    Here(Desk, Apart),
    /// In processes of its own.
    Apart(Box<Isolated>),
}

/// A verb that no version of the contract has.
const NO_VERB: u32 = 0;

/// A desk that has opened must be able to say that it does not know something: the least that the
/// contract asks of any call.
fn check_itself(outcome: &Outcome<'_>) -> Result<(), Fault> {
    match outcome {
        Outcome::NotOffered => Ok(()),
        other => Err(Fault::failed(format!("it opens, and answers what it cannot know with {other:?}"))),
    }
}

impl Shelf {
    /// Opens a desk: in this process if its library may run here and nothing says otherwise, else in
    /// processes of its own, started from `program`.
    ///
    /// # Errors
    /// As [`Shelf::load`], or no process can be had; within, the desk's own fault.
    pub fn open(&mut self, opening: &Opening<'_>, program: &Path) -> Result<Result<Opened, Fault>, LibraryError> {
        let Opening { desk, district, .. } = opening;
        if desk.is_isolated || !self.may_run_here(&desk.library)? {
            let opened = self.apart(opening, program)?.open(opening)?;
            return Ok(opened.and_then(|desk| {
                check_itself(&desk.call(NO_VERB, "{}", &mut silent, &mut Vec::new()))?;
                Ok(Opened::Apart(Box::new(desk)))
            }));
        }
        let library = self.load(&desk.library)?;
        // Nobody distrusts it: where the kernel gives no sandbox, a process of its own is enough.
        let mut twin = self.apart(opening, program)?;
        twin.limits.accepts_no_sandbox = true;
        Ok(Desk::open(&library, &desk.settings, district).and_then(|desk| {
            check_itself(&desk.call(NO_VERB, "{}", &mut silent, &mut Vec::new()))?;
            Ok(Opened::Here(desk, twin))
        }))
    }

    /// All that a desk needs to be opened in processes of its own, whether or not its library may run
    /// here.
    ///
    /// # Errors
    /// As [`Shelf::load`].
    pub fn apart(&mut self, opening: &Opening<'_>, program: &Path) -> Result<Apart, LibraryError> {
        let Opening { desk, isolation, .. } = opening;
        let sha256 = self.find(&desk.library, &[])?.sha256;
        let at = self.chosen[&desk.library];
        // What is loaded was looked at whole: a copy is read and hashed once.
        if !self.loaded.contains_key(&sha256) {
            self.keep(&desk.library)?;
        }
        let limits = Limits {
            call_ms: isolation.call_ms,
            memory_bytes: isolation.memory_mib * 1024 * 1024,
            output_bytes_max: self.output_bytes_max,
            accepts_no_sandbox: isolation.accepts_no_sandbox,
        };
        Ok(Apart {
            inspection: self.looks[at].sound()?,
            file: self.looks[at].entry.path.clone(),
            program: program.to_owned(),
            data: self.homes.data.clone(),
            limits,
        })
    }

    /// Whether a library may run in this process: it is trusted, and its panics do not end it.
    ///
    /// # Errors
    /// As [`Shelf::find`].
    pub fn may_run_here(&mut self, name: &str) -> Result<bool, LibraryError> {
        let inspection = self.find(name, &[])?;
        Ok(inspection.panics == PanicStrategy::Unwinds && self.looks[self.chosen[name]].entry.trust.may_run_here())
    }
}
