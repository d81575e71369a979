//! Imports against manifests, and imports that stand apart from their desk.

use expect_test::expect;

use super::{and, change, check, good, load_files, with};

const TABLE: &str = "name = \"hotline\"\naction = \"report\"\nkey = \"工单号\"\n\
    columns = { title = \"标题\", place = \"地点\" }\n";

#[test]
fn beside_the_desk_in_any_file() {
    for file in ["hongling.toml", "desks/more.toml", "desks/front.toml"] {
        let config = load_files(&and(file, &format!("[[desk.intake.import]]\n{TABLE}"))).expect("an import more");
        let names: Vec<&str> = config.desks[0].imports.iter().map(|import| import.name.as_str()).collect();
        assert_eq!(names, ["board", "hotline"], "{file}");
    }
}

#[test]
fn beside_a_desk_that_is_not_there() {
    check(
        &and("hongling.toml", &format!("[[desk.intkae.import]]\n{TABLE}")),
        expect![[r#"
            hongling.toml:29:8: unknown desk "intkae": no file gives it a "library"; did you mean "intake"?
        "#]],
    );
}

#[test]
fn beside_the_desk_and_wrong() {
    let files = and(
        "hongling.toml",
        "[[desk.intake.import]]\nname = \"board\"\naction = \"report\"\ncolumns = { title = \"t\", place = \"p\" }\n",
    );
    check(
        &files,
        expect![[r#"
            hongling.toml:29:1: warning: no column gives "source-no", so the same table imported twice opens everything twice; name the column that tells rows apart: key = "…"
            hongling.toml:30:8: import "board" is declared twice; first at desks/front.toml:5
        "#]],
    );
    // With anything more it is a second declaration.
    let more = and("hongling.toml", &format!("[desk.intake]\nlibrary = \"intake\"\n[[desk.intake.import]]\n{TABLE}"));
    check(
        &more,
        expect![[r#"
            desks/front.toml:1:7: desk "intake" is declared twice; first at hongling.toml:29
        "#]],
    );
}

#[test]
fn a_file_that_cannot_be_read_may_hold_the_desk() {
    let mut files = and("hongling.toml", &format!("[[desk.intkae.import]]\n{TABLE}"));
    change(&mut files, "desks/hall.toml", "[desk.hall]", "[desk.hall");
    check(
        &files,
        expect![[r#"
            desks/hall.toml:1:11: unclosed table, expected `]`
            desks/hall.toml:12:3: the key "route" stands here twice
        "#]],
    );
}

#[test]
fn a_mapped_key_is_the_key() {
    let mut files = good();
    change(&mut files, "desks/front.toml", "key = \"编号\"\n", "");
    change(&mut files, "desks/front.toml", "columns = { ", "columns = { source-no = \"编号\", ");
    let config = load_files(&files).expect("a key by its field");
    assert_eq!(config.desks[0].imports[0].key.as_deref(), Some("编号"));
}

#[test]
fn a_key_for_all_rows() {
    let mut files = with("desks/front.toml", "key = \"编号\"\n", "");
    change(&mut files, "desks/front.toml", "fixed = { ", "fixed = { source-no = \"1\", ");
    check(
        &files,
        expect![[r#"
            desks/front.toml:9:11: "source-no" tells rows apart, so it cannot be the same for all of them
        "#]],
    );
}

#[test]
fn dates() {
    check(
        &with("desks/front.toml", "%Y/%m/%d %H:%M", "%m/%d/%Y %I:%M:%S %p"),
        expect![[r#"
        good
    "#]],
    );
    check(
        &with("desks/front.toml", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S%z"),
        expect![[r#"
        good
    "#]],
    );
    check(
        &with("desks/front.toml", "%Y/%m/%d %H:%M", "%m/%d/%Y %I:%M"),
        expect![[r#"
            desks/front.toml:9:9: dates "%m/%d/%Y %I:%M" does not tell morning from afternoon; add %p, or write %H for hours from 0 to 23
        "#]],
    );
}
