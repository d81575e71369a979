//! Tables through a real engine to a desk that keeps what it got.

use std::sync::Arc;

use expect_test::{Expect, expect};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::super::bad_rows::{BadRows, words};
use super::super::import::Importing;
use super::super::mapping::Mapping;
use super::super::sheet::Sheet;
use super::{Folder, Keeper, ZH, district, engine, read};

/// A district with a running engine.
struct Bench {
    folder: Folder,
    config: Arc<crate::config::Config>,
    desk: Arc<Keeper>,
    engine: crate::engine::Engine,
}

impl Bench {
    fn new() -> Bench {
        let folder = Folder::new();
        let config = district(&folder);
        let desk = Arc::new(Keeper::default());
        let engine = engine(&config, &desk);
        Bench { folder, config, desk, engine }
    }

    /// Imports a table; gives the tally, what the desk got, and the file of bad rows.
    fn import(&mut self, name: &str, bytes: &[u8]) -> String {
        let mut sheet = Sheet::open(&self.folder.write(name, bytes)).unwrap();
        let heads = sheet.heads.clone();
        let spec = &self.config.desks[0];
        let mapping = Mapping::choose(spec, None, &heads, &self.config.zone).unwrap();
        let path = self.folder.0.join("bad.csv");
        let _ = std::fs::remove_file(&path);
        let mut file = BadRows::create(&path, ZH, &mapping, &heads).unwrap();
        let mut bad = |row: &_, objections: &[_]| file.add(row, &words(ZH.lang, &mapping, objections));
        let importing = Importing::new(&mut self.engine, &mapping, "intake", None, &mut bad);
        let tally = importing.run(&mut sheet, &mut |_| {}).unwrap();
        let mut shown = format!("{}\n", serde_json::to_string(&tally).unwrap());
        for form in self.desk.0.lock().unwrap().drain(..) {
            shown += &format!("{form}\n");
        }
        let written = file.finish().unwrap();
        assert_eq!(written.is_some(), path.exists());
        if written.is_some() {
            shown += &read(&path).replace('\u{feff}', "<mark>").replace("\r\n", "⏎\n");
        }
        let left: Vec<_> =
            std::fs::read_dir(&self.folder.0).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
        shown
    }
}

fn check(table: &str, expected: Expect) {
    let shown = Bench::new().import("table.csv", table.as_bytes());
    expected.assert_eq(&shown.replace(&"长".repeat(1_000), "<1,000 字>"));
}

const TABLE: &str = "留言编号,主题,详情,时间\n188006,路灯不亮,\"三幢门口，\r\n两盏\",2019/2/28 11:25:05\n188007,水管爆裂,,2019/3/1 0:00:00\n";

fn book() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["留言编号", "主题", "详情", "时间"]).unwrap();
    sheet.write_number(1, 0, 188_006.0).unwrap();
    sheet.write_row(1, 1, ["路灯不亮", "三幢门口，\n两盏"]).unwrap();
    let moment = Format::new().set_num_format("yyyy/m/d h:mm");
    let at = ExcelDateTime::parse_from_str("2019-02-28T11:25:05").unwrap();
    sheet.write_datetime_with_format(1, 3, at, &moment).unwrap();
    sheet.write_row(2, 0, ["188007", "水管爆裂", "", "2019/3/1 0:00:00"]).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn again_in_another_guise_doubles_nothing() {
    let mut bench = Bench::new();
    expect![[r#"
        {"rows":2,"opened":2,"repeated":0,"refused":0}
        {"at":"2019-02-28T03:25:05Z","no":"188006","place":"a","text":"三幢门口，\n两盏","title":"路灯不亮"}
        {"at":"2019-02-28T16:00:00Z","no":"188007","place":"a","title":"水管爆裂"}
    "#]]
    .assert_eq(&bench.import("board.csv", TABLE.as_bytes()));
    let gbk = encoding_rs::GB18030.encode(TABLE).0.into_owned();
    let again = "{\"rows\":2,\"opened\":0,\"repeated\":2,\"refused\":0}\n";
    assert_eq!(bench.import("gbk.csv", &gbk), again);
    assert_eq!(bench.import("board.xlsx", &book()), again);
    assert_eq!(bench.import("tabs.txt", TABLE.replace(',', "\t").as_bytes()), again);
}

#[test]
fn bad_rows_are_told_and_the_others_are_in() {
    let long = "长".repeat(700_000);
    let table = format!(
        "留言编号,主题,详情,时间,备注\n\
         1,,没有题目,2019/2/28 11:25:05,手机13912345678\n\
         2,路灯,,去年,=1+1\n\
         3,路灯,{long},,\n\
         4,路灯\n\
         5,好的一行,,,\n\
         5,换了内容,,,\n\
         6,拒绝,,,@SUM(A1)\n\
         7,故障,,,\n\
         8,最后一行,,,\n"
    );
    check(
        &table,
        expect![[r#"
        {"rows":9,"opened":2,"repeated":0,"refused":7}
        {"no":"5","place":"a","title":"好的一行"}
        {"no":"8","place":"a","title":"最后一行"}
        <mark>行号,需更正,留言编号,主题,详情,时间,备注⏎
        2,主题：必填，请补充,1,,没有题目,2019/2/28 11:25:05,手机139****5678⏎
        3,时间：“去年”不是这张表的日期写法，应如 2026/03/02 14:30:05,2,路灯,,去年,'=1+1⏎
        4,这一行有一格长达 2100000 字节，可能是少了一个引号，把后面的行也并了进来,3,路灯,<1,000 字>…,,⏎
        5,这一行只有 2 格，表头有 5 列：少了 3 格,4,路灯⏎
        7,编号“5”已登记过，但内容不同；请核对编号，或另用新编号,5,换了内容,,,⏎
        8,主题：不予受理,6,拒绝,,,'@SUM(A1)⏎
        9,业务台没有办成这一行，请管理员查看“异常待处理”（hongling parked）；不要再导入这一行,7,故障,,,⏎
    "#]],
    );
}

#[test]
fn contacts_are_not_repeated() {
    check(
        "工单号,标题,地点,来电人,金额,日期,钟点,备用手机\n1,无水,某处,13912345678,,,,0556-1234567\n2,无水,a,无,,,,\n3,无水,a,13912345678,,,,\n",
        expect![[r#"
            {"rows":3,"opened":1,"repeated":0,"refused":2}
            {"no":"3","phone":"r2","place":"a","title":"无水"}
            <mark>行号,需更正,工单号,标题,地点,来电人,金额,日期,钟点,备用手机⏎
            2,地点：“某处”不是本区的区域,1,无水,某处,***,,,,***⏎
            3,来电人：不是电话号码或邮箱,2,无水,a,***,,,,⏎
        "#]],
    );
}

#[test]
fn many_rows_stay_in_order() {
    let mut table = "留言编号,主题,详情,时间\n".to_owned();
    for number in 0..1_000 {
        let title = match number {
            300 => "拒绝",
            301 => "",
            700 => "拒绝",
            _ => "路灯",
        };
        table += &format!("{number},{title},,\n");
    }
    let shown = Bench::new().import("t.csv", table.as_bytes());
    let told: Vec<&str> =
        shown.lines().filter(|line| !line.starts_with("{\"no\"") && !line.starts_with("{\"place\"")).collect();
    expect![[r#"
        {"rows":1000,"opened":997,"repeated":0,"refused":3}
        <mark>行号,需更正,留言编号,主题,详情,时间⏎
        302,主题：不予受理,300,拒绝,,⏎
        303,主题：必填，请补充,301,,,⏎
        702,主题：不予受理,700,拒绝,,⏎"#]]
    .assert_eq(&told.into_iter().filter(|line| !line.contains("\"title\"")).collect::<Vec<_>>().join("\n"));
}
