//! A library replaced in its folder while people act is swapped in between two steps: nothing is lost or
//! done twice, and what cannot be opened leaves the one before where it is (design 6).
//!
//! `HONGLING_IT_SWAPS=500 cargo test -p hongling-tests swaps::of_ -- --nocapture` does it so often; each
//! tells how long that took and how the memory of this process grew.

use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hongling::district::District;
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::runner::{Lane, Reload, Runner};
use serde_json::json;

use crate::contract::files::{STRANGER, district, places_of, put_at, stranger};
use crate::scratch::PROGRAM;
use crate::story::{Running, Story};

/// How often by default: enough to see what is lost, not what memory it takes.
const SWAPS: usize = 12;

fn swaps() -> usize {
    std::env::var("HONGLING_IT_SWAPS").map_or(SWAPS, |times| times.parse().unwrap())
}

/// A library once more, as other bytes: another title of the same length.
struct Generations {
    bytes: Vec<u8>,
    titles: Vec<Range<usize>>,
}

impl Generations {
    /// Looked for once: in a build for tests a search takes longer than a swap. Without debug information,
    /// where the linker's tools are at hand: it is three quarters of what each swap copies and hashes.
    fn new(folder: &Path) -> Generations {
        let file = folder.join("generation.so");
        std::fs::write(&file, stranger()).unwrap();
        // Without it there is more to copy, and nothing else is different.
        let _ = Command::new("strip").arg("--strip-debug").arg(&file).status();
        let bytes = std::fs::read(&file).unwrap();
        let titles = places_of(&bytes, "捣乱台");
        Generations { bytes, titles }
    }

    fn make(&mut self, n: usize) -> &[u8] {
        let digits = [n / 100, n / 10 % 10, n % 10].map(|digit| "零一二三四五六七八九".chars().nth(digit).unwrap());
        put_at(&mut self.bytes, &self.titles, &String::from_iter(digits));
        &self.bytes
    }
}

/// Opens a trial after another until it is told to stop; gives the numbers it was answered.
fn feed(lane: &Lane, is_over: &AtomicBool) -> Vec<String> {
    let mut numbers = Vec::new();
    for n in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let form = json!({ "place": "西苑小区", "how": "close" }).as_object().unwrap().clone();
        let act = Act { target: Target::Desk("odd".into()), action: "start".into(), form };
        let input = Input { ask: Ask::Act(act), by: None, key: Some(format!("k{n}")) };
        match lane.put(input).unwrap().recv().unwrap() {
            Answer::Done(done) => numbers.push(done.matters[0].number.clone()),
            other => panic!("{n}: {other:?}"),
        }
    }
    numbers
}

/// Memory of this process: its own, and pages of files it has mapped.
fn rss_kib() -> [i64; 2] {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    ["RssAnon:", "RssFile:"].map(|name| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().split(' ').next().unwrap().parse().unwrap()
    })
}

/// One at a time, or each would measure the memory of both.
static MEASURED: Mutex<()> = Mutex::new(());

fn trust(folder: &Path) {
    let mut shelf = hongling::district::open_shelf(folder, Path::new(PROGRAM)).unwrap();
    let given = hongling::plugins::Given { at: jiff::Timestamp::UNIX_EPOCH, by: None };
    shelf.trust(STRANGER, &[folder.join("plugins")], given).unwrap();
}

/// What swapping under load leaves: as many matters as were answered, each number once.
fn check(name: &str, is_trusted: bool) {
    let _alone = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut story, folder) = district(&[]);
    let file = folder.join(format!("plugins/lib{STRANGER}.so"));
    let mut generations = Generations::new(&folder);
    std::fs::write(&file, generations.make(0)).unwrap();
    story.tell(&format!("add hongling.toml\n  [desk.odd]\n  library = \"{STRANGER}\""));
    if is_trusted {
        trust(&folder);
    }
    story.running().unwrap();
    let Running { district, engine, .. } = story.take_running().unwrap();
    let data = district.config.data.clone();
    let hash_of = |district: &District| district.callers[district.config.desk("odd").unwrap().get()].library().unwrap();
    let mut last = hash_of(&district);
    let runner = Runner::start(engine).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let (lane, over) = (runner.people.clone(), Arc::clone(&is_over));
    let feeder = std::thread::spawn(move || feed(&lane, &over));
    let (began, before_kib) = (Instant::now(), rss_kib());
    for n in 1..=swaps() {
        let bytes = generations.make(n);
        // Half of it first, in place, as a slow copy does: whoever looks now finds nothing new to run.
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        match District::open(&folder, Path::new(PROGRAM)) {
            Ok(half) => assert!(is_trusted && hash_of(&half) == last, "the pinned bytes go on"),
            Err(_) => assert!(!is_trusted, "nothing else may run"),
        }
        std::fs::write(&file, bytes).unwrap();
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
    let (took, after_kib) = (began.elapsed(), rss_kib());
    is_over.store(true, Ordering::Relaxed);
    let mut numbers = feeder.join().unwrap();
    let engine = runner.stop().unwrap();
    let switches = engine.store().reader().inputs(0).unwrap().len();
    assert!(switches != 0);
    drop(engine);
    let [own, mapped] = [0, 1].map(|at| (after_kib[at] - before_kib[at]) / swaps() as i64);
    println!(
        "{name}: {} swaps in {:.0} s, {} acts; memory a swap: {own} KiB of its own, {mapped} KiB of mapped files",
        swaps(),
        took.as_secs_f64(),
        numbers.len(),
    );
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
