//! A desk in C, `tests/lights/lights.c`, which authors are to copy: it keeps the contract, and does its
//! part of a flow through config, routes and the store.

use expect_test::expect;
use hongling::district::replay::{Replayed, replay};

use super::compiler::{build, has_compiler};
use crate::program::{hongling, hongling_json};
use crate::scratch::Scratch;
use crate::story::Story;

/// As its own comment says how, and as strictly as a compiler can be.
const ARGUMENTS: [&str; 3] = ["-std=c11", "-pedantic", "-O2"];

#[test]
fn it_keeps_the_contract() {
    if !has_compiler("it_keeps_the_contract") {
        return;
    }
    let scratch = Scratch::new();
    let file = scratch.path().join("liblights.so");
    build("lights/lights.c", &file, &ARGUMENTS);
    let (code, report) = hongling_json(&["plugin", "check", file.to_str().unwrap()]);
    assert_eq!((code, &report["wanting"]), (Some(0), &0.into()), "{report:#}");
    let remarks = report["parts"].as_array().unwrap().iter().flat_map(|part| part["remarks"].as_array().unwrap());
    assert_eq!(remarks.count(), 0, "every made-up call goes well or is refused: {report:#}");
}

const DESK: &str = r#"
[desk.lights]
library = "lights"
settings = { crew = "\"快\"修队" }
"#;

const ROUTE: &str = r#"
[[route]]
id = "dark-lanes"
on = "sorted"
when = { category = "street-light" }
to = "lights"
"#;

/// I4, I5: what it decides is journaled and done again like any desk's, and it changes what lies on it.
#[test]
fn it_does_its_part_of_a_flow() {
    if !has_compiler("it_does_its_part_of_a_flow") {
        return;
    }
    let mut story = Story::with_own_libraries();
    let plugins = story.folder().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    build("lights/lights.c", &plugins.join("liblights.so"), &ARGUMENTS);
    let main = story.folder().join("hongling.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    let text = text.replace("# plugins = [\"plugins\"]", "plugins = [\"plugins\"]");
    // The first route that fits wins: what goes to the crew stands before what goes to the council.
    let at = text.find("[[route]]\nid = \"small-to-council\"").unwrap();
    std::fs::write(&main, format!("{}{ROUTE}\n{}", &text[..at], &text[at..])).unwrap();
    std::fs::write(story.folder().join("desks/lights.toml"), DESK).unwrap();
    let folder = story.folder();
    for command in ["trust lights", "check"] {
        let words: Vec<&str> = command.split(' ').chain([folder.to_str().unwrap()]).collect();
        let words = if command == "check" { words } else { [&["plugin"], &words[..]].concat() };
        let done = hongling(&words);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stdout));
    }
    let told = story.told(
        r#"
open {"title": "3幢门口路灯不亮", "text": "坏了 \"两盏\"", "place": "西苑小区"}
open {"title": "3幢楼道漏水", "place": "西苑小区"}
show SQ2026-000001
view lights dark
act SQ2026-000001 mended by chen-xuelian {"broken": 2, "lit": 2}
act SQ2026-000001 mended by wang-lihua {"broken": 2, "lit": 1}
act SQ2026-000001 mended by wang-lihua {"broken": 0, "lit": 0}
act SQ2026-000001 mended by wang-lihua {"broken": 2, "lit": 2}
view lights dark
show SQ2026-000001
"#,
    );
    expect![[r#"
        > open
          done SQ2026-000001 路灯台/待修
        > open
          done SQ2026-000002 分类定级/待人工定级
        > show SQ2026-000001
          SQ2026-000001 3幢门口路灯不亮
            坏了 "两盏"
            西苑小区 · open · 路灯台/待修
            labels category=street-light crew="快"修队 reserved=false size=small urgent=false
            03-02 09:00 host opened
            03-02 09:00 intake 诉求登记 behalf=false channel=online → reported-to-triage
            03-02 09:00 triage 分类定级 category=street-light confidence=100 size=small why=规则 K022（路灯不亮）：题目含“路灯” → dark-lanes
        > view lights dark
          待修路灯
            SQ2026-000001 | 3幢门口路灯不亮 | "快"修队
        > act SQ2026-000001 mended by chen-xuelian
          refused 没有这个事项，或您无权查看
        > act SQ2026-000001 mended by wang-lihua
          refused lit：还有 1 盏没有修好，修完再报
        > act SQ2026-000001 mended by wang-lihua
          refused broken：“0”超出范围 1 到 999
        > act SQ2026-000001 mended by wang-lihua
          done SQ2026-000001 路灯台/待修 closed
        > view lights dark
          待修路灯
        > show SQ2026-000001
          SQ2026-000001 3幢门口路灯不亮
            坏了 "两盏"
            西苑小区 · closed · 路灯台/待修
            labels category=street-light crew="快"修队 reserved=false size=small urgent=false
            outcome mended
            03-02 09:00 host opened
            03-02 09:00 intake 诉求登记 behalf=false channel=online → reported-to-triage
            03-02 09:00 triage 分类定级 category=street-light confidence=100 size=small why=规则 K022（路灯不亮）：题目含“路灯” → dark-lanes
            03-02 09:00 lights 路灯修好 by 王丽华 lights=2
            03-02 09:00 host closed by 王丽华
    "#]].assert_eq(&told);
    story.stop();
    let again = Scratch::new();
    let replayed = replay(&folder.join("data"), &again.path().join("again"));
    assert!(replayed.as_ref().is_ok_and(Replayed::is_same), "{replayed:?}");
}
