//! A small flow of twelve matters, as commands of the real program and as the very same inputs put
//! into an engine of this process.
//!
//! Every sort of input occurs: rows, acts with notes, transfers, a step that fails until it is parked, clocks that
//! fire, a hand-over by hand, a switch of config, another try. The district has one library and few
//! places, so that a process takes little.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hongling::config::Config;
use hongling::district::{District, exercise_ms, set_exercise};
use hongling::engine::Engine;
use hongling::engine::call::Caller;
use hongling::engine::input::{Act, Answer, Ask, HandClock, Input, Target};
use hongling::engine::marker::Marker;
use hongling::store::Store;
use hongling::store::faults::Faults;
use hongling::tables::import::Importing;
use hongling::tables::mapping::Mapping;
use hongling::tables::sheet::Sheet;
use serde_json::{Map, Value, json};

use crate::scratch::Scratch;
use crate::story::ms;

/// Rows of the table, and so matters.
pub const MATTERS: usize = 12;
const START: &str = "2026-03-02 09:00";
const TO: &str = "2026-03-02 12:00";

const CONFIG: &str = r#"
schema = 1
name = { zh = "试验区", en = "Trial District" }
data = "data"
places = "places.csv"
open = "odd"

[desk.odd]
library = "misbehaving"

[desk.even]
library = "misbehaving"
title = { zh = "下家", en = "Even" }
settings = { mood = "MOOD" }

[desk.books]
library = "bookkeeping"
credits = { elsewhere = "fund/common" }

[desk.fund]
library = "bookkeeping"
credits = { elsewhere = "books/common" }

[[desk.odd.import]]
name = "trials"
action = "start"
columns = { number = "number", place = "place", how = "how" }

[[route]]
id = "odd-to-even"
on = "handed"
to = "even"

[[route]]
id = "round-and-round"
on = "again"
to = "odd"
"#;

const PLACES: &str = "place,level,title\ndaguan,district,大观区\n";

/// What the rows make the desk do.
const HOW: [&str; MATTERS] =
    ["", "bell", "remember", "well", "hand:", "", "bell", "remember", "", "well", "", "remember"];

/// One command.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The table.
    Import,
    /// An action on a matter, with a key.
    Act {
        /// Its number.
        on: &'static str,
        /// What the desk is to do.
        how: &'static str,
        /// The key.
        key: &'static str,
    },
    /// Two transfers, with a key.
    Book,
    /// The clock is turned.
    Tick,
    /// By hand.
    Move {
        /// Its number.
        on: &'static str,
    },
    /// The other desk's mood has changed in the config; what it failed at is tried again.
    Retry,
}

/// The flow.
pub const FLOW: [Deed; 9] = [
    Deed::Import,
    Deed::Act { on: "TR2026-000001", how: "remember", key: "A1" },
    Deed::Act { on: "TR2026-000003", how: "fail", key: "A2" },
    Deed::Act { on: "TR2026-000004", how: "hand:", key: "A3" },
    Deed::Book,
    Deed::Tick,
    Deed::Move { on: "TR2026-000006" },
    Deed::Retry,
    Deed::Act { on: "TR2026-000008", how: "close", key: "A4" },
];

/// From which deed on the config is the other one.
const SWITCH: usize = 7;

/// A config and one caller for each of its desks.
type Opened = (Arc<Config>, Vec<Arc<dyn Caller>>);

/// The districts of the flow, before and after the switch: their libraries loaded once.
pub struct Districts {
    _scratch: Scratch,
    made: [PathBuf; 2],
    opened: [Opened; 2],
}

impl Districts {
    /// Writes and opens them, with the libraries that belong to a program.
    pub fn new(program: &Path) -> Districts {
        let scratch = Scratch::new();
        let made = ["bad", "good"].map(|mood| {
            let folder = scratch.path().join(mood);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("hongling.toml"), CONFIG.replace("MOOD", mood)).unwrap();
            std::fs::write(folder.join("places.csv"), PLACES).unwrap();
            std::fs::write(folder.join("rows.csv"), table()).unwrap();
            folder
        });
        let opened = made.clone().map(|folder| {
            let district = District::open(&folder, program).unwrap();
            (district.config, district.callers)
        });
        Districts { _scratch: scratch, made, opened }
    }

    /// Makes a folder with the config of a deed, no store, and the libraries copied already.
    pub fn write(&self, folder: &Path, deed: usize) {
        let made = &self.made[usize::from(SWITCH <= deed)];
        std::fs::create_dir_all(folder.join("data")).unwrap();
        for file in ["hongling.toml", "places.csv", "rows.csv"] {
            std::fs::copy(made.join(file), folder.join(file)).unwrap();
        }
        let _ = symlink(self.made[0].join("data/libraries"), folder.join("data/libraries"));
    }

    /// Makes a folder with nothing but its config.
    pub fn write_empty(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for file in ["hongling.toml", "places.csv"] {
            std::fs::copy(self.made[0].join(file), folder.join(file)).unwrap();
        }
    }

    /// Copies of libraries in a folder whose bytes are not those of their name.
    pub fn broken_copies(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder.join("data/libraries")).into_iter().flatten();
        let copies =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "so"));
        let whole = |copy: &Path| self.made[0].join("data/libraries").join(copy.file_name().unwrap());
        let broken = copies.filter(|copy| std::fs::read(copy).unwrap() != std::fs::read(whole(copy)).unwrap());
        broken.map(|copy| format!("{} is not whole", copy.display())).collect()
    }

    /// Makes the store of a folder an exercise's.
    pub fn begin(&self, folder: &Path) {
        self.write(folder, 0);
        set_exercise(&Store::open(&folder.join("data")).unwrap(), ms(START)).unwrap();
    }

    /// An engine on the store of a folder, with the config of a deed.
    pub fn engine(&self, folder: &Path, deed: usize) -> Result<(Engine, HandClock), String> {
        self.engine_with(folder, deed, None)
    }

    /// The same, on a store with faults.
    pub fn engine_with(
        &self,
        folder: &Path,
        deed: usize,
        faults: Option<Box<dyn Faults>>,
    ) -> Result<(Engine, HandClock), String> {
        let data = folder.join("data");
        let start = || {
            let store = Store::open_with(&data, faults)?;
            let clock = HandClock::new(exercise_ms(store.reader())?.unwrap_or_else(|| ms(START)));
            let (config, callers) = self.opened[usize::from(SWITCH <= deed)].clone();
            let marker = Marker::open(&data).unwrap();
            Ok((Engine::new(config, callers, store, Box::new(clock.clone()), marker)?, clock))
        };
        start().map_err(|error: hongling::store::StoreError| error.to_string())
    }
}

/// What is booked: money comes in, and some of it goes on to another desk's account.
fn book() -> Value {
    json!({ "transfers": [
        { "key": "T1", "from": "outside", "to": "common(place:daguan)", "amount": 12_345 },
        { "key": "T2", "from": "common(place:daguan)", "to": "elsewhere(place:daguan)", "amount": 2_345 },
    ] })
}

fn table() -> String {
    let rows = HOW.iter().enumerate().map(|(nth, how)| format!("R{nth:02},daguan,{how}\n"));
    std::iter::once("number,place,how\n".to_owned()).chain(rows).collect()
}

/// What a deed was answered, as far as it says what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Rows in, rows in before.
    Rows(u64, u64),
    /// An act's, another try's or a hand-over's answer.
    Answer(Answer),
    /// So many were due.
    Due(usize),
}

impl Deed {
    /// As a command of the program.
    pub fn arguments(&self) -> Vec<String> {
        let words: Vec<&str> = match self {
            Deed::Import => vec!["import", ".", "rows.csv", "--desk", "odd", "--errors", "../errors.csv"],
            Deed::Act { on, how, key } => {
                let how = format!("how={how}");
                let words = ["act", ".", on, "try", "--key", key, "-f", &how];
                return words.map(str::to_owned).into_iter().chain(in_english()).collect();
            }
            Deed::Book => {
                let form = book().to_string();
                let words = ["act", ".", "books", "book", "--key", "B1", "--form", &form];
                return words.map(str::to_owned).into_iter().chain(in_english()).collect();
            }
            Deed::Tick => vec!["tick", ".", "--to", "2026-03-02T12:00"],
            Deed::Move { on } => vec!["move", ".", on, "even"],
            Deed::Retry => vec!["retry", ".", "1"],
        };
        words.into_iter().map(str::to_owned).chain(in_english()).collect()
    }

    /// As an input of an engine here.
    pub fn done(&self, folder: &Path, engine: &mut Engine, clock: &HandClock) -> Told {
        match self {
            Deed::Import => import(folder, engine),
            Deed::Act { on, how, key } => {
                let target = Target::Matter(engine.find_matter(on).unwrap());
                let form = Map::from_iter([("how".to_owned(), Value::from(*how))]);
                let act = Act { target, action: "try".into(), form };
                Told::Answer(put(engine, Ask::Act(act), Some(key)))
            }
            Deed::Book => {
                let form = book().as_object().unwrap().clone();
                let act = Act { target: Target::Desk("books".into()), action: "book".into(), form };
                Told::Answer(put(engine, Ask::Act(act), Some("B1")))
            }
            Deed::Tick => Told::Due(tick(engine, clock)),
            Deed::Move { on } => {
                let matter = engine.find_matter(on).unwrap();
                Told::Answer(put(engine, Ask::Move { matter, desk: "even".into() }, None))
            }
            Deed::Retry => Told::Answer(put(engine, Ask::Retry { delivery: 1, by_hand: true }, None)),
        }
    }

    /// What the program said was done: an answer is only what came out whole.
    pub fn told(&self, out: &str) -> Option<Told> {
        let value: Value = serde_json::from_str(out).ok()?;
        match self {
            Deed::Import => Some(Told::Rows(value["opened"].as_u64()?, value["repeated"].as_u64()?)),
            Deed::Tick => Some(Told::Due(usize::try_from(value["ran"].as_u64()?).unwrap())),
            Deed::Act { .. } | Deed::Book | Deed::Move { .. } | Deed::Retry => {
                let (word, given) = value.as_object()?.iter().next()?;
                let answer = match word.as_str() {
                    "done" => Answer::Done(serde_json::from_value(given.clone()).unwrap()),
                    "repeated" => Answer::Repeated(serde_json::from_value(given.clone()).unwrap()),
                    "failed" => Answer::Failed(given.as_str()?.to_owned()),
                    _ => return None,
                };
                Some(Told::Answer(answer))
            }
        }
    }
}

fn in_english() -> impl Iterator<Item = String> {
    ["--json", "--lang", "en"].map(str::to_owned).into_iter()
}

fn put(engine: &mut Engine, ask: Ask, key: Option<&str>) -> Answer {
    engine.run_due();
    engine.take(Input { ask, by: None, key: key.map(str::to_owned) }, 1);
    engine.commit().into_iter().find(|(ticket, _)| *ticket == 1).unwrap().1
}

/// A matter opened at the desk itself.
pub fn start(engine: &mut Engine, key: &str) -> Told {
    let Input { ask, key, .. } = starting(key, "");
    Told::Answer(put(engine, ask, key.as_deref()))
}

/// What opens a matter at the desk itself, and then makes it do something.
pub fn starting(key: &str, how: &str) -> Input {
    let mut form = Map::from_iter([("place".to_owned(), Value::from("daguan"))]);
    if !how.is_empty() {
        form.insert("how".to_owned(), how.into());
    }
    let act = Act { target: Target::Desk("odd".into()), action: "start".into(), form };
    Input { ask: Ask::Act(act), by: None, key: Some(key.to_owned()) }
}

fn import(folder: &Path, engine: &mut Engine) -> Told {
    let config = Arc::clone(engine.config());
    let desk = &config.desks[config.desk("odd").unwrap().get()];
    let mut sheet = Sheet::open(&folder.join("rows.csv")).unwrap();
    let heads = sheet.heads.clone();
    let mapping = Mapping::choose(desk, None, &heads, &config.zone).unwrap();
    let mut bad = |_: &hongling::tables::sheet::Row, all: &[plugin_api::Objection]| panic!("{all:?}");
    let tally = Importing::new(engine, &mapping, "odd", None, &mut bad).run(&mut sheet, &mut |_| {}).unwrap();
    Told::Rows(tally.opened, tally.repeated)
}

fn tick(engine: &mut Engine, clock: &HandClock) -> usize {
    let mut ran = 0;
    clock.set(engine.now_ms());
    while let Some(due_ms) = engine.next_due_ms().filter(|due_ms| *due_ms <= ms(TO)) {
        clock.set(due_ms.max(engine.now_ms()));
        ran += engine.run_due();
        engine.commit();
        // It would be tried each second until the last.
        assert!(engine.trouble().is_none(), "the store takes nothing");
    }
    clock.set(ms(TO));
    set_exercise(engine.store(), ms(TO)).unwrap();
    ran
}
