//! March of the example district, with everything switched that can be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use expect_test::expect;

use super::{again, data_of, name_plugins, rebuild};
use crate::story::Story;
use crate::tidy::source::root;

/// What is told, and when.
type Turns = Vec<(String, Turn)>;

/// What somebody does to the folder of a stopped host.
type Change = fn(&mut Month);

enum Turn {
    Request { source: String, form: serde_json::Value },
    Act { source: String, by: String, action: String, form: serde_json::Value },
    Switch(&'static str, Change),
}

/// The district as it goes through the month.
struct Month {
    story: Story,
    /// Numbers of the matters that requests became.
    numbers: BTreeMap<String, String>,
    /// How often what was answered.
    answers: BTreeMap<String, u32>,
    /// Files as they were before somebody changed them for a while.
    aside: BTreeMap<&'static str, String>,
}

/// In the mornings, before anybody is there.
const SWITCHES: [(&str, &str, Change); 13] = [
    ("2026-03-04 06:00", "a route", |month| {
        month.change("hongling.toml", r#"when = { size = ["big", "hard"] }"#, r#"when = { size = { exists = true } }"#);
        month.change(
            "hongling.toml",
            r#"when = { size = "small" }"#,
            r#"when = { size = "small", urgent = { not = true } }"#,
        );
    }),
    ("2026-03-06 06:00", "a setting", |month| month.change("desks/council.toml", "72 hours", "48 hours")),
    ("2026-03-09 06:00", "a list", |month| {
        for (old, new) in
            [("community,48 hours", "community,2 workdays"), ("subdistrict,72 hours", "subdistrict,3 workdays")]
        {
            month.change("lists/ladder.csv", old, new);
        }
    }),
    ("2026-03-11 06:00", "a watcher in a bad mood", |month| {
        month.change("hongling.toml", r#"mood = "good""#, r#"mood = "bad""#)
    }),
    // Within the minutes in which what it did not get is tried again.
    ("2026-03-11 10:35", "the watcher gone", |month| {
        month.change("hongling.toml", "[desk.odd]", "[desk.other]");
        month.change("hongling.toml", r#"to = ["odd"]"#, r#"to = ["other"]"#);
    }),
    ("2026-03-13 06:00", "the watcher back", |month| {
        month.change("hongling.toml", "[desk.other]", "[desk.odd]");
        month.change("hongling.toml", r#"to = ["other"]"#, r#"to = ["odd"]"#);
        month.change("hongling.toml", r#"mood = "bad""#, r#"mood = "good""#);
    }),
    ("2026-03-15 06:00", "an owner gone", |month| {
        month.put_aside("hongling.toml");
        month.put_aside("desks/council.toml");
        month.story.tell("write desks/council.toml\n  # away\nwithout route sent-down-to-council\nwithout route called-up-to-station");
        month.change("hongling.toml", r#"to = "council""#, r#"to = "station""#);
    }),
    ("2026-03-18 06:00", "the owner back", Month::put_back),
    ("2026-03-18 06:30", "what was parked, by hand", Month::retry),
    ("2026-03-19 06:00", "the days of the year", |month| {
        let days = std::fs::read_to_string(root().join("host/demo/calendar.csv")).unwrap();
        let days = days.replace("2026-04-04", "2026-03-20,停电检修,off\n2026-04-04");
        std::fs::write(month.file("calendar.csv"), days).unwrap();
    }),
    ("2026-03-21 06:00", "people and places, saved by a spreadsheet", |month| {
        month.story.tell("add places.csv\n  daguan/linghu/huamao/xinyuan,compound,新苑小区,Xinyuan\nadd people.csv\n  fan-wen,范文,community-worker,daguan/linghu/huamao,,2026-03-21,");
        let places = std::fs::read_to_string(month.file("places.csv")).unwrap();
        std::fs::write(month.file("places.csv"), encoding_rs::GB18030.encode(&places).0).unwrap();
    }),
    ("2026-03-24 06:00", "a library", |month| rebuild(&mut month.story, "triage", "规则", "条规")),
    ("2026-03-26 06:00", "the working hours", |month| month.change("hongling.toml", "14:30-17:30", "14:00-17:00")),
];

impl Month {
    /// The example district with a watcher, its calendar without the days of the year.
    fn new() -> Month {
        let mut story = Story::new();
        name_plugins(&mut story);
        story.tell(
            r#"
add hongling.toml
  [desk.odd]
  library = "misbehaving"
  settings = { mood = "good" }

  [[watch]]
  id = "odd-watches"
  on = ["reported", "settled", "resolved"]
  to = ["odd"]
"#,
        );
        let month = Month { story, numbers: BTreeMap::new(), answers: BTreeMap::new(), aside: BTreeMap::new() };
        let days = std::fs::read_to_string(month.file("calendar.csv")).unwrap();
        let before: Vec<&str> = days.lines().filter(|line| !line.starts_with("2026")).collect();
        std::fs::write(month.file("calendar.csv"), before.join("\n")).unwrap();
        month
    }

    fn file(&self, name: &str) -> PathBuf {
        self.story.folder().join(name)
    }

    fn change(&mut self, file: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.file(file)).unwrap();
        assert!(text.contains(old), "{file} does not have {old:?}");
        std::fs::write(self.file(file), text.replace(old, new)).unwrap();
    }

    fn put_aside(&mut self, file: &'static str) {
        self.aside.insert(file, std::fs::read_to_string(self.file(file)).unwrap());
    }

    fn put_back(&mut self) {
        for (file, text) in std::mem::take(&mut self.aside) {
            std::fs::write(self.file(file), text).unwrap();
        }
    }

    /// One more try of each step that is waiting: those held behind another go on by themselves.
    fn retry(&mut self) {
        let waiting: Vec<u64> = self.story.running().unwrap().engine.deliveries().map(|row| row.id).collect();
        for id in waiting {
            self.story.tell(&format!("retry {id}"));
        }
        self.story.take_said();
    }

    fn go(&mut self, at: &str, turn: &Turn) {
        self.story.tell(&format!("tick {at}"));
        self.story.take_said();
        let said = match turn {
            Turn::Request { source, form } => {
                let said = self.story.told(&format!("row intake report key requests:{source} {form}"));
                let number = said.split_whitespace().find(|word| word.starts_with("SQ2026-"));
                self.numbers.insert(source.clone(), number.unwrap_or_else(|| panic!("{source}: {said}")).to_owned());
                said
            }
            Turn::Act { source, by, action, form } => {
                let number = &self.numbers[source];
                self.story.told(&format!("act {number} {action} by {by} {form}"))
            }
            Turn::Switch(_, switch) => {
                switch(self);
                let said = self.story.told("reopen");
                assert!(said.is_empty(), "{said}");
                return;
            }
        };
        let answer = said.lines().nth(1).unwrap_or_default().split_whitespace().next().unwrap_or_default();
        *self.answers.entry(answer.to_owned()).or_default() += 1;
    }
}

impl Month {
    /// What was answered so far, and what the switches led to.
    fn figures(&mut self) -> String {
        let answers: Vec<String> = self.answers.iter().map(|(answer, count)| format!("{answer} {count}")).collect();
        let engine = &self.story.running().unwrap().engine;
        let waiting = engine.deliveries().count();
        let events = engine.store().reader().said().unwrap();
        let moved = events.iter().filter(|event| event.contains(" recomputed ")).count();
        format!("{}; clocks moved {moved}, steps waiting {waiting}", answers.join(", "))
    }
}

fn rows(file: &str) -> Vec<csv::StringRecord> {
    let path = root().join("host/demo").join(file);
    csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap).collect()
}

/// What happens until the end of March.
fn turns() -> Turns {
    let mut turns: Turns =
        SWITCHES.iter().map(|(at, what, switch)| ((*at).to_owned(), Turn::Switch(what, *switch))).collect();
    for row in rows("requests.csv") {
        let fields = ["reported-at", "", "channel", "place", "address", "title", "text", "contact"];
        let cells = fields.iter().zip(&row).filter(|(field, cell)| !field.is_empty() && !cell.is_empty());
        let form = cells.map(|(field, cell)| match *field {
            "reported-at" => ("reported-at".to_owned(), cell.replace(' ', "T").into()),
            field => (field.to_owned(), cell.into()),
        });
        turns.push((
            row[0].to_owned(),
            Turn::Request { source: row[1].to_owned(), form: serde_json::Value::Object(form.collect()) },
        ));
    }
    for row in rows("story.csv") {
        let pairs = row[4].split(';').filter_map(|pair| pair.split_once('='));
        let form = pairs.map(|(field, value)| (field.trim().to_owned(), value.trim().into())).collect();
        let [by, source, action] = [1, 2, 3].map(|cell| row[cell].to_owned());
        turns.push((row[0].to_owned(), Turn::Act { source, by, action, form: serde_json::Value::Object(form) }));
    }
    turns.retain(|(at, _)| at.as_str() < "2026-04-01");
    turns.sort_by(|(one, _), (other, _)| one.cmp(other));
    turns
}

#[test]
fn a_month_of_the_example_over_every_switch() {
    let mut month = Month::new();
    let mut said = String::new();
    for (at, turn) in turns() {
        month.go(&at, &turn);
        if let Turn::Switch(what, _) = turn {
            writeln!(said, "{at} {what}; {}", month.figures()).unwrap();
        }
    }
    month.story.tell("tick 2026-04-01 00:00");
    writeln!(said, "the end; {}", month.figures()).unwrap();
    expect![[r#"
        2026-03-04 06:00 a route; done 42; clocks moved 0, steps waiting 0
        2026-03-06 06:00 a setting; done 88; clocks moved 0, steps waiting 0
        2026-03-09 06:00 a list; done 129; clocks moved 0, steps waiting 0
        2026-03-11 06:00 a watcher in a bad mood; done 171, refused 1; clocks moved 0, steps waiting 0
        2026-03-11 10:35 the watcher gone; done 185, refused 1; clocks moved 0, steps waiting 3
        2026-03-13 06:00 the watcher back; done 214, refused 7; clocks moved 0, steps waiting 17
        2026-03-15 06:00 an owner gone; done 239, refused 8; clocks moved 0, steps waiting 19
        2026-03-18 06:00 the owner back; done 263, refused 27; clocks moved 0, steps waiting 26
        2026-03-18 06:30 what was parked, by hand; done 263, refused 27; clocks moved 0, steps waiting 14
        2026-03-19 06:00 the days of the year; done 281, refused 27; clocks moved 13, steps waiting 14
        2026-03-21 06:00 people and places, saved by a spreadsheet; done 313, refused 32; clocks moved 13, steps waiting 14
        2026-03-24 06:00 a library; done 337, refused 35; clocks moved 13, steps waiting 14
        2026-03-26 06:00 the working hours; done 371, refused 38; clocks moved 22, steps waiting 14
        the end; done 435, refused 43; clocks moved 22, steps waiting 14
    "#]].assert_eq(&said);
    let data = data_of(&mut month.story);
    let replayed = again(&data).unwrap();
    assert!(replayed.is_same(), "{replayed:?}");
}
