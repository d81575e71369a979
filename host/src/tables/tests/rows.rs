//! An import laid over headings, and rows as forms.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::super::bad_rows::words;
use super::super::mapping::Mapping;
use super::super::preview::preview;
use super::super::sheet::Sheet;
use super::{EN, Folder, ZH, district};
use crate::config::known::Known;

/// The mapping that is chosen for a table, its rows as forms, and what is to be mended.
fn check(wanted: Option<&str>, table: &str, expected: Expect) {
    let folder = Folder::new();
    let config = district(&folder);
    let desk = &config.desks[0];
    let mut sheet = Sheet::open(&folder.write("table.csv", table.as_bytes())).unwrap();
    let heads = sheet.heads.clone();
    let mut shown = String::new();
    match Mapping::choose(desk, wanted, &heads, &config.zone) {
        Err(title) => write!(shown, "{}\n{}\n", title.zh, title.en).unwrap(),
        Ok(mapping) => {
            let known = Known {
                config: &config,
                day: jiff::civil::date(2026, 3, 2),
                find_matter: &|_| None,
                find_file: &|_| None,
            };
            let mut bad = String::new();
            let found = preview(
                &mut sheet,
                &mapping,
                &known,
                &mut |row, objections| {
                    writeln!(bad, "{}: {}", row.number, words(ZH.lang, &mapping, objections))?;
                    writeln!(bad, "   {}", words(EN.lang, &mapping, objections))?;
                    Ok(())
                },
                &mut |_| {},
            )
            .unwrap();
            writeln!(shown, "{}: {} rows, {} good", mapping.import.name, found.rows, found.good).unwrap();
            for form in found.shown {
                writeln!(shown, "{}", serde_json::Value::from(form)).unwrap();
            }
            shown += &bad;
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_only_import_that_fits() {
    check(
        None,
        "主题,时间,详情,点赞数,留言编号\n路灯不亮,2019/2/28 11:25:05,手机13912345678,3,188006\n",
        expect![[r#"
        board: 1 rows, 1 good
        {"at":"2019-02-28T03:25:05Z","no":"188006","place":"a","text":"手机139****5678","title":"路灯不亮"}
    "#]],
    );
}

#[test]
fn american_dates_and_the_halves_of_a_form() {
    check(
        None,
        "工单号,标题,地点,来电人,金额,日期,钟点\n\
         1,无水,东社区,139-1234-5678,12.5,4/12/2018 11:11:26 PM,1:05:00 PM\n\
         2,无水,a/b,,,04/12/2018,11:11:26 AM\n\
         3,无水,a,,,2018-04-12,\n",
        expect![[r#"
            hotline: 3 rows, 3 good
            {"day":"2018-04-12","fee":1250,"hour":"13:05","no":"1","phone":"***","place":"a/b","title":"无水"}
            {"day":"2018-04-12","hour":"11:11","no":"2","place":"a/b","title":"无水"}
            {"day":"2018-04-12","no":"3","place":"a","title":"无水"}
        "#]],
    );
}

#[test]
fn no_import_fits() {
    check(
        None,
        "标题,地点,编号\n1,2,3\n",
        expect![[r#"
        表头与“intake”的各个导入都对不上，缺的列是：board（主题、详情、时间、留言编号）；hotline（来电人、金额、日期、钟点、工单号）；表头是：标题 | 地点 | 编号
        the headings fit no import of desk "intake"; missing columns: board (主题, 详情, 时间, 留言编号); hotline (来电人, 金额, 日期, 钟点, 工单号); the headings are: 标题 | 地点 | 编号
    "#]],
    );
    check(
        Some("board"),
        "标题,地点,编号\n1,2,3\n",
        expect![[r#"
        导入“board”要用的列，表里没有：主题、详情、时间、留言编号；表头是：标题 | 地点 | 编号
        the table lacks columns of the import "board": 主题, 详情, 时间, 留言编号; its headings are: 标题 | 地点 | 编号
    "#]],
    );
    check(
        Some("borad"),
        "标题\n1\n",
        expect![[r#"
        “intake”没有名为“borad”的导入；是不是“board”？
        desk "intake" has no import "borad"; did you mean "board"?
    "#]],
    );
}

#[test]
fn several_imports_fit() {
    check(
        None,
        "留言编号,主题,详情,时间,工单号,标题,地点,来电人,金额,日期,钟点\n1\n",
        expect![[r#"
            有几个导入都适用：board、hotline；请用 --as 指明
            several imports fit: board, hotline; choose with --as
        "#]],
    );
}

#[test]
fn a_heading_that_stands_twice() {
    check(
        None,
        "留言编号,主题,备注,备注,主题,详情,时间\n1\n",
        expect![[r#"
        表头里“主题”出现了两次（B 列和 E 列），不知用哪一列
        "主题" heads two columns, B and E; rename one
    "#]],
    );
    check(
        None,
        "留言编号,主题,备注,备注,详情,时间\n1,路灯,,,,\n",
        expect![[r#"
        board: 1 rows, 1 good
        {"no":"1","place":"a","title":"路灯"}
    "#]],
    );
}

#[test]
fn rows_to_be_mended() {
    check(
        None,
        "留言编号,主题,详情,时间\n\
         1,,详情,2019/2/30 11:25:05\n\
         ,路灯,,\n\
         2\n\
         3,路灯,\"三,幢\",2019/2/28 11:25:05,多\n\
         4,路灯,#REF!,昨天\n\
         5,路灯,,2019/2/28 11:25:05,,\n\
         6,路灯,,\n\
         6,路灯,,\n\
         6,水管,,\n",
        expect![[r#"
            board: 9 rows, 3 good
            {"at":"2019-02-28T03:25:05Z","no":"5","place":"a","title":"路灯"}
            {"no":"6","place":"a","title":"路灯"}
            {"no":"6","place":"a","title":"路灯"}
            2: 主题：必填，请补充；时间：“2019/2/30 11:25:05”不是这张表的日期写法，应如 2026/03/02 14:30:05
               主题: is required; 时间: "2019/2/30 11:25:05" is not written as the dates of this table, such as 2026/03/02 14:30:05
            3: “留言编号”是空的：没有它就认不出重复的行
               "留言编号" is empty: without it a row that comes again is not known
            4: 这一行只有 1 格，表头有 4 列：少了 3 格
               this row has 1 of 4 cells: 3 too few
            5: 这一行有 5 格，表头只有 4 列：可能有一格里的分隔符没有加引号
               this row has 5 cells for 4 headings: perhaps a cell holds a separator without quotes
            6: 详情：是公式错误 #REF!，请改成实际内容；时间：“昨天”不是这张表的日期写法，应如 2026/03/02 14:30:05
               详情: is the error #REF! of a formula; write what it should say; 时间: "昨天" is not written as the dates of this table, such as 2026/03/02 14:30:05
            10: 编号“6”在表里已出现过，但内容不同；请核对编号
               "6" stands in the table before with other content; check the number
        "#]],
    );
    check(
        None,
        "工单号,标题,地点,来电人,金额,日期,钟点\n1,无水,西社区,张三,十元,4月1日,25:00\n",
        expect![[r#"
            hotline: 1 rows, 0 good
            2: 地点：“西社区”不是本区的区域；是不是“东社区”？；日期：“4月1日”不是这张表的日期写法，应如 03/02/2026；钟点：“25:00”不是这张表的日期写法，应如 02:30:05 PM；来电人：不是电话号码或邮箱；金额：“十元”不是数字（最多 2 位小数）
               地点: "西社区" is not a place of the district; did you mean "东社区"?; 日期: "4月1日" is not written as the dates of this table, such as 03/02/2026; 钟点: "25:00" is not written as the dates of this table, such as 02:30:05 PM; 来电人: is neither a phone number nor a mail address; 金额: "十元" is not a number with at most 2 decimals
        "#]],
    );
}
