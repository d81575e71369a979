//! What a desk is, and what it may say to the host that runs it.
//!
//! Hongling settles matters. Each part of the way of working is a **desk**: a dynamic library that
//! implements [`Plugin`]. A matter lies on exactly one desk at a time; somebody does something, a
//! clock runs out, another desk hands the matter over, and the desk says what should follow. The
//! district's config decides which desk is next, so desks do not know each other.
//!
//! A desk is **pure**. What it is given (an input, the matter, its own note on it, its settings,
//! answers from the host) decides what it wants done ([`Effects`]). It owns no file, socket, clock,
//! thread or memory between two calls, so the host can stop it between two steps, run it elsewhere,
//! or run its past again.
//!
//! # A whole desk
//!
//! The toolbox of a compound: a ladder is lent, should be back in three days, and is remembered when it
//! is not. Three files.
//!
//! **`plugin.toml`** has all names, types, defaults and words. From it the host makes the forms, checks
//! what is filled in, draws the console and imports tables; the desk sees only what fits. See
//! [`manifest`] and, for the types of fields, [`field`].
//!
#![doc = concat!("```toml\n", include_str!("../tutorial/plugin.toml"), "```")]
//!
//! **`src/lib.rs`** decides. There is one variant of `Input` for each name the desk is called by: an
//! action, a topic it takes, a clock.
//!
#![doc = concat!(
    "```\n",
    include_str!("../tutorial/lib.rs"),
    "\n# /* A library of its own exports it:\nplugin_api::export_plugin!(Toolbox);\n# */\n```"
)]
//!
//! **`cases/loan.case`** tells what happens: an input, `----`, and what comes of it. You write the upper
//! half, `UPDATE_EXPECT=1 cargo test` writes the lower one, and you read it.
//!
#![doc = concat!("```text\n", include_str!("../tutorial/loan.case"), "```")]
//!
//! What each further thing looks like, a page each with a desk of its own, is told by the [guide].
//!
//! Two tests run it and hold `plugin.toml` against the code: `plugin_api::testing` (with the feature
//! `testing`) has them, and says how cases are written. `cargo test` needs no host.
//!
//! # Build it, run it
//!
//! `hongling plugin new toolbox` writes a crate to begin with: the three files, two tests, and this
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]   # the library the host loads, and the one your tests link
//!
//! [dependencies]
//! plugin-api = { package = "hongling-plugin-api", path = "…" }   # or git = "…": it is on no registry
//! serde = { version = "1", features = ["derive"] }
//!
//! [dev-dependencies]
//! plugin-api = { package = "hongling-plugin-api", path = "…", features = ["testing"] }
//! ```
//!
//! `cargo build` gives `libtoolbox.so`, and `hongling plugin check libtoolbox.so` tries whether it keeps the
//! contract. Put it into a folder that the district's `plugins` names, give it a desk in the config
//! (`[desk.toolbox]`, `library = "toolbox"`), and ask `hongling check`. It runs isolated: in a process of its own
//! that opens no file, makes no socket, thread or process, and has two seconds a call and 256 MiB unless the
//! district says otherwise. `hongling plugin trust toolbox` lets it run in the host's own process. Keep
//! `panic = "unwind"`: there it is how a panic costs one step and not the host.
//!
//! # What the host promises
//!
//! - **All or nothing** (I3). The effects of a step are checked as a whole and applied together, once, or
//!   the step fails and nothing has happened. What was answered with success is on disk (I1).
//! - **Only what fits.** Forms, settings and view parameters have passed `plugin.toml` before you see
//!   them, on every path; a default is filled in, a title typed for a code has become the code, a contact
//!   has become a person (I10), mobile and identity numbers are hidden. That a topic brings the fields
//!   you need is proved when the config is checked; its values are what the desk that says it made of them.
//! - **Only yours** (I5). While a matter lies on your desk no other desk changes it, and you change no
//!   other desk's; a note or a record of yours is yours wherever the matter lies.
//! - **One step at a time.** A step of your desk never runs beside another of its steps; views may. No
//!   lock is needed.
//! - **Time is an input.** [`Step::now`] is the instant, [`Step::today`] the district's day; a clock fires
//!   once, as of the instant it was due, also after a night without power (I7).
//! - **Money adds up** (I6). What one account gives another gets; an account falls below zero only where
//!   its class may; what was booked stands, and is undone by its mirror.
//! - **A fault costs one step** (I8). [`Fault::Refused`] goes to the person who must mend something and
//!   is never tried again; [`Fault::Failed`] and panics are tried again, then parked for the operator.
//! - **Who may** (`who` in the manifest) and **where next** (the routes) are settled outside your code
//!   (I2, I11). What a view gets from the host is cut to the person who looks.
//!
//! # Where things are
//!
//! | what | where |
//! |---|---|
//! | how desks are written, page by page | [`guide`] |
//! | the trait and the macro | [`plugin`] |
//! | what a desk is called with | [`input`], [`matter`], [`district`], [`list`] |
//! | what it wants done, and how it declines | [`effect`], [`budget`], [`clock`], [`ledger`], [`job`], [`fault`] |
//! | what it may ask, what it can show | [`host`], [`view`] |
//! | notices, and how an outlet reaches the world outside | [`notice`], [`outside`] |
//! | what it declares | [`manifest`], [`field`] |
#![cfg_attr(feature = "testing", doc = "| how it is tested | [`testing`] (feature `testing`) |")]
#![cfg_attr(not(feature = "testing"), doc = "| how it is tested | `testing`, with the feature `testing` |")]
//! | the C table, for other languages | [`abi`], `include/hongling.h` |
#![deny(missing_docs)]

pub mod abi;
pub mod budget;
pub mod clock;
pub mod district;
pub mod effect;
pub mod fault;
pub mod field;
pub mod guide;
pub mod host;
pub mod input;
pub mod job;
pub mod ledger;
pub mod list;
pub mod manifest;
pub mod matter;
pub mod notice;
pub mod outside;
pub mod plugin;
#[cfg(feature = "testing")]
pub mod testing;
pub mod view;

pub use budget::Budget;
pub use clock::{Clock, ClockState, Due, Elapsed};
pub use district::District;
pub use effect::{Effect, Effects, Opening};
pub use fault::{Fault, Objection};
pub use host::{Count, CountBy, Host, MatterFilter, Person, Place, RecordRange, Unit};
pub use input::{Event, InputInfo, InputKind, Proof, Step};
pub use job::Job;
pub use ledger::{Account, Of, Transfer};
pub use list::{CodeList, ListRow, Lists};
pub use manifest::{Manifest, Title};
pub use matter::{
    Holder, LabelValue, Labels, Link, Matter, MatterId, Part, PersonId, PlaceId, Position, Post, RoleId, Status,
    UnitId, Worst,
};
pub use notice::{Notice, Receipt, Recipients, Returned};
pub use outside::{HttpAnswer, HttpRequest, Mail, Outside};
pub use plugin::Plugin;
pub use view::{Cell, Chart, ChartKind, Column, Fact, Table, Tile, View, ViewRequest};
