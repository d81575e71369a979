//! Tests of the library layer, with desks written in C: what holds for them holds for any language.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod border;
mod broken;
mod calls;
mod compiler;
mod files;
mod header;
mod sound;
mod trusted;
