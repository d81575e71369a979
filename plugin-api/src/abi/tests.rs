//! What the border says of what it cannot read.

use serde_json::from_str;

use super::misread;

#[test]
fn a_text_that_does_not_read_is_not_repeated() {
    let told = |text: &str| misread("unreadable", &from_str::<Vec<u32>>(text).unwrap_err()).1;
    assert_eq!(
        told("[\"王女士说\\\"灯不亮\\\"\"]"),
        "unreadable: invalid type: a text, expected u32 at line 1 column 28"
    );
    assert_eq!(told("[1,"), "unreadable: EOF while parsing a value at line 1 column 3");
    let long = misread("unreadable", &from_str::<Named>(&format!("{{\"{}\":1}}", "x".repeat(5000))).unwrap_err()).1;
    assert_eq!(long.chars().count(), 312);
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {}
