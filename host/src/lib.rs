//! The host that loads desks and routes work between them.
//!
//! Arrows point one way: the command line asks `config`, `plugins` and `engine`; only `store` names
//! the database, only `plugins` names dynamic libraries, only `outside` connects; `calendar`, `routes`,
//! `outlet`, `permission`, `schedule`, `ledger`, `mask`, `near`, `lang`, `words`, `suggestion`, `os_error` and `directory` are pure; `index` is derived from the store. The
//! host never names a plugin.

pub mod config;
pub mod calendar;
pub mod clock;
pub mod directory;
pub mod near;
pub mod lang;
pub mod words;
pub mod routes;
pub mod worker;
pub mod plugins;
pub mod picture;
pub mod files;
pub mod mask;
pub mod suggestion;
pub mod os_error;
pub mod matter;
pub mod outlet;
pub mod actor;
pub mod code;
pub mod host_action;
pub mod permission;
pub mod schedule;
pub mod ledger;
pub mod engine;
pub mod store;
pub mod erasure;
pub mod index;
pub mod audit;
pub mod backup;
pub mod district;
pub mod outside;
pub mod console;
pub mod counts;
pub mod kit;
pub mod tables;
pub mod trial;
pub mod plan;
pub mod whatif;
pub mod cli;
pub mod limits;
