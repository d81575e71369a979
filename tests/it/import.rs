//! Tables brought in through the real program: the same rows in every form, bad rows, and a process
//! that is killed in the middle.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use rusqlite::{Connection, OpenFlags};
use rust_xlsxwriter::{ExcelDateTime, Format};
use serde_json::Value;

use crate::program::{hongling, hongling_json};
use crate::scratch::{PROGRAM, Scratch};
use crate::tidy::source::root;

const IMPORT: &str = r#"

[[desk.intake.import]]
name = "board"
action = "report"
key = "编号"
columns = { title = "主题", text = "详情", reported-at = "时间", place = "地点" }
dates = "%Y/%m/%d %H:%M:%S"
fixed = { channel = "message-board" }
"#;

/// Imports that are started to kill one of them in the middle.
const KILLS_MAX: usize = 20;

const HEADS: [&str; 5] = ["编号", "主题", "时间", "详情", "地点"];

fn district(scratch: &Scratch, name: &str, import: &str) -> PathBuf {
    init(scratch, name, import, &[])
}

fn init(scratch: &Scratch, name: &str, import: &str, more: &[&str]) -> PathBuf {
    let folder = scratch.path().join(name);
    assert!(hongling(&[&["init", folder.to_str().unwrap(), "--from", "demo"], more].concat()).status.success());
    let file = folder.join("hongling.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, config + import).unwrap();
    folder
}

fn import(folder: &Path, table: &Path) -> (Option<i32>, Value) {
    let errors = folder.join("errors.csv");
    let (code, mut told) = hongling_json(&[
        "import",
        folder.to_str().unwrap(),
        table.to_str().unwrap(),
        "--desk",
        "intake",
        "--errors",
        errors.to_str().unwrap(),
    ]);
    if told["errors_file"].is_string() {
        told["errors_file"] = "errors.csv".into();
    }
    (code, told)
}

fn row(number: usize) -> Vec<String> {
    let subjects = ["楼道灯不亮", "消防通道被占", "垃圾没人清运", "说不清楚的一件事"];
    let subject = format!("{}（{number}）", subjects[number % subjects.len()]);
    let time = format!("2026/3/{} 9:{:02}:05", 1 + number % 28, number % 60);
    vec![format!("B{number:04}"), subject, time, format!("第{number}次反映，请尽快处理。"), "西苑小区".to_owned()]
}

fn csv_of(rows: &[Vec<String>]) -> Vec<u8> {
    let mut table = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    table.write_record(HEADS).unwrap();
    rows.iter().for_each(|row| table.write_record(row).unwrap());
    table.into_inner().unwrap()
}

fn xlsx_of(rows: &[Vec<String>]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let heads: Vec<String> = HEADS.iter().map(ToString::to_string).collect();
    for (at, row) in (0..).zip(std::iter::once(&heads).chain(rows)) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string(at, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// The same as they are typed: keys are numbers, and times are times in one of several formats.
fn typed_xlsx_of(rows: &[Vec<String>]) -> Vec<u8> {
    let formats =
        ["yyyy/m/d h:mm:ss", "yyyy-mm-dd hh:mm", "yyyy年m月d日"].map(|format| Format::new().set_num_format(format));
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADS).unwrap();
    for (at, row) in (1..).zip(rows) {
        sheet.write_number(at, 0, row[0].parse::<u32>().unwrap()).unwrap();
        sheet.write_string(at, 1, &row[1]).unwrap();
        let time: jiff::civil::DateTime =
            jiff::fmt::strtime::parse("%Y/%m/%d %H:%M:%S", &row[2]).unwrap().to_datetime().unwrap();
        let time = ExcelDateTime::parse_from_str(&time.to_string()).unwrap();
        sheet.write_datetime_with_format(at, 2, time, &formats[at as usize % formats.len()]).unwrap();
        sheet.write_string(at, 3, &row[3]).unwrap();
        sheet.write_string(at, 4, &row[4]).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn check(told: (Option<i32>, Value), expected: Expect) {
    expected.assert_eq(&format!("{} {}", told.0.unwrap_or(-1), told.1));
}

#[test]
fn the_same_rows_in_every_form_are_the_same() {
    let scratch = Scratch::new();
    let folder = district(&scratch, "district", IMPORT);
    let rows: Vec<Vec<String>> = (0..12).map(row).collect();
    let table = |name: &str, bytes: &[u8]| {
        let path = scratch.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let utf8 = csv_of(&rows);
    let text = String::from_utf8(utf8.clone()).unwrap();
    let gbk = encoding_rs::GBK.encode(&text).0.into_owned();
    check(
        import(&folder, &table("utf8.csv", &utf8)),
        expect![[r#"0 {"errors_file":null,"opened":12,"refused":0,"repeated":0,"rows":12}"#]],
    );
    let again = r#"0 {"errors_file":null,"opened":0,"refused":0,"repeated":12,"rows":12}"#;
    let books = [table("book.xlsx", &xlsx_of(&rows)), table("text.xlsx", &utf8), table("book.csv", &xlsx_of(&rows))];
    for path in [table("again.csv", &utf8), table("gbk.csv", &gbk)].iter().chain(&books) {
        let (code, told) = import(&folder, path);
        assert_eq!(format!("{} {told}", code.unwrap_or(-1)), again, "{}", path.display());
    }
}

/// Numbers as numbers and dates as dates, as a spreadsheet stores what is typed into it, are the rows
/// that a text file says in words. A row that comes again with other content would be refused.
#[test]
fn cells_that_a_workbook_stores_as_numbers_and_dates() {
    let scratch = Scratch::new();
    let folder = district(&scratch, "district", IMPORT);
    let numbered = |number: usize| [vec![(188_000 + number).to_string()], row(number)[1..].to_vec()].concat();
    let rows: Vec<Vec<String>> = (0..12).map(numbered).collect();
    let table = |name: &str, bytes: &[u8]| {
        let path = scratch.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    check(
        import(&folder, &table("typed.xlsx", &typed_xlsx_of(&rows))),
        expect![[r#"0 {"errors_file":null,"opened":12,"refused":0,"repeated":0,"rows":12}"#]],
    );
    check(
        import(&folder, &table("text.csv", &csv_of(&rows))),
        expect![[r#"0 {"errors_file":null,"opened":0,"refused":0,"repeated":12,"rows":12}"#]],
    );
    // The moment itself, not only that both are alike.
    let (_, told) = hongling_json(&["show", folder.to_str().unwrap(), "SQ2026-000003"]);
    let matter = &told["matter"];
    expect![[r#"
        "188002" "2026-03-03T01:02:05Z"
    "#]]
    .assert_eq(&format!("{} {}\n", matter["source"], matter["reported_at"]));
}

/// Two tables that both count from 1 are told apart; each of them again doubles nothing, and a number
/// that comes again with other content is called by the name it has in its table.
#[test]
fn two_tables_that_count_alike() {
    let scratch = Scratch::new();
    let hotline =
        IMPORT.replace("\"board\"", "\"hotline\"").replace("编号", "工单号").replace("message-board", "hotline");
    let folder = district(&scratch, "district", &format!("{IMPORT}{hotline}"));
    let rows: Vec<Vec<String>> =
        (1..=3).map(|number| [vec![number.to_string()], row(number)[1..].to_vec()].concat()).collect();
    let board = csv_of(&rows);
    let other: Vec<Vec<String>> =
        (1..=3).map(|number| [vec![number.to_string()], row(number + 9)[1..].to_vec()].concat()).collect();
    let calls = String::from_utf8(csv_of(&other)).unwrap().replace("编号", "工单号");
    let changed = calls.replacen("请尽快处理", "一直没有人来", 1);
    let mut said = String::new();
    for (name, bytes) in
        [("board", board.as_slice()), ("calls", calls.as_bytes()), ("board", &board), ("changed", changed.as_bytes())]
    {
        let path = scratch.path().join(format!("{name}.csv"));
        std::fs::write(&path, bytes).unwrap();
        let (code, told) = import(&folder, &path);
        said.push_str(&format!("{name}: {} {told}\n", code.unwrap_or(-1)));
    }
    said.push_str(&errors_of(&folder));
    expect![[r#"
        board: 0 {"errors_file":null,"opened":3,"refused":0,"repeated":0,"rows":3}
        calls: 0 {"errors_file":null,"opened":3,"refused":0,"repeated":0,"rows":3}
        board: 0 {"errors_file":null,"opened":0,"refused":0,"repeated":3,"rows":3}
        changed: 1 {"errors_file":"errors.csv","opened":0,"refused":1,"repeated":2,"rows":3}
        Row,To mend,工单号,主题,时间,详情,地点
        2,"""1"" was used before with other content; check the number, or use a new one",1,垃圾没人清运（10）,2026/3/11 9:10:05,第10次反映，一直没有人来。,西苑小区
    "#]].assert_eq(&said);
}

fn errors_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("errors.csv")).unwrap().replace(['\u{feff}', '\r'], "")
}

/// An exercise whose clock stands before the table was written says so, and how it is turned.
#[test]
fn rows_in_the_future_of_an_exercise() {
    let scratch = Scratch::new();
    let folder = init(&scratch, "district", IMPORT, &["--exercise", "2026-03-02T09:00"]);
    let path = scratch.path().join("table.csv");
    std::fs::write(&path, csv_of(&(0..3).map(row).collect::<Vec<_>>())).unwrap();
    let (code, told) = import(&folder, &path);
    let mut said = format!("{} {told}\n{}", code.unwrap_or(-1), scratch.shorten(&errors_of(&folder)));
    assert!(hongling(&["tick", folder.to_str().unwrap(), "--to", "2026-03-04T09:00"]).status.success());
    let (code, told) = import(&folder, &path);
    said.push_str(&format!("{} {told}\n", code.unwrap_or(-1)));
    expect![[r#"
        1 {"errors_file":"errors.csv","opened":1,"refused":2,"repeated":0,"rows":3}
        Row,To mend,编号,主题,时间,详情,地点
        3,时间: lies in the future; check the date; this exercise's clock stands at 2026-03-02T09:00: `hongling tick ~/district --to 2026-03-02T09:02` moves it,B0001,消防通道被占（1）,2026/3/2 9:01:05,第1次反映，请尽快处理。,西苑小区
        4,时间: lies in the future; check the date; this exercise's clock stands at 2026-03-02T09:00: `hongling tick ~/district --to 2026-03-03T09:03` moves it,B0002,垃圾没人清运（2）,2026/3/3 9:02:05,第2次反映，请尽快处理。,西苑小区
        0 {"errors_file":null,"opened":2,"refused":0,"repeated":1,"rows":3}
    "#]].assert_eq(&said);
}

/// Each bad row says what to mend, by the headings of its table (I10: and repeats no number).
#[test]
fn bad_rows_are_named_and_the_good_ones_are_in() {
    let scratch = Scratch::new();
    let folder = district(&scratch, "district", IMPORT);
    let mut rows: Vec<Vec<String>> = (0..11).map(row).collect();
    rows[1][1].clear();
    rows[2][2] = "2026/13/45 9:00:00".to_owned();
    rows[3][3] = "长".repeat(700_000);
    rows[4][4] = "没有这个小区".to_owned();
    rows[5].truncate(2);
    rows[6][0] = rows[7][0].clone();
    rows[7][3] = "换了内容，电话19900001234".to_owned();
    rows[8][4] = "1幢".to_owned();
    rows[9][4] = "西苑小区3栋，问19900001234".to_owned();
    rows[9][2] = "问19900001234".to_owned();
    let path = scratch.path().join("bad.csv");
    std::fs::write(&path, csv_of(&rows)).unwrap();
    check(
        import(&folder, &path),
        expect![[r#"1 {"errors_file":"errors.csv","opened":3,"refused":8,"repeated":0,"rows":11}"#]],
    );
    let errors = errors_of(&folder);
    // The cells stand there for whoever mends them; of a long one the beginning.
    let long = "长".repeat(1_000);
    expect![[r#"
        Row,To mend,编号,主题,时间,详情,地点
        3,主题: is required,B0001,,2026/3/2 9:01:05,第1次反映，请尽快处理。,西苑小区
        4,"时间: ""2026/13/45 9:00:00"" is not written as the dates of this table, such as 2026/03/02 14:30:05",B0002,垃圾没人清运（2）,2026/13/45 9:00:00,第2次反映，请尽快处理。,西苑小区
        5,"a cell of this row has 2100000 bytes; perhaps a quotation mark is missing, and later rows are in it",B0003,说不清楚的一件事（3）,2026/3/4 9:03:05,<1,000 characters>…,西苑小区
        6,"地点: ""没有这个小区"" is not a place of the district",B0004,楼道灯不亮（4）,2026/3/5 9:04:05,第4次反映，请尽快处理。,没有这个小区
        7,this row has 2 of 5 cells: 3 too few,B0005,消防通道被占（5）
        9,"""B0007"" was used before with other content; check the number, or use a new one",B0007,说不清楚的一件事（7）,2026/3/8 9:07:05,换了内容，电话199****1234,西苑小区
        10,"地点: ""1幢"" is ambiguous: 8 are called so; write one of daguan/huating/huating-nan/yiqu/b1, daguan/huating/huxin/zaochuan/b1, daguan/linghu/huamao/xiyuan/b1, daguan/linghu/linghu/linghu-xincun/b1, daguan/linghu/yifang/yicun/b1, …",B0008,楼道灯不亮（8）,2026/3/9 9:08:05,第8次反映，请尽快处理。,1幢
        11,"地点: ""西苑小区3栋，问199****1234"" is not a place of the district; 时间: ""问199****1234"" is not written as the dates of this table, such as 2026/03/02 14:30:05",B0009,消防通道被占（9）,问199****1234,第9次反映，请尽快处理。,西苑小区3栋，问199****1234
    "#]].assert_eq(&errors.replace(&long, "<1,000 characters>"));
    assert!(!errors.contains("19900001234"), "{errors}");
}

/// What two stores must agree on: every matter but its instants.
fn state(folder: &Path) -> Vec<String> {
    let (_, matters) = hongling_json(&["list", folder.to_str().unwrap()]);
    let mut lines: Vec<String> = matters
        .as_array()
        .unwrap()
        .iter()
        .map(|matter| {
            let mut matter = matter.clone();
            // By the real clock.
            for moment in ["opened", "due"] {
                matter.as_object_mut().unwrap().remove(moment);
            }
            matter.to_string()
        })
        .collect();
    lines.sort();
    lines
}

/// The number of matters that are on disk, as another process sees them.
fn stored(folder: &Path) -> u64 {
    let open = || {
        let db = Connection::open_with_flags(folder.join("data/hongling.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.query_row("select count(*) from matter", [], |row| row.get(0))
    };
    // There is no store yet, or no table in it.
    open().unwrap_or(0)
}

/// Starts an import and kills it as soon as something of it is on disk. Gives how much was.
fn kill_import(folder: &Path, table: &Path) -> u64 {
    let mut command = Command::new(PROGRAM);
    command.arg("import").arg(folder).arg(table).args(["--desk", "intake"]);
    // Its error file, if it is killed while it writes one, stays beside the folder.
    command.current_dir(folder.parent().unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while child.try_wait().unwrap().is_none() && stored(folder) == 0 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    stored(folder)
}

/// I1, I3: what was on disk when it was killed is not doubled, and the rest comes in.
#[test]
fn killed_in_the_middle_and_run_again() {
    let scratch = Scratch::new();
    let rows: Vec<Vec<String>> = (0..1_500).map(row).collect();
    let path = scratch.path().join("large.csv");
    std::fs::write(&path, csv_of(&rows)).unwrap();
    let whole = district(&scratch, "whole", IMPORT);
    assert_eq!(import(&whole, &path).0, Some(0));
    // On a machine that is busy elsewhere the import may end before its first commit is seen.
    let killed = (0..KILLS_MAX).find_map(|attempt| {
        let folder = district(&scratch, &format!("killed-{attempt}"), IMPORT);
        let left = kill_import(&folder, &path);
        (0 < left && left < 1_500).then_some((folder, left))
    });
    let (killed, left) = killed.expect("one of the kills is in the middle of the import");
    let (code, told) = import(&killed, &path);
    assert_eq!(code, Some(0));
    assert_eq!((told["repeated"].as_u64(), told["opened"].as_u64()), (Some(left), Some(1_500 - left)), "{told}");
    assert_eq!(state(&killed), state(&whole), "the same as without being killed");
}

#[test]
fn real_messages_find_a_desk() {
    let table = root().join("../shared/data/messages.csv");
    if !table.is_file() {
        // Not `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED real_messages_find_a_desk: they are not beside this checkout");
        return;
    }
    let scratch = Scratch::new();
    let real = IMPORT
        .replace("编号", "留言编号")
        .replace(
            r#"title = "主题", text = "详情", reported-at = "时间", place = "地点""#,
            r#"title = "留言主题", text = "留言详情", reported-at = "留言时间""#,
        )
        .replace("fixed = {", r#"fixed = { place = "daguan","#);
    let folder = district(&scratch, "district", &real);
    let dir = folder.to_str().unwrap();
    check(
        import(&folder, &table),
        expect![[r#"0 {"errors_file":null,"opened":2587,"refused":0,"repeated":0,"rows":2587}"#]],
    );
    check(
        import(&folder, &table),
        expect![[r#"0 {"errors_file":null,"opened":0,"refused":0,"repeated":2587,"rows":2587}"#]],
    );
    let (_, matters) = hongling_json(&["list", dir]);
    let matters = matters.as_array().unwrap();
    assert_eq!(matters.len(), 2_587);
    let (_, status) = hongling_json(&["run", dir, "--once"]);
    let open: u64 = status["desks"].as_array().unwrap().iter().map(|desk| desk["open"].as_u64().unwrap()).sum();
    assert_eq!(open, 2_587, "every one on exactly one desk (I2)");
    for matter in matters.iter().step_by(400) {
        let (_, why) = hongling_json(&["explain", dir, matter["number"].as_str().unwrap()]);
        let steps = why["steps"].as_array().unwrap();
        assert!(steps.iter().any(|step| step["decision"]["route"].is_string()), "{why}");
    }
    let (_, view) = hongling_json(&["view", dir, "triage", "categories"]);
    assert_eq!(counted(&view), Some(2_587), "the view counts what the list has: {view}");
}

/// The sum of the first chart of a view.
fn counted(view: &Value) -> Option<u64> {
    match view {
        Value::Object(parts) => match parts.get("chart") {
            Some(chart) => chart["series"][0]["values"].as_array()?.iter().map(Value::as_u64).sum(),
            None => parts.values().find_map(counted),
        },
        Value::Array(parts) => parts.iter().find_map(counted),
        _ => None,
    }
}
