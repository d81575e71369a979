//! What a step sends: with the step or not at all, to each person once, in the district's words.

use expect_test::expect;

use super::{ARCHIVE, START, story};
use crate::story::Story;

/// I3: the notices of a step stand with it; a step that fails sends nothing.
#[test]
fn with_the_step_or_not_at_all() {
    let mut story = story(1, &[ARCHIVE]);
    let said = story.told(&format!(
        r#"
{START}
act HL2026-000001 call {{"to": ["holders"], "wrongly": true}}
sent
retry 1
sent
act herald greet {{"whom": ["person:ma-aizhen"], "words": "您好"}}
sent
"#
    ));
    expect![[r#"
        > act herald start
          done HL2026-000001 传令台/待办
        > act HL2026-000001 call
          failed stage "nowhere" of kind "call" is not declared
        > sent
          nothing
        > retry 1
          failed stage "nowhere" of kind "call" is not declared
        > sent
          nothing
        > act herald greet
          done
        > sent
          n1 hello to ma-aizhen by archive: waiting
            您好 | 您好
    "#]]
    .assert_eq(&said);
}

/// Whoever is meant twice in one step gets it once; what is sent under a key, once ever.
#[test]
fn to_each_person_once() {
    let mut story = story(1, &[ARCHIVE]);
    let said = story.told(&format!(
        r#"
{START}
act HL2026-000001 call {{"to": ["holders", "reporters", "person:ma-aizhen", "role:branch-secretary@daguan/linghu/huamao/xiyuan", "followers"]}}
sent
act HL2026-000001 call {{"to": ["person:pan-zhiqiang"], "key": "late/1"}}
act HL2026-000001 call {{"to": ["person:pan-zhiqiang"], "key": "late/1"}}
act HL2026-000001 call {{"to": ["person:pan-zhiqiang"], "key": "late/2"}}
act herald greet {{"whom": ["unit:housing", "person:li-rongmei", "role:nobody@daguan"], "words": "开会"}}
sent
"#
    ));
    expect![[r#"
        > act herald start
          done HL2026-000001 传令台/待办
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > sent
          n1 called to ma-aizhen by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to pan-zhiqiang by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n3 called to r2 by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > act herald greet
          done
        > sent
          n1 called to ma-aizhen by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to pan-zhiqiang by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n3 called to r2 by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n4 called to pan-zhiqiang by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n5 called to pan-zhiqiang by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n6 hello to li-rongmei by archive: waiting
            您好 | 开会
          n7 hello to cai-baohua by archive: waiting
            您好 | 开会
    "#]]
    .assert_eq(&said);
}

/// Whoever follows a matter is told while they may see it, and no longer than they want to (I11).
#[test]
fn followers_are_told() {
    let mut story = story(1, &[ARCHIVE]);
    story.tell(START);
    story.tell("act HL2026-000001 follow by wang-xiufang\nact HL2026-000001 follow by ma-aizhen");
    story.take_said();
    let call = r#"act HL2026-000001 call {"to": ["followers"]}"#;
    let said = |story: &mut Story| {
        let said = story.told(&format!("{call}\nsent"));
        said.lines().filter(|line| line.contains(" by archive")).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(said(&mut story).len(), 2);
    story.tell("act HL2026-000001 unfollow by ma-aizhen");
    let all = said(&mut story);
    assert_eq!((all.len(), all[2].as_str()), (3, "n3 called to wang-xiufang by archive: waiting"));
    // His term is over, and with it what he may see.
    story.tell("change people.csv `wang-xiufang,王秀芳,district-head,daguan,,2024-01-02,` `wang-xiufang,王秀芳,district-head,daguan,,2024-01-02,2026-03-01`\nreopen");
    assert_eq!(said(&mut story).len(), 3);
}

/// A key holds after the host was stopped.
#[test]
fn a_key_is_kept() {
    let mut story = story(1, &[ARCHIVE]);
    story.tell(START);
    story.tell(r#"act HL2026-000001 call {"to": ["person:pan-zhiqiang"], "key": "late/1"}"#);
    story.stop();
    story.take_said();
    let said = story.told(
        r#"
act HL2026-000001 call {"to": ["person:pan-zhiqiang"], "key": "late/1"}
sent
"#,
    );
    expect![[r#"
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > sent
          n1 called to pan-zhiqiang by archive: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
    "#]]
    .assert_eq(&said);
}

/// An outlet is for some notices, some people, in a language; the district may reword a template.
#[test]
fn in_the_districts_words() {
    let mut story = story(
        1,
        &[r#"
add hongling.toml
  [desk.herald.notice.hello]
  text = { zh = "通知：{words}（{desk}）", en = "Note: {words} ({desk})" }

  [[outlet]]
  id = "staff"
  desk = "archive"
  on = ["herald.called"]
  to = ["holders"]

  [[outlet]]
  id = "people"
  desk = "archive"
  on = ["herald"]
  to = ["reporters", "posts"]
  lang = "en"
"#],
    );
    story.tell(START);
    story.take_said();
    let said = story.told(
        r#"
act HL2026-000001 call {"to": ["holders", "reporters"]}
act herald greet {"whom": ["person:ma-aizhen"], "words": "{number} {{停水}}"}
sent
"#,
    );
    expect![[r#"
        > act HL2026-000001 call
          done HL2026-000001 传令台/待办
        > act herald greet
          done
        > sent
          n1 called to ma-aizhen by staff: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to pan-zhiqiang by staff: waiting
            HL2026-000001 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n3 called to r2 by people: waiting
            HL2026-000001 called | 3幢路灯不亮 at 西苑小区 is with the subdistrict, costs 12.50, due 2026-03-03 10:30. Herald
          n4 hello to ma-aizhen by people: waiting
            Hello | Note: {number} {{停水}} (Herald)
    "#]].assert_eq(&said);
}

/// A template that is not declared, data that is not its, and words that name what there is not.
#[test]
fn unknown_names() {
    let mut story = story(1, &[ARCHIVE]);
    for _ in 0..3 {
        story.tell(START);
    }
    story.take_said();
    let said = story.told(
        r#"
act HL2026-000001 call {"to": ["holders"], "template": "shouted"}
act HL2026-000002 call {"to": ["holders"], "template": "hello"}
act HL2026-000003 call {"to": ["person:", "person:nobody", "unit:nobody"]}
sent
add hongling.toml
  [desk.herald.notice.hello]
  text = { zh = "通知：{wrods}", en = "Note: {words}" }
reopen
"#,
    );
    expect![[r#"
        > act HL2026-000001 call
          failed notice "shouted" is not declared
        > act HL2026-000002 call
          failed the data of notice "hello" has "cost", which is not declared
        > act HL2026-000003 call
          done HL2026-000003 传令台/待办
        > sent
          n1 called to  by archive: waiting
            HL2026-000003 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
          n2 called to nobody by archive: waiting
            HL2026-000003 呼叫 | 西苑小区的“3幢路灯不亮”已到街道，费用 12.50 元，限 2026-03-03 10:30。——传令台
        > reopen
          hongling.toml:318:19: the words of notice "hello": "wrods" is neither a data field nor one of number, title, place, desk; did you mean "words"?
    "#]]
    .assert_eq(&said);
}

/// I4: the inputs run again on an empty store give the same notices, and what came back from outside is
/// an input of its own.
#[test]
fn run_again_they_are_the_same() {
    let tell = |story: &mut Story| {
        story.tell(START);
        story.tell(r#"act HL2026-000001 call {"to": ["holders"], "key": "once"}"#);
        story.tell(r#"act HL2026-000001 call {"to": ["reporters"]}"#);
    };
    let mut told = story(1, &[ARCHIVE]);
    tell(&mut told);
    told.settle();
    told.tell("retry n1\nact herald greet {\"whom\": [\"unit:housing\"], \"words\": \"开会\"}");
    told.settle();
    let mut empty = story(1, &[ARCHIVE]);
    crate::recovery::replayed::check(&mut told, &mut empty);
    let state = told.state();
    let is_kind = |kind: &str| state.iter().filter(|row| row.starts_with(kind)).count();
    assert!(3 < is_kind("notice ") && is_kind("sent ") == 1 && is_kind("record herald came") == 3, "{state:#?}");
}
