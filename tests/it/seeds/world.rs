//! One seed's run: a district in one process whose clock is turned, whose desks are made up, whose store
//! fails and whose host is dropped at any moment.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hongling::config::Config;
use hongling::district::District;
use hongling::engine::Engine;
use hongling::engine::call::Caller;
use hongling::engine::input::{Act, Answer, Ask, Clock as _, Done, HandClock, Input, Target};
use hongling::engine::marker::Marker;
use hongling::engine::replay::run_journal;
use hongling::store::faults::{Doing, Faults, Verdict};
use hongling::store::{Store, StoreError, open_reading};
use plugin_api::MatterId;
use serde_json::{Map, Value};

use super::checks;
use super::desk::{Scripted, Slip};
use super::dice::Dice;
use super::lane::Lane;
use crate::recovery::checks::{journal as event_lines, violations};
use crate::scratch::{PROGRAM, Scratch};
use crate::story::ms;

/// What is done in one run.
const TURNS: u64 = 45;
const HOUR_MS: i64 = 3_600_000;
const OWNERS: [&str; 3] = ["odd", "even", "third"];

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
[desk.third]
library = "misbehaving"
[desk.watcher]
library = "misbehaving"
[desk.post]
library = "notices"

[[outlet]]
id = "post"
desk = "post"

[[route]]
id = "odd-to-even"
on = "handed"
from = "odd"
to = "even"

[[route]]
id = "even-to-third"
on = "handed"
from = "even"
to = "third"

[[route]]
id = "third-to-odd"
on = "handed"
from = "third"
to = "odd"

[[route]]
id = "again"
on = "again"
to = "odd"

[[watch]]
id = "all-of-it"
on = ["handed", "again"]
to = ["watcher"]
"#;

/// A district, and the same without one of its desks.
pub struct Configs {
    whole: Arc<Config>,
    short: Arc<Config>,
}

/// The configs of every run.
pub fn configs() -> Configs {
    let third = "[desk.third]\nlibrary = \"misbehaving\"\n";
    let routes = &CONFIG
        [CONFIG.find("[[route]]\nid = \"even-to-third\"").unwrap()..CONFIG.find("[[route]]\nid = \"again\"").unwrap()];
    let instead = "[[route]]\nid = \"even-to-odd\"\non = \"handed\"\nfrom = \"even\"\nto = \"odd\"\n\n";
    let short = CONFIG.replace(third, "").replace(routes, instead);
    Configs { whole: config(CONFIG), short: config(&short) }
}

fn config(text: &str) -> Arc<Config> {
    let scratch = Scratch::in_memory();
    std::fs::write(scratch.path().join("hongling.toml"), text).unwrap();
    std::fs::write(scratch.path().join("places.csv"), "place,level,title\ndaguan,district,大观区\n").unwrap();
    District::open(scratch.path(), Path::new(PROGRAM)).unwrap().config
}

/// What becomes of an act that was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Answered with success, or as failed and kept.
    Answered,
    /// Refused, or not stored.
    Refused,
    /// Nobody was told, or only that it is not known.
    Unknown,
}

/// An act that was put in, once or several times with the same key.
#[derive(Clone, Debug)]
pub struct Sent {
    /// A word in its form that no other has.
    pub nonce: String,
    /// Its fate so far.
    pub fate: Fate,
    input: Input,
    answered: Option<Done>,
    /// It was told as done; what failed at first is later answered with what it led to.
    is_done: bool,
}

/// Faults that are to come, shared with the store.
#[derive(Clone, Default)]
struct Planned(Arc<Mutex<VecDeque<(Doing, Verdict)>>>);

impl Faults for Planned {
    fn before(&mut self, doing: Doing) -> Verdict {
        let mut planned = self.0.lock().unwrap();
        match planned.front() {
            Some((at, _)) if *at == doing => planned.pop_front().unwrap().1,
            _ => Verdict::Go,
        }
    }
}

/// What the run is to find out about the checks themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Nothing: the host as it is.
    None,
    /// A commit that is only said to be done, after which the host dies.
    LostCommit,
    /// A batch that is not written.
    LostWrite,
    /// See [`Slip`].
    Desks(Slip),
}

/// A run.
pub struct World<'c> {
    seed: u64,
    control: Control,
    dice: Dice,
    scratch: Scratch,
    configs: &'c Configs,
    /// Without one of the desks, until it is put back.
    is_short: bool,
    clock: HandClock,
    planned: Planned,
    engine: Option<Engine>,
    lane: Lane,
    sent: Vec<Sent>,
    /// Tickets of the batch: which act, and whether it had been answered when it was put in.
    waiting: Vec<usize>,
    ran: Ran,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Every violation.
    pub found: Vec<String>,
    /// How often what happened.
    pub tally: BTreeMap<String, u64>,
}

impl<'c> World<'c> {
    /// Runs a seed.
    pub fn run(seed: u64, configs: &'c Configs, control: Control) -> Ran {
        World::play(seed, configs, control).ran
    }

    /// Runs a seed, and keeps what it left.
    pub fn play(seed: u64, configs: &'c Configs, control: Control) -> World<'c> {
        let mut world = World {
            seed,
            control,
            dice: Dice::new(seed),
            scratch: Scratch::in_memory(),
            configs,
            is_short: false,
            clock: HandClock::new(ms("2026-03-02 09:00")),
            planned: Planned::default(),
            engine: None,
            lane: Lane::default(),
            sent: Vec::new(),
            waiting: Vec::new(),
            ran: Ran::default(),
        };
        for turn in 0..TURNS {
            world.turn(turn);
        }
        world.finish();
        world
    }

    /// What came of it.
    pub fn ran(&self) -> &Ran {
        &self.ran
    }

    /// Every violation that is found in a store, if what was put in was put into that.
    pub fn violations(&self, data: &Path) -> Vec<String> {
        let mut found = violations(data, &checks::routes());
        found.extend(checks::violations(data, &self.sent));
        found
    }

    pub(super) fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    pub(super) fn lane(&mut self) -> &mut Lane {
        &mut self.lane
    }

    pub(super) fn violated(&mut self, what: String) {
        self.ran.found.push(what);
    }

    pub(super) fn count(&mut self, what: &str) {
        *self.ran.tally.entry(what.to_owned()).or_default() += 1;
    }

    /// Where the store lies.
    pub fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    fn callers(&self) -> Vec<Arc<dyn Caller>> {
        let slip = if let Control::Desks(slip) = self.control { slip } else { Slip::None };
        (0..self.config().desks.len())
            .map(|_| Arc::new(Scripted { seed: self.seed, slip }) as Arc<dyn Caller>)
            .collect()
    }

    fn config(&self) -> &Arc<Config> {
        if self.is_short { &self.configs.short } else { &self.configs.whole }
    }

    fn engine_on(&self, data: &Path, clock: HandClock) -> Engine {
        std::fs::create_dir_all(data).unwrap();
        let store = Store::open_with(data, Some(Box::new(self.planned.clone()))).unwrap();
        let clock = Box::new(clock);
        Engine::new(Arc::clone(self.config()), self.callers(), store, clock, Marker::none()).unwrap()
    }

    pub(super) fn engine(&mut self) -> &mut Engine {
        if self.engine.is_none() {
            // A start that fails is tried by the sweep of the real program.
            let planned = std::mem::take(&mut *self.planned.0.lock().unwrap());
            self.lane = Lane::default();
            self.engine = Some(self.engine_on(&self.data(), self.clock.clone()));
            *self.planned.0.lock().unwrap() = planned;
        }
        self.engine.as_mut().unwrap()
    }

    fn turn(&mut self, turn: u64) {
        match self.dice.below(100) {
            0..54 => self.put_some(),
            54..62 => self.deliver(),
            62..74 => self.pass_time(),
            74..79 => self.by_hand(),
            79..85 => self.crash(),
            85..95 => self.plan_fault(),
            _ => {
                let back_ms = if self.dice.is(50) { HOUR_MS } else { 365 * 24 * HOUR_MS };
                self.clock.set(self.clock.now_ms() - back_ms);
            }
        }
        if turn == TURNS / 2 {
            self.lie();
        }
    }

    /// Takes some acts and commits them together.
    fn put_some(&mut self) {
        for _ in 0..=self.dice.below(5) {
            self.put_one();
        }
        self.commit();
    }

    fn put_one(&mut self) {
        let sent = match self.dice.below(10) {
            0 | 1 if !self.sent.is_empty() => self.same_again(),
            2 if self.other_content() => return,
            _ => self.new_act(),
        };
        let input = self.sent[sent].input.clone();
        self.waiting.push(sent);
        let ticket = self.waiting.len() as u64;
        self.engine().take(input, ticket);
    }

    fn new_act(&mut self) -> usize {
        let nonce = format!("n{}", self.sent.len());
        let mut form = Map::from_iter([("how".to_owned(), Value::from(nonce.as_str()))]);
        let act = if self.dice.is(35) {
            form.insert("place".into(), "daguan".into());
            Act { target: Target::Desk("odd".into()), action: "start".into(), form }
        } else {
            let id = MatterId(1 + self.dice.below(20));
            let target = if self.dice.is(20) { Target::MatterAt(id, "odd".into()) } else { Target::Matter(id) };
            Act { target, action: "try".into(), form }
        };
        let is_row = self.dice.is(20) && act.action == "start";
        let key = self.dice.is(60).then(|| format!("k{nonce}"));
        let ask = if is_row { Ask::Row(act) } else { Ask::Act(act) };
        // Until it is answered it is as if refused: it was not put in.
        self.sent.push(Sent {
            nonce,
            fate: Fate::Refused,
            input: Input { ask, by: None, key },
            answered: None,
            is_done: false,
        });
        self.sent.len() - 1
    }

    /// An act that was put in before, once more; without a key that would be another act.
    fn same_again(&mut self) -> usize {
        let keyed: Vec<usize> = (0..self.sent.len()).filter(|at| self.sent[*at].input.key.is_some()).collect();
        match self.dice.pick(&keyed) {
            Some(at) => *at,
            None => self.new_act(),
        }
    }

    /// A key that was answered before, with other content: refused, and nothing else.
    fn other_content(&mut self) -> bool {
        let answered: Vec<usize> = (0..self.sent.len()).filter(|at| self.sent[*at].answered.is_some()).collect();
        let Some(at) = self.dice.pick(&answered).copied() else { return false };
        let mut input = self.sent[at].input.clone();
        let (Ask::Act(act) | Ask::Row(act)) = &mut input.ask else { return false };
        act.form.insert("how".into(), "something else".into());
        self.commit();
        self.engine().take(input, u64::MAX);
        let answers = self.engine().commit();
        let answer = answers.into_iter().find(|(ticket, _)| *ticket == u64::MAX).unwrap().1;
        if !matches!(answer, Answer::Refused(_) | Answer::Unstored(_)) {
            self.ran.found.push(format!("P3: a key with other content was answered {answer:?}"));
        }
        self.after_commit();
        true
    }

    fn commit(&mut self) {
        let answers = self.engine().commit();
        self.hear(answers);
        self.after_commit();
    }

    fn hear(&mut self, answers: Vec<(u64, Answer)>) {
        let waiting = std::mem::take(&mut self.waiting);
        for (ticket, answer) in answers {
            let Some(sent) = usize::try_from(ticket).unwrap().checked_sub(1).and_then(|at| waiting.get(at)) else {
                continue;
            };
            self.hear_one(*sent, answer);
        }
    }

    fn hear_one(&mut self, at: usize, answer: Answer) {
        let word = format!("{answer:?}");
        let word = word.split(['(', ' ']).next().unwrap_or_default();
        *self.ran.tally.entry(format!("answered {word}")).or_default() += 1;
        if matches!(&answer, Answer::Refused(texts) if texts.iter().any(|text| text.text.zh.contains("余额"))) {
            *self.ran.tally.entry("overdrawn".to_owned()).or_default() += 1;
        }
        let sent = &mut self.sent[at];
        let problem = match (&answer, &sent.answered) {
            (Answer::Done(_), Some(before)) => Some(format!("was answered before: {before:?}")),
            (Answer::Repeated(done), Some(before)) if !sent.is_done && done.seq == before.seq => None,
            (Answer::Repeated(done), Some(before)) if done != before => Some(format!("was answered {before:?}")),
            _ => None,
        };
        if let Some(problem) = problem {
            self.ran.found.push(format!("P3: {} is answered {answer:?}, it {problem}", sent.nonce));
        }
        sent.is_done |= matches!(answer, Answer::Done(_));
        match answer {
            Answer::Done(done) | Answer::Repeated(done) => {
                sent.fate = Fate::Answered;
                if sent.input.key.is_some() {
                    sent.answered = Some(done);
                }
            }
            Answer::Failed(_) => sent.fate = Fate::Answered,
            Answer::Unstored(words) if words.en.contains("is known then") => sent.fate = sent.fate.or_unknown(),
            Answer::Refused(_) | Answer::Unstored(_) => {}
        }
    }

    /// A host that stopped takes nothing more; it is started again.
    pub(super) fn after_commit(&mut self) {
        if !self.engine().is_stopped() {
            return;
        }
        let at = self.new_act();
        let input = self.sent[at].input.clone();
        self.engine().take(input, 1);
        let answers = self.engine().commit();
        if !matches!(answers[..], [(1, Answer::Unstored(_))]) {
            self.ran.found.push(format!("P8: a stopped host answers {answers:?}"));
        }
        self.engine = None;
        self.planned.0.lock().unwrap().clear();
        *self.ran.tally.entry("stopped".to_owned()).or_default() += 1;
    }

    fn pass_time(&mut self) {
        let most = if self.dice.is(30) { 3_000 } else { 20 };
        let minutes = 1 + self.dice.below(most);
        self.clock.set(self.clock.now_ms() + i64::try_from(minutes).unwrap() * 60_000);
        self.engine().run_due();
        self.commit();
    }

    fn by_hand(&mut self) {
        let ask = if self.dice.is(50) {
            let desk = (*self.dice.pick(&OWNERS).unwrap()).to_owned();
            Ask::Move { matter: MatterId(1 + self.dice.below(20)), desk }
        } else {
            let ids: Vec<u64> = self.engine().deliveries().map(|delivery| delivery.id).collect();
            let Some(delivery) = self.dice.pick(&ids).copied() else { return };
            Ask::Retry { delivery, by_hand: true }
        };
        self.engine().take(Input { ask, by: None, key: None }, 0);
        self.commit();
    }

    /// The host is gone, in the middle of a batch or after a commit whose answers nobody took.
    fn crash(&mut self) {
        for _ in 0..=self.dice.below(4) {
            self.put_one();
        }
        if self.dice.is(50) {
            self.engine().commit();
        }
        self.engine = None;
        *self.ran.tally.entry("crashed".to_owned()).or_default() += 1;
        for at in std::mem::take(&mut self.waiting) {
            self.sent[at].fate = self.sent[at].fate.or_unknown();
        }
        if self.control == Control::None && !self.seed.is_multiple_of(2) && self.dice.is(40) {
            self.is_short = !self.is_short;
            *self.ran.tally.entry("switched".to_owned()).or_default() += 1;
        }
    }

    fn plan_fault(&mut self) {
        let doing = *self.dice.pick(&[Doing::Begin, Doing::Write, Doing::Commit, Doing::Commit]).unwrap();
        let verdict = *self.dice.pick(&[Verdict::Full, Verdict::Disk, Verdict::NotFlushed]).unwrap();
        // A flush happens at a commit.
        let doing = if verdict == Verdict::NotFlushed { Doing::Commit } else { doing };
        let times = 1 + usize::try_from(self.dice.below(3)).unwrap();
        self.planned.0.lock().unwrap().extend(std::iter::repeat_n((doing, verdict), times));
        if self.dice.is(25) {
            self.deliver()
        } else {
            self.put_some()
        }
        self.planned.0.lock().unwrap().clear();
    }

    /// A control's lie, once in the middle.
    fn lie(&mut self) {
        let doing = match self.control {
            Control::LostCommit => Doing::Commit,
            Control::LostWrite => Doing::Write,
            Control::None | Control::Desks(_) => return,
        };
        // More than once: a batch that finds part of itself missing is undone, and its inputs done again.
        let times = if doing == Doing::Write { 64 } else { 1 };
        self.planned.0.lock().unwrap().extend(std::iter::repeat_n((doing, Verdict::Lie), times));
        for _ in 0..8 {
            let at = self.new_act();
            let form = Map::from_iter([
                ("how".to_owned(), self.sent[at].nonce.as_str().into()),
                ("place".to_owned(), "daguan".into()),
            ]);
            self.sent[at].input.ask =
                Ask::Act(Act { target: Target::Desk("odd".into()), action: "start".into(), form });
            self.waiting.push(at);
            let (input, ticket) = (self.sent[at].input.clone(), self.waiting.len() as u64);
            self.engine().take(input, ticket);
        }
        self.commit();
        self.planned.0.lock().unwrap().clear();
        self.engine = None;
    }

    /// Faults stop, everything goes on until nothing is due, and then all must be as it should.
    fn finish(&mut self) {
        self.planned.0.lock().unwrap().clear();
        if self.is_short {
            self.is_short = false;
            self.engine = None;
        }
        for at in 0..self.sent.len() {
            if self.sent[at].answered.is_some() {
                self.waiting.push(at);
                let (input, ticket) = (self.sent[at].input.clone(), self.waiting.len() as u64);
                self.engine().take(input, ticket);
            }
        }
        self.commit();
        for _ in 0..6 {
            let now_ms = self.engine().now_ms();
            self.clock.set(now_ms + 20 * 60_000);
            self.engine().run_due();
            self.commit();
        }
        self.deliver_all();
        self.engine = None;
        let data = self.data();
        self.ran.tally.append(&mut checks::tally(&data));
        let found = self.violations(&data);
        self.ran.found.extend(found);
        self.check_run_again();
    }

    /// I4: the journal's inputs, run on an empty store, give the same rows, over every switch.
    fn check_run_again(&mut self) {
        let journal = open_reading(&self.data()).unwrap();
        let data = self.scratch.path().join("again");
        let again = run_journal(journal.reader(), |row, switch| {
            self.is_short = switch.config == self.configs.short.hash;
            Ok::<Engine, StoreError>(self.engine_on(&data, HandClock::new(row.at_ms)))
        });
        let found = match again {
            Ok(again) => again.engine.unwrap().store().reader().state().unwrap(),
            Err(error) => return self.ran.found.push(format!("I4: cannot be run again: {error}")),
        };
        let state = journal.reader().state().unwrap();
        let (first, second) = (event_lines(&self.data()), event_lines(&self.scratch.path().join("again")));
        if let Some((line, again)) = first.iter().zip(&second).find(|(line, again)| line != again) {
            self.ran.found.push(format!("I4: run again gives\n  {again}\nnot\n  {line}"));
        }
        let differs = state.iter().zip(&found).find(|(line, again)| line != again);
        if let Some((line, again)) = differs {
            self.ran.found.push(format!("I4: run again gives\n  {again}\nnot\n  {line}"));
        } else if state.len() != found.len() {
            self.ran.found.push(format!("I4: run again gives {} rows, not {}", found.len(), state.len()));
        }
    }
}

impl Fate {
    /// Nobody was told; what was answered before stands.
    fn or_unknown(self) -> Fate {
        if self == Fate::Answered { Fate::Answered } else { Fate::Unknown }
    }
}
