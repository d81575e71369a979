//! Search in Chinese: what is found by what, and that no query is an error.

use std::fmt::Write as _;

use expect_test::expect;
use hongling::engine::look::Viewer;
use hongling::index::{Index, Query, Total};
use plugin_api::PersonId;

use super::index;
use crate::story::{Story, ms};

fn told() -> Story {
    let mut story = Story::new();
    story.tell(
        r#"
at 2026-03-02 09:10
open {"title": "3栋飞线充电", "text": "从五楼窗户牵线到楼下给电动车充电，LED灯也坏了", "place": "西苑小区"}
open {"title": "楼道路灯不亮", "text": "三单元一楼到三楼都不亮，请打13812345678", "place": "西苑小区", "address": "３单元Ａ座门口"}
open {"title": "消防通道被堵", "text": "每天晚上停满了车。Please tow them away.", "place": "马山新村"}
open {"title": "灯", "text": "路 灯 隔开写，飞，线", "place": "马山新村"}
"#,
    );
    story.take_said();
    story
}

fn found(config: &hongling::config::Config, index: &Index, text: &str, viewer: &Viewer) -> String {
    let query = Query { text: Some(text.to_owned()), ..Query::default() };
    let page = index.list(config, &query, viewer, ms("2026-03-02 10:00")).unwrap();
    let ids: Vec<String> = page.rows.iter().map(|matter| matter.id.to_string()).collect();
    assert_eq!(page.total, Total::Exactly(ids.len() as u64), "{text}");
    ids.join(" ")
}

#[test]
fn pairs_single_characters_and_words_are_found() {
    let mut story = told();
    let (config, index) = index(&mut story);
    let mut said = String::new();
    for text in [
        "飞线",
        "路灯",
        "飞线充电",
        "灯",
        "充",
        "电动车",
        "栋",
        "3栋",
        "led",
        "ＬＥＤ灯",
        "tow",
        "to",
        "TOW them",
        "路灯 三单元",
        "路灯，三单元",
        "路灯 飞线",
        "单元a座",
        "SQ2026-000002",
        "sq2026-000002",
        "000003",
        "3",
        "西苑小区",
        "马山",
        "13812345678",
        "138",
        "",
        "  ",
        "，。！",
        "没有这样的话",
    ] {
        writeln!(said, "{}", format!("{text:?}: {}", found(&config, &index, text, &Viewer::Operator)).trim_end())
            .unwrap();
    }
    expect![[r#"
        "飞线": 1
        "路灯": 2
        "飞线充电": 1
        "灯": 4 2 1
        "充": 1
        "电动车": 1
        "栋": 1
        "3栋": 1
        "led": 1
        "ＬＥＤ灯": 1
        "tow": 3
        "to": 3
        "TOW them": 3
        "路灯 三单元": 2
        "路灯，三单元": 2
        "路灯 飞线":
        "单元a座": 2
        "SQ2026-000002": 2
        "sq2026-000002": 2
        "000003": 3
        "3": 3 2 1
        "西苑小区": 2 1
        "马山": 4 3
        "13812345678":
        "138": 2
        "": 4 3 2 1
        "  ": 4 3 2 1
        "，。！":
        "没有这样的话":
    "#]]
    .assert_eq(&said);
}

/// Whatever is typed, it is looked for and nothing else: it is no language.
#[test]
fn no_query_is_an_error() {
    let mut story = told();
    let (config, index) = index(&mut story);
    let mut dice = super::dice::Dice::new(7);
    let pieces = [
        "\"",
        "'",
        "*",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "NEAR",
        ":",
        "^",
        "-",
        "+",
        "{",
        "}",
        "路灯",
        "a",
        "\0",
        "\u{202e}",
        ";",
        "--",
        "words",
        "pair",
        "%",
        "\\",
        "😀",
        "﷽",
        "𠮷野家",
        "\u{301}",
        "飞",
        "0000",
        "\n",
        " ",
    ];
    for _ in 0..2_000 {
        let text: String = (0..1 + dice.below(12)).map(|_| pieces[dice.below(pieces.len() as u64) as usize]).collect();
        found(&config, &index, &text, &Viewer::Operator);
    }
    found(&config, &index, &"飞线充电".repeat(10_000), &Viewer::Operator);
    found(&config, &index, &"a".repeat(100_000), &Viewer::Operator);
    assert_eq!(found(&config, &index, "\"路灯\" OR words:*", &Viewer::Operator), "", "all of it is looked for");
}

/// I11: what is found, and how much, is cut to who asks.
#[test]
fn search_respects_rights() {
    let mut story = told();
    let (config, index) = index(&mut story);
    let by = |person: &str| Viewer::Person(PersonId::from(person));
    assert_eq!(found(&config, &index, "灯", &Viewer::Operator), "4 2 1");
    assert_eq!(found(&config, &index, "灯", &by("wang-xiufang")), "4 2 1");
    assert_eq!(found(&config, &index, "灯", &by("ma-aizhen")), "2 1", "a compound's secretary");
    assert_eq!(found(&config, &index, "灯", &by("li-rongmei")), "", "a member unit's worker");
    assert_eq!(found(&config, &index, "灯", &by("nobody-known")), "");
}
