//! Outlets, what they are granted, notices reworded, and how people are reached.

use expect_test::{Expect, expect};
use plugin_api::PersonId;

use super::{Fake, Files, Folder, and, change, good, lines, load, load_files};
use crate::config::Config;
use crate::outlet::{ContactKind, RecipientSort, Speech};

const HERALD: &str = r#"
name = "herald"
version = "0.1.0"
title = { zh = "传令", en = "Herald" }

[[action]]
name = "call"
title = { zh = "呼叫", en = "Call" }
on = "desk"
who = ["@anyone"]

[[notice]]
name = "called"
title = { zh = "呼叫", en = "Called" }
text = { zh = "{title}到了{level}级。", en = "{title} is at {level}." }
[notice.data]
level = { type = "integer", title = { zh = "级", en = "Level" } }
"#;

const GATE: &str = r#"
name = "gate"
version = "0.1.0"
title = { zh = "网关", en = "Gate" }
outlet = true

[setting.key]
type = "secret"
title = { zh = "密钥", en = "Key" }
"#;

const OUTLETS: &str = r#"
[desk.herald]
library = "herald"

[desk.herald.notice.called]
text = { zh = "{number}：请办理", en = "{number}: please act" }

[desk.gate]
library = "gate"
settings = { key = "env:GATE_KEY" }

[desk.gate.grants]
http = ["https://gate.example/send"]
mail = "smtps://mail.example"
mail-from = "红领 <notice@example.cn>"
mail-account = "notice"
mail-password = "file:secrets/mail"
file = ["outbox/*"]

[[outlet]]
id = "text"
desk = "gate"
on = ["herald.called"]
to = ["reporters", "holders"]
address = "phone"
lang = "en"

[[outlet]]
id = "archive"
desk = "gate"
"#;

fn load_outlets(files: &Files) -> Result<Config, String> {
    let mut manifests = good::MANIFESTS.to_vec();
    manifests.extend([("herald", HERALD), ("gate", GATE)]);
    let folder = Folder::new(files);
    load(&folder.0, &mut Fake::new(&manifests)).map_err(|problems| lines(&problems))
}

fn check(from: &str, to: &str, expected: Expect) {
    let mut files = and("outlets.toml", OUTLETS);
    change(&mut files, "hongling.toml", "include = [", "include = [\"outlets.toml\", ");
    change(&mut files, "outlets.toml", from, to);
    let shown = match load_outlets(&files) {
        Ok(config) => format!("good, with\n{}", lines(&config.warnings)),
        Err(lines) => lines,
    };
    expected.assert_eq(&shown);
}

#[test]
fn a_good_one() {
    let mut files = and("outlets.toml", OUTLETS);
    change(&mut files, "hongling.toml", "include = [", "include = [\"outlets.toml\", ");
    let config = load_outlets(&files).expect("nothing is wrong");
    let [text, archive] = config.outlets.as_slice() else { panic!("two outlets") };
    assert_eq!((text.id.as_str(), text.address, text.lang), ("text", Some(ContactKind::Phone), Speech::En));
    assert!(text.takes("herald", "called", RecipientSort::Holders));
    assert!(!text.takes("herald", "called", RecipientSort::Posts));
    assert!(archive.takes("herald", "called", RecipientSort::Posts));
    let [herald, gate] = ["herald", "gate"].map(|name| &config.desks[config.desk(name).expect("a desk").get()]);
    let (title, words) = herald.notice_words("called").expect("a notice");
    assert_eq!((title.zh.as_str(), words.zh.as_str()), ("呼叫", "{number}：请办理"));
    assert_eq!(gate.grants.http[0].to_string(), "https://gate.example:443/send");
    assert_eq!(gate.grants.mail.as_ref().map(|mail| mail.port), Some(465));
    assert!(gate.grants.reach_out() && gate.grants.files[0].covers("outbox/a"));
}

#[test]
fn outlets_that_are_wrong() {
    check(
        "desk = \"gate\"\non",
        "desk = \"herald\"\non",
        expect![[r#"
            outlets.toml:22:8: desk "herald" delivers no notices; there is gate
        "#]],
    );
    check(
        "\"herald.called\"",
        "\"herald.caled\"",
        expect![[r#"
            outlets.toml:23:7: desk "herald" has no notice "caled"; did you mean "herald.called"?
        "#]],
    );
    check(
        "\"herald.called\"",
        "\"gate\"",
        expect![[r#"
            outlets.toml:23:7: desk "gate" sends no notices
        "#]],
    );
    check(
        "\"reporters\"",
        "\"reporter\"",
        expect![[r#"
            outlets.toml:24:7: to "reporter" is not known; did you mean "reporters"?
        "#]],
    );
    check(
        "\"phone\"",
        "\"pigeon\"",
        expect![[r#"
            outlets.toml:25:11: address "pigeon" is not known; there are phone, mail
        "#]],
    );
    check(
        "id = \"archive\"",
        "id = \"text\"",
        expect![[r#"
            outlets.toml:29:6: outlet "text" is declared twice; first at outlets.toml:21
        "#]],
    );
}

#[test]
fn words_that_are_wrong() {
    check(
        "{number}：请办理",
        "{numbr}：请办理",
        expect![[r#"
            outlets.toml:6:16: the words of notice "called": "numbr" is neither a data field nor one of number, title, place, desk; did you mean "number"?
        "#]],
    );
    check(
        "{number}: please",
        "{number: please",
        expect![[r#"
            outlets.toml:6:37: the words of notice "called": a brace stands alone; write "{{" or "}}" for a brace in the words; there are level, number, title, place, desk
        "#]],
    );
    check(
        "notice.called",
        "notice.caled",
        expect![[r#"
            outlets.toml:5:21: desk "herald" has no notice "caled"; did you mean "called"?
        "#]],
    );
}

#[test]
fn grants_that_are_wrong() {
    check(
        "https://gate.example/send",
        "gate.example",
        expect![[r#"
            outlets.toml:13:9: http "gate.example" begins with neither https:// nor http://
        "#]],
    );
    check(
        "https://gate.example/send",
        "http://gate.example/send",
        expect![[r#"
            good, with
            outlets.toml:13:9: warning: http "http://gate.example/send" is not encrypted: it can be read on the way
        "#]],
    );
    check(
        "smtps://",
        "http://",
        expect![[r#"
            outlets.toml:14:8: mail "http://mail.example" begins with none of smtps://, smtp://, smtp+plain://
        "#]],
    );
    check(
        "mail-from = \"红领 <notice@example.cn>\"\n",
        "",
        expect![[r#"
            outlets.toml:14:8: mail needs mail-from, whom mails are from; write "notice@example.cn"
        "#]],
    );
    check(
        "mail-account = \"notice\"\n",
        "",
        expect![[r#"
            outlets.toml:16:17: mail-account and mail-password go together
        "#]],
    );
    check(
        "outbox/*",
        "data/*",
        expect![[r#"
            outlets.toml:18:9: file "data/*" lies in the program's own data folder
        "#]],
    );
    check(
        "outbox/*",
        "desks/*",
        expect![[r#"
            outlets.toml:18:9: file "desks/*" lies in a folder that holds config
        "#]],
    );
    check(
        "outbox/*",
        "../outbox/*",
        expect![[r#"
            outlets.toml:18:9: file "../outbox/*" is no path within the district's folder
        "#]],
    );
    check(
        "[desk.gate.grants]",
        "[desk.herald.grants]",
        expect![[r#"
            good, with
            outlets.toml:12:14: warning: desk "herald" delivers no notices, so it uses no grants
        "#]],
    );
}

/// What stands where the name of a secret should may be the secret, and is not repeated.
#[test]
fn secrets_are_not_repeated() {
    for (from, to) in [("env:GATE_KEY", "hunter2hunter2"), ("file:secrets/mail", "hunter2hunter2")] {
        let mut files = and("outlets.toml", OUTLETS);
        change(&mut files, "hongling.toml", "include = [", "include = [\"outlets.toml\", ");
        change(&mut files, "outlets.toml", from, to);
        let mut manifests = good::MANIFESTS.to_vec();
        manifests.extend([("herald", HERALD), ("gate", GATE)]);
        let folder = Folder::new(&files);
        let problems = load(&folder.0, &mut Fake::new(&manifests)).expect_err("a secret in a config");
        let shown: String = problems.iter().map(|problem| problem.render(|title| &title.en)).collect();
        assert!(shown.contains("a secret itself does not stand in a config"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_desk_that_sends_to_nobody() {
    check(
        &OUTLETS[OUTLETS.find("[[outlet]]").expect("an outlet")..],
        "",
        expect![[r#"
            good, with
            outlets.toml:3:11: warning: desk "herald" sends notices (called), and there is no outlet for them; write an [[outlet]]
            outlets.toml:9:11: warning: no route, watch or action reaches desk "gate"
        "#]],
    );
}

fn with_contacts(rows: &str) -> Files {
    let mut files = good();
    let table = format!("person,name,role,place,unit,from,to,phone,mail\n{rows}");
    files.insert("people.csv".into(), table.into_bytes());
    files
}

/// I10: contacts are read, and stand in nothing that is kept of the config.
#[test]
fn people_are_reached_and_the_journal_does_not_know_how() {
    let rows = "wang,王芳,clerk,a/b,,2024-01-02,,199-0000 1234,wang@example.cn\nli,李刚,clerk,a,power,,,,\n";
    let config = load_files(&with_contacts(rows)).expect("a table with contacts");
    let wang = PersonId::from("wang");
    assert_eq!(config.contacts.find(&wang, ContactKind::Phone), Some("19900001234"));
    assert_eq!(config.contacts.find(&wang, ContactKind::Mail), Some("wang@example.cn"));
    assert_eq!(config.contacts.find(&PersonId::from("li"), ContactKind::Mail), None);
    let (_, kept) = config.sources.iter().find(|(name, _)| name == "people.csv").expect("the table is kept");
    let kept = String::from_utf8(kept.clone()).expect("as UTF-8");
    assert_eq!(
        kept,
        "person,name,role,place,unit,from,to\nwang,王芳,clerk,a/b,,2024-01-02,\nli,李刚,clerk,a,power,,\n"
    );
    // What is kept reads as the same config, and another number is no other config.
    let mut again = good();
    again.insert("people.csv".into(), kept.into_bytes());
    assert_eq!(load_files(&again).expect("the kept table").hash, config.hash);
    let other = rows.replace("1234", "5678");
    assert_eq!(load_files(&with_contacts(&other)).expect("another number").hash, config.hash);
}

#[test]
fn contacts_that_are_wrong_are_not_repeated() {
    let rows = "wang,王芳,clerk,a/b,,,,12,wang\nwang,王芳,secretary,a/b/c,,,,19900001234,wang@example.cn\n\
                wang,王芳,clerk,a,,,,19900005678,\nli,李刚,cleric,a,,,,19900001111,li@example.cn\n";
    let Err(problems) = load_files(&with_contacts(rows)) else { panic!("the contacts are wrong") };
    expect![[r#"
        people.csv:2:22: phone is none
        people.csv:2:25: mail is none
        people.csv:4:20: the phone of "wang" is another than above
        people.csv:5:7: unknown role "cleric"; did you mean "clerk"?
    "#]]
    .assert_eq(&lines(&problems));
    let shown: String = problems.iter().map(|problem| problem.render(|title| &title.en)).collect();
    for contact in ["wang@example.cn", "19900005678", "li@example.cn", "19900001111"] {
        assert!(!shown.contains(contact), "{shown}");
    }
}
