//! What plugin authors are given: a new crate that works as it is.

mod starter;
