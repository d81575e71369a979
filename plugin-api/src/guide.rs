//! The guide: how desks are written, a page for each thing they do.
//!
//! The [front page](crate) has a whole desk in 40 lines. Each page here has a further one, small and
//! whole: its `plugin.toml`, its code, and a case with what comes of it. All of them are built and run by the
//! contract's own tests, so what stands here is so.
//!
//! | page | |
//! |---|---|
//! | [`forms`] | actions, who may do them, their forms, and how a desk declines |
//! | [`clocks`] | time that runs, warns, stands still and runs out |
//! | [`views`] | numbers, charts and tables, and what a person may see of them |
//! | [`imports`] | tables of other systems, and their requests |
//! | [`jobs`] | long work that only reads |
//! | [`delivering`] | notices, and the way outside |
//! | [`testing`] | cases, the manifest against the code, and the check of the finished library |
//! | [`never`](mod@never) | what a desk never does, and why |
//!
//! Begin with `hongling plugin new NAME`: it writes a crate that builds, is tested and loads as it is.

pub mod clocks;
pub mod delivering;
pub mod forms;
pub mod imports;
pub mod jobs;
pub mod never;
pub mod testing;
pub mod views;
