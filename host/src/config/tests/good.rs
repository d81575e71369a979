//! A small district in which nothing is wrong, and what it loads as.

use expect_test::expect;
use plugin_api::{PersonId, PlaceId, RoleId, UnitId};

use super::{check, good, load_files};

pub(super) const FILES: [(&str, &str); 10] = [
    (
        "hongling.toml",
        r#"
schema = 1
name = { zh = "示例区", en = "Sample District" }
include = ["desks/*.toml"]
places = "places.csv"
units = "units.csv"
people = "people.csv"
open = "intake"

[calendar]
days = "calendar.csv"
hours = ["08:30-12:00", "14:30-17:30"]
zone = "Asia/Shanghai"

[console]
listen = "127.0.0.1:8311"

[list.category]
file = "lists/category.csv"

[list.channel]
file = "lists/channel.csv"

[role.clerk]
title = { zh = "经办人", en = "Clerk" }
sees = "area"

[role.secretary]
title = { zh = "书记", en = "Secretary" }
"#,
    ),
    (
        "desks/front.toml",
        r#"
[desk.intake]
library = "intake"

[[desk.intake.import]]
name = "board"
action = "report"
key = "编号"
columns = { title = "主题", reported-at = "时间" }
dates = "%Y/%m/%d %H:%M"
fixed = { place = "a", channel = "web" }

[desk.triage]
library = "triage"
settings = { unsure-below = 60 }

[[route]]
id = "reported"
on = "reported"
to = "triage"
"#,
    ),
    (
        "desks/hall.toml",
        r#"
[desk.hall]
library = "hall"
roles = { chair = "secretary" }

[[route]]
id = "small"
on = "sorted"
from = "triage"
when = { size = "small", kind = "request", place = "a/b/**" }
to = "hall"

[[route]]
id = "rest"
on = "sorted"
when = { size = ["small", "big"], urgent = { not = true }, weight = { min = 1, max = 9 }, category = { exists = true } }
to = "hall"

[[watch]]
id = "news"
on = ["settled"]
to = ["triage"]
"#,
    ),
    // Behind all others, so that nothing is left.
    ("desks/rest.toml", "[[route]]\nid = \"else\"\non = \"sorted\"\nto = \"hall\"\n"),
    (
        "places.csv",
        "place,level,title,title_en\na,district,示例区,Sample\na/b,community,东社区,East\na/b/c,compound,西苑,\na/d,community,西社区,West\n",
    ),
    ("units.csv", "unit,title,title_en,kind,duties\npower,供电公司,Power,utility,供电\n"),
    (
        "people.csv",
        "person,name,role,place,unit,from,to\nwang,王芳,clerk,a/b,,2024-01-02,\nwang,王芳,secretary,a/b/c,,2024-01-02,2025-12-31\nli,李刚,clerk,a,power,,\n",
    ),
    ("calendar.csv", "date,name,kind\n2026-01-01,元旦,off\n2026-01-04,上班,work\n2026-10-01,国庆节,off\n"),
    (
        "lists/category.csv",
        "code,title,title_en,parent,from,to,size,urgent\nwater,供水,Water,,,,,\npipe,水管,Pipe,water,,,small,FALSE\nburst,爆管,Burst,water,,,big,是\n",
    ),
    ("lists/channel.csv", "code,title\nweb,网上\nhall,窗口\n"),
];

pub(super) const MANIFESTS: [(&str, &str); 3] = [
    (
        "intake",
        r#"
name = "intake"
version = "0.1.0"
title = { zh = "受理", en = "Intake" }
[[say]]
topic = "reported"
title = { zh = "登记", en = "Reported" }
data.channel = { type = "choice", list = "channel", title = { zh = "渠道", en = "Channel" } }
[[kind]]
name = "request"
prefix = "SQ"
title = { zh = "诉求", en = "Request" }
stages = [{ name = "new", title = { zh = "新", en = "New" } }]
[[list]]
name = "channel"
[[action]]
name = "report"
title = { zh = "登记", en = "Report" }
on = "desk"
at = "place"
who = ["@anyone", "clerk"]
rows = true
key = "source-no"
[action.fields]
title = { type = "text", required = true, title = { zh = "题目", en = "Title" } }
place = { type = "place", required = true, title = { zh = "区域", en = "Place" } }
channel = { type = "choice", list = "channel", title = { zh = "渠道", en = "Channel" } }
reported-at = { type = "moment", title = { zh = "时间", en = "At" } }
source-no = { type = "text", title = { zh = "编号", en = "No" } }
answers = { type = "rows", title = { zh = "问答", en = "Answers" }, of = { q = { type = "text", title = { zh = "问", en = "Q" } } } }
[[action]]
name = "ask"
title = { zh = "补充", en = "Ask" }
on = "request"
who = ["clerk"]
"#,
    ),
    (
        "triage",
        r#"
name = "triage"
version = "0.1.0"
title = { zh = "定级", en = "Triage" }
[[take]]
topic = "reported"
data.channel = { type = "choice", list = "channel", required = true, title = { zh = "渠道", en = "Channel" } }
[[take]]
topic = "settled"
[[say]]
topic = "sorted"
title = { zh = "定级", en = "Sorted" }
[[kind]]
name = "request"
stages = [{ name = "to-sort", title = { zh = "待定级", en = "To sort" } }]
[[list]]
name = "category"
columns.size = { type = "choice", values = ["small", "big"], title = { zh = "大小", en = "Size" } }
columns.urgent = { type = "bool", title = { zh = "紧急", en = "Urgent" } }
[label]
category = { type = "choice", list = "category", title = { zh = "类别", en = "Category" } }
size = { type = "choice", values = ["small", "big"], title = { zh = "大小", en = "Size" } }
urgent = { type = "bool", title = { zh = "紧急", en = "Urgent" } }
weight = { type = "integer", title = { zh = "分量", en = "Weight" } }
[setting]
unsure-below = { type = "integer", min = 0, max = 100, default = 50, title = { zh = "存疑", en = "Unsure below" } }
mode = { type = "choice", values = ["rules", "both"], default = "rules", title = { zh = "方式", en = "Mode" } }
[[action]]
name = "sort"
title = { zh = "定级", en = "Sort" }
on = "request"
who = ["@holder", "clerk"]
"#,
    ),
    (
        "hall",
        r#"
name = "hall"
version = "0.1.0"
title = { zh = "议事厅", en = "Hall" }
[[take]]
topic = "sorted"
[[say]]
topic = "settled"
title = { zh = "议定", en = "Settled" }
log = true
[[kind]]
name = "request"
stages = [{ name = "waiting", title = { zh = "待上会", en = "Waiting" } }]
[label]
size = { type = "choice", values = ["big", "small"], title = { zh = "大小", en = "Size" } }
[[action]]
name = "settle"
title = { zh = "议定", en = "Settle" }
on = "request"
who = ["@holder", "chair"]
"#,
    ),
];

#[test]
fn nothing_is_wrong() {
    check(
        &good(),
        expect![[r#"
        good
    "#]],
    );
}

#[test]
fn loads_as() {
    let config = load_files(&good()).expect("the good district");
    let mut shown = String::new();
    for route in &config.routes {
        let when: Vec<String> = route.when.iter().map(|c| format!("{} = {}", c.on, c.must)).collect();
        shown += &format!("{} {:?} {} -> {}\n", route.id, route.from, when.join(", "), route.to.get());
    }
    for desk in &config.desks {
        shown += &format!("{} {:?}\n", desk.name, serde_json::Value::from(desk.settings.clone()).to_string());
    }
    let import = &config.desks[0].imports[0];
    shown += &format!("{:?} {}\n", import.columns, serde_json::Value::from(import.fixed.clone()));
    for row in &config.lists.get("category").0 {
        shown += &format!("{} {:?}\n", row.code, row.columns);
    }
    let names: Vec<&str> = config.sources.iter().map(|(name, _)| name.as_str()).collect();
    shown += &format!("{} {}\n", config.hash.len(), names.join(" "));
    expect![[r#"
        reported None  -> 1
        small Some(DeskIx(1)) size = small, kind = request, place = a/b/** -> 2
        rest None size = small | big, urgent = not true, weight = 1..9, category = any value -> 2
        else None  -> 2
        intake "{}"
        triage "{\"mode\":\"rules\",\"unsure-below\":60}"
        hall "{}"
        [("title", "主题"), ("reported-at", "时间"), ("source-no", "编号")] {"channel":"web","place":"a"}
        water {}
        pipe {"size": "small", "urgent": "false"}
        burst {"size": "big", "urgent": "true"}
        64 calendar.csv desks/front.toml desks/hall.toml desks/rest.toml hongling.toml lists/category.csv lists/channel.csv people.csv places.csv units.csv
    "#]].assert_eq(&shown);
}

#[test]
fn the_directory_answers() {
    let directory = load_files(&good()).expect("the good district").directory;
    let [compound, district] = ["a/b/c", "a"].map(PlaceId::from);
    let day = jiff::civil::date(2026, 3, 2);
    let clerks = directory.people(&RoleId::from("clerk"), &compound, day);
    assert_eq!(clerks.iter().map(|held| held.person.as_str()).collect::<Vec<_>>(), ["wang", "li"]);
    assert!(directory.people(&RoleId::from("secretary"), &compound, day).is_empty(), "it ended in 2025");
    assert_eq!(directory.resolve_place("东社区").expect("one has this title").id.as_str(), "a/b");
    assert_eq!(directory.place_at_level(&compound, "community").expect("it lies in one").id.as_str(), "a/b");
    assert_eq!(directory.places_within(&PlaceId::from("a/b")).len(), 2);
    let children: Vec<&str> = directory.children(&district).map(|place| place.id.as_str()).collect();
    assert_eq!(children, ["a/b", "a/d"]);
    assert_eq!(directory.resolve_person("李刚").expect("one has this name").id, PersonId::from("li"));
    assert!(directory.works_for(&PersonId::from("li"), &UnitId::from("power"), day));
    assert_eq!(directory.find_unit("供电公司").expect("it is there").kind, "utility");
}

#[test]
fn the_hash_is_of_names_and_bytes() {
    let hash = |files| load_files(&files).expect("a good district").hash;
    assert_eq!(hash(good()), hash(good()));
    let mut renamed = good();
    let hall = renamed.remove("desks/hall.toml").expect("it is there");
    renamed.insert("desks/room.toml".into(), hall);
    assert_ne!(hash(good()), hash(renamed));
    let mut spaced = good();
    spaced.get_mut("units.csv").expect("it is there").push(b'\n');
    assert_ne!(hash(good()), hash(spaced));
}
