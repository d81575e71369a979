//! The kit for plugin authors: a new crate to begin with, and a check of a finished library.
//!
//! Knows the contract and libraries, nothing of districts, routes or the store.

pub mod starter;
pub mod check;
