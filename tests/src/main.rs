//! The host under test, beside the libraries that `cargo test` builds.
//!
//! Tests of what a crash may cost have controls that must fail; for those it can be made to promise
//! less than the host does.

use std::process::ExitCode;

use hongling::store::faults::{Doing, Faults, Verdict, install};

fn main() -> ExitCode {
    match std::env::var("HONGLING_UNDER_TEST").as_deref() {
        Ok("unflushed") => install(|| Box::new(Unflushed)),
        Ok("early") => install(|| Box::new(Early)),
        _ => {}
    }
    hongling::cli::run(std::env::args_os())
}

/// Commits are not flushed.
struct Unflushed;

impl Faults for Unflushed {
    fn before(&mut self, _: Doing) -> Verdict {
        Verdict::Go
    }

    fn flushes_commits(&self) -> bool {
        false
    }
}

/// Answers leave before the commit, which then never comes.
struct Early;

impl Faults for Early {
    fn before(&mut self, doing: Doing) -> Verdict {
        if doing == Doing::Commit { Verdict::Lie } else { Verdict::Go }
    }
}
