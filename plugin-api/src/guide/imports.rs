//! Imports and inlets: what comes from other systems.
//!
//! **Imports.** An action with `rows = true` can be done by the rows of a table: CSV in UTF-8 or GBK, or XLSX.
//! The desk sees no difference: each row is one step, is checked as a form is, and what is wrong with it goes
//! into a file of bad rows. `key` names the field that makes a row the same row when it comes again, so that
//! an import that is run twice doubles nothing. Which columns there are, and how they write dates, is the
//! district's to say:
//!
//! ```toml
//! [[desk.meters.import]]
//! name = "power-company"
//! action = "read"
//! key = "表号"
//! columns = { number = "表号", period = "账期", kwh = "止码" }
//! fixed = { place = "daguan/linghu/huamao/xiyuan" }
//! ```
//!
//! `hongling import DIR FILE --desk meters --dry-run` shows what would come of it.
//!
//! **Inlets**, by which other systems send requests over HTTP, come with the console and are not there yet:
//! nothing calls a desk by `request`, and there is no effect that answers one.
//! [`InputKind::Request`](crate::input::InputKind::Request) keeps the name free. Until then another system hands
//! over a file, and `hongling import` takes it.
//!
//! **`plugin.toml`**
//!
#![doc = concat!("```toml\n", include_str!("../../guide/imports/plugin.toml"), "```")]
//!
//! **`src/lib.rs`**
//!
#![doc = concat!("```\n", include_str!("../../guide/imports/lib.rs"), "\n# /*\nplugin_api::export_plugin!(Meters);\n# */\n```")]
//!
//! **`cases/rows.case`**: above the line what happens, below it what comes of it.
//!
#![doc = concat!("```text\n", include_str!("../../guide/imports/rows.case"), "```")]
