//! Pictures from outside, drawn anew: what is kept is only what this program drew itself.
//!
//! Knows nothing of who sent them or where they go. Always holds (T18): the bytes from outside are read
//! in a process of their own, in the sandbox of libraries that are not trusted, which lives for one
//! picture; nothing of them but the colours of the points comes out, turned upright: no place, no
//! time, no camera, no second picture, nothing behind the end.

mod redraw;
mod serve;
mod apart;

pub use apart::{Studio, Unfit};
pub use redraw::{Drawn, Format, redraw};
pub use serve::{PICTURE_COMMAND, serve};
