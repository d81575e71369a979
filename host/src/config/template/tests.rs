//! New folders are whole, are districts, and take nobody's place.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::{Expect, expect};
use plugin_api::{Manifest, Title};

use super::{Template, Use, files, teach, write_files, write_new};
use crate::config::{Libraries, load};

/// The manifests of this repository, each from the folder named like its library.
struct InTree;

impl Libraries for InTree {
    fn manifest(&mut self, library: &str, _: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(library).join("plugin.toml");
        let text = fs::read_to_string(&path).expect("a plugin of this repository");
        Ok(Arc::new(toml::from_str(&text).expect("its manifest fits")))
    }

    fn known(&self, _: &[PathBuf]) -> Vec<String> {
        Vec::new()
    }
}

fn check(template: Template, usage: Use, expected: Expect) {
    let folder = std::env::temp_dir().join(format!("hongling-template-{}-{template:?}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let written = match template {
        Template::Demo => write_new(&folder, template, usage),
        Template::Plain => write_files(&folder, teach(files(template, usage), &mut InTree)),
    };
    let loaded = load(&folder, &mut InTree);
    let again = write_new(&folder, template, usage);
    fs::remove_dir_all(&folder).expect("it was written");
    let mut shown = format!("{}\n", written.expect("the folder is new").join(" "));
    match loaded {
        Ok(config) => {
            let levels: BTreeSet<&str> = config.directory.places().iter().map(|place| place.level.as_str()).collect();
            shown += &format!("{levels:?}\n");
            config.warnings.iter().for_each(|problem| shown += &format!("{problem}\n"));
        }
        Err(problems) => problems.iter().for_each(|problem| shown += &format!("{problem}\n")),
    }
    let refused = again.expect_err("now it is not empty");
    shown += &refused.en.replace(&folder.display().to_string(), "DIR");
    expected.assert_eq(&shown);
}

#[test]
fn plain() {
    check(
        Template::Plain,
        Use::Exercise,
        expect![[r#"
            EXERCISE.md calendar.csv config/isolation.toml config/lists.toml config/outlets.toml config/roles.toml config/routes.toml config/schedules.toml config/watches.toml desks/council.toml desks/intake.toml desks/station.toml desks/triage.toml lists/call-reason.csv lists/category.csv lists/channel.csv lists/duty.csv lists/keyword.csv lists/ladder.csv people.csv places.csv tests/flow.toml units.csv hongling.toml
            {"community", "district", "subdistrict"}
            DIR is not empty: it holds EXERCISE.md, calendar.csv, config, desks, hongling.toml and 5 more; name a new folder"#]],
    );
}

#[test]
fn demo() {
    check(
        Template::Demo,
        Use::Live,
        expect![[r#"
            calendar.csv desks/council.toml desks/intake.toml desks/station.toml desks/triage.toml lists/call-reason.csv lists/category.csv lists/channel.csv lists/duty.csv lists/keyword.csv lists/ladder.csv people.csv places.csv requests.csv tests/flow.toml units.csv hongling.toml
            {"building", "community", "compound", "district", "entrance", "house", "subdistrict"}
            DIR is not empty: it holds calendar.csv, desks, hongling.toml, lists, people.csv and 4 more; name a new folder"#]],
    );
}

#[test]
fn not_into_a_file() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let refused = write_new(&file, Template::Demo, Use::Live).expect_err("it is a file");
    assert!(refused.en.ends_with("Cargo.toml is a file; name a new folder"), "{refused:?}");
}

#[test]
fn nothing_of_the_example_people_is_in_a_plain_folder() {
    let demo = files(Template::Demo, Use::Live);
    let plain = files(Template::Plain, Use::Live);
    let people = |files: &[(String, Vec<u8>)]| {
        let (_, bytes) = files.iter().find(|(name, _)| name == "people.csv").expect("there is one").clone();
        String::from_utf8(bytes).expect("it is UTF-8")
    };
    let example = people(&plain);
    for line in people(&demo).lines().skip(1) {
        let name = line.split(',').nth(1).expect("each row has a name");
        assert!(!example.contains(name), "{name}");
    }
}

/// What a new folder says of its desks is what their manifests say.
#[test]
fn a_plain_folder_teaches() {
    let files = teach(files(Template::Plain, Use::Live), &mut InTree);
    let text = |wanted: &str| {
        let (_, bytes) = files.iter().find(|(name, _)| name == wanted).expect("it is there").clone();
        String::from_utf8(bytes).expect("it is UTF-8")
    };
    let main = text("hongling.toml");
    let main: String = main.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let shown = format!("{}{}{}", main.replace("\n\n", "\n"), text("desks/council.toml"), text("desks/station.toml"));
    expect![[r#"

        schema = 1
        name = { zh = "大观区", en = "Daguan District" }
        include = ["config/*.toml", "desks/*.toml", "tests/*.toml"]
        data = "data"

        places = "places.csv"
        units = "units.csv"
        people = "people.csv"
        open = "intake"

        [calendar]
        days = "calendar.csv"                       # 节假日 off、调休 work；没列出的年份到期标“暂定” · a year not listed: provisional
        hours = ["08:30-12:00", "14:30-17:30"]      # 每天的上班时间 · working hours of a day
        zone = "Asia/Shanghai"
        [console]
        listen = "127.0.0.1:8311"
        operators = ["district-worker"]
        # 红领议事厅（三方议事会）· Council of the three parties
        #
        # 小事易事在小区里商量着办：列入议题、议定，办不了的呼叫工作站。依法应由业主共同决定的，
        # 议事会不能自己定（类别表 reserved-to-owners 一列）。
        # Small matters are settled in the compound: put on the agenda, settled, or called up. What the law
        # reserves to the owners the council may not settle (column reserved-to-owners of the categories).

        [desk.council]
        library = "council"

        # 业务台说的角色和本区的叫法不同时，在这里对上：左边是业务台的，右边是本区的（[role.名称] 里有的）。
        # Where the desk's word for a role is not the district's: left the desk's, right the district's.
        # roles = { branch-secretary = "community-head" }

        [desk.council.settings]
        # 不写就用默认值，也就是 # 后面的；要改就去掉行首的 # 再改
        # A default is what stands behind the #; take the # away to set another value
        #
        # 议事时限 · Time to settle
        #   到时未议定的，自动呼叫红领工作站 · A matter not settled by then is called up
        #   时限 · a budget of time
        # wait = "72 hours"
        #
        # 会议最晚在几天内 · Days within which a session must be
        #   整数，1 到 365 · a whole number, 1 to 365
        # session-days-max = 30

        # 以下由业务台库给出，供写流转规则时查阅 · what this desk's library says, to write routes by:
        #   接收 · takes: sorted, sent-down, moved
        #   发出、要有规则接 · says, to be routed: called-up 呼叫, sort-wanted 退回定级
        #   发出、只作记录 · says, for the record: agenda-posted 议题公示, settled 议定, consulted 继续协商, warned 临期提醒
        #   标签 · labels: result 议事结果 (self | consult | reject | call)
        #   角色 · roles: branch-secretary, community-head, grid-leader
        # 红领工作站（层层呼叫）· Station
        #
        # 大事难事一级一级往上呼叫：社区、街道、区、包保县干，每一级都有时限，到时没有办就自动到上一级，直到有人办。
        # 阶梯在 lists/ladder.csv，哪个单位管什么在 lists/duty.csv。
        # Big and hard matters are called up level by level; each rung has its time, and a matter that
        # nobody acts on climbs by itself until somebody must. The ladder is lists/ladder.csv; which unit
        # answers for what is lists/duty.csv.

        [desk.station]
        library = "station"

        [desk.station.settings]
        # 不写就用默认值，也就是 # 后面的；要改就去掉行首的 # 再改
        # A default is what stands behind the #; take the # away to set another value
        #
        # 难事起始层级 · Level at which hard matters start
        #   呼叫阶梯中第一个该区域层级的台阶 · The first rung of this place level
        #   区域层级 · a level of places
        # hard-level = "subdistrict"

        # 以下由业务台库给出，供写流转规则时查阅 · what this desk's library says, to write routes by:
        #   接收 · takes: sorted, called-up, moved
        #   发出、要有规则接 · says, to be routed: sent-down 转议事会, sort-wanted 退回定级
        #   发出、只作记录 · says, for the record: signed-for 签收, sent 交办, returned 退回, resolved 办结, climbed 呼叫升级, warned 临期提醒, suspended 挂账, review-due 挂账到期复查, resumed 恢复办理, extended 延期
        #   标签 · labels: rung 呼叫层级, unit 主办单位
        #   角色 · roles: community-head, district-worker
    "#]].assert_eq(&shown);
}

/// Each default that stands there is the one a desk gets without it: with every `#` taken away the
/// config is the same.
#[test]
fn the_defaults_that_are_told_are_those_that_hold() {
    let plain = teach(files(Template::Plain, Use::Live), &mut InTree);
    let mut written = plain.clone();
    let mut settings = 0;
    for (name, bytes) in written.iter_mut().filter(|(name, _)| name.starts_with("desks/")) {
        let text = String::from_utf8(bytes.clone()).expect("it is UTF-8");
        let (before, behind) = text.split_once(".settings]\n").unwrap_or_else(|| panic!("{name} has settings"));
        let line = |line: &str| match line.strip_prefix("# ") {
            Some(set) if set.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => {
                settings += 1;
                format!("{set}\n")
            }
            _ => format!("{line}\n"),
        };
        let (table, rest) = behind.split_once("\n\n").expect("an empty line ends it");
        let table: String = table.lines().map(line).collect();
        *bytes = format!("{before}.settings]\n{table}\n{rest}").into_bytes();
    }
    let all = |files: &[(String, Vec<u8>)], nth: u32| {
        let folder = std::env::temp_dir().join(format!("hongling-taught-{}-{nth}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        write_files(&folder, files.to_vec()).expect("the folder is new");
        let config = load(&folder, &mut InTree).expect("the config holds");
        fs::remove_dir_all(&folder).expect("it was written");
        config.desks.iter().map(|desk| (desk.name.clone(), desk.settings.clone())).collect::<Vec<_>>()
    };
    assert!(3 < settings, "{settings}");
    assert_eq!(all(&plain, 0), all(&written, 1));
}
