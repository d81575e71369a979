//! Views as people, spreadsheets and programs get them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use expect_test::{Expect, expect};
use plugin_api::matter::Lamp;
use plugin_api::view::Series;
use plugin_api::{Cell, Chart, ChartKind, Column, Fact, MatterFilter, PlaceId, Table, Tile, Title, UnitId, View};

use super::cells::per_cent;
use super::{csv, text, xlsx};
use crate::lang::Lang;
use crate::tables::tests::{Folder, district, new_folder};

fn both(view: &View, expected: Expect) {
    let folder = new_folder();
    let config = district(&folder);
    expected.assert_eq(&format!("{}\n----\n{}\n", text(Lang::Zh, &config, view), text(Lang::En, &config, view)));
}

fn table() -> Table {
    let row = |no: &str, title: &str, place: &str, fen, num, den, lamp| {
        vec![
            Cell::Matter(no.to_owned()),
            Cell::Text(title.to_owned()),
            Cell::Place(PlaceId::from(place)),
            Cell::Money(fen),
            Cell::Ratio { num, den },
            Cell::Lamp(lamp),
            Cell::Moment("2026-03-02T00:30:00Z".parse().unwrap()),
            Cell::Date(jiff::civil::date(2026, 3, 2)),
        ]
    };
    let column = |name: &str, zh: &str, en: &str| Column::new(name, zh, en);
    Table {
        title: Title::new("收费：小区/月", "Fees: compound/month"),
        columns: vec![
            column("no", "编号", "Number"),
            column("title", "标题", "Title"),
            column("place", "区域", "Place"),
            column("fee", "金额", "Amount"),
            column("rate", "满意率", "Satisfied"),
            column("lamp", "亮灯", "Lamp"),
            column("at", "时间", "At"),
            column("day", "日期", "Day"),
        ],
        rows: vec![
            row("SQ2026-000001", "=HYPERLINK(\"http://x\")", "a/b", 123_456_789, 12, 15, Lamp::Green),
            row("SQ2026-000002", "路灯,\"坏\"了\n两盏", "a/x", -5, 2, 3, Lamp::Red),
            row("SQ2026-000003", "+86 水管", "a", 0, 0, 0, Lamp::Yellow),
        ],
    }
}

fn chart(kind: ChartKind) -> Chart {
    let series = |zh: &str, en: &str, values: &[i64]| Series { title: Title::new(zh, en), values: values.to_vec() };
    Chart {
        title: Title::new("各渠道", "By channel"),
        kind,
        categories: vec![Title::new("热线", "Hotline"), Title::new("窗口", "Counter"), Title::new("网上", "Online")],
        series: vec![series("一月", "January", &[12, 3, 0]), series("二月", "February", &[6, 40])],
    }
}

#[test]
fn tiles_and_facts() {
    let tile = |zh: &str, en: &str, value| Tile { title: Title::new(zh, en), value };
    let filter = Box::<MatterFilter>::default();
    let tiles = View::Tiles(vec![
        tile("今日受理", "Received today", Cell::Number(12)),
        tile("在办", "Open", Cell::Matters(1_234, filter)),
        tile("满意率", "Satisfied", Cell::Ratio { num: 1, den: 3 }),
    ]);
    let facts = View::Facts(vec![
        Fact { title: Title::new("应收", "Due"), value: Cell::Money(98_765) },
        Fact { title: Title::new("单位", "Unit"), value: Cell::Unit(UnitId::from("power")) },
        Fact { title: Title::new("备注", "Note"), value: Cell::Empty },
    ]);
    let note = View::Text(Title::new("截至今日。", "As of today."));
    both(
        &View::Several(vec![tiles, facts, note]),
        expect![[r#"
        12        1234  33.3% (1/3)
        今日受理  在办  满意率

        应收  987.65
        单位  power
        备注

        截至今日。
        ----
        12              1234  33.3% (1/3)
        Received today  Open  Satisfied

        Due   987.65
        Unit  power
        Note

        As of today.
    "#]],
    );
}

#[test]
fn tables() {
    both(
        &View::Table(table()),
        expect![[r#"
        收费：小区/月
        编号           标题                    区域            金额         满意率  亮灯     时间              日期
        ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
        SQ2026-000001  =HYPERLINK("http://x")  东社区  1,234,567.89  80.0% (12/15)  🟢 绿灯  2026-03-02 08:30  2026-03-02
        SQ2026-000002  路灯,"坏"了 两盏        a/x            -0.05    66.7% (2/3)  🔴 红灯  2026-03-02 08:30  2026-03-02
        SQ2026-000003  +86 水管                示例区          0.00         无数据  🟡 黄灯  2026-03-02 08:30  2026-03-02
        ----
        Fees: compound/month
        Number         Title                   Place         Amount      Satisfied  Lamp       At                Day
        ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
        SQ2026-000001  =HYPERLINK("http://x")  East    1,234,567.89  80.0% (12/15)  🟢 green   2026-03-02 08:30  2026-03-02
        SQ2026-000002  路灯,"坏"了 两盏        a/x            -0.05    66.7% (2/3)  🔴 red     2026-03-02 08:30  2026-03-02
        SQ2026-000003  +86 水管                Sample          0.00        no data  🟡 yellow  2026-03-02 08:30  2026-03-02
    "#]],
    );
    both(
        &View::Table(Table { rows: Vec::new(), ..table() }),
        expect![[r#"
        收费：小区/月
        （没有）
        ----
        Fees: compound/month
        (none)
    "#]],
    );
}

#[test]
fn charts() {
    both(
        &View::Chart(chart(ChartKind::Bar)),
        expect![[r#"
        各渠道
        热线  一月  12  ████████████
              二月   6  ██████
        窗口  一月   3  ███
              二月  40  ████████████████████████████████████████
        网上  一月   0
        ----
        By channel
        Hotline  January   12  ████████████
                 February   6  ██████
        Counter  January    3  ███
                 February  40  ████████████████████████████████████████
        Online   January    0
    "#]],
    );
    both(
        &View::Chart(chart(ChartKind::HeatMap)),
        expect![[r#"
        各渠道
              热线  窗口  网上
        ──────────────────────
        一月  ▒ 12   ░ 3     0
        二月   ░ 6  █ 40
        ----
        By channel
                  Hotline  Counter  Online
        ──────────────────────────────────
        January      ▒ 12      ░ 3       0
        February      ░ 6     █ 40
    "#]],
    );
    let mut pie = chart(ChartKind::Pie);
    pie.series.pop();
    both(
        &View::Chart(pie),
        expect![[r#"
        各渠道
        热线  12 (80.0%)  ████████████████████████████████████████
        窗口   3 (20.0%)  ██████████
        网上    0 (0.0%)
        ----
        By channel
        Hotline  12 (80.0%)  ████████████████████████████████████████
        Counter   3 (20.0%)  ██████████
        Online     0 (0.0%)
    "#]],
    );
    both(
        &View::Chart(Chart { categories: Vec::new(), ..chart(ChartKind::Line) }),
        expect![[r#"
        各渠道
        无数据
        ----
        By channel
        no data
    "#]],
    );
}

fn as_csv(lang: Lang, view: &View, expected: Expect) {
    let folder: Folder = new_folder();
    let bytes = csv(lang, &district(&folder), view).unwrap();
    let shown = String::from_utf8(bytes).unwrap().replace('\u{feff}', "<mark>").replace("\r\n", "⏎\n");
    expected.assert_eq(&shown);
}

#[test]
fn csv_of_one_table_and_of_several() {
    as_csv(
        Lang::Zh,
        &View::Table(table()),
        expect![[r#"
        <mark>编号,标题,区域,金额,满意率,满意率（分子）,满意率（分母）,亮灯,时间,日期⏎
        SQ2026-000001,"'=HYPERLINK(""http://x"")",东社区,1234567.89,80.0%,12,15,🟢 绿灯,2026-03-02 08:30:00,2026-03-02⏎
        SQ2026-000002,"路灯,""坏""了
        两盏",a/x,-0.05,66.7%,2,3,🔴 红灯,2026-03-02 08:30:00,2026-03-02⏎
        SQ2026-000003,'+86 水管,示例区,0.00,无数据,0,0,🟡 黄灯,2026-03-02 08:30:00,2026-03-02⏎
    "#]],
    );
    let several = View::Several(vec![View::Table(table()), View::Chart(chart(ChartKind::Line))]);
    as_csv(
        Lang::En,
        &several,
        expect![[r#"
        <mark>Fees: compound/month⏎
        Number,Title,Place,Amount,Satisfied,Satisfied (numerator),Satisfied (denominator),Lamp,At,Day⏎
        SQ2026-000001,"'=HYPERLINK(""http://x"")",East,1234567.89,80.0%,12,15,🟢 green,2026-03-02 08:30:00,2026-03-02⏎
        SQ2026-000002,"路灯,""坏""了
        两盏",a/x,-0.05,66.7%,2,3,🔴 red,2026-03-02 08:30:00,2026-03-02⏎
        SQ2026-000003,'+86 水管,Sample,0.00,no data,0,0,🟡 yellow,2026-03-02 08:30:00,2026-03-02⏎
        ⏎
        By channel⏎
        Category,January,February⏎
        Hotline,12,6⏎
        Counter,3,40⏎
        Online,0,⏎
    "#]],
    );
}

#[test]
fn a_workbook_reads_back() {
    let folder = new_folder();
    let config = district(&folder);
    let view = View::Several(vec![
        View::Table(table()),
        View::Table(Table { rows: Vec::new(), ..table() }),
        View::Chart(chart(ChartKind::HeatMap)),
        View::Text(Title::new("-1 不是公式", "-1 is no formula")),
    ]);
    let bytes = xlsx(Lang::Zh, &config, &view).unwrap();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let mut shown = String::new();
    for name in book.sheet_names() {
        shown += &format!("[{name}]\n");
        for row in book.worksheet_range(&name).unwrap().rows() {
            let cells: Vec<String> = row.iter().map(typed).collect();
            shown += &format!("{}\n", cells.join(" | "));
        }
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.is_empty(), "{name}");
    }
    expect![[r#"
        [收费：小区月]
        "编号" | "标题" | "区域" | "金额" | "满意率" | "满意率（分子）" | "满意率（分母）" | "亮灯" | "时间" | "日期"
        "SQ2026-000001" | "=HYPERLINK(\"http://x\")" | "东社区" | 1234567.89 | 0.8 | 12 | 15 | "🟢 绿灯" | (2026, 3, 2, 8, 30, 0, 0) | (2026, 3, 2, 0, 0, 0, 0)
        "SQ2026-000002" | "路灯,\"坏\"了\n两盏" | "a/x" | -0.05 | 0.6666666666666666 | 2 | 3 | "🔴 红灯" | (2026, 3, 2, 8, 30, 0, 0) | (2026, 3, 2, 0, 0, 0, 0)
        "SQ2026-000003" | "+86 水管" | "示例区" | 0 | "无数据" | 0 | 0 | "🟡 黄灯" | (2026, 3, 2, 8, 30, 0, 0) | (2026, 3, 2, 0, 0, 0, 0)
        [收费：小区月 (2)]
        "编号" | "标题" | "区域" | "金额" | "满意率" | "亮灯" | "时间" | "日期"
        [各渠道]
        "类别" | "一月" | "二月"
        "热线" | 12 | 6
        "窗口" | 3 | 40
        "网上" | 0 | 
        [说明]
        "-1 不是公式"
    "#]]
    .assert_eq(&shown);
}

fn typed(cell: &Data) -> String {
    match cell {
        Data::DateTime(at) => format!("{:?}", at.to_ymd_hms_milli()),
        Data::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[test]
fn per_cents_are_exact() {
    let shown: Vec<String> =
        [(1, 3), (2, 3), (1, 2000), (1, 2001), (999, 1000), (5, 1), (-1, 8), (0, -5), (i64::MAX, i64::MAX)]
            .iter()
            .map(|(num, den)| per_cent(*num, *den))
            .collect();
    expect!["33.3% 66.7% 0.1% 0.0% 99.9% 500.0% -12.5% 0.0% 100.0%"].assert_eq(&shown.join(" "));
}
