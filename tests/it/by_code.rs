//! Query codes: given to who opens a matter, kept nowhere, and what came with one goes with its person.

use hongling::engine::input::{Act, Answer, Ask, Input, Target};
use hongling::engine::look::codes;
use serde_json::json;

use crate::story::Story;

const ODD: &str = "add hongling.toml\n  [desk.odd]\n  library = \"misbehaving\"\nat 2026-03-02 09:10\n";

fn start(key: Option<&str>) -> Input {
    let form = json!({ "place": "西苑小区", "contact": "19900001301" });
    let form = form.as_object().unwrap().clone();
    let act = Act { target: Target::Desk("odd".into()), action: "start".into(), form };
    Input { ask: Ask::Act(act), by: None, key: key.map(str::to_owned) }
}

/// I10: who opens a matter is given its code, also when they ask once more; no file of the store has it.
#[test]
fn the_code_is_given_out_and_kept_nowhere() {
    let mut story = Story::new();
    story.tell(ODD);
    let folder = story.folder();
    let running = story.running().unwrap();
    let code_of = |answer: &Answer| match answer {
        Answer::Done(done) | Answer::Repeated(done) => done.matters[0].code.clone().unwrap(),
        other => panic!("{other:?}"),
    };
    let first = running.answer(start(Some("K1")));
    let again = running.answer(start(Some("K1")));
    assert!(matches!((&first, &again), (Answer::Done(_), Answer::Repeated(_))));
    let (code, number) = (code_of(&first), "TR2026-000001");
    assert_eq!(code_of(&again), code);
    let of_store = codes(running.engine.store().reader()).unwrap().unwrap();
    assert!(of_store.fits(number, &code) && !of_store.fits("TR2026-000002", &code));
    story.tell(&format!("act {number} rate code {number} {{\"how\": \"who\"}}"));
    story.stop();
    for file in std::fs::read_dir(folder.join("data")).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = if file.is_file() { std::fs::read(&file).unwrap() } else { continue };
        for typed in [code.as_bytes(), code.replace('-', "").as_bytes()] {
            assert!(bytes.windows(typed.len()).all(|window| window != typed), "{} has it", file.display());
        }
    }
}

/// I10: what was written with a code is erased with the reporter of that matter, and nothing of another's.
#[test]
fn words_that_came_with_a_code_are_erased() {
    let mut story = Story::new();
    story.tell(ODD);
    story.running().unwrap().answer(start(None));
    story.tell("act odd start {\"place\": \"西苑小区\"}");
    for number in ["TR2026-000001", "TR2026-000002"] {
        story.tell(&format!("act {number} rate code {number} {{\"how\": \"who\"}}"));
    }
    story.take_said();
    let said = story.told("erase r2\nshow TR2026-000001\nshow TR2026-000002");
    let with_code: Vec<&str> = said.lines().map(str::trim).filter(|line| line.contains("with code")).collect();
    assert_eq!(with_code, ["03-02 09:10 odd 记下 with code", "03-02 09:10 odd 记下 with code how=with code"], "{said}");
}

/// I10: what a reporter wrote is erased also where somebody amended it since.
#[test]
fn amended_words_are_erased() {
    let mut story = Story::new();
    story.tell("at 2026-03-02 09:10");
    story.tell(r#"open {"title": "3幢门口路灯不亮", "place": "西苑小区", "contact": "19900001301"}"#);
    story.tell(r#"act SQ2026-000001 amend by ma-aizhen {"title": "5幢门口路灯不亮"}"#);
    let before = story.told("show SQ2026-000001");
    assert!(before.contains("title-was=3幢门口路灯不亮"), "{before}");
    let after = story.told("erase r2\nshow SQ2026-000001");
    assert!(after.contains("host amended by 马爱珍") && !after.contains("幢"), "{after}");
}
