//! Delivering: notices to people, and the one way outside.
//!
//! **Sending** is any desk's: [`Effects::send`](crate::Effects::send) names whom (reporters, holders, a post)
//! and a `[[notice]]` of the manifest, a template with words in both languages that a district may reword.
//! The notice is stored with the step that sends it, or not at all (I3). What becomes of it comes back as
//! `receipt.NAME`, if the template says `receipt = true`.
//!
//! **Delivering** is what an outlet does: a desk whose manifest says `outlet = true`. It runs beside the engine,
//! one notice at a time, and reaches the outside only through [`Outside`](crate::Outside): HTTP to granted
//! addresses, mail, a file. Nobody else opens a socket.
//!
//! - **At least once.** After a crash the same notice comes again, with the same [`Notice::key`](crate::Notice::key):
//!   hand it on, so that the other side knows a repeat.
//! - **Failed or refused** is the one decision an outlet has: will it do another time? Failed is tried again after
//!   1 s, 10 s, 1 min, 10 min, 1 h, 6 h and 24 h; refused is parked.
//! - **Stand-ins** (I10). An address and a secret are words that mean nothing; the host puts the real ones in
//!   their place as the request leaves, and hides them in what comes back.
//!
//! **`plugin.toml`**
//!
#![doc = concat!("```toml\n", include_str!("../../guide/delivering/plugin.toml"), "```")]
//!
//! **`src/lib.rs`**
//!
#![doc = concat!("```\n", include_str!("../../guide/delivering/lib.rs"), "\n# /*\nplugin_api::export_plugin!(Gateway);\n# */\n```")]
//!
//! **`cases/messages.case`**: above the line what happens, below it what comes of it.
//!
#![doc = concat!("```text\n", include_str!("../../guide/delivering/messages.case"), "```")]
