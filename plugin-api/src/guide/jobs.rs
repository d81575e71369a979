//! Jobs: long work that only reads, beside the engine.
//!
//! A step should take milliseconds: while it runs, nothing else does. What reads thousands of matters or
//! records is a `[[job]]`. A step starts it ([`Effects::work`](crate::Effects::work)), and that is kept with
//! the step, so a job is run again after a restart. [`Plugin::work`](crate::Plugin::work) reads page by page
//! and gives a result, which the desk gets as the input `job.NAME`, on the matter it was started for or on
//! the desk. Only that input changes anything, and only it is journaled: the job is never run again to
//! find out what was decided.
//!
//! - No lock is held between two questions: pages may be of different instants.
//! - [`Job::now`](crate::Job::now) and `today` are those of the step that started it.
//! - Failed: tried again, later and later, then parked. Refused: parked at once, for nobody stands at a form.
//! - `result` in the manifest is checked before the desk is called.
//!
//! **`plugin.toml`**
//!
#![doc = concat!("```toml\n", include_str!("../../guide/jobs/plugin.toml"), "```")]
//!
//! **`src/lib.rs`**
//!
#![doc = concat!("```\n", include_str!("../../guide/jobs/lib.rs"), "\n# /*\nplugin_api::export_plugin!(Survey);\n# */\n```")]
//!
//! **`cases/count.case`**: above the line what happens, below it what comes of it.
//!
#![doc = concat!("```text\n", include_str!("../../guide/jobs/count.case"), "```")]
