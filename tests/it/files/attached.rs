//! Photos that people attach to a matter: who may, with what, and what the journal knows of it.

use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::files::{Files, Ticket};
use plugin_api::{MatterId, PersonId};
use serde_json::json;

use crate::recovery::replayed::check;
use crate::story::{Story, ms};

/// A district with a matter that waits for the branch secretary.
fn told() -> Story {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    story.tell(r#"open {"title": "楼道灯不亮", "text": "三单元一楼到三楼都不亮", "place": "西苑小区"}"#);
    story
}

/// What somebody is given for a file that they put up.
fn put_up(story: &Story, by: Option<&str>) -> (String, Ticket) {
    let data = story.folder().join("data");
    let files = Files::open(&data).unwrap();
    let (sha256, small) = (files.keep(b"a photo").unwrap(), files.keep(b"a small one").unwrap());
    let ticket = Ticket { sha256, small, bytes: 7, at_ms: ms("2026-03-02 09:10") };
    let store = rusqlite::Connection::open(data.join("hongling.db")).unwrap();
    let secret: String = store.query_row("select value from meta where key = 'secret'", [], |row| row.get(0)).unwrap();
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap()).collect();
    (ticket.give(&bytes.try_into().unwrap(), by.map(PersonId::new).as_ref()), ticket)
}

fn attach(story: &mut Story, by: &str, files: &[&str]) -> Answer {
    let form = json!({ "files": files, "caption": "处理后" }).as_object().unwrap().clone();
    let act = Act { target: Target::Matter(MatterId(1)), action: "attach".into(), form };
    story.running().unwrap().answer(Input { ask: Ask::Act(act), by: Some(PersonId::new(by)), key: None })
}

/// I4: the journal has hashes, and run again where no file is it gives the same rows.
#[test]
fn attached_by_who_sees_it_and_given_again_without_the_bytes() {
    let mut story = told();
    let (ticket, file) = put_up(&story, Some("ma-aizhen"));
    let done = attach(&mut story, "ma-aizhen", &[&ticket]);
    assert!(matches!(done, Answer::Done(_)), "{done:?}");
    let said = story.told("show SQ2026-000001");
    assert!(said.contains("attached"), "{said}");
    let rows: Vec<String> = story.state().into_iter().filter(|line| line.starts_with("file ")).collect();
    let named = |line: &String| line.contains(&file.sha256.to_string()) && line.contains(&file.small.to_string());
    assert!(rows.len() == 1 && rows.iter().all(named), "{rows:?}");
    check(&mut story, &mut Story::new());
}

#[test]
fn nobody_else_and_nothing_else() {
    let mut story = told();
    let (ticket, file) = put_up(&story, Some("ma-aizhen"));
    let mut refused = |by: &str, files: &[&str]| match attach(&mut story, by, files) {
        Answer::Refused(objections) => objections[0].text.en.clone(),
        other => panic!("{other:?}"),
    };
    assert!(refused("zheng-meilan", &[&ticket]).contains("not yours"), "who does not see the matter");
    assert!(refused("gao-zhonghe", &[&ticket]).contains("choose it again"), "somebody else's file");
    assert!(refused("ma-aizhen", &[&file.sha256.to_string()]).contains("choose it again"), "a hash");
    assert!(refused("ma-aizhen", &[]).contains("required"));
    assert!(refused("ma-aizhen", &[&*ticket; 10]).contains("at most 9"));
    Files::at(&story.folder().join("data")).remove(file.sha256).unwrap();
    let gone = attach(&mut story, "ma-aizhen", &[&ticket]);
    assert!(matches!(gone, Answer::Refused(_)), "its bytes are gone: {gone:?}");
    assert!(story.state().iter().all(|line| !line.starts_with("file ")));
}
