//! The kit tested by itself: cases of a tiny desk, as an author would write them.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod outlet;
mod who;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::case::{diff, find_cases, run_text};
use super::check::find_problems;
use super::seat::SeatOf;
use crate::clock::TimeUnit;
use crate::view::Subject;
use crate::{
    Budget, Cell, Column, CountBy, District, Effects, Fact, Fault, Holder, Host, Manifest, MatterFilter, Opening,
    PersonId, PlaceId, Plugin, Post, Step, Table, View, ViewRequest,
};

const MANIFEST: &str = r#"
name = "counter"
version = "0.1.0"
title = { zh = "柜台", en = "Counter" }

[[take]]
topic = "knocked"
[take.data]
loud = { type = "bool", title = { zh = "大声", en = "Loud" } }

[[say]]
topic = "asked"
title = { zh = "询问", en = "Asked" }
[say.data]
whom = { type = "person", title = { zh = "向谁", en = "Whom" } }
word = { type = "choice", list = "word", title = { zh = "词", en = "Word" } }

[[kind]]
name = "ask"
prefix = "A"
title = { zh = "询问", en = "Ask" }
stages = [
  { name = "open", title = { zh = "待答", en = "Open" } },
  { name = "busy", title = { zh = "办理", en = "Busy" } },
]

[label.mood]
type = "choice"
values = ["good", "bad"]
title = { zh = "心情", en = "Mood" }

[[list]]
name = "word"

[[clock]]
name = "wait"
title = { zh = "等待", en = "Wait" }
review = true
marks = [{ name = "warn", at = "75%", lamp = "blue" }, { name = "late", at = "+2wd", lamp = "red", quiet = true }]

[[collection]]
name = "visit"
title = { zh = "来访", en = "Visits" }
[collection.fields]
count = { type = "integer", title = { zh = "次数", en = "Count" } }

[setting.patience]
type = "duration"
default = "2h"
title = { zh = "耐心", en = "Patience" }

[[action]]
name = "ask"
title = { zh = "询问", en = "Ask" }
on = "desk"
at = "place"
who = ["@anyone"]
[action.fields]
title = { type = "text", required = true, title = { zh = "题目", en = "Title" } }
place = { type = "place", required = true, title = { zh = "区域", en = "Place" } }
contact = { type = "contact", title = { zh = "电话", en = "Contact" } }
[action.fields.calls]
type = "rows"
title = { zh = "来电", en = "Calls" }
[action.fields.calls.of]
lasted = { type = "duration", default = "90m", title = { zh = "时长", en = "Lasted" } }

[[action]]
name = "answer"
title = { zh = "答复", en = "Answer" }
on = "ask"
stages = ["busy"]
who = ["@holder"]
[action.fields]
how = { type = "choice", values = ["good", "bad", "ugly", "crash"], required = true, title = { zh = "如何", en = "How" } }

[[view]]
name = "all"
title = { zh = "全部", en = "All" }
who = ["@anyone"]
[[view]]
name = "one"
title = { zh = "单个", en = "One" }
of = "matter"
who = ["@anyone"]
"#;

struct Counter {
    patience_minutes: u32,
    words: usize,
    district: District,
}

#[derive(Deserialize)]
struct Settings {
    patience: u32,
}

#[derive(Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "kebab-case")]
enum Input {
    Ask {
        title: String,
        place: PlaceId,
        contact: Option<PersonId>,
        #[serde(default)]
        calls: Vec<Called>,
    },
    Answer {
        how: String,
    },
    Knocked {
        #[serde(default)]
        loud: bool,
    },
    #[serde(rename = "clock.wait")]
    Waited {},
    #[serde(rename = "clock.wait.warn")]
    Warned {},
    #[serde(rename = "clock.wait.review")]
    Reviewed {},
}

#[derive(Deserialize)]
struct Called {
    lasted: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct Note {
    knocks: u32,
}

impl Plugin for Counter {
    type Settings = Settings;
    type Input = Input;
    type Note = Note;

    fn open(settings: Settings, district: District) -> Result<Counter, Fault> {
        let words = district.list("word").0.len();
        Ok(Counter { patience_minutes: settings.patience, words, district })
    }

    fn handle(&self, input: Input, step: &Step<Note>, host: &dyn Host) -> Result<Effects, Fault> {
        match input {
            Input::Ask { title, place, contact, calls } => {
                let opening = Opening {
                    kind: "ask".into(),
                    title,
                    place: Some(place),
                    text: calls.iter().map(|call| format!("{} min", call.lasted)).collect::<Vec<_>>().join(", "),
                    reporters: contact.into_iter().collect(),
                    ..Opening::default()
                };
                let effects = Effects::new().open(step.new_id(0), opening);
                Ok(effects.start("wait", Budget::Minutes(self.patience_minutes)))
            }
            Input::Answer { how } if how == "ugly" => Err(Fault::refused("请好好说", "say it nicely")),
            Input::Answer { how } if how == "crash" => Err(Fault::failed("out of paper")),
            Input::Answer { how } => Ok(Effects::new().label("mood", how).stop("wait").close("answered")),
            Input::Knocked { .. } if step.matter.as_ref().is_some_and(|matter| matter.title.is_empty()) => {
                Err(Fault::failed("knocked without words"))
            }
            Input::Knocked { loud } => {
                let yesterday = step.today.yesterday().unwrap();
                let hours = step.now.duration_since(self.district.start_of(yesterday)).as_hours();
                host.log(if loud { "loud" } else { "soft" });
                host.log(&format!("{} is {hours} hours from yesterday's start", step.today));
                let note = Note { knocks: step.note.knocks + 1 };
                let person = Holder::lead(Post::Person("chen".into()));
                let effects = Effects::new().note(&note).stage("busy").holders(vec![person]);
                Ok(effects.put("visit", "front", &json!({ "count": note.knocks })))
            }
            Input::Warned {} => {
                let clock = step.clock("wait").unwrap();
                host.log(&format!("due {}", self.district.zone.to_datetime(clock.due)));
                let used = host.between(step.now, clock.due, TimeUnit::Workminutes)?;
                host.log(&format!(
                    "{} minutes of work left, a workday more {:?}",
                    used.count,
                    host.after(clock.due, Budget::Workdays(1))?
                ));
                Ok(Effects::new().extend("wait", Budget::Workdays(1)).pause("wait", "no key", None))
            }
            Input::Reviewed {} => Ok(Effects::new().resume("wait")),
            Input::Waited {} => {
                let effects = Effects::new().say("asked", &json!({ "word": "old" }));
                Ok(effects.stage("asleep").say("asked", &json!({ "whom": "nobody", "word": "旧" })).close("late"))
            }
        }
    }

    fn view(&self, request: &ViewRequest, host: &dyn Host) -> Result<View, Fault> {
        if request.name == "one" {
            let visits = host.record("visit", "front")?;
            let Some(Subject::Matter(id)) = request.of else { return Err(Fault::failed("of what?")) };
            let note = host.note(id)?.map_or(Cell::Empty, |note| Cell::Text(note.to_string()));
            return Ok(View::Facts(vec![
                Fact { title: crate::Title::new("来访", "Visits"), value: Cell::Text(format!("{visits:?}")) },
                Fact { title: crate::Title::new("词", "Words"), value: Cell::Number(self.words as i64) },
                Fact { title: crate::Title::new("记下", "Noted"), value: note },
            ]));
        }
        let filter = MatterFilter { desk: Some("self".into()), ..MatterFilter::default() };
        let count = host.count(&filter, &CountBy::Stage)?;
        let rows = count.into_iter().map(|count| vec![Cell::Text(count.key), Cell::Number(count.count as i64)]);
        Ok(View::Table(Table {
            title: crate::Title::new("各阶段", "Stages"),
            columns: vec![Column::new("stage", "阶段", "Stage"), Column::new("n", "件数", "n")],
            rows: rows.collect(),
        }))
    }
}

fn manifest() -> Manifest {
    toml::from_str(MANIFEST).unwrap()
}

/// A case must come out as it reads.
#[track_caller]
fn check(case: &str) {
    let found = run_text(case, &manifest(), &mut SeatOf::<Counter>::new()).unwrap();
    assert!(found == case, "found:\n{found}\nexpected:\n{case}");
}

#[track_caller]
fn check_wrong(case: &str, error: &str) {
    let found = run_text(case, &manifest(), &mut SeatOf::<Counter>::new());
    assert_eq!(found.unwrap_err(), error);
}

#[test]
fn an_action_opens_a_matter_and_a_contact_becomes_a_person() {
    check(
        "place d compound 西苑 / West
act ask by chen
  title: 几点开门：周日
  place: 西苑
  contact: 19900001234
setting patience 90m
act ask { title = \"几点关门\", place = \"d\", contact = \"19900001234\", calls = [{}, { lasted = \"2h\" }] }
view all
----
act ask by chen
  open 1 ask at d: 几点开门：周日 {\"reporters\":[\"r1\"]}
  on 1: start wait 2h
act ask
  open 2 ask at d: 几点关门 {\"reporters\":[\"r1\"],\"text\":\"90 min, 120 min\"}
  on 2: start wait 90m
view all
  全部 / All
  各阶段 / Stages:
    阶段 / Stage  件数 / n
    open          2
",
    );
}

#[test]
fn bad_forms_are_refused_with_every_objection() {
    check(
        "act ask {\"place\":\"nowhere\",\"tone\":\"loud\"}
----
act ask
  refused: 没有名为“tone”的项；可填：title, place, contact, calls / no such field \"tone\"; there are title, place, contact, calls
  refused: title: 必填，请补充 / is required
  refused: place: “nowhere”不是本区的区域 / \"nowhere\" is not a place of the district
",
    );
}

#[test]
fn topics_notes_records_faults_and_views_see_what_came_before() {
    check(
        "# A neighbour.
list word
  code,title
  a,\"甲,乙\"
matter 1 ask at d desk=elsewhere stage=gone lead=unit:housing : 有人吗
act answer {\"how\":\"good\"}
topic knocked {\"loud\":\"yes\",\"door\":1}
topic knocked {}
view one of 1
----
act answer
  refused: (host) matter 1 lies on elsewhere
topic knocked
  note {\"knocks\":1}
  stage busy
  holders person chen
  put visit front {\"count\":1}
  log loud
  log 2026-03-02 is 33 hours from yesterday's start
topic knocked
  note {\"knocks\":2}
  stage busy
  holders person chen
  put visit front {\"count\":2}
  log soft
  log 2026-03-02 is 33 hours from yesterday's start
view one of 1
  单个 / One
  来访 / Visits: Some(Object {\"count\": Number(2)})
  词 / Words: 1
  记下 / Noted: {\"knocks\":2}
----
act answer {\"how\":\"ugly\"}
act answer {\"how\":\"crash\"}
act answer {\"how\":\"bad\"}
act answer {\"how\":\"good\"}
----
act answer
  refused: 请好好说 / say it nicely
act answer
  failed: out of paper
act answer
  label mood=bad
  stop wait
  close answered
act answer
  refused: (host) matter 1 is closed
",
    );
}

#[test]
fn days_are_those_of_the_district() {
    // On 8 March 2026 clocks there go from 2 to 3 at night.
    check(
        "matter 1 ask at d : 有人吗
topic knocked {}
zone America/New_York
now 2026-03-09T03:59:00Z
topic knocked {}
now 2026-03-09T04:00:00Z
topic knocked {}
----
topic knocked
  note {\"knocks\":1}
  stage busy
  holders person chen
  put visit front {\"count\":1}
  log soft
  log 2026-03-02 is 33 hours from yesterday's start
topic knocked
  note {\"knocks\":2}
  stage busy
  holders person chen
  put visit front {\"count\":2}
  log soft
  log 2026-03-08 is 46 hours from yesterday's start
topic knocked
  note {\"knocks\":3}
  stage busy
  holders person chen
  put visit front {\"count\":3}
  log soft
  log 2026-03-09 is 23 hours from yesterday's start
",
    );
}

#[test]
fn what_the_host_would_not_take_changes_nothing() {
    check(
        "# A code that no longer holds may be said; its title is no code.
list word
  code,title,to
  old,旧,2026-03-01
matter 1 ask at d : 有人吗
clock wait
act answer {\"how\":\"good\"}
matter 2 ask at d desk=elsewhere : 又有人吗
watch knocked on 2
----
clock wait
  say asked {\"word\":\"old\"}
  NOT ALLOWED stage asleep (\"ask\" has no stage \"asleep\" here)
  NOT ALLOWED say asked {\"whom\":\"nobody\",\"word\":\"旧\"} (whom: \"nobody\" is nobody in the directory; word: \"旧\" is not in the list \"word\")
  close late
act answer
  refused: (host) \"answer\" is not open in the stage \"open\"
watch knocked on 2
  note {\"knocks\":1}
  NOT ALLOWED stage busy (I5: matter 2 lies on elsewhere)
  NOT ALLOWED holders person chen (I5: matter 2 lies on elsewhere)
  put visit front {\"count\":1}
  log soft
  log 2026-03-02 is 33 hours from yesterday's start
",
    );
}

#[test]
fn settings_that_do_not_fit_leave_the_desk_shut() {
    check(
        "setting patience long
view all
----
view all
  open refused: patience: “long”不是时长，请写成 90m、36h 或 2d / \"long\" is not a span of time; write 90m, 36h or 2d
",
    );
}

#[test]
fn what_is_no_case_is_named_by_its_line() {
    check_wrong("\ndance\n", "line 2: unknown word \"dance\"");
    check_wrong("  indented\n", "line 1: indented, but under no line");
    check_wrong("matter 1 ask at d\n", "line 1: write `matter ID KIND at PLACE … : TITLE`");
    check_wrong("act ask behind me\n", "line 1: \"behind\" is none of by, with, for, second, on, of, from, to");
    check_wrong("act ask on 7\n", "line 1: there is no matter 7");
    check_wrong("list word\n  code,title\n  a\n", "line 1: 1 cells under 2 columns: a");
    check_wrong("now tomorrow\n", "line 1: \"tomorrow\" is no instant");
    check_wrong("zone Asia/Anqing\n", "line 1: \"Asia/Anqing\" is no time zone");
}

#[test]
fn a_manifest_is_held_against_the_code() {
    assert_eq!(find_problems::<Counter>(&manifest()), Vec::<String>::new());
    let wrong = MANIFEST
        .replace("topic = \"knocked\"", "topic = \"rang\"")
        .replace("name = \"wait\"", "name = \"sleep\"")
        .replace("[setting.patience]\ntype = \"duration\"\ndefault = \"2h\"", "[setting.patience]\ntype = \"text\"");
    let problems = find_problems::<Counter>(&toml::from_str(&wrong).unwrap()).join("\n");
    for part in ["topic \"rang\"", "clock \"clock.sleep\"", "settings do not fit", "missing field `patience`"] {
        assert!(problems.contains(part), "{part}: {problems}");
    }
}

#[test]
fn a_manifest_fits_itself() {
    let wrong = MANIFEST
        .replace("default = \"2h\"", "default = \"two hours\"")
        .replace("default = \"90m\"", "default = \"0m\"")
        .replace("at = \"place\"", "at = \"title\"")
        .replace("name = \"word\"", "name = \"Words\"")
        .replace("\"0.1.0\"", "\"0.1\"");
    let wrong: Manifest = toml::from_str(&wrong).unwrap();
    assert_eq!(
        wrong.problems(),
        [
            "list \"Words\" is not a name: 1 to 32 of a-z, 0-9 and -",
            "version \"0.1\" is not three numbers such as 0.1.0",
            "action \"ask\": `at` is \"title\", which is no place or matter field of it",
            "action \"ask\": the default of \"lasted\": \"0m\" is not a span of time; write 90m, 36h or 2d",
            "settings: the default of \"patience\": \"two hours\" is not a span of time; write 90m, 36h or 2d",
        ]
    );
}

#[test]
fn a_collection_says_what_its_records_are_of() {
    let with = |more: &str| -> Vec<String> {
        let text = MANIFEST.replacen("[collection.fields]", &format!("{more}\n[collection.fields]"), 1);
        toml::from_str::<Manifest>(&text).unwrap().problems()
    };
    assert_eq!(with("public = true"), Vec::<String>::new());
    let lacks = "which is no single place, person, unit or contact field of it";
    assert_eq!(with("at = \"nowhere\""), [format!("collection \"visit\": `at` is \"nowhere\", {lacks}")]);
    assert_eq!(with("at = \"count\"\npublic = true").len(), 2);
}

#[test]
fn a_difference_shows_the_lines_around_it() {
    let (expected, found) = ("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nD\ne\nf\nx\ng\n");
    assert_eq!(diff(expected, found), "  b\n  c\n- d\n+ D\n  e\n  f\n+ x\n  g\n");
}

#[test]
fn a_folder_without_cases_is_wrong() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    assert_eq!(find_cases(source.as_ref()).unwrap_err(), format!("{source} holds no case"));
}

#[test]
fn words_come_only_to_the_steps_that_read_them() {
    let case = "matter 1 ask at d : 有人吗\ntopic knocked\n----\ntopic knocked\n  failed: knocked without words\n";
    let manifest: Manifest = toml::from_str(&MANIFEST.replace("[[take]]", "words = [\"answer\"]\n[[take]]")).unwrap();
    assert_eq!(run_text(case, &manifest, &mut SeatOf::<Counter>::new()).unwrap(), case);
    let manifest: Manifest = toml::from_str(&MANIFEST.replace("[[take]]", "words = [\"knock\"]\n[[take]]")).unwrap();
    assert_eq!(
        manifest.problems(),
        ["`words` names \"knock\", which is no action, topic, clock, job or receipt of this desk"]
    );
}

/// What the district's check relies on is held by the desk's own cases.
#[test]
fn a_topic_is_said_after_what_the_manifest_names() {
    let after = |names: &str| {
        let text = MANIFEST.replace("topic = \"asked\"\n", &format!("topic = \"asked\"\nafter = {names}\n"));
        toml::from_str::<Manifest>(&text).unwrap()
    };
    let case = "list word\n  code,title,to\n  old,旧,2026-03-01\nmatter 1 ask at d : 有人吗\nclock wait\n----\n";
    let said = |names: &str| {
        let shown = run_text(case, &after(names), &mut SeatOf::<Counter>::new()).unwrap();
        shown.lines().find(|line| line.contains("\"word\":\"old\"")).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(said("[\"knocked\", \"clock.wait\"]"), "say asked {\"word\":\"old\"}");
    assert_eq!(
        said("[\"knocked\"]"),
        "NOT ALLOWED say asked {\"word\":\"old\"} (`after` of \"asked\" does not name \"clock.wait\")"
    );
    assert_eq!(after("[\"ask\", \"knocked\", \"clock.wait\"]").problems(), [""; 0]);
    assert_eq!(
        after("[\"asks\"]").problems(),
        ["topic \"asked\": `after` names \"asks\", which is no action, topic, clock or job of this desk"]
    );
}

#[test]
fn clocks_warn_pause_and_go_on() {
    check(
        "place d compound 西苑 / West
matter 1 ask at d : 有人吗
started wait on 1 2 workdays
clock wait.warn on 1
clock wait.review on 1
----
clock wait.warn on 1
  extend wait 1 workday
  pause wait: no key
  log due 2026-03-04T17:30:00
  log 1140 minutes of work left, a workday more Due { at: 2026-03-05T09:30:00Z, provisional: false }
clock wait.review on 1
  resume wait
",
    );
    check_wrong("matter 1 ask at d : 有人吗\nclock wait.late on 1\n----\n", "line 2: no [[clock]] \"wait.late\"");
}
