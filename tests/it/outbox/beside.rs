//! I9: the engine waits for no outlet, and no outlet for another.

use hongling::engine::input::{Act, Answer as Answered, Ask, Input, Target};
use hongling::engine::runner::Runner;
use hongling::outside::{Lanes, Telling};
use plugin_api::PersonId;

use super::server::{Answer, Server};
use super::story;
use crate::story::Running;

/// The slow gate holds a request for as long as a request may take; meanwhile the quick one gets all of
/// its notices and people get their answers.
#[test]
fn a_slow_outlet_holds_nothing_else_up() {
    let (slow, quick) = (Server::new(&[Answer::Never]), Server::new(&[]));
    let mut story = story(
        slow.port(),
        &[&format!(
            r#"
change hongling.toml `timeout-ms = 300` `timeout-ms = 30000`
add hongling.toml
  [desk.quick]
  library = "notices"
  settings = {{ way = "webhook", url = "http://127.0.0.1:{0}/" }}
  grants = {{ http = ["http://127.0.0.1:{0}/"] }}

  [[outlet]]
  id = "slow"
  desk = "gate"

  [[outlet]]
  id = "quick"
  desk = "quick"
"#,
            quick.port()
        )],
    );
    story.running().unwrap();
    let Running { district, engine, .. } = story.take_running().unwrap();
    let (bell, clock) = (engine.bell(), engine.clock());
    let runner = Runner::start(engine).unwrap();
    let telling = Telling { engine: runner.tables.clone(), bell, clock };
    let lanes = Lanes::start(&district.config, &district.callers, &telling).unwrap();
    let greet = |words: &str| {
        let form = serde_json::json!({ "whom": ["person:ma-aizhen"], "words": words });
        let form = form.as_object().unwrap().clone();
        let act = Act { target: Target::Desk("herald".into()), action: "greet".into(), form };
        let input = Input { ask: Ask::Act(act), by: Some(PersonId::from("ma-aizhen")), key: None };
        let answer = runner.people.put(input).unwrap().recv().unwrap();
        assert!(matches!(answer, Answered::Done(_)), "{answer:?}");
    };
    greet("一");
    // From here on the slow one hangs.
    assert_eq!(slow.request().text("text"), "一");
    for words in ["二", "三", "四"] {
        greet(words);
    }
    let got: Vec<String> = (0..4).map(|_| quick.request().text("text")).collect();
    assert_eq!(got, ["一", "二", "三", "四"]);
    assert!(slow.requests().is_empty(), "the slow one is still at its first");
    lanes.stop();
    let engine = runner.stop().unwrap();
    let (row, faring) = engine.store().reader().notice(1).unwrap().unwrap();
    assert_eq!((&*row.outlet, faring.stand.as_str(), faring.attempts), ("slow", "leaving", 1), "its try is on disk");
}
