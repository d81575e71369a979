//! What plugin authors are given: a new crate that works as it is, and a check of what they made.

mod compiler;
mod starter;
mod conformance;
mod lights;
