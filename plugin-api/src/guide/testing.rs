//! Testing: as text, with `cargo test` alone, and then the library itself.
//!
//! **Cases.** A `.case` file says what happens, and below `----` what comes of it. You write the upper half;
//! `UPDATE_EXPECT=1 cargo test` writes the lower one, and you read it: a case that nobody has read tests that
//! nothing changed, not that it is right. Forms go through the manifest as in the host, effects are applied, so
//! later lines see what earlier ones did, and an effect that the host would not take is marked `NOT ALLOWED`
//! with its reason. The module `plugin_api::testing` (feature `testing`) has the whole language.
//!
//! **The manifest.** `check_manifest` makes up a value for every field and holds every name and setting
//! against your types. Without it, a field that is spelled `at-place` there and `at_place` here is found by
//! the first person who fills in the form.
//!
//! Both are two tests of two lines:
//!
#![cfg_attr(feature = "testing", doc = "```no_run")]
#![cfg_attr(not(feature = "testing"), doc = "```ignore")]
//! # mod outlays {
//! #     use plugin_api::{District, Effects, Fault, Host, Plugin, Step};
//! #     pub struct Outlays;
//! #     impl Plugin for Outlays {
//! #         type Settings = serde_json::Value;
//! #         type Input = serde_json::Value;
//! #         type Note = ();
//! #         fn open(_: serde_json::Value, _: District) -> Result<Outlays, Fault> { Ok(Outlays) }
//! #         fn handle(&self, _: serde_json::Value, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
//! #             Ok(Effects::new())
//! #         }
//! #     }
//! # }
//! # use outlays::Outlays;
//! use plugin_api::testing::{check_manifest, run_cases};
//!
//! const MANIFEST: &str = "…"; // include_str!("../plugin.toml")
//!
//! #[test]
//! fn cases_come_out_as_written() {
//!     run_cases::<Outlays>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
//! }
//!
//! #[test]
//! fn the_manifest_fits_the_code() {
//!     check_manifest::<Outlays>(MANIFEST);
//! }
//! ```
//!
//! **In a district.** `[[test]]` tables in the config say what must come of a matter, through the real engine
//! and your library; `hongling test DIR` runs them and leaves real data alone.
//!
//! **The library.** `hongling plugin check libNAME.so` tries the finished file, in whatever language it was
//! written: every name of its manifest, rubbish, older and newer hosts, memory that may only be read, a host
//! that fails, the same step twice and in two processes, many threads, leaks. Each part runs in a process of
//! its own, which can open no file and no socket. It exits 1 if a part is wanting, so it belongs into a CI.
