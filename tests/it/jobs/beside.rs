//! Jobs beside a running engine: it goes on meanwhile, nothing of the store is held between two
//! questions, and what was not done is done after a restart (I1, I9).

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};

use hongling::engine::Engine;
use hongling::engine::call::{Asked, Caller, Outcome};
use hongling::engine::input::{Answer, Ask, HandClock, Input, Target};
use hongling::engine::marker::Marker;
use hongling::engine::runner::Runner;
use hongling::store::rows::JobTurn;
use hongling::store::{Store, WriteSet};
use plugin_api::abi::VERB_WORK;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{act, jobs_story};
use crate::story::{Story, ms};

/// The real desk, stopped after each answer to a question of a job until it is let go on.
struct Gate {
    inner: Arc<dyn Caller>,
    answered: Mutex<Sender<String>>,
    go: Mutex<Receiver<()>>,
}

impl Caller for Gate {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        if verb != VERB_WORK {
            return self.inner.call(verb, request, ask, out);
        }
        let mut stopped = |question: &str| {
            let answer = ask(question);
            // Whoever listens may have gone: then nobody stops it.
            if self.answered.lock().unwrap().send(question.to_owned()).is_ok() {
                let _ = self.go.lock().unwrap().recv();
            }
            answer
        };
        self.inner.call(verb, request, &mut stopped, out)
    }

    fn library(&self) -> Option<String> {
        self.inner.library()
    }
}

/// A host on a district, its jobs stopped at each question.
struct Host {
    runner: Runner,
    answered: Receiver<String>,
    go: SyncSender<()>,
    /// Numbers of jobs that are done, once that is on disk.
    done: Receiver<u64>,
}

impl Host {
    fn start(story: &mut Story) -> Host {
        let running = story.running().unwrap();
        let (config, mut callers) = (Arc::clone(&running.district.config), running.district.callers.clone());
        story.stop();
        let (answered, questions) = channel();
        let (go, gone_on) = sync_channel(0);
        let till = config.desk("till").unwrap().get();
        let inner = Arc::clone(&callers[till]);
        callers[till] = Arc::new(Gate { inner, answered: Mutex::new(answered), go: Mutex::new(gone_on) });
        let store = Store::open(&config.data).unwrap();
        let clock = Box::new(HandClock::new(ms("2026-03-02 10:00")));
        let marker = Marker::open(&config.data).unwrap();
        let mut engine = Engine::new(config, callers, store, clock, marker).unwrap();
        let (send, done) = channel();
        engine.on_commit(move |committed| tell_done(committed.set, &send));
        Host { runner: Runner::start(engine).unwrap(), answered: questions, go, done }
    }

    fn ask(&self, action: &str, form: Value) -> Answer {
        let ask = Ask::Act(act(Target::Desk("till".into()), action, form));
        self.runner.people.put(Input { ask, by: None, key: None }).unwrap().recv().unwrap()
    }

    /// Lets the job go on from question to question until it is done, and looks at each stop.
    fn let_go(&self, mut look: impl FnMut(&str)) -> u64 {
        loop {
            match self.answered.recv_timeout(std::time::Duration::from_millis(20)) {
                Ok(question) => {
                    look(&question);
                    self.go.send(()).unwrap();
                }
                Err(_) => {
                    if let Ok(done) = self.done.try_recv() {
                        return done;
                    }
                }
            }
        }
    }
}

fn tell_done(set: &WriteSet, send: &Sender<u64>) {
    for turn in &set.jobs {
        if let JobTurn::Drop(id) = turn {
            // The test may have ended.
            let _ = send.send(*id);
        }
    }
}

fn answers(story: &mut Story) -> Vec<String> {
    let state = story.state();
    state.iter().filter_map(|row| Some(row.strip_prefix("record till answer ")?.to_owned())).collect()
}

/// A story with facts, transfers and matters.
fn told() -> (Story, PathBuf) {
    let mut story = jobs_story();
    for n in 0..250 {
        story.tell(&format!("act till put {}", json!({ "key": format!("f{n:03}"), "count": n })));
    }
    let rows: Vec<Value> = (0..60)
        .map(|n| json!({ "key": format!("K{n}"), "from": "outside", "to": format!("reserve(text:w{n})"), "amount": n + 1 }))
        .collect();
    story.tell(&format!("act till book {}", json!({ "transfers": rows })));
    story.tell("act till start {\"place\": \"西苑小区\"}\nact till start {\"place\": \"西苑小区\"}");
    assert!(!story.take_said().contains("failed"));
    let file = story.folder().join("data/hongling.db");
    (story, file)
}

/// The engine answers people while a job stands in the middle of its work.
#[test]
fn the_engine_goes_on_meanwhile() {
    let (mut story, _) = told();
    let host = Host::start(&mut story);
    assert!(matches!(host.ask("tally-all", json!({ "prefix": "f" })), Answer::Done(_)));
    let question = host.answered.recv().unwrap();
    assert!(question.contains("records"), "{question}");
    // In the middle: between its first and its second page.
    for n in 0..3 {
        assert!(matches!(host.ask("put", json!({ "key": format!("g{n}"), "count": 1 })), Answer::Done(_)));
    }
    assert!(matches!(host.ask("put", json!({ "key": "f249", "count": 1000 })), Answer::Done(_)));
    host.go.send(()).unwrap();
    let mut pages = 1;
    host.let_go(|_| pages += 1);
    drop(host.runner.stop().unwrap());
    assert_eq!(pages, 4, "three pages and an empty one");
    // What changed meanwhile is seen by the pages read after it: a job is of no one instant.
    let sum = (0..249).sum::<i64>() + 1000;
    assert!(answers(&mut story)[0].contains(&format!("250 facts, {sum} in all")));
}

/// No read transaction outlives the question it answers: the log can be emptied between any two, which
/// SQLite does only when nobody reads (a read held for long made the log grow without end).
#[test]
fn nothing_of_the_store_is_held_between_questions() {
    let (mut story, file) = told();
    let host = Host::start(&mut story);
    let db = Connection::open(&file).unwrap();
    db.busy_timeout(std::time::Duration::ZERO).unwrap();
    let is_free =
        |db: &Connection| db.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0)).unwrap() == 0;
    let questions = [
        json!({ "matters": { "filter": {} } }),
        json!({ "count": { "filter": {}, "by": "stage" } }),
        json!({ "events": { "matter": 1, "after_seq": 0 } }),
        json!({ "records": { "collection": "fact", "range": {} } }),
        json!({ "balances": { "filter": { "class": "reserve" }, "after": null } }),
        json!({ "transfers": { "filter": { "class": "reserve" }, "days": {}, "after": null } }),
        json!({ "totals": { "filter": { "class": "reserve" }, "days": {}, "by": "month" } }),
        json!({ "totals": { "filter": { "class": "outside" }, "days": {}, "by": "all" } }),
    ];
    let mut looked = 0;
    for question in &questions {
        assert!(matches!(host.ask("ask-later", json!({ "question": question.to_string() })), Answer::Done(_)));
        host.let_go(|asked| {
            assert!(is_free(&db), "{asked}");
            looked += 1;
        });
    }
    assert!(matches!(host.ask("tally-all", json!({})), Answer::Done(_)));
    host.let_go(|asked| {
        assert!(is_free(&db), "{asked}");
        looked += 1;
    });
    assert_eq!(looked, questions.len() + 4);
    // The same look does see a read that is held.
    let held = Connection::open(&file).unwrap();
    held.execute_batch("begin; select count(*) from matter;").unwrap();
    assert!(matches!(host.ask("put", json!({ "key": "x", "count": 1 })), Answer::Done(_)));
    assert!(!is_free(&db), "a read that is held is seen");
    drop(host.runner.stop().unwrap());
}

/// A host that ends in the middle of a job runs it again, and only once to its end.
#[test]
fn a_job_is_run_again_after_a_restart() {
    let (mut story, _) = told();
    let host = Host::start(&mut story);
    assert!(matches!(host.ask("tally-all", json!({ "prefix": "f" })), Answer::Done(_)));
    host.answered.recv().unwrap();
    let mark = story.folder().join("data/working");
    let is_marked = || std::fs::read(&mark).unwrap().iter().any(|byte| *byte != 0);
    assert!(is_marked(), "the job that runs is marked");
    drop(host.runner.stop().unwrap());
    assert!(!is_marked(), "a host that is stopped was not ended by its job");
    // What the old thread still does nobody hears.
    drop((host.answered, host.go));
    assert!(answers(&mut story).is_empty());
    assert_eq!(story.told("jobs"), "> jobs\n  1 till tally matter - {\"prefix\":\"f\"} due 03-02 10:00\n");
    let host = Host::start(&mut story);
    let done = host.let_go(|_| ());
    assert_eq!(done, 1);
    drop(host.runner.stop().unwrap());
    assert_eq!(answers(&mut story).len(), 1);
    assert_eq!(story.told("jobs"), "> jobs\n  nothing\n");
    crate::recovery::replayed::check(&mut story, &mut jobs_story());
}

/// What a job comes to and the store does not take is no reason to run it for ever: it is set aside
/// until the next start, and everything else goes on.
#[test]
fn a_result_that_cannot_be_stored_is_set_aside() {
    let (mut story, file) = told();
    let host = Host::start(&mut story);
    let db = Connection::open(&file).unwrap();
    db.execute_batch(
        "create trigger no_jobs before insert on input when new.kind = 6
         begin select raise(abort, 'the disk does not like this'); end;",
    )
    .unwrap();
    assert!(matches!(host.ask("tally-all", json!({ "prefix": "f" })), Answer::Done(_)));
    for _ in 0..4 {
        host.answered.recv().unwrap();
        host.go.send(()).unwrap();
    }
    for n in 0..20 {
        assert!(matches!(host.ask("put", json!({ "key": format!("g{n}"), "count": 1 })), Answer::Done(_)));
    }
    assert!(host.answered.try_recv().is_err(), "it is not run again");
    drop(host.runner.stop().unwrap());
    db.execute_batch("drop trigger no_jobs").unwrap();
    drop(db);
    let host = Host::start(&mut story);
    assert_eq!(host.let_go(|_| ()), 1);
    drop(host.runner.stop().unwrap());
    assert_eq!(answers(&mut story).len(), 1);
}
