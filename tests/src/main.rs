//! The host under test, beside the libraries that `cargo test` builds.

use std::process::ExitCode;

fn main() -> ExitCode {
    hongling::cli::run(std::env::args_os())
}
