//! Steps of isolated desks: sent, and what they come to taken as inputs (I4, I8, I9).
//!
//! The desks are real libraries in processes of their own. Where a test must decide when one comes
//! back, a gate stands between it and the engine.

mod blame;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use expect_test::expect;
use hongling::engine::Engine;
use hongling::engine::call::{Asked, Caller, Outcome};
use hongling::engine::input::{Act, Answer, Ask, HandClock, Input, Target};
use hongling::engine::marker::Marker;
use hongling::engine::runner::Runner;
use hongling::store::Store;
use plugin_api::MatterId;
use serde_json::{Value, json};

use crate::contract::ODD_AND_EVEN;
use crate::story::{Story, ms};

/// The example district with every desk of it isolated.
fn apart() -> Story {
    let mut story = Story::new();
    for desk in ["intake", "triage", "council", "station"] {
        let file = story.folder().join(format!("desks/{desk}.toml"));
        let text = std::fs::read_to_string(&file).unwrap();
        let library = format!("\nlibrary = \"{desk}\"\n");
        assert!(text.contains(&library));
        std::fs::write(&file, text.replace(&library, &format!("{library}isolated = true\n"))).unwrap();
    }
    story.take_said();
    story
}

/// The example district with the misbehaving desk isolated.
fn odd() -> Story {
    let mut story = Story::new();
    story.tell(&ODD_AND_EVEN.replacen("library = \"misbehaving\"", "library = \"misbehaving\"\n  isolated = true", 1));
    story.take_said();
    story
}

const DAYS: &str = r#"
open key A1 {"title": "3栋飞线充电，电线从窗户拉下来", "place": "西苑小区", "contact": "13800138000"}
open {"title": "楼道灯不亮", "place": "西苑小区"}
open {"title": "不知道说什么好", "place": "西苑小区"}
tick 2026-03-03 10:00
open key A1 {"title": "3栋飞线充电，电线从窗户拉下来", "place": "西苑小区", "contact": "13800138000"}
tick 2026-03-20 10:00
"#;

/// What people see is what they see of desks in the host's own process, and the journal run again calls
/// nobody and comes out the same, byte for byte.
#[test]
fn a_district_of_isolated_desks_is_the_same_district() {
    let seen = |mut story: Story| {
        story.tell(DAYS);
        story.take_said();
        let seen = story.told("list\nshow SQ2026-000001\nshow SQ2026-000002\nshow SQ2026-000003\nclocks\nparked");
        (story, seen)
    };
    let (_, here) = seen(Story::new());
    let (mut story, apart_seen) = seen(apart());
    assert!(here.contains("SQ2026-000003"), "{here}");
    assert_eq!(apart_seen, here);
    crate::recovery::replayed::check(&mut story, &mut apart());
}

/// What steps came to is erased with the words they came from.
#[test]
fn words_go_with_the_person() {
    let mut story = apart();
    story.tell(r#"open {"title": "楼上天天半夜打麻将声音很大", "place": "西苑小区", "contact": "13800138000"}"#);
    let state = story.state();
    let reporter = state.iter().find_map(|row| {
        let at = row.find(r#""reporters":[""#)? + 14;
        Some(row[at..].split('"').next().unwrap().to_owned())
    });
    let held = |story: &mut Story| -> usize {
        let reader = story.running().unwrap().engine.store().reader();
        (1..200).filter(|seq| reader.body(*seq).unwrap().is_some_and(|body| body.contains("打麻将"))).count()
    };
    assert!(2 <= held(&mut story), "the report itself, and what its step came to");
    story.tell(&format!("erase {}", reporter.unwrap()));
    assert_eq!(held(&mut story), 0);
}

/// The third death in a row parks a step; whoever else comes is served, and an operator may try again.
#[test]
fn a_step_that_kills_its_process_is_parked_at_the_third_death() {
    let mut story = odd();
    story.tell("act odd start {\"place\": \"西苑小区\"}\nact odd start {\"place\": \"西苑小区\"}");
    story.take_said();
    story.tell(
        r#"
act TR2026-000001 try {"how": "abort"}
tick 2026-03-02 09:01
parked
act TR2026-000002 try {"how": "well"}
act TR2026-000001 try {"how": "well"}
retry 3
parked
"#,
    );
    expect![[r#"
        > act TR2026-000001 try
          failed ended its process: signal 6
        > tick 2026-03-02 09:01
          2 were due
        > parked
          3 odd try matter 1 try 3 parked: its process died 3 times in this step: ended its process: signal 6
        > act TR2026-000002 try
          done TR2026-000002 捣乱台/已做
        > act TR2026-000001 try
          refused 事项正在处理中，请稍后再试；若长时间如此，请管理员查看“异常待处理”
        > retry 3
          failed ended its process: signal 6
        > parked
          3 odd try matter 1 try 1 again 03-02 09:01: ended its process: signal 6
    "#]]
    .assert_eq(&story.take_said());
    crate::recovery::replayed::check(&mut story, &mut odd());
}

/// A refusal leaves the matter as it was, and its key free for what was mended.
#[test]
fn what_is_refused_can_be_mended() {
    let mut story = odd();
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    story.take_said();
    let before: Vec<String> = story.state().into_iter().filter(|row| row.starts_with("matter ")).collect();
    story.tell(r#"act TR2026-000001 try key K {"how": "refuse"}"#);
    let after: Vec<String> = story.state().into_iter().filter(|row| row.starts_with("matter ")).collect();
    assert_eq!(before, after);
    story.tell(
        r#"
act TR2026-000001 try key K {"how": "well"}
act TR2026-000001 try key K {"how": "well"}
parked
"#,
    );
    expect![[r#"
        > act TR2026-000001 try key K
          refused how：这样不行
          refused 那样也不行
        > act TR2026-000001 try key K
          done TR2026-000001 捣乱台/已做
        > act TR2026-000001 try key K
          done before TR2026-000001 捣乱台/已做
        > parked
          nothing
    "#]]
    .assert_eq(&story.take_said());
    crate::recovery::replayed::check(&mut story, &mut odd());
}

/// A desk that comes back when it is let.
struct Gate {
    inner: Arc<dyn Caller>,
    called: Mutex<Sender<String>>,
    go: Mutex<Receiver<()>>,
}

impl Caller for Gate {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        // Whoever listens may have gone: then nobody stops it.
        if self.called.lock().unwrap().send(request.to_owned()).is_ok() {
            let _ = self.go.lock().unwrap().recv();
        }
        self.inner.call(verb, request, ask, out)
    }

    fn library(&self) -> Option<String> {
        self.inner.library()
    }

    fn is_sent(&self) -> bool {
        true
    }
}

/// A running host whose desk `odd` comes back when it is let.
struct Host {
    runner: Runner,
    clock: HandClock,
    called: Receiver<String>,
    go: Sender<()>,
}

impl Host {
    fn start(story: &mut Story) -> Host {
        Host::start_through(story, |inner, called, go| Arc::new(Gate { inner, called, go }))
    }

    fn start_through(
        story: &mut Story,
        gate: impl FnOnce(Arc<dyn Caller>, Mutex<Sender<String>>, Mutex<Receiver<()>>) -> Arc<dyn Caller>,
    ) -> Host {
        let running = story.running().unwrap();
        let (config, mut callers) = (Arc::clone(&running.district.config), running.district.callers.clone());
        story.stop();
        let (send, called) = channel();
        let (go, gone_on) = channel();
        let odd = config.desk("odd").unwrap().get();
        let inner = Arc::clone(&callers[odd]);
        callers[odd] = gate(inner, Mutex::new(send), Mutex::new(gone_on));
        let clock = HandClock::new(ms("2026-03-02 09:30"));
        let store = Store::open(&config.data).unwrap();
        let marker = Marker::open(&config.data).unwrap();
        let engine = Engine::new(config, callers, store, Box::new(clock.clone()), marker).unwrap();
        Host { runner: Runner::start(engine).unwrap(), clock, called, go }
    }

    fn put(&self, target: Target, action: &str, form: Value, key: Option<&str>) -> Receiver<Answer> {
        let Value::Object(form) = form else { panic!("a form is an object") };
        let ask = Ask::Act(Act { target, action: action.into(), form });
        self.runner.people.put(Input { ask, by: None, key: key.map(str::to_owned) }).unwrap()
    }

    fn report(&self, title: &str) -> Answer {
        self.put(Target::Desk("intake".into()), "report", json!({ "title": title, "place": "西苑小区" }), None)
            .recv()
            .unwrap()
    }
}

fn tries(how: &str) -> Value {
    json!({ "how": how })
}

fn place() -> Value {
    json!({ "place": "西苑小区" })
}

const FIRST: Target = Target::Matter(MatterId(1));

/// While a step is out the engine answers everybody else; the matter itself is in work, and its clock
/// waits for the step.
#[test]
fn the_engine_goes_on_meanwhile() {
    let mut story = odd();
    story.tell("act odd start {\"place\": \"西苑小区\"}\nact TR2026-000001 try {\"how\": \"bell\"}");
    let host = Host::start(&mut story);
    let out = host.put(FIRST, "try", tries("remember"), None);
    assert!(host.called.recv().unwrap().contains("remember"));
    for n in 0..20 {
        assert!(matches!(host.report(&format!("路灯不亮 {n}")), Answer::Done(_)));
    }
    let second = host.put(FIRST, "try", tries("well"), None).recv().unwrap();
    assert!(format!("{second:?}").contains("the matter is in work"), "{second:?}");
    // The bell is due meanwhile, and is not rung beside the step that is out.
    host.clock.set(ms("2026-03-02 11:30"));
    assert!(matches!(host.report("再报一件"), Answer::Done(_)));
    assert!(host.called.try_recv().is_err() && out.try_recv().is_err());
    host.go.send(()).unwrap();
    assert!(matches!(out.recv().unwrap(), Answer::Done(_)));
    let bell = host.called.recv().unwrap();
    assert!(bell.contains(r#""name":"clock.bell""#) && bell.contains(r#""note":{"seq":"#), "{bell}");
    drop((host.go, host.called));
    drop(host.runner.stop().unwrap());
}

/// What was out when the host ended is sent again, once, and whoever asks again by its key is told.
#[test]
fn what_was_out_is_sent_again_after_a_restart() {
    let mut story = odd();
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    story.take_said();
    let host = Host::start(&mut story);
    let out = host.put(FIRST, "try", tries("remember"), Some("K7"));
    host.called.recv().unwrap();
    drop(host.runner.stop().unwrap());
    assert!(out.recv().is_err(), "nobody was told that it was done");
    drop((host.go, host.called));
    story.tell(
        r#"
at 2026-03-02 10:00
act TR2026-000001 try key K7 {"how": "remember"}
show TR2026-000001
parked
"#,
    );
    expect![[r#"
        > act TR2026-000001 try key K7
          done before TR2026-000001 捣乱台/等待
        > show TR2026-000001
          TR2026-000001 试验
            西苑小区 · open · 捣乱台/等待
            03-02 09:00 host opened
            03-02 09:30 odd 记下 how=remember
        > parked
          nothing
    "#]]
    .assert_eq(&story.take_said());
    crate::recovery::replayed::check(&mut story, &mut odd());
}

/// Matters that others open meanwhile take the number a step counted on: it is called again for the next.
#[test]
fn numbers_are_never_given_twice() {
    let mut story = odd();
    let host = Host::start(&mut story);
    for round in 0..2 {
        let out = host.put(Target::Desk("odd".into()), "start", place(), None);
        // Four times somebody is faster; then the engine waits for this one.
        for _ in 0..4 {
            host.called.recv().unwrap();
            assert!(matches!(host.report("比它快"), Answer::Done(_)));
            host.go.send(()).unwrap();
        }
        host.called.recv().unwrap();
        host.go.send(()).unwrap();
        let Answer::Done(done) = out.recv().unwrap() else { panic!("it was done") };
        assert_eq!(done.matters[0].number, format!("TR2026-{:06}", 5 * (round + 1)));
    }
    drop((host.go, host.called));
    drop(host.runner.stop().unwrap());
    crate::recovery::replayed::check(&mut story, &mut odd());
}

/// What waits behind a step that hands its matter over finds it gone, and holds nothing up at the next desk.
#[test]
fn what_waits_behind_a_hand_over_goes_on() {
    let mut story = odd();
    story.tell("act odd start {\"place\": \"西苑小区\"}\nact TR2026-000001 try {\"how\": \"bell\"}");
    let host = Host::start(&mut story);
    let out = host.put(FIRST, "try", tries("toil-and-hand"), None);
    host.called.recv().unwrap();
    // The bell is due meanwhile, and waits.
    host.clock.set(ms("2026-03-02 11:30"));
    assert!(matches!(host.report("路灯不亮"), Answer::Done(_)));
    host.go.send(()).unwrap();
    let Answer::Done(done) = out.recv().unwrap() else { panic!("it was done") };
    assert_eq!(done.matters[0].desk, "even");
    drop((host.go, host.called));
    // It lies on a desk of this process now, and is not in work there.
    let done = host.runner.people.put(Input {
        ask: Ask::Act(Act { target: FIRST, action: "try".into(), form: tries("well").as_object().unwrap().clone() }),
        by: None,
        key: None,
    });
    assert!(matches!(done.unwrap().recv().unwrap(), Answer::Done(_)));
    drop(host.runner.stop().unwrap());
    assert!(!story.state().iter().any(|row| row.contains(r#""busy""#)), "{:?}", story.state());
}

/// A desk that is trusted while a step of it is out takes the step in this process, and whoever waits is
/// answered once.
#[test]
fn whoever_waits_is_answered_after_a_switch() {
    let mut story = odd();
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    let running = story.running().unwrap();
    let (config, callers) = (Arc::clone(&running.district.config), running.district.callers.clone());
    let host = Host::start(&mut story);
    let out = host.put(FIRST, "try", tries("remember"), None);
    host.called.recv().unwrap();
    let odd = config.desk("odd").unwrap().get();
    let mut trusted = callers.clone();
    trusted[odd] = Arc::new(Trusted(Arc::clone(&callers[odd])));
    let reload = hongling::engine::runner::Reload { config, callers: trusted, plan: None };
    host.runner.switchboard.switch(reload).unwrap().unwrap();
    assert!(matches!(out.recv().unwrap(), Answer::Done(_)));
    // What was out comes back too late, and is dropped.
    host.go.send(()).unwrap();
    assert!(matches!(host.report("路灯不亮"), Answer::Done(_)));
    drop((host.go, host.called));
    drop(host.runner.stop().unwrap());
    let said = story.told("show TR2026-000001");
    assert_eq!(said.matches("remember").count(), 1, "{said}");
}

/// The same desk, called at once.
struct Trusted(Arc<dyn Caller>);

impl Caller for Trusted {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        self.0.call(verb, request, ask, out)
    }

    fn library(&self) -> Option<String> {
        self.0.library()
    }
}
