//! Views: what a desk can show. Values, never pictures: the host draws them as text, table, chart or file.
//!
//! A `[[view]]` has `who` may open it, parameters (fields, checked like a form's), and perhaps `of`: then it
//! stands on the page of each `matter`, `place`, `person` or `unit`, which comes as [`ViewRequest::of`].
//!
//! What the host answers in a view is cut to what the person who looks may see (I11): matters, counts,
//! records and accounts alike. So a desk filters by what is asked, not by who asks. Let the host count
//! ([`Host::count`](crate::Host::count)) rather than reading every matter; pages have at most 500.
//!
//! [`Plugin::view`](crate::Plugin::view) only reads, and may run beside a step.
//!
//! [`ViewRequest::of`]: crate::ViewRequest::of
//!
//! **`plugin.toml`**
//!
#![doc = concat!("```toml\n", include_str!("../../guide/views/plugin.toml"), "```")]
//!
//! **`src/lib.rs`**
//!
#![doc = concat!("```\n", include_str!("../../guide/views/lib.rs"), "\n# /*\nplugin_api::export_plugin!(Overview);\n# */\n```")]
//!
//! **`cases/board.case`**: above the line what happens, below it what comes of it.
//!
#![doc = concat!("```text\n", include_str!("../../guide/views/board.case"), "```")]
