//! The `hongling` program.

fn main() {}
