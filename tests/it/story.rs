//! A district that is told what happens, line by line, and tells what people then see.
//!
//! The only code of the flows that knows the host's API. The district is the example one, in a folder
//! of its own, its clock turned by hand; the libraries are the real ones, loaded.
//!
//! One command a line; indented lines belong to the command above, `#` begins a comment:
//!
//! ```text
//! add FILE                            the indented lines come at the end of a file of the folder
//! write FILE                          the indented lines become the whole of a file
//! change FILE `OLD` `NEW`             a text of a file becomes another, `\n` is a new line
//! without route ID                    a route is taken out
//! reopen                              the host stops and starts again, with what the folder now says
//! at TIME                             the clock is turned, nothing is looked at
//! tick TIME                           the clock goes on, and everything that is due by then happens in its time
//! late TIME                           the host was down until then, and what was due meanwhile happens now
//! open [by P] [key K] {FORM}          a matter is reported
//! act N|DESK ACTION [by P] [key K] [at DESK] [code M] {FORM}
//!                                     with the query code of a matter, or what else was typed for one
//! row DESK ACTION [key K] {FORM}      the same, as the row of a table
//! move N DESK, retry ID, erase PERSON what an operator does; `retry n3` is of a notice
//! settle                              notices that are due are delivered
//! sent                                every notice and how it fares
//! show N [by P], explain N, list [WORD=VALUE…] [by P], parked, clocks, rang, jobs, view DESK NAME [of N] [by P] {PARAMS}
//! ```

mod draw;

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use hongling::config::template::{Template, Use, write_new};
use hongling::district::{DataLock, District, NotOpened, set_exercise};
use hongling::engine::Engine;
use hongling::engine::input::{Act, Answer, Ask, Clock as _, HandClock, Input, Target};
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};
use plugin_api::{MatterId, PersonId};
use serde_json::{Map, Value};

use crate::scratch::{PROGRAM, Scratch};

/// The zone of the example district.
const ZONE: tz::Offset = tz::offset(8);

/// A district and what was told of it.
pub struct Story {
    scratch: Scratch,
    clock: HandClock,
    running: Option<Running>,
    libraries: Option<Arc<Scratch>>,
    said: String,
}

/// A host on the district's store.
pub struct Running {
    /// The district, open.
    pub district: District,
    /// Its engine.
    pub engine: Engine,
    _lock: DataLock,
}

/// One command, taken apart.
struct Command<'a> {
    /// The line without the form.
    head: &'a str,
    words: Vec<&'a str>,
    by: Option<PersonId>,
    key: Option<String>,
    seen: Option<String>,
    of: Option<&'a str>,
    code: Option<&'a str>,
    form: Map<String, Value>,
    /// The indented lines.
    more: String,
}

impl Story {
    /// The example district, its clock at the morning of 2 March 2026.
    pub fn new() -> Story {
        let mut story = Story::with_own_libraries();
        let data = story.folder().join("data");
        std::fs::create_dir(&data).unwrap();
        let libraries = shared_libraries();
        symlink(libraries.path(), data.join("libraries")).unwrap();
        story.libraries = Some(libraries);
        story
    }

    /// The same, loading libraries of its own: what is static in them is not shared with other tests.
    pub fn with_own_libraries() -> Story {
        let scratch = Scratch::new();
        write_new(&scratch.path().join("district"), Template::Demo, Use::Exercise).unwrap();
        let clock = HandClock::new(ms("2026-03-02 09:00"));
        Story { scratch, clock, running: None, libraries: None, said: String::new() }
    }

    /// The district folder.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path().join("district")
    }

    /// A text with what differs from run to run taken out.
    pub fn shorten(&self, text: &str) -> String {
        self.scratch.shorten(text)
    }

    /// What was told since the last time this was asked.
    pub fn take_said(&mut self) -> String {
        self.scratch.shorten(&std::mem::take(&mut self.said))
    }

    /// Tells a text and gives what was said to it.
    pub fn told(&mut self, script: &str) -> String {
        self.tell(script);
        self.take_said()
    }

    /// Tells a text.
    pub fn tell(&mut self, script: &str) {
        let mut commands: Vec<(&str, String)> = Vec::new();
        for line in script.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix("  "), commands.last_mut()) {
                (Some(more), Some((_, given))) => writeln!(given, "{more}").unwrap(),
                _ => commands.push((line, String::new())),
            }
        }
        for (line, more) in commands {
            let command = Command::parse(line, more);
            let said = self.run(&command);
            if let Some(said) = said {
                writeln!(self.said, "> {}", command.head).unwrap();
                for line in said.lines() {
                    writeln!(self.said, "{}", format!("  {line}").trim_end()).unwrap();
                }
            }
        }
    }

    /// The host, started if it does not run.
    pub fn running(&mut self) -> Result<&mut Running, String> {
        if self.running.is_none() {
            self.running = Some(Running::start(&self.folder(), self.clock.clone())?);
        }
        Ok(self.running.as_mut().unwrap())
    }

    /// Makes the district an exercise at the time of its clock, for the program under test, and stops.
    pub fn become_exercise(&mut self) {
        let now_ms = self.clock.now_ms();
        set_exercise(self.running().unwrap().engine.store(), now_ms).unwrap();
        self.stop();
    }

    /// The host itself, for who lets it run by itself; the story's own is started anew.
    pub fn take_running(&mut self) -> Option<Running> {
        self.running.take()
    }

    /// The host ends as it stands, without further ado.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Every row that the same inputs must give again.
    pub fn state(&mut self) -> Vec<String> {
        self.running().unwrap().engine.store().reader().state().unwrap()
    }

    fn run(&mut self, command: &Command<'_>) -> Option<String> {
        match command.words.as_slice() {
            ["add", file] => self.edit(file, |text| format!("{text}\n{}", command.more)),
            ["write", file] => {
                std::fs::write(self.folder().join(file), &command.more).unwrap();
                None
            }
            ["change", file, ..] => self.edit(file, |text| {
                let quoted: Vec<&str> = command.head.split('`').collect();
                assert!(text.contains(quoted[1]), "{file} does not have {:?}", quoted[1]);
                text.replacen(quoted[1], &quoted[3].replace("\\n", "\n"), 1)
            }),
            ["without", "route", id] => self.edit("hongling.toml", |text| without_route(text, id)),
            ["reopen"] => {
                self.stop();
                self.running().err()
            }
            ["at", day, time] => {
                self.clock.set(ms(&format!("{day} {time}")));
                None
            }
            ["settle"] => {
                self.settle();
                None
            }
            _ => Some(self.act(command)),
        }
    }

    fn act(&mut self, command: &Command<'_>) -> String {
        let clock = self.clock.clone();
        let running = match self.running() {
            Ok(running) => running,
            Err(text) => return format!("does not open: {text}"),
        };
        match command.words.as_slice() {
            ["tick", day, time] => running.tick(&clock, ms(&format!("{day} {time}"))),
            ["late", day, time] => running.late(&clock, ms(&format!("{day} {time}"))),
            ["show", number] => running.show(number, command.by.as_ref()),
            ["explain", number] => running.explain(number),
            ["list", filters @ ..] => running.list(filters, command.by.as_ref()),
            ["parked"] => running.parked(),
            ["clocks"] => running.clocks(),
            ["rang"] => running.rang(),
            ["jobs"] => running.jobs(),
            ["sent"] => running.sent(),
            ["view", desk, name] => running.view(desk, name, command),
            _ => match running.ask(command) {
                Ok(ask) => running.put(Input { ask, by: command.by.clone(), key: command.key.clone() }),
                Err(text) => text,
            },
        }
    }

    /// Delivers what is due.
    pub fn settle(&mut self) {
        self.running().unwrap();
        let Running { district, engine, _lock } = self.take_running().unwrap();
        let engine = hongling::outside::settle(&district, engine).unwrap();
        self.running = Some(Running { district, engine, _lock });
    }

    fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) -> Option<String> {
        let path = self.folder().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, edit(text)).unwrap();
        None
    }
}

impl Running {
    fn start(folder: &Path, clock: HandClock) -> Result<Running, String> {
        let start = || -> Result<Running, NotOpened> {
            let district = District::open(folder, Path::new(PROGRAM))?;
            let (engine, lock) = district.engine_with_clock(clock)?;
            Ok(Running { district, engine, _lock: lock })
        };
        start().map_err(|error| match error {
            NotOpened::Unusable(words) => words.en,
            NotOpened::Problems(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        })
    }

    fn ask(&self, command: &Command<'_>) -> Result<Ask, String> {
        let config = self.engine.config();
        let find = |number: &str| self.engine.find_matter(number).ok_or_else(|| format!("no matter {number}"));
        let act = |target: Target, action: &str| Act { target, action: action.to_owned(), form: command.form.clone() };
        Ok(match command.words.as_slice() {
            ["open"] => {
                let desk = &config.desks[config.open.get()];
                let action = desk.manifest.action.iter().find(|action| action.on == "desk").unwrap();
                Ask::Act(act(Target::Desk(desk.name.clone()), &action.name))
            }
            ["row", desk, action] => Ask::Row(act(Target::Desk((*desk).to_owned()), action)),
            ["act", desk, action] if config.desk(desk).is_some() => {
                Ask::Act(act(Target::Desk((*desk).to_owned()), action))
            }
            ["act", number, action] => {
                let id = find(number)?;
                let target = match &command.seen {
                    _ if let Some(code) = command.code => Target::ByCode(id, self.code(code)),
                    Some(desk) => Target::MatterAt(id, desk.clone()),
                    None => Target::Matter(id),
                };
                Ask::Act(act(target, action))
            }
            ["move", number, desk] => Ask::Move { matter: find(number)?, desk: (*desk).to_owned() },
            ["erase", person] => Ask::Erase { person: PersonId::from(*person), why: None, is_again: false },
            ["retry", id] if id.starts_with('n') => Ask::Resend { notice: id[1..].parse().unwrap() },
            ["retry", id] => Ask::Retry { delivery: id.parse().unwrap(), by_hand: true },
            _ => panic!("no such command: {}", command.head),
        })
    }

    /// The code of a matter; what was typed, where that is no number of one.
    fn code(&self, typed: &str) -> String {
        self.find(typed).map_or_else(|| typed.to_owned(), |_| self.engine.codes().of(typed))
    }

    /// Puts one input in and tells its answer, which is on disk then.
    fn put(&mut self, input: Input) -> String {
        let answer = self.answer(input);
        self.draw_answer(&answer)
    }

    /// Puts one input in and gives its answer.
    pub fn answer(&mut self, input: Input) -> Answer {
        self.engine.run_due();
        self.engine.take(input, 1);
        let answers = self.engine.commit();
        answers.into_iter().find(|(ticket, _)| *ticket == 1).map(|(_, answer)| answer).unwrap()
    }

    fn tick(&mut self, clock: &HandClock, to_ms: i64) -> String {
        let mut ran = 0;
        while let Some(due_ms) = self.engine.next_due_ms().filter(|due_ms| *due_ms <= to_ms) {
            clock.set(due_ms.max(self.engine.now_ms()));
            ran += self.engine.run_due();
            self.engine.commit();
        }
        clock.set(to_ms);
        format!("{ran} were due")
    }

    fn late(&mut self, clock: &HandClock, to_ms: i64) -> String {
        clock.set(to_ms);
        let ran = self.engine.run_due();
        self.engine.commit();
        format!("{ran} were due")
    }

    fn find(&self, number: &str) -> Option<MatterId> {
        self.engine.find_matter(number)
    }
}

impl<'a> Command<'a> {
    fn parse(line: &'a str, more: String) -> Command<'a> {
        // What a text becomes may hold braces.
        let at = line.find('{').filter(|_| !line.starts_with("change ")).unwrap_or(line.len());
        let head = line[..at].trim_end();
        let form = match &line[at..] {
            "" => Map::new(),
            json => serde_json::from_str(json).unwrap_or_else(|error| panic!("{line}: {error}")),
        };
        let mut command =
            Command { head, words: Vec::new(), by: None, key: None, seen: None, of: None, code: None, form, more };
        let mut words = head.split_whitespace();
        command.words.extend(words.next());
        while let Some(word) = words.next() {
            match word {
                "by" => command.by = words.next().map(PersonId::from),
                "key" => command.key = words.next().map(|key| key.trim_matches('"').to_owned()),
                "at" => command.seen = words.next().map(str::to_owned),
                "code" => command.code = words.next(),
                "of" => command.of = words.next(),
                _ => command.words.push(word),
            }
        }
        command
    }
}

/// Private copies of libraries, shared by the stories that are told at the same time: copying and
/// flushing them for each took longer than all else. Gone with the last story that uses them.
fn shared_libraries() -> Arc<Scratch> {
    static SHARED: Mutex<Weak<Scratch>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    let libraries = shared.upgrade().unwrap_or_else(|| Arc::new(Scratch::new()));
    *shared = Arc::downgrade(&libraries);
    libraries
}

/// A local time of the example district.
pub fn ms(text: &str) -> i64 {
    let time: DateTime = text.replace(' ', "T").parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    TimeZone::fixed(ZONE).to_timestamp(time).unwrap().as_millisecond()
}

fn without_route(text: String, id: &str) -> String {
    let marked = format!("id = \"{id}\"");
    let mut blocks: Vec<&str> = text.split("[[route]]").collect();
    let before = blocks.len();
    blocks.retain(|block| !block.contains(&marked));
    assert_eq!(blocks.len() + 1, before, "one route is called {id}");
    blocks.join("[[route]]")
}
