//! What strangers' bytes reach in the host, one function a target: it must come back, whatever it is
//! given.
//!
//! Knows the host's own ways in, never a second reading of the formats. Always holds: a target asserts
//! what holds for every input, so that not only a crash is a finding.

pub mod manifest;
pub mod library;
pub mod config;
pub mod when;
pub mod answer;
pub mod frame;
mod district;

/// A target: its name, which is the folder of its corpus, and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("manifest", manifest::run),
    ("library", library::run),
    ("config", config::run),
    ("when", when::run),
    ("answer", answer::run),
    ("frame", frame::run),
];
