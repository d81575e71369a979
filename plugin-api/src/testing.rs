//! The plugin author's test kit: a desk is tested as text, with `cargo test` alone.
//!
//! [`run_cases`] runs the `cases/*.case` files of a crate, [`check_manifest`] holds its
//! `plugin.toml` against its code, and [`Double`] stands in for the host in both, or in a test of
//! your own.
//!
//! ```no_run
//! # mod echo {
//! #     use plugin_api::{District, Effects, Fault, Host, Plugin, Step};
//! #     pub struct Echo;
//! #     impl Plugin for Echo {
//! #         type Settings = serde_json::Value;
//! #         type Input = serde_json::Value;
//! #         type Note = ();
//! #         fn open(_: serde_json::Value, _: District) -> Result<Echo, Fault> { Ok(Echo) }
//! #         fn handle(&self, _: serde_json::Value, _: &Step<()>, _: &dyn Host) -> Result<Effects, Fault> {
//! #             Ok(Effects::new())
//! #         }
//! #     }
//! # }
//! # use echo::Echo;
//! // tests/cases.rs of a plugin
//! const MANIFEST: &str = "…"; // include_str!("../plugin.toml")
//!
//! #[test]
//! fn cases() {
//!     plugin_api::testing::run_cases::<Echo>(MANIFEST, concat!(env!("CARGO_MANIFEST_DIR"), "/cases"));
//! }
//!
//! #[test]
//! fn manifest() {
//!     plugin_api::testing::check_manifest::<Echo>(MANIFEST);
//! }
//! ```
//!
//! # The language of a case
//!
//! A file is an input, a line `----`, and the output it must give; further inputs and outputs may
//! follow, again parted by `----`, and go on where the one before ended. `UPDATE_EXPECT=1` writes
//! the outputs into the files. Blank lines and lines that start with `#` say nothing; an indented
//! line belongs to the line above it. First what there is:
//!
//! ```text
//! now 2026-03-02T09:14:00+08:00
//! setting unsure-below 50
//! list keyword
//!   code,title,any,not,category
//!   K001,路灯不亮,路灯|灯不亮,,street-light
//! place daguan/linghu/huamao/xiyuan compound 西苑小区 / West Garden
//! person chen branch-secretary daguan/linghu/huamao/xiyuan 陈书记 unit=housing
//! unit housing 住建局 / Housing
//! matter 1 request at daguan/linghu/huamao/xiyuan stage=waiting size=small : 路灯不亮
//!   3幢门口的路灯坏了一个星期
//! note 1 {"consulted":1}
//! record correction 1 {"category":"noise"}
//! event sorted on 1 by chen from triage {"category":"noise"}
//! started rung on 1 2 workdays
//! account common place:daguan/linghu/huamao/xiyuan 942564
//! account member person:chen 2026/home 12
//! ```
//!
//! It is 09:00 on 2 March 2026 until a line `now` says otherwise, and the district's zone is +08:00
//! until a line `zone America/New_York` does. Working time is that of a plain week: Monday to Friday,
//! 08:30 to 12:00 and 14:30 to 17:30. A clock runs out when a line `clock` says so.
//! A matter's keys are `desk`, `stage`, `stay`, `status`, `outcome`, `opened`, `reported-at`,
//! `channel`, `source`, `address`, `reporters=r1|r2`, `lead=` and `assist=` (`person:chen`,
//! `unit:housing`, `role:grid-leader` at the matter's place, or `role:street-head@daguan/linghu`);
//! any other is a label. An account has a class, what it is of, its part, and what is on it in the
//! unit's smallest part (fen). Without `desk` it lies on this desk, without `stage` in the entry stage;
//! the indented lines are its text.
//!
//! Then what happens, each call seeing what the ones before it did:
//!
//! ```text
//! act settle by chen on 1 {"outcome":"self"}
//! act settle by chen { outcome = "self" }
//! act settle by chen
//!   outcome: self
//! act settle by chen for zhao second liu on 1
//! act rate with code on 1 {"score":5}
//! row report by li {"title":"…"}
//! topic sorted on 1 {"category":"noise","size":"small"}
//! watch sorted on 1 {"category":"noise"}
//! clock wait on 1
//! work tally on 1 {"month":"2026-02"}
//! job tally on 1 {"count":7}
//! view board by chen
//! view why of 1
//! receipt called on 1 to chen {"delivered":false,"why":"no answer"}
//! outside 200 {"id":"m-17"}
//! deliver called to chen {"title":"…","text":"…","address":"ADDRESS"}
//! ```
//!
//! `by` says who acts, `for` whom they stand in for, `second` who confirmed it, and `with` what somebody
//! without an account came with: `code` or `invitation`. Data is JSON, an inline table of TOML, or for forms one `field: what was typed` a line. Without
//! `on` the first matter is meant; an action on the desk itself has none. Forms, the needed data of
//! topics and parameters go through the manifest's fields as in the host, and a contact becomes a
//! person (`r1`, `r2`, …). `schedule` brings a topic that is about the desk. `topic` hands the matter over as a route would (entry stage, no
//! holders) if it lay elsewhere; `watch` only tells. `work` runs a job and shows what it comes to, `job`
//! tells the desk so, on the matter or, without `on`, on the desk. `deliver` gives an outlet a notice; what
//! it asks of the outside comes to what the lines `outside STATUS BODY`, `outside failed TEXT` and
//! `outside refused TEXT` above say in turn, and goes well where they say nothing.
//!
//! The output has one line for each effect, `nothing` where there are none, `refused:` and `failed:`
//! for faults, and views as text. Effects are applied, so later calls see them, unless one of them
//! is `NOT ALLOWED` by the manifest or by the matter's owner: then, as in the host, none is. An action
//! on a matter that is closed, lies elsewhere or is in another stage is refused as the host does,
//! before the desk is asked. Who may act (`who`, `other_than`) and where a matter goes next is the
//! host's and not checked here.

mod allow;
mod apply;
mod bench;
mod books;
mod case;
mod check;
mod double;
mod week;
mod lookup;
mod outlet;
mod script;
mod seat;
mod setup;
mod show;
#[cfg(test)]
mod tests;

pub use books::Books;
pub use case::run_cases;
pub use check::check_manifest;
pub use double::Double;
