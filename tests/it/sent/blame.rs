//! Whose step it was that ended a process, where several were sent ahead of their answers (I8).

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};

use hongling::engine::call::{Asked, Caller, Outcome};
use hongling::engine::input::{Answer, Target};
use plugin_api::MatterId;

use super::{Host, odd, tries};

/// The desk in its own process; how many steps are sent ahead is told, and they go when they are let.
struct Ahead {
    inner: Arc<dyn Caller>,
    called: Mutex<Sender<String>>,
    go: Mutex<Receiver<()>>,
}

impl Caller for Ahead {
    fn call(&self, verb: u32, request: &str, ask: Asked<'_>, out: &mut Vec<u8>) -> Outcome {
        self.inner.call(verb, request, ask, out)
    }

    fn library(&self) -> Option<String> {
        self.inner.library()
    }

    fn is_sent(&self) -> bool {
        true
    }

    fn step_ahead(
        &self,
        requests: &[&str],
        ask: &mut dyn FnMut(usize, &str) -> Result<String, String>,
        done: &mut dyn FnMut(usize, Outcome, &[u8]),
    ) -> usize {
        self.called.lock().unwrap().send(requests.len().to_string()).unwrap();
        self.go.lock().unwrap().recv().unwrap();
        self.inner.step_ahead(requests, ask, done)
    }

    fn rests_ms(&self) -> u64 {
        self.inner.rests_ms()
    }
}

/// Two of twelve end their process, and the answers to those before them may have died with it: each of
/// the others is done, and nobody but the two has a failure.
#[test]
fn only_the_step_that_ended_the_process_is_blamed() {
    const MATTERS: u64 = 12;
    let guilty = |matter: u64| matter == 5 || matter == 9;
    let mut story = odd();
    for _ in 0..MATTERS {
        story.tell("act odd start {\"place\": \"西苑小区\"}");
    }
    let host = Host::start_through(&mut story, |inner, called, go| Arc::new(Ahead { inner, called, go }));
    let put = |matter: u64| {
        let how = if guilty(matter) { "abort" } else { "remember" };
        host.put(Target::Matter(MatterId(matter)), "try", tries(how), None)
    };
    let outs: Vec<Receiver<Answer>> = (1..=MATTERS).map(put).collect();
    assert_eq!(host.called.recv().unwrap(), "1");
    // Once the second of these is answered, all that came before the first lies ready in the desk's lane.
    for title in ["路灯不亮", "还是不亮"] {
        assert!(matches!(host.report(title), Answer::Done(_)));
    }
    for _ in 0..MATTERS * 2 {
        host.go.send(()).unwrap();
    }
    for (matter, out) in (1..).zip(outs) {
        match out.recv().unwrap() {
            Answer::Done(_) => assert!(!guilty(matter), "{matter}"),
            Answer::Failed(why) => assert!(guilty(matter) && why == "ended its process: signal 6", "{matter}: {why}"),
            other => panic!("{matter}: {other:?}"),
        }
    }
    assert_eq!(host.called.recv().unwrap(), "11", "the others were sent ahead");
    drop(host.runner.stop().unwrap());
    story.take_said();
    let parked = story.told("parked");
    assert_eq!(parked.matches("try 1 again").count(), 2, "{parked}");
    assert_eq!(parked.lines().count(), 3, "{parked}");
    crate::recovery::replayed::check(&mut story, &mut odd());
}
