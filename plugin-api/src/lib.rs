//! What a desk is, and what it may say to the host that runs it.
//!
//! A *desk* is a dynamic library that implements [`Plugin`] and calls [`export_plugin!`]. It is
//! **pure**: what it is given (an input, the matter, its own note on it, its settings, answers
//! from the host) decides what it wants done ([`Effects`]). It owns no file, socket, clock or
//! thread, so the host can stop it between two steps, run it in another process, or run its
//! past again.
//!
//! Read the modules in this order: [`plugin`], [`input`], [`matter`], [`effect`], [`fault`],
//! [`list`], [`district`], [`view`], [`host`], [`manifest`], [`field`]; [`testing`] (feature `testing`) when you write
//! your first case; [`abi`] only if you write a desk in another language.
//!
//! # The smallest desk
//!
//! ```
//! use plugin_api::{District, Effects, Fault, Host, Plugin, Step};
//! use serde::Deserialize;
//!
//! struct Echo;
//!
//! #[derive(Deserialize)]
//! struct Settings {}
//!
//! #[derive(Deserialize)]
//! #[serde(tag = "name", content = "data", rename_all = "kebab-case")]
//! enum Input {
//!     Shout { words: String },
//! }
//!
//! impl Plugin for Echo {
//!     type Settings = Settings;
//!     type Input = Input;
//!     type Note = ();
//!
//!     fn open(_: Settings, _: District) -> Result<Echo, Fault> {
//!         Ok(Echo)
//!     }
//!
//!     fn handle(&self, input: Input, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
//!         let Input::Shout { words } = input;
//!         Ok(Effects::new().title(words.to_uppercase()).close("shouted"))
//!     }
//! }
//! # // In a library of its own the next line follows: plugin_api::export_plugin!(Echo);
//! ```
#![deny(missing_docs)]

pub mod abi;
pub mod district;
pub mod effect;
pub mod fault;
pub mod field;
pub mod host;
pub mod input;
pub mod list;
pub mod manifest;
pub mod matter;
pub mod plugin;
#[cfg(feature = "testing")]
pub mod testing;
pub mod view;

pub use district::District;
pub use effect::{Budget, Effect, Effects, Opening};
pub use fault::{Fault, Objection};
pub use host::{Count, CountBy, Host, MatterFilter, Person, Place, Unit};
pub use input::{Event, InputInfo, InputKind, Step};
pub use list::{CodeList, ListRow, Lists};
pub use manifest::{Manifest, Title};
pub use matter::{
    Holder, LabelValue, Labels, Link, Matter, MatterId, Part, PersonId, PlaceId, Position, Post, RoleId, Status,
    UnitId, Worst,
};
pub use plugin::Plugin;
pub use view::{Cell, Chart, ChartKind, Column, Fact, Table, Tile, View, ViewRequest};
