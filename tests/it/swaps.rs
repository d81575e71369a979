//! A library replaced in its folder while people act is swapped in between two steps: nothing is lost or
//! done twice, and what cannot be opened leaves the one before where it is (design 6).
//!
//! `HONGLING_IT_SWAPS=500 cargo test -p hongling-tests swaps -- --nocapture` does it so often, and tells
//! how the memory of this process grew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hongling::district::District;
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::runner::{Lane, Reload, Runner};
use serde_json::json;

use crate::contract::files::{STRANGER, district, replaced, stranger};
use crate::scratch::PROGRAM;
use crate::story::{Running, Story};

/// How often by default: enough to see what is lost, not what memory it takes.
const SWAPS: usize = 12;

fn swaps() -> usize {
    std::env::var("HONGLING_IT_SWAPS").map_or(SWAPS, |times| times.parse().unwrap())
}

/// The library once more, as other bytes: another title of the same length.
fn generation(n: usize) -> Vec<u8> {
    let title: String = [n / 100, n / 10 % 10, n % 10]
        .iter()
        .map(|digit| "零一二三四五六七八九".chars().nth(*digit).unwrap())
        .collect();
    replaced(stranger(), "捣乱台", &title)
}

/// Opens a trial after another until it is told to stop; gives the numbers it was answered.
fn feed(lane: &Lane, is_over: &AtomicBool) -> Vec<String> {
    let mut numbers = Vec::new();
    for n in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let form = json!({ "place": "西苑小区", "how": "well" }).as_object().unwrap().clone();
        let act = Act { target: Target::Desk("odd".into()), action: "start".into(), form };
        let input = Input { ask: Ask::Act(act), by: None, key: Some(format!("k{n}")) };
        match lane.put(input).unwrap().recv().unwrap() {
            Answer::Done(done) => numbers.push(done.matters[0].number.clone()),
            other => panic!("{n}: {other:?}"),
        }
    }
    numbers
}

fn rss_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().split(' ').next().unwrap().parse().unwrap()
}

fn trust(folder: &Path) {
    let mut shelf = hongling::district::open_shelf(folder, Path::new(PROGRAM)).unwrap();
    let given = hongling::plugins::Given { at: jiff::Timestamp::UNIX_EPOCH, by: None };
    shelf.trust(STRANGER, &[folder.join("plugins")], given).unwrap();
}

/// What swapping under load leaves: as many matters as were answered, each number once.
fn check(name: &str, is_trusted: bool) {
    let (mut story, folder) = district(&[(&format!("lib{STRANGER}.so"), generation(0))]);
    story.tell(&format!("add hongling.toml\n  [desk.odd]\n  library = \"{STRANGER}\""));
    if is_trusted {
        trust(&folder);
    }
    let file = folder.join(format!("plugins/lib{STRANGER}.so"));
    story.running().unwrap();
    let Running { district, engine, .. } = story.take_running().unwrap();
    let data = district.config.data.clone();
    let hash_of = |district: &District| district.callers[district.config.desk("odd").unwrap().get()].library().unwrap();
    let mut last = hash_of(&district);
    let runner = Runner::start(engine).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let (lane, over) = (runner.people.clone(), Arc::clone(&is_over));
    let feeder = std::thread::spawn(move || feed(&lane, &over));
    let before_kib = rss_kib();
    for n in 1..=swaps() {
        let bytes = generation(n);
        // Half of it first, in place, as a slow copy does: whoever looks now finds nothing new to run.
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        match District::open(&folder, Path::new(PROGRAM)) {
            Ok(half) => assert!(is_trusted && hash_of(&half) == last, "the pinned bytes go on"),
            Err(_) => assert!(!is_trusted, "nothing else may run"),
        }
        std::fs::write(&file, &bytes).unwrap();
        if is_trusted {
            trust(&folder);
        }
        let mut district = District::open(&folder, Path::new(PROGRAM)).unwrap();
        assert_ne!(hash_of(&district), last);
        last = hash_of(&district);
        Arc::make_mut(&mut district.config).data.clone_from(&data);
        let (config, callers) = (Arc::clone(&district.config), district.callers.clone());
        runner.switchboard.switch(Reload { config, callers, plan: None }).unwrap().unwrap();
    }
    let grown_kib = rss_kib().saturating_sub(before_kib);
    is_over.store(true, Ordering::Relaxed);
    let mut numbers = feeder.join().unwrap();
    let engine = runner.stop().unwrap();
    let switches = engine.store().reader().inputs(0).unwrap().len();
    assert!(switches != 0);
    drop(engine);
    if swaps() != SWAPS {
        println!("{name}: {} swaps, {} acts, {} KiB a swap", swaps(), numbers.len(), grown_kib / swaps() as u64);
    }
    let state = story.state();
    let matters = state.iter().filter(|row| row.starts_with("matter ")).count();
    assert_eq!(matters, numbers.len(), "nothing is lost or done twice");
    numbers.sort();
    numbers.dedup();
    assert_eq!(matters, numbers.len(), "each has a number of its own");
    assert!(!numbers.is_empty() && story.told("parked").contains("nothing"));
}

#[test]
fn of_an_isolated_library() {
    check("isolated", false);
}

#[test]
fn of_a_library_in_this_process() {
    check("in this process", true);
}

/// A library that fails more than the one before is reported by name, with what puts that back.
#[test]
fn one_that_fails_more_is_told() {
    let mut story = Story::new();
    story.tell(crate::contract::ODD_AND_EVEN);
    story.take_said();
    for n in 0..30 {
        story.tell(&format!("act odd start {{\"place\": \"西苑小区\", \"number\": \"{n}\"}}"));
    }
    let running = story.running().unwrap();
    let mut callers = running.district.callers.clone();
    let odd = running.district.config.desk("odd").unwrap().get();
    callers[odd] = Arc::new(Worse(Arc::clone(&callers[odd])));
    running.engine.switch_to(Arc::clone(&running.district.config), callers, None).unwrap();
    for n in 30..33 {
        story.tell(&format!("act odd start {{\"place\": \"西苑小区\", \"number\": \"{n}\"}}"));
    }
    let worse: Vec<String> = story.running().unwrap().engine.worse_libraries().map(ToString::to_string).collect();
    let [told] = &*worse else { panic!("{worse:?}") };
    assert!(told.starts_with("desk odd: 3 of 3 steps failed, before 0 of 30"), "{told}");
    assert!(told.contains("`hongling plugin trust misbehaving --sha256 "), "{told}");
}

/// The same desk of another library, which fails.
struct Worse(Arc<dyn hongling::engine::call::Caller>);

impl hongling::engine::call::Caller for Worse {
    fn call(
        &self,
        _: u32,
        _: &str,
        _: hongling::engine::call::Asked<'_>,
        _: &mut Vec<u8>,
    ) -> hongling::engine::call::Outcome {
        hongling::engine::call::Outcome::Failed("is worse".to_owned())
    }

    fn library(&self) -> Option<String> {
        self.0.library().map(|hash| hash.chars().rev().collect())
    }
}
