//! What a desk answers: effects of a step, checked and applied whole or not at all, and views.
//!
//! The desk is a double that answers the very bytes; the engine and its store are the real ones, the
//! store in a folder of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hongling::config::Config;
use hongling::engine::Engine;
use hongling::engine::call::{Asked, Caller, Outcome};
use hongling::engine::input::{Act, Answer, Ask, HandClock, Input, Target};
use hongling::engine::look::{Look, Viewer, view};
use hongling::engine::marker::Marker;
use hongling::store::Store;
use plugin_api::MatterId;
use serde_json::{Map, Value};

use crate::district;

const CONFIG: &str = "schema = 1\nname = { zh = \"试验区\", en = \"Trial\" }\ndata = \"data\"\nplaces = \"places.csv\"\n\
    units = \"units.csv\"\npeople = \"people.csv\"\ninclude = [\"roles.toml\"]\nopen = \"odd\"\n\
    [desk.odd]\nlibrary = \"misbehaving\"\n[desk.books]\nlibrary = \"bookkeeping\"\ncredits = { elsewhere = \"other/common\" }\n\
    [desk.other]\nlibrary = \"bookkeeping\"\ncredits = { elsewhere = \"books/common\" }\n\
    [desk.gate]\nlibrary = \"notices\"\n[[outlet]]\nid = \"gate\"\ndesk = \"gate\"\n";
/// Answers after which the store is begun anew, so that no run depends on many before it.
const ANSWERS_A_STORE: u32 = 500;
/// 2026-03-02, nine in the morning.
const NOW_MS: i64 = 1_772_413_200_000;

/// Answers what it was told to.
#[derive(Default)]
struct Told(Mutex<Vec<u8>>);

impl Caller for Told {
    fn call(&self, _: u32, _: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A question may be among it: whatever the bytes ask is answered or refused.
        if let Some(question) = answer.strip_prefix(b"?") {
            let _ = ask(&String::from_utf8_lossy(question));
            out.extend_from_slice(b"[]");
            return Outcome::Ok;
        }
        out.extend_from_slice(&answer);
        Outcome::Ok
    }
}

struct Bench {
    folder: PathBuf,
    config: Arc<Config>,
    engine: Engine,
    odd: Arc<Told>,
    books: Arc<Told>,
    answers: u32,
}

impl Bench {
    fn new() -> Bench {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let memory = std::path::Path::new("/dev/shm");
        let within = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = within.join(format!("hongling-fuzz-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder in memory can be made");
        let config = match district::load(&folder, CONFIG.as_bytes()) {
            Ok(config) => Arc::new(config),
            Err(problems) => panic!("the district of this target holds: {problems:?}"),
        };
        let (odd, books) = (Arc::new(Told::default()), Arc::new(Told::default()));
        let callers: Vec<Arc<dyn Caller>> = vec![odd.clone(), books.clone(), books.clone(), odd.clone()];
        let store = Store::open_scratch(&folder).expect("an empty store can be made");
        let clock = Box::new(HandClock::new(NOW_MS));
        let engine = Engine::new(Arc::clone(&config), callers, store, clock, Marker::none());
        let engine = engine.expect("an empty store is read");
        let mut bench = Bench { folder, config, engine, odd, books, answers: 0 };
        bench.open();
        bench.open();
        bench
    }

    /// A matter to act on: one with a step that failed takes no further act.
    fn open(&mut self) -> MatterId {
        let id = self.engine.next_matter();
        let opening = r#"[{"open":{"id":ID,"opening":{"kind":"trial","title":"试验","place":"daguan"}}}]"#;
        *self.odd.0.lock().unwrap_or_else(PoisonError::into_inner) =
            opening.replace("ID", &id.to_string()).into_bytes();
        let form = Map::from_iter([("place".to_owned(), Value::from("daguan"))]);
        let answer = self.act(Target::Desk("odd".into()), "start", form);
        assert!(matches!(answer, Some(Answer::Done(_))), "a matter is opened: {answer:?}");
        MatterId(id)
    }

    fn act(&mut self, target: Target, action: &str, form: Map<String, Value>) -> Option<Answer> {
        let ask = Ask::Act(Act { target, action: action.into(), form });
        self.engine.take(Input { ask, by: None, key: None }, 1);
        let answer = self.engine.commit().into_iter().next().map(|(_, answer)| answer);
        assert!(
            self.engine.trouble().is_none(),
            "no answer of a desk is the store's trouble: {:?}",
            self.engine.trouble()
        );
        let is_stored = !matches!(answer, Some(Answer::Unstored(_)));
        assert!(is_stored, "no answer of a desk keeps the store from storing: {answer:?}");
        answer
    }

    fn run(&mut self, data: &[u8]) -> Option<Answer> {
        let (desk, answer) = match data.split_first() {
            Some((b'b', rest)) => ("books", rest),
            Some((b'v', rest)) => ("view", rest),
            _ => ("odd", data),
        };
        let matter = if desk == "odd" { self.open() } else { MatterId(1) };
        // An effect must name the number that the next matter will have, which is another each time.
        let next = self.engine.next_matter().to_string();
        let answer = match str::from_utf8(answer) {
            Ok(text) => text.replace("\"@new\"", &next).into_bytes(),
            Err(_) => answer.to_vec(),
        };
        let told = if desk == "books" { &self.books } else { &self.odd };
        *told.0.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        let answer = match desk {
            "books" => {
                let form = Map::from_iter([("key".to_owned(), Value::from("k"))]);
                self.act(Target::Desk("books".into()), "undo", form)
            }
            "view" => {
                self.view();
                None
            }
            _ => {
                let form = Map::from_iter([("how".to_owned(), Value::from("so"))]);
                self.act(Target::Matter(matter), "try", form)
            }
        };
        self.check(matter);
        answer
    }

    fn view(&self) {
        let desk = self.config.open;
        for spec in &self.config.desks[desk.get()].manifest.view {
            let look =
                Look { desk, name: spec.name.clone(), of: Some(MatterId(1)), params: Map::new(), now_ms: NOW_MS };
            let _ = view(&self.config, &*self.odd, self.engine.store().reader(), &look, &Viewer::Operator);
        }
    }

    /// I2, I6: what holds after every input.
    fn check(&self, matter: MatterId) {
        let reader = self.engine.store().reader();
        for id in [MatterId(1), matter] {
            let stored = reader.matter(id).expect("the store is read").expect("no step takes a matter away");
            let head: Value = serde_json::from_str(&stored.head).expect("a head is JSON");
            let desk = head["desk"].as_str().unwrap_or_default();
            assert!(self.config.desk(desk).is_some(), "a matter lies on a desk (I2): {head}");
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Has a desk answer these bytes: `b…` the bookkeeping desk's step, `v…` a view, `?…` a question, else
/// a step on a matter. `"@new"` stands for the number of the next matter.
pub fn run(data: &[u8]) {
    answered(data);
}

/// Whether a step with these bytes as its answer is done.
pub fn holds(data: &[u8]) -> bool {
    matches!(answered(data), Some(Answer::Done(_)))
}

pub fn answered(data: &[u8]) -> Option<Answer> {
    static BENCH: Mutex<Option<Bench>> = Mutex::new(None);
    let mut bench = BENCH.lock().unwrap_or_else(PoisonError::into_inner);
    if bench.as_ref().is_some_and(|bench| ANSWERS_A_STORE <= bench.answers) {
        *bench = None;
    }
    let bench = bench.get_or_insert_with(Bench::new);
    bench.answers += 1;
    bench.run(data)
}
