//! The console as browsers and programs meet it: the real program, over a real connection.

pub mod client;
pub mod served;
pub mod program;
mod ways;
mod api;
mod described;
mod matrix;
mod edge;
