//! What keeps an index true: a follower beside the engine, and a file that may be gone, damaged, behind,
//! ahead or of another journal at any time, and holds nobody's words longer than the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hongling::config::Config;
use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::look::Viewer;
use hongling::engine::runner::Runner;
use hongling::index::{Follower, Index, Query};
use hongling::store::open_reading;
use plugin_api::{MatterId, PersonId};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::flow::{Asked, Flow, check};
use super::model::Model;
use crate::contract::ODD_AND_EVEN;
use crate::program::hongling_json;
use crate::scratch::Scratch;
use crate::story::{Story, ms};

/// Longer than any test waits; one that waits so long has failed.
const LONG: Duration = Duration::from_secs(60);

fn act(target: Target, action: &str, form: Value, by: Option<&str>) -> Input {
    let Value::Object(form) = form else { panic!("a form is an object") };
    Input { ask: Ask::Act(Act { target, action: action.to_owned(), form }), by: by.map(PersonId::from), key: None }
}

fn open(title: &str) -> Input {
    let form = json!({ "title": title, "text": "请看一看", "place": "daguan/linghu/huamao/xiyuan" });
    act(Target::Desk("intake".to_owned()), "report", form, None)
}

/// Puts an input into a running host; gives the row of the journal it has become.
fn put(runner: &Runner, input: Input) -> u64 {
    match runner.people.put(input).unwrap().recv().unwrap() {
        Answer::Done(done) => done.seq,
        other => panic!("{other:?}"),
    }
}

fn titles(config: &Config, index: &Index) -> Vec<String> {
    let page = index.list(config, &Query::default(), &Viewer::Operator, ms("2026-03-02 10:00")).unwrap();
    page.rows.into_iter().map(|matter| matter.title).collect()
}

fn hold(config: &Arc<Config>, index: &Index, questions: u64) {
    let store = open_reading(&config.data).unwrap();
    let now_ms = ms("2026-03-04 10:00");
    let model = Model::of(config, store.reader(), now_ms);
    check(&Asked { config, index, model: &model, now_ms }, &mut super::dice::Dice::new(5), questions);
}

/// I9: whoever has been answered reads what they wrote, as soon as they wait for it, and a host that
/// starts again goes on where the follower was.
#[test]
fn a_follower_keeps_up_with_a_running_host() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    for round in 0_u64..3 {
        story.running().unwrap();
        let mut running = story.take_running().unwrap();
        let (index, follower) = Follower::start(&mut running.engine).unwrap();
        let runner = Runner::start(running.engine).unwrap();
        for nth in 1..=20 {
            let title = format!("第{round}轮第{nth}件");
            let seq = put(&runner, open(&title));
            assert!(index.wait_for(seq, LONG), "{title}");
            assert_eq!(titles(&running.district.config, &index)[0], title);
        }
        hold(&running.district.config, &index, 40);
        drop(runner.stop().unwrap());
        follower.stop();
        assert_eq!(index.reached(), open_reading(&running.district.config.data).unwrap().reader().last_seq().unwrap());
    }
}

/// A label that a desk sets on another of its matters, saying nothing, stands in no row of the journal:
/// the engine tells it while it runs, and who comes later looks through what is open.
#[test]
fn what_no_row_of_the_journal_names_is_followed_too() {
    let silent = |story: &mut Story| {
        story.tell(ODD_AND_EVEN);
        story.tell("at 2026-03-02 09:10");
        let (one, two) = (r#"act odd start {"place": "西苑小区"}"#, r#"act odd start {"place": "西苑小区"}"#);
        story.told(&format!("{one}\n{two}"));
    };
    let way = json!({ "how": "set-other", "other": "TR2026-000001" });
    let marked = |config: &Config, index: &Index| {
        let labels = [("mark".to_owned(), "mine".into())].into();
        let query = Query { labels, ..Query::default() };
        let page = index.list(config, &query, &Viewer::Operator, ms("2026-03-02 10:00")).unwrap();
        page.rows.iter().map(|matter| matter.id).collect::<Vec<_>>()
    };

    let mut story = Story::new();
    silent(&mut story);
    let mut running = story.take_running().unwrap();
    let (index, follower) = Follower::start(&mut running.engine).unwrap();
    let runner = Runner::start(running.engine).unwrap();
    let seq = put(&runner, act(Target::Matter(MatterId(2)), "try", way.clone(), None));
    assert!(index.wait_for(seq, LONG));
    assert_eq!(marked(&running.district.config, &index), [MatterId(1)], "told");
    drop(runner.stop().unwrap());
    follower.stop();

    let mut story = Story::new();
    silent(&mut story);
    let (_, before) = super::index(&mut story);
    let (config, _) = super::index(&mut story);
    assert!(marked(&config, &before).is_empty());
    let said = story.told(&format!("act TR2026-000002 try {way}"));
    assert!(said.contains("done"), "{said}");
    let (config, after) = super::index(&mut story);
    assert_eq!(marked(&config, &after), [MatterId(1)], "looked for");
}

/// Gone, cut off, written over, of another version: it is made anew, and a page more or less of it that
/// was lost is caught up.
#[test]
fn an_index_that_is_gone_or_damaged_is_made_anew() {
    let mut flow = Flow::new(11);
    (0..25).for_each(|_| flow.turn());
    let (config, _) = flow.now();
    let file = hongling::store::index::file(&config.data);
    drop(Index::open(&config).unwrap());
    let whole = std::fs::read(&file).unwrap();
    (0..25).for_each(|_| flow.turn());
    // A copy of before is only behind.
    std::fs::write(&file, &whole).unwrap();
    flow.check(&Index::open(&config).unwrap(), 30);

    let mut first = whole.clone();
    first[..100].fill(0x55);
    let mut all = whole.clone();
    all[4096..].fill(0x55);
    let damaged: [(&str, Vec<u8>); 5] = [
        ("nothing", Vec::new()),
        (
            "a text",
            b"this is no database, and never was one; it is only a text of more than a hundred bytes. Not at all."
                .to_vec(),
        ),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("another first page", first),
        ("other pages", all),
    ];
    for (what, bytes) in damaged {
        std::fs::write(&file, bytes).unwrap();
        let index = Index::open(&config).unwrap_or_else(|error| panic!("{what}: {error}"));
        flow.check(&index, 10);
    }
    let other = Connection::open(&file).unwrap();
    other.execute_batch("pragma user_version = 99; drop table facet").unwrap();
    drop(other);
    flow.check(&Index::open(&config).unwrap(), 10);
    std::fs::remove_file(&file).unwrap();
    flow.check(&Index::open(&config).unwrap(), 10);
}

/// A file that is taken away under a running host is missed at the next row.
#[test]
fn a_running_follower_makes_a_file_anew_that_was_taken_away() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    story.running().unwrap();
    let mut running = story.take_running().unwrap();
    let (index, follower) = Follower::start(&mut running.engine).unwrap();
    let runner = Runner::start(running.engine).unwrap();
    assert!(index.wait_for(put(&runner, open("第一件事")), LONG));
    let file = hongling::store::index::file(&running.district.config.data);
    std::fs::remove_file(&file).unwrap();
    assert!(index.wait_for(put(&runner, open("第二件事")), LONG));
    assert!(file.is_file());
    assert_eq!(titles(&running.district.config, &index), ["第二件事", "第一件事"]);
    drop(runner.stop().unwrap());
    follower.stop();
}

/// A store put back as it was before, in which other things happened since: the seal of the last row that
/// was followed is another one.
#[test]
fn an_index_of_another_journal_is_made_anew() {
    let mut story = Story::new();
    story.told("at 2026-03-02 09:10\nopen {\"title\": \"都有的一件\", \"place\": \"西苑小区\"}");
    let (config, _) = super::index(&mut story);
    story.stop();
    let store = config.data.join("hongling.db");
    let before = std::fs::read(&store).unwrap();
    for title in ["后来没有的一件", "另一件"] {
        story.told(&format!("open {{\"title\": \"{title}\", \"place\": \"西苑小区\"}}"));
    }
    assert_eq!(titles(&config, &super::index(&mut story).1).len(), 3);
    story.stop();
    // Ahead of the store, and then, what is worse, of the same length.
    std::fs::write(&store, &before).unwrap();
    std::fs::remove_file(config.data.join("running")).unwrap();
    assert_eq!(titles(&config, &Index::open(&config).unwrap()), ["都有的一件"]);
    for title in ["真有的一件", "也是真的"] {
        story.told(&format!("open {{\"title\": \"{title}\", \"place\": \"西苑小区\"}}"));
    }
    assert_eq!(titles(&config, &super::index(&mut story).1), ["也是真的", "真有的一件", "都有的一件"]);
    story.stop();
    let ahead = std::fs::read(config.data.join("index.db")).unwrap();
    std::fs::write(&store, &before).unwrap();
    std::fs::remove_file(config.data.join("running")).unwrap();
    for title in ["又换了一件", "再换了一件"] {
        story.told(&format!("open {{\"title\": \"{title}\", \"place\": \"西苑小区\"}}"));
    }
    std::fs::write(config.data.join("index.db"), ahead).unwrap();
    assert_eq!(titles(&config, &super::index(&mut story).1), ["再换了一件", "又换了一件", "都有的一件"]);
}

/// Whether a file of the index has a text.
fn has(data: &Path, text: &str) -> bool {
    ["index.db", "index.db-wal"].iter().any(|name| {
        let bytes = std::fs::read(data.join(name)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// I10: what is erased is in none of the index's bytes, neither as words nor as their pairs.
#[test]
fn an_erasure_takes_the_words_out_of_the_index() {
    let mut story = Story::new();
    story.told(
        r#"
at 2026-03-02 09:10
open {"title": "3幢路灯甲乙丙", "text": "我家老人摔了一跤丁戊己", "place": "西苑小区", "contact": "19900001301"}
open {"title": "邻居家停水庚辛壬", "place": "西苑小区", "contact": "19900001302"}
"#,
    );
    let (config, index) = super::index(&mut story);
    let theirs = ["甲乙", "乙丙", "摔了", "丁戊", "戊己"];
    // The control: it is there before, so that its absence says something.
    assert!(theirs.iter().chain(&["庚辛"]).all(|text| has(&config.data, text)));
    assert_eq!(titles(&config, &index).len(), 2);
    drop(index);
    let mut running = story.take_running().unwrap();
    let (index, follower) = Follower::start(&mut running.engine).unwrap();
    let runner = Runner::start(running.engine).unwrap();
    let erase = Ask::Erase { person: PersonId::from("r2"), why: None, is_again: false };
    let seq = put(&runner, Input { ask: erase, by: None, key: None });
    assert!(index.wait_for(seq, LONG));
    assert_eq!(titles(&running.district.config, &index), ["邻居家停水庚辛壬", "（已删除 erased）"]);
    drop(runner.stop().unwrap());
    follower.stop();
    drop(index);
    let left: Vec<&&str> = theirs.iter().filter(|text| has(&config.data, text)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(has(&config.data, "庚辛"), "a neighbour's stay");
}

/// A backup takes no index along, and what is restored from it makes its own.
#[test]
fn a_backup_needs_no_index() {
    let mut flow = Flow::new(23);
    (0..20).for_each(|_| flow.turn());
    let (config, _) = flow.now();
    drop(Index::open(&config).unwrap());
    flow.story.become_exercise();
    let scratch = Scratch::new();
    let (file, restored) = (scratch.path().join("b.tar"), scratch.path().join("restored"));
    let [from, file, to] = [&config.folder, &file, &restored].map(|path| path.to_str().unwrap());
    assert_eq!(hongling_json(&["backup", from, file]).0, Some(0));
    assert_eq!(hongling_json(&["restore", file, to]).0, Some(0));
    assert!(!restored.join("data/index.db").exists());
    let config = Arc::new(Config { data: restored.join("data"), ..Config::clone(&config) });
    hold(&config, &Index::open(&config).unwrap(), 20);
}
