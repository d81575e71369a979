//! A library in a process of its own: this program once more, in a sandbox, spoken to in frames.
//!
//! Knows calls and their ends, nothing of matters. Always holds (I8, I9): whatever the library does to
//! its process, this one lives; a call that does not come back by its deadline ends that process; what
//! comes from it is a claim until it has been checked, and of bounded length before any memory is taken
//! for it.

mod frame;
mod sandbox;
mod serve;
mod process;

pub use process::{Ended, Limits, NotStarted, Worker};
pub use sandbox::{Guard, Guards};
pub use serve::{WORKER_COMMAND, serve};
