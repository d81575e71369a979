//! Words of templates: braces, names, and what is wrong with them.

use super::{NoticeSpec, fill_in, names_in};

fn spec() -> NoticeSpec {
    toml::from_str(
        r#"
name = "called"
title = { zh = "呼叫", en = "Called" }
text = { zh = "", en = "" }
[data]
level = { type = "text", title = { zh = "级", en = "Level" } }
"#,
    )
    .unwrap()
}

#[test]
fn words_are_filled_in() {
    let value = |name: &str| format!("<{name}>");
    assert_eq!(fill_in("事项{number}到{level}。", &value), "事项<number>到<level>。");
    assert_eq!(fill_in("{{not}} {a}{b}", &value), "{not} <a><b>");
    assert_eq!(fill_in("", &value), "");
    // What is filled in is no template.
    assert_eq!(fill_in("{title}", &|_| "{number}".to_owned()), "{number}");
}

#[test]
fn names_are_found_once() {
    let names: Vec<&str> = names_in("{b} {a} {b} {{c}}").into_iter().collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let spec = spec();
    assert_eq!(spec.word_problems("{number}{title}{place}{desk}{level}"), []);
    assert_eq!(
        spec.word_problems("到{levle}"),
        [(3, "\"levle\" is neither a data field nor one of number, title, place, desk".to_owned())]
    );
    for alone in ["a { b", "a } b", "{", "}", "{{}"] {
        let problems = spec.word_problems(alone);
        assert!(problems.len() == 1 && problems[0].1.starts_with("a brace stands alone"), "{alone}: {problems:?}");
    }
}
