//! Files that cannot be read as they should.

use std::fs;

use expect_test::expect;

use super::{Fake, Folder, and, change, check, folder_path, good, lines, load, with};

#[test]
fn missing_files() {
    let mut files =
        with("hongling.toml", "include = [\"desks/*.toml\"]", "include = [\"desks/*.toml\", \"more.toml\"]");
    change(&mut files, "hongling.toml", "lists/channel.csv", "lists/chanel.csv");
    files.remove("units.csv");
    check(
        &files,
        expect![[r#"
        hongling.toml:3:28: more.toml: no such file
        hongling.toml:5:9: units.csv: no such file
        hongling.toml:21:8: lists/chanel.csv: no such file
    "#]],
    );
}

#[test]
fn no_main_file() {
    let mut files = good();
    files.remove("hongling.toml");
    check(
        &files,
        expect![[r#"
        hongling.toml:1:1: no such file
    "#]],
    );
}

#[test]
fn a_missing_table() {
    let mut files = good();
    files.remove("people.csv");
    files.remove("lists/category.csv");
    check(
        &files,
        expect![[r#"
        hongling.toml:6:10: people.csv: no such file
        hongling.toml:18:8: lists/category.csv: no such file
    "#]],
    );
}

#[test]
fn folders_and_files_confused() {
    let mut files = with("hongling.toml", "units = \"units.csv\"", "units = \"lists\"");
    change(&mut files, "hongling.toml", "people.csv", "units.csv/people.csv");
    change(
        &mut files,
        "hongling.toml",
        "include = [\"desks/*.toml\"]",
        "include = [\"desks/*.toml\", \"roles/*.toml\"]",
    );
    check(
        &files,
        expect![[r#"
        hongling.toml:3:28: roles: no such file
        hongling.toml:5:9: lists: is a folder, not a file
        hongling.toml:6:10: units.csv/people.csv: no such file, for a part of its path is not a folder
    "#]],
    );
}

#[test]
fn files_elsewhere() {
    let mut files = with("hongling.toml", "units = \"units.csv\"", "units = \"../units.csv\"");
    change(&mut files, "hongling.toml", "\"people.csv\"", "\"/etc/passwd\"");
    check(
        &files,
        expect![[r#"
            hongling.toml:5:9: ../units.csv: is not within the district folder
            hongling.toml:6:10: /etc/passwd: is not within the district folder
        "#]],
    );
}

#[test]
fn patterns() {
    let include = "include = [\"desks/*.toml\", \"*/x.toml\", \"more*.toml\", \"hong*.toml\"]";
    check(
        &with("hongling.toml", "include = [\"desks/*.toml\"]", include),
        expect![[r#"
        hongling.toml:3:28: "*/x.toml": "*" may stand in the last part only
        hongling.toml:3:40: warning: no file fits "more*.toml"
        hongling.toml:3:54: hongling.toml includes itself
    "#]],
    );
}

#[test]
fn not_utf8() {
    let mut files = good();
    files.insert("desks/hall.toml".into(), b"[desk.hall]\nlibrary = \"\xff\"\n".to_vec());
    files.insert("units.csv".into(), b"unit,title,kind\npower,\xff\xff,utility\n".to_vec());
    check(
        &files,
        expect![[r#"
        desks/hall.toml:2:12: is not UTF-8 from here on
        units.csv:2:7: is neither UTF-8 nor GB18030 from here on
    "#]],
    );
}

#[test]
fn saved_by_a_spreadsheet() {
    let mut files = good();
    let units = "unit,title,title_en,kind,duties\r\npower,供电公司,Power,utility,\"供电,\r\n抢修\"\r\n,,,,\r\n";
    let (gb, _, _) = encoding_rs::GB18030.encode(units);
    files.insert("units.csv".into(), gb.into_owned());
    for name in ["hongling.toml", "people.csv"] {
        files.insert(name.into(), [b"\xef\xbb\xbf", files[name].as_slice()].concat());
    }
    let places = String::from_utf8(files["places.csv"].clone()).expect("text");
    let wide: Vec<u8> = "\u{feff}"
        .chars()
        .chain(places.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    files.insert("places.csv".into(), wide);
    check(
        &files,
        expect![[r#"
        good
    "#]],
    );
}

#[test]
fn too_large() {
    let files = and("desks/hall.toml", &"# filler\n".repeat(500_000));
    check(
        &files,
        expect![[r#"
        hongling.toml:3:12: desks/hall.toml: has 4500415 bytes, more than the 4194304 allowed
    "#]],
    );
}

#[test]
fn an_unreadable_file() {
    let folder = Folder::new(&good());
    // What links to itself can be opened by nobody, whoever runs the test.
    let link = folder_path(&folder).join("desks/loop.toml");
    std::os::unix::fs::symlink(&link, &link).expect("a link");
    let socket = folder_path(&folder).join("desks/socket.toml");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let problems = load(folder_path(&folder), &mut Fake::new(&good::MANIFESTS)).expect_err("two are no files");
    expect![[r#"
        hongling.toml:3:12: desks/loop.toml: Too many levels of symbolic links (os error 40)
        hongling.toml:3:12: desks/socket.toml: is not an ordinary file
    "#]]
    .assert_eq(&lines(&problems));
}

#[test]
fn rendered() {
    let files = with("lists/category.csv", "水管,Pipe,water", "水管,Pipe,watr");
    let folder = Folder::new(&files);
    let problems = load(folder_path(&folder), &mut Fake::new(&good::MANIFESTS)).expect_err("no such parent");
    let shown: Vec<String> = problems.iter().map(|problem| problem.render(|words| &words.en)).collect();
    expect![[r#"
        lists/category.csv:3:14: unknown parent "watr"; did you mean "water"?
          |
        3 | pipe,水管,Pipe,watr,,,small,FALSE
          |                ^
    "#]]
    .assert_eq(&(shown.join("\n") + "\n"));
    fs::remove_file(folder_path(&folder).join("hongling.toml")).expect("it is there");
    let problems = load(folder_path(&folder), &mut Fake::new(&good::MANIFESTS)).expect_err("no main file");
    expect!["hongling.toml:1:1: no such file"].assert_eq(&problems[0].render(|words| &words.en));
}
