//! Actions and forms: what people may do, and how a desk declines.
//!
//! An `[[action]]` of the manifest is a button with a form, a command at the command line, and perhaps a
//! row of a table; to the desk it is one variant of `Input`. The host draws the form, checks it, and calls
//! the desk only with what fits:
//!
//! - **Who** (`who`) is a role of the district, or somebody's relation to the matter: `@holder`, `@lead`,
//!   `@assist`, `@reporter`, `@anyone`. A role counts where it was given: for the matter's place, or for the
//!   place in the field that `at` names. `other_than` keeps two doings with two people. The host decides it
//!   (I11); a desk that asks who acts, to allow it, does the host's work a second time and worse.
//! - **Where** is `on`: a kind of matter, or `desk` for what is about no single one. `stages` says in which
//!   stages it is open.
//! - **What** are its fields ([`crate::field`]): types, `required`, `min`, `max`, `default`, `many`, and `when`
//!   for what is asked only if another field has a value. Desks see canonical values: money in fen, a title
//!   typed for a code as the code, a contact as a person's id, a photo (`type = "file"`) as the hash that names
//!   it: the host keeps the bytes and shows them to whoever may see the matter.
//!
//! What only the desk can know it says by [`Fault::Refused`](crate::Fault::Refused): all
//! [`Objection`](crate::Objection)s at once, each at its field and row, in both languages, as a sentence that
//! says what to do. Nothing has changed then, and the person mends the form.
//! [`Fault::Failed`](crate::Fault::Failed) is for what no person at the form can mend: it is tried again, then
//! parked for the operator.
//!
//! **`plugin.toml`**
//!
#![doc = concat!("```toml\n", include_str!("../../guide/forms/plugin.toml"), "```")]
//!
//! **`src/lib.rs`**
//!
#![doc = concat!("```\n", include_str!("../../guide/forms/lib.rs"), "\n# /*\nplugin_api::export_plugin!(Outlays);\n# */\n```")]
//!
//! **`cases/outlay.case`**: above the line what happens, below it what comes of it.
//!
#![doc = concat!("```text\n", include_str!("../../guide/forms/outlay.case"), "```")]
