//! Clocks: time that runs on a matter, warns, stands still and runs out.
//!
//! A `[[clock]]` is declared in the manifest and started by a step with a [`Budget`](crate::Budget): workdays,
//! working or natural hours, or to a date. Which hours and days are worked is the district's calendar; desks
//! never count days. How long it runs is best a setting (`type = "budget"`) or a column of a list, for
//! districts differ.
//!
//! - It fires **once**, as of the instant its budget is used up, also if the host was down: `now` of that
//!   step is that instant, so what is started there goes on from where the last one ended (I7).
//! - The desk is called by `clock.NAME`, by `clock.NAME.MARK` for each mark on the way that is not `quiet`,
//!   and by `clock.NAME.review` on the day a pause is to be looked at, if the manifest says `review = true`.
//! - [`pause`](crate::Effects::pause) keeps what is left, [`resume`](crate::Effects::resume) goes on with it,
//!   [`extend`](crate::Effects::extend) gives more, [`stop`](crate::Effects::stop) drops it.
//!   [`Step::clock`](crate::Step::clock) tells how one stands.
//! - With `keep = "stay"` it ends when the matter is handed over; with `keep = "matter"` it goes along, and
//!   fires to the desk on which the matter then lies, if that declares one of the same name.
//! - Its lamp is computed and never set.
//!
//! Clocks are on matters only: what has a deadline is a matter. What is looked at on fixed days is a `[[take]]`
//! that is `on = "desk"`: the district's `[[schedule]]` brings it, and the step has no matter.
//!
//! **`plugin.toml`**
//!
#![doc = concat!("```toml\n", include_str!("../../guide/clocks/plugin.toml"), "```")]
//!
//! **`src/lib.rs`**
//!
#![doc = concat!("```\n", include_str!("../../guide/clocks/lib.rs"), "\n# /*\nplugin_api::export_plugin!(Permits);\n# */\n```")]
//!
//! **`cases/permit.case`**: above the line what happens, below it what comes of it.
//!
#![doc = concat!("```text\n", include_str!("../../guide/clocks/permit.case"), "```")]
