//! The `hongling` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    hongling::cli::run(std::env::args_os())
}
