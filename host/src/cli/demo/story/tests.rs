//! The example's story is told by people who may act, about requests that have arrived; and what
//! does not read is named with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::{Expect, expect};
use jiff::civil::DateTime;
use plugin_api::{Manifest, PersonId, Title};
use serde_json::Map;

use super::{Turn, What, merge, read_requests, read_story};
use crate::config::{Config, DeskConfig, Import, Libraries, load};

const REQUESTS: &str = include_str!("../../../../demo/requests.csv");
const STORY: &str = include_str!("../../../../demo/story.csv");

/// The manifests of this repository, each from the folder named like its library.
struct InTree;

impl Libraries for InTree {
    fn manifest(&mut self, library: &str, _: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(library).join("plugin.toml");
        let text = std::fs::read_to_string(&path).expect("a plugin of this repository");
        Ok(Arc::new(toml::from_str(&text).expect("its manifest fits")))
    }

    fn known(&self, _: &[PathBuf]) -> Vec<String> {
        Vec::new()
    }
}

fn example() -> Config {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("demo"), &mut InTree).expect("the example has no problems")
}

fn import(config: &Config) -> (&DeskConfig, &Import) {
    let mut all = config.desks.iter().flat_map(|desk| desk.imports.iter().map(move |import| (desk, import)));
    all.find(|(_, import)| import.name == "requests").expect("the example has it")
}

fn turns(config: &Config) -> Vec<Turn> {
    let (desk, import) = import(config);
    let action = desk.manifest.action(&import.action).expect("the config was checked");
    let requests = read_requests("requests.csv", REQUESTS, import, action).expect("the requests read");
    merge(requests, read_story("story.csv", STORY).expect("the story reads"))
}

#[test]
fn every_request_has_arrived_before_somebody_acts_on_it() {
    let config = example();
    let mut arrived = BTreeSet::new();
    let mut last = DateTime::MIN;
    for turn in turns(&config) {
        assert!(last <= turn.at, "{}", turn.spot);
        last = turn.at;
        match turn.what {
            What::Row { source, .. } => assert!(arrived.insert(source.clone()), "{source} arrives twice"),
            What::Act { source, .. } => assert!(arrived.contains(&source), "{}: {source} is not there yet", turn.spot),
        }
    }
    assert_eq!(arrived.len(), REQUESTS.lines().count() - 1);
}

#[test]
fn everybody_who_acts_holds_a_role_that_day() {
    let config = example();
    for turn in turns(&config) {
        let What::Act { by, .. } = &turn.what else { continue };
        let person = PersonId::from(by.as_str());
        assert!(config.directory.person(&person).is_some(), "{}: {by} is nobody", turn.spot);
        let holds = config.directory.appointments(&person, turn.at.date()).next().is_some();
        assert!(holds, "{}: {by} holds nothing on that day", turn.spot);
    }
}

/// Which desk a matter lies on is only known when it is played; but some desk must have the action
/// with these fields.
#[test]
fn forms_have_the_fields_of_their_actions() {
    let config = example();
    for turn in turns(&config) {
        let What::Act { action, form, .. } = &turn.what else { continue };
        let actions = config.desks.iter().filter_map(|desk| desk.manifest.action(action));
        let fits = actions.into_iter().any(|action| {
            let has_required = action.fields.iter().all(|(name, field)| !field.required || form.contains_key(name));
            has_required && form.keys().all(|name| action.fields.get(name).is_some())
        });
        assert!(fits, "{}: no desk has {action:?} with {:?}", turn.spot, form.keys().collect::<Vec<_>>());
    }
}

#[test]
fn every_action_on_a_matter_is_done_and_no_text_is_told_twice() {
    let config = example();
    let mut done = BTreeSet::new();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for turn in turns(&config) {
        let What::Act { action, form, .. } = turn.what else { continue };
        done.insert(action);
        // Codes and dates come again; what people wrote may not.
        for text in form.values().filter_map(|value| value.as_str()).filter(|text| !text.is_ascii()) {
            if let Some(first) = texts.insert(text.to_owned(), turn.spot.clone()) {
                panic!("{first} and {} say the same: {text}", turn.spot);
            }
        }
    }
    let offered = config.desks.iter().flat_map(|desk| &desk.manifest.action);
    let missing: Vec<&str> = offered
        .filter(|action| action.on != "desk" && !done.contains(&action.name))
        .map(|action| action.name.as_str())
        .collect();
    assert!(missing.is_empty(), "nobody does {missing:?}");
}

fn check(rows: &str, expected: Expect) {
    let shown = match read_story("story.csv", &format!("at,by,source-no,action,form\n{rows}")) {
        Ok(turns) => {
            let lines = turns.iter().map(|turn| match &turn.what {
                What::Act { by, source, action, form } => {
                    format!(
                        "{} {}: {by} {action} {source} {}",
                        turn.spot,
                        turn.at,
                        serde_json::to_string(form).expect("it is plain JSON")
                    )
                }
                What::Row { .. } => "a row".to_owned(),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Err(text) => text,
    };
    expected.assert_eq(&shown);
}

#[test]
fn lines_of_a_story() {
    check(
        "2026-03-02 08:30,a,D1,sign-for,\n2026-03-02 08:30,b,D1,send,lead=water; assists=gas|power\n",
        expect![[r#"
            story.csv:2 2026-03-02T08:30:00: a sign-for D1 {}
            story.csv:3 2026-03-02T08:30:00: b send D1 {"assists":"gas|power","lead":"water"}"#]],
    );
    check(
        "2026-03-02 08:30,a,D1,settle,\"text=a=b, c\"\n",
        expect![[r#"story.csv:2 2026-03-02T08:30:00: a settle D1 {"text":"a=b, c"}"#]],
    );
}

#[test]
fn lines_that_do_not_read() {
    check("yesterday,a,D1,sign-for,\n", expect![[r#"story.csv:2: "yesterday" is no time"#]]);
    check("2026-03-02 08:30,a,D1\n", expect![[r#"story.csv:2: has 3 cells, not 5"#]]);
    check("2026-03-02 08:30,a,D1,send,water\n", expect![[r#"story.csv:2: "water" is not name=value"#]]);
    check(
        "2026-03-02 08:30,a,D1,sign-for,\n2026-03-02 08:29,a,D1,sign-for,\n",
        expect![[r#"story.csv:3: 2026-03-02T08:29:00 is earlier than the line before"#]],
    );
}

#[test]
fn rows_are_read_as_the_import_says() {
    let config = example();
    let (desk, known) = import(&config);
    let action = desk.manifest.action(&known.action).expect("the config was checked");
    let mut import = known.clone();
    import.dates = Some("%Y/%m/%d %H:%M".to_owned());
    import.fixed = Map::from_iter([("channel".to_owned(), "window".into())]);
    import.columns.retain(|(field, _)| ["title", "reported-at", "source-no"].contains(&field.as_str()));
    let text = "at,source-no,title\n2026/3/2 8:05,D1,灯不亮\n";
    let turns = read_requests("t.csv", text, &import, action).expect("it reads");
    let forms = turns.iter().map(|turn| match &turn.what {
        What::Row { source, form } => {
            format!("{} {source} {}", turn.at, serde_json::to_string(form).expect("it is plain JSON"))
        }
        What::Act { .. } => "an act".to_owned(),
    });
    expect![[r#"2026-03-02T08:05:00 D1 {"channel":"window","reported-at":"2026-03-02T08:05:00","source-no":"D1","title":"灯不亮"}"#]]
        .assert_eq(&forms.collect::<Vec<_>>().join("\n"));
    import.key = None;
    let refused = read_requests("t.csv", text, &import, action).expect_err("rows cannot be told apart");
    expect![[r#"import "requests" has no column that tells rows apart"#]].assert_eq(&refused);
}
