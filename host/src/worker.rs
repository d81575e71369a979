//! Processes of their own: this program once more, in a sandbox, spoken to in frames.
//!
//! Knows nothing of what they are for: a library that is not trusted, or a picture from outside. Always
//! holds (I8, I9): whatever happens in such a process, this one lives; what does not come back by its
//! deadline is ended; what comes from it is a claim until it has been checked, and of bounded length
//! before any memory is taken for it.

mod frame;
mod sandbox;
mod child;

pub(crate) use child::{Child, Start};
pub use child::{Ended, NotStarted};
pub use frame::{FrameError, Frames, Head, Sort, put};
pub use sandbox::{Guard, Guards};
pub(crate) use sandbox::{close_inherited, fall_back, shut, shut_trial};
