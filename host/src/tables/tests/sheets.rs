//! Files of every sort, as rows.

use std::ops::ControlFlow;
use std::path::Path;

use encoding_rs::GB18030;
use expect_test::{Expect, expect};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::super::sheet::Sheet;
use super::{Folder, ZH};

fn rows_of(path: &Path) -> String {
    let mut sheet = match Sheet::open(path) {
        Ok(sheet) => sheet,
        Err(error) => {
            let folder = path.parent().unwrap().display().to_string();
            return format!("{}\n", ZH.pick(&error.0).replace(&folder, "…"));
        }
    };
    let mut shown = format!("{}\n", sheet.heads.join(" | "));
    let read = sheet.for_each_row(&mut |row, _| {
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.text().escape_debug().to_string()).collect();
        let short = |text: &String| text.chars().take(40).collect::<String>();
        shown += &format!("{}: {}\n", row.number, cells.iter().map(short).collect::<Vec<_>>().join(" | "));
        if let Some(damage) = &row.damage {
            shown += &format!("   ! {}\n", damage.zh);
        }
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        shown += &format!("! {}\n", error.0.zh);
    }
    shown
}

fn check(name: &str, bytes: &[u8], expected: Expect) {
    let folder = Folder::new();
    expected.assert_eq(&rows_of(&folder.write(name, bytes)));
}

fn gbk(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

const TABLE: &str = "留言编号,主题,详情,时间\n188006,路灯不亮,\"三幢门口，\n两盏\",2019/2/28 11:25:05\n,,,\n\n188007,水管爆裂,,2019/3/1 0:00:00\n";

#[test]
fn every_encoding_gives_the_same() {
    let folder = Folder::new();
    let expected = rows_of(&folder.write("plain.csv", TABLE.as_bytes()));
    expect![[r#"
        留言编号 | 主题 | 详情 | 时间
        2: 188006 | 路灯不亮 | 三幢门口，\n两盏 | 2019/2/28 11:25:05
        5: 188007 | 水管爆裂 |  | 2019/3/1 0:00:00
    "#]]
    .assert_eq(&expected);
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(TABLE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let tabs = TABLE.replace(',', "\t");
    let guises: [(&str, Vec<u8>); 8] = [
        ("mark.csv", ["\u{feff}", TABLE].concat().into_bytes()),
        ("gbk.csv", gbk(TABLE)),
        ("gbk.txt", gbk(&TABLE.replace('\n', "\r\n"))),
        ("returns.csv", TABLE.replace('\n', "\r\n").into_bytes()),
        ("old.csv", TABLE.replace('\n', "\r").into_bytes()),
        ("semicolons.csv", TABLE.replace(',', ";").into_bytes()),
        ("tabs.txt", gbk(&tabs)),
        ("unicode.txt", utf16),
    ];
    for (name, bytes) in guises {
        assert_eq!(rows_of(&folder.write(name, &bytes)), expected, "{name}");
    }
    // No end of line at the end of the file.
    assert_eq!(rows_of(&folder.write("cut.csv", TABLE.trim_end().as_bytes())), expected);
    assert_eq!(
        rows_of(&folder.write("book.xlsx", &book())),
        expected.replace("2019/2/28 11:25:05", "2019-02-28 11:25:05").replace("2019/3/1 0:00:00", "2019-03-01")
    );
}

/// The same table, with numbers and dates stored as such.
fn book() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("隐藏").unwrap().set_hidden(true);
    let sheet = book.add_worksheet().set_active(true);
    for (column, head) in (0..).zip(["留言编号", "主题 ", "详情", "时间"]) {
        sheet.write_string(0, column, head).unwrap();
    }
    let moment = Format::new().set_num_format("yyyy/m/d h:mm:ss");
    let at = |text| ExcelDateTime::parse_from_str(text).unwrap();
    sheet.write_number(1, 0, 188_006.0).unwrap();
    sheet.write_string(1, 1, "路灯不亮").unwrap();
    sheet.write_string(1, 2, "三幢门口，\r\n两盏").unwrap();
    sheet.write_datetime_with_format(1, 3, at("2019-02-28T11:25:05"), &moment).unwrap();
    sheet.write_string(4, 0, "188007").unwrap();
    sheet.write_string(4, 1, "水管爆裂").unwrap();
    sheet.write_datetime_with_format(4, 3, at("2019-03-01"), &moment).unwrap();
    // A lonely cell at the far corner.
    sheet.write_string(1_048_575, 16_383, " ").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn cells_of_a_workbook() {
    let folder = Folder::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["数", "小数", "长数", "是否", "错误", "钟点", "公式"]).unwrap();
    sheet.write_number(1, 0, -5.0).unwrap();
    sheet.write_number(1, 1, 0.1 + 0.2).unwrap();
    sheet.write_number(1, 2, 39.347_010_728_111_8).unwrap();
    sheet.write_boolean(1, 3, true).unwrap();
    sheet.write_formula(1, 4, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
    let time = Format::new().set_num_format("hh:mm");
    sheet.write_datetime_with_format(1, 5, ExcelDateTime::from_hms(8, 30, 0).unwrap(), &time).unwrap();
    sheet.write_formula(1, 6, Formula::new("\"甲\"&\"乙\"").set_result("甲乙")).unwrap();
    expect![[r#"
        数 | 小数 | 长数 | 是否 | 错误 | 钟点 | 公式
        2: -5 | 0.3 | 39.3470107281118 | TRUE | #DIV/0! | 08:30 | 甲乙
    "#]]
    .assert_eq(&rows_of(&folder.write("cells.xlsx", &book.save_to_buffer().unwrap())));
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    check(
        "t.csv",
        b"\n\na,b\n\n1,2\n\"x\ny\",\n\n\n3,4",
        expect![[r#"
        a | b
        5: 1 | 2
        6: x\ny | 
        9: 3 | 4
    "#]],
    );
}

#[test]
fn what_is_no_table() {
    let folder = Folder::new();
    let mut shown = String::new();
    for (name, bytes) in [
        ("empty.csv", b"".as_slice()),
        ("blank.csv", b" \n\n ,, \n"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"),
        ("cut.xlsx", b"PK\x03\x04 and no more"),
        ("cut.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
        ("page.xls", b"\xef\xbb\xbf\n<html><table><tr><td>\xe7\xbc\x96</td></tr></table></html>"),
        ("page.csv", b"<?xml version=\"1.0\"?>"),
        ("print.xlsx", b"%PDF-1.7"),
        ("other.csv", &b"caf\xE9, na\xEFve\n\xFF \xE9 \xFF\n".repeat(20)),
    ] {
        shown += &format!("{name}: {}", rows_of(&folder.write(name, bytes)));
    }
    shown += &rows_of(&folder.0.join("missing.csv"));
    std::fs::create_dir(folder.0.join("sub")).unwrap();
    shown += &rows_of(&folder.0.join("sub"));
    let mut book = Workbook::new();
    book.add_worksheet();
    shown += &rows_of(&folder.write("nothing.xlsx", &book.save_to_buffer().unwrap()));
    expect![[r#"
        empty.csv: “…/empty.csv”是空文件
        blank.csv: “…/blank.csv”没有表头：第一行应写各列的名称
        picture.png: 无法识别文件的编码：请用 Excel 另存为“CSV UTF-8”或 XLSX 后再导入
        cut.xlsx: 不是能读的工作簿（it ends early）：请用 Excel 打开并另存为 XLSX 后再导入
        cut.xls: 不是能读的工作簿（Cfb error: Invalid OLE (8 bytes is too small)）：请用 Excel 打开并另存为 XLSX 后再导入
        page.xls: “…/page.xls”其实是网页（HTML 或 XML），不是表格：请用 Excel 打开并另存为 XLSX 后再导入
        page.csv: “…/page.csv”其实是网页（HTML 或 XML），不是表格：请用 Excel 打开并另存为 XLSX 后再导入
        print.xlsx: “…/print.xlsx”其实是 PDF，不是表格：请用 Excel 打开并另存为 XLSX 后再导入
        other.csv: 无法识别文件的编码：请用 Excel 另存为“CSV UTF-8”或 XLSX 后再导入
        没有文件“…/missing.csv”
        “…/sub”是文件夹，不是表格
        “…/nothing.xlsx”没有表头：第一行应写各列的名称
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_workbook_that_breaks_off() {
    let folder = Folder::new();
    let mut bytes = book();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 200].fill(0x55);
    let shown = rows_of(&folder.write("broken.xlsx", &bytes));
    assert!(shown.contains("不是能读的工作簿"), "{shown}");
}

#[test]
fn a_few_broken_bytes_cost_their_row() {
    let mut bytes = TABLE.as_bytes().to_vec();
    let at = TABLE.find('灯').unwrap();
    bytes[at] = 0xFF;
    check(
        "t.csv",
        &bytes,
        expect![[r#"
        留言编号 | 主题 | 详情 | 时间
        2: 188006 | 路���不亮 | 三幢门口，\n两盏 | 2019/2/28 11:25:05
           ! 这一行有不是文字的字节（文件损坏或编码混用），请改正后再导入
        5: 188007 | 水管爆裂 |  | 2019/3/1 0:00:00
    "#]],
    );
    let mut bytes = gbk(&TABLE.repeat(3));
    let at = gbk(&TABLE[..TABLE.find('灯').unwrap()]).len();
    bytes[at] = 0xFF;
    check(
        "t.csv",
        &bytes,
        expect![[r#"
        留言编号 | 主题 | 详情 | 时间
        2: 188006 | 路�撇涣� | 三幢门口，\n两盏 | 2019/2/28 11:25:05
           ! 这一行有不是文字的字节（文件损坏或编码混用），请改正后再导入
        5: 188007 | 水管爆裂 |  | 2019/3/1 0:00:00
        6: 留言编号 | 主题 | 详情 | 时间
        7: 188006 | 路灯不亮 | 三幢门口，\n两盏 | 2019/2/28 11:25:05
        10: 188007 | 水管爆裂 |  | 2019/3/1 0:00:00
        11: 留言编号 | 主题 | 详情 | 时间
        12: 188006 | 路灯不亮 | 三幢门口，\n两盏 | 2019/2/28 11:25:05
        15: 188007 | 水管爆裂 |  | 2019/3/1 0:00:00
    "#]],
    );
}

#[test]
fn a_quotation_mark_that_is_not_closed() {
    let mut text = "a,b\n1,2\n3,\"4\n".to_owned();
    text.push_str(&"5,6\n".repeat(100_000));
    check(
        "t.csv",
        text.as_bytes(),
        expect![[r#"
        a | b
        2: 1 | 2
        3: 3 | 4\n5,6\n5,6\n5,6\n5,6\n5,6\n5,6\n5,6\n5,
           ! 这一行有一格长达 400002 字节，可能是少了一个引号，把后面的行也并了进来
    "#]],
    );
}
