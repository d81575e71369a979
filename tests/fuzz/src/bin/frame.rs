//! The target `frame` for `cargo fuzz`; what it does is in the library.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hongling_fuzz::frame::run(data));
