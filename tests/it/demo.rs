//! The main job, through the real program: six weeks of the example district, recounted from the list
//! of matters.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::program::{hongling, hongling_json};
use crate::scratch::Scratch;
use crate::tidy::source::root;

fn rows_of(file: &str) -> Vec<csv::StringRecord> {
    let path = root().join("host/demo").join(file);
    csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap).collect()
}

fn demo(folder: &Path) -> Value {
    let (code, value) = hongling_json(&["demo", "--no-serve", "--dir", folder.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    value
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

#[test]
fn six_weeks_of_the_example_district() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("demo");
    let told = demo(&folder);
    let dir = folder.to_str().unwrap();
    let requests = rows_of("requests.csv").len() as u64;
    assert_eq!(told["received"].as_u64(), Some(requests));
    assert_eq!(told["acts"].as_u64(), Some(rows_of("story.csv").len() as u64), "every act of the story was done");

    let (_, matters) = hongling_json(&["list", dir]);
    let matters = matters.as_array().unwrap();
    assert_eq!(matters.len() as u64, requests);
    let desks = ["intake", "triage", "council", "station"];
    // I2: a matter lies on exactly one desk of the config, and nothing is left without a way.
    assert!(matters.iter().all(|matter| desks.contains(&text(matter, "desk"))));
    let (_, unrouted) = hongling_json(&["list", dir, "--unrouted"]);
    let (_, parked) = hongling_json(&["parked", dir]);
    assert_eq!((unrouted, parked), (Value::Array(vec![]), Value::Array(vec![])));

    let closed = matters.iter().filter(|matter| text(matter, "status") == "closed").count() as u64;
    assert_eq!(told["closed"].as_u64(), Some(closed));
    assert_eq!(told["open"].as_u64(), Some(requests - closed));
    let categories: BTreeSet<&str> = matters.iter().map(|matter| text(&matter["labels"], "category")).collect();
    let sortable = rows_of("lists/category.csv");
    let missing = sortable.iter().filter(|row| !row[6].is_empty() && !categories.contains(&row[0]));
    assert_eq!(missing.count(), 0, "every category that a matter can have has one");

    let routes: BTreeSet<String> =
        matters.iter().flat_map(|matter| routes_taken(dir, text(matter, "number"))).collect();
    let config = std::fs::read_to_string(folder.join("hongling.toml")).unwrap();
    let config: toml::Table = config.parse().unwrap();
    let ids = config["route"].as_array().unwrap().iter().map(|route| route["id"].as_str().unwrap().to_owned());
    assert_eq!(routes, ids.collect::<BTreeSet<_>>(), "every route is used");
}

fn routes_taken(dir: &str, number: &str) -> Vec<String> {
    let (_, shown) = hongling_json(&["show", dir, number]);
    let events = shown["events"].as_array().unwrap();
    events.iter().filter_map(|event| event["route"].as_str()).map(str::to_owned).collect()
}

#[test]
fn an_emptied_store_is_not_taken_for_a_new_one() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("district");
    let dir = folder.to_str().unwrap();
    assert!(hongling(&["init", dir, "--exercise", "2026-03-02T09:00", "--from", "demo"]).status.success());
    let open = ["open", dir, "--title", "路灯不亮", "--place", "西苑小区"];
    assert!(hongling(&open).status.success());
    std::fs::write(folder.join("data/hongling.db"), "").unwrap();
    for args in [&open[..], &["list", dir]] {
        let refused = hongling(args);
        assert_eq!(refused.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is empty, so all it held is lost"));
    }
    let far = hongling(&["tick", dir, "--to", "9999-01-01T00:00"]);
    assert_ne!(far.status.code(), Some(0));
}

#[test]
fn the_demo_is_the_same_every_time_and_overwrites_nothing() {
    let scratch = Scratch::new();
    let mut told: Vec<Value> = ["one", "two"].iter().map(|name| demo(&scratch.path().join(name))).collect();
    for told in &mut told {
        let told = told.as_object_mut().unwrap();
        told.remove("folder");
        told.remove("next");
    }
    assert_eq!(told[0], told[1]);
    let folder = scratch.path().join("one");
    let again = hongling(&["demo", "--no-serve", "--dir", folder.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    let (code, ticked) = hongling_json(&["tick", folder.to_str().unwrap(), "--to", "2026-06-01T09:00"]);
    assert_eq!(code, Some(0));
    assert!(ticked["ran"].as_u64().is_some_and(|ran| 0 < ran), "an exercise's clocks go on: {ticked}");
}
