//! Clocks that run out while people wait, and the lamps they shine.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use hongling::district::District;
use hongling::engine::Engine;
use hongling::engine::call::{Asked, Caller, Outcome};
use hongling::engine::input::{Act, Answer, Ask, HandClock, Input, Target};
use hongling::engine::look::read_matter;
use hongling::engine::marker::Marker;
use hongling::engine::runner::Runner;
use hongling::store::Store;
use plugin_api::matter::Lamp;
use plugin_api::{Budget, Effects, MatterId, Opening, PlaceId};
use serde_json::{Map, Value};

use crate::recovery::replayed::inputs;
use crate::scratch::{PROGRAM, Scratch};
use crate::story::{Story, ms};

const CONFIG: &str = r#"
schema = 1
name = { zh = "试验区", en = "Trial District" }
data = "data"
places = "places.csv"
open = "odd"
[desk.odd]
library = "misbehaving"
"#;
const MATTERS: u64 = 1_000;
const HOUR_MS: i64 = 3_600_000;

/// A desk whose matters each get a bell, and do nothing else. The first bell that rings says so, and
/// waits until it may go on.
struct Ringing {
    rings: Sender<()>,
    may_go_on: Mutex<Option<Receiver<()>>>,
}

impl Caller for Ringing {
    fn call(&self, _: u32, request: &str, _: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        let request: Value = serde_json::from_str(request).unwrap();
        let effects = match request["input"]["name"].as_str().unwrap() {
            "start" => {
                let place = Some(PlaceId::from("daguan"));
                let opening = Opening { kind: "trial".into(), title: "试验".into(), place, ..Opening::default() };
                let id = MatterId(request["step"]["next_id"].as_u64().unwrap());
                Effects::new().open(id, opening).start("bell", Budget::hours(1))
            }
            "clock.bell" => {
                if let Some(may_go_on) = self.may_go_on.lock().unwrap().take() {
                    self.rings.send(()).unwrap();
                    may_go_on.recv().unwrap();
                }
                Effects::new()
            }
            _ => Effects::new(),
        };
        serde_json::to_writer(out, &effects.into_list()).unwrap();
        Outcome::Ok
    }
}

fn act(target: Target, action: &str, form: Map<String, Value>) -> Input {
    Input { ask: Ask::Act(Act { target, action: action.into(), form }), by: None, key: None }
}

/// After down-time a person is answered within a batch, not after all that was missed; but what is due of
/// the person's own matter comes before.
#[test]
fn people_do_not_wait_for_all_that_is_due() {
    let scratch = Scratch::in_memory();
    std::fs::write(scratch.path().join("hongling.toml"), CONFIG).unwrap();
    std::fs::write(scratch.path().join("places.csv"), "place,level,title\ndaguan,district,大观区\n").unwrap();
    let config = District::open(scratch.path(), Path::new(PROGRAM)).unwrap().config;
    let clock = HandClock::new(ms("2026-03-02 09:00"));
    let (rings, rung) = channel();
    let (go_on, may_go_on) = channel();
    let desk = Arc::new(Ringing { rings, may_go_on: Mutex::new(Some(may_go_on)) });
    let store = Store::open(&config.data).unwrap();
    let mut engine = Engine::new(config, vec![desk], store, Box::new(clock.clone()), Marker::none()).unwrap();
    for ticket in 1..=MATTERS {
        let form = Map::from_iter([("place".to_owned(), Value::from("daguan"))]);
        engine.take(act(Target::Desk("odd".into()), "start", form), ticket);
    }
    engine.commit();

    clock.set(ms("2026-03-02 09:00") + 2 * HOUR_MS);
    let runner = Runner::start(engine).unwrap();
    rung.recv().unwrap();
    let form = Map::from_iter([("how".to_owned(), Value::from("well"))]);
    let answer = runner.people.put(act(Target::Matter(MatterId(MATTERS)), "try", form)).unwrap();
    go_on.send(()).unwrap();
    let Answer::Done(done) = answer.recv().unwrap() else { panic!("refused") };
    let mut engine = runner.stop().unwrap();
    while engine.run_due() != 0 {}
    engine.commit();

    let inputs = inputs(&engine);
    let bells: Vec<(u64, u64)> = inputs
        .iter()
        .filter(|input| &*input.name == "clock.bell")
        .map(|input| (input.matter.unwrap(), input.seq))
        .collect();
    assert_eq!(bells.len() as u64, MATTERS, "each once");
    let own = bells.iter().find(|(matter, _)| *matter == MATTERS).unwrap().1;
    assert!(own < done.seq, "the bell of the matter came before the act");
    let before = bells.iter().filter(|(_, seq)| *seq < done.seq).count();
    assert!(before <= 2 + hongling::limits::BATCH_STEPS_MAX, "{before} bells came first");
}

/// What a lamp shines is computed when somebody looks; only the floor that a desk sets is kept.
#[test]
fn no_lamp_is_stored() {
    let mut story = Story::new();
    story.tell(
        r#"
at 2026-03-02 09:10
open {"title": "消防通道被堵", "place": "西苑小区"}
late 2026-03-04 09:30
"#,
    );
    let lamp = |story: &mut Story| {
        let engine = &story.running().unwrap().engine;
        let reader = engine.store().reader();
        let stored = reader.matter(MatterId(1)).unwrap().unwrap();
        read_matter(engine.config(), reader, &stored, engine.now_ms()).unwrap().lamp
    };
    assert_eq!(lamp(&mut story), Some(Lamp::Green), "on the next rung");
    assert!(!story.state().iter().any(|row| row.contains("lamp")), "{:#?}", story.state());
    // Nothing is run meanwhile.
    for (now, shines) in [("2026-03-07 07:00", Lamp::Blue), ("2026-03-07 09:10", Lamp::Yellow)] {
        story.tell(&format!("at {now}"));
        assert_eq!(lamp(&mut story), Some(shines));
    }
    assert!(!story.state().iter().any(|row| row.contains("lamp")), "{:#?}", story.state());
}
