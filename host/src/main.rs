//! The `hongling` program.

use std::process::ExitCode;

/// A step allocates some hundred small texts; this allocator takes a quarter off the host's share.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hongling::cli::run(std::env::args_os())
}
