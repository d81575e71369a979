//! A library in a process of its own, by `worker`.
//!
//! Knows calls and their ends, nothing of matters. Always holds (I8, I9): whatever the library does to
//! its process, this one lives; a call that does not come back by its deadline ends that process; what
//! comes from it is a claim until it has been checked, and of bounded length before any memory is taken
//! for it.

mod serve;
mod process;

use std::path::Path;

use crate::worker::{self, Guard};

pub use process::{Limits, Worker};
pub use serve::{WORKER_COMMAND, serve};

/// Shuts this process in with a library that is to be tried here and now.
///
/// # Errors
/// What the system does not give, for whoever asked for the trial.
pub(in crate::plugins) fn shut_trial(library: &Path) -> Result<(), String> {
    let host = rustix::process::getppid().map_or(0, |host| host.as_raw_nonzero().get().unsigned_abs());
    worker::fall_back(host, TRIAL_BYTES_MAX)?;
    let (landlock, seccomp) = worker::shut_trial(library);
    match (landlock, seccomp) {
        (Guard::Missing(why), _) | (_, Guard::Missing(why)) => Err(why),
        _ => Ok(()),
    }
}

/// Memory of a trial, beyond what the program takes.
const TRIAL_BYTES_MAX: u64 = 1024 * 1024 * 1024;
