//! Wrong tables.

use expect_test::expect;

use super::good::MANIFESTS;
use super::{and, change, check, check_manifests, good, with};

#[test]
fn headers() {
    let mut files = with("places.csv", "place,level,title,title_en", "place,levl,title,title");
    change(&mut files, "units.csv", "unit,title,title_en,kind,duties", "unit,title,titel_en,kind,");
    change(&mut files, "calendar.csv", "date,name,kind", "date;name;kind");
    change(&mut files, "lists/channel.csv", "code,title", "title");
    files.insert("people.csv".into(), b"\n\n".to_vec());
    check(
        &files,
        expect![[r#"
            calendar.csv:1:1: the cells are separated by ';'; separate them by commas
            lists/channel.csv:1:1: the header has no column "code"
            people.csv:1:1: has no header row; it starts person,name,role,place
            places.csv:1:1: the header has no column "level"
            places.csv:1:7: unknown column "levl"; did you mean "level"?
            places.csv:1:18: the column "title" stands twice in the header
            units.csv:1:12: unknown column "titel_en"; did you mean "title_en"?
            units.csv:2:1: the row has 5 cells, the header 4
        "#]],
    );
}

#[test]
fn numbers_of_cells() {
    let mut files = and("places.csv", "a/e,community\na/f,community,北社区,North,more\na/g,community,南社区,,,,\n");
    change(&mut files, "units.csv", "供电\n", "供电,抢修\n");
    check(
        &files,
        expect![[r#"
        places.csv:6:1: the row has 2 cells, the header 4
        places.csv:7:1: the row has 5 cells, the header 4
        units.csv:2:1: the row has 6 cells, the header 5
    "#]],
    );
}

#[test]
fn quotes() {
    let mut files = and("units.csv", "gas,\"燃气\"公司,Gas,utility,\n");
    files.insert("lists/channel.csv".into(), b"code,title\nweb,\"\xe7\xbd\x91\n".to_vec());
    check(
        &files,
        expect![[r#"
            lists/channel.csv:2:5: a quoted cell is not closed
            units.csv:3:9: text stands after the closing quote of a cell; write "" for a quote within
        "#]],
    );
}

#[test]
fn places() {
    let rows = "a/B,community,大写,\na/b,community,又一个,\na/x/y,compound,无父,\na/b/c/d,community,倒置,\n\
        a/b/c/e,floor,层,\nz,district,外区,\na/m,community,,\n,community,空,\na/,community,斜杠,\n";
    check(
        &and("places.csv", rows),
        expect![[r#"
            places.csv:6:1: place "a/B" has the part "B", which is not a slug; a slug is 1 to 32 of a-z, 0-9 and -
            places.csv:7:1: place "a/b" stands twice; first at places.csv:3
            places.csv:8:1: unknown place "a/x", in which "a/x/y" lies; a place needs a row of its own before those within it
            places.csv:9:1: "a/b/c/d" of level community lies in "a/b/c" of level compound
            places.csv:10:9: unknown level "floor"; there are district, subdistrict, community, compound, building, entrance, house
            places.csv:11:1: "z" stands beside the district "a"; first at places.csv:2
            places.csv:12:15: title is empty
            places.csv:13:1: place is empty
            places.csv:14:1: place "a/" has the part "", which is not a slug; a slug is 1 to 32 of a-z, 0-9 and -
        "#]],
    );
}

#[test]
fn the_first_place() {
    let mut files = good();
    files.insert("places.csv".into(), "place,level,title\na,community,社区\na/b,house,户\na/b/c,house,户\n".into());
    check(
        &files,
        expect![[r#"
            places.csv:2:1: "a" of level community lies in no place
            places.csv:4:1: "a/b/c" of level house lies in "a/b" of level house
        "#]],
    );
}

#[test]
fn people() {
    let rows = "wang,王方,clerk,a,,,\nZhao,赵,clerk,a,,,\nr12,钱,clerk,a,,,\nsun,孙,clark,a,,,\nzhou,周,clerk,a/bb,,,\n\
        wu,吴,clerk,a,powr,,\nzheng,郑,clerk,a,,2026-02-30,\nfeng,冯,clerk,a,,2026-03-02,2026-03-01\n\
        chen,陈,clerk,a,,2026/3/2,\nli,李刚,clerk,a,power,2026-01-01,\nhan,,clerk,,,,\n";
    check(
        &and("people.csv", rows),
        expect![[r#"
        people.csv:5:6: person "wang" is "王方" here and "王芳" at people.csv:2
        people.csv:6:1: person "Zhao" is not a slug; write a code such as wang-fang
        people.csv:7:1: person "r12" has a code that is kept for residents
        people.csv:8:7: unknown role "clark"; did you mean "clerk"?
        people.csv:9:14: unknown place "a/bb"; did you mean "a/b"?
        people.csv:10:14: unknown unit "powr"; did you mean "power"?
        people.csv:11:18: from "2026-02-30" is not a date; write 2026-03-02
        people.csv:12:28: to 2026-03-01 is before from 2026-03-02
        people.csv:14:1: "li" holds this role here already; first at people.csv:4
        people.csv:15:5: name is empty
        people.csv:15:12: place is empty
    "#]],
    );
}

#[test]
fn deputies() {
    let mut files =
        with("hongling.toml", "people = \"people.csv\"\n", "people = \"people.csv\"\ndeputies = \"deputies.csv\"\n");
    let rows = "person,deputy,role,from,to,why\nwang,li,,2026-03-01,2026-03-09,年假\nwang,lii,clerk,,,\nwang,wang,,,,\n\
        wang,li,clerk,2026-03-09,,\nwang,li,,2026-03-10,,\nli,wang,clark,2026-03-10,2026-03-09,\n,li,,,,\n";
    files.insert("deputies.csv".into(), rows.into());
    check(
        &files,
        expect![[r#"
        deputies.csv:3:6: unknown person "lii"; did you mean "li"?
        deputies.csv:4:6: nobody is their own deputy
        deputies.csv:5:1: "li" stands in for "wang" then already; first at deputies.csv:2
        deputies.csv:6:1: "li" stands in for "wang" then already; first at deputies.csv:5
        deputies.csv:7:9: unknown role "clark"; did you mean "clerk"?
        deputies.csv:7:26: to 2026-03-09 is before from 2026-03-10
        deputies.csv:8:1: person is empty
    "#]],
    );
    files.insert("deputies.csv".into(), "person,deputy\n".into());
    check(
        &files,
        expect![[r#"
        deputies.csv:1:1: the header has no column "from"
        deputies.csv:1:1: the header has no column "role"
        deputies.csv:1:1: the header has no column "to"
    "#]],
    );
    files.insert("deputies.csv".into(), "person,deputy,role,from,to,why\nwang,li,,2026-03-01,2026-03-09,年假\n".into());
    check(
        &files,
        expect![[r#"
        good
    "#]],
    );
}

#[test]
fn no_people_at_all() {
    check(
        &with("hongling.toml", "people = \"people.csv\"\n", ""),
        expect![[r#"
        good
    "#]],
    );
}

#[test]
fn units() {
    check(
        &and("units.csv", "power,又一家,,utility,\nGas,燃气,,utilty,\n"),
        expect![[r#"
        units.csv:3:1: unit "power" stands twice; first at units.csv:2
        units.csv:4:1: unit "Gas" is not a slug
        units.csv:4:9: unknown kind of unit "utilty"; did you mean "utility"?
    "#]],
    );
}

#[test]
fn days() {
    check(
        &and(
            "calendar.csv",
            "2026-01-01,元旦,off\n2026-1-32,无,off\n2026-10-05,半天,half\n,空,off\n2026-02-30,无,off\n",
        ),
        expect![[r#"
            calendar.csv:5:1: 2026-01-01 stands twice; first at calendar.csv:2
            calendar.csv:6:1: date "2026-1-32" is not a date; write 2026-03-02
            calendar.csv:7:15: unknown kind of day "half"; there are off, work
            calendar.csv:8:1: date is empty
            calendar.csv:9:1: date "2026-02-30" is not a date; write 2026-03-02
        "#]],
    );
}

/// Days that are fine one by one and cannot be right together.
#[test]
fn days_together() {
    check(
        &and(
            "calendar.csv",
            "2026-10-02,国庆节,off\n2026-10-04,国庆节,off\n2026-10-05,国庆节,off\n2026-10-07,国庆节,off\n2026-10-09,国庆节,work\n",
        ),
        expect![[r#"
            calendar.csv:8:1: 2026-10-06 is missing between two free days; list it too: off, or work
            calendar.csv:9:1: 2026-10-09 is a Friday and worked anyway, so it makes up for no other day; make-up workdays fall on weekends: is the date right?
        "#]],
    );
    check(
        &and("calendar.csv", "2062-10-02,国庆节,off\n20260-10-02,国庆节,off\n1926-10-02,国庆节,off\n"),
        expect![[r#"
            calendar.csv:5:1: 2062 is listed, but 2027 to 2061 are not: a year is missing, or wrong here
            calendar.csv:5:1: warning: no day of 2062 before 2062-10-02 is listed; list all holidays of a year: the others count as ordinary days
            calendar.csv:6:1: date "20260-10-02" is not a date; write 2026-03-02
            calendar.csv:7:1: 1926-10-02 is not in a year from 2000 to 2199
        "#]],
    );
    check(
        &and("calendar.csv", "2028-01-01,元旦,off\n2028-10-01,国庆节,off\n"),
        expect![[r#"
        calendar.csv:5:1: 2028 is listed, but 2027 is not: a year is missing, or wrong here
    "#]],
    );
}

/// What is odd, and may be meant.
#[test]
fn odd_days() {
    check(
        &and("calendar.csv", "2026-06-19,端午节,off\n2025-10-02,国庆节,off\n"),
        expect![[r#"
            good, with
            calendar.csv:5:1: warning: 2026-06-19 stands below 2026-10-01; is the year right?
            calendar.csv:6:1: warning: 2025-10-02 stands below 2026-06-19; is the year right?
            calendar.csv:6:1: warning: no day of 2025 before 2025-10-02 is listed; list all holidays of a year: the others count as ordinary days
        "#]],
    );
    check(
        &and("calendar.csv", "2027-01-01,元旦,off\n"),
        expect![[r#"
        good, with
        calendar.csv:5:1: warning: no day of 2027 after 2027-01-01 is listed; list all holidays of a year: the others count as ordinary days
    "#]],
    );
    let mut files = good();
    files.insert("calendar.csv".into(), "date,kind\n".into());
    check(
        &files,
        expect![[r#"
        good
    "#]],
    );
}

#[test]
fn lists() {
    let rows = "pipe,又一个,,,,,,\nbad code,空格,,,,,,\nx,无父,,watr,,,,\ny,环,,z,,,,\nz,环,,y,,,,\n\
        s,大小,,,,,middle,\nu,紧急,,,,,big,maybe\nt,倒,,,2026-02-01,2026-01-01,,\n";
    check(
        &and("lists/category.csv", rows),
        expect![[r#"
        lists/category.csv:5:1: code "pipe" stands twice for the same time; first at lists/category.csv:3; let the older row end by its `to`
        lists/category.csv:6:1: "bad code" is not a code; a code is at most 64 characters without spaces and |
        lists/category.csv:7:7: unknown parent "watr"; did you mean "water"?
        lists/category.csv:8:6: the parents of "y" go round in a circle or more than 8 deep
        lists/category.csv:9:6: the parents of "z" go round in a circle or more than 8 deep
        lists/category.csv:10:10: size "middle" is not one of small, big
        lists/category.csv:11:14: urgent "maybe" must be yes or no
        lists/category.csv:12:18: to 2026-01-01 is before from 2026-02-01
    "#]],
    );
}

#[test]
fn a_list_with_versions() {
    let mut files = good();
    let rows = "code,title,from,to,size,urgent\npipe,水管,,2025-12-31,small,no\npipe,水管,2026-01-01,,big,no\n";
    files.insert("lists/category.csv".into(), rows.into());
    check(
        &files,
        expect![[r#"
        good
    "#]],
    );
}

const WITHIN: (&str, &str, &str) = (
    "triage",
    "columns.urgent = { type = \"bool\"",
    "columns.within = { type = \"budget\", required = true, title = { zh = \"限\", en = \"Within\" } }\n\
     columns.urgent = { type = \"bool\"",
);

/// One column takes workdays, working hours and natural time; desks read one way of writing each.
#[test]
fn budgets_in_a_list() {
    let mut files = good();
    let rows = "code,title,size,urgent,within\na,甲,,,2 workdays\nb,乙,,,4wh\nc,丙,,,24小时\nd,丁,,,3个工作日\n";
    files.insert("lists/category.csv".into(), rows.into());
    let folder = super::Folder::new(&files);
    let manifests = MANIFESTS.map(|(name, text)| match name {
        "triage" => (name, text.replace(WITHIN.1, WITHIN.2)),
        _ => (name, text.to_owned()),
    });
    let manifests: Vec<(&str, &str)> = manifests.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let config = super::load(&folder.0, &mut super::Fake::new(&manifests)).expect("a good district");
    let shown: String =
        config.lists.get("category").0.iter().map(|row| format!("{} {}\n", row.code, row.column("within"))).collect();
    expect![[r#"
        a 2 workdays
        b 4 workhours
        c 24 hours
        d 3 workdays
    "#]]
    .assert_eq(&shown);
    let rows = "code,title,size,urgent,within\na,甲,,,0 workdays\nb,乙,,,-4 workhours\nc,丙,,,9999999 hours\n\
        d,丁,,,24\ne,戊,,,\nf,己,,,2 weeks\n";
    files.insert("lists/category.csv".into(), rows.into());
    change(&mut files, "desks/front.toml", "unsure-below = 60", "unsure-below = 60, within = \"-1wd\"");
    let setting = (
        "triage",
        "[setting]",
        "[setting]\nwithin = { type = \"budget\", default = \"4 workhours\", title = { zh = \"限\", en = \"Within\" } }",
    );
    check_manifests(
        &files,
        &[WITHIN, setting],
        expect![[r#"
            desks/front.toml:14:42: setting "within": "-1wd" is negative
            lists/category.csv:2:7: within "0 workdays" is not within 1 workday to 2500 workdays
            lists/category.csv:3:7: within "-4 workhours" is negative
            lists/category.csv:4:7: within "9999999 hours" is not within 1 minute to 87600 hours
            lists/category.csv:5:7: within "24" is not a budget of time; write 2 workdays, 4 workhours or 24 hours
            lists/category.csv:6:1: within of "e" is empty
            lists/category.csv:7:7: within "2 weeks" is not a budget of time; write 2 workdays, 4 workhours or 24 hours
        "#]],
    );
}

#[test]
fn a_list_without_a_column() {
    check(
        &with("lists/category.csv", "size,urgent", "sizes,urgent"),
        expect![[r#"
        lists/category.csv:1:1: the list "category" has no column "size", which desk "triage" needs; did you mean "sizes"?
    "#]],
    );
}

#[test]
fn a_thousand_of_one_file() {
    let rows: String = (0..1_200).map(|number| format!("p{number},某,nobody,a,,,\n")).collect();
    let problems = super::load_files(&and("people.csv", &rows)).expect_err("nobody is no role");
    let shown = [&problems[0], &problems[999], &problems[1_000]].map(|problem| format!("{problem}\n")).concat();
    assert_eq!(problems.len(), 1_001);
    expect![[r#"
        people.csv:5:6: unknown role "nobody"; there are clerk, secretary
        people.csv:1004:8: unknown role "nobody"; there are clerk, secretary
        people.csv:1005:9: and 200 more in this file
    "#]]
    .assert_eq(&shown);
}
