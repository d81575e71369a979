//! What TOML files may say.

use expect_test::expect;

use super::{and, change, check, good, with};

#[test]
fn unknown_keys() {
    let mut files = with("hongling.toml", "[calendar]", "colour = 1\n\n[calendar]\nday = 1");
    change(&mut files, "hongling.toml", "sees = ", "see = ");
    change(&mut files, "desks/front.toml", "library = \"triage\"", "library = \"triage\"\nlibary = 1");
    change(&mut files, "desks/front.toml", "dates =", "date =");
    change(&mut files, "desks/hall.toml", "from =", "form =");
    check(
        &files,
        expect![[r#"
        desks/front.toml:9:1: unknown key "date" in this [[import]]; did you mean "dates"?
        desks/front.toml:14:1: unknown key "libary" in [desk.triage]; did you mean "library"?
        desks/hall.toml:8:1: unknown key "form" in this [[route]]; did you mean "from"?
        hongling.toml:9:1: unknown key "colour" in hongling.toml
        hongling.toml:12:1: unknown key "day" in "calendar"; did you mean "days"?
        hongling.toml:28:1: unknown key "see" in [role.clerk]; did you mean "sees"?
    "#]],
    );
}

#[test]
fn missing_keys() {
    let mut files = good();
    files.insert("hongling.toml".into(), b"include = [\"desks/*.toml\"]\n[role.clerk]\n[list.category]\n".to_vec());
    files.insert("desks/front.toml".into(), b"[desk.intake]\n[[desk.intake.import]]\n[[route]]\n[[watch]]\n".to_vec());
    files.remove("desks/hall.toml");
    check(
        &files,
        expect![[r#"
            desks/front.toml:1:7: unknown desk "intake": no file gives it a "library"
            desks/front.toml:2:1: this [[import]] has no "action"
            desks/front.toml:2:1: this [[import]] has no "columns"
            desks/front.toml:2:1: this [[import]] has no "name"
            desks/front.toml:3:1: this [[route]] has no "id"
            desks/front.toml:3:1: this [[route]] has no "on"
            desks/front.toml:3:1: this [[route]] has no "to"
            desks/front.toml:4:1: this [[watch]] has no "id"
            desks/front.toml:4:1: this [[watch]] has no "on"
            desks/front.toml:4:1: this [[watch]] has no "to"
            desks/rest.toml:3:6: unknown topic "sorted"
            desks/rest.toml:4:6: unknown desk "hall"
            hongling.toml:1:1: hongling.toml has no "name"
            hongling.toml:1:1: hongling.toml has no "open"
            hongling.toml:1:1: hongling.toml has no "places"
            hongling.toml:1:1: hongling.toml has no "schema"
            hongling.toml:1:1: the district has no desk; write [desk.NAME] here or in a file that `include` names
            hongling.toml:2:7: [role.clerk] has no "title"
            hongling.toml:3:7: [list.category] has no "file"
        "#]],
    );
}

#[test]
fn wrong_types() {
    let mut files = with("hongling.toml", "schema = 1", "schema = \"1\"");
    change(&mut files, "hongling.toml", "open = \"intake\"", "open = 3");
    change(&mut files, "hongling.toml", "{ zh = \"示例区\", en = \"Sample District\" }", "\"示例区\"");
    change(&mut files, "hongling.toml", "hours = [\"08:30-12:00\"", "hours = [830");
    change(&mut files, "desks/front.toml", "settings = { unsure-below = 60 }", "settings = []");
    change(&mut files, "desks/front.toml", "title = \"主题\"", "title = 2");
    change(&mut files, "desks/hall.toml", "on = [\"settled\"]", "on = 2026-01-01");
    change(&mut files, "desks/hall.toml", "from = \"triage\"", "from = true");
    check(
        &files,
        expect![[r#"
            desks/front.toml:8:21: "title" must be text, not a whole number
            desks/front.toml:14:1: "settings" must be a table, not a list
            desks/hall.toml:8:8: "from" must be text, not true or false
            desks/hall.toml:20:6: "on" must be text, not a date
            hongling.toml:1:10: "schema" must be a whole number, not text
            hongling.toml:2:1: "name" must be a table, not text
            hongling.toml:7:8: "open" must be text, not a whole number
            hongling.toml:11:10: "hours" must be a list of texts, not a whole number
        "#]],
    );
}

#[test]
fn another_schema() {
    check(
        &with("hongling.toml", "schema = 1", "schema = 2"),
        expect![[r#"
        hongling.toml:1:10: schema 2 is not one this version reads; it reads 1
    "#]],
    );
}

#[test]
fn fractions_and_large_numbers() {
    let files = with("desks/front.toml", "unsure-below = 60", "unsure-below = 0.6, mode = 99999999999999999999");
    check(
        &files,
        expect![[r#"
        desks/front.toml:14:29: 0.6 is a fraction, and there are none here; write it as text: "0.6"
        desks/front.toml:14:41: "99999999999999999999" is too large for a whole number
    "#]],
    );
}

#[test]
fn what_belongs_in_the_main_file() {
    let mut files = good();
    let hall = b"open = \"hall\"\nplaces = \"p.csv\"\n".to_vec();
    let hall = [hall, files["desks/hall.toml"].clone()].concat();
    files.insert("desks/hall.toml".into(), hall);
    check(
        &files,
        expect![[r#"
        desks/hall.toml:1:1: "open" belongs in hongling.toml
        desks/hall.toml:2:1: "places" belongs in hongling.toml
    "#]],
    );
}

#[test]
fn declared_twice() {
    let more = "[desk.hall]\nlibrary = \"hall\"\n[role.clerk]\ntitle = { zh = \"员\", en = \"Clerk\" }\n\
        [list.channel]\nfile = \"lists/channel.csv\"\n[calendar]\n[console]\n\
        [[route]]\nid = \"small\"\non = \"sorted\"\nto = \"hall\"\n[[watch]]\nid = \"news\"\non = \"settled\"\nto = \"triage\"\n";
    check(
        &and("desks/more.toml", more),
        expect![[r#"
            desks/more.toml:1:7: desk "hall" is declared twice; first at desks/hall.toml:1
            desks/more.toml:2:11: warning: desk "hall" offers "settle" to the role "chair", which the district does not have; add [role.chair], or name another in [desk.hall]: roles = { chair = "…" }
            desks/more.toml:3:7: role "clerk" is declared twice; first at hongling.toml:23
            desks/more.toml:5:7: list "channel" is declared twice; first at hongling.toml:20
            desks/more.toml:7:2: [calendar] is declared twice; first at hongling.toml:9
            desks/more.toml:8:2: [console] is declared twice; first at hongling.toml:14
            desks/more.toml:10:6: route "small" is declared twice; first at desks/hall.toml:6
            desks/more.toml:14:6: watch "news" is declared twice; first at desks/hall.toml:19
            desks/rest.toml:2:6: warning: route "else" never matches: route "small" before it takes all it would
        "#]],
    );
}

#[test]
fn declared_twice_in_one_file() {
    check(
        &and("desks/hall.toml", "[desk.hall]\nlibrary = \"hall\"\n"),
        expect![[r#"
            desks/hall.toml:22:7: the key "hall" stands here twice
            desks/hall.toml:23:1: the key "library" stands here twice
        "#]],
    );
}

#[test]
fn two_imports_of_one_name() {
    let again = "\n[[desk.intake.import]]\nname = \"board\"\naction = \"report\"\nkey = \"k\"\n\
        columns = { title = \"t\", place = \"p\" }\n";
    check(
        &and("desks/front.toml", again),
        expect![[r#"
        desks/front.toml:22:8: import "board" is declared twice; first at desks/front.toml:5
    "#]],
    );
}

#[test]
fn bad_names() {
    let mut files = with("hongling.toml", "[role.secretary]", "[role.Secretary]");
    change(&mut files, "desks/hall.toml", "id = \"small\"", "id = \"small things\"");
    change(&mut files, "desks/hall.toml", "library = \"hall\"", "library = \"../hall\"\nformerly = \"大厅\"");
    check(
        &files,
        expect![[r#"
        desks/hall.toml:2:11: library "../hall" is not a name; a name is 1 to 32 of a-z, 0-9 and -
        desks/hall.toml:3:12: formerly "大厅" is not a name; a name is 1 to 32 of a-z, 0-9 and -
        desks/hall.toml:7:6: id "small things" is not a name; a name is 1 to 32 of a-z, 0-9 and -
        hongling.toml:27:7: role "Secretary" is not a name; a name is 1 to 32 of a-z, 0-9 and -
        people.csv:3:9: unknown role "secretary"; did you mean "Secretary"?
    "#]],
    );
}

#[test]
fn former_names() {
    let mut files = with("desks/front.toml", "library = \"triage\"", "library = \"triage\"\nformerly = \"hall\"");
    change(&mut files, "desks/front.toml", "library = \"intake\"", "library = \"intake\"\nformerly = \"counter\"");
    change(&mut files, "desks/hall.toml", "library = \"hall\"", "library = \"hall\"\nformerly = \"counter\"");
    check(
        &files,
        expect![[r#"
        desks/front.toml:3:12: formerly "counter" is also what desk "hall" was called
        desks/front.toml:15:12: formerly "hall" is the name of a desk that is still there
        desks/hall.toml:3:12: formerly "counter" is also what desk "intake" was called
    "#]],
    );
}

#[test]
fn syntax() {
    let mut files = with("desks/hall.toml", "library = \"hall\"", "library = \"hall");
    change(&mut files, "desks/front.toml", "[desk.triage]", "[desk.triage");
    change(&mut files, "places.csv", "compound", "compund");
    check(
        &files,
        expect![[r#"
        desks/front.toml:12:13: unclosed table, expected `]`
        desks/hall.toml:2:16: invalid basic string, expected `"`
        places.csv:4:7: unknown level "compund"; did you mean "compound"?
    "#]],
    );
}

#[test]
fn a_key_twice() {
    check(
        &with("hongling.toml", "schema = 1", "schema = 1\nschema = 1"),
        expect![[r#"
            hongling.toml:2:1: the key "schema" stands here twice
        "#]],
    );
}

#[test]
fn nested_too_deeply() {
    let deep = format!("x = {}{}\n", "[".repeat(5_000), "]".repeat(5_000));
    check(
        &and("desks/deep.toml", &deep),
        expect![[r#"
            desks/deep.toml:1:85: is nested too deeply
        "#]],
    );
    let deep = format!("{}x = 1\n", "a.".repeat(5_000));
    check(
        &and("desks/deep.toml", &deep),
        expect![[r#"
        desks/deep.toml:1:1: is nested too deeply
    "#]],
    );
    let deep = format!("[desk.hall]\n{}x = 1\n", "a.".repeat(60));
    check(
        &and("desks/deep.toml", &deep),
        expect![[r#"
            desks/deep.toml:1:7: [desk.hall] has no "library"
            desks/deep.toml:2:1: unknown key "a" in [desk.hall]; there are library, title, formerly, settings, roles, import, credits, reads, notice, grants, isolated
            desks/hall.toml:1:7: desk "hall" is declared twice; first at desks/deep.toml:1
        "#]],
    );
}

#[test]
fn hours() {
    let hours = |given: &str| with("hongling.toml", "[\"08:30-12:00\", \"14:30-17:30\"]", given);
    check(
        &hours("[]"),
        expect![[r#"
        hongling.toml:11:9: "hours" is empty
    "#]],
    );
    check(
        &hours("[\"08:30-08:30\", \"09:00-24:00\", \"8:5-9:00\", \"\"]"),
        expect![[r#"
        hongling.toml:11:10: hours "08:30-08:30" are empty
        hongling.toml:11:40: hours "8:5-9:00" are not from one time to another; write "08:30-12:00"
        hongling.toml:11:52: hours "" are not from one time to another; write "08:30-12:00"
    "#]],
    );
    check(
        &hours("\"08:30-17:30\""),
        expect![[r#"
        good
    "#]],
    );
    let many: Vec<String> = (0..10).map(|hour| format!("\"{hour}:00-{hour}:30\"")).collect();
    check(
        &hours(&format!("[{}]", many.join(", "))),
        expect![[r#"
        hongling.toml:11:114: hours "8:00-8:30" are more than 8 spans a day
        hongling.toml:11:127: hours "9:00-9:30" are more than 8 spans a day
    "#]],
    );
    check(
        &with("hongling.toml", "hours = [\"08:30-12:00\", \"14:30-17:30\"]\n", ""),
        expect![[r#"
        good
    "#]],
    );
}

#[test]
fn times() {
    let mut files = with("hongling.toml", "\"14:30-17:30\"", "\"11:00-13:00\", \"15:00\", \"18:00-17:00\"");
    change(&mut files, "hongling.toml", "Asia/Shanghai", "Asia/Anqing");
    change(&mut files, "hongling.toml", "127.0.0.1:8311", "localhost");
    change(&mut files, "hongling.toml", "\"area\"", "\"aera\"");
    check(
        &files,
        expect![[r#"
        hongling.toml:11:25: hours "11:00-13:00" begin before those above end
        hongling.toml:11:40: hours "15:00" are not from one time to another; write "08:30-12:00"
        hongling.toml:11:49: hours "18:00-17:00" end before they begin
        hongling.toml:12:8: unknown time zone "Asia/Anqing"; write a name such as "Asia/Shanghai"
        hongling.toml:15:10: listen "localhost" is not an address with a port; write "127.0.0.1:8311"
        hongling.toml:25:8: sees "aera" is not known; did you mean "area"?
    "#]],
    );
}
